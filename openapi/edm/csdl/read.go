package csdl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
)

// maxDepth bounds how deep elements are nested.
const maxDepth = 64

// maxProblems bounds how many problems are listed.
const maxProblems = 100

// The namespaces of OData 4.
const (
	edmxNamespace = "http://docs.oasis-open.org/odata/ns/edmx"
	edmNamespace  = "http://docs.oasis-open.org/odata/ns/edm"
)

// Read reads a document of CSDL XML. The name is that of the file, for errors. An
// alias holds in the whole document, wherever its schema stands.
//
// Annotations with constant values become facts of types and properties, by term:
// Org.OData.Core.V1.Computed is Core.Computed. Not kept are terms, referential
// constraints, Unicode and SRID, annotations of anything else, and unbound
// operations that no import names.
//
// What is wrong comes as [edm.Problems], each with line and column.
func Read(name string, data []byte) (*edm.Model, error) {
	r := reader{
		file: name, scanner: newScanner(strings.TrimPrefix(string(data), "\ufeff")),
		aliases: map[string]string{}, targets: map[string]map[string]string{},
	}
	r.d.Aliases = map[string]string{}
	r.document()
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	r.annotate()
	return edm.Build(r.d)
}

type reader struct {
	file     string
	scanner  *scanner
	depth    int
	stopped  bool // the document ends here, or can't be read further
	problems edm.Problems

	d       edm.Declarations
	aliases map[string]string            // of vocabularies
	targets map[string]map[string]string // facts by what they are about
}

// element is the start of one.
type element struct {
	name  string
	attrs []attribute
	place edm.Place
}

func (r *reader) fail(at edm.Place, hint, format string, args ...any) {
	if len(r.problems) < maxProblems {
		r.problems = append(r.problems, edm.Problem{Place: at, Message: fmt.Sprintf(format, args...), Hint: hint})
	}
}

// place is where the scanner is: at the start of the next token.
func (r *reader) place() edm.Place {
	line, column := r.scanner.position()
	return edm.Place{File: r.file, Line: line, Column: column}
}

// token reads the next token: noToken at the end, or if the document is broken.
func (r *reader) token() token {
	if r.stopped {
		return noToken
	}
	t := r.scanner.next()
	if t != noToken {
		return t
	}
	r.stopped = true
	if wrong := r.scanner.wrong; r.scanner.charset != "" {
		r.fail(r.place(), "save it as UTF-8", "the XML can't be read: its encoding is %q", r.scanner.charset)
	} else if wrong != "" {
		r.fail(r.place(), "", "the XML is broken: %s", wrong)
	}
	return noToken
}

// children calls do for each element up to the end of the one around it. Text is
// added to the returned string. Elements of other namespaces are passed over.
func (r *reader) children(do func(element)) (text string) {
	var b strings.Builder
	if r.depth++; r.depth > maxDepth {
		r.fail(r.place(), "", "elements are more than %d levels deep", maxDepth)
		r.stopped = true
	}
	defer func() { r.depth-- }()
	for {
		var at edm.Place
		if !r.scanner.closes {
			at = r.place()
		}
		switch r.token() {
		case noToken, endToken:
			return b.String()
		case textToken:
			b.WriteString(r.scanner.text)
		case directiveToken:
			r.fail(at, "leave DOCTYPE and entities out", "the document has a <!...> declaration")
			r.stopped = true
		case startToken:
			r.child(at, do)
		}
	}
}

func (r *reader) child(at edm.Place, do func(element)) {
	s := r.scanner
	if s.space != edmNamespace && s.space != edmxNamespace {
		if r.depth == 1 {
			r.fail(at, "CSDL of OData 4 begins with <edmx:Edmx xmlns:edmx="+quote(edmxNamespace)+">",
				"unknown root %s", s.name)
		}
		r.skip()
		return
	}
	do(element{s.name, s.attrs, at})
}

// skip passes over the rest of an element.
func (r *reader) skip() { r.children(func(element) { r.skip() }) }

// unknown is a problem with an element that can't stand here.
func (r *reader) unknown(e element, in, known string) {
	r.fail(e.place, "possible: "+known, "unknown element %s in %s", e.name, in)
	r.skip()
}

func quote(s string) string { return `"` + s + `"` }

// attr returns the value of an attribute, "" if it is not there.
func (e element) attr(name string) string {
	i := slices.IndexFunc(e.attrs, func(a attribute) bool { return a.name == name && a.space == "" })
	if i < 0 {
		return ""
	}
	return e.attrs[i].value
}

func (e element) has(name string) bool {
	return slices.ContainsFunc(e.attrs, func(a attribute) bool { return a.name == name && a.space == "" })
}

// required returns the value of an attribute that must be there.
func (r *reader) required(e element, name string) string {
	value := e.attr(name)
	if value == "" {
		r.fail(e.place, "", "%s has no %s", e.name, name)
	}
	return value
}

// flag returns the value of a Boolean attribute.
func (r *reader) flag(e element, name string, normal bool) bool {
	switch value := e.attr(name); value {
	case "true":
		return true
	case "false":
		return false
	default:
		if value != "" {
			r.fail(e.place, "true or false", "broken %s %q", name, value)
		}
		return normal
	}
}

// known checks that an element has no other attributes than these.
func (r *reader) known(e element, names ...string) {
	for _, a := range e.attrs {
		if a.space == "" && a.name != "xmlns" && !slices.Contains(names, a.name) {
			r.fail(e.place, "possible: "+strings.Join(names, ", "), "unknown attribute %s of %s", a.name, e.name)
		}
	}
}

func (r *reader) document() {
	roots := 0
	r.children(func(e element) {
		if roots++; e.name != "Edmx" {
			r.unknown(e, "the document", "Edmx")
			return
		}
		r.children(r.edmx)
	})
	if roots == 0 && len(r.problems) == 0 {
		r.fail(r.place(), "", "the document is empty")
	}
}

func (r *reader) edmx(e element) {
	switch e.name {
	case "Reference":
		r.children(r.reference)
	case "DataServices":
		r.children(func(e element) {
			if e.name != "Schema" {
				r.unknown(e, "DataServices", "Schema")
				return
			}
			r.schema(e)
		})
	default:
		r.unknown(e, "Edmx", "DataServices, Reference")
	}
}

func (r *reader) reference(e element) {
	if e.name == "Include" && e.has("Alias") {
		r.aliases[e.attr("Alias")] = r.required(e, "Namespace")
	}
	r.skip()
}

func (r *reader) schema(e element) {
	r.known(e, "Namespace", "Alias")
	namespace := r.required(e, "Namespace")
	if alias := e.attr("Alias"); alias != "" {
		if other, twice := r.d.Aliases[alias]; twice && other != namespace {
			r.fail(e.place, "aliases hold for the whole document", "alias %s is %s and %s", alias, other, namespace)
		}
		r.d.Aliases[alias] = namespace
	}
	r.children(func(e element) { r.schemaChild(namespace, e) })
}

func (r *reader) schemaChild(namespace string, e element) {
	switch e.name {
	case "EntityType", "ComplexType":
		r.structured(namespace, e)
	case "EnumType":
		r.enum(namespace, e)
	case "TypeDefinition":
		r.definition(namespace, e)
	case "Action", "Function":
		r.operation(namespace, e)
	case "EntityContainer":
		r.container(namespace, e)
	case "Annotations":
		r.annotations(e)
	case "Annotation", "Term":
		r.skip()
	default:
		r.unknown(e, "Schema",
			"EntityType, ComplexType, EnumType, TypeDefinition, Action, Function, Term, EntityContainer, Annotations")
	}
}

// qualified returns the name of what a schema declares.
func (r *reader) qualified(namespace string, e element) string {
	name := r.required(e, "Name")
	if strings.Contains(name, ".") {
		r.fail(e.place, "the schema has the namespace", "the name %q has a dot", name)
	}
	return namespace + "." + name
}

// collectionOf splits Collection(name).
func collectionOf(name string) (element string, collection bool) {
	inner, open := strings.CutPrefix(name, "Collection(")
	inner, closed := strings.CutSuffix(inner, ")")
	if !open || !closed {
		return name, false
	}
	return inner, true
}
