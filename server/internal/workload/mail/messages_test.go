package mail_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server/internal/service/servicetest"
)

// counts are the items of a folder, and the unread ones.
func counts(c *servicetest.Client, folder string) string {
	f := c.Get("/me/mailFolders/" + folder)
	return fmt.Sprint(f["totalItemCount"], " ", f["unreadItemCount"])
}

func TestNewMessagesAreDrafts(t *testing.T) {
	t.Parallel()
	c := open(t)
	draft := sent(t, c, 201, `POST /me/messages {"subject": "Ropes", "receivedDateTime": "2020-01-01T00:00:00Z", "isDraft": false}`)
	drafts := c.Get("/me/mailFolders/drafts")["id"]
	for name, want := range map[string]any{
		"isDraft": true, "isRead": true, "parentFolderId": drafts, "importance": "normal", "hasAttachments": false,
		"receivedDateTime": "2023-11-14T22:13:20Z", "sentDateTime": "2023-11-14T22:13:20Z", "bodyPreview": "",
		"inferenceClassification": "focused", "isDeliveryReceiptRequested": false,
	} {
		if draft[name] != want {
			t.Errorf("%s is %v, want %v", name, draft[name], want)
		}
	}
	if key := draft["changeKey"].(string); len(key) != 40 || draft["@odata.etag"] != `W/"`+key+`"` {
		t.Errorf("the tag is %v, the change key %s", draft["@odata.etag"], key)
	}
	if id := draft["id"].(string); len(id) != 152 || !strings.HasPrefix(id, "AAMk") {
		t.Errorf("the id is %s", id)
	}
	if id := draft["conversationId"].(string); len(id) != 80 || !strings.HasPrefix(id, "AAQk") {
		t.Errorf("the conversation is %s", id)
	}
	if draft["from"] != nil || draft["sender"] != nil {
		t.Errorf("it is from %v, %v", draft["from"], draft["sender"])
	}
	in := sent(t, c, 201, `POST /me/mailFolders/archive/messages {"subject": "In a folder"}`)
	if in["parentFolderId"] != c.Get("/me/mailFolders/archive")["id"] || counts(c, "archive") != "1 0" {
		t.Errorf("it is in %v, which has %s", in["parentFolderId"], counts(c, "archive"))
	}
	c.Want("GET", "/me/mailFolders/drafts/messages/"+in["id"].(string), "", 0, "mailbox-item-not-found")
	c.Want("GET", "/me/messages/AAMkAGMessage=", "", 0, "mailbox-id-malformed")
}

func TestMessagesAreAskedForAsExchangeAllows(t *testing.T) {
	t.Parallel()
	c := open(t)
	for query, want := range map[string]string{
		"?$filter=categories/any(c:c eq 'Red')&$orderby=receivedDateTime": "",
		"?$filter=isRead eq true&$orderby=receivedDateTime":               "mail-inefficient",
		"?$filter=endswith(subject,'x')":                                  "mail-filter-function",
		"?$filter=startswith(subject,'x')":                                "",
		"?$search=*":                                                      "mail-search-invalid",
		"?$search=subject:ropes":                                          "mail-search-invalid",
		`?$search="subject:ropes"`:                                        "",
		"?$search=ropes":                                                  "",
		"/delta":                                                          "delta-unsupported",
		"/delta?$select=subject":                                          "delta-unsupported",
	} {
		if status, got := c.Send("GET", "/me/messages"+query, ""); (status == 200) != (want == "") || want != "" && got != want {
			t.Errorf("%s: %d %s, want %q", query, status, got, want)
		}
	}
	c.Get("/me/mailFolders/inbox/messages/delta")
}

func TestCountsFollowWhatIsRead(t *testing.T) {
	t.Parallel()
	c := open(t)
	var ids []string
	for range 3 {
		ids = append(ids, sent(t, c, 201, `POST /me/messages {"subject": "Ropes"}`)["id"].(string))
	}
	sent(t, c, 200, `PATCH /me/messages/`+ids[0]+` {"isRead": false}`)
	sent(t, c, 200, `PATCH /me/messages/`+ids[1]+` {"isRead": false}`)
	if got := counts(c, "drafts"); got != "3 2" {
		t.Errorf("drafts has %s", got)
	}
	sent(t, c, 201, `POST /me/messages/`+ids[0]+`/move {"destinationId": "inbox"}`)
	sent(t, c, 200, `PATCH /me/messages/`+ids[1]+` {"isRead": true}`)
	if drafts, inbox := counts(c, "drafts"), counts(c, "inbox"); drafts != "2 0" || inbox != "1 1" {
		t.Errorf("drafts has %s, inbox %s", drafts, inbox)
	}
}

func TestMovedMessagesHaveNewIDs(t *testing.T) {
	t.Parallel()
	c := open(t)
	draft := sent(t, c, 201, `POST /me/messages {"subject": "Ropes", "attachments": [`+
		`{"@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt", "contentBytes": "YQ=="}]}`)
	id := draft["id"].(string)
	c.Preferences.LastingKeys = true
	lasting := c.Get("/me/messages/" + id)["id"].(string)
	if len(lasting) != 68 || c.Get("/me/messages/" + lasting)["id"] != lasting {
		t.Errorf("the immutable id is %s", lasting)
	}
	c.Preferences.LastingKeys = false
	seen := map[string]bool{id: true}
	for _, folder := range []string{"inbox", "drafts", "inbox"} {
		moved := sent(t, c, 201, `POST /me/messages/`+id+`/move {"destinationId": "`+folder+`"}`)
		c.Want("GET", "/me/messages/"+id, "", 0, "mailbox-item-not-found")
		id = moved["id"].(string)
		if seen[id] || moved["subject"] != "Ropes" || moved["conversationId"] != draft["conversationId"] {
			t.Errorf("moved to %s: %v", folder, moved)
		}
		if c.Get("/me/messages/" + lasting)["id"] != id {
			t.Errorf("the immutable id leads to another message")
		}
		seen[id] = true
	}
	c.Preferences.LastingKeys = true
	if moved := sent(t, c, 201, `POST /me/messages/`+lasting+`/move {"destinationId": "archive"}`); moved["id"] != lasting {
		t.Errorf("with immutable ids, the id is %v", moved["id"])
	}
	if got := c.List("/me/messages/"+lasting+"/attachments", "name"); !slices.Equal(got, []string{"a.txt"}) {
		t.Errorf("the attachments are %q", got)
	}
	if res, _ := c.Serve("GET", "/me/messages/"+lasting, ""); !slices.Contains(res.Applied, "IdType=ImmutableId") {
		t.Errorf("applied: %q", res.Applied)
	}
}

func TestMessagesAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	c := open(t)
	for i := range 25 {
		c.Now += 1000
		sent(t, c, 201, fmt.Sprintf(`POST /me/messages {"subject": "%d"}`, i))
	}
	pages := c.List("/me/messages?$select=subject", "subject")
	if len(pages) != 3 || pages[0] != "24 23 22 21 20 19 18 17 16 15" || pages[2] != "4 3 2 1 0" {
		t.Errorf("got %q", pages)
	}
	first := c.Get("/me/messages?$select=subject,id&$top=2&$skip=1&$count=true")
	if link := first["@odata.nextLink"]; link != servicetest.Origin+
		"/me/messages?%24select=subject%2Cid&%24top=2&%24count=true&%24skip=3" || fmt.Sprint(first["@odata.count"]) != "25" {
		t.Errorf("the next link is %v, the count %v", link, first["@odata.count"])
	}
	c.Preferences.MaxPageSize = 5
	if pages := c.List("/me/mailFolders/drafts/messages/delta", "subject"); len(pages) != 9 {
		t.Errorf("the delta has %d pages", len(pages)) // the service's own pages have three
	}
}

func TestChangesAreBoundToTags(t *testing.T) {
	t.Parallel()
	c := open(t)
	draft := sent(t, c, 201, `POST /me/messages {"subject": "Ropes"}`)
	target := "/me/messages/" + draft["id"].(string)
	c.IfMatch = draft["@odata.etag"].(string)
	changed := sent(t, c, 200, "PATCH "+target+` {"subject": "Rope"}`)
	if changed["changeKey"] == draft["changeKey"] {
		t.Error("the change key stayed")
	}
	c.Want("PATCH", target, `{"subject": "Robe"}`, 0, "mail-conflict")
	c.Want("DELETE", target, "", 0, "mail-conflict")
	if got := c.Get(target)["subject"]; got != "Rope" {
		t.Errorf("the subject is %v", got)
	}
}

func TestDeletedMessagesAreInDeletedItemsFirst(t *testing.T) {
	t.Parallel()
	c := open(t)
	id := sent(t, c, 201, `POST /me/messages {"subject": "Ropes"}`)["id"].(string)
	sent(t, c, 204, `DELETE /me/messages/`+id)
	c.Want("GET", "/me/messages/"+id, "", 0, "mailbox-item-not-found")
	deleted := c.Get("/me/mailFolders/deleteditems/messages")["value"].([]any)[0].(map[string]any)["id"].(string)
	sent(t, c, 204, `DELETE /me/messages/`+deleted)
	if got := counts(c, "deleteditems"); got != "0 0" {
		t.Errorf("deleted items has %s", got)
	}
	id = sent(t, c, 201, `POST /me/messages {"subject": "Ropes"}`)["id"].(string)
	sent(t, c, 204, `POST /me/messages/`+id+`/permanentDelete {}`)
	if got := counts(c, "deleteditems") + counts(c, "drafts"); got != "0 00 0" {
		t.Errorf("there is %s", got)
	}
}

func TestCopiedMessages(t *testing.T) {
	t.Parallel()
	c := open(t)
	draft := sent(t, c, 201, `POST /me/messages {"subject": "Ropes"}`)
	id := draft["id"].(string)
	copied := sent(t, c, 201, `POST /me/messages/`+id+`/copy {"destinationId": "archive"}`)
	if copied["id"] == id || copied["subject"] != "Ropes" || counts(c, "drafts") != "1 0" || counts(c, "archive") != "1 0" {
		t.Errorf("copied: %v", copied)
	}
}

func TestMessagesAreDeletedForGoodOnce(t *testing.T) {
	t.Parallel()
	c := open(t)
	at := "/me/messages/" + c.Must(201, "POST", "/me/messages", `{"subject": "Plan"}`)["id"].(string)
	other := "/me/messages/" + c.Must(201, "POST", "/me/messages", `{"subject": "Other"}`)["id"].(string)
	c.Must(204, "POST", at+"/permanentDelete", "")
	c.Want("POST", at+"/permanentDelete", "", 0, "item-purged")
	c.Want("GET", at, "", 0, "mailbox-item-not-found")
	c.Must(204, "DELETE", other, "")
	c.Want("POST", other+"/permanentDelete", "", 0, "mailbox-item-not-found")
	c.Now += 15 * 24 * 60 * 60 * 1000
	c.Want("POST", at+"/permanentDelete", "", 0, "mailbox-item-not-found")
}

func TestAttachedItemsAreRawInTheirOwnForms(t *testing.T) {
	t.Parallel()
	c := open(t)
	at := "/me/messages/" + c.Must(201, "POST", "/me/messages", `{"subject": "Plan"}`)["id"].(string) + "/attachments"
	for item, want := range map[string]string{
		`"@odata.type": "#microsoft.graph.event", "subject": "Walk, all day", "start": {"dateTime": "2026-03-01T10:00:00", "timeZone": "UTC"},
			"end": {"dateTime": "2026-03-01T11:00:00", "timeZone": "UTC"}`: "BEGIN:VCALENDAR\r\n…SUMMARY:Walk\\, all day\r\n…DTSTART:20260301T100000Z\r\n…END:VCALENDAR\r\n",
		`"@odata.type": "#microsoft.graph.contact", "displayName": "Bo", "emailAddresses": [{"address": "bo@contoso.com"}]`: "BEGIN:VCARD\r\n…FN:Bo\r\n…EMAIL:bo@contoso.com\r\n…",
		`"@odata.type": "#microsoft.graph.message", "subject": "Old plan"`:                                                  "Subject: Old plan\r\n…",
	} {
		made := c.Must(201, "POST", at, `{"@odata.type": "#microsoft.graph.itemAttachment", "name": "x", "item": {`+item+`}}`)
		_, got := c.Send("GET", at+"/"+made["id"].(string)+"/$value", "")
		for _, part := range strings.Split(want, "…") {
			if !strings.Contains(got, part) {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	}
}
