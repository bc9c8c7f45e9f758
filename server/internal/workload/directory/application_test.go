package directory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server/internal/service/servicetest"
)

func TestSecretsAreShownOnceAndKept(t *testing.T) {
	t.Parallel()
	c := open(t)
	for _, kind := range []string{"/applications", "/servicePrincipals"} {
		app := c.create("/applications", `{"displayName": "Tool"}`)
		at := "/applications/" + app["id"].(string)
		if kind == "/servicePrincipals" {
			at = kind + "/" + c.create(kind, `{"appId": "`+app["appId"].(string)+`"}`)["id"].(string)
		}
		_, text := c.Send("POST", at+"/addPassword", `{"passwordCredential": {"displayName": "p"}}`)
		added := c.Decode(text)
		secret, keyID := added["secretText"].(string), added["keyId"].(string)
		if len(secret) != 40 || added["hint"] != secret[:3] || added["endDateTime"] != "2025-11-14T22:13:20Z" {
			t.Errorf("%s", text)
		}
		for _, query := range []string{"", "?$select=passwordCredentials", "/passwordCredentials"} {
			if _, text := c.Send("GET", at+query, ""); strings.Contains(text, secret) || !strings.Contains(text, keyID) {
				t.Errorf("%s: %s", query, text)
			}
		}
		read := c.Get(at)["passwordCredentials"].([]any)
		if shown := read[0].(map[string]any); shown["secretText"] != nil || shown["hint"] != secret[:3] {
			t.Errorf("shown %v", shown)
		}
		// a client writes back what it has read
		c.Send("PATCH", at, `{"passwordCredentials": [{"keyId": "`+keyID+`", "displayName": "renamed", "secretText": null}]}`)
		if stored := c.stored(at); !strings.Contains(stored, secret) || !strings.Contains(stored, "renamed") {
			t.Errorf("%s has lost its secret: %s", kind, stored)
		}
		c.Want("POST", at+"/removePassword", `{"keyId": "`+keyID+`"}`, 204, "")
		c.Want("POST", at+"/removePassword", `{"keyId": "`+keyID+`"}`, 0, "credential-unknown")
		if stored := c.stored(at); strings.Contains(stored, secret) {
			t.Errorf("%s", stored)
		}
	}
}

// stored is an entity as the store has it.
func (c *client) stored(path string) string {
	c.t.Helper()
	collection, id, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	text := ""
	if err := servicetest.View(c.Client, collection, id, &text); err != nil {
		c.t.Fatal(err)
	}
	return text
}

func TestDeletedAppsComeBackWithTheirServicePrincipals(t *testing.T) {
	t.Parallel()
	c := open(t)
	app := c.create("/applications", `{"displayName": "Tool", "appRoles": [{"id": "11111111-1111-4111-8111-111111111111",
		"isEnabled": true, "allowedMemberTypes": ["User"], "displayName": "R", "description": "R", "value": "r"}]}`)
	id, appID := app["id"].(string), app["appId"].(string)
	sp := c.create("/servicePrincipals", `{"appId": "`+appID+`"}`)["id"].(string)
	role := `{"principalId": "` + c.u2 + `", "resourceId": "` + sp + `",
		"appRoleId": "11111111-1111-4111-8111-111111111111"}`
	assigned := c.create("/servicePrincipals/"+sp+"/appRoleAssignedTo", role)["id"].(string)
	if got := c.ids("/users/" + c.u2 + "/appRoleAssignments"); len(got) != 1 || got[0] != assigned {
		t.Errorf("assignments %q", got)
	}
	c.Want("DELETE", "/applications/"+id, "", 204, "")
	c.Want("GET", "/servicePrincipals/"+sp, "", 0, "object-not-found")
	c.Want("GET", "/applications(appId='"+appID+"')", "", 0, "object-not-found")
	if got := c.ids("/users/" + c.u2 + "/appRoleAssignments"); len(got) != 0 {
		t.Errorf("assignments of a deleted application %q", got)
	}
	if status, text := c.Send("POST", "/directory/deletedItems/"+id+"/restore", ""); status != 200 {
		t.Fatal(status, text)
	}
	if got := c.Get("/servicePrincipals(appId='" + appID + "')")["id"]; got != sp {
		t.Errorf("service principal %v", got)
	}
	c.Want("POST", "/directory/deletedItems/"+id+"/restore", "", 0, "object-not-found")
}

func TestDeletedUsersTakeWhatTheyHaveAlong(t *testing.T) {
	t.Parallel()
	c := open(t)
	list := c.create("/users/"+c.u2+"/calendars", `{"name": "Tours"}`)["id"].(string)
	c.Want("PUT", "/users/"+c.u2+"/photo/$value", "photo", 200, "")
	c.Want("DELETE", "/users/"+c.u2, "", 204, "")
	c.create("/users", `{"accountEnabled": true, "displayName": "Diego II", "mailNickname": "diego",
		"userPrincipalName": "diego@contoso.com", "passwordProfile": {"password": "secret"}}`)
	c.Want("POST", "/directory/deletedItems/"+c.u2+"/restore", "", 0, "object-exists")
	if status, text := c.Send("POST", "/directory/deletedItems/"+c.u2+"/restore",
		`{"newUserPrincipalName": "diego1@contoso.com"}`); status != 200 {
		t.Fatal(status, text)
	}
	if got := c.ids("/users/diego1@contoso.com/calendars"); len(got) != 1 || got[0] != list {
		t.Errorf("calendars %q", got)
	}
	c.Want("GET", "/users/"+c.u2+"/photo/$value", "", 200, "photo")
}

func TestDeletedObjectsAreGoneAfterThirtyDays(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.Want("DELETE", "/users/"+c.u2, "", 204, "")
	const day = 24 * 60 * 60 * 1000
	c.Now += 30*day - 1
	if got := c.ids("/directory/deletedItems/microsoft.graph.user"); len(got) != 1 {
		t.Errorf("%q", got)
	}
	c.Now++
	if got := c.ids("/directory/deletedItems/microsoft.graph.user"); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

func TestLicensesAreConsumed(t *testing.T) {
	t.Parallel()
	c := open(t)
	const sku = "c7df2760-2c81-4ef7-b578-5b5392b571df"
	err := c.Seed("/subscribedSkus", `{"id": "t_`+sku+`", "skuId": "`+sku+`", "skuPartNumber": "E5", "consumedUnits": 0,
		"prepaidUnits": {"enabled": 1}, "servicePlans": [{"servicePlanId": "57ff2da0-773e-42df-b2af-ffb7a2317929"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	other := c.create("/users", `{"accountEnabled": true, "displayName": "Kim", "mailNickname": "kim",
		"userPrincipalName": "kim@contoso.com", "passwordProfile": {"password": "secret"}, "usageLocation": "CH"}`)["id"].(string)
	c.Send("PATCH", "/users/"+c.u2, `{"usageLocation": "CH"}`)
	add := `{"addLicenses": [{"skuId": "` + sku + `"}], "removeLicenses": []}`
	take := `{"addLicenses": [], "removeLicenses": ["` + sku + `"]}`
	details := func(user string, want int) {
		t.Helper()
		got := c.Get("/users/" + user + "/licenseDetails")["value"].([]any)
		if len(got) != want || want == 1 && got[0].(map[string]any)["skuPartNumber"] != "E5" {
			t.Errorf("details: %v", got)
		}
	}
	assign := func(user, body string) {
		t.Helper()
		if status, text := c.Send("POST", "/users/"+user+"/assignLicense", body); status != 200 {
			t.Errorf("%d %s", status, text)
		}
	}
	assign(other, add)
	details(other, 1)
	details(c.u2, 0)
	c.Want("POST", "/users/"+c.u2+"/assignLicense", add, 0, "license-exhausted")
	assign(other, add) // has it already
	assign(other, take)
	details(other, 0)
	assign(c.u2, add)
	details(c.u2, 1)
}

// TestLicensesOfFixturesCanBeTaken: fixtures have products that are no GUIDs.
func TestLicensesOfFixturesCanBeTaken(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.HasNoBody = true
	c.Want("PATCH", "/users/"+c.u2, `{"usageLocation": "CH", "assignedLicenses": [{"skuId": "none", "disabledPlans": []}]}`,
		204, "")
	c.HasNoBody = false
	body := `{"addLicenses": [{"skuId": "c7df2760-2c81-4ef7-b578-5b5392b571df"}], "removeLicenses": ["none"]}`
	if status, text := c.Send("POST", "/users/"+c.u2+"/assignLicense", body); status != 200 {
		t.Fatal(status, text)
	}
	got := c.Get("/users/" + c.u2 + "?$select=assignedLicenses")["assignedLicenses"].([]any)
	if len(got) != 1 || got[0].(map[string]any)["skuId"] != "c7df2760-2c81-4ef7-b578-5b5392b571df" {
		t.Errorf("%v", got)
	}
	c.Want("POST", "/users/"+c.u2+"/assignLicense", `{"addLicenses": [], "removeLicenses": ["none"]}`, 0, "license-missing")
	c.Want("POST", "/users/"+c.u2+"/assignLicense", `{"addLicenses": [{"skuId": "none"}], "removeLicenses": []}`, 0, "license-unknown")
}

func TestServicePrincipalsOfFixturesHaveANameAtLeast(t *testing.T) {
	t.Parallel()
	c := open(t)
	if err := c.Seed("/servicePrincipals", `{"id": "p1", "appId": "a1", "displayName": "Trails"}`); err != nil {
		t.Fatal(err)
	}
	if got := c.Get("/servicePrincipals/p1")["servicePrincipalNames"]; fmt.Sprint(got) != "[a1]" {
		t.Errorf("got %v", got)
	}
}
