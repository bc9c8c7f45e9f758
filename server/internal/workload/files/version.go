package files

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

const (
	itemVersion = "microsoft.graph.driveItemVersion"

	// maxVersions bounds the versions of a file; the oldest one goes. Libraries keep 500 (DOC).
	maxVersions = 100
)

// versions is the behavior of what a file was: 1.0, 2.0 and so on, the present one first [REC].
func versions() *service.Behavior {
	return &service.Behavior{
		Type: itemVersion, NotFound: "drive-item-not-found", Given: firstVersion, LatestFirst: false,
		Order: strings.Fields("id lastModifiedDateTime size lastModifiedBy"),
		Rank:  func(w *service.Write) int64 { return -int64(versionNumber(w.Key)) },
		Value: versionValue, Stream: versionStream, Annotate: versionURL,
		Operations: map[string]service.Operation{"restoreVersion": restoreVersion},
	}
}

// firstVersion is the only one of a file that was never changed.
func firstVersion(r store.Reader, collection string) []map[string]any {
	item, found := service.Read(r, service.OwnerOf(collection))
	if !found || !isFile(item.Properties) || r.Len(collection) > 0 {
		return nil
	}
	return []map[string]any{versionOfItem(item, 1)}
}

// versionOfItem is the version that an item is at present.
func versionOfItem(item *service.Entity, n int) map[string]any {
	version := map[string]any{
		"id": versionID(n), "lastModifiedDateTime": item.Properties["lastModifiedDateTime"], "size": item.Properties["size"],
	}
	if by := item.Properties["lastModifiedBy"]; by != nil {
		version["lastModifiedBy"] = by
	}
	return version
}

func versionID(n int) string { return strconv.Itoa(n) + ".0" }

func versionNumber(id string) int {
	n, _ := strconv.Atoi(strings.TrimSuffix(id, ".0"))
	return n
}

func versionValue(w *service.Write, property string) (any, bool) {
	if property == "lastModifiedDateTime" && w.Sent[property] != nil {
		return w.Sent[property], true
	}
	return nil, false
}

// replaced keeps the bytes that a file had, as a version.
func replaced(c *service.Call, now, before *service.Entity, content []byte) {
	all := now.Path + "/versions"
	latest := 1
	if first, found := c.Tx.First(all); found {
		latest = versionNumber(first.ID)
	} else {
		c.Create(all, itemVersion, versionOfItem(before, 1))
	}
	if c.Tx.PutMedia(all+"/"+versionID(latest)+"/content", content) != nil { // there is no room for it
		c.Tx.Delete(all, versionID(latest))
	}
	c.Create(all, itemVersion, versionOfItem(now, latest+1))
	if oldest := latest + 1 - maxVersions; oldest > 0 {
		c.Tx.Delete(all, versionID(oldest))
	}
}

// itemOf is the item that a version is of, and whether the version is the present one.
func itemOf(c *service.Call, version *service.Entity) (item *service.Entity, present bool) {
	item, _ = c.Get(service.OwnerOf(service.CollectionOf(version.Path)))
	first, found := c.Tx.First(service.CollectionOf(version.Path))
	return item, !found || first.ID == version.Record.ID
}

// versionStream redirects to the bytes of a version (DOC driveitemversion-get-contents).
func versionStream(c *service.Call, e *service.Entity, property string) (res service.Response, done bool, err error) {
	if property != "content" {
		return res, false, nil
	}
	item, present := itemOf(c, e)
	version := e.Key()
	if present {
		version = ""
	}
	return service.Response{Status: http.StatusFound, Location: downloadFrom(c, item, version)}, true, nil
}

// versionURL gives a version the URL that its bytes are at [REC].
func versionURL(c *service.Call, e *service.Entity) map[string]any {
	item := &service.Entity{Path: service.OwnerOf(service.CollectionOf(e.Path)), Properties: map[string]any{}}
	return map[string]any{downloadURL: downloadFrom(c, item, e.Key())}
}

// restoreVersion makes the bytes of a version those of the file: as a new version (DOC
// driveitemversion-restore).
func restoreVersion(c *service.Call) (service.Result, error) {
	e, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	item, present := itemOf(c, e)
	if present {
		return service.Result{}, service.Fail("version-is-current")
	}
	data, err := bytesOf(c, item, e.Key())
	if err != nil {
		return service.Result{}, err
	}
	_, _, err = c.PutContent(driveItem, service.Spot{Collection: service.CollectionOf(item.Path), ID: item.Record.ID}, data, nil, "")
	return service.Result{}, err
}

func unmarshal(text []byte, to any) error {
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	return d.Decode(to)
}
