package service

import (
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/store"
)

// A View is a list that is asked for, whose entities are made out of those of a collection.
type View struct {
	Reader     store.Reader
	Collection string // in the store, of what the list is made of
	Slice      Slice  // of it

	// Delta reports that the client follows what changes: the list is of all, or of what has
	// changed since a number that [View.IsNew] and [View.Changed] know.
	Delta, Changes bool

	since, upTo int64
	query       string
}

// IsNew reports whether an entity was created since: the client knows nothing of it.
func (v *View) IsNew(r *store.Record) bool { return r.Rank > v.since }

// Changed calls visit for the entities that have changed since, and for what remains of those
// that are gone from where they were: its ID is theirs, its Index what it was.
func (v *View) Changed(visit func(r *store.Record, gone bool)) {
	for _, gone := range []bool{false, true} {
		collection := v.Collection
		if gone {
			collection = removedPrefix + collection
		}
		all := v.Reader.SnapshotIndex(collection, changedIndex, "").Within(v.since+1, v.upTo)
		var at store.Cursor
		for more := true; more; {
			var page []store.Record
			page, at, more = all.Page(v.Reader, at, everyPage)
			for i := range page {
				if gone {
					page[i].ID = removedID(&page[i])
				}
				visit(&page[i], gone)
			}
		}
	}
}

// goneOwner marks a row of a delta that tells that an entity is gone.
const goneOwner = "\x00gone"

// Gone is the row of an entity that is gone, or not in the list any more.
func Gone(id, typeName string) store.Record {
	entity := jsontext.Append(nil, jsontext.Object{{Name: "id", Value: KeyOf(id)}})
	return store.Record{ID: id, Type: typeName, Owner: goneOwner, JSON: entity}
}

// viewDelta is delta for the entities of a view. All that a round tells is worked out for its
// first page.
func (s *Service) viewDelta(r *Request, l *list, t *target, at Position, rows func(*View) (Rows, error)) Response {
	if at.Session != 0 {
		kept, err := s.sessions.find(at.Session, r.sessionKey(l), r.Now.MS)
		if err != nil {
			return s.deltaGone(r)
		}
		l.entries, l.session = kept.entries, at.Session
		return s.deltaResponse(r, l, at)
	}
	v := &View{Collection: l.collection, Slice: l.slice, Delta: true, Changes: r.Page != nil, since: at.Since, query: l.query}
	err := s.config.Store.Update(r.Caller.Tenant, r.Now.MS, func(tx store.Tx) error {
		if err := t.check(tx); err != nil {
			return err
		}
		if v.Changes {
			if at.Round = tx.Next(); at.Since > at.Round {
				return fail(goneDelta)
			}
		}
		v.Reader, v.upTo = tx, at.Round
		made, err := rows(v)
		l.entries = &viewEntries{rows: made}
		return err
	})
	switch f, is := err.(*failure); {
	case is && f.id == goneDelta:
		return s.deltaGone(r)
	case err != nil:
		return failed(err)
	case isLatest(r):
		l.entries = &idEntries{}
	}
	return s.deltaResponse(r, l, at)
}

// ownOptions are the options of a query that are not OData's.
func ownOptions(query string) (all []string) {
	for option := range strings.SplitSeq(query, "&") {
		if option != "" && len(odata.Names(option, odata.Settings{WithoutDollar: true})) == 0 {
			all = append(all, option)
		}
	}
	return all
}

// Parameter is an option of the query that is not one of OData's, whatever the case of its
// name, "" if it was not sent.
func (v *View) Parameter(name string) string {
	for option := range strings.SplitSeq(v.query, "&") {
		sent, value, _ := strings.Cut(option, "=")
		if strings.EqualFold(unescaped(sent), name) {
			return unescaped(value)
		}
	}
	return ""
}

// Rows are the entities of a view, in order. They are made one by one.
type Rows interface {
	Len() int
	Row(r store.Reader, i int) (record store.Record, found bool)
}

// view makes the entities of a list, nil if they are in the store.
func (l *list) view() func(*View) (Rows, error) {
	if l.kind == nil || l.place.path.Kind != resource.Navigation {
		return nil
	}
	return l.kind.behavior.Views[l.place.path.Name]
}

func (s *Service) viewEntries(reader store.Reader, l *list, r *Request, make func(*View) (Rows, error)) (entries, error) {
	rows, err := make(&View{Reader: reader, Collection: l.collection, Slice: l.slice, query: l.query})
	if err != nil || rows == nil {
		return nil, err
	}
	return sortedRows(reader, rows, l.options.OrderBy), nil
}

// viewEntries are entities of a view.
type viewEntries struct {
	rows  Rows
	order []int // nil for that of the rows
}

func (e *viewEntries) Page(r store.Reader, after store.Cursor, n int) (page []store.Record, next store.Cursor, more bool) {
	at, _ := strconv.Atoi(after.ID) // none is the beginning
	end := min(at+n, e.rows.Len())
	for i := min(at, end); i < end; i++ {
		which := i
		if e.order != nil {
			which = e.order[i]
		}
		if record, found := e.rows.Row(r, which); found {
			page = append(page, record)
		}
	}
	return page, store.Cursor{ID: strconv.Itoa(end)}, end < e.rows.Len()
}

func sortedRows(reader store.Reader, rows Rows, by []odata.OrderKey) *viewEntries {
	e := &viewEntries{rows: rows}
	if len(by) == 0 {
		return e
	}
	entities := make([]map[string]any, rows.Len())
	e.order = make([]int, rows.Len())
	for i := range entities {
		e.order[i] = i
		if record, found := rows.Row(reader, i); found {
			entities[i] = decode(record.JSON)
		}
	}
	compare := odata.Compare(by)
	slices.SortStableFunc(e.order, func(i, j int) int { return compare(entities[i], entities[j]) })
	return e
}
