package mail

import (
	"html"
	"maps"
	"strings"

	"github.com/graphmock/graphmock/server/internal/service"
)

// A kind of reply says to whom a message goes that refers to another one.
type replyKind struct {
	prefix   string // of the subject
	all      bool   // also to the other recipients
	forwards bool   // to others
}

var (
	toSender = replyKind{prefix: "RE: "}
	toAll    = replyKind{prefix: "RE: ", all: true}
	onward   = replyKind{prefix: "FW: ", forwards: true}
)

// create answers 201 with a draft that refers to the message (DOC).
func (k replyKind) create(c *service.Call) (service.Result, error) {
	draft, err := k.draft(c)
	return service.Result{Status: 201, Entity: draft}, err
}

// send sends such a draft at once: 202 (DOC).
func (k replyKind) send(c *service.Call) (service.Result, error) {
	draft, err := k.draft(c)
	if err == nil {
		err = submit(c, draft, true)
	}
	return accepted, err
}

func (k replyKind) draft(c *service.Call) (*service.Entity, error) {
	original, err := c.Bound()
	if err != nil {
		return nil, err
	}
	message, err := messageOf(c)
	if err != nil {
		return nil, err
	}
	comment := c.Text("comment")
	list, _ := c.Parameter("toRecipients").([]any)
	switch {
	case comment != "" && message["body"] != nil: // DOC
		return nil, service.Fail("mail-comment-twice")
	case len(list) > 0 && message["toRecipients"] != nil: // DOC
		return nil, service.Fail("mail-recipients-twice")
	}
	made := asNew(map[string]any{
		"subject": prefixed(k.prefix, original.Text("subject")), "body": quoted(original, comment),
		"importance": original.Properties["importance"], "toRecipients": list,
	})
	if !k.forwards {
		k.address(c, original.Properties, made)
	}
	maps.Copy(made, asNew(message))
	made["conversationId"] = original.Properties["conversationId"]
	made["conversationIndex"] = replyIndex(original.Text("conversationIndex"), c.Now.MS)
	draft := c.Create(c.Owner()+messageSet, messageType, made)
	if k.forwards {
		return draft, c.CopyBelow(original, draft)
	}
	return draft, nil
}

// prefixed is a subject with RE: or FW: before it, once.
func prefixed(prefix, subject string) string {
	if len(subject) >= len(prefix)-1 && strings.EqualFold(subject[:len(prefix)-1], prefix[:len(prefix)-1]) {
		return subject
	}
	return prefix + subject
}

// address sends a reply to who wrote the message or wants replies and, if all are meant,
// to its recipients, but not to the owner of the mailbox.
func (k replyKind) address(c *service.Call, original, reply map[string]any) {
	to := recipients(original, "replyTo")
	if len(to) == 0 && original["from"] != nil {
		to = []any{original["from"]}
	}
	self := ownerOf(c).address
	if len(to) > 0 && strings.EqualFold(addressOf(to[0]), self) { // who replies to what they sent goes on with it
		to = nil
	}
	if k.all || len(to) == 0 {
		to = append(to, recipients(original, "toRecipients")...)
	}
	seen := map[string]bool{}
	if k.all {
		seen[strings.ToLower(self)] = true
		defer func() { reply["ccRecipients"] = without(seen, recipients(original, "ccRecipients")) }()
	}
	reply["toRecipients"] = without(seen, to)
}

// without returns recipients who were not seen before, and marks them as seen.
func without(seen map[string]bool, all []any) []any {
	left := []any{}
	for _, each := range all {
		if address := strings.ToLower(addressOf(each)); !seen[address] {
			seen[address] = true
			left = append(left, each)
		}
	}
	return left
}

// quoted is the body of a message that refers to another one: a comment, then a line, then
// the other one. How Exchange words the lines between them is assumed.
func quoted(original *service.Entity, comment string) map[string]any {
	body, _ := original.Properties["body"].(map[string]any)
	var b strings.Builder
	b.WriteString(strings.ReplaceAll(html.EscapeString(comment), "\n", "<br>\n"))
	b.WriteString("\r\n<hr tabindex=\"-1\" style=\"display:inline-block; width:98%\">\r\n<div id=\"divRplyFwdMsg\">")
	line := func(name, value string) {
		if value != "" {
			b.WriteString("<b>" + name + ":</b> " + html.EscapeString(value) + "<br>\r\n")
		}
	}
	line("From", namesOf([]any{original.Properties["from"]}))
	line("Sent", original.Text("sentDateTime"))
	line("To", namesOf(recipients(original.Properties, "toRecipients")))
	line("Cc", namesOf(recipients(original.Properties, "ccRecipients")))
	line("Subject", original.Text("subject"))
	b.WriteString("</div>\r\n" + markupOf(body))
	return map[string]any{"contentType": "html", "content": b.String()}
}

// namesOf are the names and addresses of recipients.
func namesOf(all []any) string {
	var names []string
	for _, each := range all {
		recipient, _ := each.(map[string]any)
		email, _ := recipient["emailAddress"].(map[string]any)
		name, _ := email["name"].(string)
		address, _ := email["address"].(string)
		switch {
		case name != "" && name != address:
			names = append(names, name+" <"+address+">")
		case address != "":
			names = append(names, address)
		}
	}
	return strings.Join(names, "; ")
}
