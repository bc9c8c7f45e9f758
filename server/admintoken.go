package server

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"sync"
)

// adminToken is what the control surface wants to see of clients that come from
// elsewhere. It is made when it is first needed, and never of the seeded source.
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

// is compares in a time that tells nothing of the token.
func (t *adminToken) is(text string) bool {
	want, got := sha256.Sum256([]byte(t.get())), sha256.Sum256([]byte(text))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// AdminToken is the bearer token that requests under /_graphmock/ need on every
// listener that is not on a loopback address. It is random, and another one for
// each server.
func (s *Server) AdminToken() string { return s.admin.get() }
