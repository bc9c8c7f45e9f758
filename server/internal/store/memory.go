package store

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// Memory is a Store in memory.
type Memory struct {
	options Options
	changes atomic.Uint64
	mu      sync.RWMutex
	spaces  map[string]*space // by tenant
}

// NewMemory returns a store without tenants.
func NewMemory(o Options) *Memory {
	if o.MaxMedia == 0 {
		o.MaxMedia = 256 << 20
	}
	return &Memory{options: o, spaces: map[string]*space{}}
}

// View implements Store.
func (m *Memory) View(tenant string, now int64, read func(Reader) error) error {
	s := m.space(tenant)
	if s == nil {
		s = newSpace(&m.options)
	}
	s.mu.Lock()
	defer s.end()
	s.expire(now)
	return read(s)
}

// Update implements Store.
func (m *Memory) Update(tenant string, now int64, write func(Tx) error) error {
	s := m.space(tenant)
	if s == nil {
		s = m.addSpace(tenant)
	}
	s.mu.Lock()
	defer s.end()
	s.expire(now)
	if err := write(s); err != nil {
		return err
	}
	if len(s.log) > 0 {
		m.changes.Add(1)
	}
	s.commit()
	return nil
}

// Changes implements Store.
func (m *Memory) Changes() uint64 { return m.changes.Load() }

// Tenants implements Store.
func (m *Memory) Tenants() []string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.Sorted(maps.Keys(m.spaces))
}

// Drop implements Store.
func (m *Memory) Drop(tenant string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.spaces, tenant)
	m.changes.Add(1)
}

// space returns what a tenant has, or nil.
func (m *Memory) space(tenant string) *space {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.spaces[tenant]
}

func (m *Memory) addSpace(tenant string) *space {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.spaces[tenant]
	if s == nil {
		s = newSpace(&m.options)
		m.spaces[tenant] = s
	}
	return s
}
