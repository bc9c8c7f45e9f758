package server

import (
	"time"

	"github.com/graphmock/graphmock/server/internal/auth"
)

// TokenOptions say what a minted token claims. The zero value is a delegated
// token of the tenant's first user and app, with every scope that the contract
// asks for, for an hour.
type TokenOptions struct {
	User      string        // user principal name or id
	App       string        // application id
	Tenant    string        // tenant id
	Scopes    []string      // delegated permissions
	AppOnly   bool          // a token of the app itself: no user, no scopes
	Audience  string        // empty is https://graph.microsoft.com
	ExpiresIn time.Duration // below zero has expired; zero is an hour
}

// Token mints a bearer token that this server takes, under strict authentication
// too.
func (s *Server) Token(o TokenOptions) (string, error) {
	if o.Scopes == nil && !o.AppOnly {
		o.Scopes = auth.Scopes(s.config.Contract)
	}
	return s.tenant.Load().directory.Token(auth.TokenOptions(o), s.clock.now())
}
