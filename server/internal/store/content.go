package store

import (
	"math"
	"slices"
	"strings"

	"github.com/tidwall/btree"
)

// content is what a tenant has. Its methods keep all places of a record alike, and know nothing of transactions.
type content struct {
	collections map[string]*collection     // by path: those with records
	recent      [2]*collection             // the last two that were looked up
	paths       *btree.BTreeG[*collection] // all of them, by path
	expiring    order                      // the records that expire, by when
	due         int64                      // nothing expires before
	links       *btree.BTreeG[pair]        // from collection to target
	backlinks   *btree.BTreeG[pair]        // the same, from target to collection
	media       btree.Map[string, []byte]  // by path
	mediaSize   int64                      // in bytes
}

// collection is a collection of records, in its orders.
type collection struct {
	path    string
	records map[string]*record // by ID
	order   order
	indexes []namedIndex
}

type namedIndex struct {
	name   string
	values index
}

// An index has the records with each value.
type index map[string]*order

// record is a record in its places.
type record struct {
	Record
	in   *collection
	gone bool
}

func newContent() *content {
	return &content{
		collections: map[string]*collection{},
		paths:       newTree(func(a, b *collection) bool { return a.path < b.path }),
		expiring:    order{before: byExpiry},
		due:         math.MaxInt64,
		links:       newTree(pair.before),
		backlinks:   newTree(pair.before),
	}
}

// get returns the collection with that path, or nil if it has no records.
func (c *content) get(path string) *collection {
	for _, in := range c.recent {
		if in != nil && in.path == path && len(in.records) > 0 {
			return in
		}
	}
	in := c.collections[path]
	if in != nil {
		c.recent = [2]*collection{in, c.recent[0]}
	}
	return in
}

// find returns a record, or nil.
func (c *content) find(path, id string) *record {
	if in := c.get(path); in != nil {
		return in.records[id]
	}
	return nil
}

// below returns the collections whose path begins with prefix.
func (c *content) below(prefix string) (list []*collection) {
	c.paths.Ascend(&collection{path: prefix}, func(in *collection) bool {
		if !strings.HasPrefix(in.path, prefix) {
			return false
		}
		list = append(list, in)
		return true
	})
	return list
}

// add puts a record into all its places.
func (c *content) add(r *record) {
	in := r.in
	if len(in.records) == 0 {
		c.collections[in.path] = in
		c.paths.Set(in)
	}
	in.records[r.ID], r.gone = r, false
	in.order.add(place{r.Rank, r})
	for _, x := range r.Index {
		in.index(x.Name).add(x, r)
	}
	c.addExpiring(r)
}

// remove takes a record out of all its places.
func (c *content) remove(r *record) {
	in := r.in
	delete(in.records, r.ID)
	r.gone = true
	in.order.remove(place{r.Rank, r})
	for _, x := range r.Index {
		in.index(x.Name).remove(x, r)
	}
	c.removeExpiring(r)
	if len(in.records) == 0 {
		delete(c.collections, in.path)
		c.paths.Delete(in)
	}
}

// change gives a record new values and the places that go with them. Its ID stays.
func (c *content) change(r *record, to Record) {
	if to.Rank != r.Rank {
		r.in.order.remove(place{r.Rank, r})
		r.in.order.add(place{to.Rank, r})
	}
	r.in.reindex(r, to.Index)
	if to.Expires == r.Expires {
		r.Record = to
		return
	}
	c.removeExpiring(r)
	r.Record = to
	c.addExpiring(r)
}

func (c *content) addExpiring(r *record) {
	if r.Expires != 0 {
		c.expiring.add(place{r.Expires, r})
		c.due = min(c.due, r.Expires)
	}
}

func (c *content) removeExpiring(r *record) {
	if r.Expires != 0 {
		c.expiring.remove(place{r.Expires, r})
	}
}

// reindex moves a record to other places in the indexes, and leaves those alone that are the same.
func (in *collection) reindex(r *record, to []Index) {
	for _, x := range r.Index {
		if !slices.Contains(to, x) {
			in.index(x.Name).remove(x, r)
		}
	}
	for _, x := range to {
		if !slices.Contains(r.Index, x) {
			in.index(x.Name).add(x, r)
		}
	}
}

// index returns the index with that name, or a new one.
func (in *collection) index(name string) index {
	for i := range in.indexes {
		if in.indexes[i].name == name {
			return in.indexes[i].values
		}
	}
	x := namedIndex{name, index{}}
	in.indexes = append(in.indexes, x)
	return x.values
}

func (x index) add(to Index, r *record) {
	o := x[to.Value]
	if o == nil {
		o = &order{before: byRank}
		x[to.Value] = o
	}
	o.add(place{to.Rank, r})
}

func (x index) remove(from Index, r *record) {
	o := x[from.Value]
	o.remove(place{from.Rank, r})
	if o.first() == nil {
		delete(x, from.Value)
	}
}
