package teams

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/graphmock/graphmock/server/internal/service"
)

// apps are where the apps of the store are; tabs and installations refer to them.
const apps = "appCatalogs/./teamsApps"

// app is an app of the catalog. Some are there for everybody. DOC teams-configuring-builtin-tabs
func app() *service.Behavior {
	b := &service.Behavior{Type: prefix + "teamsApp", NotFound: "team-app-unknown"}
	for _, each := range [][2]string{
		{"com.microsoft.teamspace.tab.web", "Website"}, {"com.microsoft.teamspace.tab.planner", "Planner"},
		{"com.microsoft.teamspace.tab.files.sharepoint", "SharePoint"}, {"com.microsoft.teamspace.tab.file.staticviewer.word", "Word"},
		{"com.microsoft.teamspace.tab.file.staticviewer.excel", "Excel"}, {"com.microsoft.teamspace.tab.wiki", "Wiki"},
		{"com.microsoft.teamspace.tab.youtube", "YouTube"}, {"81fef3a6-72aa-4648-a763-de824aeafb7d", "Forms"},
	} {
		b.Initial = append(b.Initial, map[string]any{
			"id": each[0], "externalId": nil, "displayName": each[1], "distributionMethod": "store",
		})
	}
	return b
}

// appDefinition is a version of an app of the catalog: 204, or 201 if it is to be reviewed
// first. What its package says is not read. DOC teamsapp-update
func appDefinition() *service.Behavior {
	const definitionType = prefix + "teamsAppDefinition"
	return &service.Behavior{
		Type: definitionType, NotFound: "thread-not-found",
		Create: func(c *service.Call) (service.Result, error) {
			query, _ := url.ParseQuery(c.URLQuery)
			made := map[string]any{"teamsAppId": keyOf(service.OwnerOf(c.Collection())), "publishingState": "published"}
			if query.Get("requiresReview") != "true" {
				c.Create(c.Collection(), definitionType, made)
				return service.Result{}, nil
			}
			made["publishingState"] = "submitted"
			return service.Result{Status: http.StatusCreated, Entity: c.Create(c.Collection(), definitionType, made)}, nil
		},
	}
}

// tab is a tab of a channel or a chat: 201, with a link to its app. DOC channel-post-tabs
func tab() *service.Behavior {
	return &service.Behavior{
		Type: prefix + "teamsTab", NotFound: "thread-not-found", MaxBound: 1,
		Order: []string{"id", "displayName", "webUrl", "configuration"},
		Value: func(w *service.Write, name string) (any, bool) {
			switch name {
			case "webUrl":
				name, _ := w.Sent["displayName"].(string)
				in := threadIn(w.Collection())
				return w.Seeded("webUrl", "https://teams.microsoft.com/l/entity/"+url.QueryEscape(in.channel+in.chat)+"/tab%3A%3A"+
					w.Key+"?label="+url.QueryEscape(name)), true // REC, without the app
			case "configuration":
				return w.Sent[name], true
			}
			return nil, false
		},
		Check: func(c *service.Call, w *service.Write) error {
			c.Settle(apps, prefix+"teamsApp")
			if w.Old == nil && w.Sent["teamsApp@odata.bind"] == nil {
				return service.Fail("value-required", "{property}", "teamsApp@odata.bind", "{type}", "TeamsTab")
			}
			return nil
		},
	}
}

// installation is an app in a team or a chat; one can be there once. DOC team-post-installedapps
func installation() *service.Behavior {
	return &service.Behavior{
		Type: prefix + "teamsAppInstallation", NotFound: "thread-not-found", MaxBound: 1,
		Check: func(c *service.Call, w *service.Write) error {
			c.Settle(apps, prefix+"teamsApp")
			bound := textIn(w.Sent, "teamsApp@odata.bind")
			if bound == "" {
				if w.Old != nil {
					return nil
				}
				return service.Fail("value-required", "{property}", "teamsApp@odata.bind", "{type}", "TeamsAppInstallation")
			}
			app, err := c.Locate(bound)
			if err != nil {
				return err
			}
			for _, links := range c.Tx.Referrers(app) {
				if rest, here := strings.CutPrefix(links, c.Collection()+"/"); here && strings.HasSuffix(rest, "/teamsApp") {
					return service.Fail("team-app-installed", "{id}", keyOf(app))
				}
			}
			return nil
		},
		Operations: map[string]service.Operation{"upgrade": nothing},
	}
}
