package control

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"sync"
)

// adminToken is what the control surface asks of clients that come from elsewhere.
// It is made when it is first needed, and not from the server's seeded source. The
// zero value is ready.
type adminToken struct {
	once sync.Once
	text string
}

func (t *adminToken) get() string {
	t.once.Do(func() {
		var random [32]byte
		rand.Read(random[:])
		t.text = hex.EncodeToString(random[:])
	})
	return t.text
}

// is reports whether text is the token, in a time that tells nothing of it.
func (t *adminToken) is(text string) bool {
	want, got := sha256.Sum256([]byte(t.get())), sha256.Sum256([]byte(text))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// AdminToken returns the bearer token that requests need which come by a listener
// that is not on a loopback address. It is random, and another one for each Handler.
func (h *Handler) AdminToken() string { return h.token.get() }
