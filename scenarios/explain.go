package scenarios

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi"
)

// An Explanation reports whether a rule matches a request, and why not.
type Explanation struct {
	Scenario string `json:"scenario,omitempty"`
	Rule     string `json:"rule"`
	Place    string `json:"place,omitempty"`
	Weight   string `json:"weight"`  // how specific the rule is, in words
	Verdict  string `json:"verdict"` // matches, depends or differs
	Why      string `json:"why,omitempty"`
}

// Verdicts of an Explanation.
const (
	Matches = "matches"
	Depends = "depends" // on what the request line does not say
	Differs = "differs"
)

// String returns the explanation in one line.
func (explanation Explanation) String() string {
	name := explanation.Rule
	if explanation.Scenario != "" {
		name = explanation.Scenario + "/" + name
	}
	line := fmt.Sprintf("%-7s %s [%s]", explanation.Verdict, name, explanation.Weight)
	if explanation.Why != "" {
		line += ": " + explanation.Why
	}
	return line
}

// Explain returns an explanation for every rule in play, without counting the exchange.
// Rules come in the order in which they would be tried, those that match first.
func (e *Engine) Explain(x *Exchange) []Explanation {
	return e.explain(x, false)
}

// ExplainLine does the same for a request line such as
//
//	PUT /me/activities/1/historyItems/2
//
// with or without the service's root. A rule about what the line does not say, such as
// headers and the body, depends on that.
func (e *Engine) ExplainLine(c *openapi.Contract, line string) ([]Explanation, error) {
	method, target, ok := strings.Cut(strings.TrimSpace(line), " ")
	if !ok {
		return nil, fmt.Errorf("%q is not a request line: METHOD PATH is expected", line)
	}
	u, err := url.ParseRequestURI(strings.TrimSpace(target))
	if err != nil {
		return nil, fmt.Errorf("%q is not a request line: %w", line, err)
	}
	m, broken := route(c, strings.ToUpper(method), u.EscapedPath())
	if broken != nil {
		return nil, fmt.Errorf("%s: %s", line, withHint(broken.Message, broken.Hint))
	}
	return e.explain(&Exchange{Match: m, Path: u.Path, Query: u.Query()}, true), nil
}

// route finds the operation of a path, under the contract's first root where the
// path has none.
func route(c *openapi.Contract, method, path string) (openapi.Match, *openapi.Violation) {
	m, broken := c.Route(method, path)
	if broken == nil || m.Base != "" {
		return m, broken
	}
	for _, base := range slices.Sorted(slices.Values(c.Bases())) {
		if m, v := c.Route(method, base+path); v == nil {
			return m, nil
		} else if base == c.Bases()[0] {
			broken = v
		}
	}
	return m, broken
}

func (e *Engine) explain(x *Exchange, lineOnly bool) []Explanation {
	var lists [3][]Explanation
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, a := range e.activeRules() {
		explanation := Explanation{Scenario: a.scenario.Name, Rule: a.id, Place: a.place,
			Weight: a.specificity.String()}
		explanation.Verdict, explanation.Why = a.verdict(x, a.scenario.state, lineOnly)
		i := slices.Index([]string{Matches, Depends, Differs}, explanation.Verdict)
		lists[i] = append(lists[i], explanation)
	}
	return slices.Concat(lists[:]...)
}

// verdict returns whether the rule matches, and why not.
func (r *rule) verdict(x *Exchange, state string, lineOnly bool) (verdict, why string) {
	if !r.on(x.Match.Operation) {
		return Differs, fmt.Sprintf("the request is %s; the rule wants: %s", x.Match.Operation.Pattern(), r.request)
	}
	var unknown []string
	for i := range r.conditions {
		c := &r.conditions[i]
		if lineOnly && c.where != inPath && c.where != inQuery {
			unknown = append(unknown, fmt.Sprintf("%v: %v", c.subject, c.matcher))
			continue
		}
		if !c.holds(x, state) {
			return Differs, c.explain(x, state)
		}
	}
	if unknown != nil {
		return Depends, strings.Join(unknown, "; ")
	}
	return Matches, ""
}
