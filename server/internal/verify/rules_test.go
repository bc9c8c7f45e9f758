package verify

import (
	"math/rand/v2"
	"net/http"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/jsontext"
)

// FuzzAnswers checks that any response of a service can be checked without a
// panic.
func FuzzAnswers(f *testing.F) {
	pets, err := openapi.LoadFile("testdata/pets.yaml")
	if err != nil {
		f.Fatal(err)
	}
	var sessions []*session
	for _, c := range []*openapi.Contract{openapi.Embedded(), pets} {
		r, err := newRun(Config{Contract: c, Target: "http://127.0.0.1"})
		if err != nil {
			f.Fatal(err)
		}
		sessions = append(sessions, &session{run: r, random: rand.New(rand.NewPCG(0, 0))})
	}
	f.Add(200, "Content-Type", "application/json",
		[]byte(`{"id":"1","createdDateTime":"2018","value":[{"lastModifiedDateTime":"2018-02-26T20:28:22+01:00"}]}`))
	f.Add(401, "Www-Authenticate", "", []byte(`{"error":{"code":1,"innerError":[]}}`))
	f.Add(405, "Allow", ",,", []byte{0xff})
	f.Add(201, "Location", "%",
		[]byte(`{"error":{"innerError":{"date":"2018-02-26T20:28:22"}},"@odata.context":7,"activeDurationSeconds":{}}`))
	f.Add(200, "Content-Type", "application/json",
		[]byte(`{"id":{},"createdDateTime":[],"status":{},"activeDurationSeconds":[]}`))
	f.Add(200, "Date", "x", []byte(`{"id":7,"expirationDateTime":null,"historyItems":{"0":[]},"startedDateTime":[]}`))
	f.Fuzz(func(t *testing.T, status int, name, value string, body []byte) {
		res := &response{status: status, header: http.Header{"Content-Type": {"application/json"}}, body: body}
		res.header.Set(name, value)
		if v, syntax := jsontext.Decode(body); syntax == nil {
			res.value = v
		}
		for _, s := range sessions {
			for _, op := range s.run.operations {
				q := s.run.request(op, s.run.values(op))
				if smallest, ok := s.run.smallestBody(op); ok {
					q.setValue(smallest)
				}
				s.steps, s.failures = []step{{op: op, request: q, response: res}}, nil
				s.check(op, &q, res, expectation{})
				before := s.checkEntity(op, res, "key", nil)
				s.checkEntity(op, res, "key", before)
				if before != nil {
					s.checkMerged(op, before, before.object)
					s.checkSame(before.object, res)
				}
				if page, ok := res.value.(map[string]any); ok {
					s.checkPage(page, map[string]bool{}, map[string]bool{})
				}
				contains(res, idOf(res, ""))
				for _, f := range s.failures {
					if f.Rule == "" || f.Message == "" || f.Operation == "" {
						t.Fatalf("got %+v", f)
					}
				}
			}
		}
	})
}

// TestLongWaitsAreNotWaited: waits that are longer than a run may take are none, even
// those that no time.Duration can hold.
func TestLongWaitsAreNotWaited(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"0": true, "30": true, "31": false, "-1": false, "soon": false,
		"18446744074": false} {
		res := response{status: http.StatusTooManyRequests, header: http.Header{"Retry-After": {text}}}
		if _, throttled := res.retryAfter(); throttled != want {
			t.Errorf("Retry-After: %s: throttled is %v", text, throttled)
		}
	}
}

// TestTheFirstDifferenceIsTold reads back an entity of which nothing is as it was
// written.
func TestTheFirstDifferenceIsTold(t *testing.T) {
	t.Parallel()
	r, err := newRun(Config{Target: "http://127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		s := &session{run: r, steps: []step{{}}}
		s.checkSame(map[string]any{"c": "1", "a": "1", "b": "1"}, &response{value: map[string]any{}})
		if len(s.failures) != 1 || s.failures[0].Pointer != "/a" {
			t.Fatalf("got %v", s.failures)
		}
	}
}
