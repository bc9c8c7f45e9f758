package server

import (
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/graphmock/graphmock/server/internal/control"
)

// TransportTo is the in-process transport to another handler, for comparisons.
func TransportTo(h http.Handler) http.RoundTripper { return handlerTransport{h} }

type handlerTransport struct{ handler http.Handler }

func (t handlerTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	return serveInProcess(t.handler, req)
}

// ControlRoutes are the methods and paths of all endpoints of the control surface.
func ControlRoutes() (routes [][2]string) {
	for _, pattern := range control.Patterns() {
		method, path, _ := strings.Cut(pattern, " ")
		routes = append(routes, [2]string{method, path})
	}
	return routes
}

// Throttled is how many users the server counts calls of.
func Throttled(s *Server) int { return len(s.throttling.users) }

// SignSkipToken makes a $skiptoken of any text, as only the server can.
func SignSkipToken(s *Server, text string) string {
	return base64.RawURLEncoding.EncodeToString(append([]byte(text), s.signPosition([]byte(text))...))
}
