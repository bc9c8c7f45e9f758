package directory

import (
	"slices"
	"strings"

	"github.com/graphmock/graphmock/server/internal/service"
)

// extensions are the behaviors of what apps add to objects.
func extensions() []*service.Behavior {
	return []*service.Behavior{
		{ // open ones: named by whoever adds them. DOC opentypeextension-post
			Type: "microsoft.graph.extension", KeyFrom: "extensionName",
			NotFound: "extension-unknown", Taken: "extension-exists", // OBS cli-microsoft365
			Order: []string{"extensionName", "id"},
		},
		{ // of a schema. DOC schemaextension-post-schemaextensions
			Type: "microsoft.graph.schemaExtension", KeyFrom: "id", PagesByTop: true, Taken: "object-conflict",
			Required: []string{"id", "targetTypes", "properties"},
			Value: once(map[string]func(*service.Write) any{
				"status": always("InDevelopment"),
				"owner":  func(w *service.Write) any { return w.Caller.App },
			}),
		},
		object(service.Behavior{ // of the directory. DOC application-post-extensionproperty
			Type: "microsoft.graph.extensionProperty", Required: []string{"dataType", "name", "targetObjects"},
			Order: []string{"id", "deletedDateTime", "appDisplayName", "dataType", "isMultiValued", "isSyncedFromOnPremises",
				"name", "targetObjects"},
			Value: once(map[string]func(*service.Write) any{
				"isMultiValued": always(false), "isSyncedFromOnPremises": always(false),
			}),
			Check: nameExtension,
		}),
	}
}

// nameExtension gives a new extension of the directory its whole name.
func nameExtension(c *service.Call, w *service.Write) error {
	app, found := c.Get(service.OwnerOf(c.Collection()))
	if !found || w.Old != nil {
		return nil
	}
	name, _ := w.Sent["name"].(string)
	whole := extensionPrefix(app) + name
	if hasExtension(c, app, whole) { // OBS of other settings
		return service.Fail("object-conflict")
	}
	w.Sent["name"], w.Sent["appDisplayName"] = whole, app.Properties["displayName"]
	return nil
}

// availableExtensions returns the extensions of the directory that apps have registered.
// DOC directoryobject-getavailableextensionproperties
func availableExtensions(c *service.Call) (service.Result, error) {
	synced, asked := c.Body["isSyncedFromOnPremises"].(bool)
	found := []*service.Entity{}
	c.Each(apps, service.Slice{}, func(app *service.Entity) bool {
		c.Each(app.Path+"/extensionProperties", service.Slice{}, func(e *service.Entity) bool {
			if !asked || e.Properties["isSyncedFromOnPremises"] == synced {
				found = append(found, e)
			}
			return true
		})
		return true
	})
	return service.Result{Entities: found, Context: "directoryObjects"}, nil
}

func extensionPrefix(app *service.Entity) string {
	return "extension_" + hidden(app.Text(byAppID)) + "_"
}

func hasExtension(c *service.Call, app *service.Entity, name string) bool {
	has := false
	c.Each(app.Path+"/extensionProperties", service.Slice{}, func(e *service.Entity) bool {
		has = strings.EqualFold(e.Text("name"), name)
		return !has
	})
	return has
}

// checkExtensions refuses extensions that nobody has registered. OBS msgraph-sdk-dotnet#2680
func checkExtensions(c *service.Call, w *service.Write) error {
	for name, value := range c.Body {
		if !isExtension(name) || strings.Contains(name, "@") || value == nil {
			continue
		}
		known := false
		if rest, ofDirectory := strings.CutPrefix(name, "extension_"); ofDirectory {
			app, _, _ := strings.Cut(rest, "_")
			c.Each(apps, service.Slice{}, func(e *service.Entity) bool {
				known = strings.EqualFold(hidden(e.Text(byAppID)), app) && hasExtension(c, e, name)
				return !known
			})
		} else {
			_, known = c.Get("schemaExtensions/" + name)
		}
		if !known {
			return service.Fail("directory-extension-unknown", "{property}", name)
		}
	}
	return nil
}

// checked lets several checks follow each other.
func checked(all ...func(*service.Call, *service.Write) error) func(*service.Call, *service.Write) error {
	all = slices.Clone(all)
	return func(c *service.Call, w *service.Write) error {
		for _, check := range all {
			if err := check(c, w); err != nil {
				return err
			}
		}
		return nil
	}
}
