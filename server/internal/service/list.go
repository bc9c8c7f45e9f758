package service

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/store"
)

// A list is a collection as a request sees it.
type list struct {
	place
	path    resource.Path // of the next pages: the collection's, or a function's of it
	options *odata.Options
	query   string // the options, for the pages that follow
	entries entries
	cast    *edm.Type // only entities of that type; nil for all
	pages   *Pages    // of lists that are paged by $skip
	session uint64    // of the pages that follow, 0 if there is none yet
	under   string    // the id of the nested entity that a delta is of, with all that is in it
}

// page is what one response has of a list.
type page struct {
	rows []row
	next *Position // nil on the last
	full bool      // it has as many as it may, and was not cut short
}

// Bounds of one response. What is beyond has a next link.
const (
	// maxExamined bounds the entities that are looked at: a filter that lets next
	// to nothing pass makes pages shorter, not requests longer.
	maxExamined = 20_000
	maxRows     = 20_000 // entities, those that are expanded in others included
)

// list answers the page of a collection that the request asks for.
func (s *Service) list(r *Request) Response {
	if r.Page == nil {
		l, err := s.openList(r)
		if err != nil {
			return failed(err)
		}
		return s.listResponse(r, l, l.firstPage())
	}
	l, err := s.resumeList(r)
	if err != nil {
		return s.sessionFailed(r, err)
	}
	return s.listResponse(r, l, *r.Page)
}

// openList opens the collection of a request for its first page.
func (s *Service) openList(r *Request) (*list, error) {
	l, t, err := s.locateList(r)
	if err != nil {
		return nil, err
	}
	l.query = r.RawQuery
	err = s.reads().View(r.Caller.Tenant, r.Now.MS, func(reader store.Reader) error {
		if err := t.check(reader); err != nil {
			return err
		}
		if view := l.view(); view != nil {
			l.query = r.SentQuery
			l.entries, err = s.viewEntries(reader, l, r, view)
			return err
		}
		if l.kind != nil && l.kind.behavior.Found[l.place.path.Name] != nil {
			found, err := s.viewEntries(reader, l, r, l.kind.behavior.Found[l.place.path.Name])
			if l.entries = found; err != nil || found != nil {
				return err
			}
		}
		if l.kind != nil && l.kind.behavior.Listed != nil {
			if err := l.kind.behavior.Listed(reader, r, l.collection); err != nil {
				return err
			}
		}
		l.entries = s.entriesOf(reader, l, r)
		return nil
	})
	return l, err
}

// locateList finds the collection of a request, without its entries.
func (s *Service) locateList(r *Request) (*list, *target, error) {
	path := r.Path
	if path.Kind == resource.Count {
		path = path.Above()
	}
	collection := path
	if isDelta(path) {
		collection = path.Above()
	}
	t, err := s.reach(collection, r)
	if err != nil {
		return nil, nil, err
	}
	l := &list{place: t.place, path: path, options: r.options()}
	if path.Kind == resource.Cast {
		l.cast = path.Type
	}
	if isDelta(path) && t.id != "" {
		if err := s.beginUnder(r, l, &t); err != nil {
			return nil, nil, err
		}
	}
	if l.kind != nil && !isDelta(path) {
		l.pages = l.kind.behavior.Pages
	}
	return l, &t, nil
}

// beginUnder makes of a delta of a nested entity one of all that are in it.
func (s *Service) beginUnder(r *Request, l *list, t *target) error {
	if _, err := s.fetch(r, t); err != nil {
		return err
	}
	if !t.isOutermost() {
		l.under = t.id
	}
	if l.id = ""; t.all.Node != nil {
		l.place.path = t.all
	}
	return nil
}

// openBelow opens a contained collection of an entity.
func (s *Service) openBelow(r *Request, of *row, e *odata.ExpandItem) (*list, error) {
	path := of.to(e.Property)
	if path.Node == nil || !path.Collection {
		return nil, fail(defaultNotFound)
	}
	l := &list{
		place: place{
			path: path, kind: s.typeOf(path.Type), collection: of.entityPath() + "/" + path.Name,
			links: isLink(path.Node) || of.kind.behavior.Linked[path.Name] != nil,
		},
		path: path, options: &e.Options, query: e.Options.Query(),
	}
	if n := of.kind.nested(); n != nil && path.Name == n.Children {
		l.collection, l.slice, l.all = of.collection, Slice{Index: indexParent, Value: of.id}, of.all
	} else if part, is := of.kind.behavior.Parts[path.Name]; is {
		l.collection, l.slice = part.of(of.entityPath(), of.kind)
		l.links = false
	}
	s.view(r, func(reader store.Reader) { l.entries = s.entriesOf(reader, l, r) })
	if most := of.kind.behavior.MaxExpanded; most > 0 && l.links {
		linked := l.entries.(*linkEntries)
		linked.paths = linked.paths[:min(most, len(linked.paths))]
	}
	return l, nil
}

// entriesOf are the entries of a list as they are now, in its order.
func (s *Service) entriesOf(reader store.Reader, l *list, r *Request) entries {
	if l.links {
		return sortedLinks(reader, &linkEntries{s.targets(reader, l.collection)}, l.options.OrderBy)
	}
	from := s.unsortedEntries(reader, l)
	order := l.options.OrderBy
	if len(order) == 0 {
		order = l.kind.orderBy
	}
	if len(order) == 0 {
		return from
	}
	return sortedEntries(reader, from, l, r, order)
}

func (s *Service) unsortedEntries(reader store.Reader, l *list) entries {
	if l.path.Kind == resource.Function {
		index := l.kind.behavior.Functions[l.path.Name]
		return indexEntries{reader.SnapshotIndex(l.collection, index, ""), index}
	}
	slice := l.slice
	if top := l.kind.behavior.Top; top != nil && slice.Index == "" {
		slice = *top
	}
	all := slice.snapshot(reader, l.collection)
	if given := l.kind.given(reader, l.collection); len(given) > 0 {
		return givenEntries{given, all}
	}
	if !l.kind.behavior.LatestFirst {
		return all
	}
	oldest, newest, _ := l.options.Filter.Range(lastModifiedDateTime)
	if oldest > newest {
		return all.Within(0, -1) // nothing
	}
	return all.Within(negated(newest), negated(oldest))
}

// firstPage is the position of a list's first page.
func (l *list) firstPage() Position {
	if l.pagesByTop() || l.pages != nil {
		return firstPage(&odata.Options{Skip: l.options.Skip})
	}
	return firstPage(l.options)
}

// pagesByTop reports whether $top was sent and is the size of a page.
func (l *list) pagesByTop() bool {
	return l.options.Top != nil && l.kind != nil && l.kind.behavior.PagesByTop
}

// firstPage is the position of the first page of what is shown as the options say.
func firstPage(o *odata.Options) Position {
	p := Position{Left: -1}
	if o.Top != nil {
		p.Left = *o.Top
	}
	if o.Skip != nil {
		p.Skip = *o.Skip
	}
	return p
}

func (s *Service) listResponse(r *Request, l *list, at Position) Response {
	p := projection{service: s, request: r}
	res := Response{Status: http.StatusOK, ContentType: r.Metadata.contentType(), Applied: l.kind.applied(r)}
	page := p.read(l, at)
	b := make([]byte, 0, 400+500*len(page.rows))
	b = append(b, '{')
	if r.Metadata != MetadataNone {
		b = append(jsontext.AppendString(append(b, `"@odata.context":`...), r.listContext(l)), ',')
	}
	if l.options.Count && r.Page == nil {
		b = strconv.AppendInt(append(b, `"@odata.count":`...), int64(s.countRows(r, l)), 10)
		b = append(b, ',')
	}
	if page.next != nil {
		b = append(jsontext.AppendString(append(b, `"@odata.nextLink":`...), s.linkBehind(r, l, &page)), ',')
	}
	b = append(b, `"value":[`...)
	for i := range page.rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = p.appendRow(b, l, &page.rows[i])
	}
	res.Body = append(b, "]}"...)
	res.Applied = append(res.Applied, p.applied(l)...)
	return res
}

// appendRow appends an entity of a list. Most are written as they are stored.
func (p *projection) appendRow(b []byte, l *list, e *row) []byte {
	o, typed := l.options, l.kind.behavior.Typed || e.kind != l.kind
	switch {
	case len(o.Select) > 0 || len(o.Expand) > 0 || p.request.Metadata != MetadataMinimal || len(e.kind.behavior.Single) > 0,
		!e.kind.isShownAsStored(p.request):
		entity := p.project(e, o, typed)
		if single := e.kind.behavior.Single; len(single) > 0 {
			entity = slices.DeleteFunc(entity, func(m jsontext.Member) bool { return slices.Contains(single, m.Name) })
		}
		return jsontext.Append(b, entity)
	case !e.kind.isStored():
		b = append(b, '{')
		if typed {
			b = append(append(append(b, `"@odata.type":"#`...), e.kind.Name...), `",`...)
		}
		return closed(e.appendUsual(b))
	}
	if !typed {
		return append(b, e.JSON...)
	}
	b = append(b, `{"@odata.type":"#`...)
	b = append(b, e.kind.Name...)
	return append(append(b, `",`...), e.JSON[1:]...)
}

// read returns the rows of a page. Other apps' entities count into the size of a
// page, as on Graph, which filters by app after paging; those that $filter
// rejects do not.
func (p *projection) read(l *list, at Position) page {
	var result page
	p.sized = p.sized || p.request.Preferences.MaxPageSize > 0
	passes := p.service.condition(p.request, l).passes
	size := p.service.pageSize(p.request, l)
	if l.pagesByTop() && at.Left < 0 {
		size = *l.options.Top
	}
	room := min(size, maxRows-p.rows)
	more := true
	for examined := 0; more && room > 0 && at.Left != 0 && examined < maxExamined; {
		n := room
		switch {
		case at.Skip > 0:
			n = min(at.Skip, everyPage)
		case at.Left > 0:
			n = min(room, at.Left)
		}
		var rows []row
		rows, at.After, more = p.service.pageOf(p.request, l, at.After, n)
		examined += n
		if at.Skip == 0 {
			room -= n - len(rows) // of other apps, or gone
		}
		result.rows = slices.Grow(result.rows, max(min(room, len(rows)), 0))
		for i := range rows {
			switch {
			case !passes(&rows[i]):
			case at.Skip > 0:
				at.Skip--
			default:
				if rows[i].path.Node == nil {
					rows[i].path = l.place.path.Entity(KeyOf(rows[i].ID))
				}
				result.rows = append(result.rows, rows[i])
				p.rows++
				at.Left = max(at.Left-1, -1)
				room--
			}
		}
	}
	if more && at.Left != 0 {
		result.next = &at
		result.full = room <= 0
	}
	return result
}

// pageOf looks at the next n entries of a list and returns those that the caller may see.
// Their paths are left to whom they are shown: most are only looked at.
func (s *Service) pageOf(r *Request, l *list, after store.Cursor, n int) (rows []row, next store.Cursor, more bool) {
	if l.links {
		return s.linkedRows(r, l, after, n)
	}
	var records []store.Record
	var covered []bool
	s.view(r, func(reader store.Reader) {
		records, next, more = l.entries.Page(reader, after, n)
		for i := range records {
			covered = append(covered, l.under == "" || l.covers(reader, &records[i]))
		}
	})
	rows = make([]row, 0, len(records))
	for i := range records {
		if !l.kind.isVisible(&records[i], r.Caller.App) || !covered[i] {
			continue
		}
		at := place{kind: l.kind, collection: l.collection, id: records[i].ID, all: l.all}
		if records[i].Type != l.kind.Name {
			at.kind = s.typeNamed(records[i].Type)
		}
		if l.cast == nil || at.kind.Is(l.cast) {
			rows = append(rows, row{records[i], at})
		}
	}
	return rows, next, more
}

// linkedRows is pageOf for entities that links lead to.
func (s *Service) linkedRows(r *Request, l *list, after store.Cursor, n int) (rows []row, next store.Cursor, more bool) {
	var page []located
	s.view(r, func(reader store.Reader) { page, next, more = l.entries.(*linkEntries).page(reader, after, n) })
	for i := range page {
		e := &page[i]
		kind := s.typeNamed(e.Type)
		if kind == nil || l.cast != nil && !kind.Is(l.cast) {
			continue
		}
		at := place{path: l.place.path.Entity(KeyOf(e.ID)), kind: kind, collection: e.collection, id: e.ID}
		rows = append(rows, row{e.Record, at})
	}
	return rows, next, more
}

// everyPage is how many entities are looked at in one step where all are wanted:
// the store is locked meanwhile.
const everyPage = 1000

// every calls visit for each entity of a list that the caller may see.
func (s *Service) every(r *Request, l *list, visit func(*row)) {
	var at store.Cursor
	for more := true; more; {
		var rows []row
		rows, at, more = s.pageOf(r, l, at, everyPage)
		for i := range rows {
			visit(&rows[i])
		}
	}
}

// countRows is how many entities a filter lets pass, over all pages.
func (s *Service) countRows(r *Request, l *list) int {
	n := 0
	passes := s.condition(r, l).passes
	s.every(r, l, func(e *row) {
		if passes(e) {
			n++
		}
	})
	return n
}
