package store_test

import (
	"fmt"
	"testing"

	old "github.com/graphmock/graphmock/server/internal/store"
)

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
