package service

import (
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/store"
)

// A View is a list that is asked for, whose entities are made out of those of a collection.
type View struct {
	Reader     store.Reader
	Collection string // in the store, of what the list is made of
	Slice      Slice  // of it

	query string
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
	if err != nil {
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
