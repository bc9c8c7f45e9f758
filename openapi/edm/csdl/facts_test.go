package csdl_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/edm/csdl"
)

// TestConstantValuesBecomeFacts reads each kind of value, as an attribute and as an
// element, writes it, and reads it again.
func TestConstantValuesBecomeFacts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, annotation, term, want string }{
		{"nothing is true", `<Annotation Term="a.t"/>`, "a.t", `true`},
		{"a vocabulary is short", `<Annotation Term="Org.OData.Core.V1.Computed" Bool="false"/>`, "Core.Computed", `false`},
		{"an alias of a vocabulary", `<Annotation Term="Core.Computed" Int="7"/>`, "Core.Computed", `7`},
		{"another version is whole", `<Annotation Term="Org.OData.Core.V2.T"/>`, "Org.OData.Core.V2.T", `true`},
		{"another vocabulary is whole", `<Annotation Term="Org.OData.Mine.V1.T"/>`, "Org.OData.Mine.V1.T", `true`},
		{"qualifier", `<Annotation Term="a.t" Qualifier="q" String="x"/>`, "a.t#q", `"x"`},
		{"String", `<Annotation Term="a.t" String=" a &quot;b&quot; "/>`, "a.t", `" a \"b\" "`},
		{"String element", `<Annotation Term="a.t"><String> a&lt;b </String></Annotation>`, "a.t", `" a\u003cb "`},
		{"Int element", `<Annotation Term="a.t"><Int> -7 </Int></Annotation>`, "a.t", `-7`},
		{"Bool element", "<Annotation Term=\"a.t\"><Bool>\n true\n</Bool></Annotation>", "a.t", `true`},
		{"Null", `<Annotation Term="a.t"><Null/></Annotation>`, "a.t", `null`},
		{"Float", `<Annotation Term="a.t" Float="1.5"/>`, "a.t", `{"$Float":"1.5"}`},
		{"Decimal", `<Annotation Term="a.t"><Decimal> 1.50 </Decimal></Annotation>`, "a.t", `{"$Decimal":"1.50"}`},
		{"Date", `<Annotation Term="a.t" Date="2024-01-01"/>`, "a.t", `{"$Date":"2024-01-01"}`},
		{"TimeOfDay", `<Annotation Term="a.t" TimeOfDay="10:00"/>`, "a.t", `{"$TimeOfDay":"10:00"}`},
		{"DateTimeOffset", `<Annotation Term="a.t" DateTimeOffset="2024-01-01T00:00:00Z"/>`, "a.t",
			`{"$DateTimeOffset":"2024-01-01T00:00:00Z"}`},
		{"Duration", `<Annotation Term="a.t" Duration="PT1S"/>`, "a.t", `{"$Duration":"PT1S"}`},
		{"Guid", `<Annotation Term="a.t" Guid="390e06e2-7e5b-4133-8014-fac7ac991af7"/>`, "a.t",
			`{"$Guid":"390e06e2-7e5b-4133-8014-fac7ac991af7"}`},
		{"Binary", `<Annotation Term="a.t" Binary="AAE"/>`, "a.t", `{"$Binary":"AAE"}`},
		{"EnumMember", `<Annotation Term="a.t" EnumMember="a.e/m"/>`, "a.t", `{"$EnumMember":"a.e/m"}`},
		{"Path", `<Annotation Term="a.t" Path="id"/>`, "a.t", `{"$Path":"id"}`},
		{"PropertyPath", `<Annotation Term="a.t" PropertyPath="id"/>`, "a.t", `{"$PropertyPath":"id"}`},
		{"NavigationPropertyPath", `<Annotation Term="a.t" NavigationPropertyPath="n"/>`, "a.t",
			`{"$NavigationPropertyPath":"n"}`},
		{"AnnotationPath", `<Annotation Term="a.t" AnnotationPath="n"/>`, "a.t", `{"$AnnotationPath":"n"}`},
		{"ModelElementPath", `<Annotation Term="a.t" ModelElementPath="n"/>`, "a.t", `{"$ModelElementPath":"n"}`},
		{"empty Record", `<Annotation Term="a.t"><Record/></Annotation>`, "a.t", `{}`},
		{"Record", `<Annotation Term="a.t"><Record Type="a.r"><PropertyValue Property="z" Int="1"/>` +
			`<PropertyValue Property="b"/><Annotation Term="a.u"/></Record></Annotation>`, "a.t",
			`{"$Type":"a.r","z":1,"b":true}`},
		{"Record with a member that is named as a kind", `<Annotation Term="a.t"><Record Type="a.r">` +
			`<PropertyValue Property="$Date" String="x"/></Record></Annotation>`, "a.t", `{"$Type":"a.r","$Date":"x"}`},
		{"empty Collection", `<Annotation Term="a.t"><Collection/></Annotation>`, "a.t", `[]`},
		{"Collection", `<Annotation Term="a.t"><Collection><String>a</String><Null/><Collection><Int>1</Int></Collection>` +
			`<Record><PropertyValue Property="p"><Path>q</Path></PropertyValue></Record></Collection></Annotation>`, "a.t",
			`["a",null,[1],{"p":{"$Path":"q"}}]`},
		{"of an annotation", `<Annotation Term="a.t" Int="1"><Annotation Term="a.u" Int="2"/></Annotation>`, "a.t", `1`},
		{"the last counts", `<Annotation Term="a.t" Int="1"/><Annotation Term="a.t" Int="2"/>`, "a.t", `2`},
		{"computed", `<Annotation Term="a.t"><If><Bool>true</Bool></If></Annotation>`, "a.t", ``},
		{"computed in a collection", `<Annotation Term="a.t"><Collection><Apply/></Collection></Annotation>`, "a.t", ``},
		{"computed in a record", `<Annotation Term="a.t"><Record><PropertyValue Property="p"><Apply/></PropertyValue>` +
			`<PropertyValue Property="q"/></Record></Annotation>`, "a.t", ``},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := read(t, inSchema(`<Annotations Target="x.ok/id">`+c.annotation+`</Annotations>`))
			if got, ok := m.Type("x.ok").Property("id").Facts[c.term]; got != c.want || ok != (c.want != "") {
				t.Errorf("got %s, %v, want %s", got, ok, c.want)
			}
			if again := read(t, write(t, m)); again.Text() != m.Text() {
				t.Errorf("written and read again, it is\n%s\nand was\n%s", again.Text(), m.Text())
			}
		})
	}
}

func write(t *testing.T, m *edm.Model) string {
	t.Helper()
	var b bytes.Buffer
	if err := csdl.Write(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestFactsReachWhatTheyAreAbout has annotations in their place and by target, with a
// namespace and with an alias. Those in their place count more.
func TestFactsReachWhatTheyAreAbout(t *testing.T) {
	t.Parallel()
	m := read(t, inSchema(`
<EntityType Name="e" BaseType="x.ok"><Annotation Term="a.at" String="place"/>
 <NavigationProperty Name="n" Type="x.ok"><Annotation Term="a.n"/><OnDelete Action="Cascade"/>
  <ReferentialConstraint Property="a" ReferencedProperty="b"/></NavigationProperty></EntityType>
<EnumType Name="s"><Annotation Term="a.s"/><Member Name="m"><Annotation Term="a.m"/></Member></EnumType>
<TypeDefinition Name="d" UnderlyingType="Edm.Int32"><Annotation Term="a.d"/></TypeDefinition>
<Action Name="f" IsBound="true"><Annotation Term="a.f"/><Parameter Name="p" Type="x.e"/></Action>
<Action Name="f" IsBound="true"><Parameter Name="p" Type="x.e"/><Parameter Name="q" Type="Collection(x.e)"/></Action>
<EntityContainer Name="C"><Annotation Term="a.c"/>
 <EntitySet Name="es" EntityType="x.e"><Annotation Term="a.es"/></EntitySet></EntityContainer>
<Annotations Target="x.e"><Annotation Term="a.at" String="target"/><Annotation Term="a.more" Int="1"/></Annotations>
<Annotations Target="a.b.e"><Annotation Term="a.more" Int="2"/></Annotations>
<Annotations Target="x.C/es"><Annotation Term="a.set" Int="3"/></Annotations>
<Annotations Target="a.b.f(x.e, Collection(a.b.e))"><Annotation Term="a.two"/></Annotations>
<Annotations Target="x.f(a.b.e)"><Annotation Term="a.one"/></Annotations>
<Annotations Target="a.b.f"><Annotation Term="a.all"/><Annotation Term="a.f" Int="2"/></Annotations>
<Annotations Target="x.f(x.s)"><Annotation Term="a.lost"/></Annotations>
<Annotations Target="x.nowhere"><Annotation Term="a.lost"/></Annotations>`))
	e, root := m.Type("x.e"), m.Container()
	for what, c := range map[string]struct {
		facts      map[string]string
		term, want string
	}{
		"a type, in its place":        {e.Facts, "a.at", `"place"`},
		"a type, by its whole name":   {e.Facts, "a.more", "2"},
		"a navigation property":       {e.Property("n").Facts, "a.n", "true"},
		"an enumeration":              {m.Type("x.s").Facts, "a.s", "true"},
		"a type definition":           {m.Type("x.d").Facts, "a.d", "true"},
		"an operation":                {m.Operations(e, false, "f")[0].Facts, "a.f", "true"},
		"one overload":                {m.Operations(e, false, "f")[0].Facts, "a.one", "true"},
		"the other overload":          {m.Operations(e, false, "f")[1].Facts, "a.two", "true"},
		"not that one":                {m.Operations(e, false, "f")[1].Facts, "a.one", ""},
		"each overload":               {m.Operations(e, false, "f")[1].Facts, "a.all", "true"},
		"each overload by its name":   {m.Operations(e, false, "f")[1].Facts, "a.f", "2"},
		"the container":               {root.Facts, "a.c", "true"},
		"an entity set, in its place": {root.Property("es").Facts, "a.es", "true"},
		"an entity set, by target":    {root.Property("es").Facts, "a.set", "3"},
	} {
		if c.facts[c.term] != c.want {
			t.Errorf("%s: got %v, want %s=%s", what, c.facts, c.term, c.want)
		}
	}
	if strings.Contains(m.Text(), "a.lost") || strings.Contains(m.Text(), "a.m=") {
		t.Errorf("facts of nothing are kept:\n%s", m.Text())
	}
	if again := read(t, write(t, m)); again.Text() != m.Text() {
		t.Errorf("written and read again, it is\n%s", again.Text())
	}
}

// TestAlternateKeysThatAreNoneStayFacts has keys without names of properties.
func TestAlternateKeysThatAreNoneStayFacts(t *testing.T) {
	t.Parallel()
	for _, value := range []string{
		`<Collection><Record/></Collection>`, `<Record/>`, `<Null/>`, `<Collection><String>id</String></Collection>`,
		`<Collection><Record><PropertyValue Property="Key"><Collection><Record/></Collection></PropertyValue></Record></Collection>`,
	} {
		m := read(t, inSchema(`<Annotations Target="x.ok"><Annotation Term="Core.AlternateKeys">`+value+
			`</Annotation></Annotations>`))
		ok := m.Type("x.ok")
		isNull := value == `<Null/>` // no keys at all
		if len(ok.AlternateKeys) > 0 || (ok.Facts["Core.AlternateKeys"] == "") != isNull {
			t.Errorf("%s: got keys %q, facts %v", value, ok.AlternateKeys, ok.Facts)
		}
	}
}

func TestAlternateKeysOfSeveralProperties(t *testing.T) {
	t.Parallel()
	m, err := edm.Parse("", "namespace a\nentity e\n key id\n altkey mail\n altkey tenant,name\n prop id String\n")
	if err != nil {
		t.Fatal(err)
	}
	text := write(t, m)
	if again := read(t, text); again.Text() != m.Text() {
		t.Errorf("written as\n%s\nread as\n%s", text, again.Text())
	}
}

// TestWrittenDocumentIsPlain pins all of a document.
func TestWrittenDocumentIsPlain(t *testing.T) {
	t.Parallel()
	m, err := edm.Parse("", `namespace a.b
alias x a.b
alias y a.c
container C
 set es e a.s="<&>"
  bind n es
 one me e
 import i f es
 function f(p String) -> e
entity e stream secret="kept out"
 key id
 prop id String Core.Computed=true
 prop o String? maxlength=3 default="a\n\"b\""
 nav n e* contained partner=n
 action* g(q Int32* optional)
enum s flags of=Int64
 m -1
`)
	if err != nil {
		t.Fatal(err)
	}
	const want = `<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">
 <edmx:DataServices>
  <Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="a.b" Alias="x">
   <EntityType Name="e" HasStream="true">
    <Key>
     <PropertyRef Name="id"/>
    </Key>
    <Property Name="id" Type="Edm.String" Nullable="false">
     <Annotation Term="Org.OData.Core.V1.Computed">
      <Bool>true</Bool>
     </Annotation>
    </Property>
    <Property Name="o" Type="Edm.String" MaxLength="3" DefaultValue="a&#xA;&#34;b&#34;"/>
    <NavigationProperty Name="n" Type="Collection(a.b.e)" Partner="n" ContainsTarget="true"/>
   </EntityType>
   <EnumType Name="s" UnderlyingType="Edm.Int64" IsFlags="true">
    <Member Name="m" Value="-1"/>
   </EnumType>
   <Function Name="f">
    <Parameter Name="p" Type="Edm.String" Nullable="false"/>
    <ReturnType Type="a.b.e" Nullable="false"/>
   </Function>
   <Action Name="g" IsBound="true">
    <Parameter Name="bindingParameter" Type="Collection(a.b.e)" Nullable="false"/>
    <Parameter Name="q" Type="Collection(Edm.Int32)" Nullable="false">
     <Annotation Term="Org.OData.Core.V1.OptionalParameter">
      <Bool>true</Bool>
     </Annotation>
    </Parameter>
   </Action>
   <EntityContainer Name="C">
    <EntitySet Name="es" EntityType="a.b.e">
     <NavigationPropertyBinding Path="n" Target="es"/>
     <Annotation Term="a.s">
      <String>&lt;&amp;&gt;</String>
     </Annotation>
    </EntitySet>
    <Singleton Name="me" Type="a.b.e">
    </Singleton>
    <FunctionImport Name="i" Function="a.b.f" EntitySet="es"/>
   </EntityContainer>
  </Schema>
  <Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="a.c" Alias="y">
  </Schema>
 </edmx:DataServices>
</edmx:Edmx>
`
	if got := write(t, m); got != want {
		t.Errorf("written as\n%s", got)
	}
}

func TestErrorOfTheWriterIsTold(t *testing.T) {
	t.Parallel()
	full := errors.New("the disk is full")
	if err := csdl.Write(failing{full}, read(t, small)); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestImportIsOfTheKindOfItsOperation(t *testing.T) {
	t.Parallel()
	m := read(t, inSchema(`<Action Name="a"/><Function Name="f"><ReturnType Type="x.ok"/></Function>
<EntityContainer Name="C"><ActionImport Name="i" Action="x.a"/><FunctionImport Name="j" Function="x.f"/></EntityContainer>`))
	text := write(t, m)
	for _, want := range []string{
		`<ActionImport Name="i" Action="a.b.a"/>`, `<FunctionImport Name="j" Function="a.b.f"/>`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("written without %s:\n%s", want, text)
		}
	}
}

// TestPathsFromTheContainerAreShort has targets with the container's name before them.
func TestPathsFromTheContainerAreShort(t *testing.T) {
	t.Parallel()
	m := read(t, inSchema(`<Function Name="f"><ReturnType Type="x.ok"/></Function><EntityContainer Name="C">
<EntitySet Name="s" EntityType="x.ok"><NavigationPropertyBinding Path="n" Target="a.b.C/s"/></EntitySet>
<FunctionImport Name="i" Function="x.f" EntitySet="a.b.C/s"/></EntityContainer>`))
	if got := m.Container().Property("s").Bindings[0].Target; got != "s" {
		t.Errorf("bound to %s", got)
	}
	if got := m.Operations(m.Container(), false, "i")[0].EntitySet; got != "s" {
		t.Errorf("entities are in %s", got)
	}
}

// TestFacetsThatAreDefaultsAreLeftOut has lengths that set no limit.
func TestFacetsThatAreDefaultsAreLeftOut(t *testing.T) {
	t.Parallel()
	m := read(t, "\ufeff"+inSchema(`<ComplexType Name="c"><Property Name="a" Type="Edm.String" MaxLength="max" Unicode="true"/>
<Property Name="b" Type="Edm.String" MaxLength="0" Precision="0" DefaultValue=""/>
<Property Name="c" Type="Edm.PrimitiveType" SRID="4326"/></ComplexType>
<EnumType Name="e" UnderlyingType="Edm.Int32"><Member Name="m"/><Member Name="n"/><Member Name="o" Value="-1"/><Member Name="p"/></EnumType>`))
	const want = "complex c\n prop a String?\n prop b String? default=\"\"\n prop c PrimitiveType?\n" +
		"enum e\n m 0\n n 1\n o -1\n p 0\n"
	if !strings.Contains(strings.ReplaceAll(m.Text(), "Untyped", "PrimitiveType"), want) {
		t.Errorf("got\n%s\nwant in it\n%s", m.Text(), want)
	}
}
