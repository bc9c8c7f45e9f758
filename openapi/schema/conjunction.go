package schema

import (
	"encoding/json"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// A conjunction is what has to be true of one value: schemas that all hold, with their
// $refs and allOfs followed, and choices of which one option each holds.
type conjunction struct {
	nodes   []map[string]any
	choices [][]option
	refs    []string // followed
	hints   []any    // examples that stand outside of the schemas
}

// An option is a branch of a union, or of a condition.
type option struct {
	nodes []map[string]any
	last  bool // it says less than the others
}

func (o option) isNull() bool {
	return slices.ContainsFunc(o.nodes, func(node map[string]any) bool {
		return slices.Equal(names(node["type"]), []string{"null"})
	})
}

func (c conjunction) clone() conjunction {
	return conjunction{slices.Clip(c.nodes), slices.Clip(c.choices), slices.Clip(c.refs), c.hints}
}

// unfold adds a schema to a conjunction, with all that it refers to and is made of.
func (g *sampler) unfold(c *conjunction, node map[string]any) error {
	if err := g.spend(1, 0); err != nil {
		return err
	}
	c.nodes = append(c.nodes, node)
	if ref, _ := node["$ref"].(string); ref != "" && !slices.Contains(c.refs, ref) {
		c.refs = append(c.refs, ref)
		if target := g.schema.at(refPointer(ref)); target != nil {
			if err := g.unfold(c, target); err != nil {
				return err
			}
		}
	}
	for _, part := range nodesOf(node["allOf"]) {
		if err := g.unfold(c, part); err != nil {
			return err
		}
	}
	for _, keyword := range []string{"oneOf", "anyOf"} {
		if branches := nodesOf(node[keyword]); len(branches) > 0 {
			c.choices = append(c.choices, optionsOf(branches, node[branchValues]))
		}
	}
	if test, ok := nodeOf(node["if"]); ok {
		then, _ := nodeOf(node["then"])
		otherwise, _ := nodeOf(node["else"])
		c.choices = append(c.choices, []option{
			{nodes: []map[string]any{test, then}}, {nodes: []map[string]any{otherwise}, last: true},
		})
	}
	dependent, _ := node["dependentSchemas"].(map[string]any)
	for _, name := range names(node["required"]) {
		if sub, ok := nodeOf(dependent[name]); ok {
			if err := g.unfold(c, sub); err != nil {
				return err
			}
		}
	}
	return nil
}

// optionsOf returns the branches of a union: first with the value that the
// discriminator has for each, if there is one, then without.
func optionsOf(branches []map[string]any, by any) []option {
	var options []option
	if d, ok := by.(map[string]any); ok {
		property, _ := d["property"].(string)
		values := names(d["values"])
		for i, branch := range branches {
			if i < len(values) && values[i] != "" {
				tag := map[string]any{
					"properties": map[string]any{property: map[string]any{"const": values[i]}},
				}
				options = append(options, option{nodes: []map[string]any{branch, tag}})
			}
		}
	}
	for _, branch := range branches {
		last := len(options) >= len(branches) || branch[unusual] == true
		options = append(options, option{nodes: []map[string]any{branch}, last: last})
	}
	return options
}

// nodeOf returns a schema that may be written as a boolean; ok is false if it is none.
func nodeOf(v any) (node map[string]any, ok bool) {
	switch v := v.(type) {
	case map[string]any:
		return v, true
	case bool:
		if v {
			return map[string]any{}, true
		}
		return map[string]any{"not": map[string]any{}}, true
	}
	return nil, false
}

func nodesOf(v any) []map[string]any {
	list, _ := v.([]any)
	var nodes []map[string]any
	for _, each := range list {
		if node, ok := nodeOf(each); ok {
			nodes = append(nodes, node)
		}
	}
	return nodes
}

// under returns the schemas that a keyword has.
func (c conjunction) under(keyword string) []map[string]any {
	var found []map[string]any
	for _, node := range c.nodes {
		if sub, ok := nodeOf(node[keyword]); ok {
			found = append(found, sub)
		}
	}
	return found
}

// has reports whether a keyword has a value.
func (c conjunction) has(keyword string, value any) bool {
	return slices.ContainsFunc(c.nodes, func(node map[string]any) bool {
		if f, ok := float(node[keyword]); ok {
			return any(f) == value
		}
		switch v := node[keyword].(type) {
		case bool, string:
			return v == value
		}
		return false
	})
}

// texts returns the texts that a keyword has.
func (c conjunction) texts(keyword string) []string {
	var found []string
	for _, node := range c.nodes {
		if text, ok := node[keyword].(string); ok && !slices.Contains(found, text) {
			found = append(found, text)
		}
	}
	return found
}

// lowest and highest return the narrowest bound of a keyword.
func (c conjunction) lowest(keyword string) (bound float64, ok bool) {
	for _, node := range c.nodes {
		if f, isNumber := float(node[keyword]); isNumber && (!ok || f < bound) {
			bound, ok = f, true
		}
	}
	return bound, ok
}

func (c conjunction) highest(keyword string) (bound float64, ok bool) {
	for _, node := range c.nodes {
		if f, isNumber := float(node[keyword]); isNumber && (!ok || f > bound) {
			bound, ok = f, true
		}
	}
	return bound, ok
}

// atLeast is a lower bound of a count, 0 if there is none.
func (c conjunction) atLeast(keyword string) int {
	bound, _ := c.highest(keyword)
	return int(min(max(bound, 0), math.MaxInt32))
}

// atMost is an upper bound of a count.
func (c conjunction) atMost(keyword string) int {
	if bound, ok := c.lowest(keyword); ok {
		return int(min(max(bound, 0), math.MaxInt32))
	}
	return math.MaxInt32
}

// isTyped reports whether something says the type of the value.
func (c conjunction) isTyped() bool {
	return slices.ContainsFunc(c.nodes, func(node map[string]any) bool {
		return len(names(node["type"])) > 0 || node["enum"] != nil || node["const"] != nil
	})
}

// kinds returns the types that the value may have, null last. Where nothing says it,
// that is the one that the keywords speak about, then the others.
func (c conjunction) kinds() []string {
	var kinds []string
	typed := false
	for _, node := range c.nodes {
		types := names(node["type"])
		switch {
		case len(types) == 0:
		case !typed:
			typed, kinds = true, slices.Clone(types)
		default:
			kinds = commonKinds(kinds, types)
		}
	}
	if !typed {
		kinds = append(c.spokenOf(), "string", "integer", "boolean", "object", "array", "null")
	}
	slices.SortStableFunc(kinds, func(a, b string) int { return isNull(a) - isNull(b) })
	return kinds
}

func isNull(kind string) int {
	if kind == "null" {
		return 1
	}
	return 0
}

// commonKinds returns the types of both lists; integers are numbers.
func commonKinds(a, b []string) []string {
	var both []string
	for _, kind := range a {
		switch {
		case slices.Contains(b, kind), kind == "integer" && slices.Contains(b, "number"):
			both = append(both, kind)
		case kind == "number" && slices.Contains(b, "integer"):
			both = append(both, "integer")
		}
	}
	return both
}

// spokenOf returns the type that the keywords of schemas without a type are about.
func (c conjunction) spokenOf() []string {
	for _, about := range []struct {
		kind     string
		keywords []string
	}{
		{"object", []string{"properties", "required", "additionalProperties", "patternProperties", "propertyNames",
			"minProperties", "maxProperties", "dependentRequired"}},
		{"array", []string{"items", "prefixItems", "contains", "minItems", "maxItems", "uniqueItems"}},
		{"number", []string{"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}},
	} {
		if slices.ContainsFunc(about.keywords, func(k string) bool {
			return slices.ContainsFunc(c.nodes, func(node map[string]any) bool { return node[k] != nil })
		}) {
			return []string{about.kind}
		}
	}
	return nil
}

// fixedValues returns the values of const or enum, if there is one.
func (c conjunction) fixedValues() (values []any, ok bool) {
	for _, node := range c.nodes {
		if v, isConst := node["const"]; isConst {
			return []any{v}, true
		}
		if list, _ := node["enum"].([]any); len(list) > 0 && (!ok || len(list) < len(values)) {
			values, ok = list, true
		}
	}
	return values, ok
}

// examples returns what the document shows of the value: the hints, examples, and a
// default that says something. They are copies.
func (c conjunction) examples() []any {
	all := slices.Clone(c.hints)
	for _, node := range c.nodes {
		list, _ := node["examples"].([]any)
		all = append(all, list...)
	}
	for _, node := range c.nodes {
		switch v := node["default"].(type) {
		case nil:
		case []any:
			if len(v) > 0 {
				all = append(all, v)
			}
		case map[string]any:
			if len(v) > 0 {
				all = append(all, v)
			}
		default:
			all = append(all, v)
		}
	}
	var copies []any
	for _, v := range all {
		if v, err := jsontext.ValueOf(v); err == nil {
			copies = append(copies, v)
		}
	}
	return copies
}

// exampleObjects returns the examples that are objects.
func (c conjunction) exampleObjects() []map[string]any {
	var objects []map[string]any
	for _, v := range c.examples() {
		if object, ok := v.(map[string]any); ok {
			objects = append(objects, object)
		}
	}
	return objects
}

// required returns the names of the required properties, and of those that they call
// for.
func (c conjunction) required() []string {
	var all []string
	add := func(list []string) {
		for _, name := range list {
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	for _, node := range c.nodes {
		add(names(node["required"]))
	}
	for i := 0; i < len(all); i++ {
		for _, node := range c.nodes {
			dependent, _ := node["dependentRequired"].(map[string]any)
			add(names(dependent[all[i]]))
		}
	}
	slices.Sort(all)
	return all
}

// calls reports whether a property calls for others.
func (c conjunction) calls(name string) bool {
	return slices.ContainsFunc(c.nodes, func(node map[string]any) bool {
		required, _ := node["dependentRequired"].(map[string]any)
		schemas, _ := node["dependentSchemas"].(map[string]any)
		return required[name] != nil || schemas[name] != nil
	})
}

// declared returns the names of the properties, in order.
func (c conjunction) declared() []string {
	all := map[string]bool{}
	for _, node := range c.nodes {
		for _, name := range sortedKeys(node["properties"]) {
			all[name] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// member returns what has to be true of a property, and whether it may be there.
func (c conjunction) member(name string) (nodes []map[string]any, allowed bool) {
	for _, node := range c.nodes {
		found := false
		add := func(v any) {
			if sub, ok := nodeOf(v); ok {
				found = true
				nodes = append(nodes, sub)
			}
		}
		properties, _ := node["properties"].(map[string]any)
		add(properties[name])
		patterns, _ := node["patternProperties"].(map[string]any)
		for _, pattern := range sortedKeys(patterns) {
			if ok, err := regexp.MatchString(pattern, name); ok && err == nil {
				add(patterns[pattern])
			}
		}
		if !found {
			if node["additionalProperties"] == false {
				return nil, false
			}
			add(node["additionalProperties"])
		}
	}
	return nodes, true
}

// namePatterns returns the patterns that names of properties may have.
func (c conjunction) namePatterns() []string {
	var all []string
	for _, node := range c.nodes {
		for _, pattern := range sortedKeys(node["patternProperties"]) {
			if pattern != "" && !strings.Contains(pattern, "@") { // OData's annotations are nobody's example
				all = append(all, pattern)
			}
		}
	}
	return all
}

// prefixes returns the longest prefixItems.
func (c conjunction) prefixes() []any {
	var longest []any
	for _, node := range c.nodes {
		if list, _ := node["prefixItems"].([]any); len(list) > len(longest) {
			longest = list
		}
	}
	return longest
}

// element returns what has to be true of the element of an array at an index.
func (c conjunction) element(i int) []map[string]any {
	var nodes []map[string]any
	for _, node := range c.nodes {
		sub := node["items"]
		if prefix, _ := node["prefixItems"].([]any); i < len(prefix) {
			sub = prefix[i]
		}
		if sub, ok := nodeOf(sub); ok {
			nodes = append(nodes, sub)
		}
	}
	return nodes
}

func float(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case uint64:
		return float64(v), true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	}
	return 0, false
}
