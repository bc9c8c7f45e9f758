package server

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/graphmock/graphmock/openapi"
)

// record writes the exchange into the journal.
func (x *exchange) record() {
	x.settle()
	r := x.Request()
	headers, sent := withoutCredentials(x.match.Operation, r.Header, x.Response().Header())
	e := &logged{headers: headers, sent: sent, Exchange: Exchange{
		At: x.now, Took: x.server.clock.now().Sub(x.now), Method: r.Method, Path: r.URL.EscapedPath(), Query: withoutSecrets(r.URL.RawQuery),
		Body: x.bodyForJournal(), Status: x.status, Answer: x.answer, Violations: x.violations,
	}}
	if op := x.match.Operation; op != nil {
		e.Operation = op.ID
	}
	if x.part != nil {
		e.BatchID = x.part.id
	}
	if d := x.decision; d.Matched() {
		if e.Rule = d.Rule; d.Scenario != "" { // a script in Go has no name
			e.Rule = d.Scenario + "/" + d.Rule
		}
	}
	if _, inProcess := x.Response().Writer.(*response); inProcess && len(e.Violations) > 0 {
		e.Caller = callerPlace()
	}
	if x.scene != nil {
		x.tellStage()
	}
	x.server.journal.add(e)
	x.server.tally.add(x, &e.Exchange)
}

// tellStage tells what the client gets to see.
func (x *exchange) tellStage() {
	if x.isDelivered() {
		x.stage.Answered(x.scene, x.status, x.Response().Header(), x.server.clock.now())
		return
	}
	x.stage.Answered(x.scene, 0, nil, x.server.clock.now())
}

// withoutCredentials lists the names and values of a request's and an answer's
// header, but for what lets a reader act as the sender, and tells how much of the
// list is the request's.
func withoutCredentials(op *openapi.Operation, request, answer http.Header) (list []string, sent int) {
	n := len(request) + len(answer) // most have one value
	list = appendHeader(make([]string, 0, 2*n), op, request)
	return appendHeader(list, nil, answer), len(list)
}

func appendHeader(list []string, op *openapi.Operation, h http.Header) []string {
	for name, values := range h {
		for _, v := range values {
			if isCredential(name) || op != nil && op.Security().IsKey(name) {
				v = redacted
			}
			list = append(list, name, v)
		}
	}
	return list
}

// redacted stands for what the journal does not tell.
const redacted = "REDACTED"

// isCredential tells whether a header, in canonical form, is for its recipient
// only.
func isCredential(name string) bool {
	return name == "Authorization" || name == "Proxy-Authorization" || name == "Cookie" || name == "Set-Cookie"
}

// withoutSecrets removes what lets its reader act as the sender from a query:
// tokens, and what OAuth has besides.
func withoutSecrets(query string) string {
	if query == "" {
		return ""
	}
	parts := strings.Split(query, "&")
	for i, part := range parts {
		if name, _, _ := strings.Cut(part, "="); isSecret(name) {
			parts[i] = name + "=" + redacted
		}
	}
	return strings.Join(parts, "&")
}

// isSecret judges a query option by its name as sent. The tokens of OData are
// places in a list, and no secrets.
func isSecret(name string) bool {
	if plain, err := url.QueryUnescape(name); err == nil {
		name = plain
	}
	switch name = strings.ToLower(name); name {
	case "$skiptoken", "$deltatoken", "skiptoken", "deltatoken":
		return false
	case "code", "sig", "assertion", "client_assertion", "api_key", "apikey":
		return true
	}
	for _, end := range []string{"token", "secret", "password"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}
