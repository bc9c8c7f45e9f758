package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/server"
)

// serveImported serves what import makes of a recording.
func serveImported(t *testing.T, recording string) (origin string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tenant.json")
	graphmock(t, exitClean, "import", recording, "-o", file)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d, err := fixtures.Parse(file, data)
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(server.Config{Fixtures: d})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return h.URL
}

// day is a recording that a service can follow: what is created is read by the key that
// the answer gave it.
var day = []recorded{
	{"GET /me?$select=id,displayName", "", 200, `{"id":"` + adele + `","displayName":"Adele Vance"}`, ""},
	{"POST /me/contacts", `{"givenName":"Lee"}`, 201, `{"id":"recorded-1","givenName":"Lee","createdDateTime":"2026-01-31T12:00:00Z"}`, ""},
	{"GET /me/contacts/recorded-1", "", 200, `{"id":"recorded-1","givenName":"Lee"}`, ""},
	{"PATCH /me/contacts/recorded-1", `{"surname":"Gu"}`, 200, `{"id":"recorded-1","givenName":"Lee","surname":"Gu"}`, ""},
	{"DELETE /me/contacts/recorded-1", "", 204, "", ""},
	{"GET /me/contacts/recorded-1", "", 404, `{"error":{"code":"ErrorItemNotFound","message":"gone","innerError":{}}}`, ""},
	{"GET /me/messages?$select=id,subject&$top=1", "", 200, `{"value":[{"id":"m1","subject":"Fog"}],
		"@odata.nextLink":"https://graph.microsoft.com/v1.0/me/messages?$select=id,subject&$top=1&$skiptoken=recorded"}`, ""},
	{"GET /me/messages/m1?$select=id,subject", "", 200, `{"id":"m1","subject":"Fog"}`, ""},
	{"POST /$batch", `{"requests":[{"id":"1","method":"GET","url":"/me/messages/m1"},{"id":"2","method":"GET","url":"/me/contacts/m2"}]}`,
		200, `{"responses":[{"id":"2","status":404,"body":{"error":{"code":"ErrorItemNotFound"}}},{"id":"1","status":200,"body":{"id":"m1","subject":"Fog"}}]}`, ""},
}

func TestAnImportedRecordingReplaysWithoutDifference(t *testing.T) {
	t.Parallel()
	recording := record(t, day...)
	stdout, _ := graphmock(t, exitClean, "replay", recording, "--target", serveImported(t, recording)+"/v1.0")
	if !strings.Contains(strings.Join(strings.Fields(stdout), " "), " all 9 100.0 % 100.0 % 100.0 % 0") {
		t.Errorf("got\n%s", stdout)
	}
}

func TestAReplayTellsWhatDiffers(t *testing.T) {
	t.Parallel()
	recording := record(t, day...)
	origin := serveImported(t, recording)
	changed := append([]recorded{}, day...)
	changed[2].answer = `{"id":"recorded-1","givenName":"Leo","categories":{"no":"list"}}`
	changed[7].status = 404
	report := filepath.Join(t.TempDir(), "parity.xml")
	stdout, _ := graphmock(t, exitBroken, "replay", record(t, changed...), "--target", origin, "--report", "junit="+report)
	for _, want := range []string{
		`entry 3: GET /v1.0/me/contacts/`, `: value /givenName: "Lee", recorded was "Leo"`,
		"entry 8: GET /v1.0/me/messages/m1: status: 200, recorded was 404",
		"Explained, shape: the recorded answer breaks the contract: 1 difference.",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is not in\n%s", want, stdout)
		}
	}
	text, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	var suites struct {
		Suites []struct {
			Name  string `xml:"name,attr"`
			Cases []struct {
				Name    string    `xml:"name,attr"`
				Failure *struct{} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(text, &suites); err != nil {
		t.Fatal(err)
	}
	cases, failures := 0, 0
	for _, c := range suites.Suites[0].Cases {
		cases++
		if c.Failure != nil {
			failures++
		}
	}
	if cases != len(day) || failures != 2 {
		t.Errorf("%d cases, %d failures, want %d and 2\n%s", cases, failures, len(day), text)
	}
	stdout, _ = graphmock(t, exitBroken, "replay", record(t, changed...), "--target", origin, "--output", "json")
	var result struct {
		All struct{ Requests, SameStatus int }
	}
	if err := json.Unmarshal([]byte(stdout), &result); err != nil || result.All.Requests != len(day) {
		t.Errorf("%v: %s", err, stdout)
	}
}

func TestAReplaySendsNoRecordedCredentials(t *testing.T) {
	t.Parallel()
	var seen []string
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, fmt.Sprint(r.Method, r.URL, r.Header))
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"value":[]}`)
	}))
	t.Cleanup(h.Close)
	recording := record(t, recorded{"GET /me/messages?$filter=subject eq 'a b'", "", 200, `{"value":[]}`, ""})
	graphmock(t, exitClean, "replay", recording, "--target", h.URL+"/v1.0", "--token", "mine")
	if len(seen) != 1 || !strings.Contains(seen[0], "Bearer mine") || strings.Contains(seen[0], "very-secret") {
		t.Errorf("sent %v", seen)
	}
}

func TestReplayRefusesWhatItCanNotDo(t *testing.T) {
	t.Parallel()
	recording := record(t, day...)
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{recording}, "--target URL is missing"},
		{[]string{"--target", "http://127.0.0.1:1"}, "there is no file"},
		{[]string{recording, "--target", "https://graph.microsoft.com/v1.0"}, "--allow-remote"},
		{[]string{recording, "--target", "http://127.0.0.1:1/v1.0"}, "can't be reached"},
		{[]string{"missing.har", "--target", "http://127.0.0.1:1/v1.0"}, "missing.har"},
		{[]string{recording, "--target", "http://127.0.0.1:1", "--output", "xml"}, "expected text or json"},
	} {
		_, stderr := graphmock(t, exitUsage, append([]string{"replay"}, test.args...)...)
		if !strings.Contains(stderr, test.want) {
			t.Errorf("%v: %s", test.args, stderr)
		}
	}
}

// TestJoinedRecordingsReplayWithoutDifference has a removal of what is read, and a single
// entity as documentation shows those of Intune.
func TestJoinedRecordingsReplayWithoutDifference(t *testing.T) {
	t.Parallel()
	recording := record(t,
		recorded{"DELETE /me/contacts/c1", "", 204, "", ""},
		recorded{"GET /me/contacts/c1", "", 200, `{"id":"c1","givenName":"Lee"}`, ""},
		recorded{"GET /deviceManagement/deviceCategories/d1", "", 200, `{"value":{"id":"d1","displayName":"Phones"}}`, ""},
		recorded{"DELETE /me/photo/$value", "", 200, "", ""})
	stdout, _ := graphmock(t, exitClean, "replay", recording, "--target", serveImported(t, recording)+"/v1.0")
	for _, want := range []string{
		"Sent when all else was done, for later exchanges meet what they remove: 1 request.", " all 4 100.0 % 100.0 % 100.0 % 0",
	} {
		if !strings.Contains(strings.Join(strings.Fields(stdout), " "), want) {
			t.Errorf("%q is not in\n%s", want, stdout)
		}
	}
}

// TestWhatWritesPresupposeIsThereWhenTheyAreReplayed has writes that succeed only if there is
// more than what they are sent to, and answers that show more than the model has.
func TestWhatWritesPresupposeIsThereWhenTheyAreReplayed(t *testing.T) {
	t.Parallel()
	const key, app, role = "f0b0b335-1d71-4883-8f98-567911bfdca6", "9028d19c-26a9-4809-8e3f-20ff73e2d75e", "00000000-0000-0000-0000-000000000000"
	recording := record(t,
		recorded{"GET /me", "", 200, `{"id":"` + adele + `","userPrincipalName":"adele@contoso.com"}`, ""},
		recorded{"POST /applications/a1/removePassword", `{"keyId":"` + key + `"}`, 204, "", ""},
		recorded{"POST /applications/a1/removeKey", `{"keyId":"` + key + `","proof":"x"}`, 204, "", ""},
		recorded{"POST /me/messages/m1/send", "", 202, "", ""},
		recorded{"POST /me/messages/m2/replyAll", `{"comment":"Yes"}`, 202, "", ""},
		recorded{"POST /servicePrincipals/" + app + "/appRoleAssignedTo", `{"principalId":"` + alex + `","resourceId":"` + app +
			`","appRoleId":"` + role + `"}`, 201, `{"id":"x","principalId":"` + alex + `"}`, ""},
		recorded{"DELETE /groups/" + crew + "/owners/" + alex + "/$ref", "", 204, "", ""},
		recorded{"POST /directory/deletedItems/" + key + "/restore", "", 200,
			`{"@odata.type":"#microsoft.graph.group","id":"` + key + `","groupTypes":["Unified"]}`, ""},
		recorded{"GET /directory/deletedItems/microsoft.graph.group", "", 200, `{"value":[{"id":"` + app + `","displayName":"Crew"}]}`, ""},
		recorded{"GET /security/attackSimulation/landingPages?$filter=source eq 'tenant'", "", 200, `{"value":[{"id":"l1"}]}`, ""},
		recorded{"GET /informationProtection/bitlocker/recoveryKeys/k1", "", 200, `{"id":"k1","volumeType":"laserDisc"}`, ""},
		recorded{"GET /print/printers/p1/jobs", "", 200, `{"value":[{"createdBy":{"displayName":"Fog"}},{"createdBy":{"id":"u1","displayName":"Snow"}}]}`, ""},
		recorded{"PUT /teams/" + crew + "/schedule", `{"enabled":true}`, 200, "", ""},
		recorded{"PATCH /teams/" + crew + "/channels/19:a@thread.tacv2", `{"description":"Plans"}`, 204, "", ""},
		recorded{"GET /identityGovernance/lifecycleWorkflows/workflowTemplates/w1", "", 200, `{"id":"w1","tasks":[{"id":"t1","displayName":"Mail"}]}`, ""},
		recorded{"GET /policies/authenticationMethodsPolicy/authenticationMethodConfigurations/fido2", "", 200,
			`{"@odata.type":"#microsoft.graph.fido2AuthenticationMethodConfiguration","id":"fido2","includeTargets":[{"id":"all"}]}`, ""},
	)
	stdout, _ := graphmock(t, exitClean, "replay", recording, "--target", serveImported(t, recording)+"/v1.0")
	if !strings.Contains(strings.Join(strings.Fields(stdout), " "), " all 16 100.0 % 100.0 % ") {
		t.Errorf("got\n%s", stdout)
	}
}

// TestRecordedRequestsAreSentAsTheyCanHaveBeen has bodies, keys, tags and tokens that can't
// be sent as the recording has them.
func TestRecordedRequestsAreSentAsTheyCanHaveBeen(t *testing.T) {
	t.Parallel()
	const one = "11111111-2222-4333-8444-555555555555" // which the recording uses for two things
	recording := record(t,
		recorded{"POST /me/contacts", `{"givenName": "Lee", // a comment` + "\n}", 201, `{"id":"c1","givenName":"Lee"}`, ""},
		recorded{"POST /me/todo/lists", `{"displayName":"Trips"}`, 201, `{"id":"` + one + `","displayName":"Trips"}`, ""},
		recorded{"GET /me/contactFolders/" + one, "", 200, `{"id":"` + one + `","displayName":"Family"}`, ""},
		recorded{"GET /me/todo/lists/" + one, "", 200, `{"id":"` + one + `","displayName":"Trips"}`, ""},
		recorded{"GET /groups/delta?$deltatoken=of-another-day", "", 200, `{"value":[]}`, ""},
		recorded{"GET /groups/delta", "", 200, `{"value":[],"@odata.deltaLink":"https://graph.microsoft.com/v1.0/groups/delta?$deltatoken=1"}`, ""},
		recorded{"GET /groups/delta?$deltatoken=of-another-day", "", 200, `{"value":[]}`, ""},
		recorded{"GET /groups/delta?$deltatoken=1", "", 200, `{"value":[]}`, ""},
	)
	stdout, _ := graphmock(t, exitClean, "replay", recording, "--target", serveImported(t, recording)+"/v1.0")
	for _, want := range []string{
		" all 7 100.0 % 100.0 % ", "Not sent, for nothing in the recording says where a token is from: 1 request.",
		"Bodies made from the contract, for the recording has not kept them as they were sent: 1 request.",
	} {
		if !strings.Contains(strings.Join(strings.Fields(stdout), " "), want) {
			t.Errorf("%q is not in\n%s", want, stdout)
		}
	}
}

// TestWhatWritesPresupposeIsImported replays requests that meet what no answer shows.
func TestWhatWritesPresupposeIsImported(t *testing.T) {
	t.Parallel()
	const sku, flow = "bea13e0c-3828-4daa-a392-28af7ff61a0f", "/identity/authenticationEventsFlows/f1"
	recording := record(t,
		recorded{"POST /me/assignLicense", `{"addLicenses":[],"removeLicenses":["` + sku + `"]}`, 200, `{"id":"` + adele + `"}`, ""},
		recorded{"PATCH /me/drive/items/i1", `{"parentReference":{"id":"folder-1"},"name":"b.txt"}`, 200, `{"id":"i1","name":"b.txt"}`, ""},
		recorded{"POST /me/drive/items/i2/copy", `{"parentReference":{"driveId":"d9","id":"folder-2"},"name":"c.txt"}`, 202, "", ""},
		recorded{"POST /sites/s1/lists/l1/items", `{"fields":{"Title":"Rope","Weight":32,"Wet":true}}`, 201, `{"id":"20"}`, ""},
		recorded{"GET /sites/contoso.sharepoint.com:/teams/crew", "", 200, `{"id":"site-9","displayName":"Crew"}`, ""},
		recorded{"GET /users/" + alex + "/chats/getAllMessages/delta", "", 200, `{"value":[{"id":"1","createdDateTime":"2026-01-31T12:00:00Z"}]}`, ""},
		recorded{"PATCH /planner/tasks/t1", `{"percentComplete":50}`, 204, "", ""},
		recorded{"DELETE /groups/" + strings.ToUpper(crew) + "/members/" + strings.ToUpper(alex) + "/$ref", "", 204, "", ""},
		recorded{"DELETE /groups/" + crew, "", 204, "", ""},
		recorded{"POST /directory/deletedItems/" + crew + "/restore", "", 200, `{"@odata.type":"#microsoft.graph.group","id":"` + crew + `"}`, ""},
		recorded{"GET /subscribedSkus", "", 200, `{"value":[{"id":"x_1","skuId":"` + crew + `"}]}`, ""},
		recorded{"POST /users/" + alex + "/assignLicense", `{"addLicenses":[{"skuId":"` + sku + `"}],"removeLicenses":[]}`, 200, `{"id":"` + alex + `"}`, ""},
		recorded{"POST /me/messages/m1/move", `{"destinationId":"folder-3"}`, 201, `{"id":"m2"}`, ""},
		recorded{"POST /me/mailFolders/f1/copy", `{"destinationId":"inbox"}`, 200, `{"id":"f2"}`, ""},
		recorded{"POST /me/events/e1/accept", `{"sendResponse":true}`, 202, "", ""},
		recorded{"POST /sites/s1/lists/l2/columns", `{"name":"Kind","text":{}}`, 201, `{"id":"c1","name":"Kind"}`, ""},
		recorded{"POST /sites/s1/lists/l2/items", `{"fields":{"Kind":"Rope","Wet":true}}`, 201, `{"id":"21"}`, ""},
		recorded{"POST /sites/s1/lists/l3/items", `{"fields":{"Kind":"Rope"}}`, 201, `{"id":"22"}`, ""},
		recorded{"POST /sites/s1/lists/l3/columns", `{"name":"kind","text":{}}`, 201, `{"id":"c2","name":"kind"}`, ""},
		recorded{"POST /sites/s1/lists/l1/items/31/versions/3.0/restoreVersion", "", 204, "", ""},
		recorded{"DELETE " + flow + "/conditions/applications/includeApplications/" + sku, "", 204, "", ""},
		recorded{"DELETE " + flow + `/microsoft.graph.externalUsersSelfServiceSignUpEventsFlow/onAttributeCollection/` +
			"microsoft.graph.onAttributeCollectionExternalUsersSelfServiceSignUp/attributes/city/$ref", "", 204, "", ""},
		recorded{"POST /directory/administrativeUnits/a1/members", `{"@odata.type":"#microsoft.graph.group","displayName":"New",` +
			`"mailNickname":"new","mailEnabled":false,"securityEnabled":true}`, 201, `{"id":"` + sku + `","displayName":"New",` +
			`"mailNickname":"new","mailEnabled":false,"securityEnabled":true}`, ""},
		recorded{"GET /groups/" + sku, "", 200, `{"id":"` + sku + `","displayName":"New","mailNickname":"new"}`, ""},
	)
	stdout, _ := graphmock(t, exitBroken, "replay", recording, "--target", serveImported(t, recording)+"/v1.0", "--output", "json")
	var result struct {
		All         struct{ Requests, SameStatus int }
		Differences []struct{ Rule, Message, Where string }
	}
	if err := json.Unmarshal([]byte(stdout), &result); err != nil {
		t.Fatal(err)
	}
	for _, d := range result.Differences {
		if d.Rule == "replay-status" && !strings.Contains(d.Where, "planner") { // whose tags are not recorded
			t.Errorf("%s: %s", d.Where, d.Message)
		}
	}
	if result.All.Requests != 24 {
		t.Errorf("%d requests, want 24", result.All.Requests)
	}
}

// TestItemsThatNamesLeadToAreImported has the paths with which clients of drives ask.
func TestItemsThatNamesLeadToAreImported(t *testing.T) {
	t.Parallel()
	recording := record(t,
		recorded{"GET /me", "", 200, `{"id":"` + adele + `","userPrincipalName":"adele@contoso.com"}`, ""},
		recorded{"GET /me/drive/root:/Trips/2026:/children", "", 200, `{"value":[{"id":"I1","name":"map.pdf","file":{}},{"id":"I2","name":"Huts","folder":{}}]}`, ""},
		recorded{"GET /me/drive/root:/trips/2026/Huts", "", 200, `{"id":"I2","name":"Huts","folder":{}}`, ""},
		recorded{"GET /me/drive/items/I2", "", 200, `{"id":"I2","name":"Huts","folder":{}}`, ""},
		recorded{"GET /drives/d1/items/I9:/a/b.txt:/content", "", 302, "", ""},
		recorded{"PATCH /users/" + adele + "/drive/root:/Trips/2026/map.pdf", `{"description":"Ours"}`, 200, `{"id":"I1","name":"map.pdf"}`, ""},
		recorded{"PUT /me/drive/root:/Trips/new.txt:/content", "text", 201, `{"id":"I3","name":"new.txt","file":{}}`, ""},
		recorded{"GET /me/drive/root:/Trips/new.txt", "", 200, `{"id":"I3","name":"new.txt","file":{}}`, ""},
		recorded{"DELETE /me/drive/root:/old/rope.txt", "", 204, "", ""},
	)
	stdout, _ := graphmock(t, exitClean, "replay", recording, "--target", serveImported(t, recording)+"/v1.0")
	if !strings.Contains(strings.Join(strings.Fields(stdout), " "), " all 9 100.0 % 100.0 % ") {
		t.Errorf("got\n%s", stdout)
	}
}

// TestWhatSomebodyHasJoinedIsImported has the lists that are made of who is a member.
func TestWhatSomebodyHasJoinedIsImported(t *testing.T) {
	t.Parallel()
	recording := record(t,
		recorded{"GET /me", "", 200, `{"id":"` + adele + `","userPrincipalName":"adele@contoso.com"}`, ""},
		recorded{"GET /me/joinedTeams", "", 200, `{"value":[{"id":"` + crew + `","displayName":"Crew"}]}`, ""},
		recorded{"GET /me/chats", "", 200, `{"value":[{"id":"19:a@thread.v2","chatType":"group","topic":"Huts"}]}`, ""},
		recorded{"GET /users/" + alex + "/chats", "", 200, `{"value":[{"id":"19:a@thread.v2","chatType":"group"}]}`, ""},
		recorded{"GET /me/chats/19:a@thread.v2/messages", "", 200, `{"value":[{"id":"1","messageType":"message"}]}`, ""},
		recorded{"GET /chats/19:a@thread.v2", "", 200, `{"id":"19:a@thread.v2","topic":"Huts"}`, ""},
	)
	stdout, _ := graphmock(t, exitClean, "replay", recording, "--target", serveImported(t, recording)+"/v1.0")
	if !strings.Contains(strings.Join(strings.Fields(stdout), " "), " all 6 100.0 % 100.0 % ") {
		t.Errorf("got\n%s", stdout)
	}
}

// TestWhatARecordingLacksIsExplained has requests that the service does not take as they
// were recorded.
func TestWhatARecordingLacksIsExplained(t *testing.T) {
	t.Parallel()
	recording := record(t,
		recorded{"GET /users/$count", "", 200, `5`, "text/plain"},
		recorded{"PATCH /groups(uniqueName='crew')", `{"displayName":"Crew"}`, 201, `{"id":"` + crew + `"}`, ""},
		recorded{"POST /directory/deletedItems/" + alex + "/restore", "", 200, `{"id":"` + alex + `"}`, ""},
		recorded{"POST /directory/deletedItems/" + alex + "/restore", "", 200, `{"id":"` + alex + `"}`, ""},
	)
	stdout, _ := graphmock(t, exitClean, "replay", recording, "--target", serveImported(t, recording)+"/v1.0")
	for _, want := range []string{
		"Explained, status: the recording lacks a header that the request needs: 2 differences.",
		"Explained, status: the recording removed it itself before: 1 difference.",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is not in\n%s", want, stdout)
		}
	}
}
