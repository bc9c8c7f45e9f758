package contacts_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
	"github.com/graphmock/graphmock/server/internal/workload/contacts"
)

func open(t *testing.T) *servicetest.Client {
	t.Helper()
	return servicetest.NewClient(t, openapi.Embedded().Tree(), contacts.Behaviors()...)
}

func create(t *testing.T, c *servicetest.Client, target, body string) map[string]any {
	t.Helper()
	status, text := c.Send("POST", target, body)
	if status != 201 {
		t.Fatalf("POST %s: %d %s", target, status, text)
	}
	return c.Decode(text)
}

func TestNewContactsHaveWhatExchangeSets(t *testing.T) {
	t.Parallel()
	c := open(t)
	one := create(t, c, "/me/contacts", `{"givenName": "Lidia", "middleName": "M", "surname": "Holloway", "birthday": "1990-07-22T22:00:00Z",
		"emailAddresses": [{"address": "lidia@fabrikam.com"}, {"name": "L", "address": "l@fabrikam.com"}], "changeKey": "x"}`)
	first := one["emailAddresses"].([]any)[0].(map[string]any)
	folder := c.Get("/me/contactFolders/contacts")
	for name, tt := range map[string]struct{ got, want any }{
		"display name": {one["displayName"], "Lidia M Holloway"},
		"file as":      {one["fileAs"], ""},
		"birthday":     {one["birthday"], "1990-07-22T11:59:00Z"},
		"name":         {first["name"], "lidia@fabrikam.com"},
		"second":       {one["secondaryEmailAddress"].(map[string]any)["name"], "L"},
		"no third":     {one["tertiaryEmailAddress"], nil},
		"null":         {one["jobTitle"], nil},
		"no phones":    {fmt.Sprint(one["homePhones"]), "[]"},
		"address":      {fmt.Sprint(one["homeAddress"]), "map[]"},
		"folder":       {one["parentFolderId"], folder["id"]},
		"key":          {one["changeKey"].(string)[:12], "EQAAABYAAABd"},
		"tag":          {one["@odata.etag"], `W/"` + one["changeKey"].(string) + `"`},
		"length":       {len(one["id"].(string)) + len(one["changeKey"].(string)), 192},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %v, want %v", name, tt.got, tt.want)
		}
	}
	if _, has := one["jobTitle"]; !has {
		t.Error("what has no value is left out")
	}
	path := "/me/contacts/" + one["id"].(string)
	for _, tt := range []struct{ body, want string }{
		{`{"surname": "Gu"}`, "Lidia M Gu"},
		{`{"displayName": "Lid"}`, "Lid"},
		{`{"surname": "Lee"}`, "Lid"},
	} {
		c.Send("PATCH", path, tt.body)
		if got := c.Get(path)["displayName"]; got != tt.want {
			t.Errorf("after %s: %v, want %s", tt.body, got, tt.want)
		}
	}
	c.Send("PATCH", path, `{"primaryEmailAddress": {"address": "new@fabrikam.com"}}`)
	if got := c.Get(path)["emailAddresses"].([]any); len(got) != 2 || got[0].(map[string]any)["address"] != "new@fabrikam.com" {
		t.Errorf("its addresses are %v", got)
	}
	c.IfMatch = one["@odata.etag"].(string)
	c.Want("PATCH", path, `{"surname": "x"}`, 0, "mail-conflict")
	c.IfMatch = ""
	find := "/me/contacts?$filter=emailAddresses/any(a:a/address%20eq%20'l@fabrikam.com')"
	if got := c.List(find, "displayName"); strings.Join(got, "") != "Lid" {
		t.Errorf("by an address: %q", got)
	}
	c.Want("GET", path+"/photo/$value", "", 0, "mailbox-item-not-found")
	if status, text := c.Send("PUT", path+"/photo/$value", "\x89PNG\r\n\x1a\nx"); status != 200 {
		t.Errorf("a photo: %d %s", status, text)
	}
	c.Want("GET", path+"/photo/$value", "", 200, "\x89PNG\r\n\x1a\nx")
	c.Want("DELETE", path, "", 204, "")
	c.Want("DELETE", path, "", 0, "mailbox-item-not-found")
	c.Want("GET", path+"/photo/$value", "", 0, "mailbox-item-not-found")
}

func TestContactsAreInFolders(t *testing.T) {
	t.Parallel()
	c := open(t)
	a := create(t, c, "/me/contactFolders", `{"displayName": "A"}`)
	in := "/me/contactFolders/" + a["id"].(string)
	b := create(t, c, in+"/childFolders", `{"displayName": "B"}`)
	create(t, c, "/me/contacts", `{"displayName": "x"}`)
	y := create(t, c, in+"/contacts", `{"displayName": "y"}`)
	create(t, c, "/me/contactFolders/"+b["id"].(string)+"/contacts", `{"displayName": "z"}`)
	for target, want := range map[string]string{
		"/me/contacts": "x", in + "/contacts": "y", "/me/contactFolders": "A", in + "/childFolders": "B",
		"/me/contactFolders/" + b["id"].(string) + "/contacts": "z", "/me/contactFolders/contacts/contacts": "x",
		"/me/contactFolders/contacts/childFolders": "A",
	} {
		if got := strings.Join(c.List(target, "displayName"), " "); got != want {
			t.Errorf("%s: %q, want %s", target, got, want)
		}
	}
	if y["parentFolderId"] != a["id"] || len(a["id"].(string)) != 120 || b["parentFolderId"] != a["id"] {
		t.Errorf("y is in %v, B in %v", y["parentFolderId"], b["parentFolderId"])
	}
	if got := c.Get("/me/contacts/" + y["id"].(string))["displayName"]; got != "y" {
		t.Errorf("by its id alone: %v", got)
	}
	for _, tt := range []struct{ method, target, body, want string }{
		{"POST", "/me/contactFolders", `{"displayName": "a"}`, "mail-folder-exists"},
		{"POST", "/me/contactFolders", `{}`, "mail-name-required"},
		{"DELETE", "/me/contactFolders/contacts", "", "folder-fixed"},
		{"PATCH", in, `{"parentFolderId": "` + b["id"].(string) + `"}`, "mail-move-failed"},
		{"PATCH", in, `{"parentFolderId": "x"}`, "mailbox-item-not-found"},
		{"GET", "/me/contactFolders/x/contacts", "", "mailbox-item-not-found"},
		{"GET", "/me/contacts/x", "", "mailbox-item-not-found"},
		{"GET", "/me/contacts/delta?$top=1", "", "contacts-delta-option"},
	} {
		c.Want(tt.method, tt.target, tt.body, 0, tt.want)
	}
	c.Send("PATCH", "/me/contactFolders/"+b["id"].(string), `{"parentFolderId": "`+c.Get("/me/contactFolders/contacts")["id"].(string)+`"}`)
	if got := strings.Join(c.List("/me/contactFolders", "displayName"), " "); got != "A B" {
		t.Errorf("after a move: %q", got)
	}
	c.Send("PATCH", "/me/contactFolders/"+b["id"].(string), `{"parentFolderId": "`+a["id"].(string)+`"}`)
	delta := c.Get(in + "/contacts/delta")
	c.Want("DELETE", in, "", 204, "")
	c.Want("GET", "/me/contacts/"+y["id"].(string), "", 0, "mailbox-item-not-found")
	c.Want("GET", "/me/contactFolders/"+b["id"].(string), "", 0, "mailbox-item-not-found")
	if got := strings.Join(c.List("/me/contacts", "displayName"), " "); got != "x" || len(delta["value"].([]any)) != 1 {
		t.Errorf("what is left: %q; before: %v", got, delta)
	}
}

func TestContactsHaveADelta(t *testing.T) {
	t.Parallel()
	c := open(t)
	x := create(t, c, "/me/contacts", `{"displayName": "x"}`)
	create(t, c, "/me/contacts", `{"displayName": "y"}`)
	link := c.Get("/me/contacts/delta")["@odata.deltaLink"].(string)
	c.Send("PATCH", "/me/contacts/"+x["id"].(string), `{"jobTitle": "Ranger"}`)
	page := c.Get(link)
	if all := page["value"].([]any); len(all) != 1 || all[0].(map[string]any)["jobTitle"] != "Ranger" {
		t.Errorf("changed: %v", all)
	}
	c.Want("DELETE", "/me/contacts/"+x["id"].(string), "", 204, "")
	page = c.Get(page["@odata.deltaLink"].(string))
	if all := page["value"].([]any); len(all) != 1 || fmt.Sprint(all[0].(map[string]any)["@removed"]) != "map[reason:deleted]" {
		t.Errorf("removed: %v", all)
	}
}

func TestRecordedContactsAreInTheDefaultFolder(t *testing.T) {
	t.Parallel()
	c := open(t)
	recorded := "AQMkADIxYjJiYgEzLTFmNjYALTRjYTMtODA1NC0wZDkxZGNmOTcxNTQALgAAA8RJzXYaLKZPlmn0ge0edZkBADa3qi2IMXRNg6RwQSHe_F8AAAIBDgAAAA=="
	for i, folder := range []string{recorded, "other"} {
		if err := c.Seed("/users/u1/contacts", fmt.Sprintf(`{"id": "c%d", "displayName": "c%[1]d", "parentFolderId": %q}`, i, folder)); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(c.List("/me/contacts", "displayName"), " "); got != "c0" {
		t.Errorf("in the default folder: %q", got)
	}
}
