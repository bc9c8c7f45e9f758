package planner_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
	"github.com/graphmock/graphmock/server/internal/workload/planner"
)

// Naive plans: by id, the title of each, the plan of each bucket, and the tasks.
type naivePlans struct {
	plans, buckets map[string]string
	tasks          map[string]*naiveTask
}

type naiveTask struct {
	plan, bucket, title string
	percent             int
	mine                bool
	checklist           map[string]bool
}

func (t *naiveTask) String() string {
	active := 0
	for _, checked := range t.checklist {
		if !checked {
			active++
		}
	}
	return fmt.Sprintf("%s %s %s %d %t %t %d %d", t.plan, t.bucket, t.title, t.percent, t.percent == 100, t.mine,
		len(t.checklist), active)
}

func taskText(e map[string]any) string {
	assigned, _ := e["assignments"].(map[string]any)
	bucket, _ := e["bucketId"].(string)
	return fmt.Sprintf("%v %v %v %v %t %t %v %v", e["planId"], bucket, e["title"], e["percentComplete"],
		e["completedDateTime"] != nil, assigned["u1"] != nil, e["checklistItemCount"], e["activeChecklistItemCount"])
}

func (n *naivePlans) that(is func(*naiveTask) bool) servicetest.Known {
	known := servicetest.Known{}
	for id, task := range n.tasks {
		if is(task) {
			known[id] = task.String()
		}
	}
	return known
}

func (n *naivePlans) bucketsOf(plan string) servicetest.Known {
	known := servicetest.Known{}
	for id, of := range n.buckets {
		if of == plan {
			known[id] = of
		}
	}
	return known
}

// TestRandomPlans writes plans, buckets, tasks and details at random, with tags that count and
// with old ones. What each shows is what naive plans have.
func TestRandomPlans(t *testing.T) {
	servicetest.Random(t, 12_000, func(t *testing.T, r *rand.Rand, steps int) {
		c := servicetest.NewClient(t, openapi.Embedded().Tree(), planner.Behaviors()...)
		n := &naivePlans{map[string]string{}, map[string]string{}, map[string]*naiveTask{}}
		// change writes with the tag of what there is, and before with an old one.
		change := func(method, path, body string) {
			c.IfMatch = c.Get(path)["@odata.etag"].(string)
			if r.IntN(4) == 0 {
				tag := c.IfMatch
				c.IfMatch = `W/"JzEtVGFzayAgQEBAQEBAQEBAQEBAQEBAQCc="` // of no version
				c.Refused("planner-tag-stale", method, path, body)
				c.IfMatch = tag
			}
			c.Must(204, method, path, body)
			if method == "PATCH" {
				c.Refused("planner-tag-stale", method, path, body)
			}
			c.IfMatch = ""
		}
		for step := range steps {
			c.Now += r.Int64N(3)
			name := fmt.Sprint("step ", step)
			plan := servicetest.AnyOf(r, n.plans)
			bucket := servicetest.AnyOf(r, n.bucketsOf(plan))
			id := servicetest.AnyOf(r, n.that(func(t *naiveTask) bool { return t.plan == plan }))
			task, path := n.tasks[id], "/planner/tasks/"+id
			switch kind := r.IntN(40); {
			case plan == "" || kind == 0 && len(n.plans) < 4:
				n.plans[create(t, c, "/planner/plans", `{"title": "`+name+`", "owner": "g1"}`)["id"].(string)] = name
			case kind == 1 && r.IntN(3) == 0:
				change("DELETE", "/planner/plans/"+plan, "")
				delete(n.plans, plan)
				maps.DeleteFunc(n.buckets, func(_, of string) bool { return of == plan })
				maps.DeleteFunc(n.tasks, func(_ string, t *naiveTask) bool { return t.plan == plan })
			case kind < 4 && len(n.bucketsOf(plan)) < 4:
				n.buckets[create(t, c, "/planner/buckets", `{"name": "`+name+`", "planId": "`+plan+`"}`)["id"].(string)] = plan
			case kind == 4 && bucket != "":
				change("DELETE", "/planner/buckets/"+bucket, "")
				delete(n.buckets, bucket)
				maps.DeleteFunc(n.tasks, func(_ string, t *naiveTask) bool { return t.bucket == bucket })
			case task == nil || kind < 14 && len(n.tasks) < 20:
				task := &naiveTask{plan: plan, bucket: bucket, title: name, mine: r.IntN(2) == 0, checklist: map[string]bool{}}
				body := `{"title": "` + name + `", "planId": "` + plan + `"`
				if bucket != "" {
					body += `, "bucketId": "` + bucket + `"`
				}
				if task.mine {
					body += `, "assignments": {"u1": {"@odata.type": "#microsoft.graph.plannerAssignment", "orderHint": " !"}}`
				}
				n.tasks[create(t, c, "/planner/tasks", body+"}")["id"].(string)] = task
			case kind < 18 || kind > 34:
				task.percent = []int{0, 50, 100}[r.IntN(3)]
				change("PATCH", path, fmt.Sprintf(`{"percentComplete": %d}`, task.percent))
			case kind < 20 && bucket != "":
				task.bucket = bucket
				change("PATCH", path, `{"bucketId": "`+bucket+`"}`)
			case kind < 22:
				task.mine = !task.mine
				body := `{"assignments": {"u1": null}}`
				if task.mine {
					body = `{"assignments": {"u1": {"@odata.type": "#microsoft.graph.plannerAssignment", "orderHint": " !"}}}`
				}
				change("PATCH", path, body)
			case kind < 26:
				item := fmt.Sprint(r.IntN(4))
				if _, has := task.checklist[item]; has && r.IntN(2) == 0 {
					delete(task.checklist, item)
					change("PATCH", path+"/details", `{"checklist": {"`+item+`": null}}`)
					break
				}
				task.checklist[item] = r.IntN(2) == 0
				change("PATCH", path+"/details",
					fmt.Sprintf(`{"checklist": {%q: {"title": "x", "isChecked": %t}}}`, item, task.checklist[item]))
			case kind < 28:
				change("DELETE", path, "")
				delete(n.tasks, id)
				c.Refused("planner-item-not-found", "GET", path, "")
			default:
				c.Same(name+": tasks of the plan", c.Known("/planner/plans/"+plan+"/tasks", taskText),
					n.that(func(t *naiveTask) bool { return t.plan == plan }))
				planOf := func(e map[string]any) string { return e["planId"].(string) }
				c.Same(name+": buckets", c.Known("/planner/plans/"+plan+"/buckets", planOf), n.bucketsOf(plan))
				c.Same(name+": mine", c.Known("/me/planner/tasks", taskText), n.that(func(t *naiveTask) bool { return t.mine }))
				if bucket != "" {
					c.Same(name+": tasks of the bucket", c.Known("/planner/buckets/"+bucket+"/tasks", taskText),
						n.that(func(t *naiveTask) bool { return t.bucket == bucket }))
				}
			}
		}
	})
}
