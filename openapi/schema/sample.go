package schema

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// sampleTries is how often a sample is drawn anew when a keyword that drawing does
// not know, such as not, rejects it.
const sampleTries = 8

// Sample makes up a value that fits the schema: an object has every required
// property, and of the others those that are neither objects nor arrays. The same
// source gives the same sample. The error says what can't be made up.
func (s *Schema) Sample(random *rand.Rand) (any, error) {
	g := sampler{schema: s, random: random}
	var problems []Problem
	for range sampleTries {
		v, err := g.value(s.document(), 0)
		if err != nil {
			return nil, err
		}
		if problems, err = s.Validate(v); err != nil || len(problems) == 0 {
			return v, err
		}
	}
	return nil, fmt.Errorf("no sample fits the schema: %s %s", problems[0].Pointer, problems[0].Message)
}

// A sampler makes up values for a translated schema.
type sampler struct {
	schema *Schema
	random *rand.Rand
}

// maxDepth bounds schemas that refer to each other, and those whose required
// properties contain each other.
const maxDepth = 16

var errEndless = errors.New("the schema contains itself without end")

func (g *sampler) value(node map[string]any, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errEndless
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

// sampled returns a value of the document as a JSON value.
func sampled(v any) any {
	value, _ := jsontext.ValueOf(v)
	return value
}

// flat returns the schema with its $ref followed, and with allOf and one
// branch of anyOf and oneOf folded into it.
func (g *sampler) flat(node map[string]any, depth int) (map[string]any, error) {
	if depth > maxDepth {
		return nil, errEndless
	}
	out := maps.Clone(node)
	if out == nil {
		out = map[string]any{}
	}
	var parts []map[string]any
	if ref, ok := node["$ref"].(string); ok {
		parts = append(parts, g.schema.at(refPointer(ref)))
	}
	all, _ := node["allOf"].([]any)
	for _, part := range all {
		part, _ := part.(map[string]any)
		parts = append(parts, part)
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

// branch draws one of several schemas, null only if there is no other.
func (g *sampler) branch(v any) map[string]any {
	list, _ := v.([]any)
	var real []map[string]any
	for _, each := range list {
		if s, _ := each.(map[string]any); !slices.Equal(names(s["type"]), []string{"null"}) {
			real = append(real, s)
		}
	}
	if len(real) == 0 {
		return nil
	}
	return real[g.random.IntN(len(real))]
}

// fold adds the keywords of part to out; properties and required are joined.
func fold(out, part map[string]any) {
	for keyword, v := range part {
		switch {
		case out[keyword] == nil:
			out[keyword] = v
		case keyword == "required":
			out[keyword] = slices.Concat(names(out[keyword]), names(v))
		case keyword == "properties":
			out[keyword] = joined(out[keyword], v)
		}
	}
}

func joined(a, b any) map[string]any {
	all := map[string]any{}
	for _, v := range []any{a, b} {
		properties, _ := v.(map[string]any)
		maps.Copy(all, properties)
	}
	return all
}

// kind returns the type to make up: the first that is not null, else what the
// keywords speak about.
func (g *sampler) kind(node map[string]any) string {
	types := names(node["type"])
	for _, name := range types {
		if name != "null" {
			return name
		}
	}
	switch {
	case len(types) > 0:
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
	required := names(node["required"])
	properties, _ := node["properties"].(map[string]any)
	out := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		property, _ := properties[name].(map[string]any)
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

// plainProperty reports whether a property that need not be there is worth making
// up: a scalar with a type.
func (g *sampler) plainProperty(node map[string]any, depth int) bool {
	flat, err := g.flat(node, depth)
	if err != nil {
		return false
	}
	kind := g.kind(flat)
	if g.schema.options.Side == Response && flat[writeOnly] == true {
		return false
	}
	return kind != "object" && kind != "array" && (flat["type"] != nil || flat["enum"] != nil)
}

func (g *sampler) array(node map[string]any, depth int) (any, error) {
	items, _ := node["items"].(map[string]any)
	count := max(1, whole(node["minItems"]))
	if limit, ok := node["maxItems"]; ok {
		count = min(count, whole(limit))
	}
	list := make([]any, 0, count)
	for range min(count, 100) {
		v, err := g.value(items, depth+1)
		switch {
		case errors.Is(err, errEndless) && whole(node["minItems"]) == 0:
			return []any{}, nil
		case err != nil:
			return nil, fmt.Errorf("items: %w", err)
		}
		list = append(list, v)
	}
	return list, nil
}
