package openapi

import (
	"slices"
	"testing"
)

func TestBadExamplesAreFoundOnce(t *testing.T) {
	t.Parallel()
	if found := Embedded().BadExamples(); len(found) > 0 {
		t.Errorf("the embedded contract: %v", found)
	}
	c, err := Parse("x.yaml", []byte(`
openapi: 3.0.3
info: {title: x, version: "1"}
paths:
  /a: { get: { responses: { '200': { $ref: '#/components/responses/Number' } } } }
  /b:
    get: { responses: { '200': { $ref: '#/components/responses/Number' } } }
    put:
      requestBody: { content: { application/json: { schema: { type: integer }, example: x }, text/plain: { example: 1 } } }
      responses: { '204': { description: Stored. } }
components:
  responses:
    Number:
      description: A number.
      content: { application/json: { schema: { type: integer }, examples: { one: { value: 1 }, two: { value: two } } } }
`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, bad := range c.BadExamples() {
		got = append(got, bad.String())
	}
	want := []string{
		`GET /a: answer 200: example "two": body: expected integer, not string`,
		`PUT /b: request: example "example": body: expected integer, not string`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
