package openapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// schemaDocument is a document of the given version with components/schemas and
// nothing else.
func schemaDocument(version, more, schemas string) string {
	return "openapi: " + version + "\ninfo: {title: test, version: '1'}\npaths: {}\n" + more +
		"\ncomponents:\n  schemas:\n" + indent(schemas, "    ")
}

func indent(text, by string) string {
	return by + strings.ReplaceAll(strings.Trim(text, "\n"), "\n", "\n"+by)
}

func decodeTest(t testing.TB, text string) any {
	t.Helper()
	v, err := jsontext.Decode([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// brief is what most tests compare: where, by which rule, what, and what helps.
func brief(found []Violation) []string {
	lines := []string{}
	for _, v := range found {
		line := v.Pointer + " " + v.Rule + ": " + v.Message
		if v.Hint != "" {
			line += "; " + v.Hint
		}
		lines = append(lines, line)
	}
	return lines
}

type judgement struct {
	schema string
	side   Side
	value  string
	want   []string // as brief gives it; none if the value is valid
}

func checkJudgements(t *testing.T, c *Contract, tests []judgement) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.schema+" "+string(tt.side)+" "+tt.value, func(t *testing.T) {
			t.Parallel()
			found, err := c.CheckValue(tt.schema, tt.side, decodeTest(t, tt.value))
			if err != nil {
				t.Fatal(err)
			}
			if got := brief(found); !slices.Equal(got, tt.want) {
				t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(tt.want, "\n  "))
			}
			for _, v := range found {
				if v.Side != tt.side || v.In != InBody {
					t.Errorf("%v is about the %s's %s", v, v.Side, v.In)
				}
			}
		})
	}
}

const schemas30 = `
Nullable: {type: string, nullable: true, minLength: 2}
NullableEnum: {type: string, nullable: true, enum: [a, b]}
NullableRef: {nullable: true, allOf: [{$ref: '#/components/schemas/Thing'}]}
NullableAny: {nullable: true}
NotNullable: {type: string}
Thing:
  type: object
  required: [id, name, secret]
  properties:
    id: {type: string, readOnly: true}
    name: {type: string}
    secret: {type: string, writeOnly: true}
Exclusive: {type: integer, minimum: 1, exclusiveMinimum: true, maximum: 5, exclusiveMaximum: true}
Inclusive: {type: number, minimum: 1, exclusiveMinimum: false, maximum: 5}
Multiple: {type: number, multipleOf: 0.01}
Sizes: {type: array, minItems: 1, maxItems: 2, uniqueItems: true, items: {type: string, maxLength: 3, pattern: '^[a-z]*$'}}
Members: {type: object, minProperties: 1, maxProperties: 2}
Int32: {type: integer, format: int32}
When: {type: string, format: date-time}
Unknown: {type: string, format: 'no such format'}
Not: {not: {type: string}}
Map: {type: object, additionalProperties: {type: integer}}
`

func TestOpenAPI30SchemasMeanWhat30Says(t *testing.T) {
	t.Parallel()
	c := parseTest(t, schemaDocument("3.0.3", "", schemas30))
	checkJudgements(t, c, []judgement{
		{"Nullable", RequestSide, `null`, nil},
		{"Nullable", RequestSide, `"ab"`, nil},
		{"Nullable", RequestSide, `"a"`, []string{" minLength: shorter than the minimum length 2"}},
		{"Nullable", RequestSide, `1`, []string{" type: expected string or null, not number 1"}},
		{"NullableEnum", RequestSide, `null`, nil},
		{"NullableEnum", RequestSide, `"a"`, nil},
		{"NullableEnum", RequestSide, `"B"`, []string{` enum: "B" is not one of a, b; did you mean "b"?`}},
		{"NullableEnum", RequestSide, `1`, []string{` type: expected string, not number 1`}},
		{"NullableRef", ResponseSide, `null`, nil},
		{"NullableRef", ResponseSide, `{"id":"1","name":2}`, []string{"/name type: expected string, not number 2"}},
		{"NullableAny", RequestSide, `null`, nil},
		{"NullableAny", RequestSide, `[1]`, nil},
		{"NotNullable", RequestSide, `null`, []string{" type: expected string, not null"}},

		{"Thing", RequestSide, `{"name":"a","secret":"b"}`, nil},
		{"Thing", RequestSide, `{"name":"a","secret":"b","id":1}`, []string{"/id type: expected string, not number 1"}},
		{"Thing", ResponseSide, `{"name":"a","id":"1"}`, nil},
		{"Thing", RequestSide, `{}`, []string{"/name required: required property is missing", "/secret required: required property is missing"}},
		{"Thing", ResponseSide, `{}`, []string{"/id required: required property is missing", "/name required: required property is missing"}},
		{"Thing", RequestSide, `{"nmae":"a","secret":"b"}`, []string{`/name required: required property is missing; did you mean "nmae"?`}},

		{"Exclusive", RequestSide, `2`, nil},
		{"Exclusive", RequestSide, `4.0`, nil},
		{"Exclusive", RequestSide, `1`, []string{" exclusiveMinimum: 1 is not above 1"}},
		{"Exclusive", RequestSide, `5`, []string{" exclusiveMaximum: 5 is not below 5"}},
		{"Exclusive", RequestSide, `2.5`, []string{" type: expected integer, not number 2.5"}},
		{"Inclusive", RequestSide, `1`, nil},
		{"Inclusive", RequestSide, `5.0`, nil},
		{"Inclusive", RequestSide, `0.9`, []string{" minimum: 0.9 is below the minimum 1"}},
		{"Inclusive", RequestSide, `1e400`, []string{" maximum: 1e400 is above the maximum 5"}},
		{"Multiple", RequestSide, `0.07`, nil},
		{"Multiple", RequestSide, `0.075`, []string{" multipleOf: 0.075 is not a multiple of 0.01"}},

		{"Sizes", RequestSide, `["a","b"]`, nil},
		{"Sizes", RequestSide, `[]`, []string{" minItems: fewer items than the minimum of 1"}},
		{"Sizes", RequestSide, `["a","b","c"]`, []string{" maxItems: more items than the maximum of 2"}},
		{"Sizes", RequestSide, `["a","a"]`, []string{" uniqueItems: items at index 0 and 1 are equal"}},
		{"Sizes", RequestSide, `["abcd","1"]`, []string{
			"/0 maxLength: longer than the maximum length 3", `/1 pattern: "1" does not match "^[a-z]*$"`}},
		{"Sizes", RequestSide, `["äöü"]`, []string{`/0 pattern: "\u00e4\u00f6\u00fc" does not match "^[a-z]*$"`}},
		{"Members", RequestSide, `{}`, []string{" minProperties: fewer properties than the minimum of 1"}},
		{"Members", RequestSide, `{"a":1,"b":2,"c":3}`, []string{" maxProperties: more properties than the maximum of 2"}},

		{"Int32", RequestSide, `2147483648`, []string{
			" format: 2147483648 is not a valid int32; expected a whole number from -2147483648 to 2147483647, without a fraction or exponent"}},
		{"Int32", RequestSide, `1.0`, []string{
			" format: 1.0 is not a valid int32; expected a whole number from -2147483648 to 2147483647, without a fraction or exponent"}},
		{"When", RequestSide, `"2018-02-31T00:00:00Z"`, []string{
			` format: "2018-02-31T00:00:00Z" is not a valid date-time; expected like 2018-02-26T20:28:22.14Z, with a zone`}},
		{"Unknown", RequestSide, `"anything"`, nil},
		{"Not", RequestSide, `1`, nil},
		{"Not", RequestSide, `"a"`, []string{` not: "a" is not allowed`}},
		{"Map", RequestSide, `{"a":1}`, nil},
		{"Map", RequestSide, `{"a b/c~d%20ü":"x"}`, []string{"/a b~1c~0d%20ü type: expected integer, not string"}},
	})
}

const schemas31 = `
Types: {type: [string, 'null', integer]}
Const: {const: {a: [1]}}
ConstText: {const: on}
Exclusive: {type: number, exclusiveMinimum: 1, exclusiveMaximum: 5}
NullableIsNoKeyword: {type: string, nullable: true}
Conditional:
  type: object
  if: {properties: {kind: {const: a}}, required: [kind]}
  then: {required: [onlyA]}
  else: {properties: {onlyA: false}}
Defs: {type: array, items: {$ref: '#/components/schemas/Defs/$defs/one'}, $defs: {one: {type: boolean}}}
Everything: true
Nothing: false
Tuple: {type: array, prefixItems: [{type: string}, {type: integer}], unevaluatedItems: false}
Contains: {type: array, contains: {type: integer}}
ContainsTwo: {type: array, contains: {type: integer}, minContains: 2, maxContains: 3}
Patterns: {type: object, properties: {a: {}}, patternProperties: {'^x-': {type: string}}, additionalProperties: false}
Names: {type: object, propertyNames: {pattern: '^[a-z]+$', maxLength: 3}}
Dependent: {type: object, dependentRequired: {card: [address, 'zip/code']}, dependentSchemas: {propertyNames: {properties: {propertyNames: {type: integer}}}}}
Unevaluated: {allOf: [{properties: {a: {type: string}}}], properties: {b: {}}, unevaluatedProperties: false}
Sibling: {$ref: '#/components/schemas/Text', maxLength: 3}
Text: {type: string, minLength: 2}
`

func TestOpenAPI31SchemasAreJSONSchema(t *testing.T) {
	t.Parallel()
	c := parseTest(t, schemaDocument("3.1.0", "", schemas31))
	checkJudgements(t, c, []judgement{
		{"Types", RequestSide, `null`, nil},
		{"Types", RequestSide, `1`, nil},
		{"Types", RequestSide, `1.5`, []string{" type: expected string or null or integer, not number 1.5"}},
		{"Const", RequestSide, `{"a":[1.0]}`, nil},
		{"Const", RequestSide, `{"a":[2]}`, []string{` const: "{\"a\":[2]}" is not "{\"a\":[1]}"`}},
		{"ConstText", RequestSide, `"off"`, []string{` const: "off" is not "on"`}},
		{"Exclusive", RequestSide, `1`, []string{" exclusiveMinimum: 1 is not above 1"}},
		{"NullableIsNoKeyword", RequestSide, `null`, []string{" type: expected string, not null"}},
		{"Conditional", RequestSide, `{"kind":"a","onlyA":1}`, nil},
		{"Conditional", RequestSide, `{"kind":"a"}`, []string{"/onlyA required: required property is missing"}},
		{"Conditional", RequestSide, `{"onlyA":1}`, []string{"/onlyA not: 1 is not allowed"}},
		{"Defs", RequestSide, `[true,0]`, []string{"/1 type: expected boolean, not number 0"}},
		{"Everything", RequestSide, `[null]`, nil},
		{"Nothing", RequestSide, `"a"`, []string{` not: "a" is not allowed`}},
		{"Tuple", RequestSide, `["a",1]`, nil},
		{"Tuple", RequestSide, `[1,"a",null]`, []string{
			"/0 type: expected string, not number 1", "/1 type: expected integer, not string", "/2 unevaluatedItems: not allowed"}},
		{"Contains", RequestSide, `["a",1]`, nil},
		{"Contains", RequestSide, `["a","b"]`, []string{" minContains: fewer matching items than the minimum of 1"}},
		{"ContainsTwo", RequestSide, `[1]`, []string{" minContains: fewer matching items than the minimum of 2"}},
		{"ContainsTwo", RequestSide, `[1,2,3,4]`, []string{" maxContains: more matching items than the maximum of 3"}},
		{"Patterns", RequestSide, `{"a":1,"x-b":"c"}`, nil},
		{"Patterns", RequestSide, `{"x-b":"c","x-d":1,"e":2}`, []string{
			"/e additionalProperties: unknown property", "/x-d type: expected string, not number 1"}},
		{"Names", RequestSide, `{"ABCD":1,"abc":2}`, []string{
			"/ABCD maxLength: longer than the maximum length 3", `/ABCD pattern: "ABCD" does not match "^[a-z]+$"`}},
		{"Dependent", RequestSide, `{"card":1,"address":2}`, []string{
			`/zip~1code dependentRequired: property is missing, which "card" calls for`}},
		{"Dependent", RequestSide, `{"card":1}`, []string{
			`/address dependentRequired: property is missing, which "card" calls for`,
			`/zip~1code dependentRequired: property is missing, which "card" calls for`}},
		{"Dependent", RequestSide, `{"propertyNames":"a"}`, []string{"/propertyNames type: expected integer, not string"}},
		{"Unevaluated", RequestSide, `{"a":"b","b":1}`, nil},
		{"Unevaluated", RequestSide, `{"a":"b","c":1,"d":2}`, []string{
			"/c unevaluatedProperties: unknown property", "/d unevaluatedProperties: unknown property"}},
		{"Sibling", RequestSide, `"abc"`, nil},
		{"Sibling", RequestSide, `"abcd"`, []string{" maxLength: longer than the maximum length 3"}},
		{"Sibling", RequestSide, `"a"`, []string{" minLength: shorter than the minimum length 2"}},
		{"Text", RequestSide, `"abcd"`, nil},
	})
}

func TestAllViolationsAreReportedAtOnce(t *testing.T) {
	t.Parallel()
	c := parseTest(t, schemaDocument("3.0.3", "x-graphmock-odata: true", `
Tree:
  type: object
  required: [name, 'a/b', 'c~d']
  additionalProperties: false
  properties:
    name: {type: string}
    a/b: {type: string}
    c~d: {type: string}
    status: {type: string, enum: [active, updated]}
    children: {type: array, items: {$ref: '#/components/schemas/Tree'}}
`))
	checkJudgements(t, c, []judgement{
		{"Tree", RequestSide, `{"name":"a","a/b":"","c~d":""}`, nil},
		{"Tree", RequestSide, `{}`, []string{
			"/a~1b required: required property is missing",
			"/c~0d required: required property is missing",
			"/name required: required property is missing",
		}},
		{"Tree", RequestSide, `{"name":1,"a/b":2,"c~d":3,"status":"activ","e/f":0,"g h":0,"@odata.type":1,"x@y":2}`, []string{
			"/a~1b type: expected string, not number 2",
			"/c~0d type: expected string, not number 3",
			"/e~1f additionalProperties: unknown property",
			"/g h additionalProperties: unknown property",
			"/name type: expected string, not number 1",
			`/status enum: "activ" is not one of active, updated; did you mean "active"?`,
		}},
		{"Tree", RequestSide, `{"name":"a","a/b":"","c~d":"","children":[{"Name":"b","a/b":"","c~d":"","childern":[]},7]}`, []string{
			`/children/0/Name additionalProperties: unknown property; did you mean "name"?`,
			`/children/0/childern additionalProperties: unknown property; did you mean "children"?`,
			`/children/0/name required: required property is missing; did you mean "Name"?`,
			`/children/1 type: expected object, not number 7`,
		}},
		{"Tree", RequestSide, `[]`, []string{" type: expected object, not array"}},
	})
}

func TestMissingPropertyIsNotMistakenForAKnownOne(t *testing.T) {
	t.Parallel()
	c := parseTest(t, schemaDocument("3.0.3", "", `
Item:
  type: object
  required: [startedDateTime]
  properties: {startedDateTime: {type: string}, createdDateTime: {type: string}}
`))
	checkJudgements(t, c, []judgement{
		{"Item", RequestSide, `{"createdDateTime":"a"}`, []string{"/startedDateTime required: required property is missing"}},
		{"Item", RequestSide, `{"startDateTime":"a"}`, []string{`/startedDateTime required: required property is missing; did you mean "startDateTime"?`}},
	})
}

func TestAnyOfAndOneOfExplainTheNearestBranch(t *testing.T) {
	t.Parallel()
	c := parseTest(t, schemaDocument("3.0.3", "", `
Shape:
  oneOf:
    - {$ref: '#/components/schemas/Circle'}
    - {$ref: '#/components/schemas/Square'}
Circle: {type: object, required: [r], additionalProperties: false, properties: {r: {type: number, minimum: 0}}}
Square: {type: object, required: [a], additionalProperties: false, properties: {a: {type: number, minimum: 0}}}
Either: {anyOf: [{type: string, maxLength: 1}, {type: integer}]}
MaybeCircle: {anyOf: [{type: string, nullable: true, enum: [none]}, {$ref: '#/components/schemas/Circle'}]}
Both: {oneOf: [{type: integer}, {type: number}]}
ListOrOne: {anyOf: [{type: string}, {type: array, items: {type: string}}]}
`))
	checkJudgements(t, c, []judgement{
		{"Shape", RequestSide, `{"r":1}`, nil},
		{"Shape", RequestSide, `{"r":-1}`, []string{"/r minimum: -1 is below the minimum 0"}},
		{"Shape", RequestSide, `{"a":-1}`, []string{"/a minimum: -1 is below the minimum 0"}},
		{"Either", RequestSide, `"a"`, nil},
		{"Either", RequestSide, `1`, nil},
		{"Either", RequestSide, `"ab"`, []string{" maxLength: longer than the maximum length 1"}},
		{"MaybeCircle", RequestSide, `null`, nil},
		{"MaybeCircle", RequestSide, `{"r":"x"}`, []string{"/r type: expected number, not string"}},
		{"Both", RequestSide, `1.5`, nil},
		{"Both", RequestSide, `1`, []string{" oneOf: valid against schemas at indexes 0 and 1"}},
		{"ListOrOne", RequestSide, `["a",1]`, []string{"/1 type: expected string, not number 1"}},
	})
}

func TestUnionsExplainTheBranchThatTheTagNames(t *testing.T) {
	t.Parallel()
	c := parseTest(t, schemaDocument("3.1.0", "", `
Pet: {oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]}
Base: {type: object, required: [name], properties: {name: {type: string}}}
Cat: {allOf: [{$ref: '#/components/schemas/Base'}, {required: [lives], properties: {kind: {const: cat}, lives: {type: integer}}}]}
Dog: {allOf: [{$ref: '#/components/schemas/Base'}, {properties: {kind: {enum: [dog]}, bark: {enum: [loud, soft]}}}]}
`))
	checkJudgements(t, c, []judgement{
		{"Pet", RequestSide, `{"kind":"dog","name":"Rex","bark":"lout"}`, []string{`/bark enum: "lout" is not one of loud, soft; did you mean "loud"?`}},
		{"Pet", RequestSide, `{"kind":"dog"}`, []string{"/name required: required property is missing"}},
		{"Pet", RequestSide, `{"kind":"cat","name":"Tom"}`, []string{"/lives required: required property is missing"}},
		{"Pet", RequestSide, `{"kind":"cow","name":"Tom","lives":9}`, []string{`/kind const: "cow" is not "cat"`}},
	})
}

func TestMicrosoftsAdditionalPropertiesAreOpen(t *testing.T) {
	t.Parallel()
	c := parseTest(t, schemaDocument("3.0.3", graphServers, `
microsoft.graph.entity:
  type: object
  properties: {id: {type: string}}
  additionalProperties: {type: object}
microsoft.graph.thing:
  allOf:
    - $ref: '#/components/schemas/microsoft.graph.entity'
    - type: object
      required: ['@odata.type']
      properties: {name: {type: string, nullable: true}, '@odata.type': {type: string}}
      additionalProperties: {type: object}
`))
	checkJudgements(t, c, []judgement{
		{"microsoft.graph.thing", ResponseSide, `{"@odata.type":"x","id":"1","name":null,"more":2}`, nil},
		{"microsoft.graph.thing", ResponseSide, `{"@odata.type":"x","id":1,"name":2}`, []string{
			"/id type: expected string, not number 1", "/name type: expected string or null, not number 2"}},
		{"microsoft.graph.thing", ResponseSide, `{"id":"1"}`, []string{"/@odata.type required: required property is missing"}},
	})
}

// TestMicrosoftsJSONIsAnyValue reads two types as Microsoft's own document has
// them: taken at their word, only objects could stand in them.
func TestMicrosoftsJSONIsAnyValue(t *testing.T) {
	t.Parallel()
	c := parseTest(t, schemaDocument("3.0.1", graphServers, `
microsoft.graph.Json: {title: Json, type: object, additionalProperties: {type: object}}
innerError: {type: object, additionalProperties: {type: object}}
thing:
  type: object
  properties: {content: {$ref: '#/components/schemas/microsoft.graph.Json'}}
  additionalProperties: {type: object}
`))
	checkJudgements(t, c, []judgement{
		{"thing", RequestSide, `{"content":{"@context":"https://schema.org","a":[1]}}`, nil},
		{"thing", RequestSide, `{"content":[1,"a",null]}`, nil},
		{"thing", RequestSide, `{"content":null}`, nil},
		{"innerError", ResponseSide, `{"date":"2018-02-26T20:28:22"}`, nil},
		{"innerError", ResponseSide, `"text"`, []string{" type: expected object, not string"}},
	})
}

func TestAnnotationsAreOpenForGraphOnly(t *testing.T) {
	t.Parallel()
	const schemas = "Thing: {type: object, properties: {'@odata.type': {type: string}}, additionalProperties: false}"
	graph := parseTest(t, schemaDocument("3.0.3", graphServers, schemas))
	other := parseTest(t, schemaDocument("3.0.3", "", schemas))
	checkJudgements(t, graph, []judgement{
		{"Thing", RequestSide, `{"@odata.id":1,"name@odata.type":2}`, nil},
		{"Thing", RequestSide, `{"@odata.type":1}`, []string{"/@odata.type type: expected string, not number 1"}},
	})
	checkJudgements(t, other, []judgement{
		{"Thing", RequestSide, `{"@odata.id":1}`, []string{`/@odata.id additionalProperties: unknown property`}},
	})
}

func TestViolationsCarryTypeAndEvidence(t *testing.T) {
	t.Parallel()
	c := parseTest(t, schemaDocument("3.0.3", graphServers, `
microsoft.graph.outer:
  type: object
  additionalProperties: false
  required: [name]
  x-graphmock-evidence: assumed
  x-graphmock-source: the type
  properties:
    name: {type: string, x-graphmock-evidence: documented, x-graphmock-source: the page}
    size: {type: integer}
    status:
      nullable: true
      allOf: [{$ref: '#/components/schemas/microsoft.graph.status'}]
      x-graphmock-evidence: observed
      x-graphmock-source: a trace
    inner: {$ref: '#/components/schemas/microsoft.graph.inner'}
microsoft.graph.inner: {type: object, required: [a/b], properties: {a/b: {type: string, x-graphmock-evidence: observed}}}
microsoft.graph.status: {type: string, enum: [on, off]}
`))
	found, err := c.CheckValue("microsoft.graph.outer", RequestSide, decodeTest(t, `{"size":"1","status":"x","inner":{},"more":1}`))
	if err != nil {
		t.Fatal(err)
	}
	const outer = "microsoft.graph.outer"
	want := []Violation{
		{Pointer: "/inner/a~1b", Rule: "required", Type: "microsoft.graph.inner", Evidence: Observed},
		{Pointer: "/more", Rule: "additionalProperties", Type: outer, Evidence: Assumed, Source: "the type"},
		{Pointer: "/name", Rule: "required", Type: outer, Evidence: Documented, Source: "the page"},
		{Pointer: "/size", Rule: "type", Type: outer, Evidence: Assumed, Source: "the type"},
		{Pointer: "/status", Rule: "enum", Type: "microsoft.graph.status", Evidence: Observed, Source: "a trace"},
	}
	for i := range found {
		v := found[i]
		v.Side, v.In, v.Message, v.Hint = "", "", "", ""
		if i >= len(want) || v != want[i] {
			t.Errorf("got %+v", v)
		}
	}
	if len(found) != len(want) {
		t.Errorf("got %d violations, want %d", len(found), len(want))
	}
}

func TestCheckValueNeedsAKnownSchema(t *testing.T) {
	t.Parallel()
	c := parseTest(t, schemaDocument("3.0.3", "", "A: {}"))
	if _, err := c.CheckValue("B", RequestSide, nil); !errors.Is(err, errNoSchema) || !strings.Contains(err.Error(), "B") {
		t.Errorf("got %v", err)
	}
}

func TestSchemaThatCannotBeCompiledIsAnErrorForEveryValue(t *testing.T) {
	t.Parallel()
	c := parseTest(t, schemaDocument("3.0.3", "", `
Loop: {allOf: [{$ref: '#/components/schemas/Loop'}]}
Ping: {anyOf: [{$ref: '#/components/schemas/Pong'}]}
Pong: {oneOf: [{$ref: '#/components/schemas/Ping'}]}
`))
	for _, name := range []string{"Loop", "Ping", "Pong"} {
		for range 2 {
			if found, err := c.CheckValue(name, RequestSide, json.Number("1")); err == nil {
				t.Errorf("%s: no error, but %v", name, found)
			}
		}
	}
}

func TestViolationReadsInOneLine(t *testing.T) {
	t.Parallel()
	for want, v := range map[string]Violation{
		"request body /startedDateTime: required property is missing (documented: activityHistoryItem)": {
			Side: RequestSide, In: InBody, Pointer: "/startedDateTime", Message: "required property is missing",
			Evidence: Documented, Type: "microsoft.graph.activityHistoryItem"},
		`request path activites: no operation has it; did you mean "activities"? (observed)`: {
			Side: RequestSide, In: InPath, Pointer: "activites", Message: "no operation has it",
			Hint: `did you mean "activities"?`, Evidence: Observed},
		"response body: a 204 answer has no body": {Side: ResponseSide, In: InBody, Message: "a 204 answer has no body"},
	} {
		if got := v.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestViolationNamesItsProperty(t *testing.T) {
	t.Parallel()
	for want, v := range map[string]Violation{
		"a/b~c": {In: InBody, Pointer: "/x/0/a~1b~0c"},
		"":      {In: InBody},
		"q/r":   {In: InQuery, Pointer: "q/r"},
		"~1":    {In: InBody, Pointer: "/~01"},
	} {
		if got := v.Property(); got != want {
			t.Errorf("%+v: got %q, want %q", v, got, want)
		}
	}
}

func TestNearestForgivesATypingError(t *testing.T) {
	t.Parallel()
	candidates := []string{"activities", "users", "historyItems", "me", "reply"}
	for name, want := range map[string]string{
		"activites": "activities", "acitvities": "activities", "ACTIVITIES": "activities", "historyItem": "historyItems",
		"repli": "reply", "users": "users", "mee": "me", "m": "", "": "", "groups": "", "activitiesactivities": "",
		strings.Repeat("x", 1000): "",
	} {
		if got := Nearest(name, slices.Values(candidates)); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestWhatTwoSchemasForbidIsToldOnce(t *testing.T) {
	t.Parallel()
	c := parseTest(t, schemaDocument("3.0.3", "", `
Whole: {allOf: [{$ref: '#/components/schemas/Left'}, {$ref: '#/components/schemas/Right'}]}
Left: {type: object, properties: {a: {type: string}, b: {type: string, maxLength: 1}}}
Right: {type: object, properties: {a: {type: string}, b: {type: string, maxLength: 2}}}
`))
	checkJudgements(t, c, []judgement{
		{"Whole", RequestSide, `[]`, []string{" type: expected object, not array"}},
		{"Whole", RequestSide, `{"a":1}`, []string{"/a type: expected string, not number 1"}},
		{"Whole", RequestSide, `{"b":"123"}`, []string{
			"/b maxLength: longer than the maximum length 1",
			"/b maxLength: longer than the maximum length 2",
		}},
	})
}

func TestDeepInsertIsOfTheActivitysType(t *testing.T) {
	t.Parallel()
	op, err := Embedded().Find("PUT /me/activities/{}")
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{`[]`, `{"historyItems": {}}`} {
		_, found := Embedded().CheckRequest(&Request{Match: Match{Operation: op, values: []string{"a"}},
			Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body)})
		for _, v := range found {
			if v.Type != "microsoft.graph.userActivity" {
				t.Errorf("%s: %s is of %q", body, v, v.Type)
			}
		}
	}
}
