package resource

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/graphmock/graphmock/openapi/edm"
)

// Kind is what a segment of a path is.
type Kind uint8

// The kinds of segments.
const (
	Root         Kind = iota // the service itself
	Navigation               // an entity set, a singleton or a navigation property
	Property                 // a structural property
	Dynamic                  // a property that an open type does not declare, by its name
	Key                      // an entity of a collection, by its key
	AlternateKey             // an entity of a collection, by other properties
	ByPath                   // an entity below another one, by the names that lead to it
	Cast                     // the same, as a derived type
	Function                 // a function, bound or not
	Action                   // an action, bound or not
	Count                    // $count
	Ref                      // $ref
	Value                    // $value
)

// A Node is a path without the values of its keys and arguments. Nodes of one
// [Tree] are equal only if they are the same, as long as the tree has room for them.
type Node struct {
	Parent     *Node // nil of the root
	Kind       Kind
	Name       string // as the model spells it; "{}" of a key or a name that is a value, ":" of a path
	Type       *edm.Type
	Collection bool             // whether the path names many of Type
	Property   *edm.Property    // of a navigation or structural property
	Overloads  []*edm.Operation // of a function or an action: those that the arguments fit
	Names      []string         // of its values: parameters of a function, properties of a key with names
	Keys       int              // how many values a path of this node has: keys, arguments, names

	tree     *Tree
	scope    *scope // what its names lead to, nil if nothing follows
	entity   atomic.Pointer[Node]
	mu       sync.Mutex // held to replace a map
	children nodes      // by name, as the model spells it
	called   nodes      // keys and calls with arguments, by appendCall
}

// nodes are found by name. The map is never changed, only replaced.
type nodes struct {
	atomic.Pointer[map[string]*Node]
}

func (s *nodes) get(name string) *Node {
	if all := s.Load(); all != nil {
		return (*all)[name]
	}
	return nil
}

func (s *nodes) put(name string, n *Node) {
	all := map[string]*Node{name: n}
	if have := s.Load(); have != nil {
		maps.Copy(all, *have)
	}
	s.Store(&all)
}

// A Tree holds the nodes of a model. It is safe for concurrent use.
type Tree struct {
	model   *edm.Model
	options Options
	root    Node
	scopes  sync.Map // scopeKey to *scope
	nodes   atomic.Int64
	limit   int64 // of nodes
}

// Options are what a service means by paths beside the rules of OData.
type Options struct {
	// ByPath names the types of entities that have others below them which names lead to:
	// these stand between colons, as in root:/folder/file:/content.
	ByPath []string

	// Dynamic names open types of which any name is a property, each with the declared
	// property that such a one is like.
	Dynamic map[string]string

	// Uncast reports whether a path, given as a template, may have a member of a derived
	// type without a cast before it.
	Uncast func(template string) bool
}

// maxNodes bounds the nodes that a tree keeps. Navigation properties lead in
// circles, so a model has no end of paths; those beyond are made anew each time.
const maxNodes = 50_000

// NewTree returns the tree of a model, with its root alone.
func NewTree(m *edm.Model) *Tree { return NewTreeWith(m, Options{}) }

// NewTreeWith is NewTree for a service that means more than OData.
func NewTreeWith(m *edm.Model, o Options) *Tree {
	t := &Tree{model: m, options: o, limit: maxNodes}
	t.root = Node{Kind: Root, Type: m.Container(), tree: t}
	t.root.scope = t.scopeOf(&t.root)
	return t
}

// Model returns the model of the tree.
func (t *Tree) Model() *edm.Model { return t.model }

// Root is the node of the service itself.
func (t *Tree) Root() *Node { return &t.root }

// Tree returns the tree that the node is of.
func (n *Node) Tree() *Tree { return n.tree }

// Template returns the path of the node with {} for each key and argument, such as
// /users/{}/activities or /reports/getX(period={}).
func (n *Node) Template() string { return string(n.appendTemplate(nil)) }

func (n *Node) appendTemplate(b []byte) []byte {
	if n.Kind == Root {
		return b
	}
	b = n.Parent.appendTemplate(b)
	if n.Kind == ByPath {
		return append(b, ":/{}:"...)
	}
	if !n.isKey() || len(n.Names) == 0 {
		b = append(append(b, '/'), n.Name...)
	}
	return appendNames(b, n.Names)
}

// Child is the node of the segment with that name below n, in any case: nil if the
// model has none. Operations and types may have their namespace or its alias. A key
// is not a child but [Node.Entity].
func (n *Node) Child(name string) *Node {
	if child := n.children.get(name); child != nil {
		return child
	}
	if n.scope == nil || name == "" {
		return nil
	}
	if name[0] == '$' {
		return n.system(name)
	}
	name, call := strings.CutSuffix(name, "()")
	m := n.find(name)
	if m == nil || call && m.operations == nil {
		return nil
	}
	return n.member(m)
}

// find returns what a name means below n, nil if it means nothing.
func (n *Node) find(name string) *member {
	if m := n.scope.find(name); m != nil {
		return m
	}
	return n.uncast(name)
}

// uncast is what a name means in a type that derives from the one of n, if the service
// needs no cast there.
func (n *Node) uncast(name string) *member {
	if n.tree.options.Uncast == nil || n.Collection || n.Type.Kind != edm.Entity {
		return nil
	}
	m := n.scope.derived()[strings.ToLower(name)]
	if m == nil || !n.tree.options.Uncast(n.Template()+"/"+m.name) {
		return nil
	}
	return m
}

// ByPath is the node of what names lead to below n: nil if it has nothing of the kind.
func (n *Node) ByPath() *Node {
	if n.Collection || n.Type == nil || !slices.Contains(n.tree.options.ByPath, n.Type.Name) {
		return nil
	}
	return n.named(ByPath, ":", n.Type)
}

// dynamic is the node of the properties that the type of n does not declare, nil if it
// has none.
func (n *Node) dynamic() *Node {
	if n.Type == nil || n.Collection || n.scope == nil {
		return nil
	}
	like, ok := n.tree.options.Dynamic[n.Type.Name]
	if !ok {
		return nil
	}
	child := n.named(Dynamic, "{}", n.Type.Property(like).Type())
	child.Property = n.Type.Property(like)
	return child
}

// named is the child of a name that is a value.
func (n *Node) named(kind Kind, name string, t *edm.Type) *Node {
	if child := n.called.get(name); child != nil {
		return child
	}
	child := n.child(kind, name, t, false)
	child.Keys = n.Keys + 1
	return n.keep(&n.called, name, child)
}

// keep keeps a child by its name, if there is room. Of children that are made at
// the same time the first one counts.
func (n *Node) keep(in *nodes, name string, child *Node) *Node {
	n.mu.Lock()
	defer n.mu.Unlock()
	if have := in.get(name); have != nil {
		return have
	}
	if n.tree.nodes.Add(1) > n.tree.limit {
		n.tree.nodes.Add(-1)
		return child
	}
	in.put(name, child)
	return child
}

// member is the child of what a name means.
func (n *Node) member(m *member) *Node {
	if m.operations != nil {
		return n.call(m, nil)
	}
	if child := n.children.get(m.name); child != nil {
		return child
	}
	var child *Node
	switch p := m.property; {
	case p == nil:
		child = n.child(Cast, m.name, m.cast, n.Collection)
	case p.Navigation:
		child = n.child(Navigation, m.name, p.Type(), p.Collection)
	default:
		child = n.child(Property, m.name, p.Type(), p.Collection)
	}
	child.Property = m.property
	return n.keep(&n.children, m.name, child)
}

// call is the child of an operation that is called with arguments of those names,
// in any order: nil if it has no such parameters. The values of a path are in the
// order of [Node.Names].
func (n *Node) call(m *member, arguments []string) *Node {
	overloads, names := m.overloads(arguments)
	if overloads == nil {
		return nil
	}
	var buf [128]byte
	key := appendCall(buf[:0], m.name, names)
	in := &n.children
	if len(names) > 0 {
		in = &n.called
	}
	if child := in.get(string(key)); child != nil {
		return child
	}
	return n.keep(in, string(key), n.result(m, overloads, names))
}

// result is a new child of a call, with the type that the operation returns.
func (n *Node) result(m *member, overloads []*edm.Operation, names []string) *Node {
	child := n.child(Function, m.name, nil, false)
	child.Overloads, child.Names, child.Keys = overloads, names, n.Keys+len(names)
	if overloads[0].Action {
		child.Kind = Action
	}
	if r := overloads[0].Returns; r != nil {
		child.Type, child.Collection = r.Type(), r.Collection
	}
	child.scope = n.tree.scopeOf(child)
	return child
}

// Entity is the node of the entities in the collection n, by their keys: nil if n
// is no collection of entities. If the key is made of several properties, they are
// the [Node.Names].
func (n *Node) Entity() *Node {
	if child := n.entity.Load(); child != nil {
		return child
	}
	if !n.hasEntities() {
		return nil
	}
	var names []string
	if len(n.Type.Key) > 1 {
		names = n.Type.Key
	}
	child := n.keyed(Key, names)
	if n.called.get("{}") == child {
		n.entity.Store(child)
	}
	return child
}

func (n *Node) hasEntities() bool {
	return n.scope != nil && n.Collection && n.Type != nil && n.Type.Kind == edm.Entity
}

// entityBy is the node of the entities in the collection n, by properties of those
// names in any order: their key, or another.
func (n *Node) entityBy(properties []string) *Node {
	if !n.hasEntities() {
		return nil
	}
	if sameNames(n.Type.Key, properties) {
		return n.Entity()
	}
	for _, names := range n.Type.AlternateKeys {
		if sameNames(names, properties) {
			return n.keyed(AlternateKey, names)
		}
	}
	return nil
}

// keyed is the child of a key that is written with names, if there are any.
func (n *Node) keyed(kind Kind, names []string) *Node {
	var buf [128]byte
	name := "{}"
	if kind == AlternateKey {
		name = string(appendCall(buf[:0], "", names))
	}
	if child := n.called.get(name); child != nil {
		return child
	}
	child := n.child(kind, "{}", n.Type, false)
	child.Names, child.Keys = names, n.Keys+max(1, len(names))
	return n.keep(&n.called, name, child)
}

// isKey reports whether the node is that of an entity in a collection.
func (n *Node) isKey() bool { return n.Kind == Key || n.Kind == AlternateKey }

// Capabilities returns what clients may do with the entities that the path names, or
// with those that its $count, $ref or cast is of. Expandable is what $expand may do in
// them: whether it may lead to them is said by the capabilities of the property.
func (n *Node) Capabilities() edm.Capabilities {
	switch {
	case n.isKey(), n.Kind == Cast, n.Kind == Count, n.Kind == Ref, n.Kind == Value:
		return n.Parent.Capabilities()
	case n.Type == nil:
		return edm.Capabilities{}
	case len(n.Overloads) > 0:
		return n.Overloads[0].Capabilities()
	case n.Property == nil:
		return n.Type.Capabilities()
	}
	c := n.Property.Capabilities()
	if n.Parent.Kind != Root {
		inside := n.Type.Capabilities()
		c.Expandable, c.NonExpandable = inside.Expandable, inside.NonExpandable
	}
	return c
}

// system is the node of $count, $ref or $value.
func (n *Node) system(name string) *Node {
	kind, name := n.systemKind(name)
	if kind == Root {
		return nil
	}
	if child := n.children.get(name); child != nil {
		return child
	}
	return n.keep(&n.children, name, n.child(kind, name, n.Type, kind == Ref && n.Collection))
}

// systemKind returns what a name with a $ is below n, and its spelling. It is a Root if
// n can't have it.
func (n *Node) systemKind(name string) (kind Kind, spelled string) {
	switch {
	case strings.EqualFold(name, "$count") && n.Collection:
		return Count, "$count"
	case strings.EqualFold(name, "$ref") && n.isReferable():
		return Ref, "$ref"
	case strings.EqualFold(name, "$value") && n.hasValue():
		return Value, "$value"
	}
	return Root, ""
}

// isReferable reports whether a path may stand for links to its entities: it is a
// navigation property, or one entity of it. Graph has links to entities that its
// model calls contained, such as education/classes/{}/assignments/{}/rubric/$ref.
func (n *Node) isReferable() bool {
	if n.isKey() || n.Kind == Cast {
		return n.Parent.isReferable()
	}
	return n.Kind == Navigation && n.Parent.Kind != Root
}

// hasValue reports whether a path has a value without JSON around it: that of a
// primitive property, or the media of an entity. Graph has media of entities whose
// types do not say so, such as messages.
func (n *Node) hasValue() bool {
	return n.Kind != Root && !n.Collection && n.Type != nil && n.Type.Kind != edm.Complex
}

func (n *Node) child(kind Kind, name string, t *edm.Type, collection bool) *Node {
	child := &Node{
		Parent: n, Kind: kind, Name: name, Type: t, Collection: collection, Keys: n.Keys,
		tree: n.tree,
	}
	if kind != Function {
		child.scope = n.tree.scopeOf(child)
	}
	return child
}

// appendNames appends (a={},b={}) for those names.
func appendNames(b []byte, names []string) []byte {
	for i, name := range names {
		b = append(append(append(b, "(,"[min(i, 1)]), name...), "={}"...)
	}
	if len(names) > 0 {
		b = append(b, ')')
	}
	return b
}

// appendCall appends name(a,b): by that a node keeps the child.
func appendCall(b []byte, name string, names []string) []byte {
	b = append(b, name...)
	for i, name := range names {
		b = append(append(b, "(,"[min(i, 1)]), name...)
	}
	return b
}
