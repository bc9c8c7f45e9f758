package schema

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// translations are OpenAPI schemas and what they are as JSON Schema.
var translations = []struct {
	name    string
	options Options
	schema  string // of the component Schema; there is Other as well
	want    string // without $defs
	def     string // what $defs has under Schema, when want is a $ref to it
}{
	{"anything", Options{}, `{}`, `{}`, ""},
	{"true", Options{}, `true`, `{}`, ""},
	{"false", Options{}, `false`, `{"not": {}}`, ""},
	{"types", Options{}, `{type: [string, "null"]}`, `{"type": ["string", "null"]}`, ""},
	{"text", Options{}, `{type: string, format: uuid, minLength: 1, maxLength: 0, pattern: '^\u0041'}`,
		`{"type": ["string"], "format": "uuid", "minLength": 1, "maxLength": 0, "pattern": "^\\x{0041}"}`, ""},
	{"a pattern that can't be checked", Options{}, `{pattern: '(?=a)'}`, `{}`, ""},
	{"number", Options{}, `{type: integer, minimum: 0, exclusiveMaximum: 9, multipleOf: 3}`,
		`{"type": ["integer"], "minimum": 0, "exclusiveMaximum": 9, "multipleOf": 3}`, ""},
	{"exclusive bounds of 3.0", Options{OpenAPI30: true},
		`{minimum: 1, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: false}`,
		`{"exclusiveMinimum": 1, "maximum": 9}`, ""},
	{"an exclusive bound without a bound", Options{OpenAPI30: true}, `{exclusiveMinimum: true}`, `{}`, ""},
	{"choices", Options{}, `{enum: [a, 1, null], const: a}`, `{"enum": ["a", 1, null], "const": "a"}`, ""},
	{"array", Options{}, `{type: array, items: {type: string}, minItems: 1, maxItems: 2, uniqueItems: true}`,
		`{"type": ["array"], "items": {"type": ["string"]}, "minItems": 1, "maxItems": 2, "uniqueItems": true}`, ""},
	{"tuple", Options{},
		`{prefixItems: [{type: string}], contains: {const: 1}, minContains: 0, maxContains: 2, unevaluatedItems: ` +
			`false}`,
		`{"prefixItems": [{"type": ["string"]}], "contains": {"const": 1}, "minContains": 0, "maxContains": 2, ` +
			`"unevaluatedItems": false}`, ""},
	{"branches", Options{},
		`{allOf: [{}], anyOf: [{type: string}], oneOf: [{const: a}], not: {const: b}, if: {}, then: {minLength: 1}, ` +
			`else: {}}`,
		`{"allOf": [{}], "anyOf": [{"type": ["string"]}], "oneOf": [{"const": "a"}], "not": {"const": "b"}, "if": ` +
			`{}, "then": {"minLength": 1}, "else": {}}`, ""},
	{"names of properties", Options{},
		`{propertyNames: {maxLength: 3}, dependentRequired: {a: [b]}, dependentSchemas: {a: {minProperties: 2}}, ` +
			`unevaluatedProperties: false}`,
		`{"propertyNames": {"maxLength": 3}, "dependentRequired": {"a": ["b"]}, "dependentSchemas": {"a": ` +
			`{"minProperties": 2}}, "unevaluatedProperties": false}`, ""},
	{"patterns of names", Options{}, `{patternProperties: {'^x-': {type: string}, '^(?!y)': {type: integer}}}`,
		`{"patternProperties": {"^x-": {"type": ["string"]}, "": {}}}`, ""},

	{"a reference", Options{}, `{items: {$ref: '#/components/schemas/Other'}}`, `{"items": {"$ref": "#/$defs/Other"}}`,
		""},
	{"itself", Options{}, `{properties: {next: {$ref: '#/components/schemas/Schema'}}}`,
		`{"$ref": "#/$defs/Schema"}`, `{"properties": {"next": {"$ref": "#/$defs/Schema"}}}`},

	{"nullable", Options{OpenAPI30: true}, `{type: string, nullable: true}`, `{"type": ["string", "null"]}`, ""},
	{"nullable without a type", Options{OpenAPI30: true}, `{nullable: true, maxLength: 1}`, `{"maxLength": 1}`, ""},
	{"a nullable enum", Options{OpenAPI30: true},
		`{type: string, nullable: true, enum: [a], x-graphmock-evidence: observed}`,
		`{"anyOf": [{"type": ["string"], "enum": ["a"]}, {"type": ["null"]}], "x-graphmock-evidence": "observed"}`, ""},
	{"a nullable enum with null", Options{OpenAPI30: true}, `{type: string, nullable: true, enum: [a, null]}`,
		`{"anyOf": [{"enum": ["a"], "type": ["string"]}, {"type": ["null"]}]}`, ""},
	{"nothing but null", Options{OpenAPI30: true},
		`{type: object, nullable: true, enum: [null], x-graphmock-evidence: observed}`,
		`{"type": ["null"], "x-graphmock-evidence": "observed"}`, ""},
	{"nullable in 3.1", Options{}, `{type: string, nullable: true}`, `{"type": ["string"]}`, ""},

	{"what the service sets, in a request", Options{Side: Request},
		`{required: [id, secret, name], properties: {id: {readOnly: true}, secret: {writeOnly: true}}}`,
		`{"required": ["secret", "name"], "properties": {"id": {"x-readOnly": true, "x-graphmock-set-by": ` +
			`"server"}, "secret": {"x-writeOnly": true}}}`, ""},
	{"what the service never tells, in a response", Options{Side: Response},
		`{required: [id, secret], properties: {id: {readOnly: true}, secret: {writeOnly: true}}}`,
		`{"required": ["id"], "properties": {"id": {"x-readOnly": true, "x-graphmock-set-by": "server"}, "secret": ` +
			`{"x-writeOnly": true}}}`, ""},
	{"what both set", Options{Side: Request},
		`{readOnly: true, x-graphmock-set-by: client-or-server, x-other: 1, deprecated: true}`,
		`{"x-readOnly": true, "x-graphmock-set-by": "client-or-server", "x-deprecated": true}`, ""},

	{"a closed object", Options{}, `{additionalProperties: false}`, `{"additionalProperties": false}`, ""},
	{"a closed object of OData", Options{OData: true}, `{additionalProperties: false}`,
		`{"additionalProperties": false, "patternProperties": {"@": true}}`, ""},
	{"a map of OData", Options{OData: true}, `{additionalProperties: {type: string}, patternProperties: {'^a': {}}}`,
		`{"additionalProperties": {"type": ["string"]}, "patternProperties": {"@": true, "^a": {}}}`, ""},
	{"an open object of OData", Options{OData: true}, `{additionalProperties: true}`, `{"additionalProperties": true}`,
		""},
	{"an object of Microsoft's documents", Options{OData: true}, `{type: object, additionalProperties: {type: object}}`,
		`{"type": ["object"]}`, ""},
	{"the same elsewhere, without properties", Options{}, `{type: object, additionalProperties: {type: object}}`,
		`{"type": ["object"], "additionalProperties": {"type": ["object"]}}`, ""},
	{"the same elsewhere, with properties", Options{}, `{properties: {a: {}}, additionalProperties: {type: object}}`,
		`{"properties": {"a": {}}}`, ""},
}

func TestTranslations(t *testing.T) {
	t.Parallel()
	for _, tt := range translations {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.options.Side == "" {
				tt.options.Side = Request
			}
			d := parseTest(t, tt.options, "Schema: "+tt.schema+"\nOther: {type: string}")
			document := plainJSON(t, d["Schema"][tt.options.Side].JSON())
			defs := document["$defs"].(map[string]any)
			delete(document, "$defs")
			got := any(document)
			if ref := document["$ref"]; ref == "#/$defs/Schema" && tt.def == "" {
				got = defs["Schema"] // the name of every component
			}
			if want := decodeTest(t, tt.want); !reflect.DeepEqual(got, want) {
				t.Errorf("got %s, want %s", show(got), tt.want)
			}
			if tt.def == "" {
				return
			}
			if want := decodeTest(t, tt.def); !reflect.DeepEqual(defs["Schema"], want) {
				t.Errorf("the definition is %s, want %s", show(defs["Schema"]), tt.def)
			}
		})
	}
}

func plainJSON(t *testing.T, v map[string]any) map[string]any {
	t.Helper()
	value, err := jsontext.ValueOf(v)
	if err != nil {
		t.Fatal(err)
	}
	return value.(map[string]any)
}

// Callers may rely on lists, whatever the document has.
func TestTypesAndRequiredAreLists(t *testing.T) {
	t.Parallel()
	s := parseTest(t, Options{},
		`Schema: {type: object, required: [a], properties: {a: {type: string}}}`)["Schema"][Request]
	node := nodeAt(s.JSON(), "/$defs/Schema")
	if _, ok := node["type"].([]string); !ok {
		t.Errorf("type is a %T", node["type"])
	}
	if _, ok := node["required"].([]string); !ok {
		t.Errorf("required is a %T", node["required"])
	}
}

// TestTranslationsStandAlone: no $ref leads out of a translated schema.
func TestTranslationsStandAlone(t *testing.T) {
	t.Parallel()
	var check func(s *Schema, v any)
	check = func(s *Schema, v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok && s.at(refPointer(ref)) == nil {
				t.Errorf("%s leads nowhere", ref)
			}
			for _, each := range v {
				check(s, each)
			}
		case []any:
			for _, each := range v {
				check(s, each)
			}
		}
	}
	for _, s := range embedded(t).all() {
		check(s, s.JSON())
		if _, err := json.Marshal(s.JSON()); err != nil {
			t.Error(err)
		}
	}
}
