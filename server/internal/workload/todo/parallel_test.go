package todo_test

import (
	"fmt"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
	"github.com/graphmock/graphmock/server/internal/workload/todo"
)

func TestParallelWritesOfTasksLoseNothing(t *testing.T) {
	t.Parallel()
	c := servicetest.NewClient(t, openapi.Embedded().Tree(), todo.Behaviors()...)
	list := "/me/todo/lists/" + c.Must(201, "POST", "/me/todo/lists", `{"displayName": "Crew"}`)["id"].(string)
	shared := list + "/tasks/" + c.Must(201, "POST", list+"/tasks", `{"title": "Shared"}`)["id"].(string)
	c.Parallel(func(i int, c *servicetest.Client) {
		own := fmt.Sprint(list, "/tasks/", c.Try(201, "POST", list+"/tasks", fmt.Sprintf(`{"title": "%d"}`, i))["id"])
		gone := c.Try(201, "POST", list+"/tasks", `{"title": "x"}`)
		c.Try(200, "PATCH", own, `{"status": "completed"}`)
		c.Try(204, "DELETE", fmt.Sprint(list, "/tasks/", gone["id"]), "")
		c.Try(201, "POST", shared+"/checklistItems", fmt.Sprintf(`{"displayName": "%d"}`, i))
		c.Try(201, "POST", shared+"/linkedResources", fmt.Sprintf(`{"displayName": "%d"}`, i))
		c.Try(200, "PATCH", shared, []string{`{"importance": "high"}`, `{"isReminderOn": true}`, `{"title": "All"}`}[i%3])
		c.Try(201, "POST", "/me/todo/lists", fmt.Sprintf(`{"displayName": "%d"}`, i))
	})
	task := c.Get(shared)
	if got := fmt.Sprint(task["importance"], task["isReminderOn"], task["title"]); got != "hightrueAll" {
		t.Errorf("the shared task is %s", got)
	}
	done := 0
	c.Each(list+"/tasks", func(e map[string]any) {
		if e["status"] == "completed" {
			done++
		}
	})
	lists, links := len(c.Known("/me/todo/lists", nameText)), len(c.Known(shared+"/linkedResources", nameText))
	if steps := len(c.Known(shared+"/checklistItems", stepText)); done != 64 || lists != 67 || steps != 64 || links != 64 {
		t.Errorf("%d tasks, %d lists, %d steps, %d links", done, lists, steps, links)
	}
}
