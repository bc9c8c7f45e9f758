package store

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"
)

// The benchmarks compare a small store with a large one in turn, and report the
// median of ten ratios: on a machine with other things to do, a ratio says more
// than a time. "task bench" prints them.

const small, large = 1_000, 1_000_000

func compare(b *testing.B, base, subject func()) {
	b.Helper()
	var ratios, subjects []float64
	for range 10 {
		first, second := timed(base), timed(subject)
		subjects, ratios = append(subjects, second), append(ratios, second/first)
	}
	for b.Loop() { // the rounds above were the work
	}
	slices.Sort(ratios)
	slices.Sort(subjects)
	b.ReportMetric(0, "ns/op")
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

// filled is a store with n history items, spread over activities. The clock ticks
// once for a number of items.
type filled struct {
	Store
	n, activities, perTick, next uint64
}

var owner = Owner{"user", "app"}

func fill(n, activities, perTick uint64) *filled {
	f := &filled{n: n, activities: activities, perTick: perTick}
	for i := range activities {
		f.PutActivity(owner, strconv.FormatUint(i, 10), int64(i), nil, func(*Activity, func(string) bool) Activity {
			return Activity{ID: strconv.FormatUint(i*0x9E3779B97F4A7C15, 10), Modified: int64(i), Expires: 1 << 60}
		})
	}
	for range n {
		f.upsert()
	}
	return f
}

var json = []byte("{}")

// upsert puts the next item, in an order that a map does not like.
func (f *filled) upsert() {
	f.next++
	i := f.next % f.n
	var g GUID
	binary.BigEndian.PutUint64(g[:], i*0x9E3779B97F4A7C15)
	now := int64(f.next / f.perTick)
	if _, _, found := f.PutItem(owner, strconv.FormatUint(i%f.activities*0x9E3779B97F4A7C15, 10), g, now, func(old *Item) Item {
		kept := Item{Created: now, Modified: now, Expires: now + 1<<40, JSON: json}
		if old != nil {
			kept.Created, kept.Expires = old.Created, old.Expires
		}
		return kept
	}); !found {
		panic("BUG: no activity")
	}
}

// BenchmarkUpsert: an item put into a million, of one activity or of many, while
// the clock runs or stands still.
func BenchmarkUpsert(b *testing.B) {
	for _, ticks := range []uint64{50, 1 << 62} {
		for _, activities := range []uint64{1, 100} {
			b.Run(fmt.Sprintf("clock=%v/activities=n÷%d", ticks == 50, activities), func(b *testing.B) {
				at := func(n uint64) *filled {
					if activities == 1 {
						return fill(n, 1, ticks)
					}
					return fill(n, n/activities, ticks)
				}
				compare(b, at(small).upsert, at(large).upsert)
			})
		}
	}
}

// BenchmarkPage: the first page of fifty, with the copy of the order that a walk
// is; from the middle where times are given.
func BenchmarkPage(b *testing.B) {
	first, second := fill(small, small, 50), fill(large, large, 50)
	walks := map[string]func(f *filled) Walk{
		"list":   func(f *filled) Walk { return f.Activities(owner, 0) },
		"recent": func(f *filled) Walk { return f.Recent(owner, 0) },
		"filter": func(f *filled) Walk { return f.Activities(owner, 0).Within(100, int64(f.n)/2) },
	}
	for name, walk := range walks {
		page := func(f *filled) func() {
			return func() {
				if list, _, _ := walk(f).Page(Cursor{}, 50, 0); len(list) != 50 {
					b.Fatalf("%d activities", len(list))
				}
			}
		}
		b.Run(name, func(b *testing.B) { compare(b, page(first), page(second)) })
	}
	b.Run("items", func(b *testing.B) {
		page := func(f *filled) func() {
			return func() {
				w, _ := f.Items(owner, "0", 0)
				if list, _, _ := w.Page(Cursor{}, 50, 0); len(list) != 50 {
					b.Fatalf("%d items", len(list))
				}
			}
		}
		compare(b, page(fill(small, 1, 50)), page(fill(large, 1, 50)))
	})
}

// BenchmarkExpiry: what it takes to remove an item that expired, of a million that
// expire together.
func BenchmarkExpiry(b *testing.B) {
	f := fill(large, large/100, 50)
	start := time.Now()
	if n := f.CountActivities(owner, 1<<59); n != large/100 {
		b.Fatal(n)
	}
	took := time.Since(start)
	for b.Loop() { // it was done above
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(took)/large, "ns/item")
}

// BenchmarkMemory: what an item takes beyond its JSON.
func BenchmarkMemory(b *testing.B) {
	for _, activities := range []uint64{1, large / 10} {
		b.Run(fmt.Sprintf("activities=%d", activities), func(b *testing.B) {
			before := inUse()
			f := fill(large, activities, 50)
			per := float64(inUse()-before) / large
			for b.Loop() { // it was done above
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(per, "bytes/item")
			runtime.KeepAlive(f)
		})
	}
}

// inUse is what the heap has after everything that could go is gone.
func inUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
