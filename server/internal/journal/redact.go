package journal

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"strings"

	"github.com/graphmock/graphmock/openapi/credential"
)

// Redacted returns the exchange as a journal with these rules would give it. The
// record does not change.
func (r *Record) Redacted(rules credential.Rules) Exchange {
	k := r.keep(rules)
	return k.whole(rules)
}

// keep makes of a record what is kept of it.
func (r *Record) keep(rules credential.Rules) kept {
	k := kept{Exchange: r.Exchange}
	k.header, k.responseHeader = listHeaders(r.Header, r.AnswerHeader)
	k.Header, k.AnswerHeader = nil, nil
	k.Body = r.redactedBody(rules)
	if r.Matched != nil {
		k.Operation = r.Matched.ID
	}
	if k.BatchID != "" {
		k.detach()
	}
	return k
}

// listHeaders lists the names and values of the request's header and the response's,
// in one allocation.
func listHeaders(request, response http.Header) (ofRequest, ofResponse []string) {
	n := len(request) + len(response) // most have one value
	list := appendHeader(make([]string, 0, 2*n), request)
	n = len(list)
	list = appendHeader(list, response)
	return list[:n:n], list[n:]
}

// appendHeader appends the names and values of a header.
func appendHeader(list []string, h http.Header) []string {
	for name, values := range h {
		for _, v := range values {
			if credential.IsHeader(name) {
				v = credential.Redacted
			}
			list = append(list, name, v)
		}
	}
	return list
}

// shown returns the exchange without its headers and without credentials in its
// request line.
func (k *kept) shown(rules credential.Rules) Exchange {
	e := k.Exchange
	e.Method, e.Path, e.Query = rules.Text(e.Method), rules.Path(e.Path), rules.Query(e.Query)
	e.BatchID, e.Rule = rules.Text(e.BatchID), rules.Text(e.Rule)
	return e
}

// whole is shown with the headers.
func (k *kept) whole(rules credential.Rules) Exchange {
	e := k.shown(rules)
	e.Header, e.AnswerHeader = headerOf(k.header, rules), headerOf(k.responseHeader, rules)
	return e
}

func headerOf(list []string, rules credential.Rules) http.Header {
	h := make(http.Header, len(list)/2)
	for i := 0; i < len(list); i += 2 {
		name := list[i]
		h[name] = append(h[name], rules.Value(name, list[i+1]))
	}
	return h
}

// redactedBody returns the request's body. The headers and URLs of a batch's
// requests are without credentials there, as those of other requests are.
func (r *Record) redactedBody(rules credential.Rules) []byte {
	batch, _ := r.Value.(map[string]any)
	requests, _ := batch["requests"].([]any)
	if len(requests) == 0 || r.Matched == nil || r.Matched.Action() != "POST /$batch" {
		return r.Body
	}
	list := make([]any, len(requests))
	changed := false
	for i, request := range requests {
		var redacted bool
		list[i], redacted = redactRequest(request, rules)
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
func redactRequest(v any, rules credential.Rules) (any, bool) {
	request, _ := v.(map[string]any)
	address, _ := request["url"].(string)
	headers, _ := request["headers"].(map[string]any)
	path, query, _ := strings.Cut(address, "?")
	safeQuery, safeHeaders := rules.Query(query), withoutCredentials(headers, rules)
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
func withoutCredentials(headers map[string]any, rules credential.Rules) map[string]any {
	var safe map[string]any
	for name := range headers {
		if !rules.IsHeader(http.CanonicalHeaderKey(name)) {
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
