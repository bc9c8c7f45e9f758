package directory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi/graph"
)

func TestGraphsOwnPrincipalHasItsPermissions(t *testing.T) {
	t.Parallel()
	c := open(t)
	own := c.Get("/servicePrincipals(appId='" + graph.AppID + "')")
	byFilter := c.Get("/servicePrincipals?$filter=appId%20eq%20'" + graph.AppID + "'&$select=id")["value"].([]any)
	if len(byFilter) != 1 || byFilter[0].(map[string]any)["id"] != own["id"] {
		t.Errorf("by filter: %v, want %v", byFilter, own["id"])
	}
	of := map[any]any{}
	for _, name := range []string{"appRoles", "oauth2PermissionScopes"} {
		for _, each := range own[name].([]any) {
			permission := each.(map[string]any)
			of[permission["id"]] = permission["value"]
		}
	}
	if of["df021288-bdef-4463-88db-98f22de89214"] != "User.Read.All" || of["e1fe6dd8-ba31-4d61-89e7-88639da4683d"] != "User.Read" {
		t.Errorf("%d permissions", len(of))
	}
	c.Want("POST", "/servicePrincipals", `{"appId": "`+graph.AppID+`"}`, 0, "principal-exists")

	// it can be named where no request has asked for it
	c = open(t)
	assign := func(role string) string {
		return fmt.Sprintf(`{"principalId": %q, "resourceId": %q, "appRoleId": %q}`, c.u2, own["id"], role)
	}
	c.Want("POST", "/users/"+c.u2+"/appRoleAssignments", assign("df021288-0000-4463-88db-98f22de89214"), 0, "permission-unknown")
	if made := c.create("/users/"+c.u2+"/appRoleAssignments", assign("df021288-bdef-4463-88db-98f22de89214")); made["resourceDisplayName"] != "Microsoft Graph" {
		t.Errorf("%v", made)
	}
	to := c.Get(fmt.Sprintf("/servicePrincipals/%v/appRoleAssignedTo", own["id"]))["value"].([]any)
	if len(to) != 1 {
		t.Errorf("assigned to %v", to)
	}
}

func TestRolesAreActivatedOnce(t *testing.T) {
	t.Parallel()
	c := open(t)
	const reader = "4a5d8f65-41da-4de4-8968-e035b65339cf"
	if n := len(c.Get("/directoryRoleTemplates")["value"].([]any)); n < 100 {
		t.Errorf("%d templates", n)
	}
	if name := c.Get("/directoryRoleTemplates/" + reader)["displayName"]; name != "Reports Reader" {
		t.Errorf("%v", name)
	}
	if active := c.Get("/directoryRoles")["value"].([]any); len(active) != 0 {
		t.Errorf("active from the start: %v", active)
	}
	c.Want("GET", "/directoryRoles(roleTemplateId='"+reader+"')", "", 0, "object-not-found")
	c.Want("POST", "/directoryRoles", `{"roleTemplateId": "4a5d8f65-0000-4de4-8968-e035b65339cf"}`, 0, "object-not-found")
	made := c.create("/directoryRoles", `{"roleTemplateId": "`+strings.ToUpper(reader)+`"}`)
	c.Want("POST", "/directoryRoles", `{"roleTemplateId": "`+reader+`"}`, 0, "object-conflict")
	if again := c.Get("/directoryRoles(roleTemplateId='" + reader + "')"); again["id"] != made["id"] ||
		again["displayName"] != "Reports Reader" {
		t.Errorf("%v, want %v", again, made)
	}
	c.Want("POST", "/directoryRoles(roleTemplateId='"+reader+"')/members/$ref",
		`{"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/`+c.u2+`"}`, 204, "")
	members := c.Get("/directoryRoles(roleTemplateId='" + reader + "')/members")["value"].([]any)
	if len(members) != 1 || members[0].(map[string]any)["id"] != c.u2 {
		t.Errorf("members: %v", members)
	}
}

func TestAssignmentsOfRolesAreMembers(t *testing.T) {
	t.Parallel()
	c := open(t)
	const all, reader = "/roleManagement/directory/roleAssignments", "4a5d8f65-41da-4de4-8968-e035b65339cf"
	members := func() string {
		return strings.Join(c.ids("/directoryRoles(roleTemplateId='"+reader+"')/members"), " ")
	}
	assignments := func(want int) (first string) {
		t.Helper()
		got := c.Get(all + "?$filter=principalId%20eq%20'" + c.u2 + "'")["value"].([]any)
		if len(got) != want {
			t.Fatalf("%d assignments, want %d: %v", len(got), want, got)
		}
		if want > 0 {
			first = got[0].(map[string]any)["id"].(string)
		}
		return first
	}
	body := fmt.Sprintf(`{"principalId": %q, "roleDefinitionId": %q, "directoryScopeId": "/"}`, c.u2, reader)
	made := c.create(all, body)["id"].(string)
	if got := members(); got != c.u2 || assignments(1) != made {
		t.Errorf("assigned: members %q", got)
	}
	c.Want("POST", all, body, 0, "role-assigned")
	c.Send("DELETE", all+"/"+made, "")
	if got := members(); got != "" {
		t.Errorf("not assigned any more: members %q", got)
	}
	assignments(0)

	// the other way round
	c.Send("POST", "/directoryRoles(roleTemplateId='"+reader+"')/members/$ref", ref(c.u2))
	id := assignments(1)
	if one := c.Get(all + "/" + id); one["roleDefinitionId"] != reader {
		t.Errorf("%v", one)
	}
	c.Want("POST", all, body, 0, "role-assigned")
	c.Send("DELETE", all+"/"+id, "")
	if got := members(); got != "" {
		t.Errorf("removed by its assignment: members %q", got)
	}
	assignments(0)
}

func TestScopedMembersSayOfWhat(t *testing.T) {
	t.Parallel()
	c := open(t)
	role := c.create("/directoryRoles", `{"roleTemplateId": "fe930be7-5e62-47db-91af-98c3a49a38b1"}`)["id"].(string)
	unit := c.create("/directory/administrativeUnits", `{"displayName": "North"}`)["id"].(string)
	of := "/directory/administrativeUnits/" + unit + "/scopedRoleMembers"
	got := c.create(of, fmt.Sprintf(`{"roleId": %q, "roleMemberInfo": {"id": %q}}`, role, c.u2))
	if got["administrativeUnitId"] != unit || got["roleMemberInfo"].(map[string]any)["displayName"] != "Diego" {
		t.Errorf("%v", got)
	}
	c.Want("POST", of, fmt.Sprintf(`{"roleId": %q, "roleMemberInfo": {"id": %q}}`, unit, c.u2), 0, "object-not-found")
}
