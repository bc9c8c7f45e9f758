package server

import (
	"net/http"

	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/journal"
)

// record adds the exchange to the journal and to what verdicts are made of, and
// tells the scenarios what the client gets to see.
func (x *exchange) record() {
	r := x.newRecord()
	if x.scripted != nil && r.Delivered {
		x.engine.ResponseSent(x.scripted, r.Status, r.AnswerHeader, r.Ready())
	} else if x.scripted != nil {
		x.engine.ResponseSent(x.scripted, 0, nil, r.Ready())
	}
	x.server.journal.Add(&r)
	x.server.collector.Add(&r)
	if len(x.asked.Differences) > 0 {
		x.server.notifyOf(x.tenant, &x.asked, x.decision.Notify)
	}
}

// recordRefused records a request that the proxy has refused, for it is for another host. Of many
// for one host the journal keeps the first: it is about Graph.
func (s *Server) recordRefused(r *http.Request, host, why string) {
	record := journal.Record{Exchange: Exchange{
		At: s.clock.now(), Method: r.Method, Host: journal.Cut(host), Path: r.URL.EscapedPath(), Status: http.StatusForbidden,
		Outside: true, Note: why,
	}, Delivered: true}
	if !s.collector.CountOutside(record.Host) {
		s.journal.Observe(record.Exchange)
		return
	}
	s.journal.Add(&record)
	s.collector.Add(&record)
}

// newRecord is the exchange as it ended, and what became of it.
func (x *exchange) newRecord() journal.Record {
	request, d := x.request, x.decision
	r := journal.Record{
		Exchange: Exchange{
			At: x.now, Took: x.server.clock.now().Sub(x.now), Unsupported: x.unsupported, Reason: x.reason,
			Method: request.Method, Host: request.Host, Path: request.URL.EscapedPath(), Query: request.URL.RawQuery,
			Header: request.Header, Body: x.body,
			Status: x.status, AnswerHeader: x.outlet.Header(), Answer: x.responseBody, Violations: x.violations,
			Rule: ruleOf(d), BrokenOff: x.brokenOff, Tenant: x.server.otherID(),
		},
		Matched: x.match.Operation, User: x.caller.User.PrincipalName, App: x.caller.App, Value: x.value, Responded: x.entity,
		Granted: x.caller.Granted, AppOnly: x.caller.AppOnly,
		Served:   x.status/100 == 2 && (!d.Matched() || d.FromService),
		TooEarly: x.tooEarly, Delivered: isDelivered(d.Fault), Lost: isLost(d.Fault),
	}
	if x.item != nil {
		r.BatchID = x.item.ID
	}
	if len(r.Violations) > 0 {
		sender := x.outlet.Sender()
		r.Caller, r.Via = sender.Line, sender.Via
	}
	return r
}

// ruleOf names the rule that decided, with its scenario; a script in Go has none.
func ruleOf(d *scenarios.Decision) string {
	if d.Scenario == "" {
		return d.Rule
	}
	return d.Scenario + "/" + d.Rule
}

// isDelivered reports whether the client gets to see the status of a response to
// which a fault happens.
func isDelivered(f scenarios.Fault) bool {
	return f == scenarios.NoFault || f == scenarios.FaultDrip || f == scenarios.FaultTruncate
}

// isLost reports whether a fault keeps the response, or a part of it, from the
// client.
func isLost(f scenarios.Fault) bool { return f != scenarios.NoFault && f != scenarios.FaultDrip }
