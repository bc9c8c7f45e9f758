package verify

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/schema"
)

// schemaFacts is what a schema says about a value, with all that it refers to and
// is made of in one place.
type schemaFacts struct {
	types           []string
	format, pattern string
	enum            []any
	numbers         map[string]float64 // minimum, maxLength, ...
	properties      map[string]map[string]any
	required        []string
	items           map[string]any
	closed          bool // no property but those
	readOnly        bool
	key             bool // a client picks it, a new one for each entity
	expiry          bool // after this date the entity is gone
}

// A maker makes up values, and keeps the schemas that it made them of. The zero value
// is ready; it is safe for concurrent use.
type maker struct {
	schemas sync.Map // *schema.Schema by partKey
}

// partKey names a part of a schema root, by its content.
type partKey struct {
	defs uintptr // of the root, which stays where it is
	hash uint64
}

// sample makes up a value that fits a schema.
func (m *maker) sample(document map[string]any, random *rand.Rand) (any, error) {
	return m.samplePart(document, document, random)
}

// samplePart makes up a value that fits a part of the schema root.
func (m *maker) samplePart(root, part map[string]any, random *rand.Rand) (any, error) {
	defs, _ := root["$defs"].(map[string]any)
	key := partKey{reflect.ValueOf(defs).Pointer(), hashOf(root, part)}
	if made, ok := m.schemas.Load(key); ok {
		return made.(*schema.Schema).Sample(context.Background(), random)
	}
	document := schema.Part(root, part)
	document["$defs"] = reachable(defs, document)
	made := schema.FromJSON(document, schema.Options{})
	m.schemas.Store(key, made)
	return made.Sample(context.Background(), random)
}

// hashOf is equal for parts of a schema root that say the same.
func hashOf(root, part map[string]any) uint64 {
	alone := schema.Part(root, part)
	delete(alone, "$defs")
	h := fnv.New64a()
	fmt.Fprint(h, alone) // maps are written in the order of their keys
	return h.Sum64()
}

// reachable returns those of some definitions that a schema leads to: the rest would
// be compiled with it.
func reachable(defs, document map[string]any) map[string]any {
	found := map[string]any{}
	var visit func(v any)
	visit = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				name, err := url.PathUnescape(strings.TrimPrefix(ref, "#/$defs/"))
				name = jsontext.UnescapePointer(name)
				if target := defs[name]; err == nil && target != nil && found[name] == nil {
					found[name] = target
					visit(target)
				}
			}
			for keyword, below := range v {
				if keyword != "$defs" {
					visit(below)
				}
			}
		case []any:
			for _, below := range v {
				visit(below)
			}
		}
	}
	visit(document)
	return found
}

// maxDepth bounds how far into a body values are changed; maxBranches how many
// schemas speak about one value.
const (
	maxDepth    = 4
	maxBranches = 32
)

// schemaFactsOf reads a part of the schema root.
func schemaFactsOf(root, part map[string]any) schemaFacts {
	f := schemaFacts{numbers: map[string]float64{}, properties: map[string]map[string]any{}}
	type branch struct {
		node map[string]any
		all  bool // it holds together with the others
	}
	queue := []branch{{part, true}}
	for i := 0; i < len(queue) && i < maxBranches; i++ {
		node, all := queue[i].node, queue[i].all
		f.add(node, all)
		if ref, _ := node["$ref"].(string); ref != "" {
			queue = append(queue, branch{schema.Part(root, node), all})
		}
		for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
			list, _ := node[keyword].([]any)
			for _, inner := range list {
				if inner, ok := inner.(map[string]any); ok {
					queue = append(queue, branch{inner, all && keyword == "allOf"})
				}
			}
		}
	}
	return f
}

// add adds what a schema says. Where two that both hold speak about a property, it
// has to be as both say.
func (f *schemaFacts) add(node map[string]any, all bool) {
	if names, ok := node["type"].([]string); ok {
		f.types = append(f.types, names...)
	}
	if v, ok := node["format"].(string); ok {
		f.format = v
	}
	if v, ok := node["pattern"].(string); ok {
		f.pattern = v
	}
	if v, ok := node["enum"].([]any); ok {
		f.enum = append(f.enum, v...)
	}
	for _, keyword := range []string{"minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"} {
		switch v := node[keyword].(type) {
		case float64:
			f.numbers[keyword] = v
		case uint64:
			f.numbers[keyword] = float64(v)
		}
	}
	properties, _ := node["properties"].(map[string]any)
	for name, p := range properties {
		p, ok := p.(map[string]any)
		switch known := f.properties[name]; {
		case ok && known == nil:
			f.properties[name] = p
		case ok && all:
			both := maps.Clone(known)
			list, _ := both["allOf"].([]any)
			both["allOf"] = append(slices.Clone(list), p)
			f.properties[name] = both
		}
	}
	if names, ok := node["required"].([]string); ok {
		f.required = append(f.required, names...)
	}
	if v, ok := node["items"].(map[string]any); ok && f.items == nil {
		f.items = v
	}
	if v, ok := node["additionalProperties"].(bool); ok && !v {
		f.closed = true
	}
	if v, _ := node["x-readOnly"].(bool); v {
		f.readOnly = true
	}
	if node["x-graphmock-key"] == any("unique") {
		f.key = true
	}
	if v, _ := node["x-graphmock-expiry"].(bool); v {
		f.expiry = true
	}
}

// isFreeForm reports whether a parameter's text has no form that shows which
// values mean something.
func (f *schemaFacts) isFreeForm() bool {
	if slices.Contains(f.types, "object") || slices.Contains(f.types, "array") {
		return true
	}
	return f.allowsType("string") && f.format == "" && f.pattern == "" && len(f.enum) == 0
}

// allowsType reports whether a value may be of a JSON type.
func (f *schemaFacts) allowsType(kind string) bool {
	return len(f.types) == 0 || slices.Contains(f.types, kind)
}

// A candidate is a value that is worth sending. Whether it is valid, the contract
// is asked.
type candidate struct {
	name  string // such as "null" or "2147483648"
	value any
}

// candidatesFor returns values for a schema, at the edges of it and beyond. Equal
// sources make equal values.
func (m *maker) candidatesFor(root, part map[string]any, random *rand.Rand) []candidate {
	f := schemaFactsOf(root, part)
	values := []any{nil, "text", number("7"), number("1.5"), true, []any{}, map[string]any{}}
	values = append(values, f.enumValues()...)
	if f.allowsType("string") {
		values = append(values, m.stringValues(&f, root, part, random)...)
	}
	if f.allowsType("integer") || f.allowsType("number") {
		values = append(values, f.numberValues()...)
	}
	if f.allowsType("boolean") && len(f.types) > 0 {
		values = append(values, false, "true")
	}
	for range 2 {
		v, err := m.samplePart(root, part, random)
		if err != nil {
			break
		}
		if list, ok := v.([]any); ok {
			last, _ := values[len(values)-1].([]any)
			values = append(values, append(slices.Clone(last), list...)) // one element, then two
			continue
		}
		values = append(values, v)
	}
	return distinctCandidates(values)
}

// fewCandidatesFor are those for a schema that was tried elsewhere: a value that fits,
// and two of which one at least does not, as a rule.
func (m *maker) fewCandidatesFor(root, part map[string]any, random *rand.Rand) []candidate {
	values := []any{"text", map[string]any{}}
	if v, err := m.samplePart(root, part, random); err == nil {
		values = append(values, v)
	}
	return distinctCandidates(values)
}

// distinctCandidates returns each value once, by its JSON.
func distinctCandidates(values []any) []candidate {
	seen := map[string]bool{}
	var list []candidate
	for _, v := range values {
		text := string(encode(v))
		if !seen[text] {
			seen[text] = true
			list = append(list, candidate{truncate(text), v})
		}
	}
	return list
}

func truncate(text string) string {
	const most = 60
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "..."
}

func number(text string) json.Number { return json.Number(text) }

// enumValues are the members of an enum, and texts that are none.
func (f *schemaFacts) enumValues() []any {
	if len(f.enum) == 0 {
		return nil
	}
	values := []any{"graphmockVerify"}
	for _, member := range f.enum {
		values = append(values, toJSON(member))
	}
	if first, ok := f.enum[0].(string); ok {
		values = append(values, strings.ToUpper(first))
	}
	return values
}

// toJSON returns a value of the document as a JSON value.
func toJSON(v any) any {
	decoded, syntax := jsontext.Decode(encode(v))
	if syntax != nil {
		return nil
	}
	return decoded
}

// formatExamples are texts of a format, the last ones wrong.
var formatExamples = map[string][]string{
	"date-time": {
		"2015-02-11T20:54:04Z", "2015-02-11T20:54:04.3457274+00:00", "2024-02-29T23:59:59.999Z",
		"2018-02-26T20:28:22.1+14:00",
		"2018-02-26T20:28:22.14-12:00", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z",
		"2018-02-26T20:28:22.123456789012Z",
		"2018-02-26T20:28:22", "2018-02-26", "2018-02-30T20:28:22Z", "2018-02-26 20:28:22Z", "2018-02-26T24:00:00Z",
		"2018-13-01T00:00:00Z",
		"2018-02-26T20:28:22+15:00", "26 Feb 2018 20:28:22 GMT", "2018-02-26T20:28:22.1234567890123Z",
		"0000-01-01T00:00:00Z", "",
	},
	"date": {"2018-02-26", "2024-02-29", "1970-01-01", "9999-12-31", "2018-02-30", "26.02.2018", "2018-02-26T00:00:00Z",
		""},
	"uuid": {
		"3f2c1a9e-7b54-4d0c-9a61-5e8d0b7c2f14", "3F2C1A9E-7B54-4D0C-9A61-5E8D0B7C2F14",
		"00000000-0000-0000-0000-000000000000",
		"2", "3f2c1a9e7b544d0c9a615e8d0b7c2f14", "{3f2c1a9e-7b54-4d0c-9a61-5e8d0b7c2f14}",
		"3f2c1a9e-7b54-4d0c-9a61-5e8d0b7c2f1g", "",
	},
	"uri": {"https://www.contoso.com/a?b=c#d", "urn:example:animal", "mailto:user@contoso.com", "www.contoso.com/a",
		"/a", ":", ""},
	"email": {"user@contoso.com", "first.last+tag@contoso.com", "user", "@contoso.com", ""},
	"ipv4":  {"192.0.2.1", "255.255.255.255", "192.0.2.256", "192.0.2", ""},
	"ipv6":  {"2001:db8::1", "::", "192.0.2.1", "2001:db8::g", ""},
}

// maxText bounds the texts that are made up to break a maxLength.
const maxText = 1 << 16

// stringValues are strings for a schema that takes strings.
func (m *maker) stringValues(f *schemaFacts, root, part map[string]any, random *rand.Rand) []any {
	var values []any
	for _, text := range formatExamples[f.format] {
		values = append(values, text)
	}
	if f.pattern != "" {
		for range 3 {
			if v, err := m.samplePart(root, part, random); err == nil {
				values = append(values, v)
				if text, ok := v.(string); ok {
					values = append(values, text+"\n\u00a0", " "+text, strings.ToUpper(text))
				}
			}
		}
	}
	values = append(values, "", "Ünïcode ⚓ 🙂", `"quoted" \ and/slashed`, "<b>&amp;</b>", "line\nbreak\ttab",
		strings.Repeat("long ", 60))
	for _, keyword := range []string{"minLength", "maxLength"} {
		if n, ok := f.numbers[keyword]; ok && n < maxText {
			for _, length := range []int{int(n) - 1, int(n), int(n) + 1} {
				values = append(values, strings.Repeat("a", max(0, length)))
			}
		}
	}
	return values
}

// numberValues are numbers for a schema that takes numbers.
func (f *schemaFacts) numberValues() []any {
	values := []any{"7"}
	for _, text := range []string{
		"0", "1", "-1", "2147483647", "2147483648", "-2147483648", "-2147483649", "9223372036854775807",
		"9223372036854775808",
		"1.0", "1e3", "0.5",
	} {
		if n := number(text); f.allowsType("number") || !isWrittenOddly(n) {
			values = append(values, n)
		}
	}
	for _, keyword := range []string{"minimum", "maximum"} {
		if n, ok := f.numbers[keyword]; ok {
			for _, v := range []float64{n - 1, n, n + 1} {
				values = append(values, number(strconv.FormatFloat(v, 'f', -1, 64)))
			}
		}
	}
	return values
}

// A position is where in a body a value can be changed.
type position struct {
	path   []string // names of members; 0 for the element of an array
	schema map[string]any
	known  bool // the schema was tried elsewhere
}

func (p position) pointer() string {
	var b strings.Builder
	for _, name := range p.path {
		b.WriteByte('/')
		b.WriteString(jsontext.EscapePointer(name))
	}
	return b.String()
}

// positionsIn returns the positions in a schema, outer ones first. It does not go
// into what only the server sets, nor into a type that is inside itself, nor into what
// isNew says was tried elsewhere.
func positionsIn(root map[string]any, isNew func(root, part map[string]any) bool) []position {
	var all []position
	var walk func(p position, above []string)
	walk = func(p position, above []string) {
		if p.known || len(p.path) >= maxDepth {
			return
		}
		f := schemaFactsOf(root, p.schema)
		if f.readOnly {
			return
		}
		if ref, _ := p.schema["$ref"].(string); ref != "" {
			if slices.Contains(above, ref) {
				return
			}
			above = append(slices.Clip(above), ref)
		}
		below := func(name string, schema map[string]any) {
			next := position{path: append(slices.Clone(p.path), name), schema: schema}
			next.known = !isNew(root, schema)
			all = append(all, next)
			walk(next, above)
		}
		for _, name := range slices.Sorted(maps.Keys(f.properties)) {
			below(name, f.properties[name])
		}
		if f.items != nil {
			below("0", f.items)
		}
	}
	walk(position{schema: root}, nil)
	return all
}

// with returns a copy of a body that has a value at a path. What is missing on the
// way is made up; ok is false if it can't be.
func (m *maker) with(root, schema map[string]any, body any, path []string, value any, random *rand.Rand) (any, bool) {
	if len(path) == 0 {
		return value, true
	}
	f := schemaFactsOf(root, schema)
	if object, ok := body.(map[string]any); ok && f.properties[path[0]] != nil || ok && len(path) == 1 {
		inner, _ := object[path[0]]
		if inner == nil && len(path) > 1 {
			inner, _ = m.samplePart(root, f.properties[path[0]], random)
		}
		changed, ok := m.with(root, f.properties[path[0]], inner, path[1:], value, random)
		object = maps.Clone(object)
		object[path[0]] = changed
		return object, ok
	}
	if list, ok := body.([]any); ok && path[0] == "0" && f.items != nil {
		var inner any
		if len(list) > 0 {
			inner = list[0]
		} else if len(path) > 1 {
			inner, _ = m.samplePart(root, f.items, random)
		}
		changed, ok := m.with(root, f.items, inner, path[1:], value, random)
		return append([]any{changed}, list[min(1, len(list)):]...), ok
	}
	return nil, false
}

// without returns a copy of a body that lacks the member or the element at a path;
// ok is false if it has none.
func without(body any, path []string) (any, bool) {
	switch node := body.(type) {
	case map[string]any:
		inner, ok := node[path[0]]
		if !ok {
			return nil, false
		}
		node = maps.Clone(node)
		if len(path) == 1 {
			delete(node, path[0])
			return node, true
		}
		node[path[0]], ok = without(inner, path[1:])
		return node, ok
	case []any:
		i, err := strconv.Atoi(path[0])
		if err != nil || i < 0 || i >= len(node) {
			return nil, false
		}
		if len(path) == 1 {
			return slices.Delete(slices.Clone(node), i, i+1), true
		}
		inner, ok := without(node[i], path[1:])
		node = slices.Clone(node)
		node[i] = inner
		return node, ok
	}
	return nil, false
}
