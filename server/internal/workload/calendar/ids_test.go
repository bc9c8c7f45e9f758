package calendar_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestEventsHaveAnIDForLife asks for events by ids that clients prefer, and for what is not there.
func TestEventsHaveAnIDForLife(t *testing.T) {
	t.Parallel()
	c := openTenant(t)
	ropes := event("Ropes", "2026-03-02T09:00:00", "2026-03-02T10:00:00", "UTC")
	single := create(t, c, "/me/events", ropes)["id"].(string)
	series := create(t, c, "/me/events", recurring("Walk", "2026-04-01T09:00:00", "2026-04-01T09:30:00", "UTC",
		`"type": "daily", "interval": 1`, `"type": "noEnd", "startDate": "2026-04-01"`))["id"].(string)
	c.Preferences.LastingKeys = true
	lasting := c.Get("/me/events/" + single)["id"].(string)
	master := c.Get("/me/events/" + series)["id"].(string)
	if len(lasting) != 68 || !strings.HasPrefix(lasting, "AAkALg") || lasting == master {
		t.Errorf("for life it has %s, the series %s", lasting, master)
	}
	if id := c.Get("/me/events/" + lasting)["id"]; id != lasting {
		t.Errorf("by that id it has %v", id)
	}
	for _, e := range events(c, "/me/events/"+master+"/instances", "2026-04-01", "2026-04-03") {
		if e["seriesMasterId"] != master {
			t.Errorf("an occurrence is of %v", e["seriesMasterId"])
		}
		c.Must(200, "PATCH", "/me/events/"+e["id"].(string), `{"subject": "Run"}`)
	}
	c.Preferences.LastingKeys = false
	if id := c.Get("/me/events/" + lasting)["id"]; id != single {
		t.Errorf("else it has %v", id)
	}
	var body string
	translated := func() any {
		all := c.Must(200, "POST", "/me/translateExchangeIds", body)["value"].([]any)
		return all[0].(map[string]any)["targetId"]
	}
	body = fmt.Sprintf(`{"inputIds": [%q], "sourceIdType": "restId", "targetIdType": "restImmutableEntryId"}`, single)
	if got := translated(); got != lasting {
		t.Errorf("translated: %v", got)
	}
	body = fmt.Sprintf(`{"inputIds": [%q], "sourceIdType": "restImmutableEntryId", "targetIdType": "restId"}`, lasting)
	if got := translated(); got != single {
		t.Errorf("translated back: %v", got)
	}
	c.Must(204, "DELETE", "/me/events/"+lasting, "")
	for _, id := range []string{lasting, single} {
		c.Refused("mailbox-item-not-found", "GET", "/me/events/"+id, "")
	}
}

// TestGroupHasOneCalendar writes events by both paths to the calendar of a group.
func TestGroupHasOneCalendar(t *testing.T) {
	t.Parallel()
	c := openTenant(t)
	group := "/groups/" + c.Must(201, "POST", "/groups", `{"displayName": "Crew", "mailEnabled": true, "mailNickname": "crew",
		"securityEnabled": false, "groupTypes": ["Unified"]}`)["id"].(string)
	first := event("A", "2026-03-02T09:00:00", "2026-03-02T10:00:00", "UTC")
	second := event("B", "2026-03-02T11:00:00", "2026-03-02T12:00:00", "UTC")
	a := create(t, c, group+"/events", first)["id"].(string)
	b := create(t, c, group+"/calendar/events", second)["id"].(string)
	const window = "?startDateTime=2026-03-01&endDateTime=2026-03-05"
	for _, list := range []string{"/events", "/calendar/events", "/calendarView" + window, "/calendar/calendarView" + window} {
		if got := strings.Join(c.List(group+list, "subject"), " "); got != "A B" {
			t.Errorf("%s: %s", list, got)
		}
	}
	c.Must(204, "DELETE", group+"/calendar/events/"+a, "")
	c.Refused("mailbox-item-not-found", "GET", group+"/events/"+a, "")
	c.Must(200, "PATCH", group+"/events/"+b, `{"subject": "C"}`)
	if got := c.Get(group + "/calendar/events/" + b)["subject"]; got != "C" {
		t.Errorf("it is %v", got)
	}
}
