package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
)

// A directoryClient writes to the directory and reads from it.
type directoryClient struct {
	t testing.TB
	s *server.Server
}

// do sends a request and returns the status and the body.
func (c *directoryClient) do(method, path, body string) (int, map[string]any) {
	c.t.Helper()
	res, answer := send(c.t, c.s, method, "/v1.0"+path, strings.NewReader(body), "Client-Request-Id", "a")
	var of map[string]any
	json.Unmarshal(answer, &of)
	return res.StatusCode, of
}

func (c *directoryClient) create(path, body string) string {
	c.t.Helper()
	status, made := c.do("POST", path, body)
	if status != http.StatusCreated {
		c.t.Fatalf("POST %s: %d %v", path, status, made)
	}
	return made["id"].(string)
}

func (c *directoryClient) createUser(name string) string {
	c.t.Helper()
	return c.create("/users", `{"accountEnabled": true, "displayName": "`+name+`", "mailNickname": "`+name+
		`", "userPrincipalName": "`+name+`@contoso.com", "passwordProfile": {"password": "Aa1-`+name+`"}}`)
}

func (c *directoryClient) createGroup(name string) string {
	c.t.Helper()
	return c.create("/groups", `{"displayName": "`+name+`", "mailEnabled": false, "mailNickname": "`+name+`", "securityEnabled": true}`)
}

// early are the messages of the verdict about what came too early.
func (c *directoryClient) early() (all []string) {
	for _, g := range c.s.Verdict().Guidance {
		if g.Rule == "guidance-replication" {
			all = append(all, g.Where+": "+g.Message)
		}
	}
	return all
}

// until repeats what is asked for every five seconds, until it is as it should be so many times in
// a row: as azuread waits for what it has written.
func until(t testing.TB, times int, done func() bool) {
	t.Helper()
	for row, all := 0, 0; row < times; all++ {
		if all > 100 {
			t.Fatal("it never was")
		}
		if row++; !done() {
			row = 0
		}
		time.Sleep(5 * time.Second) // the bubble's
	}
}

// TestTerraformProviderAzureADWaitsForConsistency sends what hashicorp/terraform-provider-azuread
// (internal/helpers/consistency) does about a group: it asks every five seconds, until it has seen what it
// has written two times in a row, or that it is gone five times; its SDK repeats what answers 404.
func TestTerraformProviderAzureADWaitsForConsistency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &directoryClient{t, newServer(t, server.Config{ReplicationDelay: 42 * time.Second, Seed: 7})}
		repeated := func(method, path, body string, want int) (repeats int) {
			t.Helper()
			status, got := c.do(method, path, body)
			for ; status == http.StatusNotFound && repeats < 50; repeats++ {
				time.Sleep(2 * time.Second)
				status, got = c.do(method, path, body)
			}
			if status != want {
				t.Fatalf("%s %s: %d %v", method, path, status, got)
			}
			return repeats
		}
		group := c.createGroup("tf")
		if repeated("PATCH", "/groups/"+group, `{"displayName": "Crew"}`, http.StatusNoContent) == 0 {
			t.Error("a group could be changed as soon as it was created")
		}
		stale := 0
		until(t, 2, func() bool {
			status, got := c.do("GET", "/groups/"+group, "")
			if status == http.StatusOK && got["displayName"] == "tf" {
				stale++
			}
			return status == http.StatusOK && got["displayName"] == "Crew"
		})
		if stale == 0 {
			t.Error("the change could be seen at once")
		}
		user := c.createUser("tf")
		reference := `{"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/` + user + `"}`
		if repeated("POST", "/groups/"+group+"/members/$ref", reference, http.StatusNoContent) == 0 {
			t.Error("a user could be referred to as soon as it was created")
		}
		until(t, 2, func() bool {
			_, got := c.do("GET", "/groups/"+group+"/members?$select=id", "")
			list, _ := got["value"].([]any)
			return len(list) == 1
		})
		repeated("DELETE", "/groups/"+group, "", http.StatusNoContent)
		seen := 0
		until(t, 5, func() bool {
			status, _ := c.do("GET", "/groups/"+group, "")
			if status == http.StatusOK {
				seen++
			}
			return status == http.StatusNotFound
		})
		if seen == 0 {
			t.Error("a group that was deleted was gone at once")
		}
		if told := c.early(); len(told) > 0 || !c.s.Verdict().Clean {
			t.Errorf("a client that waits is told %q", told)
		}
	})
}

func TestClientsThatDoNotWaitAreTold(t *testing.T) {
	t.Parallel()
	c := &directoryClient{t, newServer(t, server.Config{ReplicationDelay: 10 * time.Second, Now: now})}
	group := c.createGroup("early")
	user := c.createUser("early")
	if status, got := c.do("GET", "/groups/"+group, ""); status != http.StatusNotFound ||
		got["error"].(map[string]any)["code"] != "Request_ResourceNotFound" {
		t.Errorf("the group: %d %v", status, got)
	}
	if status, _ := c.do("GET", "/users/early@contoso.com", ""); status != http.StatusNotFound {
		t.Errorf("the user: %d", status)
	}
	status, _ := c.do("POST", "/groups/02bd9fd6-8f93-4758-87c3-1fb73740a315/members/$ref",
		`{"@odata.id": "https://graph.microsoft.com/v1.0/users/`+user+`"}`)
	if status != http.StatusNotFound {
		t.Errorf("the member: %d", status)
	}
	if _, got := c.do("GET", "/groups?$filter=displayName%20eq%20%27early%27&$select=id", ""); len(got["value"].([]any)) != 0 {
		t.Errorf("in the list: %v", got)
	}
	// what is unique is so at once, and so is a delta
	if status, _ := c.do("POST", "/users", `{"accountEnabled": true, "displayName": "B", "mailNickname": "b",
		"userPrincipalName": "early@contoso.com", "passwordProfile": {"password": "Aa1-secret"}}`); status != http.StatusBadRequest {
		t.Errorf("a second user of that name: %d", status)
	}
	told := c.early()
	want := []string{
		"GET /v1.0/groups/" + group + ": it came before POST /v1.0/groups could be seen; the client did not ask again: ",
		"GET /v1.0/users/early@contoso.com: it came before POST /v1.0/users could be seen; ",
		"POST /v1.0/groups/02bd9fd6-8f93-4758-87c3-1fb73740a315/members/$ref: it came before POST /v1.0/users could be seen; ",
	}
	if len(told) != len(want) {
		t.Fatalf("told %q", told)
	}
	for i := range want {
		if !strings.HasPrefix(told[i], want[i]) {
			t.Errorf("told %s, want %s", told[i], want[i])
		}
	}
	if err := c.s.Advance(10 * time.Second); err != nil {
		t.Fatal(err)
	}
	if status, _ := c.do("GET", "/groups/"+group, ""); status != http.StatusOK {
		t.Errorf("the group after its delay: %d", status)
	}
	if told := c.early(); len(told) != 2 {
		t.Errorf("after the group was there: told %q", told)
	}
	if !c.s.Verdict().Clean {
		t.Error("the verdict is not clean")
	}
}

func TestReplicationDelayIsTheSameForASeed(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) string {
		c := &directoryClient{t, newServer(t, server.Config{ReplicationDelay: 10 * time.Second, Now: now, Seed: seed})}
		group, statuses := c.createGroup("same"), ""
		for range 40 {
			status, _ := c.do("GET", "/groups/"+group, "")
			statuses += fmt.Sprint(status/100, " ")
			if err := c.s.Advance(250 * time.Millisecond); err != nil {
				t.Fatal(err)
			}
		}
		return statuses
	}
	first := run(1)
	if again := run(1); again != first {
		t.Errorf("got %s, then %s", first, again)
	}
	if other := run(2); other == first {
		t.Errorf("two seeds: %s", other)
	}
	if half := strings.Fields(first)[:20]; slices.Contains(half, "2") || strings.Fields(first)[39] != "2" && !strings.Contains(first, "2") {
		t.Errorf("seen before half the delay, or never: %s", first)
	}
}

func TestScenarioHasAReplicationDelay(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	c := &directoryClient{t, s}
	list, err := scenarios.Parse("late.yaml", []byte("version: 1\nreplicationDelay: 10s\n"), openapi.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Add(list); err != nil {
		t.Fatal(err)
	}
	group := c.createGroup("late")
	if status, _ := c.do("GET", "/groups/"+group, ""); status != http.StatusNotFound {
		t.Errorf("got %d", status)
	}
	if status, _ := c.do("GET", "/groups/delta?$select=id", ""); status != http.StatusOK {
		t.Errorf("delta: %d", status)
	}
}

// TestTerraformProviderAzureADRepeatsRefusals: the provider creates a service principal as long as
// its application is not seen, by the words of the refusal; and it changes the name of an
// application, and sets it back, to know that it is there.
func TestTerraformProviderAzureADRepeatsRefusals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &directoryClient{t, newServer(t, server.Config{ReplicationDelay: 30 * time.Second, Seed: 5})}
		_, app := c.do("POST", "/applications", `{"displayName": "tf", "identifierUris": ["api://tf"], "signInAudience": "AzureADMyOrg",
			"api": {"oauth2PermissionScopes": [], "knownClientApplications": []}, "appRoles": [], "tags": [], "notes": null,
			"owners@odata.bind": ["https://graph.microsoft.com/v1.0/directoryObjects/48d31887-5fad-4d73-a9f5-3c356e68a038"]}`)
		at, appID := "/applications/"+fmt.Sprint(app["id"]), fmt.Sprint(app["appId"])
		again := func(method, path, body string, goOn func(status int, message string) bool) (repeats int, status int) {
			t.Helper()
			for ; repeats < 50; repeats++ {
				var got map[string]any
				status, got = c.do(method, path, body)
				problem, _ := got["error"].(map[string]any)
				if !goOn(status, fmt.Sprint(problem["message"])) {
					return repeats, status
				}
				time.Sleep(2 * time.Second)
			}
			return repeats, status
		}
		missing := func(status int, _ string) bool { return status == http.StatusNotFound }
		unseen := regexp.MustCompile(`The appId '.+' of the service principal does not reference a valid application object`)
		repeats, status := again("POST", "/servicePrincipals", `{"appId": "`+appID+`", "accountEnabled": true, "tags": []}`,
			func(status int, message string) bool {
				return status == http.StatusBadRequest && unseen.MatchString(message)
			})
		if status != http.StatusCreated || repeats == 0 {
			t.Errorf("the service principal: %d after %d refusals", status, repeats)
		}
		for _, name := range []string{"TERRAFORM_UPDATE_1", "tf"} {
			if _, status := again("PATCH", at, `{"displayName": "`+name+`"}`, missing); status != http.StatusNoContent {
				t.Errorf("%s: %d", name, status)
			}
		}
		until(t, 5, func() bool {
			status, got := c.do("GET", at, "")
			return status == http.StatusOK && got["displayName"] == "tf"
		})
		if status, _ := c.do("DELETE", at+"/owners/48d31887-5fad-4d73-a9f5-3c356e68a038/$ref", ""); status != http.StatusNoContent {
			t.Errorf("the first owner: %d", status)
		}
		if told := c.early(); len(told) > 0 {
			t.Errorf("a client that asks again is told %q", told)
		}
	})
}
