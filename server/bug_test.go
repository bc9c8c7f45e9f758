package server_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
)

// panicking returns a server with a bug in it: a hook that panics at each upsert.
func panicking(t *testing.T, always bool) *server.Server {
	return newServer(t, server.Config{Observe: func(e server.Exchange) {
		if e.Method == "PUT" && (always || e.Status != 500) {
			panic("observer")
		}
	}})
}

func TestBugIsToldOnEveryWay(t *testing.T) {
	t.Parallel()
	for _, always := range []bool{false, true} {
		for _, way := range []string{"in process", "socket"} {
			s := panicking(t, always)
			res, err := ways(t, s)[way](t.Context())
			if err != nil {
				t.Fatalf("%s: %v", way, err)
			}
			body, err := io.ReadAll(res.Body)
			res.Body.Close()
			if violation := res.Header.Get("Graphmock-Violation"); err != nil || res.StatusCode != 500 ||
				!strings.Contains(string(body), "InternalServerError") ||
				!strings.Contains(violation, "BUG: observer") {
				t.Errorf("%s: %s %v %s, error %v", way, res.Status, res.Header, body, err)
			}
		}
	}
}

func TestBugInARequestOfABatchLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()
	s := panicking(t, true)
	res, batch := sendBatch(t, s, batchUpsert("1", ""), batchList)
	if res.StatusCode != 200 || len(batch.Responses) != 2 {
		t.Fatalf("%s %+v", res.Status, batch)
	}
	bad := batch.Responses[0]
	var e struct{ Error struct{ Code string } }
	json.Unmarshal(bad.Body, &e)
	if bad.Status != 500 || e.Error.Code != "InternalServerError" ||
		!strings.Contains(bad.Headers["graphmock-violation"], "BUG: observer") {
		t.Errorf("%+v %s", bad, bad.Body)
	}
	if good := batch.Responses[1]; good.Status != 200 {
		t.Errorf("%+v", good)
	}
}

// A fault would hide the bug.
func TestBugIsToldInPlaceOfAFault(t *testing.T) {
	t.Parallel()
	s := panicking(t, false)
	if err := s.Script(upsertPattern, scenarios.Pass.Then(scenarios.FaultReset)); err != nil {
		t.Fatal(err)
	}
	res, _ := send(t, s, "PUT", seedPath+seedItem, strings.NewReader(seedBody))
	if res.StatusCode != 500 {
		t.Errorf("%s", res.Status)
	}
	if v := s.Violating(); len(v) != 1 || v[0].Violations[0].Rule != "internal" {
		t.Errorf("violating are %+v", v)
	}
}

func TestPanicThatAbortsAHandlerGoesOn(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Observe: func(server.Exchange) { panic(http.ErrAbortHandler) }})
	for name, send := range ways(t, s) {
		if res, err := send(t.Context()); err == nil {
			t.Errorf("%s: %s", name, res.Status)
		}
	}
}

// deadWriter is a socket that breaks in the middle of a response.
type deadWriter struct{ *httptest.ResponseRecorder }

func (deadWriter) Write([]byte) (int, error) { panic("writer") }

func TestBugWhileSendingIsNotToldTwice(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	r := httptest.NewRequest("GET", "/v1.0/me/activities", nil)
	r.Header.Set("Authorization", "Bearer x")
	func() {
		defer func() {
			if bug := recover(); bug != "writer" {
				t.Errorf("net/http gets %v", bug)
			}
		}()
		s.ServeHTTP(deadWriter{httptest.NewRecorder()}, r)
	}()
	if all, err := s.Requests("GET /me/activities"); err != nil || len(all) != 1 || all[0].Status != 200 {
		t.Errorf("the journal has %+v, error %v", all, err)
	}
}
