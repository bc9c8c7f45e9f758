package resource

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/graphmock/graphmock/openapi/edm"
)

// A scope is what names mean below an entity, a value, or a collection of them.
// Nodes of one type share it. It is made with the first such node.
type scope struct {
	model    *edm.Model
	members  map[string]*member        // by each name they have, as it is spelled and in lower case
	lengths  uint64                    // of the names: bit n for each of n bytes, modulo 64
	initials uint32                    // of the names: bit c modulo 32 for each letter, the same in both cases
	casts    func() map[string]*member // by qualified name in lower case; made when a name with a dot is read
	derived  func() map[string]*member // what derived types have, by name in lower case; made when it is asked for
}

// A member is what a name means in a scope: a property, operations, or a cast.
type member struct {
	name       string // the one of its names that means nothing else
	property   *edm.Property
	operations []*edm.Operation // nearest first
	cast       *edm.Type
}

type scopeKey struct {
	of         *edm.Type
	collection bool
}

// scopeOf returns the scope of a node, nil if nothing can follow it.
func (t *Tree) scopeOf(n *Node) *scope {
	if n.Kind == Function && !n.Overloads[0].Composable {
		return nil
	}
	if n.Type == nil || n.Kind == Action || n.Kind == Count || n.Kind == Ref || n.Kind == Value {
		return nil
	}
	key := scopeKey{n.Type, n.Collection}
	if have, ok := t.scopes.Load(key); ok {
		return have.(*scope)
	}
	have, _ := t.scopes.LoadOrStore(key, newScope(t.model, n.Type, n.Collection))
	return have.(*scope)
}

func newScope(m *edm.Model, of *edm.Type, collection bool) *scope {
	s := &scope{model: m, members: map[string]*member{}}
	if !collection {
		for _, p := range of.Properties() {
			s.add(p.Name, &member{name: p.Name, property: p})
		}
	}
	for o := range of.AllOperations() {
		if !o.Bound || o.Params[0].Collection == collection {
			s.addOperation(o)
		}
	}
	s.casts = sync.OnceValue(func() map[string]*member {
		casts := map[string]*member{}
		for _, t := range m.Derived(of) {
			casts[strings.ToLower(t.Name)] = &member{name: t.Name, cast: t}
		}
		return casts
	})
	s.derived = sync.OnceValue(func() map[string]*member { return derivedMembers(m, of) })
	return s
}

// derivedMembers are the navigation properties and the operations of the types that derive
// from one. What means different things in them is left out.
func derivedMembers(m *edm.Model, of *edm.Type) map[string]*member {
	all := map[string]*member{}
	put := func(name string, found *member) {
		name = strings.ToLower(name)
		switch known := all[name]; {
		case known == nil:
			all[name] = found
		case !known.takes(found):
			known.name = ""
		}
	}
	for _, t := range m.Derived(of) {
		for _, p := range t.Properties() {
			if p.Navigation {
				put(p.Name, &member{name: p.Name, property: p})
			}
		}
		for o := range t.AllOperations() {
			if o.Bound && !o.Params[0].Collection {
				put(o.Name, &member{name: o.Name, operations: []*edm.Operation{o}})
			}
		}
	}
	maps.DeleteFunc(all, func(_ string, m *member) bool { return m.name == "" })
	return all
}

// takes reports whether another member of the same name means the same, or is one of
// several actions: these become one, whose body decides.
func (m *member) takes(other *member) bool {
	if m.property != nil && other.property != nil {
		return m.property.TypeName() == other.property.TypeName() && m.property.Collection == other.property.Collection
	}
	if m.property != nil || other.property != nil {
		return false
	}
	o := other.operations[0]
	if slices.Contains(m.operations, o) {
		return true
	}
	m.operations = append(m.operations, o)
	return o.Action && m.operations[0].Action
}

// add makes a name mean m, unless it means something else. A name in its own
// spelling goes before others in lower case.
func (s *scope) add(name string, m *member) {
	s.lengths |= 1 << (len(name) % 64)
	s.initials |= 1 << (name[0] % 32)
	if known := s.members[name]; known == nil || known.name != name {
		s.members[name] = m
	}
	if lower := strings.ToLower(name); s.members[lower] == nil {
		s.members[lower] = m
	}
}

// addOperation adds an operation by its qualified name, and by its plain one if no
// property or operation of another namespace has that. One that is imported has
// the name of its import only.
func (s *scope) addOperation(o *edm.Operation) {
	name, short := o.QualifiedName(), o.Name
	if !o.Bound {
		name, short = o.Import, o.Import
	}
	if m := s.members[strings.ToLower(name)]; m != nil {
		m.operations = append(m.operations, o)
		return
	}
	m := &member{name: name, operations: []*edm.Operation{o}}
	if s.members[strings.ToLower(short)] == nil {
		m.name = short
		s.add(short, m)
	}
	s.add(name, m)
}

// excludes reports whether a name without a namespace means nothing for sure, which
// is so of most keys. It saves looking them up.
func (s *scope) excludes(name string) bool {
	return (s.lengths>>(len(name)%64)&1 == 0 || s.initials>>(name[0]%32)&1 == 0) && strings.IndexByte(name, '.') < 0
}

// maxName bounds the names that are looked up. Keys may be longer; names of OData,
// with their namespaces, are not.
const maxName = 256

// find returns what a name means, nil if it means nothing.
func (s *scope) find(name string) *member {
	if name == "" || len(name) > maxName || s.excludes(name) {
		return nil
	}
	dot := strings.LastIndexByte(name, '.')
	if m := s.lookup(name, dot >= 0); m != nil || dot < 0 {
		return m
	}
	if namespace, ok := s.model.Alias(name[:dot]); ok {
		return s.lookup(namespace+name[dot:], true)
	}
	return nil
}

func (s *scope) lookup(name string, qualified bool) *member {
	if m := s.members[name]; m != nil {
		return m
	}
	lower := strings.ToLower(name)
	if m := s.members[lower]; m != nil || !qualified {
		return m
	}
	return s.casts()[lower]
}

// following returns the names that may follow n, as the model spells them: those of
// derived types only if qualified.
func (n *Node) following(qualified bool) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, name := range []string{"$count", "$ref", "$value"} {
			if kind, _ := n.systemKind(name); kind != Root && !yield(name) {
				return
			}
		}
		for name, m := range n.scope.members {
			if name == m.name && !yield(name) {
				return
			}
		}
		if !qualified {
			return
		}
		for _, m := range n.scope.casts() {
			if !yield(m.name) {
				return
			}
		}
	}
}

// overloads returns the operations that can be called with arguments of those
// names, and the names as they are declared. A function without arguments may get
// them from the query, so any fits if none is without parameters.
func (m *member) overloads(arguments []string) (fit []*edm.Operation, names []string) {
	for i, o := range m.operations {
		if names, ok := parametersOf(o, arguments); ok {
			return m.operations[i : i+1 : i+1], names
		}
	}
	if len(arguments) > 0 {
		return nil, nil
	}
	return m.operations, nil
}

// parametersOf returns the parameters with those names in their order, and whether
// an operation can be called with them: each is there, and no other is needed. The
// arguments of an action are in the body.
func parametersOf(o *edm.Operation, arguments []string) (names []string, ok bool) {
	if o.Action {
		return nil, len(arguments) == 0
	}
	for _, p := range unbound(o) {
		named := slices.ContainsFunc(arguments, func(a string) bool { return strings.EqualFold(a, p.Name) })
		if !named && !p.Optional {
			return nil, false
		}
		if named {
			names = append(names, p.Name)
		}
	}
	return names, len(names) == len(arguments)
}

// unbound returns the parameters of an operation without the binding one.
func unbound(o *edm.Operation) []edm.Parameter {
	if o.Bound {
		return o.Params[1:]
	}
	return o.Params
}

// sameNames reports whether two lists have the same names, in any order and case.
func sameNames(a, b []string) bool {
	fold := func(x, y string) int { return cmp.Compare(strings.ToLower(x), strings.ToLower(y)) }
	return len(a) == len(b) && slices.EqualFunc(slices.SortedFunc(slices.Values(a), fold),
		slices.SortedFunc(slices.Values(b), fold), strings.EqualFold)
}
