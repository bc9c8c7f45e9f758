package service

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"

	"github.com/google/uuid"
)

// Random is a source of keys: same seed, same keys. It is safe for concurrent use.
type Random struct {
	mu     sync.Mutex
	source *rand.ChaCha8
}

// NewRandom returns the source of a seed.
func NewRandom(seed uint64) *Random {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	return &Random{source: rand.NewChaCha8(key)}
}

// Restart makes r go on as another source would, and returns one that goes on as r
// would have.
func (r *Random) Restart(as *Random) (before *Random) {
	r.mu.Lock()
	defer r.mu.Unlock()
	source := *r.source
	*r.source = *as.source
	return &Random{source: &source}
}

// Uint64 returns a random number.
func (r *Random) Uint64() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.source.Uint64()
}

// GUID returns a random GUID of version 4.
func (r *Random) GUID() string {
	var id uuid.UUID
	r.mu.Lock()
	binary.LittleEndian.PutUint64(id[:8], r.source.Uint64())
	binary.LittleEndian.PutUint64(id[8:], r.source.Uint64())
	r.mu.Unlock()
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}
