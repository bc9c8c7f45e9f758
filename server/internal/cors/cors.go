// Package cors lets pages of any origin use the service, as Graph does. Tokens and not
// cookies say who calls, so that a page gets nothing that it could not have anyhow.
package cors

import "net/http"

// exposed are the headers of a response that a page may read: those of 2019
// (microsoftgraph/microsoft-graph-docs#4752) and, seen by dotnet/dev-proxy, those that
// came later.
const exposed = "ETag, Location, Preference-Applied, Content-Range, request-id, client-request-id, " +
	"ReadWriteConsistencyToken, SdkVersion, WWW-Authenticate, x-ms-client-gcc-tenant, Retry-After"

// own are headers of graphmock's own that a page may read too.
const own = ", graphmock-violation, graphmock-reason, graphmock-unsupported"

// IsPreflight reports whether a request is a browser's own, which asks what a page may
// send (Fetch, 3.2.2).
func IsPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header["Access-Control-Request-Method"] != nil && r.Header["Origin"] != nil
}

// Allow adds to the header of a response what lets the page read it that sent the
// request. It must have an Origin.
func Allow(h http.Header) {
	h["Access-Control-Allow-Origin"] = []string{"*"}
	h["Access-Control-Expose-Headers"] = []string{exposed + own}
}

// AllowRequest adds to the header of the response to a preflight that the page may send
// all that it asks for. The form is assumed: Graph's own was not recorded.
func AllowRequest(h http.Header, r *http.Request) {
	Allow(h)
	h["Access-Control-Allow-Methods"] = r.Header["Access-Control-Request-Method"][:1]
	if names := r.Header["Access-Control-Request-Headers"]; names != nil {
		h["Access-Control-Allow-Headers"] = names
	}
}
