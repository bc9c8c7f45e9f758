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
