package calendar_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
)

// recurring is a body of a new recurring event.
func recurring(subject, start, end, zone, pattern, limits string) string {
	return strings.TrimSuffix(event(subject, start, end, zone), "}") +
		fmt.Sprintf(`, "recurrence": {"pattern": {%s}, "range": {%s}}}`, pattern, limits)
}

const weekly = `"type": "weekly", "interval": 1, "daysOfWeek": ["monday"], "firstDayOfWeek": "sunday"`

// view is a property of the events between two times, with those of all pages.
func view(c *servicetest.Client, path, from, to, property string) string {
	return strings.Join(c.List(path+"?$top=1000&startDateTime="+from+"&endDateTime="+to, property), " ")
}

// starts are the times at which the events between two others begin.
func starts(c *servicetest.Client, path, from, to string) string {
	var all []string
	for _, each := range events(c, path, from, to) {
		all = append(all, strings.TrimSuffix(each["start"].(map[string]any)["dateTime"].(string), ":00.0000000"))
	}
	return strings.Join(all, " ")
}

func events(c *servicetest.Client, path, from, to string) (all []map[string]any) {
	page := c.Get(path + "?$top=1000&startDateTime=" + from + "&endDateTime=" + to)
	for _, each := range page["value"].([]any) {
		all = append(all, each.(map[string]any))
	}
	return all
}

func TestViewsHaveTheOccurrencesOfSeries(t *testing.T) {
	t.Parallel()
	c := open(t)
	master := create(t, c, "/me/events", recurring("Walk", "2026-02-02T09:00:00", "2026-02-02T11:00:00", "UTC", weekly,
		`"type": "numbered", "startDate": "2026-02-02", "numberOfOccurrences": 8`))
	create(t, c, "/me/events", event("Ropes", "2026-02-11T13:00:00", "2026-02-11T14:00:00", "UTC"))
	for window, want := range map[string]string{
		"2026-02-01 2026-03-01":                           "Walk Walk Ropes Walk Walk",
		"2026-02-09T10:59:00 2026-02-11T13:00:00":         "Walk",  // without its end
		"2026-02-09T11:00:00 2026-02-11T13:01:00Z":        "Ropes", // nor what ends when it begins
		"2026-02-09T12:00:00%2B01:00 2026-02-09T13:00:00": "",
		"2026-02-09T11:00:00%2B01:00 2026-02-09T13:00:00": "Walk",
		"2026-03-23 2031-03-01":                           "Walk",
		"2026-02-11T13:30:00 2026-02-11T13:30:00":         "Ropes",
	} {
		from, to, _ := strings.Cut(window, " ")
		if got := view(c, "/me/calendarView", from, to, "subject"); got != want {
			t.Errorf("%s: %q, want %q", window, got, want)
		}
		if got := view(c, "/me/calendar/calendarView", from, to, "subject"); got != want {
			t.Errorf("%s in the calendar: %q, want %q", window, got, want)
		}
	}
	if got := strings.Join(c.List("/me/events", "type"), " "); got != "seriesMaster singleInstance" {
		t.Errorf("events are %q", got)
	}
	path := "/me/events/" + master["id"].(string)
	if got := view(c, path+"/instances", "2026-02-03", "2026-02-24", "subject"); got != "Walk Walk Walk" {
		t.Errorf("its instances are %q", got)
	}
	one := events(c, path+"/instances", "2026-02-03", "2026-02-10")[0]
	got := c.Get("/me/events/" + one["id"].(string) + "?$select=id,type,seriesMasterId,originalStart,recurrence,iCalUId,changeKey,start")
	for name, tt := range map[string]struct{ got, want any }{
		"its id":         {got["id"], one["id"]},
		"its type":       {got["type"], "occurrence"},
		"its master":     {got["seriesMasterId"], master["id"]},
		"original start": {got["originalStart"], "2026-02-09T09:00:00Z"},
		"recurrence":     {got["recurrence"], nil},
		"day in its UID": {got["iCalUId"], master["iCalUId"].(string)[:32] + "07EA0209" + master["iCalUId"].(string)[40:]},
		"tag":            {got["@odata.etag"], `W/"` + got["changeKey"].(string) + `"`},
		"version":        {one["changeKey"], got["changeKey"]},
		"without select": {one["originalStart"], nil},
		"in a list":      {c.Get("/me/calendarView?startDateTime=2026-02-09&endDateTime=2026-02-10&$select=originalStart")["value"].([]any)[0].(map[string]any)["originalStart"], nil},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %v, want %v", name, tt.got, tt.want)
		}
	}
	c.Preferences = service.Preferences{Other: `,outlook.timezone="Tokyo Standard Time"`}
	if at := events(c, "/me/calendarView", "2026-02-09", "2026-02-10")[0]["start"]; fmt.Sprint(at) != "map[dateTime:2026-02-09T18:00:00.0000000 timeZone:Tokyo Standard Time]" {
		t.Errorf("in Tokyo it begins at %v", at)
	}
	c.Preferences = service.Preferences{Other: `,outlook.timezone="Ferry Time"`}
	c.Want("GET", "/me/calendarView?startDateTime=2026-02-01&endDateTime=2026-03-01", "", 0, "time-zone-unknown")
}

func TestViewsNeedATime(t *testing.T) {
	t.Parallel()
	c := open(t)
	create(t, c, "/me/events", recurring("Always", "1999-02-02T09:00:00", "1999-02-02T11:00:00", "UTC", `"type": "daily", "interval": 1`,
		`"type": "noEnd", "startDate": "1999-02-02"`))
	for query, want := range map[string]string{
		"":                                       "view-window-required",
		"?startDateTime=2026-01-01":              "view-window-required",
		"?startDateTime=2026-01-01&endDateTime=": "view-window-required",
		"?startDateTime=soon&endDateTime=2026-01-01":                   "view-time-invalid",
		"?startDateTime=2026-02-01&endDateTime=2026-01-01":             "view-window-backwards",
		"?startDateTime=2026-01-01&endDateTime=2031-01-01T00:00:01":    "view-window-long",
		"?startDateTime=2026-01-01&endDateTime=3026-01-01&$select=id":  "view-window-long",
		"?startdatetime=2026-01-01&ENDDATETIME=2026-01-02&$select=id,": "",
	} {
		if want == "" {
			continue
		}
		c.Want("GET", "/me/calendarView"+query, "", 0, want)
	}
	if got := view(c, "/me/calendarView", "2026-01-01", "2030-12-30T23:00:00", "subject"); strings.Count(got, "Always") != 1825 {
		t.Errorf("in five years there are %d", strings.Count(got, "Always"))
	}
	page := c.Get("/me/calendarView?startdatetime=2026-01-01&ENDDATETIME=2026-02-01&$count=true")
	if page["@odata.count"].(interface{ String() string }).String() != "31" || len(page["value"].([]any)) != 10 {
		t.Errorf("%v on a page of %d", page["@odata.count"], len(page["value"].([]any)))
	}
	next, _ := url.QueryUnescape(page["@odata.nextLink"].(string))
	if !strings.HasSuffix(next, "/me/calendarView?startdatetime=2026-01-01&ENDDATETIME=2026-02-01&$count=true&$skip=10") {
		t.Errorf("the next page is %s", next)
	}
	got := c.Get("/me/calendarView?startDateTime=2026-01-01&endDateTime=2026-01-05&$orderby=start/dateTime%20desc&$filter=start/dateTime%20ge%20'2026-01-03'&$select=start")
	if first := got["value"].([]any)[0].(map[string]any)["start"].(map[string]any)["dateTime"]; first != "2026-01-04T09:00:00.0000000" || len(got["value"].([]any)) != 2 {
		t.Errorf("latest first: %v", got)
	}
}

func TestOccurrencesKeepTheirTimeOfDay(t *testing.T) {
	t.Parallel()
	for zone, want := range map[string]string{
		"Pacific Standard Time": "2026-03-01T17:00 2026-03-08T16:00 2026-03-15T16:00",
		"America/New_York":      "2026-03-01T14:00 2026-03-08T13:00 2026-03-15T13:00",
		"Europe/Berlin":         "2026-03-01T08:00 2026-03-08T08:00 2026-03-15T08:00",
	} {
		c := open(t)
		create(t, c, "/me/events", recurring("x", "2026-03-01T09:00:00", "2026-03-01T10:00:00", zone,
			`"type": "daily", "interval": 7`, `"type": "endDate", "startDate": "2026-03-01", "endDate": "2026-03-15"`))
		if got := starts(c, "/me/calendarView", "2026-01-01", "2026-05-01"); got != want {
			t.Errorf("%s: %s, want %s", zone, got, want)
		}
	}
	c := open(t)
	create(t, c, "/me/events", recurring("late", "2026-03-02T23:00:00", "2026-03-03T01:00:00", "Pacific Standard Time", weekly,
		`"type": "noEnd", "startDate": "2026-03-02"`))
	if got := starts(c, "/me/calendarView", "2026-03-17T07:00:00", "2026-03-17T07:30:00"); got != "2026-03-17T06:00" {
		t.Errorf("on a Tuesday in UTC: %s", got)
	}
	day := create(t, c, "/me/events", strings.Replace(recurring("all day", "2026-03-02T00:00:00", "2026-03-03T00:00:00", "Tokyo Standard Time",
		`"type": "daily", "interval": 1`, `"type": "numbered", "startDate": "2026-03-02", "numberOfOccurrences": 2`), "{", `{"isAllDay": true,`, 1))
	if got := starts(c, "/me/events/"+day["id"].(string)+"/instances", "2026-01-01", "2026-05-01"); got != "2026-03-02T00:00 2026-03-03T00:00" {
		t.Errorf("all day: %s", got)
	}
	c.Preferences = service.Preferences{Other: `,outlook.timezone="Tokyo Standard Time"`}
	if got := starts(c, "/me/events/"+day["id"].(string)+"/instances", "2026-01-01", "2026-05-01"); got != "2026-03-02T00:00 2026-03-03T00:00" {
		t.Errorf("all day in Tokyo: %s", got)
	}
}

func TestRecurrencesThatCannotBe(t *testing.T) {
	t.Parallel()
	c := open(t)
	noEnd := `"type": "noEnd", "startDate": "2026-02-02"`
	for name, tt := range map[string]struct{ pattern, limits, want string }{
		"no days":            {`"type": "weekly", "interval": 1`, noEnd, "event-property-invalid"},
		"another zone":       {weekly, noEnd + `, "recurrenceTimeZone": "Tokyo Standard Time"`, "event-property-invalid"},
		"another day":        {weekly, `"type": "noEnd", "startDate": "2026-02-03"`, "event-property-invalid"},
		"the end first":      {weekly, `"type": "endDate", "startDate": "2026-02-02", "endDate": "2026-02-01"`, "event-property-invalid"},
		"none of them":       {weekly, `"type": "numbered", "startDate": "2026-02-02", "numberOfOccurrences": 0`, "event-property-invalid"},
		"never":              {strings.Replace(weekly, "monday", "friday", 1), `"type": "endDate", "startDate": "2026-02-02", "endDate": "2026-02-03"`, "recurrence-empty"},
		"no day of the year": {`"type": "absoluteYearly", "interval": 1, "dayOfMonth": 3`, noEnd, "event-property-invalid"},
	} {
		body := recurring("x", "2026-02-02T09:00:00", "2026-02-02T10:00:00", "UTC", tt.pattern, tt.limits)
		if status, got := c.Send("POST", "/me/events", body); got != tt.want {
			t.Errorf("%s: %d %s, want %s", name, status, got, tt.want)
		}
	}
	e := create(t, c, "/me/events", recurring("x", "2026-02-02T09:00:00", "2026-02-02T10:00:00", "Pacific Standard Time", weekly, noEnd))
	path := "/me/events/" + e["id"].(string)
	c.Want("PATCH", path, `{"start": {"dateTime": "2026-02-02T09:00:00", "timeZone": "UTC"}, "end": {"dateTime": "2026-02-02T10:00:00", "timeZone": "UTC"}}`,
		0, "event-property-invalid")
	c.Want("PATCH", path, `{"recurrence": {"pattern": {"type": "daily", "interval": 0}, "range": {`+noEnd+`}}}`, 0, "event-property-invalid")
}

func TestOccurrencesAreChangedAndCancelled(t *testing.T) {
	t.Parallel()
	c := open(t)
	master := create(t, c, "/me/events", recurring("Walk", "2026-02-02T09:00:00", "2026-02-02T11:00:00", "Pacific Standard Time", weekly,
		`"type": "numbered", "startDate": "2026-02-02", "numberOfOccurrences": 4`))
	path := "/me/events/" + master["id"].(string)
	of := func(i int) string {
		return "/me/events/" + events(c, path+"/instances", "2026-02-01", "2026-03-01")[i]["id"].(string)
	}
	second, third := of(1), of(2)
	c.IfMatch = `W/"stale"`
	c.Want("PATCH", second, `{"subject": "x"}`, 0, "event-conflict")
	c.IfMatch = c.Get(second)["@odata.etag"].(string)
	status, text := c.Send("PATCH", second, `{"subject": "Run", "type": "singleInstance", "iCalUId": "x",
		"start": {"dateTime": "2026-02-10T09:00:00", "timeZone": "UTC"}, "end": {"dateTime": "2026-02-10T10:00:00", "timeZone": "UTC"}}`)
	changed := c.Decode(text)
	if status != 200 || changed["type"] != "exception" || changed["seriesMasterId"] != master["id"] || changed["id"] != second[len("/me/events/"):] ||
		changed["originalStartTimeZone"] != "UTC" || changed["recurrence"] != nil || changed["@odata.etag"] == c.IfMatch {
		t.Errorf("changed: %d %s", status, text)
	}
	c.Want("PATCH", second, `{"subject": "y"}`, 0, "event-conflict")
	c.IfMatch = ""
	if got := view(c, "/me/calendarView", "2026-02-01", "2026-03-01", "subject"); got != "Walk Run Walk Walk" {
		t.Errorf("the view has %q", got)
	}
	if got := starts(c, path+"/instances", "2026-02-09T00:00:00", "2026-02-17"); got != "2026-02-10T09:00 2026-02-16T17:00" {
		t.Errorf("its instances begin at %q", got)
	}
	if got := strings.Join(c.List(path+"/exceptionOccurrences", "subject"), " "); got != "Run" {
		t.Errorf("its exceptions are %q", got)
	}
	c.Want("PATCH", third, `{"start": {"dateTime": "2026-02-10T09:30:00", "timeZone": "UTC"}}`, 0, "occurrence-crossing")
	c.Want("PATCH", third, `{"end": {"dateTime": "2026-02-23T17:01:00", "timeZone": "UTC"}}`, 0, "occurrence-crossing")
	c.Want("PATCH", third, `{"start": {"dateTime": "2026-02-16T17:00:00", "timeZone": "UTC"}, "recurrence": {"pattern": {`+weekly+
		`}, "range": {"type": "noEnd", "startDate": "2026-02-16"}}}`, 0, "event-property-invalid")
	c.Want("DELETE", third, "", 204, "")
	c.Want("GET", third, "", 0, "mailbox-item-not-found")
	c.Want("DELETE", third, "", 0, "mailbox-item-not-found")
	c.Want("PATCH", third, `{"subject": "y"}`, 0, "mailbox-item-not-found")
	if got := c.Get(path + "?$select=cancelledOccurrences")["cancelledOccurrences"]; fmt.Sprint(got) != "[OID."+master["id"].(string)+".2026-02-16]" {
		t.Errorf("cancelled: %v", got)
	}
	// what was not changed follows the master
	c.Send("PATCH", path, `{"subject": "Stroll", "importance": "high"}`)
	if e := c.Get(second); e["subject"] != "Run" || e["importance"] != "high" {
		t.Errorf("after the master: %v", e)
	}
	if got := view(c, "/me/calendarView", "2026-02-01", "2026-03-01", "subject"); got != "Stroll Run Stroll" {
		t.Errorf("the view has %q", got)
	}
	c.Want("DELETE", second, "", 204, "")
	if got := view(c, "/me/calendarView", "2026-02-01", "2026-03-01", "subject"); got != "Stroll Stroll" {
		t.Errorf("the view has %q", got)
	}
	// another time undoes them, the same one does not
	c.Send("PATCH", of(1), `{"subject": "Swim"}`)
	c.Send("PATCH", path, `{"start": {"dateTime": "2026-02-02T09:00:00", "timeZone": "Pacific Standard Time"}}`)
	if got := view(c, "/me/calendarView", "2026-02-01", "2026-03-01", "subject"); got != "Stroll Swim" {
		t.Errorf("the view has %q", got)
	}
	c.Send("PATCH", path, `{"start": {"dateTime": "2026-02-02T10:00:00", "timeZone": "Pacific Standard Time"}}`)
	if got := view(c, "/me/calendarView", "2026-02-01", "2026-03-01", "subject"); got != "Stroll Stroll Stroll Stroll" {
		t.Errorf("the view has %q", got)
	}
	if got := c.Get(path + "?$select=cancelledOccurrences")["cancelledOccurrences"]; got != nil {
		t.Errorf("cancelled: %v", got)
	}
	c.Send("PATCH", of(1), `{"subject": "Swim"}`)
	c.Want("DELETE", path, "", 204, "")
	if got := view(c, "/me/calendarView", "2026-02-01", "2026-03-01", "subject"); got != "" {
		t.Errorf("the view has %q", got)
	}
}
