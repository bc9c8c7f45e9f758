package teams_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
	"github.com/graphmock/graphmock/server/internal/workload/directory"
	"github.com/graphmock/graphmock/server/internal/workload/teams"
)

// A client of a tenant with users u1, who calls, u2, ..., and the team t1 of u1.
type client struct {
	*servicetest.Client
	t testing.TB
}

func open(t testing.TB, users int) *client {
	t.Helper()
	c := &client{servicetest.NewClient(t, openapi.Embedded().Tree(), slices.Concat(directory.Behaviors(), teams.Behaviors())...), t}
	for i := 1; i <= users; i++ {
		c.seed("/users", fmt.Sprintf(`{"id": "u%d", "displayName": "U%[1]d", "userPrincipalName": "u%[1]d@contoso.com"}`, i))
	}
	c.seed("/groups", `{"id": "t1", "displayName": "Crew", "groupTypes": ["Unified"], "mailEnabled": true, "mailNickname": "crew"}`)
	c.want("POST", "/groups/t1/owners/$ref", `{"@odata.id": "https://graph.microsoft.com/v1.0/users/u1"}`, 204)
	c.want("PUT", "/groups/t1/team", `{}`, 201)
	return c
}

func (c *client) seed(collection, entity string) {
	c.t.Helper()
	if err := c.Seed(collection, entity); err != nil {
		c.t.Fatal(err)
	}
}

// want sends a request that has to have a status, and returns what it answers.
func (c *client) want(method, target, body string, status int) map[string]any {
	c.t.Helper()
	got, text := c.Send(method, target, body)
	if got != status {
		c.t.Fatalf("%s %s: %d %s, want %d", method, target, got, text, status)
	}
	if text == "" {
		return nil
	}
	return c.Decode(text)
}

func memberBody(user, role string) string {
	roles := "[]"
	if role != "" {
		roles = `["` + role + `"]`
	}
	return `{"@odata.type": "#microsoft.graph.aadUserConversationMember", "roles": ` + roles +
		`, "user@odata.bind": "https://graph.microsoft.com/v1.0/users('` + user + `')"}`
}

// members are those of a thread: user and role.
func (c *client) members(thread string) (all []string, ids map[string]string) {
	c.t.Helper()
	ids = map[string]string{}
	for target, more := thread+"/members", true; more; {
		page := c.Get(target)
		for _, each := range page["value"].([]any) {
			m := each.(map[string]any)
			role := ""
			if roles := m["roles"].([]any); len(roles) > 0 {
				role = "*"
			}
			all = append(all, m["userId"].(string)+role)
			ids[m["userId"].(string)] = m["id"].(string)
		}
		target, more = page["@odata.nextLink"].(string)
	}
	slices.Sort(all)
	return all, ids
}

const queryOption = "teams-query-option"

func TestRefusals(t *testing.T) {
	t.Parallel()
	c := open(t, 3)
	messages := "/teams/t1/primaryChannel/messages"
	for _, tt := range []struct{ name, method, target, body, want string }{
		{"no team", "GET", "/teams/t2", "", "team-not-found"},
		{"no team, its channels", "GET", "/teams/t2/channels", "", "team-not-found"},
		{"a group without a team", "GET", "/groups/t2/team", "", "object-not-found"},
		{"a team again", "PUT", "/groups/t1/team", `{}`, "team-exists"},
		{"a team of no group", "PUT", "/groups/t2/team", `{}`, "object-not-found"},
		{"no template", "POST", "/teams", `{"displayName": "A"}`, "team-template-missing"},
		{"no channel", "GET", "/teams/t1/channels/19:a@thread.tacv2", "", "channel-not-found"},
		{"no id of a channel", "GET", "/teams/t1/channels/general", "", "channel-id-invalid"},
		{"a name that is taken", "POST", "/teams/t1/channels", `{"displayName": "GENERAL"}`, "channel-name-taken"},
		{"no name", "POST", "/teams/t1/channels", `{"description": "A"}`, "channel-name-invalid"},
		{"a long name", "POST", "/teams/t1/channels", `{"displayName": "` + strings.Repeat("ä", 51) + `"}`, "channel-name-invalid"},
		{"a name with a slash", "POST", "/teams/t1/channels", `{"displayName": "a/b"}`, "channel-name-invalid"},
		{"General", "DELETE", "/teams/t1/primaryChannel", "", "channel-general"},
		{"no body", "POST", messages, `{"subject": "A"}`, "message-body-missing"},
		{"no mark", "POST", messages, `{"body": {"content": "<at id=\"1\">A</at>"}, "mentions": [{"id": 0}]}`,
			"message-mention-unmarked"},
		{"no message", "GET", messages + "/1", "", "thread-not-found"},
		{"a reply to no message", "POST", messages + "/1/replies", `{"body": {"content": "A"}}`, "thread-not-found"},
		{"no user", "POST", "/teams/t1/members", `{"roles": []}`, "member-user-missing"},
		{"no such role", "POST", "/teams/t1/members", memberBody("u2", "king"), "member-role-invalid"},
		{"no such user", "POST", "/teams/t1/members", memberBody("u9", ""), "team-user-unknown"},
		{"a meeting", "POST", "/chats", `{"chatType": "meeting"}`, "chat-type-invalid"},
		{"a chat of others", "POST", "/chats", `{"chatType": "oneOnOne", "members": [` + memberBody("u2", "owner") + "," +
			memberBody("u3", "owner") + `]}`, "chat-members-invalid"},
		{"a chat with oneself", "POST", "/chats", `{"chatType": "oneOnOne", "members": [` + memberBody("u1", "owner") + "," +
			memberBody("u1", "owner") + `]}`, "chat-members-invalid"},
		{"changes of replies", "GET", messages + "/1/replies/delta", "", "delta-unsupported"},
		{"changes of a chat", "GET", "/chats/19:a@thread.v2/messages/delta", "", "delta-unsupported"},
		{"a filter of a channel", "GET", messages + "?$filter=id eq '1'", "", queryOption},
		{"a search in a channel", "GET", messages + "?$search=a", "", queryOption},
		{"a filter by subject", "GET", "/chats/19:a@thread.v2/messages?$filter=subject eq 'a'", "", queryOption},
		{"a filter by equal times", "GET", "/chats/19:a@thread.v2/messages?$filter=createdDateTime gt 2026-01-01T00:00:00Z", "",
			queryOption},
		{"a filter of a chat", "GET", "/chats/19:a@thread.v2/messages?$filter=lastModifiedDateTime gt 2026-01-01T00:00:00Z", "",
			"thread-not-found"},
		{"a tab of no app", "POST", "/teams/t1/primaryChannel/tabs", `{"displayName": "A"}`, "value-required"},
	} {
		if _, got := c.Send(tt.method, tt.target, tt.body); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
	_, ids := c.members("/teams/t1")
	if _, got := c.Send("DELETE", "/teams/t1/members/"+ids["u1"], ""); got != "last-owner" {
		t.Errorf("the last owner is removed: %s", got)
	}
	if _, got := c.Send("PATCH", "/teams/t1/members/"+ids["u1"], `{"roles": []}`); got != "last-owner" {
		t.Errorf("the last owner is made a member: %s", got)
	}
	c.Caller.AppOnly = true
	if _, got := c.Send("POST", messages, `{"body": {"content": "A"}}`); got != "message-import-only" {
		t.Errorf("an app posts: %s", got)
	}
	if _, got := c.Send("POST", "/teams", `{"template@odata.bind": "standard", "displayName": "A"}`); got != "team-owner-missing" {
		t.Errorf("an app makes a team: %s", got)
	}
}

func TestAppIsInstalledOnce(t *testing.T) {
	t.Parallel()
	c := open(t, 1)
	const app = `{"teamsApp@odata.bind": "https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/com.microsoft.teamspace.tab.web"}`
	c.want("POST", "/teams/t1/installedApps", app, 201)
	if _, got := c.Send("POST", "/teams/t1/installedApps", app); got != "team-app-installed" {
		t.Errorf("a second time: %s", got)
	}
}

func TestMessagesAreImportedInMigrationMode(t *testing.T) {
	t.Parallel()
	c := open(t, 2)
	made := c.want("POST", "/teams/t1/channels", `{"@microsoft.graph.channelCreationMode": "migration", "displayName": "Old",
		"createdDateTime": "2020-01-01T00:00:00Z"}`, 201)
	at := "/teams/t1/channels/" + made["id"].(string)
	c.Caller.AppOnly = true
	const body = `{"createdDateTime": "2020-01-02T00:00:00.5Z", "from": {"user": {"id": "u2"}}, "body": {"content": "Old"}}`
	message := c.want("POST", at+"/messages", body, 201)
	if made["createdDateTime"] != "2020-01-01T00:00:00Z" || message["id"] != "1577923200500" ||
		fmt.Sprint(message["from"]) != "map[user:map[id:u2]]" {
		t.Errorf("got %v, %v", made, message)
	}
	c.want("POST", at+"/completeMigration", "", 204)
	if _, got := c.Send("POST", at+"/messages", body); got != "message-import-only" {
		t.Errorf("after the migration: %s", got)
	}
}

func TestTwoMessagesOfOneMillisecondHaveTwoIDs(t *testing.T) {
	t.Parallel()
	c := open(t, 1)
	ids := map[any]bool{}
	for range 5 {
		ids[c.want("POST", "/teams/t1/primaryChannel/messages", `{"body": {"content": "A"}}`, 201)["id"]] = true
	}
	if len(ids) != 5 {
		t.Errorf("got %v", ids)
	}
}

func TestImageOfAMessageHasItsBytes(t *testing.T) {
	t.Parallel()
	c := open(t, 1)
	message := c.want("POST", "/teams/t1/primaryChannel/messages", `{"body": {"contentType": "html",
		"content": "<img src=\"../hostedContents/1/$value\">"}, "hostedContents": [{"@microsoft.graph.temporaryId": "1",
		"contentBytes": "aGVsbG8=", "contentType": "image/png"}]}`, 201)
	_, src, _ := strings.Cut(message["body"].(map[string]any)["content"].(string), `src="https://graph.microsoft.com/v1.0`)
	src, _, _ = strings.Cut(src, `"`)
	res, ok := c.Serve("GET", src, "")
	if !ok || string(res.Body) != "hello" || res.ContentType != "image/png" {
		t.Errorf("%s: got %d %q %s %s", src, res.Status, res.Body, res.ContentType, res.Error)
	}
}

func TestGoneGroupTakesItsTeam(t *testing.T) {
	t.Parallel()
	c := open(t, 1)
	c.want("DELETE", "/groups/t1", "", 204)
	if _, got := c.Send("GET", "/teams/t1", ""); got != "team-not-found" {
		t.Errorf("got %s", got)
	}
	if got := c.List("/me/joinedTeams", "id"); got[0] != "" {
		t.Errorf("joined: %q", got)
	}
}

// TestRandomMembers adds and removes members on both sides at random, and
// compares what there is with a naive list after each step.
func TestRandomMembers(t *testing.T) {
	servicetest.Random(t, 4_000, func(t *testing.T, random *rand.Rand, steps int) {
		const users = 6
		c := open(t, users)
		members, owners := map[string]bool{}, map[string]bool{"u1": true}
		for step := range steps {
			user := fmt.Sprintf("u%d", 1+random.IntN(users))
			ref := `{"@odata.id": "https://graph.microsoft.com/v1.0/users/` + user + `"}`
			_, ids := c.members("/teams/t1")
			isLast := owners[user] && len(owners) == 1
			kind := random.IntN(8)
			switch kind {
			case 0:
				c.Send("POST", "/groups/t1/members/$ref", ref)
				members[user] = true
			case 1:
				c.Send("POST", "/groups/t1/owners/$ref", ref)
				owners[user] = true
			case 2:
				c.Send("DELETE", "/groups/t1/members/"+user+"/$ref", "")
				delete(members, user)
			case 3:
				c.Send("DELETE", "/groups/t1/owners/"+user+"/$ref", "")
				if !isLast {
					delete(owners, user)
				}
			case 4:
				c.Send("POST", "/teams/t1/members", memberBody(user, ""))
				members[user] = true
			case 5:
				c.Send("POST", "/teams/t1/members", memberBody(user, "owner"))
				members[user], owners[user] = true, true
			case 6:
				c.Send("DELETE", "/teams/t1/members/"+ids[user], "")
				if !isLast && (members[user] || owners[user]) {
					delete(owners, user)
					delete(members, user)
				}
			case 7:
				c.Send("PATCH", "/teams/t1/members/"+ids[user], `{"roles": ["owner"]}`)
				if members[user] || owners[user] {
					owners[user] = true
				}
			}
			var want []string
			all := maps.Clone(members)
			maps.Copy(all, owners)
			for _, each := range slices.Sorted(maps.Keys(all)) {
				if owners[each] {
					each += "*"
				}
				want = append(want, each)
			}
			if got, _ := c.members("/teams/t1"); !slices.Equal(got, want) {
				t.Fatalf("step %d, %d of %s: got %q, want %q", step, kind, user, got, want)
			}
			joined := c.List("/me/joinedTeams", "id")[0] == "t1"
			if want := members["u1"] || owners["u1"]; joined != want {
				t.Fatalf("step %d: joined: %t, want %t", step, joined, want)
			}
		}
	})
}

func TestChannelOfFixturesCanBeGeneral(t *testing.T) {
	t.Parallel()
	c := open(t, 1)
	c.seed("/teams/t1/channels", `{"id": "19:crew@thread.tacv2", "displayName": "General"}`)
	c.want("PATCH", "/teams/t1", `{"description": "Paths"}`, 204)
	if got := c.List("/teams/t1/channels", "id"); !slices.Equal(got, []string{"19:crew@thread.tacv2"}) {
		t.Errorf("got %q", got)
	}
	if got := c.Get("/teams/t1")["internalId"]; got != "19:crew@thread.tacv2" {
		t.Errorf("the team says %v", got)
	}
}

// TestMembersAreRemovedAtOnce: DOC conversationmember-remove
func TestMembersAreRemovedAtOnce(t *testing.T) {
	t.Parallel()
	c := open(t, 4)
	for _, user := range []string{"u2", "u3"} {
		c.want("POST", "/teams/t1/members", memberBody(user, ""), 201)
	}
	if got := c.want("POST", "/teams/t1/members/remove", `{"values": [`+memberBody("u2", "")+`]}`, 204); got != nil {
		t.Errorf("got %v", got)
	}
	got := c.want("POST", "/teams/t1/members/remove", `{"values": [`+memberBody("u3", "")+","+memberBody("u4", "")+`]}`, 207)
	all, _ := got["value"].([]any)
	if len(all) != 2 || all[0].(map[string]any)["error"] != nil {
		t.Fatalf("got %v", got)
	}
	failed, _ := all[1].(map[string]any)["error"].(map[string]any)
	if failed["code"] != "NotFound" || failed["message"] != "Failed to find user with id 'u4' in the tenant" {
		t.Errorf("got %v", failed)
	}
	if members, _ := c.members("/teams/t1"); !slices.Equal(members, []string{"u1*"}) {
		t.Errorf("members are %v", members)
	}
}

// TestAppsHaveVersions: DOC teamsapp-update
func TestAppsHaveVersions(t *testing.T) {
	t.Parallel()
	c := open(t, 1)
	const versions = "/appCatalogs/teamsApps/a1/appDefinitions"
	c.seed("/appCatalogs/teamsApps", `{"id": "a1", "displayName": "Huts", "distributionMethod": "organization"}`)
	c.want("POST", versions, "", 204)
	if got := c.want("POST", versions+"?requiresReview=true", "", 201); got["publishingState"] != "submitted" ||
		got["teamsAppId"] != "a1" {
		t.Errorf("got %v", got)
	}
	if all := c.Get(versions)["value"].([]any); len(all) != 2 {
		t.Errorf("versions are %v", all)
	}
}
