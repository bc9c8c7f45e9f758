package scenarios

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"mime"
	"net/http"
	"strings"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
)

// A reply is a Response that was compiled for a rule: its expressions are parsed, its
// examples found.
type reply struct {
	Response
	body     value
	patch    value
	headers  []headerChange
	examples map[*openapi.Operation]value // fromExample
	dynamic  bool                         // some part holds expressions
}

type headerChange struct {
	name   string
	value  template
	remove bool
}

// reply compiles resp and reports bad expressions and Go values that JSON does not have.
func (c *compiler) reply(resp Response, report report) reply {
	r := reply{Response: resp}
	r.body = c.goValue(resp.body, "/body", report)
	if resp.patched {
		r.patch = c.goValue(resp.patch, "/patch", report)
	}
	r.dynamic = r.body.encoded == nil || resp.patched && r.patch.encoded == nil
	for _, h := range resp.headers {
		change := headerChange{name: h.name, remove: h.remove}
		if !h.remove {
			t, err := c.template(h.value)
			if err != nil {
				report("/headers/"+jsontext.EscapePointer(h.name), err.Error(), "")
			}
			change.value = t
			r.dynamic = r.dynamic || !t.isStatic()
		}
		r.headers = append(r.headers, change)
	}
	return r
}

func (c *compiler) goValue(v any, at string, report report) value {
	tree, err := jsontext.ValueOf(v)
	if err != nil {
		report(at, "not a JSON value: "+err.Error(), "")
	}
	return c.value(tree, func(pointer, message, hint string) { report(at+pointer, message, hint) })
}

// bodyFor returns the reply's own body for an operation, before any patch. It is for
// sources other than the service and Graph's errors.
func (r *reply) bodyFor(op *openapi.Operation, env *environment, random *rand.Rand) (any, error) {
	switch r.source {
	case fromSchema:
		return op.Response(r.status).Sample(context.Background(), random)
	case fromExample:
		v, ok := r.examples[op]
		if !ok {
			return nil, fmt.Errorf("the operation has no example %q", r.example)
		}
		return v.tree, nil
	}
	return r.body.evaluate(env)
}

// headersFor returns the headers that the contract requires and that the server does not
// add to every response. A script that writes status and body writes those headers as
// well.
func (r *reply) headersFor(op *openapi.Operation, random *rand.Rand) http.Header {
	if r.source != fromSchema && r.source != fromExample {
		return nil
	}
	made := op.Response(r.status).SampleHeaders(context.Background(), random)
	for name := range standardHeaders(op, r.status, true) {
		made.Del(name)
	}
	return made
}

// Content types of responses, as Graph writes them. Other services have those of their
// contract.
const (
	contentTypeJSON  = graph.ContentType
	contentTypeError = graph.ErrorContentType
)

// contentType returns the Content-Type of a response with a body whose headers do not
// set one.
func contentType(op *openapi.Operation, status int) string {
	isError := status >= http.StatusBadRequest
	switch c := op.Contract(); {
	case isError && c.HasGraphErrors():
		return contentTypeError
	case !isError && c.UsesOData():
		return contentTypeJSON
	}
	return cmp.Or(op.Response(status).MediaType(), contentTypeError)
}

// encodeBody returns a body as JSON, unless it is a text of another media type. Null is
// no body: no response of Graph is null alone.
func encodeBody(v any, contentType string) ([]byte, error) {
	if v == nil {
		return nil, nil
	}
	if text, ok := v.(string); ok && !isJSON(contentType) {
		return []byte(text), nil
	}
	return encode(v)
}

func isJSON(contentType string) bool {
	base, _, err := mime.ParseMediaType(contentType)
	return err != nil || base == "application/json" || strings.HasSuffix(base, "+json")
}
