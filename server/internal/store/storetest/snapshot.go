package storetest

import (
	"fmt"
	"testing"

	"github.com/graphmock/graphmock/server/internal/store"
)

func testSnapshot(t *testing.T, s store.Store) {
	var snapshot store.Snapshot
	update(t, s, now, func(tx store.Tx) {
		put(tx, "users", "a", "b", "c", "d", "e", "f")
		snapshot = tx.Snapshot("users")
	})
	var after store.Cursor
	view(t, s, now, func(r store.Reader) {
		page, next, more := snapshot.Page(r, store.Cursor{}, 2)
		same(t, "first page", []any{idsOf(page), more}, "[[a b] true]")
		after = next
	})
	update(t, s, now, func(tx store.Tx) {
		tx.Put("users", store.Record{ID: "a", Rank: 100})
		tx.Put("users", store.Record{ID: "d", Rank: -100, JSON: []byte("new")})
		put(tx, "users", "0")
		tx.Put("users", store.Record{ID: "z", Rank: 99})
		tx.Delete("users", "c")
	})
	view(t, s, now, func(r store.Reader) {
		rest, _, more := snapshot.Page(r, after, 9)
		same(t, "the rest", []any{idsOf(rest), more}, "[[d e f] false]")
		same(t, "shown as it is now", []any{string(rest[0].JSON), rest[0].Version}, "[new 2]")
		same(t, "number when it was made", snapshot.Len(), 6)
		same(t, "from the beginning", ids(r, snapshot, 1), "[a b d e f]")
		same(t, "a new one", ids(r, r.Snapshot("users"), 4), "[d 0 b e f z a]")
		page, _, _ := snapshot.Page(r, store.Cursor{}, 0)
		same(t, "a page of none", idsOf(page), "[a]")
	})
}

func testWithin(t *testing.T, s store.Store) {
	update(t, s, now, func(tx store.Tx) {
		for i := range 10 {
			tx.Put("users", store.Record{ID: fmt.Sprint(i), Rank: int64(i / 2)})
		}
	})
	view(t, s, now, func(r store.Reader) {
		all := r.Snapshot("users")
		for _, row := range []struct {
			lowest, highest int64
			want            string
		}{
			{1, 2, "[2 3 4 5]"}, {2, 1, "[]"}, {4, 9, "[8 9]"}, {-9, 0, "[0 1]"}, {5, 9, "[]"},
			{-1 << 63, 1<<63 - 1, "[0 1 2 3 4 5 6 7 8 9]"},
		} {
			within := all.Within(row.lowest, row.highest)
			got := ids(r, within, 1)
			same(t, fmt.Sprint("from ", row.lowest, " to ", row.highest), got, row.want)
			same(t, "number", within.Len(), len(got))
		}
		page, _, more := all.Within(2, 3).Page(r, store.Cursor{Rank: 0, ID: "1"}, 9)
		same(t, "from a cursor below", []any{idsOf(page), more}, "[[4 5 6 7] false]")
		page, _, more = all.Within(2, 3).Page(r, store.Cursor{Rank: 4, ID: "8"}, 9)
		same(t, "from a cursor above", []any{idsOf(page), more}, "[[] false]")
		page, _, more = all.Within(2, 3).Page(r, store.Cursor{Rank: 3, ID: "6"}, 9)
		same(t, "from a cursor between", []any{idsOf(page), more}, "[[7] false]")
	})
}

func testSnapshotIndex(t *testing.T, s store.Store) {
	var snapshot store.Snapshot
	at := func(id, value string, rank int64) store.Record {
		return store.Record{ID: id, Index: []store.Index{{Name: "x", Value: value, Rank: rank}}}
	}
	update(t, s, now, func(tx store.Tx) {
		for i, id := range []string{"e", "d", "c", "b", "a"} {
			tx.Put("users", at(id, "1", int64(i)))
		}
		tx.Put("users", at("f", "0", 9))
		tx.Put("users", at("g", "10", -9))
		snapshot = tx.SnapshotIndex("users", "x", "1")
	})
	update(t, s, now, func(tx store.Tx) {
		tx.Put("users", at("e", "1", 100))
		tx.Put("users", at("d", "0", 1))
		tx.Reindex("users", "a", at("a", "1", -1).Index)
	})
	view(t, s, now, func(r store.Reader) {
		same(t, "in the old order", ids(r, snapshot, 2), "[e d c b a]")
		same(t, "within", ids(r, snapshot.Within(1, 3), 2), "[d c b]")
		same(t, "number", []int{snapshot.Len(), snapshot.Within(1, 3).Len()}, "[5 3]")
		same(t, "in the new order", ids(r, r.SnapshotIndex("users", "x", "1"), 2), "[a c b e]")
	})
}

func testSnapshotOfNothing(t *testing.T, s store.Store) {
	view(t, s, now, func(r store.Reader) {
		for _, snapshot := range []store.Snapshot{
			r.Snapshot("users"), r.SnapshotIndex("users", "x", "1"), r.Snapshot("users").Within(1, 2),
		} {
			page, next, more := snapshot.Page(r, store.Cursor{}, 9)
			same(t, "page", []any{len(page), next, more}, []any{0, store.Cursor{}, false})
			same(t, "number", snapshot.Len(), 0)
		}
	})
}

func testSnapshotOfCleared(t *testing.T, s store.Store) {
	var snapshot store.Snapshot
	var links store.LinkSnapshot
	update(t, s, now, func(tx store.Tx) {
		fill(tx)
		snapshot, links = tx.Snapshot("users"), tx.Links("groups/g/members")
		same(t, "before", ids(tx, snapshot, 9), "[a b]")
	})
	update(t, s, now, store.Tx.Clear)
	view(t, s, now, func(r store.Reader) {
		same(t, "once it is cleared", ids(r, snapshot, 9), "[]")
		same(t, "links once it is cleared", targets(r, links, 9), "[]")
	})
	s.Drop(tenant)
	view(t, s, now, func(r store.Reader) { same(t, "once it is dropped", ids(r, snapshot, 9), "[]") })
}
