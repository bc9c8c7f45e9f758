package server

import (
	"net/http"
	"strings"

	"github.com/graphmock/graphmock/scenarios"
)

// record writes the exchange into the journal.
func (x *exchange) record() {
	r := x.Request()
	e := &logged{header: withoutCredentials(r.Header), Exchange: Exchange{
		At: x.now, Took: x.server.clock.now().Sub(x.now), Method: r.Method, Path: r.URL.EscapedPath(), Query: withoutSecrets(r.URL.RawQuery),
		Body: x.body, Status: x.status, Answer: x.answer, Violations: x.violations,
	}}
	if op := x.match.Operation; op != nil {
		e.Operation = op.ID
	}
	if d := x.decision; d.Matched() {
		e.Rule = d.Scenario + "/" + d.Rule
	}
	if _, inProcess := x.Response().Writer.(*response); inProcess && len(e.Violations) > 0 {
		e.Caller = callerPlace()
	}
	if x.scene != nil {
		x.tellStage()
	}
	x.server.journal.add(e)
}

// tellStage tells what the client gets to see.
func (x *exchange) tellStage() {
	switch x.decision.Fault {
	case scenarios.NoFault, scenarios.FaultDrip, scenarios.FaultTruncate:
		x.stage.Answered(x.scene, x.status, x.Response().Header(), x.server.clock.now())
	default:
		x.stage.Answered(x.scene, 0, nil, x.server.clock.now())
	}
}

// withoutCredentials lists the names and values of a header, but for what lets
// its reader act as the sender.
func withoutCredentials(h http.Header) []string {
	n := 0
	for _, values := range h {
		n += len(values)
	}
	list := make([]string, 0, 2*n)
	for name, values := range h {
		for _, v := range values {
			switch name {
			case "Authorization", "Proxy-Authorization", "Cookie":
				v = "REDACTED"
			}
			list = append(list, name, v)
		}
	}
	return list
}

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
