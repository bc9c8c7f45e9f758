package csdl

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
)

// Values of annotations are JSON. Texts, numbers, truth values and null are what
// they are in JSON, a Record is an object and a Collection an array. Everything
// else, a path or a date, is an object with one member: its kind after a dollar
// sign.

// alternateKeys is an annotation that is not a fact, but a part of its type.
const alternateKeys = "Core.AlternateKeys"

// annotations reads what is said of a target.
func (r *reader) annotations(e element) {
	target := r.required(e, "Target")
	facts := r.targets[target]
	r.children(func(e element) {
		if e.name != "Annotation" {
			r.unknown(e, "Annotations", "Annotation")
			return
		}
		r.annotation(&facts, e)
	})
	r.targets[target] = facts
}

// annotation reads one into facts, unless its value is not constant. Graph says some
// twice and not the same, such as Countable of directoryObject: the last counts.
func (r *reader) annotation(facts *map[string]string, e element) {
	term := r.term(r.required(e, "Term"))
	if qualifier := e.attr("Qualifier"); qualifier != "" {
		term += "#" + qualifier
	}
	value, ok := r.expression(e)
	if !ok {
		return
	}
	if value == "" {
		value = "true"
	}
	if *facts == nil {
		*facts = map[string]string{}
	}
	(*facts)[term] = value
}

// term returns the name of a term with its namespace; those of OData's
// vocabularies are short.
func (r *reader) term(name string) string {
	dot := strings.LastIndexByte(name, '.')
	if namespace, ok := r.aliases[name[:max(0, dot)]]; ok {
		name = namespace + name[dot:]
	}
	if short, ok := strings.CutPrefix(name, vocabularies); ok {
		if vocabulary, term, ok := strings.Cut(short, version); ok && isVocabulary(vocabulary) {
			return vocabulary + "." + term
		}
	}
	return name
}

// OData's vocabularies are named Org.OData.Core.V1.
const (
	vocabularies = "Org.OData."
	version      = ".V1."
)

func isVocabulary(name string) bool {
	return slices.Contains([]string{"Aggregation", "Authorization", "Capabilities", "Core", "JSON", "Measures",
		"Repeatability",
		"Temporal", "Validation"}, name)
}

// isKind reports whether an attribute or element of that name is a constant
// value.
func isKind(name string) bool {
	switch name {
	case "AnnotationPath", "Binary", "Bool", "Date", "DateTimeOffset", "Decimal", "Duration", "EnumMember", "Float",
		"Guid", "Int", "ModelElementPath", "NavigationPropertyPath", "Path", "PropertyPath", "String", "TimeOfDay":
		return true
	}
	return false
}

// expression reads the value of an Annotation or PropertyValue, up to its end: ""
// if it has none. It reports whether it is constant.
func (r *reader) expression(e element) (value string, ok bool) {
	ok = true
	for _, a := range e.attrs {
		if a.space == "" && isKind(a.name) {
			value = r.constant(e, a.name, a.value)
		}
	}
	r.children(func(e element) {
		if e.name == "Annotation" {
			r.skip()
			return
		}
		inner, constant := r.elementValue(e)
		value, ok = inner, ok && constant
	})
	return value, ok
}

// elementValue reads a value that is an element.
func (r *reader) elementValue(e element) (value string, ok bool) {
	switch {
	case e.name == "Record":
		return r.record(e)
	case e.name == "Collection":
		return r.collection()
	case e.name == "Null":
		r.skip()
		return "null", true
	case isKind(e.name):
		text := r.children(func(element) { r.skip() })
		if e.name != "String" {
			text = strings.TrimSpace(text)
		}
		return r.constant(e, e.name, text), true
	}
	r.skip()
	return "", false
}

func (r *reader) record(e element) (value string, ok bool) {
	ok = true
	var parts []string
	if name := e.attr("Type"); name != "" {
		parts = append(parts, `"$Type":`+encode(name))
	}
	r.children(func(e element) {
		if e.name != "PropertyValue" {
			r.skip()
			return
		}
		name := r.required(e, "Property")
		inner, constant := r.expression(e)
		ok = ok && constant
		if inner == "" {
			inner = "true"
		}
		parts = append(parts, encode(name)+":"+inner)
	})
	return "{" + strings.Join(parts, ",") + "}", ok
}

func (r *reader) collection() (value string, ok bool) {
	ok = true
	var parts []string
	r.children(func(e element) {
		inner, constant := r.elementValue(e)
		ok = ok && constant
		parts = append(parts, inner)
	})
	return "[" + strings.Join(parts, ",") + "]", ok
}

// constant returns a value as JSON.
func (r *reader) constant(e element, kind, text string) string {
	switch {
	case kind == "String":
		return encode(text)
	case kind == "Bool" && (text == "true" || text == "false"), kind == "Int" && json.Valid([]byte(text)):
		return text
	case kind == "Bool" || kind == "Int":
		r.fail(e.place, "", "broken %s %q", kind, text)
	}
	return `{"$` + kind + `":` + encode(text) + "}"
}

func encode(s string) string {
	quoted, _ := json.Marshal(s)
	return string(quoted)
}

// annotate gives the facts of targets to what they are about.
func (r *reader) annotate() {
	for i := range r.d.Types {
		r.annotateType(&r.d.Types[i])
	}
	if r.d.Container != nil {
		r.annotateType(r.d.Container)
	}
	signed := map[string]map[string]string{} // facts by signature, or by name for all overloads
	for target, facts := range r.targets {
		signed[r.signature(target)] = facts
	}
	for i := range r.d.Operations {
		o := &r.d.Operations[i]
		types := make([]string, len(o.Params))
		for i, p := range o.Params {
			types[i] = typeName(p.Type, p.Collection)
		}
		o.Facts = merge(o.Facts, signed[r.signature(o.Name+"("+strings.Join(types, ",")+")")])
		o.Facts = merge(o.Facts, signed[r.signature(o.Name)])
	}
}

// signature returns the name of an operation, with or without the types of its parameters
// as in a.find(Collection(a.book), Edm.String), in one spelling of all.
func (r *reader) signature(target string) string {
	name, types, ok := strings.Cut(target, "(")
	name = r.whole(name)
	if !ok {
		return name
	}
	all := strings.Split(strings.TrimSuffix(types, ")"), ",")
	for i, t := range all {
		t, collection := collectionOf(strings.TrimSpace(t))
		all[i] = typeName(r.whole(t), collection)
	}
	return name + "(" + strings.Join(all, ",") + ")"
}

// whole returns a qualified name with its namespace instead of an alias.
func (r *reader) whole(name string) string {
	dot := strings.LastIndexByte(name, '.')
	if namespace, ok := r.d.Aliases[name[:max(0, dot)]]; ok {
		return namespace + name[dot:]
	}
	return name
}

func (r *reader) annotateType(t *edm.TypeDeclaration) {
	for _, name := range r.spellings(t.Name) {
		t.Facts = merge(t.Facts, r.targets[name])
		for i := range t.Properties {
			p := &t.Properties[i]
			p.Facts = merge(p.Facts, r.targets[name+"/"+p.Name])
		}
	}
	if keys, ok := readAlternateKeys(t.Facts[alternateKeys]); ok {
		t.AlternateKeys = keys
		delete(t.Facts, alternateKeys)
	}
}

// spellings returns the ways to write a name: with its namespace, and with each
// alias.
func (r *reader) spellings(name string) []string {
	dot := strings.LastIndexByte(name, '.')
	all := []string{name}
	for alias, namespace := range r.d.Aliases {
		if namespace == name[:dot] {
			all = append(all, alias+name[dot:])
		}
	}
	slices.Sort(all[1:])
	return all
}

// merge adds facts that are not there.
func merge(facts, more map[string]string) map[string]string {
	for term, value := range more {
		if facts == nil {
			facts = map[string]string{}
		}
		if _, has := facts[term]; !has {
			facts[term] = value
		}
	}
	return facts
}

// alternateKey is a value of the annotation AlternateKeys.
type alternateKey struct {
	Type string `json:"$Type,omitempty"`
	Key  []keyPart
}

type keyPart struct {
	Type  string `json:"$Type,omitempty"`
	Alias string
	Name  struct {
		PropertyPath string `json:"$PropertyPath"`
	}
}

// readAlternateKeys returns the names of the properties of each key.
func readAlternateKeys(value string) (keys [][]string, ok bool) {
	var all []alternateKey
	if value == "" || json.Unmarshal([]byte(value), &all) != nil {
		return nil, false
	}
	for _, key := range all {
		var names []string
		for _, part := range key.Key {
			names = append(names, part.Name.PropertyPath)
		}
		keys = append(keys, names)
	}
	return keys, !slices.ContainsFunc(keys,
		func(names []string) bool { return len(names) == 0 || slices.Contains(names, "") })
}

// writeAlternateKeys is the reverse of readAlternateKeys.
func writeAlternateKeys(keys [][]string) string {
	all := make([]alternateKey, len(keys))
	for i, names := range keys {
		all[i].Type = vocabularies + "Core.V1.AlternateKey"
		for _, name := range names {
			part := keyPart{Type: vocabularies + "Core.V1.PropertyRef", Alias: name}
			part.Name.PropertyPath = name
			all[i].Key = append(all[i].Key, part)
		}
	}
	text, _ := json.Marshal(all)
	return string(text)
}
