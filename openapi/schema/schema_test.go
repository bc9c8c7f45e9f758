package schema

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

// orders is a document as a reader of another format would write it.
func orders(t *testing.T) map[string]any {
	return decodeTest(t, `{
		"$ref": "#/$defs/Order",
		"$defs": {
			"Order": {
				"type": "object", "required": ["id", "lines"], "additionalProperties": false,
				"properties": {
					"id": {"type": "string", "format": "uuid"},
					"lines": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Line"}},
					"note": {"type": ["string", "null"], "maxLength": 10}
				}
			},
			"Line": {"type": "object", "required": ["count"], "properties": {"count": {"type": "integer", "minimum": 1}}}
		}
	}`).(map[string]any)
}

func TestSchemaOfAJSONDocument(t *testing.T) {
	t.Parallel()
	s := FromJSON(orders(t), Options{})
	const id = `"390e06e2-7e5b-4133-8014-fac7ac991af7"`
	checkValidations(t, document{"Order": {"": s}}, []validation{
		{"Order", "", `{"id":` + id + `,"lines":[{"count":1}],"note":null}`, nil},
		{"Order", "", `{"id":"1","lines":[],"note":"01234567890"}`, []string{
			`/id format: "1" is not a valid uuid; expected like 390e06e2-7e5b-4133-8014-fac7ac991af7`,
			"/lines minItems: fewer items than the minimum of 1",
			"/note maxLength: longer than the maximum length 10"}},
		{"Order", "", `{"lines":[{"count":0},{}],"nota":1}`, []string{
			"/id required: required property is missing",
			"/lines/0/count minimum: 0 is below the minimum 1",
			"/lines/1/count required: required property is missing",
			`/nota additionalProperties: unknown property; did you mean "note"?`}},
	})
	if _, err := s.Sample(t.Context(), rand.New(rand.NewPCG(1, 1))); err != nil {
		t.Error(err)
	}
	if got := s.TypeAt("/lines/0/count"); got != "integer" {
		t.Errorf("count is of type %q", got)
	}
}

func TestODataOptionOpensAJSONDocumentForAnnotations(t *testing.T) {
	t.Parallel()
	for odata, want := range map[bool]string{false: "@odata.etag", true: ""} {
		if got, _ := FromJSON(orders(t), Options{OData: odata}).UnknownAt("/@odata.etag"); got != want {
			t.Errorf("OData %v: %q is unknown", odata, got)
		}
	}
}

func TestPartStandsAlone(t *testing.T) {
	t.Parallel()
	root := orders(t)
	lines := nodeAt(root, "/$defs/Order/properties/lines")
	s := FromJSON(Part(root, lines["items"].(map[string]any)), Options{})
	if s.JSON()["$ref"] != nil || nodeAt(s.JSON(), "/properties/count") == nil {
		t.Errorf("got %v", s.JSON())
	}
	if found, err := s.Validate(decodeTest(t, `{}`)); err != nil || len(found) != 1 || found[0].Pointer != "/count" {
		t.Errorf("got %v, %v", found, err)
	}
	if lines["$defs"] != nil {
		t.Error("the part was changed")
	}
	loop := map[string]any{"$ref": "#/$defs/A", "$defs": map[string]any{"A": map[string]any{"$ref": "#/$defs/A"}}}
	if Part(loop, loop)["$defs"] == nil {
		t.Error("a part that refers to itself is lost")
	}
}

func TestBrokenDocumentIsAnError(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{"type": "text"}`, `{"$ref": "#/$defs/none"}`, `{"pattern": "(a"}`,
		`{"$ref": "https://contoso.com/schema"}`} {
		s := FromJSON(decodeTest(t, text).(map[string]any), Options{})
		if s.Compile() == nil {
			t.Errorf("%s compiles", text)
		}
		if found, err := s.Validate("a"); err == nil {
			t.Errorf("%s: found %v", text, found)
		}
		if v, err := s.Sample(t.Context(), rand.New(rand.NewPCG(1, 1))); err == nil {
			t.Errorf("%s: made up %v", text, v)
		}
	}
}

func TestSchemaServesManyGoroutinesAtOnce(t *testing.T) {
	t.Parallel()
	s := embedded(t)["microsoft.graph.activityHistoryItem"][Request]
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			text, want := seedRequest, []string{}
			if i%2 == 1 {
				text, want = `[]`, []string{" type: expected object, not array"}
			}
			if found, err := s.Validate(decodeTest(t, text)); err != nil || !slices.Equal(brief(found), want) {
				t.Errorf("got %v, %v", found, err)
			}
		})
	}
	wg.Wait()
}
