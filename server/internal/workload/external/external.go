// Package external is what connectors do beyond their model: connections of content from elsewhere,
// whose ids their developers choose.
package external

import (
	"regexp"
	"strings"

	"github.com/graphmock/graphmock/server/internal/service"
)

const prefix = "microsoft.graph.externalConnectors."

// Behaviors returns those of connections, their schemas and what is in them.
func Behaviors() []*service.Behavior {
	return []*service.Behavior{
		{
			Type: prefix + "externalConnection", KeyFrom: "id", NotFound: "connection-not-found", Taken: "connection-exists",
			Order: strings.Fields("id name description state configuration"), // REC cli-microsoft365
			Value: connectionValue, Check: checkConnection,
		},
		{Type: prefix + "schema", Written: schemaWritten},
		{Type: prefix + "externalItem", ClientKey: true, NotFound: "connection-not-found"},
		{Type: prefix + "externalGroup", KeyFrom: "id", NotFound: "connection-not-found"},
	}
}

// connectionValue says what a new connection is: a draft, which the app that has made it may fill.
func connectionValue(w *service.Write, property string) (any, bool) {
	switch property {
	case "state":
		if w.Old != nil && !w.Seeding {
			return w.Before(property), true
		}
		return w.Seeded(property, "draft"), true
	case "configuration":
		if w.Sent[property] == nil {
			app := []any{}
			if w.Caller.App != "" {
				app = append(app, w.Caller.App)
			}
			return map[string]any{"authorizedApps": app, "authorizedAppIds": app}, true
		}
	}
	return nil, false
}

// connectionID is what ids of connections are like (DOC externalconnectors-external-post-connections).
var connectionID = regexp.MustCompile(`^[A-Za-z0-9]{3,32}$`)

func checkConnection(_ *service.Call, w *service.Write) error {
	id, _ := w.Sent["id"].(string)
	name, _ := w.Sent["name"].(string)
	switch {
	case w.Old == nil && (!connectionID.MatchString(id) || strings.HasPrefix(strings.ToLower(id), "microsoft")):
		return service.Fail("connection-id-invalid")
	case name == "":
		return service.Fail("connection-name-missing")
	}
	return nil
}

// schemaWritten lets a connection be ready that has a schema: at once, where Graph takes some minutes
// (DOC externalconnectors-externalconnection-patch-schema).
func schemaWritten(c *service.Call, _ *service.Write) error {
	if connection, found := c.Get(service.OwnerOf(c.Collection())); found && connection.Text("state") == "draft" {
		connection.Properties["state"] = "ready"
		c.Put(connection)
	}
	return nil
}
