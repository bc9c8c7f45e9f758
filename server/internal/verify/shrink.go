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

// edits are what is left out of a trial's requests, by step.
type edits struct {
	attempt int // how often the trial was played before: its keys are new each time
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

// Limits of shrinking: plays of one trial, and of all together.
const (
	maxPlays    = 40
	maxAllPlays = 240
)

// key tells whether two complaints are about the same.
func (c complaint) key() string {
	return strings.Join([]string{c.Operation, c.Rule, c.In, indices.ReplaceAllString(c.Pointer, "/*"), c.detail}, "\x00")
}

var indices = regexp.MustCompile(`/\d+`)

// findings puts complaints of one kind together, and shrinks the one of each that
// took the fewest requests.
func (r *run) findings(ctx context.Context, played []*player) []Finding {
	type kind struct {
		first *player
		complaint
		count int
	}
	var kinds []*kind
	known := map[string]*kind{}
	for _, p := range played {
		if p == nil {
			continue
		}
		for _, c := range p.complaints {
			if !r.concerns(c) {
				continue
			}
			k := known[c.key()]
			if k == nil {
				k = &kind{first: p, complaint: c}
				known[c.key()] = k
				kinds = append(kinds, k)
			}
			if c.step < k.step { // fewer requests show it
				k.first, k.complaint = p, c
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
	left := maxAllPlays
	for _, k := range kinds {
		p, c := k.first, k.complaint
		if c.Rule != ruleNoAnswer {
			p, c, left = r.shrink(ctx, p, c, left)
		}
		found = append(found, r.finding(p, c, k.count))
	}
	return found
}

// concerns tells whether a complaint is about an operation that is to be verified.
// Of others, which only help, it counts whether they could not, and what a
// sequence shows.
func (r *run) concerns(c complaint) bool {
	switch c.Rule {
	case ruleRefuses, ruleServerError, ruleNoAnswer, ruleDeleted, ruleGone, ruleCascade, ruleListed, ruleCounted, rulePast:
		return true
	}
	return slices.ContainsFunc(r.operations, func(op *openapi.Operation) bool { return op.ID == c.Operation })
}

func (r *run) finding(p *player, c complaint, count int) Finding {
	var lines []string
	for _, s := range p.steps[:c.step+1] {
		lines = append(lines, s.request.curl(r.client.root))
	}
	s := p.steps[c.step]
	name := p.trial.name
	if s.name != "" && s.name != name {
		name += ", " + s.name
	}
	pattern := ""
	if s.op != nil {
		pattern = s.op.Pattern()
	}
	return Finding{Operation: c.Operation, Pattern: pattern, Rule: c.Rule, Message: c.Message, Case: name,
		Curl: strings.Join(lines, "\n"), Violation: c.Violation, Count: count}
}

// shrink leaves out of a trial's requests whatever the complaint does not need, in
// no more plays than are left.
func (r *run) shrink(ctx context.Context, first *player, c complaint, left int) (*player, complaint, int) {
	if first == r.preparation {
		return first, c, left
	}
	best, found, e := first, c, first.edits
	again := func(next edits) bool {
		if ctx.Err() != nil || e.attempt >= maxPlays || left == 0 {
			return false
		}
		e.attempt++
		left--
		next.attempt = e.attempt
		p := r.playOne(ctx, first.trial, first.index, next)
		for _, other := range p.complaints {
			if other.key() == c.key() && other.step == c.step && p.ended {
				best, found, e = p, other, next
				return true
			}
		}
		return false
	}
	for step := c.step; step >= 0; step-- {
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
			if r.keepsClass(best.steps[step], path) {
				again(e.withPath(step, path))
			}
		}
	}
	return best, found, left
}

// keepsClass tells whether a request stays valid, or invalid, without what is at
// a place of its body.
func (r *run) keepsClass(s step, path []string) bool {
	v, ok := without(s.request.value, path)
	if !ok { // what was around it is gone
		return false
	}
	smaller := s.request
	smaller.value, smaller.body = v, encode(v)
	return (len(r.violations(s.op, &s.request)) == 0) == (len(r.violations(s.op, &smaller)) == 0)
}

// pathsIn gives the places of all members and elements of a body, outer ones
// first: whoever goes takes what is inside along.
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
		for i, below := range slices.Backward(v) { // so that places stay where they are
			visit(fmt.Sprint(i), below)
		}
	}
	return append(all, inner...)
}

// sortedByLength gives the paths of parents, the longest first.
func sortedByLength(parents map[string]parent) []string {
	return slices.SortedFunc(maps.Keys(parents), func(a, b string) int {
		return cmp.Or(len(b)-len(a), strings.Compare(a, b))
	})
}

// mentioned tells whether a finding's curl lines have a path.
func mentioned(findings []Finding, path string) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return strings.Contains(f.Curl, path) })
}
