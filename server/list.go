package server

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/store"
)

// A list is a collection as a request sees it.
type list struct {
	begin   func() source // makes its source for the first page
	source  source
	kind    *kind
	options *odata.Options
	walk    uint64 // of the pages that follow, 0 if there is none yet

	operation string // that gives its pages; empty for that of an activity's history items
	path      string // where those are, below the user
	query     string // its options, for the pages that follow
	parent    string // of history items: their activity
	context   string // its fragment
}

// page is what one answer has of a list.
type page struct {
	rows []row
	next *position // nil on the last
}

// maxExamined bounds the entities that one answer looks at. A filter that lets
// next to nothing pass makes pages shorter, not requests longer.
const maxExamined = 20_000

// maxAnswered bounds the entities of one answer, those that are expanded in others
// included. What is beyond has a next link.
const maxAnswered = 20_000

// listActivities answers the activities that the calling app made for the user.
func (x *exchange) listActivities() {
	l := x.activityList("/activities")
	l.begin = func() source { return x.activities(l.options) }
	x.answerList(l)
}

// recentActivities answers the activities of the history items that were
// modified last.
func (x *exchange) recentActivities() {
	l := x.activityList("/activities/recent")
	l.begin = func() source { return x.recent(l.options) }
	x.answerList(l)
}

func (x *exchange) activityList(path string) *list {
	return &list{
		kind: kinds().activity, options: x.options(), operation: x.match.Operation.ID, path: path,
		query: x.sentOptions(), context: "#Collection(userActivity)",
	}
}

// listHistoryItems answers the history items of an activity.
func (x *exchange) listHistoryItems(activityID string) {
	l, found := x.itemList(activityID, x.options())
	if !found {
		x.fail(errActivityGone)
		return
	}
	l.query = x.sentOptions()
	x.answerList(l)
}

// itemList is the list of an activity's history items, the request's own or one
// that is expanded.
func (x *exchange) itemList(activityID string, o *odata.Options) (l *list, found bool) {
	walk, found := x.tenant.store.Items(x.owner(), activityID, milliseconds(x.now))
	if !found {
		return nil, false
	}
	begin := func() source {
		oldest, newest, _ := o.Filter.Range(lastModified)
		return x.sorted(itemSource{walk.Within(oldest, newest), activityID}, o)
	}
	return &list{
		begin: begin, kind: kinds().item, options: o, parent: activityID, query: o.Query(),
		path:    "/activities/" + activityID + "/historyItems",
		context: "#users('" + x.caller.User.EscapedName() + "')/activities('" + activityID + "')/historyItems" + selected(o),
	}, true
}

// activities are the user's, within what a filter asks for.
func (x *exchange) activities(o *odata.Options) source {
	walk := x.tenant.store.Activities(x.owner(), milliseconds(x.now))
	oldest, newest, _ := o.Filter.Range(lastModified)
	return x.sorted(activitySource{walk.Within(oldest, newest)}, o)
}

// recent are the user's activities that have history items.
func (x *exchange) recent(o *odata.Options) source {
	return x.sorted(activitySource{x.tenant.store.Recent(x.owner(), milliseconds(x.now))}, o)
}

// sorted brings a source into the order of $orderby. The source outlives the
// exchange, which must not be in it.
func (x *exchange) sorted(from source, o *odata.Options) source {
	if len(o.OrderBy) == 0 {
		return from
	}
	return sorted(from, o.OrderBy, milliseconds(x.now), x.tenant.present(x.owner()))
}

// present returns a function that reads an entity of an owner as it is then.
func (t *tenant) present(o store.Owner) func(p place, now int64) (r row, found bool) {
	return func(p place, now int64) (r row, found bool) {
		if p.item == "" {
			a, found := t.store.GetActivity(o, p.activity, now)
			return activityRow(a), found
		}
		id, _ := store.ParseGUID(p.item)
		item, _, found := t.store.GetItem(o, p.activity, id, now)
		return row{item.Modified, item.JSON, p}, found
	}
}

// start is the position of a list's first page.
func start(o *odata.Options) position {
	p := position{Left: -1}
	if o.Top != nil {
		p.Left = *o.Top
	}
	if o.Skip != nil {
		p.Skip = *o.Skip
	}
	return p
}

// answerList answers the page of a list that the request asks for.
func (x *exchange) answerList(l *list) {
	at := start(l.options)
	if x.page == nil {
		l.source = l.begin()
	} else {
		kept, err := x.server.walks.find(x.page.Walk, x.walkOf(l), x.now)
		switch {
		case err == errNoSuchWalk:
			x.fail(errSkipTokenStale)
			return
		case err != nil:
			x.reject(queryViolation(err))
			return
		}
		at, l.source, l.walk, l.query = *x.page, kept.source, x.page.Walk, x.page.Query
	}
	x.writeList(l, at)
}

func (x *exchange) writeList(l *list, at position) {
	level := x.metadata()
	x.prefersEnumMembers()
	page := x.read(l, at)
	b := make([]byte, 0, 400+500*len(page.rows))
	b = append(b, '{')
	if level != metadataNone {
		b = append(appendString(append(b, `"@odata.context":`...), x.root("/$metadata", l.context)), ',')
	}
	if l.options.Count && x.page == nil {
		b = strconv.AppendInt(append(b, `"@odata.count":`...), int64(x.count(l.source, l.options.Filter)), 10)
		b = append(b, ',')
	}
	if page.next != nil {
		b = append(appendString(append(b, `"@odata.nextLink":`...), x.linkTo(l, *page.next)), ',')
	}
	b = append(b, `"value":[`...)
	for i, r := range page.rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = x.appendRow(b, l, r, level)
	}
	x.respond(http.StatusOK, append(b, "]}"...))
	x.setContentType(contentTypeOf(level))
}

// appendRow writes an entity of a list. Most are written as they are stored.
func (x *exchange) appendRow(b []byte, l *list, r row, level string) []byte {
	o := l.options
	if len(o.Select) > 0 || len(o.Expand) > 0 || level != metadataMinimal {
		return appendValue(b, x.shape(r, l.kind, o, level, l.kind.typed))
	}
	if !l.kind.typed {
		return append(b, r.json...)
	}
	b = append(b, `{"@odata.type":"#microsoft.graph.`...)
	b = append(b, l.kind.name...)
	return append(append(b, `",`...), r.json[1:]...)
}

// read gives the rows of a page. Other apps' entities count into the size of a
// page, as on Graph, which filters by app after paging; those that $filter
// rejects do not.
func (x *exchange) read(l *list, at position) page {
	var p page
	passes := newSieve(l.options.Filter).passes
	more := true
	for room, examined := min(x.pageSize(), maxAnswered-x.answeredRows), 0; more && room > 0 && at.Left != 0 && examined < maxExamined; {
		n := room
		switch {
		case at.Skip > 0:
			n = min(at.Skip, everyPage)
		case at.Left > 0:
			n = min(room, at.Left)
		}
		var rows []row
		rows, at.After, more = l.source.page(at.After, n, milliseconds(x.now))
		examined += n
		if at.Skip == 0 {
			room -= n - len(rows) // other apps'
		}
		for _, r := range rows {
			switch {
			case !passes(r):
			case at.Skip > 0:
				at.Skip--
			default:
				p.rows = append(p.rows, r)
				x.answeredRows++
				at.Left = max(at.Left-1, -1)
				room--
			}
		}
	}
	if more && at.Left != 0 {
		p.next = &at
	}
	return p
}

// count is how many entities a filter lets pass, over all pages.
func (x *exchange) count(from source, f *odata.Filter) int {
	n := 0
	passes := newSieve(f).passes
	for r := range every(from, milliseconds(x.now)) {
		if passes(r) {
			n++
		}
	}
	return n
}

// pageSize is how many entities each list of an answer has at most. The answer
// says once that the client's preference was followed.
func (x *exchange) pageSize() int {
	size := x.server.config.PageSize
	wanted := preferencesOf(x.Request().Header).maxPageSize
	if wanted == 0 {
		return size
	}
	size = min(size, wanted)
	if !x.preferred {
		x.preferred = true
		x.applied("odata.maxpagesize=" + strconv.Itoa(size))
	}
	return size
}

// linkTo is the URL of the page of a list that begins at a position. The list
// is kept for it.
func (x *exchange) linkTo(l *list, at position) string {
	if l.walk == 0 {
		l.walk = x.server.random.uint64() | 1
		x.server.walks.keep(l.walk, x.walkOf(l))
	}
	at.Walk, at.Query = l.walk, l.query
	return x.root(x.userPath(), l.path, "?$skiptoken=", x.server.skipToken(at))
}

func (x *exchange) walkOf(l *list) *walk {
	if l.operation == "" {
		l.operation = x.operationOf(http.MethodGet, itemsPath)
	}
	return &walk{source: l.source, operation: l.operation, owner: x.owner(), parent: l.parent, used: x.now}
}

// operationOf is the id of the operation on a resource of the user, under /me or
// /users as the client came; empty if the contract has none.
func (x *exchange) operationOf(method, resource string) string {
	_, ofUser := x.match.Operation.Resource()
	for op := range x.server.config.Contract.Operations() {
		if of, user := op.Resource(); op.Method == method && of == resource && user == ofUser {
			return op.ID
		}
	}
	return ""
}

func number(n int) json.Number { return json.Number(strconv.Itoa(n)) }
