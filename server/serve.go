package server

import (
	"net"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/graphmock/graphmock/openapi"
)

// serve lets the stateful service answer. Operations that it does not know, of a
// contract that a user brought, answer with the contract's own example.
func (x *exchange) serve() {
	op := x.match.Operation
	if !x.server.graphs && !isBatch(op) {
		x.answerExample()
		return
	}
	resource, ofUser := op.Resource()
	first := 0 // the parameter after the user's
	if ofUser {
		if !x.caller.user.is(x.match.Value(0)) {
			x.fail(errOtherUser)
			return
		}
		first = 1
	}
	switch op.Action() {
	case "POST /$batch":
		x.answerBatch()
	case "GET " + activitiesPath:
		x.listActivities()
	case "POST " + activitiesPath:
		x.createActivity()
	case "GET " + activitiesPath + countPath:
		x.countEntities(x.activities(x.options()))
	case "GET " + activityPath:
		x.getActivity(x.match.Value(first))
	case "PATCH " + activityPath:
		x.updateActivity(x.match.Value(first))
	case "GET " + itemsPath:
		x.listHistoryItems(x.match.Value(first))
	case "POST " + itemsPath:
		x.createHistoryItem(x.match.Value(first))
	case "GET " + itemsPath + countPath:
		x.countHistoryItems(x.match.Value(first))
	case "GET " + itemPath:
		x.getHistoryItem(x.match.Value(first), x.match.Value(first+1))
	case "PATCH " + itemPath:
		x.updateHistoryItem(x.match.Value(first), x.match.Value(first+1))
	case "GET " + itemPath + "/activity":
		x.getActivityOfItem(x.match.Value(first), x.match.Value(first+1))
	case "PUT " + activityPath:
		x.putActivity(x.match.Value(first))
	case "DELETE " + activityPath:
		x.deleteActivity(x.match.Value(first))
	case "PUT " + itemPath:
		x.putHistoryItem(x.match.Value(first), x.match.Value(first+1))
	case "DELETE " + itemPath:
		x.deleteHistoryItem(x.match.Value(first), x.match.Value(first+1))
	default:
		if op.Method == http.MethodGet && isRecent(resource) {
			x.recentActivities()
			return
		}
		x.answerExample()
	}
}

// hasGraphs tells whether the users and activities of a contract are Graph's: it
// says that it is Graph, or has their history, as no other service does.
func hasGraphs(c *openapi.Contract) bool {
	if c.UsesOData() {
		return true
	}
	for op := range c.Operations() {
		if resource, _ := op.Resource(); resource == itemPath {
			return true
		}
	}
	return false
}

// scheme is that of the request's URL, as the client wrote it.
func (x *exchange) scheme() string {
	if scheme := x.Request().URL.Scheme; scheme != "" { // in process, and of clients of a proxy
		return scheme
	}
	if r := x.Request(); r.TLS == nil && !isForwarded(r.Header) {
		return "http" // as Echo finds in the end
	}
	return x.Scheme()
}

// isForwarded tells whether a header may say which scheme a proxy's client used.
func isForwarded(h http.Header) bool {
	for _, name := range [...]string{echo.HeaderXForwardedProto, echo.HeaderXForwardedProtocol, echo.HeaderXForwardedSsl, echo.HeaderXUrlScheme} {
		if h[name] != nil {
			return true
		}
	}
	return false
}

// root is a URL below the service root as the client wrote it, such as
// https://graph.microsoft.com/v1.0, with the parts of its path.
func (x *exchange) root(first string, more ...string) string {
	r := x.Request()
	base := x.match.Base
	if base == "" && strings.HasPrefix(r.URL.Path, "/v1.0/") {
		base = "/v1.0"
	}
	var b strings.Builder
	b.Grow(160)
	for _, part := range []string{x.scheme(), "://", hostOf(r), base, first} {
		b.WriteString(part)
	}
	for _, part := range more {
		b.WriteString(part)
	}
	return b.String()
}

// hostOf is where the client reached the service. Clients of HTTP/1.0 need not
// say it.
func hostOf(r *http.Request) string {
	if r.Host == "" {
		if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
			return local.String()
		}
	}
	return r.Host
}
