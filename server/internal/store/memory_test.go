package store_test

import (
	"testing"

	"github.com/graphmock/graphmock/server/internal/store"
	"github.com/graphmock/graphmock/server/internal/store/storetest"
)

func TestMemoryKeepsThePromises(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(_ testing.TB, o store.Options) store.Store { return store.NewMemory(o) })
}

// TestReplacingARecordAllocatesNothing is not parallel, as others would count.
func TestReplacingARecordAllocatesNothing(t *testing.T) {
	m := store.NewMemory(store.Options{})
	_ = m.Update("contoso", 0, func(tx store.Tx) error {
		tx.Put("users", store.Record{ID: "a"})
		tx.Put("users", store.Record{ID: "b", Index: []store.Index{{Name: "recent"}}})
		return nil
	})
	var now int64
	index := [2][]store.Index{{{Name: "recent", Rank: 1}}, {{Name: "recent", Rank: 2}}}
	write := func(tx store.Tx) error {
		r, _ := tx.Get("users/a/messages", "m")
		r.ID, r.Rank = "m", -now
		tx.Put("users/a/messages", r)
		tx.First("users/a/messages")
		tx.Reindex("users", "a", index[now%2])
		return nil
	}
	n := testing.AllocsPerRun(100, func() {
		now++
		_ = m.Update("contoso", now, write)
	})
	if n > 0 {
		t.Errorf("%v allocations", n)
	}
}
