package store

import (
	"math"
	"sort"

	"github.com/tidwall/btree"
)

// usualPage is how much room a page gets at once.
const usualPage = 100

// snapshot is a Snapshot.
type snapshot struct {
	of              *content
	tree            *btree.BTreeG[place] // a copy
	lowest, highest int64
}

// Snapshot implements Reader.
func (s *space) Snapshot(path string) Snapshot {
	var o *order
	if in := s.get(path); in != nil {
		o = &in.order
	}
	return newSnapshot(s.content, o)
}

// SnapshotIndex implements Reader.
func (s *space) SnapshotIndex(path, index, value string) Snapshot {
	var o *order
	if in := s.get(path); in != nil {
		o = in.index(index)[value]
	}
	return newSnapshot(s.content, o)
}

// newSnapshot returns a snapshot of an order, which is empty if nil.
func newSnapshot(of *content, o *order) snapshot {
	if o == nil {
		o = &order{before: byRank}
	}
	return snapshot{of, o.copy(), math.MinInt64, math.MaxInt64}
}

// Within implements Snapshot.
func (s snapshot) Within(lowest, highest int64) Snapshot {
	s.lowest, s.highest = lowest, highest
	return s
}

// Len implements Snapshot.
func (s snapshot) Len() int {
	n := s.first(func(rank int64) bool { return rank > s.highest })
	return max(0, n-s.first(func(rank int64) bool { return rank >= s.lowest }))
}

// first returns the number of places before the first whose rank is right.
func (s snapshot) first(right func(rank int64) bool) int {
	return sort.Search(s.tree.Len(), func(i int) bool {
		p, _ := s.tree.GetAt(i)
		return right(p.rank)
	})
}

// Page implements Snapshot.
func (s snapshot) Page(r Reader, after Cursor, n int) (page []Record, next Cursor, more bool) {
	if contentOf(r) != s.of {
		return nil, Cursor{}, false
	}
	n = max(n, 1)
	page = make([]Record, 0, min(n, s.tree.Len(), usualPage))
	var last place
	s.ascend(after, func(p place) bool {
		if n == 0 {
			next, more = Cursor{last.rank, last.record.ID}, true
			return false
		}
		n, last = n-1, p
		if !p.record.gone {
			page = append(page, p.record.Record)
		}
		return true
	})
	return page, next, more
}

// ascend calls visit for the places after a cursor, until it returns false.
func (s snapshot) ascend(after Cursor, visit func(place) bool) {
	if after.ID == "" || after.Rank < s.lowest {
		after = Cursor{Rank: s.lowest}
	}
	start := place{after.Rank, &record{Record: Record{ID: after.ID}}}
	s.tree.Ascend(start, func(p place) bool {
		if !byRank(start, p) { // the one at the cursor
			return true
		}
		return p.rank <= s.highest && visit(p)
	})
}

// contentOf returns what the tenant of a transaction has.
func contentOf(r Reader) *content {
	for {
		switch of := r.(type) {
		case *space:
			return of.content
		case *lateReader:
			r = of.Reader
		case interface{ Unwrap() Tx }:
			r = of.Unwrap()
		default:
			panic("BUG: a snapshot and a transaction of different stores")
		}
	}
}
