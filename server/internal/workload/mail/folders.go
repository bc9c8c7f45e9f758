package mail

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// A wellKnown is a folder that every mailbox has from the start. Its id ends with a
// number that is the same in all mailboxes (DOC, REC; those above 0x1f are assumed).
type wellKnown struct {
	name, displayName string
	number            uint64
	within            string // the name of the folder that it is in
}

// wellKnownFolders are those that a mailbox is given; other well-known names lead to
// nothing until they are (OBS).
var wellKnownFolders = []wellKnown{
	{"msgfolderroot", "Top of Information Store", 0x108, store0},
	{"archive", "Archive", 0x11d, root},
	{"conversationhistory", "Conversation History", 0x115, root},
	{"deleteditems", "Deleted Items", 0x10a, root},
	{"drafts", "Drafts", 0x10f, root},
	{"inbox", "Inbox", 0x10c, root},
	{"junkemail", "Junk Email", 0x119, root},
	{"outbox", "Outbox", 0x10b, root},
	{"sentitems", "Sent Items", 0x109, root},
	{"recoverableitemsdeletions", "Deletions", 0x121, store0},
	{"searchfolders", "Finder", 0x105, store0},
}

// The folders in which the folders of a mailbox are.
const (
	store0 = "" // what the whole mailbox is in
	root   = "msgfolderroot"
)

// otherNames are well-known names of folders that a mailbox has once it needs them (DOC).
var otherNames = strings.Fields("clutter conflicts localfailures scheduled serverfailures syncissues")

// missingFolder is the error about a folder that is not there.
func missingFolder(collection, id string) string {
	if slices.Contains(otherNames, strings.ToLower(id)) {
		return "mailbox-item-not-found"
	}
	return outlook.Missing(collection, id)
}

// wellKnownID is the id of a folder that every mailbox has, by its name in lower case.
var wellKnownID = func() map[string]string {
	byName := map[string]string{store0: folderID(replica, 0x101)}
	for _, f := range wellKnownFolders {
		byName[f.name] = folderID(replica, f.number)
	}
	return byName
}()

// isWellKnown reports whether every mailbox has a folder with that id.
func isWellKnown(id string) bool {
	for _, known := range wellKnownID {
		if id == known {
			return true
		}
	}
	return false
}

// alias reads a well-known name, in any case (DOC).
func alias(text string) (id string, ok bool) {
	id, ok = wellKnownID[strings.ToLower(text)]
	return id, ok && text != ""
}

// folderIn is the id that names a folder in the body of a request.
func folderIn(text string) string {
	if id, ok := alias(text); ok {
		return id
	}
	return text
}

func folders() *service.Behavior {
	b := &service.Behavior{
		Type: folderType, NewKey: newFolderID, Alias: alias, Missing: missingFolder, Gone: outlook.NotFound, OrderBy: "displayName",
		Pages: &service.Pages{Usual: 10, Most: 1000}, // assumed: as messages have
		Order: []string{"id", "displayName", parentFolder, "childFolderCount", "unreadItemCount", "totalItemCount",
			"isHidden"}, // REC
		Top: &service.Slice{Index: parentFolder, Value: wellKnownID[root]},
		Parts: map[string]service.Part{
			"childFolders": {Of: "mailFolders", Index: parentFolder},
			"messages":     {Of: "messages", Index: parentFolder},
		},
		Value: folderValue, Index: folderIndex, Show: showCounts, Check: checkFolder, Remove: removeFolder,
		Operations: map[string]service.Operation{
			"move": moveFolder, "copy": copyFolder, "permanentDelete": destroyFolder,
		},
	}
	for _, f := range wellKnownFolders {
		b.Initial = append(b.Initial, map[string]any{
			"id": wellKnownID[f.name], "displayName": f.displayName, parentFolder: wellKnownID[f.within], "isHidden": false,
		})
	}
	return b
}

// searchFolders are folders whose type derives from that of the others.
func searchFolders() *service.Behavior {
	b := *folders()
	b.Type, b.Check = searchFolderType, checkSearchFolder
	b.Order = append(b.Order, "isSupported", "includeNestedFolders", "sourceFolderIds", "filterQuery") // REC
	return &b
}

// folderValue says what a new folder is: in the folder that its path names, or at the top.
func folderValue(w *service.Write, property string) (any, bool) {
	switch property {
	case parentFolder:
		return parentOf(w, wellKnownID[root]), true
	case "isHidden":
		return false, w.Sent[property] == nil
	case "isSupported":
		return true, w.Sent[property] == nil
	}
	return nil, false
}

// parentOf is the folder of an entity that is written: where its path says, where it was,
// or the usual one.
func parentOf(w *service.Write, usual string) string {
	sent, _ := w.Sent[parentFolder].(string)
	switch {
	case w.Seeding && sent != "":
		return folderIn(sent)
	case w.Slice.Value != "":
		return w.Slice.Value
	case w.Old != nil:
		return indexed(w.Old, parentFolder)
	}
	return usual
}

// indexed is the value of an index of a record.
func indexed(r *store.Record, name string) string {
	for _, i := range r.Index {
		if i.Name == name {
			return i.Value
		}
	}
	return ""
}

func folderIndex(w *service.Write) []store.Index {
	in, _ := w.Property(parentFolder).(string)
	return []store.Index{{Name: parentFolder, Value: in, Rank: w.Record.Rank}}
}

// showCounts tells how much is in a folder, at the time that it is asked.
func showCounts(r store.Reader, path string, folder map[string]any) {
	of, id, _ := strings.Cut(path, folderSet+"/")
	id = service.KeyOf(id)
	count := func(property, set, index string) {
		folder[property] = json.Number(strconv.Itoa(r.SnapshotIndex(of+set, index, id).Len()))
	}
	count("childFolderCount", folderSet, parentFolder)
	count("totalItemCount", messageSet, parentFolder)
	count("unreadItemCount", messageSet, unread)
	if folder["filterQuery"] != nil {
		all := messagesFound(r, of, folder)
		folder["totalItemCount"] = json.Number(strconv.Itoa(all.Len()))
		folder["unreadItemCount"] = json.Number(strconv.Itoa(all.unread(r)))
	}
}

// checkFolder refuses a folder without a name, and a second one of that name in the same
// folder.
func checkFolder(c *service.Call, w *service.Write) error {
	name, _ := w.Sent["displayName"].(string)
	if name == "" {
		return service.Fail("mail-name-required")
	}
	other := folderNamed(c, parentOf(w, wellKnownID[root]), name)
	if other != nil && (w.Old == nil || w.Old.ID != other.Record.ID) {
		return service.Fail("mail-folder-exists")
	}
	return nil
}

// folderNamed returns the folder in another one that has a name, nil if there is none.
func folderNamed(c *service.Call, in, name string) (found *service.Entity) {
	c.Each(c.Owner()+folderSet, service.Slice{Index: parentFolder, Value: in}, func(f *service.Entity) bool {
		if strings.EqualFold(f.Text("displayName"), name) {
			found = f
		}
		return found == nil
	})
	return found
}

// destination is the folder that an action names.
func destination(c *service.Call) (*service.Entity, error) {
	text := c.Text("destinationId")
	c.Settle(c.Owner()+folderSet, folderType)
	to, found := c.Get(c.Owner() + folderSet + "/" + folderIn(text))
	if !found {
		return nil, service.Fail(missingFolder("", text))
	}
	return to, nil
}

// moveFolder answers 200 with the folder (DOC). It can't go into itself (assumed).
func moveFolder(c *service.Call) (service.Result, error) {
	f, to, err := folderAndDestination(c)
	switch {
	case err != nil:
		return service.Result{}, err
	case isWellKnown(f.Key()):
		return service.Result{}, service.Fail("mail-folder-unmoved")
	case isWithin(c, to, f.Key()):
		return service.Result{}, service.Fail("mail-move-failed")
	}
	if other := folderNamed(c, to.Key(), f.Text("displayName")); other != nil && other.Key() != f.Key() {
		return service.Result{}, service.Fail("mail-folder-exists")
	}
	f.Properties[parentFolder] = to.Key()
	return service.Result{Status: 200, Entity: c.Put(f)}, nil
}

func folderAndDestination(c *service.Call) (f, to *service.Entity, err error) {
	if f, err = c.Bound(); err == nil {
		to, err = destination(c)
	}
	return f, to, err
}

// isWithin reports whether a folder is another one, or in it.
func isWithin(c *service.Call, f *service.Entity, of string) bool {
	for found := true; found; f, found = c.Get(c.Owner() + folderSet + "/" + f.Text(parentFolder)) {
		if f.Key() == of {
			return true
		}
	}
	return false
}

// copyFolder copies a folder with all that is in it (DOC).
func copyFolder(c *service.Call) (service.Result, error) {
	f, to, err := folderAndDestination(c)
	switch {
	case err != nil:
		return service.Result{}, err
	case isWithin(c, to, f.Key()):
		return service.Result{}, service.Fail("mail-move-failed")
	case folderNamed(c, to.Key(), f.Text("displayName")) != nil:
		return service.Result{}, service.Fail("mail-folder-exists")
	}
	made, err := copyTree(c, f, to.Key())
	return service.Result{Status: 200, Entity: made}, err
}

func copyTree(c *service.Call, f *service.Entity, to string) (*service.Entity, error) {
	made, err := c.Copy(f, c.Owner()+folderSet, map[string]any{parentFolder: to})
	if err != nil {
		return nil, err
	}
	for _, message := range within(c, messageSet, f.Key()) {
		if _, err := c.Copy(message, c.Owner()+messageSet, map[string]any{parentFolder: made.Key()}); err != nil {
			return nil, err
		}
	}
	for _, child := range within(c, folderSet, f.Key()) {
		if _, err := copyTree(c, child, made.Key()); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// within returns what of a set is in a folder.
func within(c *service.Call, set, folder string) (all []*service.Entity) {
	c.Each(c.Owner()+set, service.Slice{Index: parentFolder, Value: folder}, func(e *service.Entity) bool {
		all = append(all, e)
		return true
	})
	return all
}

// removeFolder moves a folder to Deleted Items; there it is removed for good (assumed, as
// Outlook does).
func removeFolder(c *service.Call) (done bool, err error) {
	f, err := c.Bound()
	if err != nil {
		return false, err
	}
	deleted := wellKnownID["deleteditems"]
	switch {
	case isWellKnown(f.Key()):
		return false, service.Fail("mail-folder-fixed")
	case isWithin(c, f, deleted):
		destroyTree(c, f)
		return true, nil
	}
	f.Properties[parentFolder] = deleted
	f.Properties["displayName"] = freeName(c, deleted, f.Text("displayName"))
	c.Put(f)
	return true, nil
}

// freeName is a name that no folder in another one has: with a number behind it, if need
// be (assumed).
func freeName(c *service.Call, in, name string) string {
	taken := map[string]bool{}
	for _, f := range within(c, folderSet, in) {
		taken[strings.ToLower(f.Text("displayName"))] = true
	}
	free := name
	for n := 1; taken[strings.ToLower(free)]; n++ {
		free = name + strconv.Itoa(n)
	}
	return free
}

func destroyFolder(c *service.Call) (service.Result, error) {
	f, err := c.Bound()
	if err == nil && isWellKnown(f.Key()) {
		err = service.Fail("mail-folder-fixed")
	}
	if err == nil {
		destroyTree(c, f)
	}
	return service.Result{}, err
}

func destroyTree(c *service.Call, f *service.Entity) {
	for _, message := range within(c, messageSet, f.Key()) {
		c.Delete(message.Path)
	}
	for _, child := range within(c, folderSet, f.Key()) {
		destroyTree(c, child)
	}
	c.Delete(f.Path)
}
