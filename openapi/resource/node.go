package resource

import (
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
	Root       Kind = iota // the service itself
	Navigation             // an entity set, a singleton or a navigation property
	Property               // a structural property
	Key                    // an entity of a collection, by its key
	Cast                   // the same, as a derived type
	Function               // a function, bound or not
	Action                 // an action, bound or not
	Count                  // $count
	Ref                    // $ref
	Value                  // $value
)

// A Node is a path without the values of its keys. Nodes of one [Tree] are equal
// only if they are the same.
type Node struct {
	Parent     *Node // nil of the root
	Kind       Kind
	Name       string // as the model spells it; "{}" of a key
	Type       *edm.Type
	Collection bool             // whether the path names many of Type
	Property   *edm.Property    // of a navigation or structural property
	Overloads  []*edm.Operation // of a function or an action
	Keys       int              // how many values a path of this node has

	tree     *Tree
	template string
	nodes    []*Node // from below the root to this one
	mu       sync.RWMutex
	children map[string]*Node // by their names in lower case
}

// A Tree holds the nodes of a model. It is safe for concurrent use.
type Tree struct {
	model *edm.Model
	root  Node
	nodes atomic.Int64
}

// maxNodes bounds the nodes that a tree keeps. Navigation properties lead in
// circles, so a model has no end of paths; those beyond are made anew each time.
const maxNodes = 50_000

// NewTree returns the tree of a model, with its root alone.
func NewTree(m *edm.Model) *Tree {
	t := &Tree{model: m}
	t.root = Node{Kind: Root, Type: m.Container(), tree: t}
	return t
}

// Root is the node of the service itself.
func (t *Tree) Root() *Node { return &t.root }

// Template is the path of the node with {} for each key, such as
// /users/{}/activities.
func (n *Node) Template() string { return n.template }

// Child is the node of the segment with that name, in any case, below n: nil if
// the model has none. A key is not a child but [Node.Entity].
func (n *Node) Child(name string) *Node {
	var buf [64]byte // names are shorter, as a rule
	lower := appendLower(buf[:0], name)
	n.mu.RLock()
	child := n.children[string(lower)]
	n.mu.RUnlock()
	if child != nil {
		return child
	}
	return n.grow(string(lower), name)
}

// Entity is the node of the entities in the collection n, by their keys: nil if n
// is no collection of entities.
func (n *Node) Entity() *Node {
	n.mu.RLock()
	child := n.children["{}"]
	n.mu.RUnlock()
	if child != nil {
		return child
	}
	return n.grow("{}", "{}")
}

// grow makes a child and keeps it, if there is room.
func (n *Node) grow(lower, name string) *Node {
	child := n.makeChild(name)
	if child == nil || n.tree.nodes.Load() >= maxNodes {
		return child
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if have := n.children[lower]; have != nil {
		return have
	}
	if n.children == nil {
		n.children = map[string]*Node{}
	}
	n.children[lower] = child
	n.tree.nodes.Add(1)
	return child
}

// makeChild is the child with that name by the model, nil if there is none.
func (n *Node) makeChild(name string) *Node {
	switch {
	case name == "{}":
		return n.entity()
	case strings.HasPrefix(name, "$"):
		return n.system(name)
	}
	if c := n.property(name); c != nil {
		return c
	}
	if c := n.operation(name); c != nil {
		return c
	}
	return n.cast(name)
}

func (n *Node) entity() *Node {
	if !n.Collection || n.Type == nil || n.Type.Kind != edm.Entity || n.Kind == Key {
		return nil
	}
	c := n.child(Key, "{}", n.Type, false)
	c.Keys++
	return c
}

// system is the node of $count, $ref or $value.
func (n *Node) system(name string) *Node {
	switch strings.ToLower(name) {
	case "$count":
		if n.Collection {
			return n.child(Count, "$count", n.Type, false)
		}
	case "$ref":
		if n.isReferable() {
			return n.child(Ref, "$ref", n.Type, n.Collection)
		}
	case "$value":
		if n.Kind != Root && !n.Collection {
			return n.child(Value, "$value", n.Type, false)
		}
	}
	return nil
}

// isReferable reports whether links to the entities of a path can be written: it
// is a navigation property that does not contain them, or one entity of it.
func (n *Node) isReferable() bool {
	if n.Kind == Key || n.Kind == Cast {
		return n.Parent.isReferable()
	}
	return n.Kind == Navigation && !n.Property.Contained && n.Parent.Kind != Root
}

// property is the node of a property of an entity or a complex value, or of an
// entity set or a singleton.
func (n *Node) property(name string) *Node {
	if n.Type == nil || n.Collection {
		return nil
	}
	p := n.Type.PropertyFold(name)
	if p == nil {
		return nil
	}
	kind := Property
	if p.Navigation {
		kind = Navigation
	}
	c := n.child(kind, p.Name, p.Type(), p.Collection)
	c.Property = p
	return c
}

// operation is the node of a function or an action.
func (n *Node) operation(name string) *Node {
	if n.Type == nil {
		return nil
	}
	overloads := n.tree.model.Operations(n.Type, n.Collection, strings.TrimSuffix(name, "()"))
	if len(overloads) == 0 {
		return nil
	}
	first := overloads[0]
	kind := Function
	if first.Action {
		kind = Action
	}
	c := n.child(kind, first.Name, nil, false)
	if first.Returns != nil {
		c.Type, c.Collection = first.Returns.Type(), first.Returns.Collection
	}
	c.Overloads = overloads
	return c
}

// cast is the node of n as a derived type.
func (n *Node) cast(name string) *Node {
	t := n.tree.model.Type(name)
	if t == nil || n.Type == nil || t.Kind != n.Type.Kind || !t.Is(n.Type) && !n.Type.Is(t) {
		return nil
	}
	return n.child(Cast, t.Name, t, n.Collection)
}

func (n *Node) child(kind Kind, name string, t *edm.Type, collection bool) *Node {
	c := &Node{
		Parent: n, Kind: kind, Name: name, Type: t, Collection: collection, Keys: n.Keys,
		tree: n.tree, template: n.template + "/" + name,
	}
	c.nodes = append(slices.Clip(n.nodes), c)
	return c
}

// appendLower appends s in lower case. Names of a model are ASCII.
func appendLower(b []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	return b
}
