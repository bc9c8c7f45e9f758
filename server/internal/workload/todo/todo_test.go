package todo_test

import (
	"encoding/base64"
	"fmt"
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
	if _, err := base64.URLEncoding.DecodeString(id); err != nil || id == "mine" || len(id) < 40 {
		t.Errorf("id %q", id)
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
	} {
		if fmt.Sprint(tt.got) != fmt.Sprint(tt.want) {
			t.Errorf("%s is %v, want %v", name, tt.got, tt.want)
		}
	}
	c.Want("PUT", lists+"/other", `{}`, 0, "mailbox-item-not-found")
}
