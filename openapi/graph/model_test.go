package graph

import (
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi/edm"
)

// maxModel is how large the text may be: it is a part of every binary.
const maxModel = 900 << 10

func TestModelIsSmallAndNamesItsSource(t *testing.T) {
	t.Parallel()
	if len(v1) > maxModel {
		t.Errorf("%d bytes", len(v1))
	}
	if head := v1[:strings.Index(v1, "namespace ")]; !strings.Contains(head, "v1.0-Prod.csdl") {
		t.Errorf("it begins with %q", head)
	}
}

// TestModelIsWhole reads everything: names lead to types, and entities of sets
// have keys.
func TestModelIsWhole(t *testing.T) {
	t.Parallel()
	parsed, err := edm.Parse("v1.0.model", v1)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(v1, "\n"+parsed.Text()) {
		t.Error("the text is not in its canonical form: types are in the order of their names")
	}
	m := Model()
	count := map[edm.Kind]int{}
	for typ := range m.Types() {
		count[typ.Kind]++
		checkProperties(t, m, typ)
		for o := range typ.AllOperations() {
			checkOperation(t, typ, o)
		}
	}
	for kind, least := range map[edm.Kind]int{edm.Entity: 1100, edm.Complex: 1700, edm.Enum: 800} {
		if count[kind] < least {
			t.Errorf("%d %s types", count[kind], kind)
		}
	}
	root := m.Container()
	checkProperties(t, m, root)
	for o := range root.AllOperations() {
		checkTypes(t, root, o)
	}
}

func checkProperties(t *testing.T, m *edm.Model, of *edm.Type) {
	t.Helper()
	for _, p := range of.Properties() {
		if p.Type() == nil || p.Type() != m.Type(p.TypeName()) {
			t.Errorf("%s/%s has no type %s", of.Name, p.Name, p.TypeName())
		} else if p.Navigation != (p.Type().Kind == edm.Entity) {
			t.Errorf("%s/%s is of %s", of.Name, p.Name, p.TypeName())
		} else if p.Navigation && p.Collection && len(p.Type().Key) == 0 {
			t.Errorf("the entities of %s/%s have no key", of.Name, p.Name)
		} else if p.Partner != "" && p.Type().Property(p.Partner) == nil {
			t.Errorf("%s/%s has the partner %s, which %s does not have", of.Name, p.Name, p.Partner, p.TypeName())
		}
		if p.ReadOnly && p.Required {
			t.Errorf("%s/%s is required, and clients do not set it", of.Name, p.Name)
		}
	}
	for _, name := range of.Key {
		if of.Property(name) == nil {
			t.Errorf("%s has no key property %s", of.Name, name)
		}
	}
}

func checkOperation(t *testing.T, of *edm.Type, o *edm.Operation) {
	t.Helper()
	checkTypes(t, of, o)
	if !o.Bound || !of.Is(o.Params[0].Type()) {
		t.Errorf("%s is not bound to %s", o.Name, of.Name)
	}
	if path, ok := strings.CutPrefix(o.EntitySetPath, o.Params[0].Name+"/"); ok {
		for name := range strings.SplitSeq(path, "/") {
			if m := Model().Type(name); m != nil {
				of = m
			} else if p := of.Property(name); p == nil {
				t.Errorf("%s of %s returns entities of %s, which there is not", o.Name, of.Name, o.EntitySetPath)
				break
			} else {
				of = p.Type()
			}
		}
	}
}

func checkTypes(t *testing.T, of *edm.Type, o *edm.Operation) {
	t.Helper()
	for _, p := range o.Params {
		if p.Type() == nil {
			t.Errorf("%s of %s: %s has no type %s", o.Name, of.Name, p.Name, p.TypeName())
		}
	}
	if o.Returns != nil && o.Returns.Type() == nil {
		t.Errorf("%s of %s returns no type: %s", o.Name, of.Name, o.Returns.TypeName())
	}
}

func TestAliasesHoldEverywhere(t *testing.T) {
	t.Parallel()
	m := Model()
	for name, want := range map[string]string{
		"graph.user": "microsoft.graph.user", "graph.alert": "microsoft.graph.alert",
		"self.alert": "microsoft.graph.security.alert", "self.user": "microsoft.graph.security.user",
		"microsoft.graph.callRecords.session": "microsoft.graph.callRecords.session",
	} {
		if got := m.Type(name); got == nil || got.Name != want {
			t.Errorf("%s is %v", name, got)
		}
	}
	for _, name := range []string{"self.directoryObject", "graph.session", "graph.security.alert",
		"callRecords.session", "user"} {
		if got := m.Type(name); got != nil {
			t.Errorf("%s is %s", name, got.Name)
		}
	}
}

func TestUserActivityOfTheModel(t *testing.T) {
	t.Parallel()
	m := Model()
	activities := m.Type("graph.user").Property("activities")
	if !activities.Contained || !activities.Collection || activities.Type() != m.Type("microsoft.graph.userActivity") {
		t.Errorf("%+v", activities)
	}
	recent := m.Operations(activities.Type(), true, "microsoft.graph.recent")
	if len(recent) != 1 || recent[0].Action || !recent[0].Returns.Collection ||
		recent[0].Returns.Type() != activities.Type() {
		t.Errorf("%+v", recent)
	}
	if got := activities.Type().Key; !slices.Equal(got, []string{"id"}) {
		t.Errorf("key %v", got)
	}
}

// TestUsersAreReturnedWithElevenProperties: those that recordings show, and the
// documentation calls so.
func TestUsersAreReturnedWithElevenProperties(t *testing.T) {
	t.Parallel()
	user := Model().Type("graph.user")
	got := slices.Sorted(slices.Values(user.Defaults()))
	if want := []string{"businessPhones", "displayName", "givenName", "id", "jobTitle", "mail", "mobilePhone",
		"officeLocation", "preferredLanguage", "surname", "userPrincipalName"}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	group := Model().Type("graph.group").Defaults()
	for name, want := range map[string]bool{
		"id": true, "deletedDateTime": true, "onPremisesProvisioningErrors": true, "theme": true, "uniqueName": true,
		"visibility": true, "allowExternalSenders": false, "assignedLicenses": false, "unseenCount": false,
		"members": false,
	} {
		if slices.Contains(group, name) != want {
			t.Errorf("a group is returned with %s: %v", name, !want)
		}
	}
}

func TestUsageInTheModel(t *testing.T) {
	t.Parallel()
	property := func(path string) *edm.Property {
		of, name, _ := strings.Cut(path, "/")
		p := Model().Type("graph." + of).Property(name)
		if p == nil {
			t.Fatalf("%s is missing", path)
		}
		return p
	}
	if p := property("user/displayName"); !p.Sortable || !p.Searchable || !p.Required || p.ReadOnly ||
		!p.Filter.Has(edm.Eq|edm.StartsWith|edm.In) || p.Filter.Has(edm.Contains) {
		t.Errorf("%+v", p)
	}
	if p := property("group/membershipRule"); p.Filter.Has(edm.In) || !p.Filter.Has(edm.StartsWith) {
		t.Errorf("%+v", p.Usage)
	}
	for path, want := range map[string]bool{
		"group/createdDateTime": true, "driveItem/webUrl": true, "group/mail": false, "group/displayName": false,
		"user/id": true, "message/subject": false,
	} {
		if property(path).ReadOnly != want {
			t.Errorf("%s is read-only: %v", path, !want)
		}
	}
}

// BenchmarkFirstType is what a program pays for the first type it asks for.
func BenchmarkFirstType(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if edm.Embedded(v1).Type("microsoft.graph.userActivity") == nil {
			b.Fatal("it is missing")
		}
	}
}

// BenchmarkFirstUser is the same for the largest of the types.
func BenchmarkFirstUser(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if edm.Embedded(v1).Type("microsoft.graph.user") == nil {
			b.Fatal("it is missing")
		}
	}
}

// BenchmarkProperty is what a request pays to find a property and its type.
func BenchmarkProperty(b *testing.B) {
	user := Model().Type("microsoft.graph.user")
	b.ReportAllocs()
	for b.Loop() {
		if user.PropertyFold("DisplayName").Type() == nil {
			b.Fatal("it is missing")
		}
	}
}

// BenchmarkDerived is the first question for derived types, for which the first
// lines of all types are read.
func BenchmarkDerived(b *testing.B) {
	for b.Loop() {
		m := edm.Embedded(v1)
		if len(m.Derived(m.Type("microsoft.graph.directoryObject"))) < 10 {
			b.Fatal("some are missing")
		}
	}
}
