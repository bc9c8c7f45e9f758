package openapi

import (
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// judge checks v and returns every way in which it breaks the schema, ordered by
// pointer. Operation and place are the caller's to add.
func (s *schema) judge(v any) ([]Violation, error) {
	if s.translated(); s.gate.takes(v) {
		return nil, nil
	}
	program, err := s.compiled()
	if err != nil {
		return nil, err
	}
	v = jsontext.Plain(v)
	err = program.Validate(v)
	failed, ok := err.(*jsonschema.ValidationError)
	if !ok {
		return nil, err
	}
	var found []Violation
	for _, leaf := range s.leaves(failed, nil) {
		found = append(found, s.explain(leaf, v)...)
	}
	slices.SortFunc(found, func(a, b Violation) int {
		return cmp.Or(strings.Compare(a.Pointer, b.Pointer), strings.Compare(a.Rule, b.Rule),
			strings.Compare(a.Message, b.Message), strings.Compare(a.Type, b.Type), strings.Compare(a.Source, b.Source))
	})
	return slices.CompactFunc(found, func(a, b Violation) bool { // of two schemas that forbid the same, one is enough
		return a.Pointer == b.Pointer && a.Rule == b.Rule && a.Message == b.Message
	}), nil
}

// leaves are the causes at the bottom: of an anyOf or oneOf only those of the
// branch that came nearest.
func (s *schema) leaves(e *jsonschema.ValidationError, found []*jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return append(found, e)
	}
	switch jsontext.LastSegment(e.KeywordLocation) {
	case "anyOf", "oneOf":
		return append(found, s.nearestBranch(e)...)
	case "minContains":
		return append(found, e) // which of the items should have matched, nobody knows
	}
	for _, cause := range e.Causes {
		found = s.leaves(cause, found)
	}
	return found
}

// nearestBranch gives the leaves of the branch that got deepest into the value;
// a branch that wanted null, or another value of a property that tells branches
// apart, is not one that was meant.
func (s *schema) nearestBranch(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	var best []*jsonschema.ValidationError
	bestDepth := -2
	branches := map[string][]*jsonschema.ValidationError{}
	var order []string
	prefix := e.KeywordLocation + "/"
	for _, cause := range e.Causes {
		branch, _, _ := strings.Cut(strings.TrimPrefix(cause.KeywordLocation, prefix), "/")
		if branches[branch] == nil {
			order = append(order, branch)
		}
		branches[branch] = s.leaves(cause, branches[branch])
	}
	for _, branch := range order {
		depth := 0
		for _, leaf := range branches[branch] {
			depth = max(depth, 2*strings.Count(leaf.InstanceLocation, "/"))
			if jsontext.LastSegment(leaf.KeywordLocation) != "type" {
				depth = max(depth, 2*strings.Count(leaf.InstanceLocation, "/")+1)
			}
		}
		if slices.ContainsFunc(branches[branch], func(leaf *jsonschema.ValidationError) bool { return s.isTag(leaf, e.InstanceLocation) }) {
			depth = -1
		}
		if depth > bestDepth {
			best, bestDepth = branches[branch], depth
		}
	}
	return best
}

// isTag tells whether a leaf is about a member of the object at place that can
// have only one value, such as kind in a union of cats and dogs.
func (s *schema) isTag(leaf *jsonschema.ValidationError, place string) bool {
	name, below := strings.CutPrefix(leaf.InstanceLocation, place+"/")
	if !below || strings.Contains(name, "/") {
		return false
	}
	_, location, _ := strings.Cut(leaf.AbsoluteKeywordLocation, "#")
	pointer := plainPointer(location)
	switch rule := jsontext.LastSegment(pointer); rule {
	case "const":
		return true
	case "enum":
		list, _ := s.at(strings.TrimSuffix(pointer, "/"+rule))[rule].([]any)
		return len(list) == 1
	}
	return false
}

// explain turns a leaf into violations: one for each missing or unknown member.
func (s *schema) explain(leaf *jsonschema.ValidationError, root any) []Violation {
	_, place, _ := strings.Cut(leaf.AbsoluteKeywordLocation, "#")
	pointer, location, instance := plainPointer(place), plainPointer(leaf.KeywordLocation), plainPointer(leaf.InstanceLocation)
	rule := jsontext.LastSegment(pointer)
	owner := s.at(strings.TrimSuffix(pointer, "/"+rule))
	value := valueAt(root, instance)
	if onPropertyName(location) {
		value = jsontext.UnescapePointer(jsontext.LastSegment(instance))
	}
	v := Violation{Side: s.side, Pointer: instance, Rule: rule, Message: leaf.Message}
	s.witness(&v, location)
	if i, err := strconv.Atoi(rule); err == nil {
		return []Violation{s.dependent(v, i, pointer)}
	}

	switch object, _ := value.(map[string]any); rule {
	case "required":
		return s.missing(v, owner, object, location)
	case "additionalProperties":
		return unknown(v, owner, object)
	case "unevaluatedProperties":
		v.Message = "unknown property"
	case "not":
		v.Message = show(value) + " is not allowed"
	case "type":
		v.Message = "expected " + strings.Join(typeNames(owner["type"]), " or ") + ", not " + typeName(value)
	case "format":
		format, _ := owner["format"].(string)
		v.Message = show(value) + " is not a valid " + format
		if hint := formatHints[format]; hint != "" {
			v.Hint = "expected " + hint
		}
	case "enum":
		list, _ := owner["enum"].([]any)
		v.Message = show(value) + " is not one of " + showList(list)
		v.Hint = suggest(show(value), list)
	case "const":
		v.Message = show(value) + " is not " + show(owner["const"])
	case "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf":
		v.Message = show(value) + " is " + bounds[rule] + " " + show(owner[rule])
	case "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties":
		v.Message = bounds[rule] + " " + show(owner[rule])
	case "minContains", "maxContains":
		v.Message = bounds[rule] + " " + show(cmp.Or(owner[rule], any(uint64(1))))
	case "pattern":
		v.Message = show(value) + " does not match " + show(owner["pattern"])
	}
	return []Violation{v}
}

var bounds = map[string]string{
	"minimum":          "below the minimum",
	"maximum":          "above the maximum",
	"exclusiveMinimum": "not above",
	"exclusiveMaximum": "not below",
	"multipleOf":       "not a multiple of",
	"minContains":      "fewer matching items than the minimum of",
	"maxContains":      "more matching items than the maximum of",
	"minLength":        "shorter than the minimum length",
	"maxLength":        "longer than the maximum length",
	"minItems":         "fewer items than the minimum of",
	"maxItems":         "more items than the maximum of",
	"minProperties":    "fewer properties than the minimum of",
	"maxProperties":    "more properties than the maximum of",
}

// plainPointer undoes the percent-encoding of jsonschema's pointers.
func plainPointer(pointer string) string {
	if plain, err := url.PathUnescape(pointer); err == nil {
		return plain
	}
	return pointer
}

// onPropertyName tells whether the keyword at location judges the name of a
// property and not its value.
func onPropertyName(location string) bool {
	name := false // of a property or definition, not a keyword
	for segment := range strings.SplitSeq(location, "/") {
		if segment == "propertyNames" && !name {
			return true
		}
		name = !name && (segment == "properties" || segment == "patternProperties" || segment == "dependentSchemas")
	}
	return false
}

// dependent explains .../dependentRequired/NAME/i: a member that NAME calls for.
func (s *schema) dependent(v Violation, i int, pointer string) Violation {
	list := pointer[:strings.LastIndexByte(pointer, '/')]
	names, _ := valueAt(any(s.json), list).([]string)
	if i >= len(names) {
		return v
	}
	v.Pointer += "/" + jsontext.EscapePointer(names[i])
	v.Rule = "dependentRequired"
	v.Message = "property is missing, which " + jsontext.Quote(jsontext.UnescapePointer(jsontext.LastSegment(list))) + " calls for"
	return v
}

func (s *schema) missing(v Violation, owner, object map[string]any, location string) []Violation {
	var all []Violation
	names, _ := owner["required"].([]string)
	for _, name := range names {
		if _, ok := object[name]; ok {
			continue
		}
		each := v
		each.Pointer += "/" + jsontext.EscapePointer(name)
		each.Message = "required property is missing"
		each.Hint = didYouMean(name, unknownKeys(owner, object))
		s.witness(&each, strings.TrimSuffix(location, "required")+"properties/"+jsontext.EscapePointer(name))
		all = append(all, each)
	}
	return all
}

func unknown(v Violation, owner, object map[string]any) []Violation {
	var all []Violation
	known, _ := owner["properties"].(map[string]any)
	for name := range unknownKeys(owner, object) {
		each := v
		each.Pointer += "/" + jsontext.EscapePointer(name)
		each.Message = "unknown property"
		each.Hint = didYouMean(name, maps.Keys(known))
		all = append(all, each)
	}
	return all
}

// unknownKeys are the members of object that owner says nothing about.
func unknownKeys(owner, object map[string]any) iter.Seq[string] {
	known, _ := owner["properties"].(map[string]any)
	patterns, _ := owner["patternProperties"].(map[string]any)
	return func(yield func(string) bool) {
		for name := range object {
			if known[name] == nil && !matchesAny(patterns, name) && !yield(name) {
				return
			}
		}
	}
}

func matchesAny(patterns map[string]any, name string) bool {
	for pattern := range patterns {
		if ok, err := regexp.MatchString(pattern, name); ok && err == nil {
			return true
		}
	}
	return false
}

// witness adds the type that has the rule of the keyword at location, and the
// evidence for it: of the schemas on the way there, the last that has any.
func (s *schema) witness(v *Violation, location string) {
	v.Type, v.Evidence, v.Source = "", "", ""
	node := s.json
	var place any = node
	for segment := range strings.SplitSeq(location, "/") {
		switch ref, _ := node["$ref"].(string); {
		case segment == "$ref" && ref != "":
			pointer := refPointer(ref)
			place, v.Type = s.at(pointer), jsontext.UnescapePointer(jsontext.LastSegment(pointer))
		case segment != "":
			place = valueAt(place, "/"+segment)
		}
		node, _ = place.(map[string]any)
		if name, ok := node["x-graphmock-type"].(string); ok { // of a schema that is some of a type
			v.Type = name
		}
		if e, ok := node["x-graphmock-evidence"].(string); ok {
			v.Evidence = Evidence(e)
			v.Source, _ = node["x-graphmock-source"].(string)
		}
	}
}

// refPointer is the JSON pointer of a $ref of a translated schema.
func refPointer(ref string) string { return plainPointer(strings.TrimPrefix(ref, "#")) }

// at is the translated schema at a JSON pointer, nil if that is none.
func (s *schema) at(pointer string) map[string]any {
	node, _ := valueAt(any(s.json), pointer).(map[string]any)
	return node
}

// valueAt returns the value in v at a JSON pointer, nil if there is none.
func valueAt(v any, pointer string) any {
	p, err := jsontext.ParsePointer(pointer)
	if err != nil {
		return nil
	}
	found, _ := p.In(v)
	return found
}

func typeNames(v any) []string {
	names, _ := v.([]string)
	return names
}

func typeName(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case json.Number:
		return "number " + string(v)
	case map[string]any:
		return "object"
	case []any:
		return "array"
	}
	return fmt.Sprintf("%T", v)
}

// show writes a value into a message.
func show(v any) string {
	switch v := v.(type) {
	case string:
		return jsontext.Quote(v)
	case json.Number:
		return string(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case nil, bool, uint64:
		return fmt.Sprint(v)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return "a value"
	}
	return jsontext.Quote(string(text))
}

func showList(list []any) string {
	names := make([]string, len(list))
	for i, v := range list {
		names[i] = strings.Trim(show(v), `"`)
	}
	return strings.Join(names, ", ")
}
