package store

import (
	"bytes"
	"cmp"
	"math"
	"strings"

	"github.com/tidwall/btree"
)

// An order has records of one kind by a time, the latest first. It is a B-tree: a
// copy takes no time, and what is written afterwards is not in it. The zero value
// is empty for good.
type order[R any] struct {
	tree *btree.BTreeG[entry[R]]
	hint *btree.PathHint // of writes: most are near the one before
}

// entry is a record with its time in an order. The time is beside the record and
// not in it: a copy of the order keeps its times when the record moves on.
type entry[R any] struct {
	at     int64
	record R
}

func newOrder[R any](before func(a, b entry[R]) bool) order[R] {
	return order[R]{btree.NewBTreeGOptions(before, btree.Options{NoLocks: true}), new(btree.PathHint)}
}

func recordBefore(a, b entry[*record]) bool {
	if a.at != b.at {
		return a.at > b.at
	}
	return cmp.Or(strings.Compare(a.record.ID, b.record.ID), strings.Compare(a.record.app, b.record.app)) < 0
}

func itemBefore(a, b entry[*item]) bool {
	if a.at != b.at {
		return a.at > b.at
	}
	if c := bytes.Compare(a.record.id[:], b.record.id[:]); c != 0 {
		return c < 0
	}
	if a.record.of == b.record.of {
		return false
	}
	return recordBefore(entry[*record]{0, a.record.of}, entry[*record]{0, b.record.of})
}

func (o order[R]) add(at int64, r R)    { o.tree.SetHint(entry[R]{at, r}, o.hint) }
func (o order[R]) remove(at int64, r R) { o.tree.Delete(entry[R]{at, r}) }

// latest gives the first entry.
func (o order[R]) latest() (e entry[R], ok bool) { return o.tree.Min() }

// earliest gives the last entry.
func (o order[R]) earliest() (e entry[R], ok bool) { return o.tree.Max() }

func (o order[R]) len() int {
	if o.tree == nil {
		return 0
	}
	return o.tree.Len()
}

// copy is the order as it is now. It needs no lock when the order itself is
// written to, but copying does.
func (o order[R]) copy() order[R] {
	if o.tree == nil {
		return o
	}
	return order[R]{tree: o.tree.Copy()}
}

// bounds are the times that a walk keeps to, both included.
type bounds struct{ oldest, newest int64 }

// always is bounds that leave nothing out.
func always() bounds { return bounds{math.MinInt64, math.MaxInt64} }

// from is the cursor to go on from: a given one, or one before all within bounds.
func (b bounds) from(after Cursor) Cursor {
	if after.ID == "" || after.At > b.newest {
		return Cursor{At: b.newest}
	}
	return after
}

// turn calls visit for the next n records within bounds, from a place on; passed
// tells that the record at the place itself was visited before. It gives the last
// one and tells whether there is more.
func (o order[R]) turn(b bounds, place entry[R], passed bool, n int, visit func(R)) (last entry[R], more bool) {
	if o.tree == nil {
		return last, false
	}
	o.tree.Ascend(place, func(e entry[R]) bool {
		switch {
		case passed && !o.tree.Less(place, e):
			passed = false
			return true
		case e.at < b.oldest:
			return false
		case n == 0:
			more = true
			return false
		}
		passed = false
		n, last = n-1, e
		visit(e.record)
		return true
	})
	return last, more
}
