package server

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
)

// maxBatch is how many requests a batch may have.
const maxBatch = 20

// Rules of batches.
const (
	ruleBatchMalformed  = "batch-malformed"
	ruleBatchSize       = "batch-size"
	ruleBatchID         = "batch-id"
	ruleBatchDependency = "batch-dependency"
	ruleBatchSequence   = "batch-sequence"
	ruleBatchURL        = "batch-url"
	ruleBatchBody       = "batch-body"
	ruleBatchNested     = "batch-nested"
)

// isBatch tells whether an operation, if there is one, is $batch.
func isBatch(op *openapi.Operation) bool { return op != nil && op.Action() == "POST /$batch" }

// batchErrorOf is how Graph words a violation in the body of a batch: in one
// way, but for the rules that only batches have.
func batchErrorOf(v openapi.Violation) openapi.Error {
	id := ruleBatchMalformed
	switch {
	case strings.HasPrefix(v.Rule, "batch-"):
		id = v.Rule
	case v.Pointer == "/requests" && v.Rule == "maxItems":
		id = ruleBatchSize
	}
	e, _ := openapi.GraphErrorOf(id)
	return e
}

// batch is what a client sent to $batch. Its requests are independent of each
// other or, if it is sequential, each waits for the one before.
type batch struct {
	requests   []batchRequest
	sequential bool
	wrong      string // id of the request that broke a rule
}

type batchRequest struct {
	id, method string
	url        *url.URL // with the path of the service root
	header     http.Header
	body       []byte
}

// readBatch makes a batch of a decoded body, for a service root such as /v1.0.
// The contract's schema has judged it, if the contract has one; here is what no
// schema can say, and what serving relies on. The first violation ends it.
func readBatch(root string, body any) (*batch, *openapi.Violation) {
	content, _ := body.(map[string]any)
	list, _ := content["requests"].([]any)
	b := &batch{requests: make([]batchRequest, 0, min(len(list), maxBatch))}
	switch {
	case len(list) == 0:
		return b, badBatch(ruleBatchMalformed, "/requests", "expected an array of requests", "")
	case len(list) > maxBatch:
		return b, badBatch(ruleBatchSize, "/requests", strconv.Itoa(len(list))+" requests are more than a batch may have",
			"send at most "+strconv.Itoa(maxBatch))
	}
	for i, v := range list {
		if bad := b.add(root, v); bad != nil {
			bad.Pointer = "/requests/" + strconv.Itoa(i) + bad.Pointer
			return b, bad
		}
	}
	return b, nil
}

func badBatch(rule, pointer, message, hint string) *openapi.Violation {
	return &openapi.Violation{In: openapi.InBody, Pointer: pointer, Rule: rule, Message: message, Hint: hint}
}

// add reads the next request. Pointers of violations begin at the request.
func (b *batch) add(root string, v any) *openapi.Violation {
	sent, _ := v.(map[string]any)
	r := batchRequest{id: textOf(sent["id"]), method: strings.ToUpper(textOf(sent["method"])), header: batchHeader(sent["headers"])}
	b.wrong = r.id
	if r.id == "" || r.method == "" {
		return badBatch(ruleBatchMalformed, "", "a request needs an id, a method and a url", "")
	}
	if b.index(r.id) >= 0 {
		return badBatch(ruleBatchID, "/id", "an earlier request has the id "+quote(r.id)+" too", "upper and lower case are the same")
	}
	var bad *openapi.Violation
	if r.url, bad = batchURL(root, textOf(sent["url"])); bad != nil {
		return bad
	}
	if r.body, bad = batchBody(sent["body"], r.header.Get("Content-Type")); bad != nil {
		return bad
	}
	if bad = b.checkOrder(sent["dependsOn"]); bad != nil {
		return bad
	}
	b.requests = append(b.requests, r)
	return nil
}

// wrongID is the id of the request that broke a rule, if there is a batch.
func (b *batch) wrongID() string {
	if b == nil {
		return ""
	}
	return b.wrong
}

// index is the place of the request with that id, -1 if there is none yet.
func (b *batch) index(id string) int {
	return slices.IndexFunc(b.requests, func(r batchRequest) bool { return strings.EqualFold(r.id, id) })
}

// checkOrder judges what the next request depends on.
func (b *batch) checkOrder(v any) *openapi.Violation {
	ids, _ := v.([]any)
	follows := false // the request before
	for i, id := range ids {
		at := b.index(textOf(id))
		if at < 0 {
			return badBatch(ruleBatchDependency, "/dependsOn/"+strconv.Itoa(i), "no earlier request has the id "+quote(textOf(id)),
				"a request comes after those that it depends on")
		}
		follows = follows || at == len(b.requests)-1
	}
	if len(b.requests) == 1 {
		b.sequential = follows
	}
	if follows != b.sequential && len(b.requests) > 0 || len(ids) > 0 && !follows {
		return badBatch(ruleBatchSequence, "/dependsOn", "the batch is partly sequential",
			"let each request depend on the one before, or none on any")
	}
	return nil
}

// batchURL reads the URL of a request, which is below the service root.
func batchURL(root, text string) (*url.URL, *openapi.Violation) {
	const hint = "write it below the service root, such as /me/activities"
	if u, err := url.Parse(text); strings.HasPrefix(text, "//") || err == nil && u.IsAbs() {
		return nil, badBatch(ruleBatchURL, "/url", quote(text)+" is an absolute URL", hint)
	}
	u, err := url.ParseRequestURI(root + "/" + encodeURL(strings.TrimPrefix(text, "/")))
	if err != nil || text == "" {
		return nil, badBatch(ruleBatchURL, "/url", quote(text)+" can't be read as a URL", hint)
	}
	return u, nil
}

func batchHeader(v any) http.Header {
	sent, _ := v.(map[string]any)
	h := make(http.Header, len(sent)+1) // and Authorization
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		h.Set(name, textOf(sent[name]))
	}
	return h
}

// batchBody is the body of a request in bytes. A string stands for bytes. Where the
// Content-Type is JSON, those are an object or an array, or the string is judged as
// JSON like any other; so it is where the Content-Type is missing.
func batchBody(v any, contentType string) ([]byte, *openapi.Violation) {
	text, isText := v.(string)
	switch {
	case v == nil:
		return nil, nil
	case !isText || contentType == "":
		return appendValue(make([]byte, 0, 512), v), nil
	}
	body, err := base64.RawURLEncoding.DecodeString(urlAlphabet.Replace(strings.TrimRight(text, "=")))
	switch media, _, _ := mime.ParseMediaType(contentType); {
	case !isJSON(media):
		if err != nil {
			return nil, badBatch(ruleBatchBody, "/body", "the string is not base64: "+err.Error(), "JSON needs a Content-Type of JSON")
		}
	case err != nil || len(body) == 0 || body[0] != '{' && body[0] != '[':
		return appendValue(nil, v), nil
	}
	return body, nil
}

// urlAlphabet turns base64 into that of URLs.
var urlAlphabet = strings.NewReplacer("+", "-", "/", "_")

// readBatch is what validate does beyond the schema.
func (x *exchange) readBatch() {
	path := strings.TrimSuffix(x.Request().URL.EscapedPath(), "/")
	var bad *openapi.Violation
	if x.batch, bad = readBatch(path[:strings.LastIndexByte(path, '/')], x.value); bad != nil {
		x.reject(*bad)
	}
}

// respondBatch has the whole pipeline respond to the requests of a batch, one after
// the other, so that equal batches give equal bytes. A client that is gone ends
// it.
func (x *exchange) respondBatch() {
	answers := make([]any, 0, len(x.batch.requests))
	b := append(make([]byte, 0, 1024*len(x.batch.requests)), `{"responses":[`...)
	failed := false
	for i := range x.batch.requests {
		if x.Request().Context().Err() != nil {
			gone := *x.decision
			gone.Fault = scenarios.FaultHang
			x.responded, x.decision = true, &gone
			return
		}
		r := &x.batch.requests[i]
		p := &part{id: r.id, blocked: failed && x.batch.sequential}
		p.serve(x, x.requestOf(r))
		failed = failed || p.status/100 != 2
		if i > 0 {
			b = append(b, ',')
		}
		answer, text := p.answer()
		b = append(b, text...)
		answers = append(answers, answer)
	}
	x.respond(http.StatusOK, append(b, "]}"...))
	x.setContentType(contentTypeBatch)
	x.entity = openapi.Object{{Name: "responses", Value: answers}}
}

// requestOf is a request of the batch as it were, had it come alone.
func (x *exchange) requestOf(b *batchRequest) *http.Request {
	outer := x.Request()
	u := *b.url
	u.Scheme = x.scheme() // for links in answers
	delete(b.header, "Authorization")
	if token, sent := outer.Header["Authorization"]; sent {
		b.header["Authorization"] = token
	}
	r := &http.Request{
		Method: b.method, URL: &u, Host: outer.Host, Header: b.header, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		RequestURI: b.url.RequestURI(), RemoteAddr: outer.RemoteAddr,
		Body: io.NopCloser(bytes.NewReader(b.body)), ContentLength: int64(len(b.body)),
	}
	return r.WithContext(outer.Context())
}

// part is what an exchange that is part of a batch has beyond others.
type part struct {
	id      string
	blocked bool // a request that it depends on has failed

	status int // what became of it
	header http.Header
	body   []byte
	value  any // of the body, nil if it is not at hand
}

func (p *part) serve(outer *exchange, r *http.Request) {
	out := &batchItem{outer: outer.outlet, header: http.Header{}}
	x := outer.server.newExchange(out, asSent(r))
	x.part = p
	x.run()
	p.status, p.header, p.body, p.value = out.status, out.header, out.body, x.entity
}

// answer is the answer as it stands in the batch's: as a value and as text. A
// body that is JSON stands there as it is.
func (p *part) answer() (openapi.Object, []byte) {
	answer := openapi.Object{
		{Name: "id", Value: p.id},
		{Name: "status", Value: json.Number(strconv.Itoa(p.status))},
		{Name: "headers", Value: partHeader(p.header)},
	}
	if len(p.body) == 0 {
		return answer, appendValue(nil, answer)
	}
	value, text := p.value, p.body
	if value == nil && !p.isJSON(&value) {
		value = base64.StdEncoding.EncodeToString(p.body)
		text = appendValue(nil, value)
	}
	b := appendValue(make([]byte, 0, len(text)+400), answer)
	b = append(append(append(b[:len(b)-1], `,"body":`...), text...), '}')
	return append(answer, openapi.Member{Name: "body", Value: value}), b
}

// isJSON tells whether the body is called JSON, and is; then it is decoded.
func (p *part) isJSON(value *any) bool {
	media, _, _ := mime.ParseMediaType(p.header.Get("Content-Type"))
	if !isJSON(media) {
		return false
	}
	v, syntax := openapi.DecodeJSON(p.body)
	*value = v
	return syntax == nil
}

// partHeader is the header of an answer in a batch: each name once, spelled as
// Graph does, without what belongs to the connection and the gateway.
func partHeader(h http.Header) openapi.Object {
	object := make(openapi.Object, 0, len(h))
	for _, name := range slices.Sorted(maps.Keys(h)) {
		switch name {
		case "Request-Id", "Client-Request-Id", "Date", "X-Ms-Ags-Diagnostic", "Strict-Transport-Security", "Connection",
			"Content-Length", "Transfer-Encoding":
			continue
		}
		object = append(object, openapi.Member{Name: headerSpelling(name), Value: strings.Join(h[name], ", ")})
	}
	return object
}

// headerSpelling is a header's name as Graph writes it. Over HTTP that is
// nobody's business; in a batch, clients look for these very letters.
func headerSpelling(name string) string {
	switch name {
	case "Odata-Version":
		return "OData-Version"
	case "Www-Authenticate":
		return "WWW-Authenticate"
	case "Etag":
		return "ETag"
	}
	if strings.HasPrefix(name, "X-Ms-") || name == "Graphmock-Violation" {
		return strings.ToLower(name)
	}
	return name
}

// failBatchFault gives a part of a batch a status where a script wants a fault: the batch
// has one connection, and that is not this request's to break.
func (x *exchange) failBatchFault() {
	switch fault := x.decision.Fault; {
	case x.part == nil || fault == scenarios.NoFault:
		return
	case fault == scenarios.FaultDrip: // slow, but whole
	default:
		h := x.Response().Header()
		delete(h, "Location")
		delete(h, "Odata-Version")
		id := errBadGateway
		if fault == scenarios.FaultHang {
			id = openapi.ErrorTimeout
		}
		x.fail(id)
	}
	x.decision.Fault = scenarios.NoFault
}
