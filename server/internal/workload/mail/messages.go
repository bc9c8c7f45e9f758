package mail

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

const messageType = "microsoft.graph.message"

// messageOrder is the order of a message's properties (REC).
var messageOrder = strings.Fields(`id createdDateTime lastModifiedDateTime changeKey categories receivedDateTime sentDateTime
	hasAttachments internetMessageId subject bodyPreview importance parentFolderId conversationId conversationIndex
	isDeliveryReceiptRequested isReadReceiptRequested isRead isDraft webLink inferenceClassification
	meetingMessageType type isOutOfDate isAllDay isDelegated responseRequested allowNewTimeProposals meetingRequestType body sender from
	toRecipients ccRecipients bccRecipients replyTo flag internetMessageHeaders uniqueBody`)

func messages() *service.Behavior {
	return &service.Behavior{
		Type: messageType, NewKey: newItemID, LastingKey: outlook.ImmutableID, Missing: outlook.Missing, Gone: outlook.NotFound, Order: messageOrder,
		Value: messageValue, Index: messageIndex, Rank: newestFirst, Remove: removeMessage,
		Tag:    func(r *store.Record) string { return tagOf(service.KeyOf(r.ID), r.Version) },
		Tagged: &service.Tagged{Mismatch: "mail-conflict"},
		Pages:  &service.Pages{Usual: 10, Most: 1000}, // DOC
		Read:   readMIME, Content: messageContent, Query: checkQuery, Search: findMessages,
		Found: map[string]func(*service.View) (service.Rows, error){"messages": found}, Joined: outlook.Extended,
		Operations: map[string]service.Operation{
			"move": moveMessage, "copy": copyMessage, "permanentDelete": outlook.Purging(destroyMessage), "send": send,
			"reply": toSender.send, "replyAll": toAll.send, "forward": onward.send,
			"createReply": toSender.create, "createReplyAll": toAll.create, "createForward": onward.create,
		},
	}
}

// messageDefaults are what a new message has of which nobody said anything (REC, DOC).
var messageDefaults = map[string]any{
	"categories": []any{}, "hasAttachments": false, "subject": "", "importance": "normal",
	"isReadReceiptRequested": false, "inferenceClassification": "focused",
	"body":         map[string]any{"contentType": "text", "content": ""},
	"toRecipients": []any{}, "ccRecipients": []any{}, "bccRecipients": []any{}, "replyTo": []any{},
	"flag": map[string]any{"flagStatus": "notFlagged"},
}

// messageValue says what a message is that is written: what clients create is a draft,
// what comes from elsewhere was received, unless that says otherwise.
func messageValue(w *service.Write, property string) (any, bool) {
	switch property {
	case "changeKey":
		return changeKey(w.Key, w.Version()), true
	case "createdDateTime":
		return graph.FormatSeconds(w.Record.Created), true
	case "lastModifiedDateTime":
		return graph.FormatSeconds(w.Record.Modified), true
	case parentFolder:
		return parentOf(w, wellKnownID["drafts"]), true
	case "webLink":
		return webLink(w.Key), true
	case "bodyPreview":
		return w.Seeded(property, preview(w.Sent["body"])), true
	case "body":
		if body, _ := w.Sent[property].(map[string]any); body != nil && !w.Seeding {
			return wholeBody(body), true
		}
	case "sender":
		return w.Sent["from"], w.Seeding && w.Sent[property] == nil && w.Sent["from"] != nil
	case "toRecipients", "ccRecipients", "bccRecipients", "replyTo":
		if list, _ := w.Sent[property].([]any); len(list) > 0 {
			return withNames(list), true
		}
	}
	if w.Old == nil || w.Seeding {
		if value, sets := newMessageValue(w, property); sets {
			return value, true
		}
	}
	value, has := messageDefaults[property]
	return value, has && w.Sent[property] == nil
}

// newMessageValue says what a new message is beyond its defaults.
func newMessageValue(w *service.Write, property string) (any, bool) {
	draft := !w.Seeding || parentOf(w, wellKnownID["drafts"]) == wellKnownID["drafts"]
	switch property {
	case "receivedDateTime", "sentDateTime":
		return w.Seeded(property, graph.FormatSeconds(w.Record.Created)), true
	case "isDraft":
		return w.Seeded(property, draft), true
	case "isRead":
		return draft, w.Sent[property] == nil
	case "isDeliveryReceiptRequested":
		if draft {
			return false, w.Sent[property] == nil
		}
		return nil, w.Sent[property] == nil
	case "internetMessageId":
		return internetMessageID(w.Key), w.Sent[property] == nil
	case "conversationId", "conversationIndex":
		guid, _ := partsOf(w.Key)
		if property == "conversationId" {
			return w.Seeded(property, conversationID(guid)), true
		}
		return w.Seeded(property, conversationIndex(guid, w.Record.Created)), true
	}
	return nil, false
}

// webLink is the URL of a message in Outlook: it has the id in the form of EWS (REC).
func webLink(id string) string {
	ews := strings.NewReplacer("-", "/", "_", "+").Replace(id)
	return "https://outlook.office365.com/owa/?ItemID=" + url.QueryEscape(ews) + "&exvsurl=1&viewmodel=ReadMessageItem"
}

// previewSize is how many characters of a body its preview has (DOC).
const previewSize = 255

func preview(body any) string {
	b, _ := body.(map[string]any)
	text := textOf(b)
	if utf8.RuneCountInString(text) > previewSize {
		text = string([]rune(text)[:previewSize])
	}
	return text
}

// withNames are recipients who all have a name: their address, if nothing else is known
// (assumed).
func withNames(list []any) []any {
	named := make([]any, len(list))
	for i, each := range list {
		recipient, _ := each.(map[string]any)
		address, _ := recipient["emailAddress"].(map[string]any)
		if named[i] = each; address["name"] == nil && address["address"] != nil {
			named[i] = recipientOf(address["address"], address["address"])
		}
	}
	return named
}

func recipientOf(name, address any) map[string]any {
	return map[string]any{"emailAddress": map[string]any{"name": name, "address": address}}
}

// newestFirst is the order of lists (OBS).
func newestFirst(w *service.Write) int64 {
	ms, _ := service.ParseTime(w.Property("receivedDateTime"))
	return -ms
}

func messageIndex(w *service.Write) []store.Index {
	folder, _ := w.Property(parentFolder).(string)
	all := []store.Index{{Name: parentFolder, Value: folder, Rank: w.Record.Rank}}
	if w.Property("isRead") != true {
		all = append(all, store.Index{Name: unread, Value: folder, Rank: w.Record.Rank})
	}
	return all
}

// moveMessage answers 201 with the message, which has another id by now (DOC, REC).
func moveMessage(c *service.Call) (service.Result, error) {
	message, to, err := folderAndDestination(c)
	if err != nil {
		return service.Result{}, err
	}
	moved, err := moveTo(c, message, to.Key())
	return service.Result{Status: 201, Entity: moved}, err
}

// moveTo moves a message to a folder: its id is another one there, and its tag.
func moveTo(c *service.Call, message *service.Entity, folder string) (*service.Entity, error) {
	return c.MoveAs(message, c.Owner()+messageSet, map[string]any{
		"id": movedID(message.Key()), parentFolder: folder, "lastModifiedDateTime": c.Now.Text,
	})
}

// copyMessage answers 201 with the copy (DOC).
func copyMessage(c *service.Call) (service.Result, error) {
	message, to, err := folderAndDestination(c)
	if err != nil {
		return service.Result{}, err
	}
	copied, err := c.Copy(message, c.Owner()+messageSet, map[string]any{
		parentFolder: to.Key(), "createdDateTime": c.Now.Text, "lastModifiedDateTime": c.Now.Text,
	})
	return service.Result{Status: 201, Entity: copied}, err
}

// removeMessage moves a message to Deleted Items; there it is removed for good (REC).
func removeMessage(c *service.Call) (done bool, err error) {
	message, err := c.Bound()
	if err != nil {
		return false, err
	}
	deleted := wellKnownID["deleteditems"]
	if message.Text(parentFolder) == deleted {
		return false, nil
	}
	_, err = moveTo(c, message, deleted)
	return true, err
}

func destroyMessage(c *service.Call) (service.Result, error) {
	message, err := c.Bound()
	if err == nil {
		c.Delete(message.Path)
	}
	return service.Result{}, err
}
