package odata

import (
	"cmp"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
)

// An OrderKey is a property that $orderby sorts by.
type OrderKey struct {
	Path       string // in its exact spelling
	Descending bool

	path []string
	of   shape
}

// parseOrderBy reads paths, each with asc or desc after it, with commas between
// them.
func parseOrderBy(text string, t *edm.Type) (keys []OrderKey, err *Error) {
	at := 0
	for part := range strings.SplitSeq(text, ",") {
		path, direction, _ := strings.Cut(strings.TrimLeft(part, " "), " ")
		start := at + len(part) - len(strings.TrimLeft(part, " "))
		e, err := parsePath(path, start, t, false)
		if err != nil {
			return nil, err
		}
		if e.of.collection || e.of.kind == kindComplex {
			return nil, &Error{Offset: start, Message: e.describe() + " has no order"}
		}
		direction = strings.ToLower(strings.Trim(direction, " "))
		if direction != "" && direction != "asc" && direction != "desc" {
			return nil, &Error{Offset: start + len(path) + 1, Message: "expected asc or desc"}
		}
		keys = append(keys, OrderKey{Path: e.spelled(), Descending: direction == "desc", path: e.path, of: e.of})
		at += len(part) + 1
	}
	return keys, nil
}

// Compare orders entities by keys that Parse has read. Null comes first, or last where
// the order descends. 0 means that they are equal in every key.
func Compare(keys []OrderKey) func(a, b map[string]any) int {
	return func(a, b map[string]any) int {
		for _, key := range keys {
			order := compareAny(key.read(a), key.read(b), key.of.members())
			if order != 0 && key.Descending {
				return -order
			}
			if order != 0 {
				return order
			}
		}
		return 0
	}
}

func (k OrderKey) read(entity map[string]any) value {
	v := read(follow(entity, k.path), k.of.kind)
	return v.as(kindUntyped)
}

// compareAny orders values of different kinds by their kinds.
func compareAny(a, b value, members []edm.Member) int {
	if order, ok := compareValues(a, b, members); ok {
		return order
	}
	return cmp.Compare(rank(a.kind), rank(b.kind))
}

func rank(k valueKind) int {
	if k == null {
		return -1
	}
	return int(k)
}
