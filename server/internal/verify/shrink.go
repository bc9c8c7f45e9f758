package verify

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi"
)

// edits are what is left out of a test case's requests, by step.
type edits struct {
	attempt int // how often the test case ran before: its keys are new each time
	paths   map[int][][]string
	headers map[int][]string
	queries map[int]bool
}

// apply leaves out what is to be left out of a step's request.
func (e edits) apply(step int, r *request) {
	for _, path := range e.paths[step] {
		if v, ok := without(r.value, path); ok {
			r.value, r.body = v, encode(v)
		}
	}
	for _, name := range e.headers[step] {
		if name == "Client-Request-Id" {
			r.header[name] = nil // else it would get one
		} else {
			r.header.Del(name)
		}
	}
	if e.queries[step] {
		r.query = ""
	}
}

func (e edits) withPath(step int, path []string) edits {
	e.paths = maps.Clone(e.paths)
	if e.paths == nil {
		e.paths = map[int][][]string{}
	}
	e.paths[step] = append(slices.Clone(e.paths[step]), path)
	return e
}

func (e edits) withHeader(step int, name string) edits {
	e.headers = maps.Clone(e.headers)
	if e.headers == nil {
		e.headers = map[int][]string{}
	}
	e.headers[step] = append(slices.Clone(e.headers[step]), name)
	return e
}

func (e edits) withQuery(step int) edits {
	e.queries = maps.Clone(e.queries)
	if e.queries == nil {
		e.queries = map[int]bool{}
	}
	e.queries[step] = true
	return e
}

// maxFindings is how many findings are told apart.
const maxFindings = 1000

// Limits of shrinking: runs of one test case, and of all together.
const (
	maxRuns    = 40
	maxAllRuns = 240
)

// key is equal for two failures that are about the same.
func (f failure) key() string {
	return strings.Join([]string{f.Operation, f.Rule, f.In, indices.ReplaceAllString(f.Pointer, "/*"), f.detail},
		"\x00")
}

var indices = regexp.MustCompile(`/\d+`)

// findings puts failures of one kind together, and shrinks the one of each that
// took the fewest requests.
func (r *run) findings(ctx context.Context, sessions []*session) []Finding {
	type kind struct {
		first *session
		failure
		count int
	}
	var kinds []*kind
	more := 0
	known := map[string]*kind{}
	for _, s := range sessions {
		if s == nil {
			continue
		}
		for _, f := range s.failures {
			if !r.isReported(f) {
				continue
			}
			k := known[f.key()]
			if k == nil && len(kinds) == maxFindings {
				more++
				continue
			}
			if k == nil {
				k = &kind{first: s, failure: f}
				known[f.key()] = k
				kinds = append(kinds, k)
			}
			if f.step < k.step { // fewer requests show it
				k.first, k.failure = s, f
			}
			k.count++
		}
	}
	order := map[string]int{}
	for op := range r.Contract.Operations() {
		order[op.ID] = len(order)
	}
	slices.SortStableFunc(kinds, func(a, b *kind) int { return cmp.Compare(order[a.Operation], order[b.Operation]) })
	found := []Finding{}
	left := maxAllRuns
	for _, k := range kinds {
		s, f := k.first, k.failure
		if f.Rule != ruleNoAnswer {
			s, f, left = r.shrink(ctx, s, f, left)
		}
		found = append(found, r.finding(s, f, k.count))
	}
	if more > 0 {
		message := fmt.Sprintf("%d more failures are of other kinds than the %d that are shown", more, maxFindings)
		found = append(found, aboutAll(ruleMore, message, more))
	}
	return found
}

// isReported reports whether a failure is about an operation that is to be
// verified. Of others, which only help, it counts whether they could not, and what
// a sequence shows.
func (r *run) isReported(f failure) bool {
	switch f.Rule {
	case ruleRefuses, ruleServerError, ruleNoAnswer, ruleDeleted, ruleGone, ruleCascade, ruleListed, ruleCounted,
		rulePast:
		return true
	}
	return slices.ContainsFunc(r.operations, func(op *openapi.Operation) bool { return op.ID == f.Operation })
}

func (r *run) finding(s *session, f failure, count int) Finding {
	var lines []string
	for _, step := range s.steps[:f.step+1] {
		lines = append(lines, step.request.curl(r.client.root))
	}
	last := s.steps[f.step]
	name := s.testCase.name
	if last.name != "" && last.name != name {
		name += ", " + last.name
	}
	pattern := ""
	if last.op != nil {
		pattern = last.op.Pattern()
	}
	return Finding{Operation: f.Operation, Pattern: pattern, Rule: f.Rule, Message: f.Message, Case: name,
		Curl: strings.Join(lines, "\n"), Violation: f.Violation, Count: count}
}

// shrink leaves out of a test case's requests what the failure does not need, in
// no more runs than are left.
func (r *run) shrink(ctx context.Context, first *session, f failure, left int) (*session, failure, int) {
	if first == r.preparation {
		return first, f, left
	}
	best, found, e := first, f, first.edits
	again := func(next edits) bool {
		if ctx.Err() != nil || e.attempt >= maxRuns || left == 0 {
			return false
		}
		e.attempt++
		left--
		next.attempt = e.attempt
		s := r.runCase(ctx, first.testCase, first.index, next)
		for _, other := range s.failures {
			if other.key() == f.key() && other.step == f.step && s.ended {
				best, found, e = s, other, next
				return true
			}
		}
		return false
	}
	for step := f.step; step >= 0; step-- {
		if best.steps[step].name == "prepare" {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(best.steps[step].request.header)) {
			if best.steps[step].request.header.Get(name) != "" && name != "Content-Type" {
				again(e.withHeader(step, name))
			}
		}
		if best.steps[step].request.query != "" {
			again(e.withQuery(step))
		}
		for _, path := range pathsIn(best.steps[step].request.value, nil) {
			if r.keepsValidity(best.steps[step], path) {
				again(e.withPath(step, path))
			}
		}
	}
	return best, found, left
}

// keepsValidity reports whether a request stays valid, or invalid, without what is
// at a path of its body.
func (r *run) keepsValidity(s step, path []string) bool {
	v, ok := without(s.request.value, path)
	if !ok { // what was around it is gone
		return false
	}
	smaller := s.request
	smaller.value, smaller.body = v, encode(v)
	return (len(r.violations(s.op, &s.request)) == 0) == (len(r.violations(s.op, &smaller)) == 0)
}

// pathsIn returns the paths of all members and elements of a body, outer ones
// first: what is inside goes with them.
func pathsIn(v any, above []string) [][]string {
	var all, inner [][]string
	visit := func(name string, below any) {
		path := append(slices.Clone(above), name)
		all = append(all, path)
		inner = append(inner, pathsIn(below, path)...)
	}
	switch v := v.(type) {
	case map[string]any:
		for name, below := range sortedMap(v) {
			visit(name, below)
		}
	case []any:
		for i, below := range slices.Backward(v) { // so that indexes stay as they are
			visit(fmt.Sprint(i), below)
		}
	}
	return append(all, inner...)
}

// sortedByLength returns the paths of parents, the longest first.
func sortedByLength(parents map[string]parent) []string {
	return slices.SortedFunc(maps.Keys(parents), func(a, b string) int {
		return cmp.Or(len(b)-len(a), strings.Compare(a, b))
	})
}

// isMentioned reports whether a finding's curl lines have a path.
func isMentioned(findings []Finding, path string) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return strings.Contains(f.Curl, path) })
}
