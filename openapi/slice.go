package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
)

// A slice is a part of the contract as an OpenAPI 3.0 document, for tools that read such.
// Goals: linters and validators have nothing to say; a message that the contract takes is
// one that the document takes. Non-goals: the other way around (OpenAPI 3.0 has no word for
// annotations of any name, types that a value names itself and several members of an
// enumeration in one text: there the document takes more); all of Graph in one document.

// maxSlice bounds the operations of a slice.
const maxSlice = 500

// Slice writes the operations that fit patterns as an OpenAPI 3.0 document, in JSON. A
// pattern is one as Find takes it, a path alone, for all of its methods, either with * for
// any text, or a path that ends in /... for what is at it and below: the operations that
// Graph's documentation knows there.
//
// The types of bodies are components. Of the entities that these have behind navigation
// properties, in their turn, anything is taken.
func (c *Contract) Slice(patterns ...string) ([]byte, error) {
	var all []*Operation
	seen := map[*Operation]bool{}
	for _, pattern := range patterns {
		found, err := c.fitting(pattern)
		if err != nil {
			return nil, err
		}
		for _, op := range found {
			if !seen[op] {
				all = append(all, op)
			}
			seen[op] = true
		}
		if len(all) > maxSlice {
			return nil, fmt.Errorf("%q: more than %d operations fit, too many for one document: name fewer", pattern, maxSlice)
		}
	}
	s := slicer{components: map[string]map[string]any{}, whole: map[string]bool{}, ids: map[string]bool{},
		followed: map[string]bool{}}
	return s.document(c, all)
}

// fitting returns the operations that a pattern means.
func (c *Contract) fitting(pattern string) ([]*Operation, error) {
	method, path := cutPattern(pattern)
	below, isBelow := strings.CutSuffix(path, "/...")
	if !isBelow && !strings.Contains(path, "*") {
		return c.FindAll(pattern)
	}
	var all []*Operation
	add := func(op *Operation) {
		fits := MatchesName(path, op.Path)
		if isBelow {
			shape := pathShape(below)
			fits = shape == "/" || op.shape == shape || strings.HasPrefix(op.shape, shape+"/")
		}
		if fits && (method == "" || MatchesName(method, op.Method)) {
			all = append(all, op)
		}
	}
	for op := range c.Operations() {
		add(op)
	}
	fixed := strings.ToLower(strings.TrimSuffix(path[:strings.IndexAny(path+"*", "*{")], "..."))
	for action := range graph.DocumentedActions() {
		if len(all) > maxSlice {
			break
		}
		if _, template := cutPattern(action); !strings.HasPrefix(strings.ToLower(template)+"/", fixed) {
			continue
		}
		if op, err := c.Find(action); err == nil && op.derived {
			add(op)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%q fits no operation that Graph's documentation knows; a pattern is \"GET /me/messages\", "+
			"a path alone, or one with * or with /... at its end", pattern)
	}
	return all, nil
}

// A slicer writes a slice.
type slicer struct {
	components map[string]map[string]any // by section and name
	whole      map[string]bool           // entities with all that they lead to, by the names of their components
	ids        map[string]bool
	source     any             // the contract's own document, nil if none of its operations is asked for
	followed   map[string]bool // references that it has
}

const schemasSection = "schemas"

// component adds a component, which make returns, unless it is there.
func (s *slicer) component(section, name string, make func() any) {
	if s.components[section] == nil {
		s.components[section] = map[string]any{}
	}
	if _, there := s.components[section][name]; there {
		return
	}
	s.components[section][name] = nil // taken; it may lead to itself
	s.components[section][name] = make()
}

func (s *slicer) document(c *Contract, all []*Operation) ([]byte, error) {
	if err := s.addDocumented(c, all); err != nil {
		return nil, err
	}
	paths, tags := map[string]map[string]any{}, map[string]bool{}
	for _, op := range all {
		s.findWhole(op)
		s.documented(op) // whose components go first
	}
	servers := map[string]bool{}
	for _, op := range all {
		if paths[op.Path] == nil {
			paths[op.Path] = map[string]any{}
		}
		item := s.documented(op)
		if item == nil {
			item = s.operation(op)
		} else if shared := at(s.source, "paths", op.Path, "parameters"); shared != nil {
			s.follow(shared)
			paths[op.Path]["parameters"] = shared
		}
		if op.version != nil && op.version.base != "" {
			servers[op.version.base] = true
		} else {
			servers["/v1.0"] = true
		}
		for _, tag := range item["tags"].([]any) {
			tags[tag.(string)] = true
		}
		paths[op.Path][strings.ToLower(op.Method)] = item
	}
	s.component("securitySchemes", "azureaadv2", func() any { return map[string]any{"type": "http", "scheme": "bearer"} })
	var roots, tagList []any
	for base := range servers {
		roots = append(roots, map[string]any{"url": "https://" + graph.Hosts()[0] + base})
	}
	slices.SortFunc(roots, func(a, b any) int {
		return strings.Compare(b.(map[string]any)["url"].(string), a.(map[string]any)["url"].(string))
	})
	for _, tag := range slices.Sorted(maps.Keys(tags)) {
		tagList = append(tagList, map[string]any{"name": tag, "description": "Paths below /" + tag + "."})
	}
	components := map[string]any{}
	for section, named := range s.components {
		components[section] = named
	}
	written := map[string]any{}
	for path, item := range paths {
		written[path] = item
	}
	text := jsontext.Append(nil, jsontext.Object{
		{Name: "openapi", Value: "3.0.3"},
		{Name: "info", Value: jsontext.Object{
			{Name: "title", Value: "A slice of " + c.title}, {Name: "version", Value: c.version},
			{Name: "description", Value: fmt.Sprintf("%d operations of Microsoft Graph, by graphmock.", len(all))},
			{Name: "contact", Value: map[string]any{"name": "graphmock"}},
		}},
		{Name: "servers", Value: roots},
		{Name: "security", Value: []any{map[string]any{"azureaadv2": []any{}}}},
		{Name: "tags", Value: tagList},
		{Name: "paths", Value: ordered(written)},
		{Name: "components", Value: ordered(components)},
		{Name: "x-graphmock-odata", Value: true},
	})
	var b bytes.Buffer
	err := json.Indent(&b, text, "", " ")
	b.WriteByte('\n')
	return b.Bytes(), err
}

// ordered returns a value with the members of its objects in the order of their names.
func ordered(v any) any {
	switch v := v.(type) {
	case map[string]any:
		o := make(jsontext.Object, 0, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			o = append(o, jsontext.Member{Name: name, Value: ordered(v[name])})
		}
		return o
	case []any:
		list := make([]any, len(v))
		for i, each := range v {
			list[i] = ordered(each)
		}
		return list
	}
	return v
}

// operation writes an operation that is derived.
func (s *slicer) operation(op *Operation) map[string]any {
	id := op.ID
	for n := 2; s.ids[id]; n++ {
		id = op.ID + "." + strconv.Itoa(n)
	}
	s.ids[id] = true
	first, _, _ := strings.Cut(strings.TrimPrefix(op.Path, "/"), "/")
	first, _, _ = strings.Cut(first, "(")
	out := map[string]any{
		"operationId": id, "tags": []any{first}, "summary": verbOf(op.Method, op.Node()) + " " + op.Path,
		"description": "By Graph's metadata.", "responses": s.responses(op),
	}
	if parameters := s.parameters(op); len(parameters) > 0 {
		out["parameters"] = parameters
	}
	if op.body != nil {
		out["requestBody"] = map[string]any{"required": op.required, "content": s.content(op, *op.body, RequestSide)}
	}
	if p, ok := op.Permissions(); ok {
		out["x-graphmock-permissions"] = map[string]any{
			"delegated": texts(p.Delegated.Least()), "application": texts(p.Application.Least()),
		}
	}
	return out
}

func texts(list []string) []any {
	out := make([]any, len(list))
	for i, text := range list {
		out[i] = text
	}
	return out
}

func (s *slicer) parameters(op *Operation) []any {
	var all []any
	for _, name := range op.params {
		all = append(all, map[string]any{"name": name, "in": InPath, "required": true, "schema": textSchema()})
	}
	for _, p := range op.parameters {
		schema := textSchema()
		if p.kind == "integer" {
			schema = map[string]any{"type": "integer", "minimum": 0}
		}
		all = append(all, map[string]any{"name": p.name, "in": p.in, "schema": schema})
	}
	return all
}

func textSchema() map[string]any { return map[string]any{"type": "string"} }

func (s *slicer) responses(op *Operation) map[string]any {
	out := map[string]any{}
	for status, r := range op.responses {
		if status == "4XX" || status == "5XX" {
			out[status] = map[string]any{"$ref": "#/components/responses/Error"}
			s.component("responses", "Error", func() any {
				return map[string]any{"description": "An error.", "content": s.content(op, r.content, ResponseSide)}
			})
			continue
		}
		out[status] = s.response(op, r)
	}
	for status, r := range op.unusual {
		out[strconv.Itoa(status)] = s.response(op, r)
	}
	return out
}

func (s *slicer) response(op *Operation, r *response) map[string]any {
	out := map[string]any{"description": "The response."}
	if len(r.content) > 0 {
		out["content"] = s.content(op, r.content, ResponseSide)
	}
	return out
}

func (s *slicer) content(op *Operation, c content, side Side) map[string]any {
	out := map[string]any{}
	for _, m := range c {
		media := map[string]any{}
		if m.schema != nil {
			w := sliceSchema{slicer: s, of: op.version, side: side, whole: true}
			media["schema"] = w.node(m.schema.Own())
		}
		out[m.name] = media
	}
	return out
}

// findWhole notes which entities an operation has in its bodies.
func (s *slicer) findWhole(op *Operation) {
	var note func(v any, side Side)
	note = func(v any, side Side) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				s.whole[componentOf(ref, side)] = true
			}
			for keyword, each := range v {
				if keyword != "$defs" {
					note(each, side)
				}
			}
		case []any:
			for _, each := range v {
				note(each, side)
			}
		}
	}
	if !op.derived {
		return
	}
	if body := op.RequestBody().content.schema(); body != nil {
		note(body.Own(), RequestSide)
	}
	for _, r := range op.responses {
		if body := r.content.schema(); body != nil {
			note(body.Own(), ResponseSide)
		}
	}
}

// componentOf is the name of the component of a definition.
func componentOf(ref string, side Side) string {
	name := strings.TrimSuffix(strings.TrimPrefix(ref, "#/$defs/"), created)
	if side == RequestSide {
		name += ".request"
	}
	return name
}

// A sliceSchema writes JSON Schema, as package schema has it, as schemas of OpenAPI 3.0.
type sliceSchema struct {
	*slicer
	of    *version
	side  Side
	whole bool // with what navigation properties lead to
}

func (w sliceSchema) node(in map[string]any) map[string]any {
	out := map[string]any{}
	for keyword, v := range in {
		switch keyword {
		case "format", "minimum", "maximum", "maxLength", "minLength", "pattern", "minItems", "maxItems":
			out[keyword] = v
		case "required":
			out[keyword] = texts(v.([]string))
		case "enum":
			if in["x-graphmock-enum"] == nil {
				out[keyword] = v
			}
		case "items":
			out[keyword] = w.node(v.(map[string]any))
		case "properties":
			out[keyword] = w.properties(v.(map[string]any))
		case "anyOf", "allOf":
			var list []any
			for _, each := range v.([]any) {
				list = append(list, w.node(each.(map[string]any)))
			}
			out[keyword] = list
		case "x-readOnly":
			out["readOnly"] = true
		}
	}
	w.close(in, out)
	out = typed(in, out)
	if ref, ok := in["$ref"].(string); ok {
		return w.reference(ref, in, out)
	}
	return out
}

// close forbids properties of other names, where OpenAPI can say which there are besides.
func (w sliceSchema) close(in, out map[string]any) {
	patterns, _ := in["patternProperties"].(map[string]any)
	if w.side == RequestSide && in["additionalProperties"] == false && in["discriminator"] == nil && len(patterns) <= 1 {
		out["additionalProperties"] = false
	}
}

// typed adds the type. OpenAPI 3.0 has one, and null beside it.
func typed(in, out map[string]any) map[string]any {
	types, _ := in["type"].([]string)
	null := slices.Contains(types, "null")
	types = slices.DeleteFunc(slices.Clone(types), func(name string) bool { return name == "null" })
	switch {
	case null && len(types) == 0:
		return map[string]any{"type": "object", "nullable": true, "enum": []any{nil}}
	case len(types) == 1:
		out["type"] = types[0]
		if null {
			out["nullable"] = true
		}
	case len(types) > 1:
		var branches []any
		for _, name := range types {
			branch := maps.Clone(out)
			delete(branch, "readOnly")
			branch["type"] = name
			if null {
				branch["nullable"] = true
			}
			branches = append(branches, branch)
		}
		either := map[string]any{"anyOf": branches}
		if out["readOnly"] == true {
			either["readOnly"] = true
		}
		return either
	}
	return out
}

// reference writes a node with a reference to a definition. Nothing may stand beside it.
func (w sliceSchema) reference(ref string, in, rest map[string]any) map[string]any {
	name := strings.TrimPrefix(ref, "#/$defs/")
	component := componentOf(ref, w.side)
	w.component(schemasSection, component, func() any {
		inner := w
		inner.whole = w.slicer.whole[component]
		def := w.of.bodies().definer(w.side)(strings.TrimSuffix(name, created))
		if def == nil {
			return map[string]any{}
		}
		return inner.node(def)
	})
	out := map[string]any{"$ref": "#/components/schemas/" + component}
	if strings.HasSuffix(name, created) {
		created := w.of.bodies().definer(w.side)(name)
		delete(rest, "type")
		if required, ok := created["required"].([]string); ok {
			rest = map[string]any{"type": "object", "required": texts(required)}
		}
	}
	delete(rest, "type")
	delete(rest, "nullable")
	if names := rest["required"]; names != nil {
		return map[string]any{"allOf": []any{out, map[string]any{"type": "object", "required": names}}}
	}
	if len(rest) > 0 {
		rest["allOf"] = []any{out}
		return rest
	}
	return out
}

// properties writes those of an object. What navigation leads to is left to whoever asks
// for it, in an entity that only navigation has led to.
func (w sliceSchema) properties(in map[string]any) map[string]any {
	out := map[string]any{}
	for name, v := range in {
		node, isNode := v.(map[string]any)
		switch {
		case !isNode:
			out[name] = map[string]any{}
		case node["x-graphmock-navigation"] == true && !w.whole:
			anything := map[string]any{"type": "object", "nullable": true}
			if types, _ := node["type"].([]string); slices.Contains(types, "array") {
				anything = map[string]any{"type": "array", "items": map[string]any{"type": "object"}}
			}
			out[name] = anything
		default:
			out[name] = w.node(node)
		}
	}
	return out
}

// addDocumented reads the document of the contract, if any of the operations is its own.
func (s *slicer) addDocumented(c *Contract, all []*Operation) error {
	if !slices.ContainsFunc(all, func(op *Operation) bool { return !op.derived }) {
		return nil
	}
	doc, err := openapi3.NewLoader().LoadFromData(c.source)
	if err != nil {
		return err
	}
	text, err := doc.MarshalJSON()
	if err != nil {
		return err
	}
	s.source, err = decoded(text)
	return err
}

func decoded(text []byte) (any, error) {
	v, broken := jsontext.Decode(text)
	if broken != nil {
		return nil, fmt.Errorf("%s", broken.Message)
	}
	return v, nil
}

// documented writes an operation that the document has, and adds the components that it
// needs; nil of one that is derived.
func (s *slicer) documented(op *Operation) map[string]any {
	if op.derived {
		return nil
	}
	item, _ := at(s.source, "paths", op.Path).(map[string]any)
	out, _ := item[strings.ToLower(op.Method)].(map[string]any)
	out = maps.Clone(out)
	if out["tags"] == nil {
		out["tags"] = []any{}
	}
	delete(out, "security")
	s.ids[op.ID] = true
	s.follow(out)
	return out
}

// at returns the value at a path of names, nil if there is none.
func at(v any, names ...string) any {
	for _, name := range names {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

// follow adds the components that a value of the document refers to.
func (s *slicer) follow(v any) {
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			section, name, _ := strings.Cut(strings.TrimPrefix(ref, "#/components/"), "/")
			name, _, _ = strings.Cut(name, "/")
			found := at(s.source, "components", section, name)
			if found == nil {
				return
			}
			s.component(section, name, func() any { return found })
			if !s.followed[ref] {
				s.followed[ref] = true
				s.follow(found)
			}
		}
		for _, each := range v {
			s.follow(each)
		}
	case []any:
		for _, each := range v {
			s.follow(each)
		}
	}
}
