// Package todo is what Microsoft To Do does beyond its model.
package todo

import (
	"maps"
	"strings"

	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// Behaviors returns those of task lists and tasks. Both are in the mailbox: they have its ids and
// tags. What a new one has that its client does not say, and in which order, was recorded for the
// pages todo list list, todo list add and todo task list of pnp/cli-microsoft365; properties without
// a value are left out there.
func Behaviors() []*service.Behavior {
	return []*service.Behavior{
		lists(),
		{
			Type: "microsoft.graph.todoTask", NewKey: outlook.NewItemID, Tag: tag, Tagged: tagged, Pages: pages,
			Order: strings.Fields(`importance isReminderOn status title createdDateTime lastModifiedDateTime hasAttachments
				categories id body completedDateTime dueDateTime reminderDateTime startDateTime recurrence`),
			Value: taskValue, Check: checkTask,
			Show: func(r store.Reader, path string, task map[string]any) {
				task["hasAttachments"] = r.Len(path+"/attachments") > 0
			},
		},
		{Type: "microsoft.graph.checklistItem", Value: stepValue},
		attachments(), files(), sessions(),
	}
}

var tagged = &service.Tagged{Mismatch: "mail-conflict"}

// pages go on with $skip. [OBS: jordanburke/microsoft-todo-mcp-server#17 of how many; the most is
// assumed to be Exchange's]
var pages = &service.Pages{Usual: 50, Most: 1000}

func tag(r *store.Record) string {
	return `W/"` + outlook.ChangeKey(service.KeyOf(r.ID), r.Version) + `"`
}

var taskDefaults = service.Defaults(map[string]any{
	"importance": "normal", "isReminderOn": false, "status": "notStarted", "hasAttachments": false,
	"categories": []any{}, "body": map[string]any{"content": "", "contentType": "text"},
})

func taskValue(w *service.Write, name string) (any, bool) {
	switch name {
	case "createdDateTime":
		return outlook.ExactTime(w.Record.Created), true
	case "lastModifiedDateTime":
		return outlook.ExactTime(w.Record.Modified), true
	case "dueDateTime":
		if due, _ := w.Sent[name].(map[string]any); due != nil {
			return day(due), true
		}
	case "completedDateTime":
		return completed(w)
	}
	return taskDefaults(w, name)
}

// day is a time of which only the day is kept. [OBS: of dueDateTime]
func day(at map[string]any) map[string]any {
	return map[string]any{"dateTime": dateOf(at) + midnight, "timeZone": at["timeZone"]}
}

const midnight = "T00:00:00.0000000"

// completed is the day on which a task was completed (DOC todotask.md; that it is the one in UTC
// is assumed).
func completed(w *service.Write) (any, bool) {
	if w.Sent["status"] != "completed" {
		return nil, false
	}
	if sent, _ := w.Sent["completedDateTime"].(map[string]any); sent != nil {
		return day(sent), true
	}
	date, _, _ := strings.Cut(outlook.ExactTime(w.Record.Modified), "T")
	return map[string]any{"dateTime": date + midnight, "timeZone": "UTC"}, true
}

// checkTask leaves out what has no value (REC), and when a task was completed that is not any more
// (assumed).
func checkTask(c *service.Call, w *service.Write) error {
	if err := repeat(c, w); err != nil {
		return err
	}
	if w.Sent["status"] != "completed" {
		delete(w.Sent, "completedDateTime")
	}
	maps.DeleteFunc(w.Sent, func(_ string, v any) bool { return v == nil })
	return nil
}

// stepValue lets a step of a task say when it was checked.
func stepValue(w *service.Write, name string) (any, bool) {
	switch name {
	case "isChecked":
		return false, w.Sent[name] == nil
	case "checkedDateTime":
		if w.Sent["isChecked"] != true {
			return nil, true
		}
		if before := w.Before(name); before != nil {
			return before, true
		}
		return w.Seeded(name, w.Now.Text), true
	}
	return nil, false
}
