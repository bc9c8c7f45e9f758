package store

import "testing"

// TestFirstWritersOfATenantShareIt: of two that find no tenant, the second must not replace what the first adds.
func TestFirstWritersOfATenantShareIt(t *testing.T) {
	t.Parallel()
	m := NewMemory(Options{})
	if first, second := m.addSpace("contoso"), m.addSpace("contoso"); first != second {
		t.Error("the tenant was added twice")
	}
}

func TestLogOfALongTransactionIsNotKept(t *testing.T) {
	t.Parallel()
	s := newSpace(&Options{})
	s.mu.Lock()
	for range longLog + 1 {
		s.Put("users", Record{ID: "a"})
	}
	s.commit()
	s.end()
	if cap(s.log) > longLog {
		t.Errorf("there is room for %d changes", cap(s.log))
	}
}
