package openapi

import (
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/schema"
)

// bodyTypes are the types of a model as JSON Schema 2020-12, for each side of an
// exchange. A type is written when a body first has a value of it, and shared by all
// operations. What the wire shows beside the metadata is told by the rows of graph.yaml
// that begin with "type-".
type bodyTypes struct {
	model             *edm.Model
	request, response *schema.Definitions
}

func newBodyTypes(m *edm.Model) *bodyTypes {
	b := &bodyTypes{model: m}
	b.request = schema.NewDefinitions(b.definer(RequestSide), schema.Options{Side: schema.Request, OData: true})
	b.response = schema.NewDefinitions(b.definer(ResponseSide), schema.Options{Side: schema.Response, OData: true})
	return b
}

func (b *bodyTypes) definer(side Side) func(name string) map[string]any {
	s := typeSchema{b.model, side}
	return func(name string) map[string]any {
		name, create := strings.CutSuffix(name, created)
		t := b.model.Type(name)
		switch {
		case t == nil:
			return nil
		case create:
			return s.newEntity(t)
		case t.Kind == edm.Enum:
			return s.enum(t)
		}
		return s.object(t)
	}
}

// created ends the name of the definition of an entity that a request creates: it has
// the properties that it can't do without.
const created = "+created"

// definition returns a reference to the definition of a type.
func definition(name string) map[string]any { return map[string]any{"$ref": "#/$defs/" + name} }

// A typeSchema writes types of a model for one side.
type typeSchema struct {
	model *edm.Model
	side  Side
}

func typeNode(t *edm.Type, kind string) map[string]any {
	return map[string]any{
		"type": []string{kind}, "x-graphmock-type": t.Name,
		"x-graphmock-evidence": string(Documented), "x-graphmock-source": "Graph's metadata",
	}
}

// object is the schema of an entity or a complex value.
func (s *typeSchema) object(t *edm.Type) map[string]any {
	out := typeNode(t, "object")
	if t.Name == rootEntity || t.IsDictionary() {
		return out
	}
	if t.Open && t.Kind == edm.Entity {
		out["x-graphmock-closed"] = map[string]any{
			"x-graphmock-evidence": string(Assumed), "x-graphmock-source": "open in Graph's metadata, for extensions",
		}
	}
	derived := s.model.Derived(t)
	properties := s.properties(t, derived)
	properties[typeName] = s.typeName(t, derived)
	out["properties"] = properties
	if len(derived) > 0 {
		out["discriminator"] = discriminator(t, derived, "")
	}
	patterns := map[string]any{"^#|@": true}
	if s.side == RequestSide {
		patterns = requestPatterns(t)
	}
	out["patternProperties"] = patterns
	if !t.Open || s.side == RequestSide && t.Kind == edm.Entity {
		out["additionalProperties"] = false
	}
	return out
}

// newEntity is the schema of an entity that a request creates.
func (s *typeSchema) newEntity(t *edm.Type) map[string]any {
	out := typeNode(t, "object")
	out["$ref"] = definition(t.Name)["$ref"]
	if derived := s.model.Derived(t); len(derived) > 0 && t.Name != rootEntity {
		out["discriminator"] = discriminator(t, derived, created)
	}
	var names []string
	if t.Abstract && t.Name != rootEntity && !t.IsDictionary() {
		names = append(names, typeName)
	}
	for _, p := range t.Properties() {
		if p.Required {
			names = append(names, p.Name)
		}
	}
	if len(names) > 0 {
		out["required"] = names
	}
	return out
}

// requestPatterns are the members that a request may have besides the properties of a
// type: control information and annotations. Of types that are open they are the
// extensions, too, which apps register: the metadata leaves them out.
func requestPatterns(t *edm.Type) map[string]any {
	patterns := map[string]any{"^[#@]|@(?:odata\\.[^b]|o[^d]|[^o])": true} // a bind is of a navigation property
	if t.Open && t.Kind == edm.Entity {
		patterns[edm.DirectoryExtension] = true
		patterns[edm.SchemaExtension] = map[string]any{"type": []string{"object", "null"}}
	}
	return patterns
}

// properties are the schemas of a type's properties, by name. Responses may leave out
// which type a value has, so that they have those of derived types, too.
func (s *typeSchema) properties(t *edm.Type, derived []*edm.Type) map[string]any {
	if s.side == RequestSide || t.Open {
		derived = nil
	}
	found := map[string][]any{}
	seen := map[*edm.Property]bool{}
	for _, each := range append([]*edm.Type{t}, derived...) {
		for _, p := range each.Properties() {
			if seen[p] {
				continue
			}
			seen[p] = true
			value := s.property(p)
			if !slices.ContainsFunc(found[p.Name], func(have any) bool { return reflect.DeepEqual(have, value) }) {
				found[p.Name] = append(found[p.Name], value)
			}
			if s.side == RequestSide && p.Navigation {
				found[p.Name+"@odata.bind"] = []any{bindSchema(p)}
			}
		}
	}
	properties := map[string]any{}
	for name, list := range found {
		properties[name] = list[0]
		if len(list) > 1 {
			properties[name] = map[string]any{"anyOf": list}
		}
	}
	return properties
}

// bindSchema is the schema of links to entities, by their URLs.
func bindSchema(p *edm.Property) map[string]any {
	text := map[string]any{"type": []string{"string"}}
	if !p.Collection {
		return orNull(text)
	}
	return map[string]any{"type": []string{"array"}, "items": text}
}

const typeName = "@odata.type"

// typeName is how a value says of which type it is. A request can't name a type that
// the metadata does not have there; responses can, as services have types of their own.
func (s *typeSchema) typeName(t *edm.Type, derived []*edm.Type) map[string]any {
	name := map[string]any{"type": []string{"string"}}
	if s.side == ResponseSide {
		return name
	}
	var names []any
	for _, each := range append([]*edm.Type{t}, derived...) {
		if !each.Abstract || len(derived) == 0 {
			names = append(names, "#"+each.Name)
		}
	}
	for _, own := range outlookNames(t) {
		names = append(names, own)
	}
	name["enum"], name["x-graphmock-enum"] = names, "type-names"
	return name
}

// discriminator tells the definitions of a type and its derived types apart.
func discriminator(t *edm.Type, derived []*edm.Type, suffix string) map[string]any {
	mapping := map[string]any{}
	for _, each := range append([]*edm.Type{t}, derived...) {
		for _, text := range typeNames(each) {
			mapping[text] = definition(each.Name + suffix)["$ref"]
		}
	}
	return map[string]any{"propertyName": typeName, "mapping": mapping}
}

// typeNames are the names that a value may say it has the type by.
func typeNames(t *edm.Type) []string {
	names := []string{"#" + t.Name, t.Name}
	for _, name := range outlookNames(t) {
		names = append(names, name, strings.TrimPrefix(name, "#"))
	}
	return names
}

// outlookNames are Outlook's own names of attachments and extensions.
func outlookNames(t *edm.Type) []string {
	for base := t.Base; base != nil; base = base.Base {
		if base.Name == "microsoft.graph.attachment" || base.Name == "microsoft.graph.extension" {
			short := t.ShortName()
			return []string{"#Microsoft.OutlookServices." + strings.ToUpper(short[:1]) + short[1:]}
		}
	}
	return nil
}

// property is the schema of a property's value. The entities that it leads to may come
// with it: in a request they are created or linked, in a response they are expanded.
func (s *typeSchema) property(p *edm.Property) map[string]any {
	value := s.value(p.TypeName())
	if p.MaxLength > 0 && s.side == RequestSide && p.TypeName() == "Edm.String" {
		value["maxLength"] = p.MaxLength
	}
	if p.Nullable {
		value = orNull(value)
	}
	if p.Collection {
		value = map[string]any{"type": []string{"array"}, "items": value}
	}
	if p.ReadOnly {
		value["x-readOnly"], value["x-graphmock-set-by"] = true, "server"
	}
	if p.Navigation {
		value["x-graphmock-navigation"] = true
	}
	return value
}

// value is the schema of a value that is not null. The type is not read for it.
func (s *typeSchema) value(name string) map[string]any {
	switch {
	case name == anyJSON:
		return map[string]any{}
	case strings.HasPrefix(name, "Edm."):
		return primitiveNode(s.model.Type(name).Primitive)
	}
	return definition(name)
}

// anyJSON is the type of which a value may be any JSON.
const anyJSON = "microsoft.graph.Json"

// enum is the schema of an enumeration. Services get members that the metadata does
// not have yet, so that a response may have any.
func (s *typeSchema) enum(t *edm.Type) map[string]any {
	out := typeNode(t, "string")
	if s.side == ResponseSide {
		return out
	}
	members := make([]any, len(t.Members))
	for i, each := range t.Members {
		members[i] = each.Name
	}
	out["enum"], out["x-graphmock-enum"] = members, "ignore-case"
	if t.IsFlags {
		out["x-graphmock-enum"] = "flags"
	}
	return out
}

// primitiveNode is the schema of a primitive value (OData JSON Format 4.01 §7.1). Large
// numbers may be text on both sides: a client can ask for IEEE754Compatible=true.
func primitiveNode(kind edm.PrimitiveKind) map[string]any {
	typed := func(format string, names ...string) map[string]any {
		out := map[string]any{"type": names}
		if format != "" {
			out["format"] = format
		}
		return out
	}
	whole := func(bits int, signed bool) map[string]any {
		out := typed("int32", "integer")
		out["minimum"], out["maximum"] = 0, 1<<bits-1
		if signed {
			out["minimum"], out["maximum"] = -1<<(bits-1), 1<<(bits-1)-1
		}
		return out
	}
	switch kind {
	case edm.Boolean:
		return typed("", "boolean")
	case edm.Byte:
		return whole(8, false)
	case edm.SByte:
		return whole(8, true)
	case edm.Int16:
		return whole(16, true)
	case edm.Int32:
		return typed("int32", "integer")
	case edm.Int64:
		return typed("int64-or-text", "integer", "string")
	case edm.Decimal:
		return typed("decimal", "number", "string")
	case edm.Single, edm.Double:
		return typed("double", "number", "string")
	case edm.Guid:
		return typed("uuid", "string")
	case edm.Date:
		return typed("date", "string")
	case edm.DateTimeOffset:
		return typed("date-time", "string")
	case edm.TimeOfDay:
		return typed("time-of-day", "string")
	case edm.Duration:
		return typed("time-span", "string")
	case edm.Binary:
		return typed("base64url", "string")
	case edm.String, edm.Stream:
		return typed("", "string")
	}
	return map[string]any{}
}

// entity returns the schema of a request with an entity or a complex value.
func (b *bodyTypes) entity(t *edm.Type) *schema.Schema { return b.request.Schema(definition(t.Name)) }

// newEntity returns the schema of a request that creates an entity.
func (b *bodyTypes) newEntity(t *edm.Type) *schema.Schema {
	return b.request.Schema(map[string]any{"$ref": "#/$defs/" + t.Name + created})
}

// result returns the schema of a response with a value: an entity or a complex value as
// it is, anything else in an object.
func (b *bodyTypes) result(t *edm.Type) *schema.Schema {
	if t.Kind != edm.Primitive && t.Kind != edm.Enum && t.Name != anyJSON {
		alone := annotated(map[string]any{"value": definition(t.Name)}, "value") // type-in-value
		alone["x-graphmock-unusual"] = true
		return b.response.Schema(map[string]any{"anyOf": []any{definition(t.Name), alone}})
	}
	s := typeSchema{b.model, ResponseSide}
	return b.response.Schema(annotated(map[string]any{"value": orNull(s.value(t.Name))}, "value"))
}

// shown returns the schema of an entity as responses have it.
func (b *bodyTypes) shown(t *edm.Type) *schema.Schema {
	return b.response.Schema(map[string]any{"allOf": []any{definition(t.Name)}})
}

// list returns the schema of a response with a page of entities or values.
func (b *bodyTypes) list(t *edm.Type) *schema.Schema {
	s := typeSchema{b.model, ResponseSide}
	return b.response.Schema(page(orNull(s.value(t.Name))))
}

func page(element map[string]any) map[string]any {
	text := map[string]any{"type": []string{"string"}}
	return annotated(map[string]any{
		"value":            map[string]any{"type": []string{"array"}, "items": element},
		nextLink:           text,
		"@odata.context":   text,
		"@odata.count":     map[string]any{"type": []string{"integer"}},
		"@odata.deltaLink": text,
	}, "value")
}

// annotated is the schema of an object with annotations and no other properties but
// these.
func annotated(properties map[string]any, required ...string) map[string]any {
	out := map[string]any{
		"type": []string{"object"}, "properties": properties,
		"patternProperties": map[string]any{"^#|@": true}, "additionalProperties": false,
	}
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}

// parameters returns the schema of the parameters of an action, whose names begin with a
// small letter, as the documentation writes them. Clients may write the name with a capital,
// as the metadata has some: that is another spelling, and no other parameter.
func (b *bodyTypes) parameters(overloads []*edm.Operation) *schema.Schema {
	s := typeSchema{b.model, RequestSide}
	properties, spellings := map[string]any{}, map[string]any{"^#|@": true}
	for _, o := range overloads {
		for _, p := range o.Params {
			if o.Bound && p.Name == o.Params[0].Name {
				continue
			}
			value := s.value(p.TypeName())
			if p.Nullable || p.Collection {
				value = orNull(value)
			}
			if p.Collection {
				value = orNull(map[string]any{"type": []string{"array"}, "items": value})
			}
			first, length := utf8.DecodeRuneInString(p.Name)
			rest := p.Name[length:]
			properties[string(unicode.ToLower(first))+rest] = value
			spellings["^"+string(unicode.ToUpper(first))+rest+"$"] = value
		}
	}
	all := annotated(properties)
	all["patternProperties"] = spellings
	return b.request.Schema(all)
}

// odataID is the member that says which entity a link leads to.
const odataID = "@odata.id"

// link returns the schema of a request with a link to an entity.
func (b *bodyTypes) link() *schema.Schema { return b.request.Schema(linkNode()) }

// links returns the schema of a response with a link, or with a page of them.
func (b *bodyTypes) links(collection bool) *schema.Schema {
	if !collection {
		return b.response.Schema(linkNode())
	}
	return b.response.Schema(page(linkNode()))
}

func linkNode() map[string]any {
	return annotated(map[string]any{odataID: map[string]any{"type": []string{"string"}}}, odataID)
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
