package server_test

import (
	"strings"
	"testing"
	"time"

	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
)

// TestLinksThatCountAreBounded gives a client more next links than the coverage
// remembers: the last ones count when they are followed, the first does not.
func TestLinksThatCountAreBounded(t *testing.T) {
	t.Parallel()
	l := newLibrary(t)
	var links []string
	for range 1001 {
		page, _ := l.get("/v1.0/me/activities")
		links = append(links, page["@odata.nextLink"].(string))
	}
	followed := func(link string) int {
		get(t, l.Client(), link)
		return points(t, l.Server, "me.ListActivities")["nextLink followed"]
	}
	if n := followed(links[0]); n != 0 {
		t.Errorf("the first of %d links is still remembered", len(links))
	}
	if n := followed(links[len(links)-1]); n != 1 {
		t.Errorf("the last of %d links counts %d times, want once", len(links), n)
	}
}

// TestWaitingAsLongAsToldIsCovered has clients that wait a little less than they
// were told, and exactly as long.
func TestWaitingAsLongAsToldIsCovered(t *testing.T) {
	t.Parallel()
	for wait, want := range map[time.Duration]int{time.Minute - time.Millisecond: 0, time.Minute: 1} {
		s := newServer(t, server.Config{Now: now})
		if err := s.Script(upsertPattern, scenarios.Throttle(time.Minute)); err != nil {
			t.Fatal(err)
		}
		send(t, s, "PUT", seedPath+seedItem, strings.NewReader(seedBody))
		if err := s.Advance(wait); err != nil {
			t.Fatal(err)
		}
		send(t, s, "PUT", seedPath+seedItem, strings.NewReader(seedBody))
		if got := points(t, s, "me.activities.PutHistoryItem")["retryAfter honoured"]; got != want {
			t.Errorf("after %s: honoured %d times, want %d", wait, got, want)
		}
	}
}

// A parameter of an action counts once, by its documented name, however the client writes it.
func TestCoverageHasNoParameterTwice(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	send(t, s, "POST", "/v1.0/me/sendMail", strings.NewReader(
		`{"Message": {"subject": "a", "toRecipients": [{"emailAddress": {"address": "a@contoso.com"}}]}, "SaveToSentItems": false}`))
	send(t, s, "POST", "/v1.0/me/sendMail", strings.NewReader(
		`{"message": {"subject": "a", "toRecipients": [{"emailAddress": {"address": "a@contoso.com"}}]}}`))
	hits := map[string]int{}
	for _, p := range pointsOf(t, s, "POST /me/sendMail") {
		hits[p.Kind+" "+p.Name] = p.Hits
	}
	for name, want := range map[string]int{
		"property /message": 2, "property /message/subject": 2, "property /saveToSentItems": 1, "property /message/body": 0,
	} {
		if got, counts := hits[name]; !counts || got != want {
			t.Errorf("%s: %d hits (%t), want %d", name, got, counts, want)
		}
	}
	for name := range hits {
		if strings.HasPrefix(name, "property /M") || strings.HasPrefix(name, "property /S") {
			t.Errorf("%s counts beside its documented spelling", name)
		}
	}
}

// What graphmock does not serve shows nothing of how a client takes Graph's errors.
func TestWhatIsNotServedCoversNoResponse(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	if res, _ := send(t, s, "GET", "/v1.0/reports/getOffice365ActivationCounts", nil); res.Header.Get("Graphmock-Unsupported") == "" {
		t.Fatalf("it is served: %s", res.Status)
	}
	for _, p := range pointsOf(t, s, "GET /reports/getOffice365ActivationCounts") {
		if p.Kind == server.PointStatus && p.Hits > 0 {
			t.Errorf("%s is covered", p.Name)
		}
	}
}

func pointsOf(t *testing.T, s *server.Server, pattern string) []server.Point {
	t.Helper()
	for _, o := range s.Verdict().Coverage.Operations {
		if strings.HasPrefix(strings.ReplaceAll(o.Pattern, "()", ""), pattern) {
			return o.Points
		}
	}
	t.Fatalf("%s was not called", pattern)
	return nil
}
