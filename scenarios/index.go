package scenarios

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/graphmock/graphmock/openapi"
)

// An index finds the rules that may match an exchange without asking each: by
// operation, then by the value that the rules of an operation differ in most.
// It is immutable.
type index struct {
	byOperation map[*openapi.Operation]*shelf
	others      *shelf // rules for any request, where an operation has none of its own
}

// A shelf holds the rules of one operation.
type shelf struct {
	keyed []keyed
	rest  []*part // rules that ask for no single value, in their order
}

// keyed are rules by the value of one subject that they ask for.
type keyed struct {
	condition // of any of them: its subject and pointer
	byValue   map[any][]*part
}

// newIndex takes the parts in the order in which they are to be asked.
func newIndex(parts []*part) *index {
	ix := &index{byOperation: map[*openapi.Operation]*shelf{}}
	byOperation := map[*openapi.Operation][]*part{}
	var anywhere []*part
	for i, p := range parts {
		p.order = i
		if p.operations == nil {
			anywhere = append(anywhere, p)
		}
		for _, op := range p.operations {
			byOperation[op] = append(byOperation[op], p)
		}
	}
	for op, list := range byOperation {
		ix.byOperation[op] = newShelf(inOrder(append(list, anywhere...)))
	}
	ix.others = newShelf(anywhere)
	return ix
}

func inOrder(parts []*part) []*part {
	slices.SortFunc(parts, func(a, b *part) int { return a.order - b.order })
	return parts
}

func newShelf(parts []*part) *shelf {
	variety := map[subject]map[any]bool{}
	for _, p := range parts {
		for i := range p.conditions {
			c := &p.conditions[i]
			keys, _ := c.keys()
			for _, key := range keys {
				if variety[c.subject] == nil {
					variety[c.subject] = map[any]bool{}
				}
				variety[c.subject][key] = true
			}
		}
	}
	s := &shelf{}
	for _, p := range parts {
		s.put(p, variety)
	}
	return s
}

// put keys p by the condition whose subject has the most values.
func (s *shelf) put(p *part, variety map[subject]map[any]bool) {
	var best *condition
	for i := range p.conditions {
		c := &p.conditions[i]
		if _, ok := c.keys(); ok && (best == nil || len(variety[c.subject]) > len(variety[best.subject])) {
			best = c
		}
	}
	if best == nil {
		s.rest = append(s.rest, p)
		return
	}
	i := slices.IndexFunc(s.keyed, func(k keyed) bool { return k.subject == best.subject })
	if i < 0 {
		i = len(s.keyed)
		s.keyed = append(s.keyed, keyed{condition: *best, byValue: map[any][]*part{}})
	}
	keys, _ := best.keys()
	for _, key := range keys {
		s.keyed[i].byValue[key] = append(s.keyed[i].byValue[key], p)
	}
}

// keys are the values that c can take, if it says so, it looks at no state, and
// each can be a key of a map.
func (c *condition) keys() ([]any, bool) {
	if c.where == inState || c.where == inToken {
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

// keyOf writes a scalar so that equal ones are equal keys.
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

// candidates appends to found the parts that may match, in their order.
func (ix *index) candidates(x *Exchange, found []*part) []*part {
	s := ix.byOperation[x.Match.Operation]
	if s == nil {
		s = ix.others
	}
	lists := 0
	for i := range s.keyed {
		k := &s.keyed[i]
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
	if len(s.rest) > 0 {
		found = append(found, s.rest...)
		lists++
	}
	if lists > 1 {
		inOrder(found)
	}
	return found
}
