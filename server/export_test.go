package server

import (
	"net/http"
	"strings"

	"github.com/graphmock/graphmock/server/internal/control"
	"github.com/graphmock/graphmock/server/internal/inprocess"
)

// TransportTo is the in-process transport to another handler, for comparisons.
func TransportTo(h http.Handler) http.RoundTripper { return inprocess.Over(h) }

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
func SignSkipToken(s *Server, text string) string { return s.service.SignToken(text) }

// Uses is how many hold the data of the present tenant, the server itself included.
func Uses(s *Server) int64 { return s.tenant.Load().uses.Load() }
