package server_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server"
)

func TestLinksAreCreatedOnce(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	const path = "/me/drive/items/01CONTOSOLAKE"
	first := u.want(201, "POST", path+"/createLink", `{"type": "view", "scope": "anonymous"}`)
	again := u.want(200, "POST", path+"/createLink", `{"type": "view", "scope": "anonymous"}`)
	other := u.want(201, "POST", path+"/createLink", `{"type": "edit", "scope": "organization"}`)
	if first["id"] != again["id"] || first["id"] == other["id"] || fmt.Sprint(other["roles"]) != "[write]" {
		t.Errorf("%v, then %v, then %v", first, again, other)
	}
	item := u.want(200, "GET", path, "")
	if shared, _ := item["shared"].(map[string]any); shared["scope"] == nil {
		t.Errorf("the item is not shared: %v", item)
	}
	for _, body := range []string{`{"type": "look", "scope": "anonymous"}`, `{"type": "view", "scope": "moon"}`} {
		u.want(400, "POST", path+"/createLink", body)
	}
	url := first["link"].(map[string]any)["webUrl"].(string)
	for name, shared := range map[string]string{
		"link": url, "link with a query": url + "?e=abc", "item": item["webUrl"].(string),
	} {
		id := "u!" + strings.TrimRight(base64.URLEncoding.EncodeToString([]byte(shared)), "=")
		got := u.want(200, "GET", "/shares/"+id+"/driveItem", "")
		if got["id"] != "01CONTOSOLAKE" {
			t.Errorf("%s: %v", name, got)
		}
		if got := u.want(200, "GET", "/shares/"+id, ""); got["name"] != "lake.txt" {
			t.Errorf("%s: %v", name, got)
		}
	}
	if _, text := u.send("GET", "/shares/"+first["shareId"].(string)+"/driveItem/content", ""); !strings.HasPrefix(string(text), "Around") {
		t.Errorf("by id: %s", text)
	}
	for _, id := range []string{"u!aHR0cHM6Ly9ub3doZXJl", "u!*", "s!nothing", "nothing"} {
		u.want(404, "GET", "/shares/"+id+"/driveItem", "")
		u.want(404, "GET", "/shares/"+id, "")
	}
	folder := u.want(201, "POST", "/me/drive/items/01CONTOSOMAPS/createLink", `{"type": "view", "scope": "anonymous"}`)
	u.wantNames("/shares/"+folder["shareId"].(string)+"/driveItem/children", "lake.txt", "ridge.txt")
	if got := u.want(200, "POST", path+"/preview", "{}"); got["getUrl"] == nil {
		t.Errorf("%v", got)
	}
}

func TestPermissionsAreInherited(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	list := func(path string) (all []string) {
		for _, v := range u.want(200, "GET", path+"/permissions", "")["value"].([]any) {
			p := v.(map[string]any)
			from, _ := p["inheritedFrom"].(map[string]any)
			to, _ := p["grantedToV2"].(map[string]any)
			user, _ := to["user"].(map[string]any)
			all = append(all, fmt.Sprint(p["roles"], " ", user["displayName"], " ", from["id"]))
		}
		slices.Sort(all)
		return all
	}
	invited := u.want(200, "POST", "/me/drive/items/01CONTOSOMAPS/invite",
		`{"recipients": [{"email": "adele@contoso.com"}, {"email": "x@fabrikam.com"}], "roles": ["read"], "requireSignIn": true}`)
	if n := len(invited["value"].([]any)); n != 2 {
		t.Fatalf("%v", invited)
	}
	if got, want := list("/me/drive/items/01CONTOSOMAPS"), []string{
		"[owner] Contoso User <nil>", "[read] Adele Vance <nil>", "[read] x@fabrikam.com <nil>",
	}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got, want := list("/me/drive/items/01CONTOSOLAKE"), []string{
		"[owner] Contoso User <nil>", "[read] Adele Vance 01CONTOSOMAPS", "[read] x@fabrikam.com 01CONTOSOMAPS",
	}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	id := invited["value"].([]any)[0].(map[string]any)["id"].(string)
	u.want(200, "GET", "/me/drive/items/01CONTOSOLAKE/permissions/"+id, "")
	u.want(200, "PATCH", "/me/drive/items/01CONTOSOMAPS/permissions/"+id, `{"roles": ["write"]}`)
	u.want(400, "PATCH", "/me/drive/items/01CONTOSOMAPS/permissions/"+id, `{"roles": ["reign"]}`)
	u.want(200, "POST", "/me/drive/items/01CONTOSOMAPS/invite", `{"recipients": [{"email": "ADELE@contoso.com"}], "roles": ["read"]}`)
	if got := list("/me/drive/items/01CONTOSOMAPS"); len(got) != 3 || got[1] != "[read] Adele Vance <nil>" {
		t.Errorf("invited twice: %q", got)
	}
	for _, body := range []string{
		`{"recipients": [], "roles": ["read"]}`, `{"recipients": [{"email": "adele@contoso.com"}]}`,
		`{"recipients": [{"alias": "nobody"}], "roles": ["read"]}`, `{"recipients": [{"email": "adele@contoso.com"}], "roles": ["x"]}`,
	} {
		u.want(400, "POST", "/me/drive/items/01CONTOSOMAPS/invite", body)
	}
	adele, err := u.server.Token(server.TokenOptions{User: "adele@contoso.com"})
	if err != nil {
		t.Fatal(err)
	}
	_, text := u.sendWith("GET", "/me/drive/sharedWithMe()", "", "Authorization", "Bearer "+adele)
	if !strings.Contains(string(text), `"remoteItem":{`) || !strings.Contains(string(text), "01CONTOSOMAPS") {
		t.Errorf("adele sees %s", text)
	}
	u.want(204, "DELETE", "/me/drive/items/01CONTOSOMAPS/permissions/"+id, "")
	u.want(404, "DELETE", "/me/drive/items/01CONTOSOMAPS/permissions/"+id, "")
}
