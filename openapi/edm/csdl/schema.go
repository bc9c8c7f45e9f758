package csdl

import (
	"math"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
)

// structured reads an EntityType or ComplexType.
func (r *reader) structured(namespace string, e element) {
	r.known(e, "Name", "BaseType", "Abstract", "OpenType", "HasStream")
	t := edm.TypeDeclaration{
		Name: r.qualified(namespace, e), Kind: edm.Complex, Base: e.attr("BaseType"), Place: e.place,
		Abstract: r.flag(e, "Abstract", false), Open: r.flag(e, "OpenType", false),
		HasStream: r.flag(e, "HasStream", false),
	}
	if e.name == "EntityType" {
		t.Kind = edm.Entity
	}
	r.children(func(e element) { r.typeChild(&t, e) })
	r.d.Types = append(r.d.Types, t)
}

func (r *reader) typeChild(t *edm.TypeDeclaration, e element) {
	switch e.name {
	case "Key":
		r.children(func(e element) {
			if e.name == "PropertyRef" {
				t.Key = append(t.Key, r.required(e, "Name"))
			}
			r.skip()
		})
	case "Property", "NavigationProperty":
		t.Properties = append(t.Properties, r.property(e))
	case "Annotation":
		r.annotation(&t.Facts, e)
	default:
		r.unknown(e, t.Name, "Key, Property, NavigationProperty, Annotation")
	}
}

func (r *reader) property(e element) edm.PropertyDeclaration {
	p := edm.PropertyDeclaration{
		Name: r.required(e, "Name"), Navigation: e.name == "NavigationProperty", Nullable: r.flag(e, "Nullable", true),
		Place: e.place,
	}
	p.Type, p.Collection = collectionOf(r.required(e, "Type"))
	if p.Navigation {
		r.known(e, "Name", "Type", "Nullable", "Partner", "ContainsTarget")
		p.Partner, p.Contained = e.attr("Partner"), r.flag(e, "ContainsTarget", false)
	} else {
		r.known(e, "Name", "Type", "Nullable", "DefaultValue", "MaxLength", "Precision", "Scale", "Unicode", "SRID")
		r.facets(&p, e)
	}
	r.children(func(e element) {
		switch e.name {
		case "Annotation":
			r.annotation(&p.Facts, e)
		case "ReferentialConstraint", "OnDelete":
			r.skip()
		default:
			r.unknown(e, p.Name, "Annotation, ReferentialConstraint, OnDelete")
		}
	})
	return p
}

func (r *reader) facets(p *edm.PropertyDeclaration, e element) {
	if e.has("DefaultValue") {
		value := e.attr("DefaultValue")
		p.Default = &value
	}
	if e.attr("MaxLength") != "max" {
		p.MaxLength = r.number(e, "MaxLength")
	}
	p.Precision, p.Scale = r.number(e, "Precision"), e.attr("Scale")
}

// number returns the value of an attribute, 0 if it is not there.
func (r *reader) number(e element, name string) int {
	value := e.attr(name)
	if value == "" {
		return 0
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		r.fail(e.place, "a whole number", "broken %s %q", name, value)
	}
	return n
}

func (r *reader) enum(namespace string, e element) {
	r.known(e, "Name", "UnderlyingType", "IsFlags")
	t := edm.TypeDeclaration{
		Name: r.qualified(namespace, e), Kind: edm.Enum, IsFlags: r.flag(e, "IsFlags", false), Place: e.place,
		Primitive: r.underlying(e),
	}
	r.children(func(e element) {
		switch e.name {
		case "Member":
			t.Members = append(t.Members, r.member(&t, e))
		case "Annotation":
			r.annotation(&t.Facts, e)
		default:
			r.unknown(e, t.Name, "Member, Annotation")
		}
	})
	r.d.Types = append(r.d.Types, t)
}

// member reads a Member. Without a value it has that of the one before plus one.
func (r *reader) member(t *edm.TypeDeclaration, e element) edm.Member {
	r.known(e, "Name", "Value")
	m := edm.Member{Name: r.required(e, "Name")}
	switch value, n := e.attr("Value"), len(t.Members); {
	case value != "":
		m.Value = r.memberValue(e, value)
	case n > 0 && t.Members[n-1].Value == math.MaxInt64:
		r.fail(e.place, "write its Value", "no number comes after that of the member before")
	case n > 0:
		m.Value = t.Members[n-1].Value + 1
	}
	r.skip()
	return m
}

func (r *reader) memberValue(e element, text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		r.fail(e.place, "a whole number", "broken Value %q", text)
	}
	return n
}

// underlying returns the type of an enumeration's values, or of a definition.
func (r *reader) underlying(e element) edm.PrimitiveKind {
	name := e.attr("UnderlyingType")
	if name == "" || name == "Edm.Int32" && e.name == "EnumType" {
		return edm.Untyped
	}
	for kind := edm.Binary; kind <= edm.TimeOfDay; kind++ {
		if name == "Edm."+kind.String() {
			return kind
		}
	}
	r.fail(e.place, "such as Edm.Int32", "unknown UnderlyingType %q", name)
	return edm.Untyped
}

func (r *reader) definition(namespace string, e element) {
	r.known(e, "Name", "UnderlyingType", "MaxLength", "Precision", "Scale", "Unicode", "SRID")
	r.required(e, "UnderlyingType")
	t := edm.TypeDeclaration{
		Name: r.qualified(namespace, e), Kind: edm.Primitive, Primitive: r.underlying(e), Place: e.place,
	}
	r.children(func(e element) {
		if e.name != "Annotation" {
			r.unknown(e, t.Name, "Annotation")
			return
		}
		r.annotation(&t.Facts, e)
	})
	r.d.Types = append(r.d.Types, t)
}

func (r *reader) operation(namespace string, e element) {
	r.known(e, "Name", "IsBound", "IsComposable", "EntitySetPath")
	o := edm.OperationDeclaration{
		Name: r.qualified(namespace, e), Action: e.name == "Action", Bound: r.flag(e, "IsBound", false),
		Composable: r.flag(e, "IsComposable", false), EntitySetPath: e.attr("EntitySetPath"), Place: e.place,
	}
	r.children(func(e element) {
		switch e.name {
		case "Parameter":
			o.Params = append(o.Params, r.parameter(e))
		case "ReturnType":
			o.Returns = r.returnType(e)
		case "Annotation":
			r.annotation(&o.Facts, e)
		default:
			r.unknown(e, o.Name, "Parameter, ReturnType, Annotation")
		}
	})
	r.d.Operations = append(r.d.Operations, o)
}

func (r *reader) parameter(e element) edm.ParameterDeclaration {
	r.known(e, "Name", "Type", "Nullable", "MaxLength", "Precision", "Scale", "Unicode", "SRID")
	p := edm.ParameterDeclaration{Name: r.required(e, "Name"), Nullable: r.flag(e, "Nullable", true), Place: e.place}
	p.Type, p.Collection = collectionOf(r.required(e, "Type"))
	var facts map[string]string
	r.children(func(e element) {
		if e.name != "Annotation" {
			r.unknown(e, p.Name, "Annotation")
			return
		}
		r.annotation(&facts, e)
	})
	_, p.Optional = facts["Core.OptionalParameter"]
	return p
}

func (r *reader) returnType(e element) *edm.ReturnDeclaration {
	r.known(e, "Type", "Nullable", "MaxLength", "Precision", "Scale", "Unicode", "SRID")
	d := edm.ReturnDeclaration{Nullable: r.flag(e, "Nullable", true), Place: e.place}
	d.Type, d.Collection = collectionOf(r.required(e, "Type"))
	r.skip()
	return &d
}

func (r *reader) container(namespace string, e element) {
	r.known(e, "Name", "Extends")
	if r.d.Container != nil {
		r.fail(e.place, "first at "+r.d.Container.Place.String(), "a second EntityContainer")
	}
	if e.has("Extends") {
		r.fail(e.place, "write what it extends into it", "an EntityContainer can't extend another")
	}
	c := edm.TypeDeclaration{Name: r.qualified(namespace, e), Kind: edm.Container, Place: e.place}
	r.d.Container = &c
	r.children(func(e element) { r.containerChild(&c, e) })
}

func (r *reader) containerChild(c *edm.TypeDeclaration, e element) {
	switch e.name {
	case "EntitySet":
		r.known(e, "Name", "EntityType", "IncludeInServiceDocument")
		c.Properties = append(c.Properties, r.set(c, e, "EntityType"))
	case "Singleton":
		r.known(e, "Name", "Type", "Nullable")
		c.Properties = append(c.Properties, r.set(c, e, "Type"))
	case "ActionImport", "FunctionImport":
		kind := strings.TrimSuffix(e.name, "Import")
		r.known(e, "Name", kind, "EntitySet", "IncludeInServiceDocument")
		r.d.Imports = append(r.d.Imports, edm.ImportDeclaration{
			Name: r.required(e, "Name"), Operation: r.required(e, kind),
			EntitySet: within(c, e.attr("EntitySet")), Place: e.place,
		})
		r.skip()
	case "Annotation":
		r.annotation(&c.Facts, e)
	default:
		r.unknown(e, c.Name, "EntitySet, Singleton, ActionImport, FunctionImport, Annotation")
	}
}

// set reads an EntitySet or Singleton.
func (r *reader) set(c *edm.TypeDeclaration, e element, typed string) edm.PropertyDeclaration {
	p := edm.PropertyDeclaration{
		Name: r.required(e, "Name"), Type: r.required(e, typed), Navigation: true, Collection: e.name == "EntitySet",
		Place: e.place,
	}
	r.children(func(e element) {
		switch e.name {
		case "NavigationPropertyBinding":
			p.Bindings = append(p.Bindings, edm.Binding{Path: r.required(e, "Path"),
				Target: within(c, r.required(e, "Target"))})
			r.skip()
		case "Annotation":
			r.annotation(&p.Facts, e)
		default:
			r.unknown(e, p.Name, "NavigationPropertyBinding, Annotation")
		}
	})
	return p
}

// within returns the path to a set from the container.
func within(c *edm.TypeDeclaration, path string) string {
	return strings.TrimPrefix(path, c.Name+"/")
}
