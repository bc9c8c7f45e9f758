package calendar

import (
	"cmp"
	"strings"

	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// groupID is the property of a calendar, which clients don't see, that tells its group, and
// the index of the calendars of a group.
const groupID = "calendarGroupId"

// defaultGroup is the id of the group that every mailbox has, and classOfGroup what it has in
// common with all that clients create (REC).
var (
	defaultGroup = outlook.FolderID(0x0131)
	classOfGroup = "0006f0b7-0000-0000-c000-000000000046"
)

func calendarGroups() *service.Behavior {
	return &service.Behavior{
		Type: "microsoft.graph.calendarGroup", NewKey: outlook.NewFolderID, Tag: tag, Tagged: tagged,
		Order: []string{"id", "name", "classId", "changeKey"}, Show: showVersion,
		Initial: []map[string]any{{"id": defaultGroup, "name": "My Calendars"}},
		Parts:   map[string]service.Part{"calendars": {Of: "calendars", Index: groupID}},
		Value: func(w *service.Write, name string) (any, bool) {
			return w.Seeded(name, classOfGroup), name == "classId"
		},
		Remove: removeGroup,
	}
}

// checkCalendar puts a new calendar into the group that its path names, and refuses a name that
// another one has.
func checkCalendar(c *service.Call, w *service.Write) error {
	if w.Old == nil && w.Slice.Index == groupID {
		w.Sent[groupID] = w.Slice.Value
	} else {
		w.Sent[groupID] = w.Before(groupID)
	}
	taken, name := false, textOf(w.Sent["name"])
	c.Each(c.Collection(), service.Slice{}, func(other *service.Entity) bool {
		taken = other.Key() != w.Key && strings.EqualFold(other.Text("name"), name) && name != ""
		return !taken
	})
	if taken {
		return service.Fail("mail-folder-exists")
	}
	return nil
}

func calendarIndex(w *service.Write) []store.Index {
	return []store.Index{{Name: groupID, Value: cmp.Or(textOf(w.Property(groupID)), defaultGroup), Rank: w.Record.Rank}}
}

// removeGroup removes a group with its calendars (assumed). The default one stays.
func removeGroup(c *service.Call) (bool, error) {
	group, err := c.Bound()
	if err != nil {
		return false, err
	}
	if group.Key() == defaultGroup {
		return false, service.Fail("folder-fixed")
	}
	of := service.Slice{Index: groupID, Value: group.Key()}
	c.Each(c.Owner()+"/calendars", of, func(calendar *service.Entity) bool {
		removeEvents(c, calendar.Key())
		return c.Delete(calendar.Path)
	})
	return false, nil
}
