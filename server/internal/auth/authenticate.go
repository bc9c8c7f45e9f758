package auth

import (
	"crypto"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/graph"
)

// A Mode says what an Authenticator asks of bearer tokens.
type Mode string

const (
	// Bearer wants a token wherever the contract does. A JWT has to be unexpired,
	// for Graph, and with the operation's scopes; its signature is not checked. Any
	// other token is the default caller's.
	Bearer Mode = "bearer"
	// Strict takes only tokens that a Directory minted, or that are signed with one of
	// the Keys.
	Strict Mode = "strict"
	// Off asks for nothing; a token that is sent still says who calls.
	Off Mode = "off"
)

// A Refusal is why a request has no caller. Exactly one of its fields is set.
type Refusal struct {
	Violation *openapi.Violation // of the contract, without side and operation
	Error     string             // id of graph.ErrorOf: time or permissions do not suffice
}

// Rules of violations.
const (
	ruleTokenEmpty    = "token-empty"
	ruleTokenClear    = "token-over-http"
	ruleTokenBroken   = "token-malformed"
	ruleTokenSigned   = "token-signature"
	ruleTokenAudience = "token-audience"
	ruleAppOnlyOnMe   = "app-only-on-me"
	ruleAppOnly       = "app-only"
)

// Errors that are no violations.
const (
	errTokenExpired = "token-expired"
	errTokenNotYet  = "token-not-yet-valid"
	errScopeMissing = "scope-missing"
)

// clockSkew is how much earlier than its nbf a token is taken: five minutes is the
// usual setting of token validators.
const clockSkew = 5 * time.Minute

// maxTokens is how many tokens an Authenticator remembers the claims of. Clients
// that use more have the least recently used ones parsed again.
const maxTokens = 1024

// An Authenticator finds the callers of requests. It is safe for concurrent use.
type Authenticator struct {
	mode   Mode
	graph  bool
	keys   Keys
	asks   bool                        // tokens have to have the permissions that Graph asks for
	tokens *lru.Cache[string, *claims] // by token
}

// Keys returns the public key with an id, of those that tokens are signed with.
type Keys func(id string) (crypto.PublicKey, bool)

// NewAuthenticator makes an Authenticator. With graph, tokens have to be issued for
// Microsoft Graph, and operations take tokens of apps themselves as Graph's do; with
// permissions, they need those that Graph asks for.
func NewAuthenticator(mode Mode, graph, permissions bool, keys Keys) *Authenticator {
	tokens, err := lru.New[string, *claims](maxTokens)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return &Authenticator{mode: mode, graph: graph, asks: graph && permissions, keys: keys, tokens: tokens}
}

// Authenticate returns the caller of a request, given by its query and header, or
// why it is refused. It asks for what the operation needs.
func (a *Authenticator) Authenticate(
	d *Directory, op *openapi.Operation, query string, header http.Header, now time.Time,
) (Caller, *Refusal) {
	bearer, sent := BearerToken(header.Get("Authorization"))
	switch {
	case a.mode == Off || op.Security().AllowsWithoutToken(query, header):
		return a.callerFromToken(d, bearer), nil
	case !op.Security().RequiresToken():
		return Caller{}, &Refusal{Violation: missingKey(op.Security().Keys()[0])}
	case !sent:
		return Caller{}, &Refusal{Violation: MissingToken()}
	}
	c, err := a.claims(bearer)
	if errors.Is(err, errOpaque) && a.mode == Bearer {
		return d.DefaultCaller(), nil
	}
	if err == nil && a.mode == Strict {
		err = verify(bearer, a.keys)
	}
	if err != nil {
		return Caller{}, &Refusal{Violation: unreadable(err)}
	}
	if refusal := a.check(op, c, now); refusal != nil {
		return Caller{}, refusal
	}
	return a.caller(d, c), nil
}

// Tenant returns the id of the tenant that the token in a header names, in lower case: "" if
// it names none, or none that is a GUID.
func (a *Authenticator) Tenant(header http.Header) string {
	values := header["Authorization"]
	if len(values) == 0 {
		return ""
	}
	bearer, sent := BearerToken(values[0])
	if !sent || !strings.HasPrefix(bearer, "ey") { // as the JSON of a JWT begins
		return ""
	}
	c, err := a.claims(bearer)
	if err != nil {
		return ""
	}
	return c.tenant
}

// Trusts reports whether the token in a header was made here.
func (a *Authenticator) Trusts(header http.Header) bool {
	bearer, _ := BearerToken(header.Get("Authorization"))
	return verify(bearer, a.keys) == nil
}

// callerFromToken returns the caller where no token is needed: the one that a
// token of a user names, else the default one.
func (a *Authenticator) callerFromToken(d *Directory, bearer string) Caller {
	c, err := a.claims(bearer)
	if err != nil || c.appOnly() {
		return d.DefaultCaller()
	}
	return d.callerFromClaims(c)
}

// caller returns the caller that a token which was checked names. Services other
// than Graph are not known to tell apps from users.
func (a *Authenticator) caller(d *Directory, c *claims) Caller {
	if c.appOnly() && !a.graph {
		return d.DefaultCaller()
	}
	return d.callerFromClaims(c)
}

// claims reads a token, or remembers what it read before.
func (a *Authenticator) claims(bearer string) (*claims, error) {
	if c, known := a.tokens.Get(bearer); known {
		return c, nil
	}
	c, err := parse(bearer)
	if err == nil {
		if uuid.Validate(c.TenantID) == nil {
			c.tenant = strings.ToLower(c.TenantID)
		}
		a.tokens.Add(bearer, c)
	}
	return c, err
}

// check returns why a token is refused. Its time and its scopes are state, so that
// an expired token or a missing scope is no violation.
func (a *Authenticator) check(op *openapi.Operation, c *claims, now time.Time) *Refusal {
	switch {
	case a.graph && !c.forGraph():
		return &Refusal{Violation: wrongToken(ruleTokenAudience, "the token is for another audience",
			"aud must be https://graph.microsoft.com or "+graph.AppID)}
	case c.ExpiresAt == nil || !now.Before(c.ExpiresAt.Time):
		return &Refusal{Error: errTokenExpired}
	case c.NotBefore != nil && now.Add(clockSkew).Before(c.NotBefore.Time):
		return &Refusal{Error: errTokenNotYet}
	case c.appOnly():
		if refusal := a.checkAppOnly(op); refusal != nil {
			return refusal
		}
	case !op.Security().HasScopes(c.scopes()):
		return &Refusal{Error: errScopeMissing}
	}
	if a.asks && op.IsDerived() && !c.suffices(op) {
		return &Refusal{Error: errScopeMissing}
	}
	return nil
}

// suffices reports whether a token has the permissions that Graph asks for an operation,
// as far as they are known. One that names none is not held to any: many that tests make
// up by hand are like that.
func (c *claims) suffices(op *openapi.Operation) bool {
	asked, known := op.Permissions()
	switch {
	case c.Everything || !known:
		return true
	case c.appOnly():
		return len(c.Roles) == 0 && !c.Nothing || asked.Application.Suffice(func(name string) bool { return slices.Contains(c.Roles, name) })
	}
	scopes := c.scopes()
	return asked.Delegated.Suffice(func(name string) bool { return slices.Contains(scopes, name) })
}

// checkAppOnly returns why a token of an app itself is refused. The requests of a
// batch are authenticated one by one, so that the batch asks for nothing.
func (a *Authenticator) checkAppOnly(op *openapi.Operation) *Refusal {
	const hint = "a delegated token has an scp claim"
	switch {
	case !a.graph || op.Action() == "POST /$batch":
		return nil
	case op.IsMe():
		return &Refusal{Violation: wrongToken(ruleAppOnlyOnMe, "the token is of an application, not of a user", hint)}
	}
	if op.IsDerived() { // its permissions are not known
		return nil
	}
	return &Refusal{Violation: wrongToken(ruleAppOnly, "the operation does not support application permissions", hint)}
}

// BearerToken returns the token of an Authorization header, and whether there is
// one. Blank tokens and other schemes are none.
func BearerToken(authorization string) (token string, ok bool) {
	scheme, rest, _ := strings.Cut(authorization, " ")
	rest = strings.TrimSpace(rest)
	return rest, strings.EqualFold(scheme, "Bearer") && rest != ""
}

// MissingToken is the violation of a request without a bearer token.
func MissingToken() *openapi.Violation {
	return wrongToken(ruleTokenEmpty, "no bearer token was sent", "send Authorization: Bearer TOKEN")
}

// InTheClear is the violation of a request that sends its token to a host of Microsoft Graph
// without encryption, nil of any other one: what a client sends to a server of its own, as on a
// loopback address, nobody else reads.
func InTheClear(u *url.URL, header http.Header) *openapi.Violation {
	if u.Scheme != "http" || !graph.IsHost(u.Hostname()) || header.Get("Authorization") == "" {
		return nil
	}
	return wrongToken(ruleTokenClear, "the token was sent over plain http, where others can read it",
		"send it to https://"+u.Hostname())
}

// unreadable is the violation of a token that can't be read or was not minted here.
func unreadable(err error) *openapi.Violation {
	rule := ruleTokenBroken
	if errors.Is(err, errSignature) {
		rule = ruleTokenSigned
	}
	return wrongToken(rule, err.Error(), "get one with: graphmock token")
}

func wrongToken(rule, message, hint string) *openapi.Violation {
	return &openapi.Violation{In: openapi.InHeader, Pointer: "Authorization", Rule: rule, Message: message, Hint: hint}
}

// missingKey is the violation of a request without an API key or other credentials.
func missingKey(k openapi.Key) *openapi.Violation {
	v := &openapi.Violation{In: k.In, Pointer: k.Name, Rule: ruleTokenEmpty,
		Message: "no API key was sent", Hint: "send " + k.Name + ": KEY"}
	switch {
	case k.Scheme != "":
		v.Message, v.Hint = "no "+k.Scheme+" credentials were sent", "send Authorization: "+k.Scheme+" CREDENTIALS"
	case k.In != openapi.InHeader:
		v.Hint = "send " + k.Name + "=KEY in the " + k.In
	}
	return v
}
