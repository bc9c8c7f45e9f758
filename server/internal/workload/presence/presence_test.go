package presence_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
	"github.com/graphmock/graphmock/server/internal/workload/presence"
)

func TestPresenceFollowsSessionsAndTheClock(t *testing.T) {
	t.Parallel()
	c := servicetest.NewClient(t, openapi.Embedded().Tree(), presence.Behaviors()...)
	start := c.Now
	session := func(app, availability, activity, life string) {
		t.Helper()
		c.Want("POST", "/me/presence/setPresence", fmt.Sprintf(`{"sessionId": %q, "availability": %q, "activity": %q%s}`,
			app, availability, activity, life), 200, "")
	}
	want := func(after time.Duration, availability string) {
		t.Helper()
		c.Now = start + after.Milliseconds()
		if got := c.Get("/me/presence")["availability"]; got != availability {
			t.Errorf("after %v: %v, want %s", after, got, availability)
		}
	}
	want(0, "Offline")
	session("a", "Available", "Available", "")
	session("b", "Busy", "InACall", `, "expirationDuration": "PT1H"`)
	session("c", "Away", "Away", `, "expirationDuration": "PT4H"`)
	want(time.Minute, "Busy")
	c.Want("POST", "/me/presence/clearPresence", `{"sessionId": "b"}`, 200, "")
	want(2*time.Minute, "Available")
	want(5*time.Minute, "Away")
	c.Want("POST", "/me/presence/setUserPreferredPresence", `{"availability": "DoNotDisturb", "activity": "DoNotDisturb"}`, 200, "")
	want(6*time.Minute, "DoNotDisturb")
	c.Want("POST", "/me/presence/clearUserPreferredPresence", "", 200, "")
	want(7*time.Minute, "Away")
	want(4*time.Hour, "Offline")
	c.Want("POST", "/me/presence/setUserPreferredPresence", `{"availability": "Busy", "activity": "Busy"}`, 200, "")
	want(5*time.Hour, "Offline") // without a session
}

func TestPresenceMessagesExpire(t *testing.T) {
	t.Parallel()
	c := servicetest.NewClient(t, openapi.Embedded().Tree(), presence.Behaviors()...)
	c.Want("POST", "/me/presence/setStatusMessage", `{"statusMessage": {"message": {"content": "x", "contentType": "text"},
		"expiryDateTime": {"dateTime": "2023-11-14T23:14:00.0000000", "timeZone": "Europe/Zurich"}}}`, 200, "")
	if got := fmt.Sprint(c.Get("/me/presence")["statusMessage"]); !strings.Contains(got, "content:x") {
		t.Errorf("set: %s", got)
	}
	c.Now += time.Minute.Milliseconds()
	if got := c.Get("/me/presence")["statusMessage"]; got != nil {
		t.Errorf("expired: %v", got)
	}
}

func TestWhatNoPresenceCanBeIsRefused(t *testing.T) {
	t.Parallel()
	c := servicetest.NewClient(t, openapi.Embedded().Tree(), presence.Behaviors()...)
	many := strings.TrimSuffix(strings.Repeat(`"x",`, 651), ",")
	for _, tt := range []struct{ action, body string }{
		{"/me/presence/setPresence", `{"availability": "Busy", "activity": "InACall"}`},
		{"/me/presence/setPresence", `{"sessionId": "a", "availability": "Busy", "activity": "Busy"}`},
		{"/me/presence/setPresence", `{"sessionId": "a", "availability": "Away", "activity": "Away", "expirationDuration": "PT4M59S"}`},
		{"/me/presence/setPresence", `{"sessionId": "a", "availability": "Away", "activity": "Away", "expirationDuration": "PT241M"}`},
		{"/me/presence/setUserPreferredPresence", `{"availability": "Offline", "activity": "Offline"}`},
		{"/me/presence/setStatusMessage", `{"statusMessage": {"expiryDateTime": {"dateTime": "2023-11-14T22:13:00", "timeZone": "UTC"}}}`},
		{"/me/presence/clearPresence", `{}`},
		{"/communications/getPresencesByUserId", `{"ids": []}`},
		{"/communications/getPresencesByUserId", `{"ids": [` + many + `]}`},
	} {
		c.Want("POST", tt.action, tt.body, 0, "presence-invalid")
	}
}
