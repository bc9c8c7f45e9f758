package schema

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// A document is the schemas of an OpenAPI document, both sides of each by name.
type document map[string]map[Side]*Schema

// parseTest reads a document's components/schemas.
func parseTest(t testing.TB, options Options, schemas string) document {
	t.Helper()
	version := "3.1.0"
	if options.OpenAPI30 {
		version = "3.0.3"
	}
	doc, err := openapi3.NewLoader().LoadFromData([]byte("openapi: " + version +
		"\ninfo: {title: test, version: '1'}\npaths: {}\ncomponents:\n  schemas:\n" + indent(schemas, "    ")))
	if err != nil {
		t.Fatal(err)
	}
	return documentOf(doc, options)
}

func documentOf(doc *openapi3.T, options Options) document {
	d := document{}
	for name, ref := range doc.Components.Schemas {
		ref = &openapi3.SchemaRef{Ref: "#/components/schemas/" + name, Value: ref.Value}
		d[name] = map[Side]*Schema{}
		for _, side := range []Side{Request, Response} {
			options.Side = side
			d[name][side] = New(ref, options)
		}
	}
	return d
}

// embedded is graph.yaml.
func embedded(t testing.TB) document {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("../graph.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return documentOf(doc, Options{OData: true, OpenAPI30: strings.HasPrefix(doc.OpenAPI, "3.0")})
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
func brief(found []Problem) []string {
	lines := []string{}
	for _, p := range found {
		line := p.Pointer + " " + p.Rule + ": " + p.Message
		if p.Hint != "" {
			line += "; " + p.Hint
		}
		lines = append(lines, line)
	}
	return lines
}

type validation struct {
	schema string
	side   Side
	value  string
	want   []string // as brief gives it; none if the value is valid
}

func checkValidations(t *testing.T, d document, tests []validation) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.schema+" "+string(tt.side)+" "+tt.value, func(t *testing.T) {
			t.Parallel()
			found, err := d[tt.schema][tt.side].Validate(decodeTest(t, tt.value))
			if err != nil {
				t.Fatal(err)
			}
			if got := brief(found); !slices.Equal(got, tt.want) {
				t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(tt.want, "\n  "))
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
	c := parseTest(t, Options{OpenAPI30: true}, schemas30)
	checkValidations(t, c, []validation{
		{"Nullable", Request, `null`, nil},
		{"Nullable", Request, `"ab"`, nil},
		{"Nullable", Request, `"a"`, []string{" minLength: shorter than the minimum length 2"}},
		{"Nullable", Request, `1`, []string{" type: expected string or null, not number 1"}},
		{"NullableEnum", Request, `null`, nil},
		{"NullableEnum", Request, `"a"`, nil},
		{"NullableEnum", Request, `"B"`, []string{` enum: "B" is not one of a, b; did you mean "b"?`}},
		{"NullableEnum", Request, `1`, []string{` type: expected string, not number 1`}},
		{"NullableRef", Response, `null`, nil},
		{"NullableRef", Response, `{"id":"1","name":2}`, []string{"/name type: expected string, not number 2"}},
		{"NullableAny", Request, `null`, nil},
		{"NullableAny", Request, `[1]`, nil},
		{"NotNullable", Request, `null`, []string{" type: expected string, not null"}},

		{"Thing", Request, `{"name":"a","secret":"b"}`, nil},
		{"Thing", Request, `{"name":"a","secret":"b","id":1}`, []string{"/id type: expected string, not number 1"}},
		{"Thing", Response, `{"name":"a","id":"1"}`, nil},
		{"Thing", Request, `{}`, []string{"/name required: required property is missing",
			"/secret required: required property is missing"}},
		{"Thing", Response, `{}`, []string{"/id required: required property is missing",
			"/name required: required property is missing"}},
		{"Thing", Request, `{"nmae":"a","secret":"b"}`,
			[]string{`/name required: required property is missing; "nmae" is there; write "name"`}},

		{"Exclusive", Request, `2`, nil},
		{"Exclusive", Request, `4.0`, nil},
		{"Exclusive", Request, `1`, []string{" exclusiveMinimum: 1 is not above 1"}},
		{"Exclusive", Request, `5`, []string{" exclusiveMaximum: 5 is not below 5"}},
		{"Exclusive", Request, `2.5`, []string{" type: expected integer, not number 2.5"}},
		{"Inclusive", Request, `1`, nil},
		{"Inclusive", Request, `5.0`, nil},
		{"Inclusive", Request, `0.9`, []string{" minimum: 0.9 is below the minimum 1"}},
		{"Inclusive", Request, `1e400`, []string{" maximum: 1e400 is above the maximum 5"}},
		{"Multiple", Request, `0.07`, nil},
		{"Multiple", Request, `0.075`, []string{" multipleOf: 0.075 is not a multiple of 0.01"}},

		{"Sizes", Request, `["a","b"]`, nil},
		{"Sizes", Request, `[]`, []string{" minItems: fewer items than the minimum of 1"}},
		{"Sizes", Request, `["a","b","c"]`, []string{" maxItems: more items than the maximum of 2"}},
		{"Sizes", Request, `["a","a"]`, []string{" uniqueItems: items at index 0 and 1 are equal"}},
		{"Sizes", Request, `["abcd","1"]`, []string{
			"/0 maxLength: longer than the maximum length 3", `/1 pattern: "1" is not 0 or more letters a-z`}},
		{"Sizes", Request, `["äöü"]`, []string{`/0 pattern: "\u00e4\u00f6\u00fc" is not 0 or more letters a-z`}},
		{"Members", Request, `{}`, []string{" minProperties: fewer properties than the minimum of 1"}},
		{"Members", Request, `{"a":1,"b":2,"c":3}`, []string{" maxProperties: more properties than the maximum of 2"}},

		{"Int32", Request, `2147483648`, []string{
			" format: 2147483648 is not a valid int32; expected a whole number from -2147483648 to 2147483647, " +
				"without a fraction or exponent"}},
		{"Int32", Request, `1.0`, []string{
			" format: 1.0 is not a valid int32; expected a whole number from -2147483648 to 2147483647, without a " +
				"fraction or exponent"}},
		{"When", Request, `"2018-02-31T00:00:00Z"`, []string{
			` format: "2018-02-31T00:00:00Z" is not a valid date-time; expected like 2018-02-26T20:28:22.14Z, with ` +
				`a zone`}},
		{"Unknown", Request, `"anything"`, nil},
		{"Not", Request, `1`, nil},
		{"Not", Request, `"a"`, []string{` not: "a" is not allowed`}},
		{"Map", Request, `{"a":1}`, nil},
		{"Map", Request, `{"a b/c~d%20ü":"x"}`, []string{"/a b~1c~0d%20ü type: expected integer, not string"}},
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
	c := parseTest(t, Options{}, schemas31)
	checkValidations(t, c, []validation{
		{"Types", Request, `null`, nil},
		{"Types", Request, `1`, nil},
		{"Types", Request, `1.5`, []string{" type: expected string or null or integer, not number 1.5"}},
		{"Const", Request, `{"a":[1.0]}`, nil},
		{"Const", Request, `{"a":[2]}`, []string{` const: "{\"a\":[2]}" is not "{\"a\":[1]}"`}},
		{"ConstText", Request, `"off"`, []string{` const: "off" is not "on"`}},
		{"Exclusive", Request, `1`, []string{" exclusiveMinimum: 1 is not above 1"}},
		{"NullableIsNoKeyword", Request, `null`, []string{" type: expected string, not null"}},
		{"Conditional", Request, `{"kind":"a","onlyA":1}`, nil},
		{"Conditional", Request, `{"kind":"a"}`, []string{"/onlyA required: required property is missing"}},
		{"Conditional", Request, `{"onlyA":1}`, []string{"/onlyA not: 1 is not allowed"}},
		{"Defs", Request, `[true,0]`, []string{"/1 type: expected boolean, not number 0"}},
		{"Everything", Request, `[null]`, nil},
		{"Nothing", Request, `"a"`, []string{` not: "a" is not allowed`}},
		{"Tuple", Request, `["a",1]`, nil},
		{"Tuple", Request, `[1,"a",null]`, []string{
			"/0 type: expected string, not number 1", "/1 type: expected integer, not string",
			"/2 unevaluatedItems: not allowed"}},
		{"Contains", Request, `["a",1]`, nil},
		{"Contains", Request, `["a","b"]`, []string{" minContains: fewer matching items than the minimum of 1"}},
		{"ContainsTwo", Request, `[1]`, []string{" minContains: fewer matching items than the minimum of 2"}},
		{"ContainsTwo", Request, `[1,2,3,4]`, []string{" maxContains: more matching items than the maximum of 3"}},
		{"Patterns", Request, `{"a":1,"x-b":"c"}`, nil},
		{"Patterns", Request, `{"x-b":"c","x-d":1,"e":2}`, []string{
			"/e additionalProperties: unknown property", "/x-d type: expected string, not number 1"}},
		{"Names", Request, `{"ABCD":1,"abc":2}`, []string{
			"/ABCD maxLength: longer than the maximum length 3", `/ABCD pattern: "ABCD" is not 1 or more letters a-z`}},
		{"Dependent", Request, `{"card":1,"address":2}`, []string{
			`/zip~1code dependentRequired: property is missing, which "card" calls for`}},
		{"Dependent", Request, `{"card":1}`, []string{
			`/address dependentRequired: property is missing, which "card" calls for`,
			`/zip~1code dependentRequired: property is missing, which "card" calls for`}},
		{"Dependent", Request, `{"propertyNames":"a"}`, []string{"/propertyNames type: expected integer, not string"}},
		{"Unevaluated", Request, `{"a":"b","b":1}`, nil},
		{"Unevaluated", Request, `{"a":"b","c":1,"d":2}`, []string{
			"/c unevaluatedProperties: unknown property", "/d unevaluatedProperties: unknown property"}},
		{"Sibling", Request, `"abc"`, nil},
		{"Sibling", Request, `"abcd"`, []string{" maxLength: longer than the maximum length 3"}},
		{"Sibling", Request, `"a"`, []string{" minLength: shorter than the minimum length 2"}},
		{"Text", Request, `"abcd"`, nil},
	})
}

func TestAllViolationsAreReportedAtOnce(t *testing.T) {
	t.Parallel()
	c := parseTest(t, Options{OpenAPI30: true, OData: true}, `
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
`)
	checkValidations(t, c, []validation{
		{"Tree", Request, `{"name":"a","a/b":"","c~d":""}`, nil},
		{"Tree", Request, `{}`, []string{
			"/a~1b required: required property is missing",
			"/c~0d required: required property is missing",
			"/name required: required property is missing",
		}},
		{"Tree", Request, `{"name":1,"a/b":2,"c~d":3,"status":"activ","e/f":0,"g h":0,"@odata.type":1,"x@y":2}`,
			[]string{"/a~1b type: expected string, not number 2",
				"/c~0d type: expected string, not number 3",
				"/e~1f additionalProperties: unknown property",
				"/g h additionalProperties: unknown property",
				"/name type: expected string, not number 1",
				`/status enum: "activ" is not one of active, updated; did you mean "active"?`,
			}},
		{"Tree", Request, `{"name":"a","a/b":"","c~d":"","children":[{"Name":"b","a/b":"","c~d":"","childern":[]},7]}`,
			[]string{`/children/0/Name additionalProperties: unknown property; did you mean "name"?`,
				`/children/0/childern additionalProperties: unknown property; did you mean "children"?`,
				`/children/0/name required: required property is missing`,
				`/children/1 type: expected object, not number 7`,
			}},
		{"Tree", Request, `[]`, []string{" type: expected object, not array"}},
	})
}

// TestTheFirstHundredProblemsAreReported has values with more problems than anybody
// reads: the same ones each time.
func TestTheFirstHundredProblemsAreReported(t *testing.T) {
	t.Parallel()
	d := parseTest(t, Options{}, `
closed: {type: object, required: [zone], properties: {zone: {type: string}}, additionalProperties: false}
list: {type: array, items: {type: string}}
both: {allOf: [{$ref: '#/components/schemas/list'}, {type: array, maxItems: 3}]}
`)
	var members, items []string
	for i := range 2000 {
		members, items = append(members, fmt.Sprintf(`"member%04d": 1`, i)), append(items, "1")
	}
	object, list := "{"+strings.Join(members, ",")+"}", "["+strings.Join(items, ",")+"]"
	for _, test := range []struct{ schema, value, first, last string }{
		{"closed", object, "/member0000", "/member0099"},
		{"closed", strings.ReplaceAll(object, "member", "~"), "/zone", "/~00098"}, // in the order of the pointers
		{"list", list, "/0", "/1087"},
		{"both", list, "", "/1086"},
	} {
		problems, err := d[test.schema][Request].Validate(decodeTest(t, test.value))
		if err != nil || len(problems) != 100 {
			t.Fatalf("%s: %d problems, error %v", test.schema, len(problems), err)
		}
		if first, last := problems[0].Pointer, problems[99].Pointer; first != test.first || last != test.last {
			t.Errorf("%s: from %s to %s, want %s to %s", test.schema, first, last, test.first, test.last)
		}
	}
}

// TestLongListsAreExplainedByTheirFirstProblems has lists that are wrong from the
// beginning, in the middle or at the end, and lists of lists.
func TestLongListsAreExplainedByTheirFirstProblems(t *testing.T) {
	t.Parallel()
	d := parseTest(t, Options{}, `
list: {type: array, items: {type: string}}
lists: {type: array, items: {$ref: '#/components/schemas/list'}}
object: {type: object, required: [name], properties: {list: {$ref: '#/components/schemas/list'}}}
short: {type: array, maxItems: 20000}
long: {type: array, minItems: 20000, items: {type: string}}
odd: {type: array, contains: {type: integer}}
`)
	texts := func(n int) []any { return slices.Repeat([]any{"x"}, n) }
	wrong := func(n int) []any { return slices.Repeat([]any{json.Number("1")}, n) }
	for _, test := range []struct {
		schema      string
		value       any
		first, rule string
		n           int
	}{
		{"list", wrong(1_000_000), "/0", "type", 100},
		{"list", append(texts(50_000), wrong(1)...), "/50000", "type", 1},
		{"list", slices.Concat(texts(70_000), wrong(1), texts(70_000), wrong(1)), "/70000", "type", 1},
		{"list", append(texts(9_000), wrong(900)...), "/9000", "type", 100}, // few enough to be explained as a whole
		{"lists", slices.Repeat([]any{wrong(1000)}, 1000), "/0/0", "type", 100},
		{"lists", []any{texts(20_000), []any{}, wrong(1)}, "/2/0", "type", 1},
		{"object", map[string]any{"list": texts(20_000)}, "/name", "required", 1},
		{"object", map[string]any{"list": wrong(20_000)}, "/list/0", "type", 100},
		{"short", texts(20_001), "", "maxItems", 1},
		{"long", append(texts(30_000), wrong(1)...), "/30000", "type", 1},
		{"odd", texts(20_000), "", "minContains", 1},
	} {
		problems, err := d[test.schema][Request].Validate(test.value)
		if err != nil || len(problems) != test.n || problems[0].Pointer != test.first || problems[0].Rule != test.rule {
			t.Errorf("%s: %d problems, %+v, error %v; want %d from %s %s on", test.schema, len(problems),
				problems[:min(len(problems), 1)], err, test.n, test.first, test.rule)
		}
	}
	if problems, err := d["odd"][Request].Validate(append(texts(20_000), wrong(1)...)); len(problems) > 0 || err != nil {
		t.Errorf("a list that is right as a whole has %v, error %v", problems, err)
	}
}

func TestTextOfProblemsIsBounded(t *testing.T) {
	t.Parallel()
	d := parseTest(t, Options{}, `
closed: {type: object, additionalProperties: false}
counts: {type: object, additionalProperties: {type: integer}}
`)
	long := strings.Repeat("é", 10_000)
	for name, value := range map[string]string{"closed": `{"` + long + `": 1}`, "counts": `{"` + long + `": "x"}`} {
		problems, err := d[name][Request].Validate(decodeTest(t, value))
		if err != nil || len(problems) != 1 {
			t.Fatalf("%s: %v, error %v", name, problems, err)
		}
		p := problems[0]
		if len(p.Pointer) > maxText+3 || !strings.HasSuffix(p.Pointer, "é...") || len(p.Message) > maxText+3 {
			t.Errorf("%s: %d bytes of pointer, %d of message", name, len(p.Pointer), len(p.Message))
		}
	}
}

func TestMissingPropertyIsNotMistakenForAKnownOne(t *testing.T) {
	t.Parallel()
	c := parseTest(t, Options{OpenAPI30: true}, `
Item:
  type: object
  required: [startedDateTime]
  properties: {startedDateTime: {type: string}, createdDateTime: {type: string}}
`)
	checkValidations(t, c, []validation{
		{"Item", Request, `{"createdDateTime":"a"}`,
			[]string{"/startedDateTime required: required property is missing"}},
		{"Item", Request, `{"startDateTime":"a"}`,
			[]string{`/startedDateTime required: required property is missing; "startDateTime" is there; write "startedDateTime"`}},
	})
}

func TestAnyOfAndOneOfExplainTheNearestBranch(t *testing.T) {
	t.Parallel()
	c := parseTest(t, Options{OpenAPI30: true}, `
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
`)
	checkValidations(t, c, []validation{
		{"Shape", Request, `{"r":1}`, nil},
		{"Shape", Request, `{"r":-1}`, []string{"/r minimum: -1 is below the minimum 0"}},
		{"Shape", Request, `{"a":-1}`, []string{"/a minimum: -1 is below the minimum 0"}},
		{"Either", Request, `"a"`, nil},
		{"Either", Request, `1`, nil},
		{"Either", Request, `"ab"`, []string{" maxLength: longer than the maximum length 1"}},
		{"MaybeCircle", Request, `null`, nil},
		{"MaybeCircle", Request, `{"r":"x"}`, []string{"/r type: expected number, not string"}},
		{"Both", Request, `1.5`, nil},
		{"Both", Request, `1`, []string{" oneOf: valid against schemas at indexes 0 and 1"}},
		{"ListOrOne", Request, `["a",1]`, []string{"/1 type: expected string, not number 1"}},
	})
}

func TestUnionsExplainTheBranchThatTheTagNames(t *testing.T) {
	t.Parallel()
	c := parseTest(t, Options{}, `
Pet: {oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]}
Base: {type: object, required: [name], properties: {name: {type: string}}}
Cat: {allOf: [{$ref: '#/components/schemas/Base'}, {required: [lives], properties: {kind: {const: cat}, lives: {type: integer}}}]}
Dog: {allOf: [{$ref: '#/components/schemas/Base'}, {properties: {kind: {enum: [dog]}, bark: {enum: [loud, soft]}}}]}
CatOrList: {oneOf: [{properties: {kind: {const: cat}}}, {type: array}]}
`)
	checkValidations(t, c, []validation{
		{"Pet", Request, `{"kind":"dog","name":"Rex","bark":"lout"}`,
			[]string{`/bark enum: "lout" is not one of loud, soft; did you mean "loud"?`}},
		{"Pet", Request, `{"kind":"dog"}`, []string{"/name required: required property is missing"}},
		{"Pet", Request, `{"kind":"cat","name":"Tom"}`, []string{"/lives required: required property is missing"}},
		{"CatOrList", Request, `{"kind":"cow"}`, []string{" type: expected array, not object"}},
		{"Pet", Request, `{"kind":"cow","name":"Tom","lives":9}`, []string{`/kind const: "cow" is not "cat"`}},
	})
}

func TestMicrosoftsAdditionalPropertiesAreOpen(t *testing.T) {
	t.Parallel()
	c := parseTest(t, Options{OpenAPI30: true, OData: true}, `
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
`)
	checkValidations(t, c, []validation{
		{"microsoft.graph.thing", Response, `{"@odata.type":"x","id":"1","name":null,"more":2}`, nil},
		{"microsoft.graph.thing", Response, `{"@odata.type":"x","id":1,"name":2}`, []string{
			"/id type: expected string, not number 1", "/name type: expected string or null, not number 2"}},
		{"microsoft.graph.thing", Response, `{"id":"1"}`,
			[]string{"/@odata.type required: required property is missing"}},
	})
}

// TestMicrosoftsJSONIsAnyValue reads two types as Microsoft's own document has
// them: taken at their word, only objects could stand in them.
func TestMicrosoftsJSONIsAnyValue(t *testing.T) {
	t.Parallel()
	c := parseTest(t, Options{OpenAPI30: true, OData: true}, `
microsoft.graph.Json: {title: Json, type: object, additionalProperties: {type: object}}
innerError: {type: object, additionalProperties: {type: object}}
thing:
  type: object
  properties: {content: {$ref: '#/components/schemas/microsoft.graph.Json'}}
  additionalProperties: {type: object}
`)
	checkValidations(t, c, []validation{
		{"thing", Request, `{"content":{"@context":"https://schema.org","a":[1]}}`, nil},
		{"thing", Request, `{"content":[1,"a",null]}`, nil},
		{"thing", Request, `{"content":null}`, nil},
		{"innerError", Response, `{"date":"2018-02-26T20:28:22"}`, nil},
		{"innerError", Response, `"text"`, []string{" type: expected object, not string"}},
	})
}

func TestAnnotationsAreOpenForGraphOnly(t *testing.T) {
	t.Parallel()
	const schemas = "Thing: {type: object, properties: {'@odata.type': {type: string}}, additionalProperties: false}"
	graph := parseTest(t, Options{OpenAPI30: true, OData: true}, schemas)
	other := parseTest(t, Options{OpenAPI30: true}, schemas)
	checkValidations(t, graph, []validation{
		{"Thing", Request, `{"@odata.id":1,"name@odata.type":2}`, nil},
		{"Thing", Request, `{"@odata.type":1}`, []string{"/@odata.type type: expected string, not number 1"}},
	})
	checkValidations(t, other, []validation{
		{"Thing", Request, `{"@odata.id":1}`, []string{`/@odata.id additionalProperties: unknown property`}},
	})
}

func TestSchemaThatCannotBeCompiledIsAnErrorForEveryValue(t *testing.T) {
	t.Parallel()
	c := parseTest(t, Options{OpenAPI30: true}, `
Loop: {allOf: [{$ref: '#/components/schemas/Loop'}]}
Ping: {anyOf: [{$ref: '#/components/schemas/Pong'}]}
Pong: {oneOf: [{$ref: '#/components/schemas/Ping'}]}
`)
	for _, name := range []string{"Loop", "Ping", "Pong"} {
		for range 2 {
			if found, err := c[name][Request].Validate(json.Number("1")); err == nil {
				t.Errorf("%s: no error, but %v", name, found)
			}
		}
	}
}

func TestWhatTwoSchemasForbidIsToldOnce(t *testing.T) {
	t.Parallel()
	c := parseTest(t, Options{OpenAPI30: true}, `
Whole: {allOf: [{$ref: '#/components/schemas/Left'}, {$ref: '#/components/schemas/Right'}]}
Left: {type: object, properties: {a: {type: string}, b: {type: string, maxLength: 1}}}
Right: {type: object, properties: {a: {type: string}, b: {type: string, maxLength: 2}}}
`)
	checkValidations(t, c, []validation{
		{"Whole", Request, `[]`, []string{" type: expected object, not array"}},
		{"Whole", Request, `{"a":1}`, []string{"/a type: expected string, not number 1"}},
		{"Whole", Request, `{"b":"123"}`, []string{
			"/b maxLength: longer than the maximum length 1",
			"/b maxLength: longer than the maximum length 2",
		}},
	})
}

func TestProblemsCarryTypeAndEvidence(t *testing.T) {
	t.Parallel()
	c := parseTest(t, Options{OpenAPI30: true, OData: true}, `
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
    part: {$ref: '#/components/schemas/microsoft.graph.part'}
microsoft.graph.part: {type: object, properties: {size: {$ref: '#/components/schemas/microsoft.graph.outer/properties/size'}}}
microsoft.graph.inner: {type: object, required: [a/b], properties: {a/b: {type: string, x-graphmock-evidence: observed}}}
microsoft.graph.status: {type: string, enum: [on, off]}
`)
	found, err := c["microsoft.graph.outer"][Request].Validate(decodeTest(t,
		`{"size":"1","status":"x","inner":{},"part":{"size":"1"},"more":1}`))
	if err != nil {
		t.Fatal(err)
	}
	const outer = "microsoft.graph.outer"
	want := []Problem{
		{Pointer: "/inner/a~1b", Rule: "required", Type: "microsoft.graph.inner", Evidence: "observed"},
		{Pointer: "/more", Rule: "additionalProperties", Type: outer, Evidence: "assumed", Source: "the type"},
		{Pointer: "/name", Rule: "required", Type: outer, Evidence: "documented", Source: "the page"},
		{Pointer: "/part/size", Rule: "type", Type: outer, Evidence: "assumed", Source: "the type"},
		{Pointer: "/size", Rule: "type", Type: outer, Evidence: "assumed", Source: "the type"},
		{Pointer: "/status", Rule: "enum", Type: "microsoft.graph.status", Evidence: "observed", Source: "a trace"},
	}
	for i := range found {
		v := found[i]
		v.Message, v.Hint = "", ""
		if i >= len(want) || v != want[i] {
			t.Errorf("got %+v", v)
		}
	}
	if len(found) != len(want) {
		t.Errorf("got %d problems, want %d", len(found), len(want))
	}
}
