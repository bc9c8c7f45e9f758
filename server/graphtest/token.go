package graphtest

import (
	"time"

	"github.com/graphmock/graphmock/server"
)

// A TokenOption changes what a token of Server.Token claims.
type TokenOption func(*server.TokenOptions)

// User is whose token it is, by user principal name or id. The fixtures need not
// have them.
func User(name string) TokenOption { return func(o *server.TokenOptions) { o.User = name } }

// App is the application that the token was issued to, by its id.
func App(id string) TokenOption { return func(o *server.TokenOptions) { o.App = id } }

// Tenant is the id of the tenant that issued the token.
func Tenant(id string) TokenOption { return func(o *server.TokenOptions) { o.Tenant = id } }

// Scope is what the token permits, and nothing else.
func Scope(scopes ...string) TokenOption { return func(o *server.TokenOptions) { o.Scopes = scopes } }

// Audience is whom the token is for, such as "https://vault.azure.net": Graph
// rejects all but its own.
func Audience(uri string) TokenOption { return func(o *server.TokenOptions) { o.Audience = uri } }

// AppOnly makes it a token of the application itself: no user, no scopes.
func AppOnly() TokenOption { return func(o *server.TokenOptions) { o.AppOnly = true } }

// ExpiresIn is how long the token is good for. At zero or below, it has expired.
func ExpiresIn(d time.Duration) TokenOption {
	if d == 0 {
		d = -1
	}
	return func(o *server.TokenOptions) { o.ExpiresIn = d }
}
