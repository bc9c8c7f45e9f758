package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/resource"
)

// A locator finds the paths of the documentation in the model.
type locator struct {
	model *edm.Model
	tree  *resource.Tree
	names map[string]bool   // of all that paths may name, in lower case
	found map[string]string // templates by paths, empty if the model does not have them
	left  map[string]string // why: by paths in lower case, up to what the model does not have
}

func newLocator(m *edm.Model) *locator {
	l := &locator{m, resource.NewTree(m), map[string]bool{}, map[string]string{}, map[string]string{}}
	types := slices.Collect(m.Types())
	if root := m.Container(); root != nil {
		types = append(types, root)
	}
	for _, t := range types {
		l.names[strings.ToLower(t.Name)] = true
		for _, p := range t.Properties() {
			l.names[strings.ToLower(p.Name)] = true
		}
		for o := range t.AllOperations() {
			l.names[strings.ToLower(cmp.Or(o.Import, o.Name))] = true
		}
	}
	return l
}

// Spellings of paths that are not the model's: items of drives by their paths, folders
// at any depth, keys that are given as examples.
var (
	itemByPath = regexp.MustCompile(`(root|items/\{[^/]*\}):/[^:]*?(:|$)`)
	exampleKey = regexp.MustCompile(`/(inbox|[0-9a-f]{32})(/|$)`)
)

const anyDepth = "/.../"

// template returns the template of a path as the model spells it, empty if the model
// does not have it. Casts that the path leaves out are not there either.
func (l *locator) template(path string) string {
	if template, known := l.found[path]; known {
		return template
	}
	plain := itemByPath.ReplaceAllString(path, "items/{}")
	plain = strings.ReplaceAll(plain, anyDepth, "/")
	plain = exampleKey.ReplaceAllString(plain, "/{}$2")
	template := ""
	at := l.tree.Root()
	seen := ""
	for segment := range strings.SplitSeq(strings.Trim(plain, "/"), "/") {
		seen += "/" + strings.ToLower(segment)
		next, spelled := l.step(at, segment)
		if next == nil {
			l.left[seen] = l.reason(segment)
			template = ""
			break
		}
		template += spelled
		at = next
	}
	l.found[path] = template
	return template
}

// Reasons why paths are left out.
const (
	noName    = "v1.0 has nothing of this name: it is of beta, of former versions, or misspelt"
	elsewhere = "v1.0 has the name, but not there, or with other parameters"
	noPath    = "they are no paths"
)

// reason returns why the model does not have a segment.
func (l *locator) reason(segment string) string {
	name, _, _ := strings.Cut(strings.ToLower(segment), "(")
	switch {
	case strings.ContainsAny(name, " ?{}"):
		return noPath
	case l.names[name], l.names[name[strings.LastIndexByte(name, '.')+1:]]:
		return elsewhere
	}
	return noName
}

// step returns the node of a segment below n, or below the first type that derives from
// its type and has the segment, and the segment as the model spells it.
func (l *locator) step(n *resource.Node, segment string) (next *resource.Node, spelled string) {
	above := []string{n.Template()}
	if n.Type != nil {
		for _, t := range l.model.Derived(n.Type) {
			above = append(above, n.Template()+"/"+t.Name)
		}
	}
	for _, at := range above {
		if next = l.tree.Resolve(at + "/" + segment); next != nil {
			return next, strings.TrimPrefix(next.Template(), at)
		}
	}
	return nil, ""
}

// unknown lists the paths that the model does not have, by reasons.
func (l *locator) unknown() string {
	var b strings.Builder
	for _, reason := range []string{noName, elsewhere, noPath} {
		b.WriteString("# " + reason + "\n")
		for _, path := range slices.Sorted(maps.Keys(l.left)) {
			if l.left[path] == reason {
				b.WriteString(path + "\n")
			}
		}
	}
	return b.String()
}

// blockID returns a short name for a block, which changes only with the block.
func blockID(block string) string {
	sum := sha256.Sum256([]byte(block))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:5]
}
