package store

import (
	"cmp"
	"strings"

	"github.com/tidwall/btree"
)

// place is a record's place in an order, by rank. The rank is beside the record and not in it: a copy of the order
// keeps its ranks when the record moves on.
type place struct {
	rank   int64
	record *record
}

// byRank is the order of a collection or an index.
func byRank(p, q place) bool {
	if p.rank != q.rank {
		return p.rank < q.rank
	}
	return p.record.ID < q.record.ID
}

// byExpiry is the order of expiry: by the time, then the path.
func byExpiry(p, q place) bool {
	if p.rank != q.rank {
		return p.rank < q.rank
	}
	a, b := p.record, q.record
	if a.in == b.in {
		return a.ID < b.ID
	}
	return cmp.Or(strings.Compare(a.in.path, b.in.path), strings.Compare(a.ID, b.ID)) < 0
}

// An order has places. It is a B-tree from the second one on, as most orders have a single one.
type order struct {
	before func(p, q place) bool
	only   place // while there is no tree
	tree   *btree.BTreeG[place]
	hint   btree.PathHint // of writes: most are near the one before
}

func newTree[P any](before func(p, q P) bool) *btree.BTreeG[P] {
	return btree.NewBTreeGOptions(before, btree.Options{NoLocks: true})
}

func (o *order) add(p place) {
	if o.tree == nil && o.only.record == nil {
		o.only = p
		return
	}
	if o.tree == nil {
		o.tree, o.only = o.copy(), place{}
	}
	o.tree.SetHint(p, &o.hint)
}

func (o *order) remove(p place) {
	if o.tree == nil {
		o.only = place{}
		return
	}
	o.tree.Delete(p)
}

// first returns the record at the first place, or nil.
func (o *order) first() *record {
	if o.tree == nil {
		return o.only.record
	}
	p, _ := o.tree.Min()
	return p.record
}

// copy returns the places as they are now. It takes no time, and what is written afterwards is not in it.
func (o *order) copy() *btree.BTreeG[place] {
	if o.tree != nil {
		return o.tree.Copy()
	}
	tree := newTree(o.before)
	if o.only.record != nil {
		tree.Set(o.only)
	}
	return tree
}
