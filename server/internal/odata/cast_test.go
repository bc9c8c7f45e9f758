package odata

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
)

const zooModel = `namespace a
entity animal
 key id
 prop id String
 prop diet diet
entity bird : animal
 prop wingspan Int32
entity fish : animal
enum diet flags
 meat 1
 plants 2
`

func TestFiltersAskForTypes(t *testing.T) {
	t.Parallel()
	animal := typeOf(zooModel, "a.animal")
	zoo := []map[string]any{
		{"id": "owl", "@odata.type": "#a.bird", "wingspan": json.Number("90"), "diet": "meat"},
		{"id": "duck", "@odata.type": "#a.bird", "wingspan": json.Number("50"), "diet": "meat,plants"},
		{"id": "carp", "@odata.type": "#a.fish", "diet": "plants"},
		{"id": "fox"},
	}
	for text, want := range map[string]string{
		"isof(a.bird)":                         "owl duck",
		"isof('a.fish')":                       "carp",
		"IsOf(a.animal)":                       "owl duck carp fox",
		"not isof(a.bird)":                     "carp fox",
		"a.bird/wingspan gt 60":                "owl",
		"a.bird/wingspan eq 50":                "duck",
		"diet has 'plants'":                    "duck carp",
		"diet has a.diet'meat'":                "owl duck",
		"not (diet has 'meat')":                "carp fox",
		"isof(a.bird) and (diet has 'plants')": "duck",
	} {
		f, err := ParseFilter(text, animal, Settings{})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		again, err := ParseFilter(f.String(), animal, Settings{})
		if err != nil || again.String() != f.String() {
			t.Errorf("%s is written as %s, which is read as %v, %v", text, f, again, err)
		}
		var found []string
		for _, a := range zoo {
			if f.Matches(a) {
				found = append(found, a["id"].(string))
			}
		}
		if !slices.Equal(found, strings.Fields(want)) {
			t.Errorf("%s lets %v pass, want %s", text, found, want)
		}
	}
	for text, want := range map[string]string{
		"isof(a.stone)":       `there is no type "a.stone" that derives from what is asked`,
		"isof()":              "the name of a type",
		"isof(id,a.bird)":     `there is no type "a.bird"`,
		"a.stone/weight eq 1": "the name of a property",
		"a.bird/nothing eq 1": "Could not find a property named 'nothing' on type 'a.bird'",
		"id has 'x'":          "has is asked of an enumeration",
		"diet has 'stones'":   "is no member of the enumeration",
	} {
		if _, err := ParseFilter(text, animal, Settings{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// A property of a derived type is named behind the type: what is of another one is shown
// without it. Graph reads the names of types in any case.
func TestPropertiesOfDerivedTypesAreAskedForBehindTheType(t *testing.T) {
	t.Parallel()
	animal := typeOf(zooModel+`entity cage
 key id
 prop id String
 nav occupant animal
entity owl : bird
 nav mate owl
`, "a.animal")
	for query, want := range map[string]string{
		"$select=id,a.bird/wingspan":       "$select=id,a.bird/wingspan",
		"$select=A.Bird/wingSpan":          "$select=a.bird/wingspan",
		"$orderby=a.bird/wingspan desc":    "$orderby=a.bird/wingspan desc",
		"$expand=a.owl/mate":               "$expand=a.owl/mate",
		"$expand=a.OWL/Mate($select=diet)": "$expand=a.owl/mate($select=diet)",
		"$filter=a.Owl/wingspan gt 1":      "$filter=a.owl/wingspan gt 1",
	} {
		o, err := Parse(url.PathEscape(query), animal, Settings{})
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		if got, _ := url.QueryUnescape(o.Query()); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	for query, want := range map[string]string{
		"$select=a.stone/weight":         "expected the name of a property",
		"$select=a.bird":                 "expected the name of a property",
		"$select=a.fish/wingspan":        "Could not find a property named 'wingspan' on type 'a.fish'.",
		"$expand=mate":                   "Could not find a property named 'mate' on type 'a.animal'.",
		"$expand=a.bird/mate":            "Could not find a property named 'mate' on type 'a.bird'.",
		"$expand=a.stone/mate":           "expected the name of a property",
		"$expand=a.owl/":                 "expected the name of a property",
		"$expand=a.owl/mate,a.owl/mate":  "mate is expanded more than once",
		"$orderby=a.bird/wingspan/inch":  "an Int32 has no properties",
		"$orderby=a.bird/a.bird asc, id": "expected the name of a property",
	} {
		if _, err := Parse(url.PathEscape(query), animal, Settings{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", query, err, want)
		}
	}
	o, err := Parse("$select=id,a.bird/wingspan", animal, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if got := o.Project(map[string]any{"id": "1", "wingspan": 2, "diet": "meat"}); len(got) != 2 || got["wingspan"] != 2 {
		t.Errorf("got %v", got)
	}
}

// A type that declares nothing may be the base of others that do.
func TestACastTellsWhatAValueOfNoPropertiesIs(t *testing.T) {
	t.Parallel()
	review := typeOf(`namespace a
entity review
 key id
 prop id String
 prop scope scope
complex scope
complex query : scope
 prop text String
`, "a.review")
	f, err := ParseFilter("contains(scope/a.query/text,'x')", review, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if !f.Matches(map[string]any{"scope": map[string]any{"text": "axe"}}) {
		t.Error("does not match")
	}
}
