package schema

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
	"github.com/graphmock/graphmock/openapi/spell"
)

// A Problem is one way in which a value breaks a schema.
type Problem struct {
	Pointer  string // JSON pointer to what is wrong or missing
	Rule     string // the keyword that forbids it
	Message  string
	Hint     string // what would help, "" for nothing
	Type     string // the named schema that has the rule, "" for none
	Evidence string // x-graphmock-evidence of the rule
	Source   string // x-graphmock-source of the rule
}

// maxProblems is how many problems Validate returns: nobody reads more, and a value
// can have as many as it has members.
const maxProblems = 100

// maxText is how many bytes of a pointer, a message or a hint there are.
const maxText = 2000

// Validate returns the ways in which v, of the types that jsontext.Decode returns
// or a jsontext.Object, breaks the schema, ordered by pointer: a hundred at most. The
// error says that the schema is broken; then no value fits.
func (s *Schema) Validate(v any) ([]Problem, error) {
	if s.document(); s.fast.accepts(v) {
		return nil, nil
	}
	program, err := s.compiled()
	if err != nil {
		return nil, err
	}
	v = jsontext.Plain(v)
	short, isCut := s.shortened(v)
	leaves, err := s.failures(program, short)
	if isCut {
		leaves = slices.DeleteFunc(leaves, isOfLength)
	}
	if isCut && len(leaves) == 0 { // what is wrong is the number of elements, or needs them all
		leaves, err = s.failures(program, v)
	}
	if len(leaves) == 0 {
		return nil, err
	}
	if len(leaves) > maxProblems {
		slices.SortFunc(leaves, compareFailures) // so that the same ones are left out each time
		leaves = leaves[:maxProblems]
	}
	var found []Problem
	for _, leaf := range leaves {
		found = append(found, s.explain(leaf, v)...)
	}
	slices.SortFunc(found, compareProblems)
	found = slices.CompactFunc(found, sameProblem)
	found = found[:min(len(found), maxProblems)]
	for i := range found {
		p := &found[i]
		p.Pointer, p.Message, p.Hint = cut(p.Pointer), cut(p.Message), cut(p.Hint)
	}
	return found, nil
}

// failures returns what jsonschema finds wrong with a value, at the bottom.
func (s *Schema) failures(program *jsonschema.Schema, v any) ([]*failure, error) {
	err := program.Validate(v)
	if failed, ok := err.(*failure); ok {
		return s.leaves(failed, nil), nil
	}
	return nil, err
}

// isOfLength reports whether a failure is that a list has too few elements, of any or of
// some kind.
func isOfLength(e *failure) bool {
	switch jsontext.LastSegment(e.KeywordLocation) {
	case "minItems", "contains", "minContains":
		return true
	}
	return false
}

// cut bounds text in which names stand that a client made up.
func cut(text string) string {
	if len(text) <= maxText+len("...") { // what was cut before fits
		return text
	}
	return strings.ToValidUTF8(text[:maxText], "") + "..."
}

func compareFailures(a, b *failure) int {
	return cmp.Or(strings.Compare(a.InstanceLocation, b.InstanceLocation),
		strings.Compare(a.KeywordLocation, b.KeywordLocation))
}

func compareProblems(a, b Problem) int {
	return cmp.Or(strings.Compare(a.Pointer, b.Pointer), strings.Compare(a.Rule, b.Rule),
		strings.Compare(a.Message, b.Message), strings.Compare(a.Type, b.Type), strings.Compare(a.Source, b.Source))
}

// sameProblem reports whether two schemas forbid the same.
func sameProblem(a, b Problem) bool {
	return a.Pointer == b.Pointer && a.Rule == b.Rule && a.Message == b.Message
}

// failure is what jsonschema says of a value.
type failure = jsonschema.ValidationError

// leaves appends the causes at the bottom: of an anyOf or oneOf only those of the
// branch that came nearest.
func (s *Schema) leaves(e *failure, found []*failure) []*failure {
	if len(e.Causes) == 0 {
		return append(found, e)
	}
	switch jsontext.LastSegment(e.KeywordLocation) {
	case "anyOf", "oneOf":
		return append(found, s.nearestBranch(e)...)
	case "minContains":
		return append(found, e) // any of the items could have matched
	}
	for _, cause := range e.Causes {
		found = s.leaves(cause, found)
	}
	return found
}

// nearestBranch returns the leaves of the branch that got deepest into the value.
func (s *Schema) nearestBranch(e *failure) []*failure {
	var nearest []*failure
	nearestDepth := -2
	for _, leaves := range s.branches(e) {
		if depth := s.depth(leaves, e.InstanceLocation); depth > nearestDepth {
			nearest, nearestDepth = leaves, depth
		}
	}
	return nearest
}

// branches returns the leaves of each branch of an anyOf or oneOf, in order.
func (s *Schema) branches(e *failure) [][]*failure {
	var all [][]*failure
	index := map[string]int{}
	for _, cause := range e.Causes {
		branch, _, _ := strings.Cut(strings.TrimPrefix(cause.KeywordLocation, e.KeywordLocation+"/"), "/")
		i, known := index[branch]
		if !known {
			i = len(all)
			index[branch], all = i, append(all, nil)
		}
		all[i] = s.leaves(cause, all[i])
	}
	return all
}

// depth says how deep a branch got into the value at place. A branch that wanted
// another type got less deep, and one that wanted another value of a property that
// tells branches apart is not the one that was meant.
func (s *Schema) depth(leaves []*failure, place string) int {
	deepest := 0
	for _, leaf := range leaves {
		if s.isTag(leaf, place) {
			return -1
		}
		depth := 2 * strings.Count(leaf.InstanceLocation, "/")
		if jsontext.LastSegment(leaf.KeywordLocation) != "type" {
			depth++
		}
		deepest = max(deepest, depth)
	}
	return deepest
}

// isTag reports whether a leaf is about a member of the object at place that can
// have only one value, such as kind in a union of cats and dogs.
func (s *Schema) isTag(leaf *failure, place string) bool {
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

// explain turns a leaf into problems: one for each missing or unknown member.
func (s *Schema) explain(leaf *failure, root any) []Problem {
	_, place, _ := strings.Cut(leaf.AbsoluteKeywordLocation, "#")
	pointer, location := plainPointer(place), plainPointer(leaf.KeywordLocation)
	if s.shared != nil {
		location = pointer // which names the definition that was chosen
	}
	instance := plainPointer(leaf.InstanceLocation)
	rule := jsontext.LastSegment(pointer)
	owner := s.at(strings.TrimSuffix(pointer, "/"+rule))
	value := valueAt(root, instance)
	if onPropertyName(location) {
		value = jsontext.UnescapePointer(jsontext.LastSegment(instance))
	}
	v := Problem{Pointer: cut(instance), Rule: rule, Message: leaf.Message}
	s.addEvidence(&v, location)
	if i, err := strconv.Atoi(rule); err == nil {
		return []Problem{s.dependent(v, i, pointer)}
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
		wanted := names(owner["type"])
		v.Message = "expected " + strings.Join(wanted, " or ") + ", not " + typeName(value)
		v.Hint = unquoted(value, wanted)
	case "format":
		format, _ := owner["format"].(string)
		v.Message = show(value) + " is not a valid " + format
		if hint := formatHints[format]; hint != "" {
			v.Hint = "expected " + hint
		}
	case "enum":
		list, _ := owner["enum"].([]any)
		v.Message = show(value) + " is not one of " + showList(list)
		v.Hint = nearestText(show(value), list)
	case "const":
		v.Message = show(value) + " is not " + show(owner["const"])
	case "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf":
		v.Message = show(value) + " is " + bounds[rule] + " " + show(owner[rule])
	case "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties":
		v.Message = bounds[rule] + " " + show(owner[rule])
	case "minContains", "maxContains":
		v.Message = bounds[rule] + " " + show(cmp.Or(owner[rule], any(uint64(1))))
	case "pattern":
		pattern, _ := owner["pattern"].(string)
		v.Message = mismatch(value, pattern)
	}
	return []Problem{v}
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

// onPropertyName reports whether the keyword at location is about the name of a
// property and not about its value.
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
func (s *Schema) dependent(v Problem, i int, pointer string) Problem {
	list := pointer[:strings.LastIndexByte(pointer, '/')]
	required := names(s.valueAt(list))
	if i >= len(required) {
		return v
	}
	v.Pointer += "/" + jsontext.EscapePointer(required[i])
	v.Rule = "dependentRequired"
	name := jsontext.UnescapePointer(jsontext.LastSegment(list))
	v.Message = "property is missing, which " + jsontext.Quote(name) + " calls for"
	return v
}

func (s *Schema) missing(v Problem, owner, object map[string]any, location string) []Problem {
	var all []Problem
	for _, name := range names(owner["required"]) {
		if _, ok := object[name]; ok {
			continue
		}
		each := v
		each.Pointer += "/" + jsontext.EscapePointer(name)
		each.Message = "required property is missing"
		if near := spell.Nearest(name, unknownKeys(owner, object)); near != "" && owner["additionalProperties"] != false {
			each.Hint = fmt.Sprintf("%s is there; write %s", jsontext.Quote(near), jsontext.Quote(name)) // nobody else says so
		}
		s.addEvidence(&each, strings.TrimSuffix(location, "required")+"properties/"+jsontext.EscapePointer(name))
		all = append(all, each)
	}
	return all
}

func unknown(v Problem, owner, object map[string]any) []Problem {
	var all []Problem
	known, _ := owner["properties"].(map[string]any)
	if closed, _ := owner[closedBy].(map[string]any); closed != nil {
		v.addEvidence(closed)
	}
	names := slices.Sorted(unknownKeys(owner, object))
	for _, name := range names[:min(len(names), maxProblems)] {
		each := v
		each.Pointer += "/" + jsontext.EscapePointer(name)
		each.Message = "unknown property"
		each.Hint = spell.DidYouMean(name, maps.Keys(known))
		all = append(all, each)
	}
	return all
}

// unknownKeys are the members of object that owner says nothing about.
func unknownKeys(owner, object map[string]any) iter.Seq[string] {
	known, _ := owner["properties"].(map[string]any)
	patterns, _ := owner["patternProperties"].(map[string]any)
	return func(yield func(string) bool) {
		var matches []*regexp.Regexp
		for pattern := range patterns {
			if r, err := regexp.Compile(pattern); err == nil {
				matches = append(matches, r)
			}
		}
		for name := range object {
			matching := func(r *regexp.Regexp) bool { return r.MatchString(name) }
			if known[name] == nil && !slices.ContainsFunc(matches, matching) && !yield(name) {
				return
			}
		}
	}
}

// addEvidence adds the type that has the rule of the keyword at location, and the
// evidence for it: of the schemas on the way there, the last that has any.
func (s *Schema) addEvidence(v *Problem, location string) {
	v.Type, v.Evidence, v.Source = "", "", ""
	node := s.json
	if name, rest, ok := cutDefinition(location); ok && s.shared != nil {
		node, v.Type, location = s.shared.get(name).schema(), name, rest
		v.addEvidence(node)
	}
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
		if name, ok := node[partOf].(string); ok { // of a schema that is some of a type
			v.Type = name
		}
		v.addEvidence(node)
	}
}

// addEvidence adds what a schema says of its evidence.
func (p *Problem) addEvidence(node map[string]any) {
	if e, ok := node[evidence].(string); ok {
		p.Evidence = e
		p.Source, _ = node[sourceOf].(string)
	}
}

// refPointer returns the JSON pointer of a $ref of a translated schema.
func refPointer(ref string) string { return plainPointer(strings.TrimPrefix(ref, "#")) }

// at returns the schema at a JSON pointer, nil if that is none.
func (s *Schema) at(pointer string) map[string]any {
	node, _ := s.valueAt(pointer).(map[string]any)
	return node
}

// valueAt returns what the schema has at a JSON pointer, nil if that is nothing.
func (s *Schema) valueAt(pointer string) any {
	if name, rest, ok := cutDefinition(pointer); ok && s.shared != nil {
		return valueAt(s.shared.get(name).schema(), rest)
	}
	return valueAt(s.json, pointer)
}

func nodeAt(root map[string]any, pointer string) map[string]any {
	node, _ := valueAt(root, pointer).(map[string]any)
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

// names returns the texts of a keyword such as type or required.
func names(v any) []string {
	switch v := v.(type) {
	case []string:
		return v
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, each := range v {
			if name, ok := each.(string); ok {
				all = append(all, name)
			}
		}
		return all
	}
	return nil
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

// maxShown bounds the values of a list that a message shows.
const maxShown = 40

func showList(list []any) string {
	shown := list[:min(len(list), maxShown)]
	texts := make([]string, len(shown))
	for i, v := range shown {
		texts[i] = strings.Trim(show(v), `"`)
	}
	text := strings.Join(texts, ", ")
	if more := len(list) - len(shown); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// unquoted says that a text would be right without its quotation marks: samples often have them.
func unquoted(value any, wanted []string) string {
	text, _ := value.(string)
	inner, err := jsontext.Decode([]byte(text))
	if err != nil || strings.TrimSpace(text) != text {
		return ""
	}
	kind := typeName(inner)
	if number, is := inner.(json.Number); is {
		kind = "number"
		if _, err := number.Int64(); err == nil && slices.Contains(wanted, "integer") {
			kind = "integer"
		}
	}
	if kind == "string" || !slices.Contains(wanted, kind) {
		return ""
	}
	return "write " + text + " without quotation marks"
}

// nearestText is a hint with the text of a list that was probably meant.
func nearestText(shown string, list []any) string {
	return spell.DidYouMean(strings.Trim(shown, `"`), slices.Values(names(list)))
}
