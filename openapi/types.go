package openapi

import (
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// HasSchema tells whether the contract's document has a schema of that name, for
// CheckValue and TypeAt.
func (c *Contract) HasSchema(name string) bool {
	_, ok := c.schemas[name]
	return ok
}

// TypeAt is the JSON type, such as "string", that a named schema wants at a JSON
// pointer below it: "" if it leaves the type open, or there is no such place.
// Null is not counted. It is for readers of formats whose own types are weaker,
// such as YAML.
func (c *Contract) TypeAt(schemaName, pointer string) string {
	pair, ok := c.schemas[schemaName]
	if !ok {
		return ""
	}
	return pair[1].typeAt(pointer)
}

func (s *schema) typeAt(pointer string) string {
	places := s.widen(nil, s.translated(), map[string]bool{})
	for i, segment := range strings.Split(pointer, "/") {
		if i == 0 {
			continue // a pointer begins with its slash
		}
		var below []map[string]any
		seen := map[string]bool{}
		for _, place := range places {
			if sub := child(place, jsontext.UnescapePointer(segment)); sub != nil {
				below = s.widen(below, sub, seen)
			}
		}
		places = below
	}
	var found []string
	for _, place := range places {
		for _, name := range typeNames(place["type"]) {
			if name != "null" && !slices.Contains(found, name) {
				found = append(found, name)
			}
		}
	}
	if len(found) != 1 {
		return ""
	}
	return found[0]
}

// widen appends a translated schema and all that judge the same value: what it
// refers to, once, and the branches it is made of.
func (s *schema) widen(all []map[string]any, node map[string]any, seen map[string]bool) []map[string]any {
	all = append(all, node)
	if ref, _ := node["$ref"].(string); ref != "" && !seen[ref] {
		seen[ref] = true
		if target := s.at(refPointer(ref)); target != nil {
			all = s.widen(all, target, seen)
		}
	}
	for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
		branches, _ := node[keyword].([]any)
		for _, branch := range branches {
			if branch, ok := branch.(map[string]any); ok {
				all = s.widen(all, branch, seen)
			}
		}
	}
	return all
}

// child is the schema of a member or an element, nil if node has none for it.
func child(node map[string]any, segment string) map[string]any {
	if properties, _ := node["properties"].(map[string]any); properties[segment] != nil {
		sub, _ := properties[segment].(map[string]any)
		return sub
	}
	if _, err := strconv.Atoi(segment); err == nil && node["items"] != nil {
		sub, _ := node["items"].(map[string]any)
		return sub
	}
	sub, _ := node["additionalProperties"].(map[string]any)
	return sub
}

// IsGUID tells whether text is a GUID as Graph writes one: with dashes, without
// braces, in either case.
func IsGUID(text string) bool { return isUUID(text) }
