package directory_test

import (
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server/internal/service/servicetest"
)

func TestValuesOfTheDirectory(t *testing.T) {
	t.Parallel()
	c := open(t)
	for _, name := range []string{"contoso.com", "contoso.onmicrosoft.com"} {
		if err := c.Seed("/domains", `{"id": "`+name+`", "isVerified": true}`); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Seed("/domains", `{"id": "pending.example", "isVerified": false}`); err != nil {
		t.Fatal(err)
	}
	security := c.group("sec")
	app := c.create("/applications", `{"displayName": "a", "signInAudience": "AzureADMyOrg"}`)["id"].(string)
	newUser := func(nickname, name string) string {
		return `{"accountEnabled": true, "displayName": "x", "mailNickname": "` + nickname + `", "userPrincipalName": "` + name +
			`", "passwordProfile": {"password": "Wx7-quarry-lamp"}}`
	}
	newGroup := func(types, mail, security, more string) string {
		return `{"displayName": "x", "mailNickname": "x", "groupTypes": [` + types + `], "mailEnabled": ` + mail +
			`, "securityEnabled": ` + security + more + `}`
	}
	user := "/users/" + c.u2
	tests := []struct{ method, path, body, want string }{
		{"POST", "/users", newUser("kim kim", "kim@contoso.com"), "property-invalid"},
		{"POST", "/users", newUser("kim", "kim"), "property-invalid"},
		{"POST", "/users", newUser("kim", "kim@fabrikam.com"), "domain-unverified"},
		{"POST", "/users", newUser("kim", "kim@pending.example"), "domain-unverified"},
		{"PATCH", user, `{"userPrincipalName": "diego@north.contoso.com"}`, "domain-unverified"},
		{"PATCH", user, `{"userPrincipalName": "Diego@CONTOSO.onmicrosoft.com"}`, ""},
		{"PATCH", user, `{"displayName": null}`, "value-required"},
		{"PATCH", user, `{"mobilePhone": ""}`, "property-invalid"},
		{"PATCH", user, `{"mobilePhone": null}`, ""},
		{"PATCH", user, `{"aboutMe": ""}`, ""},
		{"PATCH", user, `{"usageLocation": "Switzerland"}`, "property-invalid"},
		{"PATCH", user, `{"businessPhones": ["1", "2"]}`, "property-invalid"},
		{"PATCH", user, `{"businessPhones": ["1"]}`, ""},
		{"POST", "/groups", newGroup(``, "false", "false", ""), "property-invalid"},
		{"POST", "/groups", newGroup(`"Unified"`, "false", "true", ""), "property-invalid"},
		{"POST", "/groups", newGroup(`"Dynamic"`, "false", "true", ""), "property-invalid"},
		{"POST", "/groups", newGroup(`"DynamicMembership"`, "false", "true", ""), "value-required"},
		{"PATCH", "/groups/" + security, `{"mailEnabled": true}`, "property-invalid"},
		{"PATCH", "/groups/" + security, `{"mailEnabled": false, "visibility": "Secret"}`, "property-invalid"},
		{"PATCH", "/groups/" + security, `{"description": ""}`, "property-invalid"},
		{"PATCH", "/applications/" + app, `{"signInAudience": "Everyone"}`, "property-invalid"},
		{"PATCH", "/applications/" + app, `{"identifierUris": ["https://app.fabrikam.com"]}`, "identifier-unverified"},
		{"PATCH", "/applications/" + app, `{"identifierUris": ["https://app.contoso.com/a", "api://a"]}`, ""},
		{"POST", user + "/assignLicense", `{"addLicenses": []}`, "parameters-missing"},
		{"POST", "/directoryObjects/getByIds", `{}`, "parameters-missing"},
		{"POST", "/directoryObjects/getByIds", `{"ids": ["abc"]}`, "ids-invalid"},
	}
	for _, test := range tests {
		status, got := c.Send(test.method, test.path, test.body)
		if status != 0 {
			got = ""
		}
		if got != test.want {
			t.Errorf("%s %s %s: %q, want %q", test.method, test.path, test.body, got, test.want)
		}
	}
	// of a tenant without domains nothing is known
	c = open(t)
	c.create("/users", newUser("kim", "kim@fabrikam.com"))
}

func TestGroupsHaveMembersOfTheirKind(t *testing.T) {
	t.Parallel()
	c := open(t)
	make := func(types, mail, more string) string {
		return c.create("/groups", `{"displayName": "x", "mailNickname": "x`+mail+`", "groupTypes": [`+types+`], "mailEnabled": `+mail+
			`, "securityEnabled": true`+more+`}`)["id"].(string)
	}
	security, unified := make(``, "false", ""), make(`"Unified"`, "true", "")
	dynamic := make(`"DynamicMembership"`, "false", `, "membershipRule": "user.department -eq \"x\""`)
	for _, test := range []struct{ group, member, want string }{
		{unified, security, "reference-type"}, {security, unified, "reference-type"}, {dynamic, c.u2, "membership-dynamic"},
		{unified, c.u2, ""}, {security, c.u2, ""}, {security, dynamic, ""},
	} {
		status, got := c.Send("POST", "/groups/"+test.group+"/members/$ref", ref(test.member))
		if status == 204 {
			got = ""
		}
		if got != test.want {
			t.Errorf("%s in %s: %q, want %q", test.member, test.group, got, test.want)
		}
	}
}

func TestWhoCreatesAGroupOwnsIt(t *testing.T) {
	t.Parallel()
	c := open(t)
	group := func(of *servicetest.Client, nickname, more string) string {
		status, text := of.Send("POST", "/groups", `{"displayName": "x", "mailNickname": "`+nickname+`", "groupTypes": ["Unified"],
			"mailEnabled": true, "securityEnabled": false`+more+`}`)
		if status != 201 {
			t.Fatalf("%d %s", status, text)
		}
		return strings.Join(c.ids("/groups/"+c.Decode(text)["id"].(string)+"/owners"), " ")
	}
	other := c.create("/users", `{"accountEnabled": true, "displayName": "Kim", "mailNickname": "kim",
		"userPrincipalName": "kim@contoso.com", "passwordProfile": {"password": "Wx7-quarry-lamp"}}`)["id"].(string)
	user := *c.Client
	user.Caller.User.ID = c.u2
	app := user
	app.Caller.AppOnly = true
	for name, test := range map[string]struct{ got, want string }{
		"a user": {group(&user, "a", ""), c.u2},
		"named":  {group(&user, "b", `, "owners@odata.bind": ["https://graph.microsoft.com/v1.0/users/`+other+`"]`), other},
		"an app": {group(&app, "c", ""), ""},
	} {
		if test.got != test.want {
			t.Errorf("%s: %q, want %q", name, test.got, test.want)
		}
	}
}

func TestExtensionsAreWhatWasRegistered(t *testing.T) {
	t.Parallel()
	c := open(t)
	app := c.create("/applications", `{"displayName": "a"}`)
	properties := "/applications/" + app["id"].(string) + "/extensionProperties"
	c.Want("POST", properties, `{"name": "n", "dataType": "Text", "targetObjects": ["User"]}`, 0, "property-invalid")
	name := c.create(properties, `{"name": "skype", "dataType": "String", "targetObjects": ["User"]}`)["name"].(string)
	schema := c.create("/schemaExtensions", `{"id": "courses", "targetTypes": ["Group"],
		"properties": [{"name": "courseId", "type": "Integer"}]}`)["id"].(string)
	if len(schema) != len("ext01234567_courses") || !strings.HasPrefix(schema, "ext") || !strings.HasSuffix(schema, "_courses") {
		t.Errorf("the schema is %s", schema)
	}
	c.Want("POST", "/schemaExtensions", `{"id": "x", "targetTypes": ["Group"]}`, 0, "value-required")
	user, group := "/users/"+c.u2, "/groups/"+c.group("g")
	for _, test := range []struct{ path, body, want string }{
		{user, `{"` + name + `": "x"}`, ""},
		{user, `{"` + name + `": null}`, ""},
		{user, `{"` + name + `": 5}`, "property-invalid"},
		{group, `{"` + name + `": "x"}`, "directory-extension-unknown"},
		{group, `{"` + schema + `": {"courseId": 5}}`, ""},
		{group, `{"` + schema + `": {"courseId": "five"}}`, "property-invalid"},
		{group, `{"` + schema + `": {"course": 5}}`, "property-invalid"},
		{user, `{"` + schema + `": {"courseId": 5}}`, "directory-extension-unknown"},
	} {
		status, got := c.Send("PATCH", test.path, test.body)
		if status != 0 {
			got = ""
		}
		if got != test.want {
			t.Errorf("%s %s: %q, want %q", test.path, test.body, got, test.want)
		}
	}
	c.Want("POST", user+"/extensions", `{"@odata.type": "microsoft.graph.openTypeExtension", "theme": "dark"}`, 0, "value-required")
}

func TestGrantsAreOfWhatIsThere(t *testing.T) {
	t.Parallel()
	c := open(t)
	client := c.create("/servicePrincipals", `{"appId": "`+c.create("/applications", `{"displayName": "a"}`)["appId"].(string)+`"}`)["id"].(string)
	grant := func(client, kind, resource, more string) string {
		return `{"clientId": "` + client + `", "consentType": "` + kind + `", "resourceId": "` + resource + `", "scope": "User.Read"` + more + `}`
	}
	const none = "00000000-0000-4000-8000-000000000000"
	for _, test := range []struct{ body, want string }{
		{grant(none, "AllPrincipals", client, ""), "object-not-found"},
		{grant(client, "AllPrincipals", none, ""), "object-not-found"},
		{grant(client, "Everybody", client, ""), "property-invalid"},
		{grant(client, "AllPrincipals", client, `, "principalId": "`+c.u2+`"`), "property-invalid"},
		{grant(client, "Principal", client, ""), "value-required"},
		{grant(client, "Principal", client, `, "principalId": "`+none+`"`), "object-not-found"},
		{grant(client, "Principal", client, `, "principalId": "`+c.u2+`"`), ""},
		{grant(client, "AllPrincipals", client, ""), ""},
	} {
		status, got := c.Send("POST", "/oauth2PermissionGrants", test.body)
		if status == 201 {
			got = ""
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.body, got, test.want)
		}
	}
}
