package service

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/store"
)

// Entries are the entities of a list, page by page, in an order that stays. A page
// looks at n of them after a cursor; some may be gone, so that it can be short, or
// empty, although there is more.
type entries interface {
	Page(r store.Reader, after store.Cursor, n int) (page []store.Record, next store.Cursor, more bool)
}

// indexEntries are in the order of an index, without those that have left it.
type indexEntries struct {
	store.Snapshot
	index string
}

func (e indexEntries) Page(r store.Reader, after store.Cursor, n int) ([]store.Record, store.Cursor, bool) {
	page, next, more := e.Snapshot.Page(r, after, n)
	return slices.DeleteFunc(page, func(record store.Record) bool {
		return !slices.ContainsFunc(record.Index, func(i store.Index) bool { return i.Name == e.index })
	}), next, more
}

// idEntries are in the order that an $orderby gave them when the list was begun;
// what they show of them is the present.
type idEntries struct {
	collection string
	ids        []string
}

func (s *idEntries) Page(r store.Reader, after store.Cursor, n int) (page []store.Record, next store.Cursor,
	more bool) {
	at, _ := strconv.Atoi(after.ID) // none is the beginning
	end := min(at+n, len(s.ids))
	for _, id := range s.ids[min(at, end):end] {
		if record, found := r.Get(s.collection, id); found {
			page = append(page, record)
		}
	}
	return page, store.Cursor{ID: strconv.Itoa(end)}, end < len(s.ids)
}

// givenEntries are the entries of [Behavior.Given], followed by those that are stored.
type givenEntries struct {
	given []store.Record
	store.Snapshot
}

func (e givenEntries) Page(r store.Reader, after store.Cursor, n int) ([]store.Record, store.Cursor, bool) {
	if after != (store.Cursor{}) {
		return e.Snapshot.Page(r, after, n)
	}
	page, next, more := e.Snapshot.Page(r, after, n)
	return append(slices.Clone(e.given), page...), next, more
}

// given returns the entities of [Behavior.Given] in a collection.
func (t *entityType) given(r store.Reader, collection string) (all []store.Record) {
	if t == nil || t.behavior.Given == nil {
		return nil
	}
	for _, properties := range t.behavior.Given(r, collection) {
		var entity jsontext.Object
		for _, name := range t.ordered(properties) {
			entity.Set(name, properties[name])
		}
		id := string(appendEscaped(nil, t.keyIn(properties)))
		if _, stored := r.Get(collection, id); !stored {
			all = append(all, store.Record{ID: id, Type: t.Name, JSON: jsontext.Append(nil, entity)})
		}
	}
	return all
}

// givenOne returns the entity of [Behavior.Given] with an id.
func (t *entityType) givenOne(r store.Reader, collection, id string) (store.Record, bool) {
	all := t.given(r, collection)
	at := slices.IndexFunc(all, func(r store.Record) bool { return r.ID == id })
	if at < 0 {
		return store.Record{}, false
	}
	return all[at], true
}

// join adds to an entity what it leads to and filters may be about.
func (t *entityType) join(r store.Reader, path string, entity map[string]any) {
	for _, name := range t.behavior.Joined {
		at := path + "/" + name
		if record, found := r.Get(at, single); found {
			entity[name] = decode(record.JSON)
			continue
		}
		if n := r.Len(at); n > 0 {
			page, _, _ := r.Snapshot(at).Page(r, store.Cursor{}, min(n, everyPage))
			list := make([]any, len(page))
			for i := range page {
				list[i] = decode(page[i].JSON)
			}
			entity[name] = list
		}
	}
}

// isJoined reports whether a filter is about what is to be joined.
func (t *entityType) isJoined(f *odata.Filter) bool {
	return t != nil && f != nil && slices.ContainsFunc(f.Properties(), func(name string) bool {
		return slices.Contains(t.behavior.Joined, name)
	})
}

// sortedEntries reads a snapshot to its end and sorts it.
func sortedEntries(reader store.Reader, from entries, l *list, r *Request, by []odata.OrderKey) *idEntries {
	type keyed struct {
		id     string
		entity map[string]any
	}
	var all []keyed
	var at store.Cursor
	for more := true; more; {
		var records []store.Record
		records, at, more = from.Page(reader, at, everyPage)
		for i := range records {
			if l.kind.isVisible(&records[i], r.Caller.App) {
				entity := decode(records[i].JSON)
				l.kind.join(reader, l.collection+"/"+records[i].ID, entity)
				all = append(all, keyed{records[i].ID, entity})
			}
		}
	}
	compare := odata.Compare(by)
	slices.SortStableFunc(all, func(a, b keyed) int { return compare(a.entity, b.entity) })
	s := &idEntries{collection: l.collection, ids: make([]string, len(all))}
	for i, k := range all {
		s.ids[i] = k.id
	}
	return s
}

// sortedLinks sorts entities that links lead to.
func sortedLinks(reader store.Reader, from *linkEntries, by []odata.OrderKey) *linkEntries {
	if len(by) == 0 {
		return from
	}
	type keyed struct {
		path   string
		entity map[string]any
	}
	var all []keyed
	page, _, _ := from.page(reader, store.Cursor{}, len(from.paths))
	for i := range page {
		all = append(all, keyed{page[i].collection + "/" + page[i].ID, decode(page[i].JSON)})
	}
	compare := odata.Compare(by)
	slices.SortStableFunc(all, func(a, b keyed) int { return compare(a.entity, b.entity) })
	sorted := &linkEntries{make([]string, len(all))}
	for i, k := range all {
		sorted.paths[i] = k.path
	}
	return sorted
}

// A condition is a $filter, made quick where it asks only when something was last
// modified.
type condition struct {
	filter *odata.Filter
	within *[2]int64
	found  func(e *row, entity map[string]any) bool // by $search

	typed bool                                // it asks what type an entity is of
	join  func(e *row, entity map[string]any) // adds what filters may be about besides

	reads []string       // the properties that the filter reads, nil for any
	room  map[string]any // with these, used again and again
}

// condition is what the entities of a list have to be like.
func (s *Service) condition(r *Request, l *list) condition {
	c := newCondition(l.options.Filter)
	if l.kind.isJoined(c.filter) {
		c.join = func(e *row, entity map[string]any) {
			s.view(r, func(reader store.Reader) { e.kind.join(reader, e.entityPath(), entity) })
		}
	}
	if finds, _ := l.kind.search(l.options); finds != nil { // checkQuery has seen the error
		c.found = func(e *row, entity map[string]any) (found bool) {
			s.view(r, func(reader store.Reader) {
				found = finds(reader, &Entity{Path: e.entityPath(), Type: e.Type, Properties: entity, Record: e.Record})
			})
			return found
		}
	}
	return c
}

// search makes a $search of what the behavior of a type says, nil if there is none.
func (t *entityType) search(o *odata.Options) (finds Finds, err error) {
	if t == nil || t.behavior.Search == nil || o.Search == "" {
		return nil, nil
	}
	type found struct {
		r store.Reader
		e *Entity
	}
	joined := odata.Search(o.Search, func(term string) func(found) bool {
		one, wrong := t.behavior.Search(term)
		if wrong != nil {
			err = wrong
			return nil
		}
		return func(f found) bool { return one(f.r, f.e) }
	})
	if err != nil {
		return nil, err
	}
	return func(r store.Reader, e *Entity) bool { return joined(found{r, e}) }, nil
}

// checkSearch finds what is wrong with a $search, and with those of what is expanded.
func (s *entityTypes) checkSearch(t *entityType, o *odata.Options) error {
	if _, err := t.search(o); err != nil {
		return err
	}
	for i := range o.Expand {
		if p := t.Property(o.Expand[i].Property); p != nil && p.Type() != nil {
			if err := s.checkSearch(s.typeOf(p.Type()), &o.Expand[i].Options); err != nil {
				return err
			}
		}
	}
	return nil
}

func newCondition(f *odata.Filter) condition {
	if f == nil {
		return condition{}
	}
	if oldest, newest, exact := f.Range(lastModifiedDateTime); exact {
		return condition{filter: f, within: &[2]int64{oldest, newest}}
	}
	c := condition{filter: f, typed: f.AsksType()}
	if names := f.Properties(); !c.typed && len(names) > 0 && !slices.ContainsFunc(names, needsEscape) {
		c.reads, c.room = names, map[string]any{}
	}
	return c
}

func needsEscape(name string) bool {
	return strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' })
}

func (c condition) passes(e *row) bool {
	switch {
	case c.found != nil:
		entity := decode(e.JSON)
		return c.found(e, entity) && c.filter.Matches(entity)
	case c.filter == nil:
		return true
	case c.join != nil:
		entity := decode(e.JSON)
		c.join(e, entity)
		return c.filter.Matches(entity)
	case c.within != nil:
		return c.within[0] <= e.Modified && e.Modified <= c.within[1]
	}
	if c.room == nil {
		entity := decode(e.JSON)
		if c.typed {
			entity["@odata.type"] = "#" + e.Type
		}
		return c.filter.Matches(entity)
	}
	clear(c.room)
	jsontext.Pick(c.room, e.JSON, c.reads...)
	return c.filter.Matches(c.room)
}

// negated returns -n; of the lowest number, which has no negative, the highest.
func negated(n int64) int64 {
	if n == math.MinInt64 {
		return math.MaxInt64
	}
	return -n
}
