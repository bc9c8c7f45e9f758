package verify

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/schema"
)

// A body is a JSON body that is worth sending, and what is special about it.
type body struct {
	name  string
	value any
}

// plainBodies returns the unchanged bodies: an operation's examples, the smallest
// first, then samples.
func (r *run) plainBodies(op *openapi.Operation, random *rand.Rand) []body {
	var all []body
	for name, v := range op.RequestBody().Examples() {
		if name == "example" { // the one without a name
			name = "of the contract"
		}
		all = append(all, body{"example " + name, v})
	}
	slices.SortStableFunc(all, func(a, b body) int { return len(encode(a.value)) - len(encode(b.value)) })
	schema := op.RequestBody().Schema()
	samples := 3
	if r.hasOwnErrors(op) {
		samples = 0
	}
	for i := range samples {
		if v, err := r.sample(schema, random); err == nil && schema != nil {
			all = append(all, body{fmt.Sprintf("sample %d", i+1), v})
		}
	}
	return r.adaptBodies(schema, all)
}

// bodiesOf returns bodies for an operation: the plain ones and changes of the
// first, valid and not, each once. It is empty where the operation takes no JSON.
func (r *run) bodiesOf(op *openapi.Operation, random *rand.Rand) []body {
	all := r.plainBodies(op, random)
	schema := op.RequestBody().Schema()
	if schema == nil || len(all) == 0 {
		return all
	}
	m := mutator{maker: &r.maker, schema: schema, smallest: all[0].value, random: random}
	all = append(all, m.mutateBody()...)
	if r.isNew(schema, schema) {
		for _, p := range positionsIn(schema, r.isNew) {
			all = append(all, m.mutateValue(p)...)
		}
		all = append(all, m.varyOptional(op.Method == "PUT" && r.odata)...)
	}
	return distinct(r.adaptBodies(schema, all))
}

// isNew reports whether a part of the schema root is one that nothing was planned for
// yet: documents have the same schemas in many operations and properties, and all that
// there is to try of one is tried once. Of Graph's, which are few and whose operations
// are alike, it is tried everywhere.
func (r *run) isNew(root, part map[string]any) bool {
	return r.isFirst(planned{hash: hashOf(root, part)})
}

// planned names what test cases were planned for: a schema, or a parameter.
type planned struct {
	in, name string
	hash     uint64 // of the schema
}

func (r *run) isFirst(p planned) bool {
	if r.odata {
		return true
	}
	was := r.planned[p]
	r.planned[p] = true
	return !was
}

// hasOwnErrors reports whether the operation has refusals of its own: then a body
// may be as the schema says and be refused for what it means, and only the
// examples are known to make sense. So it is with links of OData, which lead somewhere.
func (r *run) hasOwnErrors(op *openapi.Operation) bool {
	if r.odata && op.RequestBody().Accepted && strings.HasSuffix(op.Path, "/$ref") {
		return true
	}
	for row := range op.Behaviours() {
		if row.Code != "" && row.Status/100 == 4 {
			return true
		}
	}
	return false
}

// adaptBodies leaves out of bodies what only the server sets, and moves the dates
// after which an entity is gone to where it can still be seen. Graph ignores what
// only it sets; other services may not.
func (r *run) adaptBodies(schema map[string]any, all []body) []body {
	if schema == nil {
		return all
	}
	for i, b := range all {
		all[i].value = rewrite(schema, schema, b.value, func(name string, f schemaFacts, member any) (any, bool) {
			if f.expiry || r.odata && name == expiration {
				member = farFuture(member)
			}
			return member, r.odata || !f.readOnly
		})
	}
	return all
}

// expiration is what Graph calls the date after which an entity is gone, in documents
// without extensions as well.
const expiration = "expirationDateTime"

// farFuture moves a date to a year that is in the future on any clock: a leap
// year, so that there is such a day. What is no date stays.
func farFuture(v any) any {
	const year = "9996"
	text, _ := v.(string)
	if _, ok := schema.ParseDateTime(text); !ok || text > year {
		return v
	}
	return year + text[len(year):]
}

// rewrite returns a copy of a body whose members are what change makes of them.
// Change gets the name of each and what the schema says about it; those that it does
// not keep are left out.
func rewrite(
	root, part map[string]any, v any, change func(name string, f schemaFacts, member any) (_ any, keep bool),
) any {
	switch v := v.(type) {
	case map[string]any:
		properties := schemaFactsOf(root, part).properties
		rest := map[string]any{}
		for name, member := range v {
			member, keep := change(name, schemaFactsOf(root, properties[name]), member)
			if keep {
				rest[name] = rewrite(root, properties[name], member, change)
			}
		}
		return rest
	case []any:
		items := schemaFactsOf(root, part).items
		rest := make([]any, len(v))
		for i, element := range v {
			rest[i] = rewrite(root, items, element, change)
		}
		return rest
	}
	return v
}

// withoutKeys leaves out of bodies what names the entity: a PATCH can't change it.
func withoutKeys(schema map[string]any, all []body) []body {
	for i, b := range all {
		if object, ok := b.value.(map[string]any); ok {
			rest := maps.Clone(object)
			for name := range keysOf(schema) {
				delete(rest, name)
			}
			all[i].value = rest
		}
	}
	return distinct(all)
}

// keysOf returns the properties of which clients pick a new value for each entity.
func keysOf(schema map[string]any) map[string]map[string]any {
	keys := map[string]map[string]any{}
	for name, p := range schemaFactsOf(schema, schema).properties {
		if f := schemaFactsOf(schema, p); f.key {
			keys[name] = p
		}
	}
	return keys
}

// withFreshKeys returns a body whose keys no entity has yet. What is no text
// stays.
func (m *maker) withFreshKeys(root map[string]any, v any, random *rand.Rand) any {
	object, ok := v.(map[string]any)
	if !ok {
		return v
	}
	object = maps.Clone(object)
	for name, p := range sortedMap(keysOf(root)) {
		text, ok := object[name].(string)
		if !ok {
			continue
		}
		part := schema.Part(root, p)
		f := schemaFactsOf(root, part)
		key := m.newKey(openapi.Parameter{Schema: part}, random)
		if f.isFreeForm() && f.numbers["maxLength"] == 0 {
			key = text + "-" + key // what is special about the text stays
		}
		object[name] = key
	}
	return object
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
	*maker
	schema   map[string]any
	smallest any
	random   *rand.Rand
}

// mutateBody changes the body as a whole.
func (m *mutator) mutateBody() []body {
	var all []body
	for _, c := range m.candidatesFor(m.schema, map[string]any{"type": []string{"object"}}, m.random) {
		all = append(all, body{"body " + c.name, c.value})
	}
	return append(all, m.addUnknown(position{schema: m.schema})...)
}

// unknownName is a property that no contract has.
const unknownName = "graphmockVerify"

// addUnknown adds a property that the schema does not have, where it is closed.
func (m *mutator) addUnknown(p position) []body {
	f := schemaFactsOf(m.schema, p.schema)
	if !f.closed {
		return nil
	}
	object, ok := m.with(m.schema, m.schema, m.smallest, append(slices.Clone(p.path), unknownName), "x", m.random)
	if !ok {
		return nil
	}
	return []body{{p.pointer() + "/" + unknownName + " is unknown", object}}
}

// mutateValue changes the value at one position.
func (m *mutator) mutateValue(p position) []body {
	var all []body
	if v, ok := without(m.smallest, p.path); ok {
		all = append(all, body{"without " + p.pointer(), v})
	}
	candidates := m.fewCandidatesFor
	if !p.known {
		candidates = m.candidatesFor
	}
	for _, c := range candidates(m.schema, p.schema, m.random) {
		if v, ok := m.with(m.schema, m.schema, m.smallest, p.path, c.value, m.random); ok {
			all = append(all, body{p.pointer() + " is " + c.name, v})
		}
	}
	if p.known {
		return all
	}
	// Of an object that stands at the position, each required member in turn.
	f := schemaFactsOf(m.schema, p.schema)
	if sample, err := m.samplePart(m.schema, p.schema, m.random); err == nil && len(f.properties) > 0 {
		for _, name := range f.required {
			object, _ := sample.(map[string]any)
			object = maps.Clone(object)
			delete(object, name)
			if v, ok := m.with(m.schema, m.schema, m.smallest, p.path, object, m.random); ok {
				all = append(all, body{"without " + p.pointer() + "/" + name, v})
			}
		}
	}
	return append(all, m.addUnknown(p)...)
}

// varyOptional leaves each optional property out of a full body, and, with pairs,
// puts each pair of them into the smallest.
func (m *mutator) varyOptional(pairs bool) []body {
	f := schemaFactsOf(m.schema, m.schema)
	smallest, ok := m.smallest.(map[string]any)
	if !ok {
		return nil
	}
	samples := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(f.properties)) {
		p := f.properties[name]
		if slices.Contains(f.required, name) || isReadOnly(m.schema, p) {
			continue
		}
		if v, err := m.samplePart(m.schema, p, m.random); err == nil {
			samples[name] = v
		}
	}
	names := slices.Sorted(maps.Keys(samples))
	full := maps.Clone(smallest)
	maps.Copy(full, samples)
	all := []body{{"every property", full}}
	for i, name := range names {
		if v, ok := without(full, []string{name}); ok {
			all = append(all, body{"every property but /" + name, v})
		}
		for _, other := range names[i+1:] {
			if !pairs {
				break
			}
			pair := maps.Clone(smallest)
			pair[name], pair[other] = samples[name], samples[other]
			all = append(all, body{"with /" + name + " and /" + other, pair})
		}
	}
	return all
}

// isReadOnly reports whether only the server sets a property.
func isReadOnly(root, part map[string]any) bool { return schemaFactsOf(root, part).readOnly }

// A rawBody is a body that is made of bytes.
type rawBody struct {
	name   string
	bytes  []byte
	strict bool // only OData's readers are known to refuse it
}

// brokenBodies are bodies that are no JSON, made of one that is.
func brokenBodies(v any) []rawBody {
	good := encode(v)
	all := []rawBody{
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
			all = append(all, rawBody{"the key " + name + " twice",
				append(append([]byte("{"), member...), good[1:]...), true})
		}
		for _, b := range []struct{ name, text string }{
			{"not UTF-8", "\xff"}, {"half a surrogate", `\ud800`}, {"a raw line break in a string", "\n"},
		} {
			broken := append(slices.Clone(good[:i+1]), b.text...)
			all = append(all, rawBody{b.name, append(broken, good[i+1:]...), true})
		}
	}
	return all
}
