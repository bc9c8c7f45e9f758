package verify

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi"
)

// A body is a JSON body that is worth sending, and what is special about it.
type body struct {
	name  string
	value any
}

// plainBodies gives the bodies that nobody changed: an operation's examples, the
// smallest first, then samples.
func (r *run) plainBodies(op *openapi.Operation, random *rand.Rand) []body {
	var all []body
	for name, v := range op.RequestExamples() {
		if name == "example" { // the one without a name
			name = "of the contract"
		}
		all = append(all, body{"example " + name, v})
	}
	slices.SortStableFunc(all, func(a, b body) int { return len(encode(a.value)) - len(encode(b.value)) })
	schema := op.RequestSchema()
	for i := range 3 {
		if v, err := openapi.SampleSchema(schema, random); err == nil && schema != nil {
			all = append(all, body{fmt.Sprintf("sample %d", i+1), v})
		}
	}
	return r.ofClients(schema, all)
}

// bodiesOf gives bodies for an operation: the plain ones and changes of the first,
// valid and not, each once. It is empty where the operation takes no JSON.
func (r *run) bodiesOf(op *openapi.Operation, random *rand.Rand) []body {
	all := r.plainBodies(op, random)
	schema := op.RequestSchema()
	if schema == nil || len(all) == 0 {
		return all
	}
	m := mutator{schema: schema, least: all[0].value, random: random}
	all = append(all, m.whole()...)
	for _, p := range placesIn(schema) {
		all = append(all, m.at(p)...)
	}
	all = append(all, m.optional()...)
	return distinct(r.ofClients(schema, all))
}

// ofClients leaves out of bodies what only the server sets. Graph takes that and
// ignores it; of others nobody knows what they do with it.
func (r *run) ofClients(schema map[string]any, all []body) []body {
	if r.odata || schema == nil {
		return all
	}
	for i, b := range all {
		all[i].value = withoutReadOnly(schema, schema, b.value)
	}
	return all
}

func withoutReadOnly(root, part map[string]any, v any) any {
	f := facetsOf(root, part)
	switch v := v.(type) {
	case map[string]any:
		rest := map[string]any{}
		for name, member := range v {
			if !isReadOnly(root, f.properties[name]) {
				rest[name] = withoutReadOnly(root, f.properties[name], member)
			}
		}
		return rest
	case []any:
		rest := make([]any, len(v))
		for i, element := range v {
			rest[i] = withoutReadOnly(root, f.items, element)
		}
		return rest
	}
	return v
}

func distinct(all []body) []body {
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(b body) bool {
		text := string(encode(b.value))
		was := seen[text]
		seen[text] = true
		return was
	})
}

// A mutator changes one body.
type mutator struct {
	schema map[string]any
	least  any
	random *rand.Rand
}

// whole changes the body as a whole.
func (m *mutator) whole() []body {
	var all []body
	for _, c := range candidatesFor(m.schema, map[string]any{"type": []string{"object"}}, m.random) {
		all = append(all, body{"body " + c.name, c.value})
	}
	return append(all, m.unknown(place{schema: m.schema})...)
}

// unknownName is a property that no contract has.
const unknownName = "graphmockVerify"

// unknown adds a property that nobody knows, where the schema is closed.
func (m *mutator) unknown(p place) []body {
	f := facetsOf(m.schema, p.schema)
	if !f.closed {
		return nil
	}
	object, ok := with(m.schema, m.schema, m.least, append(slices.Clone(p.path), unknownName), "x", m.random)
	if !ok {
		return nil
	}
	return []body{{p.pointer() + "/" + unknownName + " is unknown", object}}
}

// at changes the value at one place.
func (m *mutator) at(p place) []body {
	var all []body
	if v, ok := without(m.least, p.path); ok {
		all = append(all, body{"without " + p.pointer(), v})
	}
	for _, c := range candidatesFor(m.schema, p.schema, m.random) {
		if v, ok := with(m.schema, m.schema, m.least, p.path, c.value, m.random); ok {
			all = append(all, body{p.pointer() + " is " + c.name, v})
		}
	}
	// Of an object that stands at the place, each required member in turn.
	f := facetsOf(m.schema, p.schema)
	if sample, err := openapi.SampleSchema(openapi.SubSchema(m.schema, p.schema), m.random); err == nil && len(f.properties) > 0 {
		for _, name := range f.required {
			object, _ := sample.(map[string]any)
			object = maps.Clone(object)
			delete(object, name)
			if v, ok := with(m.schema, m.schema, m.least, p.path, object, m.random); ok {
				all = append(all, body{"without " + p.pointer() + "/" + name, v})
			}
		}
	}
	return append(all, m.unknown(p)...)
}

// optional leaves each optional property out of a full body, and puts each, and
// each pair, into the smallest.
func (m *mutator) optional() []body {
	f := facetsOf(m.schema, m.schema)
	least, ok := m.least.(map[string]any)
	if !ok {
		return nil
	}
	samples := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(f.properties)) {
		p := f.properties[name]
		if slices.Contains(f.required, name) || isReadOnly(m.schema, p) {
			continue
		}
		if v, err := openapi.SampleSchema(openapi.SubSchema(m.schema, p), m.random); err == nil {
			samples[name] = v
		}
	}
	names := slices.Sorted(maps.Keys(samples))
	full := maps.Clone(least)
	maps.Copy(full, samples)
	all := []body{{"every property", full}}
	for i, name := range names {
		if v, ok := without(full, []string{name}); ok {
			all = append(all, body{"every property but /" + name, v})
		}
		for _, other := range names[i+1:] {
			pair := maps.Clone(least)
			pair[name], pair[other] = samples[name], samples[other]
			all = append(all, body{"with /" + name + " and /" + other, pair})
		}
	}
	return all
}

// isReadOnly tells whether only the server sets a property.
func isReadOnly(root, part map[string]any) bool { return facetsOf(root, part).readOnly }

// A text is a body that is made of bytes.
type text struct {
	name   string
	bytes  []byte
	strict bool // only OData's readers are known to refuse it
}

// brokenTexts are bodies that are no JSON, made of one that is.
func brokenTexts(v any) []text {
	good := encode(v)
	all := []text{
		{"empty body", []byte{}, false},
		{"body is cut off", good[:len(good)-1], false},
		{"body is not JSON", []byte("hello"), false},
		{"body in single quotes", []byte("{'a': 1}"), false},
		{"something after the body", append(slices.Clone(good), " x"...), false},
		{"two bodies", append(slices.Clone(good), good...), false},
		{"trailing comma", append(slices.Clone(good[:len(good)-1]), ",}"...), false},
		{"a byte order mark", append([]byte("\xef\xbb\xbf"), good...), true},
		{"nested too deeply", []byte(strings.Repeat("[", 1000) + strings.Repeat("]", 1000)), true},
		{"a number of a thousand digits", []byte(`{"a":` + strings.Repeat("1", 1000) + `}`), true},
	}
	if i := bytes.IndexByte(good, '"'); good[0] == '{' && i > 0 {
		if object, ok := v.(map[string]any); ok {
			name := slices.Sorted(maps.Keys(object))[0]
			member := append(encode(name), ':')
			member = append(append(member, encode(object[name])...), ',')
			all = append(all, text{"the key " + name + " twice", append(append([]byte("{"), member...), good[1:]...), true})
		}
		for _, b := range []struct{ name, text string }{
			{"not UTF-8", "\xff"}, {"half a surrogate", `\ud800`}, {"a raw line break in a string", "\n"},
		} {
			broken := append(slices.Clone(good[:i+1]), b.text...)
			all = append(all, text{b.name, append(broken, good[i+1:]...), true})
		}
	}
	return all
}
