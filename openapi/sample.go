package openapi

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// Statuses gives the statuses that the operation declares by number, in order;
// ranges such as 4XX are left out.
func (op *Operation) Statuses() iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, text := range slices.Sorted(maps.Keys(op.responses)) {
			if status, err := strconv.Atoi(text); err == nil && !yield(status) {
				return
			}
		}
	}
}

// Successes gives the statuses with which the operation can succeed, in order.
// Where it declares them only as the range 2XX or by its default, that is 200, or
// 204 for an answer that has no body.
func (op *Operation) Successes() iter.Seq[int] {
	return func(yield func(int) bool) {
		some := false
		for status := range op.Statuses() {
			if status/100 == 2 {
				if some = true; !yield(status) {
					return
				}
			}
		}
		switch ok := op.response(200); {
		case some || ok == nil:
		case len(ok.content) == 0:
			yield(204)
		default:
			yield(200)
		}
	}
}

// Declares tells whether the operation may answer with a status: by its number,
// its range or a default.
func (op *Operation) Declares(status int) bool { return op.response(status) != nil }

// HasBody tells whether the answer with a status carries a body.
func (op *Operation) HasBody(status int) bool {
	r := op.response(status)
	return r != nil && len(r.content) > 0
}

// Example is a named example of the answer with a status, the first one if name
// is empty: one of JSON, or of MediaType if the answer is never JSON. It is
// decoded as DecodeJSON does, and the caller's to change.
func (op *Operation) Example(status int, name string) (any, bool) {
	for e := range op.examples(status) {
		if name == "" || e.name == name {
			return plain(e.value)
		}
	}
	return nil, false
}

// Examples gives the names that Example knows for a status.
func (op *Operation) Examples(status int) iter.Seq[string] {
	return func(yield func(string) bool) {
		for e := range op.examples(status) {
			if !yield(e.name) {
				return
			}
		}
	}
}

func (op *Operation) examples(status int) iter.Seq[namedExample] {
	return func(yield func(namedExample) bool) {
		r := op.response(status)
		if r == nil {
			return
		}
		first := r.content.first()
		for i := range r.content {
			m := &r.content[i]
			for _, e := range m.examples {
				if (m.json || m == first) && !yield(e) {
					return
				}
			}
		}
	}
}

// plain turns what the document's parser made of an example into JSON values.
func plain(v any) (any, bool) {
	value, err := jsontext.ValueOf(v)
	return value, err == nil
}

// MediaType is the type of the answer with a status: JSON if there is a choice,
// one of a range if that is all there is, empty if there is no body.
func (op *Operation) MediaType(status int) string {
	if r := op.response(status); r != nil {
		if m := r.content.first(); m != nil {
			return m.instance()
		}
	}
	return ""
}

// instance is a media type that the pattern of m takes: text where any will do.
func (m *mediaType) instance() string {
	switch kind, isRange := strings.CutSuffix(m.name, "/*"); {
	case !isRange:
		return m.name
	case kind == "*" || kind == "text":
		return "text/plain"
	default:
		return kind + "/x"
	}
}

// first is the media type that is answered with, nil if there is none.
func (c content) first() *mediaType {
	for i := range c {
		if c[i].json {
			return &c[i]
		}
	}
	if len(c) == 0 {
		return nil
	}
	return &c[0]
}

// Sample makes up the body of an answer with a status, as its schema wants it:
// every required property, and of the others those that are neither objects nor
// arrays. The same source gives the same sample. The error says what of the
// schema can't be made up.
func (op *Operation) Sample(status int, random *rand.Rand) (any, error) {
	r := op.response(status)
	if r == nil {
		return nil, fmt.Errorf("status %d is not among the operation's answers", status)
	}
	if m := r.content.first(); m != nil && m.schema != nil {
		return m.schema.sample(random)
	}
	return nil, fmt.Errorf("the answer with status %d has no schema", status)
}

// SampleHeaders makes up the headers that an answer with a status can't do
// without, as far as their schemas can be made up.
func (op *Operation) SampleHeaders(status int, random *rand.Rand) http.Header {
	r := op.response(status)
	if r == nil {
		return nil
	}
	made := http.Header{}
	for i := range r.headers {
		h := &r.headers[i]
		if !h.required || h.schema == nil {
			continue
		}
		if v, err := h.schema.sample(random); err == nil {
			made.Set(h.name, headerText(v))
		}
	}
	return made
}

// headerText writes a value as the style "simple" has it.
func headerText(v any) string {
	list, ok := v.([]any)
	if !ok {
		return fmt.Sprint(v)
	}
	texts := make([]string, len(list))
	for i, each := range list {
		texts[i] = fmt.Sprint(each)
	}
	return strings.Join(texts, ",")
}

// sampleTries is how often a sample is drawn anew when a keyword that drawing
// does not know, such as not, rejects it.
const sampleTries = 8

func (s *schema) sample(random *rand.Rand) (any, error) {
	s.translated()
	var broken []Violation
	for range sampleTries {
		g := sampler{schema: s, random: random}
		v, err := g.value(s.json, 0)
		if err != nil {
			return nil, err
		}
		if broken, err = s.judge(v); err != nil || len(broken) == 0 {
			return v, err
		}
	}
	return nil, fmt.Errorf("no sample fits the schema: %s %s", broken[0].Pointer, broken[0].Message)
}

// A sampler makes up values for a translated schema.
type sampler struct {
	*schema
	random *rand.Rand
}

// maxSampleDepth bounds schemas whose required properties contain each other.
const maxSampleDepth = 16

var errSampleDepth = errors.New("the schema contains itself without end")

func (g *sampler) value(node map[string]any, depth int) (any, error) {
	if depth > maxSampleDepth {
		return nil, errSampleDepth
	}
	node, err := g.flat(node, depth)
	if err != nil {
		return nil, err
	}
	if v, ok := node["const"]; ok {
		return sampled(v), nil
	}
	if list, _ := node["enum"].([]any); len(list) > 0 {
		return sampled(list[g.random.IntN(len(list))]), nil
	}
	switch g.kind(node) {
	case "object":
		return g.object(node, depth)
	case "array":
		return g.array(node, depth)
	case "integer", "number":
		return g.number(node)
	case "boolean":
		return g.random.IntN(2) == 1, nil
	case "null":
		return nil, nil
	}
	return g.text(node)
}

// sampled turns a value of the document into a JSON value.
func sampled(v any) any {
	value, _ := plain(v)
	return value
}

// flat follows $ref and folds allOf and one branch of anyOf and oneOf into the
// schema that has them.
func (g *sampler) flat(node map[string]any, depth int) (map[string]any, error) {
	if depth > maxSampleDepth {
		return nil, errSampleDepth
	}
	out := maps.Clone(node)
	if out == nil {
		out = map[string]any{}
	}
	var parts []map[string]any
	if ref, ok := node["$ref"].(string); ok {
		parts = append(parts, g.at(strings.TrimPrefix(ref, "#")))
	}
	all, _ := node["allOf"].([]any)
	for _, part := range all {
		parts = append(parts, part.(map[string]any))
	}
	for _, keyword := range []string{"anyOf", "oneOf"} {
		if branch := g.branch(node[keyword]); branch != nil {
			parts = append(parts, branch)
		}
	}
	for _, keyword := range []string{"$ref", "$defs", "allOf", "anyOf", "oneOf"} {
		delete(out, keyword)
	}
	for _, part := range parts {
		part, err := g.flat(part, depth+1)
		if err != nil {
			return nil, err
		}
		fold(out, part)
	}
	return out, nil
}

// branch picks one of several schemas, null only if there is no other.
func (g *sampler) branch(v any) map[string]any {
	list, _ := v.([]any)
	var real []map[string]any
	for _, each := range list {
		if s, _ := each.(map[string]any); !slices.Equal(typeNames(s["type"]), []string{"null"}) {
			real = append(real, s)
		}
	}
	if len(real) == 0 {
		return nil
	}
	return real[g.random.IntN(len(real))]
}

// fold adds part's keywords to out; properties and required are joined.
func fold(out, part map[string]any) {
	for keyword, v := range part {
		switch have := out[keyword].(type) {
		case nil:
			out[keyword] = v
		case map[string]any:
			if more, ok := v.(map[string]any); ok && keyword == "properties" {
				joined := maps.Clone(have)
				maps.Copy(joined, more)
				out[keyword] = joined
			}
		case []string:
			if more, ok := v.([]string); ok && keyword == "required" {
				out[keyword] = append(slices.Clone(have), more...)
			}
		}
	}
}

// kind is the type to make up: the first that is not null, else what the
// keywords speak about.
func (g *sampler) kind(node map[string]any) string {
	names := typeNames(node["type"])
	for _, name := range names {
		if name != "null" {
			return name
		}
	}
	switch {
	case len(names) > 0:
		return "null"
	case node["properties"] != nil || node["required"] != nil || node["additionalProperties"] != nil:
		return "object"
	case node["items"] != nil:
		return "array"
	case node["minimum"] != nil || node["maximum"] != nil:
		return "number"
	}
	return "string"
}

func (g *sampler) object(node map[string]any, depth int) (any, error) {
	required, _ := node["required"].([]string)
	properties, _ := node["properties"].(map[string]any)
	out := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		property := properties[name].(map[string]any)
		needed := slices.Contains(required, name)
		if !needed && !g.plainProperty(property, depth) {
			continue
		}
		v, err := g.value(property, depth+1)
		if err != nil && needed {
			return nil, fmt.Errorf("property %s: %w", jsontext.Quote(name), err)
		}
		if err == nil {
			out[name] = v
		}
	}
	for _, name := range required {
		if _, ok := properties[name]; !ok {
			out[name] = g.word()
		}
	}
	return out, nil
}

// plainProperty tells whether a property that need not be there is worth making
// up: a scalar with a type.
func (g *sampler) plainProperty(node map[string]any, depth int) bool {
	flat, err := g.flat(node, depth)
	if err != nil {
		return false
	}
	kind := g.kind(flat)
	if g.side == ResponseSide && flat[writeOnly] == true {
		return false
	}
	return kind != "object" && kind != "array" && (flat["type"] != nil || flat["enum"] != nil)
}

func (g *sampler) array(node map[string]any, depth int) (any, error) {
	items, _ := node["items"].(map[string]any)
	count := max(1, whole(node["minItems"]))
	if most, ok := node["maxItems"]; ok {
		count = min(count, whole(most))
	}
	list := make([]any, 0, count)
	for range min(count, 100) {
		v, err := g.value(items, depth+1)
		switch {
		case errors.Is(err, errSampleDepth) && whole(node["minItems"]) == 0:
			return []any{}, nil
		case err != nil:
			return nil, fmt.Errorf("items: %w", err)
		}
		list = append(list, v)
	}
	return list, nil
}

// RequestTypeAt is the JSON type that the operation's body has at a JSON pointer,
// as Contract.TypeAt gives it.
func (op *Operation) RequestTypeAt(pointer string) string {
	if op.body == nil {
		return ""
	}
	return op.body.typeAt(pointer)
}

// ResponseTypeAt is the JSON type that the answer with a status has at a JSON
// pointer, as Contract.TypeAt gives it.
func (op *Operation) ResponseTypeAt(status int, pointer string) string {
	r := op.response(status)
	if r == nil {
		return ""
	}
	return r.content.typeAt(pointer)
}

func (c content) typeAt(pointer string) string {
	for _, m := range c {
		if m.json && m.schema != nil {
			return m.schema.typeAt(pointer)
		}
	}
	return ""
}

// UnknownProperty finds the first segment of a JSON pointer that a request body
// of the operation can't have, with the names that it could have there. It is
// empty where the schema is open.
func (op *Operation) UnknownProperty(pointer string) (segment string, known []string) {
	if op.body == nil {
		return "", nil
	}
	for _, m := range *op.body {
		if m.json && m.schema != nil {
			return m.schema.unknownAt(pointer)
		}
	}
	return "", nil
}

func (s *schema) unknownAt(pointer string) (segment string, known []string) {
	if _, err := s.compiled(); err != nil {
		return "", nil
	}
	places := s.widen(nil, s.json, map[string]bool{})
	for segment := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		segment = jsontext.UnescapePointer(segment)
		var below []map[string]any
		var names []string
		closed := false
		for _, place := range places {
			if sub := child(place, segment); sub != nil {
				below = s.widen(below, sub, map[string]bool{})
			}
			properties, _ := place["properties"].(map[string]any)
			names = slices.AppendSeq(names, maps.Keys(properties))
			if additional, ok := place["additionalProperties"].(bool); ok && !additional {
				closed = true
			}
		}
		if len(below) == 0 {
			if !closed || s.odata && strings.Contains(segment, "@") {
				return "", nil
			}
			return segment, names
		}
		places = below
	}
	return "", nil
}
