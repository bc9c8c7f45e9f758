package files

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// systemColumns are columns that every list has from the start, with the ids that they have in all
// of SharePoint.
var systemColumns = []struct{ name, displayName, id, facet string }{
	{"ContentType", "Content Type", "c042a256-787d-4a6f-8a8a-cf6ab767f12d", "text"},
	{"Title", "Title", "fa564e0f-0c70-4ab9-b863-0177e6ddd247", "text"},
	{"ID", "ID", "1d22ea11-1e32-424e-89ab-9fedbadb6ce1", "number"},
	{"Modified", "Modified", "28cf69c5-fa48-462a-b5cd-27b6f9d2bd5f", "dateTime"},
	{"Created", "Created", "8c06beca-0777-48f7-91c7-6da68bc07b69", "dateTime"},
	{"Author", "Created By", "1df5e554-ec7e-46a6-901d-d85a3881cb18", "personOrGroup"},
	{"Editor", "Modified By", "d31655d1-1d5b-4511-95a1-7a09e9b75bf2", "personOrGroup"},
	{"_UIVersionString", "Version", "dce8262a-3ae9-45aa-aab4-83bd75fb738a", "text"},
	{"Attachments", "Attachments", "67df98f4-9dec-48ff-a553-29bece9c5bf4", "boolean"},
	{"LinkTitle", "Title", "82642ec8-ef9b-478f-acf9-31f7d45fbc31", "text"},
}

func isSystemColumn(name string) bool {
	for _, each := range systemColumns {
		if each.name == name {
			return true
		}
	}
	return name == "id"
}

// facets are what a column of a type has that its client does not say (DOC columndefinition and the
// resource types of its properties).
var facets = map[string]map[string]any{
	"boolean":               {},
	"calculated":            {},
	"choice":                {"allowTextEntry": false, "choices": []any{}, "displayAs": "dropDownMenu"},
	"currency":              {},
	"dateTime":              {"displayAs": "default", "format": "dateOnly"},
	"geolocation":           {},
	"lookup":                {"allowMultipleValues": false, "allowUnlimitedLength": false},
	"number":                {"decimalPlaces": "automatic", "displayAs": "number"},
	"term":                  {},
	"thumbnail":             {},
	"contentApprovalStatus": {},
	"hyperlinkOrPicture":    {"isPicture": false},
	"personOrGroup":         {"allowMultipleSelection": false, "displayAs": "account", "chooseFromType": "peopleAndGroups"},
	"text": {"allowMultipleLines": false, "appendChangesToExistingText": false, "linesForEditing": json.Number("0"),
		"maxLength": json.Number("255")},
}

// columns is the behavior of the columns of a list, or of a site.
func columns() *service.Behavior {
	return &service.Behavior{
		Type: "microsoft.graph.columnDefinition", PagesByTop: true, NotFound: "drive-item-not-found", Query: checkSkip,
		Order: strings.Fields("columnGroup description displayName enforceUniqueValues hidden id indexed name readOnly required"),
		Value: columnValue, Check: checkColumn, Given: givenColumns, MaxBound: 1,
		Remove: func(c *service.Call) (bool, error) {
			e, err := c.Bound()
			if err == nil && isSystemColumn(e.Text("name")) {
				err = service.Fail("column-protected")
			}
			return false, err
		},
	}
}

func columnValue(w *service.Write, property string) (any, bool) {
	switch property {
	case "name": // as SharePoint writes names that have spaces
		return strings.ReplaceAll(text(w.Sent["displayName"]), " ", "_x0020_"), w.Sent["name"] == nil
	case "displayName":
		return w.Sent["name"], w.Sent["displayName"] == nil
	}
	if usual, is := facets[property]; is {
		sent, is := w.Sent[property].(map[string]any)
		all := maps.Clone(usual)
		maps.Copy(all, sent)
		return all, is
	}
	return service.Defaults(map[string]any{
		"columnGroup": "Custom Columns", "description": "", "enforceUniqueValues": false, "hidden": false, "indexed": false,
		"readOnly": false, "required": false,
	})(w, property)
}

// givenColumns are those that a list has from the start, or a content type: its name and the title of
// its items.
func givenColumns(r store.Reader, collection string) (all []map[string]any) {
	owner := service.OwnerOf(collection)
	list, found := service.Read(r, owner)
	given := systemColumns
	switch {
	case path.Base(path.Dir(owner)) == "contentTypes":
		given = systemColumns[:2]
	case !found || list.Type != "microsoft.graph.list":
		return nil
	}
	for _, each := range given {
		all = append(all, map[string]any{
			"id": each.id, "name": each.name, "displayName": each.displayName, "columnGroup": "Custom Columns", "description": "",
			"enforceUniqueValues": false, "hidden": false, "indexed": false, "readOnly": each.name != "Title",
			"required": each.name == "Title", each.facet: facets[each.facet],
		})
	}
	return all
}

// checkColumn wants a name that no other column has which somebody has added (DOC
// list-post-columns adds a second Title).
func checkColumn(c *service.Call, w *service.Write) error {
	if err := fromSource(c, w); err != nil {
		return err
	}
	name := text(w.Sent["name"])
	if name == "" {
		name = strings.ReplaceAll(text(w.Sent["displayName"]), " ", "_x0020_")
	}
	if name == "" {
		return service.Fail("column-name-missing")
	}
	page, _, _ := c.Tx.Snapshot(c.Collection()).Page(c.Tx, store.Cursor{}, 500)
	for i := range page {
		if page[i].ID != w.Key && strings.EqualFold(text(read(page[i].JSON)["name"]), name) {
			return service.Fail("already-exists")
		}
	}
	return nil
}

// fromSource makes a new column what the column of the site is that it is added from, id and all (DOC
// contenttype-post-columns).
func fromSource(c *service.Call, w *service.Write) error {
	bound := text(w.Sent["sourceColumn@odata.bind"])
	if w.Old != nil || bound == "" {
		return nil
	}
	at, err := c.Locate(bound)
	if err != nil {
		return err
	}
	source, found := c.Get(at)
	if !found {
		return service.Fail("drive-item-not-found")
	}
	w.Key = source.Key()
	for name, value := range source.Properties {
		if _, sent := w.Sent[name]; !sent {
			w.Sent[name] = value
		}
	}
	if text(w.Sent["name"]) == "" { // that of fixtures may have none
		w.Sent["name"] = source.Key()
	}
	return nil
}

// wrongField says why a column can't have a value, "" if it can. Columns of choices take any text.
func wrongField(column map[string]any, value any) string {
	number, isNumber := value.(json.Number)
	written, isText := value.(string)
	_, isBool := value.(bool)
	_, isTime := service.ParseTime(value)
	limits, _ := column["text"].(map[string]any)
	switch {
	case value == nil || column == nil:
	case (column["number"] != nil || column["currency"] != nil) && !isNumber:
		return fmt.Sprintf("'%v' is no number", value)
	case column["boolean"] != nil && !isBool:
		return fmt.Sprintf("'%v' is neither true nor false", value)
	case column["dateTime"] != nil && !isTime:
		return fmt.Sprintf("'%v' is no time", value)
	case limits != nil && !isText:
		return fmt.Sprintf("'%v' is no text", value)
	case limits != nil && limits["allowMultipleLines"] != true && utf8.RuneCountInString(written) > 255:
		return "it has more than 255 characters"
	case column["number"] != nil:
		return outside(column["number"], number)
	}
	return ""
}

// outside says why a number is none that a column takes.
func outside(facet any, number json.Number) string {
	limits, _ := facet.(map[string]any)
	n, _ := number.Float64()
	for name, sign := range map[string]float64{"minimum": 1, "maximum": -1} {
		if limit, has := limits[name].(json.Number); has {
			if at, _ := limit.Float64(); sign*n < sign*at {
				return fmt.Sprintf("%s is beyond the %s %s", number, name, limit)
			}
		}
	}
	return ""
}

// siteContentTypes are the types that every site has and that others derive from, by their ids in all
// of SharePoint (DOC of its base content type hierarchy).
var siteContentTypes = []map[string]any{
	siteContentType("0x01", "Item", "Create a new list item.", "List Content Types"),
	siteContentType("0x0101", "Document", "Create a new document.", "Document Content Types"),
	siteContentType("0x0120", "Folder", "Create a new folder.", "Folder Content Types"),
}

func siteContentType(id, name, description, group string) map[string]any {
	return map[string]any{"id": id, "name": name, "description": description, "group": group,
		"hidden": false, "readOnly": false, "sealed": false}
}

// contentTypes is the behavior of what the items of a site or a list can be.
func contentTypes() *service.Behavior {
	return &service.Behavior{
		Type: "microsoft.graph.contentType", NotFound: "drive-item-not-found", Query: checkSkip,
		Given: func(r store.Reader, collection string) []map[string]any {
			owner := service.OwnerOf(collection)
			list, found := service.Read(r, owner)
			switch {
			case path.Dir(owner) == "sites":
				return siteContentTypes
			case !found || list.Type != "microsoft.graph.list":
				return nil
			}
			kind := map[string]any{"id": "0x0100", "name": "Item", "description": "Create a new list item."}
			if info, _ := list.Properties["list"].(map[string]any); info["template"] == "documentLibrary" {
				kind = map[string]any{"id": "0x0101", "name": "Document", "description": "Create a new document."}
			}
			maps.Copy(kind, map[string]any{"group": "List Content Types", "hidden": false, "readOnly": false, "sealed": false})
			return []map[string]any{kind}
		},
	}
}

const (
	listItemVersion = "microsoft.graph.listItemVersion"
	fieldValueSet   = "microsoft.graph.fieldValueSet"
)

// listItemVersions is the behavior of what an item of a list was: the present version comes first
// (DOC listitem-list-versions).
func listItemVersions() *service.Behavior {
	return &service.Behavior{
		Type: listItemVersion, NotFound: "drive-item-not-found", Value: versionValue,
		Order: strings.Fields("id lastModifiedDateTime lastModifiedBy"),
		Rank:  func(w *service.Write) int64 { return -int64(versionNumber(w.Key)) },
		Given: func(r store.Reader, collection string) []map[string]any {
			item, found := service.Read(r, service.OwnerOf(collection))
			if !found || item.Type != "microsoft.graph.listItem" {
				return nil
			}
			return []map[string]any{listItemVersionOf(item)}
		},
		Linked: map[string]func(store.Reader, string) []string{"fields": func(r store.Reader, path string) []string {
			if _, kept := r.Get(path+"/fields", "."); kept {
				return []string{path + "/fields/."}
			}
			return []string{service.OwnerOf(service.CollectionOf(path)) + "/fields/."}
		}},
		Operations: map[string]service.Operation{"restoreVersion": restoreListItem},
	}
}

// listItemVersionOf is the version that an item is at present.
func listItemVersionOf(item *service.Entity) map[string]any {
	version := map[string]any{"id": versionID(int(item.Record.Version)), "lastModifiedDateTime": item.Properties["lastModifiedDateTime"]}
	if by := item.Properties["lastModifiedBy"]; by != nil {
		version["lastModifiedBy"] = by
	}
	return version
}

// keepListItem keeps what an item is before it changes.
func keepListItem(c *service.Call, path string) {
	item, found := c.Get(path)
	if !found {
		return
	}
	version := listItemVersionOf(item)
	if _, kept := c.Tx.Get(path+"/versions", text(version["id"])); kept {
		return
	}
	made := c.Create(path+"/versions", listItemVersion, version)
	if set, found := c.Get(path + "/fields/."); found {
		c.Put(&service.Entity{Path: made.Path + "/fields/.", Type: fieldValueSet, Properties: set.Properties})
	}
	if oldest := int(item.Record.Version) + 1 - maxVersions; oldest > 0 {
		c.Tx.Delete(path+"/versions", versionID(oldest))
	}
}

// restoreListItem gives an item the fields of a version again: as a new one (DOC
// listitemversion-restore).
func restoreListItem(c *service.Call) (service.Result, error) {
	e, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	path := service.OwnerOf(service.CollectionOf(e.Path))
	item, found := c.Get(path)
	if !found {
		return service.Result{}, service.Fail("drive-item-not-found")
	}
	if listItemVersionOf(item)["id"] == e.Key() {
		return service.Result{}, service.Fail("version-is-current")
	}
	keepListItem(c, path)
	if set, found := c.Get(e.Path + "/fields/."); found { // others have the fields that the item has now
		c.Put(&service.Entity{Path: path + "/fields/.", Type: fieldValueSet, Properties: set.Properties})
	}
	return service.Result{}, nil
}
