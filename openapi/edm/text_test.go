package edm_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi/edm"
)

func TestBrokenTextIsExplained(t *testing.T) {
	t.Parallel()
	const head = "# a model\nnamespace a\nentity e\n key id\n prop id String\n"
	for source, want := range map[string]string{
		head + "entit f\n": `m:6:1: unknown kind of type "entit" (entity, complex, enum, ` +
			`primitive or container)`,
		head + "entity f : e opne\n": `m:6:14: unknown word "opne" (abstract, open, stream, flags, ` +
			`of=TYPE or key=value)`,
		head + "entity f : g\n":                       `m:6:1: unknown type "a.g"`,
		head + "entity f : f\n":                       `m:6:1: a.f derives from itself`,
		head + "entity f : e\n prop id String\n":      `m:7:2: a.f has the property id from its base type, too`,
		head + "entity f\n prop p String\n porp\n":    `m:8:2: unknown kind of member "porp"`,
		head + "entity f\n\n prop p String\n":         `m:8:1: an indented line without a type`,
		head + "entity f\n prop p Strin\n":            `m:7:2: unknown type "a.Strin"`,
		head + "entity f\n prop p\n":                  `m:7:8: a type is missing`,
		head + "entity f\n prop p String maxlength=x": `m:7:16: broken number "x" (a number above 0)`,
		head + "entity f\n prop p String default=x":   `broken text x (it is quoted`,
		head + "entity f\n prop p e\n":                `m:7:2: p can't have the type a.e`,
		head + "entity f\n action a\n":                `parentheses are missing (NAME(PARAMETER TYPE, ...))`,
		head + "entity f\n function a()\n":            `m:7:2: function a.a returns nothing`,
		head + "entity f\n action a(b Strin)\n":       `unknown type "a.Strin"`,
		head + "entity f\n key id now\n":              `m:7:9: unexpected "now"`,
		head + "enum f\n a b\n":                       `m:7:2: broken member "a" (a name and a number)`,
		head + "enum f of=Double\n":                   `the values of a.f are no integers`,
		head + "primitive f\n":                        `a.f has no primitive type`,
		head + "container C\n bind a b\n":             `bind of nothing`,
		head + "container C\n set s f\n":              `unknown type "a.f"`,
		head + "container C\n prop p Guid\n":          `p is in the container, and is no entity set or singleton (write set or one)`,
		head + "container C\ncontainer D\n":           `m:7:1: a second container`,
		head + "entity e\n":                           `m:6:1: a.e is declared twice (first at m:3:1)`,
		"alias x a\nalias x b\n":                      `alias "x" is declared twice`,
		"namespace a b\nentity e\n":                   `m:1:13: unexpected "b"`,
	} {
		_, err := edm.Parse("m", source)
		var problems edm.Problems
		if !errors.As(err, &problems) {
			t.Errorf("%q: %v", source, err)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v\nwant %s", source, err, want)
		}
	}
}

func TestTypesMayBeParsedInAnyOrder(t *testing.T) {
	t.Parallel()
	const source = "namespace a\nenum z\n y 1\nentity b : c\ncomplex String\nentity c\n key id\n prop id .a.String"
	_, err := edm.Parse("", source)
	if err == nil || !strings.Contains(err.Error(), "c has the key") && !strings.Contains(err.Error(), "String") {
		t.Errorf("a complex key: %v", err)
	}
	m, err := edm.Parse("",
		"namespace a\nenum z\n y 1\nentity b : c\ncomplex .a.String\nentity c\n key id\n prop id String\n prop s "+
			".a.String")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for typ := range m.Types() {
		names = append(names, typ.Name)
	}
	if !slices.Equal(names, []string{"a.String", "a.b", "a.c", "a.z"}) {
		t.Errorf("%v\n%s", names, m.Text())
	}
	if s := m.Type("a.b").Property("s").Type(); s.Kind != edm.Complex {
		t.Errorf("%+v", s)
	}
}

func TestBrokenEmbeddedTextIsABug(t *testing.T) {
	t.Parallel()
	m := edm.Embedded("namespace a\nentity c : d\nentity d : c\nentity e oops\nentity f\nentity g : z\n")
	if m.Type("a.f") == nil {
		t.Error("f is right")
	}
	for _, name := range []string{"a.e", "a.c", "a.g"} {
		if message := panicOf(func() { m.Type(name) }); !strings.HasPrefix(message, "BUG: ") {
			t.Errorf("%s: %q", name, message)
		}
	}
}

func panicOf(f func()) (message string) {
	defer func() { message, _ = recover().(string) }()
	f()
	return ""
}

func FuzzParse(f *testing.F) {
	f.Add(sample)
	f.Add(used)
	f.Add(strings.Replace(sample, "self.delta", "security.delta", 1))
	f.Add("namespace a\nentity b\n key c\n prop c .a.d\ncomplex d\n")
	f.Add("namespace A\ncontainer A\n prop A Guid")
	f.Add("namespace a\ncontainer C\n one x y\n function f(a String optional, b e?*) -> String x={\"a " +
		"b\":\"\\\"\"}\n import i f\nentity y\ncomplex e\n")
	f.Fuzz(func(t *testing.T, source string) {
		m, err := edm.Parse("m", source)
		if err != nil {
			return
		}
		again, err := edm.Parse("again", m.Text())
		if err != nil {
			t.Fatalf("%v\n%s", err, m.Text())
		}
		if again.Text() != m.Text() {
			t.Errorf("%s\nbecomes\n%s", m.Text(), again.Text())
		}
		count := 0
		for typ := range m.Types() {
			count++
			for _, p := range typ.Properties() {
				if p.Type() == nil || typ.PropertyFold(strings.ToUpper(p.Name)) == nil && isASCII(p.Name) {
					t.Errorf("%s/%s is not found", typ.Name, p.Name)
				}
			}
			for o := range typ.AllOperations() {
				for _, p := range o.Params {
					if p.Type() == nil {
						t.Errorf("%s: %s has no type", o.Name, p.Name)
					}
				}
			}
			m.Derived(typ)
		}
		if want := len(m.Declarations().Types); count != want {
			t.Errorf("%d types of %d", count, want)
		}
		m.Container()
	})
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 127 })
}
