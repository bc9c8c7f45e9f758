package calendar_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
	"github.com/graphmock/graphmock/server/internal/workload/calendar"
	"github.com/graphmock/graphmock/server/internal/workload/mail"
)

// openTenant returns a client of a tenant with Adele, who calls, Bo and Cyd.
func openTenant(t testing.TB) *servicetest.Client {
	c := servicetest.NewClient(t, openapi.Embedded().Tree(), append(mail.Behaviors(), calendar.Behaviors()...)...)
	for id, name := range map[string]string{"u1": "adele", "u2": "bo", "u3": "cyd"} {
		body := fmt.Sprintf(`{"id": %q, "displayName": %q, "mail": "%[2]s@contoso.com", "userPrincipalName": "%[2]s@contoso.com"}`, id, name)
		if err := c.Seed("/users", body); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

const boAndCyd = `"attendees": [{"emailAddress": {"address": "BO@contoso.com"}}, {"type": "optional", "emailAddress": {"address": "cyd@contoso.com"}},
	{"emailAddress": {"address": "dora@elsewhere.example"}}]`

// meeting is a body of a new event with attendees.
func meeting(event string) string { return strings.Replace(event, "{", "{"+boAndCyd+",", 1) }

// only is the only event of a user.
func only(t *testing.T, c *servicetest.Client, user string) map[string]any {
	t.Helper()
	all := c.Get("/users/" + user + "/events")["value"].([]any)
	if len(all) != 1 {
		t.Fatalf("%s has %d events", user, len(all))
	}
	return all[0].(map[string]any)
}

// mails are the subjects and the kinds of a user's mail about meetings.
func mails(c *servicetest.Client, user string) string {
	var all []string
	for _, each := range c.Get("/users/" + user + "/mailFolders/inbox/messages?$top=50")["value"].([]any) {
		m := each.(map[string]any)
		all = append(all, fmt.Sprintf("%v (%v)", m["subject"], m["meetingMessageType"]))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func statusOf(e map[string]any, i int) any {
	return e["attendees"].([]any)[i].(map[string]any)["status"].(map[string]any)["response"]
}

func act(t *testing.T, c *servicetest.Client, target, body string, status int, want string) {
	t.Helper()
	if got, text := c.Send("POST", target, body); got != status || text != want {
		t.Errorf("POST %s: %d %s, want %d %s", target, got, text, status, want)
	}
}

func TestMeetingsAreInTheCalendarsOfTheirAttendees(t *testing.T) {
	t.Parallel()
	c := openTenant(t)
	mine := create(t, c, "/me/events", meeting(event("Ropes", "2026-03-02T09:00:00", "2026-03-02T10:00:00", "Pacific Standard Time")))
	his := only(t, c, "u2")
	for name, tt := range map[string]struct{ got, want any }{
		"subject":   {his["subject"], "Ropes"},
		"UID":       {his["iCalUId"], mine["iCalUId"]},
		"organizer": {his["isOrganizer"], false},
		"response":  {his["responseStatus"].(map[string]any)["response"], "notResponded"},
		"whose":     {his["organizer"].(map[string]any)["emailAddress"].(map[string]any)["address"], "adele@contoso.com"},
		"shown":     {his["showAs"], "tentative"},
		"zone":      {his["originalStartTimeZone"], "Pacific Standard Time"},
		"attendees": {len(his["attendees"].([]any)), 3},
		"mails":     {mails(c, "u2"), "Ropes (meetingRequest)"},
		"own mail":  {mails(c, "u1"), ""},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %v, want %v", name, tt.got, tt.want)
		}
	}
	if his["id"] == mine["id"] {
		t.Error("both have one id")
	}
	message := c.Get("/users/u2/messages")["value"].([]any)[0].(map[string]any)
	if message["@odata.type"] != "#microsoft.graph.eventMessageRequest" || message["meetingRequestType"] != "newMeetingRequest" ||
		message["meetingUid"] != nil {
		t.Errorf("the mail: %v", message)
	}
	about := "/users/u2/messages/" + message["id"].(string) + "/microsoft.graph.eventMessage/event"
	if e := c.Get(about); e["id"] != his["id"] || e["@odata.etag"] != his["@odata.etag"] {
		t.Errorf("it is about %v", e)
	}
	c.Send("PATCH", "/me/events/"+mine["id"].(string), `{"subject": "Knots"}`)
	c.Send("PATCH", "/me/events/"+mine["id"].(string), `{"showAs": "oof", "isReminderOn": false}`)
	if his = only(t, c, "u2"); his["subject"] != "Knots" || his["showAs"] != "tentative" ||
		mails(c, "u2") != "Knots (meetingRequest), Ropes (meetingRequest)" {
		t.Errorf("after a change: %v; %s", his, mails(c, "u2"))
	}
	c.Send("PATCH", "/users/u2/events/"+his["id"].(string), `{"subject": "Mine", "isOrganizer": true}`)
	if only(t, c, "u1")["subject"] != "Knots" || only(t, c, "u2")["isOrganizer"] != false {
		t.Error("an attendee changed it for others")
	}
	// one goes
	c.Send("PATCH", "/me/events/"+mine["id"].(string), `{"attendees": [{"emailAddress": {"address": "cyd@contoso.com"}}]}`)
	if his = only(t, c, "u2"); his["isCancelled"] != true || his["subject"] != "Canceled: Mine" || his["showAs"] != "free" {
		t.Errorf("after he is no attendee: %v", his)
	}
	c.Want("DELETE", "/me/events/"+mine["id"].(string), "", 204, "")
	if hers := only(t, c, "u3"); hers["isCancelled"] != true || !strings.HasPrefix(mails(c, "u3"), "Canceled: Knots (meetingCancelled)") {
		t.Errorf("after it is deleted: %v; %s", hers, mails(c, "u3"))
	}
}

func TestAttendeesRespond(t *testing.T) {
	t.Parallel()
	c := openTenant(t)
	mine := create(t, c, "/me/events", meeting(event("Ropes", "2026-03-02T09:00:00", "2026-03-02T10:00:00", "UTC")))
	path, his, hers := "/me/events/"+mine["id"].(string), "/users/u2/events/"+only(t, c, "u2")["id"].(string), "/users/u3/events/"+only(t, c, "u3")["id"].(string)
	later := `"proposedNewTime": {"start": {"dateTime": "2026-03-03T09:00:00", "timeZone": "Tokyo Standard Time"}, "end": {"dateTime": "2026-03-03T10:00:00", "timeZone": "Tokyo Standard Time"}}`
	act(t, c, path+"/accept", `{}`, 0, "meeting-own")
	act(t, c, his+"/cancel", `{}`, 0, "meeting-not-organizer")
	act(t, c, his+"/decline", `{"sendResponse": false, `+later+`}`, 0, "meeting-no-proposal")
	act(t, c, his+"/accept", `{"sendResponse": false}`, 202, "")
	if got := c.Get(his); statusOf(c.Get(path), 0) != "none" || got["responseStatus"].(map[string]any)["response"] != "accepted" || got["showAs"] != "busy" {
		t.Errorf("accepted in silence: %v, %v", statusOf(c.Get(path), 0), got)
	}
	act(t, c, his+"/accept", `{"comment": "Yes", "sendResponse": true}`, 202, "")
	act(t, c, hers+"/tentativelyAccept", `{`+later+`}`, 202, "")
	got := c.Get(path)
	proposed := got["attendees"].([]any)[1].(map[string]any)["proposedNewTime"].(map[string]any)["start"].(map[string]any)
	if statusOf(got, 0) != "accepted" || statusOf(got, 1) != "tentativelyAccepted" || proposed["dateTime"] != "2026-03-03T00:00:00.0000000" {
		t.Errorf("the organizer sees %v", got["attendees"])
	}
	if got := mails(c, "u1"); got != "Accepted: Ropes (meetingAccepted), Tentative: Ropes (meetingTenativelyAccepted)" {
		t.Errorf("the organizer got %s", got)
	}
	// what is about the meeting does not undo the responses, another time does
	c.Send("PATCH", path, `{"subject": "Knots", `+boAndCyd+`}`)
	if got := c.Get(path); statusOf(got, 0) != "accepted" || c.Get(his)["responseStatus"].(map[string]any)["response"] != "accepted" {
		t.Errorf("after another subject: %v", got["attendees"])
	}
	c.Send("PATCH", path, `{"end": {"dateTime": "2026-03-02T11:00:00", "timeZone": "UTC"}}`)
	if got := c.Get(path); statusOf(got, 0) != "none" || c.Get(his)["responseStatus"].(map[string]any)["response"] != "notResponded" {
		t.Errorf("at another time: %v", got["attendees"])
	}
	act(t, c, his+"/decline", `{}`, 202, "")
	c.Want("GET", his, "", 0, "mailbox-item-not-found")
	if got := c.Get(path); statusOf(got, 0) != "declined" {
		t.Errorf("the organizer sees %v", got["attendees"])
	}
	act(t, c, hers+"/forward", `{"toRecipients": [{"emailAddress": {"address": "bo@contoso.com"}}, {"emailAddress": {"address": "eve@elsewhere.example"}}]}`, 202, "")
	act(t, c, hers+"/forward", `{"toRecipients": []}`, 0, "mail-no-recipients")
	if got := len(c.Get(path)["attendees"].([]any)); got != 4 {
		t.Errorf("after it is forwarded there are %d attendees", got)
	}
	act(t, c, path+"/cancel", `{"comment": "No ropes"}`, 202, "")
	c.Want("GET", path, "", 0, "mailbox-item-not-found")
	if got := c.Get(hers); got["isCancelled"] != true {
		t.Errorf("cancelled: %v", got)
	}
	act(t, c, hers+"/accept", `{}`, 0, "meeting-cancelled")
}

func TestOccurrencesOfMeetings(t *testing.T) {
	t.Parallel()
	c := openTenant(t)
	mine := create(t, c, "/me/events", meeting(recurring("Walk", "2026-02-02T09:00:00", "2026-02-02T11:00:00", "Pacific Standard Time", weekly,
		`"type": "numbered", "startDate": "2026-02-02", "numberOfOccurrences": 4`)))
	path, his := "/me/events/"+mine["id"].(string), "/users/u2/events/"+only(t, c, "u2")["id"].(string)
	nth := func(user, path string, i int) string {
		return "/users/" + user + "/events/" + events(c, path+"/instances", "2026-02-01", "2026-03-01")[i]["id"].(string)
	}
	subjects := func(user string) string {
		return view(c, "/users/"+user+"/calendarView", "2026-02-01", "2026-03-01", "subject")
	}
	c.Send("PATCH", nth("u1", path, 1), `{"subject": "Run"}`)
	c.Want("DELETE", nth("u1", path, 2), "", 204, "")
	if mine, his := subjects("u1"), subjects("u2"); mine != "Walk Run Walk" || his != "Walk Run Canceled: Walk Walk" {
		t.Errorf("mine %q, his %q", mine, his)
	}
	act(t, c, nth("u2", his, 1)+"/accept", `{}`, 202, "")
	act(t, c, nth("u2", his, 3)+"/decline", `{}`, 202, "")
	if got := statusOf(c.Get(nth("u1", path, 1)), 0); got != "accepted" {
		t.Errorf("of the second: %v", got)
	}
	if got := statusOf(c.Get(nth("u1", path, 2)), 0); got != "declined" {
		t.Errorf("of the last: %v", got)
	}
	if got := statusOf(c.Get(path), 0); got != "none" {
		t.Errorf("of the series: %v", got)
	}
	if got := subjects("u2"); got != "Walk Run Canceled: Walk" {
		t.Errorf("he sees %q", got)
	}
	// who comes later has what became of it
	c.Send("PATCH", path, `{"attendees": [{"emailAddress": {"address": "bo@contoso.com"}}, {"emailAddress": {"address": "adele@contoso.com"}}]}`)
	c.Send("PATCH", path, meeting(`{"importance": "high"}`))
	c.Send("PATCH", path, `{"subject": "Stroll"}`)
	if got := subjects("u2"); got != "Stroll Run Canceled: Walk" {
		t.Errorf("he sees %q", got)
	}
	c.Send("PATCH", path, `{"start": {"dateTime": "2026-02-02T10:00:00", "timeZone": "Pacific Standard Time"}}`)
	if mine, his := subjects("u1"), subjects("u2"); mine != "Stroll Stroll Stroll Stroll" || his != mine {
		t.Errorf("at another time: mine %q, his %q", mine, his)
	}
}

func TestReminders(t *testing.T) {
	t.Parallel()
	c := openTenant(t)
	create(t, c, "/me/events", recurring("Walk", "2026-02-02T09:00:00", "2026-02-02T11:00:00", "UTC", weekly, `"type": "noEnd", "startDate": "2026-02-02"`))
	one := create(t, c, "/me/events", strings.Replace(event("Ropes", "2026-02-10T09:00:00", "2026-02-10T10:00:00", "UTC"), "{", `{"reminderMinutesBeforeStart": 60,`, 1))
	reminders := func() string {
		var all []string
		page := c.Get("/me/reminderView(startDateTime='2026-02-08T00:00:00',endDateTime='2026-02-17T00:00:00')")
		for _, each := range page["value"].([]any) {
			r := each.(map[string]any)
			all = append(all, fmt.Sprintf("%v %v", r["eventSubject"], r["reminderFireTime"].(map[string]any)["dateTime"].(string)[5:16]))
		}
		return strings.Join(all, ", ")
	}
	if got := reminders(); got != "Walk 02-09T08:45, Ropes 02-10T08:00, Walk 02-16T08:45" {
		t.Errorf("reminders: %s", got)
	}
	walk := "/me/events/" + events(c, "/me/calendarView", "2026-02-09", "2026-02-10")[0]["id"].(string)
	act(t, c, walk+"/dismissReminder", "", 200, "")
	act(t, c, "/me/events/"+one["id"].(string)+"/snoozeReminder", `{"newReminderTime": {"dateTime": "2026-02-10T09:30:00", "timeZone": "UTC"}}`, 200, "")
	if got := reminders(); got != "Ropes 02-10T09:30, Walk 02-16T08:45" {
		t.Errorf("reminders: %s", got)
	}
	if e := c.Get(walk); e["isReminderOn"] != false || e["type"] != "occurrence" || e["reminderState"] != nil {
		t.Errorf("the occurrence: %v", e)
	}
	act(t, c, "/me/events/"+one["id"].(string)+"/dismissReminder", "", 200, "")
	if got := reminders(); got != "Walk 02-16T08:45" {
		t.Errorf("reminders: %s", got)
	}
}

func TestMeetingsInTeams(t *testing.T) {
	t.Parallel()
	c := openTenant(t)
	online := func(provider string) string {
		return meeting(strings.Replace(event("x", "2026-03-02T09:00:00", "2026-03-02T10:00:00", "UTC"), "{", `{"isOnlineMeeting": true`+provider+`,`, 1))
	}
	mine := create(t, c, "/me/events", online(""))
	url, _ := mine["onlineMeeting"].(map[string]any)["joinUrl"].(string)
	c.Send("PATCH", "/me/events/"+mine["id"].(string), `{"subject": "y"}`)
	for whose, e := range map[string]map[string]any{"mine": c.Get("/me/events/" + mine["id"].(string)), "his": only(t, c, "u2")} {
		if e["isOnlineMeeting"] != true || e["onlineMeetingProvider"] != "teamsForBusiness" || e["onlineMeetingUrl"] != nil ||
			!strings.HasPrefix(url, "https://teams.microsoft.com/l/meetup-join/") || e["onlineMeeting"].(map[string]any)["joinUrl"] != url {
			t.Errorf("%s: %v", whose, e)
		}
	}
	other := create(t, c, "/me/events", online(`, "onlineMeetingProvider": "skypeForBusiness"`))
	if other["isOnlineMeeting"] != false || other["onlineMeetingProvider"] != "unknown" || other["onlineMeeting"] != nil {
		t.Errorf("with another provider: %v", other)
	}
}
