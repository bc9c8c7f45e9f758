package graphtest

import (
	"crypto/x509"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/internal/callsite"
)

// Server is a Graph for one test. Its methods are safe for concurrent use; those
// that can go wrong fail the test.
type Server struct {
	t testing.TB
	s *server.Server

	mu     sync.Mutex
	kept   []failure                 // from before a Reset
	taken  map[scenarios.Failure]int // how often each was taken
	broken []server.Exchange         // those with violations that the test did not take
	unmet  []scenarios.Failure       // likewise, of scripts and scenarios
}

// NewServer starts a server with the embedded contract and the contoso fixtures.
// It closes itself when the test ends.
func NewServer(t testing.TB) *Server {
	t.Helper()
	return NewServerConfig(t, server.Config{})
}

// NewServerConfig starts a server with a configuration of the test's own.
func NewServerConfig(t testing.TB, config server.Config) *Server {
	t.Helper()
	s, err := server.New(config)
	if err != nil {
		t.Fatalf("graphtest: %v", err)
	}
	g := &Server{t: t, s: s, taken: map[scenarios.Failure]int{}}
	t.Cleanup(g.end)
	return g
}

// end closes the server, and fails the test once for each thing that is wrong.
func (g *Server) end() {
	g.t.Helper()
	g.s.Close()
	for _, f := range g.failures() {
		fail(g.t, f)
	}
	collected.add(g.t, g.s, g.broken, g.unmet)
}

// failures returns what the scenarios expected and did not get, and the violations
// that the test did not take, all since the start.
func (g *Server) failures() []failure {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, f := range g.untaken() {
		g.unmet = append(g.unmet, f)
		g.kept = append(g.kept, failureOf(f))
	}
	for _, e := range g.s.TakeAllViolating() {
		g.broken = append(g.broken, e)
		for _, v := range e.Violations {
			g.kept = append(g.kept, failure{e.Caller, violationText(e, v)})
		}
	}
	return g.kept
}

// violationText is a violation in one line: what was sent, what is wrong with it,
// and where in the code under test. Paths are below /v1.0, as contracts have them.
func violationText(e server.Exchange, v openapi.Violation) string {
	path := e.Path
	if below, ok := strings.CutPrefix(path, "/v1.0/"); ok {
		path = "/" + below
	}
	text := fmt.Sprintf("contract: %s %s: %s", e.Method, path, v)
	if e.Via != "" {
		text += "; sent by " + e.Via
	}
	return text
}

// Client is an HTTP client that takes requests to the hosts of Graph and of Entra, and to those of the
// contract's servers, to this server, in process. It adds nothing to a request: code
// that forgets its token gets its 401.
func (g *Server) Client() *http.Client { return g.s.Client() }

// Transport is the transport of Client, for clients of another make.
func (g *Server) Transport() http.RoundTripper { return g.s.Transport() }

// URL is the origin that Client is meant for, https://graph.microsoft.com or that of
// the contract's first server, for code that wants to be told. Clients without
// Transport need Listen.
func (g *Server) URL() string { return g.s.URL() }

// Listen opens a socket on a free port of 127.0.0.1, for other processes and
// clients that take no transport, and returns its origin, such as
// http://127.0.0.1:41233. It can't be used in a synctest bubble, which has no
// sockets. Requests that come this way have no place in the source.
func (g *Server) Listen() string {
	g.t.Helper()
	origin, err := g.s.Listen("")
	g.must(err)
	return origin
}

// ListenTLS is Listen with HTTPS, and HTTP/2, on the same port; its origin is https.
// Clients trust its certificates, which are for loopback addresses and the hosts of
// Graph and Entra, if they have CertPool.
func (g *Server) ListenTLS() string {
	g.t.Helper()
	origin, err := g.s.ListenTLS("")
	g.must(err)
	return origin
}

// CertPool has the certificate that signs those of ListenTLS: a client's
// tls.Config.RootCAs.
func (g *Server) CertPool() *x509.CertPool {
	g.t.Helper()
	pool, err := g.s.CertPool()
	g.must(err)
	return pool
}

// Token mints a bearer token. Without options it is a delegated one of the
// fixtures' first user (user@contoso.com) and app, for an hour, with the scopes
// that the contract asks for.
func (g *Server) Token(options ...TokenOption) string {
	g.t.Helper()
	var o server.TokenOptions
	for _, set := range options {
		set(&o)
	}
	token, err := g.s.Token(o)
	g.must(err)
	return token
}

// Credentials are what clients sign in to the tenant with, as its first application, at
// Entra's hosts through Client, or at the origins of Listen and ListenTLS.
func (g *Server) Credentials() server.Credentials { return g.s.Credentials() }

// Seed adds what a fixtures document holds.
func (g *Server) Seed(d *fixtures.Document) {
	g.t.Helper()
	g.must(g.s.Seed(d))
}

// State returns all that the tenant contains, as a fixtures document.
func (g *Server) State() *fixtures.Document { return g.s.State() }

// SetState replaces all that the tenant contains.
func (g *Server) SetState(d *fixtures.Document) {
	g.t.Helper()
	g.must(g.s.SetState(d))
}

// Create puts an entity into a collection, past tokens, scenarios and journal, and
// returns its id:
//
//	id := g.Create("/users/adele@contoso.com/messages", map[string]any{"subject": "Ropes"})
//
// The entity is written as encoding/json writes it. One that no client could send fails
// the test. /me is the tenant's first user.
func (g *Server) Create(path string, entity any) (id string) {
	g.t.Helper()
	id, err := g.s.Create(path, entity)
	g.must(err)
	return id
}

// Get reads what is at a path into a value: an entity or, of a collection, the first
// page.
func (g *Server) Get(path string, into any) {
	g.t.Helper()
	g.must(g.s.Get(path, into))
}

// Update merges a value into the entity at a path, as a PATCH does.
func (g *Server) Update(path string, value any) {
	g.t.Helper()
	g.must(g.s.Update(path, value))
}

// Delete removes the entity at a path, and all that it contains.
func (g *Server) Delete(path string) {
	g.t.Helper()
	g.must(g.s.Delete(path))
}

// Upload sets the bytes at a path, such as /me/photo/$value.
func (g *Server) Upload(path string, data []byte) {
	g.t.Helper()
	g.must(g.s.Upload(path, data))
}

// Advance moves the server's clock ahead: tokens and activities expire. It does
// not move the test's own clock; in a synctest bubble, time.Sleep moves both.
func (g *Server) Advance(by time.Duration) {
	g.t.Helper()
	g.must(g.s.Advance(by))
}

// Handle lets a handler stand for the receiver of change notifications with a URL, such as
// https://app.example/notify. It is called in process, also to validate it when a client
// subscribes: once the request that changed something has its response, the handler was called.
// What is tried again later comes when [Server.Advance] moves the clock, or in a
// testing/synctest bubble by itself. Requests to it are in the journal, and in no verdict.
func (g *Server) Handle(url string, handler http.Handler) {
	g.t.Helper()
	g.must(g.s.Handle(url, handler))
}

// Reset brings state, journal, clock and the counters of scenarios back to the
// start. What went wrong before is kept: it still fails the test. Scripts are played
// again from their start, but need not be used once more.
func (g *Server) Reset() {
	g.t.Helper()
	g.failures() // are forgotten by the server now
	g.must(g.s.Reset())
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.taken)
	for _, f := range g.s.Failures() {
		if f.Scenario == "" {
			g.taken[kindOf(f)]++
		}
	}
}

// Script answers requests that fit a pattern, as Requests takes it: each response
// once, in turn, then the service's own. A pattern that fits no operation fails the
// test at once, with the nearest.
//
// The test fails in the end, with the line of Script, if a response was not given (a
// Pass at the end aside), or if the client was told to wait and did not, by the
// server's clock, before it called the operation again. In a testing/synctest bubble
// waiting takes no time; elsewhere Advance moves the clock. A test about a client that
// gives up, or does not wait, takes the failure with TakeFailures.
func (g *Server) Script(pattern string, responses ...scenarios.Response) {
	g.t.Helper()
	scenario, err := scenarios.Script(g.s.Contract(), pattern, responses...)
	g.must(err)
	own := reflect.TypeFor[Server]().PkgPath()
	g.must(g.s.Add(scenario.Demanding(callsite.Of(callsite.Stack(), own).Line)))
}

// Play plays a scenario: an embedded one by its name, such as
// "throttled-then-created", or a file or folder.
func (g *Server) Play(name string) {
	g.t.Helper()
	g.must(g.s.Play(name))
}

// PlayFS is Play for a file or folder of fsys.
func (g *Server) PlayFS(fsys fs.FS, name string) {
	g.t.Helper()
	g.must(g.s.PlayFS(fsys, name))
}

// Requests returns the exchanges of the operations that a pattern names, oldest
// first; all exchanges for the empty pattern. A pattern is one of net/http's, such as
// "PUT /me/activities/{id}/historyItems/{item}", whose names of parameters are free;
// a path without a method; or an operationId, as Exchange.Operation has it. One that
// fits no operation fails the test at once, with the nearest.
func (g *Server) Requests(pattern string) []server.Exchange {
	g.t.Helper()
	list, err := g.s.Requests(pattern)
	g.must(err)
	return list
}

// RequestsOf is Requests for another tenant: that with an id, which tokens have as their
// tid. See [Tenant].
func (g *Server) RequestsOf(tenant, pattern string) []server.Exchange {
	g.t.Helper()
	t, err := g.s.Tenant(tenant)
	g.must(err)
	list, err := t.Requests(pattern)
	g.must(err)
	return list
}

// TakeViolations returns the violations so far and makes them the test's own
// affair: they no longer fail it.
func (g *Server) TakeViolations() []openapi.Violation {
	return g.s.TakeViolations()
}

// TakeFailures returns what scripts and scenarios expected of the client so far and
// did not get, and makes it the test's own affair: it no longer fails it. What is
// expected for the end of the test, such as that every response was given, is among it
// if it was not given yet.
func (g *Server) TakeFailures() []scenarios.Failure {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := g.untaken()
	for _, f := range list {
		g.taken[kindOf(f)]++
	}
	return list
}

// untaken returns the failures so far that the test did not take.
//
// g.mu must be held.
func (g *Server) untaken() []scenarios.Failure {
	taken := maps.Clone(g.taken)
	return slices.DeleteFunc(g.s.Failures(), func(f scenarios.Failure) bool {
		taken[kindOf(f)]--
		return taken[kindOf(f)] >= 0
	})
}

// kindOf returns a failure without what changes while the test goes on: how many
// responses are left.
func kindOf(f scenarios.Failure) scenarios.Failure {
	if f.Expectation == "unused" || f.Expectation == "after" {
		f.Message = ""
	}
	return f
}

// Verdict returns what became of the requests since the start, or the last Reset, by
// now: violations, those that the test took among them, requests that no operation
// fits, things that were created twice, what scenarios expected and did not get, and
// which part of the contract was used.
func (g *Server) Verdict() server.Verdict {
	v, _, _ := g.s.Everything()
	return v
}

// Permissions returns the least privileged permissions that the requests so far needed,
// delegated and application, and what their tokens had beyond them.
func (g *Server) Permissions() server.NeededPermissions { return g.s.Permissions() }

// must ends the test on a mistake of its own.
func (g *Server) must(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatalf("graphtest: %v", err)
	}
}
