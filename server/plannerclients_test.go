package server_test

import (
	"encoding/json"
	"fmt"
	"testing"
)

// TestPnPjsPlanner sends what the planner of pnpjs sends: If-Match is * where the caller names no
// tag, and no preference asks for the entity.
func TestPnPjsPlanner(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	const group = "/groups/02bd9fd6-8f93-4758-87c3-1fb73740a315"
	patch := func(want int, path, tag, body string) map[string]any {
		t.Helper()
		res, text := u.sendWith("PATCH", path, body, "If-Match", tag)
		if res.StatusCode != want {
			t.Errorf("PATCH %s: %s %s", path, res.Status, text)
		}
		var got map[string]any
		json.Unmarshal(text, &got)
		return got
	}
	plan := u.want(201, "POST", "/planner/plans",
		`{"container": {"url": "https://graph.microsoft.com/v1.0`+group+`"}, "title": "pnp"}`)
	at := "/planner/plans/" + plan["id"].(string)
	first := plan["@odata.etag"].(string)
	patch(204, at, first, `{"title": "pnpjs"}`)
	patch(412, at, first, `{"title": "late"}`)
	patch(204, at, "*", `{"title": "whatever"}`)
	if got := u.want(200, "GET", at, ""); got["title"] != "whatever" || got["@odata.etag"] == first {
		t.Errorf("%v", got)
	}
	details := u.want(200, "GET", at+"/details", "")
	patch(204, at+"/details", details["@odata.etag"].(string), `{"categoryDescriptions": {"category1": "hut"}}`)
	bucket := u.want(201, "POST", "/planner/buckets", `{"name": "To do", "planId": "`+plan["id"].(string)+`"}`)
	task := u.want(201, "POST", "/planner/tasks", `{"planId": "`+plan["id"].(string)+`", "bucketId": "`+bucket["id"].(string)+
		`", "title": "Paint"}`)
	for _, path := range []string{group + "/planner/plans", at + "/tasks", at + "/buckets", "/planner/buckets/" + bucket["id"].(string) + "/tasks"} {
		u.want(200, "GET", path, "")
	}
	of := "/planner/tasks/" + task["id"].(string)
	for _, format := range []string{"/details", "/assignedToTaskBoardFormat", "/bucketTaskBoardFormat", "/progressTaskBoardFormat"} {
		got := u.want(200, "GET", of+format, "")
		if got["@odata.etag"] == nil || got["id"] != task["id"] {
			t.Fatalf("%s: %v", format, got)
		}
	}
	format := u.want(200, "GET", of+"/bucketTaskBoardFormat", "")
	patch(204, of+"/bucketTaskBoardFormat", format["@odata.etag"].(string), fmt.Sprintf(`{"orderHint": "%v !"}`, format["orderHint"]))
	if got := u.want(200, "GET", of+"/bucketTaskBoardFormat", "")["orderHint"].(string); got <= format["orderHint"].(string) {
		t.Errorf("the hint %s is not behind %v", got, format["orderHint"])
	}
	res, text := u.sendWith("DELETE", of, "", "If-Match", "*")
	if res.StatusCode != 204 {
		t.Errorf("%s %s", res.Status, text)
	}
	u.want(412, "DELETE", at, "")
}

// TestPlannerItemsSayWhoChangedThem: references are named by escaped URLs, and items have places.
func TestPlannerItemsSayWhoChangedThem(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	plan := u.want(201, "POST", "/planner/plans", `{"owner": "02bd9fd6-8f93-4758-87c3-1fb73740a315", "title": "x"}`)["id"].(string)
	first := u.want(201, "POST", "/planner/buckets", `{"name": "a", "planId": "`+plan+`", "orderHint": " !"}`)["orderHint"].(string)
	last := u.want(201, "POST", "/planner/buckets", `{"name": "c", "planId": "`+plan+`", "orderHint": "`+first+` !"}`)["orderHint"].(string)
	middle := u.want(201, "POST", "/planner/buckets", `{"name": "b", "planId": "`+plan+`", "orderHint": "`+first+` `+last+`!"}`)["orderHint"].(string)
	if first >= middle || middle >= last {
		t.Errorf("the hints are %q, %q and %q", first, middle, last)
	}
	at := "/planner/tasks/" + u.want(201, "POST", "/planner/tasks", `{"title": "t", "planId": "`+plan+`"}`)["id"].(string) + "/details"
	change := func(want int, body string) map[string]any {
		t.Helper()
		tag := u.want(200, "GET", at, "")["@odata.etag"].(string)
		res, text := u.sendWith("PATCH", at, body, "If-Match", tag, "Prefer", "return=representation")
		if res.StatusCode != want {
			t.Fatalf("%s: %s %s", body, res.Status, text)
		}
		return decoded(t, text)
	}
	change(400, `{"references": {"https://a.example": {"@odata.type": "#microsoft.graph.plannerExternalReference"}}}`)
	got := change(200, `{"checklist": {"c1": {"@odata.type": "microsoft.graph.plannerChecklistItem", "title": "Brush"}},
		"references": {"https%3A//a%2Eexample": {"@odata.type": "#microsoft.graph.plannerExternalReference", "previewPriority": " !"}}}`)
	item := got["checklist"].(map[string]any)["c1"].(map[string]any)
	reference := got["references"].(map[string]any)["https%3A//a%2Eexample"].(map[string]any)
	if item["isChecked"] != false || item["orderHint"] == nil || item["lastModifiedDateTime"] != "2026-01-31T12:00:00.12Z" ||
		item["lastModifiedBy"] == nil || reference["previewPriority"] == " !" || reference["lastModifiedBy"] == nil {
		t.Errorf("%v", got)
	}
	again := change(200, `{"checklist": {"c1": {"isChecked": true}}}`)["checklist"].(map[string]any)["c1"].(map[string]any)
	if again["isChecked"] != true || again["title"] != "Brush" || again["orderHint"] != item["orderHint"] {
		t.Errorf("%v, and was %v", again, item)
	}
	for body, want := range map[string]int{`"priority": 11`: 400, `"percentComplete": 101`: 400, `"priority": 9, "percentComplete": 50`: 201} {
		u.want(want, "POST", "/planner/tasks", `{"title": "n", "planId": "`+plan+`", `+body+`}`)
	}
}
