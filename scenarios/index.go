package scenarios

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/graphmock/graphmock/openapi"
)

// An index finds the rules that may match an exchange without looking at each: by
// operation, then by the value that the rules of an operation differ in most. It is
// immutable.
type index struct {
	byOperation map[*openapi.Operation]*bucket
	others      *bucket // rules for any request of Graph, where an operation has none of its own
}

// A bucket holds the rules of one operation.
type bucket struct {
	keyed []keyed
	rest  []*activeRule // rules that ask for no single value, in order
}

// keyed are rules by the value of one subject that they ask for.
type keyed struct {
	condition // of any of them: its subject and pointer
	byValue   map[any][]*activeRule
}

// newIndex returns an index of rules, which are in the order in which they are to be
// tried.
func newIndex(rules []*activeRule) *index {
	ix := &index{byOperation: map[*openapi.Operation]*bucket{}}
	byOperation := map[*openapi.Operation][]*activeRule{}
	var anywhere []*activeRule
	for i, a := range rules {
		a.order = i
		if a.operations == nil {
			anywhere = append(anywhere, a)
		}
		for _, op := range a.operations {
			byOperation[op] = append(byOperation[op], a)
		}
	}
	for op, list := range byOperation {
		if !op.Contract().SignsIn() {
			list = inOrder(append(list, anywhere...))
		}
		ix.byOperation[op] = newBucket(list)
	}
	ix.others = newBucket(anywhere)
	return ix
}

func inOrder(rules []*activeRule) []*activeRule {
	slices.SortFunc(rules, func(a, b *activeRule) int { return a.order - b.order })
	return rules
}

func newBucket(rules []*activeRule) *bucket {
	variety := map[subject]map[any]bool{}
	for _, a := range rules {
		for i := range a.conditions {
			c := &a.conditions[i]
			keys, _ := c.keys()
			for _, key := range keys {
				if variety[c.subject] == nil {
					variety[c.subject] = map[any]bool{}
				}
				variety[c.subject][key] = true
			}
		}
	}
	b := &bucket{}
	for _, a := range rules {
		b.add(a, variety)
	}
	return b
}

// add keys a by the condition whose subject has the most values.
func (b *bucket) add(a *activeRule, variety map[subject]map[any]bool) {
	var best *condition
	for i := range a.conditions {
		c := &a.conditions[i]
		if _, ok := c.keys(); ok && (best == nil || len(variety[c.subject]) > len(variety[best.subject])) {
			best = c
		}
	}
	if best == nil {
		b.rest = append(b.rest, a)
		return
	}
	i := slices.IndexFunc(b.keyed, func(k keyed) bool { return k.subject == best.subject })
	if i < 0 {
		i = len(b.keyed)
		b.keyed = append(b.keyed, keyed{condition: *best, byValue: map[any][]*activeRule{}})
	}
	keys, _ := best.keys()
	for _, key := range keys {
		b.keyed[i].byValue[key] = append(b.keyed[i].byValue[key], a)
	}
}

// keys returns the values that c can accept, if it lists them, does not look at state or
// token, and each can be a key of a map.
func (c *condition) keys() ([]any, bool) {
	if c.where == inState || c.where == inToken || c.where == inTenant {
		return nil, false
	}
	choices, ok := c.matcher.choices()
	if !ok {
		return nil, false
	}
	var keys []any
	for _, v := range choices {
		key, ok := keyOf(v)
		if !ok {
			return nil, false
		}
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys, true
}

// keyOf returns a key for a scalar: equal scalars have equal keys.
func keyOf(v any) (any, bool) {
	switch v := v.(type) {
	case string, bool, nil:
		return v, true
	case json.Number:
		if i, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			return i, true
		}
		if r, ok := rational(v); ok {
			if r.IsInt() && r.Num().IsInt64() {
				return r.Num().Int64(), true
			}
			return json.Number(r.RatString()), true
		}
	}
	return nil, false
}

// candidates appends to found the rules that may match, in their order.
func (ix *index) candidates(x *Exchange, found []*activeRule) []*activeRule {
	b := ix.byOperation[x.Match.Operation]
	switch {
	case b != nil:
	case x.Match.Operation != nil && x.Match.Operation.Contract().SignsIn():
		return found
	default:
		b = ix.others
	}
	lists := 0
	for i := range b.keyed {
		k := &b.keyed[i]
		v, present := k.value(x)
		if !present {
			continue
		}
		if key, ok := keyOf(v); ok {
			if list := k.byValue[key]; len(list) > 0 {
				found = append(found, list...)
				lists++
			}
		}
	}
	if len(b.rest) > 0 {
		found = append(found, b.rest...)
		lists++
	}
	if lists > 1 {
		inOrder(found)
	}
	return found
}
