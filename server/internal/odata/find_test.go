package odata

import (
	"net/url"
	"strings"
	"testing"
)

func contains(term string) func(string) bool {
	return func(text string) bool { return strings.Contains(text, term) }
}

func TestSearchJoinsTerms(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`red`:                       "red car|red bus",
		`red car`:                   "red car",
		`"red car" OR bus`:          "red car|red bus|blue bus",
		`red AND NOT car`:           "red bus",
		`NOT (red OR blue)`:         "green tram|a \"quoted\\ word",
		`car OR tram AND green`:     "red car|green tram",
		`(car OR tram) AND red`:     "red car",
		`"a \"quoted\\ word"`:       `a "quoted\ word`,
		`"green" "tram" NOT "blue"`: "green tram",
	} {
		if err := checkSearch(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		finds := Search(text, contains)
		var got []string
		for _, each := range []string{"red car", "red bus", "blue bus", "green tram", `a "quoted\ word`} {
			if finds(each) {
				got = append(got, each)
			}
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func FuzzSearch(f *testing.F) {
	for _, seed := range []string{`"displayName:Adele" OR "mail:a"`, `a AND NOT (b OR "c")`, `(((a)))`, `NOT`, `"\"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := Parse("$search="+url.QueryEscape(text), nil, Settings{}); err == nil {
			Search(text, contains)(text)
		}
	})
}
