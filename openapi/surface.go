package openapi

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/spell"
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

// NearestOperation gives the operation whose request line is most like a method
// and an escaped path, nil if none is alike: half of its segments at least have
// to fit.
func (c *Contract) NearestOperation(method, escapedPath string) *Operation {
	_, rest, ok := c.router.cutBase(escapedPath)
	if !ok {
		rest = escapedPath
	}
	sent := splitPath(rest)
	if len(sent) > maxSegments {
		return nil
	}
	for i, segment := range sent {
		if decoded, err := url.PathUnescape(segment); err == nil {
			sent[i] = decoded
		}
	}
	var best *Operation
	least := 0.0
	for _, op := range c.operations {
		path := splitPath(op.Path)
		cost := unlike(sent, path) + unlikeMethod(method, op.Method)
		if cost <= float64(len(path))/2 && (best == nil || cost < least) {
			best, least = op, cost
		}
	}
	return best
}

// unlikeMethod is less between methods that carry a body.
func unlikeMethod(sent, wanted string) float64 {
	writes := []string{"PATCH", "POST", "PUT"}
	switch {
	case sent == wanted:
		return 0
	case slices.Contains(writes, sent) && slices.Contains(writes, wanted):
		return 0.3
	}
	return 0.4
}

// unlike counts the segments in which a path differs from a template, those that
// are missing or too many as well.
func unlike(sent, template []string) float64 {
	row := make([]float64, len(template)+1)
	for j := range row {
		row[j] = float64(j)
	}
	for i, segment := range sent {
		before := row[0]
		row[0] = float64(i + 1)
		for j, wanted := range template {
			cost := min(before+unlikeSegment(segment, wanted), row[j]+1, row[j+1]+1)
			before, row[j+1] = row[j+1], cost
		}
	}
	return row[len(template)]
}

// unlikeSegment is 0 for equal segments and 1 for strangers. A parameter takes
// any text, but less gladly than a fixed segment its own.
func unlikeSegment(sent, wanted string) float64 {
	if strings.Contains(wanted, "{") {
		return 0.1
	}
	sent, wanted = strings.ToLower(sent), strings.ToLower(wanted)
	if sent == wanted {
		return 0
	}
	most := len(wanted)/2 + 1
	if d := spell.Distance(sent, wanted, most); d < most {
		return float64(d) / float64(len(wanted)+1)
	}
	return 1
}
