package scenarios

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// startState is the state in which every scenario begins.
const startState = "start"

// Options are the settings of an Engine. The zero value works.
type Options struct {
	// Seed starts everything that is random: the same seed and requests give the same
	// decisions.
	Seed uint64

	// Fixture is what expressions see as fixture: the fixtures document as
	// jsontext.Decode returns it, nil for none.
	Fixture any
}

// An Engine plays scenarios for one server. It matches requests, counts, and watches
// whether expectations are met. The scenarios themselves never change and can be played
// by any number of engines. All methods are safe for concurrent use.
type Engine struct {
	options Options
	fixture any // as expressions see it

	index atomic.Pointer[index] // replaced, never changed
	delay atomic.Int64          // the longest ReplicationDelay

	mu       sync.Mutex
	active   []*activeScenario
	lasting  []*Scenario // what is in play after a Reset
	observer observer
}

// An activeScenario is a scenario in play.
type activeScenario struct {
	*Scenario
	state    string
	counters []*counter // by rule
}

// A counter is how far a rule has come. There is one for each rule and engine; requests
// with different URLs and methods share it.
type counter struct {
	matched int   // requests that the rule matched, replied to or passed on
	replied int   // of those, how many it replied to
	entry   int   // of the list, which is next
	used    int   // how often that entry was given
	given   []int // by entry
	overrun int   // requests after the end of a list with after: fail
}

// An activeRule is a rule in play, as the index holds it.
type activeRule struct {
	*rule
	*counter
	scenario *activeScenario
	order    int
}

// NewEngine returns an engine without scenarios: every decision lets the service
// respond.
func NewEngine(o Options) *Engine {
	e := &Engine{options: o, observer: newObserver()}
	budget := 16 * maxExpressionBody
	e.fixture, _ = expressionValue(o.Fixture, &budget)
	e.index.Store(newIndex(nil))
	return e
}

// Add brings scenarios into play, after those that are in play. A scenario with the name
// of one in play takes its place and starts anew; a scenario without a name never does.
func (e *Engine) Add(scenarios ...*Scenario) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, each := range scenarios {
		e.lasting = place(e.lasting, each, func(s *Scenario) string { return s.Name })
	}
	e.play(scenarios)
}

// AddUntilReset is Add for scenarios that Reset takes out of play; what they took the
// place of is back then.
func (e *Engine) AddUntilReset(scenarios ...*Scenario) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.play(scenarios)
}

// play brings scenarios into play, each in place of the one that has its name.
//
// e.mu must be held.
func (e *Engine) play(scenarios []*Scenario) {
	for _, each := range scenarios {
		e.active = place(e.active, newActiveScenario(each), func(sc *activeScenario) string { return sc.Name })
	}
	e.rebuild()
}

// place puts a scenario in the place of the one that has its name, or behind all of
// them.
func place[T any](list []T, each T, nameOf func(T) string) []T {
	name := nameOf(each)
	at := slices.IndexFunc(list, func(old T) bool { return name != "" && nameOf(old) == name })
	if at < 0 {
		return append(list, each)
	}
	list[at] = each
	return list
}

// Remove takes the scenario with a name out of play until the next Reset, and reports
// whether there was one. What it observed before still counts.
func (e *Engine) Remove(name string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	at := slices.IndexFunc(e.active, func(sc *activeScenario) bool { return name != "" && sc.Name == name })
	if at < 0 {
		return false
	}
	e.active = slices.Delete(e.active, at, at+1)
	e.rebuild()
	return true
}

// Replace takes the scenarios of a file out of play and brings others in, in one step:
// no request sees a mixture. Scenarios that did not change keep their counters.
func (e *Engine) Replace(file string, scenarios ...*Scenario) {
	e.mu.Lock()
	defer e.mu.Unlock()
	at := len(e.active)
	var kept []*activeScenario
	for i, old := range e.active {
		if old.File == file {
			at = min(at, i)
			continue
		}
		kept = append(kept, old)
	}
	at = min(at, len(kept))
	var added []*activeScenario
	for _, each := range scenarios {
		next := newActiveScenario(each)
		if i := slices.IndexFunc(e.active, func(old *activeScenario) bool { return old.same(each) }); i >= 0 {
			next = e.active[i]
		}
		added = append(added, next)
	}
	e.active = slices.Insert(kept, at, added...)
	isOfFile := func(s *Scenario) bool { return s.File == file }
	if at = slices.IndexFunc(e.lasting, isOfFile); at < 0 {
		at = len(e.lasting)
	}
	e.lasting = slices.Insert(slices.DeleteFunc(e.lasting, isOfFile), at, scenarios...)
	e.rebuild()
}

func newActiveScenario(each *Scenario) *activeScenario {
	sc := &activeScenario{Scenario: each}
	sc.reset()
	return sc
}

func (sc *activeScenario) reset() {
	sc.state = startState
	sc.counters = make([]*counter, len(sc.rules))
	for i, r := range sc.rules {
		sc.counters[i] = &counter{given: make([]int, len(r.replies))}
	}
}

// rebuild makes a new index: more specific rules first, then in the order of the
// scenarios and of their files.
//
// e.mu must be held.
func (e *Engine) rebuild() {
	e.index.Store(newIndex(e.activeRules()))
	var delay time.Duration
	for _, sc := range e.active {
		delay = max(delay, sc.ReplicationDelay)
	}
	e.delay.Store(int64(delay))
}

// ReplicationDelay is the longest of the scenarios in play.
func (e *Engine) ReplicationDelay() time.Duration { return time.Duration(e.delay.Load()) }

// activeRules returns the rules in play in the order in which they are tried.
//
// e.mu must be held.
func (e *Engine) activeRules() []*activeRule {
	var rules []*activeRule
	for _, sc := range e.active {
		for i, r := range sc.rules {
			rules = append(rules, &activeRule{rule: r, counter: sc.counters[i], scenario: sc})
		}
	}
	slices.SortStableFunc(rules, func(a, b *activeRule) int { return b.specificity.compare(a.specificity) })
	return rules
}

// Reset takes everything back to the start: counters, states and observations. What came
// by AddUntilReset is out of play, what Remove took out is in play again.
func (e *Engine) Reset() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.active = nil
	for _, each := range e.lasting {
		e.active = append(e.active, newActiveScenario(each))
	}
	e.observer = newObserver()
	e.rebuild()
}

// Decide finds the rule for an exchange and takes the next reply of its list, in one
// atomic step: each of several parallel requests gets a reply of its own. Requests that
// the contract does not know are left to the service.
func (e *Engine) Decide(x *Exchange) Decision {
	if x.Match.Operation == nil {
		return Decision{FromService: true}
	}
	var some [8]*activeRule
	candidates := e.matching(x, some[:0])
	if len(candidates) == 0 {
		return Decision{FromService: true}
	}
	a, entry, n, state := e.take(candidates)
	if a == nil {
		return Decision{FromService: true}
	}
	d := e.resolve(a, entry, n, state, x)
	if d.Problem != "" {
		e.addFailure(Failure{
			Scenario: d.Scenario, Rule: d.Rule, Place: d.Place, Expectation: "reply", Message: d.Problem,
		})
	}
	return d
}

// matching appends to found the rules whose conditions the exchange meets, in their
// order. Conditions about state are left out.
func (e *Engine) matching(x *Exchange, found []*activeRule) []*activeRule {
	all := e.index.Load().candidates(x, found)
	found = all[:0]
	for _, a := range all {
		if a.failing(x) == nil {
			found = append(found, a)
		}
	}
	return found
}

// failing returns the first condition that an exchange does not meet; those about state
// are left to take.
func (r *rule) failing(x *Exchange) *condition {
	for i := range r.conditions {
		if c := &r.conditions[i]; c.where != inState && !c.holds(x, "") {
			return c
		}
	}
	return nil
}

// inState reports whether the rule's scenario is in a state that the rule asks for.
func (r *rule) inState(state string) bool {
	for i := range r.conditions {
		if c := &r.conditions[i]; c.where == inState && !c.matcher.holds(state, true) {
			return false
		}
	}
	return true
}

// take advances the first candidate that has a reply left. It returns the candidate, the
// entry of its list, how many replies it gave before, and the state at that time; nil if
// every candidate passes.
func (e *Engine) take(candidates []*activeRule) (a *activeRule, entry, n int, state string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, a := range candidates {
		if !a.inState(a.scenario.state) {
			continue
		}
		a.matched++
		entry, ok := a.advance(e)
		if !ok {
			continue
		}
		state, n := a.scenario.state, a.replied
		a.replied++
		a.given[entry]++
		if to := a.replies[entry].state; to != "" {
			a.scenario.state = to
		}
		return a, entry, n, state
	}
	return nil, 0, 0, ""
}

// advance advances the list and returns its next entry, false at the end of the list.
//
// The engine's mu must be held.
func (a *activeRule) advance(e *Engine) (entry int, ok bool) {
	switch {
	case a.random:
		return a.randomEntry(e.random(a, "entry", a.replied)), true
	case a.after == afterNothing:
		return 0, true
	case a.entry == len(a.replies) && a.after == afterRepeat:
		return len(a.replies) - 1, true
	case a.entry == len(a.replies):
		if a.after == afterFail {
			a.overrun++
		}
		return 0, false
	}
	entry = a.entry
	if a.used++; a.used == cmp.Or(a.replies[entry].times, 1) {
		a.entry, a.used = a.entry+1, 0
	}
	return entry, true
}

// randomEntry returns a random entry; times are the weights.
func (r *rule) randomEntry(random *rand.Rand) int {
	at := random.IntN(r.times())
	for i := range r.replies {
		if at -= cmp.Or(r.replies[i].times, 1); at < 0 {
			return i
		}
	}
	panic("BUG: drawn beyond the last reply")
}
