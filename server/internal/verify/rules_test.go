package verify

import (
	"math/rand/v2"
	"net/http"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/jsontext"
)

// FuzzAnswers: whatever a service answers, it is judged, and nothing panics.
func FuzzAnswers(f *testing.F) {
	pets, err := openapi.LoadFile("testdata/pets.yaml")
	if err != nil {
		f.Fatal(err)
	}
	var players []*player
	for _, c := range []*openapi.Contract{openapi.Embedded(), pets} {
		r, err := newRun(Config{Contract: c, Target: "http://127.0.0.1"})
		if err != nil {
			f.Fatal(err)
		}
		players = append(players, &player{run: r, random: rand.New(rand.NewPCG(0, 0))})
	}
	f.Add(200, "Content-Type", "application/json", []byte(`{"id":"1","createdDateTime":"2018","value":[{"lastModifiedDateTime":"2018-02-26T20:28:22+01:00"}]}`))
	f.Add(401, "Www-Authenticate", "", []byte(`{"error":{"code":1,"innerError":[]}}`))
	f.Add(405, "Allow", ",,", []byte{0xff})
	f.Add(201, "Location", "%", []byte(`{"error":{"innerError":{"date":"2018-02-26T20:28:22"}},"@odata.context":7,"activeDurationSeconds":{}}`))
	f.Add(200, "Content-Type", "application/json", []byte(`{"id":{},"createdDateTime":[],"status":{},"activeDurationSeconds":[]}`))
	f.Add(200, "Date", "x", []byte(`{"id":7,"expirationDateTime":null,"historyItems":{"0":[]},"startedDateTime":[]}`))
	f.Fuzz(func(t *testing.T, status int, name, value string, body []byte) {
		a := &answer{status: status, header: http.Header{"Content-Type": {"application/json"}}, body: body}
		a.header.Set(name, value)
		if v, syntax := jsontext.Decode(body); syntax == nil {
			a.value = v
		}
		for _, p := range players {
			for _, op := range p.run.operations {
				q := p.run.request(op, p.run.values(op))
				if least, ok := p.run.leastBody(op); ok {
					q.setValue(least)
				}
				p.steps, p.complaints = []step{{op: op, request: q, answer: a}}, nil
				p.judge(op, &q, a, want{})
				before := p.entity(op, a, "key", nil)
				p.entity(op, a, "key", before)
				if before != nil {
					p.merged(op, before, before.object)
					p.same(before.object, a)
				}
				if page, ok := a.value.(map[string]any); ok {
					p.page(page, map[string]bool{}, map[string]bool{})
				}
				lists(a, idOf(a, ""))
				for _, c := range p.complaints {
					if c.Rule == "" || c.Message == "" || c.Operation == "" {
						t.Fatalf("got %+v", c)
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
	for text, want := range map[string]bool{"0": true, "30": true, "31": false, "-1": false, "soon": false, "18446744074": false} {
		a := answer{status: http.StatusTooManyRequests, header: http.Header{"Retry-After": {text}}}
		if _, throttled := a.pause(); throttled != want {
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
		p := &player{run: r, steps: []step{{}}}
		p.same(map[string]any{"c": "1", "a": "1", "b": "1"}, &answer{value: map[string]any{}})
		if len(p.complaints) != 1 || p.complaints[0].Pointer != "/a" {
			t.Fatalf("got %v", p.complaints)
		}
	}
}
