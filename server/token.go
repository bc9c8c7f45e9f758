package server

import (
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/graphmock/graphmock/server/internal/token"
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

// defaultTenant is the tenant of tokens that name none.
const defaultTenant = "5c1b7a52-6f0e-4e0f-9d3c-2a7d4b8e9f10"

// Token mints a bearer token that this server takes, under strict authentication
// too.
func (s *Server) Token(o TokenOptions) (string, error) {
	caller := s.tenant.Load().anyone()
	if o.App == "" {
		o.App = caller.app
	}
	if o.Tenant == "" {
		o.Tenant = defaultTenant
	}
	if o.Audience == "" {
		o.Audience = "https://graph.microsoft.com"
	}
	if o.ExpiresIn == 0 {
		o.ExpiresIn = time.Hour
	}
	now := s.clock.now()
	c := token.Claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: "https://sts.windows.net/" + o.Tenant + "/", Audience: jwt.ClaimStrings{o.Audience},
			IssuedAt: token.Date(now), NotBefore: token.Date(now), ExpiresAt: token.Date(now.Add(o.ExpiresIn)),
		},
		Version: "1.0", TenantID: o.Tenant, AppID: o.App,
	}
	if o.AppOnly {
		c.IDType = "app"
		return token.Mint(c)
	}
	u := caller.user
	if o.User != "" {
		u = s.tenant.Load().named(o.User)
	}
	if o.Scopes == nil {
		o.Scopes = s.scopes()
	}
	c.ObjectID, c.UPN, c.Scope = u.id, u.name, strings.Join(o.Scopes, " ")
	return token.Mint(c)
}

// scopes are all that the contract's operations ask for.
func (s *Server) scopes() []string {
	seen := map[string]bool{}
	var all []string
	for op := range s.config.Contract.Operations() {
		for _, scope := range op.Security().Scopes() {
			if !seen[scope] {
				seen[scope] = true
				all = append(all, scope)
			}
		}
	}
	if len(all) == 0 {
		all = []string{"User.Read"} // a delegated token has at least one
	}
	return all
}
