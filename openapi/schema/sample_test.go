package schema

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

func sampleOf(t *testing.T, schema string) (any, error) {
	t.Helper()
	d := parseTest(t, Options{}, `
Schema: `+schema+`
Tree: { type: object, required: [name], properties: { name: { type: string }, children: { type: array, items: { $ref: "#/components/schemas/Tree" } }, parent: { $ref: "#/components/schemas/Tree" } } }
Endless: { type: object, required: [next], properties: { next: { $ref: "#/components/schemas/Endless" } } }
`)
	return d["Schema"][Response].Sample(t.Context(), rand.New(rand.NewPCG(1, 1)))
}

func TestSamplesFollowTheirSchema(t *testing.T) {
	t.Parallel()
	for _, schema := range []string{
		`{ type: string }`, `{ type: string, minLength: 40, maxLength: 41 }`, `{ type: string, maxLength: 2 }`,
		`{ type: string, format: date-time }`, `{ type: string, format: date }`, `{ type: string, format: uuid }`,
		`{ type: string, format: uri }`, `{ type: string, format: email }`, `{ type: string, format: hostname }`,
		`{ type: string, format: date-time, pattern: "^[0-9]{4,` +
			`}-(0[1-9]|1[012])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,` +
			`12})?(Z|[+-][0-9][0-9]:[0-9][0-9])$" }`,
		`{ type: string, format: ipv4 }`, `{ type: string, format: ipv6 }`, `{ type: string, format: time }`,
		`{ type: string, format: duration }`,
		`{ type: string, pattern: "^[A-Z]{2}-[0-9]{4}(a|b)+$" }`,
		`{ type: string, pattern: "^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$" }`,
		`{ type: string, enum: [one, two] }`, `{ const: { a: [1] } }`,
		`{ type: integer }`, `{ type: integer, minimum: 500 }`, `{ type: integer, maximum: -3 }`,
		`{ type: integer, minimum: 3, maximum: 3 }`,
		`{ type: number, exclusiveMinimum: 0, exclusiveMaximum: 1 }`, `{ type: integer, multipleOf: 7, minimum: 1 }`,
		`{ type: boolean }`, `{ type: "null" }`, `{ type: ["null", string] }`,
		`{ type: array, items: { type: integer }, minItems: 3 }`, `{ type: array, maxItems: 0 }`,
		`{ type: array, items: { $ref: "#/components/schemas/Tree" } }`,
		`{ $ref: "#/components/schemas/Tree" }`,
		`{ type: object, required: [a, b], properties: { a: { type: string } } }`,
		`{ allOf: [{ type: object, required: [a], properties: { a: { type: string } } }, { required: [b], ` +
			`properties: { b: { type: integer } } }] }`,
		`{ oneOf: [{ type: object, required: [a], properties: { a: { const: 1 } } }, { type: "null" }] }`,
		`{ anyOf: [{ type: integer, minimum: 5 }, { type: string }] }`,
		`{}`,
	} {
		if v, err := sampleOf(t, schema); err != nil {
			t.Errorf("%s: %v, %v", schema, v, err)
		}
	}
}

func TestSamplesSayWhatTheyCanNotMakeUp(t *testing.T) {
	t.Parallel()
	for schema, want := range map[string]string{
		`{ $ref: "#/components/schemas/Endless" }`:                        "without end",
		`{ type: integer, minimum: 3, maximum: 2 }`:                       "no number fits between 3 and 2",
		`{ type: string, minLength: 10000000 }`:                           "10000000 characters",
		`{ type: string, enum: [a], not: { const: a } }`:                  "no sample fits the schema",
		`{ type: object, required: [a], properties: { a: { not: {} } } }`: "no sample fits the schema",
	} {
		if v, err := sampleOf(t, schema); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %.99v, %v, want %s", schema, v, err, want)
		}
	}
}

// TestSamplesFitTheEmbeddedContract: each schema has samples for both sides, which
// are the same for the same seed.
func TestSamplesFitTheEmbeddedContract(t *testing.T) {
	t.Parallel()
	for _, s := range embedded(t).all() {
		for seed := range uint64(5) {
			v, err := s.Sample(t.Context(), rand.New(rand.NewPCG(seed, 1)))
			if err != nil {
				t.Fatal(err)
			}
			if again, _ := s.Sample(t.Context(), rand.New(rand.NewPCG(seed, 1))); !reflect.DeepEqual(v, again) {
				t.Errorf("seed %d makes up %v and %v", seed, v, again)
			}
		}
	}
}

func TestSamplesLeaveOutWhatTheSideNeverHas(t *testing.T) {
	t.Parallel()
	d := parseTest(t, Options{},
		`Thing: {type: object, properties: {id: {type: string, readOnly: true}, secret: {type: string, writeOnly: `+
			`true}}}`)
	v, err := d["Thing"][Response].Sample(t.Context(), rand.New(rand.NewPCG(1, 1)))
	object, _ := v.(map[string]any)
	if err != nil || object["id"] == nil || object["secret"] != nil {
		t.Errorf("a response: %v, %v", v, err)
	}
	v, err = d["Thing"][Request].Sample(t.Context(), rand.New(rand.NewPCG(1, 1)))
	if object, _ := v.(map[string]any); err != nil || object["secret"] == nil {
		t.Errorf("a request: %v, %v", v, err)
	}
}

// TestSamplesAreBoundedAsAWhole: none of these may take a second or much memory.
func TestSamplesAreBoundedAsAWhole(t *testing.T) {
	t.Parallel()
	tree := func(fanout int, leaf string) string { // 15 levels deep, with as many branches at each
		var b strings.Builder
		b.WriteString(`{"$ref": "#/$defs/A0", "$defs": {`)
		for level := range 15 {
			var names, properties []string
			for i := range fanout {
				names = append(names, fmt.Sprintf(`"p%d"`, i))
				properties = append(properties, fmt.Sprintf(`"p%d": {"$ref": "#/$defs/A%d"}`, i, level+1))
			}
			fmt.Fprintf(&b, `"A%d": {"type": "object", "required": [%s], "properties": {%s}},`, level,
				strings.Join(names, ","), strings.Join(properties, ","))
		}
		return b.String() + `"A15": ` + leaf + `}}`
	}
	all := func(level, fanout int) string { // the same, for one value
		var b strings.Builder
		b.WriteString(`{"$ref": "#/$defs/A0", "$defs": {`)
		for i := range level {
			part := fmt.Sprintf(`{"$ref": "#/$defs/A%d"},`, i+1)
			fmt.Fprintf(&b, `"A%d": {"allOf": [%s]},`, i, strings.TrimSuffix(strings.Repeat(part, fanout), ","))
		}
		return b.String() + fmt.Sprintf(`"A%d": {"type": "integer"}}}`, level)
	}
	for name, tt := range map[string]struct{ document, want string }{
		"a long list":     {`{"type": "array", "minItems": 2000000000, "items": {"type": "integer"}}`, "2000000000 elements"},
		"beyond integers": {`{"type": "array", "minItems": 1e30, "items": {}}`, "elements"},
		"lists in lists": {`{"minItems": 9000, "items": {"minItems": 9000, "items": {"minItems": 9000}}}`,
			"at most 20000 values"},
		"differing elements": {`{"minItems": 15000, "uniqueItems": true, "items": {"type": "integer"}}`,
			"at most 20000 values"},
		"a large object":  {`{"type": "object", "minProperties": 2000000000}`, "2000000000 properties"},
		"many texts":      {`{"minItems": 1000, "items": {"minLength": 9000}}`, "1048576 bytes"},
		"a long pattern":  {`{"minItems": 1000, "items": {"pattern": "^(ab){500}(ab){500}$"}}`, "at most"},
		"contained":       {`{"type": "array", "contains": {}, "minContains": 3000000}`, "3000000 elements"},
		"a tree":          {tree(3, `{"type": "integer"}`), "at most 20000 values"},
		"endless tree":    {tree(2, `{"$ref": "#/$defs/A0"}`), "without end"},
		"schemas of one":  {all(200, 3), ""},
		"many long words": {`{"minItems": 500, "items": {"minLength": 3000, "pattern": "^[a-z]+$"}}`, "1048576 bytes"},
	} {
		s := FromJSON(decodeTest(t, tt.document).(map[string]any), Options{})
		v, err := s.Sample(t.Context(), rand.New(rand.NewPCG(1, 1)))
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %.99v, %v, want %s", name, v, err, tt.want)
		}
	}
}

func TestSamplesEndWithTheirContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := FromJSON(decodeTest(t, `{"minItems": 1000, "items": {"type": "integer"}}`).(map[string]any), Options{})
	if v, err := s.Sample(ctx, rand.New(rand.NewPCG(1, 1))); !errors.Is(err, context.Canceled) {
		t.Errorf("got %.99v, %v", v, err)
	}
}

// TestEverySchemaWithAValueHasASample has schemas whose values are not found by reading
// one keyword after the other.
func TestEverySchemaWithAValueHasASample(t *testing.T) {
	t.Parallel()
	for _, document := range []string{
		// objects
		`{"type": "object", "additionalProperties": {"type": "boolean"}, "minProperties": 3}`,
		`{"type": "object", "patternProperties": {"^x-[a-z]{2}$": {"type": "null"}}, "additionalProperties": false,
			"minProperties": 2}`,
		`{"type": "object", "propertyNames": {"pattern": "^k[0-9]+$"}, "minProperties": 2}`,
		`{"properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "oneOf": [{"required": ["a"]},
			{"required": ["b"]}]}`,
		`{"properties": {"a": {"type": "integer"}}, "not": {"required": ["a"]}}`,
		`{"type": "object", "required": ["card"], "dependentRequired": {"card": ["address"]}, "properties": {
			"address": {"type": "object", "required": ["city"]}}}`,
		`{"required": ["card"], "dependentSchemas": {"card": {"required": ["zip"], "properties": {"zip": {"minLength":
			5}}}}}`,
		`{"properties": {"a": {"type": "integer"}, "b": {"type": "integer"}, "c": {"type": "integer"}},
			"maxProperties": 1}`,
		`{"allOf": [{"properties": {"a": {"minimum": 3}}}, {"properties": {"a": {"maximum": 3, "type": "integer"}},
			"required": ["a"]}]}`,
		`{"allOf": [{"properties": {"a": {"type": "integer"}}, "additionalProperties": false}, {"properties": {"b":
			{"type": "string"}}}]}`,
		`{"type": "object", "required": ["a"], "unevaluatedProperties": false, "allOf": [{"properties": {"a": {}}}]}`,
		// conditions
		`{"required": ["kind"], "properties": {"kind": {"enum": ["a", "b"]}}, "if": {"properties": {"kind":
			{"const": "a"}}}, "then": {"required": ["x"]}, "else": {"required": ["y"]}}`,
		`{"type": "integer", "if": {"minimum": 0}, "then": false}`,
		// arrays
		`{"prefixItems": [{"type": "string"}, {"type": "integer"}], "items": false, "minItems": 2}`,
		`{"prefixItems": [{"const": "a"}], "items": {"type": "integer"}, "minItems": 4}`,
		`{"items": {"type": ["integer", "string"]}, "contains": {"const": "x"}, "minContains": 2}`,
		`{"items": {"enum": ["a", "b", "c"]}, "minItems": 3, "uniqueItems": true}`,
		`{"items": {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}, "minItems": 20,
			"uniqueItems": true}`,
		`{"type": "array", "contains": {"type": "integer"}, "maxItems": 1}`,
		`{"type": "array", "items": {"type": "integer", "minimum": 3, "maximum": 2}}`,
		// texts and numbers
		`{"type": "string", "pattern": "^[a-z]+$", "minLength": 30, "maxLength": 31}`,
		`{"type": "string", "pattern": "^(ab?c)*$", "minLength": 10, "maxLength": 14}`,
		`{"type": "string", "pattern": "[0-9]", "minLength": 12}`,
		`{"allOf": [{"pattern": "^a"}, {"pattern": "^[a-z]{3}$"}], "type": "string"}`,
		`{"type": "string", "format": "uri", "maxLength": 20}`,
		`{"type": "string", "format": "email", "maxLength": 18}`,
		`{"type": "number", "multipleOf": 0.01, "minimum": 0.57, "maximum": 0.58}`,
		`{"type": "integer", "not": {"minimum": 1}, "minimum": 0}`,
		`{"enum": ["a", "b", "c"], "not": {"enum": ["a", "b"]}}`,
		`{"type": "boolean", "not": {"const": true}}`, `{"not": {"type": "string"}}`,
		`{"not": {"type": ["string", "integer", "boolean", "array", "null"]}}`,
		// unions
		`{"oneOf": [{"type": "integer"}, {"type": "number"}, {"type": "string"}]}`,
		`{"oneOf": [{"type": "string"}, {"const": "a"}]}`,
		`{"anyOf": [{"type": "integer", "minimum": 3, "maximum": 2}, {"type": "null"}]}`,
		`{"allOf": [{"anyOf": [{"type": "string"}, {"type": "integer"}]}, {"anyOf": [{"type": "boolean"}, {"type":
			"integer"}]}]}`,
		`{"type": ["object", "null"], "required": ["a"], "properties": {"a": false}}`,
		`{"oneOf": [{"properties": {"e": {"type": "array", "items": {"type": "integer"}, "minItems": 1}}}, {"properties":
			{"e": {"type": "array", "items": {"type": "string"}, "minItems": 1}}}], "type": "object"}`,
		// recursion that may end
		`{"$ref": "#/$defs/R", "$defs": {"R": {"type": "object", "required": ["left", "v"], "properties": {"v":
			{"type": "integer"}, "left": {"anyOf": [{"$ref": "#/$defs/R"}, {"type": "null"}]}}}}}`,
		`{"$ref": "#/$defs/T", "$defs": {"T": {"type": "object", "required": ["a", "b", "c"], "properties": {"a":
			{"$ref": "#/$defs/L"}, "b": {"$ref": "#/$defs/L"}, "c": {"$ref": "#/$defs/L"}}}, "L": {"type": "array",
			"items": {"$ref": "#/$defs/T"}}}}`,
		`{"$ref": "#/$defs/E", "$defs": {"E": {"oneOf": [{"$ref": "#/$defs/Sum"}, {"$ref": "#/$defs/Number"}]}, "Sum":
			{"type": "object", "required": ["l", "r"], "properties": {"l": {"$ref": "#/$defs/E"}, "r": {"$ref":
			"#/$defs/E"}}}, "Number": {"type": "integer"}}}`,
	} {
		s := FromJSON(decodeTest(t, document).(map[string]any), Options{})
		for seed := range uint64(20) {
			for _, make := range []func(context.Context, *rand.Rand) (any, error){s.Sample, s.Example} {
				v, err := make(t.Context(), rand.New(rand.NewPCG(seed, 1)))
				if err != nil {
					t.Fatalf("%s, seed %d: %v", document, seed, err)
				}
				if found, err := s.Validate(v); len(found) > 0 || err != nil {
					t.Fatalf("%s, seed %d: %v is wrong: %v, %v", document, seed, v, found, err)
				}
			}
		}
	}
}

// TestAmbiguousUnionsHaveSamples: where several branches of a oneOf fit, the document is
// to blame, and a user still needs an answer. The discriminator says which.
func TestAmbiguousUnionsHaveSamples(t *testing.T) {
	t.Parallel()
	d := parseTest(t, Options{}, `
Shape: { oneOf: [{ $ref: '#/components/schemas/Circle' }, { $ref: '#/components/schemas/Square' }], discriminator: { propertyName: is, mapping: { round: '#/components/schemas/Circle', angular: Square } } }
Circle: { type: object, required: [is, size], properties: { is: { type: string }, size: { type: integer } } }
Square: { type: object, required: [is, size], properties: { is: { type: string }, size: { type: integer } } }
Holder: { type: object, required: [shapes], properties: { shapes: { type: array, minItems: 3, items: { $ref: '#/components/schemas/Shape' } } } }
`)
	v, err := d["Holder"][Response].Sample(t.Context(), rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		t.Fatal(err)
	}
	for _, shape := range v.(map[string]any)["shapes"].([]any) {
		if is := shape.(map[string]any)["is"]; is != "round" && is != "angular" {
			t.Errorf("got %v", v)
		}
	}
}

func TestExamplesAreWhatTheDocumentShows(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{ type: object, required: [name], properties: { name: { type: string } }, example: { name: Ada } }`: `{"name":"Ada"}`,
		`{ $ref: '#/components/schemas/Shown' }`:                                      `{"id":42}`,
		`{ type: array, items: { $ref: '#/components/schemas/Shown' }, minItems: 2 }`: `[{"id":42},{"id":42}]`,
		`{ type: object, properties: { a: { type: string, example: x }, b: { type: integer, default: 3 }, ` +
			`c: { $ref: '#/components/schemas/Shown' }, d: { type: object } } }`: `{"a":"x","b":3,"c":{"id":42}}`,
		`{ allOf: [{ $ref: '#/components/schemas/Shown' }, { type: object, required: [more], properties: ` +
			`{ more: { type: string, examples: [y, z] } } }] }`: `{"id":42,"more":"y"}`,
		`{ $ref: '#/components/schemas/Shown', example: { id: 7 } }`: `{"id":7}`,
		`{ type: string, enum: [one, two] }`:                         `"one"`,
		`{ type: string, enum: [one, two], default: two }`:           `"two"`,
		`{ const: 5 }`: `5`,
		`{ oneOf: [{ type: integer, example: 9 }, { type: string, example: eight }] }`: `9`,
		`{ type: integer, example: none, default: 4 }`:                                 `4`,
		`{ type: object, required: [a, b], properties: { a: { type: integer }, b: { type: string } }, ` +
			`example: { a: 1, b: 2 }, default: { a: 5, b: text } }`: `{"a":5,"b":"text"}`,
		`{ type: object, required: [a, b], properties: { a: { type: integer }, b: { const: here } }, ` +
			`example: { a: 1, b: there } }`: `{"a":1,"b":"here"}`,
		`{ type: array, items: { type: integer }, example: [3, 2, 1] }`:            `[3,2,1]`,
		`{ type: array, uniqueItems: true, minItems: 2, items: { enum: [p, q] } }`: `["p","q"]`,
	} {
		d := parseTest(t, Options{}, "\nSchema: "+text+`
Shown: { type: object, required: [id], properties: { id: { type: integer } }, example: { id: 42 } }
`)
		v, err := d["Schema"][Response].Example(t.Context(), rand.New(rand.NewPCG(1, 1)))
		if got := string(jsontext.Append(nil, v)); err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", text, got, err, want)
		}
	}
}
