package csdl_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/edm/csdl"
)

// document puts schemas into a document.
func document(schemas string) string {
	return `<edmx:Edmx xmlns="http://docs.oasis-open.org/odata/ns/edm" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">
<edmx:Reference Uri="core.xml"><edmx:Include Namespace="Org.OData.Core.V1" Alias="Core"/></edmx:Reference>
<edmx:DataServices>
` + schemas + `
</edmx:DataServices>
</edmx:Edmx>`
}

// small has a bit of all that metadata has. The alias self is used before and
// outside of its schema, and alert is a name in two.
var small = document(`<Schema Namespace="microsoft.graph" Alias="graph">
 <Annotations Target="graph.user/manager">
  <Annotation Term="Org.OData.Capabilities.V1.ChangeTracking"><Record><PropertyValue Property="Supported" Bool="true"/></Record></Annotation>
 </Annotations>
 <Annotations Target="microsoft.graph.user">
  <Annotation Term="Core.AlternateKeys">
   <Collection><Record Type="Org.OData.Core.V1.AlternateKey"><PropertyValue Property="Key"><Collection>
    <Record Type="Org.OData.Core.V1.PropertyRef"><PropertyValue Property="Alias" String="mail"/><PropertyValue Property="Name" PropertyPath="mail"/></Record>
   </Collection></PropertyValue></Record></Collection>
  </Annotation>
  <Annotation Term="Org.OData.Core.V1.Revisions"><Collection><Record><PropertyValue Property="Date" Date="2024-01-01"/></Record></Collection></Annotation>
 </Annotations>
 <EnumType Name="status" UnderlyingType="Edm.Byte" IsFlags="true"><Member Name="active" Value="4"/><Member Name="gone"/></EnumType>
 <TypeDefinition Name="length" UnderlyingType="Edm.Int32"/>
 <EntityType Name="directoryObject" Abstract="true" OpenType="true"><Key><PropertyRef Name="id"/></Key>
  <Property Name="id" Type="Edm.String" Nullable="false"/>
  <NavigationProperty Name="alerts" Type="Collection(self.alert)" ContainsTarget="true" Nullable="false"/>
 </EntityType>
 <EntityType Name="user" BaseType="graph.directoryObject" HasStream="true">
  <Property Name="mail" Type="Edm.String" MaxLength="max" DefaultValue="a &quot;b&quot;&#10;c"><Annotation Term="Core.Computed"/></Property>
  <Property Name="photos" Type="Collection(graph.alert)" Nullable="false"/>
  <Property Name="rate" Type="Edm.Decimal" Precision="4" Scale="variable" Nullable="false"/>
  <Property Name="height" Type="graph.length"/>
  <NavigationProperty Name="manager" Type="graph.directoryObject" Partner="reports"/>
 </EntityType>
 <ComplexType Name="alert" OpenType="true"><Property Name="text" Type="Edm.String" MaxLength="9" Unicode="false"/></ComplexType>
 <Function Name="delta" IsBound="true" IsComposable="true" EntitySetPath="bindingParameter">
  <Parameter Name="bindingParameter" Type="Collection(graph.user)"/><ReturnType Type="Collection(graph.user)"/>
 </Function>
 <Action Name="copy" IsBound="true"><Parameter Name="this" Type="graph.user" Nullable="false"/>
  <Parameter Name="hard" Type="Edm.Boolean"><Annotation Term="Core.OptionalParameter"/></Parameter>
 </Action>
 <Function Name="search"><Parameter Name="q" Type="Edm.String" Nullable="false"/><ReturnType Type="graph.user"/></Function>
 <EntityContainer Name="GraphService">
  <EntitySet Name="users" EntityType="graph.user"><NavigationPropertyBinding Path="manager" Target="users"/></EntitySet>
  <Singleton Name="me" Type="microsoft.graph.user"/>
  <FunctionImport Name="find" Function="graph.search" EntitySet="users"/>
 </EntityContainer>
</Schema>
<Schema Namespace="microsoft.graph.security" Alias="self">
 <EntityType Name="alert"><Key><PropertyRef Name="id"/></Key><Property Name="id" Type="Edm.String" Nullable="false"/>
  <Property Name="about" Type="graph.alert"/></EntityType>
</Schema>`)

func read(t *testing.T, source string) *edm.Model {
	t.Helper()
	m, err := csdl.Read("m.xml", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestDocumentBecomesAModel(t *testing.T) {
	t.Parallel()
	const want = `namespace microsoft.graph
alias graph microsoft.graph
alias self microsoft.graph.security
container GraphService
 set users user
  bind manager users
 one me user
 import find search users
 function search(q String) -> user?
complex alert open
 prop text String? maxlength=9
entity directoryObject abstract open
 key id
 prop id String
 nav alerts security.alert* contained
primitive length of=Int32
entity security.alert
 key id
 prop id String
 prop about alert?
enum status flags of=Byte
 active 4
 gone 5
entity user : directoryObject stream Core.Revisions=[{"Date":{"$Date":"2024-01-01"}}]
 altkey mail
 prop mail String? default="a \"b\"\nc" Core.Computed=true
 prop photos alert*
 prop rate Decimal precision=4 scale=variable
 prop height length?
 nav manager directoryObject? partner=reports Capabilities.ChangeTracking={"Supported":true}
 function* delta() -> user* composable path=bindingParameter
 action copy(hard Boolean? optional) binding=this
`
	if got := read(t, small).Text(); got != want {
		t.Errorf("read as\n%s", got)
	}
}

func TestWrittenDocumentIsReadAsTheSameModel(t *testing.T) {
	t.Parallel()
	m := read(t, small)
	var b bytes.Buffer
	if err := csdl.Write(&b, m); err != nil {
		t.Fatal(err)
	}
	if again := read(t, b.String()); again.Text() != m.Text() {
		t.Errorf("written as\n%s\nread as\n%s", b.String(), again.Text())
	}
}

func TestBrokenDocumentsAreExplained(t *testing.T) {
	t.Parallel()
	schema := func(inner string) string {
		return document(`<Schema Namespace="a.b" Alias="x"><EntityType Name="ok"><Key><PropertyRef Name="id"/></Key><Property Name="id" Type="Edm.String"/></EntityType>
` + inner + `</Schema>`)
	}
	for name, c := range map[string]struct{ source, want string }{
		"empty":      {"", "m.xml:1:1: the document is empty"},
		"no XML":     {"{}", "m.xml:1:3: the document is empty"},
		"cut":        {"<a", "m.xml:1:3: the XML is broken: unexpected EOF"},
		"other root": {"<html/>", "m.xml:1:1: unknown root html (CSDL of OData 4 begins with <edmx:Edmx"},
		"entity": {"<!DOCTYPE x [<!ENTITY a 'aaaa'>]>\n" + small,
			"m.xml:1:1: the document has a <!...> declaration (leave DOCTYPE and entities out)"},
		"depth": {schema("<Annotation>" + strings.Repeat("<Collection>", 100)),
			"elements are more than 64 levels deep"},
		"element": {schema(`<EntityTyp/>`),
			"m.xml:5:1: unknown element EntityTyp in Schema (possible: EntityType, "},
		"attribute": {schema(`<EntityType Name="e" Nam="e"/>`),
			"m.xml:5:1: unknown attribute Nam of EntityType (possible: Name, "},
		"no name": {schema(`<EntityType/>`), "m.xml:5:1: EntityType has no Name"},
		"flag":    {schema(`<EntityType Name="e" Abstract="yes"/>`), `broken Abstract "yes" (true or false)`},
		"twice": {schema(`<ComplexType Name="ok"/>`),
			"m.xml:5:1: a.b.ok is declared twice (first at m.xml:4:35)"},
		"cycle": {schema(`<EntityType Name="e" BaseType="x.f"/>` + "\n" +
			`<EntityType Name="f" BaseType="x.e"/>`), "derives from itself"},
		"itself": {schema(`<EntityType Name="e" BaseType="x.e"/>`), "m.xml:5:1: a.b.e derives from itself"},
		"base kind": {schema(`<ComplexType Name="e" BaseType="x.ok"/>`),
			"m.xml:5:1: a.b.e is complex, its base type a.b.ok is entity"},
		"alias": {schema(`<ComplexType Name="e"><Property Name="p" Type="y.c"/></ComplexType>`),
			`m.xml:5:23: unknown type "y.c" (aliases are x)`},
		"other space": {schema(`<ComplexType Name="e"><Property Name="p" Type="a.e"/></ComplexType>`),
			`unknown type "a.e" (did you mean "a.b.e"?)`},
		"missing": {schema(`<ComplexType Name="e"><Property Name="p" Type="x.c"/></ComplexType>`),
			`m.xml:5:23: unknown type "a.b.c"`},
		"primitive": {schema(`<ComplexType Name="e"><Property Name="p" Type="Edm.Strin"/></ComplexType>`),
			`unknown primitive type "Edm.Strin"`},
		"property": {schema(`<ComplexType Name="e"><Property Name="p" Type="Edm.Byte"/><Property Name="p" ` +
			`Type="Edm.Byte"/></ComplexType>`), "m.xml:5:59: a.b.e has two properties p (first at m.xml:5:23)"},
		"inherited": {schema(`<EntityType Name="e" BaseType="x.ok"><Property Name="id" ` +
			`Type="Edm.Byte"/></EntityType>`), "a.b.e has the property id from its base type, too"},
		"navigation": {schema(`<ComplexType Name="e"><Property Name="p" Type="x.ok"/></ComplexType>`),
			"p can't have the type a.b.ok (navigation leads to entities"},
		"key": {schema(`<EntityType Name="e"><Key><PropertyRef Name="id"/></Key></EntityType>`),
			`a.b.e has the key "id", which is no property`},
		"set": {schema(`<EntityType Name="e"/><EntityContainer Name="C"><EntitySet Name="s" ` +
			`EntityType="x.e"/></EntityContainer>`), "the entities of s have no key: a.b.e declares none"},
		"binding": {schema(`<EntityContainer Name="C"><Singleton Name="s" ` +
			`Type="x.ok"><NavigationPropertyBinding Path="a" Target="b"/></Singleton></EntityContainer>`),
			"s binds a to b, which the container does not have"},
		"bound": {schema(`<Action Name="f" IsBound="true"/>`), "a.b.f is bound and has no parameters"},
		"function": {schema(`<Function Name="f" IsBound="true"><Parameter Name="p" Type="x.ok"/></Function>`),
			"function a.b.f returns nothing"},
		"import": {schema(`<EntityContainer Name="C"><ActionImport Name="i" Action="x.f"/></EntityContainer>`),
			"i imports a.b.f, which is no unbound operation"},
		"name": {schema(`<EntityType Name="e e"/>`), `"a.b.e e" is no name`},
		"dot":  {schema(`<EntityType Name="e.e"/>`), `the name "e.e" has a dot`},
		"member": {schema(`<EnumType Name="e"><Member Name="m" Value="x"/></EnumType>`),
			`m.xml:5:20: broken Value "x"`},
		"members": {schema(`<EnumType Name="e"><Member Name="m"/><Member Name="m"/></EnumType>`),
			"a.b.e has two members m"},
		"second alias": {document(`<Schema Namespace="a" Alias="x"/><Schema Namespace="b" Alias="x"/>`),
			"alias x is a and b"},
		"OData 3":       {`<Edmx xmlns="http://schemas.microsoft.com/ado/2007/06/edmx"/>`, "unknown root Edmx"},
		"deep ancestry": {schema(ancestors(100)), "has more than 64 base types"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := csdl.Read("m.xml", []byte(c.source))
			var problems edm.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("%v", err)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

// ancestors returns types each of which derives from the one before.
func ancestors(n int) string {
	var b strings.Builder
	b.WriteString(`<ComplexType Name="t"/>`)
	for i := range n {
		b.WriteString(`<ComplexType Name="t` + strings.Repeat("t", i) + `t" BaseType="x.t` +
			strings.Repeat("t", i) + `"/>`)
	}
	return b.String()
}

func TestManyProblemsAreListedUpToABound(t *testing.T) {
	t.Parallel()
	_, err := csdl.Read("m.xml",
		[]byte(document(`<Schema Namespace="a">`+strings.Repeat(`<EntityType Name="e" BaseType="q.q"/>`, 1000)+
			`</Schema>`)))
	var problems edm.Problems
	if !errors.As(err, &problems) || len(problems) != 100 {
		t.Errorf("%d problems", len(problems))
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(document(`<Schema Namespace="a"/>`)))
	f.Add([]byte(document(`<Schema Namespace="a" Alias="b"><EntityType Name="c" BaseType="b.c"/></Schema>`)))
	f.Add([]byte(document(`<Schema Namespace="a"><EnumType Name="e"><Member Name="m" Value="-1"/></EnumType><Term ` +
		`Name="t" Type="Edm.String"/></Schema>`)))
	f.Add([]byte(document(`<Schema Namespace="a"><ComplexType Name="c"><Annotation Term="a.t" ` +
		`Qualifier="q"><Collection><Null/><Int>7</Int><String> x ` +
		`</String><If/></Collection></Annotation></ComplexType></Schema>`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := csdl.Read("f.xml", data)
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := csdl.Write(&b, m); err != nil {
			t.Fatal(err)
		}
		again, err := csdl.Read("written.xml", b.Bytes())
		if err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
		if again.Text() != m.Text() {
			t.Errorf("written as\n%s\nread as\n%s\nand not\n%s", b.String(), again.Text(), m.Text())
		}
		for typ := range m.Types() {
			for _, p := range typ.Properties() {
				if p.Type() == nil {
					t.Errorf("%s/%s has no type", typ.Name, p.Name)
				}
			}
		}
	})
}
