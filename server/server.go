package server

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/labstack/echo/v4"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/auth/entra"
	"github.com/graphmock/graphmock/server/internal/control"
	"github.com/graphmock/graphmock/server/internal/cors"
	"github.com/graphmock/graphmock/server/internal/inprocess"
	"github.com/graphmock/graphmock/server/internal/journal"
	"github.com/graphmock/graphmock/server/internal/notify"
	"github.com/graphmock/graphmock/server/internal/rawurl"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
	"github.com/graphmock/graphmock/server/internal/verdict"
	"github.com/graphmock/graphmock/server/internal/workload"
)

// Server is a mock of Microsoft Graph. It is an http.Handler, and can listen on
// sockets of its own. All its methods are safe for concurrent use.
type Server struct {
	config    Config
	id        string           // of the tenant, in lower case
	root      *Server          // which listens for this one, nil for the root itself
	others    tenants          // beside the default one; of the root
	base      *url.URL         // Config.BaseURL, nil if there is none
	stateful  bool             // the service knows what the contract speaks of
	handler   echo.HandlerFunc // the whole pipeline
	transport *inprocess.Transport
	clock     clock
	random    *service.Random
	auth      *auth.Authenticator
	entra     *entra.Handler
	handlers  *notify.Handlers // that stand for receivers of notifications; of all tenants
	notifier  *notify.Notifier
	tenant    atomic.Pointer[tenant]
	tenants   atomic.Int64 // how many there ever were
	journal   *journal.Journal
	service   *service.Service
	services  []*service.Service // by each version of the model, that of service first
	store     store.Store
	collector verdict.Collector // of what verdicts are made of

	exchanges sync.Pool // of *exchange, to be used again

	engine  atomic.Pointer[scenarios.Engine] // nil while there is nothing to play
	closing chan struct{}                    // closed when the server begins to end
	cut     chan struct{}                    // closed when it has ended, which nothing outlasts
	cutOff  sync.Once                        // closes cut

	control *control.Handler

	throttling *throttling // nil if there are no limits

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
	s := &Server{config: config, id: auth.DefaultTenant, closing: make(chan struct{}), cut: make(chan struct{}),
		handlers: &notify.Handlers{}}
	s.auth = auth.NewAuthenticator(auth.Mode(config.Auth), servesState(config.Contract),
		config.Permissions == PermissionsEnforce, entra.PublicKey)
	s.transport = s.newTransport()
	if err := s.open(); err != nil {
		return nil, err
	}
	s.entra = s.newEntra()
	return s, nil
}

// open makes what each tenant has for itself, and fills it.
func (s *Server) open() error {
	config := s.config
	s.base, s.random = parseBase(config.BaseURL), service.NewRandom(config.Seed)
	s.exchanges.New = func() any { return new(exchange) }
	s.control = s.newControl()
	s.stateful = servesState(config.Contract)
	s.collector.Advises = config.Contract.UsesOData()
	s.clock.start = config.Now
	s.store = store.NewMemory(store.Options{Expired: func(tx store.Tx, collection string, r store.Record) {
		s.service.Expired(tx, collection, &r)
	}})
	late := &store.Late{Store: s.store, Config: store.LateConfig{
		Delay: s.replicationDelay, Now: func() int64 { return s.clock.now().UnixMilli() }, Draw: s.random.Uint64, IsOf: isDirectory,
	}}
	for _, tree := range config.Contract.Trees() {
		s.services = append(s.services, service.New(service.Config{
			Tree: tree, Store: s.store, Behaviors: workload.All(), PageSize: config.PageSize,
			Seed: config.Seed, Random: s.random, Tenant: s.otherID(), Reach: s.reach, Late: late, Wake: s.wakeAt,
			Beside: s.service, Foreign: !config.Contract.IsEmbeddedModel(),
		}))
		s.service = s.services[0]
	}
	s.notifier = s.newNotifier()
	s.journal = journal.New(config.Journal, config.Contract.Credentials(), config.Observe)
	if config.Throttle == ThrottleDocumented {
		s.throttling = &throttling{}
	}
	s.tenant.Store(s.newTenant())
	if err := s.Seed(config.Fixtures); err != nil {
		return fmt.Errorf("fixtures: %w", err)
	}
	if len(config.Scenarios) > 0 {
		if err := s.Add(config.Scenarios...); err != nil {
			return err
		}
	}
	s.handler = chain(s.pipeline())
	return nil
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

// Contract returns what requests and responses are checked against.
func (s *Server) Contract() *openapi.Contract { return s.config.Contract }

// pipeline is the life of a request, from top to bottom.
func (s *Server) pipeline() []echo.MiddlewareFunc {
	return []echo.MiddlewareFunc{
		recoverBug,
		unlessResponded((*exchange).decode),
		unlessResponded((*exchange).route),
		unlessResponded((*exchange).checkHeaders),
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
	if s.signsIn(r) {
		s.serveSignIn(&socket{ResponseWriter: w, request: r, server: s}, r)
		return
	}
	if control.Serves(r.URL.Path) {
		s.control.Serve(w, r, false)
		return
	}
	if control.IsVisit(r) && !s.hasPath(r) {
		s.control.Visit(w, r)
		return
	}
	t := s.tenantOf(r)
	t.serveGraph(&socket{ResponseWriter: w, request: r, server: t}, r)
}

// hasPath reports whether an operation has the path of a request.
func (s *Server) hasPath(r *http.Request) bool {
	match, _ := s.config.Contract.Route(r.Method, r.URL.EscapedPath())
	return match.Operation != nil
}

// serveInProcess responds to a client in process.
func (s *Server) serveInProcess(w *inprocess.ResponseWriter, r *http.Request) {
	if s.signsIn(r) {
		s.serveSignIn(w, r)
		return
	}
	if control.Serves(r.URL.Path) {
		s.control.Serve(w, r, true)
		return
	}
	s.tenantOf(r).serveGraph(w, r)
}

// serveGraph takes a request through the pipeline.
func (s *Server) serveGraph(out outlet, r *http.Request) {
	x := s.newExchange(out, rawurl.AsSent(r))
	if cors.IsPreflight(r) && s.config.Contract.UsesOData() { // of which Graph, and the journal, take no notice
		cors.AllowRequest(out.Header(), r)
		out.Send(http.StatusOK, nil)
	} else {
		x.run()
	}
	if x.engine == nil { // which may keep what is in it
		s.exchanges.Put(x)
	}
}
