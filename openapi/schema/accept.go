package schema

import (
	"encoding/json"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// A fastValidator is the short way to yes: it accepts only values that jsonschema's
// Validate accepts, and says no for "invalid" and "not sure" alike; then jsonschema
// decides and explains. Most messages are valid, and a yes costs no allocation here,
// where jsonschema makes thirty and has to be compiled first. Both are made from the
// same document, and a fuzz test holds them together.
type fastValidator struct {
	unsure bool // the schema says something that only jsonschema knows
	always bool // it accepts anything

	types  typeSet
	format func(any) bool
	enum   []any
	folded *enum            // of an enum that is compared without case
	shared *definition      // what a $ref leads to
	all    []*fastValidator // $ref and allOf
	any    []*fastValidator

	minLength, maxLength int // -1 for none
	pattern              *regexp.Regexp
	min, max             *int64 // inclusive

	properties             properties
	required               []string
	patterns               []patternProperty
	additional             *fastValidator // nil for anything
	minMembers, maxMembers int            // -1 for none
	items                  *fastValidator // nil for anything
	minItems, maxItems     int            // -1 for none
}

// properties are the validators of properties by name. Most objects have few, which
// are found sooner in a list than in a map.
type properties struct {
	few  []property // nil if there are many
	many map[string]*fastValidator
}

type property struct {
	name  string
	value *fastValidator
}

const fewProperties = 16

func newProperties(all map[string]*fastValidator) properties {
	if len(all) > fewProperties {
		return properties{many: all}
	}
	p := properties{few: make([]property, 0, len(all))}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		p.few = append(p.few, property{name, all[name]})
	}
	return p
}

func (p *properties) find(name string) *fastValidator {
	for i := range p.few {
		if p.few[i].name == name {
			return p.few[i].value
		}
	}
	return p.many[name]
}

type patternProperty struct {
	name  *regexp.Regexp
	value *fastValidator
}

// typeSet is a set of JSON types; the empty one is all.
type typeSet uint8

const (
	typeNull typeSet = 1 << iota
	typeBoolean
	typeString
	typeInteger
	typeNumber
	typeObject
	typeArray
)

var typeBits = map[string]typeSet{
	"null": typeNull, "boolean": typeBoolean, "string": typeString, "integer": typeInteger,
	"number": typeNumber | typeInteger, "object": typeObject, "array": typeArray,
}

// A fastCompiler makes the validators of a schema and its definitions. Those that
// were made before are in seen, so that recursion ends.
type fastCompiler struct {
	defs   map[string]any
	seen   map[string]*fastValidator // by $ref
	shared *Definitions              // instead of defs
}

// newSharedValidator returns the validator of a schema whose $refs lead to definitions
// that are made when a value needs them.
func newSharedValidator(root map[string]any, shared *Definitions) *fastValidator {
	return fastCompiler{shared: shared}.node(root)
}

func newFastValidator(root map[string]any) *fastValidator {
	defs, _ := root["$defs"].(map[string]any)
	c := fastCompiler{defs: defs, seen: map[string]*fastValidator{}}
	f := c.node(root)
	for _, target := range c.seen {
		if target.leadsTo(target, map[*fastValidator]bool{}) {
			target.unsure = true // it refers to itself, for the same value
		}
	}
	return f
}

// leadsTo reports whether checking a value by f checks the same value by target.
func (f *fastValidator) leadsTo(target *fastValidator, seen map[*fastValidator]bool) bool {
	for _, next := range slices.Concat(f.all, f.any) {
		if next == target {
			return true
		}
		if next != nil && !seen[next] {
			seen[next] = true
			if next.leadsTo(target, seen) {
				return true
			}
		}
	}
	return false
}

func (c fastCompiler) node(node map[string]any) *fastValidator {
	f := &fastValidator{}
	c.fill(f, node)
	return f
}

func (c fastCompiler) ref(pointer string) *fastValidator {
	if f := c.seen[pointer]; f != nil {
		return f
	}
	f := &fastValidator{unsure: true}
	c.seen[pointer] = f
	name := strings.TrimPrefix(refPointer(pointer), "/$defs/")
	if node, ok := c.defs[jsontext.UnescapePointer(name)].(map[string]any); ok {
		f.unsure = false
		c.fill(f, node)
	}
	return f
}

// fill reads the keywords of a schema. One that it does not know, or that has not
// the value it should, makes the validator unsure.
func (c fastCompiler) fill(f *fastValidator, node map[string]any) {
	f.minLength, f.maxLength, f.minMembers, f.maxMembers, f.minItems, f.maxItems = -1, -1, -1, -1, -1, -1
	for keyword, v := range node {
		known := c.general(f, keyword, v) || f.scalar(keyword, v) || c.object(f, keyword, v) || c.array(f, keyword, v)
		if !known && !isAnnotation(keyword) {
			f.unsure = true
		}
	}
	if kind, ok := node[enumKeyword]; ok && c.shared != nil {
		folded := newEnum(kind, f.enum)
		f.enum, f.folded = nil, &folded
	}
}

func isAnnotation(keyword string) bool {
	switch keyword {
	case "$defs", "$comment", "title", "description", discriminatorKeyword:
		return true
	}
	return strings.HasPrefix(keyword, "x-")
}

func (c fastCompiler) general(f *fastValidator, keyword string, v any) (ok bool) {
	switch keyword {
	case "$ref":
		ref, ok := v.(string)
		if c.shared != nil {
			name, _, known := cutDefinition(refPointer(ref))
			f.shared = c.shared.get(name)
			return ok && known
		}
		f.all = append(f.all, c.ref(ref))
		return ok
	case "type":
		for _, name := range names(v) {
			f.types |= typeBits[name]
		}
		return f.types != 0
	case "enum":
		f.enum, ok = v.([]any)
	case "allOf":
		list, ok := c.list(v)
		f.all = append(f.all, list...)
		return ok
	case "anyOf":
		f.any, ok = c.list(v)
	}
	return ok
}

// scalar reads the keywords for texts and numbers.
func (f *fastValidator) scalar(keyword string, v any) (ok bool) {
	switch keyword {
	case "format":
		name, ok := v.(string)
		f.format = formatCheck(name)
		return ok
	case "pattern":
		f.pattern, ok = compiled(v)
	case "minimum":
		f.min, ok = limit(v)
	case "maximum":
		f.max, ok = limit(v)
	case "minLength":
		f.minLength, ok = count(v)
	case "maxLength":
		f.maxLength, ok = count(v)
	}
	return ok
}

func (c fastCompiler) object(f *fastValidator, keyword string, v any) (ok bool) {
	switch keyword {
	case "properties":
		return c.properties(f, v)
	case "patternProperties":
		return c.patternProperties(f, v)
	case "additionalProperties":
		f.additional, ok = c.sub(v)
	case "required":
		f.required = names(v)
		return f.required != nil
	case "minProperties":
		f.minMembers, ok = count(v)
	case "maxProperties":
		f.maxMembers, ok = count(v)
	}
	return ok
}

func (c fastCompiler) properties(f *fastValidator, v any) bool {
	schemas, ok := v.(map[string]any)
	all := make(map[string]*fastValidator, len(schemas))
	for name, sub := range schemas {
		value, valid := c.sub(sub)
		ok = ok && valid
		all[name] = value
	}
	f.properties = newProperties(all)
	return ok
}

func (c fastCompiler) patternProperties(f *fastValidator, v any) bool {
	schemas, ok := v.(map[string]any)
	for pattern, sub := range schemas {
		name, compiles := compiled(pattern)
		value, valid := c.sub(sub)
		ok = ok && compiles && valid
		f.patterns = append(f.patterns, patternProperty{name, value})
	}
	return ok
}

func (c fastCompiler) array(f *fastValidator, keyword string, v any) (ok bool) {
	switch keyword {
	case "items":
		f.items, ok = c.sub(v)
	case "minItems":
		f.minItems, ok = count(v)
	case "maxItems":
		f.maxItems, ok = count(v)
	}
	return ok
}

// sub returns the validator of a schema that may be a boolean.
func (c fastCompiler) sub(v any) (_ *fastValidator, ok bool) {
	switch v := v.(type) {
	case map[string]any:
		return c.node(v), true
	case bool:
		return &fastValidator{always: v, unsure: !v}, true
	}
	return nil, false
}

func (c fastCompiler) list(v any) (list []*fastValidator, ok bool) {
	schemas, ok := v.([]any)
	for _, sub := range schemas {
		f, valid := c.sub(sub)
		ok = ok && valid
		list = append(list, f)
	}
	return list, ok
}

// limit reads the bound of a number; it knows whole ones.
func limit(v any) (*int64, bool) {
	f, ok := float(v)
	if !ok || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return nil, false
	}
	n := int64(f)
	return &n, true
}

// count reads the bound of a length.
func count(v any) (int, bool) {
	n, ok := limit(v)
	if !ok || *n < 0 || *n > math.MaxInt32 {
		return -1, false
	}
	return int(*n), true
}

func compiled(v any) (*regexp.Regexp, bool) {
	pattern, ok := v.(string)
	if !ok {
		return nil, false
	}
	r, err := regexp.Compile(pattern)
	return r, err == nil
}

// accepts reports whether the value is surely valid.
func (f *fastValidator) accepts(v any) bool {
	switch {
	case f.always:
		return true
	case f.unsure:
		return false
	case f.types != 0 && f.types&typeOfValue(v) == 0:
		return false
	case f.format != nil && !f.format(v):
		return false
	case len(f.enum) > 0 && !inEnum(f.enum, v):
		return false
	case f.folded != nil && !f.folded.has(v):
		return false
	case f.shared != nil && !f.shared.accepts(v):
		return false
	}
	for _, sub := range f.all {
		if !sub.accepts(v) {
			return false
		}
	}
	if len(f.any) > 0 && !slices.ContainsFunc(f.any, func(sub *fastValidator) bool { return sub.accepts(v) }) {
		return false
	}
	switch v := v.(type) {
	case string:
		return f.acceptsString(v)
	case json.Number:
		return f.acceptsNumber(v)
	case map[string]any:
		return f.acceptsMap(v)
	case jsontext.Object:
		return f.acceptsObject(v)
	case []any:
		return f.acceptsArray(v)
	}
	return true
}

func typeOfValue(v any) typeSet {
	switch v := v.(type) {
	case nil:
		return typeNull
	case bool:
		return typeBoolean
	case string:
		return typeString
	case json.Number:
		if _, whole := wholeNumber(v); whole {
			return typeInteger
		}
		return typeNumber
	case map[string]any, jsontext.Object:
		return typeObject
	case []any:
		return typeArray
	}
	return 0
}

// wholeNumber reads a number that is written as a plain 64-bit integer.
func wholeNumber(n json.Number) (int64, bool) {
	i, err := strconv.ParseInt(string(n), 10, 64)
	return i, err == nil
}

// inEnum reports whether v is a text or null of an enum.
func inEnum(enum []any, v any) bool {
	switch v := v.(type) {
	case nil:
		return slices.Contains(enum, nil)
	case string:
		for _, e := range enum {
			if s, ok := e.(string); ok && s == v {
				return true
			}
		}
	}
	return false
}

func (f *fastValidator) acceptsString(v string) bool {
	if f.minLength >= 0 || f.maxLength >= 0 {
		n := utf8.RuneCountInString(v)
		if n < f.minLength || f.maxLength >= 0 && n > f.maxLength {
			return false
		}
	}
	return f.pattern == nil || f.pattern.MatchString(v)
}

func (f *fastValidator) acceptsNumber(v json.Number) bool {
	if f.min == nil && f.max == nil {
		return true
	}
	n, whole := wholeNumber(v)
	return whole && (f.min == nil || n >= *f.min) && (f.max == nil || n <= *f.max)
}

func (f *fastValidator) acceptsSize(members int) bool {
	return members >= f.minMembers && (f.maxMembers < 0 || members <= f.maxMembers)
}

func (f *fastValidator) acceptsMap(v map[string]any) bool {
	if !f.acceptsSize(len(v)) {
		return false
	}
	for _, name := range f.required {
		if _, ok := v[name]; !ok {
			return false
		}
	}
	for name, member := range v {
		if !f.acceptsMember(name, member) {
			return false
		}
	}
	return true
}

func (f *fastValidator) acceptsObject(v jsontext.Object) bool {
	if !f.acceptsSize(len(v)) {
		return false
	}
	for _, name := range f.required {
		if !slices.ContainsFunc(v, func(m jsontext.Member) bool { return m.Name == name }) {
			return false
		}
	}
	for _, m := range v {
		if !f.acceptsMember(m.Name, m.Value) {
			return false
		}
	}
	return true
}

func (f *fastValidator) acceptsMember(name string, v any) bool {
	p := f.properties.find(name)
	known := p != nil
	if known && !p.accepts(v) {
		return false
	}
	for _, pattern := range f.patterns {
		if known && pattern.value.always {
			continue // nothing more is asked of it
		}
		if pattern.name.MatchString(name) {
			known = true
			if !pattern.value.accepts(v) {
				return false
			}
		}
	}
	if known {
		return true
	}
	return f.additional == nil || f.additional.accepts(v)
}

func (f *fastValidator) acceptsArray(v []any) bool {
	if len(v) < f.minItems || f.maxItems >= 0 && len(v) > f.maxItems {
		return false
	}
	if f.items == nil {
		return true
	}
	for _, e := range v {
		if !f.items.accepts(e) {
			return false
		}
	}
	return true
}
