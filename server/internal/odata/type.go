package odata

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/spell"
)

// shape is the type of an expression's result. Its zero value is a single untyped value.
type shape struct {
	kind       valueKind // of an element, if it is a collection
	collection bool
	navigation bool      // is there only when expanded
	of         *edm.Type // of an object or an enumeration; an object without one is open
	name       string    // of the enumeration that a literal names
}

// valueKind is what a value is.
type valueKind uint8

const (
	kindUntyped        valueKind = iota // any JSON value; its parts may be named
	kindString                          // Edm.String, and what else is text without a kind of its own
	kindDateTimeOffset                  // Edm.DateTimeOffset, as a string
	kindDate                            // Edm.Date, as a string
	kindInt32                           // Edm.Int32 and smaller integers
	kindInt64                           // Edm.Int64
	kindDouble                          // Edm.Double and every other number
	kindBoolean                         // Edm.Boolean
	kindGuid                            // Edm.Guid, as a string
	kindEnum                            // an enumeration, its member as a string
	kindComplex                         // an object with properties
	null                                // the literal
)

// String returns the kind as an error message names it.
func (k valueKind) String() string {
	return [...]string{"untyped value", "string", "date-time", "date", "Int32", "Int64", "number", "Boolean", "GUID",
		"enumeration", "object", "null"}[k]
}

func (k valueKind) isNumber() bool { return k == kindInt32 || k == kindInt64 || k == kindDouble }
func (k valueKind) isTime() bool   { return k == kindDateTimeOffset || k == kindDate }

// kindOf returns what values of a type are. A complex type that declares nothing,
// such as microsoft.graph.Json, stands for any JSON value; a cast says what it is.
func kindOf(t *edm.Type) valueKind {
	switch {
	case t.Kind == edm.Enum:
		return kindEnum
	case t.Kind == edm.Primitive:
		return kindOfPrimitive(t.Primitive)
	case t.Kind == edm.Complex && !t.Open && len(t.Properties()) == 0:
		return kindUntyped
	}
	return kindComplex
}

func kindOfPrimitive(p edm.PrimitiveKind) valueKind {
	switch p {
	case edm.Untyped, edm.Stream:
		return kindUntyped
	case edm.Boolean:
		return kindBoolean
	case edm.Byte, edm.SByte, edm.Int16, edm.Int32:
		return kindInt32
	case edm.Int64:
		return kindInt64
	case edm.Single, edm.Double, edm.Decimal:
		return kindDouble
	case edm.Guid:
		return kindGuid
	case edm.Date:
		return kindDate
	case edm.DateTimeOffset:
		return kindDateTimeOffset
	}
	return kindString
}

// shapeOf returns the type of a property's value.
func shapeOf(p *edm.Property) shape {
	t := p.Type()
	return shape{kind: kindOf(t), collection: p.Collection, navigation: p.Navigation, of: t}
}

// property finds one of a type by its name in any case. A nil type is open.
func property(t *edm.Type, name string) (exact string, s shape, ok bool) {
	if t == nil {
		return name, shape{}, true
	}
	if p := t.PropertyFold(name); p != nil {
		return p.Name, shapeOf(p), true
	}
	return name, shape{}, t.Admits(name) || t.Open && isOfDirectory(t)
}

// isOfDirectory reports whether the directory judges itself which properties a query may name.
func isOfDirectory(t *edm.Type) bool {
	for ; t != nil; t = t.Base {
		if t.Name == "microsoft.graph.directoryObject" {
			return true
		}
	}
	return false
}

// unknown returns the error for a property that t does not have, in Graph's words.
func unknown(t *edm.Type, name string) *Error {
	hint := ""
	if best := spell.Nearest(name, propertyNames(t)); best != "" {
		hint = `did you mean "` + best + `"?`
	}
	return &Error{
		Rule: RuleUnknownProperty, Hint: hint,
		Message: "Could not find a property named '" + name + "' on type '" + t.Name + "'.",
	}
}

func propertyNames(t *edm.Type) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, p := range t.Properties() {
			if !yield(p.Name) {
				return
			}
		}
	}
}

// step returns a property of a value.
func (s shape) step(name string) (exact string, next shape, err *Error) {
	switch {
	case s.collection:
		return "", next, &Error{Message: "a collection has no properties", Hint: "ask any(...) or all(...) of it"}
	case s.kind == kindUntyped:
		return name, shape{}, nil
	case s.kind != kindComplex:
		return "", next, &Error{Message: withArticle(s.kind.String()) + " has no properties"}
	}
	exact, next, ok := property(s.of, name)
	if !ok {
		return "", next, unknown(s.of, name)
	}
	return exact, next, nil
}

// cast returns the derived type that a segment of a path names, nil if it names none.
func (s shape) cast(segment string) *edm.Type {
	if s.collection || s.of == nil || !strings.Contains(segment, ".") || s.kind != kindComplex && s.kind != kindUntyped {
		return nil
	}
	return s.of.As(segment)
}

// firstProperty is the first name of a path that is no cast, "" if there is none.
func firstProperty(path []string) string {
	for _, name := range path {
		if !strings.Contains(name, ".") {
			return name
		}
	}
	return ""
}

// members returns those of an enumeration, none if it is not known.
func (s shape) members() []edm.Member {
	if s.of == nil {
		return nil
	}
	return s.of.Members
}

// compareMembers orders members of an enumeration by their values. Others come
// first.
func compareMembers(a, b string, members []edm.Member) int {
	return cmp.Or(cmp.Compare(position(a, members), position(b, members)), strings.Compare(a, b))
}

func position(name string, members []edm.Member) int64 {
	i := slices.IndexFunc(members, func(m edm.Member) bool { return m.Name == name })
	if i < 0 {
		return -1
	}
	return members[i].Value
}

// memberNames returns the names of the members of an enumeration.
func memberNames(members []edm.Member) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, m := range members {
			if !yield(m.Name) {
				return
			}
		}
	}
}
