package server_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server"
)

// TestPanicIsAnsweredAsGraphsOwn has an observer that panics while an exchange is
// recorded, which is a step of the pipeline like others.
func TestPanicIsAnsweredAsGraphsOwn(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"in process", "socket"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, server.Config{Observe: func(e server.Exchange) {
				if e.Status == 201 {
					panic("observer")
				}
			}})
			res, err := ways(t, s)[way](t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var body bytes.Buffer
			body.ReadFrom(res.Body)
			res.Body.Close()
			if res.StatusCode != 500 ||
				!bytes.Contains(body.Bytes(), []byte(`{"error":{"code":"InternalServerError",`)) {
				t.Errorf("%s: %s", res.Status, &body)
			}
			if line := res.Header.Get("Graphmock-Violation"); !strings.Contains(line, "BUG: observer") {
				t.Errorf("violation %q, want the bug", line)
			}
			panicIsRecorded(t, s)
			if res := get(t, s.Client(), s.URL()+"/v1.0/me/activities"); res.StatusCode != 200 {
				t.Errorf("after a panic: %s", res.Status)
			}
		})
	}
}

// panicIsRecorded looks for the exchange that panicked in the journal.
func panicIsRecorded(t *testing.T, s *server.Server) {
	t.Helper()
	all := s.Violating()
	if len(all) != 1 {
		t.Errorf("violating %+v, want the exchange that panicked", all)
		return
	}
	e := all[0]
	if e.Status != 500 || e.Operation != "me.activities.PutHistoryItem" || len(e.Violations) != 1 {
		t.Errorf("the journal has %+v", e)
		return
	}
	v := e.Violations[0]
	if v.Side != openapi.ResponseSide || v.Message != "BUG: observer" {
		t.Errorf("the violation is %+v", v)
	}
}

// TestViolationHeadersAreBounded sends more violations than a response has headers
// for: the journal has them all.
func TestViolationHeadersAreBounded(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	var body strings.Builder
	for i := range 20 {
		fmt.Fprintf(&body, `, "unknown%d": 1`, i)
	}
	res, _ := send(t, s, "PUT", seedPath+seedItem,
		strings.NewReader(strings.Replace(seedBody, "}", body.String()+"}", 1)))
	if n := len(res.Header.Values("Graphmock-Violation")); n != 8 {
		t.Errorf("%s with %d headers, want 8", res.Status, n)
	}
	if n := len(s.TakeViolations()); n != 20 {
		t.Errorf("the journal has %d violations, want 20", n)
	}
}
