package files

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/graphmock/graphmock/server/internal/service"
)

// uploads are the rules of uploads to drives (DOC driveitem-createuploadsession): parts have
// less than 60 MiB, and all but the last one multiples of 320 KiB.
var uploads = &service.Uploads{
	MaxPart: 60<<20 - 1, Multiple: 320 << 10, PartStatus: http.StatusAccepted, Complete: completeUpload,
	Redirected: "upload-name-taken",
}

const conflictBehavior = "@microsoft.graph.conflictBehavior"

// createUploadSession begins an upload: of a new file where a path leads, or of new bytes of
// a file.
func createUploadSession(c *service.Call) (service.Result, error) {
	spot, err := c.Spot()
	if err != nil {
		return service.Result{}, err
	}
	item, _ := c.Parameter("item").(map[string]any)
	u := service.Upload{Type: driveItem, Spot: spot, Conflict: text(item[conflictBehavior])}
	switch u.Conflict {
	case "fail", "rename", "replace":
	case "": // rclone and python-o365 count on it; the documentation says fail
		u.Conflict = "replace"
	default:
		return service.Result{}, service.Fail("conflict-unknown", "{id}", u.Conflict)
	}
	u.Deferred, _ = c.Parameter("deferCommit").(bool)
	u.With = map[string]any{}
	for _, name := range []string{"description", "fileSystemInfo", "mediaSource"} {
		if item[name] != nil {
			u.With[name] = item[name]
		}
	}
	old, found := c.Get(spot.Collection + "/" + spot.ID)
	name := text(propertiesOf(old)["name"])
	if len(spot.Names) > 0 {
		name = spot.Names[len(spot.Names)-1]
	}
	if spot.ByPath && item["name"] != nil && !strings.EqualFold(text(item["name"]), name) {
		return service.Result{}, service.Fail("upload-name-mismatch")
	}
	switch {
	case found && !isFile(old.Properties):
		return service.Result{}, service.Fail("not-a-file")
	case found && c.IfNoneMatch != "" && namesTag(c.IfNoneMatch, old):
		return service.Result{}, service.Fail("item-changed")
	case found:
		if err := checkTag(c, old); err != nil {
			return service.Result{}, err
		}
		if u.Conflict == "fail" {
			return service.Result{}, service.Fail("already-exists")
		}
	}
	size, _ := item["fileSize"].(json.Number)
	if n, err := size.Int64(); err == nil && n > 0 {
		if err := room(c.Tx, spot.Collection, n-sizeOf(propertiesOf(old))); err != nil {
			return service.Result{}, err
		}
	}
	return service.Result{Value: c.BeginUpload(&u)}, nil
}

func propertiesOf(e *service.Entity) map[string]any {
	if e == nil {
		return nil
	}
	return e.Properties
}

// completeUpload makes a file of the bytes of an upload.
func completeUpload(c *service.Call, u *service.Upload, data []byte) (*service.Entity, bool, error) {
	if u.Spot.ID == "" { // somebody may have been faster
		if other, taken := find(c, u.Spot); taken {
			if u.Conflict == "fail" {
				return nil, false, service.Fail("upload-name-taken")
			}
			u.Spot.ID = other
		}
	}
	return c.PutContent(driveItem, u.Spot, data, u.With, u.Conflict)
}

// find returns the id of what is at a spot.
func find(c *service.Call, s service.Spot) (id string, found bool) {
	id = s.In
	for _, name := range s.Names {
		e, found := c.FindNested(s.Collection, id, name)
		if !found {
			return "", false
		}
		id = e.Record.ID
	}
	return id, true
}

// isFile reports whether an item is a file.
func isFile(item map[string]any) bool { return item["file"] != nil }

// checkTag compares If-Match with the tags of an item: eTag and cTag both count (DOC).
func checkTag(c *service.Call, e *service.Entity) error {
	if c.IfMatch != "" && c.IfMatch != "*" && !namesTag(c.IfMatch, e) {
		return service.Fail("item-changed")
	}
	return nil
}
