package scenarios

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// newCrowdedEngine returns an engine with n rules for the upsert, each for an activity of its own,
// the last for the one of upsertLine.
func newCrowdedEngine(tb testing.TB, n int, when func(i int) string) *Engine {
	tb.Helper()
	e := NewEngine(Options{})
	e.mu.Lock()
	for first := 0; first < n; first += 1000 {
		rules := "rules:\n"
		for i := first; i < min(first+1000, n); i++ {
			rules += fmt.Sprintf("  - { id: r%d, when: { request: %q, %s }, reply: { from: service } }\n", i,
				upsertPattern, when(n-1-i))
		}
		e.active = append(e.active, newActiveScenario(parse(tb, fmt.Sprintf("name: crowd-%d\n%s", first, rules))))
	}
	e.rebuild()
	e.mu.Unlock()
	return e
}

// What rules can differ in; the request has the value 0.
var crowds = map[string]func(i int) string{
	"path":   func(i int) string { return fmt.Sprintf(`path: { activity-id: "%d" }`, 13881113971988980728+uint64(i)) },
	"header": func(i int) string { return fmt.Sprintf(`headers: { client-request-id: "%d" }`, i) },
	"body":   func(i int) string { return fmt.Sprintf(`body: { /activeDurationSeconds: %d }`, i) },
}

// BenchmarkDecide shows what a rule more costs a request: nothing.
func BenchmarkDecide(b *testing.B) {
	x := request(b, upsertLine)
	x.Header = http.Header{"Client-Request-Id": {"0"}}
	x.Body, _ = jsontext.Decode([]byte(`{"startedDateTime":"2018-02-26T20:54:04.345Z","activeDurationSeconds":0}`))
	b.Run("none", func(b *testing.B) {
		e := NewEngine(Options{})
		for b.Loop() {
			e.Decide(x)
		}
	})
	for _, kind := range []string{"path", "header", "body"} {
		for _, n := range []int{1, 10_000} {
			e := newCrowdedEngine(b, n, crowds[kind])
			b.Run(fmt.Sprintf("%s/rules=%d", kind, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if d := e.Decide(x); !d.Matched() {
						b.Fatal("no rule matched")
					}
				}
			})
		}
	}
}

// The index finds what asking every rule would.
func TestIndexFindsWhatTryingEveryRuleWould(t *testing.T) {
	t.Parallel()
	for kind, when := range crowds {
		e := newCrowdedEngine(t, 2000, when)
		for _, value := range []uint64{0, 1, 1999, 2000} {
			x := request(t, fmt.Sprintf("PUT /me/activities/%d/historyItems/%s", 13881113971988980728+value, itemID))
			x.Header = http.Header{"Client-Request-Id": {fmt.Sprint(value)}}
			x.Body, _ = jsontext.Decode(fmt.Appendf(nil, `{"activeDurationSeconds":%d.0}`, value))
			want := ""
			for _, a := range e.activeRules() {
				if a.failing(x) == nil {
					want = a.id
					break
				}
			}
			if d := e.Decide(x); d.Rule != want {
				t.Errorf("%s %d: rule %q, want %q", kind, value, d.Rule, want)
			}
		}
	}
}
