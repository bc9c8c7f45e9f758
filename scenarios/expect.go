package scenarios

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/graphmock/graphmock/openapi"
)

// A Failure is an expectation of a scenario that was not met, or a reply that
// could not be made.
type Failure struct {
	Scenario    string `json:"scenario,omitempty"`
	Rule        string `json:"rule,omitempty"`
	Place       string `json:"place,omitempty"` // file:line:column
	Operation   string `json:"operation,omitempty"`
	Expectation string `json:"expectation"` // retryAfter, after, unused or reply
	Message     string `json:"message"`
}

// String returns the failure in one line.
func (f Failure) String() string {
	var b strings.Builder
	for _, part := range []string{f.Place, f.Scenario, f.Rule} {
		if part != "" {
			b.WriteString(part + ": ")
		}
	}
	b.WriteString(f.Message)
	return b.String()
}

// observer watches when clients call.
type observer struct {
	failures []Failure
	waits    Waits[caller]
}

// caller is a caller of one operation, by its token.
type caller struct {
	operation *openapi.Operation
	user, app string
}

func callerOf(x *Exchange) caller {
	return caller{x.Match.Operation, x.User, x.App}
}

// Bounds of what is kept: of callers that never wait, and of those that were told to and
// never came back.
const (
	maxFailures = 1000
	maxWaits    = 10_000
)

// RequestStarted notes that a request has come, whether or not a decision follows: a
// rejected request is a call as well. x needs Match, User, App and Now.
func (e *Engine) RequestStarted(x *Exchange) {
	e.mu.Lock()
	defer e.mu.Unlock()
	from := callerOf(x)
	told, waits := e.observer.waits.Take(from, x.Now)
	if !waits || told.IsOver(x.Now) {
		return
	}
	for _, sc := range e.active {
		if sc.Expect.RetryAfter && (sc.Expect.rule == nil || sc.Expect.rule.on(from.operation)) {
			e.observer.add(Failure{
				Scenario: sc.Name, Place: sc.Expect.place, Operation: from.operation.ID, Expectation: "retryAfter",
				Message: fmt.Sprintf("%s was called again after %v, "+
					"but the answer %d before it asked to wait %v (Retry-After: %s)",
					from.operation.Pattern(), x.Now.Sub(told.Since), told.Status, told.Duration, told.RetryAfter),
			})
			return
		}
	}
}

// ResponseSent notes which response was sent to a request that started, and when, by the
// server's clock.
func (e *Engine) ResponseSent(x *Exchange, status int, h http.Header, now time.Time) {
	if x.Match.Operation == nil || h.Get("Retry-After") == "" {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.observer.waits.Add(callerOf(x), status, h, now)
}

func newObserver() observer { return observer{waits: Waits[caller]{Max: maxWaits}} }

func (o *observer) add(f Failure) {
	if len(o.failures) < maxFailures {
		o.failures = append(o.failures, f)
	}
}

func (e *Engine) addFailure(f Failure) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.observer.add(f)
}

// Failures returns every expectation that is not met so far: first what was observed,
// then the rest in the order of the scenarios. Those about replies left over are final
// only when the client is done.
func (e *Engine) Failures() []Failure {
	e.mu.Lock()
	defer e.mu.Unlock()
	found := append([]Failure(nil), e.observer.failures...)
	for _, sc := range e.active {
		for i, r := range sc.rules {
			if n := sc.counters[i].overrun; n > 0 {
				found = append(found, Failure{
					Scenario: sc.Name, Rule: r.id, Place: r.place, Expectation: "after",
					Message: fmt.Sprintf("the list has %d replies, but %d more requests came", r.times(), n),
				})
			}
		}
		found = append(found, sc.leftover()...)
	}
	return found
}

// leftover returns a failure for each rule with replies left over, if there are more
// than expected.
func (sc *activeScenario) leftover() []Failure {
	e := sc.Expect
	unused := sc.unused()
	left := 0
	for _, u := range unused {
		left += u.Left
	}
	if e.Unused == nil || left <= *e.Unused {
		return nil
	}
	var found []Failure
	for _, u := range unused {
		found = append(found, Failure{
			Scenario: u.Scenario, Rule: u.Rule, Place: u.Place, Expectation: "unused", Message: u.Message,
		})
	}
	return found
}

// Unused is a rule that has replies left over.
type Unused struct {
	Scenario string `json:"scenario,omitempty"`
	Rule     string `json:"rule"`
	Place    string `json:"place,omitempty"`
	Left     int    `json:"left"` // replies not given, times counted
	Message  string `json:"message"`
}

// Unused returns the rules that have replies left over so far, whether or not anything
// is expected about them. A rule that repeats or draws its replies has none left over
// once it was used.
func (e *Engine) Unused() []Unused {
	e.mu.Lock()
	defer e.mu.Unlock()
	var found []Unused
	for _, sc := range e.active {
		found = append(found, sc.unused()...)
	}
	return found
}

func (sc *activeScenario) unused() []Unused {
	var found []Unused
	for i, r := range sc.rules {
		left, message := sc.counters[i].left(r)
		if left > 0 {
			found = append(found, Unused{sc.Name, r.id, r.place, left, message})
		}
	}
	return found
}

// left returns the number of replies that were not given, and a message about them.
func (c *counter) left(r *rule) (int, string) {
	if c.matched == 0 {
		n := r.times()
		if r.after == afterNothing {
			n = 1
		}
		return n, "no request matched"
	}
	if r.after == afterNothing {
		return 0, ""
	}
	left := r.times() - c.replied
	return max(left, 0), fmt.Sprintf("%d of %d replies were not given; next was reply %d", left, r.times(), c.entry+1)
}
