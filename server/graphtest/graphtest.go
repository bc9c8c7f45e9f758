// Package graphtest gives a Go test its own Microsoft Graph, as net/http/httptest
// gives it a server.
//
//	func TestSync(t *testing.T) {
//		g := graphtest.NewServer(t)
//		client := activities.New(g.Client(), "https://graph.microsoft.com/v1.0")
//		...
//	}
//
// The client's requests to any host of Graph are answered in process; code under
// test keeps its production URLs. A request that breaks Graph's contract is
// answered as Graph would, and fails the test when it ends.
package graphtest

import (
	"io/fs"
	"net/http"
	"sync"
	"testing"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
)

// Server is a Graph for one test. Its methods are safe for concurrent use; those
// that can go wrong fail the test.
type Server struct {
	t testing.TB
	s *server.Server

	mu    sync.Mutex
	taken int64 // id of the last exchange whose violations the test has taken
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
	g := &Server{t: t, s: s}
	t.Cleanup(g.end)
	return g
}

// end reports the violations that the test did not take, and what the scenarios
// expected and did not get.
func (g *Server) end() {
	g.s.Close()
	for _, f := range g.s.Failures() {
		g.t.Errorf("scenario: %s", f)
	}
	untaken := g.untaken()
	for _, e := range untaken {
		for _, v := range e.Violations {
			g.t.Errorf("contract: %s %s: %s", e.Method, e.Path, v)
		}
	}
	collected.add(g.t, g.s, untaken)
}

func (g *Server) untaken() []server.Exchange {
	g.mu.Lock()
	defer g.mu.Unlock()
	var list []server.Exchange
	for _, e := range g.s.Violating() {
		if e.ID > g.taken {
			g.taken = e.ID
			list = append(list, e)
		}
	}
	return list
}

// Client is an HTTP client that takes requests to Graph's hosts to this server,
// in process. It adds nothing to a request: code that forgets its token gets its
// 401.
func (g *Server) Client() *http.Client { return g.s.Client() }

// Transport is the transport of Client, for clients of another make.
func (g *Server) Transport() http.RoundTripper { return g.s.Transport() }

// Listen opens a socket on a free port of 127.0.0.1, for other processes and
// clients that take no transport, and returns its origin, such as
// http://127.0.0.1:41233.
func (g *Server) Listen() string {
	g.t.Helper()
	origin, err := g.s.Listen("")
	if err != nil {
		g.t.Fatalf("graphtest: %v", err)
	}
	return origin
}

// Token mints a delegated token for the first user of the fixtures, with the
// scopes that the contract asks for.
func (g *Server) Token() string {
	g.t.Helper()
	return g.TokenWith(server.TokenOptions{})
}

// TokenWith mints a token with claims of the test's own.
func (g *Server) TokenWith(o server.TokenOptions) string {
	g.t.Helper()
	token, err := g.s.Token(o)
	if err != nil {
		g.t.Fatalf("graphtest: %v", err)
	}
	return token
}

// Seed adds what a fixtures document holds.
func (g *Server) Seed(d *fixtures.Document) {
	g.t.Helper()
	if err := g.s.Seed(d); err != nil {
		g.t.Fatalf("graphtest: %v", err)
	}
}

// Script answers the operation that a net/http pattern names: each answer once,
// in turn, then the service's own. A pattern that fits no operation fails the
// test at once, with the nearest.
func (g *Server) Script(pattern string, answers ...scenarios.Answer) {
	g.t.Helper()
	if err := g.s.Script(pattern, answers...); err != nil {
		g.t.Fatalf("graphtest: %v", err)
	}
}

// Play plays a scenario: an embedded one by its name, such as
// "throttled-then-created", or a file or folder.
func (g *Server) Play(name string) {
	g.t.Helper()
	all, err := scenarios.Open(name, g.s.Contract())
	if err == nil {
		err = g.s.Play(all...)
	}
	if err != nil {
		g.t.Fatalf("graphtest: %v", err)
	}
}

// PlayFS is Play for a file or folder of fsys.
func (g *Server) PlayFS(fsys fs.FS, name string) {
	g.t.Helper()
	all, err := scenarios.Load(fsys, name, g.s.Contract())
	if err == nil {
		err = g.s.Play(all...)
	}
	if err != nil {
		g.t.Fatalf("graphtest: %v", err)
	}
}

// Requests gives the exchanges of the operation that a net/http pattern names,
// such as "PUT /me/activities/{id}/historyItems/{item}", oldest first; all
// exchanges for the empty pattern.
func (g *Server) Requests(pattern string) []server.Exchange {
	g.t.Helper()
	list, err := g.s.Requests(pattern)
	if err != nil {
		g.t.Fatalf("graphtest: %v", err)
	}
	return list
}

// TakeViolations gives the violations so far and makes them the test's own
// affair: they no longer fail it.
func (g *Server) TakeViolations() []openapi.Violation {
	var list []openapi.Violation
	for _, e := range g.untaken() {
		list = append(list, e.Violations...)
	}
	return list
}
