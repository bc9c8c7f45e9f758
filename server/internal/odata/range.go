package odata

import "math"

// Range returns bounds on a date property of the entity, so that an index can seek: only
// entities with the property between lo and hi, both included, in milliseconds since
// 1970, can match. They are math.MinInt64 and math.MaxInt64 where the filter sets none;
// lo is greater than hi if nothing can match. With both bounds open, entities without
// the property can match as well.
//
// The filter is exact if it has no other condition: everything between the bounds
// matches. Bounds come from comparisons with dates, joined by and.
func (f *Filter) Range(property string) (lo, hi int64, exact bool) {
	if f == nil {
		return math.MinInt64, math.MaxInt64, true
	}
	return f.rangeOf(f.root, property)
}

func (f *Filter) rangeOf(e *expr, property string) (lo, hi int64, exact bool) {
	lo, hi = math.MinInt64, math.MaxInt64
	if e.op == opAnd {
		exact = true
		for _, arg := range e.args {
			l, h, x := f.rangeOf(arg, property)
			lo, hi, exact = max(lo, l), min(hi, h), exact && x
		}
		return lo, hi, exact
	}
	o, at, ok := f.bound(e, property)
	if !ok {
		return lo, hi, false
	}
	after := at.ms // the first millisecond that is not before it
	if at.pico > 0 {
		after++
	}
	switch o {
	case opGT:
		return at.ms + 1, hi, true
	case opGE:
		return after, hi, true
	case opLT:
		return lo, after - 1, true
	case opLE:
		return lo, at.ms, true
	case opEQ:
		return after, at.ms, true
	}
	return lo, hi, false
}

// bound reads a comparison of the property with a date, as if the property were on the
// left.
func (f *Filter) bound(e *expr, property string) (o op, at instant, ok bool) {
	if len(e.args) != 2 || e.op < opGT || e.op > opEQ {
		return 0, at, false
	}
	path, date, o := e.args[0], e.args[1], e.op
	if path.op != opPath {
		path, date, o = date, path, flipped(o)
	}
	if path.op != opPath || path.variable != 0 || path.spelled() != property || !path.of.kind.isTime() {
		return 0, at, false
	}
	switch {
	case date.op == opLiteral && date.of.kind.isTime():
		return o, date.value.at, true
	case date.op == opCall && date.text == "now":
		return o, f.now, true
	}
	return 0, at, false
}

func flipped(o op) op {
	switch o {
	case opGT:
		return opLT
	case opGE:
		return opLE
	case opLT:
		return opGT
	case opLE:
		return opGE
	}
	return o
}
