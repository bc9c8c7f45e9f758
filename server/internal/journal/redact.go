package journal

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"strings"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/credential"
)

// Redacted returns the exchange as a journal would keep it. The record does not
// change.
func (r *Record) Redacted() Exchange {
	k := r.redact()
	return k.exchange()
}

// redact makes of a record what is kept of it.
func (r *Record) redact() kept {
	k := kept{Exchange: r.Exchange}
	k.header, k.responseHeader = redactHeaders(r.Matched, r.Header, r.AnswerHeader)
	k.Header, k.AnswerHeader = nil, nil
	k.Query, k.Body = credential.RedactQuery(r.Query), r.redactedBody()
	if r.Matched != nil {
		k.Operation = r.Matched.ID
	}
	if k.BatchID != "" {
		k.detach()
	}
	return k
}

// redactHeaders lists the names and values of the request's header and the
// response's, in one allocation.
func redactHeaders(op *openapi.Operation, request, response http.Header) (ofRequest, ofResponse []string) {
	n := len(request) + len(response) // most have one value
	list := appendHeader(make([]string, 0, 2*n), op, request)
	n = len(list)
	list = appendHeader(list, nil, response)
	return list[:n:n], list[n:]
}

// appendHeader appends the names and values of a header, credentials redacted: what
// HTTP keeps for the recipient, and the keys of the operation, if there is one.
func appendHeader(list []string, op *openapi.Operation, h http.Header) []string {
	for name, values := range h {
		for _, v := range values {
			if credential.IsHeader(name) || op != nil && op.Security().IsKey(name) {
				v = credential.Redacted
			}
			list = append(list, name, v)
		}
	}
	return list
}

// redactedBody returns the request's body. The headers and URLs of a batch's
// requests are without credentials there, as those of other requests are.
func (r *Record) redactedBody() []byte {
	batch, _ := r.Value.(map[string]any)
	requests, _ := batch["requests"].([]any)
	if len(requests) == 0 || r.Matched == nil || r.Matched.Action() != "POST /$batch" {
		return r.Body
	}
	list := make([]any, len(requests))
	changed := false
	for i, request := range requests {
		var redacted bool
		list[i], redacted = redactRequest(request)
		changed = changed || redacted
	}
	if !changed {
		return r.Body
	}
	batch = maps.Clone(batch)
	batch["requests"] = list
	return encode(batch)
}

// redactRequest returns a request of a batch without credentials, and whether it had
// some.
func redactRequest(v any) (any, bool) {
	request, _ := v.(map[string]any)
	address, _ := request["url"].(string)
	headers, _ := request["headers"].(map[string]any)
	path, query, _ := strings.Cut(address, "?")
	safeQuery, safeHeaders := credential.RedactQuery(query), withoutCredentials(headers)
	if safeQuery == query && safeHeaders == nil {
		return v, false
	}
	request = maps.Clone(request)
	if safeQuery != query {
		request["url"] = path + "?" + safeQuery
	}
	if safeHeaders != nil {
		request["headers"] = safeHeaders
	}
	return request, true
}

// withoutCredentials returns a copy of headers, nil if they have no credentials.
func withoutCredentials(headers map[string]any) map[string]any {
	var safe map[string]any
	for name := range headers {
		if !credential.IsHeader(http.CanonicalHeaderKey(name)) {
			continue
		}
		if safe == nil {
			safe = maps.Clone(headers)
		}
		safe[name] = credential.Redacted
	}
	return safe
}

// encode writes a decoded JSON value.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("BUG: " + err.Error()) // it was JSON before
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
