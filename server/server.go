package server

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/labstack/echo/v4"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/journal"
	"github.com/graphmock/graphmock/server/internal/verdict"
)

// Server is a mock of Microsoft Graph. It is an http.Handler, and can listen on
// sockets of its own. All its methods are safe for concurrent use.
type Server struct {
	config  Config
	graphs  bool             // whether the stateful service knows what the contract speaks of
	handler echo.HandlerFunc // the whole pipeline
	clock   clock
	random  *random
	tokens  tokenCache
	tenant  atomic.Pointer[tenant]
	journal *journal.Journal
	walks   walks

	collector verdict.Collector // of what verdicts are made of

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
	s.graphs = hasGraphs(config.Contract)
	s.clock.start = config.Now
	s.walks.secret = walkSecret(config.Seed)
	s.journal = journal.New(config.Journal, config.Observe)
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
	handler := echo.HandlerFunc(write)
	for _, step := range slices.Backward(s.pipeline()) {
		handler = step(handler)
	}
	s.handler = handler
	return s, nil
}

// contexts is the Echo that gives all servers the contexts of their requests. It
// routes nothing, which the contract does, and nobody changes it. One for each
// server would take as long as all else about a server: it looks for a terminal
// and the working directory.
var contexts = sync.OnceValue(echo.New)

// Contract is what the server's requests and answers are held against.
func (s *Server) Contract() *openapi.Contract { return s.config.Contract }

// pipeline is the life of a request, from top to bottom.
func (s *Server) pipeline() []echo.MiddlewareFunc {
	return []echo.MiddlewareFunc{
		s.begin,
		unlessAnswered((*exchange).decode),
		unlessAnswered((*exchange).route),
		unlessAnswered((*exchange).authenticate),
		unlessAnswered((*exchange).announce),
		unlessAnswered((*exchange).throttle),
		unlessAnswered((*exchange).validate),
		unlessAnswered((*exchange).script),
		unlessAnswered((*exchange).serve),
		always((*exchange).retouch),
		always((*exchange).checkAnswer),
		always((*exchange).record),
	}
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if isControl(r.URL.Path) {
		s.serveControl(w, r)
		return
	}
	s.serveGraph(w, r)
}

// serveGraph takes a request through the pipeline.
func (s *Server) serveGraph(w http.ResponseWriter, r *http.Request) {
	e := contexts()
	c := e.AcquireContext()
	c.Reset(asSent(r), w)
	if err := s.handler(c); err != nil {
		e.HTTPErrorHandler(err, c)
	}
	e.ReleaseContext(c)
}
