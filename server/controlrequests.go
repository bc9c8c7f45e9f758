package server

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/graphmock/graphmock/openapi"
)

// How many exchanges an answer has.
const (
	defaultRequests = 1000
	maxRequests     = 10_000
)

// requestEntry is an exchange as the control surface shows it: neither header nor
// body, which may hold what is nobody's business.
type requestEntry struct {
	ID         int64               `json:"id"`
	At         time.Time           `json:"at"`
	Method     string              `json:"method"`
	Path       string              `json:"path"`
	Query      string              `json:"query"`
	Operation  string              `json:"operation"` // empty if no operation matched
	Status     int                 `json:"status"`    // 0 if there was a fault and no answer
	Rule       string              `json:"rule"`      // of a scenario, empty if the service answered
	Violations []openapi.Violation `json:"violations"`
	Took       string              `json:"took"` // such as 1.5ms

	// BatchID is the request's id in the $batch that it came with.
	BatchID string `json:"batchId,omitempty"`
}

func newRequestEntry(e Exchange) requestEntry {
	return requestEntry{
		ID: e.ID, At: e.At, Method: e.Method, Path: e.Path, Query: e.Query, Operation: e.Operation, Status: e.Status,
		Rule: e.Rule, Violations: append([]openapi.Violation{}, e.Violations...), Took: e.Took.String(), BatchID: e.BatchID,
	}
}

// controlRequests answers the journal, oldest first: the first exchanges that
// pass the filters of the query. The last one's id, as after, gives those that
// follow.
func (s *Server) controlRequests(r *http.Request, _ []byte) (any, error) {
	q, err := s.parseRequestQuery(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	list := []requestEntry{}
	for _, e := range s.journal.Find(q.after, q.limit, q.keeps) {
		list = append(list, newRequestEntry(e))
	}
	return list, nil
}

// requestQuery says which exchanges are wanted. Nil is any.
type requestQuery struct {
	operation  *string
	status     *int
	violations *bool
	after      int64
	limit      int
}

func (q *requestQuery) keeps(e *Exchange) bool {
	return (q.operation == nil || *q.operation == e.Operation) &&
		(q.status == nil || *q.status == e.Status) &&
		(q.violations == nil || *q.violations == (len(e.Violations) > 0))
}

func (s *Server) parseRequestQuery(raw string) (*requestQuery, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "the query can't be read: %v", err)
	}
	q := &requestQuery{limit: defaultRequests}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if len(values[name]) > 1 {
			return nil, refuse(http.StatusBadRequest, "%s: it is there twice", quote(name))
		}
		if err := q.set(s.config.Contract, name, values[name][0]); err != nil {
			return nil, err
		}
	}
	return q, nil
}

func (q *requestQuery) set(c *openapi.Contract, name, text string) error {
	number := func(least, most int64) (n int64, err error) {
		n, err = strconv.ParseInt(text, 10, 64)
		if err != nil || n < least || n > most {
			return 0, refuse(http.StatusBadRequest, "%s: %s is not a number from %d to %d", name, quote(text), least, most)
		}
		return n, nil
	}
	var err error
	switch name {
	case "operation":
		q.operation = &text
		return checkOperation(c, text)
	case "status":
		var n int64
		n, err = number(0, 599)
		status := int(n)
		q.status = &status
	case "violations":
		if text != "true" && text != "false" {
			return refuse(http.StatusBadRequest, "violations: %s is neither true nor false", quote(text))
		}
		wanted := text == "true"
		q.violations = &wanted
	case "after":
		q.after, err = number(0, 1<<62)
	case "limit":
		var n int64
		n, err = number(1, maxRequests)
		q.limit = int(n)
	default:
		return refuse(http.StatusBadRequest, "unknown filter %s; there are: operation, status, violations, after, limit", quote(name))
	}
	return err
}

// checkOperation wants the id of an operation; the empty one is of requests that
// no operation matched.
func checkOperation(c *openapi.Contract, id string) error {
	var ids []string
	for op := range c.Operations() {
		ids = append(ids, op.ID)
	}
	if id == "" || slices.Contains(ids, id) {
		return nil
	}
	if near := openapi.Nearest(id, slices.Values(ids)); near != "" {
		return refuse(http.StatusBadRequest, "operation: the contract has no %s (did you mean %s?)", quote(id), quote(near))
	}
	return refuse(http.StatusBadRequest, "operation: the contract has no %s; it has: %s", quote(id), strings.Join(ids[:min(len(ids), 20)], ", "))
}
