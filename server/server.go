package server

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/labstack/echo/v4"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/inprocess"
	"github.com/graphmock/graphmock/server/internal/rawurl"
)

// Server is a mock of Microsoft Graph. It is an http.Handler, and can listen on
// sockets of its own. All its methods are safe for concurrent use.
type Server struct {
	config    Config
	graphs    bool             // whether the stateful service knows what the contract speaks of
	handler   echo.HandlerFunc // the whole pipeline
	transport *inprocess.Transport
	clock     clock
	random    *random
	tokens    tokenCache
	tenant    atomic.Pointer[tenant]
	journal   journal
	walks     walks
	tally     tally

	exchanges sync.Pool // of *exchange, to be used again

	stage   atomic.Pointer[scenarios.Stage] // nil while there is nothing to play
	closing chan struct{}                   // closed when the server ends

	admin adminToken

	throttling *throttling // nil if nobody is throttled

	mu        sync.Mutex // for what is below, and for seeding
	seeds     []seed     // what scenarios brought
	listeners []*listener
	closed    bool

	connState func(net.Conn, http.ConnState) // for tests
}

// New makes a server. It needs no Close unless it listened.
func New(config Config) (*Server, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	s := &Server{config: config, random: newRandom(config.Seed), closing: make(chan struct{})}
	s.exchanges.New = func() any { return new(exchange) }
	s.transport = s.newTransport()
	s.graphs = hasGraphs(config.Contract)
	s.clock.start = config.Now
	s.walks.secret = walkSecret(config.Seed)
	s.journal.size, s.journal.observe = config.Journal, config.Observe
	if config.Throttle == ThrottleDocumented {
		s.throttling = &throttling{}
	}
	s.tenant.Store(newTenant())
	if err := s.Seed(config.Fixtures); err != nil {
		return nil, fmt.Errorf("fixtures: %w", err)
	}
	if len(config.Scenarios) > 0 {
		if err := s.Add(config.Scenarios...); err != nil {
			return nil, err
		}
	}
	s.handler = chain(s.pipeline())
	return s, nil
}

// chain returns a handler that goes through middleware, and sends the response in
// the end.
func chain(steps []echo.MiddlewareFunc) echo.HandlerFunc {
	handler := echo.HandlerFunc(send)
	for _, step := range slices.Backward(steps) {
		handler = step(handler)
	}
	return handler
}

// contexts returns the Echo that all servers have the contexts of their requests
// from. It routes nothing: the contract does. It is never changed. One for each
// server would take as long as the rest of a server: it looks for a terminal and
// the working directory.
var contexts = sync.OnceValue(echo.New)

// Contract is what the server's requests and answers are held against.
func (s *Server) Contract() *openapi.Contract { return s.config.Contract }

// pipeline is the life of a request, from top to bottom.
func (s *Server) pipeline() []echo.MiddlewareFunc {
	return []echo.MiddlewareFunc{
		recoverBug,
		unlessResponded((*exchange).decode),
		unlessResponded((*exchange).route),
		unlessResponded((*exchange).authenticate),
		unlessResponded((*exchange).notifyStarted),
		unlessResponded((*exchange).throttle),
		unlessResponded((*exchange).validate),
		unlessResponded((*exchange).script),
		unlessResponded((*exchange).serve),
		always((*exchange).applyOverrides),
		always((*exchange).checkResponse),
		always((*exchange).failBatchFault),
		always((*exchange).record),
	}
}

// ServeHTTP responds to one request, as from a socket.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if isControl(r.URL.Path) {
		s.serveControl(w, r)
		return
	}
	s.serveGraph(&socket{ResponseWriter: w, request: r, server: s}, r)
}

// serveInProcess responds to a client in process. The control surface is to know
// that there is no connection, even if the client's context is that of another
// server's request.
func (s *Server) serveInProcess(w *inprocess.ResponseWriter, r *http.Request) {
	if isControl(r.URL.Path) {
		s.serveControl(w, r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, nil)))
		return
	}
	s.serveGraph(w, r)
}

// serveGraph takes a request through the pipeline.
func (s *Server) serveGraph(out outlet, r *http.Request) {
	x := s.newExchange(out, rawurl.AsSent(r))
	x.run()
	if x.stage == nil { // which may keep what is in it
		s.exchanges.Put(x)
	}
}
