package edm_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/graphmock/graphmock/openapi/edm"
)

func parse(t *testing.T, source string) *edm.Model {
	t.Helper()
	m, err := edm.Parse("m", source)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestTextIsCanonical has texts that say the same in other ways, and how all of it is
// written.
func TestTextIsCanonical(t *testing.T) {
	t.Parallel()
	const want = `namespace a
alias y a.b
alias z c
container C Core.Description="x y"
 set es e
  bind n es
  bind b/n es
 one me e
 import f f es
 function f(p String?*) -> .c.d? composable
 action f()
complex .c.d abstract open
 prop x Untyped?
complex b.t : .c.d
 prop e e2?*
entity e stream
 key id,x/y
 altkey m
 altkey m,n
 prop id Int64
 prop x b.t
 nav n e* contained partner=n
 action g(p Int32 optional) path=this/n binding=this
 action* h()
 function h() -> Guid
enum e2 flags of=Int16 a.b=1
 p -32768
 q 7
primitive p of=Duration
`
	for name, source := range map[string]string{
		"as it is":        want,
		"spaces":          strings.NewReplacer(" -> ", "   ->  ", "\n prop id Int64\n", "\n  prop   id Int64  \n").Replace(want),
		"comments":        "# one\n\n# two\n" + want,
		"types reversed":  reversed(want),
		"whole names":     strings.NewReplacer(" e\n key", " .a.e\n key", " b.t : ", " .a.b.t : ", "set es e\n", "set es .a.e\n").Replace(want),
		"no line at last": strings.TrimSuffix(want, "\n"),
	} {
		if got := parse(t, source).Text(); got != want {
			t.Errorf("%s: got\n%s", name, got)
		}
	}
}

// reversed returns a text with its types in the reverse order.
func reversed(source string) string {
	at := strings.Index(source, "complex ")
	var types []string
	for line := range strings.Lines(source[at:]) {
		if line[0] != ' ' {
			types = append(types, "")
		}
		types[len(types)-1] += line
	}
	slices.Reverse(types)
	return source[:at] + strings.Join(types, "")
}

func TestDeclarationsBuildTheSameModel(t *testing.T) {
	t.Parallel()
	m := load(t)
	d := m.Declarations()
	again, err := edm.Build(d)
	if err != nil || again.Text() != m.Text() {
		t.Fatalf("%v\n%v", err, again)
	}
	d.Types[0].Name, d.Aliases["graph"] = "x", "y"
	if m.Declarations().Types[0].Name == "x" || m.Declarations().Aliases["graph"] == "y" {
		t.Error("declarations are shared")
	}
}

// TestBuildLeavesDeclarationsAlone has aliases and values that Build corrects.
func TestBuildLeavesDeclarationsAlone(t *testing.T) {
	t.Parallel()
	d := edm.Declarations{
		Aliases:   map[string]string{"x": "a.b"},
		Container: &edm.TypeDeclaration{Name: "x.C", Kind: edm.Container, Properties: []edm.PropertyDeclaration{{Name: "me", Type: "x.e", Navigation: true}}},
		Types: []edm.TypeDeclaration{{Name: "x.e", Kind: edm.Entity, Properties: []edm.PropertyDeclaration{
			{Name: "n", Type: "x.e", Navigation: true, Collection: true, Nullable: true}}}},
		Operations: []edm.OperationDeclaration{
			{Name: "x.f", Bound: true, Params: []edm.ParameterDeclaration{{Name: "p", Type: "x.e", Nullable: true, Optional: true}},
				Returns: &edm.ReturnDeclaration{Type: "x.e", Collection: true, Nullable: true}},
			{Name: "x.unused", Action: true},
		},
		Imports: []edm.ImportDeclaration{},
	}
	before := fmt.Sprintf("%+v %+v %+v", d, *d.Container, *d.Operations[0].Returns)
	m, err := edm.Build(d)
	if err != nil {
		t.Fatal(err)
	}
	if after := fmt.Sprintf("%+v %+v %+v", d, *d.Container, *d.Operations[0].Returns); after != before {
		t.Errorf("got\n%s\nwas\n%s", after, before)
	}
	const want = "namespace a.b\nalias x a.b\ncontainer C\n one me e\nentity e\n nav n e*\n function f() -> e* binding=p\n"
	if m.Text() != want {
		t.Errorf("got\n%s", m.Text())
	}
}

func TestNamespaceOfMostTypesIsChosen(t *testing.T) {
	t.Parallel()
	for want, names := range map[string][]string{
		"b": {"a.x", "b.x", "b.y"}, "a": {"b.x", "a.x"}, "a.b": {"a.b.x", "a.b.y", "a.z"},
	} {
		var d edm.Declarations
		for _, name := range names {
			d.Types = append(d.Types, edm.TypeDeclaration{Name: name, Kind: edm.Complex})
		}
		m, err := edm.Build(d)
		if err != nil || !strings.HasPrefix(m.Text(), "namespace "+want+"\n") {
			t.Errorf("%v: %v, %v", names, err, m)
		}
	}
}

func TestBrokenDeclarationsAreExplained(t *testing.T) {
	t.Parallel()
	at := edm.Place{File: "f", Line: 7, Column: 3}
	long := strings.Repeat("n", 129)
	with := func(change func(d *edm.Declarations, e *edm.TypeDeclaration)) edm.Declarations {
		d := edm.Declarations{Namespace: "a", Types: []edm.TypeDeclaration{{Name: "a.e", Kind: edm.Entity, Place: at}}}
		change(&d, &d.Types[0])
		return d
	}
	property := func(p edm.PropertyDeclaration) edm.Declarations {
		p.Place = at
		return with(func(_ *edm.Declarations, e *edm.TypeDeclaration) { e.Properties = append(e.Properties, p) })
	}
	operation := func(o edm.OperationDeclaration) edm.Declarations {
		o.Place = at
		return with(func(d *edm.Declarations, _ *edm.TypeDeclaration) { d.Operations = append(d.Operations, o) })
	}
	for want, d := range map[string]edm.Declarations{
		`"b c" is no namespace (letters, digits, _ and dots are possible)`:                                        with(func(d *edm.Declarations, _ *edm.TypeDeclaration) { d.Namespace = "b c" }),
		`"" is no alias (letters, digits, _ and dots are possible)`:                                               with(func(d *edm.Declarations, _ *edm.TypeDeclaration) { d.Aliases = map[string]string{"": "a"} }),
		`"a..b" is no namespace (letters, digits, _ and dots are possible)`:                                       with(func(d *edm.Declarations, _ *edm.TypeDeclaration) { d.Aliases = map[string]string{"x": "a..b"} }),
		`f:7:3: "e" is no qualified name of a type (such as microsoft.graph.user)`:                                with(func(_ *edm.Declarations, e *edm.TypeDeclaration) { e.Name = "e" }),
		`f:7:3: "Edm.e" is no qualified name of a type (such as microsoft.graph.user)`:                            with(func(_ *edm.Declarations, e *edm.TypeDeclaration) { e.Name = "Edm.e" }),
		`f:7:3: "a.` + long + `" is no name (letters, digits, _ and dots are possible)`:                           with(func(_ *edm.Declarations, e *edm.TypeDeclaration) { e.Name = "a." + long }),
		`f:7:3: a.e can't have a base type (only entity and complex types derive from others, and of their kind)`: with(func(_ *edm.Declarations, e *edm.TypeDeclaration) { e.Base = "Edm.String" }),
		`f:7:3: a.e has the key "k", which is no property`:                                                        with(func(_ *edm.Declarations, e *edm.TypeDeclaration) { e.Key = []string{"k"} }),
		`f:7:3: a.e has the key "k,l", which is no name or path`:                                                  with(func(_ *edm.Declarations, e *edm.TypeDeclaration) { e.AlternateKeys = [][]string{{"k,l"}} }),
		`f:7:3: broken fact a b=1 (facts are JSON without spaces between values)`:                                 with(func(_ *edm.Declarations, e *edm.TypeDeclaration) { e.Facts = map[string]string{"a b": "1"} }),
		`f:7:3: broken fact a.b=[1, 2] (facts are JSON without spaces between values)`:                            with(func(_ *edm.Declarations, e *edm.TypeDeclaration) { e.Facts = map[string]string{"a.b": "[1, 2]"} }),
		`f:7:3: broken fact a.b= (facts are JSON without spaces between values)`:                                  with(func(_ *edm.Declarations, e *edm.TypeDeclaration) { e.Facts = map[string]string{"a.b": ""} }),
		`f:7:3: "1p" is no name of a property (letters, digits and _ are possible)`:                               property(edm.PropertyDeclaration{Name: "1p", Type: "Edm.Byte"}),
		`f:7:3: "p.q" is no name of a property (letters, digits and _ are possible)`:                              property(edm.PropertyDeclaration{Name: "p.q", Type: "Edm.Byte"}),
		`f:7:3: "a b" is no name or path`:                                                                         property(edm.PropertyDeclaration{Name: "p", Type: "Edm.Byte", Scale: "a b"}),
		`f:7:3: "a\"b" is no name or path`:                                                                        property(edm.PropertyDeclaration{Name: "p", Type: "a.e", Navigation: true, Partner: `a"b`}),
		`f:7:3: p is contained and no navigation property`:                                                        property(edm.PropertyDeclaration{Name: "p", Type: "Edm.Byte", Contained: true}),
		`f:7:3: p can't have the type Edm.Byte (navigation leads to entities, other properties have values)`:      property(edm.PropertyDeclaration{Name: "p", Type: "Edm.Byte", Navigation: true}),
		`f:7:3: unknown primitive type "Edm.Int"`:                                                                 property(edm.PropertyDeclaration{Name: "p", Type: "Edm.Int"}),
		`f:7:3: unknown type "b.E" (did you mean "a.e"?)`:                                                         property(edm.PropertyDeclaration{Name: "p", Type: "b.E"}),
		`f:7:3: unknown type ""`: property(edm.PropertyDeclaration{Name: "p"}),
		`f:7:3: "f" is no qualified name (such as microsoft.graph.delta)`:                        operation(edm.OperationDeclaration{Name: "f", Action: true}),
		`f:7:3: "a.f g" is no name of an operation (letters, digits, _ and dots are possible)`:   operation(edm.OperationDeclaration{Name: "a.f g", Action: true}),
		`f:7:3: a.f is bound and has no parameters (its first parameter is what it is bound to)`: operation(edm.OperationDeclaration{Name: "a.f", Action: true, Bound: true}),
		`f:7:3: a.f is bound to a primitive type (bind it to a type that the model declares)`:    operation(edm.OperationDeclaration{Name: "a.f", Action: true, Bound: true, Params: []edm.ParameterDeclaration{{Name: "p", Type: "Edm.Byte"}}}),
		`f:7:3: function a.f returns nothing`:                                                    operation(edm.OperationDeclaration{Name: "a.f"}),
		`f:7:3: "p q" is no name of a parameter (letters, digits and _ are possible)`:            operation(edm.OperationDeclaration{Name: "a.f", Action: true, Params: []edm.ParameterDeclaration{{Name: "p q", Type: "Edm.Byte", Place: at}}}),
		`f:7:3: parameter p is declared twice`:                                                   operation(edm.OperationDeclaration{Name: "a.f", Action: true, Params: []edm.ParameterDeclaration{{Name: "p", Type: "Edm.Byte"}, {Name: "p", Type: "Edm.Byte", Place: at}}}),
	} {
		m, err := edm.Build(d)
		var problems edm.Problems
		if m != nil || !errors.As(err, &problems) || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

func TestProblemsComeInTheOrderOfPlacesUpToABound(t *testing.T) {
	t.Parallel()
	var d edm.Declarations
	for i := range 150 {
		d.Types = append(d.Types, edm.TypeDeclaration{Name: fmt.Sprintf("t%d", i), Place: edm.Place{Line: 200 - i}})
	}
	_, err := edm.Build(d)
	var problems edm.Problems
	if !errors.As(err, &problems) || len(problems) != 100 {
		t.Fatalf("got %d problems", len(problems))
	}
	if !slices.IsSortedFunc(problems, func(a, b edm.Problem) int { return a.Place.Line - b.Place.Line }) {
		t.Errorf("got\n%v", err)
	}
}

func TestInheritanceHasABound(t *testing.T) {
	t.Parallel()
	chain := func(n int) string {
		source := "namespace a\ncomplex t0\n"
		for i := range n {
			source += fmt.Sprintf("complex t%d : t%d\n", i+1, i)
		}
		return source
	}
	m := parse(t, chain(63))
	if got := len(m.Derived(m.Type("a.t0"))); got != 63 || !m.Type("a.t63").Is(m.Type("a.t0")) {
		t.Errorf("%d types derive", got)
	}
	if _, err := edm.Parse("m", chain(64)); err == nil || !strings.Contains(err.Error(), "has more than 64 base types") {
		t.Errorf("got %v", err)
	}
}

func TestPlacesLeaveOutWhatIsUnknown(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]edm.Place{
		"": {}, "f": {File: "f"}, "f:2": {File: "f", Line: 2}, "f:2:3": {File: "f", Line: 2, Column: 3}, "2:3": {Line: 2, Column: 3},
	} {
		if got := p.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := (edm.Problem{Message: "m", Hint: "h"}).Error(); got != "m (h)" {
		t.Errorf("got %q", got)
	}
}

func TestOverloadsAreToldApartByWhatTheyAreBoundTo(t *testing.T) {
	t.Parallel()
	m := parse(t, `namespace a
alias x a
container C
 import Go go
 import go go
 action go()
 action go(p Byte)
entity b
 action f()
 function f(p Byte) -> Byte
 action* f(q Byte)
 action F()
entity c : b
 action f(r Byte, s Byte)
`)
	params := func(list []*edm.Operation) (counts []int) {
		for _, o := range list {
			counts = append(counts, len(o.Params))
		}
		return counts
	}
	b, c, root := m.Type("x.b"), m.Type("x.c"), m.Container()
	for _, tt := range []struct {
		of         *edm.Type
		collection bool
		name       string
		want       []int
	}{
		{b, false, "f", []int{1, 2}}, {b, true, "f", []int{2}}, {c, false, "f", []int{3, 1, 2}}, {c, true, "x.f", []int{2}},
		{b, false, "F", []int{1}}, {b, false, "a.F", []int{1}}, {b, true, "A.F", []int{2}}, {b, false, "y.f", nil},
		{root, false, "Go", []int{0, 1}}, {root, false, "go", []int{0, 1}}, {root, false, "GO", []int{0, 0, 1, 1}}, {root, false, "x.go", nil},
	} {
		if got := params(m.Operations(tt.of, tt.collection, tt.name)); !slices.Equal(got, tt.want) {
			t.Errorf("%s of %s, collection %v: got %v, want %v", tt.name, tt.of.Name, tt.collection, got, tt.want)
		}
	}
}

func TestWhatIsInherited(t *testing.T) {
	t.Parallel()
	m := parse(t, `namespace a
entity b open stream abstract
 key id
 altkey m
 prop id String
entity c : b
 altkey n,o
entity d
entity e : d
 key k
 prop k Byte
`)
	c := m.Type("a.c")
	if !c.Open || !c.HasStream || c.Abstract || !slices.Equal(c.Key, []string{"id"}) {
		t.Errorf("got %+v", c)
	}
	if got := fmt.Sprint(c.AlternateKeys); got != "[[m] [n o]]" {
		t.Errorf("other keys are %s", got)
	}
	if got := fmt.Sprint(c.Base.AlternateKeys); got != "[[m]]" {
		t.Errorf("other keys of the base type are %s", got)
	}
	if e := m.Type("a.e"); !slices.Equal(e.Key, []string{"k"}) || e.Base.Key != nil {
		t.Errorf("got %+v", e)
	}
}

func TestMembersAreFoundInAnyCase(t *testing.T) {
	t.Parallel()
	s := parse(t, "namespace a\nenum s\n a 1\n A 2\n b 3\n").Type("a.s")
	for name, want := range map[string]int64{"a": 1, "A": 2, "b": 3, "B": 3, "c": 0, "": 0} {
		if got, ok := s.Member(name); got.Value != want || ok != (want != 0) {
			t.Errorf("%q: got %v, %v", name, got, ok)
		}
	}
}

func TestKindsHaveNames(t *testing.T) {
	t.Parallel()
	var got []string
	for kind := edm.Primitive; kind <= edm.Container; kind++ {
		got = append(got, kind.String())
	}
	if want := []string{"primitive", "enum", "complex", "entity", "container"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestPrimitiveTypesHaveTheirNames(t *testing.T) {
	t.Parallel()
	m := parse(t, "namespace a\n")
	seen := map[edm.PrimitiveKind]string{}
	for _, name := range []string{
		"Binary", "Boolean", "Byte", "SByte", "Int16", "Int32", "Int64", "Single", "Double", "Decimal", "String", "Guid", "Date",
		"DateTimeOffset", "Duration", "TimeOfDay", "Stream", "Untyped",
	} {
		p := m.Type("Edm." + name)
		if p == nil || p.Kind != edm.Primitive || p.Primitive.String() != name || p.ShortName() != name || seen[p.Primitive] != "" {
			t.Errorf("%s is %+v", name, p)
			continue
		}
		seen[p.Primitive] = name
	}
	var integers []string
	for kind, name := range seen {
		if kind.IsInteger() {
			integers = append(integers, name)
		}
	}
	slices.Sort(integers)
	if want := []string{"Byte", "Int16", "Int32", "Int64", "SByte"}; !slices.Equal(integers, want) {
		t.Errorf("integers are %q", integers)
	}
}

func TestIterationCanBeLeftEarly(t *testing.T) {
	t.Parallel()
	m := load(t)
	for range m.Types() {
		break
	}
	count := 0
	for range m.Type("graph.user").AllOperations() {
		if count++; count == 2 {
			break
		}
	}
	if count != 2 {
		t.Errorf("%d operations", count)
	}
}

// TestReadersOfOneModelSeeTheSameTypes asks for types by several names and through
// properties at once, before anything is read.
func TestReadersOfOneModelSeeTheSameTypes(t *testing.T) {
	t.Parallel()
	base := load(t)
	for name, m := range map[string]*edm.Model{
		"plain":   edm.Embedded(base.Text()),
		"refined": edm.Refined(edm.Embedded(base.Text()), parse(t, "namespace microsoft.graph\nentity user\n prop added Byte\n")),
	} {
		const readers = 8
		found := make([]map[string]*edm.Type, readers)
		var done sync.WaitGroup
		for i := range readers {
			done.Go(func() {
				names := []string{"graph.user", "microsoft.graph.user", "self.incident", "graph.directoryObject", "Edm.String", "graph.none"}
				if i%2 > 0 {
					slices.Reverse(names)
				}
				found[i] = map[string]*edm.Type{"me": m.Container().Property("me").Type(), "users": m.Container().Property("users").Type()}
				for _, name := range names {
					found[i][name] = m.Type(name)
				}
				m.Operations(found[i]["graph.user"], false, "assign")[0].Params[1].Type()
			})
		}
		done.Wait()
		for i := range found {
			if !maps.Equal(found[i], found[0]) || found[i]["me"] != found[i]["microsoft.graph.user"] || found[i]["graph.none"] != nil {
				t.Errorf("%s: reader %d found %v, reader 0 %v", name, i, found[i], found[0])
			}
		}
	}
}

func TestModelsAreRefinedAgain(t *testing.T) {
	t.Parallel()
	first := parse(t, "namespace a\nalias x a\nentity e\n prop p Byte Core.Computed=true\ncontainer C\n")
	second := parse(t, "namespace b\nalias x b\nalias y b\nentity .a.e\n prop p Int16?\n prop q Byte*\n action f()\nenum s\n m 1\n")
	third := parse(t, "namespace c\ncontainer D\nentity .a.e\n prop q Guid\ncomplex .a.t\n")
	m := edm.Refined(edm.Refined(first, second), third)
	e := m.Type("a.e")
	var got []string
	for _, p := range e.Properties() {
		got = append(got, fmt.Sprintf("%s %s %v %v %v", p.Name, p.TypeName(), p.Collection, p.Nullable, p.Facts))
	}
	if want := []string{"p Edm.Int16 false true map[Core.Computed:true]", "q Edm.Guid false false map[]"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if m.Type("x.e") != e || m.Type("y.s") == nil || m.Type("x.s") != nil {
		t.Error("the first model's alias counts, and the second's own alias is known")
	}
	if len(m.Operations(e, false, "f")) != 1 || m.Container().Name != "a.C" || m.Type("c.D") != nil {
		t.Errorf("container %+v", m.Container())
	}
	if m.Text() != first.Text() {
		t.Errorf("the text is that of the base:\n%s", m.Text())
	}
	var names []string
	for typ := range m.Types() {
		names = append(names, typ.Name)
	}
	if want := []string{"b.s", "a.e", "a.t"}; !slices.Equal(names, want) {
		t.Errorf("types are %q", names)
	}
}
