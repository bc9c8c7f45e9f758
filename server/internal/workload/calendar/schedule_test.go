package calendar_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
)

// busy lets a user have an event.
func busy(t *testing.T, c *servicetest.Client, user, showAs, start, end string) {
	t.Helper()
	create(t, c, "/users/"+user+"/events", strings.Replace(event(showAs, start, end, "UTC"), "{", `{"showAs": "`+showAs+`",`, 1))
}

func times(start, end string) string {
	return fmt.Sprintf(`{"start": {"dateTime": %q, "timeZone": "UTC"}, "end": {"dateTime": %q, "timeZone": "UTC"}}`, start, end)
}

func TestSchedulesTellWhenPeopleAreBusy(t *testing.T) {
	t.Parallel()
	c := openTenant(t)
	busy(t, c, "u1", "busy", "2026-03-02T09:30:00", "2026-03-02T10:30:00")
	busy(t, c, "u2", "tentative", "2026-03-02T08:00:00", "2026-03-02T11:00:00")
	busy(t, c, "u2", "oof", "2026-03-02T10:15:00", "2026-03-02T10:30:00")
	busy(t, c, "u2", "workingElsewhere", "2026-03-02T12:00:00", "2026-03-02T13:00:00")
	other := create(t, c, "/users/u2/calendars", `{"name": "Tours"}`)
	create(t, c, "/users/u2/calendars/"+other["id"].(string)+"/events", event("x", "2026-03-02T12:00:00", "2026-03-02T13:00:00", "UTC"))
	create(t, c, "/users/u3/events", recurring("Walk", "2026-02-02T09:00:00", "2026-02-02T10:00:00", "UTC", weekly, `"type": "noEnd", "startDate": "2026-02-02"`))
	ask := func(schedules, start, end, interval string) (int, string) {
		return c.Send("POST", "/me/calendar/getSchedule", fmt.Sprintf(`{"schedules": [%s], "startTime": {"dateTime": %q, "timeZone": "UTC"},
			"endTime": {"dateTime": %q, "timeZone": "UTC"}, "availabilityViewInterval": %s}`, schedules, start, end, interval))
	}
	c.Preferences = service.Preferences{Other: `,outlook.timezone="Tokyo Standard Time"`}
	status, text := ask(`"adele@contoso.com", "BO@contoso.com", "cyd@contoso.com", "dora@elsewhere.example"`, "2026-03-02T09:00:00", "2026-03-02T12:45:00", "60")
	if status != 200 {
		t.Fatalf("%d %s", status, text)
	}
	all := c.Decode(text)["value"].([]any)
	for i, want := range []string{"2200", "1300", "2000", ""} {
		if got := all[i].(map[string]any)["availabilityView"]; got != want {
			t.Errorf("%d: %v, want %s", i, got, want)
		}
	}
	mine := all[0].(map[string]any)["scheduleItems"].([]any)[0].(map[string]any)
	his := all[1].(map[string]any)["scheduleItems"].([]any)
	if fmt.Sprint(mine["start"]) != "map[dateTime:2026-03-02T18:30:00.0000000 timeZone:Tokyo Standard Time]" || mine["subject"] != "busy" {
		t.Errorf("mine: %v", mine)
	}
	if _, has := his[0].(map[string]any)["subject"]; len(his) != 3 || has {
		t.Errorf("his: %v", his)
	}
	if got := all[3].(map[string]any)["error"].(map[string]any)["responseCode"]; got != "5016" {
		t.Errorf("of a stranger: %v", all[3])
	}
	c.Preferences = service.Preferences{}
	for _, tt := range []struct{ schedules, start, end, interval, want string }{
		{``, "2026-03-02T09:00:00", "2026-03-02T12:45:00", "30", "schedule-parameter"},
		{`"x"`, "2026-03-02T09:00:00", "2026-03-02T12:45:00", "4", "schedule-parameter"},
		{`"x"`, "2026-03-02T09:00:00", "2026-03-02T12:45:00", "1441", "schedule-parameter"},
		{`"x"`, "2026-03-02T09:00:00", "2026-03-02T09:00:00", "30", "schedule-backwards"},
		{`"x"`, "2026-03-02T09:00:00", "2026-05-03T09:00:01", "30", "schedule-too-long"},
		{`"x"` + strings.Repeat(`, "x"`, 20), "2026-03-02T09:00:00", "2026-03-02T12:45:00", "30", "schedule-too-many"},
	} {
		if status, got := ask(tt.schedules, tt.start, tt.end, tt.interval); got != tt.want {
			t.Errorf("%v: %d %s", tt, status, got)
		}
	}
}

func TestMeetingTimesAreFound(t *testing.T) {
	t.Parallel()
	c := openTenant(t)
	busy(t, c, "u1", "busy", "2026-03-02T08:00:00", "2026-03-02T10:00:00")
	busy(t, c, "u2", "busy", "2026-03-02T10:30:00", "2026-03-02T12:00:00")
	busy(t, c, "u3", "oof", "2026-03-02T08:00:00", "2026-03-02T20:00:00")
	person := func(name string) string { return `{"type": "required", "emailAddress": {"address": "` + name + `"}}` }
	bo, cyd, dora := person("bo@contoso.com"), person("cyd@contoso.com"), person("dora@elsewhere.example")
	day := times("2026-03-02T00:00:00", "2026-03-03T00:00:00")
	for name, tt := range map[string]struct{ body, want string }{
		"alone":         {`"meetingDuration": "PT2H", "maxCandidates": 3, "timeConstraint": {"timeSlots": [` + day + `]}`, "10:00 100.0, 10:30 100.0, 11:00 100.0"},
		"with Bo":       {`"attendees": [` + bo + `], "meetingDuration": "PT4H30M", "timeConstraint": {"timeSlots": [` + day + `]}`, "12:00 100.0, 12:30 100.0"},
		"at any time":   {`"attendees": [` + bo + `], "meetingDuration": "PT8H", "timeConstraint": {"activityDomain": "unrestricted", "timeSlots": [` + day + `]}`, "00:00 100.0, 12:00 100.0, 12:30 100.0, 13:00 100.0, 13:30 100.0, 14:00 100.0, 14:30 100.0, 15:00 100.0, 15:30 100.0, 16:00 100.0"},
		"a quorum":      {`"attendees": [` + bo + `, ` + cyd + `], "meetingDuration": "PT5H", "timeConstraint": {"timeSlots": [` + day + `]}`, "12:00 50.0"},
		"likely first":  {`"attendees": [` + bo + `], "meetingDuration": "PT1H", "minimumAttendeePercentage": 0, "maxCandidates": 2, "timeConstraint": {"timeSlots": [` + times("2026-03-02T11:00:00", "2026-03-02T13:00:00") + `]}`, "12:00 100.0, 11:00 0.0"},
		"Cyd is away":   {`"attendees": [` + cyd + `], "timeConstraint": {"timeSlots": [` + day + `]}`, "attendeesUnavailable"},
		"a stranger":    {`"attendees": [` + dora + `], "timeConstraint": {"timeSlots": [` + day + `]}`, "attendeesUnavailableOrUnknown"},
		"I am busy":     {`"timeConstraint": {"timeSlots": [` + times("2026-03-02T08:00:00", "2026-03-02T10:00:00") + `]}`, "organizerUnavailable"},
		"without me":    {`"isOrganizerOptional": true, "maxCandidates": 1, "timeConstraint": {"timeSlots": [` + times("2026-03-02T08:00:00", "2026-03-02T10:00:00") + `]}`, "08:00 100.0"},
		"no time":       {`"meetingDuration": "PT1H", "timeConstraint": {"timeSlots": [` + times("2026-03-02T12:00:00", "2026-03-02T12:30:00") + `]}`, "unknown"},
		"no room":       {`"locationConstraint": {"isRequired": true}`, "locationsUnavailable"},
		"on a weekend":  {`"timeConstraint": {"timeSlots": [` + times("2026-03-07T00:00:00", "2026-03-09T00:00:00") + `]}`, "organizerUnavailable"},
		"the next days": {`"maxCandidates": 1, "meetingDuration": "PT9H"`, "08:00 100.0"},
	} {
		status, text := c.Send("POST", "/me/findMeetingTimes", "{"+tt.body+"}")
		if status != 200 {
			t.Errorf("%s: %d %s", name, status, text)
			continue
		}
		result := c.Decode(text)
		var all []string
		for i, each := range result["meetingTimeSuggestions"].([]any) {
			s := each.(map[string]any)
			all = append(all, fmt.Sprintf("%s %v", s["meetingTimeSlot"].(map[string]any)["start"].(map[string]any)["dateTime"].(string)[11:16], s["confidence"]))
			if fmt.Sprint(s["order"]) != fmt.Sprint(i+1) {
				t.Errorf("%s: the order is %v", name, s["order"])
			}
		}
		if got := strings.Join(all, ", ") + result["emptySuggestionsReason"].(string); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
	for body, want := range map[string]string{
		`"meetingDuration": "P2D"`: "schedule-parameter",
		`"timeConstraint": {"timeSlots": [` + times("2026-03-02T00:00:00", "2027-03-02T00:00:00") + `]}`: "schedule-too-long",
	} {
		c.Want("POST", "/me/findMeetingTimes", "{"+body+"}", 0, want)
	}
}
