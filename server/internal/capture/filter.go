package capture

import (
	"strings"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/jsontext"
)

// A stated is a value that a $filter says of the entities that it lets pass, whether they
// show it or not.
type stated struct {
	path  []string // of properties
	value any
}

// statedBy reads the comparisons with eq that all entities of a filtered list meet: those
// that are joined with and. What else a filter has is passed over.
func statedBy(query string, typ *edm.Type) (all []stated) {
	options, _ := openapi.ParseQuery(query)
	filter := options.Get("$filter")
	if filter == "" || strings.ContainsAny(filter, "()") || strings.Contains(strings.ToLower(filter), " or ") {
		return nil
	}
	for _, part := range strings.Split(filter, " and ") {
		words := strings.SplitN(strings.TrimSpace(part), " ", 3)
		if len(words) != 3 || words[1] != "eq" {
			continue
		}
		path := strings.Split(words[0], "/")
		if value, ok := literalOf(words[2], propertyAt(typ, path)); ok {
			all = append(all, stated{path, value})
		}
	}
	return all
}

// propertyAt is the structural property at the end of a path, nil if there is none.
func propertyAt(typ *edm.Type, path []string) (p *edm.Property) {
	for _, name := range path {
		if typ == nil {
			return nil
		}
		if p = typ.Property(name); p == nil || p.Navigation || p.Collection {
			return nil
		}
		typ = p.Type()
	}
	return p
}

// literalOf is the value of a literal that a property can have.
func literalOf(text string, p *edm.Property) (any, bool) {
	if p == nil || p.Type() == nil || p.Name == "id" {
		return nil, false
	}
	switch kind := p.Type(); {
	case len(text) > 1 && text[0] == '\'' && text[len(text)-1] == '\'':
		return strings.ReplaceAll(text[1:len(text)-1], "''", "'"), kind.Kind == edm.Enum || kind.Primitive == edm.String
	case kind.Kind == edm.Primitive && kind.Primitive == edm.Boolean, kind.Kind == edm.Primitive && kind.Primitive.IsInteger():
		v, syntax := jsontext.Decode([]byte(text))
		return v, syntax == nil && v != nil
	}
	return nil, false
}

// state notes what a filter says of an object.
func (t *Tenant) state(o *object, all []stated) {
	if o == nil || o.own() || o.replaced {
		return
	}
	for _, s := range all {
		if len(s.path) == 1 {
			t.note(o, s.path[0], s.value)
			continue
		}
		whole, _ := o.values[s.path[0]].(map[string]any)
		if whole == nil && o.values[s.path[0]] == nil {
			whole = map[string]any{}
			t.note(o, s.path[0], whole)
		}
		for i, name := range s.path[1:] {
			if whole == nil || whole[name] != nil && i == len(s.path)-2 {
				break
			}
			if i == len(s.path)-2 {
				whole[name] = s.value
				break
			}
			next, _ := whole[name].(map[string]any)
			if next == nil && whole[name] == nil {
				next = map[string]any{}
				whole[name] = next
			}
			whole = next
		}
	}
}
