package calendar

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service"
)

var eventOperations = map[string]service.Operation{
	"accept":            respond{"accepted", "meetingAccepted", "Accepted: ", "busy"}.do,
	"tentativelyAccept": respond{"tentativelyAccepted", "meetingTenativelyAccepted", "Tentative: ", "tentative"}.do,
	"decline":           respond{"declined", "meetingDeclined", "Declined: ", ""}.do,
	"cancel":            cancel, "forward": forward, "permanentDelete": outlook.Purging(permanentlyDelete),
	"dismissReminder": dismissReminder, "snoozeReminder": snoozeReminder,
}

var accepted = service.Result{Status: 202}

// eventOf is the event that an operation is bound to, where it is stored: also by way of the
// mail about it.
func eventOf(c *service.Call) (*service.Entity, error) {
	e, err := c.Bound()
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(e.Path, "/event/.") {
		key := service.IDOf(textOf(e.Properties["id"]))
		if stored, found := c.Get(c.Owner() + "/events/" + key); found {
			return stored, nil
		}
	}
	return e, nil
}

// A respond is how an attendee responds to a meeting.
type respond struct {
	response string // in the status
	kind     string // of the mail to the organizer
	prefix   string // of its subject
	showAs   string // how the event is shown from then on, "" if it is not there any more
}

// do responds: 202. The organizer is told, unless the attendee does not want that (DOC).
func (r respond) do(c *service.Call) (service.Result, error) {
	e, err := eventOf(c)
	if err != nil {
		return service.Result{}, err
	}
	send := c.Parameter("SendResponse") != false
	proposed, _ := c.Parameter("ProposedNewTime").(map[string]any)
	switch {
	case isOrganizer(e.Properties):
		return service.Result{}, service.Fail("meeting-own")
	case e.Properties["isCancelled"] == true:
		return service.Result{}, service.Fail("meeting-cancelled")
	case proposed != nil && (!send || e.Properties["allowNewTimeProposals"] == false):
		return service.Result{}, service.Fail("meeting-no-proposal")
	case proposed != nil:
		if err := checkTimes(proposed); err != nil {
			return service.Result{}, err
		}
		proposed = map[string]any{"start": inZoneUTC(proposed["start"]), "end": inZoneUTC(proposed["end"])}
	}
	status := map[string]any{"response": r.response, "time": graph.FormatTime(c.Now.MS)}
	of := organized(c, e)
	if send && of != nil {
		r.tellOrganizer(c, e, of, status, proposed)
	}
	if r.showAs == "" {
		return accepted, remove(c, e)
	}
	r.keep(c, e, of, status)
	return accepted, nil
}

func inZoneUTC(v any) map[string]any {
	t, _ := timeOf(v)
	return utc(t)
}

// keep notes what the attendee responded, in exceptions of a series as well.
func (r respond) keep(c *service.Call, e, of *service.Entity, status map[string]any) {
	showAs := r.showAs
	if of != nil && showAs == "busy" {
		showAs = cmp.Or(textOf(of.Properties["showAs"]), showAs)
	}
	all := []*service.Entity{e}
	for _, each := range exceptions(c, e) {
		if same(e.Properties, each.Properties, "responseStatus") {
			all = append(all, each)
		}
	}
	for _, each := range all {
		each.Properties["responseStatus"], each.Properties["showAs"] = status, showAs
		c.Put(each)
	}
}

// tellOrganizer lets the organizer's event have the response of an attendee, and sends the mail.
func (r respond) tellOrganizer(c *service.Call, e, of *service.Entity, status, proposed map[string]any) {
	mailbox := mailboxPath(of.Path)
	who := mailboxOf(c.Tx, e.Path)
	if who == nil {
		who = map[string]any{"name": c.Caller.User.DisplayName, "address": c.Caller.User.PrincipalName}
	}
	all := slices.Clone(attendeesOf(of.Properties))
	known := false
	for i, each := range all {
		if outlook.MailboxOf(c, addressIn(each)) != mailboxPath(e.Path) {
			continue
		}
		one := maps.Clone(each.(map[string]any))
		one["status"] = status
		delete(one, "proposedNewTime")
		if proposed != nil {
			one["proposedNewTime"] = proposed
		}
		all[i], known = one, true
	}
	if !known {
		all = append(all, map[string]any{"type": "required", "status": status, "emailAddress": who})
	}
	of.Properties["attendees"] = all
	c.Put(of)
	text := map[string]any{"contentType": "text", "content": c.Text("Comment")}
	tell(c, mailbox, of, notice{kind: r.kind, subject: r.prefix + textOf(of.Properties["subject"]),
		from: map[string]any{"emailAddress": who}, body: text, response: r.response, proposed: proposed})
}

// mailboxPath is the path of the user whose event has a path.
func mailboxPath(event string) string {
	mailbox, _, _ := strings.Cut(event, "/events/")
	return mailbox
}

// cancel cancels a meeting for all: 202. Only its organizer can (DOC event-cancel).
func cancel(c *service.Call) (service.Result, error) {
	e, err := eventOf(c)
	if err != nil {
		return service.Result{}, err
	}
	if !isOrganizer(e.Properties) {
		return service.Result{}, service.Fail("meeting-not-organizer")
	}
	var comment any
	if text := c.Text("Comment"); text != "" {
		comment = map[string]any{"contentType": "text", "content": text}
	}
	withdrawAll(c, e, comment)
	return accepted, remove(c, e)
}

// permanentlyDelete is a DELETE of what could be restored.
func permanentlyDelete(c *service.Call) (service.Result, error) {
	e, err := eventOf(c)
	if err != nil {
		return service.Result{}, err
	}
	withdrawAll(c, e, nil)
	return service.Result{}, remove(c, e)
}

// forward invites others to a meeting: 202. They are among its attendees then (DOC event-forward).
func forward(c *service.Call) (service.Result, error) {
	e, err := eventOf(c)
	if err != nil {
		return service.Result{}, err
	}
	to, _ := c.Parameter("ToRecipients").([]any)
	if len(to) == 0 {
		return service.Result{}, service.Fail("mail-no-recipients")
	}
	of := e
	if !isOrganizer(e.Properties) {
		if of = organized(c, e); of == nil {
			return accepted, nil // the organizer is elsewhere, and invites them
		}
	}
	before := maps.Clone(of.Properties)
	all := slices.Clone(attendeesOf(of.Properties))
	for _, each := range to {
		address := addressIn(each)
		if !strings.Contains(address, "@") {
			return service.Result{}, service.Fail("mail-recipient-invalid", "{id}", address)
		}
		if slices.ContainsFunc(all, func(a any) bool { return addressIn(a) == address }) {
			continue
		}
		one := maps.Clone(each.(map[string]any))
		one["type"], one["status"] = "required", noResponse
		all = append(all, one)
	}
	of.Properties["attendees"] = all
	of = c.Put(of)
	spread(c, of.Key(), before, of.Properties)
	return accepted, nil
}
