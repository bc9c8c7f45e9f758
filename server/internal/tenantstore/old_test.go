package store_test

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	old "github.com/graphmock/graphmock/server/internal/store"
	store "github.com/graphmock/graphmock/server/internal/tenantstore"
)

// A putter upserts history items as requests name them.
type putter interface {
	addActivity(id string, now int64)
	put(activity, item string, now int64)
}

type oldPutter struct{ s old.Store }

var oldOwner = old.Owner{User: "user", App: "app"}

func (p *oldPutter) addActivity(id string, now int64) {
	p.s.PutActivity(oldOwner, id, now, nil, func(*old.Activity, func(string) bool) old.Activity {
		return old.Activity{ID: id, Modified: now, Expires: 1 << 60}
	})
}

func (p *oldPutter) put(activity, item string, now int64) {
	g, _ := old.ParseGUID(item)
	_, _, found := p.s.PutItem(oldOwner, activity, g, now, func(i *old.Item) old.Item {
		kept := old.Item{Created: now, Modified: now, Expires: now + 1<<40, JSON: json}
		if i != nil {
			kept.Created, kept.Expires = i.Created, i.Expires
		}
		return kept
	})
	if !found {
		panic("BUG: no activity")
	}
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
	var g old.GUID
	binary.BigEndian.PutUint64(g[:], i*0x9E3779B97F4A7C15)
	u.put(strconv.FormatUint(i%u.activities*0x9E3779B97F4A7C15, 10), g.String(), int64(u.next/u.perTick))
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

// BenchmarkPutAgainstOld compares the upsert of an item with what it takes in the store of two types.
func BenchmarkPutAgainstOld(b *testing.B) {
	for _, n := range []uint64{1_000, 1_000_000} {
		for _, per := range []uint64{100, n} {
			b.Run(fmt.Sprintf("n=%d/each=%d", n, per), func(b *testing.B) {
				compare(b, fill(&oldPutter{}, n, n/per, 50).do, fill(newPut(), n, n/per, 50).do)
			})
		}
	}
}

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
