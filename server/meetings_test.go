package server_test

import (
	"net/url"
	"strings"
	"testing"
)

// TestMeetingsAreFoundByWhatPeopleJoinThemWith: by the URL and the number, whether a client has
// created the meeting or an event of the calendar.
func TestMeetingsAreFoundByWhatPeopleJoinThemWith(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	found := func(user, property, value string) []any {
		t.Helper()
		filter := url.QueryEscape(property + " eq '" + value + "'")
		return u.want(200, "GET", user+"/onlineMeetings?$filter="+filter, "")["value"].([]any)
	}
	made := u.want(201, "POST", "/me/onlineMeetings", `{"subject": "Made", "joinMeetingIdSettings": {"isPasscodeRequired": true}}`)
	settings := made["joinMeetingIdSettings"].(map[string]any)
	if settings["passcode"] == nil || made["startDateTime"] != "2026-01-31T12:00:00.12Z" || made["endDateTime"] != "2026-01-31T13:00:00.12Z" ||
		!strings.Contains(made["joinWebUrl"].(string), "%22Tid%22%3a%225c1b7a52-6f0e-4e0f-9d3c-2a7d4b8e9f10%22") {
		t.Errorf("%v", made)
	}
	event := u.want(201, "POST", "/me/events", `{"subject": "Planned", "isOnlineMeeting": true,
		"start": {"dateTime": "2026-03-01T10:00:00", "timeZone": "UTC"}, "end": {"dateTime": "2026-03-01T11:00:00", "timeZone": "UTC"},
		"attendees": [{"emailAddress": {"address": "adele@contoso.com"}}]}`)
	join := event["onlineMeeting"].(map[string]any)["joinUrl"].(string)
	for value, subject := range map[string]string{made["joinWebUrl"].(string): "Made", join: "Planned"} {
		all := found("/me", "JoinWebUrl", value)
		if len(all) != 1 || all[0].(map[string]any)["subject"] != subject {
			t.Fatalf("%s: %v", value, all)
		}
		one := u.want(200, "GET", "/me/onlineMeetings/"+all[0].(map[string]any)["id"].(string), "")
		if one["joinWebUrl"] != value {
			t.Errorf("%s: %v", value, one)
		}
		number := one["joinMeetingIdSettings"].(map[string]any)["joinMeetingId"].(string)
		if all := found("/me", "joinMeetingIdSettings/joinMeetingId", number); len(all) != 1 {
			t.Errorf("by %s: %v", number, all)
		}
	}
	if all := found("/users/adele@contoso.com", "JoinWebUrl", join); len(all) != 0 {
		t.Errorf("an attendee has %v", all)
	}
	planned := found("/me", "JoinWebUrl", join)[0].(map[string]any)
	u.want(200, "PATCH", "/me/onlineMeetings/"+planned["id"].(string), `{"recordAutomatically": true}`)
	if again := found("/me", "JoinWebUrl", join); len(again) != 1 || again[0].(map[string]any)["recordAutomatically"] != true {
		t.Errorf("changed: %v", again)
	}
	for _, query := range []string{"", "?$filter=subject%20eq%20'Made'", "?$top=5"} {
		if got := u.want(400, "GET", "/me/onlineMeetings"+query, ""); code(got) != "InvalidArgument" {
			t.Errorf("%s: %v", query, got)
		}
	}
	u.want(204, "DELETE", "/me/onlineMeetings/"+made["id"].(string), "")
	u.want(404, "GET", "/me/onlineMeetings/"+made["id"].(string), "")
}

func TestMeetingsWithAnIDAreCreatedOnce(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	const body = `{"externalId": "x", "subject": "Once"}`
	first := u.want(201, "POST", "/me/onlineMeetings/createOrGet", body)
	if again := u.want(200, "POST", "/me/onlineMeetings/createOrGet", body); again["id"] != first["id"] {
		t.Errorf("%v, then %v", first, again)
	}
	if other := u.want(201, "POST", "/users/adele@contoso.com/onlineMeetings/createOrGet", body); other["id"] == first["id"] {
		t.Errorf("of another user: %v", other)
	}
	for _, body := range []string{
		`{"externalId": ""}`, `{"externalId": "y", "endDateTime": "2026-02-12T14:00:00Z"}`,
		`{"externalId": "y", "startDateTime": "2026-02-12T14:00:00Z", "endDateTime": "2026-02-12T13:00:00Z"}`,
	} {
		u.want(400, "POST", "/me/onlineMeetings/createOrGet", body)
	}
}
