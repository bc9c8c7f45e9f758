package edm

import (
	"iter"
	"strings"

	"github.com/graphmock/graphmock/openapi/internal/blocktext"
)

// text is the text of a model. Its blocks stand in the order of their names, so
// that one is found by a binary search.
type text struct {
	source    string
	namespace string
	aliases   map[string]string
	container string // qualified
	root      string // the container's block
	first     int    // where the first type's block begins
}

// readHeader reads what comes before the types.
func readHeader(source string) text {
	t := text{source: source, aliases: map[string]string{}}
	for t.first < len(source) {
		line := blocktext.FirstLine(source[t.first:])
		switch word, rest, _ := strings.Cut(line, " "); {
		case word == "" || word[0] == '#':
		case word == "namespace":
			t.namespace = rest
		case word == "alias":
			alias, namespace, _ := strings.Cut(rest, " ")
			t.aliases[alias] = namespace
		case word == "container":
			t.root = source[t.first:blocktext.End(source, t.first)]
			t.container = absolute(t.namespace, blockName(t.root))
			t.first += len(t.root)
			return t
		default:
			return t
		}
		t.first += len(line) + 1
	}
	t.first = min(t.first, len(source))
	return t
}

// blockName returns the second word of a block's first line.
func blockName(block string) string {
	_, rest, _ := strings.Cut(blocktext.FirstLine(block), " ")
	name, _, _ := strings.Cut(rest, " ")
	return name
}

// block returns the text of the block with a name.
func (t *text) block(name string) (block string, ok bool) {
	return blocktext.Find(t.source[t.first:], name, blockName)
}

// find reads the declaration of a type by its qualified name. It panics if the
// text is broken.
func (t *text) find(name string) (b block, ok bool) {
	source := t.root
	if name != t.container {
		if source, ok = t.block(relative(t.namespace, name)); !ok {
			return block{}, false
		}
	}
	p := parser{namespace: t.namespace}
	b = p.block(source)
	if len(p.problems) > 0 {
		panic("BUG: the text of " + name + " is broken: " + p.problems[0].Error())
	}
	return b, true
}

// names returns the qualified names of the types.
func (t *text) names() iter.Seq[string] {
	return func(yield func(string) bool) {
		for block := range t.blocks() {
			if !yield(absolute(t.namespace, blockName(block))) {
				return
			}
		}
	}
}

// blocks returns the blocks of the types.
func (t *text) blocks() iter.Seq[string] {
	return func(yield func(string) bool) {
		for at := t.first; at < len(t.source); {
			end := blocktext.End(t.source, at)
			if !yield(t.source[at:end]) {
				return
			}
			at = end
		}
	}
}

// family returns the qualified names of the types that derive from one, by its
// name. It reads only the first line of each block.
func (t *text) family() map[string][]string {
	all := map[string][]string{}
	for block := range t.blocks() {
		if _, base, ok := strings.Cut(blocktext.FirstLine(block), " : "); ok {
			base, _, _ = strings.Cut(base, " ")
			base = absolute(t.namespace, base)
			all[base] = append(all[base], absolute(t.namespace, blockName(block)))
		}
	}
	return all
}

// canonical returns a qualified name with its namespace instead of an alias.
func (t *text) canonical(name string) string {
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		if namespace, ok := t.aliases[name[:dot]]; ok {
			return namespace + name[dot:]
		}
	}
	return name
}

// relative returns how a qualified name is written in a text.
func relative(namespace, name string) string {
	if primitive, ok := strings.CutPrefix(name, "Edm."); ok {
		return primitive
	}
	short, ok := strings.CutPrefix(name, namespace+".")
	if _, primitive := parsePrimitive(short); !ok || primitive {
		return "." + name
	}
	return short
}

// absolute returns the qualified name of one in a text.
func absolute(namespace, name string) string {
	if whole, ok := strings.CutPrefix(name, "."); ok {
		return whole
	}
	if _, primitive := parsePrimitive(name); primitive {
		return "Edm." + name
	}
	return namespace + "." + name
}
