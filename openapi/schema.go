package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// A schema judges JSON values. It is the OpenAPI schema translated to JSON Schema
// 2020-12 for one side of the exchange: a property that only the server sets need
// not be in a request, though its type is checked there too. It is translated
// when it is first asked, and compiled when something is first wrong.
type schema struct {
	source *openapi3.SchemaRef
	side   Side
	odata  bool // objects take annotations: members with an '@' in their name
	old    bool // OpenAPI 3.0: nullable, boolean exclusiveMinimum

	translate sync.Once
	json      map[string]any
	gate      *gate

	compile sync.Once
	program *jsonschema.Schema
	err     error
}

// translated is the schema as JSON Schema. It must not be changed.
func (s *schema) translated() map[string]any {
	s.translate.Do(func() {
		t := translation{schema: s, defs: map[string]any{}, names: map[*openapi3.Schema]string{}}
		root := t.ref(s.source)
		root["$defs"] = t.defs
		s.json, s.gate, s.source = root, newGate(root), nil
	})
	return s.json
}

const schemaURL = "contract:///schema.json"

func (s *schema) compiled() (*jsonschema.Schema, error) {
	s.compile.Do(func() { s.program, s.err = compile(s.translated()) })
	return s.program, s.err
}

func compile(translated map[string]any) (_ *jsonschema.Schema, err error) {
	defer func() { // jsonschema panics on some malformed numbers
		if r := recover(); r != nil {
			err = fmt.Errorf("schema can't be compiled: %v", r)
		}
	}()
	text, err := json.Marshal(translated)
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat = true
	for name, check := range formats {
		c.Formats[name] = check
	}
	c.LoadURL = nil // $refs stay inside: translation left no other
	if err := c.AddResource(schemaURL, bytes.NewReader(text)); err != nil {
		return nil, err
	}
	program, err := c.Compile(schemaURL)
	if err != nil {
		return nil, errors.New(strings.ReplaceAll(err.Error(), schemaURL, ""))
	}
	return program, nil
}

// translation writes OpenAPI schemas as JSON Schema. Every schema that is
// reached by a $ref becomes a definition, so that recursion ends.
type translation struct {
	*schema
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
	if t.odata && jsontext.LastSegment(r.Ref) == anyJSON {
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
		t.defs[name] = t.schemaOf(r.Value)
	}
	return map[string]any{"$ref": "#/$defs/" + url.PathEscape(jsontext.EscapePointer(name))}
}

// anyJSON is the type that Microsoft's documents write as an object, for want of
// a better: the service takes and gives any JSON value there.
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

// byPattern is refMap for patterns of names. Of one that can't be checked nobody
// knows which names it has, so every name is taken, with any value.
func (t *translation) byPattern(m openapi3.Schemas) map[string]any {
	out := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		pattern, sub := goPattern(name), t.ref(m[name])
		if _, err := regexp.Compile(pattern); isBeyondGo(err) {
			pattern, sub = "", map[string]any{}
		}
		out[pattern] = sub
	}
	return out
}

// setBy is the extension that says who sets a property: client, server or
// client-or-server. In a translated schema, readOnly is written so as well.
const setBy = "x-graphmock-set-by"

// writeOnly is OpenAPI's, in a translated schema: to the service, and not back.
const writeOnly = "x-writeOnly"

func (t *translation) schemaOf(s *openapi3.Schema) map[string]any {
	if s.Always != nil {
		if *s.Always {
			return map[string]any{}
		}
		return map[string]any{"not": map[string]any{}}
	}
	out := map[string]any{}
	for name, v := range s.Extensions {
		if strings.HasPrefix(name, "x-graphmock-") {
			out[name] = v
		}
	}
	if s.ReadOnly {
		out["x-readOnly"] = true
	}
	if s.Deprecated {
		out["x-deprecated"] = true
	}
	if s.WriteOnly {
		out[writeOnly] = true
	}
	if s.ReadOnly && out[setBy] == nil {
		out[setBy] = "server"
	}
	t.general(out, s)
	t.number(out, s)
	t.text(out, s)
	t.array(out, s)
	t.object(out, s)
	if t.old && s.Nullable {
		return nullable(out)
	}
	return out
}

func (t *translation) general(out map[string]any, s *openapi3.Schema) {
	if s.Type != nil && len(*s.Type) > 0 {
		out["type"] = []string(*s.Type)
	}
	if len(s.Enum) > 0 {
		out["enum"] = s.Enum
	}
	if s.Const != nil {
		out["const"] = s.Const
	}
	setList(out, "allOf", t.refs(s.AllOf))
	setList(out, "anyOf", t.refs(s.AnyOf))
	setList(out, "oneOf", t.refs(s.OneOf))
	for _, each := range []struct {
		keyword string
		ref     *openapi3.SchemaRef
	}{{"not", s.Not}, {"if", s.If}, {"then", s.Then}, {"else", s.Else}} {
		if each.ref != nil {
			out[each.keyword] = t.ref(each.ref)
		}
	}
}

func (t *translation) number(out map[string]any, s *openapi3.Schema) {
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

func (t *translation) text(out map[string]any, s *openapi3.Schema) {
	if s.Format != "" {
		out["format"] = s.Format
	}
	if s.MinLength > 0 {
		out["minLength"] = s.MinLength
	}
	if s.MaxLength != nil {
		out["maxLength"] = *s.MaxLength
	}
	if pattern := goPattern(s.Pattern); pattern != "" {
		if _, err := regexp.Compile(pattern); !isBeyondGo(err) {
			out["pattern"] = pattern
		}
	}
}

func (t *translation) array(out map[string]any, s *openapi3.Schema) {
	if s.Items != nil {
		out["items"] = t.ref(s.Items)
	}
	setList(out, "prefixItems", t.refs(s.PrefixItems))
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
	t.boolOr(out, "unevaluatedItems", s.UnevaluatedItems)
}

func (t *translation) object(out map[string]any, s *openapi3.Schema) {
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
	t.boolOr(out, "unevaluatedProperties", s.UnevaluatedProperties)
	if !t.openInPractice(s) {
		t.boolOr(out, "additionalProperties", s.AdditionalProperties)
	}
	if closed, _ := out["additionalProperties"].(bool); t.odata && out["additionalProperties"] != nil && !closed {
		// OData JSON Format 4.01 §4.6: control information and annotations
		// may stand in any object.
		patterns, _ := out["patternProperties"].(map[string]any)
		if patterns == nil {
			patterns = map[string]any{}
			out["patternProperties"] = patterns
		}
		patterns["@"] = true
	}
}

// required leaves out what the other side of the exchange sets.
func (t *translation) required(s *openapi3.Schema) []string {
	var names []string
	for _, name := range s.Required {
		if p := s.Properties[name]; p != nil && p.Value != nil {
			if t.side == RequestSide && p.Value.ReadOnly || t.side == ResponseSide && p.Value.WriteOnly {
				continue
			}
		}
		names = append(names, name)
	}
	return names
}

// openInPractice tells whether additionalProperties is the {type: object} that
// Microsoft's documents put on every type: taken at its word, it would forbid
// the scalar properties of each other branch of an allOf, and of types that
// declare none, such as innerError.
func (t *translation) openInPractice(s *openapi3.Schema) bool {
	a := s.AdditionalProperties.Schema
	return a != nil && a.Ref == "" && a.Value != nil && a.Value.Type.Is("object") &&
		len(a.Value.Properties) == 0 && (t.odata || len(s.Properties) > 0)
}

func (t *translation) boolOr(out map[string]any, keyword string, b openapi3.BoolSchema) {
	switch {
	case b.Schema != nil:
		out[keyword] = t.ref(b.Schema)
	case b.Has != nil:
		out[keyword] = *b.Has
	}
}

func setList(out map[string]any, keyword string, list []any) {
	if len(list) > 0 {
		out[keyword] = list
	}
}

// nullable lets a translated 3.0 schema also take null.
func nullable(s map[string]any) map[string]any {
	types, typed := s["type"].([]string)
	_, enum := s["enum"]
	_, all := s["allOf"]
	_, any_ := s["anyOf"]
	_, one := s["oneOf"]
	if !enum && !all && !any_ && !one {
		if typed {
			s["type"] = append(types[:len(types):len(types)], "null")
		}
		return s
	}
	out := map[string]any{"anyOf": []any{s, map[string]any{"type": []string{"null"}}}}
	for name, v := range s {
		if strings.HasPrefix(name, "x-") {
			out[name] = v
			delete(s, name)
		}
	}
	return out
}
