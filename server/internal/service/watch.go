package service

import (
	"net/url"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/store"
)

// A Difference is what a request made of an entity. Fixtures make none, nor does time.
type Difference struct {
	Collection    string        // of the entity, as the store has it
	Before, After *store.Record // nil if it was not there, or is not
	Links         []LinkChange  // that were added to it or removed, as far as deltas tell of them
}

// A LinkChange is a link of an entity that was added or removed.
type LinkChange struct {
	Property, Key string // Key is that of the entity that it leads to
	Removed       bool
}

// Path is the path of the entity in the store.
func (d *Difference) Path() string { return d.Collection + "/" + d.record().ID }

func (d *Difference) record() *store.Record {
	if d.After != nil {
		return d.After
	}
	return d.Before
}

// transact is a transaction of a request. Where somebody watches, the request has what it
// changed afterwards.
func (s *Service) transact(r *Request, write func(store.Tx) error) error {
	if !s.watched.Load() {
		return s.commit(r, write)
	}
	var tx *watchedTx
	err := s.commit(r, func(of store.Tx) error {
		tx = &watchedTx{Tx: of, at: map[string]int{}}
		return write(tx)
	})
	if err != nil {
		return err
	}
	for _, d := range tx.all {
		if d.Before != nil || d.After != nil { // what came and went in one transaction was never there
			r.Differences = append(r.Differences, d)
		}
	}
	return nil
}

// watchedTx is a transaction that notes what it changes.
type watchedTx struct {
	store.Tx
	all []Difference
	at  map[string]int // in all, by path
}

// Unwrap is the transaction that this one stands for.
func (tx *watchedTx) Unwrap() store.Tx { return tx.Tx }

func (tx *watchedTx) Put(collection string, r store.Record) store.Record {
	if strings.HasPrefix(collection, removedPrefix) {
		return tx.Tx.Put(collection, r)
	}
	before, found := tx.Get(collection, r.ID)
	after := tx.Tx.Put(collection, r)
	d := tx.difference(collection, r.ID, &before, found)
	d.After = &after
	return after
}

func (tx *watchedTx) Delete(collection, id string) bool {
	before, found := tx.Get(collection, id)
	if found {
		tx.difference(collection, id, &before, true).After = nil
	}
	return tx.Tx.Delete(collection, id)
}

// relinked notes a change of the links of an entity that stays as it is.
func (tx *watchedTx) relinked(collection string, record *store.Record, l LinkChange) {
	_, known := tx.at[collection+"/"+record.ID]
	d := tx.difference(collection, record.ID, record, true)
	if !known {
		d.After = record
	}
	d.Links = append(d.Links, l)
}

// difference is that of an entity, which had been before unless it was changed already.
func (tx *watchedTx) difference(collection, id string, before *store.Record, found bool) *Difference {
	path := collection + "/" + id
	i, known := tx.at[path]
	if !known {
		i = len(tx.all)
		tx.at[path] = i
		tx.all = append(tx.all, Difference{Collection: collection})
		if found {
			tx.all[i].Before = before
		}
	}
	return &tx.all[i]
}

// Reach asks the receiver with a URL whether it wants notifications.
func (c *Call) Reach(url string) error {
	if c.service.config.Reach == nil {
		return nil
	}
	return c.service.config.Reach(url)
}

// IsNew reports whether the call is about an entity that is to be created.
func (c *Call) IsNew() bool { return c.at.id == "" }

// Watch returns a watch over a resource, such as me/messages?$filter=isRead eq false, and the
// template of its path.
func (c *Call) Watch(resource string) (*Watch, error) { return c.service.Watch(resource, &c.Caller) }

// A Watch covers an entity, or the entities of a collection.
type Watch struct {
	Template string    // of the resource, such as /users/{}/messages
	Type     *edm.Type // of the entities
	Whole    bool      // the resource is an entity, and stands for all in its hierarchy
	Single   bool      // the resource is an entity
	Links    string    // the resource are the links of this property of an entity, of the type Type
	Select   []string  // the properties that are asked for, none for all

	collection, id string
	every          bool // collection is what those of all entities begin with
	slice          Slice
	filter         *odata.Filter
}

// Watch returns a watch over a resource, for a caller. The error is one of resource or odata, or of
// those that [Fail] makes.
func (s *Service) Watch(text string, caller *auth.Caller) (*Watch, error) {
	text, query, _ := strings.Cut(strings.TrimPrefix(text, "/"), "?")
	text, _ = strings.CutSuffix(text, "/")
	path, bad := s.config.Tree.Parse("/" + escapedPath(text))
	if bad != nil {
		return nil, bad
	}
	if path.Node == nil || path.Type == nil || path.Type.Kind != edm.Entity {
		return nil, fail("subscription-resource-invalid", "{id}", text)
	}
	w := &Watch{Template: path.Template(), Type: path.Type}
	if query != "" {
		options, err := odata.Parse(strings.ReplaceAll(query, " ", "%20"), path.Type, odata.Settings{})
		if err != nil {
			return nil, err
		}
		w.filter, w.Select = options.Filter, options.Select
	}
	if path.Kind == resource.Function && path.Collection { // chats/getAllMessages
		t, err := s.locate(path.Above(), caller)
		if err != nil {
			return nil, err
		}
		w.collection, w.every = t.collection+"/", true
		return w, nil
	}
	t, err := s.locate(path, caller)
	if err != nil {
		return nil, err
	}
	if t.links && path.Node.Collection {
		return s.watchLinks(w, path, caller)
	}
	if t.kind == nil || t.links {
		return nil, fail("subscription-resource-invalid", "{id}", text)
	}
	w.collection, w.id, w.slice = t.collection, t.id, t.slice
	w.Single = t.id != ""
	w.Whole = w.Single && t.kind.nested() != nil
	return w, nil
}

// watchLinks lets a watch cover the links of an entity that deltas tell of: groups/1/members.
func (s *Service) watchLinks(w *Watch, path resource.Path, caller *auth.Caller) (*Watch, error) {
	owner, err := s.locate(path.Above(), caller)
	if err != nil {
		return nil, err
	}
	if owner.kind == nil || !slices.Contains(owner.kind.behavior.LinkDeltas, path.Name) {
		return nil, fail("subscription-resource-invalid", "{id}", path.Template())
	}
	w.Type, w.Links, w.filter = owner.kind.Type, path.Name, nil
	w.collection, w.id, w.Single = owner.collection, owner.id, true
	return w, nil
}

// Collection is the path in the store of the collection that is watched.
func (w *Watch) Collection() string { return w.collection }

// Each calls visit for the entities of a collection of a tenant.
func (s *Service) Each(tenant string, now int64, collection string, visit func(*store.Record)) {
	if !s.watched.Load() {
		return
	}
	s.config.Store.View(tenant, now, func(r store.Reader) error {
		all := r.Snapshot(collection)
		var at store.Cursor
		for more := true; more; {
			var page []store.Record
			page, at, more = all.Page(r, at, everyPage)
			for i := range page {
				visit(&page[i])
			}
		}
		return nil
	})
}

// TagOf is the ETag of an entity, "" if its type has none.
func (s *Service) TagOf(r *store.Record) string {
	if kind := s.typeNamed(r.Type); kind != nil && kind.behavior.Tag != nil {
		return kind.behavior.Tag(r)
	}
	return ""
}

// escapedPath writes a path as it stands in URLs, whether it was escaped or not.
func escapedPath(path string) string {
	if plain, err := url.PathUnescape(path); err == nil {
		path = plain
	}
	return (&url.URL{Path: path}).EscapedPath()
}

// Changed reports what became of what is watched: created, updated or deleted, "" if nothing did.
func (w *Watch) Changed(d *Difference) string {
	if w.Links != "" {
		if d.Collection == w.collection && d.record().ID == w.id &&
			slices.ContainsFunc(d.Links, func(l LinkChange) bool { return l.Property == w.Links }) {
			return "updated"
		}
		return ""
	}
	was, is := w.covers(d.Collection, d.Before), w.covers(d.Collection, d.After)
	switch {
	case was && is:
		return "updated"
	case is:
		return "created"
	case was:
		return "deleted"
	}
	return ""
}

func (w *Watch) covers(collection string, r *store.Record) bool {
	switch {
	case r == nil:
		return false
	case w.every:
		if !strings.HasPrefix(collection, w.collection) || r.Type != w.Type.Name {
			return false
		}
	case w.Whole:
		return collection == w.collection
	case collection != w.collection || w.id != "" && w.id != r.ID || !w.slice.Has(r):
		return false
	}
	return w.filter == nil || w.filter.Matches(decode(r.JSON))
}
