package openapi

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
)

func errorOperation(t *testing.T, responses string) *Operation {
	t.Helper()
	c, err := Parse("e.yaml", []byte(`
openapi: 3.0.3
info: {title: errors, version: '1'}
paths: {/e: {get: {responses: `+responses+`}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	return slices.Collect(c.Operations())[0]
}

func TestErrorsSayWhatIsWrongWhereTheirSchemaLetsThem(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, response, media, want string }{
		{"nested", `{content: {application/json: {schema: {type: object, required: [error], properties: {error:
			{type: object, required: [code, message], properties: {code: {type: string, enum: [bad_input]},
			message: {type: string}}}}}}}}`, "application/json", `{"error":{"code":"bad_input","message":"m"}}`},
		{"status as text", `{content: {application/json: {schema: {type: object, required: [status, description],
			properties: {status: {type: string}, description: {type: string}}}}}}`, "application/json",
			`{"description":"m","status":"409"}`},
		{"nothing known fits", `{content: {application/json: {schema: {type: object, required: [message],
			properties: {message: {type: string, enum: [no]}}}}}}`, "application/json", `{"message":"no"}`},
		{"a number", `{content: {application/json: {schema: {type: integer, enum: [7]}}}}`, "application/json", `7`},
		{"no schema", `{content: {application/json: {}}}`, "application/json",
			`{"detail":"m","status":409,"title":"Conflict"}`},
		{"text", `{content: {text/plain: {schema: {type: string}}}}`, "text/plain", `"m"`},
		{"text in a range", `{content: {text/*: {}}}`, "text/plain", `"m"`},
		{"a bad example", `{content: {application/json: {schema: {type: object, required: [code], properties:
			{code: {type: integer}}}, example: {code: x}}}}`, "application/json", `{"code":409}`},
		{"the second example is right", `{content: {application/json: {schema: {type: object, required: [hint],
			properties: {hint: {type: string}}}, examples: {a: {value: {hint: 1}}, b: {value: {hint: read}}}}}}`,
			"application/json", `{"hint":"read"}`},
		{"no body", `{}`, "", `null`},
	} {
		op := errorOperation(t, `{'409': {description: d, `+test.response[1:]+`}`)
		r, err := op.ErrorResponse(graph.Error{Status: 409, Code: "c", Message: "m"}, rand.New(rand.NewPCG(0, 0)))
		text, _ := jsontext.Marshal(r.Value)
		if err != nil || r.MediaType != test.media || string(text) != test.want {
			t.Errorf("%s: %q %s, %v; want %s", test.name, r.MediaType, text, err, test.want)
		}
	}
}

func TestErrorsThatCantBeMadeUpAreProblemDetails(t *testing.T) {
	t.Parallel()
	op := errorOperation(t, `{'409': {description: d, content: {application/xml: {schema: {type: object}}}}}`)
	r, err := op.ErrorResponse(graph.Error{Status: 409}, rand.New(rand.NewPCG(0, 0)))
	if err == nil || r.MediaType != "application/problem+json" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestAnExampleForManyStatusesGetsTheOneThatIsSent(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"4XX", "default"} {
		op := errorOperation(t, `{`+name+`: {description: d, content: {application/json: {example: {status: 404, code: gone}}}}}`)
		r, err := op.ErrorResponse(graph.Error{Status: 400, Code: "bad"}, rand.New(rand.NewPCG(0, 0)))
		if text, _ := jsontext.Marshal(r.Value); err != nil || string(text) != `{"code":"bad","status":400}` {
			t.Errorf("%s: %s, %v", name, text, err)
		}
	}
}

func TestUsualStatus(t *testing.T) {
	t.Parallel()
	for responses, want := range map[string]int{
		`{'204': {description: d}, '201': {description: d}}`:     201,
		`{2XX: {description: d}, '302': {description: d}}`:       204,
		`{'302': {description: d}, default: {description: d}}`:   302,
		`{3XX: {description: d}}`:                                300,
		`{'404': {description: d}, default: {description: d}}`:   204,
		`{'405': {description: d}, '409': {description: d}}`:     405,
		`{'202': {description: later}, '304': {description: d}}`: 202,
	} {
		if got := errorOperation(t, responses).UsualStatus(); got != want {
			t.Errorf("%s: %d, want %d", responses, got, want)
		}
	}
}

func TestAnOperationWithoutResponsesPromisesNothing(t *testing.T) {
	t.Parallel()
	c, err := Parse("e.yaml", []byte("openapi: 3.1.0\ninfo: {title: e, version: '1'}\npaths: {/e: {get: {}}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	op := slices.Collect(c.Operations())[0]
	if found := c.CheckResponse(&Response{Operation: op, Status: 418, Body: []byte("x")}); found != nil {
		t.Errorf("found %v", found)
	}
}
