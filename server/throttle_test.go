package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
)

func throttled(t testing.TB) *server.Server {
	t.Helper()
	return newServer(t, server.Config{Now: now, Throttle: server.ThrottleDocumented})
}

// call makes a request that changes nothing, with a token of its own if there is
// one, and gives its status and Retry-After.
func call(t testing.TB, s *server.Server, method string, token ...string) (status int, wait string) {
	t.Helper()
	path := "/v1.0/me/activities"
	if method != "GET" {
		path += "/nothing"
	}
	header := []string{}
	if len(token) > 0 {
		header = []string{"Authorization", "Bearer " + token[0]}
	}
	res, _ := send(t, s, method, path, nil, header...)
	return res.StatusCode, res.Header.Get("Retry-After")
}

// spend makes calls that are let through, spread evenly over a stretch of time.
func spend(t testing.TB, s *server.Server, method string, n int, over time.Duration) {
	t.Helper()
	for i := range n {
		if status, wait := call(t, s, method); status == 429 {
			t.Fatalf("call %d of %d is throttled for %s s", i+1, n, wait)
		}
		s.Advance(over / time.Duration(n))
	}
}

func TestNobodyIsThrottledUnlessAsked(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	spend(t, s, "DELETE", 150, 0)
	spend(t, s, "GET", 450, 0)
}

func TestDocumentedLimitsHold(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		method string
		calls  int // that are let through
		over   time.Duration
		wait   string
	}{
		{"GET", 400, 0, "300"},
		{"PUT", 100, 0, "300"},
		{"DELETE", 100, 0, "300"},
		{"GET", 400, 4 * time.Minute, "61"}, // the second of them, after 0.6 s, has to be past
		{"PUT", 100, 4 * time.Minute, "63"}, // after 2.4 s
		{"GET", 12_000, 12_000 * time.Second, strconv.Itoa(24*3600 - 12_000 + 1)},
		{"DELETE", 8_000, 8_000 * 4 * time.Second, strconv.Itoa(24*3600 - 8_000*4 + 4)},
	} {
		t.Run(fmt.Sprint(test.method, " ", test.calls, " over ", test.over), func(t *testing.T) {
			t.Parallel()
			s := throttled(t)
			spend(t, s, test.method, test.calls, test.over)
			if status, wait := call(t, s, test.method); status != 429 || wait != test.wait {
				t.Errorf("%d, wait %q, want 429 and %q", status, wait, test.wait)
			}
		})
	}
}

func TestThrottledAnswerIsGraphsAndNoViolation(t *testing.T) {
	t.Parallel()
	s := throttled(t)
	spend(t, s, "GET", 400, 0)
	res, body := send(t, s, "GET", "/v1.0/me/activities", nil)
	if res.StatusCode != 429 ||
		!strings.HasPrefix(string(body),
			`{"error":{"code":"TooManyRequests","message":"Too many requests.","innerError":{"date":`) {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if len(s.Violating()) != 0 {
		t.Errorf("violations: %v", s.Violating()[0].Violations)
	}
	all, _ := s.Requests("GET /me/activities")
	if last := all[len(all)-1]; last.Status != 429 || last.Operation != "me.ListActivities" {
		t.Errorf("the journal has %+v", last)
	}
}

func TestReadsAndWritesAreCountedApart(t *testing.T) {
	t.Parallel()
	s := throttled(t)
	spend(t, s, "PUT", 50, 0)
	spend(t, s, "DELETE", 50, 0)
	if status, _ := call(t, s, "PUT"); status != 429 {
		t.Errorf("the 101st write: %d", status)
	}
	spend(t, s, "GET", 400, 0)
}

func TestLimitsAreAUsersThroughAllApps(t *testing.T) {
	t.Parallel()
	s := throttled(t)
	token := func(o server.TokenOptions) string {
		t.Helper()
		text, err := s.Token(o)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	one, two := token(server.TokenOptions{}), token(server.TokenOptions{App: "00000000-0000-0000-0000-00000000beef"})
	for range 50 {
		call(t, s, "DELETE", one)
		call(t, s, "DELETE", two)
	}
	for _, each := range []string{one, two} {
		if status, _ := call(t, s, "DELETE", each); status != 429 {
			t.Errorf("status %d", status)
		}
	}
	if status, _ := call(t, s, "DELETE", token(server.TokenOptions{User: "adele@contoso.com"})); status != 404 {
		t.Errorf("another user: %d", status)
	}
}

func TestRetryAfterIsRightToTheSecond(t *testing.T) {
	t.Parallel()
	for _, early := range []time.Duration{0, time.Second, time.Nanosecond} {
		synctest.Test(t, func(t *testing.T) { // the running clock
			s := newServer(t, server.Config{Throttle: server.ThrottleDocumented})
			for range 100 {
				call(t, s, "DELETE")
				time.Sleep(700*time.Millisecond + 123*time.Microsecond)
			}
			status, wait := call(t, s, "DELETE")
			seconds, err := strconv.Atoi(wait)
			if status != 429 || err != nil || seconds < 1 || seconds > 300 {
				t.Fatalf("%d, wait %q", status, wait)
			}
			time.Sleep(time.Duration(seconds)*time.Second - early)
			status, _ = call(t, s, "DELETE")
			if let := status != 429; let != (early < time.Second) {
				t.Errorf("%s before the time: %d", early, status)
			}
		})
	}
}

func TestCallsDuringBackOffProlongIt(t *testing.T) {
	t.Parallel()
	s := throttled(t)
	spend(t, s, "DELETE", 100, 0)
	call(t, s, "DELETE") // throttled, and one of the last hundred
	s.Advance(100 * time.Second)
	for range 99 {
		call(t, s, "DELETE")
	}
	if status, wait := call(t, s, "DELETE"); status != 429 || wait != "300" {
		t.Errorf("%d, wait %q, want 300", status, wait)
	}
	s.Advance(299 * time.Second)
	if status, _ := call(t, s, "DELETE"); status != 429 {
		t.Errorf("status %d a second too early", status)
	}
	s.Advance(time.Second)
	if status, _ := call(t, s, "DELETE"); status != 404 {
		t.Errorf("status %d after the wait", status)
	}
}

func TestRequestsOfABatchCountOneByOne(t *testing.T) {
	t.Parallel()
	s := throttled(t)
	var requests []string
	for i := range 20 {
		requests = append(requests, fmt.Sprintf(`{"id": "%d", "method": "DELETE", "url": "/me/activities/nothing"}`, i))
	}
	for range 4 {
		sendBatch(t, s, requests...)
	}
	spend(t, s, "DELETE", 15, 0)
	res, answer := sendBatch(t, s, requests...)
	want := slices.Concat(slices.Repeat([]int{404}, 5), slices.Repeat([]int{429}, 15))
	if got := answer.statuses(); res.StatusCode != 200 || !slices.Equal(got, want) {
		t.Errorf("%d %v", res.StatusCode, got)
	}
	if got := answer.Responses[5].Headers["Retry-After"]; got != "300" {
		t.Errorf("Retry-After %q", got)
	}
}

func TestResetForgetsWhatWasCalled(t *testing.T) {
	t.Parallel()
	s := throttled(t)
	spend(t, s, "DELETE", 100, 0)
	if err := s.Reset(); err != nil {
		t.Fatal(err)
	}
	spend(t, s, "DELETE", 100, 0)
	if status, _ := call(t, s, "DELETE"); status != 429 {
		t.Errorf("status %d", status)
	}
}

func TestScenariosSeeWhoDoesNotWait(t *testing.T) {
	t.Parallel()
	s := throttled(t)
	patient, err := scenarios.Parse("patient.yaml", []byte(`
version: 1
name: patient
summary: Clients wait as they are told.
rules:
  - { id: all, when: { request: GET /me/activities }, reply: { from: service } }
expect: { retryAfter: honoured }
`), openapi.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Add(patient); err != nil {
		t.Fatal(err)
	}
	spend(t, s, "DELETE", 100, 0)
	call(t, s, "DELETE")
	if f := s.Failures(); len(f) != 0 {
		t.Fatalf("failures %v", f)
	}
	call(t, s, "DELETE")
	if f := s.Failures(); len(f) != 1 || f[0].Expectation != "retryAfter" {
		t.Errorf("failures %v", f)
	}
}

func TestParallelCallersShareTheLimit(t *testing.T) {
	t.Parallel()
	s := throttled(t)
	var through atomic.Int32
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 20 {
				if res, _ := send(t, s, http.MethodDelete, "/v1.0/me/activities/nothing", nil); res.StatusCode != 429 {
					through.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if n := through.Load(); n != 100 {
		t.Errorf("%d calls were let through, want 100", n)
	}
}

func TestManyUsersAreForgottenAgain(t *testing.T) {
	t.Parallel()
	s := throttled(t)
	for i := range 1200 {
		s.Advance(time.Millisecond)
		if status, _ := call(t, s, "GET", strings.TrimPrefix(jwtOf(fmt.Sprint("user", i), "", "app"),
			"Bearer ")); status != 200 {
			t.Fatalf("user %d: %d", i, status)
		}
	}
	if n := server.Throttled(s); n != 1000 {
		t.Errorf("%d users are remembered", n)
	}
}
