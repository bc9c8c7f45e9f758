package contacts

import (
	"strings"

	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service"
)

var (
	// defaultID is the id of the folder that every mailbox has (REC: its number).
	defaultID = outlook.FolderID(0x010e)

	// rootID is the id of what that folder is in.
	rootID = outlook.FolderID(0x0108)
)

func folders() *service.Behavior {
	return &service.Behavior{
		Type: "microsoft.graph.contactFolder", NewKey: outlook.NewFolderID,
		Alias: func(text string) (string, bool) { return defaultID, strings.EqualFold(text, "contacts") }, // assumed: as mail's
		Order: []string{"id", parentFolder, "displayName"},
		Pages: &service.Pages{Usual: 10, Most: 1000}, // assumed: as contacts have
		Initial: []map[string]any{
			{"id": defaultID, "displayName": "Contacts", parentFolder: rootID},
		},
		Top: &service.Slice{Index: parentFolder, Value: defaultID},
		Parts: map[string]service.Part{
			"childFolders": {Of: "contactFolders", Index: parentFolder},
			"contacts":     {Of: "contacts", Index: parentFolder},
		},
		Value: folderValue, Index: inFolder, Check: checkFolder, Remove: removeFolder,
		Operations: map[string]service.Operation{"permanentDelete": destroyFolder},
	}
}

func folderValue(w *service.Write, name string) (any, bool) {
	if name != parentFolder {
		return nil, false
	}
	if sent := textOf(w.Sent[name]); w.Old != nil && sent != "" { // checkFolder has seen it
		return sent, true
	}
	return folderOf(w), true
}

// checkFolder checks the name of a folder, and where it is moved to.
func checkFolder(c *service.Call, w *service.Write) error {
	name := textOf(w.Sent["displayName"])
	if name == "" {
		return service.Fail("mail-name-required")
	}
	parent := folderOf(w)
	if to := textOf(c.Body[parentFolder]); w.Old != nil && to != "" && to != parent {
		if err := checkMove(c, w.Key, to); err != nil {
			return err
		}
		parent = to
	}
	if w.Key == defaultID {
		return nil
	}
	taken := false
	c.Each(c.Owner()+"/contactFolders", service.Slice{Index: parentFolder, Value: parent}, func(f *service.Entity) bool {
		taken = f.Key() != w.Key && strings.EqualFold(f.Text("displayName"), name)
		return !taken
	})
	if taken {
		return service.Fail("mail-folder-exists")
	}
	return nil
}

// checkMove refuses to move the default folder, and a folder into what is in it.
func checkMove(c *service.Call, key, to string) error {
	if key == defaultID {
		return service.Fail("folder-fixed")
	}
	for at := to; at != rootID; {
		if at == key {
			return service.Fail("mail-move-failed")
		}
		folder, found := c.Get(c.Owner() + "/contactFolders/" + service.IDOf(at))
		if !found {
			return service.Fail("mailbox-item-not-found")
		}
		at = folder.Text(parentFolder)
	}
	return nil
}

// removeFolder removes a folder with all that is in it. The default one stays.
func removeFolder(c *service.Call) (bool, error) {
	folder, err := c.Bound()
	if err != nil {
		return false, err
	}
	if folder.Key() == defaultID {
		return false, service.Fail("folder-fixed")
	}
	empty(c, folder.Key())
	return false, nil
}

func destroyFolder(c *service.Call) (service.Result, error) {
	if _, err := removeFolder(c); err != nil {
		return service.Result{}, err
	}
	return remove(c)
}

// empty removes what is in a folder, at any depth.
func empty(c *service.Call, key string) {
	of := service.Slice{Index: parentFolder, Value: key}
	c.Each(c.Owner()+"/contacts", of, func(e *service.Entity) bool { return c.Delete(e.Path) })
	c.Each(c.Owner()+"/contactFolders", of, func(f *service.Entity) bool {
		empty(c, f.Key())
		return c.Delete(f.Path)
	})
}
