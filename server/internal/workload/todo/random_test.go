package todo_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
	"github.com/graphmock/graphmock/server/internal/workload/todo"
)

// A naiveList is a list of tasks as the reference has it: by id, the name and the tasks.
type naiveList struct {
	name  string
	tasks map[string]*naiveTask
	delta servicetest.Follower
}

type naiveTask struct {
	title, status string
	steps         servicetest.Known // the checklist
}

func (l *naiveList) known() servicetest.Known {
	all := servicetest.Known{}
	for id, task := range l.tasks {
		all[id] = task.title + " " + task.status
	}
	return all
}

func taskText(e map[string]any) string { return fmt.Sprint(e["title"], " ", e["status"]) }
func nameText(e map[string]any) string { return fmt.Sprint(e["displayName"]) }
func stepText(e map[string]any) string { return fmt.Sprint(e["displayName"], " ", e["isChecked"]) }

// TestRandomToDo writes to lists, tasks and checklists at random. What is listed, and what
// deltas tell, is what naive lists have.
func TestRandomToDo(t *testing.T) {
	servicetest.Random(t, 12_000, func(t *testing.T, r *rand.Rand, steps int) {
		c := servicetest.NewClient(t, openapi.Embedded().Tree(), todo.Behaviors()...)
		lists := map[string]*naiveList{}
		delta := servicetest.Follower{Link: "/me/todo/lists/delta"}
		builtIn := c.Known("/me/todo/lists", nameText)
		if len(builtIn) != 2 {
			t.Fatalf("a mailbox has %v from the start", builtIn)
		}
		names := func() servicetest.Known {
			all := maps.Clone(builtIn)
			for id, l := range lists {
				all[id] = l.name
			}
			return all
		}
		for n := range steps {
			c.Now += r.Int64N(3)
			list := servicetest.AnyOf(r, lists)
			if kind := r.IntN(60); list == "" || kind == 0 && len(lists) < 5 {
				name := fmt.Sprint("list ", n)
				id := c.Must(201, "POST", "/me/todo/lists", `{"displayName": "`+name+`"}`)["id"].(string)
				lists[id] = &naiveList{name: name, tasks: map[string]*naiveTask{},
					delta: servicetest.Follower{Link: "/me/todo/lists/" + id + "/tasks/delta"}}
				continue
			} else if kind == 1 {
				lists[list].name = fmt.Sprint("list ", n)
				c.Must(200, "PATCH", "/me/todo/lists/"+list, `{"displayName": "`+lists[list].name+`"}`)
				continue
			} else if kind == 2 {
				c.Must(204, "DELETE", "/me/todo/lists/"+list, "")
				delete(lists, list)
				c.Must(0, "GET", "/me/todo/lists/"+list+"/tasks", "")
				continue
			}
			l := lists[list]
			tasks := "/me/todo/lists/" + list + "/tasks"
			id := servicetest.AnyOf(r, l.tasks)
			task, at := l.tasks[id], tasks+"/"+id
			switch kind := r.IntN(10); {
			case task == nil || kind < 3 && len(l.tasks) < 10:
				title := fmt.Sprint("task ", n)
				id = c.Must(201, "POST", tasks, `{"title": "`+title+`"}`)["id"].(string)
				l.tasks[id] = &naiveTask{title, "notStarted", servicetest.Known{}}
			case kind < 5:
				task.status = []string{"notStarted", "inProgress", "completed"}[r.IntN(3)]
				got := c.Must(200, "PATCH", at, `{"status": "`+task.status+`"}`)
				if taskText(got) != l.known()[id] {
					t.Fatalf("step %d: %v", n, got)
				}
			case kind == 5:
				c.Must(204, "DELETE", at, "")
				delete(l.tasks, id)
				c.Must(0, "GET", at, "")
			case kind == 6:
				c.Same(fmt.Sprint("step ", n, ": tasks"), c.Known(tasks, taskText), l.known())
				c.Same(fmt.Sprint("step ", n, ": delta of tasks"), l.delta.Follow(c, taskText), l.known())
				c.Same(fmt.Sprint("step ", n, ": delta of lists"), delta.Follow(c, nameText), names())
				c.Same(fmt.Sprint("step ", n, ": checklist"), c.Known(at+"/checklistItems", stepText), task.steps)
			case kind == 7 && len(task.steps) > 0:
				step := servicetest.AnyOf(r, task.steps)
				if r.IntN(2) == 0 {
					c.Must(204, "DELETE", at+"/checklistItems/"+step, "")
					delete(task.steps, step)
				} else {
					got := c.Must(200, "PATCH", at+"/checklistItems/"+step, `{"isChecked": true}`)
					task.steps[step] = stepText(got)
				}
			default:
				made := c.Must(201, "POST", at+"/checklistItems", fmt.Sprintf(`{"displayName": "%d", "isChecked": false}`, n))
				task.steps[made["id"].(string)] = fmt.Sprint(n, " false")
			}
		}
	})
}
