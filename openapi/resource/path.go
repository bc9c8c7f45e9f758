package resource

import (
	"iter"
	"net/url"
	"slices"
	"strings"
)

// A Path is a path that was read: its node, and the values of its keys and arguments
// in the order in which they stand, those of a function in the order of its
// [Node.Names]. Texts are without quotes, parameter aliases such as @p as they are.
type Path struct {
	*Node
	Values []string
}

// Path returns the path of a node with values as they stand in a URL: texts that are
// arguments may be in quotes. There is no node if n has keys and arguments of
// another number, or is nil.
func (n *Node) Path(values []string) Path {
	if n == nil || n.Keys != len(values) {
		return Path{}
	}
	p := Path{n, values}
	for at := n; at.Parent != nil; at = at.Parent {
		if len(at.Names) > 0 {
			p.Values = withoutQuotes(p.Values, at.Parent.Keys, at.Keys)
		}
	}
	return p
}

// withoutQuotes returns values, of which those in a range have lost their quotes.
func withoutQuotes(values []string, from, to int) []string {
	values = slices.Clone(values)
	for i := from; i < to; i++ {
		values[i] = argument{literal: values[i]}.value()
	}
	return values
}

// Arguments returns the values of the last segment, by name: those of a function, or
// of a key that is written with names.
func (p Path) Arguments() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for i, name := range p.Names {
			if !yield(name, p.Values[p.Keys-len(p.Names)+i]) {
				return
			}
		}
	}
}

// Entity is the path of the entity with that key in the collection p. A key of
// several properties has a value for each. There is no node if p is no collection
// of entities with such keys.
func (p Path) Entity(key ...string) Path {
	n := p.Node.Entity()
	if n == nil || n.Keys-p.Keys != len(key) {
		return Path{}
	}
	return Path{n, append(p.Values[:p.Keys:p.Keys], key...)}
}

// To is the path of the segment with that name below p, without a node if the model
// has none.
func (p Path) To(name string) Path { return Path{p.Child(name), p.Values} }

// Above is the path that p is one segment below, without a node if p is the root.
func (p Path) Above() Path {
	if p.Parent == nil {
		return Path{}
	}
	return Path{p.Parent, p.Values[:p.Parent.Keys]}
}

// CollectionPath is the path of the collection that the entity p is in; p itself if it
// is in none.
func (p Path) CollectionPath() Path {
	if p.Node == nil || !p.isKey() {
		return p
	}
	return p.Above()
}

// Sibling is the path of another entity in the collection of the entity p.
func (p Path) Sibling(key string) Path { return p.CollectionPath().Entity(key) }

// Segments returns the nodes of the path from the root down, without the root, each
// with its values: a key, or what belongs to [Node.Names].
func (p Path) Segments() iter.Seq2[*Node, []string] {
	return func(yield func(*Node, []string) bool) { p.yield(p.Node, yield) }
}

// yield yields the segments up to n, and reports whether the loop goes on.
func (p Path) yield(n *Node, yield func(*Node, []string) bool) bool {
	if n == nil || n.Kind == Root {
		return true
	}
	return p.yield(n.Parent, yield) && yield(n, p.Values[n.Parent.Keys:n.Keys:n.Keys])
}

// URL is the path as URLs have it, from the service root: /users/48d31887/messages.
func (p Path) URL() string {
	var b []byte
	for n, values := range p.Segments() {
		b = AppendURL(b, n, values...)
	}
	return string(b)
}

// IsResult reports whether the path leads to what an action or a function returns, or
// further from there.
func (p Path) IsResult() bool {
	for n := p.Node; n != nil; n = n.Parent {
		if n.Kind == Action || n.Kind == Function {
			return true
		}
	}
	return false
}

// AppendURL appends a segment as URLs have it: /users, or /48d31887 for a key, or
// :/folder/file: for the names that lead to an entity. A key
// that would be read as a name is in parentheses.
func AppendURL(b []byte, n *Node, values ...string) []byte {
	if n.Kind == Dynamic {
		return append(append(b, '/'), url.PathEscape(values[0])...)
	}
	if n.Kind == Key && len(n.Names) == 0 && n.Parent.takesKey(values[0]) {
		return append(append(b, '/'), url.PathEscape(values[0])...)
	}
	return AppendOData(b, n, values...)
}

// takesKey reports whether a key is read as one if it is a segment of its own below
// the collection n, and is not changed on its way there.
func (n *Node) takesKey(key string) bool {
	if key == "" || key[0] == '$' || key == "." || key == ".." || key[len(key)-1] == ':' || strings.Contains(key, ":/") {
		return false
	}
	name := strings.TrimSuffix(key, "()")
	if before, _, ok := cutCall(key); ok {
		name = before
	}
	return n.scope.find(name) == nil
}

// AppendOData appends a segment as @odata.id and @odata.context have it: /users, or
// ('48d31887') for a key.
func AppendOData(b []byte, n *Node, values ...string) []byte {
	switch {
	case n.Kind == Key && len(n.Names) == 0:
		return AppendKey(b, values[0])
	case n.isKey():
		return appendArguments(b, n, values)
	case n.Kind == ByPath:
		return appendNamesOf(b, values[0])
	case n.Kind == Dynamic:
		return AppendURL(b, n, values...)
	}
	b = append(append(b, '/'), n.Name...)
	if len(n.Names) > 0 {
		b = appendArguments(b, n, values)
	}
	return b
}

// appendNamesOf appends names that lead to an entity: :/folder/file:
func appendNamesOf(b []byte, names string) []byte {
	b = append(b, ':')
	for name := range strings.SplitSeq(names, "/") {
		b = append(append(b, '/'), url.PathEscape(name)...)
	}
	return append(b, ':')
}
