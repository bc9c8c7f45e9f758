package odata

import (
	"maps"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi"
)

// A Type is what the options of a request may name. A nil Type is open and has
// no properties of its own.
type Type struct {
	Name       string              // such as microsoft.graph.userActivity
	Properties map[string]Property // by exact name
	Open       bool                // other names are Untyped properties, not errors
}

// A Property is one of a type. Its zero value is a single untyped one.
type Property struct {
	Kind       Kind // of an element, if it is a collection
	Collection bool
	Nullable   bool     // for the caller: every property may turn out null
	Members    []string // of an Enum, in their order
	Type       *Type    // of a Complex or a navigation; of an Enum only its name counts, if given
	Navigation bool     // is there only when expanded
}

// Kind is what a value is.
type Kind uint8

const (
	Untyped        Kind = iota // any JSON value; its parts may be named
	String                     // Edm.String
	DateTimeOffset             // Edm.DateTimeOffset, as a string
	Date                       // Edm.Date, as a string
	Int32                      // Edm.Int32
	Int64                      // Edm.Int64
	Double                     // Edm.Double and every other number
	Boolean                    // Edm.Boolean
	Guid                       // Edm.Guid, as a string
	Enum                       // an enumeration, its member as a string
	Complex                    // an object with properties
	null                       // the literal
)

func (k Kind) String() string {
	return [...]string{"untyped value", "string", "date-time", "date", "Int32", "Int64", "number", "Boolean", "GUID",
		"enumeration", "object", "null"}[k]
}

func (k Kind) isNumber() bool { return k == Int32 || k == Int64 || k == Double }
func (k Kind) isTime() bool   { return k == DateTimeOffset || k == Date }

// property finds one by its name in any case. Where two differ only in case, the
// exact one wins, then the first in order.
func (t *Type) property(name string) (exact string, p Property, ok bool) {
	if t == nil {
		return name, Property{}, true
	}
	exact = name
	if p, ok = t.Properties[name]; !ok {
		for other, q := range t.Properties {
			if strings.EqualFold(other, name) && (!ok || other < exact) {
				exact, p, ok = other, q, true
			}
		}
	}
	if p.Type != nil && p.Kind == Untyped {
		p.Kind = Complex
	}
	return exact, p, ok || t.Open
}

// unknown is the error for a property that t does not have, in Graph's words.
func (t *Type) unknown(name string) *Error {
	hint := ""
	if best := openapi.Nearest(name, maps.Keys(t.Properties)); best != "" {
		hint = `did you mean "` + best + `"?`
	}
	return &Error{
		Rule: RuleUnknownProperty, Hint: hint,
		Message: "Could not find a property named '" + name + "' on type '" + t.Name + "'.",
	}
}

// step goes from a value to one of its properties.
func (p Property) step(name string) (exact string, next Property, err *Error) {
	switch {
	case p.Collection:
		return "", next, &Error{Message: "a collection has no properties", Hint: "ask any(...) or all(...) of it"}
	case p.Kind == Untyped:
		return name, Property{}, nil
	case p.Kind != Complex:
		return "", next, &Error{Message: "a " + p.Kind.String() + " has no properties"}
	}
	exact, next, ok := p.Type.property(name)
	if !ok {
		return "", next, p.Type.unknown(name)
	}
	return exact, next, nil
}

// member is the exact name of an enumeration's member.
func (p Property) member(text string) (exact string, ok bool) {
	i := slices.IndexFunc(p.Members, func(m string) bool { return strings.EqualFold(m, text) })
	if i < 0 {
		return "", false
	}
	return p.Members[i], true
}
