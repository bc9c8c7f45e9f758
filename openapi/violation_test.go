package openapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
)

// schemaDocument is a document of the given version with components/schemas and
// nothing else.
func schemaDocument(version, more, schemas string) string {
	return "openapi: " + version + "\ninfo: {title: test, version: '1'}\npaths: {}\n" + more +
		"\ncomponents:\n  schemas:\n" + indent(schemas, "    ")
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

func indent(text, by string) string {
	return by + strings.ReplaceAll(strings.Trim(text, "\n"), "\n", "\n"+by)
}

func TestCheckValueNeedsAKnownSchema(t *testing.T) {
	t.Parallel()
	c := parseTest(t, schemaDocument("3.0.3", "", "A: {}"))
	if _, err := c.CheckValue("B", RequestSide, nil); !errors.Is(err, errNoSchema) ||
		!strings.Contains(err.Error(), "B") {
		t.Errorf("got %v", err)
	}
}

func TestViolationReadsInOneLine(t *testing.T) {
	t.Parallel()
	for want, v := range map[string]Violation{
		"request body /startedDateTime: required property is missing (documented, type activityHistoryItem)": {
			Side: RequestSide, In: InBody, Pointer: "/startedDateTime", Message: "required property is missing",
			Evidence: Documented, Type: "microsoft.graph.activityHistoryItem"},
		`request path activites: no operation has it; did you mean "activities"? (observed)`: {
			Side: RequestSide, In: InPath, Pointer: "activites", Message: "no operation has it",
			Hint: `did you mean "activities"?`, Evidence: Observed},
		"response body: a 204 answer has no body": {Side: ResponseSide, In: InBody,
			Message: "a 204 answer has no body"},
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

// An error text said: Invalid value for property '0'.
func TestAnElementIsNamedByItsPropertyNotByItsIndex(t *testing.T) {
	t.Parallel()
	for pointer, want := range map[string]string{
		"/categories/0": "categories", "/values/1/12": "values", "/roles/0/name": "name", "/0": "", "/x/2a": "2a",
	} {
		if got := (Violation{In: InBody, Pointer: pointer}).Property(); got != want {
			t.Errorf("%s: got %q, want %q", pointer, got, want)
		}
	}
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
	found, err := c.CheckValue("microsoft.graph.outer", RequestSide, map[string]any{
		"size": "1", "status": "x", "inner": map[string]any{}, "more": json.Number("1"),
	})
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

func TestAnnotationsAreOpenForODataOnly(t *testing.T) {
	t.Parallel()
	const schemas = "Thing: {type: object, properties: {'@odata.type': {type: string}}, additionalProperties: false}"
	for more, want := range map[string]int{graphServers: 0, "x-graphmock-odata: true": 0, "": 1} {
		c := parseTest(t, schemaDocument("3.0.3", more, schemas))
		if odata := want == 0; c.UsesOData() != odata || c.HasGraphErrors() != odata {
			t.Errorf("%s: uses OData %v, has Graph's errors %v", more, c.UsesOData(), c.HasGraphErrors())
		}
		for _, side := range []Side{RequestSide, ResponseSide} {
			found, err := c.CheckValue("Thing", side, map[string]any{"@odata.id": "1"})
			if err != nil || len(found) != want {
				t.Fatalf("%s: got %v, %v", more, found, err)
			}
			for _, v := range found {
				if v.Side != side || v.In != InBody {
					t.Errorf("%v is about the %s's %s", v, v.Side, v.In)
				}
			}
		}
	}
}

func TestTypesOfNamedSchemas(t *testing.T) {
	t.Parallel()
	c := parseTest(t, schemaDocument("3.0.3", "", "Thing: {type: object, properties: {id: {type: string}}}"))
	if !c.HasSchema("Thing") || c.TypeAt("Thing", "/id") != "string" {
		t.Errorf("the id is of type %q", c.TypeAt("Thing", "/id"))
	}
	if got := c.TypeAt("none", ""); got != "" || c.HasSchema("none") {
		t.Errorf("a schema that is not there has the type %q", got)
	}
}
