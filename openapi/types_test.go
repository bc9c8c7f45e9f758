package openapi

import "testing"

func TestTypeAt(t *testing.T) {
	t.Parallel()
	c, err := Parse("types.yaml", []byte(`
openapi: 3.0.3
info: { title: t, version: "1" }
paths: {}
components:
  schemas:
    node:
      type: object
      properties:
        name: { type: string, nullable: true }
        level: { type: string, nullable: true, enum: [low, null] }
        count: { type: integer }
        next: { nullable: true, allOf: [{ $ref: '#/components/schemas/node' }] }
        all: { type: array, items: { $ref: '#/components/schemas/node' } }
        either: { oneOf: [{ type: string }, { type: number }] }
        any: {}
        labels: { type: object, additionalProperties: { type: string } }
        a/b: { type: boolean }
    loop: { $ref: '#/components/schemas/node' }
`))
	if err != nil {
		t.Fatal(err)
	}
	for pointer, want := range map[string]string{
		"":                         "object",
		"/name":                    "string",
		"/level":                   "string",
		"/count":                   "integer",
		"/next":                    "object",
		"/next/next/all/3/name":    "string",
		"/all":                     "array",
		"/all/0":                   "object",
		"/either":                  "",
		"/any":                     "",
		"/any/thing":               "",
		"/labels/x":                "string",
		"/a~1b":                    "boolean",
		"/unknown":                 "",
		"/all/first/name":          "",
		"/next/labels/0":           "string",
		"/name/0/deeper/than/that": "",
	} {
		for _, schema := range []string{"node", "loop"} {
			if got := c.TypeAt(schema, pointer); got != want {
				t.Errorf("%s %q: got %q, want %q", schema, pointer, got, want)
			}
		}
	}
	if got := c.TypeAt("none", ""); got != "" || c.HasSchema("none") || !c.HasSchema("node") {
		t.Errorf("a schema that is not there has the type %q", got)
	}
}
