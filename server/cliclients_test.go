package server_test

import (
	"strings"
	"testing"
)

// TestCLIForMicrosoft365 sends what pnp/cli-microsoft365 sends and other clients don't: it numbers
// the requests of a batch, writes mailNickName, names the tenant myorganization, and leaves out the
// type of open extensions where they are created.
func TestCLIForMicrosoft365(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	user := u.want(201, "POST", "/users", `{"accountEnabled": true, "displayName": "Joni", "mailNickName": "joni",
		"userPrincipalName": "joni@contoso.com", "passwordProfile": {"password": "SomePass1!"}}`)
	at := "/users/" + user["id"].(string)
	if got := u.want(200, "GET", at+"?$select=mailNickname", "")["mailNickname"]; got != "joni" {
		t.Errorf("mailNickname is %v", got)
	}
	u.want(400, "PATCH", at, `{"mailNickName": "j", "mailNickname": "joni"}`)
	u.want(400, "PATCH", at, `{"mailNickNames": "j"}`)

	const group = "02bd9fd6-8f93-4758-87c3-1fb73740a315"
	batch := u.want(200, "POST", "/$batch", `{"requests": [{"id": 1, "method": "PATCH", "url": "/groups/`+group+`",
		"headers": {"content-type": "application/json;odata.metadata=none"},
		"body": {"members@odata.bind": ["https://graph.microsoft.com/v1.0/myorganization/directoryObjects/`+user["id"].(string)+`"]}}]}`)
	if part := batch["responses"].([]any)[0].(map[string]any); part["id"] != "1" || part["status"] != 204.0 {
		t.Errorf("%v", part)
	}
	apps := u.want(200, "GET", "/myorganization/applications?$select=id", "")
	if link := apps["@odata.context"].(string); strings.Contains(link, "myorganization") || len(apps["value"].([]any)) == 0 {
		t.Errorf("%v", apps)
	}
	app := apps["value"].([]any)[0].(map[string]any)["id"].(string)
	u.want(400, "GET", "/myorganization/nothing", "")

	u.want(201, "POST", at+"/extensions", `{"extensionName": "com.contoso.x", "color": "red"}`)
	u.want(204, "PATCH", at+"/extensions/com.contoso.x", `{"@odata.type": "#microsoft.graph.openTypeExtension", "color": "blue"}`)

	u.want(201, "POST", "/applications/"+app+"/extensionProperties", `{"name": "grade", "dataType": "String", "targetObjects": ["User"]}`)
	for body, want := range map[string]int{`{}`: 1, `{"isSyncedFromOnPremises": false}`: 1, `{"isSyncedFromOnPremises": true}`: 0} {
		if got := u.want(200, "POST", "/directoryObjects/getAvailableExtensionProperties", body)["value"].([]any); len(got) != want {
			t.Errorf("%s: %v", body, got)
		}
	}
}
