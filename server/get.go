package server

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/store"
)

// getActivity answers one activity.
func (x *exchange) getActivity(id string) {
	a, found := x.tenant.store.GetActivity(x.owner(), id, milliseconds(x.now))
	if !found {
		x.fail(errActivityGone)
		return
	}
	x.answerRow(activityRow(a))
}

// getHistoryItem answers one history item.
func (x *exchange) getHistoryItem(activityID, itemID string) {
	if r, found := x.historyItem(activityID, itemID); found {
		x.answerRow(r)
	}
}

// getActivityOfItem answers the activity of a history item.
func (x *exchange) getActivityOfItem(activityID, itemID string) {
	if _, found := x.historyItem(activityID, itemID); found {
		x.getActivity(activityID)
	}
}

// historyItem finds a history item, or answers that there is none.
func (x *exchange) historyItem(activityID, itemID string) (r row, found bool) {
	id, _ := store.ParseGUID(itemID)
	item, activityFound, found := x.tenant.store.GetItem(x.owner(), activityID, id, milliseconds(x.now))
	switch {
	case !activityFound:
		x.fail(errActivityGone)
	case !found:
		x.fail(errItemGone)
	}
	return row{item.Modified, item.JSON, place{activityID, id.String()}}, found
}

func activityRow(a store.Activity) row { return row{a.Modified, a.JSON, place{activity: a.ID}} }

// countEntities answers a number, in plain text.
func (x *exchange) countEntities(from source) {
	n := x.count(from, x.options().Filter)
	x.respond(http.StatusOK, strconv.AppendInt(nil, int64(n), 10))
	x.setContentType("text/plain")
}

// countHistoryItems answers how many an activity has.
func (x *exchange) countHistoryItems(activityID string) {
	l, found := x.itemList(activityID, x.options())
	if !found {
		x.fail(errActivityGone)
		return
	}
	x.countEntities(l.begin())
}

// noOptions are the query options of a request that sent none. Nobody changes
// them.
var noOptions odata.Options

// options are the query options of the request.
func (x *exchange) options() *odata.Options {
	if x.query == nil {
		return &noOptions
	}
	return x.query
}

// answerRow answers an entity, as far as it was asked for.
func (x *exchange) answerRow(r row) {
	o, level, k := x.options(), x.metadata(), r.place.kind()
	x.prefersEnumMembers()
	if len(o.Select) == 0 && len(o.Expand) == 0 && level == metadataMinimal {
		x.respond(http.StatusOK, withContext(x.context(r.place, ""), r.json, ""))
		return
	}
	var entity openapi.Object
	if level != metadataNone {
		entity.Set("@odata.context", x.context(r.place, selected(o)))
	}
	entity = append(entity, x.shape(r, k, o, level, false)...)
	x.respond(http.StatusOK, appendObject(nil, entity))
	x.setContentType(contentTypeOf(level))
}

// selected is what a context says of $select, in parentheses.
func selected(o *odata.Options) string {
	if len(o.Select) == 0 {
		return ""
	}
	return "(" + strings.Join(o.Select, ",") + ")"
}

// shape gives an entity the form that the options and the metadata level ask for;
// typed ones say what they are.
func (x *exchange) shape(r row, k *kind, o *odata.Options, level string, typed bool) openapi.Object {
	decoded := r.entity()
	if k == kinds().item {
		r.place.item = textOf(decoded["id"])
	}
	var entity openapi.Object
	switch {
	case level == metadataFull:
		entity = annotations(k.name, x.path(r.place))
	case level == metadataMinimal && typed:
		entity = openapi.Object{{Name: "@odata.type", Value: "#microsoft.graph." + k.name}}
	}
	entity = append(entity, k.ordered(o.Project(decoded))...)
	for i := range o.Expand {
		entity = append(entity, x.expand(r.place, &o.Expand[i], level)...)
	}
	return entity
}

// expand gives the members that an expanded navigation property adds to an
// entity.
func (x *exchange) expand(of place, e *odata.ExpandItem, level string) openapi.Object {
	if e.Property == kinds().item.expandable {
		a, found := x.tenant.store.GetActivity(x.owner(), of.activity, milliseconds(x.now))
		if !found {
			return openapi.Object{{Name: e.Property}}
		}
		return openapi.Object{{Name: e.Property, Value: x.shape(activityRow(a), kinds().activity, &e.Options, level, false)}}
	}
	l, found := x.itemList(of.activity, &e.Options)
	if !found {
		return openapi.Object{{Name: e.Property, Value: []any{}}}
	}
	l.source = l.begin()
	page := x.read(l, start(&e.Options))
	values := make([]any, len(page.rows))
	for i, r := range page.rows {
		values[i] = x.shape(r, l.kind, &e.Options, level, false)
	}
	var members openapi.Object
	if e.Count {
		members.Set(e.Property+"@odata.count", number(x.count(l.source, e.Filter)))
	}
	members.Set(e.Property, values)
	if page.next != nil {
		members.Set(e.Property+"@odata.nextLink", x.linkTo(l, *page.next))
	}
	return members
}
