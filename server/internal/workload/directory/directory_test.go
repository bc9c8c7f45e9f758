package directory_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
	"github.com/graphmock/graphmock/server/internal/store"
	"github.com/graphmock/graphmock/server/internal/workload/directory"
)

// A client of a directory with two users, u1, who calls, and u2.
type client struct {
	*servicetest.Client
	t  testing.TB
	u2 string
}

func open(t testing.TB) *client {
	t.Helper()
	c := &client{Client: servicetest.NewClient(t, openapi.Embedded().Tree(), directory.Behaviors()...), t: t}
	c.create("/users", `{"accountEnabled": true, "displayName": "Adele", "mailNickname": "adele",
		"userPrincipalName": "adele2@contoso.com", "passwordProfile": {"password": "secret"}}`)
	c.u2 = c.create("/users", `{"accountEnabled": true, "displayName": "Diego", "mailNickname": "diego",
		"userPrincipalName": "diego@contoso.com", "passwordProfile": {"password": "secret"}}`)["id"].(string)
	return c
}

// create creates an entity and returns it.
func (c *client) create(collection, body string) map[string]any {
	c.t.Helper()
	status, text := c.Send("POST", collection, body)
	if status != 201 {
		c.t.Fatalf("POST %s: %d %s", collection, status, text)
	}
	return c.Decode(text)
}

func (c *client) group(name string) string {
	c.t.Helper()
	return c.create("/groups", `{"displayName": "`+name+`", "mailEnabled": false, "mailNickname": "`+name+
		`", "securityEnabled": true}`)["id"].(string)
}

// ref is a reference to an object.
func ref(id string) string {
	return `{"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/` + id + `"}`
}

// TestSecurityIdentifiers holds the identifier of a group against a recorded one.
func TestSecurityIdentifiers(t *testing.T) {
	t.Parallel()
	c := open(t)
	for id, want := range map[string]string{
		"43159e46-373c-4151-84bd-a8cc82cee345": "S-1-12-1-1125490246-1095841596-3433610628-1172557442",
	} {
		if got := directory.SecurityIdentifier(id); got != want {
			t.Errorf("%s: %v, want %s", id, got, want)
		}
	}
	if got := c.Get("/groups/" + c.group("staff") + "?$select=securityIdentifier")["securityIdentifier"]; got == nil {
		t.Error("a new group has none")
	}
}

func TestPasswordsAreNotKept(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.Send("PATCH", "/users/"+c.u2, `{"passwordProfile": {"password": "other secret"}}`)
	for _, query := range []string{"", "?$select=passwordProfile", "?$select=*"} {
		if _, text := c.Send("GET", "/users/"+c.u2+query, ""); strings.Contains(text, "secret") {
			t.Errorf("%s: %s", query, text)
		}
	}
	if _, text := c.Send("GET", "/users/"+c.u2+"/passwordProfile", ""); strings.Contains(text, "secret") {
		t.Error(text)
	}
}

func TestQueriesThatTheDirectoryDoesNotHave(t *testing.T) {
	t.Parallel()
	c := open(t)
	for _, tt := range []struct{ query, simple, advanced string }{
		{"$filter=endsWith(mail,'m')", "directory-query-advanced", ""},
		{"$filter=not (displayName eq 'a')", "directory-query-advanced", ""},
		{"$filter=displayName ne 'a'", "directory-query-advanced", ""},
		{"$filter=assignedLicenses/$count eq 0", "directory-query-advanced", ""},
		{"$filter=proxyAddresses/any(p:endsWith(p,'m'))", "directory-query-advanced", ""},
		{"$filter=companyName eq 'a'", "directory-filter", ""},
		{"$filter=endsWith(displayName,'m')", "directory-query-advanced", "directory-filter"},
		{"$filter=contains(displayName,'m')", "directory-filter", "directory-filter"},
		{"$filter=userType gt 'm'", "directory-filter", "directory-filter"},
		{"$filter=accountEnabled", "", ""},
		{"$filter=displayName eq 'DIEGO'", "", ""},
		{"$filter=aboutMe eq 'nothing is known of it'", "", ""},
		{"$filter=extension_0123_colour eq 'blue'", "", ""},
		{"$filter=colour eq 'blue'", "directory-property-unknown", "directory-property-unknown"},
		{"$select=colour", "directory-property-unknown", "directory-property-unknown"},
		{"$orderby=colour", "directory-property-unknown", "directory-property-unknown"},
		{"$orderby=displayName", "", ""},
		{"$orderby=createdDateTime", "directory-order", ""},
		{"$orderby=city", "directory-order", "directory-order"},
		{"$filter=displayName eq 'a'&$orderby=displayName", "directory-order-with-filter", ""},
		{"$search=\"displayName:a\"", "directory-search", ""},
		{"$expand=manager", "", ""},
		{"$expand=memberOf", "", "directory-expand"},
		{"$expand=manager,memberOf", "directory-expand", "directory-expand"},
		{"$top=999", "", ""},
		{"$top=1000", "directory-page-size", "directory-page-size"},
		{"$skip=1", "directory-skip", "directory-skip"},
	} {
		query := url.PathEscape(tt.query)
		for _, eventual := range []bool{false, true} {
			c.Eventual = eventual
			want, more := tt.simple, ""
			if eventual {
				want, more = tt.advanced, "&$count=true"
			}
			status, got := c.Send("GET", "/users?"+query+more, "")
			if status == 200 {
				got = ""
			}
			if got != want {
				t.Errorf("%s, eventual %v: %q, want %q", tt.query, eventual, got, want)
			}
		}
	}
}

func TestTextsAreComparedWhateverTheirCase(t *testing.T) {
	t.Parallel()
	c := open(t)
	for query, want := range map[string]int{
		"$filter=displayName eq 'DIEGO'": 1, "$filter=startswith(displayName,'dI')": 1,
		"$filter=displayName in ('adele','X')": 1,
		"$filter=displayName eq 'dieg'":        0,
	} {
		if got := len(c.Get("/users?" + url.PathEscape(query))["value"].([]any)); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
	c.Eventual = true
	for query, want := range map[string]int{
		`$search="displayName:die"`: 1, `$search="displayName:iego"`: 0, `$search="displayName:die" OR "displayName:ade"`: 2,
		`$search="mailNickname:diego" AND "displayName:ade"`: 0, `$search="contoso"`: 2,
	} {
		if got := len(c.Get("/users?" + url.PathEscape(query))["value"].([]any)); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
}

func TestTopIsTheSizeOfPages(t *testing.T) {
	t.Parallel()
	c := open(t)
	for range 3 {
		c.group("g")
	}
	target, sizes := "/groups?$top=2", []int{}
	for target != "" {
		page := c.Get(target)
		sizes = append(sizes, len(page["value"].([]any)))
		target, _ = page["@odata.nextLink"].(string)
	}
	if len(sizes) != 2 || sizes[0] != 2 || sizes[1] != 1 {
		t.Errorf("pages of %v", sizes)
	}
}

func TestExpandedLinksAreTwentyAtMost(t *testing.T) {
	t.Parallel()
	c := open(t)
	staff := c.group("staff")
	for range 25 {
		c.Want("POST", "/groups/"+staff+"/members/$ref", ref(c.group("g")), 204, "")
	}
	c.Preferences.MaxPageSize = 100
	got := c.Get("/groups/" + staff + "?$expand=members($select=id)&$select=id")
	if n := len(got["members"].([]any)); n > 20 || got["members@odata.nextLink"] != nil && n == 20 {
		t.Errorf("%d members, next %v", n, got["members@odata.nextLink"])
	}
}

func TestReferencesAreAllWrittenOrNone(t *testing.T) {
	t.Parallel()
	c := open(t)
	bind := func(ids ...string) string {
		for i, id := range ids {
			ids[i] = `"https://graph.microsoft.com/v1.0/directoryObjects/` + id + `"`
		}
		return `"members@odata.bind": [` + strings.Join(ids, ",") + `]`
	}
	body := `{"displayName": "g", "mailEnabled": false, "mailNickname": "g", "securityEnabled": true, `
	c.Want("POST", "/groups", body+bind(c.u2, "00000000-0000-4000-8000-000000000000")+`}`, 0, "object-not-found")
	c.Want("POST", "/groups", body+bind(c.u2, c.u2)+`}`, 0, "link-exists")
	if n := len(c.Get("/groups")["value"].([]any)); n != 0 {
		t.Errorf("%d groups", n)
	}
	id := c.create("/groups", body+bind(c.u2)+`}`)["id"].(string)
	c.Want("PATCH", "/groups/"+id, `{"description": "x", `+bind(c.group("h"), c.u2)+`}`, 0, "link-exists")
	if got := c.Get("/groups/" + id)["description"]; got != nil {
		t.Errorf("description %v", got)
	}
	if got := c.List("/groups/"+id+"/members", "displayName"); strings.Join(got, "") != "Diego" {
		t.Errorf("members %q", got)
	}
	c.HasNoBody = true
	c.Want("PATCH", "/users/"+c.u2, `{"manager@odata.bind": "/users/adele2@contoso.com"}`, 204, "")
	if got := c.Get("/users/" + c.u2 + "/manager")["displayName"]; got != "Adele" {
		t.Errorf("manager %v", got)
	}
}

func TestTheLastOwnerOfAGroupStays(t *testing.T) {
	t.Parallel()
	c := open(t)
	id := c.group("g")
	owners := "/groups/" + id + "/owners"
	other := c.Get("/users/adele2@contoso.com")["id"].(string)
	c.Want("POST", owners+"/$ref", ref(c.u2), 204, "")
	c.Want("DELETE", owners+"/"+c.u2+"/$ref", "", 0, "last-owner")
	c.Want("POST", owners+"/$ref", ref(other), 204, "")
	c.Want("DELETE", owners+"/"+c.u2+"/$ref", "", 204, "")
	c.Want("DELETE", owners+"/"+other+"/$ref", "", 0, "last-owner")
	c.Want("POST", owners+"/$ref", ref(c.group("h")), 0, "reference-type")
}

// TestOrdersNameWhatTypesHave: what no type has would be in no contract.
func TestOrdersNameWhatTypesHave(t *testing.T) {
	t.Parallel()
	model := openapi.Embedded().Tree().Model()
	for _, b := range directory.Behaviors() {
		kind := model.Type(b.Type)
		if kind == nil {
			t.Fatalf("no type %s", b.Type)
		}
		if kind.Name == "microsoft.graph.extension" {
			kind = model.Type("microsoft.graph.openTypeExtension")
		}
		for _, name := range append(b.Order, b.Required...) {
			if kind.Property(name) == nil {
				t.Errorf("%s has no %s", b.Type, name)
			}
		}
	}
}

// deltaOf reads a delta to its end: what it says of a group's members, and the next link.
func (c *client) deltaOf(target, group string) (members []string, link string) {
	c.t.Helper()
	for {
		page := c.Get(target)
		for _, each := range page["value"].([]any) {
			item := each.(map[string]any)
			changes, _ := item["members@delta"].([]any)
			if item["id"] != group {
				continue
			}
			for _, each := range changes {
				change := each.(map[string]any)
				text := change["@odata.type"].(string)[len("#microsoft.graph."):] + " " + change["id"].(string)
				if change["@removed"] != nil {
					text = "no " + text
				}
				members = append(members, text)
			}
		}
		if target, _ = page["@odata.nextLink"].(string); target == "" {
			slices.Sort(members)
			return members, page["@odata.deltaLink"].(string)
		}
	}
}

func TestDeltasOfGroupsTellOfTheirMembers(t *testing.T) {
	t.Parallel()
	c := open(t)
	crew, other := c.group("crew"), c.group("other")
	for range 7 { // more than a page
		c.group("g")
	}
	members := "/groups/" + crew + "/members"
	step := func(what string, got []string, want ...string) {
		t.Helper()
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	c.Want("POST", members+"/$ref", ref(c.u2), 204, "")
	got, link := c.deltaOf("/groups/delta", crew)
	step("at first", got, "user "+c.u2)
	got, link = c.deltaOf(link, crew)
	step("nothing", got)

	c.Want("POST", members+"/$ref", ref(other), 204, "")
	c.Want("DELETE", members+"/"+c.u2+"/$ref", "", 204, "")
	for range 7 {
		c.group("g")
	}
	c.Send("PATCH", "/groups/"+crew, `{"description": "on the last page"}`)
	narrow, _ := c.deltaOf("/groups/delta?$deltatoken=latest&$select=displayName", crew)
	step("not asked for", narrow)
	got, link = c.deltaOf(link, crew)
	step("one came, one left", got, "group "+other, "no user "+c.u2)

	c.Want("DELETE", "/groups/"+other, "", 204, "")
	c.Want("POST", members+"/$ref", ref(c.u2), 204, "")
	got, link = c.deltaOf(link, crew)
	step("one was deleted", got, "no group "+other, "user "+c.u2)

	c.Want("DELETE", "/users/"+c.u2, "", 204, "")
	got, link = c.deltaOf(link, crew)
	step("to the deleted items", got, "no user "+c.u2)
	c.Send("POST", "/directory/deletedItems/"+c.u2+"/restore", "")
	got, _ = c.deltaOf(link, crew)
	step("and back", got, "user "+c.u2)
}

func TestGroupsOfOneNickname(t *testing.T) {
	t.Parallel()
	c := open(t)
	group := func(mail string) string {
		types := map[string]string{"true": `"Unified"`}[mail]
		return `{"displayName": "g", "mailEnabled": ` + mail + `, "mailNickname": "Crew", "securityEnabled": true,
			"groupTypes": [` + types + `]}`
	}
	first := c.create("/groups", group("true"))["id"].(string)
	c.create("/groups", group("false"))
	c.create("/groups", group("false"))
	c.Want("POST", "/groups", group("true"), 0, "object-exists")
	c.HasNoBody = true
	c.Want("PATCH", "/groups/"+first, `{"description": "its own nickname is no other's"}`, 204, "")
}

func TestUsersWhoSignInElsewhereGetAName(t *testing.T) {
	t.Parallel()
	c := open(t)
	u := c.create("/users", `{"displayName": "Lee", "passwordProfile": {"password": "secret"},
		"identities": [{"signInType": "emailAddress", "issuer": "contoso.com", "issuerAssignedId": "lee@example.com"}]}`)
	if got, want := u["userPrincipalName"], u["id"].(string)+"@contoso.com"; got != want {
		t.Errorf("%v, want %s", got, want)
	}
	c.Want("POST", "/users", `{"displayName": "Lee", "passwordProfile": {"password": "secret"}}`, 0, "value-required")
}

// TestGroupsCanBeMadeInAUnit: DOC administrativeunit-post-members
func TestGroupsCanBeMadeInAUnit(t *testing.T) {
	t.Parallel()
	c := open(t)
	unit := c.create("/directory/administrativeUnits", `{"displayName": "Ridge"}`)["id"].(string)
	members := "/directory/administrativeUnits/" + unit + "/members"
	made := c.create(members, `{"@odata.type": "#microsoft.graph.group", "displayName": "Guides", "mailEnabled": false,
		"mailNickname": "guides", "securityEnabled": true}`)["id"].(string)
	if got := c.ids(members); !slices.Equal(got, []string{made}) {
		t.Errorf("members %q", got)
	}
	if got := c.Get("/groups/" + made)["displayName"]; got != "Guides" {
		t.Errorf("group %v", got)
	}
	c.Want("POST", members, `{"displayName": "nobody knows of which type"}`, 0, "reference-created")
	other := c.create("/directory/administrativeUnits", `{"displayName": "Valley"}`)["id"].(string)
	c.Want("POST", members+"/$ref", `{"@odata.id": "/directory/administrativeUnits/`+other+`"}`, 0, "reference-type")
	c.Want("POST", members+"/$ref", ref(c.u2), 204, "")
	if got := c.ids("/users/" + c.u2 + "/memberOf"); !slices.Equal(got, []string{unit}) {
		t.Errorf("memberOf %q", got)
	}
}

// TestListsOfExchangeAreReadOnly: Graph shows distribution lists, and has others write them.
func TestListsOfExchangeAreReadOnly(t *testing.T) {
	t.Parallel()
	c := open(t)
	list := `{"displayName": "l", "mailEnabled": true, "mailNickname": "l", "securityEnabled": false}`
	c.Want("POST", "/groups", list, 0, "mail-enabled-group")
	now := service.NewTimestamp(c.Now)
	err := c.Store.Update(c.Caller.Tenant, c.Now, func(tx store.Tx) error {
		return c.Service.Seed(tx, &c.Caller, "/groups", map[string]any{"id": "0a53828f-36c9-44c3-be3d-99a7fce977ac",
			"displayName": "l", "mailEnabled": true, "mailNickname": "l", "securityEnabled": false}, now)
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Want("POST", "/groups/0a53828f-36c9-44c3-be3d-99a7fce977ac/members/$ref", ref(c.u2), 0, "distribution-list")
}

func TestDeltasTellWhatCanBeRestored(t *testing.T) {
	t.Parallel()
	c := open(t)
	security := c.group("g")
	unified := c.create("/groups", `{"displayName": "g", "mailEnabled": true, "mailNickname": "u", "securityEnabled": false,
		"groupTypes": ["Unified"]}`)["id"].(string)
	link := c.Get("/groups/delta?$deltatoken=latest")["@odata.deltaLink"].(string)
	for _, id := range []string{security, unified} {
		c.Want("DELETE", "/groups/"+id, "", 204, "")
	}
	got := map[string]any{}
	for _, each := range c.Get(link)["value"].([]any) {
		item := each.(map[string]any)
		got[item["id"].(string)] = item["@removed"].(map[string]any)["reason"]
	}
	if got[security] != "deleted" || got[unified] != "changed" {
		t.Errorf("%v", got)
	}
}

func TestChangesAreAskedForByIDs(t *testing.T) {
	t.Parallel()
	c := open(t)
	for query, want := range map[string]string{
		"$orderby=displayName": "directory-delta-option", "$expand=manager": "directory-delta-option",
		"$filter=startswith(displayName,'A')": "directory-delta-option", "$filter=not(id eq '1')": "directory-delta-option",
		"$filter=id eq '1' or id eq '2'": "", "$select=displayName": "", "$top=2": "",
	} {
		status, got := c.Send("GET", "/users/delta?"+url.PathEscape(query), "")
		if (status == 200) != (want == "") || want != "" && got != want {
			t.Errorf("%s: %d %s, want %q", query, status, got, want)
		}
	}
}
