package odata

import (
	"strings"
	"testing"
)

func TestTypesDecideWhatIsCompared(t *testing.T) {
	t.Parallel()
	of := typeOf(`namespace a
complex Any
complex open open
entity thing
 prop byte Byte
 prop count count
 prop decimal Decimal
 prop float Single
 prop duration Duration
 prop json Any
 prop open open
 prop status status
 prop stream Stream
 nav things thing*
enum status
 late 7
 early 2
primitive count of=Int64
`, "a.thing")
	for text, want := range map[string]string{
		"byte eq 1 and decimal lt 0.5 and float ge 2e3": "",
		"byte eq 'x'":                  "an Int32 cannot be compared with a string",
		"duration eq 'PT1H'":           "",
		"duration eq 1":                "a string cannot be compared with an Int64",
		"json eq 'x' or json/a/b eq 1": "",
		"open/a eq 1":                  "",
		"open eq 1":                    "an object cannot be compared with an Int64",
		"status eq 'Late' or status gt a.status'early'":                "",
		"status eq b.status'early'":                                    "the enumeration is a.status, not",
		"status eq 'lat'":                                              "is no member of the enumeration",
		"things/any(x:x/STATUS eq 'late' and x/things/$count ge byte)": "",
		"nothing eq 1": "Could not find a property named 'nothing' " +
			"on type 'a.thing'.",
	} {
		_, err := ParseFilter(text, of, Settings{})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestMembersAreOrderedByTheirValues(t *testing.T) {
	t.Parallel()
	of := typeOf("namespace a\nentity thing\n prop status status\nenum status\n late 7\n early 2\n", "a.thing")
	f, err := ParseFilter("status gt 'early'", of, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	for status, want := range map[string]bool{"late": true, "early": false, "unheard": false} {
		if got := f.Matches(map[string]any{"status": status}); got != want {
			t.Errorf("%s: %v", status, got)
		}
	}
}
