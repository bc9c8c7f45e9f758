package service_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
)

// village is a small service of people and clubs that refer to each other.
const village = `namespace microsoft.graph
container Village
 set clubs club
 set directoryObjects directoryObject
 set users user
 one me user
entity club : directoryObject
 prop name String?
 nav members directoryObject*
 nav transitiveMembers directoryObject*
entity directoryObject
 key id
 prop id String
 nav memberOf directoryObject*
complex home
 prop street String?
 prop rooms room?
complex room
 prop colour String?
 prop size Int32?
entity user : directoryObject
 prop badge Stream?
 nav chief user?
 prop home home?
 nav reports user*
 nav tools tool* contained
 prop userPrincipalName String?
entity tool
 key id
 prop id String
`

func openVillage(t testing.TB) *servicetest.Client {
	t.Helper()
	m, err := edm.Parse("village", village)
	if err != nil {
		t.Fatal(err)
	}
	reverse := map[string]string{"memberOf": "members", "reports": "chief"}
	c := servicetest.NewClient(t, resource.NewTree(m),
		&service.Behavior{
			Type: "microsoft.graph.directoryObject", ClientKey: true, Reverse: reverse,
			Transitive: map[string]string{"transitiveMembers": "members"}, Unique: []string{"userPrincipalName"},
		})
	for collection, ids := range map[string][]string{"/users": {"u1", "u2", "u3"}, "/clubs": {"c1", "c2"}} {
		for _, id := range ids {
			if status, text := c.Send("POST", collection, `{"id": "`+id+`", "userPrincipalName": "`+id+`@x"}`); status != 201 {
				t.Fatal(status, text)
			}
		}
	}
	return c
}

func TestLinksLeadToEntitiesElsewhere(t *testing.T) {
	t.Parallel()
	c := openVillage(t)
	for _, to := range []string{"users/u2", "https://library.example/v1.0/directoryObjects/u3", "/clubs/c2"} {
		c.Want("POST", "/clubs/c1/members/$ref", `{"@odata.id": "`+to+`"}`, 204, "")
	}
	c.Want("POST", "/clubs/c1/members/$ref", `{"@odata.id": "users/u2"}`, 0, "link-exists")
	c.Want("POST", "/clubs/c1/members/$ref", `{"@odata.id": "users/u9"}`, 0, "object-not-found")
	c.Want("POST", "/clubs/c9/members/$ref", `{"@odata.id": "users/u2"}`, 0, "item-not-found")
	for _, bad := range []string{"users", "users/u2/home", "nonsense", ""} {
		c.Want("POST", "/clubs/c1/members/$ref", `{"@odata.id": "`+bad+`"}`, 0, "link-invalid")
	}
	for path, want := range map[string]string{
		"/clubs/c1/members": "c2 u2 u3", "/clubs/c1/members?$orderby=id desc": "u3 u2 c2", "/users/u2/memberOf": "c1",
		"/clubs/c1/members/microsoft.graph.user": "u2 u3", "/clubs/c1/transitiveMembers": "c2 u2 u3", "/users/u1/memberOf": "",
	} {
		if got := strings.Join(c.List(path, "id"), " "); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	c.Want("GET", "/clubs/c1/members/$count", "", 200, "3")
	c.Want("GET", "/clubs/c1/members/u3?$select=id", "", 200,
		`{"@odata.context":"https://library.example/v1/$metadata#directoryObjects(id)/$entity",`+
			`"@odata.type":"#microsoft.graph.user","id":"u3"}`)
	c.Want("GET", "/clubs/c1/members/u1", "", 0, "item-not-found")
	c.Want("GET", "/clubs/c1/members/$ref", "", 200, `{"@odata.context":"https://library.example/v1/$metadata#Collection($ref)",`+
		`"value":[{"@odata.id":"https://library.example/v1/directoryObjects/c2"},{"@odata.id":"https://library.example/v1/directoryObjects/u2"},`+
		`{"@odata.id":"https://library.example/v1/directoryObjects/u3"}]}`)
	c.Want("GET", "/clubs/c1?$expand=members($select=id)&$select=name", "", 200,
		`{"@odata.context":"https://library.example/v1/$metadata#clubs(name)/$entity","members":[`+
			`{"@odata.type":"#microsoft.graph.club","id":"c2"},{"@odata.type":"#microsoft.graph.user","id":"u2"},`+
			`{"@odata.type":"#microsoft.graph.user","id":"u3"}]}`)

	c.Want("DELETE", "/clubs/c1/members/u2/$ref", "", 204, "")
	c.Want("DELETE", "/clubs/c1/members/u2/$ref", "", 0, "item-not-found")
	c.Want("DELETE", "/users/u3", "", 204, "")
	if got := c.List("/clubs/c1/members", "id"); !slices.Equal(got, []string{"c2"}) {
		t.Errorf("members %q", got)
	}
}

func TestCirclesOfLinksEnd(t *testing.T) {
	t.Parallel()
	c := openVillage(t)
	c.Want("POST", "/clubs/c1/members/$ref", `{"@odata.id": "clubs/c2"}`, 204, "")
	c.Want("POST", "/clubs/c2/members/$ref", `{"@odata.id": "clubs/c1"}`, 204, "")
	c.Want("POST", "/clubs/c2/members/$ref", `{"@odata.id": "users/u1"}`, 204, "")
	if got := c.List("/clubs/c1/transitiveMembers", "id"); !slices.Equal(got, []string{"c2 u1"}) {
		t.Errorf("%q", got)
	}
}

func TestAPropertyWithOneLinkLosesTheOneBefore(t *testing.T) {
	t.Parallel()
	c := openVillage(t)
	c.Want("GET", "/me/chief", "", 0, "object-not-found")
	c.Want("GET", "/me/chief/$ref", "", 0, "object-not-found")
	for _, chief := range []string{"u2", "u3"} {
		c.Want("PUT", "/me/chief/$ref", `{"@odata.id": "users/`+chief+`"}`, 204, "")
		if got := c.Get("/me/chief")["id"]; got != chief {
			t.Errorf("the chief is %v, want %s", got, chief)
		}
	}
	if got := c.List("/users/u3/reports", "id"); !slices.Equal(got, []string{"u1"}) {
		t.Errorf("reports %q", got)
	}
	if got := c.Get("/me?$expand=chief")["chief"].(map[string]any)["id"]; got != "u3" {
		t.Errorf("expanded %v", got)
	}
	if status, text := c.Send("POST", "/me/chief/tools", `{}`); status != 201 {
		t.Errorf("tools of the chief: %d %s", status, text)
	}
	c.Want("GET", "/users/u3/tools/$count", "", 200, "1")
	c.Want("DELETE", "/me/chief/$ref", "", 204, "")
	c.Want("GET", "/me/chief", "", 0, "object-not-found")
}

func TestPropertiesAreReadAndChanged(t *testing.T) {
	t.Parallel()
	c := openVillage(t)
	const context = `{"@odata.context":"https://library.example/v1/$metadata#users('u1')/home`
	c.Want("GET", "/me/home", "", 204, "")
	c.Want("PATCH", "/me/home", `{"street": "Mill Lane"}`, 200, context+`","street":"Mill Lane"}`)
	c.Want("PATCH", "/me/home", `{"rooms": {"size": 3}}`, 200, context+`","street":"Mill Lane","rooms":{"size":3}}`)
	c.Want("PATCH", "/me/home/rooms", `{"colour": "blue"}`, 200, context+`/rooms","colour":"blue","size":3}`)
	c.Want("GET", "/me/home/rooms/colour", "", 200, context+`/rooms/colour","value":"blue"}`)
	c.Want("GET", "/me/home/rooms/size/$value", "", 200, "3")
	c.Want("PUT", "/me/home/rooms", `{"size": 4}`, 200, context+`/rooms","size":4}`)
	c.Want("DELETE", "/me/home/rooms", "", 204, "")
	c.Want("GET", "/me/home", "", 200, context+`","street":"Mill Lane","rooms":null}`)
	c.Want("GET", "/users/u9/home", "", 0, "object-not-found")
}

func TestBytesAreKept(t *testing.T) {
	t.Parallel()
	c := openVillage(t)
	c.Want("GET", "/me/badge", "", 0, "object-not-found")
	if status, _ := c.Send("PUT", "/me/badge", "a lake"); status != 200 {
		t.Error(status)
	}
	for _, path := range []string{"/me/badge", "/users/u1@x/badge/$value"} {
		c.Want("GET", path, "", 200, "a lake")
	}
	c.Want("PUT", "/users/u9/$value", "x", 0, "object-not-found")
	c.Want("DELETE", "/me/badge", "", 204, "")
	c.Want("DELETE", "/me/badge", "", 0, "object-not-found")
}

func TestUsersAreFoundByTheirNames(t *testing.T) {
	t.Parallel()
	c := openVillage(t)
	if got := c.Get("/users/U2@X")["id"]; got != "u2" {
		t.Errorf("u2@x is %v", got)
	}
	c.Want("POST", "/users", `{"id": "u4", "userPrincipalName": "U2@x"}`, 0, "object-exists")
	c.Want("PATCH", "/users/u3", `{"userPrincipalName": "u2@x"}`, 0, "object-exists")
	if status, text := c.Send("PATCH", "/users/u2", `{"userPrincipalName": "u5@x"}`); status != 200 {
		t.Error(status, text)
	}
	c.Want("GET", "/users/u2@x", "", 0, "object-not-found")
	if got := c.Get("/users/u5@x")["id"]; got != "u2" {
		t.Errorf("u5@x is %v", got)
	}
}
