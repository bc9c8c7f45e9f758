package verdict

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/server/internal/journal"
)

// Guidance is something that keeps the contract, and that Microsoft's guidance advises against:
// only what is certain is said. It leaves the verdict clean.
type Guidance struct {
	Rule      string `json:"rule"`      // guidance-select, guidance-next-link, ...
	Operation string `json:"operation"` // pattern
	Message   string `json:"message"`
	Count     int    `json:"count"`
	First     int64  `json:"first"` // id of the first exchange
	Where     string `json:"where"` // its request line
}

// Rules of guidance.
const (
	ruleSelect     = "guidance-select"
	ruleNextLink   = "guidance-next-link"
	ruleRetryAfter = "guidance-retry-after"
	ruleClientID   = "guidance-client-request-id"
	ruleTooEarly   = "guidance-replication"
)

// manyProperties is more than what a client should ask for without saying so.
const manyProperties = 20

// guidanceKey is what a piece of guidance is about. What concerns a client as a whole is of no
// operation.
type guidanceKey struct{ rule, operation string }

// advise counts what is to be said of an exchange.
//
// c.mu must be held.
func (c *Collector) advise(r *journal.Record, stats *operationStats, early bool) {
	op := r.Matched
	if !c.Advises || r.BatchID != "" {
		return
	}
	if r.Header["Client-Request-Id"] == nil {
		c.addGuidance(ruleClientID, "", "send a client-request-id: Microsoft's support finds requests by it", r)
	}
	if early {
		c.addGuidance(ruleRetryAfter, op.Pattern(), "it was sent again before Retry-After was over", r)
	}
	if op.Method != http.MethodGet || r.Status != http.StatusOK || isRejected(r) {
		return
	}
	var query url.Values
	if r.Query != "" {
		query, _ = openapi.ParseQuery(r.Query)
	}
	if stats != nil && len(stats.links) > 0 && hasOption(query, "$skip") && !stats.links[linkMark(query)] {
		c.addGuidance(ruleNextLink, op.Pattern(), "it asks for a page by $skip, though responses have an @odata.nextLink to follow", r)
	}
	if n := propertiesOf(op); r.Served && n > manyProperties && !hasOption(query, "$select") && !hasOption(query, "$skiptoken") &&
		!hasOption(query, "$deltatoken") {
		c.addGuidance(ruleSelect, op.Pattern(), fmt.Sprintf("the list is asked for without $select; its entities have %d properties", n), r)
	}
}

// addEarly keeps that a request came before what it needs could be seen, until the client asks
// again and all is there.
//
// c.mu must be held.
func (c *Collector) addEarly(r *journal.Record) {
	if r.TooEarly == "" && len(c.early) == 0 {
		return
	}
	line := requestLine(r) + "?" + journal.Cut(r.Query)
	g := c.early[line]
	switch {
	case r.TooEarly == "" && (r.Served || r.Status == http.StatusNotFound):
		delete(c.early, line)
	case r.TooEarly == "":
	case g != nil:
		g.Count++
	case len(c.early) < maxGroups:
		if c.early == nil {
			c.early = map[string]*Guidance{}
		}
		c.early[strings.Clone(line)] = &Guidance{Rule: ruleTooEarly, Operation: r.Matched.Pattern(), Count: 1, First: r.ID,
			Where: requestLine(r), Message: r.TooEarly + "; the client did not ask again: wait, or ask until it is there"}
	}
}

// propertiesOf is how many properties the entities have that an operation lists, 0 if it lists
// none.
func propertiesOf(op *openapi.Operation) (n int) {
	node := op.Node()
	if node == nil || !node.Collection || node.Type == nil || node.Type.Kind != edm.Entity {
		return 0
	}
	for _, p := range node.Type.Properties() {
		if !p.Navigation {
			n++
		}
	}
	return n
}

func hasOption(query url.Values, name string) bool {
	for each := range query {
		if strings.EqualFold(each, name) {
			return true
		}
	}
	return false
}

// addGuidance counts a piece of guidance. Beyond the bound it is not counted.
//
// c.mu must be held.
func (c *Collector) addGuidance(rule, operation, message string, r *journal.Record) {
	key := guidanceKey{rule, operation}
	g := c.guidance[key]
	switch {
	case g != nil:
		g.Count++
		if r.ID < g.First {
			g.First, g.Where = r.ID, requestLine(r)
		}
		return
	case len(c.guidance) >= maxGroups:
		return
	case c.guidance == nil:
		c.guidance = map[guidanceKey]*Guidance{}
	}
	c.guidance[key] = &Guidance{Rule: rule, Operation: operation, Message: message, Count: 1, First: r.ID, Where: requestLine(r)}
}
