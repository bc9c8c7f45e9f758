package server

import (
	"strings"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
)

// Ids of errors of package graph that the server itself has.
const (
	ruleInternal  = "internal"
	errInternal   = ruleInternal
	errBadGateway = "bad-gateway"
	errDependency = "failed-dependency"
)

// fail responds with an error that is no violation: one that depends on state.
func (x *exchange) fail(id string) {
	e, ok := graph.ErrorOf(id)
	if !ok {
		panic("BUG: no error " + id)
	}
	x.refused = true
	x.respondError(e.Status, e.Code, e.Message)
}

// reject responds to a request that breaks the contract, in the words that Graph has
// for the first violation.
func (x *exchange) reject(violations ...openapi.Violation) {
	x.rejectAs(violations[0].GraphError(), violations)
}

// rejectAs is reject with an error of its own. Words are pairs of a placeholder in
// the error's message and what stands for it, beside those for the violation.
func (x *exchange) rejectAs(e graph.Error, violations []openapi.Violation, words ...string) {
	for i := range violations {
		v := &violations[i]
		v.Side = openapi.RequestSide
		if op := x.match.Operation; op != nil {
			v.Operation = op.ID
		}
		x.server.config.Contract.AddEvidence(v)
	}
	x.violations = append(x.violations, violations...)
	v := violations[0]
	message := e.Message
	if strings.IndexByte(message, '{') >= 0 {
		name := v.Property()
		words = append(words, "{property}", name, "{parameter}", name, "{segment}", name, "{option}", name,
			"{encoding}", contentCoding(x.request.Header), "{type}", v.Type, "{reason}", v.Message)
		message = strings.NewReplacer(words...).Replace(message)
	}
	x.refused = true
	x.respondError(e.Status, e.Code, message)
}

// respondError responds with Graph's error envelope. Its ids are those of the
// headers; its date has 19 characters and no zone, as clients know it.
func (x *exchange) respondError(status int, code, message string) {
	h := x.outlet.Header()
	b := append(make([]byte, 0, 320), `{"error":{"code":`...)
	b = jsontext.AppendString(b, code)
	b = append(b, `,"message":`...)
	b = jsontext.AppendString(b, message)
	b = append(b, `,"innerError":{"date":"`...)
	b = x.now.AppendFormat(b, "2006-01-02T15:04:05")
	b = append(b, `","request-id":"`...)
	b = append(b, x.id...)
	b = append(b, `","client-request-id":`...)
	b = jsontext.AppendString(b, h.Get("Client-Request-Id"))
	b = append(b, "}}}"...)

	h["Content-Type"] = []string{contentTypeError}
	if status == 401 {
		h["Www-Authenticate"] = []string{graph.WWWAuthenticate}
	}
	x.responded, x.status, x.responseBody = true, status, b
}
