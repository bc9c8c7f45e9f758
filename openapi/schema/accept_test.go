package schema

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// seedRequest is the request of Microsoft's page "Create or replace an
// activityHistoryItem".
const seedRequest = `{
    "startedDateTime": "2015-02-11T20:54:04.3457274+00:00",
    "userTimezone": "Africa/Casablanca",
    "lastActiveDateTime": "2015-02-11T20:54:04.3457274+00:00"
}`

// all returns the schemas of a document, both sides, in a fixed order.
func (d document) all() []*Schema {
	var all []*Schema
	for _, name := range slices.Sorted(maps.Keys(d)) {
		all = append(all, d[name][Request], d[name][Response])
	}
	return all
}

func TestEverySchemaOfTheContractCompiles(t *testing.T) {
	t.Parallel()
	for _, s := range embedded(t).all() {
		if err := s.Compile(); err != nil {
			t.Error(err)
		}
	}
}

// FuzzAccepts: the fast validator accepts nothing that jsonschema rejects, and
// Validate has something to say about exactly those values.
func FuzzAccepts(f *testing.F) {
	all := slices.Concat(
		embedded(f).all(),
		parseTest(f, Options{OData: true, OpenAPI30: true}, schemas30).all(),
		parseTest(f, Options{}, schemas31).all(),
	)
	for i := range all {
		f.Add(uint8(i), []byte(seedRequest))
		f.Add(uint8(i), []byte{byte(i), 7, 30, 1, 99, 4, 5, 200, 17})
	}
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		s := all[int(which)%len(all)]
		program, err := s.compiled()
		if err != nil {
			t.Fatal(err)
		}
		v, syntax := jsontext.Decode(data)
		if syntax != nil {
			v = (&valueMaker{data, someNames, someNumbers}).value(4)
		}
		valid := program.Validate(v) == nil
		if s.fast.accepts(v) && !valid {
			t.Fatalf("the fast validator accepts %s, though %v", show(v), program.Validate(v))
		}
		if s.fast.check(v) == no && valid {
			t.Fatalf("the fast validator rejects %s, which is valid", show(v))
		}
		if s.fast.check(v) != s.fast.check(ordered(v)) {
			t.Fatalf("%s is another thing as an Object", show(v))
		}
		found, err := s.Validate(v)
		if err != nil || valid != (len(found) == 0) {
			t.Fatalf("valid is %v, Validate says %v, %v", valid, found, err)
		}
		for _, p := range found {
			if p.Rule == "" || p.Message == "" || p.Pointer != "" && p.Pointer[0] != '/' {
				t.Fatalf("got %+v", p)
			}
		}
	})
}

// A valueMaker makes JSON values of bytes, out of words that schemas use.
type valueMaker struct {
	data    []byte
	names   []string
	numbers []json.Number
}

func (m *valueMaker) next(n int) int {
	if len(m.data) == 0 {
		return 0
	}
	b := m.data[0]
	m.data = m.data[1:]
	return int(b) % n
}

var (
	someNames = []string{
		"id", "name", "secret", "a", "b", "x-b", "kind", "onlyA", "card", "address", "zip/code", "propertyNames",
		"@odata.type",
		"startedDateTime", "lastActiveDateTime", "activeDurationSeconds", "status", "userTimezone", "activity",
		"historyItems",
		"activitySourceHost", "activationUrl", "visualElements", "displayText", "attribution", "iconUrl", "error",
		"code", "value",
	}
	someTexts = []string{
		"", "a", "ab", "abcd", "on", "updated", "2018-02-26T20:28:22.14Z", "2018-02-31T20:28:22Z",
		"https://contoso.com", "#fff",
		"390e06e2-7e5b-4133-8014-fac7ac991af7", "#microsoft.graph.userActivity", "\u00fc\u20ac",
		"dog", "fish", "FUR", "red,Blue",
	}
	someNumbers = []json.Number{"0", "-0", "1", "1.0", "1e0", "2", "4.999", "5", "0.07", "0.075", "2147483648",
		"9223372036854775808", "1e400", "-1e-400"}
)

func (m *valueMaker) value(depth int) any {
	kinds := 7
	if depth == 0 {
		kinds = 5
	}
	switch m.next(kinds) {
	case 0:
		return nil
	case 1:
		return m.next(2) == 0
	case 2, 3:
		return someTexts[m.next(len(someTexts))]
	case 4:
		return m.numbers[m.next(len(m.numbers))]
	case 5:
		list := make([]any, m.next(5))
		for i := range list {
			list[i] = m.value(depth - 1)
		}
		return list
	}
	object := map[string]any{}
	for range m.next(8) {
		object[m.names[m.next(len(m.names))]] = m.value(depth - 1)
	}
	return object
}

func TestSeedRequestIsAcceptedWithoutAllocating(t *testing.T) {
	s := embedded(t)["microsoft.graph.activityHistoryItem"][Request]
	v := decodeTest(t, seedRequest)
	if found, err := s.Validate(v); err != nil || len(found) > 0 {
		t.Fatal(found, err)
	}
	if allocations := testing.AllocsPerRun(100, func() {
		if !s.fast.accepts(v) {
			t.Fatal("not accepted")
		}
	}); allocations > 0 {
		t.Errorf("%v allocations", allocations)
	}
}

// TestFastValidatorKnowsCommonKeywords: an invalid value aside, it is not unsure.
func TestFastValidatorKnowsCommonKeywords(t *testing.T) {
	t.Parallel()
	for document, value := range map[string]string{
		`{"type": "string", "minLength": 1, "maxLength": 3, "pattern": "^a"}`: `"abc"`,
		`{"type": ["integer", "null"], "minimum": 1, "maximum": 5}`:           `5`,
		`{"type": "object", "required": ["a"], "minProperties": 1, "maxProperties": 2, "properties": {"a": true},
			"patternProperties": {"^x": {"type": "boolean"}}, "additionalProperties": false}`: `{"a": 1, "x": true}`,
		`{"type": "array", "minItems": 1, "maxItems": 2, "items": {"$ref": "#/$defs/A"}, "$defs": {"A": {"enum": ` +
			`["b", null]}}}`: `["b", null]`,
		`{"oneOf": [{"const": 1}, {"type": "string"}, {"enum": [2, true]}], "not": {"const": 2}}`: `1`,
		`{"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"multipleOf": 3, "exclusiveMinimum": 3,
			"exclusiveMaximum": 7}}`: `6`,
		`{"prefixItems": [{"const": "a"}], "items": {"type": "string"}, "contains": {"const": "b"}, "uniqueItems": true,
			"maxContains": 1}`: `["a", "b"]`,
		`{"propertyNames": {"pattern": "^[ab]$"}, "dependentRequired": {"a": ["b"]}}`: `{"a": 1, "b": 2}`,
		`{"default": 1, "examples": [2]}`:                                             `3`,
		`{"title": "t", "description": "d", "x-any": 1, "anyOf": [{"type": "string"}, {"allOf": [{"format": ` +
			`"date"}]}]}`: `"2018-02-26"`,
	} {
		s := FromJSON(decodeTest(t, document).(map[string]any), Options{})
		if !s.fast.accepts(decodeTest(t, value)) {
			t.Errorf("%s is not sure about %s", document, value)
		}
	}
}

// TestFastValidatorIsUnsureOfMalformedKeywords: it does not panic, and does not
// accept what it has not understood.
func TestFastValidatorIsUnsureOfMalformedKeywords(t *testing.T) {
	t.Parallel()
	for _, document := range []string{
		`{"$ref": 1}`, `{"$ref": "#/$defs/none"}`, `{"type": 1}`, `{"type": "text"}`, `{"enum": "a"}`, `{"allOf": {}}`,
		`{"anyOf": "a"}`,
		`{"format": 1}`, `{"pattern": 1}`, `{"pattern": "(a"}`, `{"minimum": 0.5}`, `{"maximum": "1"}`,
		`{"minLength": -1}`,
		`{"maxLength": 0.5}`, `{"properties": []}`, `{"patternProperties": {"(a": true}}`,
		`{"required": "a", "minProperties": "1"}`,
		`{"additionalProperties": 1}`, `{"items": 1}`, `{"properties": {"b": 1}}`, `{"patternProperties": {"b": 1}}`,
		`{"anyOf": [1]}`, `{"oneOf": [1]}`, `{"minItems": null}`, `{"not": {}}`, `{"not": 1}`, `{"if": 1, "then": 2}`,
		`{"unknown": 1}`, `{"prefixItems": [1]}`, `{"contains": 1}`, `{"uniqueItems": 1}`, `{"multipleOf": 0}`,
		`{"multipleOf": 0.1}`, `{"propertyNames": 1}`, `{"dependentRequired": 1}`, `{"unevaluatedItems": true}`,
	} {
		s := FromJSON(decodeTest(t, document).(map[string]any), Options{})
		for _, v := range []any{nil, "abc", json.Number("1"), map[string]any{"a": "b"}, []any{"a"}} {
			if s.fast.accepts(v) {
				t.Errorf("%s accepts %s", document, show(v))
			}
		}
	}
}

// TestFastValidatorRejectsSurely: what is wrong by one keyword is a no, not a doubt, so
// that unions can be decided without jsonschema.
func TestFastValidatorRejectsSurely(t *testing.T) {
	t.Parallel()
	for document, value := range map[string]string{
		`{"type": "string"}`:                                                  `1`,
		`{"required": ["a"]}`:                                                 `{}`,
		`{"oneOf": [{"type": "string"}, {"minLength": 1}]}`:                   `"a"`,
		`{"oneOf": [{"type": "string"}, {"type": "null"}]}`:                   `1`,
		`{"not": {"type": "string"}}`:                                         `"a"`,
		`{"const": false}`:                                                    `true`,
		`{"if": {"type": "string"}, "then": false}`:                           `"a"`,
		`{"contains": {"type": "null"}}`:                                      `[1]`,
		`{"contains": true, "maxContains": 1}`:                                `[1, 2]`,
		`{"uniqueItems": true}`:                                               `["a", "a"]`,
		`{"dependentRequired": {"a": ["b"]}}`:                                 `{"a": 1}`,
		`{"propertyNames": {"maxLength": 1}}`:                                 `{"ab": 1}`,
		`{"prefixItems": [true, {"type": "null"}]}`:                           `[1, 2]`,
		`{"multipleOf": 3}`:                                                   `4`,
		`{"exclusiveMaximum": 4}`:                                             `4`,
		`{"unevaluatedProperties": false, "properties": {"a": {"enum":[1]}}}`: `{"a": 2}`,
	} {
		s := FromJSON(decodeTest(t, document).(map[string]any), Options{})
		if got := s.fast.check(decodeTest(t, value)); got != no {
			t.Errorf("%s says %v of %s", document, got, value)
		}
	}
}

// ordered is v with its objects as Objects.
func ordered(v any) any {
	switch v := v.(type) {
	case map[string]any:
		o := jsontext.Object{}
		for name, member := range v {
			o.Set(name, ordered(member))
		}
		return o
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = ordered(e)
		}
		return list
	}
	return v
}

// TestBoundsHoldForPlainSchemas has schemas that the fast validator knows whole, so
// that jsonschema never sees what it accepts.
func TestBoundsHoldForPlainSchemas(t *testing.T) {
	t.Parallel()
	c := parseTest(t, Options{OpenAPI30: true}, `
List: {type: array, minItems: 2, maxItems: 3, items: {type: string}}
Text: {type: string, minLength: 2, maxLength: 3}
Object: {type: object, minProperties: 2, maxProperties: 3}
Number: {type: number, minimum: 2, maximum: 3}
`)
	checkValidations(t, c, []validation{
		{"List", Request, `["a"]`, []string{" minItems: fewer items than the minimum of 2"}},
		{"List", Request, `["a","b"]`, nil},
		{"List", Request, `["a","b","c"]`, nil},
		{"List", Request, `["a","b","c","d"]`, []string{" maxItems: more items than the maximum of 3"}},
		{"Text", Request, `"é"`, []string{" minLength: shorter than the minimum length 2"}},
		{"Text", Request, `"éé"`, nil},
		{"Text", Request, `"ééé"`, nil},
		{"Text", Request, `"éééé"`, []string{" maxLength: longer than the maximum length 3"}},
		{"Object", Request, `{"a":1}`, []string{" minProperties: fewer properties than the minimum of 2"}},
		{"Object", Request, `{"a":1,"b":2}`, nil},
		{"Object", Request, `{"a":1,"b":2,"c":3}`, nil},
		{"Object", Request, `{"a":1,"b":2,"c":3,"d":4}`,
			[]string{" maxProperties: more properties than the maximum of 3"}},
		{"Number", Request, `1`, []string{" minimum: 1 is below the minimum 2"}},
		{"Number", Request, `1.9`, []string{" minimum: 1.9 is below the minimum 2"}},
		{"Number", Request, `2`, nil},
		{"Number", Request, `3`, nil},
		{"Number", Request, `3.1`, []string{" maximum: 3.1 is above the maximum 3"}},
		{"Number", Request, `4`, []string{" maximum: 4 is above the maximum 3"}},
	})
}
