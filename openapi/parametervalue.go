package openapi

import (
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/schema"
)

// Styles that need more than a separator.
const (
	styleDeepObject = openapi3.SerializationDeepObject
	styleLabel      = openapi3.SerializationLabel
	styleMatrix     = openapi3.SerializationMatrix
)

// A shape is how the text of a parameter can be read: as values of which types, and as a
// list of which.
type shape struct {
	types, items []string
}

// shapeOf returns the shape of a schema, with all the branches that it is made of.
func shapeOf(ref *openapi3.SchemaRef) shape {
	var s shape
	add := func(list *[]string, names ...string) {
		for _, name := range names {
			if !slices.Contains(*list, name) {
				*list = append(*list, name)
			}
		}
	}
	eachBranch(ref, nil, func(v *openapi3.Schema) {
		add(&s.types, typesOf(v)...)
		if v.Items != nil {
			eachBranch(v.Items, nil, func(v *openapi3.Schema) { add(&s.items, typesOf(v)...) })
		}
	})
	return s
}

// eachBranch visits a schema and the branches that describe the same value. Schemas
// around it are those that led here.
func eachBranch(ref *openapi3.SchemaRef, around []*openapi3.Schema, visit func(*openapi3.Schema)) {
	if ref == nil || ref.Value == nil || len(around) > 8 || slices.Contains(around, ref.Value) {
		return
	}
	visit(ref.Value)
	for _, branches := range []openapi3.SchemaRefs{ref.Value.AllOf, ref.Value.AnyOf, ref.Value.OneOf} {
		for _, branch := range branches {
			eachBranch(branch, append(around, ref.Value), visit)
		}
	}
}

// typesOf returns the types that a schema names, or that its only values have.
func typesOf(v *openapi3.Schema) []string {
	types := slices.Clone(v.Type.Slice())
	if len(types) == 0 {
		values := v.Enum
		if v.Const != nil {
			values = []any{v.Const}
		}
		for _, value := range values {
			types = append(types, schema.TypeOf(value))
		}
	}
	if v.Nullable {
		types = append(types, "null")
	}
	return types
}

// isPlain reports whether a value is of one scalar type, or a list of such: most are.
func (s shape) isPlain() bool {
	switch len(s.types) {
	case 0:
		return len(s.items) == 0
	case 1:
		return s.types[0] != "object" && s.types[0] != "null" && len(s.items) <= 1 && !slices.Contains(s.items, "object")
	}
	return false
}

func (s shape) has(kind string) bool { return slices.Contains(s.types, kind) }

// readAs reads text as a value of one of several types: of another than string if it can
// be and other goes first, else of string. Without types, anything goes.
func readAs(types []string, text string, other bool) any {
	if other {
		for _, kind := range types {
			switch kind {
			case "integer", "number", "boolean":
				if v := scalar(kind, text); v != any(text) {
					return v
				}
			case "null":
				if text == "" {
					return nil
				}
			case "object", "array":
				if v, err := jsontext.Decode([]byte(text)); err == nil && schema.TypeOf(v) == kind {
					return v
				}
			}
		}
	}
	return text
}

// checkShaped checks a parameter or header whose text can be read in several ways: one of
// them has to be right.
func (p *parameter) checkShaped(values []string, side Side) []Violation {
	if len(values) == 1 && p.lastValid.has(values[0]) {
		return nil
	}
	for _, text := range values {
		if p.in != InHeader && !utf8.ValidString(text) { // it was escaped
			return []Violation{p.notUTF8(text, side)}
		}
	}
	texts, ok := p.unstyled(values)
	if !ok {
		return []Violation{{Side: side, In: p.in, Pointer: p.name, Rule: "style",
			Message: jsontext.Quote(values[0]) + " is not written in the style " + p.style,
			Hint:    "it begins with " + styleMark(p.style)}}
	}
	found := p.firstRight(side, func(yield func(any) bool) {
		for _, other := range []bool{true, false} {
			if p.shape.has("object") {
				if object, ok := p.pairs(texts, other); ok && !yield(object) {
					return
				}
			}
			if p.shape.has("array") && !yield(p.elements(texts, other)) {
				return
			}
			if !yield(readAs(p.shape.types, texts[0], other)) {
				return
			}
		}
	})
	if len(found) == 0 && len(values) == 1 {
		p.lastValid.keep(values[0])
	}
	return found
}

// firstRight checks values until one is right. If none is, the violations are those of
// the first.
func (p *parameter) firstRight(side Side, values func(yield func(any) bool)) (first []Violation) {
	tried := false
	values(func(v any) bool {
		found := p.validate(v, side)
		if len(found) == 0 || !tried {
			first = found
		}
		tried = true
		return len(found) > 0
	})
	return first
}

// styleMark is what a style puts before a value.
func styleMark(style string) string {
	switch style {
	case styleLabel:
		return "."
	case styleMatrix:
		return ";"
	}
	return ""
}

// unstyled takes away what the styles label and matrix add to a value, so that it is as
// the style simple has it, or has an element for each part.
func (p *parameter) unstyled(values []string) (texts []string, ok bool) {
	mark := styleMark(p.style)
	if mark == "" {
		return values, true
	}
	text, ok := strings.CutPrefix(values[0], mark)
	if !ok {
		return nil, false
	}
	nested := p.shape.has("object") || p.shape.has("array")
	if mark == "." {
		if nested && (p.explode || !strings.Contains(text, ",")) {
			return strings.Split(text, "."), true
		}
		return []string{text}, true
	}
	if p.explode && p.shape.has("object") {
		return strings.Split(text, ";"), true
	}
	for part := range strings.SplitSeq(text, ";") {
		name, value, _ := strings.Cut(part, "=")
		if name != p.name {
			return nil, false
		}
		texts = append(texts, value)
	}
	return texts, true
}

// split returns the parts of a value that is a list or an object.
func (p *parameter) split(texts []string) []string {
	if p.separator == "" || styleMark(p.style) != "" && (p.explode || len(texts) > 1) {
		return texts
	}
	var parts []string
	for _, text := range texts {
		for part := range strings.SplitSeq(text, p.separator) {
			if p.in == InHeader {
				part = strings.TrimSpace(part)
			}
			parts = append(parts, part)
		}
	}
	return parts
}

func (p *parameter) elements(texts []string, other bool) []any {
	list := []any{}
	for _, part := range p.split(texts) {
		list = append(list, readAs(p.shape.items, part, other))
	}
	return list
}

// pairs reads an object that is written as one value: a,1,b,2 or a=1,b=2.
func (p *parameter) pairs(texts []string, other bool) (map[string]any, bool) {
	parts := p.split(texts)
	object := map[string]any{}
	if p.explode {
		for _, part := range parts {
			name, value, ok := strings.Cut(part, "=")
			if !ok {
				return nil, false
			}
			object[name] = p.member(name, []string{value}, other)
		}
		return object, true
	}
	if len(parts)%2 != 0 {
		return nil, false
	}
	for i := 0; i < len(parts); i += 2 {
		object[parts[i]] = p.member(parts[i], parts[i+1:i+2], other)
	}
	return object, true
}

func (p *parameter) member(name string, texts []string, other bool) any {
	return memberValue(p.schema, "/"+jsontext.EscapePointer(name), texts, other)
}

// memberValue reads the texts of a member of an object, at a JSON pointer.
func memberValue(s *schema.Schema, pointer string, texts []string, other bool) any {
	types := s.TypesAt(pointer)
	if slices.Contains(types, "array") && !(len(texts) == 1 && strings.HasPrefix(texts[0], "[")) {
		items := s.TypesAt(pointer + "/0")
		list := []any{}
		for _, text := range texts {
			list = append(list, readAs(items, text, other))
		}
		return list
	}
	return readAs(types, texts[0], other)
}

// checkSpread checks an object whose members are query options of their own: by their
// names, or as name[member]. It reports whether any was sent.
func (p *parameter) checkSpread(query url.Values) (found []Violation, sent bool) {
	read := func(other bool) map[string]any {
		if p.style == styleDeepObject {
			return deepObject(p.schema, "", p.name, query, other)
		}
		object := map[string]any{}
		for _, name := range p.memberNames() {
			if texts := query[name]; len(texts) > 0 {
				object[name] = p.member(name, texts, other)
			}
		}
		return object
	}
	if len(read(true)) == 0 {
		return nil, false
	}
	return p.firstRight(RequestSide, func(yield func(any) bool) {
		_ = yield(read(true)) && yield(read(false))
	}), true
}

// deepObject reads name[a]=1, name[b][c]=2 and name[d][]=3, as far as brackets nest.
func deepObject(s *schema.Schema, at, name string, query url.Values, other bool) map[string]any {
	object := map[string]any{}
	for key, texts := range query {
		rest, ok := strings.CutPrefix(key, name+"[")
		if !ok {
			continue
		}
		member, rest, ok := strings.Cut(rest, "]")
		pointer := at + "/" + jsontext.EscapePointer(member)
		switch {
		case !ok || member == "":
		case rest == "" || rest == "[]":
			object[member] = memberValue(s, pointer, texts, other)
		case strings.HasPrefix(rest, "[") && strings.Count(pointer, "/") < maxNesting && object[member] == nil:
			object[member] = deepObject(s, pointer, name+"["+member+"]", query, other)
		}
	}
	return object
}

// maxNesting bounds the brackets of a query option.
const maxNesting = 8

// memberNames makes a function that returns the names of an object's properties.
func memberNames(s *schema.Schema) func() []string { return sync.OnceValue(s.PropertyNames) }
