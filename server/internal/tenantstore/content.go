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
	paths       *btree.BTreeG[*collection] // the same, by path
	expiring    order[ranked]              // the records that expire, by when
	due         int64                      // nothing expires before
	links       *btree.BTreeG[pair]        // from collection to target
	backlinks   *btree.BTreeG[pair]        // the same, from target to collection
	media       btree.Map[string, []byte]  // by path
	mediaSize   int64                      // in bytes
}

// collection is a collection of records, in its orders.
type collection struct {
	path    string
	of      *content
	records map[string]*record // by ID
	order   order[ranked]
	indexes []index // in the order of their first use
}

type index struct {
	name  string
	order order[valued]
}

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
		expiring:    newOrder(expiresBefore),
		due:         math.MaxInt64,
		links:       newTree(pair.before),
		backlinks:   newTree(pair.before),
	}
}

// find returns a record, or nil.
func (c *content) find(path, id string) *record {
	if in := c.collections[path]; in != nil {
		return in.records[id]
	}
	return nil
}

// collection returns the collection with that path. One that has no records yet is not among the collections.
func (c *content) collection(path string) *collection {
	if in := c.collections[path]; in != nil {
		return in
	}
	return &collection{path: path, of: c, records: map[string]*record{}, order: newOrder(ranked.before)}
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
	in.order.set(ranked{r.Rank, r})
	for _, x := range r.Index {
		in.index(x.Name).set(valued{x.Value, ranked{x.Rank, r}})
	}
	c.addExpiring(r)
}

// remove takes a record out of all its places.
func (c *content) remove(r *record) {
	in := r.in
	delete(in.records, r.ID)
	r.gone = true
	in.order.delete(ranked{r.Rank, r})
	for _, x := range r.Index {
		in.index(x.Name).delete(valued{x.Value, ranked{x.Rank, r}})
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
		r.in.order.delete(ranked{r.Rank, r})
		r.in.order.set(ranked{to.Rank, r})
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
		c.expiring.set(ranked{r.Expires, r})
		c.due = min(c.due, r.Expires)
	}
}

func (c *content) removeExpiring(r *record) {
	if r.Expires != 0 {
		c.expiring.delete(ranked{r.Expires, r})
	}
}

// reindex moves a record to where it stands in the indexes, and leaves it alone where that is the same.
func (in *collection) reindex(r *record, to []Index) {
	for _, x := range r.Index {
		if !slices.Contains(to, x) {
			in.index(x.Name).delete(valued{x.Value, ranked{x.Rank, r}})
		}
	}
	for _, x := range to {
		if !slices.Contains(r.Index, x) {
			in.index(x.Name).set(valued{x.Value, ranked{x.Rank, r}})
		}
	}
}

// index returns the index with that name, a new one if there is none.
func (in *collection) index(name string) order[valued] {
	for i := range in.indexes {
		if in.indexes[i].name == name {
			return in.indexes[i].order
		}
	}
	x := index{name, newOrder(valued.before)}
	in.indexes = append(in.indexes, x)
	return x.order
}
