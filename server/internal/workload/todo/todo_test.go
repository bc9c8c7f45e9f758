package todo_test

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
	"github.com/graphmock/graphmock/server/internal/workload/todo"
)

func TestNewListsAndTasksHaveTheirDefaults(t *testing.T) {
	t.Parallel()
	c := servicetest.NewClient(t, openapi.Embedded().Tree(), todo.Behaviors()...)
	lists := "/me/todo/lists"
	_, text := c.Send("POST", lists, `{"displayName": "Errands", "isShared": true, "id": "mine"}`)
	list := c.Decode(text)
	id, _ := list["id"].(string)
	if _, err := base64.URLEncoding.DecodeString(id); err != nil || len(id) != 120 {
		t.Errorf("id %q", id)
	}
	if tag, _ := list["@odata.etag"].(string); !regexp.MustCompile(`^W/"[A-Za-z0-9+/]{30}=="$`).MatchString(tag) {
		t.Errorf("@odata.etag %q", tag)
	}
	_, text = c.Send("POST", lists+"/"+id+"/tasks", `{"title": "Buy rope", "importance": "high"}`)
	task := c.Decode(text)
	for name, tt := range map[string]struct{ got, want any }{
		"isOwner":           {list["isOwner"], true},
		"isShared":          {list["isShared"], true},
		"wellknownListName": {list["wellknownListName"], "none"},
		"importance":        {task["importance"], "high"},
		"isReminderOn":      {task["isReminderOn"], false},
		"status":            {task["status"], "notStarted"},
		"hasAttachments":    {task["hasAttachments"], false},
		"categories":        {task["categories"], []any{}},
		"body":              {task["body"], map[string]any{"content": "", "contentType": "text"}},
		"createdDateTime":   {task["createdDateTime"], "2023-11-14T22:13:20.0000000Z"},
	} {
		if fmt.Sprint(tt.got) != fmt.Sprint(tt.want) {
			t.Errorf("%s is %v, want %v", name, tt.got, tt.want)
		}
	}
	c.Want("PUT", lists+"/other", `{}`, 0, "mailbox-item-not-found")
}

// As recorded, a task has neither null nor what is not set, and its properties have an order.
func TestTasksHaveWhatIsSet(t *testing.T) {
	t.Parallel()
	c := servicetest.NewClient(t, openapi.Embedded().Tree(), todo.Behaviors()...)
	list := c.Must(201, "POST", "/me/todo/lists", `{"displayName": "Errands"}`)["id"].(string)
	tasks := "/me/todo/lists/" + list + "/tasks"
	res, _ := c.Serve("POST", tasks, `{"title": "Buy rope"}`)
	var names []string
	for _, m := range regexp.MustCompile(`[{,]"([@.\w]+)":`).FindAllStringSubmatch(string(res.Body), -1) {
		names = append(names, m[1])
	}
	const want = "@odata.context @odata.etag importance isReminderOn status title createdDateTime lastModifiedDateTime " +
		"hasAttachments categories id body content contentType"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	task := tasks + "/" + c.Decode(string(res.Body))["id"].(string)
	for _, step := range []struct{ sent, property, want string }{
		{`{"dueDateTime": {"dateTime": "2026-02-03T09:30:00", "timeZone": "Europe/Oslo"}}`, "dueDateTime",
			"map[dateTime:2026-02-03T00:00:00.0000000 timeZone:Europe/Oslo]"},
		{`{"status": "completed"}`, "completedDateTime", "map[dateTime:2023-11-14T00:00:00.0000000 timeZone:UTC]"},
		{`{"status": "inProgress"}`, "completedDateTime", "not there"},
		{`{"status": "completed", "completedDateTime": {"dateTime": "2026-02-03T09:30:00", "timeZone": "UTC"}}`,
			"completedDateTime", "map[dateTime:2026-02-03T00:00:00.0000000 timeZone:UTC]"},
		{`{"dueDateTime": null}`, "dueDateTime", "not there"},
	} {
		got, has := c.Must(200, "PATCH", task, step.sent)[step.property]
		if !has {
			got = "not there"
		}
		if fmt.Sprint(got) != step.want {
			t.Errorf("%s: %s is %v, want %s", step.sent, step.property, got, step.want)
		}
	}
}

func TestTasksTellWhatTheyHave(t *testing.T) {
	t.Parallel()
	c := servicetest.NewClient(t, openapi.Embedded().Tree(), todo.Behaviors()...)
	list := c.Must(201, "POST", "/me/todo/lists", `{"displayName": "Errands"}`)
	at := "/me/todo/lists/" + list["id"].(string) + "/tasks"
	task := c.Must(201, "POST", at, `{"title": "Buy rope", "linkedResources": [{"webUrl": "https://a.example", "displayName": "a"}]}`)
	at += "/" + task["id"].(string)
	if task["@odata.etag"] == nil && c.Get(at)["@odata.etag"] == nil {
		t.Errorf("a task has no tag: %v", task)
	}
	if n := len(c.List(at+"/linkedResources", "displayName")); n != 1 {
		t.Errorf("%d linked resources", n)
	}
	done := c.Must(200, "PATCH", at, `{"status": "completed"}`)
	if at, _ := done["completedDateTime"].(map[string]any); at["timeZone"] != "UTC" {
		t.Errorf("completed: %v", done)
	}
	if again := c.Must(200, "PATCH", at, `{"status": "notStarted"}`); again["completedDateTime"] != nil {
		t.Errorf("not completed: %v", again)
	}
	step := c.Must(201, "POST", at+"/checklistItems", `{"displayName": "Measure"}`)
	if step["isChecked"] != false || step["checkedDateTime"] != nil {
		t.Errorf("a new step: %v", step)
	}
	if checked := c.Must(200, "PATCH", at+"/checklistItems/"+step["id"].(string), `{"isChecked": true}`); checked["checkedDateTime"] == nil {
		t.Errorf("checked: %v", checked)
	}
	if c.Get(at)["hasAttachments"] != false {
		t.Error("a new task has attachments")
	}
	file := c.Must(201, "POST", at+"/attachments",
		`{"@odata.type": "#microsoft.graph.taskFileAttachment", "name": "a.txt", "contentType": "text/plain", "contentBytes": "aGVsbG8="}`)
	if fmt.Sprint(file["size"]) != "5" || c.Get(at)["hasAttachments"] != true {
		t.Errorf("the attachment is %v", file)
	}
	if all := c.Get(at + "/attachments"); strings.Contains(fmt.Sprint(all), "contentBytes") {
		t.Errorf("the list has bytes: %v", all)
	}
	if got := c.Get(at + "/attachments/" + file["id"].(string)); got["contentBytes"] != "aGVsbG8=" {
		t.Errorf("alone it has %v", got)
	}
	c.IfMatch = `W/"other"`
	c.Want("PATCH", at, `{"title": "x"}`, 0, "mail-conflict")
}
