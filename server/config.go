package server

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
)

// Auth says what the server asks of a bearer token.
type Auth string

const (
	// AuthBearer wants a token wherever the contract does. A JWT has to be
	// unexpired, for Graph, and with the operation's scopes; its signature is not checked;
	// any other token passes as the tenant's first user and app.
	AuthBearer Auth = "bearer"
	// AuthStrict takes only tokens that graphmock minted.
	AuthStrict Auth = "strict"
	// AuthOff asks for nothing; a token that is sent still says who calls.
	AuthOff Auth = "off"
)

// Permissions says whether tokens have to have the permissions that Graph asks for.
type Permissions string

const (
	// PermissionsEnforce wants, of a JWT that names any, the delegated or application
	// permissions that Microsoft's documentation asks for an operation.
	PermissionsEnforce Permissions = "enforce"
	// PermissionsOff takes any, but where the contract itself names scopes.
	PermissionsOff Permissions = "off"
)

// Proxy says whether the sockets of ListenTLS are a forward proxy too.
type Proxy string

const (
	// ProxyOff leaves CONNECT to Graph, which does not know it.
	ProxyOff Proxy = "off"
	// ProxyOn answers for the hosts of Graph and Entra, and refuses all others.
	ProxyOn Proxy = "on"
	// ProxyPassThrough answers for the hosts of Graph and Entra, and leads to all others.
	ProxyPassThrough Proxy = "pass-through"
)

// Config is everything that can be set about a server. Tests and command-line
// flags fill the same fields; the zero value is a working server.
type Config struct {
	// Contract is what the service promises. Nil is the embedded contract.
	Contract *openapi.Contract

	// Fixtures is what the tenant contains at the start. Nil is
	// fixtures.Contoso(); fixtures.Empty() is a bare tenant.
	Fixtures *fixtures.Document

	// Scenarios script the service from the start; Play and Script add more.
	Scenarios []*scenarios.Scenario

	// Auth is what is asked of tokens. Empty is AuthBearer.
	Auth Auth

	// Permissions is what tokens have to be allowed. Empty is PermissionsEnforce.
	Permissions Permissions

	// Throttle is whether clients are held to limits. Empty is ThrottleOff.
	Throttle Throttle

	// ReplicationDelay is how late reads see what is written to the directory, at most; at the
	// least it is half of that, and Seed says which reads see it in between. What is referred to
	// has to be seen. Zero is at once. Scenarios may have one of their own.
	ReplicationDelay time.Duration

	// Now is where the server's clock starts. The clock then stands still, so
	// that two equal runs give equal bytes. Zero is the real time, running.
	Now time.Time

	// Seed starts the random source of ids: same seed, same ids.
	Seed uint64

	// PageSize is how many entities a page of a list has at most. Zero is 100;
	// Graph's own is not known.
	PageSize int

	// Authority is the folder of the certificate authority that ListenTLS uses. It is
	// made there, if there is none. Empty is one in memory, another one for each process.
	Authority string

	// Proxy lets the sockets of ListenTLS, which then have to be on loopback addresses, be
	// a proxy for HTTPS as well: clients that use it find this server at Graph's own
	// URLs. Empty is ProxyOff.
	Proxy Proxy

	// BaseURL is the origin that links in responses have, such as https://graph.example.com,
	// if the server can't know it: behind another name, and a proxy that sends no
	// X-Forwarded-Host. Empty is the origin that a client used.
	BaseURL string

	// Journal is how many exchanges are kept; the oldest go first, earlier if
	// all of them, headers and bodies included, take more than 256 MiB. Zero is
	// 10,000.
	Journal int

	// AllowRemoteCallbacks lets receivers of change notifications be elsewhere than on loopback
	// addresses: no request leaves the machine otherwise.
	AllowRemoteCallbacks bool

	// MaxTenants is how many tenants there may be beside the default one: the one that was
	// not used for the longest time goes. Zero is 1,000.
	MaxTenants int

	// Observe, if not nil, is called with each exchange after it was recorded,
	// one at a time and in the journal's order. The exchange has no headers then. It is
	// also called with requests to Entra, which are not recorded and have the ID 0.
	// Observe must not keep the server waiting, nor ask it for requests or
	// violations: it would wait for itself.
	Observe func(Exchange)
}

// oneAtATime lets the journals of several tenants share an observer.
func oneAtATime(observe func(Exchange)) func(Exchange) {
	var mu sync.Mutex
	return func(e Exchange) {
		mu.Lock()
		defer mu.Unlock()
		observe(e)
	}
}

func (c Config) withDefaults() (Config, error) {
	if c.Contract == nil {
		c.Contract = openapi.Embedded()
	}
	if c.Fixtures == nil {
		c.Fixtures = fixtures.Contoso()
	}
	switch c.Auth {
	case "":
		c.Auth = AuthBearer
	case AuthBearer, AuthStrict, AuthOff:
	default:
		return c, fmt.Errorf("auth: %q is not off, bearer or strict", c.Auth)
	}
	switch c.Permissions {
	case "":
		c.Permissions = PermissionsEnforce
	case PermissionsEnforce, PermissionsOff:
	default:
		return c, fmt.Errorf("permissions: %q is not off or enforce", c.Permissions)
	}
	if c.PageSize == 0 {
		c.PageSize = 100
	}
	if c.MaxTenants == 0 {
		c.MaxTenants = 1000
	}
	if c.MaxTenants < 0 {
		return c, fmt.Errorf("max tenants: %d is below zero", c.MaxTenants)
	}
	if c.Observe != nil {
		c.Observe = oneAtATime(c.Observe)
	}
	if c.PageSize < 0 {
		return c, fmt.Errorf("page size: %d is below zero", c.PageSize)
	}
	switch c.Throttle {
	case "":
		c.Throttle = ThrottleOff
	case ThrottleOff, ThrottleDocumented:
	default:
		return c, fmt.Errorf("throttle: %q is not off or documented", c.Throttle)
	}
	if c.ReplicationDelay < 0 {
		return c, fmt.Errorf("replication delay: %v is below zero", c.ReplicationDelay)
	}
	if c.BaseURL != "" && parseBase(c.BaseURL) == nil {
		return c, fmt.Errorf("base URL: %q is no origin, such as https://graph.example.com", c.BaseURL)
	}
	switch c.Proxy {
	case "":
		c.Proxy = ProxyOff
	case ProxyOff, ProxyOn, ProxyPassThrough:
	default:
		return c, fmt.Errorf("proxy: %q is not off, on or pass-through", c.Proxy)
	}
	if c.Journal == 0 {
		c.Journal = 10_000
	}
	if c.Journal < 0 {
		return c, fmt.Errorf("journal: %d is below zero", c.Journal)
	}
	return c, nil
}

// parseBase returns a Config.BaseURL, nil if it is not an origin.
func parseBase(text string) *url.URL {
	u, err := url.Parse(strings.TrimSuffix(text, "/"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || !isHost(u.Host) || u.Scheme+"://"+u.Host != u.String() {
		return nil
	}
	return u
}
