package control

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi/jsontext"
)

// An endpoint is a method and a path of the control surface. The path is below the
// root and may have one parameter, a whole segment such as {id}: respond finds it as
// the request's PathValue.
type endpoint struct {
	method, path string
	takes        []string // media types of the body
	most         int      // bytes of the body; 0 is document.MaxSize
	respond      func(h *Handler, r *http.Request, body []byte) (any, error)
	stream       func(*Handler, http.ResponseWriter, *http.Request) error // instead of respond
}

// endpoints lists the endpoints. Of two that fit a path, the first counts. A browser
// asks first before it sends a body of one of these types to another origin; that of a
// form is not among them.
func endpoints() []endpoint {
	takesJSON := []string{"application/json"}
	takesYAML := []string{"application/json", "application/yaml", "application/x-yaml", "text/yaml"}
	return []endpoint{
		{method: "GET", path: "/health", respond: (*Handler).health},
		{method: "POST", path: "/reset", takes: takesJSON, respond: (*Handler).reset},
		{method: "GET", path: "/requests", respond: (*Handler).requests},
		{method: "GET", path: "/requests/{id}", respond: (*Handler).request},
		{method: "GET", path: "/har", stream: (*Handler).har},
		{method: "GET", path: "/verdict", respond: (*Handler).verdict},
		{method: "GET", path: "/permissions", respond: (*Handler).permissions},
		{method: "GET", path: "/scenarios", respond: (*Handler).scenarios},
		{method: "POST", path: "/scenarios", takes: takesYAML, respond: (*Handler).play},
		{method: "DELETE", path: "/scenarios/{name}", takes: takesJSON, respond: (*Handler).stop},
		{method: "GET", path: "/state", respond: (*Handler).state},
		{method: "PUT", path: "/state", takes: takesYAML, most: fixtures.MaxSize, respond: (*Handler).setState},
		{method: "POST", path: "/clock/advance", takes: takesJSON, respond: (*Handler).advance},
		{method: "GET", path: "/tenants", respond: (*Handler).tenants},
		{method: "DELETE", path: "/tenants/{id}", takes: takesJSON, respond: (*Handler).forget},
		{method: "GET", path: "/events", stream: (*Handler).events},
	}
}

// Patterns returns the endpoints as net/http patterns, such as
// "GET /_graphmock/health".
func Patterns() []string {
	var patterns []string
	for _, e := range endpoints() {
		patterns = append(patterns, e.method+" "+Root+e.path)
	}
	return patterns
}

// find returns the endpoint of a request. Paths are compared as sent: none has an
// escape in it but in a parameter, dots or a slash at its end.
func find(all []endpoint, w http.ResponseWriter, r *http.Request) (endpoint, error) {
	path, _ := strings.CutPrefix(r.URL.EscapedPath(), Root)
	var methods, paths []string
	for _, e := range all {
		if !slices.Contains(paths, Root+e.path) {
			paths = append(paths, Root+e.path)
		}
		name, value, ok := e.match(path)
		if !ok {
			continue
		}
		if e.takesMethod(r.Method) {
			if name != "" {
				r.SetPathValue(name, value)
			}
			return e, nil
		}
		methods = append(methods, e.method)
	}
	if methods == nil {
		return endpoint{}, errorf(http.StatusNotFound, "no such endpoint; there are: %s", strings.Join(paths, ", "))
	}
	allow := strings.Join(methods, ", ")
	w.Header().Set("Allow", allow)
	return endpoint{}, errorf(http.StatusMethodNotAllowed,
		"%s does not take %s; send %s", Root+path, jsontext.Quote(r.Method), allow)
}

// match reports whether a path is the endpoint's, with the name and the value of its
// parameter if it has one.
func (e *endpoint) match(path string) (name, value string, ok bool) {
	before, rest, hasParameter := strings.Cut(e.path, "{")
	if !hasParameter {
		return "", "", path == e.path
	}
	name, after, _ := strings.Cut(rest, "}")
	if value, ok = strings.CutPrefix(path, before); !ok {
		return "", "", false
	}
	if value, ok = strings.CutSuffix(value, after); !ok || value == "" || strings.Contains(value, "/") {
		return "", "", false
	}
	value, err := url.PathUnescape(value)
	return name, value, err == nil
}

// takesMethod reports whether the endpoint takes a method. Tools that wait for a
// server ask with HEAD.
func (e *endpoint) takesMethod(method string) bool {
	return e.method == method || method == http.MethodHead && e.method == http.MethodGet && e.stream == nil
}
