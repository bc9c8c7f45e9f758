package calendar_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// parallel calls do from 64 goroutines at once.
func parallel(do func(i int)) {
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() { do(i) })
	}
	all.Wait()
}

func TestParallelWritesOfCalendarsLoseNothing(t *testing.T) {
	t.Parallel()
	c := openTenant(t)
	var attendees []string
	for i := range 64 {
		if err := c.Seed("/users", fmt.Sprintf(`{"id": "p%d", "mail": "p%[1]d@contoso.com", "userPrincipalName": "p%[1]d@contoso.com"}`, i)); err != nil {
			t.Fatal(err)
		}
		attendees = append(attendees, fmt.Sprintf(`{"emailAddress": {"address": "p%d@contoso.com"}}`, i))
	}
	meeting := "/me/events/" + create(t, c, "/me/events", strings.Replace(event("Ropes", "2026-03-02T09:00:00", "2026-03-02T10:00:00", "UTC"),
		"{", `{"attendees": [`+strings.Join(attendees, ",")+`],`, 1))["id"].(string)
	theirs := make([]string, 64)
	for i := range theirs {
		user := fmt.Sprint("p", i)
		theirs[i] = "/users/" + user + "/events/" + only(t, c, user)["id"].(string)
	}
	series := "/me/events/" + create(t, c, "/me/events", recurring("Walk", "2026-04-01T09:00:00", "2026-04-01T09:30:00", "UTC",
		`"type": "daily", "interval": 1`, `"type": "noEnd", "startDate": "2026-04-01"`))["id"].(string)
	days := events(c, series+"/instances", "2026-04-01", "2026-08-07")
	parallel(func(i int) {
		each := *c // with preferences of its own
		want := func(method, target, body string, wanted int) {
			if status, text := each.Send(method, target, body); status != wanted {
				t.Errorf("%s: %d %s", method, status, text)
			}
		}
		want("POST", theirs[i]+"/accept", `{}`, 202)
		want("DELETE", "/me/events/"+days[i]["id"].(string), "", 204)
		want("PATCH", "/me/events/"+days[64+i]["id"].(string), `{"subject": "Run"}`, 200)
		want("POST", "/me/events", strings.Replace(event("once", "2026-03-01T09:00:00", "2026-03-01T10:00:00", "UTC"), "{", `{"transactionId": "once",`, 1), 201)
		want("POST", "/me/events", event("each", "2026-03-03T09:00:00", "2026-03-03T10:00:00", "UTC"), 201)
		for more := true; more; { // one more in a count that the subject has
			e := each.Get(series + "?$select=subject")
			n := len(e["subject"].(string))
			each.IfMatch = e["@odata.etag"].(string)
			status, text := each.Send("PATCH", series, fmt.Sprintf(`{"subject": %q}`, strings.Repeat("x", n+1)))
			if more = text == "event-conflict"; !more && status != 200 {
				t.Errorf("count: %d %s", status, text)
			}
			each.IfMatch = ""
		}
	})
	got := c.Get(meeting)
	for i := range 64 {
		if statusOf(got, i) != "accepted" {
			t.Errorf("the response of %d is lost: %v", i, statusOf(got, i))
		}
	}
	got = c.Get(series + "?$select=subject,cancelledOccurrences")
	if n := len(got["subject"].(string)); n != len("Walk")+64 {
		t.Errorf("it was counted to %d", n)
	}
	if n := len(got["cancelledOccurrences"].([]any)); n != 64 {
		t.Errorf("%d occurrences are cancelled", n)
	}
	in := view(c, "/me/calendarView", "2026-03-01", "2026-08-07", "subject")
	for subject, n := range map[string]int{"Run": 64, "once": 1, "each": 64, "Ropes": 1} {
		if strings.Count(in, subject) != n {
			t.Errorf("%s is there %d times, want %d", subject, strings.Count(in, subject), n)
		}
	}
	if n := len(c.Get("/me/mailFolders/inbox/messages?$top=100")["value"].([]any)); n != 64 {
		t.Errorf("%d responses came", n)
	}
}
