package calendar

import (
	"maps"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// meetingUID is the property, which clients don't see, of the mail about a meeting that tells
// which one it is.
const meetingUID = "meetingUid"

// messages is what calendars add to mail.
func messages() *service.Behavior {
	return &service.Behavior{
		Type:   "microsoft.graph.message",
		Hidden: func(name string) bool { return name == meetingUID },
	}
}

// A notice is mail about a meeting.
type notice struct {
	kind     string // as meetingMessageType has it
	request  string // what a request is
	response string // what a response says
	subject  string
	from     any
	body     any
	proposed map[string]any
}

// tell puts mail about an event into the inbox of a mailbox.
func tell(c *service.Call, mailbox string, e *service.Entity, n notice) {
	p := e.Properties
	message := map[string]any{
		"parentFolderId": "inbox", "isDraft": false, "isRead": false, "subject": n.subject, "body": n.body,
		"from": n.from, "sender": n.from, "toRecipients": []any{recipientIn(c, mailbox)},
		"meetingMessageType": n.kind, "type": p["type"], "isOutOfDate": false, "isAllDay": p["isAllDay"],
		"isDelegated": false, "startDateTime": p["start"], "endDateTime": p["end"], "location": p["location"],
		"recurrence": p["recurrence"], meetingUID: p["iCalUId"],
	}
	typeName := "microsoft.graph.eventMessage"
	switch {
	case n.kind == "meetingRequest":
		typeName += "Request"
		maps.Copy(message, map[string]any{"meetingRequestType": n.request, "responseRequested": p["responseRequested"],
			"allowNewTimeProposals": p["allowNewTimeProposals"]})
	case n.response != "":
		typeName += "Response"
		message["responseType"] = n.response
		if n.proposed != nil {
			message["proposedNewTime"] = n.proposed
		}
	}
	if message["recurrence"] == nil {
		delete(message, "recurrence")
	}
	c.Create(mailbox+"/messages", typeName, message)
}

// recipientIn is whose a mailbox is, as a recipient.
func recipientIn(c *service.Call, mailbox string) map[string]any {
	who := mailboxOf(c.Tx, mailbox+"/messages")
	if who == nil {
		who = map[string]any{"name": c.Caller.User.DisplayName, "address": c.Caller.User.PrincipalName}
	}
	return map[string]any{"emailAddress": who}
}

// virtual is an occurrence, or the event that mail is about.
func virtual(r store.Reader, collection, key string) (store.Record, bool) {
	message, isMail := strings.CutSuffix(collection, "/event")
	if !isMail {
		return occurrence(r, collection, key)
	}
	e, found := service.Read(r, message)
	if !found {
		return store.Record{}, false
	}
	mailbox, _, _ := strings.Cut(message, "/messages/")
	uid := textOf(e.Properties[meetingUID])
	record, found := r.Find(mailbox+"/events", byUID, uid)
	if !found && uid != "" {
		record, found = occurrenceByUID(r, mailbox+"/events", uid)
	}
	if !found || uid == "" {
		return store.Record{}, false
	}
	shown := service.Decode(&record)
	shown["changeKey"] = outlook.ChangeKey(service.KeyOf(record.ID), record.Version)
	record.JSON = jsontext.Append(nil, shown)
	return record, true
}

// occurrenceByUID is the occurrence with an iCalUId that nobody has changed.
func occurrenceByUID(r store.Reader, collection, uid string) (store.Record, bool) {
	d, series := dayInUID(uid)
	master, found := r.Find(collection, byUID, series)
	if !found {
		return store.Record{}, false
	}
	return occurrence(r, collection, outlook.OccurrenceID(service.KeyOf(master.ID), int(d)))
}
