package todo

import (
	"strings"

	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

const listType = "microsoft.graph.todoTaskList"

// wellKnown are the lists that every mailbox has from the start, by their wellknownListName. The id of
// Tasks ends with a number that is the same in all mailboxes (REC); that of the other one has none.
var wellKnown = map[string]map[string]any{
	"defaultList": {"id": outlook.FolderID(0x112), "displayName": "Tasks", wellknownListName: "defaultList"},
	"flaggedEmails": {
		"id": outlook.FolderID(1<<32 + 1), "displayName": "Flagged Emails", wellknownListName: "flaggedEmails",
	},
}

const wellknownListName = "wellknownListName"

var listDefaults = service.Defaults(map[string]any{"isOwner": true, "isShared": false})

func lists() *service.Behavior {
	return &service.Behavior{
		Type: listType, NewKey: outlook.NewFolderID, Tag: tag, Tagged: tagged, Pages: pages,
		Order:   strings.Fields("displayName isOwner isShared wellknownListName id"),
		Initial: []map[string]any{wellKnown["defaultList"], wellKnown["flaggedEmails"]},
		Value: func(w *service.Write, name string) (any, bool) {
			if name == wellknownListName && w.Old == nil {
				return w.Seeded(name, "none"), true
			}
			return listDefaults(w, name)
		},
		Check: checkList, Remove: keepWellKnown, Changed: giveWay,
	}
}

func isWellKnown(list map[string]any) bool {
	name, _ := list[wellknownListName].(string)
	return name != "" && name != "none"
}

// checkList refuses another name for a list that everybody has (OBS microsoft-graph-docs#15794), and
// lets lists be what they are.
func checkList(_ *service.Call, w *service.Write) error {
	if w.Old == nil {
		return nil
	}
	w.Sent[wellknownListName] = w.Before(wellknownListName)
	if isWellKnown(w.Sent) && w.Sent["displayName"] != w.Before("displayName") {
		return service.Fail("todo-list-fixed")
	}
	return nil
}

// keepWellKnown refuses to remove a list that everybody has (DOC todotasklist.md).
func keepWellKnown(c *service.Call) (done bool, err error) {
	list, err := c.Bound()
	if err == nil && isWellKnown(list.Properties) {
		err = service.Fail("todo-list-kept")
	}
	return false, err
}

// giveWay removes a list that everybody has where fixtures bring one of its kind, and nobody has used
// the first. The other one takes its place.
func giveWay(tx store.Tx, c service.Change) {
	record, found := tx.Get(c.Collection, c.ID)
	if !found {
		return
	}
	list := service.Decode(&record)
	name, _ := list[wellknownListName].(string)
	id, _ := wellKnown[name]["id"].(string)
	first, found := tx.Get(c.Collection, service.IDOf(id))
	path := c.Collection + "/" + first.ID
	if !found || first.ID == c.ID || tx.Len(path+"/tasks") > 0 {
		return
	}
	c.Call(tx).Delete(path)
	record.Rank = first.Rank
	tx.Put(c.Collection, record)
}
