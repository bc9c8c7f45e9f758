package server

import (
	"net/http"
	"strings"
)

// record writes the exchange into the journal.
func (x *exchange) record() {
	r := x.Request()
	e := Exchange{
		At: x.now, Took: x.server.clock.now().Sub(x.now), Method: r.Method, Path: r.URL.EscapedPath(), Query: withoutSecrets(r.URL.RawQuery),
		Header: withoutCredentials(r.Header), Body: x.body, Status: x.status, Answer: x.answer, Violations: x.violations,
	}
	if op := x.match.Operation; op != nil {
		e.Operation = op.ID
	}
	x.server.journal.add(e)
}

// withoutCredentials copies a header, but for what lets its reader act as the
// sender.
func withoutCredentials(h http.Header) http.Header {
	n := 0
	for _, values := range h {
		n += len(values)
	}
	kept, all := make(http.Header, len(h)), make([]string, 0, n)
	for name, values := range h {
		switch name {
		case "Authorization", "Proxy-Authorization", "Cookie":
			values = redacted[:]
		}
		from := len(all)
		all = append(all, values...)
		kept[name] = all[from:len(all):len(all)]
	}
	return kept
}

var redacted = [...]string{"REDACTED"}

// withoutSecrets removes tokens that were sent in a query.
func withoutSecrets(query string) string {
	if !strings.Contains(strings.ToLower(query), "token") {
		return query
	}
	parts := strings.Split(query, "&")
	for i, part := range parts {
		name, _, _ := strings.Cut(part, "=")
		if n := strings.ToLower(name); strings.HasSuffix(n, "token") && !strings.HasSuffix(n, "skiptoken") {
			parts[i] = name + "=REDACTED"
		}
	}
	return strings.Join(parts, "&")
}
