package calendar_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
	"github.com/graphmock/graphmock/server/internal/workload/calendar"
)

func open(t *testing.T) *servicetest.Client {
	t.Helper()
	return servicetest.NewClient(t, openapi.Embedded().Tree(), calendar.Behaviors()...)
}

func create(t *testing.T, c *servicetest.Client, target, body string) map[string]any {
	t.Helper()
	status, text := c.Send("POST", target, body)
	if status != 201 {
		t.Fatalf("POST %s: %d %s", target, status, text)
	}
	return c.Decode(text)
}

// event is a body of a new event.
func event(subject, start, end, zone string) string {
	return fmt.Sprintf(`{"subject": %q, "start": {"dateTime": %q, "timeZone": %q}, "end": {"dateTime": %q, "timeZone": %q}}`,
		subject, start, zone, end, zone)
}

func TestMailboxesHaveADefaultCalendar(t *testing.T) {
	t.Parallel()
	c := open(t)
	one := c.Get("/me/calendar")
	if one["name"] != "Calendar" || one["isDefaultCalendar"] != true || one["isRemovable"] != false {
		t.Errorf("the default calendar: %v", one)
	}
	if got := c.List("/me/calendars", "id"); !slices.Equal(got, []string{one["id"].(string)}) {
		t.Errorf("calendars: %q", got)
	}
	if len(one["id"].(string)) != 120 || len(one["changeKey"].(string)) != 32 ||
		one["@odata.etag"] != `W/"`+one["changeKey"].(string)+`"` {
		t.Errorf("id %v, tag %v", one["id"], one["@odata.etag"])
	}
	c.Want("DELETE", "/me/calendars/"+one["id"].(string), "", 0, "folder-fixed")
	c.Send("PATCH", "/me/calendar", `{"color": "lightTeal"}`)
	if got := c.Get("/me/calendars/" + one["id"].(string))["color"]; got != "lightTeal" {
		t.Errorf("its color is %v", got)
	}
}

func TestEventsAreInTheirCalendar(t *testing.T) {
	t.Parallel()
	c := open(t)
	second := create(t, c, "/me/calendars", `{"name": "Tours"}`)
	if second["isDefaultCalendar"] != false || second["isRemovable"] != true {
		t.Errorf("a new calendar: %v", second)
	}
	tours := "/me/calendars/" + second["id"].(string)
	create(t, c, "/me/events", event("a", "2026-03-02T09:00:00", "2026-03-02T10:00:00", "UTC"))
	create(t, c, "/me/calendar/events", event("b", "2026-03-02T09:00:00", "2026-03-02T10:00:00", "UTC"))
	in := create(t, c, tours+"/events", event("c", "2026-03-02T09:00:00", "2026-03-02T10:00:00", "UTC"))
	c.Send("PATCH", "/me/events/"+in["id"].(string), `{"importance": "high"}`)
	for target, want := range map[string]string{
		"/me/events": "a b c", "/me/calendar/events": "a b", tours + "/events": "c",
	} {
		if got := strings.Join(c.List(target, "subject"), " "); got != want {
			t.Errorf("%s: %q, want %s", target, got, want)
		}
	}
	if link := "https://graph.microsoft.com/v1.0/users('u1')/calendars('" + second["id"].(string) + "')"; len(in["id"].(string)) != 152 ||
		in["calendar@odata.navigationLink"] != link || in["calendar@odata.associationLink"] != link+"/$ref" {
		t.Errorf("a new event: %v", in)
	}
	c.Metadata = service.MetadataNone
	if _, has := c.Get("/me/events/" + in["id"].(string))["calendar@odata.navigationLink"]; has {
		t.Error("an event without metadata has a link")
	}
	c.Metadata = service.MetadataMinimal
	c.Want("GET", "/me/calendar/events/"+in["id"].(string), "", 0, "mailbox-item-not-found")
	c.Want("DELETE", tours, "", 204, "")
	if got := strings.Join(c.List("/me/events", "subject"), " "); got != "a b" {
		t.Errorf("without the calendar: %q", got)
	}
}

func TestEventsHaveTheirTimesInUTC(t *testing.T) {
	t.Parallel()
	for zone, want := range map[string]string{
		"UTC":                        "2026-07-01T09:30:00.0000000",
		"Pacific Standard Time":      "2026-07-01T16:30:00.0000000", // in summer
		"w. europe standard time":    "2026-07-01T07:30:00.0000000",
		"Asia/Katmandu":              "2026-07-01T03:45:00.0000000",
		"Newfoundland Standard Time": "2026-07-01T12:00:00.0000000",
	} {
		c := open(t)
		e := create(t, c, "/me/events", event("a", "2026-07-01T09:30:00", "2026-07-01T10:00:00", zone))
		e = c.Get("/me/events/" + e["id"].(string))
		if at := e["start"].(map[string]any); at["dateTime"] != want || at["timeZone"] != "UTC" {
			t.Errorf("%s: %v, want %s", zone, at, want)
		}
		c.Send("PATCH", "/me/events/"+e["id"].(string), `{"subject": "b"}`)
		if e = c.Get("/me/events/" + e["id"].(string)); e["originalStartTimeZone"] != zone || e["originalEndTimeZone"] != zone {
			t.Errorf("%s: it was sent in %v to %v", zone, e["originalStartTimeZone"], e["originalEndTimeZone"])
		}
	}
}

func TestEventsThatCannotBe(t *testing.T) {
	t.Parallel()
	c := open(t)
	for body, want := range map[string]string{
		`{"start": {"dateTime": "2026-03-02T09:00:00", "timeZone": "UTC"}}`:                                            "event-property-invalid",
		event("x", "2026-03-02T09:00:00", "2026-03-02T08:00:00", "UTC"):                                                "event-property-invalid",
		event("x", "2026-02-30T09:00:00", "2026-03-02T10:00:00", "UTC"):                                                "event-property-invalid",
		event("x", "0001-01-01T00:00:00", "9999-12-31T23:00:00", "Etc/GMT+12"):                                         "event-property-invalid",
		event("x", "2026-03-02T09:00:00", "2026-03-02T10:00:00", "Ferry Time"):                                         "time-zone-unknown",
		event("x", "2026-03-02T09:00:00", "2026-03-02T10:00:00", "../etc/localtime"):                                   "time-zone-unknown",
		strings.Replace(event("x", "2026-03-02T09:00:00", "2026-03-03T00:00:00", "UTC"), "{", `{"isAllDay": true,`, 1): "event-not-midnight",
	} {
		c.Want("POST", "/me/events", body, 0, want)
	}
	soon := create(t, c, "/me/events", `{"subject": "soon"}`)
	if at := soon["start"].(map[string]any)["dateTime"]; at != "2023-11-14T22:30:00.0000000" {
		t.Errorf("an event without times begins at %v", at)
	}
	day := create(t, c, "/me/events", strings.Replace(event("d", "2026-03-02T00:00:00", "2026-03-03T00:00:00",
		"Tokyo Standard Time"), "{", `{"isAllDay": true,`, 1))
	if at := day["start"].(map[string]any)["dateTime"]; at != "2026-03-02T00:00:00.0000000" {
		t.Errorf("a day in Tokyo begins at %v", at)
	}
}

func TestEventsWantTheVersionThatWasRead(t *testing.T) {
	t.Parallel()
	c := open(t)
	e := create(t, c, "/me/events", event("a", "2026-03-02T09:00:00", "2026-03-02T10:00:00", "UTC"))
	path, first := "/me/events/"+e["id"].(string), e["@odata.etag"].(string)
	c.IfMatch = first
	if status, text := c.Send("PATCH", path, `{"subject": "b"}`); status != 200 || c.Decode(text)["changeKey"] == e["changeKey"] ||
		c.Decode(text)["iCalUId"] != e["iCalUId"] {
		t.Errorf("%d %s", status, text)
	}
	c.Want("PATCH", path, `{"subject": "c"}`, 0, "event-conflict")
	c.Want("DELETE", path, "", 0, "event-conflict")
	c.IfMatch = c.Get(path)["@odata.etag"].(string)
	c.Want("DELETE", path, "", 204, "")
}

func TestNewEventsHaveWhatExchangeSets(t *testing.T) {
	t.Parallel()
	c := open(t)
	e := create(t, c, "/me/events", `{"subject": "Tour", "body": {"contentType": "html", "content": "<p>Bring <b>boots</b>"},
		"start": {"dateTime": "2026-03-02T09:00", "timeZone": "Europe/Paris"}, "isOrganizer": false,
		"end": {"dateTime": "2026-03-02T10:00:00Z", "timeZone": "UTC"}, "location": {"displayName": "Hut 3"},
		"attendees": [{"emailAddress": {"address": "lidia@fabrikam.com"}}],
		"organizer": {"emailAddress": {"address": "other@contoso.com"}},
		"recurrence": {"pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]},
			"range": {"type": "noEnd", "startDate": "2026-03-02"}}}`)
	attendee := e["attendees"].([]any)[0].(map[string]any)
	rule := e["recurrence"].(map[string]any)
	for name, tt := range map[string]struct{ got, want any }{
		"type":              {e["type"], "seriesMaster"},
		"preview":           {e["bodyPreview"], "Bring boots"},
		"created":           {e["createdDateTime"], "2023-11-14T22:13:20.0000000Z"},
		"iCalUId":           {e["iCalUId"].(string)[:56], "040000008200E00074C5B7101A82E0080000000000006DC64717DA01"},
		"length of iCalUId": {len(e["iCalUId"].(string)), 112},
		"reminder":          {e["reminderMinutesBeforeStart"], "15"},
		"isOrganizer":       {e["isOrganizer"], true},
		"organizer":         {e["organizer"].(map[string]any)["emailAddress"].(map[string]any)["address"], "adele@contoso.com"},
		"response":          {e["responseStatus"].(map[string]any)["response"], "organizer"},
		"attendee's name":   {attendee["emailAddress"].(map[string]any)["name"], "lidia@fabrikam.com"},
		"attendee's type":   {attendee["type"], "required"},
		"attendee's status": {attendee["status"].(map[string]any)["response"], "none"},
		"location":          {e["location"].(map[string]any)["uniqueId"], "Hut 3"},
		"locations":         {len(e["locations"].([]any)), 1},
		"zone of range":     {rule["range"].(map[string]any)["recurrenceTimeZone"], "Europe/Paris"},
		"end of range":      {rule["range"].(map[string]any)["endDate"], "0001-01-01"},
		"first day":         {rule["pattern"].(map[string]any)["firstDayOfWeek"], "sunday"},
	} {
		if fmt.Sprint(tt.got) != fmt.Sprint(tt.want) {
			t.Errorf("%s: %v, want %v", name, tt.got, tt.want)
		}
	}
	path := "/me/events/" + e["id"].(string)
	c.Send("PATCH", path, `{"locations": [{"displayName": "Hut 3"}, {"displayName": "Ferry"}]}`)
	c.Send("PATCH", path, `{"subject": "Long tour"}`)
	if got := c.Get(path)["locations"].([]any); len(got) != 2 {
		t.Errorf("it is at %v", got)
	}
	c.Send("PATCH", path, `{"recurrence": null, "location": {"displayName": "Ferry"}}`)
	e = c.Get(path)
	if places := e["locations"].([]any); e["type"] != "singleInstance" || places[0].(map[string]any)["uniqueId"] != "Ferry" {
		t.Errorf("changed: %v at %v", e["type"], places)
	}
}

func TestCalendarsAreInGroups(t *testing.T) {
	t.Parallel()
	c := open(t)
	first := c.Get("/me/calendarGroups")["value"].([]any)[0].(map[string]any)
	if first["name"] != "My Calendars" || first["classId"] != "0006f0b7-0000-0000-c000-000000000046" {
		t.Errorf("the default group: %v", first)
	}
	group := "/me/calendarGroups/" + create(t, c, "/me/calendarGroups", `{"name": "Work"}`)["id"].(string)
	in := create(t, c, group+"/calendars", `{"name": "Tours"}`)
	if _, has := in["calendarGroupId"]; has {
		t.Errorf("a calendar tells its group: %v", in)
	}
	e := create(t, c, group+"/calendars/"+in["id"].(string)+"/events", event("a", "2026-03-02T09:00:00", "2026-03-02T10:00:00", "UTC"))
	c.Send("PATCH", "/me/calendars/"+in["id"].(string), `{"color": "lightTeal"}`)
	for target, want := range map[string]string{
		"/me/calendars": "Calendar Tours", group + "/calendars": "Tours",
		"/me/calendarGroups/" + first["id"].(string) + "/calendars": "Calendar",
	} {
		if got := strings.Join(c.List(target, "name"), " "); got != want {
			t.Errorf("%s: %q, want %s", target, got, want)
		}
	}
	if got := c.Get("/me/events/" + e["id"].(string))["subject"]; got != "a" {
		t.Errorf("the event is %v", got)
	}
	c.Want("POST", "/me/calendars", `{"name": "tours"}`, 0, "mail-folder-exists")
	c.Want("DELETE", "/me/calendarGroups/"+first["id"].(string), "", 0, "folder-fixed")
	c.Want("DELETE", group, "", 204, "")
	c.Want("GET", "/me/events/"+e["id"].(string), "", 0, "mailbox-item-not-found")
	if got := strings.Join(c.List("/me/calendars", "name"), " "); got != "Calendar" {
		t.Errorf("calendars: %q", got)
	}
}

func TestMailboxesTellTheZonesTheyTake(t *testing.T) {
	t.Parallel()
	c := open(t)
	for path, want := range map[string]string{
		"/me/outlook/supportedTimeZones":                             "Pacific Standard Time",
		"/me/outlook/supportedTimeZones()":                           "W. Europe Standard Time",
		"/me/outlook/supportedTimeZones(TimeZoneStandard='Windows')": "SA Pacific Standard Time",
		"/me/outlook/supportedTimeZones(TimeZoneStandard='Iana')":    "America/Los_Angeles",
		"/users/adele@contoso.com/outlook/supportedTimeZones":        "UTC-11",
	} {
		found := ""
		all := c.Get(path)["value"].([]any)
		for _, each := range all {
			zone := each.(map[string]any)
			if zone["alias"] == want {
				found, _ = zone["displayName"].(string)
			}
		}
		if len(all) < 80 || !strings.HasPrefix(found, "(UTC") {
			t.Errorf("%s: %d zones, %s is %q", path, len(all), want, found)
		}
	}
	if all := c.Get("/me/outlook/supportedLanguages")["value"].([]any); len(all) == 0 {
		t.Error("no languages")
	}
}

func TestMailboxesTakeZonesThatAreKnown(t *testing.T) {
	t.Parallel()
	c := open(t)
	for zone, want := range map[string]string{"Tokyo Standard Time": "", "Europe/Oslo": "", "Nowhere": "time-zone-unknown"} {
		for _, body := range []string{`{"timeZone": "` + zone + `"}`, `{"workingHours": {"timeZone": {"name": "` + zone + `"}}}`} {
			if status, text := c.Send("PATCH", "/me/mailboxSettings", body); (status == 200) != (want == "") || want != "" && text != want {
				t.Errorf("%s: %d %s", body, status, text)
			}
		}
	}
}
