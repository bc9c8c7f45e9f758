package storetest

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/graphmock/graphmock/server/internal/store"
)

// testCounters has many add one to the same records, in one step each.
func testCounters(t *testing.T, s store.Store) {
	const writers, times = 8, 100
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for i := range times {
				_ = s.Update(tenant, now, func(tx store.Tx) error { return count(tx, strconv.Itoa(i%2)) })
				s.Tenants()
			}
		})
	}
	all.Wait()
	view(t, s, now, func(r store.Reader) {
		for _, id := range []string{"0", "1"} {
			counter, _ := r.Get("counters", id)
			same(t, "counter", string(counter.JSON), writers*times/2)
			same(t, "version", counter.Version, writers*times/2)
		}
	})
}

func count(tx store.Tx, id string) error {
	old, _ := tx.Get("counters", id)
	n, _ := strconv.Atoi(string(old.JSON))
	tx.Put("counters", store.Record{ID: id, JSON: strconv.AppendInt(nil, int64(n)+1, 10)})
	return nil
}

// testConcurrentPages turns the pages of 1,000 records while eight change, add and remove some.
func testConcurrentPages(t *testing.T, s store.Store) {
	const n = 1_000
	var clock atomic.Int64
	update(t, s, now, func(tx store.Tx) {
		for i := range n {
			write(tx, i, clock.Add(int64(i%2)))
		}
	})
	stop := make(chan struct{})
	var writers, readers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			random := rand.New(rand.NewPCG(uint64(w), 0))
			for !closed(stop) {
				i := random.IntN(n)
				_ = s.Update(tenant, now, func(tx store.Tx) error { return disturbSome(tx, i, clock.Add(1)) })
			}
		})
	}
	for k := range 4 {
		readers.Go(func() { readPages(t, s, n, k%2 == 0) })
	}
	readers.Wait()
	close(stop)
	writers.Wait()
}

func closed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func write(tx store.Tx, i int, at int64) {
	tx.Put("users", store.Record{ID: strconv.Itoa(i), Rank: -at, Index: []store.Index{{Name: "x", Rank: at}}})
}

// disturbSome writes a record: of ten neighbours the first comes and goes, the second is joined by others.
func disturbSome(tx store.Tx, i int, at int64) error {
	switch i % 10 {
	case 0:
		if tx.Delete("users", strconv.Itoa(i)) {
			return nil
		}
		write(tx, i, at)
	case 1:
		write(tx, i+1_000_000, at)
	default:
		write(tx, i, at)
	}
	return nil
}

// readPages turns the pages of a snapshot, each in its own transaction.
func readPages(t *testing.T, s store.Store, n int, index bool) {
	var snapshot store.Snapshot
	view(t, s, now, func(r store.Reader) {
		if snapshot = r.Snapshot("users"); index {
			snapshot = r.SnapshotIndex("users", "x", "")
		}
	})
	seen := map[string]int{}
	after, more := store.Cursor{}, true
	for more {
		var page []store.Record
		view(t, s, now, func(r store.Reader) { page, after, more = snapshot.Page(r, after, 20) })
		for _, r := range page {
			seen[r.ID]++
		}
	}
	for id, times := range seen {
		if times > 1 {
			t.Errorf("%s came %d times", id, times)
		}
	}
	for i := range n {
		if i%10 != 0 && seen[fmt.Sprint(i)] == 0 {
			t.Errorf("%d was left out", i)
		}
	}
}
