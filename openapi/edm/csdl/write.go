package csdl

import (
	"bufio"
	"encoding/json"
	"encoding/xml"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
)

// Write writes a model as a document of CSDL XML, from which Read makes an equal
// model. Facts that are not annotations, those without a namespace, are left out.
func Write(w io.Writer, m *edm.Model) error {
	out := writer{Writer: bufio.NewWriter(w)}
	out.document(m.Declarations())
	return out.Flush()
}

type writer struct {
	*bufio.Writer
	open []string // elements
}

// start writes the start of an element with the attributes that are not empty.
// They come in pairs of name and value.
func (w *writer) start(name string, attrs ...string) {
	w.indent()
	w.tag(name, attrs)
	w.WriteString(">\n")
	w.open = append(w.open, name)
}

// end writes the end of the element that was started last.
func (w *writer) end() {
	name := w.open[len(w.open)-1]
	w.open = w.open[:len(w.open)-1]
	w.indent()
	w.WriteString("</" + name + ">\n")
}

// empty writes an element without content.
func (w *writer) empty(name string, attrs ...string) {
	w.indent()
	w.tag(name, attrs)
	w.WriteString("/>\n")
}

func (w *writer) indent() {
	for range w.open {
		w.WriteByte(' ')
	}
}

func (w *writer) tag(name string, attrs []string) {
	w.WriteString("<" + name)
	for i := 0; i < len(attrs); i += 2 {
		if attrs[i+1] != "" {
			w.attr(attrs[i], attrs[i+1])
		}
	}
}

func (w *writer) attr(name, value string) {
	w.WriteString(" " + name + `="`)
	_ = xml.EscapeText(w, []byte(value)) // the error stays in the bufio.Writer
	w.WriteByte('"')
}

// truth is the value of a Boolean attribute that is false by default.
func truth(b bool) string {
	if b {
		return "true"
	}
	return ""
}

// nullable is the value of an attribute that is true by default.
func nullable(b bool) string {
	if b {
		return ""
	}
	return "false"
}

// number is the value of an attribute that is left out if it is 0.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func typeName(name string, collection bool) string {
	if collection {
		return "Collection(" + name + ")"
	}
	return name
}

// cutName splits a qualified name.
func cutName(name string) (namespace, short string) {
	dot := strings.LastIndexByte(name, '.')
	return name[:dot], name[dot+1:]
}

func (w *writer) document(d edm.Declarations) {
	w.WriteString(`<?xml version="1.0" encoding="utf-8"?>` + "\n")
	w.start("edmx:Edmx", "xmlns:edmx", edmxNamespace, "Version", "4.0")
	w.start("edmx:DataServices")
	for _, namespace := range namespaces(d) {
		w.schema(d, namespace)
	}
	w.end()
	w.end()
}

// namespaces returns those that a document needs, in order: of declarations and
// of aliases.
func namespaces(d edm.Declarations) []string {
	all := map[string]bool{d.Namespace: d.Namespace != ""}
	for _, namespace := range d.Aliases {
		all[namespace] = true
	}
	for _, t := range d.Types {
		namespace, _ := cutName(t.Name)
		all[namespace] = true
	}
	for _, o := range d.Operations {
		namespace, _ := cutName(o.Name)
		all[namespace] = true
	}
	if d.Container != nil {
		namespace, _ := cutName(d.Container.Name)
		all[namespace] = true
	}
	delete(all, "")
	return slices.Sorted(maps.Keys(all))
}

func (w *writer) schema(d edm.Declarations, namespace string) {
	w.start("Schema", "xmlns", edmNamespace, "Namespace", namespace, "Alias", alias(d, namespace))
	for _, t := range d.Types {
		if in, name := cutName(t.Name); in == namespace {
			w.typeDeclaration(name, t)
		}
	}
	for _, o := range d.Operations {
		if in, name := cutName(o.Name); in == namespace {
			w.operation(name, o)
		}
	}
	if d.Container != nil {
		if in, name := cutName(d.Container.Name); in == namespace {
			w.container(name, d)
		}
	}
	w.end()
}

// alias returns the first alias of a namespace, "" if it has none.
func alias(d edm.Declarations, namespace string) string {
	for _, alias := range slices.Sorted(maps.Keys(d.Aliases)) {
		if d.Aliases[alias] == namespace {
			return alias
		}
	}
	return ""
}

func (w *writer) typeDeclaration(name string, t edm.TypeDeclaration) {
	underlying := ""
	if t.Primitive != edm.Untyped {
		underlying = "Edm." + t.Primitive.String()
	}
	switch t.Kind {
	case edm.Primitive:
		w.start("TypeDefinition", "Name", name, "UnderlyingType", underlying)
	case edm.Enum:
		w.start("EnumType", "Name", name, "UnderlyingType", underlying, "IsFlags", truth(t.IsFlags))
	case edm.Complex:
		w.structured("ComplexType", name, t)
	default:
		w.structured("EntityType", name, t)
	}
	for _, m := range t.Members {
		w.empty("Member", "Name", m.Name, "Value", strconv.FormatInt(m.Value, 10))
	}
	w.facts(t.Facts)
	if len(t.AlternateKeys) > 0 {
		w.facts(map[string]string{alternateKeys: writeAlternateKeys(t.AlternateKeys)})
	}
	w.end()
}

func (w *writer) structured(element, name string, t edm.TypeDeclaration) {
	w.start(element, "Name", name, "BaseType", t.Base, "Abstract", truth(t.Abstract), "OpenType", truth(t.Open),
		"HasStream", truth(t.HasStream))
	if len(t.Key) > 0 {
		w.start("Key")
		for _, name := range t.Key {
			w.empty("PropertyRef", "Name", name)
		}
		w.end()
	}
	for _, p := range t.Properties {
		w.property(p)
	}
}

func (w *writer) property(p edm.PropertyDeclaration) {
	name := typeName(p.Type, p.Collection)
	if p.Navigation {
		w.element("NavigationProperty", p.Facts, "Name", p.Name, "Type", name, "Nullable",
			nullable(p.Nullable || p.Collection),
			"Partner", p.Partner, "ContainsTarget", truth(p.Contained))
		return
	}
	attrs := []string{"Name", p.Name, "Type", name, "Nullable", nullable(p.Nullable), "MaxLength", number(p.MaxLength),
		"Precision", number(p.Precision), "Scale", p.Scale}
	if p.Default != nil {
		attrs = append(attrs, "DefaultValue", *p.Default)
	}
	w.element("Property", p.Facts, attrs...)
}

// element writes one that has nothing but annotations.
func (w *writer) element(name string, facts map[string]string, attrs ...string) {
	if !slices.ContainsFunc(slices.Collect(maps.Keys(facts)), isTerm) {
		w.empty(name, attrs...)
		return
	}
	w.start(name, attrs...)
	w.facts(facts)
	w.end()
}

func (w *writer) operation(name string, o edm.OperationDeclaration) {
	element := "Function"
	if o.Action {
		element = "Action"
	}
	w.start(element, "Name", name, "IsBound", truth(o.Bound), "IsComposable", truth(o.Composable),
		"EntitySetPath", o.EntitySetPath)
	for _, p := range o.Params {
		var facts map[string]string
		if p.Optional {
			facts = map[string]string{"Core.OptionalParameter": "true"}
		}
		w.element("Parameter", facts, "Name", p.Name, "Type", typeName(p.Type, p.Collection), "Nullable",
			nullable(p.Nullable))
	}
	if r := o.Returns; r != nil {
		w.empty("ReturnType", "Type", typeName(r.Type, r.Collection), "Nullable", nullable(r.Nullable))
	}
	w.facts(o.Facts)
	w.end()
}

func (w *writer) container(name string, d edm.Declarations) {
	w.start("EntityContainer", "Name", name)
	for _, p := range d.Container.Properties {
		w.set(p)
	}
	for _, i := range d.Imports {
		kind := "Function"
		if slices.ContainsFunc(d.Operations,
			func(o edm.OperationDeclaration) bool { return o.Name == i.Operation && o.Action }) {
			kind = "Action"
		}
		w.empty(kind+"Import", "Name", i.Name, kind, i.Operation, "EntitySet", i.EntitySet)
	}
	w.facts(d.Container.Facts)
	w.end()
}

func (w *writer) set(p edm.PropertyDeclaration) {
	if p.Collection {
		w.start("EntitySet", "Name", p.Name, "EntityType", p.Type)
	} else {
		w.start("Singleton", "Name", p.Name, "Type", p.Type)
	}
	for _, b := range p.Bindings {
		w.empty("NavigationPropertyBinding", "Path", b.Path, "Target", b.Target)
	}
	w.facts(p.Facts)
	w.end()
}

// isTerm reports whether a fact is an annotation.
func isTerm(name string) bool { return strings.Contains(name, ".") }

// facts writes those that are annotations.
func (w *writer) facts(facts map[string]string) {
	for _, term := range slices.Sorted(maps.Keys(facts)) {
		if !isTerm(term) {
			continue
		}
		name, qualifier, _ := strings.Cut(term, "#")
		if vocabulary, short, _ := strings.Cut(name, "."); isVocabulary(vocabulary) {
			name = vocabularies + vocabulary + version + short
		}
		w.start("Annotation", "Term", name, "Qualifier", qualifier)
		w.value(facts[term])
		w.end()
	}
}

// value writes JSON as an expression. What is not JSON is a text.
func (w *writer) value(text string) {
	var object map[string]json.RawMessage
	var array []json.RawMessage
	switch {
	case !json.Valid([]byte(text)):
		w.text("String", text)
	case text[0] == '{':
		_ = json.Unmarshal([]byte(text), &object)
		w.object(text, object)
	case text[0] == '[':
		_ = json.Unmarshal([]byte(text), &array)
		w.start("Collection")
		for _, v := range array {
			w.value(string(v))
		}
		w.end()
	case text[0] == '"':
		var s string
		_ = json.Unmarshal([]byte(text), &s)
		w.text("String", s)
	case text == "null":
		w.empty("Null")
	case text == "true" || text == "false":
		w.text("Bool", text)
	default:
		w.text("Int", text)
	}
}

// object writes a record, or a value of a kind that JSON does not have.
func (w *writer) object(text string, object map[string]json.RawMessage) {
	for name, v := range object {
		var s string
		if kind, ok := strings.CutPrefix(name, "$"); ok && len(object) == 1 && isKind(kind) &&
			json.Unmarshal(v, &s) == nil {
			w.text(kind, s)
			return
		}
	}
	var name string
	_ = json.Unmarshal(object["$Type"], &name)
	w.start("Record", "Type", name)
	for _, key := range keys(text) {
		if key == "$Type" {
			continue
		}
		w.start("PropertyValue", "Property", key)
		w.value(string(object[key]))
		w.end()
	}
	w.end()
}

// keys returns the names of an object's members in their order.
func keys(text string) (names []string) {
	d := json.NewDecoder(strings.NewReader(text))
	_, _ = d.Token()
	for d.More() {
		name, _ := d.Token()
		var skipped json.RawMessage
		_ = d.Decode(&skipped)
		names = append(names, name.(string))
	}
	return names
}

// text writes an element with text.
func (w *writer) text(name, text string) {
	w.indent()
	w.WriteString("<" + name + ">")
	_ = xml.EscapeText(w, []byte(text))
	w.WriteString("</" + name + ">\n")
}
