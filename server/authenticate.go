package server

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/auth/entra"
	"github.com/graphmock/graphmock/server/internal/auth/registry"
	"github.com/graphmock/graphmock/server/internal/inprocess"
)

// authenticate finds out who calls, as far as the contract wants to know.
func (x *exchange) authenticate() {
	r := x.request
	x.tenant = x.server.useTenant()
	if v := auth.InTheClear(r.URL, r.Header); v != nil {
		x.reject(*v)
		return
	}
	caller, refusal := x.server.auth.Authenticate(x.tenant.directory, x.match.Operation, r.URL.RawQuery,
		r.Header, x.now)
	switch {
	case refusal == nil:
		x.caller = caller
	case refusal.Violation != nil:
		x.reject(*refusal.Violation)
	default:
		x.fail(refusal.Error)
	}
}

// TokenOptions say what a minted token claims. The zero value is a delegated
// token of the tenant's first user and app that may do everything, for an hour.
type TokenOptions struct {
	User      string        // user principal name or id
	App       string        // application id
	Tenant    string        // tenant id
	Scopes    []string      // delegated permissions; nil is everything
	AppOnly   bool          // a token of the app itself: no user, no scopes
	Audience  string        // empty is https://graph.microsoft.com
	ExpiresIn time.Duration // below zero has expired; zero is an hour
}

// Token mints a bearer token that this server takes, under strict authentication
// too.
func (s *Server) Token(o TokenOptions) (string, error) {
	t := auth.TokenOptions{
		User: o.User, App: o.App, Tenant: o.Tenant, Scopes: o.Scopes, AppOnly: o.AppOnly, Audience: o.Audience,
		ExpiresIn: o.ExpiresIn, All: o.Scopes == nil,
	}
	if o.Scopes == nil && !o.AppOnly {
		t.Scopes = auth.Scopes(s.config.Contract)
	}
	return s.tenant.Load().directory.Token(t, s.clock.now())
}

// clientSecret is a secret of the tenant's first application, beside those that it has in
// the tenant. It is published on purpose, as the key of minted tokens is: nothing but a mock
// believes it.
const clientSecret = "graphmock-published-client-secret"

// Credentials are what clients sign in to the tenant with.
type Credentials struct {
	TenantID, ClientID, ClientSecret string

	// IdentityHeader is the value of X-IDENTITY-HEADER that managed identity asks for, at
	// IdentityPath.
	IdentityHeader string
}

// IdentityPath is where managed identity is, below the origin of a server.
const IdentityPath = entra.IdentityPath

// Credentials returns those of the tenant's first application, with which everything is
// allowed. Entra takes them at the origins of this server and, from Client, at its own.
func (s *Server) Credentials() Credentials {
	return Credentials{
		TenantID: s.id, ClientID: s.tenant.Load().directory.DefaultCaller().App, ClientSecret: clientSecret,
		IdentityHeader: s.signIn().IdentityHeader(),
	}
}

// signIn is where the clients of all tenants sign in.
func (s *Server) signIn() *entra.Handler {
	if s.root != nil {
		return s.root.entra
	}
	return s.entra
}

// newEntra makes what clients sign in to.
func (s *Server) newEntra() *entra.Handler {
	return entra.New(entra.Config{
		Now: s.clock.now, NewID: s.random.GUID, Strict: s.config.Auth == AuthStrict, Origin: s.originOf,
		Directory: s.entraDirectory, Observe: s.observeSignIn,
	})
}

// signsIn reports whether a request is for Entra and not for Graph. At its own origin a
// contract that is not Graph's may have the same paths.
func (s *Server) signsIn(r *http.Request) bool {
	return entra.Serves(r) && (s.stateful || entra.IsHost(r.Host))
}

// originOf is where the client reached the server.
func (s *Server) originOf(r *http.Request) string {
	scheme, host := s.shown(schemeOf(r), hostOf(r))
	return scheme + "://" + host
}

// entraDirectory returns the directory of the tenant with an id or a domain; the empty name
// is the default one. Only the strict know which tenants there are: for others one begins to
// be when somebody signs in to it.
func (s *Server) entraDirectory(name string) (entra.Directory, bool) {
	if id := strings.ToLower(name); id != s.id && uuid.Validate(id) == nil {
		if s.config.Auth == AuthStrict && s.other(id) == nil {
			return nil, false
		}
		if t, err := s.Tenant(id); err == nil && t != s {
			return t.entraDirectory("")
		}
	}
	t := s.useTenant()
	defer s.releaseTenant(t)
	s.seedLate(t)
	d := &registry.Directory{
		Store: s.store, Name: t.name, ID: s.id, Known: t.directory, Now: s.clock.now(),
		Allowed: auth.Scopes(s.config.Contract), Secret: clientSecret,
	}
	known := name == "" || strings.EqualFold(name, d.ID) || strings.Contains(name, ".") && d.HasDomain(name)
	return d, known || s.config.Auth != AuthStrict
}

// observeSignIn tells whoever observes the server of a request to Entra. The journal is of
// Graph, and has no credentials.
func (s *Server) observeSignIn(e entra.Event) {
	s.journal.Observe(Exchange{
		At: e.At, Took: s.clock.now().Sub(e.At), Method: e.Method, Host: e.Host, Path: e.Path, Status: e.Status, Note: e.Note,
	})
}

// maxSignIn is how many bytes of a request to Entra scenarios look at. Entra takes no more.
const maxSignIn = 256 << 10

// serveSignIn answers a request to Entra: as the tenant's scenarios say, or as Entra does.
func (s *Server) serveSignIn(out outlet, r *http.Request) {
	engine, x := s.scriptedSignIn(r)
	if engine == nil {
		s.entra.ServeHTTP(out, r)
		return
	}
	engine.RequestStarted(x)
	d := engine.Decide(x)
	if d.Delay > 0 && !s.wait(r, d.Delay) {
		d.Fault = scenarios.FaultHang // the client waits for no response any more
	}
	res := &batchItem{outer: out, header: out.Header()} // is not sent before the scenario has changed it
	switch {
	case d.FromService:
		s.entra.ServeHTTP(res, r)
	case d.Error.Status != 0:
		s.entra.Refuse(res, r, entra.Refusal{Status: d.Error.Status, Code: d.Error.Code, Message: d.Error.Message})
	case d.Status != 0:
		res.Send(d.Status, d.Body)
		s.observeSignIn(entra.Event{At: x.Now, Method: r.Method, Host: r.Host, Path: x.Path, Status: d.Status,
			Note: "by rule " + ruleOf(&d)})
	}
	if d.Matched() && res.status != 0 {
		if body, err := d.Patch(res.body); err == nil { // what is no JSON stays as it is
			res.body = body
		}
		d.SetHeaders(out.Header())
	}
	if isDelivered(d.Fault) {
		engine.ResponseSent(x, res.status, out.Header(), s.clock.now())
	}
	if fault := faultOf(d.Fault); fault != inprocess.NoFault {
		out.Fail(fault, res.status, res.body)
		return
	}
	out.Send(res.status, res.body)
}

// scriptedSignIn returns what scenarios have to know of a request to Entra; the engine is nil
// if there is nothing to decide.
func (s *Server) scriptedSignIn(r *http.Request) (*scenarios.Engine, *scenarios.Exchange) {
	if s.engine.Load() == nil && !s.others.some.Load() {
		return nil, nil
	}
	match, _ := openapi.Entra().Route(r.Method, r.URL.EscapedPath())
	t := s
	if id := strings.ToLower(match.Param("tenant")); uuid.Validate(id) == nil && id != s.id {
		if t = s.other(id); t == nil {
			return nil, nil
		}
	}
	engine := t.engine.Load()
	if engine == nil || match.Operation == nil {
		return nil, nil
	}
	query, _ := openapi.ParseQuery(r.URL.RawQuery)
	x := &scenarios.Exchange{
		Match: match, Path: r.URL.EscapedPath(), Query: query, Header: r.Header, Tenant: t.id, Now: s.clock.now(),
	}
	if r.Body == nil {
		return engine, x
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxSignIn+1))
	r.Body = readCloser{io.MultiReader(bytes.NewReader(body), r.Body), r.Body} // Entra judges it
	if form, wrong := url.ParseQuery(string(body)); err == nil && wrong == nil && len(body) <= maxSignIn {
		fields := map[string]any{}
		for name, values := range form {
			fields[name] = values[0]
		}
		x.Body, x.App = fields, form.Get("client_id")
	}
	return engine, x
}

// A readCloser reads from one and closes another.
type readCloser struct {
	io.Reader
	io.Closer
}
