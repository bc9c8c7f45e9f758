package mail_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
	"github.com/graphmock/graphmock/server/internal/workload/mail"
)

func open(t testing.TB) *servicetest.Client {
	return servicetest.NewClient(t, openapi.Embedded().Tree(), mail.Behaviors()...)
}

// sent sends a request that has to succeed, and returns what it is answered.
func sent(t testing.TB, c *servicetest.Client, status int, line string) map[string]any {
	t.Helper()
	method, rest, _ := strings.Cut(line, " ")
	target, body, _ := strings.Cut(rest, " ")
	got, text := c.Send(method, target, body)
	if got != status {
		t.Fatalf("%s: %d %s", line, got, text)
	}
	if text == "" {
		return nil
	}
	return c.Decode(text)
}

func names(c *servicetest.Client, target string) []string {
	return strings.Split(strings.Join(c.List(target, "displayName"), " "), " ")
}

func TestFoldersThatEveryMailboxHas(t *testing.T) {
	t.Parallel()
	c := open(t)
	want := strings.Split("Archive Conversation History Deleted Items Drafts Inbox Junk Email Outbox Sent Items", " ")
	if got := names(c, "/me/mailFolders"); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	inbox := c.Get("/me/mailFolders/INBOX")
	root := c.Get("/me/mailFolders('msgfolderroot')")
	if inbox["displayName"] != "Inbox" || inbox["parentFolderId"] != root["id"] || fmt.Sprint(root["childFolderCount"]) != "8" ||
		root["displayName"] != "Top of Information Store" {
		t.Errorf("got %v in %v", inbox, root)
	}
	if id, _ := inbox["id"].(string); len(id) != 120 || !strings.HasPrefix(id, "AAMk") || !strings.HasSuffix(id, "AEMAAA=") {
		t.Errorf("the inbox has the id %s", id)
	}
	c.Want("GET", "/me/mailFolders/Clutter", "", 0, "mailbox-item-not-found")
	c.Want("GET", "/users/nobody@contoso.com/mailFolders", "", 0, "mailbox-user-invalid")
	c.Want("DELETE", "/me/mailFolders/inbox", "", 0, "mail-folder-fixed")
	c.Want("POST", "/me/mailFolders/inbox/permanentDelete", "{}", 0, "mail-folder-fixed")
	c.Want("POST", "/me/mailFolders/inbox/move", `{"destinationId": "archive"}`, 0, "mail-folder-unmoved")
}

func TestFoldersInFolders(t *testing.T) {
	t.Parallel()
	c := open(t)
	tours := sent(t, c, 201, `POST /me/mailFolders {"displayName": "Tours"}`)
	id := tours["id"].(string)
	if len(id) != 120 || tours["parentFolderId"] != c.Get("/me/mailFolders/msgfolderroot")["id"] {
		t.Errorf("a new folder: %v", tours)
	}
	march := sent(t, c, 201, `POST /me/mailFolders/`+id+`/childFolders {"displayName": "March"}`)
	if march["parentFolderId"] != id || fmt.Sprint(c.Get("/me/mailFolders/" + id)["childFolderCount"]) != "1" {
		t.Errorf("a folder in it: %v", march)
	}
	if got := names(c, "/me/mailFolders"); slices.Contains(got, "March") || !slices.Contains(got, "Tours") {
		t.Errorf("the top has %q", got)
	}
	c.Want("POST", "/me/mailFolders", `{"displayName": "tours"}`, 0, "mail-folder-exists")
	c.Want("POST", "/me/mailFolders", `{}`, 0, "mail-name-required")
	sent(t, c, 201, `POST /me/mailFolders/inbox/childFolders {"displayName": "Tours"}`)
	c.Want("PATCH", "/me/mailFolders/"+id, `{"displayName": "Inbox"}`, 0, "mail-folder-exists")
	if got := sent(t, c, 200, `PATCH /me/mailFolders/`+id+` {"displayName": "TOURS"}`); got["displayName"] != "TOURS" {
		t.Errorf("renamed: %v", got)
	}
}

func TestFoldersMoveAndAreCopied(t *testing.T) {
	t.Parallel()
	c := open(t)
	a := sent(t, c, 201, `POST /me/mailFolders {"displayName": "A"}`)["id"].(string)
	b := sent(t, c, 201, `POST /me/mailFolders/`+a+`/childFolders {"displayName": "B"}`)["id"].(string)
	c.Want("POST", "/me/mailFolders/"+a+"/move", `{"destinationId": "`+b+`"}`, 0, "mail-move-failed")
	c.Want("POST", "/me/mailFolders/"+a+"/move", `{"destinationId": "nowhere"}`, 0, "mailbox-id-malformed")
	moved := sent(t, c, 200, `POST /me/mailFolders/`+b+`/move {"DestinationId": "inbox"}`)
	if moved["id"] != b || moved["parentFolderId"] != c.Get("/me/mailFolders/inbox")["id"] {
		t.Errorf("moved: %v", moved)
	}
	sent(t, c, 200, `POST /me/mailFolders/`+b+`/move {"destinationId": "`+a+`"}`)
	copied := sent(t, c, 200, `POST /me/mailFolders/`+a+`/copy {"destinationId": "archive"}`)
	if copied["id"] == a || fmt.Sprint(copied["childFolderCount"]) != "1" {
		t.Errorf("copied: %v", copied)
	}
	c.Want("POST", "/me/mailFolders/"+a+"/copy", `{"destinationId": "archive"}`, 0, "mail-folder-exists")
}

func TestDeletedFoldersAreInDeletedItemsFirst(t *testing.T) {
	t.Parallel()
	c := open(t)
	for range 2 {
		id := sent(t, c, 201, `POST /me/mailFolders {"displayName": "A"}`)["id"].(string)
		sent(t, c, 204, `DELETE /me/mailFolders/`+id)
	}
	if got := names(c, "/me/mailFolders/deleteditems/childFolders"); !slices.Equal(got, []string{"A", "A1"}) {
		t.Errorf("deleted: %q", got)
	}
	page := c.Get("/me/mailFolders/deleteditems/childFolders")["value"].([]any)
	id := page[0].(map[string]any)["id"].(string)
	sent(t, c, 204, `DELETE /me/mailFolders/`+id)
	c.Want("GET", "/me/mailFolders/"+id, "", 0, "mailbox-item-not-found")
}
