// Package activities is what user activities do beyond their model.
//
// An app sees the activities that it created, and no others; they and their
// history items are kept for thirty days. The rows of openapi/graph.yaml have the
// evidence.
package activities

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// lifetime is how long activities and history items are kept, in milliseconds,
// unless an item says otherwise.
const lifetime = 30 * 24 * 60 * 60 * 1000

// recent is the function that lists activities with history items, that with the
// last modified item first, and the index that it reads.
const recent = "recent"

// Behaviors returns those of activities and their history items.
func Behaviors() []*service.Behavior {
	return []*service.Behavior{
		{
			Type:        "microsoft.graph.userActivity",
			Private:     true,
			NotFound:    "activity-not-found",
			NewKey:      newActivityID,
			Address:     "appActivityId",
			PerApp:      true,
			LatestFirst: true,
			Located:     true,
			Typed:       true,
			ListContext: "Collection(userActivity)",
			Functions:   map[string]string{recent: recent},
			Value:       activityValue,
			Order: []string{
				"status", "userTimezone", "createdDateTime", "lastModifiedDateTime", "id", "appActivityId",
				"activitySourceHost",
				"activationUrl", "appDisplayName", "contentUrl", "fallbackUrl", "visualElements", "contentInfo",
				"expirationDateTime",
			},
		},
		{
			Type:        "microsoft.graph.activityHistoryItem",
			Private:     true,
			NotFound:    "item-not-found",
			Key:         parseGUID,
			ClientKey:   true,
			LatestFirst: true,
			Parent:      "activity",
			Value:       itemValue,
			Merge:       forgetComputedDuration,
			Changed:     rankParent,
			Order: []string{
				"status", "userTimezone", "createdDateTime", "lastModifiedDateTime", "id", "startedDateTime",
				"lastActiveDateTime", "expirationDateTime", "activeDurationSeconds",
			},
		},
	}
}

// newActivityID returns a decimal number of 64 bits, as the ids of activities are.
func newActivityID(r *service.Random) string { return strconv.FormatUint(r.Uint64(), 10) }

func activityValue(w *service.Write, property string) (any, bool) {
	switch property {
	case "status":
		return w.Seeded(property, "updated"), true
	case "appActivityId":
		return w.Address, true
	case "expirationDateTime":
		if ms, seeded := service.ParseTime(w.Seeded(property, nil)); seeded {
			w.ExpireAt(ms)
			return text(ms), true
		}
		w.ExpireAt(w.Now.MS + lifetime)
		return w.Now.After(lifetime), true
	}
	return nil, false
}

func itemValue(w *service.Write, property string) (any, bool) {
	switch property {
	case "status":
		return w.Seeded(property, "updated"), true
	case "startedDateTime", "lastActiveDateTime":
		if ms, sent := w.SentTime(property); sent {
			return w.TimeText(property, ms), true
		}
	case "expirationDateTime":
		ms, sent := service.ParseTime(w.Sent[property])
		if !sent {
			ms = expiry(w)
		}
		w.ExpireAt(ms)
		if ms == w.Now.MS+lifetime {
			return w.Now.After(lifetime), true
		}
		return text(ms), true
	case "activeDurationSeconds":
		if w.Sent[property] == nil {
			started, hasStarted := w.SentTime("startedDateTime")
			last, hasLast := w.SentTime("lastActiveDateTime")
			return duration(started, last, hasStarted && hasLast)
		}
	}
	return nil, false
}

// expiry is when an item expires whose client has not said it. Fixtures that are old
// do not expire at once.
func expiry(w *service.Write) int64 {
	if w.Old != nil && !w.Seeding {
		return w.Old.Created + lifetime
	}
	return w.Now.MS + lifetime
}

func text(ms int64) any { return graph.FormatTime(ms) }

// duration is activeDurationSeconds where the client sent none: from the start to
// the last activity, if Int32 can hold it.
func duration(started, last int64, known bool) (seconds any, ok bool) {
	n := (last - started) / 1000
	if !known || n < math.MinInt32 || n > math.MaxInt32 {
		return nil, false
	}
	return json.Number(strconv.FormatInt(n, 10)), true
}

// forgetComputedDuration leaves a duration that the service computed for it to
// compute anew.
func forgetComputedDuration(stored, _ map[string]any) {
	started, hasStarted := service.ParseTime(stored["startedDateTime"])
	last, hasLast := service.ParseTime(stored["lastActiveDateTime"])
	computed, ok := duration(started, last, hasStarted && hasLast)
	if ok && computed == stored["activeDurationSeconds"] {
		delete(stored, "activeDurationSeconds")
	}
}

// rankParent puts an activity where it belongs among the recent ones, now that one
// of its history items has changed.
func rankParent(tx store.Tx, c service.Change) {
	collection, id, ok := service.ParentOf(c.Collection)
	parent, found := tx.Get(collection, id)
	if !ok || !found {
		return
	}
	newest, has := tx.First(c.Collection)
	index := make([]store.Index, 0, 2)
	for _, each := range parent.Index {
		if each.Name != recent {
			index = append(index, each)
		} else if has && each.Rank == newest.Rank {
			return
		}
	}
	if has {
		index = append(index, store.Index{Name: recent, Rank: newest.Rank})
	}
	tx.Reindex(collection, id, index)
}

// parseGUID reads a GUID in either case; its key is in lower case.
func parseGUID(text string) (key string, ok bool) {
	const length = 36 // in the form with dashes; Validate takes others as well
	if len(text) != length || uuid.Validate(text) != nil {
		return "", false
	}
	return strings.ToLower(text), true
}
