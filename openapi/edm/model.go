package edm

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"sync"
)

// A Model is the model of a service. It is immutable and safe for concurrent use.
// A type is read when it is first asked for.
type Model struct {
	text   text
	over   []text // what refines it
	usage  []text // what tells how its types are used
	mu     sync.RWMutex
	types  map[string]*Type // read ones, by each name they were asked for
	depth  int              // how many types are being read, one for another
	family func() map[string][]string
}

// Embedded returns the model of a text that is known to be right, such as one
// that is a part of the program: nothing is read before it is asked for. It
// panics where the text is broken. Use [Parse] for other texts.
func Embedded(source string) *Model {
	m := &Model{text: readHeader(source), types: map[string]*Type{}}
	m.family = sync.OnceValue(m.text.family)
	return m
}

// Text returns the text of the model in its canonical form: models with the same
// text are equal. Of a refined model it is that of its base.
func (m *Model) Text() string { return m.text.source }

// Alias returns the namespace that an alias stands for, in any case.
func (m *Model) Alias(alias string) (namespace string, ok bool) {
	if namespace, ok = m.text.aliases[alias]; ok {
		return namespace, true
	}
	for name, namespace := range m.text.aliases {
		if strings.EqualFold(name, alias) {
			return namespace, true
		}
	}
	return "", false
}

// Type returns the type with a qualified name, such as microsoft.graph.user,
// graph.user or Edm.String, and nil if there is none.
func (m *Model) Type(name string) *Type {
	if !isName(name) {
		return nil
	}
	m.mu.RLock()
	t := m.types[name]
	m.mu.RUnlock()
	if t != nil {
		return t
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.load(name)
}

// isName reports whether a text can be a qualified name.
func isName(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '.', c >= 0x80:
		default:
			return false
		}
	}
	return text != ""
}

// Container returns the root of the service as a type, and nil if there is none.
func (m *Model) Container() *Type {
	if m.text.container == "" {
		return nil
	}
	return m.Type(m.text.container)
}

// Types returns all types but the primitive ones and the container, in the order
// of their names in the text. It reads all of them.
func (m *Model) Types() iter.Seq[*Type] {
	return func(yield func(*Type) bool) {
		for _, name := range m.names() {
			if !yield(m.Type(name)) {
				return
			}
		}
	}
}

// Derived returns the types that derive from t, at any depth, in the order of
// their names.
func (m *Model) Derived(t *Type) []*Type {
	var all []*Type
	for _, name := range m.family()[t.Name] {
		d := m.Type(name)
		all = append(append(all, d), m.Derived(d)...)
	}
	slices.SortFunc(all, func(a, b *Type) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// Operations returns the operations of a name that are bound to t or to a
// collection of it, those of its base types included, nearest first. The name is
// plain or qualified; one in another case is taken if none is spelled the same.
// For the container it is the name of an import.
func (m *Model) Operations(t *Type, collection bool, name string) []*Operation {
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		if namespace, ok := m.text.aliases[name[:dot]]; ok {
			name = namespace + name[dot:]
		}
	}
	found := t.operationsNamed(collection, name, func(a, b string) bool { return a == b })
	if found == nil {
		found = t.operationsNamed(collection, name, strings.EqualFold)
	}
	return found
}

func (t *Type) operationsNamed(collection bool, name string, equal func(a, b string) bool) []*Operation {
	var found []*Operation
	for o := range t.AllOperations() {
		if o.isNamed(name, equal) && (!o.Bound || o.Params[0].Collection == collection) {
			found = append(found, o)
		}
	}
	return found
}

// AllOperations returns the operations that are bound to the type or to a
// collection of it, then those of its base types; those that a container imports.
func (t *Type) AllOperations() iter.Seq[*Operation] {
	return func(yield func(*Operation) bool) {
		for ; t != nil; t = t.Base {
			for _, o := range t.operations {
				if !yield(o) {
					return
				}
			}
		}
	}
}

// load reads a type, unless it is read already. m.mu must be held.
func (m *Model) load(name string) *Type {
	if t := m.types[name]; t != nil {
		return t
	}
	whole := m.text.canonical(name)
	if whole != name {
		t := m.load(whole)
		if t != nil {
			m.types[strings.Clone(name)] = t
		}
		return t
	}
	if primitive, ok := strings.CutPrefix(name, "Edm."); ok {
		return m.loadPrimitive(primitive)
	}
	b, ok := m.find(name)
	if !ok {
		return nil
	}
	return m.add(b)
}

func (m *Model) loadPrimitive(name string) *Type {
	kind, ok := parsePrimitive(name)
	if !ok {
		return nil
	}
	t := &Type{Name: "Edm." + name, Kind: Primitive, Primitive: kind, model: m}
	m.types[t.Name] = t
	return t
}

// add makes a type of its declaration. m.mu must be held.
func (m *Model) add(b block) *Type {
	if m.depth++; m.depth > maxAncestors+1 {
		panic("BUG: " + b.Name + " derives from itself")
	}
	defer func() { m.depth-- }()
	d := b.TypeDeclaration
	t := &Type{
		Name: d.Name, Kind: d.Kind, Primitive: d.Primitive, Abstract: d.Abstract, Open: d.Open, HasStream: d.HasStream,
		IsFlags: d.IsFlags, Key: d.Key, AlternateKeys: d.AlternateKeys, Members: d.Members, Facts: d.Facts, model: m,
	}
	if d.Base != "" {
		t.inherit(m.load(d.Base))
	}
	for _, i := range d.Inherited {
		t.use(i)
	}
	for i := range d.Properties {
		t.properties = append(t.properties, newProperty(t, &d.Properties[i]))
	}
	for _, p := range b.refined {
		t.refine(p)
	}
	t.index()
	for i := range b.operations {
		t.operations = append(t.operations, newOperation(m, &b.operations[i], b.imports)...)
	}
	m.types[t.Name] = t
	return t
}

func (t *Type) inherit(base *Type) {
	if base == nil {
		panic("BUG: the base type of " + t.Name + " is missing")
	}
	t.Base = base
	if t.Key == nil {
		t.Key = base.Key
	}
	t.HasStream = t.HasStream || base.HasStream
	t.Open = t.Open || base.Open
	t.AlternateKeys = append(slices.Clone(base.AlternateKeys), t.AlternateKeys...)
	t.properties = slices.Clone(base.properties)
}

// index makes properties be found by name, in any case the first in order of those
// that differ in case only.
func (t *Type) index() {
	t.byName = make(map[string]*Property, len(t.properties))
	for _, p := range t.properties {
		t.byName[p.Name] = p
	}
	t.byFold = slices.SortedStableFunc(slices.Values(t.properties), func(a, b *Property) int {
		return cmp.Or(compareFold(a.Name, b.Name), cmp.Compare(a.Name, b.Name))
	})
}

// use changes how an inherited property is used in t.
func (t *Type) use(i InheritedDeclaration) {
	at := slices.IndexFunc(t.properties, func(p *Property) bool { return p.Name == i.Name })
	if at < 0 {
		return // another base type, of a refined model
	}
	p := t.properties[at]
	d := p.declaration()
	d.Usage = d.with(i.Usage)
	t.properties[at] = newProperty(p.DeclaredBy, &d)
}

// declaration is the reverse of newProperty.
func (p *Property) declaration() PropertyDeclaration {
	return PropertyDeclaration{
		Name: p.Name, Type: p.typeName, Collection: p.Collection, Nullable: p.Nullable, Navigation: p.Navigation,
		Contained: p.Contained, Partner: p.Partner, Default: p.Default, MaxLength: p.MaxLength,
		Precision: p.Precision, Scale: p.Scale, Bindings: p.Bindings, Usage: p.Usage, Facts: p.Facts,
	}
}

func newProperty(t *Type, d *PropertyDeclaration) *Property {
	p := &Property{
		Name: d.Name, Collection: d.Collection, Nullable: d.Nullable, Navigation: d.Navigation, Contained: d.Contained,
		Partner: d.Partner, Default: d.Default, MaxLength: d.MaxLength, Precision: d.Precision, Scale: d.Scale,
		Bindings: d.Bindings, Usage: d.Usage, DeclaredBy: t, Facts: d.Facts, typeName: d.Type,
	}
	permissions := d.Facts["Core.Permissions"]
	p.ReadOnly = p.ReadOnly || d.Facts["Core.Computed"] == "true" || permissions == permission+`Read"}`
	p.WriteOnly = permissions == permission+`Write"}`
	p.Immutable = d.Facts["Core.Immutable"] == "true"
	return p
}

// permission is how the value of Core.Permissions begins.
const permission = `{"$EnumMember":"Org.OData.Core.V1.Permission/`

// newOperation makes an operation, one for each of its imports if it is not bound.
func newOperation(m *Model, d *OperationDeclaration, imports []ImportDeclaration) []*Operation {
	namespace, name := cutName(d.Name)
	o := Operation{
		Name: name, Namespace: namespace, Action: d.Action, Bound: d.Bound, Composable: d.Composable,
		EntitySetPath: d.EntitySetPath, Facts: d.Facts,
	}
	for _, p := range d.Params {
		o.Params = append(o.Params, Parameter{p.Name, p.Collection, p.Nullable, p.Optional, m, p.Type})
	}
	if r := d.Returns; r != nil {
		o.Returns = &Return{r.Collection, r.Nullable, m, r.Type}
	}
	if o.Bound {
		return []*Operation{&o}
	}
	var all []*Operation
	for _, i := range imports {
		if i.Operation == d.Name {
			imported := o
			imported.Import, imported.EntitySet = i.Name, i.EntitySet
			all = append(all, &imported)
		}
	}
	return all
}

// cutName splits a qualified name.
func cutName(name string) (namespace, short string) {
	dot := strings.LastIndexByte(name, '.')
	return name[:max(0, dot)], name[dot+1:]
}

// Declarations returns what the model is built from, and what a refined model's base
// is. They are the caller's own.
func (m *Model) Declarations() Declarations {
	p := parser{}
	d := p.document(m.text.source)
	if len(p.problems) > 0 {
		panic("BUG: the text of a model is broken: " + p.problems[0].Error())
	}
	return d
}
