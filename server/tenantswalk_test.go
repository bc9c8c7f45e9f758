package server_test

import (
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server"
)

// TestNoOperationLeadsToAnotherTenant walks the model in one tenant, every method at every
// path: nothing that another tenant has is seen, and nothing there changes.
func TestNoOperationLeadsToAnotherTenant(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	const mark = "seen-by-fabrikam-alone"
	for line, body := range map[string]string{
		"POST /users": `{"displayName": "` + mark + `", "userPrincipalName": "` + mark + `@contoso.com", "mailNickname": "` +
			mark + `", "accountEnabled": true, "passwordProfile": {"password": "x8!Fgtrue2"}}`,
		"POST /groups": `{"displayName": "` + mark + `", "mailNickname": "` + mark + `", "mailEnabled": false,
			"securityEnabled": true}`,
		"POST /me/messages":   `{"subject": "` + mark + `"}`,
		"POST /me/contacts":   `{"givenName": "` + mark + `"}`,
		"POST /me/calendars":  `{"name": "` + mark + `"}`,
		"POST /me/todo/lists": `{"displayName": "` + mark + `"}`,
		"POST /applications":  `{"displayName": "` + mark + `"}`,
		"PATCH /me":           `{"jobTitle": "` + mark + `"}`,
		"PUT /me/activities/mark": `{"activationUrl": "https://contoso.com/` + mark + `", "activitySourceHost": "https://contoso.com",
			"appActivityId": "mark", "visualElements": {"displayText": "` + mark + `"}}`,
	} {
		if status, text := as(t, s, fabrikam, line, body); status/100 != 2 {
			t.Fatalf("%s: %d %s", line, status, text)
		}
	}
	before := savedState(t, s, fabrikam)
	if strings.Count(before, mark) < 9 {
		t.Fatalf("the mark is not everywhere: %s", before)
	}

	look := func(method, path, body string) {
		_, text := as(t, s, tailspin, method+" "+path, body)
		if strings.Contains(text, mark) && !strings.Contains(path, mark) {
			t.Errorf("%s %s shows another tenant's: %s", method, path, text)
		}
	}
	methods := []string{"GET", "POST", "PATCH", "PUT", "DELETE"}
	for op := range openapi.Embedded().Operations() {
		for _, method := range methods {
			look(method, strings.NewReplacer("{", "", "}", "").Replace(op.Path), "{}")
		}
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range 1_500 {
		path := randomPath(random)
		for _, method := range methods {
			look(method, path, "{}")
		}
	}
	for _, path := range []string{"/users/" + mark + "@contoso.com", "/users?$filter=startswith(displayName,'" + mark + "')",
		"/groups?$search=\"displayName:" + mark + "\"", "/me/mailFolders/inbox/messages/delta", "/users/delta", "/directory/deletedItems"} {
		look("GET", strings.ReplaceAll(path, " ", "%20"), "")
	}
	if after := savedState(t, s, fabrikam); after != before {
		t.Errorf("what another tenant did has changed this one's state:\n%s\n%s", before, after)
	}
}

// savedState is the state of a tenant as it would be saved.
func savedState(t *testing.T, s *server.Server, tenant string) string {
	t.Helper()
	res, err := s.Client().Get("https://graph.microsoft.com/_graphmock/state?tenant=" + tenant)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("%s %s, error %v", res.Status, text, err)
	}
	return string(text)
}
