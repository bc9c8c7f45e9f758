package csdl_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/edm/csdl"
)

// inSchema returns a document whose schema a.b, called x, has an entity type ok and,
// from line 5 on, more.
func inSchema(more string) string {
	return document(`<Schema Namespace="a.b" Alias="x"><EntityType Name="ok"><Key><PropertyRef Name="id"/></Key>` +
		`<Property Name="id" Type="Edm.String"/></EntityType>` + "\n" + more + `</Schema>`)
}

// TestWhatCanNotStandInAnElementIsRefused has an element or attribute too many, or too
// few, in each element that is read.
func TestWhatCanNotStandInAnElementIsRefused(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`<EntityType Name="e"><Member/></EntityType>`: `m.xml:5:22: unknown element Member in a.b.e ` +
			`(possible: Key, Property, NavigationProperty, Annotation)`,
		`<EntityType Name="e"><Key><PropertyRef/></Key></EntityType>`: `m.xml:5:27: PropertyRef has no Name`,
		`<EnumType Name="e"><Key/></EnumType>`: `m.xml:5:20: unknown element Key in a.b.e ` +
			`(possible: Member, Annotation)`,
		`<EnumType Name="e"><Member/></EnumType>`:                  `m.xml:5:20: Member has no Name`,
		`<EnumType Name="e"><Member Name="m" Val="1"/></EnumType>`: `m.xml:5:20: unknown attribute Val of Member (possible: Name, Value)`,
		`<EnumType Name="e" Flags="true"/>`: `m.xml:5:1: unknown attribute Flags of EnumType ` +
			`(possible: Name, UnderlyingType, IsFlags)`,
		`<TypeDefinition Name="e"/>`: `m.xml:5:1: TypeDefinition has no UnderlyingType`,
		`<TypeDefinition Name="e" UnderlyingType="Edm.String"><Member/></TypeDefinition>`: `m.xml:5:54: unknown element ` +
			`Member in a.b.e (possible: Annotation)`,
		`<ComplexType Name="e"><Property Type="Edm.Byte"/></ComplexType>`: `m.xml:5:23: Property has no Name`,
		`<ComplexType Name="e"><Property Name="p"/></ComplexType>`:        `m.xml:5:23: Property has no Type`,
		`<ComplexType Name="e"><Property Name="p" Type="Edm.Byte" ContainsTarget="true"/></ComplexType>`: `m.xml:5:23: ` +
			`unknown attribute ContainsTarget of Property (possible: Name, Type, Nullable, DefaultValue, `,
		`<ComplexType Name="e"><NavigationProperty Name="p" Type="x.ok" MaxLength="1"/></ComplexType>`: `m.xml:5:23: ` +
			`unknown attribute MaxLength of NavigationProperty (possible: Name, Type, Nullable, Partner, ContainsTarget)`,
		`<ComplexType Name="e"><Property Name="p" Type="Edm.Byte"><Key/></Property></ComplexType>`: `m.xml:5:58: ` +
			`unknown element Key in p (possible: Annotation, ReferentialConstraint, OnDelete)`,
		`<Action Name="e" Bound="true"/>`: `m.xml:5:1: unknown attribute Bound of Action ` +
			`(possible: Name, IsBound, IsComposable, EntitySetPath)`,
		`<Action Name="e"><Key/></Action>`: `m.xml:5:18: unknown element Key in a.b.e ` +
			`(possible: Parameter, ReturnType, Annotation)`,
		`<Action Name="e"><Parameter Name="p"/></Action>`: `m.xml:5:18: Parameter has no Type`,
		`<Action Name="e"><Parameter Name="p" Type="Edm.Byte"><Key/></Parameter></Action>`: `m.xml:5:54: unknown element ` +
			`Key in p (possible: Annotation)`,
		`<Action Name="e"><Parameter Name="p" Type="Edm.Byte" Optional="true"/></Action>`: `m.xml:5:18: unknown attribute ` +
			`Optional of Parameter (possible: Name, Type, Nullable, `,
		`<Action Name="e"><ReturnType/></Action>`: `m.xml:5:18: ReturnType has no Type`,
		`<Action Name="e"><ReturnType Type="Edm.Byte" Name="r"/></Action>`: `m.xml:5:18: unknown attribute Name of ` +
			`ReturnType (possible: Type, Nullable, `,
		`<EntityContainer Name="C"><Key/></EntityContainer>`: `m.xml:5:27: unknown element Key in a.b.C ` +
			`(possible: EntitySet, Singleton, ActionImport, FunctionImport, Annotation)`,
		`<EntityContainer Name="C"/><EntityContainer Name="D"/>`: `m.xml:5:28: a second EntityContainer ` +
			`(first at m.xml:5:1)`,
		`<EntityContainer Name="C" Extends="x.D"/>`: `m.xml:5:1: an EntityContainer can't extend another ` +
			`(write what it extends into it)`,
		`<EntityContainer Name="C"><EntitySet Name="s" Type="x.ok"/></EntityContainer>`: `m.xml:5:27: unknown attribute ` +
			`Type of EntitySet (possible: Name, EntityType, IncludeInServiceDocument)`,
		`<EntityContainer Name="C"><EntitySet Name="s"/></EntityContainer>`: `m.xml:5:27: EntitySet has no EntityType`,
		`<EntityContainer Name="C"><Singleton Name="s"/></EntityContainer>`: `m.xml:5:27: Singleton has no Type`,
		`<EntityContainer Name="C"><Singleton Name="s" EntityType="x.ok"/></EntityContainer>`: `m.xml:5:27: unknown ` +
			`attribute EntityType of Singleton (possible: Name, Type, Nullable)`,
		`<EntityContainer Name="C"><Singleton Name="s" Type="x.ok"><Key/></Singleton></EntityContainer>`: `m.xml:5:59: ` +
			`unknown element Key in s (possible: NavigationPropertyBinding, Annotation)`,
		`<EntityContainer Name="C"><Singleton Name="s" Type="x.ok"><NavigationPropertyBinding Target="t"/></Singleton>` +
			`</EntityContainer>`: `m.xml:5:59: NavigationPropertyBinding has no Path`,
		`<EntityContainer Name="C"><Singleton Name="s" Type="x.ok"><NavigationPropertyBinding Path="p"/></Singleton>` +
			`</EntityContainer>`: `m.xml:5:59: NavigationPropertyBinding has no Target`,
		`<EntityContainer Name="C"><ActionImport Name="i"/></EntityContainer>`: `m.xml:5:27: ActionImport has no Action`,
		`<EntityContainer Name="C"><FunctionImport Name="i" Action="x.f"/></EntityContainer>`: `m.xml:5:27: ` +
			`FunctionImport has no Function`,
		`<Annotations/>`: `m.xml:5:1: Annotations has no Target`,
		`<Annotations Target="x.ok"><Key/></Annotations>`: `m.xml:5:28: unknown element Key in Annotations ` +
			`(possible: Annotation)`,
		`<Annotations Target="x.ok"><Annotation Bool="true"/></Annotations>`:                                             `m.xml:5:28: Annotation has no Term`,
		`<Annotations Target="x.ok"><Annotation Term="a.t"><Record><PropertyValue/></Record></Annotation></Annotations>`: `m.xml:5:59: PropertyValue has no Property`,
	} {
		refuse(t, inSchema(source), want)
	}
}

// TestValuesThatAreNoneAreRefused has broken numbers, truth values, names and types.
func TestValuesThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	property := func(attrs string) string {
		return `<ComplexType Name="e"><Property Name="p" ` + attrs + `/></ComplexType>`
	}
	for source, want := range map[string]string{
		property(`Type="Edm.String" MaxLength="-1"`):          `m.xml:5:23: broken MaxLength "-1" (a whole number)`,
		property(`Type="Edm.String" MaxLength="Max"`):         `m.xml:5:23: broken MaxLength "Max" (a whole number)`,
		property(`Type="Edm.Decimal" Precision="1.5"`):        `m.xml:5:23: broken Precision "1.5" (a whole number)`,
		property(`Type="Edm.Decimal" Scale="1 2"`):            `m.xml:5:23: "1 2" is no name or path`,
		property(`Type="Edm.String" Nullable="1"`):            `m.xml:5:23: broken Nullable "1" (true or false)`,
		property(`Type="Edm.String)"`):                        `m.xml:5:23: unknown primitive type "Edm.String)"`,
		property(`Type="Collection(Collection(Edm.String))"`): `m.xml:5:23: unknown type "Collection(Edm.String)"`,
		property(`Type="Collection(Edm.String"`):              `m.xml:5:23: unknown type "Collection(Edm.String"`,
		`<EnumType Name="e"><Member Name="m" Value="9223372036854775807"/><Member Name="n"/></EnumType>`: `m.xml:5:66: ` +
			`no number comes after that of the member before (write its Value)`,
		`<EnumType Name="e" UnderlyingType="Edm.Nope"/>`: `m.xml:5:1: unknown UnderlyingType "Edm.Nope" (such as Edm.Int32)`,
		`<EnumType Name="e" UnderlyingType="Edm.String"/>`: `m.xml:5:1: the values of a.b.e are no integers ` +
			`(they are Byte, SByte, Int16, Int32 or Int64)`,
		`<EnumType Name="e" IsFlags="no"/>`: `m.xml:5:1: broken IsFlags "no" (true or false)`,
		`<EnumType Name="e"><Member Name="m" Value="9223372036854775808"/></EnumType>`: `m.xml:5:20: broken Value ` +
			`"9223372036854775808" (a whole number)`,
		`<EnumType Name="e"><Member Name="a b"/></EnumType>`:                                                              `m.xml:5:1: "a b" is no name of a member`,
		`<Action Name="e" IsBound="true"><Parameter Name="p" Type="x.ok"/><Parameter Name="p" Type="Edm.Byte"/></Action>`: `m.xml:5:66: parameter p is declared twice`,
		`<Action Name="e" IsBound="true"><Parameter Name="p" Type="Edm.Byte"/></Action>`: `m.xml:5:1: a.b.e is bound to a ` +
			`primitive type (bind it to a type that the model declares)`,
		`<Annotations Target="x.ok"><Annotation Term="a.t" Bool="yes"/></Annotations>`: `m.xml:5:28: broken Bool "yes"`,
		`<Annotations Target="x.ok"><Annotation Term="a.t" Int="1x"/></Annotations>`:   `m.xml:5:28: broken Int "1x"`,
		`<Annotations Target="x.ok"><Annotation Term="a.t"><Collection><Bool>1</Bool></Collection></Annotation>` +
			`</Annotations>`: `m.xml:5:63: broken Bool "1"`,
		`<ComplexType Name="e" BaseType="Edm.String"/>`: `m.xml:5:1: a.b.e can't have a base type (only entity and ` +
			`complex types derive from others, and of their kind)`,
		`<ComplexType Name="` + strings.Repeat("n", 129) + `"/>`: `nnn" is no name (letters, digits, _ and dots are possible)`,
		`<EntityType Name="1"/>`:                                 `"a.b.1" is no name`,
	} {
		refuse(t, inSchema(source), want)
	}
}

// TestHostileXMLIsRefused has what other readers of XML trip over: nothing is expanded,
// nothing is fetched, and nesting has a bound.
func TestHostileXMLIsRefused(t *testing.T) {
	t.Parallel()
	bomb := `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>`
	nested := func(levels int) string {
		return inSchema(`<Annotations Target="x.ok"><Annotation Term="a.t">` + strings.Repeat("<Collection>", levels) +
			strings.Repeat("</Collection>", levels) + `</Annotation></Annotations>`)
	}
	for source, want := range map[string]string{
		bomb + inSchema(""):  "m.xml:1:1: the document has a <!...> declaration (leave DOCTYPE and entities out)",
		inSchema(bomb):       "m.xml:5:1: the document has a <!...> declaration",
		inSchema("&b;"):      "m.xml:5:4: the XML is broken: invalid character entity &b;",
		inSchema("</Schem>"): "the XML is broken: element <Schema> closed by </Schem>",
		`<!DOCTYPE html SYSTEM "http://contoso.com/x.dtd">`: "m.xml:1:1: the document has a <!...> declaration",
		`<?xml version="1.0" encoding="utf-16"?>` + small:   `m.xml:1:1: the XML can't be read: its encoding is "utf-16" (save it as UTF-8)`,
		inSchema("\x01"):                         "the XML is broken: illegal character code U+0001",
		inSchema("<ComplexType Name=\"\xff\"/>"): "the XML is broken: invalid UTF-8",
		"\ufeff<html/>":                          "m.xml:1:1: unknown root html",
		nested(59):                               "elements are more than 64 levels deep",
		`<x xmlns="http://docs.oasis-open.org/odata/ns/edm"/>`: "m.xml:1:1: unknown element x in the document (possible: Edmx)",
	} {
		refuse(t, source, want)
	}
	if _, err := csdl.Read("m.xml", []byte(nested(58))); err != nil {
		t.Errorf("64 levels are possible: %v", err)
	}
}

func refuse(t *testing.T, source, want string) {
	t.Helper()
	_, err := csdl.Read("m.xml", []byte(source))
	var problems edm.Problems
	if !errors.As(err, &problems) || !strings.Contains(err.Error(), want) {
		t.Errorf("%s\nfails with %v\nwant %s", source, err, want)
	}
}
