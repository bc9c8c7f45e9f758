package server

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"

	"github.com/google/uuid"
)

// random is the server's source of ids: same seed, same ids.
type random struct {
	mu     sync.Mutex
	source *rand.ChaCha8
}

func newRandom(seed uint64) *random {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	return &random{source: rand.NewChaCha8(key)}
}

// restart makes r go on as another source would, and returns one that goes on as r
// would have.
func (r *random) restart(as *random) (before *random) {
	r.mu.Lock()
	defer r.mu.Unlock()
	source := *r.source
	*r.source = *as.source
	return &random{source: &source}
}

// Uint64 returns a random number.
func (r *random) Uint64() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.source.Uint64()
}

// GUID returns a random GUID of version 4.
func (r *random) GUID() string {
	var id uuid.UUID
	r.mu.Lock()
	binary.LittleEndian.PutUint64(id[:8], r.source.Uint64())
	binary.LittleEndian.PutUint64(id[8:], r.source.Uint64())
	r.mu.Unlock()
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}
