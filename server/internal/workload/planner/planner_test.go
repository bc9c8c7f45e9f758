package planner_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
	"github.com/graphmock/graphmock/server/internal/workload/planner"
)

// open returns a client of a service with a plan that has two buckets, and their ids.
func open(t *testing.T) (c *servicetest.Client, plan, doing, done string) {
	t.Helper()
	c = servicetest.NewClient(t, openapi.Embedded().Tree(), planner.Behaviors()...)
	plan = create(t, c, "/planner/plans", `{"title": "Season", "owner": "g1"}`)["id"].(string)
	doing = create(t, c, "/planner/buckets", `{"name": "Doing", "planId": "`+plan+`"}`)["id"].(string)
	done = create(t, c, "/planner/plans/"+plan+"/buckets", `{"name": "Done"}`)["id"].(string)
	return c, plan, doing, done
}

func create(t *testing.T, c *servicetest.Client, target, body string) map[string]any {
	t.Helper()
	status, text := c.Send("POST", target, body)
	if status != 201 {
		t.Fatalf("POST %s: %d %s", target, status, text)
	}
	return c.Decode(text)
}

func TestTasksAreInTheirPlanAndBucket(t *testing.T) {
	t.Parallel()
	c, plan, doing, done := open(t)
	a := create(t, c, "/planner/tasks", `{"title": "a", "planId": "`+plan+`", "bucketId": "`+doing+`"}`)
	create(t, c, "/planner/tasks", `{"title": "b", "planId": "`+plan+`", "bucketId": "`+done+
		`", "assignments": {"U1": {"orderHint": " !"}}}`)
	create(t, c, "/planner/tasks", `{"title": "c", "planId": "`+plan+`"}`)
	for target, want := range map[string]string{
		"/planner/plans/" + plan + "/tasks":    "a b c",
		"/planner/buckets/" + doing + "/tasks": "a",
		"/planner/buckets/" + done + "/tasks":  "b",
		"/me/planner/tasks":                    "b",
	} {
		if got := c.List(target, "title"); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %q, want %s", target, got, want)
		}
	}
	if got := c.List("/planner/plans/"+plan+"/buckets", "name"); !slices.Equal(got, []string{"Doing Done"}) {
		t.Errorf("buckets: %q", got)
	}
	c.IfMatch = a["@odata.etag"].(string)
	c.Want("PATCH", "/planner/tasks/"+a["id"].(string), `{"bucketId": "`+done+`"}`, 204, "")
	if got := c.List("/planner/buckets/"+done+"/tasks", "title"); !slices.Equal(got, []string{"a b"}) {
		t.Errorf("after a move: %q", got)
	}
	c.IfMatch = c.Get("/planner/buckets/" + done)["@odata.etag"].(string)
	c.Want("DELETE", "/planner/buckets/"+done, "", 204, "")
	if got := c.List("/planner/plans/"+plan+"/tasks", "title"); !slices.Equal(got, []string{"c"}) {
		t.Errorf("without a bucket: %q", got)
	}
	c.IfMatch = c.Get("/planner/plans/" + plan)["@odata.etag"].(string)
	c.Want("DELETE", "/planner/plans/"+plan, "", 204, "")
	c.Want("GET", "/planner/buckets/"+doing, "", 0, "planner-item-not-found")
}

func TestNewEntitiesHaveWhatPlannerSets(t *testing.T) {
	t.Parallel()
	c, plan, doing, _ := open(t)
	task := create(t, c, "/planner/tasks", `{"title": "a", "planId": "`+plan+`", "bucketId": "`+doing+
		`", "assignments": {"u1": {"@odata.type": "#microsoft.graph.plannerAssignment", "orderHint": " !"}}}`)
	bucket := c.Get("/planner/buckets/" + doing)
	for name, tt := range map[string]struct{ got, want any }{
		"priority":          {task["priority"], "5"},
		"percentComplete":   {task["percentComplete"], "0"},
		"previewType":       {task["previewType"], "automatic"},
		"orderHint":         {task["orderHint"], "8585016068854775807"}, // 2023-11-14T22:13:20Z
		"bucket's hint":     {bucket["orderHint"], "8585016068854775807"},
		"createdBy":         {task["createdBy"].(map[string]any)["user"].(map[string]any)["id"], "u1"},
		"hasDescription":    {task["hasDescription"], false},
		"completedDateTime": {task["completedDateTime"], nil},
		"length of id":      {len(task["id"].(string)), 28},
		"assigned": {task["assignments"].(map[string]any)["u1"].(map[string]any)["assignedDateTime"],
			"2023-11-14T22:13:20Z"},
		"owner":     {c.Get("/planner/plans/" + plan)["owner"], "g1"},
		"container": {c.Get("/planner/plans/" + plan)["container"].(map[string]any)["type"], "group"},
	} {
		if fmt.Sprint(tt.got) != fmt.Sprint(tt.want) {
			t.Errorf("%s: %v, want %v", name, tt.got, tt.want)
		}
	}
	c.Want("POST", "/planner/plans", `{"title": "x"}`, 0, "planner-field-missing")
	c.Want("POST", "/planner/buckets", `{"name": "x"}`, 0, "planner-field-missing")
	c.Want("POST", "/planner/tasks", `{"planId": "`+plan+`"}`, 0, "planner-field-missing")
	c.Want("POST", "/planner/tasks", `{"title": "x", "planId": "other"}`, 0, "planner-field-invalid")
	c.Want("POST", "/planner/tasks", `{"title": "x", "planId": "`+plan+`", "bucketId": "other"}`, 0, "planner-field-invalid")
	c.Want("POST", "/planner/tasks", `{"title": "x", "planId": "`+plan+
		`", "startDateTime": "2026-02-02T00:00:00Z", "dueDateTime": "2026-02-01T00:00:00Z"}`, 0, "planner-due-early")
}

func TestPlannerWantsTheVersionThatWasRead(t *testing.T) {
	t.Parallel()
	c, plan, _, _ := open(t)
	task := create(t, c, "/planner/tasks", `{"title": "a", "planId": "`+plan+`"}`)
	path, first := "/planner/tasks/"+task["id"].(string), task["@odata.etag"].(string)
	text, _ := base64.StdEncoding.DecodeString(strings.Trim(strings.TrimPrefix(first, "W/"), `"`))
	if string(text) != "'1-Task  @@@@@@@@@@@@@@@D'" {
		t.Errorf("the first tag is %q", text)
	}
	for _, method := range []string{"PATCH", "DELETE"} {
		c.IfMatch = ""
		c.Want(method, path, `{"title": "b"}`, 0, "planner-tag-missing")
		c.IfMatch = strings.ReplaceAll(first, `"`, `\"`)
		c.Want(method, path, `{"title": "b"}`, 0, "planner-tag-invalid")
	}
	c.IfMatch = first
	c.Want("PATCH", path, `{"title": "b"}`, 204, "")
	c.Want("PATCH", path, `{"title": "c"}`, 0, "planner-tag-stale")
	c.IfMatch = c.Get(path)["@odata.etag"].(string)
	c.Preferences.Representation = true
	if status, text := c.Send("PATCH", path, `{"percentComplete": 100}`); status != 200 ||
		c.Decode(text)["completedDateTime"] != "2023-11-14T22:13:20Z" {
		t.Errorf("done: %d %s", status, text)
	}
	for range 40 { // the digits go on
		c.IfMatch = c.Get(path)["@odata.etag"].(string)
		if status, text := c.Send("PATCH", path, `{"title": "d"}`); status != 200 {
			t.Fatalf("%s: %d %s", c.IfMatch, status, text)
		}
	}
}

func TestPlansNameAllCategories(t *testing.T) {
	t.Parallel()
	c, plan, _, _ := open(t)
	details := "/planner/plans/" + plan + "/details"
	c.IfMatch = c.Get(details)["@odata.etag"].(string)
	c.Want("PATCH", details, `{"categoryDescriptions": {"category2": "Ropes"}}`, 204, "")
	got := c.Get(details)["categoryDescriptions"].(map[string]any)
	if none, has := got["category25"]; len(got) != 25 || got["category2"] != "Ropes" || !has || none != nil {
		t.Errorf("got %v", got)
	}
}

func TestDetailsAreMergedAndCounted(t *testing.T) {
	t.Parallel()
	c, plan, _, _ := open(t)
	path := "/planner/tasks/" + create(t, c, "/planner/tasks", `{"title": "a", "planId": "`+plan+`"}`)["id"].(string)
	for _, body := range []string{
		`{"description": "Two coats.", "checklist": {"1": {"title": "Brush", "isChecked": true}, "2": {"title": "Paint"}}}`,
		`{"checklist": {"2": {"isChecked": false}, "3": {"title": "Tape"}}, "references": {"https%3A//a%2Eexample": {"alias": "a"}}}`,
		`{"checklist": {"3": null}}`,
	} {
		c.IfMatch = c.Get(path + "/details")["@odata.etag"].(string)
		c.Want("PATCH", path+"/details", body, 204, "")
	}
	list := c.Get(path + "/details")["checklist"].(map[string]any)
	if len(list) != 2 || list["2"].(map[string]any)["title"] != "Paint" {
		t.Errorf("the list is %v", list)
	}
	task := c.Get(path)
	if id := c.Get(path + "/details")["id"]; id != task["id"] {
		t.Errorf("the details have the id %v", id)
	}
	if got := fmt.Sprint(task["hasDescription"], task["checklistItemCount"], task["activeChecklistItemCount"],
		task["referenceCount"]); got != "true211" {
		t.Errorf("counted: %s", got)
	}
}
