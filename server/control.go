package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/document"
)

// The control surface, /_graphmock/, is for test suites in other languages. Its
// requests do not go through the pipeline, and the journal has none of them.
//
// Mock servers were often broken into here. So: no endpoint takes a command, a
// file name, a URL or code; GET changes nothing; guard.go says who may ask at all;
// nothing that is stored is ever shown as HTML.

const controlRoot = "/_graphmock"

// isControl tells whether a path, unescaped, is of the control surface. How it
// was escaped is for control to judge.
func isControl(path string) bool {
	rest, ok := strings.CutPrefix(path, controlRoot)
	return ok && (rest == "" || rest[0] == '/')
}

// controlRoute is an endpoint of the control surface.
type controlRoute struct {
	method, path string // below the root
	takes        []string
	answer       func(*Server, *http.Request, []byte) (any, error)
	stream       func(*Server, http.ResponseWriter, *http.Request) error // instead of answer
}

// Media types of bodies. All of them have a browser ask first, before it sends
// such a body to another origin; that of a form is not among them.
var (
	takesJSON = []string{"application/json"}
	takesYAML = []string{"application/json", "application/yaml", "application/x-yaml", "text/yaml"}
)

func controlRoutes() []controlRoute {
	return []controlRoute{
		{method: "GET", path: "/health", answer: (*Server).controlHealth},
		{method: "POST", path: "/reset", takes: takesJSON, answer: (*Server).controlReset},
		{method: "GET", path: "/requests", answer: (*Server).controlRequests},
		{method: "GET", path: "/verdict", answer: (*Server).controlVerdict},
		{method: "GET", path: "/scenarios", answer: (*Server).controlScenarios},
		{method: "POST", path: "/scenarios", takes: takesYAML, answer: (*Server).controlPlay},
		{method: "GET", path: "/state", answer: (*Server).controlState},
		{method: "PUT", path: "/state", takes: takesYAML, answer: (*Server).controlSetState},
		{method: "POST", path: "/clock/advance", takes: takesJSON, answer: (*Server).controlAdvance},
		{method: "GET", path: "/events", stream: (*Server).controlEvents},
	}
}

// A refusal is why a control request was not done; it is the answer as well.
type refusal struct {
	status   int
	Message  string            `json:"error"`
	Problems document.Problems `json:"problems,omitempty"`
}

func (r *refusal) Error() string { return r.Message }

func refuse(status int, format string, args ...any) *refusal {
	return &refusal{status: status, Message: fmt.Sprintf(format, args...)}
}

// refuseDocument is a refusal of a document that can be read, but is wrong.
func refuseDocument(what string, err error) *refusal {
	r := &refusal{status: http.StatusUnprocessableEntity, Message: what + ": " + err.Error()}
	if errors.As(err, &r.Problems) {
		r.Message = fmt.Sprintf("%s has %d problems; nothing was changed", what, len(r.Problems))
		if len(r.Problems) == 1 {
			r.Message = what + " has a problem; nothing was changed"
		}
	}
	return r
}

// serveControl answers a request to the control surface.
func (s *Server) serveControl(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	value, err := s.control(w, r)
	status := http.StatusOK
	if err != nil {
		refused := &refusal{status: http.StatusInternalServerError, Message: err.Error()}
		errors.As(err, &refused)
		status, value = refused.status, refused
	} else if value == nil {
		return // the stream has ended
	}
	h.Set("Content-Type", "application/json")
	w.WriteHeader(status)
	e := json.NewEncoder(w) // escapes <, > and &
	e.SetIndent("", "  ")
	e.Encode(value) // a client that has gone is nobody to tell
}

// control does what a request wants; the value is nil if it was a stream.
func (s *Server) control(w http.ResponseWriter, r *http.Request) (any, error) {
	if err := s.guard(w, r); err != nil {
		return nil, err
	}
	route, err := findControl(w, r)
	if err != nil {
		return nil, err
	}
	if route.stream != nil {
		return nil, route.stream(s, w, r)
	}
	var body []byte
	if route.method != http.MethodGet {
		if body, err = route.read(w, r); err != nil {
			return nil, err
		}
	}
	return route.answer(s, r, body)
}

// findControl gives the endpoint of a request. Paths are compared as sent: none
// has an escape in it, dots or a slash at its end.
func findControl(w http.ResponseWriter, r *http.Request) (controlRoute, error) {
	routes := controlRoutes()
	path, _ := strings.CutPrefix(r.URL.EscapedPath(), controlRoot)
	var methods, paths []string
	for _, route := range routes {
		if !slices.Contains(paths, controlRoot+route.path) {
			paths = append(paths, controlRoot+route.path)
		}
		if route.path != path {
			continue
		}
		if route.takesMethod(r.Method) {
			return route, nil
		}
		methods = append(methods, route.method)
	}
	if methods == nil {
		return controlRoute{}, refuse(http.StatusNotFound, "no such endpoint; there are: %s", strings.Join(paths, ", "))
	}
	allow := strings.Join(methods, ", ")
	w.Header().Set("Allow", allow)
	return controlRoute{}, refuse(http.StatusMethodNotAllowed, "%s does not take %s; send %s", controlRoot+path, quote(r.Method), allow)
}

// takesMethod tells whether an endpoint takes a method. Tools that wait for a
// server ask with HEAD.
func (c *controlRoute) takesMethod(method string) bool {
	return c.method == method || method == http.MethodHead && c.method == http.MethodGet && c.stream == nil
}

// read reads the body of a request that changes something.
func (c *controlRoute) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, document.MaxSize))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, refuse(http.StatusRequestEntityTooLarge, "the body is larger than %d MiB", document.MaxSize>>20)
	case isTimeout(err):
		return nil, refuse(http.StatusRequestTimeout, "the body did not arrive in time")
	case err != nil:
		return nil, refuse(http.StatusBadRequest, "the body can't be read: %v", err)
	case len(body) == 0:
		return nil, nil
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(c.takes, media) {
		return nil, refuse(http.StatusUnsupportedMediaType, "the body's Content-Type is %s; send %s",
			quote(r.Header.Get("Content-Type")), strings.Join(c.takes, ", "))
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return nil, refuse(http.StatusUnsupportedMediaType, "Content-Encoding %s is not read here; send the body as it is", quote(coding))
	}
	return body, nil
}
