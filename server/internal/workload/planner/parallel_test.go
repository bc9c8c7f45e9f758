package planner_test

import (
	"fmt"
	"testing"

	"github.com/graphmock/graphmock/server/internal/service/servicetest"
)

func TestParallelWritesOfPlansLoseNothing(t *testing.T) {
	t.Parallel()
	c, plan, doing, done := open(t)
	task := func(c *servicetest.Client, title string) string {
		return fmt.Sprint("/planner/tasks/", c.Try(201, "POST", "/planner/tasks",
			`{"title": "`+title+`", "planId": "`+plan+`", "bucketId": "`+doing+`"}`)["id"])
	}
	shared := task(c, "0")
	c.Parallel(func(i int, c *servicetest.Client) {
		own, gone := task(c, "own"), task(c, "gone")
		write := func(method, path, body string) { // again, as often as others were faster
			for range 10_000 {
				c.IfMatch = c.Get(path)["@odata.etag"].(string)
				status, text := c.Send(method, path, body)
				if c.IfMatch = ""; text != "planner-tag-stale" {
					if status != 204 {
						t.Errorf("%s %s: %d %s", method, path, status, text)
					}
					return
				}
			}
		}
		write("PATCH", own, `{"bucketId": "`+done+`", "percentComplete": 100}`)
		write("DELETE", gone, "")
		write("PATCH", shared+"/details", fmt.Sprintf(`{"checklist": {"%d": {"title": "x"}}}`, i))
		write("PATCH", shared, fmt.Sprintf(`{"assignments": {"u%d": {"orderHint": " !"}}}`, i))
		c.Try(201, "POST", "/planner/buckets", fmt.Sprintf(`{"name": "%d", "planId": "%s"}`, i, plan))
		c.Count(shared, "title", "planner-tag-stale")
	})
	all := c.Get(shared)
	assigned := len(all["assignments"].(map[string]any))
	if all["title"] != "64" || fmt.Sprint(all["checklistItemCount"]) != "64" || assigned != 64 {
		t.Errorf("the shared task is %v", all)
	}
	in := func(path string) int { return len(c.Known(path, func(map[string]any) string { return "" })) }
	if a, b, buckets := in("/planner/buckets/"+doing+"/tasks"), in("/planner/buckets/"+done+"/tasks"),
		in("/planner/plans/"+plan+"/buckets"); a != 1 || b != 64 || buckets != 66 {
		t.Errorf("%d and %d tasks in %d buckets", a, b, buckets)
	}
}
