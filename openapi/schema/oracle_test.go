package schema

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// oracleSchemas are of OpenAPI 3.0, in the words that kin-openapi understands as we do.
const oracleSchemas = `
Text: {type: string, minLength: 2, maxLength: 4}
Nullable: {type: string, nullable: true, enum: [a, on, null]}
Number: {type: number, minimum: 1, maximum: 5, exclusiveMaximum: true}
Whole: {type: integer, minimum: 0}
Truth: {type: boolean}
List: {type: array, minItems: 1, maxItems: 3, items: {$ref: '#/components/schemas/Text'}}
Closed: {type: object, additionalProperties: false, properties: {a: {$ref: '#/components/schemas/Text'}, b: {type: integer}}}
Map: {type: object, maxProperties: 2, additionalProperties: {type: string}}
Needy: {type: object, required: [a], properties: {a: {nullable: true}, name: {type: string}}}
All: {allOf: [{$ref: '#/components/schemas/Needy'}, {type: object, minProperties: 2}]}
Any: {anyOf: [{$ref: '#/components/schemas/Text'}, {$ref: '#/components/schemas/Whole'}, {$ref: '#/components/schemas/Closed'}]}
One: {oneOf: [{type: integer}, {type: number}, {type: boolean}]}
Not: {nullable: true, not: {type: string}}
Tree: {type: object, properties: {a: {$ref: '#/components/schemas/Tree'}, b: {type: array, items: {$ref: '#/components/schemas/Tree'}}}}
`

// TestValidatesAsKinOpenAPI holds Validate against kin-openapi's own validator, which
// reads the same schemas without our translation.
func TestValidatesAsKinOpenAPI(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData([]byte("openapi: 3.0.3\ninfo: {title: test, version: '1'}\npaths: " +
		"{}\ncomponents:\n  schemas:\n" +
		indent(oracleSchemas, "    ")))
	if err != nil {
		t.Fatal(err)
	}
	d := documentOf(doc, Options{OpenAPI30: true})
	random := rand.New(rand.NewPCG(1, 2))
	valid, invalid := 0, 0
	for _, name := range slices.Sorted(maps.Keys(d)) {
		for range 2000 {
			v := randomValue(random)
			found, err := d[name][Request].Validate(v)
			if err != nil {
				t.Fatal(err)
			}
			want := doc.Components.Schemas[name].Value.VisitJSON(withFloats(v)) == nil
			if got := len(found) == 0; got != want {
				t.Fatalf("%s: %s: valid for us %v, for kin-openapi %v: %v", name, show(v), got, want, found)
			}
			if want {
				valid++
			} else {
				invalid++
			}
		}
	}
	if valid < 500 || invalid < 500 {
		t.Errorf("%d values are valid, %d are not", valid, invalid)
	}
}

func randomValue(random *rand.Rand) any {
	data := make([]byte, 40)
	for i := range data {
		data[i] = byte(random.Uint32())
	}
	return (&valueMaker{data: data, names: []string{"a", "b", "name"},
		numbers: []json.Number{"0", "1", "2", "4.5", "5", "-1"}}).value(3)
}

// withFloats returns v as encoding/json reads it, which kin-openapi wants.
func withFloats(v any) any {
	switch v := v.(type) {
	case json.Number:
		f, _ := v.Float64()
		return f
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = withFloats(e)
		}
		return list
	case map[string]any:
		m := make(map[string]any, len(v))
		for name, e := range v {
			m[name] = withFloats(e)
		}
		return m
	}
	return v
}
