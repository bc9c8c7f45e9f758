package server

import (
	"fmt"
	"io"
	"strings"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/control"
	"github.com/graphmock/graphmock/server/internal/report"
)

// newControl makes the handler of the control surface, /_graphmock/.
func (s *Server) newControl() *control.Handler {
	return control.New(control.Config{
		Contract: s.config.Contract, Now: s.clock.now, Closed: s.closing, IsHost: s.answersFor,
		WriteState: s.WriteState, SetState: s.SetState, Reset: s.Reset,
		Advance: s.advance, MaxAdvance: maxAhead,
		Tenant: s.controlOf, Tenants: func() any { return s.Tenants() }, Forget: s.ForgetTenant,
		Scenarios: s.scenarioStatus, AddScenario: s.addUntilReset, RemoveScenario: s.removeScenario,
		Exchanges: s.filteredExchanges, Exchange: s.wholeExchange, Follow: s.followExchanges, WriteHAR: s.writeHAR,
		Verdict:     s.shownVerdict,
		Permissions: func() any { return s.Permissions() },
	})
}

// shownVerdict is the verdict as the control surface shows it: with its line, and, unless all of
// the coverage is wanted, only with that of what was touched.
func (s *Server) shownVerdict(wholeCoverage bool) any {
	v := s.Verdict()
	if !wholeCoverage {
		v.Coverage = v.Coverage.Touched()
	}
	return struct {
		Summary string `json:"summary"`
		Verdict
	}{v.Line(), v}
}

// controlOf returns the control surface of another tenant.
func (s *Server) controlOf(id string, create bool) (*control.Handler, error) {
	if id = strings.ToLower(id); !create && id != s.id && s.other(id) == nil {
		return nil, fmt.Errorf("there is no tenant %s: it begins with the first request that has its tid, or with a change "+
			"that is made here", jsontext.Quote(id))
	}
	t, err := s.Tenant(id)
	if err != nil {
		return nil, err
	}
	return t.control, nil
}

// AdminToken is the bearer token that requests under /_graphmock/ need on every
// listener that is not on a loopback address. It is random, and another one for
// each server.
func (s *Server) AdminToken() string { return s.control.AdminToken() }

func (s *Server) scenarioStatus() []scenarios.Status {
	if engine := s.engine.Load(); engine != nil {
		return engine.Status()
	}
	return nil
}

func (s *Server) filteredExchanges(f control.Filter) (list []control.Exchange, dropped int64) {
	keep := func(e *Exchange) bool { return f.Keeps(e.Operation, e.Status, len(e.Violations)) }
	list = withoutContent(s.journal.Find(f.After, f.Limit, keep))
	return list, max(0, s.journal.Dropped()-f.After)
}

func (s *Server) wholeExchange(id int64) (control.WholeExchange, bool) {
	e, kept := s.journal.Get(id)
	if !kept {
		return control.WholeExchange{}, false
	}
	e = report.Redacted(e, s.config.Contract.Credentials())
	return control.WholeExchange{
		Exchange: withoutContent([]Exchange{e})[0],
		Request:  control.NewMessage(e.Header, e.Body), Response: control.NewMessage(e.AnswerHeader, e.Answer),
	}, true
}

func (s *Server) writeHAR(w io.Writer) error {
	return report.WriteHAR(w, s.config.Contract.Credentials(), s.journal.All())
}

func (s *Server) followExchanges(last int64) func() ([]control.Exchange, <-chan struct{}) {
	at := s.journal.End()
	if last != control.FromNow {
		at.ID = last
	}
	return func() ([]control.Exchange, <-chan struct{}) {
		list, end, changed := s.journal.Since(at)
		at = end
		return withoutContent(list), changed
	}
}

// withoutContent returns exchanges as the control surface shows them.
func withoutContent(list []Exchange) []control.Exchange {
	all := make([]control.Exchange, len(list))
	for i, e := range list {
		all[i] = control.Exchange{
			ID: e.ID, At: e.At, Method: e.Method, Host: e.Host, Path: e.Path, Query: e.Query, Operation: e.Operation,
			Status: e.Status,
			Rule:   e.Rule, Violations: append([]openapi.Violation{}, e.Violations...), Took: e.Took.String(),
			BatchID: e.BatchID, Omitted: e.Omitted, Reason: e.Reason, BrokenOff: e.BrokenOff, Outgoing: e.Outgoing, Note: e.Note,
		}
		all[i].Unsupported, all[i].Outside = e.Unsupported, e.Outside
	}
	return all
}
