package edm

import (
	"cmp"
	"slices"
	"strings"
	"sync/atomic"
)

// Kind tells what a type is.
type Kind uint8

// The kinds of types. A Container is the root of the service, its entity sets
// and singletons are navigation properties.
const (
	Primitive Kind = iota
	Enum
	Complex
	Entity
	Container
)

// String returns the name of the kind in lower case.
func (k Kind) String() string {
	return [...]string{"primitive", "enum", "complex", "entity", "container"}[k]
}

// A Type is one of a model. It and all that it holds is immutable.
type Type struct {
	Name      string // qualified, such as microsoft.graph.user or Edm.String
	Kind      Kind
	Primitive PrimitiveKind // of a Primitive, and what an Enum's values are
	Base      *Type         // nil if there is none
	Abstract  bool
	Open      bool // entities may have other properties, too
	HasStream bool // the entity is a media entity
	IsFlags   bool // of an Enum: a value may be several members

	Key           []string          // names of the key properties, inherited ones too
	AlternateKeys [][]string        // other keys of an entity, inherited ones too; a property may be missing
	Members       []Member          // of an Enum
	Facts         map[string]string // annotations as JSON, by term, such as Capabilities.CountRestrictions

	model      *Model
	properties []*Property          // inherited first
	byName     map[string]*Property // with inherited ones
	byFold     []*Property          // in order of their names in lower case
	operations []*Operation         // bound here, or imported by the container
}

// A Member is one of an enumeration.
type Member struct {
	Name  string
	Value int64
}

// ShortName returns the name without its namespace.
func (t *Type) ShortName() string { return t.Name[strings.LastIndexByte(t.Name, '.')+1:] }

// As returns the type of the model with a qualified name, if it is t or derives from it: nil
// if there is none. One in another case is taken if none is spelled the same.
func (t *Type) As(name string) *Type {
	if t.model == nil {
		return nil
	}
	if named := t.model.Type(name); named != nil && named.Is(t) {
		return named
	}
	for _, derived := range t.model.Derived(t) {
		if strings.EqualFold(derived.Name, name) {
			return derived
		}
	}
	return nil
}

// Is reports whether t is base or derives from it.
func (t *Type) Is(base *Type) bool {
	for ; t != nil; t = t.Base {
		if t == base {
			return true
		}
	}
	return false
}

// Properties returns the properties, inherited ones first, in the order they are
// declared. The slice is not to be changed.
func (t *Type) Properties() []*Property { return t.properties }

// Property returns the property of that name, inherited ones included, and nil if
// there is none.
func (t *Type) Property(name string) *Property { return t.byName[name] }

// PropertyFold returns the property of that name in any case. If several differ
// in case only, the one that is spelled the same is returned, or the first in order.
func (t *Type) PropertyFold(name string) *Property {
	if p := t.byName[name]; p != nil {
		return p
	}
	i, found := slices.BinarySearchFunc(t.byFold, name, func(p *Property, name string) int {
		return compareFold(p.Name, name)
	})
	if !found {
		return nil
	}
	return t.byFold[i]
}

// compareFold orders names as if ASCII letters were in lower case.
func compareFold(a, b string) int {
	for i := range min(len(a), len(b)) {
		if order := cmp.Compare(lower(a[i]), lower(b[i])); order != 0 {
			return order
		}
	}
	return cmp.Compare(len(a), len(b))
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// Defaults returns the names of the structural properties that are returned without
// $select, in the order they are declared.
func (t *Type) Defaults() []string {
	var names []string
	for _, p := range t.properties {
		if !p.Navigation && !p.SelectOnly && !p.WriteOnly && p.typeName != "Edm.Stream" {
			names = append(names, p.Name)
		}
	}
	return names
}

// Member returns the member of an enumeration with that name in any case, and
// whether there is one.
func (t *Type) Member(name string) (Member, bool) {
	i := slices.IndexFunc(t.Members, func(m Member) bool { return m.Name == name })
	if i < 0 {
		i = slices.IndexFunc(t.Members, func(m Member) bool { return strings.EqualFold(m.Name, name) })
	}
	if i < 0 {
		return Member{}, false
	}
	return t.Members[i], true
}

// A Property is a part of a structured type; an entity set or singleton of a
// container.
type Property struct {
	Name       string
	Collection bool
	Nullable   bool // the value, or those in the collection, may be null
	Navigation bool // the value is entities of their own
	Contained  bool // the entities belong to this one
	Partner    string
	Default    *string
	MaxLength  int       // 0 if there is no limit
	Precision  int       // of Decimal, DateTimeOffset, Duration and TimeOfDay
	Scale      string    // of Decimal: a number, variable or floating
	Bindings   []Binding // of entity sets and singletons

	Usage
	Immutable bool // clients set it when they create an entity, and not later
	WriteOnly bool // it is never returned

	DeclaredBy *Type             // the type that has it in its declaration
	Facts      map[string]string // annotations as JSON, by term, such as Core.Computed

	typeName string
	resolved atomic.Pointer[Type]
}

// A Binding tells in which set the entities are that a navigation property leads
// to: Path goes from an entity to the property, Target from the container to the
// set, such as manager and directoryObjects.
type Binding struct{ Path, Target string }

// Type returns the type of the value, or of those in the collection.
func (p *Property) Type() *Type {
	if t := p.resolved.Load(); t != nil {
		return t
	}
	t := p.DeclaredBy.model.Type(p.typeName)
	p.resolved.Store(t)
	return t
}

// TypeName returns the qualified name of the type without reading it.
func (p *Property) TypeName() string { return p.typeName }

// An Operation is an action or function. Operations of one name differ in their
// parameters.
type Operation struct {
	Name          string
	Namespace     string
	Action        bool        // and a function otherwise
	Bound         bool        // to the type of its first parameter
	Composable    bool        // a path may go on after the function
	Import        string      // the name in the container of an operation that is not bound
	EntitySet     string      // the set of the entities that the import returns
	EntitySetPath string      // from the binding parameter to the set of the entities it returns
	Params        []Parameter // the binding parameter first
	Returns       *Return     // nil if it returns nothing
	Facts         map[string]string
}

// A Parameter is one of an operation.
type Parameter struct {
	Name       string
	Collection bool
	Nullable   bool
	Optional   bool

	model    *Model
	typeName string
}

// Type returns the type of the value, or of those in the collection.
func (p *Parameter) Type() *Type { return p.model.Type(p.typeName) }

// TypeName returns the qualified name of the type without reading it.
func (p *Parameter) TypeName() string { return p.typeName }

// A Return is what an operation returns.
type Return struct {
	Collection bool
	Nullable   bool

	model    *Model
	typeName string
}

// Type returns the type of the value, or of those in the collection.
func (r *Return) Type() *Type { return r.model.Type(r.typeName) }

// TypeName returns the qualified name of the type without reading it.
func (r *Return) TypeName() string { return r.typeName }

// QualifiedName returns the name with its namespace.
func (o *Operation) QualifiedName() string { return o.Namespace + "." + o.Name }

// isNamed reports whether the operation is called so in a path: by its plain or
// qualified name, or by that of its import. Names are compared by equal.
func (o *Operation) isNamed(name string, equal func(a, b string) bool) bool {
	if !o.Bound {
		return equal(o.Import, name)
	}
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		return equal(name[:dot], o.Namespace) && equal(name[dot+1:], o.Name)
	}
	return equal(name, o.Name)
}
