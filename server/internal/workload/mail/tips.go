package mail

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service"
)

func number(n int) json.Number { return json.Number(strconv.Itoa(n)) }

// tips are what mail tips tell of a mailbox as graphmock has it (DOC user-getmailtips.md).
var tips = map[string]map[string]any{
	"mailboxFullStatus":    {"mailboxFull": false},
	"externalMemberCount":  {"externalMemberCount": number(0)},
	"totalMemberCount":     {"totalMemberCount": number(1)},
	"maxMessageSize":       {"maxMessageSize": number(37748736)}, // assumed: 36 MB
	"deliveryRestriction":  {"deliveryRestricted": false},
	"moderationStatus":     {"isModerated": false},
	"recipientScope":       {"recipientScope": "internal"},
	"recipientSuggestions": {"recipientSuggestions": []any{}},
}

// mailTips tells what a client asks of the mailboxes with some addresses. Of one that the tenant does
// not have it says so.
func mailTips(c *service.Call) (service.Result, error) {
	addresses, _ := c.Parameter("EmailAddresses").([]any)
	all := []any{}
	for _, each := range addresses {
		address, _ := each.(string)
		tip := map[string]any{"emailAddress": map[string]any{"name": "", "address": address}}
		user, found := c.Get(outlook.MailboxOf(c, address))
		if !found {
			tip["error"] = map[string]any{ // code and text are assumed
				"code": "ErrorRecipientNotFound", "message": "The recipient '" + address + "' was not found.",
			}
			all = append(all, tip)
			continue
		}
		for option := range strings.SplitSeq(c.Text("MailTipsOptions"), ",") {
			for name, value := range tips[strings.TrimSpace(option)] {
				tip[name] = value
			}
			if strings.TrimSpace(option) == "automaticReplies" {
				tip["automaticReplies"] = repliesOf(user)
			}
		}
		all = append(all, tip)
	}
	return service.Result{Value: all}, nil
}

// repliesOf are the automatic replies of a user: without them their message is empty.
func repliesOf(user *service.Entity) map[string]any {
	settings, _ := user.Properties["mailboxSettings"].(map[string]any)
	replies, _ := settings["automaticRepliesSetting"].(map[string]any)
	message := ""
	if replies["status"] == "alwaysEnabled" {
		message, _ = replies["internalReplyMessage"].(string)
	}
	return map[string]any{"message": message}
}

// categories are those that a user has for all items, six of them from the start. Their names are
// unique, and stay (DOC outlookcategory.md).
func categories() *service.Behavior {
	var initial []map[string]any
	for i, each := range []struct{ name, color string }{
		{"Red", "preset0"}, {"Orange", "preset1"}, {"Yellow", "preset3"}, {"Green", "preset4"}, {"Blue", "preset7"}, {"Purple", "preset8"},
	} {
		id := fmt.Sprintf("f8a6ca5e-6b4a-4ba7-a5a4-7cb2a3f1d3e%d", i)
		initial = append(initial, map[string]any{"id": id, "displayName": each.name + " category", "color": each.color})
	}
	return &service.Behavior{
		Type: "microsoft.graph.outlookCategory", Initial: initial,
		Order: strings.Fields("id displayName color"),
		Value: service.Defaults(map[string]any{"color": "none"}),
		Check: func(c *service.Call, w *service.Write) error {
			name, _ := w.Sent["displayName"].(string)
			taken := false
			c.Each(c.Collection(), service.Slice{}, func(other *service.Entity) bool {
				taken = other.Key() != w.Key && strings.EqualFold(other.Text("displayName"), name)
				return !taken
			})
			switch {
			case name == "":
				return service.Fail("category-name-required")
			case taken:
				return service.Fail("category-exists")
			case w.Old != nil && name != w.Before("displayName"):
				return service.Fail("category-name-fixed")
			}
			return nil
		},
	}
}
