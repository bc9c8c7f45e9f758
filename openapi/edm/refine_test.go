package edm_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/graphmock/graphmock/openapi/edm"
)

func TestRefinedModelHasTheTypesOfBoth(t *testing.T) {
	t.Parallel()
	base := load(t)
	by, err := edm.Parse("by", `namespace microsoft.graph
alias more microsoft.graph.more
entity user
 prop id Guid
 prop mail Untyped
 nav manager user
 prop added more.thing
 prop numbers String*
complex more.thing : more.base
complex more.base
 prop x Int32
`)
	if err != nil {
		t.Fatal(err)
	}
	m := edm.Refined(base, by)
	user := m.Type("graph.user")
	var got []string
	for _, p := range user.Properties() {
		got = append(got, fmt.Sprintf("%s %s %v %v", p.Name, p.Type().ShortName(), p.Collection, p.Nullable))
	}
	if want := []string{"id Guid false false", "mail Untyped false false", "tenant Guid false false",
		"numbers String true false",
		"status status false true", "Status Int32 false false", "activities user true false",
		"manager user false false",
		"added thing false false"}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if manager := user.Property("manager"); manager.Partner != "reports" || manager.Type() != user {
		t.Errorf("%+v", manager)
	}
	if !slices.Equal(user.Key, []string{"id"}) || user.Base != m.Type("graph.directoryObject") ||
		len(m.Operations(user, true, "delta")) != 1 {
		t.Errorf("%+v", user)
	}
	if id := user.Base.Property("id").Type(); id.Primitive != edm.String {
		t.Errorf("the id of all is %s", id.Name)
	}
	if thing := m.Type("more.thing"); thing == nil || thing.Property("x") == nil ||
		!slices.Equal(m.Derived(m.Type("more.base")), []*edm.Type{thing}) {
		t.Errorf("%+v", thing)
	}
	if all, before := slices.Collect(m.Types()), slices.Collect(base.Types()); len(all) != len(before)+2 {
		t.Errorf("%d types, %d of the base", len(all), len(before))
	}
	if base.Type("graph.user").Property("added") != nil || m.Container().Property("me").Type() != user {
		t.Error("the base is changed")
	}
}

func TestRefinedPropertyKeepsTheRestWhenInherited(t *testing.T) {
	t.Parallel()
	parse := func(source string) *edm.Model {
		m, err := edm.Parse("", source)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	base := parse("namespace a\nentity b\n nav n b* contained partner=n X=1\n prop p String? maxlength=3 " +
		"default=\"d\"\nentity c : b\n")
	m := edm.Refined(base, parse("namespace a\nentity b\nentity c\n nav n c*\n prop p Guid\n"))
	c := m.Type("a.c")
	if n := c.Property("n"); !n.Contained || n.Partner != "n" || n.Facts["X"] != "1" || n.Type() != c ||
		n.DeclaredBy != c {
		t.Errorf("%+v", n)
	}
	if p := c.Property("p"); p.MaxLength != 3 || p.Default == nil || p.Nullable || p.Type().Primitive != edm.Guid {
		t.Errorf("%+v", p)
	}
	if len(c.Properties()) != 2 || c.Base.Property("n").Type() != c.Base {
		t.Errorf("%+v", c)
	}
}
