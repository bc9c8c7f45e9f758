package files

import (
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// sites is the behavior of sites: they are found by path, by what they are called, and the one
// of a host as root.
func sites() *service.Behavior {
	return &service.Behavior{
		Type: "microsoft.graph.site", PagesByTop: true, NotFound: "site-not-found", ByPath: siteAt, Elsewhere: siteOfHost, Value: wholeSeconds,
		Virtual: virtualSite, Given: givenSites, Order: siteOrder,
		Search: func(word string) func(map[string]any) bool {
			word = strings.ToLower(strings.Trim(word, "*"))
			return func(site map[string]any) bool {
				return strings.Contains(strings.ToLower(text(site["displayName"])+" "+text(site["name"])+" "+text(site["webUrl"])), word)
			}
		},
	}
}

// siteOfHost finds the site at the root of a host, or of the tenant (DOC site-get).
func siteOfHost(r store.Reader, collection, key string) string {
	if key != "root" && !strings.Contains(key, ".") || strings.Contains(key, ",") || key == "." {
		return ""
	}
	if collection != "sites" && key == "root" {
		return givenSite(r, collection, "")
	}
	all := r.Snapshot(collection)
	page, _, _ := all.Page(r, store.Cursor{}, 1000)
	for i := range page {
		host, isRoot := strings.CutPrefix(strings.TrimSuffix(text(read(page[i].JSON)["webUrl"]), "/"), "https://")
		if isRoot && !strings.Contains(host, "/") && (key == "root" || strings.EqualFold(host, key)) {
			return collection + "/" + service.KeyOf(page[i].ID)
		}
	}
	if host := hostOf(r); key == "root" || strings.EqualFold(key, host) {
		return "sites/" + text(rootSite(host)["id"])
	}
	return ""
}

// lists is the behavior of lists: they are found by their name as well (DOC list-get).
func lists() *service.Behavior {
	return &service.Behavior{
		Type: "microsoft.graph.list", PagesByTop: true, NotFound: "drive-item-not-found", Value: listValue,
		Order: strings.Fields("createdDateTime description eTag id lastModifiedDateTime name webUrl displayName createdBy " +
			"lastModifiedBy parentReference list"),
		Elsewhere: func(r store.Reader, collection, key string) string {
			page, _, _ := r.Snapshot(collection).Page(r, store.Cursor{}, 1000)
			for i := range page {
				list := read(page[i].JSON)
				if strings.EqualFold(text(list["name"]), key) || strings.EqualFold(text(list["displayName"]), key) {
					return collection + "/" + service.KeyOf(page[i].ID)
				}
			}
			return "-"
		},
	}
}

func listValue(w *service.Write, property string) (any, bool) {
	switch property {
	case "name":
		return strings.ReplaceAll(text(w.Sent["displayName"]), " ", ""), w.Sent["name"] == nil
	case "displayName":
		return w.Sent["name"], w.Sent["displayName"] == nil && w.Sent["name"] != nil
	case "list":
		info := map[string]any{"contentTypesEnabled": false, "hidden": false, "template": "genericList"}
		sent, _ := w.Sent["list"].(map[string]any)
		for name, value := range sent {
			info[name] = value
		}
		return info, true
	}
	return wholeSeconds(w, property)
}

// listItems is the behavior of the items of a list. Their ids are numbers [REC].
func listItems() *service.Behavior {
	return &service.Behavior{
		Type: "microsoft.graph.listItem", PagesByTop: true, NotFound: "drive-item-not-found", NextKey: nextNumber, Joined: []string{"fields"},
		Order: strings.Fields("createdDateTime eTag id lastModifiedDateTime webUrl createdBy lastModifiedBy parentReference contentType"),
		Value: listItemValue, Check: checkFields, Listed: checkIndexed, Tag: listItemTag,
		Tagged: &service.Tagged{Mismatch: "item-changed"},
	}
}

func nextNumber(r store.Reader, collection string) string {
	for n := r.Len(collection) + 1; ; n++ {
		id := strconv.Itoa(n)
		_, taken := r.Get(collection, id)
		if _, deleted := r.Get("~"+collection, id); !taken && !deleted {
			return id
		}
	}
}

func listItemValue(w *service.Write, property string) (any, bool) {
	switch property {
	case "eTag":
		return listItemETag(w.Collection(), w.Key, w.Version()), true
	case "contentType":
		return map[string]any{"id": "0x0100", "name": "Item"}, w.Sent[property] == nil
	case "createdBy", "lastModifiedBy":
		if who := w.Caller.User; who.ID != "" && !w.Seeding && (property == "lastModifiedBy" || w.Old == nil) {
			return map[string]any{"user": map[string]any{"id": who.ID, "displayName": who.DisplayName}}, true
		}
		return nil, false
	}
	return wholeSeconds(w, property)
}

// listItemETag is the tag of a version of an item: a GUID and a number, without braces [REC].
func listItemETag(collection, key string, version uint64) string {
	return `"` + uuid.NewSHA1(uuid.Nil, []byte(collection+"/"+key)).String() + "," + strconv.FormatUint(version, 10) + `"`
}

func listItemTag(r *store.Record) string { return text(read(r.JSON)["eTag"]) }

// checkFields refuses fields that are no columns of the list, if it says which it has.
func checkFields(c *service.Call, w *service.Write) error {
	fields, _ := w.Sent["fields"].(map[string]any)
	return checkColumns(c.Tx, c.Collection(), fields)
}

func checkColumns(r store.Reader, items string, fields map[string]any) error {
	columns := columnsOf(r, items)
	if len(columns) == 0 {
		return nil
	}
	for name := range fields {
		base := strings.TrimSuffix(name, "LookupId")
		if columns[name] == nil && columns[base] == nil && !systemColumns[name] && !strings.Contains(name, "@") {
			return service.Fail("field-unknown", "{id}", name)
		}
	}
	return nil
}

// systemColumns are columns that every list has.
var systemColumns = map[string]bool{
	"Title": true, "id": true, "ID": true, "ContentType": true, "Modified": true, "Created": true, "Author": true,
	"Editor": true, "Attachments": true, "LinkTitle": true,
}

// columnsOf returns the columns of the list whose items are in a collection, by name.
func columnsOf(r store.Reader, items string) map[string]map[string]any {
	all := map[string]map[string]any{}
	list := service.OwnerOf(items)
	page, _, _ := r.Snapshot(list+"/columns").Page(r, store.Cursor{}, 500)
	for i := range page {
		column := read(page[i].JSON)
		all[text(column["name"])] = column
	}
	return all
}

// checkIndexed refuses filters and orders by columns without an index, unless the client
// prefers otherwise (observed text).
func checkIndexed(r store.Reader, q *service.Request, collection string) error {
	if q.Query == nil || strings.Contains(strings.Join(q.Header["Prefer"], ","), "HonorNonIndexedQueriesWarningMayFailRandomly") {
		return nil
	}
	columns := columnsOf(r, collection)
	for _, name := range fieldsIn(q.Query) {
		if name != "id" && name != "ID" && columns[name]["indexed"] != true {
			return service.Fail("field-unindexed", "{id}", name)
		}
	}
	return nil
}

// fieldsIn are the fields that a query filters or orders by.
func fieldsIn(o *odata.Options) (names []string) {
	if o.Filter != nil {
		for _, path := range o.Filter.Paths() {
			if name, is := strings.CutPrefix(path, "fields/"); is {
				names = append(names, name)
			}
		}
	}
	for _, key := range o.OrderBy {
		if name, is := strings.CutPrefix(key.Path, "fields/"); is {
			names = append(names, name)
		}
	}
	return names
}

// fields is the behavior of what the columns of a list have for an item. Those that SharePoint
// sets follow from the item [REC].
func fields() *service.Behavior {
	return &service.Behavior{
		Type: "microsoft.graph.fieldValueSet", NotFound: "drive-item-not-found", Show: showFields, Changed: fieldsChanged,
		Check: func(c *service.Call, w *service.Write) error {
			if items := service.CollectionOf(service.OwnerOf(c.Collection())); strings.HasSuffix(items, "/items") {
				return checkColumns(c.Tx, items, w.Sent)
			}
			return nil
		},
	}
}

func showFields(r store.Reader, path string, set map[string]any) {
	item, found := service.Read(r, service.OwnerOf(service.CollectionOf(path)))
	if !found {
		return
	}
	set["id"] = item.Key()
	for name, value := range map[string]any{
		"ContentType": "Item", "Created": item.Properties["createdDateTime"], "Modified": item.Properties["lastModifiedDateTime"],
		"_UIVersionString": strconv.FormatUint(item.Record.Version, 10) + ".0", "Attachments": false, "Edit": "",
		"ItemChildCount": "0", "FolderChildCount": "0",
	} {
		set[name] = value
	}
	if title := set["Title"]; title != nil {
		set["LinkTitle"], set["LinkTitleNoMenu"] = title, title
	}
}

// fieldsChanged makes a change of its fields one of the item.
func fieldsChanged(tx store.Tx, c service.Change) {
	if c.Deleted {
		return
	}
	if item, is := strings.CutSuffix(c.Collection, "/fields"); is {
		c.Amend(tx, item, func(map[string]any) bool { return true })
	}
}
