package server

import (
	"strings"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/batch"
	"github.com/graphmock/graphmock/server/internal/journal"
)

// route finds the operation that the contract has for the request line.
func (x *exchange) route() {
	match, violation := x.server.config.Contract.Route(x.request.Method, x.request.URL.EscapedPath())
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
		x.reject(nestedBatch())
	}
}

func nestedBatch() openapi.Violation {
	return openapi.Violation{In: openapi.InPath, Pointer: "$batch", Rule: batch.RuleNested,
		Message: "the request of a batch is a batch itself", Hint: "send its requests in a batch of their own"}
}

// setUnsupported says that Graph has what was asked for, and graphmock does not.
func (x *exchange) setUnsupported(path string) {
	x.unsupported = journal.Cut(x.request.Method) + " " + path
	x.outlet.SetHeader("Graphmock-Unsupported", x.unsupported)
}
