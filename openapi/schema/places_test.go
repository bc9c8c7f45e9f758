package schema

import (
	"slices"
	"strings"
	"testing"
)

func TestTypeAt(t *testing.T) {
	t.Parallel()
	d := parseTest(t, Options{OpenAPI30: true}, `
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
`)
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
		for _, name := range []string{"node", "loop"} {
			if got := d[name][Response].TypeAt(pointer); got != want {
				t.Errorf("%s %q: got %q, want %q", name, pointer, got, want)
			}
		}
	}
	if got := d["node"][Response].TypeAt("name"); got != "" {
		t.Errorf("what is no pointer has the type %q", got)
	}
}

func TestUnknownPropertiesAreFound(t *testing.T) {
	t.Parallel()
	s := embedded(t)["microsoft.graph.userActivity"][Request]
	for pointer, want := range map[string]string{
		"/visualElements/displayText":         "",
		"/visualElements/displayTxt":          "displayTxt",
		"/visualElements/content/anything/0":  "",
		"/historyItems/0/userTimezone":        "",
		"/historyItems/0/userTimeZone":        "userTimeZone",
		"/visualElements/attribution/iconUrl": "",
		"/@odata.etag":                        "",
		"/nothing":                            "nothing",
		"":                                    "",
	} {
		got, known := s.UnknownAt(pointer)
		if got != want || (len(known) > 0) != (got != "") {
			t.Errorf("%s: %q, want %q; known are %q", pointer, got, want, known)
		}
	}
}

func TestPropertiesAreThoseOfTwoLevels(t *testing.T) {
	t.Parallel()
	s := parseTest(t, Options{OpenAPI30: true}, `
Thing:
  allOf:
    - {$ref: '#/components/schemas/Base'}
    - type: object
      properties:
        kind: {type: string, enum: [a, b]}
        level: {type: integer, enum: [1, 2], nullable: true}
        list: {type: array, items: {type: object, properties: {a/b: {type: string, deprecated: true}}}}
Base:
  type: object
  properties:
    id: {type: string, readOnly: true}
    self: {$ref: '#/components/schemas/Base'}
    '@odata.type': {type: string}
`)["Thing"][Request]
	var got []string
	for _, p := range s.Properties() {
		text := p.Pointer
		if p.SetByService {
			text += " by the service"
		}
		if p.Deprecated {
			text += " deprecated"
		}
		got = append(got, strings.TrimSpace(text+" "+strings.Join(p.Values, ",")))
	}
	want := []string{
		"/id by the service", "/kind a,b", "/level 1,2", "/list", "/list/*/a~1b deprecated",
		"/self", "/self/id by the service", "/self/self",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
