package openapi

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// nextLink is the member of a response that says where the next page is.
const nextLink = "@odata.nextLink"

// A Surface is what there is to try of an operation: what coverage counts.
type Surface struct{ op *Operation }

// Surface returns what there is to try of the operation.
func (op *Operation) Surface() Surface { return Surface{op} }

// Responses returns the responses that the operation declares, as the document
// writes them and in order: 200, 4XX, DEFAULT.
func (s Surface) Responses() []string { return slices.Sorted(maps.Keys(s.op.responses)) }

// ResponseOf returns the entry of Responses that a status belongs to, "" if it is
// not among them.
func (s Surface) ResponseOf(status int) string {
	for _, name := range []string{fmt.Sprint(status), fmt.Sprintf("%dXX", status/100), "DEFAULT"} {
		if s.op.responses[name] != nil {
			return name
		}
	}
	return ""
}

// QueryOptions returns the names of the query parameters that the operation
// declares, in the document's order.
func (s Surface) QueryOptions() []string {
	var names []string
	for i := range s.op.parameters {
		if p := &s.op.parameters[i]; p.in == InQuery {
			names = append(names, p.name)
		}
	}
	return names
}

// SentOptions returns those of QueryOptions that a query has.
func (s Surface) SentOptions(query url.Values) []string {
	var names []string
	for i := range s.op.parameters {
		if p := &s.op.parameters[i]; p.in == InQuery && len(p.option(query)) > 0 {
			names = append(names, p.name)
		}
	}
	return names
}

// HasPages reports whether the operation can answer with a page that has a
// successor: its success declares an @odata.nextLink.
func (s Surface) HasPages() bool {
	for name, r := range s.op.responses {
		if strings.HasPrefix(name, "2") && r.content.hasNextLink() {
			return true
		}
	}
	return false
}

func (c content) hasNextLink() bool {
	return slices.ContainsFunc(c, func(m mediaType) bool {
		return m.json && m.schema != nil && m.schema.TypeAt("/"+nextLink) == "string"
	})
}

// A BodyProperty is a property of a request's JSON body.
type BodyProperty struct {
	Pointer    string   // JSON pointer; * stands for every element of an array
	Server     bool     // only the service sets it
	Key        bool     // the URL has it as well, and the two have to be equal
	Deprecated bool     // it should not be sent
	Values     []string // of its enum, as text
}

// BodyProperties returns the properties that a request's body can have at its top,
// and those of the objects there: one level and no further. They are in the order of
// their pointers; OData's annotations are left out.
func (s Surface) BodyProperties() []BodyProperty {
	s.op.surface.Do(func() { s.op.properties = s.op.findProperties() })
	return slices.Clone(s.op.properties)
}

func (op *Operation) findProperties() []BodyProperty {
	in := op.RequestBody().content.schema()
	if in == nil {
		return nil
	}
	var found []BodyProperty
	for _, p := range in.Properties() {
		key := op.key != nil && p.Pointer == "/"+jsontext.EscapePointer(op.key.property)
		found = append(found, BodyProperty{p.Pointer, p.SetByService, key, p.Deprecated, p.Values})
	}
	return found
}
