package odata

import (
	"slices"
	"strconv"

	"github.com/graphmock/graphmock/openapi"
)

// compare puts a comparison together.
func (p *parser) compare(at int, o op, left, right *expr) (*expr, *Error) {
	left, right, err := p.fit(at, left, right)
	if err != nil {
		return nil, err
	}
	if o != opEQ && o != opNE && (left.of.Kind == Complex || right.of.Kind == Complex) {
		return nil, p.fail(at, "objects have no order", "")
	}
	return p.node(at, expr{op: o, of: Property{Kind: Boolean}, args: []*expr{left, right}})
}

// fit checks that two expressions may be compared, and reads a string literal as
// a date or as a member of an enumeration where the other side asks for one.
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
	if a.of.Collection || b.of.Collection {
		return false
	}
	if a.of.Kind == Complex || b.of.Kind == Complex {
		return a.of.Kind == null || b.of.Kind == null
	}
	if a.of.Kind == Enum && b.of.Kind == Enum {
		return slices.Equal(a.of.Members, b.of.Members)
	}
	return a.is(b.of.Kind) || b.is(a.of.Kind) || a.of.Kind.isNumber() && b.of.Kind.isNumber()
}

// adapt reads a literal as what is asked for, if it can be.
func (p *parser) adapt(at int, e *expr, want Property) (*expr, *Error) {
	switch k := e.of.Kind; {
	case e.op != opLiteral || want.Collection:
		return e, nil
	case want.Kind.isTime() && k == String:
		instant, kind, ok := parseTime(e.value.text)
		if !ok {
			return nil, p.fail(at, strconv.Quote(e.value.text)+" is no date", "such as 2018-02-26T18:06:19.365Z")
		}
		return &expr{of: Property{Kind: kind}, text: e.text, value: instantOf(instant)}, nil
	case want.Kind == Enum && (k == String || k == Enum && e.of.Members == nil):
		return p.memberLiteral(at, e, want)
	}
	return e, nil
}

// memberLiteral reads a literal as a member of an enumeration.
func (p *parser) memberLiteral(at int, e *expr, want Property) (*expr, *Error) {
	if want.Members == nil {
		return &expr{of: want, text: e.text, value: value{kind: Enum, text: e.value.text}}, nil
	}
	if e.of.Kind == Enum && want.Type != nil && e.of.Type.Name != want.Type.Name {
		return nil, p.fail(at, "the enumeration is "+want.Type.Name+", not "+e.of.Type.Name, "")
	}
	member, ok := want.member(e.value.text)
	if !ok {
		hint := ""
		if best := openapi.Nearest(e.value.text, slices.Values(want.Members)); best != "" {
			hint = "did you mean '" + best + "'?"
		}
		return nil, p.fail(at, strconv.Quote(e.value.text)+" is no member of the enumeration", hint)
	}
	return &expr{of: want, text: quote(member), value: value{kind: Enum, text: member}}, nil
}
