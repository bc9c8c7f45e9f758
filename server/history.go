package server

import (
	"encoding/json"
	"maps"
	"math"
	"net/http"
	"strconv"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/store"
)

// historyItemOrder is the order in which Graph's page shows an item's properties.
var historyItemOrder = []string{
	"status", "userTimezone", "createdDateTime", "lastModifiedDateTime", "id", "startedDateTime",
	"lastActiveDateTime", "expirationDateTime", "activeDurationSeconds",
}

// putHistoryItem creates or replaces a history item: 201 or 200.
func (x *exchange) putHistoryItem(activityID, itemID string) {
	id, ok := store.ParseGUID(itemID)
	if !ok { // a contract of the user's own may allow it
		x.fail(errItemGone)
		return
	}
	body, _ := x.value.(map[string]any)
	h := newHistoryItem(x.members[:0], id, body, x.moment())
	item, created, found := x.tenant.store.PutItem(x.owner(), activityID, id, milliseconds(x.now), h.write)
	if !found {
		x.fail(errActivityGone)
		return
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	x.respondEntity(status, place{activityID, h.id}, h.entity, item.JSON, "")
}

// createHistoryItem creates a history item, whose id is in the body or the
// service's to pick: 201, or 409 where the activity has it.
func (x *exchange) createHistoryItem(activityID string) {
	body, _ := x.value.(map[string]any)
	id, ok := store.ParseGUID(textOf(body["id"]))
	if !ok {
		id = x.server.random.guid()
	}
	h := newHistoryItem(nil, id, body, x.moment())
	item, created, found := x.tenant.store.CreateItem(x.owner(), activityID, id, milliseconds(x.now), h.write)
	switch {
	case !found:
		x.fail(errActivityGone)
		return
	case !created:
		x.fail(errExists)
		return
	}
	at := place{activityID, h.id}
	x.Response().Header()["Location"] = []string{x.url(at)}
	x.respondEntity(http.StatusCreated, at, h.entity, item.JSON, "")
}

// updateHistoryItem merges what was sent into a history item.
func (x *exchange) updateHistoryItem(activityID, itemID string) {
	body, _ := x.value.(map[string]any)
	id, _ := store.ParseGUID(itemID)
	now := x.moment()
	var h *historyItem
	item, activityFound, found := x.tenant.store.PatchItem(x.owner(), activityID, id, now.ms, func(old *store.Item) store.Item {
		h = newHistoryItem(nil, id, mergedItem(old.JSON, body), now)
		return h.write(old)
	})
	switch {
	case !activityFound:
		x.fail(errActivityGone)
	case !found:
		x.fail(errItemGone)
	default:
		x.respondEntity(http.StatusOK, place{activityID, h.id}, h.entity, item.JSON, "")
	}
}

// mergedItem is merged for a history item: a duration that the service computed
// is left for it to compute anew.
func mergedItem(stored []byte, sent map[string]any) map[string]any {
	old := propertiesOf(stored)
	started, _ := parseMillis(old["startedDateTime"])
	last, ended := parseMillis(old["lastActiveDateTime"])
	if computed, ok := duration(started, last); ended && ok && computed == old["activeDurationSeconds"] {
		delete(old, "activeDurationSeconds")
	}
	maps.Copy(old, sent)
	return old
}

// deleteHistoryItem answers 204 and nothing.
func (x *exchange) deleteHistoryItem(activityID, itemID string) {
	id, _ := store.ParseGUID(itemID)
	switch activity, item := x.tenant.store.DeleteItem(x.owner(), activityID, id, milliseconds(x.now)); {
	case !activity:
		x.fail(errActivityGone)
	case !item:
		x.fail(errItemGone)
	default:
		x.respond(204, nil)
	}
}

// historyItem is an item on its way into the store.
type historyItem struct {
	id      string
	entity  openapi.Object
	now     *moment
	expires int64
	keeps   bool // the client said nothing of its expiry
	stored  bool // write was called
}

// newHistoryItem makes an item of what a client sent. The client's properties
// are taken as they are; what only the service sets is set, whatever the client
// sent for it, and its activity is left to $expand. Its entity is put into the room
// that is given, if that is enough.
func newHistoryItem(room openapi.Object, id store.GUID, sent map[string]any, now *moment) *historyItem {
	h := &historyItem{id: id.String(), now: now}
	started, hasStarted := parseMillis(sent["startedDateTime"])
	last, hasLast := parseMillis(sent["lastActiveDateTime"])
	expires, hasExpiry := parseMillis(sent["expirationDateTime"])
	h.expires, h.keeps = expires, !hasExpiry
	h.entity = compose(room, historyItemOrder, without(sent, "activity"), func(name string) (any, bool) {
		switch name {
		case "status":
			return "updated", true
		case "createdDateTime", "lastModifiedDateTime":
			return now.text, true // write may know an earlier creation
		case "id":
			return h.id, true
		case "startedDateTime":
			return millisValue(started), hasStarted
		case "lastActiveDateTime":
			return millisValue(last), hasLast
		case "expirationDateTime":
			if h.keeps {
				return nil, true // write knows it
			}
			return millisValue(expires), true
		case "activeDurationSeconds":
			if sent[name] == nil && hasStarted && hasLast {
				return duration(started, last)
			}
		}
		return nil, false
	})
	return h
}

// write is what the store keeps, given what it has.
func (h *historyItem) write(old *store.Item) store.Item {
	h.stored = true
	item := store.Item{Created: h.now.ms, Modified: h.now.ms, Expires: h.expires}
	end := h.now.end
	if old != nil {
		item.Created = old.Created
		h.entity.Set("createdDateTime", formatMillis(item.Created))
		end = nil
	}
	if h.keeps {
		item.Expires = item.Created + lifetime
		if end == nil {
			end = formatMillis(item.Expires)
		}
		h.entity.Set("expirationDateTime", end)
	}
	item.JSON = appendObject(make([]byte, 0, plainSize(h.entity)), h.entity)
	return item
}

// duration is activeDurationSeconds where the client sent none: from the start
// to the last activity, if Int32 can hold it.
func duration(started, last int64) (seconds any, ok bool) {
	n := (last - started) / 1000
	if n < math.MinInt32 || n > math.MaxInt32 {
		return nil, false
	}
	return json.Number(strconv.FormatInt(n, 10)), true
}
