package resource

import (
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strings"
)

// A Path is a path that was read: its node, and the values of its keys in the
// order in which they stand.
type Path struct {
	*Node
	Values []string
}

// An Error says which segment of a path leads nowhere.
type Error struct {
	Segment string // decoded
	At      *Node  // as far as the path was understood
	Message string
}

func (e *Error) Error() string { return e.Message }

// maxSegments bounds the segments of a path.
const maxSegments = 64

// Parse reads an escaped path below the service root, such as
// /users/48d31887/activities('1')/historyItems.
func (t *Tree) Parse(escaped string) (Path, *Error) {
	p := Path{Node: &t.root}
	rest := strings.TrimSuffix(escaped, "/")
	if strings.Count(rest, "/") > maxSegments {
		return p, &Error{At: p.Node, Message: fmt.Sprintf("the path has more than %d segments", maxSegments)}
	}
	for rest != "" {
		segment := rest[1:]
		rest = ""
		if slash := strings.IndexByte(segment, '/'); slash >= 0 {
			segment, rest = segment[:slash], segment[slash:]
		}
		if strings.IndexByte(segment, '%') >= 0 {
			decoded, err := url.PathUnescape(segment)
			if err != nil {
				return p, &Error{Segment: segment, At: p.Node, Message: "a segment is escaped wrongly"}
			}
			segment = decoded
		}
		if !p.step(segment) {
			return p, &Error{Segment: segment, At: p.Node, Message: "there is no such segment here"}
		}
	}
	return p, nil
}

// step follows one segment. A name goes before a key, as on Graph: functions of a
// collection are segments like its keys.
func (p *Path) step(segment string) bool {
	if segment == "" {
		return false
	}
	if next := p.Child(segment); next != nil {
		p.Node = next
		return true
	}
	if name, key, ok := cutKey(segment); ok {
		if next := p.Child(name); next != nil {
			if entity := next.Entity(); entity != nil {
				p.enter(entity, key)
				return true
			}
		}
	}
	entity := p.Node.Entity()
	if entity == nil {
		return false
	}
	p.enter(entity, segment)
	return true
}

func (p *Path) enter(entity *Node, key string) {
	p.Node, p.Values = entity, append(p.Values, key)
}

// cutKey splits users('id') into its name and its key.
func cutKey(segment string) (name, key string, ok bool) {
	inner, ok := strings.CutSuffix(segment, "')")
	if !ok {
		return "", "", false
	}
	name, key, ok = strings.Cut(inner, "('")
	return name, strings.ReplaceAll(key, "''", "'"), ok && name != "" && key != ""
}

// Resolve returns the node of a template such as
// /users/{user-id}/activities/{activity-id}, nil if the model has none.
func (t *Tree) Resolve(template string) *Node {
	n := &t.root
	for segment := range strings.SplitSeq(strings.Trim(template, "/"), "/") {
		if strings.HasPrefix(segment, "{") {
			n = n.Entity()
		} else {
			n = n.Child(segment)
		}
		if n == nil {
			return nil
		}
	}
	return n
}

// Entity is the path of the entity with that key in the collection p.
func (p Path) Entity(key string) Path {
	n := p.Node.Entity()
	if n == nil {
		return Path{}
	}
	return Path{n, append(p.Values[:len(p.Values):len(p.Values)], key)}
}

// To is the path of a property of the entity p.
func (p Path) To(name string) Path { return Path{p.Child(name), p.Values} }

// Segments returns the nodes of the path from the root down, without the root; of
// a key with its value.
func (p Path) Segments() iter.Seq2[*Node, string] {
	return func(yield func(*Node, string) bool) {
		if p.Node == nil {
			return
		}
		values := p.Values
		for _, n := range p.nodes {
			value := ""
			if n.Kind == Key {
				value, values = values[0], values[1:]
			}
			if !yield(n, value) {
				return
			}
		}
	}
}

// AppendURL appends a segment as URLs have it: /users, or /48d31887 for a key.
func AppendURL(b []byte, n *Node, value string) []byte {
	if n.Kind == Key {
		return append(append(b, '/'), url.PathEscape(value)...)
	}
	return append(append(b, '/'), n.Name...)
}

// AppendOData appends a segment as @odata.id and @odata.context have it: /users, or
// ('48d31887') for a key.
func AppendOData(b []byte, n *Node, value string) []byte {
	if n.Kind == Key {
		b = append(b, "('"...)
		b = append(b, url.PathEscape(strings.ReplaceAll(value, "'", "''"))...)
		return append(b, "')"...)
	}
	return append(append(b, '/'), n.Name...)
}

// CollectionPath is the path of the collection that the entity p is in; p itself if it
// is in none.
func (p Path) CollectionPath() Path {
	if p.Node == nil || p.Kind != Key {
		return p
	}
	return Path{p.Parent, p.Values[:len(p.Values)-1]}
}

// Sibling is the path of another entity in the collection of the entity p.
func (p Path) Sibling(key string) Path {
	values := slices.Clone(p.Values)
	values[len(values)-1] = key
	return Path{p.Node, values}
}

// Above is the path that p is one segment below.
func (p Path) Above() Path {
	if p.Kind == Key {
		return p.CollectionPath()
	}
	return Path{p.Parent, p.Values}
}
