package resource

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func TestArgumentsAreSplitOutsideQuotesAndBrackets(t *testing.T) {
	t.Parallel()
	for inner, want := range map[string]string{
		"":                          "[]",
		"'a'":                       "[{ 'a'}]",
		"1":                         "[{ 1}]",
		"a=1":                       "[{a 1}]",
		"a='x,y',b=2":               "[{a 'x,y'} {b 2}]",
		"a='x''y,z',b=@p":           "[{a 'x''y,z'} {b @p}]",
		" a = 1 , b = 2 ":           "[{a 1} {b 2}]",
		"a=['x','y'],b={\"c\":[1]}": "[{a ['x','y']} {b {\"c\":[1]}}]",
		"a=f(1,2),b=3":              "[{a f(1,2)} {b 3}]",
		"'a=b'":                     "[{ 'a=b'}]",
		"a==":                       "[{a =}]",
		"a='('":                     "[{a '('}]",
		"a=x.y'Z'":                  "[{a x.y'Z'}]",
		"a=''":                      "[{a ''}]",
	} {
		arguments, ok := readArguments(inner)
		if got := fmt.Sprint(arguments); !ok || got != want {
			t.Errorf("%s: got %s, %v, want %s", inner, got, ok, want)
		}
	}
	for _, inner := range []string{
		",", "a=1,", ",a=1", "a=", "a=1,,b=2", "'a", "a'", "a=(", "a=)", "a=[1,b=2", "a=]", "1,2", "a=1,2",
		"a='x'',b=2",
	} {
		if arguments, ok := readArguments(inner); ok {
			t.Errorf("%s is read as %v", inner, arguments)
		}
	}
}

func TestTextsLoseTheirQuotes(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ literal, text, value string }{
		{"'a'", "a", "a"},
		{"''", "", ""},
		{"'it''s'", "it's", "it's"},
		{"''''", "'", "'"},
		{"1", "1", "1"},
		{"null", "null", "null"},
		{"@p", "@p", "@p"},
		{"'@p'", "@p", "'@p'"},
		{"x'Y'", "x'Y'", "x'Y'"},
		{"'", "'", "'"},
		{"'a'b'", "'a'b'", "'a'b'"},
		{"2018-03-05", "2018-03-05", "2018-03-05"},
	} {
		a := argument{literal: row.literal}
		if a.text() != row.text || a.value() != row.value {
			t.Errorf("%s: text %s and value %s, want %s and %s", row.literal, a.text(), a.value(), row.text, row.value)
		}
	}
}

func TestLiteralsAreReadBack(t *testing.T) {
	t.Parallel()
	values := []string{
		"", "a", "it's", "'", "''", "'a'", "@p", "'@p'", "@it's", "a,b", "(", ")", "a)(b", "[", "{}", " ", " a ", "1",
		"null", "a=b", "=",
		"a/b", "%", "%27", "ü", "x.y'Z'", "['a','b']", "\x00", "\xff", strings.Repeat("'", 9),
	}
	for _, value := range values {
		for _, text := range []bool{true, false} {
			written, err := url.PathUnescape(string(appendLiteral(nil, value, text)))
			if err != nil {
				t.Fatal(err)
			}
			arguments, ok := readArguments("n=" + written)
			if !ok || len(arguments) != 1 || arguments[0].name != "n" {
				t.Errorf("%q is written as %s, which is read as %v", value, written, arguments)
				continue
			}
			if got := arguments[0].value(); got != value && !isAliasLike(value) {
				t.Errorf("%q is written as %s, which is read as %q", value, written, got)
			}
		}
	}
}

// isAliasLike reports whether a text begins like a parameter alias, and is none: it
// keeps its quotes where it is read.
func isAliasLike(value string) bool {
	return strings.HasPrefix(value, "@") && strings.Contains(value, "'")
}
