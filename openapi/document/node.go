package document

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/spell"
)

// Kind is the shape of a value.
type Kind int

// Rejected is the kind of a value that Parse has reported: there is nothing more
// to say about it.
const (
	Rejected Kind = iota
	Mapping
	Sequence
	Scalar
)

// String names the kind as a message does: "a mapping".
func (k Kind) String() string {
	return [...]string{"a rejected value", "a mapping", "a list", "a single value"}[k]
}

// A Node is a value with its place. Nil is a value that is not there; its methods work
// like those of any other.
type Node struct {
	file         string
	kind         Kind
	line, column int
	key          *Node
	items        []*Node
	members      []member
	byName       map[string]*Node

	text      string // of a scalar
	tag       string // of a scalar, by YAML: !!str, !!int, ...
	plain     bool   // neither quoted nor a block
	json      bool   // written as JSON is: in a flow of quoted keys
	swallowed string // the comment that stands in the place of an empty value
}

type member struct{ key, value *Node }

// File returns the name of the file that n stands in.
func (n *Node) File() string {
	if n == nil {
		return ""
	}
	return n.file
}

// Line returns the line where n begins, from 1.
func (n *Node) Line() int {
	if n == nil {
		return 0
	}
	return n.line
}

// Column returns where n begins in its line, in characters from 1.
func (n *Node) Column() int {
	if n == nil {
		return 0
	}
	return n.column
}

// Kind returns the shape of n.
func (n *Node) Kind() Kind {
	if n == nil {
		return Rejected
	}
	return n.kind
}

// Key returns the key that n is the value of, nil for the root and for items of a list.
func (n *Node) Key() *Node {
	if n == nil {
		return nil
	}
	return n.key
}

// Members returns the keys and values of a mapping in the order of the file. Keys are
// scalars, and no two have the same text.
func (n *Node) Members() iter.Seq2[*Node, *Node] {
	return func(yield func(key, value *Node) bool) {
		if n == nil {
			return
		}
		for _, m := range n.members {
			if !yield(m.key, m.value) {
				return
			}
		}
	}
}

// Get returns the value of a key, nil if there is none.
func (n *Node) Get(key string) *Node {
	if n == nil {
		return nil
	}
	return n.byName[key]
}

// Items returns the values of a list.
func (n *Node) Items() []*Node {
	if n == nil {
		return nil
	}
	return slices.Clone(n.items)
}

// Text returns a scalar as it stands in the file, without its quotes.
func (n *Node) Text() string {
	if n == nil {
		return ""
	}
	return n.text
}

// IsJSON reports whether a value is written as JSON, in a YAML file too: it stands in braces behind a
// quoted key, or in a list that does.
func (n *Node) IsJSON() bool { return n != nil && n.json }

// At returns the value at a JSON pointer below n or, where that ends early, the last
// value on the way: the place to report a violation at.
func (n *Node) At(pointer string) *Node {
	for segment := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		next := n.Get(jsontext.UnescapePointer(segment))
		if n.Kind() == Sequence {
			if i, ok := jsontext.Index(segment, len(n.items)); ok {
				next = n.items[i]
			}
		}
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

// Problem returns a problem at the place of n.
func (n *Node) Problem(message, hint string) Problem {
	return Problem{File: n.File(), Line: n.Line(), Column: n.Column(), Message: message, Hint: hint}
}

// Expect reports n if it is of another kind. What Parse has rejected is not
// reported again.
func (n *Node) Expect(kind Kind) Problems {
	if n == nil || n.kind == kind || n.kind == Rejected {
		return nil
	}
	return Problems{n.Problem(fmt.Sprintf("expected %v, not %v", kind, n.kind), "")}
}

// Only reports every key of n that is not among known, with a suggestion, or n
// itself if it is no mapping.
func (n *Node) Only(known ...string) Problems {
	problems := n.Expect(Mapping)
	for key := range n.Members() {
		if slices.Contains(known, key.text) {
			continue
		}
		if problems.isFull() {
			break
		}
		hint := ""
		if near := spell.Nearest(key.text, slices.Values(known)); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		} else if len(known) <= 12 {
			hint = "possible here: " + strings.Join(known, ", ")
		}
		problems.add(key.Problem("unknown key "+quoted(key.text), hint))
	}
	return problems
}

// builder makes nodes from the library's, and reports what is YAML but not allowed here.
type builder struct {
	*source
	mended   map[position]byte // what stood where the text was mended
	problems Problems
	cursor   cursor
}

func (b *builder) report(line, column int, message, hint string) {
	b.add(Problem{File: b.name, Line: line, Column: b.written(line, column), Message: message, Hint: hint})
}

func (b *builder) add(p Problem) { b.problems.add(p) }

func (b *builder) node(y *yaml.Node, key *Node, depth int, json bool) *Node {
	if y.Kind == yaml.DocumentNode {
		return b.node(y.Content[0], nil, depth, false)
	}
	n := &Node{file: b.name, key: key, line: y.Line, column: b.written(y.Line, y.Column), json: json}
	b.decorations(y)
	switch y.Kind {
	case yaml.ScalarNode:
		b.scalar(n, y)
		return n
	case yaml.AliasNode:
		b.report(y.Line, y.Column, "aliases are not allowed",
			"write the value out, or quote a text that begins with '*'")
		return n
	}
	if depth > MaxDepth {
		b.report(y.Line, y.Column, tooDeep, "")
		return n
	}
	if y.Kind == yaml.SequenceNode {
		n.kind = Sequence
		for _, item := range y.Content {
			n.items = append(n.items, b.node(item, nil, depth+1, json && y.Style&yaml.FlowStyle != 0))
		}
		return n
	}
	n.kind = Mapping
	if len(y.Content) > 0 {
		n.byName = make(map[string]*Node, len(y.Content)/2)
	}
	for i := 0; i+1 < len(y.Content); i += 2 {
		b.member(n, y.Content[i], y.Content[i+1], depth, y.Style&yaml.FlowStyle != 0)
	}
	return n
}

// decorations reports anchors and tags; what they stand on is read without them.
func (b *builder) decorations(y *yaml.Node) {
	if y.Anchor != "" {
		b.report(y.Line, y.Column, "anchors are not allowed",
			"leave out "+quoted("&"+y.Anchor)+", or quote a text that begins with '&'")
	}
	if y.Style&yaml.TaggedStyle != 0 || y.Tag == "!" {
		b.report(y.Line, y.Column, "tags are not allowed",
			"leave out "+quoted(y.Tag)+", or quote a text that begins with '!'")
	}
}

func (b *builder) scalar(n *Node, y *yaml.Node) {
	n.kind, n.text, n.tag = Scalar, y.Value, y.Tag
	n.plain = y.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	if n.text == "" && n.plain {
		b.swallowed(n)
	}
	if y.Style&yaml.TaggedStyle != 0 || y.Tag == "!" {
		n.plain = false // reported once, so no hazard as well
	}
	if c, ok := b.mended[position{n.line, n.column}]; ok && n.text != "" {
		n.text, n.plain = string(c)+n.text[1:], false
	}
}

// swallowed looks for a comment where n's value should be, and moves n there.
func (b *builder) swallowed(n *Node) {
	rest := b.cursor.seek(b.source, n.line, n.column)
	comment := strings.TrimLeft(rest, " \t")
	if !strings.HasPrefix(comment, "#") {
		return
	}
	n.column += len(rest) - len(comment)
	if end := strings.IndexAny(comment, "\r\n"); end >= 0 {
		comment = comment[:end]
	}
	n.swallowed = strings.TrimRight(comment, " \t")
}

// member adds a key and its value to n, unless the key is rejected.
func (b *builder) member(n *Node, key, value *yaml.Node, depth int, inBraces bool) {
	if key.Kind == yaml.ScalarNode && key.Tag == "!!merge" {
		b.report(key.Line, key.Column, "merge keys are not allowed", "write the members out")
		return
	}
	if key.Kind != yaml.ScalarNode && key.Kind != yaml.AliasNode {
		b.report(key.Line, key.Column, "the key is not a string", "")
		return
	}
	k := b.node(key, nil, depth, false)
	if k.kind == Rejected {
		return
	}
	if k.plain && k.tag != "!!str" {
		p := k.Problem(fmt.Sprintf("the key %s is not a string", short(k.text)), "quote it: "+quoted(k.text))
		if k.text == "" {
			p.Message, p.Hint = "the key is missing", ""
		}
		b.add(p)
		return
	}
	if first := n.byName[k.text]; first != nil {
		b.add(k.Problem(fmt.Sprintf("key %s appears twice", quoted(k.text)),
			fmt.Sprintf("first on line %d", first.key.line)))
		return
	}
	v := b.node(value, k, depth+1, inBraces && key.Style&yaml.DoubleQuotedStyle != 0)
	n.byName[k.text] = v
	n.members = append(n.members, member{k, v})
}
