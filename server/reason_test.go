package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server"
)

// A refusal tells whether the client could have known: then it is a violation, with the rule, the
// place and what helps; or why it is none.
func TestRefusalsByWorkloadsSayWhy(t *testing.T) {
	t.Parallel()
	const user = `{"accountEnabled": true, "displayName": "Ida", "mailNickname": "ida", "userPrincipalName": "%s",
		"passwordProfile": {"password": "Wx7-quarry-lamp"}}`
	const event = `{"subject": "Tide", "start": {"dateTime": "2026-03-02T10:00:00", "timeZone": "UTC"},
		"end": {"dateTime": "2026-03-02T%s", "timeZone": "UTC"}}`
	for line, want := range map[string]struct{ body, violation, reason string }{
		"POST /users": {`{"displayName": "Ida"}`, "request body /accountEnabled: an object is created without a property " +
			"that it has to have; send a value for accountEnabled (observed)", ""},
		"POST /me/events": {fmt.Sprintf(event, "09:00:00"),
			"request body /end: the event ends before it starts (observed)", ""},
		"POST /me/calendar/events": {fmt.Sprintf(event, "25:00:00"),
			`request body: "2026-03-02T25:00:00" is no date and time, such as 2026-01-31T12:00:00 (observed)`, ""},
		"GET /me/calendarView": {"", "request query startDateTime: a calendar view or instances are asked for without " +
			"startDateTime and endDateTime; send startDateTime and endDateTime (observed)", ""},
		"PATCH /planner/tasks/01gzSlKkIUSUl6DF_EilrmQAKDhh": {`{"percentComplete": 50}`,
			"request header If-Match: a PATCH or a DELETE without If-Match; send the @odata.etag that the last response had (observed)", ""},
		"DELETE /planner/tasks/01gzSlKkIUSUl6DF_EilrmQAKDhh": {"",
			"request header If-Match: a PATCH or a DELETE without If-Match; send the @odata.etag that the last response had (observed)", ""},
		"POST /me/sendMail": {`{"message": {"subject": "Tide", "toRecipients": []}}`,
			"request body: a message without recipients is sent; send a recipient with an address (observed)", ""},
		"POST /subscriptions": {`{"changeType": "created", "notificationUrl": "https://app.example/n", "resource": "me/messages",
			"expirationDateTime": "2020-01-01T00:00:00Z"}`,
			"request body /expirationDateTime: a subscription is to end before it begins; send one in the future (assumed by graphmock)", ""},

		"POST  /users": {fmt.Sprintf(user, "adele@contoso.com"), "",
			"object-exists; another object has that userPrincipalName, or another value that only one may have"},
		"GET /users/nobody@contoso.com":  {"", "", "object-not-found; there is no object of that id"},
		"GET /me/messages/AAMkAGNothing": {"", "", "mailbox-id-malformed; an id does not look like one of this mailbox"},
		"POST /me/mailFolders": {`{"displayName": "Inbox"}`, "",
			"mail-folder-exists; a folder is created, renamed or moved where one of that name is"},
	} {
		s := newServer(t, server.Config{Now: now})
		method, path, _ := strings.Cut(line, " ")
		res, text := send(t, s, method, "/v1.0"+strings.TrimSpace(path), strings.NewReader(want.body))
		var got []string
		for _, v := range s.TakeViolations() {
			v.Type, v.Source = "", ""
			got = append(got, v.String())
		}
		reason := res.Header.Get("Graphmock-Reason")
		kept, err := s.Requests("")
		if violations := strings.Join(got, "; "); err != nil || res.StatusCode < 400 || res.StatusCode > 499 || violations != want.violation ||
			reason != want.reason || kept[0].Reason != want.reason {
			t.Errorf("%s: %d %s\ngot  %s%s\nwant %s%s", line, res.StatusCode, text, violations, reason, want.violation, want.reason)
		}
		if v := s.Verdict(); v.Clean != (want.violation == "") {
			t.Errorf("%s: clean is %t", line, v.Clean)
		}
		_, journal := send(t, s, "GET", control+"/requests", nil)
		if !strings.Contains(string(journal), `"reason": "`+want.reason) != (want.reason == "") {
			t.Errorf("%s: the journal has %s", line, journal)
		}
	}
}

// A draft without recipients breaks no contract when it is sent: what is wrong was stored before.
func TestSendingWhatIsStoredIsNoViolation(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	_, text := send(t, s, "POST", "/v1.0/me/messages", strings.NewReader(`{"subject": "Tide"}`))
	_, id, _ := strings.Cut(string(text), `"id":"`)
	id, _, _ = strings.Cut(id, `"`)
	res, text := send(t, s, "POST", "/v1.0/me/messages/"+id+"/send", nil)
	if res.StatusCode != 400 || !strings.HasPrefix(res.Header.Get("Graphmock-Reason"), "mail-no-recipients; ") || !s.Verdict().Clean {
		t.Errorf("got %d %v %s", res.StatusCode, res.Header, text)
	}
}

// The verdict of a small suite had 12,885 lines.
func TestTheVerdictListsWhatWasTouched(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	for range 3 {
		send(t, s, "GET", "/v1.0/me/messages", nil)
	}
	send(t, s, "GET", "/v1.0/reports/getOffice365ActivationCounts", nil)
	_, brief := send(t, s, "GET", control+"/verdict", nil)
	_, whole := send(t, s, "GET", control+"/verdict?coverage=all", nil)
	if lines := strings.Count(string(brief), "\n"); lines > 150 || lines*5 > strings.Count(string(whole), "\n") {
		t.Errorf("it has %d lines, with all of the coverage %d", lines, strings.Count(string(whole), "\n"))
	}
	for _, part := range []string{`"summary": "clean, but 1 request was answered 501: not supported"`, `"pattern": "GET /me/messages"`,
		`"leftOut": `} {
		if !strings.Contains(string(brief), part) {
			t.Errorf("it lacks %s: %s", part, brief)
		}
	}
	if strings.Contains(string(brief), `"hits": 0`) || !strings.Contains(string(whole), `"pattern": "PUT /me/activities/{activity-id}"`) {
		t.Error("what was not touched is listed, or not listed among all")
	}
	if res, text := send(t, s, "GET", control+"/verdict?coverage=some", nil); res.StatusCode != 400 {
		t.Errorf("got %d %s", res.StatusCode, text)
	}
}

// Paths that were nearly right got advice about their bodies, or none.
func TestAdviceNamesTheRightSpelling(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"PUT /me/drive/root/c.txt/content":    "400 names stand between two colons: /me/drive/root:/c.txt:/content, for instance",
		"PUT /me/drive/root:/a/c.txt/content": "400 a path ends with a colon before what follows: /a/c.txt:/content",
		`POST /groups/1/members {"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/1"}`: "400 add a reference with " +
			`POST /groups/{}/members/$ref and {"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/ID"}`,
		`POST /groups/1/members {"displayName": "x"}`: "400 references are added with POST /groups/{}/members/$ref",
		`POST /me/calendarView {"subject": "x"}`: "405 allowed here: GET; it shows what is written elsewhere: " +
			"create it in /me/events",
		`POST /me/events/1/instances {"subject": "x"}`:        "405 allowed here: GET; it shows what is written elsewhere",
		`POST /me/memberOf {"displayName": "x"}`:              "405 allowed here: GET; it shows what is written elsewhere",
		`POST /groups/1/transitiveMembers {}`:                 "405 allowed here: GET; it shows what is written elsewhere",
		`POST /me/events/delta {}`:                            "405 allowed here: GET",
		`POST /solutions/bookingBusinesses/1/calendarView {}`: "404 ",
		`POST /me/messages {"subject": "x"}`:                  "201 ",
		`POST /me/contacts {"givenName": "x"}`:                "201 ",
	} {
		s := newServer(t, server.Config{Now: now})
		method, rest, _ := strings.Cut(line, " ")
		path, body, _ := strings.Cut(rest, " ")
		res, text := send(t, s, method, "/v1.0"+path, strings.NewReader(body))
		hint := ""
		for _, v := range s.TakeViolations() {
			hint = v.Hint
		}
		if got := fmt.Sprintf("%d %s", res.StatusCode, hint); got != want {
			t.Errorf("%s: got %s, want %s\n%s", line, got, want, text)
		}
	}
}
