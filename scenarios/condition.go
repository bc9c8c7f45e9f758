package scenarios

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/schema"
)

// where is the part of an exchange that a condition looks at, in the words of
// the file.
type where string

const (
	inPath    where = "path"
	inQuery   where = "query"
	inHeaders where = "headers"
	inBody    where = "body"
	inToken   where = "token"
	inTenant  where = "tenant"
	inState   where = "state"
)

// wheres is the order of specificity: between rules with as many conditions, the one
// that says more about what stands further left is more specific.
var wheres = []where{inPath, inQuery, inHeaders, inBody, inToken, inTenant, inState}

// subject names one value of an exchange.
type subject struct {
	where where
	key   string // parameter, header in canonical form, JSON pointer, or user, app, scope
}

// String returns the subject in the words of the file, such as headers If-Match.
func (s subject) String() string {
	if s.key == "" {
		return string(s.where)
	}
	return string(s.where) + " " + s.key
}

// A condition is a matcher for one value of an exchange.
type condition struct {
	subject
	pointer jsontext.Pointer // of a body
	matcher matcher
}

// holds reports whether the exchange meets c; state is the scenario's.
func (c *condition) holds(x *Exchange, state string) bool {
	switch {
	case c.where == inState:
		return c.matcher.holds(state, true)
	case c.where == inToken && c.key == "scope":
		return c.holdsScope(x)
	case c.where == inToken && c.key == "user" && x.UserID != "":
		return c.matcher.holds(x.User, true) || c.matcher.holds(x.UserID, true)
	}
	v, present := c.value(x)
	return c.matcher.holds(v, present)
}

// holdsScope reports whether one of the token's scopes passes or, where the matcher
// accepts a missing value, whether each does.
func (c *condition) holdsScope(x *Exchange) bool {
	holds := func(scope string) bool { return c.matcher.holds(scope, true) }
	if c.matcher.wantsPresent() {
		return slices.ContainsFunc(x.Scopes, holds)
	}
	return !slices.ContainsFunc(x.Scopes, func(scope string) bool { return !holds(scope) })
}

// value returns the subject of c in an exchange.
func (c *condition) value(x *Exchange) (any, bool) {
	switch c.where {
	case inPath:
		v := x.Match.Param(c.key)
		return foldGUID(v), v != ""
	case inQuery:
		return joined(queryValues(x.Query, c.key))
	case inHeaders:
		return joined(x.Header[c.key])
	case inBody:
		return c.pointer.In(x.Body)
	case inTenant:
		return foldGUID(x.Tenant), x.Tenant != ""
	}
	switch c.key {
	case "user":
		return x.User, x.User != ""
	case "app":
		return x.App, x.App != ""
	}
	return nil, false
}

// joined returns a parameter or header as one text: if it was sent more than once, its
// values are joined by commas, as HTTP reads them.
func joined(values []string) (any, bool) {
	switch len(values) {
	case 0:
		return nil, false
	case 1:
		return values[0], true
	}
	return strings.Join(values, ", "), true
}

// queryValues finds a query option by its name in any case, as Graph does.
func queryValues(query url.Values, name string) []string {
	if values, ok := query[name]; ok {
		return values
	}
	for each, values := range query {
		if strings.EqualFold(each, name) {
			return values
		}
	}
	return nil
}

// foldGUID returns a GUID in lower case: to Graph, either case is the same id. Other ids
// stay as they are.
func foldGUID(text string) string {
	if !schema.IsGUID(text) {
		return text
	}
	return strings.ToLower(text)
}

// canonical returns a key in the form in which equal subjects have equal keys.
func (w where) canonical(key string) string {
	if w == inHeaders {
		return http.CanonicalHeaderKey(key)
	}
	return key
}

// explain returns why an exchange does not meet c.
func (c *condition) explain(x *Exchange, state string) string {
	var v any = state
	present := true
	switch {
	case c.where == inToken && c.key == "scope":
		v, present = strings.Join(x.Scopes, " "), len(x.Scopes) > 0
	case c.where != inState:
		v, present = c.value(x)
	}
	is := "is missing"
	if present {
		is = "is " + show(v)
	}
	return fmt.Sprintf("%v %s; the rule wants: %v", c.subject, is, c.matcher)
}
