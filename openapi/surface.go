package openapi

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// nextLink is the member of an answer that says where the next page is.
const nextLink = "@odata.nextLink"

// Answers gives the answers that the operation declares, as the document writes
// them and in order: 200, 4XX, DEFAULT.
func (op *Operation) Answers() []string { return slices.Sorted(maps.Keys(op.responses)) }

// AnswerOf gives the entry of Answers that a status belongs to, "" if it is not
// among the operation's answers.
func (op *Operation) AnswerOf(status int) string {
	for _, name := range []string{fmt.Sprint(status), fmt.Sprintf("%dXX", status/100), "DEFAULT"} {
		if op.responses[name] != nil {
			return name
		}
	}
	return ""
}

// QueryOptions gives the names of the query parameters that the operation
// declares, in the document's order.
func (op *Operation) QueryOptions() []string {
	var names []string
	for i := range op.parameters {
		if op.parameters[i].in == InQuery {
			names = append(names, op.parameters[i].name)
		}
	}
	return names
}

// SentOptions gives those of QueryOptions that a query has.
func (op *Operation) SentOptions(query url.Values) []string {
	var names []string
	for i := range op.parameters {
		if p := &op.parameters[i]; p.in == InQuery && len(p.option(query)) > 0 {
			names = append(names, p.name)
		}
	}
	return names
}

// Pages tells whether the operation can answer with a page that has a successor:
// its success declares an @odata.nextLink.
func (op *Operation) Pages() bool {
	for name, r := range op.responses {
		if !strings.HasPrefix(name, "2") {
			continue
		}
		for _, m := range r.content {
			if m.json && m.schema != nil && m.schema.TypeAt("/"+nextLink) == "string" {
				return true
			}
		}
	}
	return false
}

// A BodyProperty is a property of a request's JSON body.
type BodyProperty struct {
	Pointer    string   // JSON pointer; * stands for every element of an array
	Server     bool     // only the service sets it
	Key        bool     // the URL has it as well, and the two have to be equal
	Deprecated bool     // nobody should send it
	Values     []string // of its enum, as text
}

// BodyProperties gives the properties that a request's body can have at its top,
// and those of the objects there: one level and no further. They are in the order
// of their pointers; OData's annotations are left out.
func (op *Operation) BodyProperties() []BodyProperty {
	op.surface.Do(func() { op.properties = op.findProperties() })
	return slices.Clone(op.properties)
}

func (op *Operation) findProperties() []BodyProperty {
	if op.body == nil {
		return nil
	}
	for _, m := range *op.body {
		if m.json && m.schema != nil {
			var found []BodyProperty
			for _, p := range m.schema.Properties() {
				key := op.key != nil && p.Pointer == "/"+jsontext.EscapePointer(op.key.property)
				found = append(found, BodyProperty{p.Pointer, p.SetByService, key, p.Deprecated, p.Values})
			}
			return found
		}
	}
	return nil
}
