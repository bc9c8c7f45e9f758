package store

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// copied is all that a reader has of the collection c and of links to it, in words.
func copied(r Reader) map[string]string {
	all := map[string]string{}
	for _, s := range []struct {
		name string
		of   Snapshot
	}{{"all", r.Snapshot("c")}, {"even", r.SnapshotIndex("c", "kind", "even")}, {"odd", r.SnapshotIndex("c", "kind", "odd")}} {
		var texts []string
		var at Cursor
		for more := true; more; {
			var page []Record
			page, at, more = s.of.Page(r, at, 2)
			for i := range page {
				texts = append(texts, page[i].ID+"="+string(page[i].JSON))
			}
		}
		slices.Sort(texts)
		all[s.name] = fmt.Sprint(texts)
		all["number of "+s.name] = fmt.Sprint(s.of.Len())
	}
	all["len"] = fmt.Sprint(r.Len("c"))
	for i := range 6 {
		id := fmt.Sprint(i)
		record, found := r.Get("c", id)
		all["get "+id] = fmt.Sprint(found, string(record.JSON))
		all["referrers "+id] = fmt.Sprint(r.Referrers("c/" + id))
		all["linked "+id] = fmt.Sprint(r.Linked("g/1/m", "c/"+id))
	}
	links := r.Links("g/1/m")
	targets, _, _ := links.Page(r, Cursor{}, 100)
	slices.Sort(targets)
	all["links"] = fmt.Sprint(links.Len(), targets)
	_, found := r.Find("c", "kind", "odd")
	all["find"] = fmt.Sprint(found)
	return all
}

// TestReadsOfALateStoreSeeAnEarlierState writes at random, and compares what is read with copies of
// all that there was.
func TestReadsOfALateStoreSeeAnEarlierState(t *testing.T) {
	t.Parallel()
	const delay, behind = 1000, 700 // ms
	for range 20 {
		seed := rand.Uint64()
		random := rand.New(rand.NewPCG(seed, 0))
		now := int64(1_000_000)
		l := &Late{Store: NewMemory(Options{}), Config: LateConfig{
			Delay: func() time.Duration { return delay * time.Millisecond }, Now: func() int64 { return now },
			Draw: func() uint64 { return behind - delay/2 }, IsOf: func(c string) bool { return !strings.HasPrefix(c, "x") },
		}}
		type state struct {
			at  int64
			all map[string]string
		}
		l.Update("t", now, func(tx Tx) error {
			tx.Put("g", Record{ID: "1"})
			return nil
		})
		var states []state
		note := func() {
			l.Store.View("t", now, func(r Reader) error { states = append(states, state{now, copied(r)}); return nil })
		}
		note()
		for step := range 200 {
			now += int64(random.IntN(150))
			id := fmt.Sprint(random.IntN(6))
			l.UpdateBy("t", now, fmt.Sprint("step ", step), func(tx Tx) error {
				switch random.IntN(5) {
				case 0, 1:
					n := random.IntN(10)
					kind := []string{"even", "odd"}[n%2]
					tx.Put("c", Record{ID: id, JSON: fmt.Append(nil, n), Index: []Index{{Name: "kind", Value: kind}}})
				case 2:
					tx.Delete("c", id)
				case 3:
					tx.Link("g/1/m", "c/"+id)
				case 4:
					tx.Unlink("g/1/m", "c/"+id)
				}
				return nil
			})
			note()
			now += int64(random.IntN(150))
			var got map[string]string
			l.View("t", now, func(r Reader) error { got = copied(r); return nil })
			// what a read sees is the state of 700 ms ago, unless none is younger than half the delay
			want := states[0].all
			for _, s := range states {
				if s.at <= now-behind {
					want = s.all
				}
			}
			if !maps.Equal(got, want) {
				t.Fatalf("seed %d, step %d:\ngot  %v\nwant %v", seed, step, got, want)
			}
		}
		now += delay
		var got map[string]string
		l.View("t", now, func(r Reader) error { got = copied(r); return nil })
		if !maps.Equal(got, states[len(states)-1].all) || l.kept.Load() != 0 {
			t.Fatalf("seed %d: at last got %v, want %v; %d writes are kept", seed, got, states[len(states)-1].all, l.kept.Load())
		}
	}
}

func TestLateTellsWhoWrote(t *testing.T) {
	t.Parallel()
	now := int64(1_000_000)
	l := &Late{Store: NewMemory(Options{}), Config: LateConfig{
		Delay: func() time.Duration { return time.Second }, Now: func() int64 { return now },
		Draw: func() uint64 { return 0 }, IsOf: func(string) bool { return true },
	}}
	put := func(by string) {
		l.UpdateBy("t", now, by, func(tx Tx) error { tx.Put("c", Record{ID: "1"}); return nil })
	}
	put("POST /c")
	put("PATCH /c/1")
	if by, isNew := l.Late("t", "c/1"); by != "PATCH /c/1" || !isNew {
		t.Errorf("got %s, %t", by, isNew)
	}
	now += 999
	put("PATCH /c/1 again")
	now++
	if by, isNew := l.Late("t", "c/1"); by != "PATCH /c/1 again" || isNew {
		t.Errorf("got %s, %t", by, isNew)
	}
	l.Drop("t")
	if by, _ := l.Late("t", "c/1"); by != "" || l.On() != true {
		t.Errorf("of a tenant that is gone: %s", by)
	}
}
