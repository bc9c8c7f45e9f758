package odata

import (
	"encoding/json"
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
