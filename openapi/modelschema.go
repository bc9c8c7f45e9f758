package openapi

import (
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
)

// A modelSchema writes types of a model as JSON Schema 2020-12, in the form that
// package schema reads. Each complex type that is met becomes a definition.
type modelSchema struct {
	side  Side
	defs  map[string]any
	depth int // of objects in each other
}

// schemaOfType is the JSON Schema of a value of a type, as one side sends it.
func schemaOfType(t *edm.Type, side Side) map[string]any {
	m := modelSchema{side: side, defs: map[string]any{}}
	m.defs[t.Name] = m.object(t)
	root := reference(t)
	root["$defs"] = m.defs
	return root
}

// schemaOfValue is that of a value by itself: it stands in an object.
func schemaOfValue(t *edm.Type) map[string]any {
	m := modelSchema{side: ResponseSide, defs: map[string]any{}}
	value := orNull(m.value(t))
	return map[string]any{
		"type": []string{"object"}, "required": []string{"value"}, "$defs": m.defs,
		"properties": map[string]any{"value": value}, "patternProperties": map[string]any{"@": true},
	}
}

// schemaOfParameters is that of the parameters of an action. Clients write their names
// as documents do, whatever the case in the metadata.
func schemaOfParameters(overloads []*edm.Operation) map[string]any {
	m := modelSchema{side: RequestSide, defs: map[string]any{}}
	properties := map[string]any{}
	for _, o := range overloads {
		params := o.Params
		if o.Bound {
			params = params[1:]
		}
		for _, p := range params {
			value := m.value(p.Type())
			if p.Nullable {
				value = orNull(value)
			}
			if p.Collection {
				value = orNull(map[string]any{"type": []string{"array"}, "items": value})
			}
			properties[p.Name] = value
			properties[strings.ToLower(p.Name[:1])+p.Name[1:]] = value
			properties[strings.ToUpper(p.Name[:1])+p.Name[1:]] = value
		}
	}
	return map[string]any{
		"type": []string{"object"}, "properties": properties, "$defs": m.defs,
		"patternProperties": map[string]any{"@": true}, "additionalProperties": false,
	}
}

// schemaOfLink is that of a reference to an entity.
func schemaOfLink() map[string]any {
	return map[string]any{
		"type": []string{"object"}, "required": []string{odataID},
		"properties":        map[string]any{odataID: map[string]any{"type": []string{"string"}}},
		"patternProperties": map[string]any{"@": true}, "additionalProperties": false,
	}
}

// schemaOfLinks is that of a reference, or of a list of them, in a response.
func schemaOfLinks(collection bool) map[string]any {
	if !collection {
		return schemaOfLink()
	}
	return map[string]any{
		"type": []string{"object"}, "required": []string{"value"},
		"properties": map[string]any{"value": map[string]any{
			"type": []string{"array"}, "items": schemaOfLink(),
		}},
		"patternProperties": map[string]any{"@": true},
	}
}

// odataID is the member that says which entity a reference leads to.
const odataID = "@odata.id"

// schemaOfList is that of a page of entities or values.
func schemaOfList(t *edm.Type) map[string]any {
	m := modelSchema{side: ResponseSide, defs: map[string]any{}}
	item := m.value(t)
	return map[string]any{
		"type": []string{"object"}, "required": []string{"value"}, "$defs": m.defs,
		"properties": map[string]any{
			"value":                            map[string]any{"type": []string{"array"}, "items": item},
			nextLink:                           map[string]any{"type": []string{"string"}},
			"@odata.count":                     map[string]any{"type": []string{"integer"}},
			"@odata.context":                   map[string]any{"type": []string{"string"}},
			"@odata.deltaLink":                 map[string]any{"type": []string{"string"}},
			"@microsoft.graph.tips":            map[string]any{"type": []string{"string"}},
			"@microsoft.graph.downloadUrl":     map[string]any{"type": []string{"string"}},
			"@odata.totalCount":                map[string]any{},
			"@search.approximateResultsByType": map[string]any{},
		},
		"patternProperties": map[string]any{"@": true},
	}
}

func reference(t *edm.Type) map[string]any { return map[string]any{"$ref": "#/$defs/" + t.Name} }

// object is the schema of an entity or a complex value. What requests can't have,
// responses may: an entity can be of a derived type there.
func (m *modelSchema) object(t *edm.Type) map[string]any {
	m.depth++
	properties := map[string]any{}
	for _, p := range t.Properties() {
		properties[p.Name] = m.property(p)
	}
	m.depth--
	out := map[string]any{"type": []string{"object"}, "properties": properties}
	if m.side == RequestSide && !t.Open {
		out["patternProperties"] = map[string]any{"@": true}
		out["additionalProperties"] = false
	}
	return out
}

func (m *modelSchema) property(p *edm.Property) map[string]any {
	one := m.single(p)
	if p.Nullable {
		one = orNull(one)
	}
	if p.Collection {
		return map[string]any{"type": []string{"array"}, "items": one}
	}
	return one
}

// single is the schema of one value of a property. What an entity contains may come
// with it, but not what that contains in its turn.
func (m *modelSchema) single(p *edm.Property) map[string]any {
	if p.Navigation && (!p.Contained || m.depth > 1) {
		return map[string]any{"type": []string{"object"}}
	}
	return m.value(p.Type())
}

// value is the schema of a value that is not null.
func (m *modelSchema) value(t *edm.Type) map[string]any {
	switch {
	case t == nil:
		return map[string]any{}
	case t.Kind == edm.Enum:
		return m.enum(t)
	case t.Kind == edm.Primitive:
		return primitiveSchema(t.Primitive)
	}
	if t.Name == "microsoft.graph.Json" {
		return map[string]any{}
	}
	if m.defs[t.Name] == nil {
		m.defs[t.Name] = true // taken; the real one replaces it below
		m.defs[t.Name] = m.object(t)
	}
	return reference(t)
}

// enum is the schema of an enumeration. Its members are not all that a response may
// have: Graph adds some, and old models do not know them.
func (m *modelSchema) enum(t *edm.Type) map[string]any {
	out := map[string]any{"type": []string{"string"}}
	if m.side == ResponseSide || t.IsFlags {
		return out
	}
	members := make([]any, len(t.Members))
	for i, each := range t.Members {
		members[i] = each.Name
	}
	out["enum"] = members
	return out
}

func primitiveSchema(kind edm.PrimitiveKind) map[string]any {
	typed := func(name, format string) map[string]any {
		out := map[string]any{"type": []string{name}}
		if format != "" {
			out["format"] = format
		}
		return out
	}
	switch kind {
	case edm.Boolean:
		return typed("boolean", "")
	case edm.Byte, edm.Int16, edm.Int32:
		return typed("integer", "int32")
	case edm.Int64:
		return typed("integer", "int64")
	case edm.Single, edm.Double, edm.Decimal:
		return typed("number", "")
	case edm.Guid:
		return typed("string", "uuid")
	case edm.Date:
		return typed("string", "date")
	case edm.DateTimeOffset:
		return typed("string", "date-time")
	case edm.String, edm.TimeOfDay, edm.Duration, edm.Binary, edm.Stream:
		return typed("string", "")
	}
	return map[string]any{}
}

// orNull lets a schema take null, too.
func orNull(s map[string]any) map[string]any {
	if types, ok := s["type"].([]string); ok {
		s["type"] = append(types[:len(types):len(types)], "null")
		if members, ok := s["enum"].([]any); ok {
			s["enum"] = append(members[:len(members):len(members)], nil)
		}
		return s
	}
	if len(s) == 0 {
		return s
	}
	return map[string]any{"anyOf": []any{s, map[string]any{"type": []string{"null"}}}}
}
