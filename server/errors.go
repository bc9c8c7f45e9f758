package server

import (
	"fmt"
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

// fail responds with an error that is no violation: one that depends on state. Words
// are pairs of a placeholder in its message and what stands for it.
func (x *exchange) fail(id string, words ...string) { x.failWith(id, nil, words...) }

// failWith is fail with what the error tells in detail.
func (x *exchange) failWith(id string, details []any, words ...string) {
	e, ok := graph.ErrorOf(id)
	if !ok {
		panic("BUG: no error " + id)
	}
	x.refused = true
	if !x.contract().HasGraphErrors() {
		e = x.match.Operation.AsRefusal(e)
	}
	x.innerCode = graph.InnerCode(id)
	x.respondError(e.Status, e.Code, strings.NewReplacer(words...).Replace(e.Message), details...)
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
		x.server.config.Contract.Complete(v)
	}
	x.violations = append(x.violations, violations...)
	v := violations[0]
	x.refused = true
	if !x.contract().HasGraphErrors() {
		op := x.match.Operation
		if op == nil { // decode comes before route
			match, _ := x.server.config.Contract.Route(x.request.Method, x.request.URL.EscapedPath())
			op = match.Operation
		}
		x.respondDeclared(op.Refusal(v, x.server.sampleSource()))
		return
	}
	message := e.Message
	if strings.IndexByte(message, '{') >= 0 {
		name := v.Property()
		words = append(words, "{property}", name, "{parameter}", name, "{segment}", name, "{option}", name,
			"{encoding}", contentCoding(x.request.Header), "{type}", v.Type, "{reason}", v.Message)
		message = strings.NewReplacer(words...).Replace(message)
	}
	x.respondError(e.Status, e.Code, message)
}

// respondError responds with an error: in Graph's envelope, or as another service's
// contract words it. The envelope's ids are those of the headers; its date has 19
// characters and no zone, as clients know it.
func (x *exchange) respondError(status int, code, message string, details ...any) {
	if !x.contract().HasGraphErrors() {
		e := graph.Error{Status: status, Code: code, Message: message}
		x.respondDeclared(x.match.Operation.ErrorResponse(e, x.server.sampleSource()))
		return
	}
	h := x.outlet.Header()
	b := append(make([]byte, 0, 320), `{"error":{"code":`...)
	b = jsontext.AppendString(b, code)
	b = append(b, `,"message":`...)
	b = jsontext.AppendString(b, message)
	if len(details) > 0 {
		b = jsontext.Append(append(b, `,"details":`...), details)
	}
	b = append(b, `,"innerError":{`...)
	if x.innerCode != "" {
		b = append(jsontext.AppendString(append(b, `"code":`...), x.innerCode), ',')
	}
	b = append(b, `"date":"`...)
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

// contract is the one that the request is about, of those that are served.
func (x *exchange) contract() *openapi.Contract { return x.match.Contract(x.server.config.Contract) }

// respondDeclared responds with an error of a contract that is not Graph's. The error
// beside it says why the contract's words can't be made up.
func (x *exchange) respondDeclared(r openapi.ErrorResponse, err error) {
	if err != nil {
		x.addSampleViolation(fmt.Sprintf("status %d has no example, and none can be made up: %v", r.Status, err))
	}
	if r.MediaType == "" {
		x.respond(r.Status, nil)
	} else {
		x.respondValue(r.Status, r.Value, r.MediaType)
	}
	x.addHeaders(r.Header)
}
