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
