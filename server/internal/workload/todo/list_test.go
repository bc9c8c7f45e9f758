package todo_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
	"github.com/graphmock/graphmock/server/internal/workload/todo"
)

func TestListsThatEverybodyHasStayAsTheyAre(t *testing.T) {
	t.Parallel()
	c := servicetest.NewClient(t, openapi.Embedded().Tree(), todo.Behaviors()...)
	all := c.Get("/me/todo/lists?$orderby=displayName desc")["value"].([]any)
	if len(all) != 2 {
		t.Fatalf("%v", all)
	}
	for i, want := range []string{"Tasks defaultList", "Flagged Emails flaggedEmails"} {
		list := all[i].(map[string]any)
		if got := fmt.Sprint(list["displayName"], " ", list["wellknownListName"]); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		at := "/me/todo/lists/" + list["id"].(string)
		c.Want("DELETE", at, "", 0, "todo-list-kept")
		c.Want("PATCH", at, `{"displayName": "Mine"}`, 0, "todo-list-fixed")
		c.Must(200, "PATCH", at, `{"displayName": "`+list["displayName"].(string)+`", "wellknownListName": "none"}`)
		c.Want("DELETE", at, "", 0, "todo-list-kept")
		c.Must(201, "POST", at+"/tasks", `{"title": "Buy rope"}`)
	}
	own := c.Must(201, "POST", "/me/todo/lists", `{"displayName": "Errands", "wellknownListName": "defaultList"}`)
	if own["wellknownListName"] != "none" {
		t.Errorf("a client's list is %v", own)
	}
	c.Must(204, "DELETE", "/me/todo/lists/"+own["id"].(string), "")
}

// A list of fixtures that is the default one takes the place of the one that is there from the start,
// unless somebody has used that.
func TestDefaultListsOfFixtures(t *testing.T) {
	t.Parallel()
	const list = `{"id": "mine", "displayName": "To do", "wellknownListName": "defaultList"}`
	for name, tt := range map[string]struct {
		used bool
		want string
	}{
		"a new mailbox": {false, "To do Flagged Emails Other"},
		"a used one":    {true, "Tasks Flagged Emails To do Other"},
	} {
		c := servicetest.NewClient(t, openapi.Embedded().Tree(), todo.Behaviors()...)
		if tt.used {
			first := c.Get("/me/todo/lists")["value"].([]any)[0].(map[string]any)["id"].(string)
			c.Must(201, "POST", "/me/todo/lists/"+first+"/tasks", `{"title": "Buy rope"}`)
		}
		for _, each := range []string{list, `{"id": "other", "displayName": "Other"}`, list} {
			if err := c.Seed("/me/todo/lists", each); err != nil {
				t.Fatal(err)
			}
		}
		if got := strings.Join(c.List("/me/todo/lists", "displayName"), " "); got != tt.want {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
		c.Want("DELETE", "/me/todo/lists/mine", "", 0, "todo-list-kept")
	}
}
