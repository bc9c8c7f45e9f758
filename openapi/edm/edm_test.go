package edm_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/graphmock/graphmock/openapi/edm"
)

// sample is a small service in the form that the text is written in.
const sample = `namespace microsoft.graph
alias graph microsoft.graph
alias self microsoft.graph.security
container GraphService
 set directoryObjects directoryObject
 set users user
  bind manager directoryObjects
 one me user
 import reset resetAll users
 action resetAll(hard Boolean)
entity .Other.person
 key id
 prop id Guid
complex detail open
 prop displayName String? maxlength=20 default="a \"b\" c"
entity directoryObject abstract
 key id
 prop id String
 action restore() -> directoryObject?
complex security.detail
 prop id String?
entity security.incident : directoryObject stream Capabilities.CountRestrictions={"Countable":false}
 prop details security.detail?*
enum status of=Byte
 active 0
 deleted 2
entity user : directoryObject
 altkey mail,tenant
 prop mail String?
 prop tenant Guid Core.Immutable=true note="later facts"
 prop numbers String*
 prop status status?
 prop Status Int32
 nav activities user* contained
 nav manager directoryObject? partner=reports
 action assign(add detail?*, remove Guid* optional) -> user?
 function* delta() -> user* composable path=bindingParameter
 function delta(token String) -> user* binding=this
 function self.delta() -> Boolean
`

func load(t *testing.T) *edm.Model {
	t.Helper()
	source := strings.Replace(sample, "self.delta", "security.delta", 1)
	m, err := edm.Parse("sample", source)
	if err != nil {
		t.Fatal(err)
	}
	if m.Text() != source {
		t.Fatalf("the text is not kept:\n%s", m.Text())
	}
	return m
}

func TestTypesAreFoundByEachOfTheirNames(t *testing.T) {
	t.Parallel()
	m := load(t)
	for name, want := range map[string]string{
		"microsoft.graph.user": "microsoft.graph.user", "graph.user": "microsoft.graph.user",
		"graph.detail": "microsoft.graph.detail", "self.detail": "microsoft.graph.security.detail",
		"microsoft.graph.security.detail": "microsoft.graph.security.detail", "Other.person": "Other.person",
		"Edm.String": "Edm.String", "Edm.PrimitiveType": "Edm.PrimitiveType",
		"microsoft.graph.GraphService": "microsoft.graph.GraphService",
	} {
		got := m.Type(name)
		if got == nil || got.Name != want {
			t.Fatalf("%s: %+v", name, got)
		}
		if m.Type(name) != got || m.Type(want) != got {
			t.Errorf("%s is read twice", name)
		}
	}
	for _, name := range []string{
		"", ".", "user", "security.detail", "graph.", "graph.Detail", "graph.zzz", "graph.aaa", "self.user",
		"Edm.Nothing", "Edm.", ".Other.person", "microsoft.graph.String", "microsoft.graph.user ",
	} {
		if got := m.Type(name); got != nil {
			t.Errorf("%q is %s", name, got.Name)
		}
	}
}

func TestInheritedPropertiesComeFirst(t *testing.T) {
	t.Parallel()
	user := load(t).Type("graph.user")
	var names []string
	for _, p := range user.Properties() {
		names = append(names, p.Name)
	}
	if want := []string{"id", "mail", "tenant", "numbers", "status", "Status", "activities",
		"manager"}; !slices.Equal(names, want) {
		t.Errorf("%v", names)
	}
	if !slices.Equal(user.Key, []string{"id"}) || user.Base.Name != "microsoft.graph.directoryObject" {
		t.Errorf("key %v, base %v", user.Key, user.Base)
	}
	if id := user.Property("id"); id == nil || id.DeclaredBy != user.Base || id.Type().Primitive != edm.String {
		t.Errorf("id is %+v", id)
	}
	if !user.Is(user.Base) || user.Base.Is(user) || !user.Is(user) || user.Is(nil) {
		t.Error("a user is a directoryObject, and not the other way round")
	}
}

func TestPropertiesAreFoundInAnyCase(t *testing.T) {
	t.Parallel()
	user := load(t).Type("graph.user")
	for name, want := range map[string]string{
		"ID": "id", "MAIL": "mail", "status": "status", "Status": "Status", "activitieS": "activities",
	} {
		if got := user.PropertyFold(name); got == nil || got.Name != want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if p := user.PropertyFold("mails"); p != nil || user.Property("ID") != nil || user.PropertyFold("") != nil {
		t.Error("found what is not there")
	}
}

// TestPropertyIsFoundWithoutAllocation is not parallel: it counts allocations.
func TestPropertyIsFoundWithoutAllocation(t *testing.T) {
	m := load(t)
	user := m.Type("graph.user")
	allocs := testing.AllocsPerRun(10, func() {
		m.Type("graph.user")
		user.PropertyFold("TENANT").Type()
		user.Property("manager").Type()
	})
	if allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func TestPropertyKeepsWhatIsDeclared(t *testing.T) {
	t.Parallel()
	m := load(t)
	manager := m.Type("graph.user").Property("manager")
	if !manager.Navigation || manager.Contained || manager.Partner != "reports" || !manager.Nullable ||
		manager.Collection {
		t.Errorf("%+v", manager)
	}
	if a := m.Type("graph.user").Property("activities"); !a.Contained || !a.Collection || a.Nullable ||
		a.Type().Name != "microsoft.graph.user" {
		t.Errorf("%+v", a)
	}
	name := m.Type("graph.detail").Property("displayName")
	if name.MaxLength != 20 || name.Default == nil || *name.Default != `a "b" c` {
		t.Errorf("%+v", name)
	}
	tenant := m.Type("graph.user").Property("tenant")
	if tenant.Facts["Core.Immutable"] != "true" || tenant.Facts["note"] != `"later facts"` {
		t.Errorf("%v", tenant.Facts)
	}
	if status := m.Type("graph.status"); status.Primitive != edm.Byte ||
		!slices.Equal(status.Members, []edm.Member{{"active", 0}, {"deleted", 2}}) {
		t.Errorf("%+v", status)
	}
	if got, ok := m.Type("graph.status").Member("DELETED"); !ok || got.Value != 2 {
		t.Errorf("%v %v", got, ok)
	}
}

func TestContainerHasSetsSingletonsAndImports(t *testing.T) {
	t.Parallel()
	m := load(t)
	root := m.Container()
	users, me := root.Property("users"), root.Property("me")
	if !users.Collection || !users.Navigation || users.Type() != m.Type("graph.user") || me.Collection ||
		me.Type() != users.Type() {
		t.Errorf("%+v %+v", users, me)
	}
	if !slices.Equal(users.Bindings, []edm.Binding{{Path: "manager", Target: "directoryObjects"}}) {
		t.Errorf("%v", users.Bindings)
	}
	reset := m.Operations(root, false, "Reset")
	if len(reset) != 1 || reset[0].QualifiedName() != "microsoft.graph.resetAll" || reset[0].EntitySet != "users" ||
		reset[0].Bound {
		t.Errorf("%+v", reset)
	}
	none, err := edm.Parse("", "namespace a\n")
	if err != nil || none.Container() != nil {
		t.Errorf("a container out of nothing: %v", err)
	}
}

func TestOperationsAreFoundByWhatTheyAreBoundTo(t *testing.T) {
	t.Parallel()
	m := load(t)
	for _, c := range []struct {
		of         string
		collection bool
		name       string
		want       []string
	}{
		{"graph.user", true, "delta", []string{"microsoft.graph.delta/1"}},
		{"graph.user", false, "delta", []string{"microsoft.graph.delta/2", "microsoft.graph.security.delta/1"}},
		{"graph.user", false, "graph.delta", []string{"microsoft.graph.delta/2"}},
		{"graph.user", false, "self.delta", []string{"microsoft.graph.security.delta/1"}},
		{"graph.user", false, "Microsoft.Graph.ASSIGN", []string{"microsoft.graph.assign/3"}},
		{"graph.user", false, "restore", []string{"microsoft.graph.restore/1"}},
		{"graph.directoryObject", false, "assign", nil},
		{"graph.user", true, "assign", nil},
		{"graph.user", false, "", nil},
	} {
		var got []string
		for _, o := range m.Operations(m.Type(c.of), c.collection, c.name) {
			got = append(got, o.QualifiedName()+"/"+string(rune('0'+len(o.Params))))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s %v %s: %v", c.of, c.collection, c.name, got)
		}
	}
	assign := m.Operations(m.Type("graph.user"), false, "assign")[0]
	if p := assign.Params; p[0].Name != "bindingParameter" || p[1].Type().Name != "microsoft.graph.detail" ||
		!p[1].Collection ||
		!p[1].Nullable || !p[2].Optional || p[2].Type().Primitive != edm.Guid {
		t.Errorf("%+v", p)
	}
	if r := assign.Returns; r == nil || r.Type() != m.Type("graph.user") || !assign.Action {
		t.Errorf("%+v", assign)
	}
}

func TestDerivedTypesOfEveryDepth(t *testing.T) {
	t.Parallel()
	m := load(t)
	var got []string
	for _, d := range m.Derived(m.Type("graph.directoryObject")) {
		got = append(got, d.Name)
	}
	if want := []string{"microsoft.graph.security.incident", "microsoft.graph.user"}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if incident := m.Type("self.incident"); !incident.HasStream || len(m.Derived(incident)) > 0 {
		t.Errorf("%+v", incident)
	}
}

func TestModelIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	m := load(t)
	var done sync.WaitGroup
	for range 8 {
		done.Go(func() {
			for user := range m.Types() {
				for _, p := range user.Properties() {
					p.Type()
				}
				m.Derived(user)
			}
		})
	}
	done.Wait()
}

func TestAliasesAreFoundInAnyCase(t *testing.T) {
	t.Parallel()
	m := edm.Embedded("namespace a.b\nalias x a.b\nalias Self a.b.c\n")
	for alias, want := range map[string]string{"x": "a.b", "X": "a.b", "self": "a.b.c", "Self": "a.b.c", "a.b": "",
		"": "", "y": ""} {
		if got, ok := m.Alias(alias); got != want || ok != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", alias, got, ok, want)
		}
	}
}
