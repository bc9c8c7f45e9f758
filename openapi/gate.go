package openapi

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

// A gate is the short way to yes: it takes only values that jsonschema's own
// Validate takes, and says no for "invalid" and "not sure" alike; then Validate
// decides and explains. Most messages are valid, and a yes costs no allocation
// here, where Validate makes thirty and has to be compiled first. A gate is made
// from the same translated schema as jsonschema's program, and a fuzz test holds
// the two together.
type gate struct {
	unsure bool // the schema says something that only Validate knows
	always bool // it takes anything

	types  typeSet
	format func(any) bool
	enum   []any
	all    []*gate // $ref and allOf
	any    []*gate

	minLength, maxLength int // -1 for none
	pattern              *regexp.Regexp
	least, most          *int64 // inclusive

	properties             properties
	required               []string
	patterns               []patternGate
	additional             *gate // nil for anything
	minMembers, maxMembers int   // -1 for none
	items                  *gate // nil for anything
	minItems, maxItems     int   // -1 for none
}

// properties are the gates of properties by name. Most objects have few, which are
// found sooner in a list than in a map.
type properties struct {
	few  []property // nil if there are many
	many map[string]*gate
}

type property struct {
	name string
	gate *gate
}

const fewProperties = 16

func newProperties(all map[string]*gate) properties {
	if len(all) > fewProperties {
		return properties{many: all}
	}
	p := properties{few: make([]property, 0, len(all))}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		p.few = append(p.few, property{name, all[name]})
	}
	return p
}

func (p *properties) find(name string) *gate {
	for i := range p.few {
		if p.few[i].name == name {
			return p.few[i].gate
		}
	}
	return p.many[name]
}

type patternGate struct {
	name *regexp.Regexp
	gate *gate
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

// gates makes the gates of a translated schema and its definitions. Those that
// were made before are in seen, so that recursion ends.
type gates struct {
	defs map[string]any
	seen map[string]*gate // by $ref
}

func newGate(root map[string]any) *gate {
	defs, _ := root["$defs"].(map[string]any)
	m := gates{defs, map[string]*gate{}}
	g := m.gate(root)
	for _, target := range m.seen {
		if target.leadsTo(target, map[*gate]bool{}) {
			target.unsure = true // it refers to itself, for the same value
		}
	}
	return g
}

// leadsTo tells whether judging a value by g judges the same value by target.
func (g *gate) leadsTo(target *gate, seen map[*gate]bool) bool {
	for _, next := range slices.Concat(g.all, g.any) {
		if next == target {
			return true
		}
		if !seen[next] {
			seen[next] = true
			if next.leadsTo(target, seen) {
				return true
			}
		}
	}
	return false
}

func (m gates) gate(node map[string]any) *gate {
	g := &gate{}
	m.fill(g, node)
	return g
}

func (m gates) ref(pointer string) *gate {
	if g := m.seen[pointer]; g != nil {
		return g
	}
	g := &gate{unsure: true}
	m.seen[pointer] = g
	name := refPointer(pointer)
	if node, ok := m.defs[jsontext.UnescapePointer(strings.TrimPrefix(name, "/$defs/"))].(map[string]any); ok {
		g.unsure = false
		m.fill(g, node)
	}
	return g
}

// fill reads the keywords of a schema. One that it does not know makes the gate
// unsure.
func (m gates) fill(g *gate, node map[string]any) {
	g.minLength, g.maxLength, g.minMembers, g.maxMembers, g.minItems, g.maxItems = -1, -1, -1, -1, -1, -1
	for keyword, v := range node {
		switch keyword {
		case "$defs":
		case "$ref":
			g.all = append(g.all, m.ref(v.(string)))
		case "type":
			for _, name := range typeNames(v) {
				g.types |= typeBits[name]
			}
			g.unsure = g.unsure || g.types == 0
		case "format":
			g.format = formatCheck(v.(string))
		case "enum":
			g.enum = v.([]any)
		case "allOf":
			g.all = append(g.all, m.list(v)...)
		case "anyOf":
			g.any = m.list(v)
		case "minimum":
			g.least = g.limit(v)
		case "maximum":
			g.most = g.limit(v)
		case "minLength":
			g.minLength = g.count(v)
		case "maxLength":
			g.maxLength = g.count(v)
		case "pattern":
			g.pattern = g.regexp(v.(string))
		case "properties":
			all := map[string]*gate{}
			for name, sub := range v.(map[string]any) {
				all[name] = m.sub(sub)
			}
			g.properties = newProperties(all)
		case "required":
			g.required = v.([]string)
		case "patternProperties":
			for pattern, sub := range v.(map[string]any) {
				g.patterns = append(g.patterns, patternGate{g.regexp(pattern), m.sub(sub)})
			}
		case "additionalProperties":
			g.additional = m.sub(v)
		case "minProperties":
			g.minMembers = g.count(v)
		case "maxProperties":
			g.maxMembers = g.count(v)
		case "items":
			g.items = m.sub(v)
		case "minItems":
			g.minItems = g.count(v)
		case "maxItems":
			g.maxItems = g.count(v)
		default:
			if !strings.HasPrefix(keyword, "x-") {
				g.unsure = true
			}
		}
	}
}

// sub is the gate of a schema that may be a boolean.
func (m gates) sub(v any) *gate {
	switch v := v.(type) {
	case map[string]any:
		return m.gate(v)
	case bool:
		return &gate{always: v, unsure: !v}
	}
	return &gate{unsure: true}
}

func (m gates) list(v any) []*gate {
	var list []*gate
	for _, sub := range v.([]any) {
		list = append(list, m.sub(sub))
	}
	return list
}

// limit reads the bound of a number; the gate knows whole ones.
func (g *gate) limit(v any) *int64 {
	f, ok := v.(float64)
	if !ok || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		g.unsure = true
		return nil
	}
	n := int64(f)
	return &n
}

// count reads the bound of a length.
func (g *gate) count(v any) int {
	n, ok := v.(uint64)
	if !ok || n > math.MaxInt32 {
		g.unsure = true
	}
	return int(n)
}

func (g *gate) regexp(pattern string) *regexp.Regexp {
	r, err := regexp.Compile(pattern)
	if err != nil {
		g.unsure = true
	}
	return r
}

// takes tells whether the value is surely valid.
func (g *gate) takes(v any) bool {
	switch {
	case g.always:
		return true
	case g.unsure:
		return false
	case g.types != 0 && g.types&typeOfValue(v) == 0:
		return false
	case g.format != nil && !g.format(v):
		return false
	case len(g.enum) > 0 && !inEnum(g.enum, v):
		return false
	}
	for _, sub := range g.all {
		if !sub.takes(v) {
			return false
		}
	}
	if len(g.any) > 0 && !slices.ContainsFunc(g.any, func(sub *gate) bool { return sub.takes(v) }) {
		return false
	}
	switch v := v.(type) {
	case string:
		return g.takesString(v)
	case json.Number:
		return g.takesNumber(v)
	case map[string]any:
		return g.takesObject(v)
	case jsontext.Object:
		return g.takesMembers(v)
	case []any:
		return g.takesArray(v)
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

func (g *gate) takesString(v string) bool {
	if g.minLength >= 0 || g.maxLength >= 0 {
		n := utf8.RuneCountInString(v)
		if n < g.minLength || g.maxLength >= 0 && n > g.maxLength {
			return false
		}
	}
	return g.pattern == nil || g.pattern.MatchString(v)
}

func (g *gate) takesNumber(v json.Number) bool {
	if g.least == nil && g.most == nil {
		return true
	}
	n, whole := wholeNumber(v)
	return whole && (g.least == nil || n >= *g.least) && (g.most == nil || n <= *g.most)
}

func (g *gate) takesCount(n int) bool {
	return n >= g.minMembers && (g.maxMembers < 0 || n <= g.maxMembers)
}

func (g *gate) takesObject(v map[string]any) bool {
	if !g.takesCount(len(v)) {
		return false
	}
	for _, name := range g.required {
		if _, ok := v[name]; !ok {
			return false
		}
	}
	for name, member := range v {
		if !g.takesMember(name, member) {
			return false
		}
	}
	return true
}

func (g *gate) takesMembers(v jsontext.Object) bool {
	if !g.takesCount(len(v)) {
		return false
	}
	for _, name := range g.required {
		if !slices.ContainsFunc(v, func(m jsontext.Member) bool { return m.Name == name }) {
			return false
		}
	}
	for _, m := range v {
		if !g.takesMember(m.Name, m.Value) {
			return false
		}
	}
	return true
}

func (g *gate) takesMember(name string, v any) bool {
	p := g.properties.find(name)
	known := p != nil
	if known && !p.takes(v) {
		return false
	}
	for _, pattern := range g.patterns {
		if known && pattern.gate.always {
			continue // nothing more is asked of it
		}
		if pattern.name.MatchString(name) {
			known = true
			if !pattern.gate.takes(v) {
				return false
			}
		}
	}
	if known {
		return true
	}
	return g.additional == nil || g.additional.takes(v)
}

func (g *gate) takesArray(v []any) bool {
	if len(v) < g.minItems || g.maxItems >= 0 && len(v) > g.maxItems {
		return false
	}
	if g.items != nil {
		for _, e := range v {
			if !g.items.takes(e) {
				return false
			}
		}
	}
	return true
}
