package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/internal/har"
)

// recorded is an exchange as tests write it.
type recorded struct {
	line   string // method and URL, below Graph's service root if it has no host
	body   string
	status int
	answer string // JSON, unless media says something else
	media  string
}

// record writes a HAR file, with a token on each request.
func record(t *testing.T, all ...recorded) string {
	t.Helper()
	var records []har.Record
	for _, x := range all {
		method, url, _ := strings.Cut(x.line, " ")
		if strings.HasPrefix(url, "/") {
			url = "https://graph.microsoft.com/v1.0" + url
		}
		r := har.Record{Method: method, URL: url, Status: x.status,
			Header: http.Header{"Authorization": {"Bearer very-secret-token"}}, ResponseHeader: http.Header{}}
		if x.body != "" {
			r.Body = []byte(x.body)
			r.Header.Set("Content-Type", "application/json")
		}
		if x.answer != "" {
			r.ResponseBody = []byte(x.answer)
			r.ResponseHeader.Set("Content-Type", cmp.Or(x.media, "application/json"))
		}
		records = append(records, r)
	}
	var b bytes.Buffer
	if err := har.Write(&b, har.Creator{Name: "a proxy"}, slices.Values(records), ""); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "trace.har")
	foreign := bytes.ReplaceAll(b.Bytes(), []byte(`"_graphmock"`), []byte(`"_proxy"`))
	if err := os.WriteFile(file, foreign, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// graphmock runs a command, and returns what it printed; the exit code has to be right.
func graphmock(t *testing.T, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errors bytes.Buffer
	if got := run(args, &out, &errors); got != code {
		t.Fatalf("graphmock %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, &out, &errors)
	}
	return out.String(), errors.String()
}

// imported serves what import makes of exchanges.
func imported(t *testing.T, all ...recorded) (s *server.Server, text, said string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tenant.json")
	_, said = graphmock(t, exitClean, "import", record(t, all...), "-o", file)
	graphmock(t, exitClean, "lint", file)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d, err := fixtures.Parse(file, data)
	if err != nil {
		t.Fatal(err)
	}
	if s, err = server.New(server.Config{Fixtures: d}); err != nil {
		t.Fatal(err)
	}
	return s, string(data), said
}

func read(t *testing.T, s *server.Server, path string) (status int, body string) {
	t.Helper()
	r := httptest.NewRequest("GET", "https://graph.microsoft.com/v1.0"+path, nil)
	r.Header.Set("Authorization", "Bearer opaque")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

const (
	adele = "6f0a1c52-2b7d-4e0c-9a61-0d4c1f5b7a01"
	alex  = "6f0a1c52-2b7d-4e0c-9a61-0d4c1f5b7a02"
	crew  = "02bd9fd6-8f93-4758-87c3-1fb73740a315"
)

func TestAnImportedTenantAnswersAsRecorded(t *testing.T) {
	t.Parallel()
	photo := "\xff\xd8\xff\xe0photo"
	s, _, _ := imported(t,
		recorded{"GET /me", "", 200, `{"id":"` + adele + `","userPrincipalName":"adele@contoso.com","displayName":"Adele Vance"}`, ""},
		recorded{"GET /me/messages?$select=subject", "", 200, `{"value":[{"@odata.etag":"W/\"1\"","id":"AAMk1","subject":"Fog"},
			{"id":"AAMk2","subject":"Snow"}]}`, ""},
		recorded{"GET /users/" + adele + "/messages/AAMk1?$expand=attachments", "", 200, `{"id":"AAMk1","subject":"Fog",
			"importance":"high","attachments":[{"@odata.type":"#microsoft.graph.fileAttachment","id":"att1","name":"map.png"}]}`, ""},
		recorded{"GET /groups?$expand=members", "", 200, `{"value":[{"id":"` + crew + `","displayName":"Crew","members":[
			{"@odata.type":"#microsoft.graph.user","id":"` + alex + `","displayName":"Alex Wilber"}]}]}`, ""},
		recorded{"GET /users/" + alex + "/manager", "", 200, `{"@odata.type":"#microsoft.graph.user","id":"` + adele + `"}`, ""},
		recorded{"GET /me/memberOf", "", 200, `{"value":[{"@odata.type":"#microsoft.graph.group","id":"` + crew + `"}]}`, ""},
		recorded{"GET /me/mailboxSettings/timeZone", "", 200, `{"value":"Pacific Standard Time"}`, ""},
		recorded{"GET /users/adele@contoso.com/photo/$value", "", 200, photo, "image/jpeg"},
		recorded{"GET /applications(appId='7b2f6f0c-3d1e-4c5a-9a8e-5f7c1d2e3b4a')", "", 200,
			`{"id":"5b6c1d2e-0a3f-4c8b-9e7d-2f1a0b3c4d5e","appId":"7b2f6f0c-3d1e-4c5a-9a8e-5f7c1d2e3b4a","displayName":"Trails"}`, ""},
	)
	for path, want := range map[string]string{
		"/me?$select=displayName":                         `"displayName":"Adele Vance"`,
		"/me/messages?$select=subject":                    `"subject":"Snow"}]`,
		"/me/messages/$count":                             "2",
		"/me/messages/AAMk1":                              `"importance":"high"`,
		"/me/messages/AAMk1/attachments":                  `{"@odata.type":"#microsoft.graph.fileAttachment"`,
		"/groups/" + crew + "/members?$select=id":         `"id":"` + alex + `"}`,
		"/groups/" + crew + "/members/$ref":               "/directoryObjects/" + adele,
		"/users/" + alex + "/manager?$select=displayName": `"displayName":"Adele Vance"`,
		"/me/directReports?$select=id":                    `"id":"` + alex + `"`,
		"/me/memberOf?$select=displayName":                `"displayName":"Crew"`,
		"/me/mailboxSettings/timeZone":                    `"value":"Pacific Standard Time"`,
		"/me/photo/$value":                                photo,
		"/applications(appId='7b2f6f0c-3d1e-4c5a-9a8e-5f7c1d2e3b4a')?$select=displayName": `"displayName":"Trails"`,
	} {
		if status, body := read(t, s, path); status != 200 || !strings.Contains(body, want) {
			t.Errorf("GET %s: %d %s\nwant %s", path, status, body, want)
		}
	}
}

func TestAnImportedTenantHasWhatWritesPresuppose(t *testing.T) {
	t.Parallel()
	s, _, said := imported(t,
		recorded{"POST /teams/" + crew + "/channels/19:a@thread.tacv2/messages", `{"body":{"content":"Fog"}}`, 201,
			`{"id":"1770000000001"}`, ""},
		recorded{"GET /teams/" + crew + "/channels/19:a@thread.tacv2/messages/1770000000001", "", 200, `{"id":"1770000000001"}`, ""},
		recorded{"PATCH /me/contacts/c1", `{"givenName":"Lee"}`, 200, `{"id":"c1","givenName":"Lee","surname":"Gu"}`, ""},
		recorded{"GET /me/contacts/c1", "", 200, `{"id":"c1","givenName":"Lee","surname":"Gu"}`, ""},
		recorded{"DELETE /me/events/e1", "", 204, "", ""},
		recorded{"POST /groups/" + crew + "/members/$ref", `{"@odata.id":"https://graph.microsoft.com/v1.0/directoryObjects/` + alex +
			`"}`, 204, "", ""},
		recorded{"DELETE /groups/" + crew + "/owners/" + adele + "/$ref", "", 204, "", ""},
		recorded{"POST /planner/tasks", `{"planId":"p1","title":"Paint"}`, 201, `{"id":"t1","planId":"p1","title":"Paint"}`, ""},
		recorded{"GET /planner/tasks/t1", "", 200, `{"id":"t1"}`, ""},
		recorded{"POST /me/messages/m1/send", "", 202, "", ""},
		recorded{"PATCH /me/contacts/failed", `{"givenName":"Lee"}`, 404, `{"error":{"code":"x","message":"y"}}`, ""},
		recorded{"POST /$batch", `{"requests":[{"id":"1","method":"DELETE","url":"/me/events/e2"},{"id":"2","method":"GET","url":"/me/events"}]}`,
			200, `{"responses":[{"id":"1","status":204},{"id":"2","status":200,"body":{"value":[{"id":"e3","subject":"Walk"}]}}]}`, ""},
	)
	for path, want := range map[string]int{
		"/teams/" + crew + "/channels/19:a@thread.tacv2":                        200,
		"/teams/" + crew + "/channels/19:a@thread.tacv2/messages/1770000000001": 404,
		"/me/contacts/c1":                             200,
		"/me/contacts/failed":                         404,
		"/me/events/e1":                               200,
		"/me/events/e2":                               200,
		"/me/events/e3":                               200,
		"/users/" + alex:                              200,
		"/groups/" + crew + "/members/" + alex:        404,
		"/groups/" + crew + "/owners/" + adele:        200,
		"/planner/tasks/t1":                           404,
		"/me/messages/m1":                             200,
		"/groups/" + crew + "/members?$select=id":     200,
		"/groups/" + crew + "?$select=displayName,id": 200,
	} {
		if status, body := read(t, s, path); status != want {
			t.Errorf("GET %s: %d, want %d: %s", path, status, want, body)
		}
	}
	if _, body := read(t, s, "/me/contacts/c1"); !strings.Contains(body, `"surname":"Gu"`) || strings.Contains(body, "Lee") {
		t.Errorf("before the PATCH the contact was %s", body)
	}
	for _, line := range []string{
		"left out: answers about what the recording created or removed before: 2\n",
		"left out: exchanges that failed, which say nothing of what is there: 1\n",
	} {
		if !strings.Contains(said, line) {
			t.Errorf("%q is not in\n%s", line, said)
		}
	}
}

// TestEntitiesAreFoundByTheKeyOfTheirType has types whose key is not an id.
func TestEntitiesAreFoundByTheKeyOfTheirType(t *testing.T) {
	t.Parallel()
	partners := "/policies/crossTenantAccessPolicy/partners"
	s, _, _ := imported(t,
		recorded{"GET " + partners + "/" + crew + "/identitySynchronization", "", 200, `{"displayName":"Fabrikam"}`, ""},
		recorded{"GET /identityGovernance/lifecycleWorkflows/workflows/1/versions", "", 200,
			`{"value":[{"versionNumber":7,"displayName":"Leave"}]}`, ""})
	for path, want := range map[string]string{
		partners + "/" + crew: `"tenantId":"` + crew + `"`,
		"/identityGovernance/lifecycleWorkflows/workflows/1/versions/7": `"versionNumber":7`,
	} {
		if status, body := read(t, s, path); status != 200 || !strings.Contains(body, want) {
			t.Errorf("GET %s: %d %s\nwant %s", path, status, body, want)
		}
	}
}

func TestCredentialsNeverLeaveARecording(t *testing.T) {
	t.Parallel()
	_, text, _ := imported(t,
		recorded{"GET /users/" + adele, "", 200, `{"id":"` + adele + `","passwordProfile":{"password":"hunter-two"},
			"displayName":"Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"}`, ""},
		recorded{"GET /applications/a", "", 200, `{"id":"a","passwordCredentials":[{"secretText":"q8Q~hidden","hint":"q8Q"}]}`, ""},
		recorded{"GET /me/drive/items/i/content", "", 200, "client_secret=q8Q~hidden", "text/plain"},
		recorded{"GET https://login.microsoftonline.com/x/oauth2/v2.0/token", "", 200, `{"access_token":"hunter-two"}`, ""},
	)
	for _, secret := range []string{"very-secret-token", "hunter-two", "q8Q~hidden", "c2lnbmF0dXJl"} {
		if strings.Contains(text, secret) {
			t.Errorf("the document has %s:\n%s", secret, text)
		}
	}
}

// TestResultsThatNoEntityTellsAreImported has actions and functions that nobody computes,
// of which one is bound to what is removed then.
func TestResultsThatNoEntityTellsAreImported(t *testing.T) {
	t.Parallel()
	s, text, _ := imported(t,
		recorded{"GET /me", "", 200, `{"id":"` + adele + `","userPrincipalName":"adele@contoso.com"}`, ""},
		recorded{"GET /reports/getTeamsUserActivityCounts(period='D7')", "", 200, "Date,Calls\n2026-01-31,7\n", "text/csv"},
		recorded{"GET /me/drive/items/b1/workbook/worksheets/w1/range(address='A1:B1')", "", 200,
			`{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#x","address":"A1:B1","shoeSize":43}`, ""},
		recorded{"GET /me/drive/items/b1/workbook/worksheets/w1/range(address='A1:B1')/format", "", 200, `{"columnWidth":8}`, ""},
		recorded{"GET /chats/19:a@thread.v2/messages/1/hostedContents/2/$value", "", 302, "", ""},
	)
	if strings.Contains(text, "shoeSize") || strings.Contains(text, "odata.context") {
		t.Errorf("the document has what the contract forbids, or the context:\n%s", text)
	}
	workbook := "/drive/items/b1/workbook/worksheets/w1/range(address='A1:B1')"
	for _, test := range []struct {
		path   string
		status int
		want   string
	}{
		{"/reports/getTeamsUserActivityCounts(period='D7')", 200, "Date,Calls\n2026-01-31,7\n"},
		{"/reports/getTeamsUserActivityCounts(period='D30')", 501, "NotImplemented"},
		{"/me" + workbook, 200, `"address":"A1:B1"`},
		{"/users/adele@contoso.com" + workbook, 200, `"address":"A1:B1"`},
		{"/me" + workbook + "/format", 200, `"columnWidth":8`},
		{"/chats/19:a@thread.v2/messages/1/hostedContents/2/$value", 302, ""},
		{"/chats/19:a@thread.v2/messages/1/hostedContents/3/$value", 404, ""},
	} {
		if status, body := read(t, s, test.path); status != test.status || !strings.Contains(body, test.want) {
			t.Errorf("GET %s: %d %s\nwant %d %s", test.path, status, body, test.status, test.want)
		}
	}
	again, err := s.State().Encode()
	if err != nil || !strings.Contains(string(again), "getTeamsUserActivityCounts") {
		t.Errorf("the state has no results: %v\n%s", err, again)
	}
}

func TestImportSaysWhatItCanNotTake(t *testing.T) {
	t.Parallel()
	_, _, said := imported(t,
		recorded{"GET https://ads.example/x", "", 200, "{}", ""},
		recorded{"GET /me/mailFolders/inbox/messages/delta()", "", 200, `{"value":[{"id":"m1"},{"id":"m2","@removed":{"reason":"deleted"}}]}`, ""},
		recorded{"POST /me/getMemberGroups", `{"securityEnabledOnly":false}`, 200, `{"value":["a"]}`, ""},
		recorded{"GET /me/nothing", "", 200, "{}", ""},
		recorded{"GET /me/contacts/c1", "", 200, "<html>", "text/html"},
		recorded{"GET /me/contacts/c2", "", 200, `{"id":"c2","shoeSize":43,"birthday":"soon"}`, ""},
	)
	want := `1 request to other hosts skipped.
left out: answers that are not what the operation returns: 1
left out: requests that the contract has no operation for: 1
left out: results of functions and actions that the service works out: 1
left out: values that the contract does not allow: 1
`
	if !strings.HasPrefix(said, want) {
		t.Errorf("got\n%s\nwant\n%s", said, want)
	}
}

// TestDocumentedTrafficIsImported reads what Microsoft's documentation shows, if the
// folder that GRAPHMOCK_SHARED names, or the one named shared next to the checkout, has
// it.
func TestDocumentedTrafficIsImported(t *testing.T) {
	t.Parallel()
	recording := documented(t)
	if recording == "" {
		return
	}
	file := filepath.Join(t.TempDir(), "tenant.json")
	graphmock(t, exitClean, "import", recording, "-o", file)
	graphmock(t, exitClean, "lint", file)
	text, err := os.ReadFile(file)
	if err != nil || !json.Valid(text) {
		t.Fatal(err)
	}
}

func documented(t testing.TB) string {
	folder := cmp.Or(os.Getenv("GRAPHMOCK_SHARED"), filepath.Join("..", "..", "..", "..", "shared"))
	file := filepath.Join(folder, "graph", "documented-v1.0.har")
	if _, err := os.Stat(file); err != nil {
		t.Log("documented traffic is not read:", err)
		return ""
	}
	return file
}

// TestResultsCanBeLeftOut has a function that the service can't work out.
func TestResultsCanBeLeftOut(t *testing.T) {
	t.Parallel()
	recording := record(t, recorded{"GET /reports/getEmailActivityCounts(period='D7')", "", 200, "Report Refresh Date,Send\n", "text/csv"})
	for flag, want := range map[string]bool{"--no-results": false, "--no-results=false": true} {
		stdout, _ := graphmock(t, exitClean, "import", recording, flag, "-o", "-")
		if got := strings.Contains(stdout, "getEmailActivityCounts"); got != want {
			t.Errorf("%s: a result is there: %v\n%s", flag, got, stdout)
		}
	}
}
