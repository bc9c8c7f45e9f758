package files

import (
	"net/url"
	"slices"
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
		Virtual: virtualSite, Given: givenSites, Order: siteOrder, Missing: missingSite, Query: checkSkip,
		Search: findSites,
		Operations: map[string]service.Operation{
			"add": followSites, "remove": unfollowSites, "getAllSites": allSites, "getByPath": siteByPath,
		},
	}
}

// missingSite is the error about the id of a site that there is not: of a host and two GUIDs
// (observed text).
func missingSite(_, id string) string {
	parts := strings.Split(id, ",")
	if len(parts) > 1 && (len(parts) != 3 || uuid.Validate(parts[1]) != nil || uuid.Validate(parts[2]) != nil) {
		return "site-id-malformed"
	}
	return "site-not-found"
}

// checkSkip refuses $skip: lists of drives and sites go on by their links alone.
func checkSkip(q *service.Query) *odata.Error {
	if q.Options.Skip != nil {
		return &odata.Error{Option: "$skip", Rule: skipOption, Message: "$skip is not supported on this API. " +
			"Only URLs returned by the API can be used to page."}
	}
	return nil
}

// skipOption is the error about that.
const skipOption = "files-skip"

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
		Type: "microsoft.graph.list", PagesByTop: true, NotFound: "list-not-found", Value: listValue, Show: showList,
		Check: checkList, Query: checkSkip, Search: findLists,
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

// checkList wants a name that clients see, and no other list has; the other one is made of it.
func checkList(c *service.Call, w *service.Write) error {
	name := text(w.Sent["displayName"])
	switch {
	case w.Old == nil && w.Sent["name"] != nil:
		return service.Fail("list-name-assigned")
	case strings.TrimSpace(name) == "":
		return service.Fail("list-name-missing")
	}
	page, _, _ := c.Tx.Snapshot(c.Collection()).Page(c.Tx, store.Cursor{}, 1000)
	for i := range page {
		if service.KeyOf(page[i].ID) != w.Key && strings.EqualFold(text(read(page[i].JSON)["displayName"]), name) {
			return service.Fail("already-exists")
		}
	}
	return nil
}

// showList sets what follows from the site.
func showList(r store.Reader, path string, list map[string]any) {
	site, found := service.Read(r, service.OwnerOf(service.CollectionOf(path)))
	if !found || site.Type != "microsoft.graph.site" {
		return
	}
	info, _ := list["list"].(map[string]any)
	in := "/Lists/"
	if info["template"] == "documentLibrary" {
		in = "/"
	}
	if list["webUrl"] == nil {
		list["webUrl"] = strings.TrimSuffix(site.Text("webUrl"), "/") + in + url.PathEscape(text(list["name"]))
	}
	list["parentReference"] = map[string]any{"siteId": site.Key()}
}

func listValue(w *service.Write, property string) (any, bool) {
	switch property {
	case "name":
		return strings.ReplaceAll(text(w.Sent["displayName"]), " ", ""), w.Sent["name"] == nil
	case "displayName":
		return w.Sent["name"], w.Sent["displayName"] == nil && w.Sent["name"] != nil
	case "eTag":
		return `"` + w.Key + "," + strconv.FormatUint(w.Version(), 10) + `"`, true
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
		Type: "microsoft.graph.listItem", PagesByTop: true, NotFound: "drive-item-not-found", Query: checkSkip, Show: showListItem, NextKey: nextNumber, Joined: []string{"fields"},
		Order: strings.Fields("createdDateTime eTag id lastModifiedDateTime webUrl createdBy lastModifiedBy parentReference contentType"),
		Value: listItemValue, Check: checkListItem, Listed: checkIndexed, Tag: listItemTag, Search: findListItems,
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

// showListItem sets where an item is.
func showListItem(r store.Reader, path string, item map[string]any) {
	list, found := service.Read(r, service.OwnerOf(service.CollectionOf(path)))
	if !found || list.Type != "microsoft.graph.list" {
		return
	}
	showList(r, list.Path, list.Properties)
	item["webUrl"] = list.Text("webUrl") + "/" + text(item["id"]) + "_.000"
	site, _ := list.Properties["parentReference"].(map[string]any)
	item["parentReference"] = map[string]any{"id": list.Key(), "siteId": site["siteId"]}
}

// checkListItem checks the fields that come with an item, and keeps what it was.
func checkListItem(c *service.Call, w *service.Write) error {
	fields, _ := w.Sent["fields"].(map[string]any)
	if err := checkColumns(c.Tx, c.Collection(), fields); err != nil {
		return err
	}
	if w.Old != nil {
		keepListItem(c, c.Collection()+"/"+w.Old.ID)
	}
	return nil
}

// checkColumns refuses fields that are no columns of the list, if it says which it has, and those
// that a column can't have.
func checkColumns(r store.Reader, items string, fields map[string]any) error {
	columns := columnsOf(r, items)
	for name, value := range fields {
		base := strings.TrimSuffix(name, "LookupId")
		if len(columns) > 0 && columns[name] == nil && columns[base] == nil && !isSystemColumn(name) && !strings.Contains(name, "@") {
			return service.Fail("field-unknown", "{id}", name)
		}
		column := columns[name]
		if name == "Title" {
			column = map[string]any{"text": facets["text"]}
		}
		if reason := wrongField(column, value); reason != "" {
			return service.Fail("field-invalid", "{id}", name, "{reason}", reason)
		}
	}
	return nil
}

// columnsOf returns the columns of the list whose items are in a collection that somebody has
// added, by name.
func columnsOf(r store.Reader, items string) map[string]map[string]any {
	all := map[string]map[string]any{}
	list := service.OwnerOf(items)
	page, _, _ := r.Snapshot(list+"/columns").Page(r, store.Cursor{}, 500)
	for i := range page {
		if column := read(page[i].JSON); !isSystemColumn(text(column["name"])) {
			all[text(column["name"])] = column
		}
	}
	return all
}

// checkIndexed refuses filters and orders by columns without an index, unless the client
// prefers otherwise (observed text).
func checkIndexed(r store.Reader, q *service.Request, collection string) error {
	if q.Query == nil || strings.Contains(strings.Join(q.Header["Prefer"], ","), "HonorNonIndexedQueriesWarningMayFailRandomly") {
		return nil
	}
	for _, name := range fieldsIn(q.Query) {
		if name != "id" && name != "ID" && !isIndexed(r, service.OwnerOf(collection)+"/columns", name) {
			return service.Fail("field-unindexed", "{id}", name)
		}
	}
	return nil
}

// isIndexed reports whether there is an index by a column.
func isIndexed(r store.Reader, columns, name string) bool {
	page, _, _ := r.Snapshot(columns).Page(r, store.Cursor{}, 500)
	return slices.ContainsFunc(page, func(each store.Record) bool {
		column := read(each.JSON)
		return column["name"] == name && column["indexed"] == true
	})
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
		OnlyKey: func(collection string) string {
			return service.KeyOf(service.OwnerOf(collection)[strings.LastIndexByte(service.OwnerOf(collection), '/')+1:])
		},
		Check: func(c *service.Call, w *service.Write) error {
			item := service.OwnerOf(c.Collection())
			if items := service.CollectionOf(item); strings.HasSuffix(items, "/items") {
				if e, found := c.Get(item); found && c.IfMatch != "" && c.IfMatch != "*" && c.IfMatch != e.Text("eTag") {
					return service.Fail("item-changed")
				}
				keepListItem(c, item)
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
	version := strconv.FormatUint(item.Record.Version, 10) + ".0"
	if item.Type == listItemVersion {
		version = item.Key()
		of, _ := service.Read(r, service.OwnerOf(service.CollectionOf(item.Path)))
		item.Properties["createdDateTime"], set["id"] = propertiesOf(of)["createdDateTime"], propertiesOf(of)["id"]
	}
	for name, value := range map[string]any{
		"ContentType": "Item", "Created": item.Properties["createdDateTime"], "Modified": item.Properties["lastModifiedDateTime"],
		"_UIVersionString": version, "Attachments": false, "Edit": "",
		"ItemChildCount": "0", "FolderChildCount": "0",
		"_ComplianceFlags": "", "_ComplianceTag": "", "_ComplianceTagWrittenTime": "", "_ComplianceTagUserId": "", // REC
	} {
		set[name] = value
	}
	if title := set["Title"]; title != nil {
		set["LinkTitle"], set["LinkTitleNoMenu"] = title, title
	}
}

// fieldsChanged makes a change of its fields one of the item: of one whose version was kept, and
// that has no other one yet.
func fieldsChanged(tx store.Tx, c service.Change) {
	at, is := strings.CutSuffix(c.Collection, "/fields")
	item, found := service.Read(tx, at)
	if c.Deleted || !is || !found || item.Type != "microsoft.graph.listItem" {
		return
	}
	if _, kept := tx.Get(at+"/versions", versionID(int(item.Record.Version))); kept {
		c.Amend(tx, at, func(map[string]any) bool { return true })
	}
}
