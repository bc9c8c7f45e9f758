package odata

import "github.com/graphmock/graphmock/openapi/spell"

// compare returns a new comparison.
func (p *parser) compare(at int, o op, left, right *expr) (*expr, *Error) {
	left, right, err := p.fit(at, left, right)
	if err != nil {
		return nil, err
	}
	if o != opEQ && o != opNE && (left.of.kind == kindComplex || right.of.kind == kindComplex) {
		return nil, p.fail(at, "objects have no order", "")
	}
	if o == opHas && left.of.kind != kindEnum && left.of.kind != kindUntyped {
		return nil, p.fail(at, "has is asked of an enumeration, not of "+left.describe(), "")
	}
	return p.node(at, expr{op: o, of: shape{kind: kindBoolean}, args: []*expr{left, right}})
}

// fit checks that two expressions can be compared, and reads a string literal as a date
// or as a member of an enumeration where the other side is one.
func (p *parser) fit(at int, left, right *expr) (l, r *expr, err *Error) {
	if l, err = p.adapt(at, left, right.of); err != nil {
		return nil, nil, err
	}
	if r, err = p.adapt(at, right, left.of); err != nil {
		return nil, nil, err
	}
	if !areComparable(l, r) {
		return nil, nil, p.fail(at, l.describe()+" cannot be compared with "+r.describe(), "")
	}
	return l, r, nil
}

func areComparable(a, b *expr) bool {
	if a.of.collection || b.of.collection {
		return false
	}
	if a.of.kind == kindComplex || b.of.kind == kindComplex {
		return a.of.kind == null || b.of.kind == null
	}
	if a.of.kind == kindEnum && b.of.kind == kindEnum {
		return a.of.of == b.of.of
	}
	return a.is(b.of.kind) || b.is(a.of.kind) || a.of.kind.isNumber() && b.of.kind.isNumber()
}

// adapt reads a literal as a value of the wanted kind, if it can.
func (p *parser) adapt(at int, e *expr, want shape) (*expr, *Error) {
	switch k := e.of.kind; {
	case e.op != opLiteral || want.collection:
		return e, nil
	case want.kind.isTime() && k == kindString:
		instant, kind, ok := parseTime(e.value.text)
		if !ok {
			return nil, p.fail(at, shown(e.value.text)+" is no date", "such as 2018-02-26T18:06:19.365Z")
		}
		return &expr{of: shape{kind: kind}, text: e.text, value: instantOf(instant)}, nil
	case want.kind == kindEnum && (k == kindString || k == kindEnum && e.of.of == nil):
		return p.memberLiteral(at, e, want)
	}
	return e, nil
}

// memberLiteral reads a literal as a member of an enumeration.
func (p *parser) memberLiteral(at int, e *expr, want shape) (*expr, *Error) {
	if len(want.members()) == 0 {
		return &expr{of: want, text: e.text, value: value{kind: kindEnum, text: e.value.text}}, nil
	}
	if e.of.kind == kindEnum && e.of.name != want.of.Name {
		return nil, p.fail(at, "the enumeration is "+want.of.Name+", not "+shown(e.of.name), "")
	}
	member, ok := want.of.Member(e.value.text)
	if !ok {
		hint := ""
		if best := spell.Nearest(e.value.text, memberNames(want.members())); best != "" {
			hint = "did you mean '" + best + "'?"
		}
		return nil, p.fail(at, shown(e.value.text)+" is no member of the enumeration", hint)
	}
	return &expr{of: want, text: quote(member.Name), value: value{kind: kindEnum, text: member.Name}}, nil
}
