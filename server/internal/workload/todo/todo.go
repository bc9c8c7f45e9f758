// Package todo is what Microsoft To Do does beyond its model.
package todo

import (
	"encoding/base64"

	"github.com/graphmock/graphmock/server/internal/service"
)

// Behaviors returns those of task lists and tasks.
//
// The defaults of a new task and the well-known name of a list that a user creates
// are documented (todotask and todotasklist resource types).
func Behaviors() []*service.Behavior {
	return []*service.Behavior{
		{
			Type:   "microsoft.graph.todoTaskList",
			NewKey: newKey,
			Value:  service.Defaults(map[string]any{"isOwner": true, "isShared": false, "wellknownListName": "none"}),
		},
		{
			Type:   "microsoft.graph.todoTask",
			NewKey: newKey,
			Value:  service.Defaults(map[string]any{"importance": "normal", "isReminderOn": false, "status": "notStarted"}),
		},
	}
}

// newKey returns an opaque id as Exchange has them: base64url of some bytes.
func newKey(r service.Random) string {
	return base64.URLEncoding.EncodeToString([]byte("AQMkADAw" + r.GUID()))
}
