package server

import (
	"encoding/binary"
	"math/rand/v2"
	"strconv"
	"sync"

	"github.com/graphmock/graphmock/server/internal/store"
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

// restart makes r go on as another source would.
func (r *random) restart(as *random) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*r.source = *as.source
}

func (r *random) uint64() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.source.Uint64()
}

// guid is a random GUID of version 4.
func (r *random) guid() (g store.GUID) {
	r.mu.Lock()
	binary.LittleEndian.PutUint64(g[:8], r.source.Uint64())
	binary.LittleEndian.PutUint64(g[8:], r.source.Uint64())
	r.mu.Unlock()
	g[6] = g[6]&0x0f | 0x40
	g[8] = g[8]&0x3f | 0x80
	return g
}

// activityID is an id as Graph gives activities: 64 bits in decimal.
func (r *random) activityID() string { return strconv.FormatUint(r.uint64(), 10) }
