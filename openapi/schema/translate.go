package schema

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// translate returns an OpenAPI schema as JSON Schema 2020-12.
func translate(ref *openapi3.SchemaRef, options Options) map[string]any {
	t := translation{Options: options, defs: map[string]any{}, names: map[*openapi3.Schema]string{}}
	root := t.ref(ref)
	root["$defs"] = t.defs
	return root
}

// A translation writes OpenAPI schemas as JSON Schema. Every schema that is reached
// by a $ref becomes a definition, so that recursion ends.
type translation struct {
	Options
	defs  map[string]any
	names map[*openapi3.Schema]string
}

func (t *translation) ref(r *openapi3.SchemaRef) map[string]any {
	if r == nil || r.Value == nil {
		return map[string]any{}
	}
	if r.Ref == "" {
		return t.schemaOf(r.Value)
	}
	if t.OData && jsontext.LastSegment(r.Ref) == anyJSON {
		return map[string]any{}
	}
	name, known := t.names[r.Value]
	if !known {
		base := jsontext.UnescapePointer(plainPointer(jsontext.LastSegment(r.Ref)))
		name = base
		for n := 2; t.defs[name] != nil; n++ {
			name = fmt.Sprintf("%s-%d", base, n)
		}
		t.names[r.Value] = name
		t.defs[name] = true // taken; the real one replaces it below
		def := t.schemaOf(r.Value)
		if owner := ownerOf(r.Ref); owner != "" && def[partOf] == nil {
			def[partOf] = owner
		}
		t.defs[name] = def
	}
	return map[string]any{"$ref": "#/$defs/" + url.PathEscape(jsontext.EscapePointer(name))}
}

// ownerOf returns the type that has the property which a $ref leads to, "" if it leads to
// something else.
func ownerOf(ref string) string {
	owner, _, isProperty := strings.Cut(ref, "/properties/")
	if !isProperty {
		return ""
	}
	return jsontext.UnescapePointer(plainPointer(jsontext.LastSegment(owner)))
}

// anyJSON is the type that Microsoft's documents write as an object, for want of a
// better: any JSON value may stand there.
const anyJSON = "microsoft.graph.Json"

func (t *translation) refs(list openapi3.SchemaRefs) []any {
	out := make([]any, len(list))
	for i, r := range list {
		out[i] = t.ref(r)
	}
	return out
}

func (t *translation) refMap(m openapi3.Schemas) map[string]any {
	out := make(map[string]any, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) { // definitions that share a name are numbered as they come
		out[name] = t.ref(m[name])
	}
	return out
}

// byPattern is refMap for patterns of names. One that can't be checked accepts every
// name, with any value.
func (t *translation) byPattern(m openapi3.Schemas) map[string]any {
	out := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		pattern, sub := goPattern(name), t.ref(m[name])
		if _, err := CompilePattern(name); errors.Is(err, ErrBeyondGo) {
			pattern, sub = "", map[string]any{}
		}
		out[pattern] = sub
	}
	return out
}

// Extensions of a translated schema; see Schema.JSON.
const (
	readOnly   = "x-readOnly"
	writeOnly  = "x-writeOnly"
	deprecated = "x-deprecated"
	setBy      = "x-graphmock-set-by"
	evidence   = "x-graphmock-evidence"
	sourceOf   = "x-graphmock-source"
	partOf     = "x-graphmock-type"
	closedBy   = "x-graphmock-closed" // what is known of additionalProperties being false
	unusual    = "x-graphmock-unusual"
	navigation = "x-graphmock-navigation"

	branchValues = "x-discriminator"
)

func (t *translation) schemaOf(s *openapi3.Schema) map[string]any {
	if s.Always != nil {
		if *s.Always {
			return map[string]any{}
		}
		return map[string]any{"not": map[string]any{}}
	}
	out := map[string]any{}
	addExtensions(out, s)
	t.addGeneral(out, s)
	addNumber(out, s)
	addText(out, s)
	t.addArray(out, s)
	t.addObject(out, s)
	if t.OpenAPI30 && s.Nullable {
		return nullable(out)
	}
	return out
}

func addExtensions(out map[string]any, s *openapi3.Schema) {
	for name, v := range s.Extensions {
		if strings.HasPrefix(name, "x-graphmock-") {
			out[name] = v
		}
	}
	if s.ReadOnly {
		out[readOnly] = true
	}
	if s.Deprecated {
		out[deprecated] = true
	}
	if s.WriteOnly {
		out[writeOnly] = true
	}
	if s.ReadOnly && out[setBy] == nil {
		out[setBy] = "server"
	}
}

func (t *translation) addGeneral(out map[string]any, s *openapi3.Schema) {
	if s.Type != nil && len(*s.Type) > 0 {
		out["type"] = []string(*s.Type)
	}
	if len(s.Enum) > 0 {
		out["enum"] = s.Enum
	}
	if s.Const != nil {
		out["const"] = s.Const
	}
	addList(out, "allOf", t.refs(s.AllOf))
	addList(out, "anyOf", t.refs(s.AnyOf))
	addList(out, "oneOf", t.refs(s.OneOf))
	addDiscriminator(out, s)
	addExamples(out, s)
	for _, each := range []struct {
		keyword string
		ref     *openapi3.SchemaRef
	}{{"not", s.Not}, {"if", s.If}, {"then", s.Then}, {"else", s.Else}} {
		if each.ref != nil {
			out[each.keyword] = t.ref(each.ref)
		}
	}
}

// addDiscriminator adds the value that a property has in each branch of a union.
func addDiscriminator(out map[string]any, s *openapi3.Schema) {
	d, branches := s.Discriminator, s.OneOf
	if len(branches) == 0 {
		branches = s.AnyOf
	}
	if d == nil || d.PropertyName == "" || len(branches) == 0 {
		return
	}
	values := make([]string, len(branches))
	for i, branch := range branches {
		if branch.Ref == "" {
			continue
		}
		values[i] = jsontext.UnescapePointer(jsontext.LastSegment(branch.Ref))
		for _, value := range slices.Sorted(maps.Keys(d.Mapping)) {
			if ref := d.Mapping[value].Ref; ref == branch.Ref || ref == values[i] {
				values[i] = value
				break
			}
		}
	}
	out[branchValues] = map[string]any{"property": d.PropertyName, "values": values}
}

// addExamples adds what the document shows of a value.
func addExamples(out map[string]any, s *openapi3.Schema) {
	examples := s.Examples
	if s.Example != nil {
		examples = append([]any{s.Example}, examples...)
	}
	addList(out, "examples", examples)
	if s.Default != nil {
		out["default"] = s.Default
	}
}

func addNumber(out map[string]any, s *openapi3.Schema) {
	if s.Min != nil {
		out["minimum"] = *s.Min
	}
	if s.Max != nil {
		out["maximum"] = *s.Max
	}
	exclusive := func(plain, keyword string, bound openapi3.ExclusiveBound) {
		switch {
		case bound.Value != nil:
			out[keyword] = *bound.Value
		case bound.Bool != nil && *bound.Bool && out[plain] != nil:
			out[keyword] = out[plain]
			delete(out, plain)
		}
	}
	exclusive("minimum", "exclusiveMinimum", s.ExclusiveMin)
	exclusive("maximum", "exclusiveMaximum", s.ExclusiveMax)
	if s.MultipleOf != nil {
		out["multipleOf"] = *s.MultipleOf
	}
}

func addText(out map[string]any, s *openapi3.Schema) {
	if s.Format != "" {
		out["format"] = s.Format
	}
	if s.MinLength > 0 {
		out["minLength"] = s.MinLength
	}
	if s.MaxLength != nil {
		out["maxLength"] = *s.MaxLength
	}
	if s.Pattern != "" {
		if _, err := CompilePattern(s.Pattern); !errors.Is(err, ErrBeyondGo) {
			out["pattern"] = goPattern(s.Pattern)
		}
	}
}

func (t *translation) addArray(out map[string]any, s *openapi3.Schema) {
	if s.Items != nil {
		out["items"] = t.ref(s.Items)
	}
	addList(out, "prefixItems", t.refs(s.PrefixItems))
	if s.MinItems > 0 {
		out["minItems"] = s.MinItems
	}
	if s.MaxItems != nil {
		out["maxItems"] = *s.MaxItems
	}
	if s.UniqueItems {
		out["uniqueItems"] = true
	}
	if s.Contains != nil {
		out["contains"] = t.ref(s.Contains)
	}
	if s.MinContains != nil {
		out["minContains"] = *s.MinContains
	}
	if s.MaxContains != nil {
		out["maxContains"] = *s.MaxContains
	}
	t.addBoolOr(out, "unevaluatedItems", s.UnevaluatedItems)
}

func (t *translation) addObject(out map[string]any, s *openapi3.Schema) {
	if len(s.Properties) > 0 {
		out["properties"] = t.refMap(s.Properties)
	}
	if required := t.required(s); len(required) > 0 {
		out["required"] = required
	}
	if s.MinProps > 0 {
		out["minProperties"] = s.MinProps
	}
	if s.MaxProps != nil {
		out["maxProperties"] = *s.MaxProps
	}
	if len(s.PatternProperties) > 0 {
		out["patternProperties"] = t.byPattern(s.PatternProperties)
	}
	if len(s.DependentSchemas) > 0 {
		out["dependentSchemas"] = t.refMap(s.DependentSchemas)
	}
	if len(s.DependentRequired) > 0 {
		lists := map[string]any{}
		for name, list := range s.DependentRequired {
			lists[name] = list
		}
		out["dependentRequired"] = lists
	}
	if s.PropertyNames != nil {
		out["propertyNames"] = t.ref(s.PropertyNames)
	}
	t.addBoolOr(out, "unevaluatedProperties", s.UnevaluatedProperties)
	if !t.openInPractice(s) {
		t.addBoolOr(out, "additionalProperties", s.AdditionalProperties)
	}
	if t.OData {
		allowAnnotations(out)
	}
}

// allowAnnotations lets control information and annotations stand in an object that
// is not open (OData JSON Format 4.01 §4.6).
func allowAnnotations(out map[string]any) {
	if open, _ := out["additionalProperties"].(bool); open || out["additionalProperties"] == nil {
		return
	}
	patterns, _ := out["patternProperties"].(map[string]any)
	if patterns == nil {
		patterns = map[string]any{}
		out["patternProperties"] = patterns
	}
	patterns["@"] = true
}

// required returns the required properties without those that the other side of
// the exchange sets.
func (t *translation) required(s *openapi3.Schema) []string {
	var names []string
	for _, name := range s.Required {
		if p := s.Properties[name]; p != nil && p.Value != nil {
			if t.Side == Request && p.Value.ReadOnly || t.Side == Response && p.Value.WriteOnly {
				continue
			}
		}
		names = append(names, name)
	}
	return names
}

// openInPractice reports whether additionalProperties is the {type: object} that
// Microsoft's documents put on every type: taken at its word, it would forbid
// the scalar properties of each other branch of an allOf, and of types that
// declare none, such as innerError.
func (t *translation) openInPractice(s *openapi3.Schema) bool {
	a := s.AdditionalProperties.Schema
	return a != nil && a.Ref == "" && a.Value != nil && a.Value.Type.Is("object") &&
		len(a.Value.Properties) == 0 && (t.OData || len(s.Properties) > 0)
}

func (t *translation) addBoolOr(out map[string]any, keyword string, b openapi3.BoolSchema) {
	switch {
	case b.Schema != nil:
		out[keyword] = t.ref(b.Schema)
	case b.Has != nil:
		out[keyword] = *b.Has
	}
}

func addList(out map[string]any, keyword string, list []any) {
	if len(list) > 0 {
		out[keyword] = list
	}
}

// nullable returns a translated 3.0 schema that accepts null as well.
func nullable(s map[string]any) map[string]any {
	if values, _ := s["enum"].([]any); slices.Contains(values, nil) { // 3.0 wants null to be listed as well
		s["enum"] = slices.DeleteFunc(slices.Clone(values), func(v any) bool { return v == nil })
	}
	null := map[string]any{"type": []string{"null"}}
	switch values, limited := s["enum"].([]any); {
	case limited && len(values) == 0:
		maps.DeleteFunc(s, func(name string, _ any) bool { return !strings.HasPrefix(name, "x-") })
		maps.Copy(s, null)
		return s
	case limited || s["allOf"] != nil || s["anyOf"] != nil || s["oneOf"] != nil:
	default:
		if types, typed := s["type"].([]string); typed {
			s["type"] = append(types[:len(types):len(types)], "null")
		}
		return s
	}
	out := map[string]any{"anyOf": []any{s, null}}
	for name, v := range s {
		if strings.HasPrefix(name, "x-") {
			out[name] = v
			delete(s, name)
		}
	}
	return out
}
