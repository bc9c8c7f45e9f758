package entra

import (
	"crypto/rand"
	"encoding/hex"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2/simplelru"
)

// maxGrants is how many codes, refresh tokens and device codes are remembered of each: the
// one longest unused goes first.
const maxGrants = 5000

// A grantRecord is what somebody has signed in for.
type grantRecord struct {
	tenant, client, user string
	scope                string
	issued, expires      time.Time
	signed               time.Time // when the user did it

	redirect  string       // of a code
	kind      RedirectKind // of the redirect
	challenge string       // of PKCE
	method    string
	nonce     string

	consented bool // the user was there to be asked
	used      bool
	polls     int // of a device code
}

// A ledger remembers what was granted and not redeemed yet. The zero value is empty.
type ledger struct {
	mu                      sync.Mutex
	codes, refresh, devices *lru.LRU[string, *grantRecord]
}

func (l *ledger) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.codes, l.refresh, l.devices = nil, nil, nil
}

// add remembers a grant by a key in one of the ledger's books.
func (l *ledger) add(book **lru.LRU[string, *grantRecord], key string, g grantRecord) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if *book == nil {
		*book, _ = lru.NewLRU[string, *grantRecord](maxGrants, nil) // which fails for a size of 0 only
	}
	(*book).Add(key, &g)
}

// look returns the grant that has a key, if there is one.
func (l *ledger) look(book **lru.LRU[string, *grantRecord], key string) (g grantRecord, found bool) {
	found = l.change(book, key, func(have *grantRecord) { g = *have })
	return g, found
}

// use marks a grant as used, and reports whether it was not yet.
func (l *ledger) use(book **lru.LRU[string, *grantRecord], key string) (first bool) {
	l.change(book, key, func(g *grantRecord) { first, g.used = !g.used, true })
	return first
}

// change calls change with the grant that has a key, if there is one.
func (l *ledger) change(book **lru.LRU[string, *grantRecord], key string, change func(*grantRecord)) (found bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if *book == nil {
		return false
	}
	g, found := (*book).Get(key)
	if found {
		change(g)
	}
	return found
}

// identityHeader is what managed identity asks its clients for. It is random, made when
// it is first needed, and another one for each handler.
type identityHeader struct {
	once sync.Once
	text string
}

func (h *identityHeader) get() string {
	h.once.Do(func() {
		var random [16]byte
		rand.Read(random[:])
		h.text = hex.EncodeToString(random[:])
	})
	return h.text
}

// IdentityHeader is the value of X-IDENTITY-HEADER by which managed identity knows its
// clients.
func (h *Handler) IdentityHeader() string { return h.header.get() }
