package external_test

import (
	"fmt"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
	"github.com/graphmock/graphmock/server/internal/workload/external"
)

func TestConnectionsHaveTheIdsOfTheirDevelopers(t *testing.T) {
	t.Parallel()
	c := servicetest.NewClient(t, openapi.Embedded().Tree(), external.Behaviors()...)
	const connections = "/external/connections"
	made := c.Must(201, "POST", connections, `{"id": "contosohr", "name": "HR", "description": "Who is who", "state": "ready"}`)
	got := fmt.Sprint(made["id"], " ", made["state"], " ", made["configuration"])
	if want := "contosohr draft map[authorizedAppIds:[app] authorizedApps:[app]]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	c.Want("POST", connections, `{"id": "contosohr", "name": "HR"}`, 0, "connection-exists")
	for _, id := range []string{"", "hr", "contoso-hr", "MicrosoftHR", "x23456789012345678901234567890123"} {
		c.Want("POST", connections, `{"id": "`+id+`", "name": "HR"}`, 0, "connection-id-invalid")
	}
	c.Want("POST", connections, `{"id": "contosoit"}`, 0, "connection-name-missing")
	c.Want("GET", connections+"/other", "", 0, "connection-not-found")
	if status, text := c.Send("PATCH", connections+"/contosohr/schema", `{"baseType": "microsoft.graph.externalItem", "properties": []}`); status/100 != 2 {
		t.Errorf("PATCH: %d %s", status, text)
	}
	if state := c.Get(connections + "/contosohr")["state"]; state != "ready" {
		t.Errorf("with a schema it is %v", state)
	}
	item := connections + "/contosohr/items/T1"
	const of = `{"acl": [{"type": "everyone", "value": "x", "accessType": "grant"}], "properties": {"title": "%s"}}`
	for _, title := range []string{"A", "B"} {
		if status, text := c.Send("PUT", item, fmt.Sprintf(of, title)); status/100 != 2 {
			t.Errorf("PUT: %d %s", status, text)
		}
		if properties := c.Get(item)["properties"]; fmt.Sprint(properties) != "map[title:"+title+"]" {
			t.Errorf("the item is %v", properties)
		}
	}
	c.Send("DELETE", item, "")
	c.Want("GET", item, "", 0, "connection-not-found")
}
