package server

import (
	"net/http"
	"strings"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/batch"
	"github.com/graphmock/graphmock/server/internal/rawurl"
)

// isBatch reports whether an operation, if there is one, is $batch.
func isBatch(op *openapi.Operation) bool { return op != nil && op.Action() == "POST /$batch" }

// batchErrorOf returns how Graph words what a contract's schema finds wrong in the
// body of a batch.
func batchErrorOf(v openapi.Violation) graph.Error {
	id := batch.RuleMalformed
	if v.Pointer == "/requests" && v.Rule == "maxItems" {
		id = batch.RuleSize
	}
	e, _ := graph.ErrorOf(id)
	return e
}

// readBatch is what validate does beyond the schema.
func (x *exchange) readBatch() {
	path := strings.TrimSuffix(x.request.URL.EscapedPath(), "/")
	b, problem := batch.Parse(path[:strings.LastIndexByte(path, '/')], x.value)
	if problem != nil {
		x.rejectAs(problem.Violation.GraphError(), []openapi.Violation{problem.Violation}, "{id}", problem.RequestID)
		return
	}
	x.batch = b
}

// respondBatch has the whole pipeline respond to the requests of a batch.
func (x *exchange) respondBatch() {
	body, value, err := x.batch.Run(x.request.Context(), x.performItem)
	if err != nil { // the client is gone
		gone := *x.decision
		gone.Fault = scenarios.FaultHang
		x.responded, x.decision = true, &gone
		return
	}
	x.respond(http.StatusOK, body)
	x.setContentType(contentTypeBatch)
	x.entity = value
}

// performItem takes a request of the batch through the pipeline.
func (x *exchange) performItem(r *batch.Request) batch.Response {
	out := &batchItem{outer: x.outlet, header: http.Header{}}
	alone := r.HTTP(x.request, x.scheme())
	alone.Host = hostOf(x.request)
	item := x.server.newExchange(out, rawurl.AsSent(alone))
	item.item = r
	item.run()
	return batch.Response{Status: out.status, Header: out.header, Body: out.body, Value: item.entity}
}

// failBatchFault gives a request of a batch a status where a script wants a fault:
// the batch has one connection, and that is not this request's to break.
func (x *exchange) failBatchFault() {
	switch fault := x.decision.Fault; {
	case x.item == nil || fault == scenarios.NoFault:
		return
	case fault == scenarios.FaultDrip: // slow, but whole
	default:
		h := x.outlet.Header()
		delete(h, "Location")
		delete(h, "Odata-Version")
		id := errBadGateway
		if fault == scenarios.FaultHang {
			id = graph.ErrorTimeout
		}
		x.fail(id)
	}
	x.decision.Fault = scenarios.NoFault
}
