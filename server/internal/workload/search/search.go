// Package search is what Microsoft Search answers to POST /search/query: what of a tenant the caller
// can see, by the queries that the workloads read.
//
// Rules say in brackets where they come from: DOC is documented, OBS is a real response that
// somebody quoted.
package search

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/kql"
	"github.com/graphmock/graphmock/server/internal/service"
)

// Behaviors returns that of what searches.
func Behaviors() []*service.Behavior {
	return []*service.Behavior{{
		Type: "microsoft.graph.searchEntity", Operations: map[string]service.Operation{"query": query},
	}}
}

// Bounds of a page. DOC search-api-overview.md; the largest one is OBS
// microsoftgraph/microsoft-graph-docs-contrib#8480
const (
	usualSize   = 25
	mailboxSize = 25
	maxSize     = 1000
)

// maxHits bounds what a request finds: hits beyond are not counted (assumed).
const maxHits = 10_000

// A request is one of a query.
type request struct {
	kinds      []*kind
	query      string
	from, size int
	fields     []string
	sort       []order
}

type order struct {
	property   string
	descending bool
}

// A hit is an entity that was found.
type hit struct {
	kind *kind
	e    *service.Entity
}

// query answers a request with a page of what it finds.
func query(c *service.Call) (service.Result, error) {
	r, err := read(c)
	if err != nil {
		return service.Result{}, err
	}
	var hits []hit
	for _, k := range r.kinds {
		finds, err := c.Finder(k.typeName(), r.query)
		if err != nil {
			return service.Result{}, err
		}
		k.each(c, func(e *service.Entity) bool {
			if finds(c.Tx, e) {
				hits = append(hits, hit{k, e})
			}
			return len(hits) < maxHits
		})
	}
	r.order(hits)
	total := len(hits)
	hits = hits[min(r.from, total):]
	more := len(hits) > r.size
	hits = hits[:min(r.size, len(hits))]
	if r.kinds[0].family != fileFamily { // DOC: of mail and chats, how many there are on the page
		total = len(hits)
	}
	container := jsontext.Object{}
	if len(hits) > 0 { // OBS: without hits there is no list of them
		container.Set("hits", r.shown(c, hits))
	}
	container.Set("total", json.Number(itoa(total)))
	container.Set("moreResultsAvailable", more)
	terms := []any{}
	for _, t := range kql.Free(r.query) {
		if text := strings.Trim(t.Text, "*"); text != "" {
			terms = append(terms, text)
		}
	}
	answer := jsontext.Object{}
	answer.Set("searchTerms", terms)
	answer.Set("hitsContainers", []any{container})
	return service.Result{Value: []any{answer}}, nil
}

// order sorts hits: mail and the like by date, the latest first, all else by the properties of the
// request, else as they were found. DOC: by relevance, of which nothing is known
func (r *request) order(hits []hit) {
	by := r.sort
	if date := r.kinds[0].date; date != "" {
		by = []order{{date, true}}
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		for _, o := range by {
			n := strings.Compare(sortKey(a.e, o.property), sortKey(b.e, o.property))
			if o.descending {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return 0
	})
}

// sortKey is a property of an entity such that texts sort as the values do.
func sortKey(e *service.Entity, property string) string {
	switch value := e.Properties[property].(type) {
	case string:
		return strings.ToLower(value)
	case json.Number:
		return strings.Repeat("0", max(20-len(value), 0)) + value.String()
	case map[string]any: // a time in a zone
		text, _ := value["dateTime"].(string)
		return text
	}
	return ""
}

// shown are hits as responses have them.
func (r *request) shown(c *service.Call, hits []hit) []any {
	all := make([]any, len(hits))
	for i, h := range hits {
		var one jsontext.Object
		one.Set("hitId", h.kind.id(h.e))
		one.Set("rank", json.Number(itoa(r.from+i+1)))
		one.Set("summary", h.kind.summary(c, h.e, kql.Free(r.query)))
		one.Set("resource", h.kind.resource(c, h.e, r.fields))
		all[i] = one
	}
	return all
}
