// Package calendar is what Exchange does with calendars and events beyond its model.
//
// A mailbox has all its events in one collection; those of a calendar are found by an index.
// Their times are stored in UTC, as they are shown; the zones that they were sent with are
// in properties of their own.
//
// Rules say in brackets where they come from: REC was recorded, OBS is a real response
// that somebody quoted, DOC is documented.
package calendar

import (
	"strings"

	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// Behaviors returns those of calendars and events.
func Behaviors() []*service.Behavior {
	return []*service.Behavior{calendars(), calendarGroups(), events(), users(), groups(), messages(), outlookUsers(),
		calendarPermissions()}
}

const inCalendar = outlook.InCalendar

var defaultID = outlook.DefaultCalendar

func calendars() *service.Behavior {
	return &service.Behavior{
		Type: "microsoft.graph.calendar", NewKey: outlook.NewFolderID, Tag: tag, Tagged: tagged,
		OnlyKey: func(string) string { return defaultID },
		Order: []string{
			"id", "name", "color", "hexColor", "isDefaultCalendar", "changeKey", "canShare", "canViewPrivateItems", "canEdit",
			"allowedOnlineMeetingProviders", "defaultOnlineMeetingProvider", "isTallyingResponses", "isRemovable", "owner",
		},
		Initial: []map[string]any{{"id": defaultID, "name": "Calendar"}},
		Among:   &service.Part{Of: "calendars", Key: defaultID},
		Parts: map[string]service.Part{
			"events":       {Of: "events", Index: inCalendar, Listed: listedInCalendar},
			"calendarView": {Of: "events", Index: inCalendar},
		},
		Value: calendarValue, Show: showCalendar, Remove: removeCalendar,
		Operations: map[string]service.Operation{"getSchedule": getSchedule, "permanentDelete": destroyCalendar},
		Index:      calendarIndex, Check: checkCalendar, Hidden: func(name string) bool { return name == groupID },
	}
}

func tag(r *store.Record) string {
	return `W/"` + outlook.ChangeKey(service.KeyOf(r.ID), r.Version) + `"`
}

var tagged = &service.Tagged{Mismatch: "event-conflict"}

// calendarValue sets what a calendar has (REC; of those that are not the default one, what
// the documentation shows).
func calendarValue(w *service.Write, name string) (any, bool) {
	isDefault := w.Key == defaultID
	switch name {
	case "isDefaultCalendar":
		return isDefault, true
	case "isRemovable":
		return !isDefault, true
	case "canShare", "canViewPrivateItems", "canEdit":
		return true, true
	case "hexColor":
		return w.Seeded(name, ""), true
	}
	return calendarDefaults(w, name)
}

var calendarDefaults = service.Defaults(map[string]any{
	"color": "auto", "allowedOnlineMeetingProviders": []any{"teamsForBusiness"},
	"defaultOnlineMeetingProvider": "teamsForBusiness", "isTallyingResponses": true,
})

// showVersion tells the version of a calendar or an event. It is not stored: what a state is
// made of would have that of another one.
func showVersion(r store.Reader, path string, entity map[string]any) {
	if collection, id, ok := service.ParentOf(path + "/x"); ok {
		if record, found := r.Get(collection, id); found {
			entity["changeKey"] = outlook.ChangeKey(service.KeyOf(id), record.Version)
		}
	}
}

// showCalendar tells whose calendar it is.
func showCalendar(r store.Reader, path string, calendar map[string]any) {
	showVersion(r, path, calendar)
	if who := mailboxOf(r, path); who != nil {
		calendar["owner"] = who
	}
}

// mailboxOf is the name and the address of the user whom a path leads through, nil if it is
// nobody who is known.
func mailboxOf(r store.Reader, path string) map[string]any {
	rest, isUser := strings.CutPrefix(path, "users/")
	id, _, _ := strings.Cut(rest, "/")
	record, found := r.Get("users", id)
	if !isUser || !found {
		return nil
	}
	return addressOf(service.Decode(&record))
}

// addressOf is how mail names a user.
func addressOf(user map[string]any) map[string]any {
	address, _ := user["mail"].(string)
	if address == "" {
		address, _ = user["userPrincipalName"].(string)
	}
	return map[string]any{"name": user["displayName"], "address": address}
}

// removeCalendar removes a calendar with its events. The default one stays.
func removeCalendar(c *service.Call) (bool, error) {
	calendar, err := c.Bound()
	if err != nil {
		return false, err
	}
	if calendar.Key() == defaultID {
		return false, service.Fail("folder-fixed")
	}
	removeEvents(c, calendar.Key())
	return false, nil
}

// destroyCalendar removes a calendar for good: 204. DOC calendar-permanentdelete
func destroyCalendar(c *service.Call) (service.Result, error) {
	if _, err := removeCalendar(c); err != nil {
		return service.Result{}, err
	}
	calendar, err := c.Bound()
	if err == nil {
		c.Delete(calendar.Path)
	}
	return service.Result{}, err
}

// removeEvents removes the events of a calendar. Their attendees are not told (assumed).
func removeEvents(c *service.Call, calendar string) {
	of := service.Slice{Index: inCalendar, Value: calendar}
	c.Each(c.Owner()+"/events", of, func(event *service.Entity) bool {
		c.Delete(event.Path)
		return true
	})
}

func textOf(v any) string {
	text, _ := v.(string)
	return text
}
