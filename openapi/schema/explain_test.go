package schema

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestValuesInMessages(t *testing.T) {
	t.Parallel()
	tests := []struct {
		value       any
		shown, kind string
	}{
		{nil, "<nil>", "null"},
		{true, "true", "boolean"},
		{"a\n\u202e", `"a\n\u202e"`, "string"},
		{json.Number("1.50"), "1.50", "number 1.50"},
		{[]any{"a"}, `"[\"a\"]"`, "array"},
		{map[string]any{"a": nil}, `"{\"a\":null}"`, "object"},
		{0.25, "0.25", "float64"},
		{uint64(7), "7", "uint64"},
		{func() {}, "a value", "func()"},
	}
	for _, tt := range tests {
		if got := show(tt.value); got != tt.shown {
			t.Errorf("got %s, want %s", got, tt.shown)
		}
		if got := typeName(tt.value); got != tt.kind {
			t.Errorf("%s: got %s, want %s", tt.shown, got, tt.kind)
		}
	}
	if got := showList([]any{"a", json.Number("1"), nil}); got != "a, 1, <nil>" {
		t.Errorf("got %s", got)
	}
}

func TestNamesOfKeywords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		value any
		want  []string
	}{
		{nil, nil}, {"a", []string{"a"}}, {[]string{"a", "b"}, []string{"a", "b"}},
		{[]any{"a", json.Number("1"), "b"}, []string{"a", "b"}},
		{[]any{}, nil}, {true, nil},
	} {
		if got := names(tt.value); !slices.Equal(got, tt.want) {
			t.Errorf("%v: got %q, want %q", tt.value, got, tt.want)
		}
	}
}

func TestPropertyNamesAreToldFromProperties(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]bool{
		"/propertyNames/maxLength": true, "/allOf/0/propertyNames": true, "/properties/a/propertyNames/pattern": true,
		"/properties/propertyNames/type": false, "/patternProperties/propertyNames": false,
		"/properties/properties/propertyNames": true,
		"/dependentSchemas/propertyNames/type": false, "": false,
	} {
		if got := onPropertyName(location); got != want {
			t.Errorf("%s: got %v", location, got)
		}
	}
}

func TestProblemsOfNamesWithPercentSigns(t *testing.T) {
	t.Parallel()
	s := FromJSON(decodeTest(t, `{"properties": {"100%25": {"$ref": "#/$defs/a%2520b"}, "x y": {"type": "string"}},
		"$defs": {"a%20b": {"type": "integer"}}}`).(map[string]any), Options{})
	found, err := s.Validate(decodeTest(t, `{"100%25": "a", "x y": 1}`))
	want := []string{"/100%25 type: expected integer, not string", "/x y type: expected string, not number 1"}
	if err != nil || !slices.Equal(brief(found), want) {
		t.Errorf("got %q, %v", brief(found), err)
	}
}

// TestEvidenceIsThatOfTheLastSchemaThatHasAny follows a rule down to its place.
func TestEvidenceIsThatOfTheLastSchemaThatHasAny(t *testing.T) {
	t.Parallel()
	s := FromJSON(decodeTest(t, `{
		"x-graphmock-evidence": "assumed", "x-graphmock-source": "the root",
		"properties": {
			"own": {"type": "string", "x-graphmock-evidence": "observed", "x-graphmock-source": "a trace"},
			"plain": {"type": "string"},
			"part": {"x-graphmock-type": "contoso.part", "properties": {"size": {"maximum": 1}}},
			"named": {"$ref": "#/$defs/contoso.named"}
		},
		"$defs": {"contoso.named": {"type": "string", "x-graphmock-evidence": "documented"}}
	}`).(map[string]any), Options{})
	found, err := s.Validate(decodeTest(t, `{"own": 1, "plain": 2, "part": {"size": 3}, "named": 4}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Problem{
		{Pointer: "/named", Rule: "type", Type: "contoso.named", Evidence: "documented"},
		{Pointer: "/own", Rule: "type", Evidence: "observed", Source: "a trace"},
		{Pointer: "/part/size", Rule: "maximum", Type: "contoso.part", Evidence: "assumed", Source: "the root"},
		{Pointer: "/plain", Rule: "type", Evidence: "assumed", Source: "the root"},
	}
	for i := range found {
		found[i].Message = ""
	}
	if !slices.Equal(found, want) {
		t.Errorf("got %+v\nwant %+v", found, want)
	}
}

func TestMessagesShowSomeOfALongList(t *testing.T) {
	t.Parallel()
	var members []any
	for i := range 60 {
		members = append(members, fmt.Sprint("member", i))
	}
	s := FromJSON(map[string]any{"enum": members}, Options{})
	problems, err := s.Validate("membre59")
	if err != nil || len(problems) != 1 {
		t.Fatal(problems, err)
	}
	if m := problems[0].Message; !strings.HasSuffix(m, "member38, member39 and 20 more") {
		t.Errorf("got %s", m)
	}
	if h := problems[0].Hint; h != `did you mean "member59"?` {
		t.Errorf("hint %s", h)
	}
}
