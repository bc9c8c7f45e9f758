package store

import (
	"cmp"
	"strings"

	"github.com/tidwall/btree"
)

// An order has places of records. It is a B-tree: a copy takes no time, and what is written afterwards is not in it.
type order[P any] struct {
	tree *btree.BTreeG[P]
	hint *btree.PathHint // of writes: most are near the one before
}

func newOrder[P any](before func(a, b P) bool) order[P] {
	return order[P]{newTree(before), new(btree.PathHint)}
}

func newTree[P any](before func(a, b P) bool) *btree.BTreeG[P] {
	return btree.NewBTreeGOptions(before, btree.Options{NoLocks: true})
}

func (o order[P]) set(p P)    { o.tree.SetHint(p, o.hint) }
func (o order[P]) delete(p P) { o.tree.Delete(p) }

// ranked is a record's place in an order by rank. The rank is beside the record and not in it: a copy of the order
// keeps its ranks when the record moves on.
type ranked struct {
	rank   int64
	record *record
}

func (p ranked) before(q ranked) bool {
	if p.rank != q.rank {
		return p.rank < q.rank
	}
	return p.record.ID < q.record.ID
}

// expiresBefore is the order of expiry: by the time, then the path.
func expiresBefore(p, q ranked) bool {
	if p.rank != q.rank {
		return p.rank < q.rank
	}
	if p.record.in != q.record.in {
		return cmp.Or(strings.Compare(p.record.in.path, q.record.in.path), strings.Compare(p.record.ID, q.record.ID)) < 0
	}
	return p.record.ID < q.record.ID
}

// valued is a record's place in an index: by value, then rank.
type valued struct {
	value string
	ranked
}

func (p valued) before(q valued) bool {
	if p.value != q.value {
		return p.value < q.value
	}
	return p.ranked.before(q.ranked)
}

// A place is a ranked or a valued. The former takes no notice of values.
type place[P any] interface {
	// with returns the place that has these.
	with(value string, r ranked) P

	// compare compares the place with all those that have that value and rank.
	compare(value string, rank int64) int

	// which returns what has the place.
	which() ranked
}

func (ranked) with(_ string, r ranked) ranked     { return r }
func (p ranked) compare(_ string, rank int64) int { return cmp.Compare(p.rank, rank) }
func (p ranked) which() ranked                    { return p }
func (valued) with(value string, r ranked) valued { return valued{value, r} }
func (p valued) compare(value string, rank int64) int {
	return cmp.Or(strings.Compare(p.value, value), cmp.Compare(p.rank, rank))
}
