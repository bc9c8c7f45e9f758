package server

import (
	"fmt"
	"net/http"
	"path"
	"strings"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/journal"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/workload"
)

// Ids of errors of package graph that the server itself has.
const (
	ruleInternal  = "internal"
	errInternal   = ruleInternal
	errBadGateway = "bad-gateway"
	errDependency = "failed-dependency"
)

// fail responds with an error that the contract does not tell of: most depend on the state.
// Words are pairs of a placeholder in its message, or in what explains it, and what stands
// for it.
func (x *exchange) fail(id string, words ...string) { x.failWith(id, nil, words...) }

// failWith is fail with what the error tells in detail.
func (x *exchange) failWith(id string, details []any, words ...string) {
	e, ok := graph.ErrorOf(id)
	if !ok {
		panic("BUG: no error " + id)
	}
	x.refused = true
	x.explain(id, e, words)
	if !x.contract().HasGraphErrors() {
		e = x.match.Operation.AsRefusal(e)
	}
	x.inner = graph.InnerErrorOf(id)
	x.respondError(e.Status, e.Code, strings.NewReplacer(words...).Replace(e.Message), details...)
}

// explain says why there is an error. What a client could have known without the state is a
// violation of the contract: a body can break rules only where there is one, for a rule may be
// about what is stored as well. All else is a reason: it leaves the verdict clean.
func (x *exchange) explain(id string, e graph.Error, words []string) {
	rule, known := workload.RuleOf(id)
	if !known {
		rule, known = x.server.config.Contract.Behaviour(id)
	}
	if rule.Breaks != nil {
		if v := x.breach(&rule, words); v.In != openapi.InBody || len(x.body) > 0 {
			x.violations = append(x.violations, v)
			return
		}
	}
	if e.Status == http.StatusNotImplemented {
		path := x.match.Resource()
		what := path.Template()
		for i := 0; i+1 < len(words); i += 2 {
			if words[i] == service.What {
				what += ": " + journal.Cut(words[i+1])
			}
		}
		x.setUnsupported(what)
		return
	}
	why := e.Message
	if known && rule.Case != "" {
		why = rule.Case
	}
	x.setReason(id, why)
}

// setReason says which rule a response follows that is no violation, and when it does.
func (x *exchange) setReason(rule, when string) {
	x.reason = rule + "; " + when
	x.outlet.SetHeader("Graphmock-Reason", x.reason)
}

// breach is the violation of a rule. The error's words name what varies of it: a property, a
// header or an option, and why.
func (x *exchange) breach(rule *openapi.Behaviour, words []string) openapi.Violation {
	v := openapi.Violation{In: rule.Breaks.In, Pointer: rule.Breaks.Pointer, Rule: rule.ID, Message: rule.Case,
		Evidence: rule.Evidence, Source: rule.Source}
	for i := 0; i+1 < len(words); i += 2 {
		switch text := words[i+1]; words[i] {
		case service.InHeader:
			v.In, v.Pointer = openapi.InHeader, text
		case service.Why:
			v.Message = text
		case "{property}":
			if v.Pointer == "" {
				v.Pointer = text
			}
		}
	}
	if v.In == openapi.InBody && v.Pointer != "" && v.Pointer[0] != '/' {
		v.Pointer = "/" + jsontext.EscapePointer(strings.ToLower(v.Pointer[:1])+v.Pointer[1:])
	}
	v.Hint = strings.NewReplacer(words...).Replace(rule.Breaks.Hint)
	x.complete(&v)
	return v
}

// complete adds to a violation by the request what it is about.
func (x *exchange) complete(v *openapi.Violation) {
	v.Side = openapi.RequestSide
	if op := x.match.Operation; op != nil {
		v.Operation = op.ID
	}
	x.server.config.Contract.Complete(v)
	x.advise(v)
}

// advise adds to a violation by a body what is most often meant where the body is right and the
// path is not: a reference without /$ref, or a file's bytes without a colon behind its name.
func (x *exchange) advise(v *openapi.Violation) {
	at := x.match.Resource()
	n := at.Node
	if v.In != openapi.InBody && !strings.HasPrefix(v.Rule, "content-type") || n == nil {
		return
	}
	hint := ""
	switch last := at.Values; {
	case x.request.Method == http.MethodPost && n.Collection && n.Kind == resource.Navigation && !n.Property.Contained &&
		n.Parent.Kind != resource.Root && n.Type.Name == "microsoft.graph.directoryObject":
		hint = "references are added with POST " + n.Template() + "/$ref"
	case n.Kind == resource.ByPath && len(last) > 0:
		names, operation := path.Split(last[len(last)-1])
		if n.Child(operation) != nil && names != "" {
			hint = "a path ends with a colon before what follows: /" + strings.Trim(names, "/") + ":/" + operation
		}
	}
	if hint != "" {
		v.Hint = strings.TrimPrefix(v.Hint+"; "+hint, "; ")
	}
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
		x.complete(&violations[i])
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
			"{encoding}", contentCoding(x.request.Header), "{type}", v.Type, "{reason}", v.Message,
			"{operation}", x.actionName())
		message = strings.NewReplacer(words...).Replace(message)
	}
	x.respondError(e.Status, e.Code, message)
}

// actionName is the name of the action or function that is called, "" if none is.
func (x *exchange) actionName() string {
	if op := x.match.Operation; op != nil && op.Node() != nil {
		name := op.Node().Name
		return name[strings.LastIndexByte(name, '.')+1:]
	}
	return ""
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
	if x.inner.Code != "" {
		b = append(jsontext.AppendString(append(b, `"code":`...), x.inner.Code), ',')
	}
	if x.inner.Message != "" {
		b = append(jsontext.AppendString(append(b, `"message":`...), x.inner.Message), ',')
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
