package server

import (
	"strings"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/batch"
)

// route finds the operation that the contract has for the request line.
func (x *exchange) route() {
	match, violation := x.server.route(x.request.Method, x.request.URL.EscapedPath())
	x.match = match
	if x.item != nil && x.item.Blocked {
		x.fail(errDependency)
		return
	}
	if violation != nil {
		if len(match.Allow) > 0 {
			x.outlet.Header()["Allow"] = []string{strings.Join(match.Allow, ", ")}
		}
		x.reject(*violation)
		return
	}
	if x.item != nil && isBatch(match.Operation) {
		x.reject(openapi.Violation{In: openapi.InPath, Pointer: "$batch", Rule: batch.RuleNested,
			Message: "the request of a batch is a batch itself", Hint: "send its requests in a batch of their own"})
	}
}

// route is Contract.Route. Where the document has no operation, Graph's model may have
// one: if a workload knows it, that is it.
func (s *Server) route(method, path string) (openapi.Match, *openapi.Violation) {
	match, violation := s.config.Contract.Route(method, path)
	if violation == nil || !s.stateful || len(match.Allow) > 0 {
		return match, violation
	}
	derived, refusal, known := s.config.Contract.Derive(method, path)
	if !known || !s.service.Serves(derived.Resource()) {
		return match, violation
	}
	return derived, refusal
}
