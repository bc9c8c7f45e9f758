package server

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/odata"
)

// TestKindsAreTheContracts compares the types that query options are about with
// the contract's schemas, in both directions.
func TestKindsAreTheContracts(t *testing.T) {
	t.Parallel()
	for pattern, k := range map[string]*kind{
		"PUT /me/activities/{activity}":                     kinds().activity,
		"PUT /me/activities/{activity}/historyItems/{item}": kinds().item,
	} {
		op, err := openapi.Embedded().Find(pattern)
		if err != nil {
			t.Fatal(err)
		}
		root := op.RequestBody().Schema()
		compareType(t, k.name, root, root, k.options, map[*odata.Type]bool{})
		for _, name := range k.order {
			if _, has := k.options.Properties[name]; !has {
				t.Errorf("%s is answered with %s, which is no property", k.name, name)
			}
		}
	}
}

func compareType(t *testing.T, place string, root, part map[string]any, of *odata.Type, met map[*odata.Type]bool) {
	t.Helper()
	if met[of] {
		return
	}
	met[of] = true
	properties, _ := flat(root, part)["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if _, has := of.Properties[name]; !has && !strings.Contains(name, "@") {
			t.Errorf("%s: the service does not know %s", place, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(of.Properties)) {
		p := of.Properties[name]
		declared, has := properties[name].(map[string]any)
		if !has {
			t.Errorf("%s: the contract has no %s", place, name)
			continue
		}
		node := flat(root, declared)
		if items, ok := node["items"].(map[string]any); ok != p.Collection {
			t.Errorf("%s/%s: a collection in one of the two", place, name)
			continue
		} else if ok {
			node = flat(root, items)
		}
		kind, members := schemaKind(node)
		if kind != p.Kind || !slices.Equal(members, p.Members) {
			t.Errorf("%s/%s: %s %v, and in the contract %s %v", place, name, p.Kind, p.Members, kind, members)
		}
		if p.Kind == odata.Complex {
			compareType(t, place+"/"+name, root, node, p.Type, met)
		}
	}
}

// flat is a schema with what its allOf says of it, and what it is besides null.
func flat(root, part map[string]any) map[string]any {
	node := maps.Clone(openapi.SubSchema(root, part))
	properties, _ := node["properties"].(map[string]any)
	properties = maps.Clone(properties)
	for _, word := range []string{"allOf", "anyOf"} {
		branches, _ := node[word].([]any)
		for _, each := range branches {
			branch := flat(root, each.(map[string]any))
			if types, _ := branch["type"].([]string); slices.Equal(types, []string{"null"}) {
				continue
			}
			more, _ := branch["properties"].(map[string]any)
			for name, p := range more {
				if own, twice := properties[name]; twice {
					p = map[string]any{"allOf": []any{own, p}}
				}
				if properties == nil {
					properties = map[string]any{}
				}
				properties[name] = p
			}
			own, has := node["items"]
			maps.Copy(node, branch)
			if items, twice := branch["items"]; twice && has {
				node["items"] = map[string]any{"allOf": []any{own, items}}
			}
		}
	}
	node["properties"] = properties
	return node
}

// schemaKind is the kind of the values of a schema, and the members of an enum.
func schemaKind(node map[string]any) (k odata.Kind, members []string) {
	if enum, ok := node["enum"].([]any); ok {
		for _, v := range enum {
			if v != nil {
				members = append(members, fmt.Sprint(v))
			}
		}
		return odata.Enum, members
	}
	properties, _ := node["properties"].(map[string]any)
	types, _ := node["type"].([]string)
	switch format := node["format"]; {
	case len(properties) > 0:
		return odata.Complex, nil
	case format == "date-time":
		return odata.DateTimeOffset, nil
	case format == "uuid":
		return odata.Guid, nil
	case format == "int32":
		return odata.Int32, nil
	case slices.Contains(types, "boolean"):
		return odata.Boolean, nil
	case slices.Contains(types, "string"):
		return odata.String, nil
	}
	return odata.Untyped, nil
}
