// Package entra signs clients of Graph in, as Microsoft Entra ID does: discovery, keys,
// tokens, the page to choose a user on, and managed identity.
//
// What is signed in to is a Directory: applications with their secrets, and users.
// Evidence: headers, bodies and claims are those of recorded replies, texts of errors those
// that clients were seen to get; what else was decided here is marked assumed.
//
// Goals: credentials of unmodified SDKs get tokens, and what Entra refuses is refused in
// its words. Non-goals: conditional access, federation with other tenants, passwords that
// nobody set, sessions that outlive the server.
package entra

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/graphmock/graphmock/openapi/graph"
)

// Config is what a Handler is made of. All fields are required.
type Config struct {
	Now   func() time.Time
	NewID func() string // a GUID, of which codes and tokens are made as well

	// Strict refuses what nobody registered: applications, credentials, resources.
	// Without it they are taken at their word.
	Strict bool

	// Origin is where the client reached the handler, such as https://127.0.0.1:8443.
	Origin func(*http.Request) string

	// Directory returns that of the tenant that a path names by id or domain. The empty
	// name is the one of clients that name none.
	Directory func(tenant string) (Directory, bool)

	// Observe is called after each request.
	Observe func(Event)
}

// An Event is a request and what became of it, without any credential.
type Event struct {
	At                 time.Time
	Method, Host, Path string
	Status             int
	Note               string // who signed in, or why not and what helps; may be empty
}

// A Handler is Entra. It is safe for concurrent use.
type Handler struct {
	config Config
	header identityHeader
	ledger
}

// New makes a handler to which nobody has signed in.
func New(c Config) *Handler { return &Handler{config: c} }

// Reset forgets who has signed in.
func (h *Handler) Reset() { h.ledger.reset() }

// IdentityPath is the path of managed identity, as App Service has it.
const IdentityPath = "/_graphmock/identity"

// imdsPath is that of the instance metadata service of Azure's machines.
const imdsPath = "/metadata/identity/oauth2/token"

// Serves reports whether a request is Entra's: by its host, or by its path at a host that is
// not Graph's.
func Serves(r *http.Request) bool {
	path := r.URL.Path
	if strings.HasPrefix(path, "/v1.0/") || strings.HasPrefix(path, "/beta/") {
		return false
	}
	if IsHost(r.Host) {
		return true
	}
	_, ok := endpointOf(path)
	return ok && !graph.IsHost(withoutPort(r.Host))
}

func withoutPort(host string) string { return (&url.URL{Host: host}).Hostname() }

// imdsHost is where machines of Azure reach the instance metadata service.
const imdsHost = "169.254.169.254"

// IsHost reports whether a host, with a port or without, is one at which clients sign in.
func IsHost(host string) bool {
	host = withoutPort(host)
	return graph.IsLoginHost(host) || host == imdsHost
}

// endpoints are the functions of Entra, by what follows the tenant in a path. Those of
// version 1 name a resource instead of scopes.
var endpoints = map[string]struct {
	serve func(*exchange)
	v1    bool
}{
	"discovery/instance":                    {serve: (*exchange).discoverInstance},
	"v2.0/.well-known/openid-configuration": {serve: (*exchange).discover},
	".well-known/openid-configuration":      {serve: (*exchange).discover, v1: true},
	"discovery/v2.0/keys":                   {serve: (*exchange).keys},
	"discovery/keys":                        {serve: (*exchange).keys, v1: true},
	"oauth2/v2.0/token":                     {serve: (*exchange).token},
	"oauth2/token":                          {serve: (*exchange).token, v1: true},
	"oauth2/v2.0/authorize":                 {serve: (*exchange).authorize},
	"oauth2/authorize":                      {serve: (*exchange).authorize, v1: true},
	"oauth2/v2.0/devicecode":                {serve: (*exchange).device},
	"oauth2/devicecode":                     {serve: (*exchange).device, v1: true},
	"oauth2/deviceauth":                     {serve: (*exchange).devicePage},
	"oauth2/nativeclient":                   {serve: (*exchange).nativePage},
	"oauth2/v2.0/logout":                    {serve: (*exchange).logout},
	"oauth2/logout":                         {serve: (*exchange).logout, v1: true},
}

// An endpoint is a function of Entra, and the tenant that a path has for it.
type endpoint struct {
	serve  func(*exchange)
	tenant string
	v1     bool
}

// endpointOf returns the endpoint that a path is that of.
func endpointOf(path string) (endpoint, bool) {
	switch path {
	case IdentityPath:
		return endpoint{serve: (*exchange).appServiceIdentity}, true
	case imdsPath:
		return endpoint{serve: (*exchange).machineIdentity}, true
	}
	tenant, function, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	function = strings.ToLower(function)
	if name, ok := strings.CutPrefix(function, "userrealm/"); ok && !strings.Contains(name, "/") {
		return endpoint{serve: (*exchange).userRealm, tenant: tenant}, true
	}
	found, ok := endpoints[function]
	if !ok || tenant == "" {
		return endpoint{}, false
	}
	return endpoint{found.serve, tenant, found.v1}, true
}

// ServeHTTP answers a request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := h.begin(w, r)
	x.run()
	x.observe()
}

func (h *Handler) begin(w http.ResponseWriter, r *http.Request) *exchange {
	return &exchange{
		Handler: h, w: w, r: r, now: h.config.Now(), trace: h.config.NewID(), origin: h.config.Origin(r),
	}
}

func (x *exchange) observe() {
	x.config.Observe(Event{
		At: x.now, Method: x.r.Method, Host: x.r.Host, Path: x.r.URL.EscapedPath(), Status: x.status, Note: x.note,
	})
}

// An exchange is a request on its way.
type exchange struct {
	*Handler
	endpoint
	w      http.ResponseWriter
	r      *http.Request
	now    time.Time
	origin string
	trace  string // its id
	form   form   // what the client sent

	directory Directory // of the tenant
	status    int
	note      string
}

func (x *exchange) run() {
	x.setHeaders()
	e, ok := endpointOf(x.r.URL.Path)
	if !ok {
		x.sendText(http.StatusNotFound, "There is nothing here. Entra's own endpoints are below a tenant, such as "+
			x.origin+"/common/v2.0/.well-known/openid-configuration\n")
		return
	}
	x.endpoint = e
	e.serve(x)
}

// note adds to what is said of the exchange where it is observed.
func (x *exchange) remark(text string) {
	if x.note != "" {
		x.note += "; "
	}
	x.note += text
}
