package calendar

import "github.com/graphmock/graphmock/server/internal/service"

// users is what calendars add to users.
func users() *service.Behavior {
	return &service.Behavior{
		Type:       "microsoft.graph.user",
		Parts:      map[string]service.Part{"calendarView": {Of: "./events"}},
		Operations: map[string]service.Operation{"reminderView": reminderView, "findMeetingTimes": findMeetingTimes},
	}
}

// groups is what calendars add to groups.
func groups() *service.Behavior {
	return &service.Behavior{
		Type:  "microsoft.graph.group",
		Parts: map[string]service.Part{"calendarView": {Of: "./events"}},
	}
}
