// Package files is what drives, their items and sites do beyond their model.
//
// The items of a drive are a tree, in which paths and names lead to them. What Graph sets
// of an item is documented with the resource types driveItem and itemReference; who can
// have which name, with the addressing of items.
package files

import (
	"bytes"
	"cmp"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"maps"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// rootKey is the key of the root of each drive. Its ending is that of all roots of
// SharePoint; that drives share it is assumed.
const rootKey = "01DRIVES56Y2GOVW7725BZO354PWSELRRZ"

const driveItem = "microsoft.graph.driveItem"

// Behaviors returns those of drives, their items and sites.
func Behaviors() []*service.Behavior {
	return []*service.Behavior{
		{
			Type: "microsoft.graph.drive", PagesByTop: true, NotFound: "drive-item-not-found", OnlyKey: driveKey, Elsewhere: driveElsewhere,
			Order: strings.Fields("createdDateTime description id lastModifiedDateTime name webUrl driveType createdBy " +
				"lastModifiedBy owner quota"),
			Value: wholeSeconds, Show: showDrive, Given: homeDrive,
			Linked:     map[string]func(store.Reader, string) []string{"following": followed},
			Operations: map[string]service.Operation{"search": search, "recent": recent, "sharedWithMe": sharedWithMe},
		},
		versions(), thumbnails(), permissions(), shares(),
		{
			Type: driveItem, PagesByTop: true, Query: checkSkip, NotFound: "drive-item-not-found", Key: itemKey, NewKey: newItemKey,
			Order: strings.Fields("createdDateTime eTag id lastModifiedDateTime name webUrl cTag size createdBy " +
				"lastModifiedBy parentReference root file fileSystemInfo folder specialFolder"),
			Value: wholeSeconds, Show: showItem, Stream: stream, Annotate: annotate, Transfers: map[string]service.Transfer{
				"content": download, "thumbnail": thumbnail, "monitor": monitor,
			},
			Uploads: uploads, Job: runJob, Remove: remove, Search: findItems,
			Tagged: &service.Tagged{Mismatch: "item-changed", Names: namesTags},
			Operations: map[string]service.Operation{
				"createUploadSession": createUploadSession, "copy": copyItem, "restore": restore,
				"permanentDelete": deletePermanently, "search": search, "createLink": createLink, "invite": invite,
				"preview": preview, "follow": follow, "unfollow": unfollow,
			},
			Nested: &service.Nested{
				Items: "items", Root: "root", RootKey: rootKey, Children: "children", Name: "name", Content: "content",
				ContainerKey: driveKey, Outermost: root, Folder: folder, IsFolder: isFolder, Parent: parent,
				Locate: locate, Count: count, Size: sizeOf, Grow: grow, Room: room,
				Replaced: replaced, Specials: "special", Special: special, Mark: markSpecial,
				Describe: describe, Complete: complete, MediaType: mediaType,
			},
		},
		sites(), lists(), columns(), contentTypes(), listItems(), fields(), listItemVersions(),
	}
}

// driveKey is the key of a drive that nobody has created: its place, which driveWith finds
// again.
func driveKey(collection string) string {
	return "b!" + base64.RawURLEncoding.EncodeToString([]byte(collection))
}

// driveWith returns where the drive of a user, a group or a site is that has a key.
func driveWith(r store.Reader, key string) string {
	if text, ok := strings.CutPrefix(key, "b!"); ok {
		if at, err := base64.RawURLEncoding.DecodeString(text); err == nil && isDrive(string(at)) {
			return string(at)
		}
	}
	for _, collection := range r.Collections("") {
		record, found := r.Get(collection, ".")
		if found && isDrive(collection) && read(record.JSON)["id"] == key {
			return collection
		}
	}
	return "-"
}

func isDrive(collection string) bool { return strings.HasSuffix(collection, "/drive") }

// read decodes an entity.
func read(text []byte) map[string]any {
	var entity map[string]any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	_ = d.Decode(&entity) // the store has JSON
	return entity
}

// itemKey reads the key of an item; root is one, too.
func itemKey(text string) (string, bool) {
	if strings.EqualFold(text, "root") {
		return rootKey, true
	}
	return text, text != ""
}

// newItemKey returns a key in the form of SharePoint's: 32 letters and digits after 01.
func newItemKey(r *service.Random) string {
	var b [24]byte
	for i := 0; i < len(b); i += 8 {
		binary.BigEndian.PutUint64(b[i:], r.Uint64())
	}
	return "01" + base32.StdEncoding.EncodeToString(b[:20])
}

func root() map[string]any {
	item := folder("root")
	item["root"] = map[string]any{}
	count(item, 0)
	return item
}

func folder(name string) map[string]any {
	return map[string]any{"name": name, "folder": map[string]any{}}
}

// isFolder reports whether items can be in one: in a folder, and in a package, such as a
// notebook.
func isFolder(item map[string]any) bool { return item["folder"] != nil || item["package"] != nil }

// parent returns what an item says of the one that it is in.
func parent(item map[string]any) (key, names string) {
	reference, _ := item["parentReference"].(map[string]any)
	if key, _ = reference["id"].(string); key != "" {
		return key, ""
	}
	text, _ := reference["path"].(string)
	_, names, _ = strings.Cut(text, "root:")
	names, err := url.PathUnescape(strings.Trim(names, "/"))
	if err != nil {
		return "", ""
	}
	return "", names
}

// addressOf is the webUrl of a drive: one of its own, where fixtures say none (assumed).
func addressOf(drive map[string]any) string {
	if site := text(drive["webUrl"]); site != "" {
		return site
	}
	return "https://contoso-my.sharepoint.com/drives/" + url.PathEscape(text(drive["id"]))
}

// locate sets where an item is.
func locate(item map[string]any, in service.Folder) {
	reference := map[string]any{"driveId": in.Container["id"]}
	if kind := in.Container["driveType"]; kind != nil {
		reference["driveType"] = kind
	}
	site := addressOf(in.Container)
	item["webUrl"] = site
	if in.Parent != nil {
		at := "/drives/" + text(in.Container["id"]) + "/root:"
		if in.Parent["root"] == nil {
			above, _ := in.Parent["parentReference"].(map[string]any)
			at = text(above["path"]) + "/" + url.PathEscape(text(in.Parent["name"]))
			reference["name"] = in.Parent["name"]
		}
		reference["id"], reference["path"] = in.Parent["id"], at
		_, below, _ := strings.Cut(at, "/root:")
		item["webUrl"] = site + below + "/" + url.PathEscape(text(item["name"]))
	}
	item["parentReference"] = reference
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// count sets how many items are in one.
func count(item map[string]any, children int) {
	if facet, ok := item["folder"].(map[string]any); ok {
		facet["childCount"] = number(children)
	}
}

// describe sets what Graph says of the bytes of a file.
func describe(item map[string]any, in service.Folder, content []byte) {
	delete(item, "folder")
	item["file"] = fileFacet(text(item["name"]), content, text(in.Container["driveType"]) == "personal")
	item["size"] = number(len(content))
}

func number(n int) json.Number { return json.Number(strconv.Itoa(n)) }

// sizeOf is the size of an item.
func sizeOf(item map[string]any) int64 {
	n, _ := item["size"].(json.Number)
	size, _ := n.Int64()
	return size
}

// complete sets what Graph says of an item that is written: what it is, how large, its
// versions, and who has written it.
func complete(w *service.Write, in service.Folder, content []byte) {
	item := w.Sent
	var old map[string]any
	if w.Old != nil {
		old = read(w.Old.JSON)
	}
	switch {
	case content != nil:
		describe(item, in, content)
	case item["folder"] != nil:
		if facet, ok := item["folder"].(map[string]any); ok && facet["childCount"] == nil {
			item["folder"] = map[string]any{"childCount": json.Number("0")}
		}
	case item["file"] == nil && item["package"] == nil && item["remoteItem"] == nil && item["bundle"] == nil:
		item["file"] = map[string]any{"mimeType": mimeType(text(item["name"]))}
	}
	seededTag := w.Seeding && item["eTag"] != nil
	switch {
	case content != nil:
	case isFolder(item) && item["file"] == nil: // as large as what is in it, which tells it
		if item["size"] = old["size"]; old["size"] == nil {
			item["size"] = number(0)
		}
		if old != nil && !w.Seeding {
			item["folder"] = old["folder"]
		}
	case old != nil && !w.Seeding: // which clients do not change
		item["size"], item["file"], item["folder"] = old["size"], old["file"], old["folder"]
	case item["size"] == nil || !w.Seeding:
		item["size"] = json.Number("0")
	}
	maps.DeleteFunc(item, func(_ string, v any) bool { return v == nil })
	setTimes(w, old, content != nil)
	if item["root"] != nil { // which has no tags [REC]
		return
	}
	if seededTag {
		return
	}
	if w.Seeding && old["eTag"] != nil {
		item["eTag"], item["cTag"] = old["eTag"], old["cTag"]
		return
	}
	version := versionOf(text(old["eTag"])) + 1
	id := strings.ToUpper(uuid.NewSHA1(uuid.Nil, []byte(w.Key)).String())
	item["eTag"] = tag("", id, version)
	item["cTag"] = old["cTag"]
	if content != nil || old["cTag"] == nil {
		item["cTag"] = tag("c:", id, version)
	}
	if who := w.Caller.User; who.ID != "" && !w.Seeding {
		by := map[string]any{"user": map[string]any{"id": who.ID, "displayName": who.DisplayName}}
		item["lastModifiedBy"], item["createdBy"] = by, by
		if old["createdBy"] != nil {
			item["createdBy"] = old["createdBy"]
		}
	}
}

// wholeSeconds are how OneDrive and SharePoint write times [OBS].
func wholeSeconds(w *service.Write, property string) (any, bool) {
	switch property {
	case "createdDateTime":
		return graph.FormatSeconds(w.Record.Created), true
	case "lastModifiedDateTime":
		return graph.FormatSeconds(w.Record.Modified), true
	}
	return nil, false
}

// setTimes sets the times that a file has where it comes from: clients may say other ones than
// those of the drive (DOC fileSystemInfo).
func setTimes(w *service.Write, old map[string]any, written bool) {
	now := graph.FormatSeconds(w.Now.MS)
	times := map[string]any{"createdDateTime": now, "lastModifiedDateTime": now}
	for _, name := range []string{"createdDateTime", "lastModifiedDateTime"} {
		if seeded := w.Sent[name]; w.Seeding && seeded != nil {
			times[name] = seeded
		}
	}
	before, _ := old["fileSystemInfo"].(map[string]any)
	sent, _ := w.Sent["fileSystemInfo"].(map[string]any)
	maps.Copy(times, before)
	if written {
		times["lastModifiedDateTime"] = now
	}
	if !written || len(before) == 0 {
		maps.Copy(times, sent)
	}
	w.Sent["fileSystemInfo"] = times
}

// tag writes a version as SharePoint does.
func tag(kind, id string, version int) string {
	return `"` + kind + "{" + id + "}," + strconv.Itoa(version) + `"`
}

func versionOf(tag string) int {
	_, after, _ := strings.Cut(strings.Trim(tag, `"`), ",")
	n, _ := strconv.Atoi(after)
	return n
}

// mediaType is that of an item's content.
func mediaType(item map[string]any) string {
	file, _ := item["file"].(map[string]any)
	return text(file["mimeType"])
}

// mimeType is the media type that a file has by its name.
func mimeType(name string) string {
	if known := mimeTypes[strings.ToLower(path.Ext(name))]; known != "" {
		return known
	}
	return "application/octet-stream"
}

var mimeTypes = map[string]string{
	".csv": "text/csv", ".gif": "image/gif", ".htm": "text/html", ".html": "text/html", ".jpeg": "image/jpeg",
	".jpg": "image/jpeg", ".json": "application/json", ".md": "text/markdown", ".mp4": "video/mp4",
	".pdf": "application/pdf", ".png": "image/png", ".txt": "text/plain", ".xml": "text/xml", ".zip": "application/zip",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

// siteAt finds the site at a path of a host, or below another site: by its webUrl.
func siteAt(r store.Reader, collection, key, names string) (id string, found bool) {
	base := "https://" + key
	record, found := r.Get(collection, key)
	if !found {
		record, found = virtualSite(r, collection, key)
	}
	if found {
		base = cmp.Or(text(read(record.JSON)["webUrl"]), base)
	}
	want := strings.TrimSuffix(base, "/") + "/" + names
	all := r.Snapshot(collection)
	var after store.Cursor
	for more := all.Len() > 0; more; {
		var page []store.Record
		page, after, more = all.Page(r, after, 100)
		for i := range page {
			if strings.EqualFold(strings.TrimSuffix(text(read(page[i].JSON)["webUrl"]), "/"), want) {
				return page[i].ID, true
			}
		}
	}
	id, found = strings.CutPrefix(givenSite(r, collection, want), "sites/")
	return id, found && collection == "sites"
}
