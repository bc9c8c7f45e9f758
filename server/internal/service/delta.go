package service

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/store"
)

// A delta is a list that goes on: once a client has all entities, it asks for what has
// changed since. The entities of a type that has the function are in an index by their
// last change, and what remains of removed ones is in a collection of its own.

// Unsaved begins the path of a collection that is no part of a tenant's state: what is in it
// follows from the rest, or is of no interest any more.
const Unsaved = "~"

const (
	deltaFunction = "delta"

	// changedIndex is the index of entities, and of what remains of removed ones, by when
	// they were changed.
	changedIndex = "\x00changed"

	// removedIndex is the index of what remains of removed entities by their ids.
	removedIndex = "\x00removed"

	// removedPrefix begins the path of the collection that has what remains of the
	// removed entities of another one.
	removedPrefix = Unsaved

	// deltaLifetime is for how many milliseconds a delta link, and what remains of a
	// removed entity, is kept. Of the directory it is documented; of others it is assumed.
	deltaLifetime = 7 * 24 * 60 * 60 * 1000
)

// LatestDelta is the delta token of clients that want to know of changes from now on
// only.
const LatestDelta = "latest"

// hasDelta reports whether a collection of a type has the function or, of nested entities, each
// of them.
func hasDelta(t *edm.Type, of *edm.Model, collection bool) bool {
	return t.Kind == edm.Entity && len(of.Operations(t, collection, deltaFunction)) > 0
}

// isDelta reports whether a path is that of the function, for a collection.
func isDelta(p resource.Path) bool {
	return p.Kind == resource.Function && p.Name == deltaFunction && p.Collection
}

// setChanged enters an entity that is written into the index of changes. Where it was
// before, it is gone.
func (w *Write) setChanged(tx store.Tx) {
	indexes := withoutChanged(w.Record.Index)
	if w.Old != nil {
		if before := withoutChanged(w.Old.Index); where(before) != where(indexes) {
			putRemains(tx, w.collection, w.Old, w.Now.MS)
		}
	}
	w.Record.Index = append(indexes, store.Index{Name: changedIndex, Rank: tx.Next()})
}

func withoutChanged(all []store.Index) []store.Index {
	return slices.DeleteFunc(slices.Clone(all), func(i store.Index) bool { return i.Name == changedIndex })
}

// where tells of which slices of its collection an entity is.
func where(all []store.Index) string {
	var b strings.Builder
	for _, i := range all {
		b.WriteString("\x03" + i.Name + "\x03" + IDOf(i.Value))
	}
	return b.String()
}

// putRemains keeps of an entity that is gone what clients that follow changes have to
// know: there is one for each place where it was.
func putRemains(tx store.Tx, collection string, r *store.Record, now int64) {
	indexes := withoutChanged(r.Index)
	id := jsontext.Append(nil, r.ID)
	tx.Put(removedPrefix+collection, store.Record{
		ID: r.ID + where(indexes), Type: r.Type, Owner: r.Owner, Expires: now + deltaLifetime, JSON: id,
		Index: append(indexes, store.Index{Name: changedIndex, Rank: tx.Next()},
			store.Index{Name: removedIndex, Value: r.ID}),
	})
}

// wasThere reports whether an entity that is not there was, not long ago.
func (s *Service) wasThere(r *Request, at *place) (was bool) {
	s.view(r, func(reader store.Reader) {
		was = reader.SnapshotIndex(removedPrefix+at.collection, removedIndex, at.id).Len() > 0
	})
	return was
}

// remove removes an entity, and keeps of it what clients that follow changes have to
// know.
func (s *Service) remove(tx store.Tx, collection, id string, now int64) bool {
	record, found := tx.Get(collection, id)
	if !found {
		return false
	}
	path := collection + "/" + id
	referrers := tx.Referrers(path)
	tx.Delete(collection, id)
	for _, each := range referrers {
		s.relinked(tx, StoredLink{each, path}, record.Type, unlinked, now)
	}
	kind := s.typeNamed(record.Type)
	if kind == nil {
		return true
	}
	if kind.followed {
		putRemains(tx, collection, &record, now)
	}
	kind.changed(tx, Change{Collection: collection, ID: id, Deleted: true, service: s, now: now})
	return true
}

// delta answers a page of a delta: of all entities at first, of changes later.
func (s *Service) delta(r *Request) Response {
	r.current = true // what is not told of now would never be
	at := r.Page
	if at == nil {
		first, err := s.beginDelta(r)
		if err != nil {
			return failed(err)
		}
		at = first
	}
	if at.Made > 0 && r.Now.MS-at.Made > deltaLifetime {
		return s.deltaGone(r)
	}
	l, t, err := s.locateList(r)
	if err != nil {
		return failed(err)
	}
	l.query = at.Query
	if r.Page == nil {
		l.query = r.options().Query()
	}
	if view := l.view(); view != nil {
		if r.Page == nil {
			l.query = strings.Join(append(ownOptions(r.SentQuery), l.query), "&")
		}
		return s.viewDelta(r, l, t, *at, view)
	}
	if at.Since == 0 && at.Session == 0 && r.Page == nil && !isLatest(r) {
		return s.firstDelta(r, l, t, *at)
	}
	if at.Since == 0 && r.Page != nil {
		kept, err := s.sessions.find(at.Session, r.sessionKey(l), r.Now.MS)
		if err != nil {
			return s.deltaGone(r)
		}
		l.entries, l.session = kept.entries, at.Session
		return s.deltaResponse(r, l, *at)
	}
	return s.changes(r, l, t, *at)
}

func isLatest(r *Request) bool { return r.options().DeltaToken == LatestDelta }

// beginDelta is the position of a delta's first page.
func (s *Service) beginDelta(r *Request) (*Position, error) {
	at := Position{Left: -1}
	err := s.config.Store.Update(r.Caller.Tenant, r.Now.MS, func(tx store.Tx) error {
		at.Round = tx.Next()
		return nil
	})
	if isLatest(r) {
		at.Since = at.Round
	}
	return &at, err
}

func (s *Service) firstDelta(r *Request, l *list, t *target, at Position) Response {
	err := s.config.Store.View(r.Caller.Tenant, r.Now.MS, func(reader store.Reader) error {
		if err := t.check(reader); err != nil {
			return err
		}
		l.entries = l.slice.snapshot(reader, l.collection)
		return nil
	})
	if err != nil {
		return failed(err)
	}
	return s.deltaResponse(r, l, at)
}

// deltaResponse is a page of all entities.
func (s *Service) deltaResponse(r *Request, l *list, at Position) Response {
	p := projection{service: s, request: r}
	page := p.read(l, at)
	var items []any
	for i := range page.rows {
		items = append(items, p.deltaItem(&page.rows[i], l.options, 0, 0))
	}
	link := jsontext.Member{Name: "@odata.deltaLink", Value: s.deltaLink(r, l, at.Round)}
	if page.next != nil {
		page.next.Round = at.Round
		link = jsontext.Member{Name: "@odata.nextLink", Value: s.linkTo(r, l, *page.next)}
	}
	return s.deltaPage(r, l, items, link, p.applied(l))
}

// changes is a page of what has changed since a round.
func (s *Service) changes(r *Request, l *list, t *target, at Position) Response {
	var items []any
	more, size := false, s.pageSize(r, l)
	p := projection{service: s, request: r, sized: r.Preferences.MaxPageSize > 0}
	var found []change
	if at.From == 0 {
		at.From = at.Since
	}
	err := s.config.Store.Update(r.Caller.Tenant, r.Now.MS, func(tx store.Tx) error {
		if err := t.check(tx); err != nil {
			return err
		}
		newest := tx.Next()
		if at.Since > newest {
			return fail(goneDelta)
		}
		if at.Round <= at.Since && !isLatest(r) {
			at.Round = newest
		}
		found, more = s.changesAfter(tx, l, r, at.Since, at.Round, size)
		return nil
	})
	if f, is := err.(*failure); is && f.id == goneDelta {
		return s.deltaGone(r)
	} else if err != nil {
		return failed(err)
	}
	passes := newCondition(l.options.Filter).passes
	for i := range found {
		c := &found[i]
		at.Since = c.rank
		switch {
		case c.removed:
			items = append(items, s.removed(r, c))
		case passes(&c.row):
			items = append(items, p.deltaItem(&c.row, l.options, at.From, at.Round))
		}
	}
	link := jsontext.Member{Name: "@odata.deltaLink", Value: s.deltaLink(r, l, at.Round)}
	if more {
		at.Query = l.query
		link = jsontext.Member{Name: "@odata.nextLink", Value: r.url(l.path) + "?$skiptoken=" + s.skipToken(at)}
	}
	return s.deltaPage(r, l, items, link, p.applied(l))
}

const goneDelta = "delta-gone"

// A change is what became of an entity since a round.
type change struct {
	row
	rank    int64
	removed bool
}

// changesAfter returns the next n changes with numbers above since, up to another one.
func (s *Service) changesAfter(r store.Reader, l *list, q *Request, since, upTo int64, n int) (all []change, more bool) {
	for _, removed := range []bool{false, true} {
		collection := l.collection
		if removed {
			collection = removedPrefix + collection
		}
		snapshot := r.SnapshotIndex(collection, changedIndex, "").Within(since+1, upTo)
		var at store.Cursor
		for more, taken := true, 0; more && taken <= n; {
			var page []store.Record
			page, at, more = snapshot.Page(r, at, n+1)
			for i := range page {
				record := page[i]
				if !l.covers(r, &record) || !l.kind.isVisible(&record, q.Caller.App) {
					continue
				}
				id := record.ID
				if removed {
					id = removedID(&record)
					if now, there := r.Get(l.collection, id); there && l.covers(r, &now) {
						continue // it is there again, and is among the changes
					}
				}
				taken++
				place := place{path: l.place.path.Entity(KeyOf(id)), kind: l.kind, collection: l.collection, id: id}
				if t := s.model.Type(record.Type); t != nil {
					place.kind = s.typeOf(t)
				}
				all = append(all, change{row{record, place}, changedAt(&record), removed})
			}
		}
	}
	slices.SortFunc(all, func(a, b change) int { return cmp.Compare(a.rank, b.rank) })
	if len(all) > n {
		return all[:n], true
	}
	return all, false
}

// covers reports whether a list is about an entity, or what remains of one.
func (l *list) covers(r store.Reader, record *store.Record) bool {
	if !l.slice.Has(record) {
		return false
	}
	if l.under == "" || record.ID == l.under {
		return true
	}
	for id := parentOf(record); id != ""; {
		if id == l.under {
			return true
		}
		above, found := r.Get(l.collection, id)
		if !found {
			return false
		}
		id = parentOf(&above)
	}
	return false
}

// removedID is the id in the store that an entity had of which r remains.
func removedID(r *store.Record) string {
	id, err := jsontext.Decode(r.JSON)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return id.(string)
}

// changedAt is the number of the last change of an entity.
func changedAt(r *store.Record) int64 {
	for _, i := range r.Index {
		if i.Name == changedIndex {
			return i.Rank
		}
	}
	return 0
}

// deltaItem is an entity in a delta, which has its id whatever was selected.
func (p *projection) deltaItem(e *row, o *odata.Options, since, upTo int64) jsontext.Object {
	if e.Owner == goneOwner {
		return p.service.removed(p.request, &change{row: *e})
	}
	item := p.project(e, o, p.service.deltaIsTyped(p.request))
	if !item.Has("id") {
		item.Set("id", e.kind.shownKey(p.request, KeyOf(e.id)))
	}
	p.addLinkDeltas(&item, e, o, since, upTo)
	return item
}

// removed is how a workload tells of an entity that is gone.
func (s *Service) removed(r *Request, c *change) jsontext.Object {
	id := jsontext.Member{Name: "id", Value: c.kind.shownKey(r, KeyOf(c.id))}
	switch graph.WorkloadOf(r.Path.Template()) {
	case graph.Files:
		state := map[string]any{}
		if c.kind.nested() == nil { // DOC of list items
			state["state"] = "deleted"
		}
		return jsontext.Object{id, {Name: "deleted", Value: state}}
	case graph.Directory: // DOC: changed is what can be restored
		reason := "deleted"
		s.view(r, func(reader store.Reader) {
			if _, kept := reader.Get(c.kind.behavior.Restored, c.id); kept {
				reason = "changed"
			}
		})
		return jsontext.Object{id, {Name: "@removed", Value: map[string]any{"reason": reason}}}
	}
	item := jsontext.Object{id, {Name: "@removed", Value: map[string]any{"reason": "deleted"}}}
	if s.deltaIsTyped(r) {
		item = append(jsontext.Object{{Name: "@odata.type", Value: "#" + c.kind.Name}}, item...)
	}
	return item
}

// deltaIsTyped reports whether each entity says what it is.
func (s *Service) deltaIsTyped(r *Request) bool {
	switch graph.WorkloadOf(r.Path.Template()) {
	case graph.Exchange, graph.Files:
		return r.Metadata != MetadataNone
	}
	return false
}

// deltaLink is the URL at which a client asks for what has changed since a round.
func (s *Service) deltaLink(r *Request, l *list, round int64) string {
	option := "?$deltatoken="
	if graph.WorkloadOf(r.Path.Template()) == graph.Files { // DOC
		option = "?token="
	}
	at := r.url(l.path)
	if len(l.path.Node.Names) > 0 { // delta(token='...')
		at = r.url(l.path.Above()) + "/" + deltaFunction
	}
	return at + option +
		s.skipToken(Position{Left: -1, Since: round, Made: r.Now.MS, Query: l.query})
}

func (s *Service) deltaPage(r *Request, l *list, items []any, link jsontext.Member, applied []string) Response {
	if items == nil {
		items = []any{}
	}
	var body jsontext.Object
	if r.Metadata != MetadataNone {
		body.Set(odataContext, r.deltaContext(l))
	}
	body = append(body, link, jsontext.Member{Name: "value", Value: items})
	return Response{Status: http.StatusOK, ContentType: r.Metadata.contentType(), Body: jsontext.Append(nil, body),
		Applied: append(l.kind.applied(r), applied...)}
}

// deltaContext is the @odata.context of a delta: that of the set in the directory, of a
// mere list of the type elsewhere.
func (r *Request) deltaContext(l *list) string {
	if graph.WorkloadOf(r.Path.Template()) != graph.Directory {
		return string(r.appendRoot(nil)) + "/$metadata#Collection(" + strings.TrimPrefix(l.kind.Name, "microsoft.graph.") + ")"
	}
	b := append(r.appendRoot(make([]byte, 0, 200)), "/$metadata#"...)
	return string(append(r.appendCollection(b, l.place.path), selected(l.options)...))
}

// deltaGone is the response where a client has to begin anew.
func (s *Service) deltaGone(r *Request) Response {
	switch graph.WorkloadOf(r.Path.Template()) {
	case graph.Exchange:
		return Response{Error: "delta-gone-mailbox"}
	case graph.Files:
		return Response{Error: "delta-gone-drive"}
	}
	return Response{Error: goneDelta, Location: r.url(r.Path) + "?$deltatoken="}
}
