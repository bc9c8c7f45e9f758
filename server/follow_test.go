package server_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestWhatIsFollowedIsListed(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	const crew = "02bd9fd6-8f93-4758-87c3-1fb73740a315"
	team := u.want(200, "GET", "/groups/"+crew+"/sites/root", "")["id"].(string)
	site := u.want(200, "GET", "/sites/contoso.sharepoint.com:/sites/trails", "")["id"].(string)
	body := fmt.Sprintf(`{"value": [{"id": %q}, {"id": %q}]}`, team, site)
	if got := u.want(200, "POST", "/me/followedSites/add", body)["value"].([]any); len(got) != 2 {
		t.Errorf("add: %v", got)
	}
	if got := u.want(200, "GET", "/me/followedSites", "")["value"].([]any); len(got) != 2 {
		t.Errorf("followed: %v", got)
	}
	u.want(404, "POST", "/me/followedSites/add", `{"value": [{"id": "contoso.sharepoint.com,`+crew+`,`+crew+`"}]}`)
	u.want(204, "POST", "/me/followedSites/remove", fmt.Sprintf(`{"value": [{"id": %q}]}`, team))
	if got := u.want(200, "GET", "/me/followedSites", "")["value"].([]any); len(got) != 1 {
		t.Errorf("then: %v", got)
	}
	item := u.want(200, "POST", "/me/drive/items/01CONTOSOLAKE/follow", "")
	if item["name"] != "lake.txt" {
		t.Errorf("an item: %v", item)
	}
	u.wantNames("/me/drive/following", "lake.txt")
	u.want(204, "POST", "/me/drive/items/01CONTOSOLAKE/unfollow", "")
	u.wantNames("/me/drive/following")
	if got := u.want(200, "GET", "/sites/root/getByPath(path='%2Fsites%2Ftrails')", ""); got["id"] != site {
		t.Errorf("by path: %v", got)
	}
	u.want(404, "GET", "/sites/root/getByPath(path='%2Fsites%2Fnothing')", "")
	if got := fmt.Sprint(u.want(200, "GET", "/sites/getAllSites?$select=name", "")); !strings.Contains(got, "trailcrew") || !strings.Contains(got, "trails") {
		t.Errorf("all: %s", got)
	}
}

// TestActionsSetWhatTheySay: the state is as an action says, not as it was.
func TestActionsSetWhatTheySay(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	const crew = "/groups/02bd9fd6-8f93-4758-87c3-1fb73740a315"
	for action, want := range map[string]string{
		"addFavorite": "isFavorite:true", "subscribeByMail": "isSubscribedByMail:true", "resetUnseenCount": "unseenCount:0",
		"renew": "renewedDateTime:2026-01-31T12:00:00",
	} {
		status := 200
		if action == "renew" {
			status = 204
		}
		u.want(status, "POST", crew+"/"+action, "")
		name, _, _ := strings.Cut(want, ":")
		if got := fmt.Sprint(u.want(200, "GET", crew+"?$select="+name, "")); !strings.Contains(got, want) {
			t.Errorf("%s: %s", action, got)
		}
	}
	u.want(200, "POST", crew+"/removeFavorite", "")
	if got := u.want(200, "GET", crew+"?$select=isFavorite", ""); got["isFavorite"] != false {
		t.Errorf("removeFavorite: %v", got)
	}
	organization := u.want(200, "GET", "/organization", "")["value"].([]any)[0].(map[string]any)["id"].(string)
	for path, status := range map[string]int{
		"ByTenantId(tenantId='" + organization + "')":                 200,
		"ByTenantId(tenantId='7b2f6f0c-3d1e-4c5a-9a8e-5f7c1d2e3b4a')": 404,
		"ByDomainName(domainName='contoso.com')":                      200,
		"ByDomainName(domainName='elsewhere.example')":                404,
	} {
		got := u.want(status, "GET", "/tenantRelationships/findTenantInformation"+path, "")
		if status == 200 && (got["tenantId"] != organization || got["defaultDomainName"] != "contoso.com") {
			t.Errorf("%s: %v", path, got)
		}
	}
	if got := u.want(201, "POST", "/domains", `{"id": "new.contoso.com"}`); got["isVerified"] != false || got["id"] != "new.contoso.com" {
		t.Errorf("a domain: %v", got)
	}
	if got := u.want(200, "POST", "/domains/new.contoso.com/verify", ""); got["isVerified"] != true {
		t.Errorf("verify: %v", got)
	}
	user := u.want(200, "POST", "/users/adele@contoso.com/reprocessLicenseAssignment", "")
	if user["userPrincipalName"] != "adele@contoso.com" {
		t.Errorf("%v", user)
	}
	calendar := u.want(201, "POST", "/me/calendars", `{"name": "Old"}`)["id"].(string)
	u.want(204, "POST", "/me/calendars/"+calendar+"/permanentDelete", "")
	u.want(404, "GET", "/me/calendars/"+calendar, "")
	if got := u.want(200, "GET", "/users/"+user["id"].(string)+"/onlineMeetings/getAllTranscripts(meetingOrganizerUserId='"+
		user["id"].(string)+"')", "")["value"].([]any); len(got) != 0 {
		t.Errorf("%v", got)
	}
}
