package openapi

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/spell"
)

// Find returns the operation of an operationId, such as
// me.activities.PutHistoryItem, or of a net/http pattern, such as
// "PUT /me/activities/{id}/historyItems/{item}". Names of parameters are free; a
// service root before the path is allowed. The error is a *PatternError.
func (c *Contract) Find(pattern string) (*Operation, error) {
	if op, ok := c.ByID(pattern); ok {
		return op, nil
	}
	method, path := cutPattern(pattern)
	for op := range c.ofPath(path) {
		if op.Method == method {
			return op, nil
		}
	}
	return nil, c.patternError(pattern)
}

// FindAll is Find for patterns that may be a path alone, which is that of all
// operations with the path.
func (c *Contract) FindAll(pattern string) ([]*Operation, error) {
	if method, path := cutPattern(pattern); method == "" {
		if all := slices.Collect(c.ofPath(path)); len(all) > 0 {
			return all, nil
		}
	}
	op, err := c.Find(pattern)
	if err != nil {
		return nil, err
	}
	return []*Operation{op}, nil
}

func cutPattern(pattern string) (method, path string) {
	method, path, found := strings.Cut(pattern, " ")
	if !found {
		return "", pattern
	}
	return method, strings.TrimSpace(path)
}

// ofPath returns the operations whose path has the structure of another: those of the
// document or, if it has none, of Graph's model.
func (c *Contract) ofPath(path string) func(yield func(*Operation) bool) {
	shape := pathShape(path)
	return func(yield func(*Operation) bool) {
		documented := false
		for _, op := range c.operations {
			if op.shape == shape || slices.ContainsFunc(c.router.bases, func(base string) bool {
				return strings.TrimPrefix(shape, strings.ToLower(base)) == op.shape
			}) {
				if documented = true; !yield(op) {
					return
				}
			}
		}
		if documented {
			return
		}
		for _, op := range c.derivedAt(path) {
			if !yield(op) {
				return
			}
		}
	}
}

// ByID returns the operation with an operationId.
func (c *Contract) ByID(id string) (*Operation, bool) {
	for _, op := range c.operations {
		if op.ID == id {
			return op, true
		}
	}
	return nil, false
}

// NearestID returns the operationId that was probably meant, "" if none is alike:
// people call an operation by the last part of its id.
func (c *Contract) NearestID(id string) string {
	ids := map[string]bool{}
	for _, op := range c.operations {
		ids[op.ID] = true
	}
	near := spell.Nearest(id, maps.Keys(ids))
	for known := range ids {
		if strings.HasSuffix(strings.ToLower(known), "."+strings.ToLower(id)) && (near == "" || known < near) {
			near = known
		}
	}
	return near
}

// A PatternError says that a pattern fits no operation, and what would.
type PatternError struct {
	Pattern string
	Nearest string // an operation's pattern or operationId, "" if none is alike
	Instead string // what to write, "" if only Nearest may tell
	Without string // what Instead lacks: PatternHost, PatternQuery or PatternIDs
}

// What is no part of a pattern.
const (
	PatternHost      = "host"
	PatternQuery     = "query"
	PatternHostQuery = "host and the query"
	PatternIDs       = "ids"
)

// Error returns the error in one line, with what to write instead.
func (e *PatternError) Error() string {
	switch e.Without {
	case PatternHost, PatternQuery, PatternHostQuery:
		return fmt.Sprintf("%s (leave the %s out: %q)", e.message(""), e.Without, e.Instead)
	case PatternIDs:
		return fmt.Sprintf("%s (a pattern names its parameters: %q)", e.message(""), e.Instead)
	}
	return e.Message()
}

// Message returns the error without what to write instead.
func (e *PatternError) Message() string {
	if e.Nearest == "" {
		return e.message("")
	}
	return e.message(fmt.Sprintf("; nearest is %q", e.Nearest))
}

func (e *PatternError) message(nearest string) string {
	return fmt.Sprintf("pattern %s fits no operation of the contract%s", jsontext.Quote(e.Pattern), nearest)
}

func (c *Contract) patternError(pattern string) *PatternError {
	e := &PatternError{Pattern: pattern}
	method, path := cutPattern(pattern)
	if method == "" && path != "" && !strings.Contains(path, "/") {
		e.Nearest = c.NearestID(pattern)
		return e
	}
	if op, _ := c.nearest(method, path); op != nil {
		e.Nearest = op.Pattern()
	}
	e.Instead, e.Without = c.instead(method, path)
	return e
}

// instead returns a pattern for one that has a part of a request's URL that no
// pattern has.
func (c *Contract) instead(method, path string) (pattern, without string) {
	if _, rest, absolute := strings.Cut(path, "://"); absolute {
		_, path, _ = strings.Cut(rest, "/")
		path, _, query := strings.Cut(path, "?")
		pattern = strings.TrimSpace(method + " /" + path)
		if query {
			return pattern, PatternHostQuery
		}
		return pattern, PatternHost
	}
	if path, _, query := strings.Cut(path, "?"); query {
		return strings.TrimSpace(method + " " + path), PatternQuery
	}
	for _, base := range append(c.Bases(), "") {
		if m, v := c.Route(method, base+path); v == nil {
			return m.Operation.Pattern(), PatternIDs
		}
	}
	return "", ""
}
