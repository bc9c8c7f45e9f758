package mail_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server/internal/service/servicetest"
)

// openTenant returns a client of a tenant with Adele, who calls, Bo and Cyd.
func openTenant(t testing.TB) *servicetest.Client {
	c := open(t)
	for id, name := range map[string]string{"u1": "adele", "u2": "bo", "u3": "cyd"} {
		body := fmt.Sprintf(`{"id": %q, "displayName": %q, "mail": "%[2]s@contoso.com", "userPrincipalName": "%[2]s@contoso.com"}`, id, name)
		if err := c.Seed("/users", body); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

const toBoAndCyd = `"subject": "Ropes", "body": {"contentType": "text", "content": "They are wet."},
	"toRecipients": [{"emailAddress": {"address": "BO@contoso.com"}}], "ccRecipients": [{"emailAddress": {"address": "cyd@contoso.com"}}],
	"bccRecipients": [{"emailAddress": {"address": "dora@elsewhere.example"}}]`

// inbox are the subjects of a user's unread mail.
func inbox(c *servicetest.Client, user string) string {
	return strings.Join(c.List("/users/"+user+"/mailFolders/inbox/messages?$filter=isRead%20eq%20false", "subject"), ",")
}

func TestMailIsSentAndReceived(t *testing.T) {
	t.Parallel()
	c := openTenant(t)
	sent(t, c, 202, `POST /me/sendMail {"message": {`+toBoAndCyd+`}}`)
	for user, want := range map[string]string{"u1": "", "u2": "Ropes", "u3": "Ropes"} {
		if got := inbox(c, user); got != want {
			t.Errorf("%s has %q, want %q", user, got, want)
		}
	}
	if counts(c, "sentitems") != "1 0" || counts(c, "drafts") != "0 0" {
		t.Errorf("sent %s, drafts %s", counts(c, "sentitems"), counts(c, "drafts"))
	}
	mine := c.Get("/me/mailFolders/sentitems/messages")["value"].([]any)[0].(map[string]any)
	theirs := c.Get("/users/u2/messages")["value"].([]any)[0].(map[string]any)
	if mine["isDraft"] != false || theirs["isDraft"] != false || theirs["isRead"] != false || mine["isRead"] != true ||
		mine["conversationId"] != theirs["conversationId"] || mine["internetMessageId"] != theirs["internetMessageId"] ||
		mine["id"] == theirs["id"] {
		t.Errorf("mine %v\ntheirs %v", mine, theirs)
	}
	if list, _ := theirs["bccRecipients"].([]any); len(list) != 0 {
		t.Errorf("Bo sees who got a blind copy: %v", list)
	}
	from := fmt.Sprint(theirs["from"])
	if !strings.Contains(from, "adele@contoso.com") {
		t.Errorf("it is from %s", from)
	}
	sent(t, c, 202, `POST /me/sendMail {"message": {"subject": "Not kept", "toRecipients": [{"emailAddress": {"address": "bo@contoso.com"}}]}, "saveToSentItems": false}`)
	if counts(c, "sentitems") != "1 0" || inbox(c, "u2") != "Not kept Ropes" && inbox(c, "u2") != "Ropes Not kept" {
		t.Errorf("sent %s, Bo has %q", counts(c, "sentitems"), inbox(c, "u2"))
	}
	c.Want("POST", "/me/sendMail", `{"message": {"subject": "To nobody"}}`, 0, "mail-no-recipients")
}

func TestDraftsAreSentUnderAnotherID(t *testing.T) {
	t.Parallel()
	c := openTenant(t)
	draft := sent(t, c, 201, `POST /me/messages {`+toBoAndCyd+`}`)
	id := draft["id"].(string)
	c.Want("POST", "/me/messages/"+id+"/send", "", 202, "")
	c.Want("GET", "/me/messages/"+id, "", 0, "mailbox-item-not-found")
	now := c.Get("/me/mailFolders/sentitems/messages")["value"].([]any)[0].(map[string]any)
	if now["id"] == id || now["conversationId"] != draft["conversationId"] || now["isDraft"] != false {
		t.Errorf("it is %v", now)
	}
	c.Want("POST", "/me/messages/"+id+"/send", "", 0, "mailbox-item-not-found")
}

func TestRepliesGoBack(t *testing.T) {
	t.Parallel()
	c := openTenant(t)
	sent(t, c, 202, `POST /me/sendMail {"message": {`+toBoAndCyd+`}}`)
	bo := *c
	bo.Caller.User.ID, bo.Caller.User.PrincipalName, bo.Caller.User.DisplayName = "u2", "bo@contoso.com", "bo"
	got := bo.Get("/me/mailFolders/inbox/messages")["value"].([]any)[0].(map[string]any)
	path := "/me/messages/" + got["id"].(string)

	reply := sent(t, &bo, 201, "POST "+path+`/createReply {"comment": "Dry them."}`)
	if reply["subject"] != "RE: Ropes" || reply["isDraft"] != true || reply["conversationId"] != got["conversationId"] ||
		!strings.Contains(fmt.Sprint(reply["toRecipients"]), "adele@contoso.com") || len(reply["ccRecipients"].([]any)) != 0 ||
		!strings.Contains(fmt.Sprint(reply["body"]), "Dry them.") || !strings.Contains(fmt.Sprint(reply["body"]), "They are wet.") {
		t.Errorf("reply: %v", reply)
	}
	all := sent(t, &bo, 201, "POST "+path+`/createReplyAll {}`)
	if cc := fmt.Sprint(all["ccRecipients"]); !strings.Contains(cc, "cyd@contoso.com") || strings.Contains(cc, "bo@contoso.com") {
		t.Errorf("reply to all: %v", all)
	}
	bo.Want("POST", path+"/reply", `{"comment": "Dry them."}`, 202, "")
	bo.Want("POST", path+"/forward", `{"comment": "Look", "toRecipients": [{"emailAddress": {"address": "cyd@contoso.com"}}]}`, 202, "")
	if got := inbox(c, "u1"); got != "RE: Ropes" {
		t.Errorf("Adele has %q", got)
	}
	if got := strings.Fields(strings.ReplaceAll(inbox(c, "u3"), "FW: ", "FW:")); !slices.Contains(got, "FW:Ropes") {
		t.Errorf("Cyd has %q", got)
	}
}

func TestAttachments(t *testing.T) {
	t.Parallel()
	c := openTenant(t)
	draft := sent(t, c, 201, `POST /me/messages {`+toBoAndCyd+`}`)
	path := "/me/messages/" + draft["id"].(string)
	const hello = `{"@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt", "contentBytes": "aGVsbG8="}`
	file := sent(t, c, 201, "POST "+path+"/attachments "+hello)
	if file["contentType"] != "text/plain" || fmt.Sprint(file["size"]) != "5" || file["isInline"] != false {
		t.Errorf("attached: %v", file)
	}
	if c.Get(path)["hasAttachments"] != true {
		t.Error("the message is not said to have one")
	}
	res, _ := c.Serve("GET", path+"/attachments/"+file["id"].(string)+"/$value", "")
	if string(res.Body) != "hello" || res.ContentType != "text/plain" {
		t.Errorf("its bytes: %q of %s", res.Body, res.ContentType)
	}
	res, _ = c.Serve("GET", path+"/$value", "")
	for _, part := range []string{"Subject: Ropes", "They are wet.", "aGVsbG8=", "filename=a.txt"} {
		if !strings.Contains(string(res.Body), part) {
			t.Errorf("as MIME it lacks %s:\n%s", part, res.Body)
		}
	}
	c.Want("POST", path+"/send", "", 202, "")
	theirs := c.Get("/users/u2/messages")["value"].([]any)[0].(map[string]any)
	if got := c.List("/users/u2/messages/"+theirs["id"].(string)+"/attachments", "name"); !slices.Equal(got, []string{"a.txt"}) ||
		theirs["hasAttachments"] != true {
		t.Errorf("Bo has %q, %v", got, theirs["hasAttachments"])
	}
	again := "/me/messages/" + sent(t, c, 201, `POST /me/messages {}`)["id"].(string)
	file = sent(t, c, 201, "POST "+again+"/attachments "+hello)
	c.Want("DELETE", again+"/attachments/"+file["id"].(string), "", 204, "")
	if c.Get(again)["hasAttachments"] != false {
		t.Error("the message is still said to have one")
	}
	large := strings.Repeat("A", 4<<20+4)
	if status, id := c.Send("POST", again+"/attachments", strings.Replace(hello, "aGVsbG8=", large, 1)); status != 0 {
		t.Errorf("3 MB and more: %d %s", status, id)
	}
}

// FuzzMIME: messages in MIME are read or refused.
func FuzzMIME(f *testing.F) {
	for _, text := range []string{
		"Subject: a\r\nTo: b@c.example\r\n\r\nhello", "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\na\r\n--x--",
		"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n\r\n--y--\r\n--x--",
		"Content-Transfer-Encoding: base64\r\nContent-Type: text/html\r\n\r\nPGI+", "Subject: =?utf-8?q?=C3=A9?=\r\n\r\n", "",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := open(t)
		status, id := c.SendRaw("POST", "/me/messages", []byte(base64.StdEncoding.EncodeToString([]byte(text))))
		if status != 201 && !strings.HasPrefix(id, "mail-mime-") {
			t.Fatalf("%q: %d %s", text, status, id)
		}
	})
}

func TestQueriesThatExchangeRefuses(t *testing.T) {
	t.Parallel()
	c := openTenant(t)
	for query, want := range map[string]string{
		"$search=%22x%22&$filter=isRead%20eq%20true":                                                                "mail-search-filter",
		"$search=%22x%22&$orderby=subject":                                                                          "mail-search-order",
		"$filter=isRead%20eq%20true&$orderby=receivedDateTime":                                                      "mail-inefficient",
		"$filter=isRead%20eq%20true%20and%20receivedDateTime%20gt%202020-01-01&$orderby=receivedDateTime":           "mail-inefficient",
		"$filter=receivedDateTime%20gt%202020-01-01T00:00:00Z%20and%20isRead%20eq%20true&$orderby=receivedDateTime": "",
		"$orderby=receivedDateTime":                                                                                 "", "$filter=isRead%20eq%20true": "",
	} {
		status, id := c.Send("GET", "/me/messages?"+query, "")
		if want == "" && status != 200 || want != "" && id != want {
			t.Errorf("%s: %d %s, want %s", query, status, id, want)
		}
	}
}
