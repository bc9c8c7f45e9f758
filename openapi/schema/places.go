package schema

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// A place is every part of a schema that describes the same value.
type place []map[string]any

// top returns the place of the whole value.
func (s *Schema) top() place { return s.widen(nil, s.document(), map[string]bool{}) }

// below returns the place of a member or an element of a place, nil if the schema
// has nothing to say about it.
func (s *Schema) below(p place, segment string) place {
	var found place
	seen := map[string]bool{}
	for _, node := range p {
		if sub := child(node, segment); sub != nil {
			found = s.widen(found, sub, seen)
		}
	}
	return found
}

// widen appends a node and all that describe the same value: what it refers to,
// once, and the branches it is made of.
func (s *Schema) widen(p place, node map[string]any, seen map[string]bool) place {
	p = append(p, node)
	if ref, _ := node["$ref"].(string); ref != "" && !seen[ref] {
		seen[ref] = true
		if target := s.at(refPointer(ref)); target != nil {
			p = s.widen(p, target, seen)
		}
	}
	for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
		branches, _ := node[keyword].([]any)
		for _, branch := range branches {
			if branch, ok := branch.(map[string]any); ok {
				p = s.widen(p, branch, seen)
			}
		}
	}
	return p
}

// child returns the schema of a member or an element, nil if node has none for it.
func child(node map[string]any, segment string) map[string]any {
	if properties, _ := node["properties"].(map[string]any); properties[segment] != nil {
		sub, _ := properties[segment].(map[string]any)
		return sub
	}
	if _, err := strconv.Atoi(segment); err == nil && node["items"] != nil {
		sub, _ := node["items"].(map[string]any)
		return sub
	}
	patterns, _ := node["patternProperties"].(map[string]any)
	for _, pattern := range slices.Sorted(maps.Keys(patterns)) {
		sub, _ := patterns[pattern].(map[string]any)
		if matches, err := regexp.MatchString(pattern, segment); sub != nil && matches && err == nil {
			return sub
		}
	}
	sub, _ := node["additionalProperties"].(map[string]any)
	return sub
}

// TypeAt returns the JSON type, such as "string", that the schema wants at a JSON
// pointer below it: "" if it leaves the type open, or there is no such place. Null
// is not counted. It is for readers of formats whose own types are weaker, such as
// YAML.
func (s *Schema) TypeAt(pointer string) string {
	segments, err := jsontext.ParsePointer(pointer)
	if err != nil {
		return ""
	}
	at := s.top()
	for _, segment := range segments {
		at = s.below(at, segment)
	}
	return at.onlyType()
}

// TypesAt returns the JSON types that a value at a JSON pointer may have by one branch or
// another, null included; nil if it is left open, or there is no such place.
func (s *Schema) TypesAt(pointer string) []string {
	segments, err := jsontext.ParsePointer(pointer)
	if err != nil {
		return nil
	}
	at := s.top()
	for _, segment := range segments {
		at = s.below(at, segment)
	}
	var all []string
	add := func(name string) {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	for _, node := range at {
		types := names(node["type"])
		for _, name := range types {
			add(name)
		}
		if list, _ := node["enum"].([]any); len(types) == 0 {
			for _, v := range list {
				add(TypeOf(v))
			}
		}
		if v, ok := node["const"]; ok && len(types) == 0 {
			add(TypeOf(v))
		}
	}
	return all
}

// TypeOf returns the JSON type of a value of a document, or of one that jsontext.Decode
// returns.
func TypeOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case map[string]any, jsontext.Object:
		return "object"
	case []any:
		return "array"
	}
	return "number"
}

// PropertyNames returns the names of the properties that an object can have, by one
// branch or another.
func (s *Schema) PropertyNames() []string {
	all := s.top().propertyNames()
	slices.Sort(all)
	return slices.Compact(all)
}

// onlyType returns the one type that is not null, "" if there are several or none.
func (p place) onlyType() string {
	only := ""
	for _, node := range p {
		for _, name := range names(node["type"]) {
			switch {
			case name == "null" || name == only:
			case only == "":
				only = name
			default:
				return ""
			}
		}
	}
	return only
}

// Examples returns what the document shows of the value: the examples, and the default,
// of the schema and all that describes the same value. They must not be changed.
func (s *Schema) Examples() []any {
	var all []any
	for _, node := range s.top() {
		list, _ := node["examples"].([]any)
		all = append(all, list...)
		if v, ok := node["default"]; ok {
			all = append(all, v)
		}
	}
	return all
}

// UnknownAt returns the first segment of a JSON pointer that a value can't have, with
// the names that it could have there. It is empty where the schema is open.
func (s *Schema) UnknownAt(pointer string) (segment string, known []string) {
	segments, err := jsontext.ParsePointer(pointer)
	if err != nil || s.Compile() != nil {
		return "", nil
	}
	at := s.top()
	for _, segment := range segments {
		below := s.below(at, segment)
		switch {
		case below != nil:
			at = below
		case !at.isClosed() || s.options.OData && strings.Contains(segment, "@"):
			return "", nil
		default:
			return segment, at.propertyNames()
		}
	}
	return "", nil
}

// isClosed reports whether an object has no properties but those with a name.
func (p place) isClosed() bool {
	return slices.ContainsFunc(p, func(node map[string]any) bool {
		additional, ok := node["additionalProperties"].(bool)
		return ok && !additional
	})
}

func (p place) propertyNames() []string {
	var all []string
	for _, node := range p {
		properties, _ := node["properties"].(map[string]any)
		all = slices.AppendSeq(all, maps.Keys(properties))
	}
	return all
}

// A Property is what a schema says about a property of an object.
type Property struct {
	Pointer      string   // JSON pointer; * stands for every element of an array
	SetByService bool     // only the service sets it
	Deprecated   bool     // it should not be sent
	Values       []string // of its enum, as text
}

// Properties returns the properties that a value can have at its top, and those of
// the objects there: one level and no further. They are in the order of their
// pointers; OData's annotations are left out, and entities of their own.
func (s *Schema) Properties() []Property { return s.properties(s.top(), "", 1) }

// properties returns the properties of an object, or of the elements of an array,
// with those of as many levels below.
func (s *Schema) properties(p place, above string, levels int) []Property {
	if items := s.items(p); items != nil && above != "" {
		p, above = append(slices.Clip(p), items...), above+"/*"
	}
	members := s.members(p)
	var found []Property
	for _, name := range slices.Sorted(maps.Keys(members)) {
		property := members[name].property(above + "/" + jsontext.EscapePointer(name))
		found = append(found, property)
		if levels > 0 && !property.SetByService {
			found = append(found, s.properties(members[name], property.Pointer, levels-1)...)
		}
	}
	return found
}

// items returns the place of an array's elements, nil if it is none.
func (s *Schema) items(p place) place {
	for _, node := range p {
		if items, ok := node["items"].(map[string]any); ok {
			return s.widen(nil, items, map[string]bool{})
		}
	}
	return nil
}

// members returns the places of an object's properties, by name.
func (s *Schema) members(p place) map[string]place {
	all := map[string]place{}
	for _, node := range p {
		properties, _ := node["properties"].(map[string]any)
		for name, sub := range properties {
			if sub, ok := sub.(map[string]any); ok && !strings.Contains(name, "@") && sub[navigation] != true {
				all[name] = s.widen(all[name], sub, map[string]bool{})
			}
		}
	}
	return all
}

func (p place) property(pointer string) Property {
	property := Property{Pointer: pointer}
	for _, node := range p {
		property.SetByService = property.SetByService || node[setBy] == "server"
		property.Deprecated = property.Deprecated || node[deprecated] == true
		property.Values = append(property.Values, enumTexts(node["enum"])...)
	}
	return property
}

// enumTexts returns the values of an enum as text; null is left out.
func enumTexts(enum any) []string {
	list, _ := enum.([]any)
	var texts []string
	for _, v := range list {
		if v != nil {
			texts = append(texts, fmt.Sprint(v))
		}
	}
	return texts
}
