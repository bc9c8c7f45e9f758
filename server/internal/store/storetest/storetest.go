// Package storetest tests that a store does what package store promises. Each implementation runs it.
package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server/internal/store"
)

// tenant is the one that the tests write to, at the time now.
const (
	tenant = "contoso"
	now    = 1_000
)

// Run tests the stores that open returns: a new and empty one at each call.
func Run(t *testing.T, open func(t testing.TB, o store.Options) store.Store) {
	for name, test := range map[string]func(*testing.T, store.Store){
		"records":                       testRecords,
		"versions":                      testVersions,
		"tenants are apart":             testTenants,
		"collections and indexes":       testOrders,
		"reindex":                       testReindex,
		"what fails is undone":          testRollback,
		"what panics is undone":         testPanic,
		"clear":                         testClear,
		"clear is undone":               testClearIsUndone,
		"delete removes what is below":  testCascade,
		"links":                         testLinks,
		"links go with their ends":      testLinksGo,
		"pages of links":                testLinkPages,
		"expiry":                        testExpiry,
		"snapshots are stable":          testSnapshot,
		"snapshots within ranks":        testWithin,
		"snapshots of an index":         testSnapshotIndex,
		"snapshots of nothing":          testSnapshotOfNothing,
		"snapshots of what was cleared": testSnapshotOfCleared,
		"cursors in JSON":               testCursor,
		"concurrent counters":           testCounters,
		"concurrent pages":              testConcurrentPages,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t, store.Options{}))
		})
	}
	t.Run("media", func(t *testing.T) {
		t.Parallel()
		testMedia(t, open(t, store.Options{MaxMedia: 10}))
	})
	t.Run("expired", func(t *testing.T) {
		t.Parallel()
		testExpired(t, open)
	})
	t.Run("model", func(t *testing.T) {
		t.Parallel()
		testModel(t, open)
	})
}

// A reporter is a *testing.T or a *rapid.T.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
}

// update runs a transaction that writes.
func update(t reporter, s store.Store, now int64, write func(tx store.Tx)) {
	t.Helper()
	err := s.Update(tenant, now, func(tx store.Tx) error {
		write(tx)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// view runs a transaction that reads.
func view(t reporter, s store.Store, now int64, read func(r store.Reader)) {
	t.Helper()
	err := s.View(tenant, now, func(r store.Reader) error {
		read(r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// same reports what differs.
func same(t reporter, what string, got, want any) {
	t.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		t.Errorf("%s:\n got %s\nwant %s", what, g, w)
	}
}

// put puts records with these ids, whose ranks count up from 0.
func put(tx store.Tx, collection string, ids ...string) {
	for i, id := range ids {
		tx.Put(collection, store.Record{ID: id, Rank: int64(i)})
	}
}

// ids returns the ids of a snapshot, n at a time.
func ids(r store.Reader, s store.Snapshot, n int) (ids []string) {
	after, more := store.Cursor{}, true
	for more {
		var page []store.Record
		page, after, more = s.Page(r, after, n)
		ids = append(ids, idsOf(page)...)
	}
	return ids
}

func idsOf(page []store.Record) (ids []string) {
	for _, r := range page {
		ids = append(ids, r.ID)
	}
	return ids
}

// targets returns the targets of a collection's links, n at a time.
func targets(r store.Reader, l store.LinkSnapshot, n int) (all []string) {
	after, more := store.Cursor{}, true
	for more {
		var page []string
		page, after, more = l.Page(r, after, n)
		all = append(all, page...)
	}
	return all
}

func testRecords(t *testing.T, s store.Store) {
	want := store.Record{ID: "a", Type: "type", Owner: "owner", Version: 1,
		Created: 1, Modified: 2, Expires: now + 1, Rank: -3,
		Index: []store.Index{{Name: "name", Value: "value", Rank: 4}}, JSON: []byte("{}")}
	update(t, s, now, func(tx store.Tx) {
		got := want
		got.Version = 77
		same(t, "what Put returns", tx.Put("users", got), want)
		got, _ = tx.Get("users", "a")
		same(t, "the record in its transaction", got, want)
	})
	view(t, s, now, func(r store.Reader) {
		got, found := r.Get("users", "a")
		same(t, "the record", got, want)
		same(t, "found", found, true)
		_, found = r.Get("users", "b")
		same(t, "found what is not there", found, false)
		_, found = r.Get("groups", "a")
		same(t, "found it elsewhere", found, false)
	})
	update(t, s, now, func(tx store.Tx) {
		same(t, "deleted", tx.Delete("users", "a"), true)
		same(t, "deleted again", tx.Delete("users", "a"), false)
		_, found := tx.Get("users", "a")
		same(t, "found what is deleted", found, false)
	})
}

func testVersions(t *testing.T, s store.Store) {
	for i := range 3 {
		update(t, s, now, func(tx store.Tx) {
			same(t, "version", tx.Put("users", store.Record{ID: "a"}).Version, i+1)
		})
	}
	update(t, s, now, func(tx store.Tx) {
		tx.Delete("users", "a")
		same(t, "version of a new one", tx.Put("users", store.Record{ID: "a"}).Version, 1)
	})
}

func testTenants(t *testing.T, s store.Store) {
	view(t, s, now, func(store.Reader) {})
	same(t, "tenants before", s.Tenants(), []string{})
	update(t, s, now, func(tx store.Tx) { put(tx, "users", "a") })
	_ = s.Update("adatum", now, func(tx store.Tx) error {
		same(t, "records of the other", tx.Len("users"), 0)
		put(tx, "users", "b")
		return nil
	})
	same(t, "tenants", s.Tenants(), []string{"adatum", "contoso"})
	s.Drop("adatum")
	same(t, "tenants after", s.Tenants(), []string{"contoso"})
	_ = s.View("adatum", now, func(r store.Reader) error {
		same(t, "records of the dropped one", r.Len("users"), 0)
		return nil
	})
	view(t, s, now, func(r store.Reader) { same(t, "records", r.Len("users"), 1) })
}

func testOrders(t *testing.T, s store.Store) {
	update(t, s, now, func(tx store.Tx) {
		for _, r := range []store.Record{
			{ID: "a", Rank: 2, Index: []store.Index{{Name: "x", Value: "1", Rank: 9}, {Name: "y", Value: "1"}}},
			{ID: "b", Rank: 1, Index: []store.Index{{Name: "x", Value: "1", Rank: -9}}},
			{ID: "c", Rank: 1, Index: []store.Index{{Name: "x", Value: "2"}, {Name: "x", Value: "1", Rank: -9}}},
		} {
			tx.Put("users", r)
		}
		put(tx, "users/a/messages", "m")
		put(tx, "groups", "g")
	})
	view(t, s, now, func(r store.Reader) {
		same(t, "number", r.Len("users"), 3)
		same(t, "order", ids(r, r.Snapshot("users"), 2), "[b c a]")
		first, found := r.First("users")
		same(t, "first", []any{first.ID, found}, "[b true]")
		same(t, "index", ids(r, r.SnapshotIndex("users", "x", "1"), 2), "[b c a]")
		for _, row := range []struct{ index, value, want string }{
			{"x", "1", "b"}, {"x", "2", "c"}, {"y", "1", "a"}, {"y", "2", ""}, {"z", "1", ""},
		} {
			found, ok := r.Find("users", row.index, row.value)
			same(t, row.index+" "+row.value, []any{found.ID, ok}, []any{row.want, row.want != ""})
		}
		_, found = r.First("devices")
		same(t, "found the first of none", found, false)
		same(t, "collections", r.Collections(""), "[groups users users/a/messages]")
		same(t, "collections of users", r.Collections("users/"), "[users/a/messages]")
	})
}

func testReindex(t *testing.T, s store.Store) {
	update(t, s, now, func(tx store.Tx) {
		tx.Put("users", store.Record{ID: "a", Index: []store.Index{{Name: "x", Value: "1"}, {Name: "y"}}})
		tx.Put("users", store.Record{ID: "b", Index: []store.Index{{Name: "x", Value: "2"}, {Name: "y", Rank: 5}}})
	})
	update(t, s, now, func(tx store.Tx) {
		tx.Reindex("users", "a", []store.Index{{Name: "y", Rank: 9}, {Name: "x", Value: "1"}})
		tx.Reindex("users", "b", []store.Index{{Name: "y", Rank: 5}})
		tx.Reindex("users", "c", nil)
	})
	view(t, s, now, func(r store.Reader) {
		same(t, "moved", ids(r, r.SnapshotIndex("users", "y", ""), 9), "[b a]")
		same(t, "left alone", ids(r, r.SnapshotIndex("users", "x", "1"), 9), "[a]")
		same(t, "taken out", ids(r, r.SnapshotIndex("users", "x", "2"), 9), "[]")
		a, _ := r.Get("users", "a")
		index := []store.Index{{Name: "y", Rank: 9}, {Name: "x", Value: "1"}}
		same(t, "record", a, store.Record{ID: "a", Version: 1, Index: index})
		same(t, "number", r.Len("users"), 2)
	})
}

// dump returns all that a tenant has, a line each.
func dump(r store.Reader) string {
	var b strings.Builder
	for _, collection := range r.Collections("") {
		page, _, _ := r.Snapshot(collection).Page(r, store.Cursor{}, 1_000)
		for _, r := range page {
			fmt.Fprintln(&b, collection, r)
		}
		for _, target := range targets(r, r.Links(collection), 1_000) {
			fmt.Fprintln(&b, collection, "->", target, r.Referrers(target))
		}
	}
	for _, path := range r.MediaPaths("") {
		data, _ := r.Media(path)
		fmt.Fprintf(&b, "%s: %q\n", path, data)
	}
	return b.String()
}

// fill writes some of everything.
func fill(tx store.Tx) {
	put(tx, "users", "a", "b")
	put(tx, "users/a/messages", "m")
	put(tx, "groups", "g")
	tx.Put("groups", store.Record{ID: "h", Index: []store.Index{{Name: "x", Value: "1"}}})
	tx.Link("groups/g/members", "users/a")
	tx.Link("groups/g/members", "users/b")
	_ = tx.PutMedia("users/a/photo", []byte("photo"))
}

// disturb changes all that fill wrote.
func disturb(tx store.Tx) {
	tx.Put("users", store.Record{ID: "b", Rank: -1, Expires: now + 1, JSON: []byte("1")})
	tx.Put("users", store.Record{ID: "b", Rank: -2, JSON: []byte("2")})
	tx.Delete("users/a/messages", "m")
	put(tx, "users/a/messages", "m", "n")
	tx.Delete("users", "a")
	put(tx, "users", "a", "c")
	tx.Reindex("groups", "h", []store.Index{{Name: "x", Value: "2"}})
	tx.Unlink("groups/g/members", "users/b")
	tx.Link("groups/g/owners", "users/c")
	tx.Link("groups/g/members", "users/a")
	_ = tx.PutMedia("users/a/photo", []byte("other"))
	_ = tx.PutMedia("users/b/photo", []byte("new"))
	tx.DeleteMedia("users/a/photo")
}

func testRollback(t *testing.T, s store.Store) {
	var before string
	update(t, s, now, func(tx store.Tx) {
		fill(tx)
		before = dump(tx)
	})
	err := s.Update(tenant, now, func(tx store.Tx) error {
		disturb(tx)
		if dump(tx) == before {
			t.Error("a transaction does not see what it wrote")
		}
		return errors.ErrUnsupported
	})
	same(t, "error", err, errors.ErrUnsupported)
	isAsBefore(t, s, before)
}

// isAsBefore reports what a failed transaction left.
func isAsBefore(t *testing.T, s store.Store, before string) {
	t.Helper()
	view(t, s, now, func(r store.Reader) {
		same(t, "after", dump(r), before)
		h, _ := r.Find("groups", "x", "1")
		same(t, "in the index", h.ID, "h")
		_, found := r.Find("groups", "x", "2")
		same(t, "in the index where it was put", found, false)
	})
	view(t, s, now+1, func(r store.Reader) { same(t, "what expires", dump(r), before) })
}

func testPanic(t *testing.T, s store.Store) {
	var before string
	update(t, s, now, func(tx store.Tx) {
		fill(tx)
		before = dump(tx)
	})
	func() {
		defer func() { same(t, "panic", recover(), "disturbed") }()
		_ = s.Update(tenant, now, func(tx store.Tx) error {
			disturb(tx)
			panic("disturbed")
		})
	}()
	isAsBefore(t, s, before)
}

func testClear(t *testing.T, s store.Store) {
	update(t, s, now, fill)
	update(t, s, now, func(tx store.Tx) {
		tx.Clear()
		same(t, "at once", dump(tx), "")
		put(tx, "users", "z")
	})
	view(t, s, now, func(r store.Reader) {
		same(t, "collections", r.Collections(""), "[users]")
		same(t, "users", ids(r, r.Snapshot("users"), 9), "[z]")
		same(t, "media", r.MediaPaths(""), "[]")
		same(t, "referrers", r.Referrers("users/a"), "[]")
	})
}

func testClearIsUndone(t *testing.T, s store.Store) {
	var before string
	update(t, s, now, func(tx store.Tx) {
		fill(tx)
		before = dump(tx)
	})
	_ = s.Update(tenant, now, func(tx store.Tx) error {
		disturb(tx)
		tx.Clear()
		fill(tx)
		return errors.ErrUnsupported
	})
	isAsBefore(t, s, before)
}

func testCascade(t *testing.T, s store.Store) {
	update(t, s, now, func(tx store.Tx) {
		put(tx, "users", "1", "10", "1-")
		put(tx, "users/1/folders", "f")
		put(tx, "users/1/folders/f/messages", "m")
		put(tx, "users/1-/folders", "f")
		put(tx, "users/10/folders", "f")
		put(tx, "users/2/folders", "f")
		put(tx, "groups", "g")
		tx.Link("groups/g/members", "users/1")
		tx.Link("groups/g/members", "users/10")
		tx.Link("groups/g/pins", "users/1/folders/f/messages/m")
		tx.Link("users/1/manager", "users/10")
		tx.Link("users/1-/manager", "users/10")
		for _, path := range []string{
			"users/1", "users/1/photo", "users/1/folders/f/content", "users/10/photo", "users/1-/photo",
		} {
			_ = tx.PutMedia(path, []byte{1})
		}
		tx.Delete("users", "1")
		same(t, "collections", tx.Collections(""), "[groups groups/g/members users "+
			"users/1-/folders users/1-/manager users/10/folders users/2/folders]")
		same(t, "members", targets(tx, tx.Links("groups/g/members"), 9), "[users/10]")
		same(t, "referrers", tx.Referrers("users/10"), "[groups/g/members users/1-/manager]")
		same(t, "referrers of what is gone", tx.Referrers("users/1"), "[]")
		same(t, "media", tx.MediaPaths(""), "[users/1-/photo users/10/photo]")
		put(tx, "users", "1")
		same(t, "below a new one", tx.Collections("users/1/"), "[]")
	})
}

func testLinks(t *testing.T, s store.Store) {
	const members = "groups/g/members"
	update(t, s, now, func(tx store.Tx) {
		put(tx, "users", "a", "b")
		same(t, "linked", tx.Link(members, "users/b"), true)
		same(t, "linked again", tx.Link(members, "users/b"), false)
		same(t, "linked to nothing", tx.Link(members, "users/z"), false)
		same(t, "linked to no path", tx.Link(members, "users"), false)
		tx.Link(members, "users/a")
		tx.Link("groups/f/members", "users/a")
	})
	view(t, s, now, func(r store.Reader) {
		same(t, "there", r.Linked(members, "users/a"), true)
		same(t, "there what is not", r.Linked("groups/f/members", "users/b"), false)
		same(t, "links", targets(r, r.Links(members), 1), "[users/a users/b]")
		same(t, "number of links", r.Links(members).Len(), 2)
		same(t, "links of none", targets(r, r.Links("groups/z/members"), 1), "[]")
		same(t, "number of none", r.Links("groups/z/members").Len(), 0)
		same(t, "referrers", r.Referrers("users/a"), "[groups/f/members groups/g/members]")
		same(t, "collections", r.Collections("groups"), "[groups/f/members groups/g/members]")
	})
	update(t, s, now, func(tx store.Tx) {
		same(t, "unlinked", tx.Unlink(members, "users/a"), true)
		same(t, "unlinked again", tx.Unlink(members, "users/a"), false)
		same(t, "referrers", tx.Referrers("users/a"), "[groups/f/members]")
		same(t, "number of users", tx.Len("users"), 2)
	})
}

func testLinksGo(t *testing.T, s store.Store) {
	update(t, s, now, func(tx store.Tx) {
		put(tx, "groups", "f", "g")
		tx.Put("users", store.Record{ID: "a", Expires: now + 1})
		put(tx, "users", "b")
		for _, group := range []string{"f", "g"} {
			tx.Link("groups/"+group+"/members", "users/a")
			tx.Link("groups/"+group+"/members", "users/b")
		}
		tx.Delete("groups", "f")
		same(t, "referrers", tx.Referrers("users/a"), "[groups/g/members]")
	})
	view(t, s, now+1, func(r store.Reader) {
		same(t, "links once a user has expired", targets(r, r.Links("groups/g/members"), 9), "[users/b]")
	})
}

func testLinkPages(t *testing.T, s store.Store) {
	const members = "groups/g/members"
	var links store.LinkSnapshot
	update(t, s, now, func(tx store.Tx) {
		put(tx, "users", "a", "b", "c", "d", "e")
		for _, id := range []string{"a", "b", "c", "d"} {
			tx.Link(members, "users/"+id)
		}
		tx.Link("groups/h/members", "users/a")
		links = tx.Links(members)
	})
	var after store.Cursor
	view(t, s, now, func(r store.Reader) {
		page, next, more := links.Page(r, store.Cursor{}, 2)
		same(t, "first page", []any{page, more}, "[[users/a users/b] true]")
		after = next
	})
	update(t, s, now, func(tx store.Tx) {
		tx.Unlink(members, "users/c")
		tx.Link(members, "users/e")
	})
	view(t, s, now, func(r store.Reader) {
		page, _, more := links.Page(r, after, 9)
		same(t, "second page", []any{page, more}, "[[users/d] false]")
		same(t, "number when it was made", links.Len(), 4)
	})
}

func testExpiry(t *testing.T, s store.Store) {
	update(t, s, now, func(tx store.Tx) {
		tx.Put("users", store.Record{ID: "a", Expires: 2 * now})
		put(tx, "users/a/messages", "m")
		tx.Put("users", store.Record{ID: "b", Expires: 2*now + 1})
		tx.Put("users", store.Record{ID: "c", Expires: 2 * now})
		put(tx, "users", "d")
		tx.Put("users", store.Record{ID: "c", Expires: 3 * now}) // is given more time
	})
	for _, row := range []struct {
		now  int64
		want string
	}{{2*now - 1, "[a b c d]"}, {2 * now, "[b c d]"}, {2*now + 1, "[c d]"}, {3 * now, "[d]"}, {1 << 62, "[d]"}} {
		view(t, s, row.now, func(r store.Reader) {
			same(t, fmt.Sprint("at ", row.now), ids(r, r.Snapshot("users"), 9), row.want)
			same(t, "what is below", r.Len("users/a/messages") == 1, row.now < 2*now)
		})
	}
}

// testExpired shows what the callback is told, and that it may write.
func testExpired(t *testing.T, open func(testing.TB, store.Options) store.Store) {
	var told []string
	s := open(t, store.Options{Expired: func(tx store.Tx, collection string, r store.Record) {
		_, there := tx.Get(collection, r.ID)
		told = append(told, fmt.Sprint(collection, "/", r.ID, " ", there))
		if r.ID == "again" {
			tx.Put(collection, store.Record{ID: r.ID, Expires: r.Expires + 10})
		}
	}})
	update(t, s, now, func(tx store.Tx) {
		tx.Put("users", store.Record{ID: "b", Expires: now + 1})
		tx.Put("users", store.Record{ID: "a", Expires: now + 1})
		tx.Put("users", store.Record{ID: "z", Expires: now + 1})
		tx.Put("users/a/messages", store.Record{ID: "m", Expires: now + 1}) // goes with a
		tx.Put("users/x/messages", store.Record{ID: "m", Expires: now})
		tx.Put("groups", store.Record{ID: "later", Expires: now + 100})
		tx.Delete("users", "z")
	})
	view(t, s, now+1, func(r store.Reader) {
		same(t, "told", told, "[users/x/messages/m false users/a false users/b false]")
		same(t, "what stays", r.Collections(""), "[groups]")
	})
	told = nil
	update(t, s, now+1, func(tx store.Tx) { tx.Put("series", store.Record{ID: "again", Expires: now + 10}) })
	view(t, s, now+35, func(r store.Reader) {
		same(t, "told of one that comes again", len(told), 3)
		again, _ := r.Get("series", "again")
		same(t, "then", again.Expires, now+40)
	})
}

func testMedia(t *testing.T, s store.Store) {
	update(t, s, now, func(tx store.Tx) {
		same(t, "error", tx.PutMedia("users/a/photo", []byte("12345")), nil)
		same(t, "error", tx.PutMedia("users/b/photo", []byte("12345")), nil)
		if err := tx.PutMedia("users/c/photo", []byte("1")); !errors.Is(err, store.ErrMediaFull) {
			t.Errorf("a byte too many: %v", err)
		}
		same(t, "replacing", tx.PutMedia("users/b/photo", []byte("123")), nil)
		same(t, "paths", tx.MediaPaths("users"), "[users/a/photo users/b/photo]")
		same(t, "room that replacing made", tx.PutMedia("users/c/photo", []byte("12")), nil)
		same(t, "deleted", tx.DeleteMedia("users/a/photo"), true)
		same(t, "deleted again", tx.DeleteMedia("users/a/photo"), false)
		same(t, "an empty one", tx.PutMedia("users/d/photo", nil), nil)
	})
	view(t, s, now, func(r store.Reader) {
		data, found := r.Media("users/b/photo")
		same(t, "media", []any{string(data), found}, "[123 true]")
		_, found = r.Media("users/a/photo")
		same(t, "found what is deleted", found, false)
		data, found = r.Media("users/d/photo")
		same(t, "the empty one", []any{len(data), found}, "[0 true]")
	})
	_ = s.Update(tenant, now, func(tx store.Tx) error {
		same(t, "room that deleting made", tx.PutMedia("users/a/photo", []byte("12345")), nil)
		return errors.ErrUnsupported
	})
	update(t, s, now, func(tx store.Tx) {
		same(t, "room that a rollback made", tx.PutMedia("users/a/photo", []byte("54321")), nil)
		tx.Clear()
		same(t, "room that clearing made", tx.PutMedia("users/a/photo", []byte("1234567890")), nil)
	})
}

func testCursor(t *testing.T, s store.Store) {
	update(t, s, now, func(tx store.Tx) {
		for i, id := range []string{"a", "b", "ü \"\\", "d"} {
			tx.Put("users", store.Record{ID: id, Rank: int64(i) - 1<<62})
		}
	})
	view(t, s, now, func(r store.Reader) {
		var got []string
		after, more := store.Cursor{}, true
		for more {
			page, next, m := r.Snapshot("users").Page(r, after, 1)
			got, more = append(got, idsOf(page)...), m
			after = throughJSON(t, next)
			same(t, "cursor", after, next)
		}
		same(t, "all", got, []string{"a", "b", "ü \"\\", "d"})
	})
}

func throughJSON(t *testing.T, c store.Cursor) (back store.Cursor) {
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	return back
}
