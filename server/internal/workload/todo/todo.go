// Package todo is what Microsoft To Do does beyond its model.
package todo

import (
	"encoding/base64"

	"github.com/graphmock/graphmock/server/internal/service"
)

// Behaviors returns those of task lists and tasks. What a new one has that its client
// does not say is documented with the resource types todoTaskList and todoTask.
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

// newKey returns an opaque key, in base64url as those of Exchange.
func newKey(r *service.Random) string { return base64.URLEncoding.EncodeToString([]byte(r.GUID())) }
