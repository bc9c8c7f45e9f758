// Package batch reads a batch of requests in OData's JSON format, has a function
// perform them in order, and makes one response of their responses.
//
// Its limits and the errors in a batch are Graph's: a batch is sequential or
// parallel as a whole.
package batch

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/jsontext"
)

// MaxRequests is how many requests a batch may have.
const MaxRequests = 20

// Rules of batches.
const (
	RuleMalformed  = "batch-malformed"
	RuleSize       = "batch-size"
	RuleID         = "batch-id"
	RuleDependency = "batch-dependency"
	RuleSequence   = "batch-sequence"
	RuleURL        = "batch-url"
	RuleBody       = "batch-body"
	RuleNested     = "batch-nested" // for those who perform the requests
)

// A Batch is what a client sent. Its requests are independent of each other, or each waits
// for the one before, or all for the first.
type Batch struct {
	Requests []Request
	ordered  order // what of the requests so far it can't be
}

// order has a field for each order of a batch.
type order struct{ notParallel, notSerial, notSame bool }

// A Problem is the first thing that is wrong with a batch.
type Problem struct {
	openapi.Violation
	RequestID string // of the request that has it, as far as it is known
}

// Parse reads the decoded body of a batch, for a service root such as /v1.0. A
// schema may have judged the body before; Parse relies on nothing of that.
func Parse(root string, body any) (*Batch, *Problem) {
	content, _ := body.(map[string]any)
	list, _ := content["requests"].([]any)
	switch {
	case len(list) == 0:
		return nil, problem(RuleMalformed, "/requests", "expected an array of requests", "")
	case len(list) > MaxRequests:
		return nil, problem(RuleSize, "/requests", strconv.Itoa(len(list))+" requests are more than a batch may have",
			"send at most "+strconv.Itoa(MaxRequests))
	}
	b := &Batch{Requests: make([]Request, 0, len(list))}
	for i, v := range list {
		sent, _ := v.(map[string]any)
		if p := b.add(root, sent); p != nil {
			p.Pointer = "/requests/" + strconv.Itoa(i) + p.Pointer
			p.RequestID = textOf(sent["id"])
			return nil, p
		}
	}
	return b, nil
}

func problem(rule, pointer, message, hint string) *Problem {
	return &Problem{Violation: openapi.Violation{
		In: openapi.InBody, Pointer: pointer, Rule: rule, Message: message, Hint: hint,
	}}
}

// add reads the next request. The pointer of a problem begins at the request.
func (b *Batch) add(root string, sent map[string]any) *Problem {
	r, p := parseRequest(root, sent, b.hasID)
	if p == nil {
		r.after, p = b.order(sent["dependsOn"])
	}
	if p != nil {
		return p
	}
	b.Requests = append(b.Requests, r)
	return nil
}

// order returns the positions of those that the next request depends on.
func (b *Batch) order(dependsOn any) ([]int, *Problem) {
	ids, _ := dependsOn.([]any)
	var after []int
	for i, id := range ids {
		at := b.index(textOf(id))
		if at < 0 {
			return nil, problem(RuleDependency, "/dependsOn/"+strconv.Itoa(i),
				"no earlier request has the id "+jsontext.Quote(textOf(id)),
				"a request comes after those that it depends on")
		}
		after = append(after, at)
	}
	if next := len(b.Requests); next > 0 {
		b.ordered.notParallel = b.ordered.notParallel || len(after) > 0
		b.ordered.notSerial = b.ordered.notSerial || !slices.Contains(after, next-1)
		b.ordered.notSame = b.ordered.notSame || !slices.Equal(after, []int{0})
	}
	if b.ordered == (order{true, true, true}) {
		return nil, problem(RuleSequence, "/dependsOn", "the batch is partly sequential",
			"let each request depend on the one before, or all on the first, or none on any")
	}
	return after, nil
}

// index returns the position of the request with an id, -1 if there is none yet.
func (b *Batch) index(id string) int {
	return slices.IndexFunc(b.Requests, func(r Request) bool { return strings.EqualFold(r.ID, id) })
}

func (b *Batch) hasID(id string) bool { return b.index(id) >= 0 }

// textOf returns a text, or a number as a text: clients send ids as either.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}
