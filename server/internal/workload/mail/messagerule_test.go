package mail_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server/internal/service/servicetest"
)

// subjects are those of the messages of a list.
func subjects(c *servicetest.Client, at string) string {
	return strings.Join(strings.Fields(strings.Join(c.List(at, "subject"), " ")), " ")
}

func TestRulesOfTheInboxAreApplied(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		rules []string
		want  string // folders, in which the message is
	}{
		"none":      {nil, "inbox"},
		"moved":     {[]string{`"conditions": {"subjectContains": ["PLAN"]}, "actions": {"moveToFolder": "archive", "markAsRead": true}`}, "archive read"},
		"other":     {[]string{`"conditions": {"subjectContains": ["rope"]}, "actions": {"moveToFolder": "archive"}`}, "inbox"},
		"all":       {[]string{`"conditions": {"subjectContains": ["plan"], "sentCcMe": true}, "actions": {"delete": true}`}, "inbox"},
		"sender":    {[]string{`"conditions": {"senderContains": ["bo@"], "sentOnlyToMe": true}, "actions": {"delete": true}`}, "deleteditems"},
		"an except": {[]string{`"conditions": {"sentToMe": true}, "exceptions": {"bodyContains": ["Hello"]}, "actions": {"delete": true}`}, "inbox"},
		"copied":    {[]string{`"actions": {"copyToFolder": "archive", "assignCategories": ["Red"], "markImportance": "high"}`}, "inbox archive high Red"},
		"in order": {[]string{`"sequence": 2, "actions": {"moveToFolder": "junkemail"}`,
			`"sequence": 1, "actions": {"moveToFolder": "archive", "stopProcessingRules": true}`}, "archive"},
		"off":      {[]string{`"isEnabled": false, "actions": {"delete": true}`}, "inbox"},
		"for good": {[]string{`"actions": {"permanentDelete": true}`}, ""},
		"nowhere":  {[]string{`"actions": {"moveToFolder": "AAMkNothing"}`}, "inbox"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := openTenant(t)
			for i, rule := range tt.rules {
				made := c.Must(201, "POST", "/me/mailFolders/inbox/messageRules", fmt.Sprintf(`{"displayName": "rule %d", %s}`, i, rule))
				if made["hasError"] != false || made["isReadOnly"] != false {
					t.Errorf("a rule is %v", made)
				}
			}
			c.Must(202, "POST", "/users/bo@contoso.com/sendMail", `{"message": {"subject": "The plan", "body": {"content": "hello"},
				"toRecipients": [{"emailAddress": {"address": "adele@contoso.com"}}]}}`)
			var got []string
			for _, folder := range strings.Fields("inbox archive deleteditems junkemail") {
				c.Each("/me/mailFolders/"+folder+"/messages", func(m map[string]any) {
					got = append(got, folder)
					if m["isRead"] == true {
						got = append(got, "read")
					}
				})
			}
			c.Each("/me/mailFolders/inbox/messages", func(m map[string]any) {
				if m["importance"] != "normal" {
					got = append(got, fmt.Sprint(m["importance"], " ", m["categories"].([]any)[0]))
				}
			})
			if strings.Join(got, " ") != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// Two mailboxes that forward to each other do not go on for ever.
func TestRulesSendMessagesOnOnce(t *testing.T) {
	t.Parallel()
	c := openTenant(t)
	for from, to := range map[string]string{"adele": "bo", "bo": "adele"} {
		c.Must(201, "POST", "/users/"+from+"@contoso.com/mailFolders/inbox/messageRules", `{"displayName": "on", "actions":
			{"forwardTo": [{"emailAddress": {"address": "`+to+`@contoso.com"}}]}}`)
	}
	c.Must(202, "POST", "/users/bo@contoso.com/sendMail", `{"message": {"subject": "Plan",
		"toRecipients": [{"emailAddress": {"address": "adele@contoso.com"}}]}}`)
	mine, bos := subjects(c, "/me/mailFolders/inbox/messages"), subjects(c, "/users/bo@contoso.com/mailFolders/inbox/messages")
	if mine != "Plan" || bos != "FW: Plan" {
		t.Errorf("I have %q, Bo has %q", mine, bos)
	}
}

func TestSearchFoldersShowWhatTheyFind(t *testing.T) {
	t.Parallel()
	c := openTenant(t)
	inner := c.Must(201, "POST", "/me/mailFolders/archive/childFolders", `{"displayName": "Inner"}`)["id"].(string)
	for folder, subject := range map[string]string{"archive": "A plan", inner: "B plan", "inbox": "C plan"} {
		c.Must(201, "POST", "/me/mailFolders/"+folder+"/messages", `{"subject": "`+subject+`", "isRead": false}`)
	}
	c.Must(201, "POST", "/me/mailFolders/archive/messages", `{"subject": "rope"}`)
	for nested, want := range map[string]string{"false": "A plan", "true": "B plan A plan"} {
		made := c.Must(201, "POST", "/me/mailFolders/searchfolders/childFolders", `{"@odata.type": "#microsoft.graph.mailSearchFolder",
			"displayName": "Plans `+nested+`", "sourceFolderIds": ["archive"], "includeNestedFolders": `+nested+`,
			"filterQuery": "contains(subject, 'plan')"}`)
		at := "/me/mailFolders/" + made["id"].(string)
		got, n := subjects(c, at+"/messages"), len(strings.Split(want, " "))/2
		if len(got) != len(want) || nested == "false" && got != want {
			t.Errorf("%s: got %s, want %s", nested, got, want)
		}
		if shown := c.Get(at); fmt.Sprint(shown["totalItemCount"], " ", shown["unreadItemCount"]) != fmt.Sprint(n, " ", n) {
			t.Errorf("%s: it counts %v and %v, want %d", nested, shown["totalItemCount"], shown["unreadItemCount"], n)
		}
		if got := subjects(c, at+"/messages?$filter=contains(subject, 'B')"); got != strings.TrimSuffix(want, "A plan")[:max(0, len(want)-7)] {
			t.Errorf("%s: filtered: %s", nested, got)
		}
	}
	c.Want("POST", "/me/mailFolders/searchfolders/childFolders", `{"@odata.type": "#microsoft.graph.mailSearchFolder",
		"displayName": "Bad", "filterQuery": "contais(subject, 'plan')"}`, 0, "mail-search-folder-filter")
}

func TestExtendedPropertiesHaveTheIdsOfClients(t *testing.T) {
	t.Parallel()
	c := openTenant(t)
	const id = "String {00020329-0000-0000-C000-000000000046} Name cecp-1"
	own := `{"subject": "Plan", "singleValueExtendedProperties": [{"id": "` + id + `", "value": "%s"}]}`
	c.Must(201, "POST", "/me/messages", `{"subject": "other"}`)
	at := "/me/messages/" + c.Must(201, "POST", "/me/messages", fmt.Sprintf(own, "x"))["id"].(string)
	found := func(value string) string {
		return subjects(c, "/me/messages?$filter=singleValueExtendedProperties/any(ep: ep/id eq '"+id+"' and ep/value eq '"+value+"')")
	}
	if x, y := found("x"), found("y"); x != "Plan" || y != "" {
		t.Errorf("found %q and %q", x, y)
	}
	c.Must(200, "PATCH", at, fmt.Sprintf(own, "y"))
	if x, y := found("x"), found("y"); x != "" || y != "Plan" {
		t.Errorf("after a change: found %q and %q", x, y)
	}
	got := c.Get(at + "?$expand=singleValueExtendedProperties($filter=id eq '" + id + "')")["singleValueExtendedProperties"]
	if fmt.Sprint(got) != "[map[id:"+id+" value:y]]" {
		t.Errorf("it has %v", got)
	}
}

func TestCategoriesHaveNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	c := openTenant(t)
	made := c.Must(201, "POST", "/me/outlook/masterCategories", `{"displayName": "Project"}`)
	if made["color"] != "none" {
		t.Errorf("its color is %v", made["color"])
	}
	at := "/me/outlook/masterCategories/" + made["id"].(string)
	c.Want("POST", "/me/outlook/masterCategories", `{"displayName": "project"}`, 0, "category-exists")
	c.Want("POST", "/me/outlook/masterCategories", `{"color": "preset1"}`, 0, "category-name-required")
	c.Want("PATCH", at, `{"displayName": "Other"}`, 0, "category-name-fixed")
	if got := c.Must(200, "PATCH", at, `{"color": "preset1"}`); got["color"] != "preset1" {
		t.Errorf("it is %v", got)
	}
}

func TestMailTipsAreToldOfEachAddress(t *testing.T) {
	t.Parallel()
	c := openTenant(t)
	tips := c.Must(200, "POST", "/me/getMailTips", `{"EmailAddresses": ["bo@contoso.com", "nobody@contoso.com"],
		"MailTipsOptions": "automaticReplies, mailboxFullStatus"}`)["value"].([]any)
	if len(tips) != 2 {
		t.Fatalf("%v", tips)
	}
	bo, nobody := tips[0].(map[string]any), tips[1].(map[string]any)
	if bo["mailboxFull"] != false || bo["automaticReplies"] == nil || bo["maxMessageSize"] != nil || nobody["error"] == nil {
		t.Errorf("%v", tips)
	}
}
