package scenarios

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
)

// startState is the state in which every scenario begins.
const startState = "start"

// Options are what a stage needs to know. The zero value works.
type Options struct {
	// Seed starts everything that is drawn: same seed and same requests, same
	// decisions.
	Seed uint64

	// Fixture is what expressions see as fixture: the fixtures document as
	// DecodeJSON gives it, nil for none.
	Fixture any
}

// A Stage is where scenarios are played: one for each server. It matches
// requests, counts, and watches whether expectations are met. The scenarios
// themselves never change and can be on any number of stages. All methods are
// safe for concurrent use.
type Stage struct {
	options Options
	fixture any // as expressions see it

	index atomic.Pointer[index] // replaced, never changed

	mu       sync.Mutex
	scenes   []*scene
	observer observer
}

// A scene is a scenario in play.
type scene struct {
	scenario *Scenario
	state    string
	counters []*counter // by rule
}

// A counter is how far a rule has come. There is one for each rule and stage,
// whatever the URLs and methods of the requests.
type counter struct {
	matched  int   // requests that the rule matched, answered or passed on
	answered int   // of those, how many it answered
	entry    int   // of the list, which is next
	used     int   // how often that entry was given
	given    []int // by entry
	overrun  int   // requests after the end of a list with after: fail
}

// A part is a rule in play, as the index holds it.
type part struct {
	*rule
	*counter
	scene *scene
	order int
}

// NewStage makes an empty stage. Without scenarios, every decision is to let the
// service answer.
func NewStage(o Options) *Stage {
	s := &Stage{options: o, observer: newObserver()}
	budget := 16 * maxExpressionBody
	s.fixture, _ = expressionValue(o.Fixture, &budget)
	s.index.Store(newIndex(nil))
	return s
}

// Add brings scenarios into play, after those that are. One with the name of a
// scenario in play takes its place and starts anew; scenarios without a name
// never do.
func (s *Stage) Add(scenarios ...*Scenario) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, each := range scenarios {
		at := slices.IndexFunc(s.scenes, func(old *scene) bool {
			return each.Name != "" && old.scenario.Name == each.Name
		})
		if at >= 0 {
			s.scenes[at] = newScene(each)
			continue
		}
		s.scenes = append(s.scenes, newScene(each))
	}
	s.rebuild()
}

// Replace takes the scenarios of a file out of play and brings others in, in one
// step: no request meets a mixture. Scenarios that did not change keep their
// counters.
func (s *Stage) Replace(file string, scenarios ...*Scenario) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := len(s.scenes)
	var kept []*scene
	for i, old := range s.scenes {
		if old.scenario.File == file {
			at = min(at, i)
			continue
		}
		kept = append(kept, old)
	}
	at = min(at, len(kept))
	var added []*scene
	for _, each := range scenarios {
		next := newScene(each)
		if i := slices.IndexFunc(s.scenes, func(old *scene) bool { return old.scenario.same(each) }); i >= 0 {
			next = s.scenes[i]
		}
		added = append(added, next)
	}
	s.scenes = slices.Insert(kept, at, added...)
	s.rebuild()
}

func newScene(each *Scenario) *scene {
	sc := &scene{scenario: each}
	sc.reset()
	return sc
}

func (sc *scene) reset() {
	sc.state = startState
	sc.counters = make([]*counter, len(sc.scenario.rules))
	for i, r := range sc.scenario.rules {
		sc.counters[i] = &counter{given: make([]int, len(r.replies))}
	}
}

// rebuild makes the index anew: more specific rules first, then in the order of
// the scenarios and of their files.
//
// s.mu must be held.
func (s *Stage) rebuild() { s.index.Store(newIndex(s.parts())) }

// parts are the rules in play in the order in which they are asked.
//
// s.mu must be held.
func (s *Stage) parts() []*part {
	var parts []*part
	for _, sc := range s.scenes {
		for i, r := range sc.scenario.rules {
			parts = append(parts, &part{rule: r, counter: sc.counters[i], scene: sc})
		}
	}
	slices.SortStableFunc(parts, func(a, b *part) int { return b.weight.compare(a.weight) })
	return parts
}

// Reset brings every scenario back to its start: counters, states and
// observations.
func (s *Stage) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sc := range s.scenes {
		sc.reset()
	}
	s.observer = newObserver()
	s.rebuild()
}

// Decide finds the rule for an exchange and takes the next reply of its list, in
// one atomic step: of parallel requests, each gets a reply of its own. Requests
// that the contract does not know are the service's to refuse.
func (s *Stage) Decide(x *Exchange) Decision {
	if x.Match.Operation == nil {
		return Decision{Ask: true}
	}
	var some [8]*part
	candidates := s.matching(x, some[:0])
	if len(candidates) == 0 {
		return Decision{Ask: true}
	}
	p, entry, n, state := s.take(candidates)
	if p == nil {
		return Decision{Ask: true}
	}
	d := s.resolve(p, entry, n, state, x)
	if d.Problem != "" {
		s.note(Failure{Scenario: d.Scenario, Rule: d.Rule, Place: d.Place, Expectation: "reply", Message: d.Problem})
	}
	return d
}

// matching gives the parts whose conditions the exchange meets, but for those
// about state, in their order.
func (s *Stage) matching(x *Exchange, found []*part) []*part {
	all := s.index.Load().candidates(x, found)
	found = all[:0]
	for _, p := range all {
		if p.failing(x) == nil {
			found = append(found, p)
		}
	}
	return found
}

// failing is the first condition that an exchange does not meet; those about
// state are left to take.
func (r *rule) failing(x *Exchange) *condition {
	for i := range r.conditions {
		if c := &r.conditions[i]; c.where != inState && !c.holds(x, "") {
			return c
		}
	}
	return nil
}

// inState tells whether the rule's scenario is in a state that the rule wants.
func (r *rule) inState(state string) bool {
	for i := range r.conditions {
		if c := &r.conditions[i]; c.where == inState && !c.matcher.holds(state, true) {
			return false
		}
	}
	return true
}

// take advances the first candidate that has a reply to give: the entry of its
// list, how many it gave before, and the state at that moment. All nil if every
// candidate passes.
func (s *Stage) take(candidates []*part) (p *part, entry, n int, state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range candidates {
		if !p.inState(p.scene.state) {
			continue
		}
		p.matched++
		entry, ok := p.next(s)
		if !ok {
			continue
		}
		state, n := p.scene.state, p.answered
		p.answered++
		p.given[entry]++
		if to := p.replies[entry].state; to != "" {
			p.scene.state = to
		}
		return p, entry, n, state
	}
	return nil, 0, 0, ""
}

// next is the entry of the list whose turn it is, false at the end of the list.
//
// The stage's mu must be held.
func (p *part) next(s *Stage) (entry int, ok bool) {
	switch {
	case p.random:
		return p.drawn(s.random(p, "entry", p.answered)), true
	case p.after == afterNothing:
		return 0, true
	case p.entry == len(p.replies) && p.after == afterRepeat:
		return len(p.replies) - 1, true
	case p.entry == len(p.replies):
		if p.after == afterFail {
			p.overrun++
		}
		return 0, false
	}
	entry = p.entry
	if p.used++; p.used == cmp.Or(p.replies[entry].times, 1) {
		p.entry, p.used = p.entry+1, 0
	}
	return entry, true
}

// drawn picks an entry by weight.
func (r *rule) drawn(random *rand.Rand) int {
	at := random.IntN(r.times())
	for i := range r.replies {
		if at -= cmp.Or(r.replies[i].times, 1); at < 0 {
			return i
		}
	}
	panic("BUG: drawn beyond the last reply")
}
