package server

import (
	"strings"
	"sync"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
)

// A tally keeps what a verdict needs to know of every exchange there ever was;
// the journal has the last ones only. The zero value is ready, and its memory is
// bounded.
type tally struct {
	mu         sync.Mutex
	groups     map[groupKey]*GroupedViolation
	unmatched  map[[2]string]*UnmatchedRequest // by method and path
	omitted    int
	operations map[*openapi.Operation]*touched
	writes     writes
}

// groupKey is what violations of one group have in common.
type groupKey struct {
	operation         string
	side              openapi.Side
	in, pointer, rule string
}

// Bounds of a tally.
const (
	maxGroups    = 1000
	maxUnmatched = 200
	maxShown     = 500 // of a path or pointer, in bytes
)

// add counts an exchange that the journal has.
func (t *tally) add(x *exchange, e *Exchange) {
	op := x.match.Operation
	link := ""
	if op != nil && t.pages(op) {
		link = x.nextLink()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range e.Violations {
		t.violation(&e.Violations[i], e)
	}
	if op != nil {
		t.operation(op).add(x, link)
		t.writes.add(x, e)
	}
}

// pages tells whether the answers of an operation have to be searched for a next
// link.
func (t *tally) pages(op *openapi.Operation) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.operation(op).nextLink >= 0
}

func (t *tally) reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.groups, t.unmatched, t.omitted, t.operations, t.writes = nil, nil, 0, nil, writes{}
}

// violation counts a violation with its like.
//
// t.mu must be held.
func (t *tally) violation(v *openapi.Violation, e *Exchange) {
	if isUnmatched(v) {
		t.noOperation(v, e)
	}
	key := groupKey{v.Operation, v.Side, v.In, cut(v.Pointer), v.Rule}
	g := t.groups[key]
	switch {
	case g != nil:
		g.Count++
		if e.ID < g.First { // it was counted later than it came
			g.First, g.Where = e.ID, requestLine(e)
		}
		return
	case len(t.groups) >= maxGroups:
		t.omitted++
		return
	case t.groups == nil:
		t.groups = map[groupKey]*GroupedViolation{}
	}
	g = &GroupedViolation{Violation: *v, Count: 1, First: e.ID, Where: requestLine(e)}
	g.Pointer = key.pointer
	t.groups[key] = g
}

// isUnmatched tells a violation of the request line.
func isUnmatched(v *openapi.Violation) bool {
	return v.Operation == "" && v.Side == openapi.RequestSide && v.In == openapi.InPath
}

// noOperation counts a request line that no operation fits.
//
// t.mu must be held.
func (t *tally) noOperation(v *openapi.Violation, e *Exchange) {
	key := [2]string{cut(e.Method), cut(e.Path)}
	u := t.unmatched[key]
	switch {
	case u != nil:
		u.Count++
		u.First = min(u.First, e.ID)
		return
	case len(t.unmatched) >= maxUnmatched:
		return // among the violations it is counted all the same
	case t.unmatched == nil:
		t.unmatched = map[[2]string]*UnmatchedRequest{}
	}
	why := v.Message
	if v.Hint != "" {
		why += "; " + v.Hint
	}
	t.unmatched[key] = &UnmatchedRequest{Method: key[0], Path: key[1], Count: 1, First: e.ID, Why: why}
}

// operation is what was touched of an operation.
//
// t.mu must be held.
func (t *tally) operation(op *openapi.Operation) *touched {
	if have := t.operations[op]; have != nil {
		return have
	}
	if t.operations == nil {
		t.operations = map[*openapi.Operation]*touched{}
	}
	t.operations[op] = newTouched(op)
	return t.operations[op]
}

func requestLine(e *Exchange) string { return e.Method + " " + cut(e.Path) }

// cut bounds text that a client sent.
func cut(text string) string {
	if len(text) <= maxShown {
		return text
	}
	return strings.ToValidUTF8(text[:maxShown], "") + "..."
}

// isDelivered tells whether the client gets to see the answer's status.
func (x *exchange) isDelivered() bool {
	switch x.decision.Fault {
	case scenarios.NoFault, scenarios.FaultDrip, scenarios.FaultTruncate:
		return true
	}
	return false
}

// isRejected tells whether the request broke the contract.
func (x *exchange) isRejected() bool {
	for i := range x.violations {
		if x.violations[i].Side == openapi.RequestSide {
			return true
		}
	}
	return false
}
