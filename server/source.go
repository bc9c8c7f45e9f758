package server

import (
	"slices"
	"strconv"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/store"
)

// A row is an entity of a list.
type row struct {
	modified int64
	json     []byte // never changed
	place    place
}

// entity is the row as decoded JSON.
func (r row) entity() map[string]any { return propertiesOf(r.json) }

// A source gives the rows of a list page by page, in an order that stays. It
// looks at n entities after a cursor; some of them may be nobody's business, so
// that a page can be short, or empty, although there is more.
type source interface {
	page(after store.Cursor, n int, now int64) (page []row, next store.Cursor, more bool)
}

type activitySource struct{ walk store.Walk }

func (s activitySource) page(after store.Cursor, n int, now int64) ([]row, store.Cursor, bool) {
	list, next, more := s.walk.Page(after, n, now)
	rows := make([]row, len(list))
	for i, a := range list {
		rows[i] = row{a.Modified, a.JSON, place{activity: a.ID}}
	}
	return rows, next, more
}

type itemSource struct {
	walk     store.ItemWalk
	activity string
}

func (s itemSource) page(after store.Cursor, n int, now int64) ([]row, store.Cursor, bool) {
	list, next, more := s.walk.Page(after, n, now)
	rows := make([]row, len(list))
	for i, item := range list {
		rows[i] = row{item.Modified, item.JSON, place{activity: s.activity}} // who needs the item's id finds it in its JSON
	}
	return rows, next, more
}

// sortedSource has its rows in the order that an $orderby gave them when the list
// was begun; what it shows of them is the present.
type sortedSource struct {
	places []place
	get    func(place, int64) (row, bool)
}

// sorted reads a source to its end and sorts it.
func sorted(from source, by []odata.OrderKey, now int64, get func(place, int64) (row, bool)) *sortedSource {
	type keyed struct {
		place  place
		entity map[string]any
	}
	var all []keyed
	for r := range every(from, now) {
		entity := r.entity()
		if r.place.activity != textOf(entity["id"]) {
			r.place.item = textOf(entity["id"])
		}
		all = append(all, keyed{r.place, entity})
	}
	compare := odata.Compare(by)
	slices.SortStableFunc(all, func(a, b keyed) int { return compare(a.entity, b.entity) })
	s := &sortedSource{get: get, places: make([]place, len(all))}
	for i, k := range all {
		s.places[i] = k.place
	}
	return s
}

func (s *sortedSource) page(after store.Cursor, n int, now int64) (page []row, next store.Cursor, more bool) {
	at, _ := strconv.Atoi(after.ID) // none is the beginning
	end := min(at+n, len(s.places))
	for _, p := range s.places[min(at, end):end] {
		if r, found := s.get(p, now); found {
			page = append(page, r)
		}
	}
	return page, store.Cursor{ID: strconv.Itoa(end)}, end < len(s.places)
}

// everyPage is how many entities are looked at in one step where all are wanted:
// nobody else can write meanwhile.
const everyPage = 1000

// every gives all rows of a source.
func every(from source, now int64) func(yield func(row) bool) {
	return func(yield func(row) bool) {
		var at store.Cursor
		for more := true; more; {
			var rows []row
			rows, at, more = from.page(at, everyPage, now)
			for _, r := range rows {
				if !yield(r) {
					return
				}
			}
		}
	}
}

// A sieve is a $filter, made quick where it asks only when something was last
// modified.
type sieve struct {
	filter *odata.Filter
	within *[2]int64
}

const lastModified = "lastModifiedDateTime"

func newSieve(f *odata.Filter) sieve {
	if f == nil {
		return sieve{}
	}
	if oldest, newest, exact := f.Range(lastModified); exact {
		return sieve{f, &[2]int64{oldest, newest}}
	}
	return sieve{filter: f}
}

func (s sieve) passes(r row) bool {
	switch {
	case s.filter == nil:
		return true
	case s.within != nil:
		return s.within[0] <= r.modified && r.modified <= s.within[1]
	}
	return s.filter.Matches(r.entity())
}

// ordered writes an entity's properties in their kind's order.
func (k *kind) ordered(entity map[string]any) openapi.Object {
	return compose(nil, k.order, entity, func(string) (any, bool) { return nil, false })
}
