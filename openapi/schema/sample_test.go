package schema

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

func sampleOf(t *testing.T, schema string) (any, error) {
	t.Helper()
	d := parseTest(t, Options{}, `
Schema: `+schema+`
Tree: { type: object, required: [name], properties: { name: { type: string }, children: { type: array, items: { $ref: "#/components/schemas/Tree" } }, parent: { $ref: "#/components/schemas/Tree" } } }
Endless: { type: object, required: [next], properties: { next: { $ref: "#/components/schemas/Endless" } } }
`)
	return d["Schema"][Response].Sample(rand.New(rand.NewPCG(1, 1)))
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
		`{ type: string, minLength: 100000 }`:                             "100000 characters",
		`{ type: string, enum: [a], not: { const: a } }`:                  "no sample fits the schema",
		`{ type: object, required: [a], properties: { a: { not: {} } } }`: "no sample fits the schema",
	} {
		if v, err := sampleOf(t, schema); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v, want %s", schema, v, err, want)
		}
	}
}

// TestSamplesFitTheEmbeddedContract: each schema has samples for both sides, which
// are the same for the same seed.
func TestSamplesFitTheEmbeddedContract(t *testing.T) {
	t.Parallel()
	for _, s := range embedded(t).all() {
		for seed := range uint64(5) {
			v, err := s.Sample(rand.New(rand.NewPCG(seed, 1)))
			if err != nil {
				t.Fatal(err)
			}
			if again, _ := s.Sample(rand.New(rand.NewPCG(seed, 1))); !reflect.DeepEqual(v, again) {
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
	v, err := d["Thing"][Response].Sample(rand.New(rand.NewPCG(1, 1)))
	object, _ := v.(map[string]any)
	if err != nil || object["id"] == nil || object["secret"] != nil {
		t.Errorf("a response: %v, %v", v, err)
	}
	v, err = d["Thing"][Request].Sample(rand.New(rand.NewPCG(1, 1)))
	if object, _ := v.(map[string]any); err != nil || object["secret"] == nil {
		t.Errorf("a request: %v, %v", v, err)
	}
}
