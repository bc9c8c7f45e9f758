package edm_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi/edm"
)

const used = `namespace a
entity base
 key id
 prop id String readonly
 prop removed DateTimeOffset?
entity note : base
 inherited removed selectonly filter=eq,ge
 prop author String Core.Permissions={"$EnumMember":"Org.OData.Core.V1.Permission/Read"}
 prop body Stream
 prop secret String Core.Permissions={"$EnumMember":"Org.OData.Core.V1.Permission/Write"}
 prop size Int32 Core.Computed=true
 prop slug String Core.Immutable=true
 prop title String? maxlength=9 required sortable searchable filter=eq,ne,in,not,startswith
 prop text String? filter=any
 nav replies note* contained
entity sticky : note
 inherited id required
 inherited title filter=endswith
`

func TestUsageOfProperties(t *testing.T) {
	t.Parallel()
	m := parse(t, used)
	if m.Text() != used {
		t.Errorf("the text becomes\n%s", m.Text())
	}
	note := m.Type("a.note")
	for name, want := range map[string]edm.Usage{
		"id": {ReadOnly: true}, "author": {ReadOnly: true}, "size": {ReadOnly: true}, "secret": {}, "slug": {},
		"removed": {SelectOnly: true, Filter: edm.Eq | edm.Ge},
		"title": {Required: true, Sortable: true, Searchable: true,
			Filter: edm.Eq | edm.Ne | edm.In | edm.Not | edm.StartsWith},
		"text": {Filter: edm.AnyOperator},
	} {
		if got := note.Property(name).Usage; got != want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if !note.Property("secret").WriteOnly || !note.Property("slug").Immutable || note.Property("size").Immutable {
		t.Error("annotations are not read")
	}
	if got := note.Defaults(); !slices.Equal(got, []string{"id", "author", "size", "slug", "title", "text"}) {
		t.Errorf("returned without $select: %v", got)
	}
}

func TestInheritedUsageIsOfTheDerivedTypeOnly(t *testing.T) {
	t.Parallel()
	m := parse(t, used)
	base, note, sticky := m.Type("a.base"), m.Type("a.note"), m.Type("a.sticky")
	if base.Property("removed").SelectOnly || base.Property("id") != note.Property("id") {
		t.Error("the base type is changed")
	}
	removed := sticky.PropertyFold("REMOVED")
	if !removed.SelectOnly || removed.DeclaredBy != base || removed.Type().Name != "Edm.DateTimeOffset" ||
		!removed.Nullable || removed != sticky.Property("removed") || !slices.Contains(sticky.Properties(), removed) {
		t.Errorf("%+v", removed)
	}
	title := sticky.Property("title")
	if !title.Filter.Has(edm.StartsWith|edm.EndsWith) || !title.Required || title.MaxLength != 9 {
		t.Errorf("%+v", title)
	}
	if id := sticky.Property("id"); id.ReadOnly || !id.Required || !note.Property("id").ReadOnly {
		t.Errorf("%+v: what a derived type requires is set by clients", id.Usage)
	}
	if note.Property("title").Filter.Has(edm.EndsWith) {
		t.Error("what a derived type says is of that type")
	}
}

func TestRefinedModelKeepsUsage(t *testing.T) {
	t.Parallel()
	m := edm.Refined(parse(t, used), parse(t, "namespace a\nentity base\n key id\n prop id String\n"+
		" prop removed String?\nentity note : base\n prop title String\n"))
	if p := m.Type("a.note").Property("title"); !p.Required || p.Nullable || !p.Filter.Has(edm.In) {
		t.Errorf("%+v", p)
	}
	if p := m.Type("a.note").Property("removed"); !p.SelectOnly || p.Type().Primitive != edm.String {
		t.Errorf("%+v", p)
	}
	if p := m.Type("a.base").Property("id"); !p.ReadOnly {
		t.Errorf("%+v", p)
	}
}

func TestBrokenUsageIsExplained(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		" prop p String readonyl":          `m:19:16: unknown word "readonyl" (contained, partner=`,
		" prop p String filter=eq,eq":      `m:19:16: broken operators "eq,eq" (such as eq,ne,startswith, or any)`,
		" prop p String filter":            `broken operators ""`,
		" prop p String filter=equals":     `broken operators "equals"`,
		" inherited slug readonyl":         `m:19:17: unknown word "readonyl" (selectonly, readonly, required,`,
		" inherited slug X=1":              `unknown word "X=1"`,
		" inherited own readonly":          `m:19:2: a.sticky has no property "own" from a base type`,
		" inherited":                       `a.sticky has no property "" from a base type`,
		" inherited title readonly":        `m:19:2: a.sticky tells of title twice`,
		" prop own String\n inherited own": `m:20:2: a.sticky has no property "own" from a base type`,
	} {
		_, err := edm.Parse("m", used+line+"\n")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v\nwant %s", line, err, want)
		}
	}
}

func TestOperators(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]edm.Operators{
		"eq": edm.Eq, "StartsWith": edm.StartsWith, "contains": edm.Contains, "NOT": edm.Not, "": 0, "any": 0, "equals": 0,
	} {
		if got := edm.ParseOperator(name); got != want {
			t.Errorf("%q is %s", name, got)
		}
	}
	for want, o := range map[string]edm.Operators{
		"": 0, "any": edm.AnyOperator, "eq,gt,contains": edm.Contains | edm.Gt | edm.Eq,
	} {
		if got := o.String(); got != want {
			t.Errorf("%d is %q, want %q", o, got, want)
		}
	}
	if !edm.AnyOperator.Has(edm.Lt|edm.Contains) || edm.Eq.Has(edm.Ne) || edm.Eq.Has(edm.Eq|edm.Ne) {
		t.Error("Has asks for all")
	}
}
