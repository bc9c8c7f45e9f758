package calendar

import (
	"maps"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service"
)

// A meeting is an event with attendees. Each of them who has a mailbox in the tenant has a copy
// of it, which has the same iCalUId. What the organizer changes, the copies follow; what an
// attendee changes stays in the copy.

const (
	eventType    = "microsoft.graph.event"
	calendarType = "microsoft.graph.calendar"
)

// own are properties of which each copy of a meeting has values of its own.
var own = strings.Fields(`id changeKey createdDateTime lastModifiedDateTime categories transactionId webLink
	reminderMinutesBeforeStart isReminderOn hasAttachments isOrganizer responseStatus showAs type seriesMasterId
	calendar@odata.associationLink calendar@odata.navigationLink cancelledOccurrences reminderState`)

// notResponded is the response of who has not said anything, in a copy and to the organizer.
var (
	notResponded = map[string]any{"response": "notResponded", "time": noTime}
	noResponse   = map[string]any{"response": "none", "time": noTime}
)

func isOrganizer(e map[string]any) bool { return e["isOrganizer"] == true }

func attendeesOf(e map[string]any) []any {
	all, _ := e["attendees"].([]any)
	return all
}

// addressIn is the address of a recipient or an attendee, in lower case.
func addressIn(v any) string {
	recipient, _ := v.(map[string]any)
	email, _ := recipient["emailAddress"].(map[string]any)
	return strings.ToLower(textOf(email["address"]))
}

// invited are the mailboxes of the tenant whose owners attend a meeting, without that of the
// organizer, in order, each with the address that was invited.
func invited(c *service.Call, e map[string]any) (mailboxes []string, addresses map[string]string) {
	addresses = map[string]string{}
	organizer := outlook.MailboxOf(c, addressIn(e["organizer"]))
	for _, each := range attendeesOf(e) {
		address := addressIn(each)
		mailbox := outlook.MailboxOf(c, address)
		if mailbox == "" || mailbox == organizer || addresses[mailbox] != "" {
			continue
		}
		mailboxes, addresses[mailbox] = append(mailboxes, mailbox), address
	}
	return mailboxes, addresses
}

// eventWritten lets what depends on an event follow it: exceptions, and what attendees have.
func eventWritten(c *service.Call, w *service.Write) error {
	now := service.Decode(&w.Record)
	var before map[string]any
	if w.Old != nil {
		before = service.Decode(w.Old)
		follow(c, &service.Entity{Path: w.Collection() + "/" + w.Record.ID, Properties: now}, before)
	} else if key, d, is := occurrenceOf(w.Key); is {
		before = asInSeries(c, w.Collection(), key, d)
	}
	if isOrganizer(now) && now["isDraft"] != true {
		spread(c, w.Key, before, now)
	}
	return nil
}

// asInSeries is an occurrence as its series says, nil if there is none.
func asInSeries(c *service.Call, collection, key string, d day) map[string]any {
	master, found := c.Get(collection + "/" + service.IDOf(key))
	if !found {
		return nil
	}
	s, ok := seriesOf(c.Tx, collection, key, master.Properties)
	if !ok {
		return nil
	}
	made := s.occurrence(&master.Record, master.Properties, d)
	return service.Decode(&made)
}

// spread lets the attendees of a meeting know what it is now, and those whom it had that it is
// cancelled for them.
func spread(c *service.Call, key string, before, now map[string]any) {
	mailboxes, addresses := invited(c, now)
	changed := before == nil || !same(before, now, "subject", "body", "location", "isAllDay", "recurrence") || isMoved(before, now)
	had, _ := invited(c, before)
	for _, mailbox := range mailboxes {
		isNew := !slices.Contains(had, mailbox)
		if !isNew && !changed && same(before, now, "attendees", "importance", "sensitivity", "responseRequested") {
			continue
		}
		copied := copyTo(c, mailbox, addresses[mailbox], key, now, isMoved(before, now))
		if isNew || changed {
			tell(c, mailbox, copied, notice{kind: "meetingRequest", request: requestKind(isNew, before, now),
				subject: textOf(now["subject"]), from: now["organizer"], body: now["body"]})
		}
	}
	for _, mailbox := range had {
		if !slices.Contains(mailboxes, mailbox) {
			withdraw(c, mailbox, key, now, nil)
		}
	}
}

// isMoved reports whether a meeting takes place at another time than before: then nobody has
// responded to it yet.
func isMoved(before, now map[string]any) bool {
	return before != nil && (!same(before, now, "start", "end") || reschedules(before, now))
}

func requestKind(isNew bool, before, now map[string]any) string {
	switch {
	case isNew:
		return "newMeetingRequest"
	case isMoved(before, now):
		return "fullUpdate"
	}
	return "informationalUpdate"
}

// copyTo puts a copy of a meeting into a mailbox, or lets the one that is there follow.
func copyTo(c *service.Call, mailbox, address, key string, now map[string]any, moved bool) *service.Entity {
	shared := sharedOf(now, address)
	copied := copyIn(c, mailbox, key, now)
	if copied == nil {
		maps.Copy(shared, map[string]any{"isOrganizer": false, "responseStatus": notResponded, "showAs": "tentative"})
		delete(shared, "originalStart")
		c.Settle(mailbox+"/calendars", calendarType)
		return copyOccurrences(c, c.Create(mailbox+"/events", eventType, shared), address, key, now)
	}
	before := maps.Clone(copied.Properties)
	maps.Copy(copied.Properties, shared)
	if moved {
		copied.Properties["responseStatus"], copied.Properties["showAs"] = notResponded, "tentative"
	}
	if reschedules(before, copied.Properties) {
		delete(copied.Properties, cancelledOccurrences)
	}
	copied = c.Put(copied)
	follow(c, copied, before)
	return copied
}

// copyOccurrences lets the copy of a series have the exceptions and cancellations of it.
func copyOccurrences(c *service.Call, copied *service.Entity, address, key string, now map[string]any) *service.Entity {
	cancelled, _ := now[cancelledOccurrences].([]any)
	var all []any
	for _, each := range cancelled {
		if d, ok := cancelledDay(textOf(each)); ok {
			all = append(all, cancelledID(copied.Key(), d))
		}
	}
	if all != nil {
		copied.Properties[cancelledOccurrences] = all
		copied = c.Put(copied)
	}
	mailbox := mailboxPath(copied.Path)
	of := outlook.MailboxOf(c, addressIn(now["organizer"])) + "/events"
	for _, e := range exceptions(c, &service.Entity{Path: of + "/" + service.IDOf(key)}) {
		copyTo(c, mailbox, address, e.Key(), e.Properties, false)
	}
	return copied
}

// sharedOf is what a copy of a meeting has of it. Attendees do not see what others responded
// (REC) nor, if they are hidden, others (DOC event.md, hideAttendees).
func sharedOf(now map[string]any, address string) map[string]any {
	shared := maps.Clone(now)
	for _, name := range own {
		delete(shared, name)
	}
	all := []any{}
	for _, each := range attendeesOf(now) {
		if now["hideAttendees"] == true && addressIn(each) != address {
			continue
		}
		one, _ := each.(map[string]any)
		one = maps.Clone(one)
		one["status"] = noResponse
		delete(one, "proposedNewTime")
		all = append(all, one)
	}
	shared["attendees"] = all
	return shared
}

// copyIn is the copy of a meeting, or of an occurrence of one, in a mailbox, nil if there is none.
func copyIn(c *service.Call, mailbox, key string, e map[string]any) *service.Entity {
	uid := textOf(e["iCalUId"])
	if found, is := c.Find(mailbox+"/events", byUID, uid); is {
		return found
	}
	_, d, isOccurrence := occurrenceOf(key)
	if !isOccurrence {
		return nil
	}
	_, series := dayInUID(uid)
	master, found := c.Find(mailbox+"/events", byUID, series)
	if !found {
		return nil
	}
	return occurrenceIn(c, master, d)
}

// occurrenceIn is an occurrence of a series, nil if it is cancelled.
func occurrenceIn(c *service.Call, master *service.Entity, d day) *service.Entity {
	collection, _, _ := service.ParentOf(master.Path + "/x")
	key := outlook.OccurrenceID(master.Key(), int(d))
	path := collection + "/" + service.IDOf(key)
	if e, found := c.Get(path); found {
		return e
	}
	record, found := occurrence(c.Tx, collection, key)
	if !found {
		return nil
	}
	return &service.Entity{Path: path, Type: eventType, Properties: service.Decode(&record), Record: record}
}

// withdraw lets the copy of a meeting in a mailbox be cancelled.
func withdraw(c *service.Call, mailbox, key string, e map[string]any, comment any) {
	copied := copyIn(c, mailbox, key, e)
	if copied == nil || copied.Properties["isCancelled"] == true {
		return
	}
	for _, each := range exceptions(c, copied) {
		cancelCopy(c, each)
	}
	copied = cancelCopy(c, copied)
	if comment == nil {
		comment = e["body"]
	}
	tell(c, mailbox, copied, notice{kind: "meetingCancelled", subject: textOf(copied.Properties["subject"]),
		from: e["organizer"], body: comment})
}

// cancelledPrefix begins the subjects of copies that are cancelled, and of the mail about it
// (Outlook in English does so).
const cancelledPrefix = "Canceled: "

func cancelCopy(c *service.Call, e *service.Entity) *service.Entity {
	e.Properties["isCancelled"], e.Properties["showAs"], e.Properties["isReminderOn"] = true, "free", false
	if subject := textOf(e.Properties["subject"]); !strings.HasPrefix(subject, cancelledPrefix) {
		e.Properties["subject"] = cancelledPrefix + subject
	}
	return c.Put(e)
}

// withdrawAll cancels a meeting for all its attendees.
func withdrawAll(c *service.Call, e *service.Entity, comment any) {
	if !isOrganizer(e.Properties) || e.Properties["isDraft"] == true {
		return
	}
	mailboxes, _ := invited(c, e.Properties)
	for _, mailbox := range mailboxes {
		withdraw(c, mailbox, e.Key(), e.Properties, comment)
	}
}

// organized is the organizer's event of a meeting or of an occurrence that is in another
// mailbox, nil if it is not in the tenant.
func organized(c *service.Call, e *service.Entity) *service.Entity {
	mailbox := outlook.MailboxOf(c, addressIn(e.Properties["organizer"]))
	if mailbox == "" {
		return nil
	}
	found := copyIn(c, mailbox, e.Key(), e.Properties)
	if found == nil || !isOrganizer(found.Properties) {
		return nil
	}
	return found
}
