package store

import (
	"math"
	"sort"

	"github.com/tidwall/btree"
)

// usualPage is how much room a page gets at once.
const usualPage = 100

// snapshot is a Snapshot of the places that have a value.
type snapshot[P place[P]] struct {
	of              *content
	tree            *btree.BTreeG[P] // a copy
	value           string
	lowest, highest int64
}

// Snapshot implements Reader.
func (s *space) Snapshot(path string) Snapshot {
	return newSnapshot(s.content, s.collection(path).order, "")
}

// SnapshotIndex implements Reader.
func (s *space) SnapshotIndex(path, index, value string) Snapshot {
	return newSnapshot(s.content, s.collection(path).index(index), value)
}

func newSnapshot[P place[P]](of *content, o order[P], value string) snapshot[P] {
	return snapshot[P]{of, o.tree.Copy(), value, math.MinInt64, math.MaxInt64}
}

// Within implements Snapshot.
func (s snapshot[P]) Within(lowest, highest int64) Snapshot {
	s.lowest, s.highest = lowest, highest
	return s
}

// Len implements Snapshot.
func (s snapshot[P]) Len() int {
	n := s.first(func(p P) bool { return p.compare(s.value, s.highest) > 0 })
	return max(0, n-s.first(func(p P) bool { return p.compare(s.value, s.lowest) >= 0 }))
}

// first returns the number of places before the first that is right.
func (s snapshot[P]) first(right func(P) bool) int {
	return sort.Search(s.tree.Len(), func(i int) bool {
		p, _ := s.tree.GetAt(i)
		return right(p)
	})
}

// Page implements Snapshot.
func (s snapshot[P]) Page(r Reader, after Cursor, n int) (page []Record, next Cursor, more bool) {
	if contentOf(r) != s.of {
		return nil, Cursor{}, false
	}
	n = max(n, 1)
	page = make([]Record, 0, min(n, s.tree.Len(), usualPage))
	var last ranked
	s.ascend(after, func(p ranked) bool {
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

// ascend calls visit for what comes after a cursor, until it returns false.
func (s snapshot[P]) ascend(after Cursor, visit func(ranked) bool) {
	if after.ID == "" || after.Rank < s.lowest {
		after = Cursor{Rank: s.lowest}
	}
	start := s.at(after)
	s.tree.Ascend(start, func(p P) bool {
		if !s.tree.Less(start, p) { // the one at the cursor
			return true
		}
		return p.compare(s.value, s.highest) <= 0 && visit(p.which())
	})
}

// at returns the place at a cursor.
func (s snapshot[P]) at(c Cursor) (p P) {
	return p.with(s.value, ranked{c.Rank, &record{Record: Record{ID: c.ID}}})
}

// contentOf returns what the tenant of a transaction has.
func contentOf(r Reader) *content {
	s, ok := r.(*space)
	if !ok {
		panic("BUG: a snapshot and a transaction of different stores")
	}
	return s.content
}
