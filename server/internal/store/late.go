package store

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A Late is a store whose readers see some writes late, as where reads are answered by copies that
// lag behind: a read sees no write that is younger than half the delay, and all that are as old as
// the delay. What is between the two, one read sees and another one does not. Writes themselves
// see all there is.
type Late struct {
	Store
	Config LateConfig

	kept atomic.Int64 // writes that may not be seen yet, of all tenants

	mu      sync.Mutex
	tenants map[string][]lateWrite // the oldest first
}

// LateConfig is what a Late is made of. All fields are required.
type LateConfig struct {
	Delay func() time.Duration         // 0 is none
	Now   func() int64                 // in milliseconds since 1970
	Draw  func() uint64                // random bits, which say how far behind a read is
	IsOf  func(collection string) bool // whether what is written to a collection is seen late
}

// maxLate is how many writes are remembered; what is beyond is seen early.
const maxLate = 10_000

// A lateWrite is what a write has changed, and what there was before.
type lateWrite struct {
	at         int64
	by         string // the request that wrote it
	collection string
	id         string // of a record; empty for a link
	before     Record // with an ID if there was one
	target     string // of a link
	linked     bool   // it was there
}

// On reports whether there are writes that may be seen late.
func (l *Late) On() bool { return l.kept.Load() > 0 || l.Config.Delay() > 0 }

// View implements Store.
func (l *Late) View(tenant string, now int64, read func(Reader) error) error {
	hidden := l.hidden(tenant)
	if hidden == nil {
		return l.Store.View(tenant, now, read)
	}
	return l.Store.View(tenant, now, func(r Reader) error { return read(&lateReader{r, hidden}) })
}

// UpdateBy is Update for a request.
func (l *Late) UpdateBy(tenant string, now int64, by string, write func(Tx) error) error {
	if l.Config.Delay() == 0 {
		return l.Store.Update(tenant, now, write)
	}
	var tx *lateTx
	err := l.Store.Update(tenant, now, func(of Tx) error {
		tx = &lateTx{Tx: of, late: l}
		return write(tx)
	})
	if err != nil || len(tx.writes) == 0 {
		return err
	}
	at := l.Config.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tenants == nil {
		l.tenants = map[string][]lateWrite{}
	}
	all := l.tenants[tenant]
	for _, w := range tx.writes {
		w.at, w.by = at, by
		all = append(all, w)
	}
	l.keep(tenant, all[max(0, len(all)-maxLate):])
	return nil
}

// Drop implements Store.
func (l *Late) Drop(tenant string) {
	l.mu.Lock()
	l.keep(tenant, nil)
	l.mu.Unlock()
	l.Store.Drop(tenant)
}

// keep sets the writes of a tenant.
//
// l.mu must be held.
func (l *Late) keep(tenant string, all []lateWrite) {
	l.kept.Add(int64(len(all) - len(l.tenants[tenant])))
	if len(all) == 0 {
		delete(l.tenants, tenant)
		return
	}
	l.tenants[tenant] = all
}

// since returns the writes of a tenant that are younger than what a read sees.
func (l *Late) since(tenant string) []lateWrite {
	if l.kept.Load() == 0 {
		return nil
	}
	delay, now := l.Config.Delay().Milliseconds(), l.Config.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.tenants[tenant]
	first := func(behind int64) int {
		i, _ := slices.BinarySearchFunc(all, now-behind, func(w lateWrite, at int64) int {
			if w.at > at {
				return 1
			}
			return -1
		})
		return i
	}
	if old := first(delay); old > 0 {
		l.keep(tenant, slices.Clone(all[old:]))
		all = l.tenants[tenant]
	}
	sure := first(delay / 2)
	if sure > 0 { // some may be seen
		sure = first(delay/2 + int64(l.Config.Draw()%uint64(delay/2+1)))
	}
	return slices.Clone(all[sure:])
}

// hidden is what a read does not see, nil if it sees all.
func (l *Late) hidden(tenant string) *overlay {
	all := l.since(tenant)
	if len(all) == 0 {
		return nil
	}
	o := &overlay{map[string]map[string]Record{}, map[string]map[string]bool{}}
	for i := range all {
		w := &all[i]
		if w.id == "" {
			of := o.links[w.collection]
			if of == nil {
				of = map[string]bool{}
				o.links[w.collection] = of
			}
			if _, known := of[w.target]; !known {
				of[w.target] = w.linked
			}
			continue
		}
		of := o.records[w.collection]
		if of == nil {
			of = map[string]Record{}
			o.records[w.collection] = of
		}
		if _, known := of[w.id]; !known {
			of[w.id] = w.before
		}
	}
	return o
}

// Late returns the request that wrote last what is at a path, if reads may not see that yet; isNew
// reports that there was nothing before the first such request.
func (l *Late) Late(tenant, path string) (by string, isNew bool) {
	if l.kept.Load() == 0 {
		return "", false
	}
	oldest := l.Config.Now() - l.Config.Delay().Milliseconds()
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.tenants[tenant] {
		w := &l.tenants[tenant][i]
		if w.at <= oldest || w.id == "" || len(path) != len(w.collection)+1+len(w.id) ||
			!strings.HasPrefix(path, w.collection) || !strings.HasSuffix(path, "/"+w.id) {
			continue
		}
		if by == "" {
			isNew = w.before.ID == ""
		}
		by = w.by
	}
	return by, isNew
}

// lateTx is a transaction that notes what it changes.
type lateTx struct {
	Tx
	late   *Late
	writes []lateWrite
}

// Unwrap is the transaction that this one stands for.
func (tx *lateTx) Unwrap() Tx { return tx.Tx }

func (tx *lateTx) note(collection, id string) {
	if tx.late.Config.IsOf(collection) {
		before, _ := tx.Tx.Get(collection, id)
		tx.writes = append(tx.writes, lateWrite{collection: collection, id: id, before: before})
	}
}

func (tx *lateTx) noteLink(collection, target string, was bool) {
	if tx.late.Config.IsOf(collection) {
		tx.writes = append(tx.writes, lateWrite{collection: collection, target: target, linked: was})
	}
}

func (tx *lateTx) Put(collection string, r Record) Record {
	tx.note(collection, r.ID)
	return tx.Tx.Put(collection, r)
}

func (tx *lateTx) Delete(collection, id string) bool {
	path := collection + "/" + id
	if _, found := tx.Get(collection, id); found && tx.late.Config.IsOf(collection) {
		tx.note(collection, id)
		for _, each := range tx.Referrers(path) {
			tx.noteLink(each, path, true)
		}
		for _, each := range tx.Collections(path + "/") {
			links := tx.Links(each)
			targets, _, _ := links.Page(tx, Cursor{}, max(links.Len(), 1))
			for _, target := range targets {
				tx.noteLink(each, target, true)
			}
		}
	}
	return tx.Tx.Delete(collection, id)
}

func (tx *lateTx) Link(collection, target string) bool {
	done := tx.Tx.Link(collection, target)
	if done {
		tx.noteLink(collection, target, false)
	}
	return done
}

func (tx *lateTx) Unlink(collection, target string) bool {
	done := tx.Tx.Unlink(collection, target)
	if done {
		tx.noteLink(collection, target, true)
	}
	return done
}

// An overlay is what a reader sees in place of what there is.
type overlay struct {
	records map[string]map[string]Record // by collection and id; without an ID where none is seen
	links   map[string]map[string]bool   // by collection and target: whether one is seen
}

// lateReader is a Reader of a copy that lags behind.
type lateReader struct {
	Reader
	*overlay
}

func (r *lateReader) Get(collection, id string) (Record, bool) {
	if old, is := r.records[collection][id]; is {
		return old, old.ID != ""
	}
	return r.Reader.Get(collection, id)
}

func (r *lateReader) First(collection string) (Record, bool) {
	if r.records[collection] == nil {
		return r.Reader.First(collection)
	}
	return firstOf(r, r.Snapshot(collection))
}

func (r *lateReader) Find(collection, index, value string) (Record, bool) {
	if r.records[collection] == nil {
		return r.Reader.Find(collection, index, value)
	}
	return firstOf(r, r.SnapshotIndex(collection, index, value))
}

func firstOf(r Reader, s Snapshot) (Record, bool) {
	var at Cursor
	for more := true; more; {
		var page []Record
		if page, at, more = s.Page(r, at, 1); len(page) > 0 {
			return page[0], true
		}
	}
	return Record{}, false
}

func (r *lateReader) Len(collection string) int { return r.Snapshot(collection).Len() }

func (r *lateReader) Snapshot(collection string) Snapshot {
	return r.over(r.Reader.Snapshot(collection), collection, Index{})
}

func (r *lateReader) SnapshotIndex(collection, index, value string) Snapshot {
	return r.over(r.Reader.SnapshotIndex(collection, index, value), collection, Index{Name: index, Value: value})
}

func (r *lateReader) over(s Snapshot, collection string, index Index) Snapshot {
	if r.records[collection] == nil {
		return s
	}
	n := s.Len()
	for id, old := range r.records[collection] {
		now, is := r.Reader.Get(collection, id)
		if is && isIn(&now, index) {
			n--
		}
		if old.ID != "" && isIn(&old, index) {
			n++
		}
	}
	return &lateSnapshot{s, collection, index, n}
}

// isIn reports whether a record is in an index; the zero one has all.
func isIn(r *Record, index Index) bool {
	return index.Name == "" || slices.ContainsFunc(r.Index, func(i Index) bool {
		return i.Name == index.Name && i.Value == index.Value
	})
}

// lateSnapshot is a Snapshot of a copy that lags behind. What is no longer where it was comes last.
type lateSnapshot struct {
	Snapshot
	collection string
	index      Index
	len        int
}

func (s *lateSnapshot) Len() int { return s.len }

func (s *lateSnapshot) Within(lowest, highest int64) Snapshot {
	return &lateSnapshot{s.Snapshot.Within(lowest, highest), s.collection, s.index, s.len}
}

func (s *lateSnapshot) Page(r Reader, after Cursor, n int) (page []Record, next Cursor, more bool) {
	page, next, more = s.Snapshot.Page(r, after, n)
	late, is := r.(*lateReader)
	if !is || late.records[s.collection] == nil {
		return page, next, more
	}
	old := late.records[s.collection]
	seen := page[:0:0]
	for _, each := range page {
		before, changed := old[each.ID]
		switch {
		case !changed:
			seen = append(seen, each)
		case before.ID != "" && isIn(&before, s.index):
			seen = append(seen, before)
		}
	}
	if more {
		return seen, next, true
	}
	for _, id := range slices.Sorted(maps.Keys(old)) {
		before := old[id]
		now, is := late.Reader.Get(s.collection, id)
		if before.ID != "" && isIn(&before, s.index) && !(is && isIn(&now, s.index)) {
			seen = append(seen, before)
		}
	}
	return seen, next, false
}

func (r *lateReader) Linked(collection, target string) bool {
	if was, is := r.links[collection][target]; is {
		return was
	}
	return r.Reader.Linked(collection, target)
}

func (r *lateReader) Referrers(target string) []string {
	all := r.Reader.Referrers(target)
	for collection, links := range r.links {
		was, is := links[target]
		i, has := slices.BinarySearch(all, collection)
		switch {
		case is && was && !has:
			all = slices.Insert(all, i, collection)
		case is && !was && has:
			all = slices.Delete(all, i, i+1)
		}
	}
	return all
}

func (r *lateReader) Links(collection string) LinkSnapshot {
	if r.links[collection] == nil {
		return r.Reader.Links(collection)
	}
	l := &lateLinks{r.Reader.Links(collection), collection, 0}
	l.len = l.LinkSnapshot.Len()
	for target, was := range r.links[collection] {
		switch is := r.Reader.Linked(collection, target); {
		case was && !is:
			l.len++
		case !was && is:
			l.len--
		}
	}
	return l
}

// lateLinks are links of a copy that lags behind. Those that are gone come last.
type lateLinks struct {
	LinkSnapshot
	collection string
	len        int
}

func (l *lateLinks) Len() int { return l.len }

func (l *lateLinks) Page(r Reader, after Cursor, n int) (targets []string, next Cursor, more bool) {
	targets, next, more = l.LinkSnapshot.Page(r, after, n) // which asks r whether they are there
	late, is := r.(*lateReader)
	if !is || more {
		return targets, next, more
	}
	for _, target := range slices.Sorted(maps.Keys(late.links[l.collection])) {
		if late.links[l.collection][target] && !late.Reader.Linked(l.collection, target) {
			targets = append(targets, target)
		}
	}
	return targets, next, false
}
