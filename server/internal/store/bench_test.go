package store_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/graphmock/graphmock/server/internal/store"
)

// A putter upserts history items as requests name them.
type putter interface {
	addActivity(id string, now int64)
	put(activity, item string, now int64)
}

type newPutter struct{ s store.Store }

const activities = "users/48d3/activities"

func (p *newPutter) addActivity(id string, now int64) {
	p.s.Update("contoso", now, func(tx store.Tx) error {
		tx.Put(activities, store.Record{ID: id, Rank: -now, Modified: now, Expires: 1 << 60, Index: []store.Index{
			{Name: "appActivityId", Value: "app" + id},
		}})
		return nil
	})
}

func (p *newPutter) put(activity, item string, now int64) {
	items := activities + "/" + activity + "/historyItems"
	p.s.Update("contoso", now, func(tx store.Tx) error {
		parent, ok := tx.Get(activities, activity)
		if !ok {
			panic("BUG: no activity")
		}
		kept := store.Record{ID: item, Rank: -now, Created: now, Modified: now, Expires: now + 1<<40, JSON: json}
		if i, ok := tx.Get(items, item); ok {
			kept.Created, kept.Expires = i.Created, i.Expires
		}
		tx.Put(items, kept)
		first, _ := tx.First(items)
		if len(parent.Index) < 2 || parent.Index[1].Rank != first.Rank {
			tx.Reindex(activities, activity, []store.Index{parent.Index[0], {Name: "recent", Rank: first.Rank}})
		}
		return nil
	})
}

var json = []byte("{}")

// upserts puts n items again and again, in an order that a map does not like.
type upserts struct {
	putter
	n, activities, perTick, next uint64
}

func (u *upserts) do() {
	u.next++
	i := u.next % u.n
	u.put(strconv.FormatUint(i%u.activities*0x9E3779B97F4A7C15, 10), guid(i*0x9E3779B97F4A7C15),
		int64(u.next/u.perTick))
}

// guid returns a GUID that begins with n.
func guid(n uint64) string {
	text := []byte("00000000-0000-0000-0000-000000000000")
	var first [8]byte
	binary.BigEndian.PutUint64(first[:], n)
	hex.Encode(text, first[:4])
	hex.Encode(text[9:], first[4:6])
	hex.Encode(text[14:], first[6:])
	return string(text)
}

func fill(p putter, n, activities, perTick uint64) *upserts {
	u := &upserts{p, n, activities, perTick, 0}
	for i := range activities {
		u.addActivity(strconv.FormatUint(i*0x9E3779B97F4A7C15, 10), int64(i))
	}
	for range n {
		u.do()
	}
	return u
}

func newPut() putter { return &newPutter{store.NewMemory(store.Options{})} }

// BenchmarkPut compares a small store with a large one.
func BenchmarkPut(b *testing.B) {
	for _, ticks := range []uint64{50, 1 << 62} {
		for _, each := range []uint64{100, 1} {
			b.Run(fmt.Sprintf("clock=%v/each=n÷%d", ticks == 50, each), func(b *testing.B) {
				at := func(n uint64) *upserts {
					if each == 1 {
						return fill(newPut(), n, 1, ticks)
					}
					return fill(newPut(), n, n/each, ticks)
				}
				compare(b, at(1_000).do, at(1_000_000).do)
			})
		}
	}
}

// BenchmarkPage takes the first page of fifty, with the snapshot that it is of.
func BenchmarkPage(b *testing.B) {
	page := func(n uint64) func() {
		s := fill(newPut(), n, n, 50).putter.(*newPutter).s
		return func() {
			_ = s.View("contoso", 0, func(r store.Reader) error {
				if page, _, _ := r.Snapshot(activities).Page(r, store.Cursor{}, 50); len(page) != 50 {
					b.Fatalf("%d activities", len(page))
				}
				return nil
			})
		}
	}
	compare(b, page(1_000), page(200_000))
}

// BenchmarkExpiry is what it takes to remove a record that expired, of many that expire together, and what it took in
// memory beyond its JSON.
func BenchmarkExpiry(b *testing.B) {
	const n = 200_000
	before := inUse()
	s := fill(newPut(), n, n/100, 50).putter.(*newPutter).s
	size := inUse() - before
	start := time.Now()
	_ = s.View("contoso", 1<<59, func(store.Reader) error { return nil })
	took := time.Since(start)
	for b.Loop() { // it was done above
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(took)/n, "ns/record")
	b.ReportMetric(float64(size)/n, "bytes/record")
}

// inUse is what the heap has after all that could go is gone.
func inUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func compare(b *testing.B, base, subject func()) {
	b.Helper()
	var ratios, bases, subjects []float64
	for range 10 {
		first, second := timed(base), timed(subject)
		bases, subjects, ratios = append(bases, first), append(subjects, second), append(ratios, second/first)
	}
	for b.Loop() { // the rounds above were the work
	}
	slices.Sort(ratios)
	slices.Sort(subjects)
	slices.Sort(bases)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(bases[len(bases)/2]/1e3, "base-µs")
	b.ReportMetric(subjects[len(subjects)/2]/1e3, "subject-µs")
	b.ReportMetric(ratios[len(ratios)/2], "ratio")
}

// timed is the nanoseconds that f takes, the mean of many runs.
func timed(f func()) float64 {
	const n = 20_000
	runtime.GC()
	start := time.Now()
	for range n {
		f()
	}
	return float64(time.Since(start)) / n
}
