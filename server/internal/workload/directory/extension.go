package directory

import (
	"encoding/json"
	"maps"
	"net/http"
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
			Check: func(c *service.Call, w *service.Write) error {
				ofObject := strings.Count(c.Collection(), "/") == 2             // those of messages and events are Outlook's
				if w.Old == nil && ofObject && w.Sent["extensionName"] == nil { // assumed
					return service.Fail("value-required", "{property}", "extensionName", "{type}", "OpenTypeExtension")
				}
				return nil
			},
		},
		{ // of a schema. DOC schemaextension-post-schemaextensions
			Type: schemaType, KeyFrom: "id", PagesByTop: true, Taken: "object-conflict", Create: createSchema,
			Value: once(map[string]func(*service.Write) any{
				"status": always("InDevelopment"),
				"owner":  func(w *service.Write) any { return w.Caller.App },
			}),
		},
		{ // what profile cards show, by what it shows. DOC peopleadminsettings-post-profilecardproperties
			Type: "microsoft.graph.profileCardProperty", KeyFrom: "directoryPropertyName", Taken: "object-conflict",
			Required: []string{"directoryPropertyName"},
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
	if !oneOf("Binary", "Boolean", "DateTime", "Integer", "LargeInteger", "String")(w.Sent["dataType"]) { // DOC
		return invalid("dataType", "extensionProperty")
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
	return extensionOf(c, app, name) != nil
}

// extensionOf is the extension of an application with a name, nil if there is none.
func extensionOf(c *service.Call, app *service.Entity, name string) (found *service.Entity) {
	c.Each(app.Path+"/extensionProperties", service.Slice{}, func(e *service.Entity) bool {
		if strings.EqualFold(e.Text("name"), name) {
			found = e
		}
		return found == nil
	})
	return found
}

const schemaType = "microsoft.graph.schemaExtension"

// createSchema makes a schema of extensions. A name without a domain gets one. DOC
// schemaextension-post-schemaextensions
func createSchema(c *service.Call) (service.Result, error) {
	for _, name := range []string{"id", "targetTypes", "properties"} {
		if c.Body[name] == nil {
			return service.Result{}, service.Fail("value-required", "{property}", name, "{type}", "SchemaExtension")
		}
	}
	properties := maps.Clone(c.Body)
	id := c.Text("id")
	if !isExtension(id) {
		id = "ext" + c.NewKey(schemaType)[:8] + "_" + id
	}
	if _, taken := c.Get("schemaExtensions/" + id); taken {
		return service.Result{}, service.Fail("object-conflict")
	}
	properties["id"] = id
	return service.Result{Status: http.StatusCreated, Entity: c.Create("schemaExtensions", schemaType, properties)}, nil
}

// checkExtensions refuses extensions that nobody has registered. OBS msgraph-sdk-dotnet#2680
func checkExtensions(c *service.Call, w *service.Write) error {
	for name, value := range c.Body {
		if !isExtension(name) || strings.Contains(name, "@") || value == nil {
			continue
		}
		of, fits := targetOf(c), false
		var extension *service.Entity
		if rest, ofDirectory := strings.CutPrefix(name, "extension_"); ofDirectory {
			app, _, _ := strings.Cut(rest, "_")
			c.Each(apps, service.Slice{}, func(e *service.Entity) bool {
				if strings.EqualFold(hidden(e.Text(byAppID)), app) {
					extension = extensionOf(c, e, name)
				}
				return extension == nil
			})
			fits = extension != nil && (extension.Properties["isMultiValued"] == true || isOfType(value, extension.Text("dataType")))
		} else if e, found := c.Get("schemaExtensions/" + name); found {
			extension, fits = e, fitsSchema(value, e)
		}
		if extension == nil || !extends(extension, of) {
			return service.Fail("directory-extension-unknown", "{property}", name)
		}
		if !fits { // assumed: as of other properties
			return invalid(name, of)
		}
	}
	return nil
}

// targetOf is the type of the object that a request is about, by its short name.
func targetOf(c *service.Call) string {
	if c.Path.Type == nil {
		return ""
	}
	return c.Path.Type.ShortName()
}

// extends reports whether an extension is for a type. DOC: targetObjects, targetTypes
func extends(extension *service.Entity, of string) bool {
	for _, name := range []string{"targetObjects", "targetTypes"} {
		if all := texts(extension.Properties[name]); len(all) > 0 && of != "directoryObject" && !oneOf(all...)(of) {
			return false
		}
	}
	return true
}

// isOfType reports whether a value is of a type of extensions. DOC extensionproperty resource
func isOfType(value any, name string) bool {
	switch value.(type) {
	case bool:
		return name == "Boolean"
	case json.Number:
		return name == "Integer" || name == "LargeInteger"
	case string:
		return name == "String" || name == "Binary" || name == "DateTime" || name == "LargeInteger"
	}
	return false
}

// fitsSchema reports whether a value has properties of a schema only, each of its type.
func fitsSchema(value any, schema *service.Entity) bool {
	object, isObject := value.(map[string]any)
	declared, _ := schema.Properties["properties"].([]any)
	for name, each := range object {
		i := slices.IndexFunc(declared, func(p any) bool {
			property, _ := p.(map[string]any)
			return property["name"] == name
		})
		if strings.Contains(name, "@") {
			continue
		}
		if i < 0 {
			return false
		}
		kind, _ := declared[i].(map[string]any)["type"].(string)
		if each != nil && !isOfType(each, kind) {
			return false
		}
	}
	return isObject
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
