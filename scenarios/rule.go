package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi"
)

// after is what follows the last reply of a list.
type after string

const (
	afterNothing after = ""       // a single reply has no end
	afterPass    after = "pass"   // to the next matching rule, at last to the service
	afterRepeat  after = "repeat" // the last reply again
	afterFail    after = "fail"   // as pass, and an unmet expectation
)

// A rule scripts replies to requests. It is immutable: the engine counts what happens to
// it in play.
type rule struct {
	id, place   string
	request     string               // as written: a pattern or an operationId, empty for any request
	operations  []*openapi.Operation // nil: any
	conditions  []condition
	names       map[string]string // parameters of the path: as written, to the contract's name
	replies     []reply
	after       after
	random      bool // each request draws a reply, weighted by times
	specificity specificity
}

// specificity is how specific a rule is; a greater one goes first. Its elements are
// compared from left to right: whether the rule names its operation (2), its path (1) or
// neither; how many conditions ask for one value; how many ask for anything else; then
// the number of conditions by where they look.
type specificity [3 + 7]int

func (r *rule) computeSpecificity() (s specificity) {
	switch {
	case len(r.operations) == 1:
		s[0] = 2
	case r.operations != nil:
		s[0] = 1
	}
	for _, c := range r.conditions {
		if choices, ok := c.matcher.choices(); ok && len(choices) == 1 {
			s[1]++
		} else {
			s[2]++
		}
		s[3+slices.Index(wheres, c.where)]++
	}
	return s
}

func (s specificity) compare(other specificity) int { return slices.Compare(s[:], other[:]) }

// String returns the specificity in words: operation, 1 value (path), 1 other (body).
func (s specificity) String() string {
	parts := []string{[]string{"any request", "path", "operation"}[s[0]]}
	if s[1] > 0 {
		parts = append(parts, fmt.Sprintf("%d with one value", s[1]))
	}
	if s[2] > 0 {
		parts = append(parts, fmt.Sprintf("%d with others", s[2]))
	}
	var places []string
	for i, where := range wheres {
		if n := s[3+i]; n > 0 {
			places = append(places, fmt.Sprintf("%s %d", where, n))
		}
	}
	if len(places) > 0 {
		parts = append(parts, strings.Join(places, ", "))
	}
	return strings.Join(parts, "; ")
}

// excludes reports whether it is certain that no request matches both rules.
func (r *rule) excludes(other *rule) bool {
	if r.operations != nil && other.operations != nil && !slices.ContainsFunc(r.operations, other.on) {
		return true
	}
	for i := range r.conditions {
		for j := range other.conditions {
			c, d := &r.conditions[i], &other.conditions[j]
			if c.subject == d.subject && c.key != "scope" && c.matcher.excludes(d.matcher) {
				return true
			}
		}
	}
	return false
}

// on reports whether r is about requests for op.
func (r *rule) on(op *openapi.Operation) bool {
	return r.operations == nil || slices.Contains(r.operations, op)
}

// times returns the number of replies that the rule scripts, with repetitions.
func (r *rule) times() int {
	n := 0
	for i := range r.replies {
		n += cmp.Or(r.replies[i].times, 1)
	}
	return n
}
