package todo_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
	"github.com/graphmock/graphmock/server/internal/workload/todo"
)

const weekly = `{"pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["saturday"], "firstDayOfWeek": "sunday"},
	"range": {"type": "endDate", "startDate": "2026-02-07", "endDate": "2026-02-21"}}`

func at(v any) string {
	if v == nil {
		return "none"
	}
	return strings.TrimSuffix(fmt.Sprint(v.(map[string]any)["dateTime"]), ".0000000")
}

func TestRecurringTasksGoOnWhenTheyAreCompleted(t *testing.T) {
	t.Parallel()
	c := servicetest.NewClient(t, openapi.Embedded().Tree(), todo.Behaviors()...)
	list := "/me/todo/lists/" + c.Must(201, "POST", "/me/todo/lists", `{"displayName": "Chores"}`)["id"].(string) + "/tasks"
	task := c.Must(201, "POST", list, `{"title": "Pick up stuff", "isReminderOn": true, "recurrence": `+weekly+`,
		"dueDateTime": {"dateTime": "2026-02-07T00:00:00", "timeZone": "UTC"},
		"reminderDateTime": {"dateTime": "2026-02-06T22:00:00.0000000", "timeZone": "UTC"}}`)
	path := list + "/" + task["id"].(string)
	step := c.Must(201, "POST", path+"/checklistItems", `{"displayName": "Books", "isChecked": true}`)["id"].(string)
	delta := servicetest.Follower{Link: list + "/delta"}
	delta.Follow(c, taskText)
	for _, due := range []string{"2026-02-14", "2026-02-21"} {
		moved := c.Must(200, "PATCH", path, `{"status": "completed"}`)
		got := fmt.Sprint(moved["id"] == task["id"], " ", moved["status"], " ", at(moved["dueDateTime"]), " ", moved["recurrence"] != nil,
			" ", at(moved["completedDateTime"]))
		if want := "true notStarted " + due + "T00:00:00 true none"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if got := at(c.Get(path)["reminderDateTime"]); got != "2026-02-20T22:00:00" {
		t.Errorf("the reminder is at %s", got)
	}
	if got := c.Get(path + "/checklistItems/" + step); got["isChecked"] != false {
		t.Errorf("a step is %v", got)
	}
	done := 0
	c.Each(list+"?$filter=status eq 'completed'", func(e map[string]any) {
		if done++; e["recurrence"] != nil || e["id"] == task["id"] || at(e["completedDateTime"]) != "2023-11-14T00:00:00" {
			t.Errorf("a completed one is %v", e)
		}
		steps := c.Get(list + "/" + e["id"].(string) + "/checklistItems")["value"].([]any)
		if len(steps) != 1 {
			t.Errorf("it has %v", steps)
		}
	})
	if n := len(delta.Follow(c, taskText)); done != 2 || n != 3 {
		t.Errorf("%d are completed, the delta knows %d", done, n)
	}
	if last := c.Must(200, "PATCH", path, `{"status": "completed"}`); last["status"] != "completed" || last["recurrence"] != nil {
		t.Errorf("the last one is %v", last)
	}
	once := c.Must(201, "POST", list, `{"title": "Once"}`)
	c.Must(200, "PATCH", list+"/"+once["id"].(string), `{"status": "completed"}`)
	if n := len(c.Known(list, taskText)); n != 4 {
		t.Errorf("%d tasks", n)
	}
}

func TestRecurringTasksWithoutADueDay(t *testing.T) {
	t.Parallel()
	c := servicetest.NewClient(t, openapi.Embedded().Tree(), todo.Behaviors()...)
	list := "/me/todo/lists/" + c.Must(201, "POST", "/me/todo/lists", `{"displayName": "Chores"}`)["id"].(string) + "/tasks"
	path := list + "/" + c.Must(201, "POST", list, `{"title": "Sweep", "recurrence": `+weekly+`}`)["id"].(string)
	if got := at(c.Must(200, "PATCH", path, `{"status": "completed"}`)["dueDateTime"]); got != "2026-02-14T00:00:00" {
		t.Errorf("it is due on %s", got)
	}
}
