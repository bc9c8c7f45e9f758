package calendar

import "github.com/graphmock/graphmock/server/internal/service"

// users is what calendars add to users.
func users() *service.Behavior {
	return &service.Behavior{
		Type:       "microsoft.graph.user",
		Parts:      map[string]service.Part{"calendarView": {Of: "./events"}},
		Operations: map[string]service.Operation{"reminderView": reminderView, "findMeetingTimes": findMeetingTimes},
		Check:      checkSettings,
	}
}

// checkSettings refuses an unknown time zone of a mailbox. That the words are those about times
// is assumed.
func checkSettings(_ *service.Call, w *service.Write) error {
	settings, _ := w.Sent["mailboxSettings"].(map[string]any)
	hours, _ := settings["workingHours"].(map[string]any)
	zone, _ := hours["timeZone"].(map[string]any)
	for _, name := range []string{textOf(settings["timeZone"]), textOf(zone["name"])} {
		if _, known := zoneOf(name); !known && zone["@odata.type"] == nil {
			return service.Fail("time-zone-unknown", "{id}", name)
		}
	}
	return nil
}

// groups is what calendars add to groups.
func groups() *service.Behavior {
	return &service.Behavior{
		Type:  "microsoft.graph.group",
		Parts: map[string]service.Part{"calendarView": {Of: "./events"}},
	}
}
