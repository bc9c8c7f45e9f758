package server

import (
	"time"

	"github.com/graphmock/graphmock/server/internal/auth"
)

// authenticate finds out who calls, as far as the contract wants to know.
func (x *exchange) authenticate() {
	r := x.request
	x.tenant = x.server.useTenant()
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
