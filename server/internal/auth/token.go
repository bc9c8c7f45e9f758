package auth

import (
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/graphmock/graphmock/openapi"
)

// TokenOptions say what a token claims. The zero value is a delegated token of the
// directory's default user and app for an hour.
type TokenOptions struct {
	User      string        // user principal name or id
	App       string        // application id
	Tenant    string        // tenant id; empty is the directory's
	Scopes    []string      // delegated permissions
	AppOnly   bool          // a token of the app itself: no user, no scopes
	All       bool          // whatever the scopes, the token may do everything
	Audience  string        // empty is https://graph.microsoft.com
	ExpiresIn time.Duration // below zero has expired; zero is an hour
}

// Token mints a bearer token that an Authenticator of any mode takes.
func (d *Directory) Token(o TokenOptions, now time.Time) (string, error) {
	o = o.withDefaults(d)
	c := claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: "https://sts.windows.net/" + o.Tenant + "/", Audience: jwt.ClaimStrings{o.Audience},
			IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(now.Add(o.ExpiresIn)),
		},
		Version: "1.0", TenantID: o.Tenant, AppID: o.App, Everything: o.All,
	}
	if o.AppOnly {
		c.IDType = "app"
		return mint(c)
	}
	u := d.UserByName(o.User)
	c.ObjectID, c.UPN, c.Scope = u.ID, u.PrincipalName, strings.Join(o.Scopes, " ")
	return mint(c)
}

func (o TokenOptions) withDefaults(d *Directory) TokenOptions {
	if o.App == "" {
		o.App = d.DefaultCaller().App
	}
	if o.Tenant == "" {
		o.Tenant, _, _ = strings.Cut(d.tenant, "#") // which tells apart what the same tenant had at different times
	}
	if o.Audience == "" {
		o.Audience = "https://graph.microsoft.com"
	}
	if o.ExpiresIn == 0 {
		o.ExpiresIn = time.Hour
	}
	return o
}

// Scopes returns all scopes that the operations of a contract ask for, or
// User.Read: a delegated token has at least one.
func Scopes(contract *openapi.Contract) []string {
	seen := map[string]bool{}
	var all []string
	for op := range contract.Operations() {
		for _, scope := range op.Security().Scopes() {
			if !seen[scope] {
				seen[scope] = true
				all = append(all, scope)
			}
		}
	}
	if len(all) == 0 {
		all = []string{"User.Read"}
	}
	return all
}
