package server_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
)

const newActivity = `{"activitySourceHost": "https://www.contoso.com", "activationUrl": "https://www.contoso.com/?a=1&b=<2>",
	"visualElements": {"displayText": "0123 # not a comment", "description": null, "content": {"a": [1, 2.50, 1e3, {"@odata.type": "#x"}], "é": "\u0007\u2028😀"}},
	"contentInfo": {"@context": "https://schema.org"}, "expirationDateTime": "2030-02-01T00:00:00.1Z",
	"historyItems": [{"startedDateTime": "2018-02-26T20:54:04.345Z", "userTimezone": "null"}, {"startedDateTime": "2018-02-26T20:54:04.345Z"}]}`

// jwtOf is a token of version 2.0, signed by nobody.
func jwtOf(oid, name, app string) string {
	claims := fmt.Sprintf(`{"aud": "https://graph.microsoft.com", "exp": %d, "ver": "2.0", "oid": %q, "preferred_username": %q, "azp": %q,
		"scp": "UserActivity.ReadWrite.CreatedByApp"}`, now.Add(time.Hour).Unix(), oid, name, app)
	part := base64.RawURLEncoding.EncodeToString
	return "Bearer " + part([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + part([]byte(claims)) + ".c2ln"
}

// callers are who puts something into the tenant of the round trip.
var callers = map[string]string{
	"known": "Bearer opaque",
	"stranger": jwtOf("00000000-0000-0000-0000-00000000000A", "Ada@contoso.com",
		"00000000-0000-0000-0000-0000000000AA"),
	"stranger without name":  jwtOf("00000000-0000-0000-0000-00000000000b", "", "00000000-0000-0000-0000-0000000000aa"),
	"stranger without an id": jwtOf("", "bob@contoso.com", "00000000-0000-0000-0000-0000000000aa"),
	"odd ids":                jwtOf("user <1>", "", "app 1"),
}

func TestAStateSeenCanBeSavedAndLoaded(t *testing.T) {
	t.Parallel()
	for name, tenant := range map[string]*fixtures.Document{"contoso": fixtures.Contoso(), "bare": fixtures.Empty()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, server.Config{Now: now, Fixtures: tenant})
			for caller, authorization := range callers {
				for _, id := range []string{"1", "%2Fa%3F" + strings.ReplaceAll(caller, " ", "")} {
					res, text := send(t, s, "PUT", "/v1.0/me/activities/"+id, strings.NewReader(newActivity),
						"Authorization", authorization)
					if res.StatusCode != 201 {
						t.Fatalf("%s: %d %s", caller, res.StatusCode, text)
					}
				}
			}
			saved := encode(t, s.State())
			for _, want := range []string{"Ada@contoso.com", "bob@contoso.com", "@unknown.invalid", `"app 1"`} {
				if !strings.Contains(saved, want) {
					t.Errorf("%s is missing in\n%s", want, saved)
				}
			}
			d, err := fixtures.Parse("state.json", []byte(saved), openapi.Embedded())
			if err != nil {
				t.Fatalf("%v in\n%s", err, saved)
			}
			again := newServer(t, server.Config{Now: now.Add(time.Hour / 2), Seed: 9, Fixtures: d})
			if text := encode(t, again.State()); text != saved {
				t.Errorf("a server with it as its fixtures has\n%s\nand not\n%s", text, saved)
			}
			_, served := send(t, s, "GET", control+"/state", nil)
			other := newServer(t, server.Config{Now: now.Add(time.Hour / 2)})
			if res, text := send(t, other, "PUT", control+"/state",
				strings.NewReader(string(served))); res.StatusCode != 200 || string(text) != string(served) {
				t.Errorf("%d %s", res.StatusCode, text)
			}
			for caller, authorization := range callers {
				if caller == "odd ids" {
					continue // fixtures can't have them: the activities load, but are another user's
				}
				_, want := send(t, s, "GET", "/v1.0/me/activities", nil, "Authorization", authorization)
				if _, got := send(t, other, "GET", "/v1.0/me/activities", nil, "Authorization",
					authorization); string(got) != string(want) {
					t.Errorf("%s sees\n%s\nand not\n%s", caller, got, want)
				}
			}
		})
	}
}

func TestSetStateIsAllOrNothing(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	before := encode(t, s.State())
	half := *fixtures.Contoso()
	half.Activities =
		append([]fixtures.Activity{{User: "user@contoso.com", App: half.Apps[0].ID,
			Properties: map[string]any{"appActivityId": "new"}}},
			fixtures.Activity{User: "user@contoso.com", App: half.Apps[0].ID,
				Properties:   map[string]any{"appActivityId": "broken"},
				HistoryItems: []map[string]any{{"id": "no GUID"}}})
	if err := s.SetState(&half); err == nil || !strings.Contains(err.Error(), `"no GUID" can't be one`) {
		t.Errorf("error %v", err)
	}
	if err := s.Seed(&half); err == nil {
		t.Error("seeded")
	}
	stray := fixtures.Document{Activities: half.Activities[:1]}
	var problems document.Problems
	if err := s.SetState(&stray); !errors.As(err, &problems) {
		t.Errorf("error %v", err)
	}
	if after := encode(t, s.State()); after != before {
		t.Errorf("the state is now %s", after)
	}
}

// TestNoRequestSeesAMixtureOfStates lists activities while two states take turns.
func TestNoRequestSeesAMixtureOfStates(t *testing.T) {
	t.Parallel()
	state := func(n int) *fixtures.Document {
		d := &fixtures.Document{
			Users: []fixtures.User{{ID: guidOf(uint64(n)), UserPrincipalName: fmt.Sprintf("user%d@contoso.com", n)}},
			Apps:  fixtures.Contoso().Apps,
		}
		for i := range 5 {
			d.Activities = append(d.Activities, fixtures.Activity{User: d.Users[0].ID, App: d.Apps[0].ID,
				Properties: map[string]any{"appActivityId": fmt.Sprintf("of-%d-%d", n, i),
					"activationUrl":      "https://www.contoso.com/",
					"activitySourceHost": "https://www.contoso.com",
					"visualElements":     map[string]any{"displayText": "x"}}})
		}
		return d
	}
	s := newServer(t, server.Config{})
	if err := s.SetState(state(1)); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range 200 {
			if err := s.SetState(state(1 + i%2)); err != nil {
				t.Error(err)
			}
		}
	})
	for range 4 {
		wg.Go(func() {
			for range 200 {
				_, text := send(t, s, "GET", "/v1.0/me/activities", nil)
				if a, b := strings.Count(string(text), `"of-1-`), strings.Count(string(text), `"of-2-`); a+b != 5 ||
					a*b != 0 {
					t.Errorf("%d of one state and %d of the other", a, b)
				}
			}
		})
	}
	wg.Wait()
}

func TestResetBringsBackTheStart(t *testing.T) {
	t.Parallel()
	contract := openapi.Embedded()
	scripted, err := scenarios.Parse("late.yaml", []byte(strings.Replace(scenario, "{ throttle: { retryAfter: 3s } }",
		"[throttle: { retryAfter: 3s }]\n    after: pass", 1)), contract)
	if err != nil {
		t.Fatal(err)
	}
	scripted.Fixtures = []string{"contoso"}
	s := newServer(t, server.Config{Now: now, Seed: 7, Fixtures: fixtures.Empty(),
		Scenarios: []*scenarios.Scenario{scripted}})
	start := encode(t, s.State())
	run := func() string {
		var all strings.Builder
		for _, step := range [][3]string{
			{"GET", "/v1.0/me/activities"}, {"PUT", "/v1.0/me/activities/1", newActivity},
			{"PUT", seedPath + seedItem, seedBody},
			{"POST", control + "/clock/advance", `{"by": "10m"}`}, {"GET", "/v1.0/me/activities"},
			{"GET", control + "/state"}, {"GET", control + "/scenarios"},
		} {
			res, text := send(t, s, step[0], step[1], strings.NewReader(step[2]))
			fmt.Fprintln(&all, res.Status, res.Header, string(text))
		}
		requests, err := s.Requests("")
		if err != nil || len(requests) != 4 || requests[0].ID != 1 {
			t.Errorf("the journal has %d: %v", len(requests), err)
		}
		return all.String()
	}
	first := run()
	if !strings.Contains(first, "429 ") || !strings.Contains(first, "201 ") {
		t.Fatalf("got %s", first)
	}
	if err := s.Reset(); err != nil {
		t.Fatal(err)
	}
	if list, _ := s.Requests(""); len(list)+len(s.Violating()) > 0 || encode(t, s.State()) != start {
		t.Errorf("after the reset: %v, %s", list, encode(t, s.State()))
	}
	if second := run(); second != first {
		t.Errorf("first:\n%s\nafter the reset:\n%s", first, second)
	}
	if res, text := send(t, s, "POST", control+"/reset", nil); res.StatusCode != 200 {
		t.Errorf("%d %s", res.StatusCode, text)
	}
	if third := run(); third != first {
		t.Errorf("first:\n%s\nafter the second reset:\n%s", first, third)
	}
}

func TestRequestsAreFiltered(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now, Journal: 4})
	send(t, s, "PUT", seedPath+"wrong", strings.NewReader(seedBody)) // 1: a violation, which outlives the ring
	for range 4 {
		send(t, s, "GET", "/v1.0/me/activities", nil) // 2 to 5
	}
	send(t, s, "PUT", seedPath+seedItem, strings.NewReader(seedBody)) // 6
	for query, want := range map[string]string{
		"":                                     "[1 3 4 5 6]",
		"?after=3":                             "[4 5 6]",
		"?after=3&limit=1":                     "[4]",
		"?limit=2":                             "[1 3]",
		"?after=6":                             "[]",
		"?violations=true":                     "[1]",
		"?violations=false":                    "[3 4 5 6]",
		"?status=201":                          "[6]",
		"?operation=me.PutActivity":            "[]",
		"?operation=me.ListActivities&after=4": "[5]",
		"?operation=me.activities.PutHistoryItem&status=201": "[6]",
	} {
		list := struct{ IDs []int64 }{IDs: []int64{}}
		for _, e := range requestsOf(t, s, query) {
			list.IDs = append(list.IDs, e.ID)
		}
		if got := fmt.Sprint(list.IDs); got != want {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
	e := requestsOf(t, s, "?after=5")[0]
	if e.Method != "PUT" || e.Path != seedPath+seedItem || !e.At.Equal(now) ||
		e.Operation != "me.activities.PutHistoryItem" || e.Violations == nil {
		t.Errorf("got %+v", e)
	}
}

func requestsOf(t *testing.T, s *server.Server, query string) []requestEntry {
	t.Helper()
	res, text := send(t, s, "GET", control+"/requests"+query, nil)
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", res.StatusCode, text)
	}
	return decode[[]requestEntry](t, strings.NewReader(string(text)))
}

// TestStateHasTheHistoryItems looks for one that a client just created, beside the
// one that the fixtures bring.
func TestStateHasTheHistoryItems(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	if res, _ := send(t, s, "PUT", seedPath+guidOf(1), strings.NewReader(seedBody)); res.StatusCode != 201 {
		t.Fatal(res.Status)
	}
	var ids []string
	for _, a := range s.State().Activities {
		for _, item := range a.HistoryItems {
			ids = append(ids, fmt.Sprint(item["id"]))
		}
	}
	if !slices.Contains(ids, guidOf(1)) || len(ids) < 2 {
		t.Errorf("the state has the history items %v, want %s among others", ids, guidOf(1))
	}
}

func TestStateHasResourcesOfAnyType(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now, Fixtures: fixtures.Empty()})
	create := func(path, body string) string {
		t.Helper()
		res, text := send(t, s, "POST", "/v1.0"+path, strings.NewReader(body))
		v, err := jsontext.Decode(text)
		if res.StatusCode != 201 || err != nil {
			t.Fatalf("%s: %d %s", path, res.StatusCode, text)
		}
		return v.(map[string]any)["id"].(string)
	}
	list := create("/me/todo/lists", `{"displayName": "Errands"}`)
	create("/me/todo/lists/"+list+"/tasks", `{"title": "Buy rope"}`)
	create("/me/todo/lists/"+list+"/tasks", `{"title": "Mend the tent"}`)

	saved := encode(t, s.State())
	d, err := fixtures.Parse("state.json", []byte(saved), openapi.Embedded())
	if err != nil {
		t.Fatalf("%v in\n%s", err, saved)
	}
	again := newServer(t, server.Config{Now: now.Add(time.Hour), Fixtures: d})
	if text := encode(t, again.State()); text != saved || strings.Count(text, "title") != 2 {
		t.Errorf("a server with it as its fixtures has\n%s\nand not\n%s", text, saved)
	}
	_, want := send(t, s, "GET", "/v1.0/me/todo/lists/"+list+"/tasks", nil)
	if _, got := send(t, again, "GET", "/v1.0/me/todo/lists/"+list+"/tasks", nil); string(got) != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A folder of scenarios is played as a whole or not at all, and so are its fixtures.
func TestScenariosWithFixturesThatFailSeedNothing(t *testing.T) {
	t.Parallel()
	const rules = "rules:\n  - when: { request: GET /me/activities }\n    reply: forbidden\n"
	folder := t.TempDir()
	for name, text := range map[string]string{
		"one.yaml":      "version: 1\nname: one\nfixtures: [fabrikam.data]\n" + rules,
		"two.yaml":      "version: 1\nname: two\nfixtures: [missing.data]\n" + rules,
		"fabrikam.data": "version: 1\nusers:\n  - { id: 11111111-0000-4000-8000-000000000001, userPrincipalName: kim@fabrikam.com }\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := newServer(t, server.Config{Now: now})
	before := encode(t, s.State())
	err := s.Play(folder)
	if err == nil || !strings.Contains(err.Error(), "missing.data") {
		t.Fatalf("Play: %v, want that there is no missing.data", err)
	}
	if after := encode(t, s.State()); after != before {
		t.Errorf("the state has changed to\n%s", after)
	}
	if err := s.Reset(); err != nil {
		t.Fatal(err)
	}
	if after := encode(t, s.State()); after != before {
		t.Errorf("after a reset the state is\n%s", after)
	}
	if err := os.Remove(filepath.Join(folder, "two.yaml")); err != nil {
		t.Fatal(err)
	}
	if err := s.Play(folder); err != nil {
		t.Fatal(err)
	}
	if after := encode(t, s.State()); !strings.Contains(after, "kim@fabrikam.com") {
		t.Errorf("the state lacks fabrikam.data:\n%s", after)
	}
}

// TestALargeStateCanBeSentBack saves a tenant of many items, and a collection, over
// HTTP and loads it into another server.
func TestALargeStateCanBeSentBack(t *testing.T) {
	t.Parallel()
	const items = 12_000
	activity := fixtures.Contoso().Activities[0]
	item := activity.HistoryItems[0]
	activity.HistoryItems = nil
	for i := range items {
		each := maps.Clone(item)
		each["id"] = fmt.Sprintf("390e06e2-7e5b-4133-8014-%012x", i)
		activity.HistoryItems = append(activity.HistoryItems, each)
	}
	tenant := *fixtures.Contoso()
	tenant.Activities = []fixtures.Activity{activity}
	tenant.Resources = []fixtures.Resource{{Path: "/users/user@contoso.com/todo/lists",
		Entities: []map[string]any{{"displayName": "<Groceries> & more"}}}}
	from, to := newServer(t, server.Config{Now: now, Fixtures: &tenant}), newServer(t, server.Config{Now: now})
	res, saved := send(t, from, "GET", "/_graphmock/state", nil)
	if res.StatusCode != 200 || len(saved) < 5<<20 {
		t.Fatalf("saved: %d, %d bytes", res.StatusCode, len(saved))
	}
	res, answer := send(t, to, "PUT", "/_graphmock/state", bytes.NewReader(saved))
	if res.StatusCode != 200 || !bytes.Equal(answer, saved) {
		t.Fatalf("sent back: %d, %d bytes; want the %d that were sent", res.StatusCode, len(answer), len(saved))
	}
	text, err := to.State().Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, _ := jsontext.Decode(text)
	want, _ := jsontext.Decode(saved)
	if !reflect.DeepEqual(got, want) {
		t.Error("State is something else than what is written")
	}
}

// What the model serves is a part of the state: entities, links, the only entity of a
// property, bytes.
func TestStateHasAllThatGraphsPathsHold(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	do := func(method, path, body string, want int) []byte {
		t.Helper()
		res, text := send(t, s, method, "/v1.0"+path, strings.NewReader(body))
		if res.StatusCode != want {
			t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, text)
		}
		return text
	}
	idOf := func(text []byte) string {
		v, _ := jsontext.Decode(text)
		return v.(map[string]any)["id"].(string)
	}
	kim := idOf(do("POST", "/users", `{"accountEnabled": true, "displayName": "Kim", "mailNickname": "kim",
		"userPrincipalName": "kim@contoso.com", "passwordProfile": {"password": "none"}}`, 201))
	club := idOf(do("POST", "/groups", `{"displayName": "Club", "mailEnabled": false, "mailNickname": "club",
		"securityEnabled": true}`, 201))
	do("POST", "/groups/"+club+"/members/$ref", `{"@odata.id": "https://graph.microsoft.com/v1.0/users/`+kim+`"}`, 204)
	do("PUT", "/users/"+kim+"/manager/$ref", `{"@odata.id": "/me"}`, 204)
	do("POST", "/users/"+kim+"/messages", `{"subject": "Rope"}`, 201)
	do("PATCH", "/me/mailboxSettings", `{"timeZone": "UTC"}`, 200)
	do("PATCH", "/me/onenote", `{}`, 200)
	do("PUT", "/me/photo/$value", "bytes", 200)
	flow := "/identity/authenticationEventsFlows/" + idOf(do("POST", "/identity/authenticationEventsFlows",
		`{"@odata.type": "#microsoft.graph.externalUsersSelfServiceSignUpEventsFlow", "displayName": "Sign up"}`, 201))
	const app = "63856651-13d9-4784-9abf-20758d509e19"
	do("POST", flow+"/conditions/applications/includeApplications", `{"appId": "`+app+`"}`, 201)
	provider := idOf(do("POST", "/identity/identityProviders", `{"@odata.type": "#microsoft.graph.builtInIdentityProvider",
		"displayName": "Mail", "identityProviderType": "EmailOTP"}`, 201))
	providers := flow + "/microsoft.graph.externalUsersSelfServiceSignUpEventsFlow/onAuthenticationMethodLoadStart/" +
		"microsoft.graph.onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp/identityProviders"
	do("POST", providers+"/$ref", `{"@odata.id": "https://graph.microsoft.com/v1.0/identity/identityProviders/`+provider+`"}`, 204)

	saved := encode(t, s.State())
	d, err := fixtures.Parse("state.json", []byte(saved), openapi.Embedded())
	if err != nil {
		t.Fatalf("%v in\n%s", err, saved)
	}
	again := newServer(t, server.Config{Now: now.Add(time.Hour), Fixtures: d})
	if text := encode(t, again.State()); text != saved {
		t.Errorf("a server with it as its fixtures has\n%s\nand not\n%s", text, saved)
	}
	for path, want := range map[string]string{
		"/groups/" + club + "/members?$select=displayName": `"Kim"`, "/users/kim@contoso.com/manager?$select=id": `"48d31887`,
		"/me/directReports?$select=id": kim, "/users/" + kim + "/messages": `"Rope"`, "/me/photo/$value": "bytes",
		"/me/mailboxSettings": `"UTC"`, flow + "/conditions/applications/includeApplications": app, providers: `"EmailOTP"`,
	} {
		if _, text := send(t, again, "GET", "/v1.0"+path, nil); !strings.Contains(string(text), want) {
			t.Errorf("%s: %s, want %s in it", path, text, want)
		}
	}
}

func TestDoorsToTheState(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	id, err := s.Create("/users/adele@contoso.com/messages", map[string]any{"subject": "Ropes"})
	if err != nil {
		t.Fatal(err)
	}
	path := "/users/adele@contoso.com/messages/" + id
	if err := s.Update(path, map[string]any{"isRead": true}); err != nil {
		t.Error(err)
	}
	var message struct {
		Subject string
		IsRead  bool
	}
	if err := s.Get(path, &message); err != nil || message.Subject != "Ropes" || !message.IsRead {
		t.Errorf("%+v, %v", message, err)
	}
	if err := s.Upload("/me/photo/$value", []byte("a face")); err != nil {
		t.Error(err)
	}
	if _, text := send(t, s, "GET", "/v1.0/me/photo/$value", nil); string(text) != "a face" {
		t.Errorf("the photo is %s", text)
	}
	if err := s.Delete(path); err != nil {
		t.Error(err)
	}
	if all, err := s.Requests(""); err != nil || len(all) != 1 {
		t.Errorf("the journal has %d exchanges, %v", len(all), err)
	}
	for want, door := range map[string]func() error{
		"404 ErrorItemNotFound":                 func() error { return s.Get(path, &message) },
		`did you mean "messages"?`:              func() error { return s.Delete("/me/mesages/1") },
		"subject":                               func() error { return s.Update("/me/messages/1", map[string]any{"subject": 1}) },
		"allowed here: GET, POST":               func() error { return s.Upload("/users", nil) },
		"write it like /users/adele":            func() error { return s.Delete("https://graph.microsoft.com/v1.0/users/1") },
		"json: unsupported type: chan int":      func() error { _, err := s.Create("/users", make(chan int)); return err },
		"A value is required for property 'acc": func() error { _, err := s.Create("/users", struct{}{}); return err },
	} {
		if err := door(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

const linked = `version: 1
users:
  - { id: 48d31887-5fad-4d73-a9f5-3c356e68a038, userPrincipalName: ada@contoso.com }
  - { id: 48d31887-5fad-4d73-a9f5-3c356e68a039, userPrincipalName: bob@contoso.com }
resources:
  /groups:
    - id: 02bd9fd6-8f93-4758-87c3-1fb73740a315
      displayName: Trail crew
      members@odata.bind: ["https://graph.microsoft.com/v1.0/users/ada@contoso.com", /users/MEMBER@contoso.com]
  /users/ada@contoso.com/manager/$ref: [/users/MANAGER@contoso.com]
  /groups/GROUP/owners/$ref: [/users/bob@contoso.com]
`

// A link of fixtures that leads nowhere is found before anyone follows it, and has its place.
func TestALinkToNothingHasItsPlace(t *testing.T) {
	t.Parallel()
	seed := func(member, manager, group string) (*server.Server, error) {
		text := strings.NewReplacer("MEMBER", member, "MANAGER", manager, "GROUP", group).Replace(linked)
		d, err := fixtures.Parse("tenant.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return server.New(server.Config{Fixtures: d.In("test")})
	}
	const crew = "02bd9fd6-8f93-4758-87c3-1fb73740a315"
	s, err := seed("bob", "bob", crew)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, text := send(t, s, "GET", "/v1.0/groups/"+crew+"/members?$select=userPrincipalName", nil); !strings.Contains(string(text), "ada@contoso.com") ||
		!strings.Contains(string(text), "bob@contoso.com") {
		t.Errorf("the members are %s", text)
	}
	if _, text := send(t, s, "GET", "/v1.0/groups/"+crew, nil); strings.Contains(string(text), "odata.bind") {
		t.Errorf("the group shows its references: %s", text)
	}
	for _, test := range []struct{ member, manager, group, want string }{
		{"bop", "bob", crew, `test/tenant.yaml:9:86: there is no /users/bop@contoso.com (did you mean /users/bob@contoso.com?)`},
		{"bob", "boc", crew, `test/tenant.yaml:10:41: there is no /users/boc@contoso.com (did you mean /users/bob@contoso.com?)`},
		{"bob", "bob", "Trail creu", `test/tenant.yaml:11:36: there is no /groups/Trail creu (did you mean /groups/` + crew + `, which is "Trail crew"?)`},
		{"bob", "somebody-else", crew, `test/tenant.yaml:10:41: there is no /users/somebody-else@contoso.com`},
	} {
		_, err := seed(test.member, test.manager, test.group)
		var problems document.Problems
		if !errors.As(err, &problems) || len(problems) != 1 || problems[0].Error() != test.want {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
	if _, err := seed("bop", "boc", "x"); err == nil || strings.Count(err.Error(), "there is no") != 3 {
		t.Errorf("not all is told at once: %v", err)
	}
}

// A user who is misspelt is told, and not made.
func TestFixturesNameTheirUsers(t *testing.T) {
	t.Parallel()
	for resources, want := range map[string]string{
		`"/users/adel@contoso.com/messages": [{"subject": "a"}]`:                    `own.json:2:2: there is no user "adel@contoso.com" (did you mean adele@contoso.com?)`,
		`"/users/adele%40contoso.com/messages": [{"subject": "a"}]`:                 "",
		`"/users/ADELE@contoso.com/events": [{"subject": "a"}]`:                     "",
		`"/users/adel@contoso.com/photo/$value": {"base64": "eA=="}`:                `own.json:2:2: there is no user "adel@contoso.com" (did you mean adele@contoso.com?)`,
		`"/users/somebody@else.org/drive/root:/a.txt:/content": {"base64": "eA=="}`: `own.json:2:2: there is no user "somebody@else.org" (list the user under users)`,
		`"/users/kim@contoso.com/messages": [{"subject": "a"}], "/users": [{"id": "6f0a1c52-2b7d-4e0c-9a61-0d4c1f5b7aff", "userPrincipalName": "kim@contoso.com"}]`:                      "",
		`"/users/6F0A1C52-2b7d-4e0c-9a61-0d4c1f5b7aff/messages": [{"subject": "a"}], "/users": [{"id": "6f0a1c52-2b7d-4e0c-9a61-0d4c1f5b7aff", "userPrincipalName": "kim@contoso.com"}]`: "",
		`"/me/messages": [{"subject": "a"}]`: "",
	} {
		text := "{\"version\": 1, \"resources\": {\n " + resources + "}}"
		d, err := fixtures.Contoso().Load(fstest.MapFS{"own.json": {Data: []byte(text)}}, "own.json", openapi.Embedded())
		if err != nil {
			t.Fatal(err)
		}
		s, err := server.New(server.Config{Fixtures: d})
		if s != nil {
			s.Close()
		}
		if got := strings.TrimPrefix(fmt.Sprint(err), "fixtures: "); got != want && (err != nil || want != "") {
			t.Errorf("%s: got %s, want %s", resources, got, want)
		}
	}
}

// What a document adds to contoso may lead to what contoso has.
func TestFixturesMayLeadToContoso(t *testing.T) {
	t.Parallel()
	text := `{"version": 1, "resources": {"/groups/02bd9fd6-8f93-4758-87c3-1fb73740a315/members/$ref": ["/users/megan@contoso.com"]}}`
	d, err := fixtures.Contoso().Load(fstest.MapFS{"own.json": {Data: []byte(text)}}, "own.json", openapi.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, server.Config{Fixtures: d})
	if _, text := send(t, s, "GET", "/v1.0/groups/02bd9fd6-8f93-4758-87c3-1fb73740a315/members", nil); !strings.Contains(string(text), "megan@contoso.com") {
		t.Errorf("the members are %s", text)
	}
}
