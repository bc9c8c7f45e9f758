package server

import (
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/store"
	"github.com/graphmock/graphmock/server/internal/token"
)

const graphAppID = token.GraphAppID

// identity is who calls: the user, through an app.
type identity struct {
	tenant *tenant
	user   user
	app    string
	scopes []string // of a JWT; other tokens name none
}

func (i identity) owner() store.Owner { return store.Owner{User: i.user.id, App: i.app} }

// authenticate finds out who calls, as far as the contract wants to know.
func (x *exchange) authenticate() {
	s := x.server
	op, r := x.match.Operation, x.Request()
	bearer, sent := bearerToken(x.sent("Authorization"))
	switch {
	case s.config.Auth == AuthOff || op.Security().AllowsWithoutToken(r.URL.RawQuery, r.Header):
		x.caller = s.guess(bearer)
		return
	case !op.Security().RequiresToken():
		x.reject(noKey(op.Security().Keys()[0]))
		return
	case !sent:
		x.reject(noToken())
		return
	}
	claims, err := s.tokens.parse(bearer)
	if errors.Is(err, token.ErrOpaque) && s.config.Auth == AuthBearer {
		x.caller = s.tenant.Load().anyone()
		return
	}
	if err == nil && s.config.Auth == AuthStrict {
		err = token.Verify(bearer)
	}
	if err != nil {
		x.rejectToken(err)
		return
	}
	x.authenticateClaims(claims)
}

func noToken() openapi.Violation {
	return openapi.Violation{In: openapi.InHeader, Pointer: "Authorization", Rule: ruleTokenEmpty,
		Message: "no bearer token was sent", Hint: "send Authorization: Bearer TOKEN"}
}

func noKey(k openapi.Key) openapi.Violation {
	v := openapi.Violation{In: k.In, Pointer: k.Name, Rule: ruleTokenEmpty, Message: "no API key was sent", Hint: "send " + k.Name + ": KEY"}
	switch {
	case k.Scheme != "":
		v.Message, v.Hint = "no "+k.Scheme+" credentials were sent", "send Authorization: "+k.Scheme+" CREDENTIALS"
	case k.In != openapi.InHeader:
		v.Hint = "send " + k.Name + "=KEY in the " + k.In
	}
	return v
}

// bearerToken reads an Authorization header; blank tokens and other schemes are
// none.
func bearerToken(header string) (string, bool) {
	scheme, rest, _ := strings.Cut(header, " ")
	rest = strings.TrimSpace(rest)
	return rest, strings.EqualFold(scheme, "Bearer") && rest != ""
}

// guess is the caller where nobody has to say who they are.
func (s *Server) guess(bearer string) identity {
	claims, err := s.tokens.parse(bearer)
	if err != nil || claims.AppOnly() {
		return s.tenant.Load().anyone()
	}
	return s.tenant.Load().identify(claims)
}

func (x *exchange) rejectToken(err error) {
	rule := ruleTokenBroken
	if errors.Is(err, token.ErrSignature) {
		rule = ruleTokenSigned
	}
	x.reject(openapi.Violation{In: openapi.InHeader, Pointer: "Authorization", Rule: rule,
		Message: err.Error(), Hint: "get one with: graphmock token"})
}

// authenticateClaims decides on a JWT. Its time and its scopes are state, so
// that an expired token or a missing scope is no violation.
func (x *exchange) authenticateClaims(c *token.Claims) {
	op := x.match.Operation
	_, ofUser := op.Resource()
	switch graphs := x.server.graphs; {
	case graphs && !c.ForGraph():
		x.reject(openapi.Violation{In: openapi.InHeader, Pointer: "Authorization", Rule: ruleTokenAudience,
			Message: "the token is for another audience", Hint: "aud must be https://graph.microsoft.com or " + graphAppID})
	case c.ExpiresAt == nil || !x.now.Before(c.ExpiresAt.Time):
		x.fail(errTokenExpired)
	case c.NotBefore != nil && x.now.Add(clockSkew).Before(c.NotBefore.Time):
		x.fail(errTokenNotYet)
	case c.AppOnly() && !graphs: // what it permits is the service's own affair
		x.caller = x.server.tenant.Load().anyone()
	case c.AppOnly() && isBatch(op): // what it asks for is judged one by one
		x.caller = x.server.tenant.Load().identify(c)
		x.caller.user = user{}
	case c.AppOnly() && !ofUser:
		x.reject(openapi.Violation{In: openapi.InHeader, Pointer: "Authorization", Rule: ruleAppOnlyOnMe,
			Message: "the token is of an application, not of a user", Hint: "a delegated token has an scp claim"})
	case c.AppOnly():
		x.reject(openapi.Violation{In: openapi.InHeader, Pointer: "Authorization", Rule: ruleAppOnly,
			Message: "the operation does not support application permissions", Hint: "a delegated token has an scp claim"})
	case !op.Security().HasScopes(c.Scopes()):
		x.fail(errScopeMissing)
	default:
		x.caller = x.server.tenant.Load().identify(c)
	}
}

// clockSkew is how much earlier than its nbf a token is taken: five minutes is
// the usual setting of token validators.
const clockSkew = 5 * time.Minute

// tokenCache keeps the claims of tokens that were read before. The zero value is
// ready.
type tokenCache struct {
	mu     sync.Mutex
	claims map[string]*token.Claims
}

// maxTokens bounds the cache: a client that uses more than this in a row gets
// them read again.
const maxTokens = 1024

func (t *tokenCache) parse(bearer string) (*token.Claims, error) {
	t.mu.Lock()
	c := t.claims[bearer]
	t.mu.Unlock()
	if c != nil {
		return c, nil
	}
	c, err := token.Parse(bearer)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.claims == nil || len(t.claims) >= maxTokens {
		t.claims = map[string]*token.Claims{}
	}
	t.claims[bearer] = c
	return c, nil
}
