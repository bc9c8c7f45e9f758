package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/graphmock/graphmock/server/internal/store"
)

const maxMedia = 25

// What the machine writes to. Some paths begin like others that they are not below.
var (
	collections = []string{"users", "groups",
		"users/1/folders", "users/1-/folders", "users/10/folders", "users/1/folders/2/messages"}
	recordIDs  = []string{"1", "10", "1-", "2", "é"}
	linkFrom   = []string{"groups/1/members", "groups/10/members", "users/1/manager", "users/1/folders/2/pins", "groups"}
	mediaPaths = []string{"users/1", "users/1/photo", "users/1-/photo", "users/1/folders/2/content", "groups/10/photo"}
	indexNames = []string{"x", "y"}
	values     = []string{"", "1", "10"}
)

// machine does the same to a store and to the model.
type machine struct {
	store     store.Store
	model     *model
	now       int64
	expired   []string // what the store told of
	snapshots []*openSnapshot
}

// openSnapshot is a snapshot of the store, and what is left of the model's.
type openSnapshot struct {
	store.Snapshot
	collection string
	left       []position
	after      store.Cursor
}

// testModel has a store live many lives at random, and compares what it returns with what the model does.
func testModel(test *testing.T, open func(testing.TB, store.Options) store.Store) {
	rapid.Check(test, func(t *rapid.T) {
		m := &machine{model: &model{media: map[string]string{}}, now: 1}
		m.store = open(test, store.Options{MaxMedia: maxMedia, Expired: func(_ store.Tx, collection string, r store.Record) {
			m.expired = append(m.expired, collection+"/"+r.ID)
		}})
		t.Repeat(map[string]func(*rapid.T){
			"update": m.update, "view": m.view, "snapshot": m.snapshot, "page": m.page, "tick": m.tick,
		})
	})
}

// expire begins a transaction in the model. It must be called in one of the store.
func (m *machine) expire(t *rapid.T) {
	t.Helper()
	same(t, "expired", m.expired, m.model.expire(m.now))
	m.expired = nil
}

func (m *machine) tick(t *rapid.T) { m.now += rapid.Int64Range(0, 5).Draw(t, "time") }

// update writes in one transaction, which fails now and then.
func (m *machine) update(t *rapid.T) {
	fails := rapid.IntRange(0, 4).Draw(t, "fails") == 0
	before := m.model
	err := m.store.Update(tenant, m.now, func(tx store.Tx) error {
		m.expire(t)
		before = m.model
		m.model = m.model.clone()
		for range rapid.IntRange(1, 8).Draw(t, "writes") {
			m.write(t, tx)
		}
		m.compare(t, tx)
		if fails {
			return errors.ErrUnsupported
		}
		return nil
	})
	same(t, "failed", err != nil, fails)
	if fails {
		before.births = m.model.births
		m.model = before
	}
}

// view compares all that there is.
func (m *machine) view(t *rapid.T) {
	view(t, m.store, m.now, func(r store.Reader) {
		m.expire(t)
		m.compare(t, r)
	})
}

// write does one thing.
func (m *machine) write(t *rapid.T, tx store.Tx) {
	collection, id := pick(t, collections), pick(t, recordIDs)
	from, target := pick(t, linkFrom), pick(t, collections)+"/"+pick(t, recordIDs)
	path := pick(t, mediaPaths)
	switch kind := rapid.IntRange(0, 20).Draw(t, "kind"); {
	case kind < 9:
		m.put(t, tx, collection, id)
	case kind < 12:
		m.reindex(t, tx, collection, id)
	case kind < 14:
		same(t, "deleted", tx.Delete(collection, id), m.model.delete(collection, id))
	case kind < 16:
		same(t, "linked", tx.Link(from, target), m.model.link(from, target))
	case kind == 16:
		same(t, "unlinked", tx.Unlink(from, target), m.model.unlink(from, target))
	case kind < 19:
		data := make([]byte, rapid.IntRange(0, 12).Draw(t, "size"))
		same(t, "has room", tx.PutMedia(path, data) == nil, m.model.putMedia(path, data))
	case kind == 19:
		_, had := m.model.media[path]
		same(t, "deleted media", tx.DeleteMedia(path), had)
		delete(m.model.media, path)
	case rapid.IntRange(0, 4).Draw(t, "clear") == 0:
		tx.Clear()
		m.model.clear()
	}
}

func (m *machine) put(t *rapid.T, tx store.Tx, collection, id string) {
	to := store.Record{
		ID: id, Type: pick(t, values), Owner: pick(t, values), Created: m.now, Modified: rank(t), Rank: rank(t),
		Index: drawIndex(t), JSON: strconv.AppendInt(nil, rapid.Int64().Draw(t, "json"), 10),
	}
	if rapid.Bool().Draw(t, "expires") {
		to.Expires = max(1, m.now+rapid.Int64Range(-2, 12).Draw(t, "in"))
	}
	if old, found := tx.Get(collection, id); found && rapid.Bool().Draw(t, "keeps its places") {
		to.Index, to.Rank, to.Expires = old.Index, old.Rank, old.Expires
	}
	if got, want := tx.Put(collection, to), m.model.put(collection, to); !equal(got, want) {
		t.Errorf("Put returns %v, want %v", got, want)
	}
}

func (m *machine) reindex(t *rapid.T, tx store.Tx, collection, id string) {
	index := drawIndex(t)
	tx.Reindex(collection, id, index)
	if r := m.model.find(collection, id); r != nil {
		r.Index = index
	}
}

func pick(t *rapid.T, from []string) string { return rapid.SampledFrom(from).Draw(t, "from") }

func rank(t *rapid.T) int64 { return rapid.Int64Range(-3, 3).Draw(t, "rank") }

// drawIndex returns indexes, of each name and value one at most.
func drawIndex(t *rapid.T) []store.Index {
	return rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) store.Index {
		return store.Index{Name: pick(t, indexNames), Value: pick(t, values), Rank: rank(t)}
	}), 0, 3, func(x store.Index) string { return x.Name + "/" + x.Value }).Draw(t, "index")
}

// compare compares all that the store returns with what the model does.
func (m *machine) compare(t *rapid.T, r store.Reader) {
	same(t, "collections", r.Collections(""), m.model.collections(""))
	same(t, "collections of users/1", r.Collections("users/1"), m.model.collections("users/1"))
	for _, collection := range collections {
		m.compareRecords(t, r, collection)
		for _, name := range indexNames {
			for _, value := range values {
				m.compareIndex(t, r, collection, name, value)
			}
		}
	}
	for _, from := range linkFrom {
		links := r.Links(from)
		want := m.model.ends(0, from)
		same(t, "links of "+from, targets(r, links, rapid.IntRange(1, 3).Draw(t, "page")), want)
		same(t, "number of links of "+from, links.Len(), len(want))
	}
	m.compareMedia(t, r)
}

func (m *machine) compareRecords(t *rapid.T, r store.Reader, collection string) {
	for _, id := range recordIDs {
		got, found := r.Get(collection, id)
		want := m.model.find(collection, id)
		if found != (want != nil) || found && !equal(got, want.Record) {
			t.Errorf("%s/%s is %v, want %v", collection, id, got, want)
		}
		path := collection + "/" + id
		same(t, "referrers of "+path, r.Referrers(path), m.model.ends(1, path))
		for _, from := range linkFrom {
			same(t, from+" has "+path, r.Linked(from, path), slices.Contains(m.model.links, [2]string{from, path}))
		}
	}
	list := m.model.list(collection)
	same(t, "number in "+collection, r.Len(collection), len(list))
	got, found := r.First(collection)
	same(t, "first in "+collection, []any{got.ID, found}, firstOf(list))
}

func (m *machine) compareIndex(t *rapid.T, r store.Reader, collection, name, value string) {
	got, found := r.Find(collection, name, value)
	same(t, fmt.Sprintf("first in %s with %s %q", collection, name, value), []any{got.ID, found},
		firstOf(m.model.listIndex(collection, name, value)))
}

// firstOf is the first id, and whether there is one.
func firstOf(list []position) []any {
	if len(list) == 0 {
		return []any{"", false}
	}
	return []any{list[0].id, true}
}

func (m *machine) compareMedia(t *rapid.T, r store.Reader) {
	n := 0
	for _, path := range mediaPaths {
		got, found := r.Media(path)
		want, has := m.model.media[path]
		same(t, "media of "+path, []any{string(got), found}, []any{want, has})
		if has {
			n++
		}
	}
	same(t, "number of media", len(r.MediaPaths("")), n)
}

// snapshot makes one of the store and of the model.
func (m *machine) snapshot(t *rapid.T) {
	s := &openSnapshot{collection: pick(t, collections)}
	name, value := pick(t, indexNames), pick(t, values)
	index := rapid.Bool().Draw(t, "of an index")
	view(t, m.store, m.now, func(r store.Reader) {
		m.expire(t)
		if index {
			s.Snapshot, s.left = r.SnapshotIndex(s.collection, name, value), m.model.listIndex(s.collection, name, value)
		} else {
			s.Snapshot, s.left = r.Snapshot(s.collection), m.model.list(s.collection)
		}
	})
	if rapid.Bool().Draw(t, "within") {
		lowest, highest := rank(t), rank(t)
		s.Snapshot = s.Within(lowest, highest)
		s.left = slices.DeleteFunc(s.left, func(p position) bool { return p.rank < lowest || p.rank > highest })
	}
	same(t, "number in the snapshot", s.Len(), len(s.left))
	m.snapshots = append(m.snapshots, s)
}

// page turns the next page of a snapshot that was made some time ago.
func (m *machine) page(t *rapid.T) {
	if len(m.snapshots) == 0 {
		t.Skip("there is no snapshot") // rapid's way to say that an action does not apply: it draws another
	}
	i := rapid.IntRange(0, len(m.snapshots)-1).Draw(t, "snapshot")
	n := rapid.IntRange(1, 3).Draw(t, "n")
	s := m.snapshots[i]
	view(t, m.store, m.now, func(r store.Reader) {
		m.expire(t)
		page, next, more := s.Page(r, s.after, n)
		if len(page) > n {
			t.Errorf("a page of %d, want %d at most", len(page), n)
		}
		m.comparePage(t, page, s.turn(t, next, more), s.collection)
		if !more {
			m.snapshots = slices.Delete(m.snapshots, i, i+1)
		}
	})
}

// turn returns the positions up to the cursor next, all if there is no more.
func (s *openSnapshot) turn(t *rapid.T, next store.Cursor, more bool) (turned []position) {
	n := len(s.left)
	if more {
		at := position{rank: next.Rank, id: next.ID}
		n = 0
		for n < len(s.left) && s.left[n].compare(at) <= 0 {
			n++
		}
		same(t, "got on, and has more", []bool{n > 0, n < len(s.left)}, "[true true]")
	}
	turned, s.left, s.after = s.left[:n], s.left[n:], next
	return turned
}

// comparePage compares a page with what is at the positions. What is gone and was made again may be shown or not.
func (m *machine) comparePage(t *rapid.T, page []store.Record, positions []position, collection string) {
	for _, p := range positions {
		r := m.model.find(collection, p.id)
		switch {
		case r == nil:
		case len(page) > 0 && equal(page[0], r.Record):
			page = page[1:]
		case r.birth == p.birth:
			t.Errorf("%s/%s was left out", collection, p.id)
		}
	}
	if len(page) > 0 {
		t.Errorf("%s/%s is not to be shown", collection, page[0].ID)
	}
}
