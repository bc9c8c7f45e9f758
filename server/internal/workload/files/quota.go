package files

import (
	"encoding/json"
	"strings"

	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// How many bytes a drive has room for, where nobody says else: that of a user, and that of a
// library [REC].
const (
	roomOfUser    = 1 << 40
	roomOfLibrary = 25 << 40
)

// grow tells a folder by how much what is in it has grown: its size is the sum [REC].
func grow(item map[string]any, by int64) { item["size"] = number(int(sizeOf(item) + by)) }

// showDrive sets what follows from what a drive has.
func showDrive(r store.Reader, path string, drive map[string]any) {
	if home := driveWith(r, text(drive["id"])); isDrive(home) {
		path = home + "/."
	}
	if drive["driveType"] == nil {
		drive["driveType"] = "business"
		if !strings.HasPrefix(path, "users/") {
			drive["driveType"] = "documentLibrary"
		}
	}
	if drive["name"] == nil {
		drive["name"] = "OneDrive"
		if drive["driveType"] == "documentLibrary" {
			drive["name"] = "Documents"
		}
	}
	if drive["description"] == nil {
		drive["description"] = "" // REC
	}
	if drive["webUrl"] == nil {
		drive["webUrl"] = addressOf(drive)
	}
	total, used := roomOf(r, path, drive)
	left := max(total-used, 0)
	state := "normal" // DOC quota: how little is left is assumed
	switch {
	case left == 0:
		state = "exceeded"
	case left*100 < total:
		state = "critical"
	case left*10 < total:
		state = "nearing"
	}
	drive["quota"] = map[string]any{
		"deleted": number(deletedOf(r, path)), "remaining": number(int(left)), "state": state, "total": number(int(total)),
		"used": number(int(used)),
	}
}

// homeDrive is the drive that a user, a group or a site has from the start, among all that
// there are.
func homeDrive(r store.Reader, collection string) []map[string]any {
	owner, is := strings.CutSuffix(collection, "/drives")
	if !is || owner == "" {
		return nil
	}
	if site, is := strings.CutPrefix(owner, "sites/"); is && groupWith(site) != "" {
		owner = "groups/" + groupWith(site)
	}
	drive := map[string]any{"id": driveKey(owner + "/drive")}
	if home, found := service.Read(r, owner+"/drive/."); found {
		drive = home.Properties
	}
	return []map[string]any{drive}
}

// roomOf is how many bytes a drive has room for, and how many it has.
func roomOf(r store.Reader, path string, drive map[string]any) (total, used int64) {
	total = roomOfUser
	if drive["driveType"] == "documentLibrary" {
		total = roomOfLibrary
	}
	quota, _ := drive["quota"].(map[string]any)
	if n, ok := quota["total"].(json.Number); ok {
		total, _ = n.Int64()
	}
	if root, found := service.Read(r, path+"/items/"+rootKey); found {
		used = sizeOf(root.Properties)
	}
	return total, used
}

// room asks whether the items of a drive may grow.
func room(r store.Reader, collection string, by int64) error {
	path := service.OwnerOf(collection)
	var drive map[string]any
	if e, found := service.Read(r, path); found {
		drive = e.Properties
	}
	if total, used := roomOf(r, path, drive); by > 0 && by > total-used {
		return service.Fail("drive-full")
	}
	return nil
}
