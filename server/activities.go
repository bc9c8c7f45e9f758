package server

import (
	"maps"
	"net/http"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/store"
)

// activityOrder is the order in which an activity's properties are answered.
var activityOrder = []string{
	"status", "userTimezone", "createdDateTime", "lastModifiedDateTime", "id", "appActivityId", "activitySourceHost",
	"activationUrl", "appDisplayName", "contentUrl", "fallbackUrl", "visualElements", "contentInfo", "expirationDateTime",
}

// putActivity creates or replaces an activity: 201 or 200. Here, and only here,
// the URL names it by its appActivityId. History items in the body are put as
// well; those that the activity has besides stay.
func (x *exchange) putActivity(appActivityID string) {
	body, _ := x.value.(map[string]any)
	items := x.sentItems(body)
	a := newActivity(appActivityID, body, x.moment(), x.server.random.activityID)
	x.tenant.directory.Remember(x.caller.User)
	kept, created := x.tenant.store.PutActivity(x.owner(), appActivityID, milliseconds(x.now), items.writers, a.write)
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	x.answerActivity(status, a, kept, items, true)
}

// createActivity creates an activity, whose appActivityId is in the body: 201, or
// 409 where the app has it.
func (x *exchange) createActivity() {
	body, _ := x.value.(map[string]any)
	items := x.sentItems(body)
	appActivityID := textOf(body["appActivityId"])
	a := newActivity(appActivityID, body, x.moment(), x.server.random.activityID)
	x.tenant.directory.Remember(x.caller.User)
	kept, created := x.tenant.store.CreateActivity(x.owner(), appActivityID, milliseconds(x.now), items.writers, a.write)
	if !created {
		x.fail(errExists)
		return
	}
	x.answerActivity(http.StatusCreated, a, kept, items, true)
}

// updateActivity merges what was sent into an activity.
func (x *exchange) updateActivity(id string) {
	body, _ := x.value.(map[string]any)
	s, owner, now := x.tenant.store, x.owner(), x.moment()
	items := x.sentItems(body)
	var a *activity
	clash := false
	kept, found := s.PatchActivity(owner, id, now.ms, items.writers, func(old *store.Activity) (store.Activity, bool) {
		if key, sent := body["appActivityId"]; sent && key != old.AppActivityID {
			clash = true
			return *old, false
		}
		a = newActivity(old.AppActivityID, merged(old.JSON, body), now, nil)
		return a.write(old, nil), true
	})
	switch {
	case !found:
		x.fail(errActivityGone)
		return
	case clash:
		x.fail(errKeyImmutable)
		return
	}
	x.answerActivity(http.StatusOK, a, kept, items, false)
}

// merged is a stored entity with what a client sent on top. Nested objects are
// replaced whole.
func merged(stored []byte, sent map[string]any) map[string]any {
	all := propertiesOf(stored)
	maps.Copy(all, sent)
	return all
}

// answerActivity answers an activity that was written, with the history items
// that came along.
func (x *exchange) answerActivity(status int, a *activity, kept store.Activity, items sentItems, located bool) {
	at := place{activity: kept.ID}
	if located {
		x.Response().Header()["Location"] = []string{x.url(at)}
	}
	last := ""
	if list := items.stored(); len(list) > 0 {
		a.entity.Set("historyItems", list)
		last = string(appendValue([]byte(`"historyItems":`), list))
	}
	x.respondEntity(status, at, a.entity, kept.JSON, last)
}

// userPath is the user's resource: /me, or /users with the principal name, as the
// client asked.
func (x *exchange) userPath() string {
	if _, ofUser := x.match.Operation.Resource(); ofUser {
		return "/users/" + x.caller.User.EscapedName()
	}
	return "/me"
}

// sentItems are the history items that come with an activity, by their ids.
type sentItems struct {
	writers map[store.GUID]func(*store.Item) store.Item
	order   []*historyItem
}

// sentItems reads the history items in an activity's body. An item without an id
// gets one; of two with the same id the later one counts.
func (x *exchange) sentItems(body map[string]any) sentItems {
	list, _ := body["historyItems"].([]any)
	items := sentItems{writers: make(map[store.GUID]func(*store.Item) store.Item, len(list))}
	for _, v := range list {
		sent, _ := v.(map[string]any)
		id, ok := store.ParseGUID(textOf(sent["id"]))
		if !ok {
			id = x.server.random.guid()
		}
		h := newHistoryItem(nil, id, sent, x.moment())
		items.writers[id] = h.write
		items.order = append(items.order, h)
	}
	return items
}

// stored gives the items as the store has them, in the order they were sent.
func (s sentItems) stored() []any {
	var list []any
	for _, h := range s.order {
		if h.stored {
			list = append(list, h.entity)
		}
	}
	return list
}

// activity is an activity on its way into the store.
type activity struct {
	entity        openapi.Object
	appActivityID string
	now           *moment
	newID         func() string
}

// newActivity makes an activity of what a client sent, as newHistoryItem does.
func newActivity(appActivityID string, sent map[string]any, now *moment, newID func() string) *activity {
	entity := compose(nil, activityOrder, without(sent, "historyItems"), func(name string) (any, bool) {
		switch name {
		case "status":
			return "updated", true
		case "createdDateTime", "lastModifiedDateTime":
			return now.text, true // write may know an earlier creation
		case "id":
			return "", true // write knows it
		case "appActivityId":
			return appActivityID, true
		case "expirationDateTime":
			return now.end, true
		}
		return nil, false
	})
	return &activity{entity, appActivityID, now, newID}
}

// write is what the store keeps, given what it has and which ids are taken.
func (a *activity) write(old *store.Activity, taken func(id string) bool) store.Activity {
	kept := store.Activity{AppActivityID: a.appActivityID, Created: a.now.ms, Modified: a.now.ms, Expires: a.now.ms + lifetime}
	if old != nil {
		kept.ID, kept.Created = old.ID, old.Created
	} else {
		for kept.ID = a.newID(); taken(kept.ID); {
			kept.ID = a.newID()
		}
	}
	a.entity.Set("id", kept.ID)
	a.entity.Set("createdDateTime", formatMillis(kept.Created))
	kept.JSON = appendObject(make([]byte, 0, 600), a.entity)
	return kept
}

// without is m but for one member.
func without(m map[string]any, name string) map[string]any {
	if _, ok := m[name]; !ok {
		return m
	}
	rest := make(map[string]any, len(m))
	for n, v := range m {
		if n != name {
			rest[n] = v
		}
	}
	return rest
}

// deleteActivity answers 204 and nothing.
func (x *exchange) deleteActivity(id string) {
	if !x.tenant.store.DeleteActivity(x.owner(), id, milliseconds(x.now)) {
		x.fail(errActivityGone)
		return
	}
	x.respond(204, nil)
}
