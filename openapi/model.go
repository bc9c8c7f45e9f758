package openapi

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/graphmock/graphmock/openapi/edm"
)

// Model returns the types that the document's component schemas imply. A component
// is a type if its name has a namespace and ends in its title, such as
// microsoft.graph.user, titled user; variants of a type and pages of it are not.
// There is no container and no operation, for a document tells these by its paths.
func (c *Contract) Model() (*edm.Model, error) { return c.model() }

// modelLater returns a function that makes the model when it is first called.
func modelLater(components *openapi3.Components) func() (*edm.Model, error) {
	var schemas openapi3.Schemas
	if components != nil {
		schemas = components.Schemas
	}
	return sync.OnceValues(func() (*edm.Model, error) { return impliedModel(schemas) })
}

// impliedModel reads the types out of component schemas.
func impliedModel(schemas openapi3.Schemas) (*edm.Model, error) {
	r := typeReader{schemas: schemas, parts: map[string]typeParts{}}
	names := slices.Sorted(maps.Keys(schemas))
	for _, name := range names {
		if parts, ok := partsOf(name, schemas[name]); ok {
			r.parts[name] = parts
		}
	}
	d := edm.Declarations{Aliases: map[string]string{"graph": "microsoft.graph"}}
	for _, name := range names {
		if parts, ok := r.parts[name]; ok {
			d.Types = append(d.Types, r.declare(name, parts))
		}
	}
	return edm.Build(d)
}

// typeReader reads types out of component schemas.
type typeReader struct {
	schemas openapi3.Schemas
	parts   map[string]typeParts // of the types, by name
}

// typeParts is what a schema says of a type: by itself, or in the parts of its
// allOf.
type typeParts struct {
	bases      []string // components that it refers to
	properties openapi3.Schemas
	members    []any // of an enumeration
	open       bool
}

// partsOf returns what a component says of a type, if it is one.
func partsOf(name string, ref *openapi3.SchemaRef) (typeParts, bool) {
	parts := typeParts{properties: openapi3.Schemas{}}
	if ref == nil || ref.Value == nil || !strings.Contains(name, ".") {
		return parts, false
	}
	title, typed := "", false
	for _, part := range append(openapi3.SchemaRefs{{Value: ref.Value}}, ref.Value.AllOf...) {
		if part.Ref != "" {
			parts.bases = append(parts.bases, componentName(part.Ref))
			continue
		}
		if title == "" {
			title = part.Value.Title
		}
		typed = typed || part.Value.Type != nil
		parts.add(part.Value)
	}
	return parts, typed && strings.HasSuffix(name, "."+title)
}

func (p *typeParts) add(s *openapi3.Schema) {
	maps.Copy(p.properties, s.Properties)
	p.members = append(p.members, slices.DeleteFunc(slices.Clone(s.Enum), func(v any) bool { return v == nil })...)
	p.open = p.open || s.AdditionalProperties.Has != nil && *s.AdditionalProperties.Has
}

// componentName returns the name of the component that a $ref leads to.
func componentName(ref string) string { return strings.TrimPrefix(ref, "#/components/schemas/") }

func (r *typeReader) declare(name string, parts typeParts) edm.TypeDeclaration {
	d := edm.TypeDeclaration{Name: name, Kind: r.kind(name), Open: parts.open}
	if d.Kind == edm.Enum {
		for i, member := range parts.members {
			d.Members = append(d.Members, edm.Member{Name: fmt.Sprint(member), Value: int64(i)})
		}
		return d
	}
	d.Base = r.base(parts)
	for _, property := range slices.Sorted(maps.Keys(parts.properties)) {
		if !strings.Contains(property, "@") {
			d.Properties = append(d.Properties, r.property(property, parts.properties[property]))
		}
	}
	if d.Kind == edm.Entity && parts.properties[entityKey] != nil {
		d.Key = []string{entityKey}
	}
	return d
}

// entityKey is the key of Graph's entities.
const entityKey = "id"

// base returns the type that a type derives from, "" if there is none.
func (r *typeReader) base(parts typeParts) string {
	for _, name := range parts.bases {
		if _, ok := r.parts[name]; ok {
			return name
		}
	}
	return ""
}

// rootEntity is the type that most entities derive from, where a document has it.
const rootEntity = "microsoft.graph.entity"

// kind returns whether a type is an enumeration, or has a key: if it derives from
// Graph's entity, or has an id in a document without that.
func (r *typeReader) kind(name string) edm.Kind {
	parts := r.parts[name]
	if len(parts.members) > 0 {
		return edm.Enum
	}
	_, rooted := r.parts[rootEntity]
	for range maxBases {
		if name == rootEntity || !rooted && parts.properties[entityKey] != nil {
			return edm.Entity
		}
		if name = r.base(parts); name == "" {
			break
		}
		parts = r.parts[name]
	}
	return edm.Complex
}

// maxBases bounds how far a broken document is followed.
const maxBases = 64

func (r *typeReader) property(name string, ref *openapi3.SchemaRef) edm.PropertyDeclaration {
	v := r.value(ref, 0)
	d := edm.PropertyDeclaration{Name: name, Type: v.typeName, Collection: v.collection, Nullable: v.nullable}
	_, declared := r.parts[v.typeName]
	d.Navigation = declared && r.kind(v.typeName) == edm.Entity
	return d
}

// impliedValue is what a schema says of a value.
type impliedValue struct {
	typeName   string
	collection bool
	nullable   bool
}

const untyped = "Edm.Untyped"

// value reads the type of a value. A variant of a type is that type, named by
// x-graphmock-type or the first of its parts.
func (r *typeReader) value(ref *openapi3.SchemaRef, depth int) impliedValue {
	if ref == nil || ref.Value == nil || depth > maxBases {
		return impliedValue{typeName: untyped, nullable: true}
	}
	if name := componentName(ref.Ref); r.isType(name) {
		return impliedValue{typeName: name}
	}
	s := ref.Value
	if name, _ := s.Extensions["x-graphmock-type"].(string); r.isType(name) {
		return impliedValue{typeName: name}
	}
	if s.Items != nil {
		v := r.value(s.Items, depth+1)
		v.collection = true
		return v
	}
	parts := slices.Concat(s.AllOf, s.AnyOf, s.OneOf)
	v := impliedValue{typeName: primitiveName(s), nullable: s.Nullable || s.Type.IncludesNull() ||
		s.Type == nil && len(parts) == 0}
	for _, part := range parts {
		of := r.value(part, depth+1)
		if v.typeName == untyped {
			v.typeName, v.collection = of.typeName, of.collection
		}
		v.nullable = v.nullable || of.nullable && (len(s.AllOf) == 0 || len(parts) == 1 && s.Type == nil)
	}
	return v
}

func (r *typeReader) isType(name string) bool {
	_, ok := r.parts[name]
	return ok
}

// primitiveName returns the primitive type of a schema by its type and format.
func primitiveName(s *openapi3.Schema) string {
	for _, t := range s.Type.Slice() {
		switch t {
		case "boolean":
			return "Edm.Boolean"
		case "string":
			return byFormat(s.Format, "String", textFormats)
		case "integer":
			return byFormat(s.Format, "Int64", numberFormats)
		case "number":
			return byFormat(s.Format, "Double", numberFormats)
		}
	}
	return untyped
}

func byFormat(format, normal string, formats func(string) string) string {
	if name := formats(format); name != "" {
		return "Edm." + name
	}
	return "Edm." + normal
}

func textFormats(format string) string {
	switch format {
	case "date-time":
		return "DateTimeOffset"
	case "date":
		return "Date"
	case "time":
		return "TimeOfDay"
	case "duration":
		return "Duration"
	case "uuid":
		return "Guid"
	case "byte", "binary", "base64url":
		return "Binary"
	}
	return ""
}

func numberFormats(format string) string {
	switch format {
	case "int8":
		return "SByte"
	case "uint8":
		return "Byte"
	case "int16":
		return "Int16"
	case "int32":
		return "Int32"
	case "int64":
		return "Int64"
	case "float":
		return "Single"
	case "double":
		return "Double"
	case "decimal":
		return "Decimal"
	}
	return ""
}
