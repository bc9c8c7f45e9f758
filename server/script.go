package server

import (
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/scenarios"
)

// ruleScript is the rule of violations that are the script's own fault.
const ruleScript = "script"

// notifyStarted tells the engine of a request, whether or not it turns out valid: some
// expectations are about when clients call.
func (x *exchange) notifyStarted() {
	engine := x.server.engine.Load()
	if engine == nil {
		return
	}
	r := x.request
	query, _ := openapi.ParseQuery(r.URL.RawQuery) // validate judges it
	x.engine = engine
	x.scripted = &scenarios.Exchange{
		Match: x.match, Path: r.URL.EscapedPath(), Query: query, Header: r.Header, User: x.caller.User.PrincipalName,
		UserID: x.caller.User.ID, App: x.caller.App, Scopes: x.caller.Scopes, Tenant: x.server.id, Now: x.now,
	}
	engine.RequestStarted(x.scripted)
}

// script lets the scenarios decide. What they leave to the service
// is left to the next step.
func (x *exchange) script() {
	if x.engine == nil {
		return
	}
	x.scripted.Body = x.value
	d := x.engine.Decide(x.scripted)
	x.decision = &d
	if d.Problem != "" {
		x.addScriptViolation(d.Problem)
	}
	if d.Delay > 0 && !x.server.wait(x.request, d.Delay) {
		d.Fault = scenarios.FaultHang // the client waits for no response any more
	}
	switch {
	case !d.Matched() || d.FromService:
	case d.Error.Status != 0:
		x.respondError(d.Error.Status, d.Error.Code, d.Error.Message)
	case d.Status != 0:
		x.respond(d.Status, d.Body)
	default: // nothing but a fault
		x.responded = true
	}
}

// addScriptViolation adds a violation that is the script's own fault.
func (x *exchange) addScriptViolation(message string) {
	x.violations = append(x.violations, openapi.Violation{
		Operation: x.match.Operation.ID, Side: openapi.ResponseSide, In: openapi.InBody, Rule: ruleScript, Message: message,
	})
}

// applyOverrides makes the script's changes to the response.
func (x *exchange) applyOverrides() {
	d := x.decision
	if !d.Matched() || x.status == 0 {
		return
	}
	if body, err := d.Patch(x.responseBody); err != nil {
		x.addScriptViolation(err.Error())
	} else if d.FromService || d.Error.Status != 0 {
		x.responseBody, x.entity = body, nil
	}
	d.SetHeaders(x.outlet.Header())
}

// wait lets real time pass (in a synctest bubble, the bubble's), not that of the
// server's clock; it reports whether client and server were still there at its end.
func (s *Server) wait(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
	case <-s.cut:
	}
	return false
}

// Play plays a scenario: an embedded one by its name, such as
// "throttled-then-created", or a file or folder. On an error
// nothing is played or seeded.
func (s *Server) Play(name string) error {
	all, err := scenarios.Open(name, s.config.Contract)
	if err != nil {
		return err
	}
	return s.Add(all...)
}

// PlayFS is Play for a file or folder of fsys.
func (s *Server) PlayFS(fsys fs.FS, name string) error {
	all, err := scenarios.Load(fsys, name, s.config.Contract)
	if err != nil {
		return err
	}
	return s.Add(all...)
}

// Add puts scenarios into the server's engine and seeds the fixtures that they name.
// A scenario replaces the one that has its name. On an error nothing has changed.
func (s *Server) Add(all ...*scenarios.Scenario) error {
	engine, err := s.openEngine()
	if err != nil {
		return err
	}
	if err := s.seedNamed(all, true); err != nil {
		return err
	}
	engine.Add(all...)
	return nil
}

// replicationDelay is how late reads see what is written to the directory: the longest that
// is configured or that a scenario has.
func (s *Server) replicationDelay() time.Duration {
	if engine := s.engine.Load(); engine != nil {
		return max(s.config.ReplicationDelay, engine.ReplicationDelay())
	}
	return s.config.ReplicationDelay
}

// isDirectory reports whether a collection of the store is one of the directory.
func isDirectory(collection string) bool {
	var template strings.Builder
	for i, segment := range strings.Split(collection, "/") {
		if i%2 == 1 {
			segment = "{}"
		}
		template.WriteString("/" + segment)
	}
	return graph.WorkloadOf(template.String()) == graph.Directory
}

// addUntilReset is Add for scenarios that Reset takes out again, and the fixtures that
// they name with them.
func (s *Server) addUntilReset(scenario *scenarios.Scenario) error {
	engine, err := s.openEngine()
	if err != nil {
		return err
	}
	if err := s.seedNamed([]*scenarios.Scenario{scenario}, false); err != nil {
		return err
	}
	engine.AddUntilReset(scenario)
	return nil
}

// removeScenario takes a scenario out of play until the next Reset, and reports whether
// there was one of that name.
func (s *Server) removeScenario(name string) bool {
	engine := s.engine.Load()
	return engine != nil && engine.Remove(name)
}

// Script makes a scenario of replies to the operations that a pattern names, and
// plays it. Patterns are those of Requests.
func (s *Server) Script(pattern string, responses ...scenarios.Response) error {
	scenario, err := scenarios.Script(s.config.Contract, pattern, responses...)
	if err != nil {
		return err
	}
	return s.Add(scenario)
}

// Failures tells what the scenarios expected and did not get.
func (s *Server) Failures() []scenarios.Failure {
	if engine := s.engine.Load(); engine != nil {
		return engine.Failures()
	}
	return nil
}

// openEngine returns the engine, which is set up when there is first something to
// play.
func (s *Server) openEngine() (*scenarios.Engine, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if engine := s.engine.Load(); engine != nil {
		return engine, nil
	}
	text, err := s.config.Fixtures.Encode()
	if err != nil {
		return nil, fmt.Errorf("fixtures: %w", err)
	}
	fixture, broken := jsontext.Decode(text)
	if broken != nil {
		return nil, fmt.Errorf("fixtures: %w", broken)
	}
	engine := scenarios.NewEngine(scenarios.Options{Seed: s.config.Seed, Fixture: fixture})
	s.engine.Store(engine)
	return engine, nil
}

// ReplaceScenarios takes the scenarios of a file out of play and brings others
// in, in one step: no request meets a mixture. Those that did not change keep
// their counters. On an error, such as fixtures that can't be read, nothing of
// what is played has changed.
func (s *Server) ReplaceScenarios(file string, all ...*scenarios.Scenario) error {
	engine, err := s.openEngine()
	if err != nil {
		return err
	}
	if err := s.seedNamed(all, true); err != nil {
		return err
	}
	engine.Replace(file, all...)
	return nil
}
