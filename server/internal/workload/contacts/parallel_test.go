package contacts_test

import (
	"fmt"
	"testing"

	"github.com/graphmock/graphmock/server/internal/service/servicetest"
)

func TestParallelWritesOfContactsLoseNothing(t *testing.T) {
	t.Parallel()
	c := open(t)
	folder := create(t, c, "/me/contactFolders", `{"displayName": "Crew"}`)["id"].(string)
	shared := "/me/contacts/" + create(t, c, "/me/contacts", `{"givenName": "Shared", "nickName": "0"}`)["id"].(string)
	crew := "/me/contactFolders/" + folder
	c.Parallel(func(i int, c *servicetest.Client) {
		own := c.Try(201, "POST", crew+"/contacts", fmt.Sprintf(`{"givenName": "%d"}`, i))
		gone := c.Try(201, "POST", crew+"/contacts", `{"givenName": "x"}`)
		c.Try(200, "PATCH", fmt.Sprint("/me/contacts/", own["id"]), `{"surname": "Own"}`)
		c.Try(204, "DELETE", fmt.Sprint("/me/contacts/", gone["id"]), "")
		c.Try(201, "POST", crew+"/childFolders", fmt.Sprintf(`{"displayName": "F%d"}`, i))
		status, text := c.Send("POST", crew+"/childFolders", `{"displayName": "one"}`)
		if status != 201 && text != "mail-folder-exists" {
			t.Errorf("a name for one: %d %s", status, text)
		}
		c.Count(shared, "nickName", "mail-conflict")
	})
	if n := c.Get(shared)["nickName"]; n != "64" {
		t.Errorf("it was counted to %v", n)
	}
	names := map[string]bool{}
	c.Each(crew+"/contacts", func(e map[string]any) { names[e["displayName"].(string)] = true })
	if len(names) != 64 || !names["63 Own"] {
		t.Errorf("there are %d contacts: %v", len(names), names)
	}
	if n := len(c.Known(crew+"/childFolders", entryText)); n != 65 {
		t.Errorf("there are %d folders", n)
	}
}
