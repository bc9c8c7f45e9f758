package mail

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service"
)

func messageRules() *service.Behavior {
	return &service.Behavior{
		Type: "microsoft.graph.messageRule",
		NewKey: func(r *service.Random) string { // DOC mailfolder-post-messagerules.md: 8 bytes
			return base64.URLEncoding.EncodeToString(binary.LittleEndian.AppendUint64(nil, r.Uint64()))
		},
		OrderBy: "sequence",
		Order:   strings.Fields("id displayName sequence isEnabled hasError isReadOnly conditions actions exceptions"),
		Value:   service.Defaults(map[string]any{"sequence": number(1), "isEnabled": true, "hasError": false, "isReadOnly": false}),
	}
}

// rulesOf are the rules that apply to a message which comes to the Inbox of a mailbox, in their order
// (DOC messagerule.md).
func rulesOf(c *service.Call, mailbox string, message *service.Entity) (all []map[string]any) {
	c.Each(mailbox+folderSet+"/"+wellKnownID["inbox"]+"/messageRules", service.Slice{}, func(rule *service.Entity) bool {
		if rule.Properties["isEnabled"] != false {
			all = append(all, rule.Properties)
		}
		return true
	})
	slices.SortStableFunc(all, func(a, b map[string]any) int {
		return cmp.Compare(outlook.IntOf(a["sequence"]), outlook.IntOf(b["sequence"]))
	})
	all = slices.DeleteFunc(all, func(rule map[string]any) bool {
		conditions, _ := rule["conditions"].(map[string]any)
		exceptions, _ := rule["exceptions"].(map[string]any)
		met := predicates(c, mailbox, message, conditions)
		return slices.Contains(met, false) || slices.Contains(predicates(c, mailbox, message, exceptions), true)
	})
	for i, rule := range all {
		if actions, _ := rule["actions"].(map[string]any); actions["stopProcessingRules"] == true {
			return all[:i+1]
		}
	}
	return all
}

// predicates tells of each predicate whether a message meets it: one of its texts is enough (assumed).
// What a message here never is, such as voicemail, it does not meet.
func predicates(c *service.Call, mailbox string, message *service.Entity, of map[string]any) (met []bool) {
	m := message.Properties
	subject, body := message.Text("subject"), ""
	if sent, _ := m["body"].(map[string]any); sent != nil {
		body = textOf(sent)
	}
	isMe := func(lists ...string) (to []bool) {
		for _, each := range recipients(m, lists...) {
			to = append(to, outlook.MailboxOf(c, addressOf(each)) == mailbox)
		}
		return to
	}
	contains := func(wanted any, texts ...string) bool {
		list, _ := wanted.([]any)
		return slices.ContainsFunc(list, func(each any) bool {
			part, _ := each.(string)
			return slices.ContainsFunc(texts, func(text string) bool {
				return strings.Contains(strings.ToLower(text), strings.ToLower(part))
			})
		})
	}
	among := func(wanted any, all []any) bool {
		list, _ := wanted.([]any)
		return slices.ContainsFunc(list, func(each any) bool {
			return slices.ContainsFunc(all, func(one any) bool { return strings.EqualFold(addressOf(each), addressOf(one)) })
		})
	}
	for name, wanted := range of {
		if wanted == nil || wanted == false {
			continue // which is not set
		}
		var is bool
		switch name {
		case "subjectContains":
			is = contains(wanted, subject)
		case "bodyContains":
			is = contains(wanted, body)
		case "bodyOrSubjectContains":
			is = contains(wanted, subject, body)
		case "senderContains":
			is = contains(wanted, namesIn(m, "from")...)
		case "recipientContains":
			is = contains(wanted, namesIn(m, "toRecipients", "ccRecipients")...)
		case "fromAddresses":
			is = among(wanted, []any{m["from"]})
		case "sentToAddresses":
			is = among(wanted, recipients(m, "toRecipients", "ccRecipients"))
		case "sentToMe":
			is = slices.Contains(isMe("toRecipients"), true)
		case "sentCcMe":
			is = slices.Contains(isMe("ccRecipients"), true)
		case "sentToOrCcMe":
			is = slices.Contains(isMe("toRecipients", "ccRecipients"), true)
		case "notSentToMe":
			is = !slices.Contains(isMe("toRecipients"), true)
		case "sentOnlyToMe":
			to := isMe("toRecipients", "ccRecipients")
			is = len(to) == 1 && to[0]
		case "hasAttachments":
			is = m["hasAttachments"] == true
		case "importance", "sensitivity":
			is = wanted == cmp.Or(message.Text(name), "normal")
		case "isMeetingRequest":
			is = message.Type == "microsoft.graph.eventMessageRequest"
		case "isMeetingResponse":
			is = message.Type == "microsoft.graph.eventMessageResponse"
		}
		met = append(met, is)
	}
	return met
}

// An outcome is what rules make of a message that comes.
type outcome struct {
	changes map[string]any
	copies  []string // folders
	gone    bool     // for good
	onward  []any    // to whom it is sent on
	again   []any    // and to whom as it is
}

// outcomeOf does what rules want. Sending on is left out for what a rule has sent: two mailboxes would
// go on for ever (assumed).
func outcomeOf(c *service.Call, mailbox string, rules []map[string]any) (o outcome) {
	o.changes = map[string]any{}
	folder := func(id any) (key string, there bool) {
		text, _ := id.(string)
		key = folderIn(text)
		_, there = c.Get(mailbox + folderSet + "/" + key)
		return key, there || isWellKnown(key)
	}
	var categories []any
	for _, rule := range rules {
		actions, _ := rule["actions"].(map[string]any)
		if to, there := folder(actions["moveToFolder"]); there {
			o.changes[parentFolder] = to
		}
		if to, there := folder(actions["copyToFolder"]); there {
			o.copies = append(o.copies, to)
		}
		if actions["markAsRead"] == true {
			o.changes["isRead"] = true
		}
		if actions["markImportance"] != nil {
			o.changes["importance"] = actions["markImportance"]
		}
		if actions["delete"] == true {
			o.changes[parentFolder] = wellKnownID["deleteditems"]
		}
		more, _ := actions["assignCategories"].([]any)
		categories = append(categories, more...)
		o.gone = o.gone || actions["permanentDelete"] == true
		for _, name := range []string{"forwardTo", "forwardAsAttachmentTo"} {
			to, _ := actions[name].([]any)
			o.onward = append(o.onward, to...)
		}
		to, _ := actions["redirectTo"].([]any)
		o.again = append(o.again, to...)
	}
	if len(categories) > 0 {
		o.changes["categories"] = categories
	}
	return o
}

// follow applies the rules of a mailbox to a message that came to it.
func follow(c *service.Call, mailbox string, came *service.Entity, automatic bool) error {
	rules := rulesOf(c, mailbox, came)
	if len(rules) == 0 {
		return nil
	}
	o := outcomeOf(c, mailbox, rules)
	for _, folder := range o.copies {
		if _, err := c.Copy(came, mailbox+messageSet, map[string]any{parentFolder: folder}); err != nil {
			return err
		}
	}
	for name, value := range o.changes {
		came.Properties[name] = value
	}
	if len(o.changes) > 0 {
		c.Put(came)
	}
	if !automatic {
		if err := sendOn(c, mailbox, came, o); err != nil {
			return err
		}
	}
	if o.gone {
		c.Delete(came.Path)
	}
	return nil
}

// sendOn sends a message on as rules of a mailbox want it.
func sendOn(c *service.Call, mailbox string, came *service.Entity, o outcome) error {
	if len(o.onward) > 0 {
		me, address := mailbox, ""
		if user, found := c.Get(me); found {
			address = cmp.Or(user.Text("mail"), user.Text("userPrincipalName"))
		}
		forwarded := *came
		forwarded.Properties = map[string]any{}
		for name, value := range came.Properties {
			forwarded.Properties[name] = value
		}
		forwarded.Properties["subject"] = "FW: " + came.Text("subject")
		forwarded.Properties["from"] = recipientOf(address, address)
		forwarded.Properties["sender"] = forwarded.Properties["from"]
		forwarded.Properties["toRecipients"], forwarded.Properties["ccRecipients"] = o.onward, []any{}
		if err := deliverTo(c, &forwarded, o.onward, true); err != nil {
			return err
		}
	}
	return deliverTo(c, came, o.again, true)
}
