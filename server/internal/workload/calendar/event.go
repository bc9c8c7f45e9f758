package calendar

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"hash/fnv"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// eventOrder is the order of an event's properties (REC).
var eventOrder = strings.Fields(`id createdDateTime lastModifiedDateTime changeKey categories transactionId
	originalStartTimeZone originalEndTimeZone iCalUId reminderMinutesBeforeStart isReminderOn hasAttachments subject
	bodyPreview importance sensitivity isAllDay isCancelled isOrganizer responseRequested seriesMasterId showAs type webLink
	onlineMeetingUrl isOnlineMeeting onlineMeetingProvider allowNewTimeProposals isDraft hideAttendees responseStatus body
	start end location locations recurrence attendees organizer onlineMeeting ` +
	associationLink + " " + navigationLink)

// Links from an event to its calendar, which responses have although their metadata is
// minimal (REC).
const (
	associationLink = "calendar@odata.associationLink"
	navigationLink  = "calendar@odata.navigationLink"
)

func events() *service.Behavior {
	return &service.Behavior{
		Type: "microsoft.graph.event", NewKey: outlook.NewItemID, Tag: tag, Tagged: tagged, Order: eventOrder,
		LastingKey: outlook.ImmutableID, LastingToo: []string{inSeries},
		Show: showVersion, Value: eventValue, Index: eventIndex, Check: checkEvent, Remove: removeEvent,
		Pages: &service.Pages{Usual: 10, Most: 1000}, // DOC; OBS microsoft-graph-docs#4798
		Top:   &service.Slice{Index: listed},
		Parts: map[string]service.Part{
			"instances":            {Of: "events", Index: inSeries},
			"exceptionOccurrences": {Of: "events", Index: inSeries},
		},
		Single:  []string{"originalStart", cancelledOccurrences}, // REC
		Virtual: virtual, Views: views, Same: sameTransaction, Written: eventWritten, Search: findEvents, Joined: outlook.Extended,
		Prefer: preferZone, Preferred: checkPreferred,
		Hidden: func(name string) bool { return name == reminderState }, Operations: eventOperations,
	}
}

// eventDefaults are what an event has of which nobody said anything (REC).
var eventDefaults = service.Defaults(map[string]any{
	"categories": []any{}, "transactionId": nil, "reminderMinutesBeforeStart": json.Number("15"), "isReminderOn": true,
	"hasAttachments": false, "subject": "", "importance": "normal", "sensitivity": "normal", "isAllDay": false,
	"isCancelled": false, "isOrganizer": true, "responseRequested": true, "seriesMasterId": nil, "showAs": "busy",
	"onlineMeetingUrl": nil, "isOnlineMeeting": false, "onlineMeetingProvider": "unknown", "allowNewTimeProposals": true,
	"isDraft": false, "hideAttendees": false, "attendees": []any{}, "recurrence": nil, "onlineMeeting": nil,
	"responseStatus": map[string]any{"response": "organizer", "time": noTime},
	"body":           map[string]any{"contentType": "text", "content": ""},
})

// noTime is the time of what has not happened (REC).
const noTime = "0001-01-01T00:00:00Z"

func eventValue(w *service.Write, name string) (any, bool) {
	master, _, isException := occurrenceOf(w.Key)
	switch name {
	case "createdDateTime":
		return outlook.ExactTime(w.Record.Created), true
	case "lastModifiedDateTime":
		return outlook.ExactTime(w.Record.Modified), true
	case "iCalUId":
		if isException {
			return w.Sent[name], true
		}
		return w.Seeded(name, calendarUID(w)), true
	case "webLink":
		return webLink(w.Key), true
	case "seriesMasterId":
		if isException {
			return master, true
		}
	case "type":
		if isException {
			return "exception", true
		}
		if w.Sent["recurrence"] != nil {
			return "seriesMaster", true
		}
		if kind := w.Seeded(name, nil); kind != nil && kind != "seriesMaster" {
			return kind, true
		}
		return "singleInstance", true
	case "bodyPreview":
		return w.Seeded(name, preview(w.Sent["body"])), true
	case "originalStartTimeZone":
		return originalZone(w, name, "start"), true
	case "originalEndTimeZone":
		return originalZone(w, name, "end"), true
	case "start", "end":
		return inUTC(w, name)
	case "location":
		return location(w.Sent[name]), true
	case "locations":
		return locations(w), true
	case "attendees":
		return attendees(w)
	case "recurrence":
		if isException {
			return nil, true
		}
		return recurrence(w)
	case "isOnlineMeeting":
		return isOnline(w), true
	case "onlineMeetingProvider":
		if isOnline(w) {
			return "teamsForBusiness", true
		}
		return "unknown", true
	case "onlineMeeting":
		return onlineMeeting(w), true
	case associationLink:
		return linkTo(w) + "/$ref", true
	case navigationLink:
		return linkTo(w), true
	}
	return eventDefaults(w, name)
}

// calendarUID is the id that all calendars have of an event: 56 bytes, with the time when it
// was created (REC).
func calendarUID(w *service.Write) any {
	if before := w.Before("iCalUId"); before != nil {
		return before
	}
	b, _ := hex.DecodeString("040000008200E00074C5B7101A82E00800000000")
	b = binary.LittleEndian.AppendUint64(b, uint64(w.Record.Created)*10_000+116_444_736_000_000_000)
	b = append(b, make([]byte, 8)...)
	b = append(b, 0x10, 0, 0, 0)
	guid := fnv.New128a()
	guid.Write([]byte(w.Key))
	return strings.ToUpper(hex.EncodeToString(guid.Sum(b)))
}

// webLink is the URL of an event in Outlook: it has the id in the form of EWS (REC).
func webLink(id string) string {
	ews := strings.NewReplacer("-", "/", "_", "+").Replace(id)
	return "https://outlook.office365.com/owa/?itemid=" + url.QueryEscape(ews) + "&exvsurl=1&path=/calendar/item"
}

// previewSize is how many characters of a body its preview has (DOC).
const previewSize = 255

// preview is the beginning of a body that is a text; what HTML has is left out (assumed).
func preview(body any) string {
	b, _ := body.(map[string]any)
	text, _ := b["content"].(string)
	if kind, _ := b["contentType"].(string); strings.EqualFold(kind, "html") {
		text = withoutTags(text)
	}
	if runes := []rune(text); len(runes) > previewSize {
		text = string(runes[:previewSize])
	}
	return text
}

func withoutTags(html string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(html, "<")
		b.WriteString(before)
		_, after, closed := strings.Cut(rest, ">")
		if !found || !closed {
			return strings.TrimSpace(b.String())
		}
		html = after
	}
}

// isSent reports whether a property has another value than before.
func isSent(w *service.Write, name string) bool {
	return w.Seeding || w.Old == nil || !reflect.DeepEqual(w.Sent[name], w.Before(name))
}

// originalZone is the zone that a time was sent with (REC).
func originalZone(w *service.Write, name, of string) any {
	if isOccurrence(w.Key) && w.Sent[name] != nil {
		return w.Sent[name]
	}
	if before := w.Before(name); before != nil && !isSent(w, of) {
		return before
	}
	at, _ := w.Sent[of].(map[string]any)
	zone, _ := at["timeZone"].(string)
	if zone == "" {
		zone = "UTC"
	}
	return w.Seeded(name, zone)
}

// inUTC is a time of an event in UTC. That of an event that takes all day is midnight in
// whatever zone it is shown (OBS, microsoft-graph-docs#1802).
func inUTC(w *service.Write, name string) (any, bool) {
	if !isSent(w, name) {
		return nil, false
	}
	t, err := timeOf(w.Sent[name])
	if err != nil {
		return nil, false
	}
	if allDay, _ := w.Sent["isAllDay"].(bool); !allDay {
		t = t.UTC()
	}
	return map[string]any{"dateTime": t.Format(timeLayout), "timeZone": "UTC"}, true
}

// timeOf reads a time with its zone.
func timeOf(v any) (t time.Time, err error) {
	at, _ := v.(map[string]any)
	text, _ := at["dateTime"].(string)
	id, _ := at["timeZone"].(string)
	zone, known := zoneOf(id)
	if !known {
		return t, service.Fail("time-zone-unknown", "{id}", id)
	}
	t, ok := parseTime(text, zone)
	if !ok {
		return t, invalid("", jsontext.Quote(text)+" is no date and time, such as 2026-01-31T12:00:00")
	}
	return t, nil
}

// location is a place with all that places have (REC).
func location(v any) any {
	sent, _ := v.(map[string]any)
	all := map[string]any{"displayName": "", "locationType": "default", "uniqueIdType": "unknown",
		"address": map[string]any{}, "coordinates": map[string]any{}}
	if name, _ := sent["displayName"].(string); name != "" {
		all["uniqueId"], all["uniqueIdType"] = name, "private"
	}
	for name, value := range sent {
		if value != nil {
			all[name] = value
		}
	}
	return all
}

// locations are those that were sent, or else the one.
func locations(w *service.Write) any {
	if sent, _ := w.Sent["locations"].([]any); len(sent) > 0 && (isSent(w, "locations") || !isSent(w, "location")) {
		return sent
	}
	place := location(w.Sent["location"]).(map[string]any)
	if place["displayName"] == "" {
		return []any{}
	}
	return []any{place}
}

// attendees are people with a name, which is their address if there is no other, and with
// what they have said (REC).
func attendees(w *service.Write) (any, bool) {
	sent, _ := w.Sent["attendees"].([]any)
	if len(sent) == 0 {
		return []any{}, true
	}
	all := make([]any, len(sent))
	for i, each := range sent {
		one, _ := each.(map[string]any)
		one = maps.Clone(one)
		if one == nil {
			one = map[string]any{}
		}
		if one["type"] == nil {
			one["type"] = "required"
		}
		if one["status"] == nil {
			one["status"] = map[string]any{"response": "none", "time": noTime}
		}
		if email, _ := one["emailAddress"].(map[string]any); email["name"] == nil && email["address"] != nil {
			email = maps.Clone(email)
			email["name"] = email["address"]
			one["emailAddress"] = email
		}
		all[i] = one
	}
	return all, true
}

// recurrence is a recurrence with all that recurrences have (REC).
func recurrence(w *service.Write) (any, bool) {
	sent, _ := w.Sent["recurrence"].(map[string]any)
	if sent == nil {
		return nil, true
	}
	zero := json.Number("0")
	pattern := filled(sent["pattern"], map[string]any{"month": zero, "dayOfMonth": zero, "daysOfWeek": []any{},
		"firstDayOfWeek": "sunday", "index": "first"})
	limits := filled(sent["range"], map[string]any{"endDate": "0001-01-01", "numberOfOccurrences": zero,
		"recurrenceTimeZone": originalZone(w, "originalStartTimeZone", "start")})
	return map[string]any{"pattern": pattern, "range": limits}, true
}

func filled(v any, with map[string]any) map[string]any {
	sent, _ := v.(map[string]any)
	for name, value := range sent {
		if value != nil {
			with[name] = value
		}
	}
	return with
}

// linkTo is the URL of the calendar of an event: where it was created, or the default one.
func linkTo(w *service.Write) string {
	id := defaultID
	if before, _ := w.Before(navigationLink).(string); before != "" {
		id = calendarOf(before)
	} else if sent, _ := w.Sent[navigationLink].(string); sent != "" && (w.Seeding || isOccurrence(w.Key)) {
		id = calendarOf(sent)
	} else if w.Slice.Index == inCalendar && w.Slice.Value != "" {
		id = w.Slice.Value
	}
	owners, owner, _ := strings.Cut(service.OwnerOf(w.Collection()), "/")
	return "https://graph.microsoft.com/v1.0/" + owners + "('" + owner + "')/calendars('" + id + "')"
}

// calendarOf is the id of the calendar that a link leads to.
func calendarOf(link string) string {
	_, id, _ := strings.Cut(link, "/calendars('")
	return strings.TrimSuffix(id, "')")
}

// Indexes of events, besides those of when they are and of their calendar: of those that
// lists have, which are not exceptions; of a series' exceptions, by the master; and of what
// has the same iCalUId.
const (
	listed           = "listed"
	listedInCalendar = "listedInCalendar"
	inSeries         = "seriesMasterId"
	byUID            = "iCalUId"
)

func eventIndex(w *service.Write) []store.Index {
	link, _ := w.Property(navigationLink).(string)
	rank := w.Record.Rank
	all := []store.Index{{Name: inCalendar, Value: calendarOf(link), Rank: rank},
		{Name: byUID, Value: textOf(w.Property("iCalUId"))}}
	master, _, isException := occurrenceOf(w.Key)
	if isException {
		all = append(all, store.Index{Name: inSeries, Value: master, Rank: rank})
	} else {
		all = append(all, store.Index{Name: listed, Rank: rank},
			store.Index{Name: listedInCalendar, Value: calendarOf(link), Rank: rank})
	}
	if id := textOf(w.Property(transactionID)); id != "" {
		all = append(all, store.Index{Name: transactionID, Value: id})
	}
	start, err := timeOf(w.Property("start"))
	end, errOfEnd := timeOf(w.Property("end"))
	if err != nil || errOfEnd != nil {
		return all
	}
	kind := short
	if w.Property("recurrence") != nil {
		kind = recurring
		all = append(all, store.Index{Name: bySchedule, Value: scheduleIn(w)})
	} else if end.Sub(start) > maxShort {
		kind = long
	}
	return append(all, store.Index{Name: byStart, Value: kind, Rank: start.UnixMilli()},
		store.Index{Name: byEnd, Rank: end.UnixMilli()})
}

const halfHour = 30 * time.Minute

// checkEvent checks an event of a client, and says of it what clients can't.
func checkEvent(c *service.Call, w *service.Write) error {
	if w.Old == nil && w.Sent["start"] == nil && w.Sent["end"] == nil { // assumed: the next half hour
		next := time.UnixMilli(c.Now.MS).UTC().Truncate(halfHour).Add(halfHour)
		for name, t := range map[string]time.Time{"start": next, "end": next.Add(halfHour)} {
			w.Sent[name] = utc(t)
		}
	}
	if err := checkTimes(w.Sent); err != nil {
		return err
	}
	before, err := before(c, w)
	if err != nil {
		return err
	}
	if before != nil {
		for _, name := range fixed {
			w.Sent[name] = before[name]
		}
		if err := checkChange(c, w, before); err != nil {
			return err
		}
		keepResponses(w, before)
		return nil
	}
	for _, name := range fixed {
		delete(w.Sent, name)
	}
	who := mailboxOf(c.Tx, c.Owner()+"/events")
	if who == nil {
		who = map[string]any{"name": c.Caller.User.DisplayName, "address": c.Caller.User.PrincipalName}
	}
	w.Sent["organizer"] = map[string]any{"emailAddress": who}
	return checkRecurrence(w.Sent)
}

// keepResponses lets attendees have the status that they had, unless the meeting takes place at
// another time.
func keepResponses(w *service.Write, before map[string]any) {
	if !isOrganizer(before) {
		return
	}
	had := map[string]map[string]any{}
	for _, each := range attendeesOf(before) {
		one, _ := each.(map[string]any)
		had[addressIn(each)] = one
	}
	moved := !sameTimes(before, w.Sent) || reschedules(before, w.Sent)
	all := slices.Clone(attendeesOf(w.Sent))
	for i, each := range all {
		one, _ := each.(map[string]any)
		one = maps.Clone(one)
		switch was := had[addressIn(each)]; {
		case one == nil:
			continue
		case moved:
			one["status"] = noResponse
			delete(one, "proposedNewTime")
		case was != nil && one["status"] == nil:
			one["status"] = was["status"]
		}
		all[i] = one
	}
	if all != nil {
		w.Sent["attendees"] = all
	}
}

// fixed are properties that only the service changes.
var fixed = []string{"organizer", "isOrganizer", "responseStatus", "isCancelled", "seriesMasterId", "originalStart",
	"iCalUId", cancelledOccurrences, reminderState, navigationLink}

// before is an event as it is before it is changed, nil of a new one.
func before(c *service.Call, w *service.Write) (map[string]any, error) {
	if w.Old != nil {
		return service.Decode(w.Old), nil
	}
	if !isOccurrence(w.Key) {
		return nil, nil
	}
	e, err := c.Bound()
	if err != nil {
		return nil, err
	}
	return e.Properties, nil
}

func isOccurrence(key string) bool {
	_, _, is := occurrenceOf(key)
	return is
}

// invalid is the error about a property of an event, which Exchange does not name.
func invalid(property, why string) error {
	return service.Fail("event-property-invalid", "{property}", property, service.Why, why)
}

// checkTimes checks when an event is.
func checkTimes(e map[string]any) error {
	start, err := timeOf(e["start"])
	if err != nil {
		return err
	}
	end, err := timeOf(e["end"])
	if err != nil {
		return err
	}
	allDay, _ := e["isAllDay"].(bool)
	switch {
	case end.Before(start):
		return invalid("end", "the event ends before it starts")
	case allDay && !isMidnight(start):
		return service.Fail("event-not-midnight", "{property}", "Start")
	case allDay && !isMidnight(end):
		return service.Fail("event-not-midnight", "{property}", "End")
	}
	return nil
}

func isMidnight(t time.Time) bool {
	hour, minute, second := t.Clock()
	return hour == 0 && minute == 0 && second == 0 && t.Nanosecond() == 0
}

// transactionID is the property, and the index, by which clients create an event only once,
// however often they try (DOC event.md; OBS, a public client).
const transactionID = "transactionId"

func sameTransaction(c *service.Call, w *service.Write) (id string, is bool) {
	sent := textOf(w.Sent[transactionID])
	e, found := c.Find(c.Collection(), transactionID, sent)
	if !found || sent == "" {
		return "", false
	}
	return e.Record.ID, true
}

// isOnline reports whether an event is a meeting in Teams, which is all that calendars allow: other
// providers are ignored (OBS, a public client).
func isOnline(w *service.Write) bool {
	provider := textOf(w.Sent["onlineMeetingProvider"])
	return w.Sent["isOnlineMeeting"] == true && (provider == "" || provider == "unknown" || provider == "teamsForBusiness")
}

// onlineMeeting is where people join a meeting in Teams: the same for all copies of it.
func onlineMeeting(w *service.Write) any {
	if !isOnline(w) {
		return nil
	}
	if before, _ := w.Sent["onlineMeeting"].(map[string]any); before != nil && (w.Seeding || w.Old != nil || isOccurrence(w.Key)) {
		return before
	}
	thread := fnv.New128a()
	thread.Write([]byte(w.Key))
	return map[string]any{"joinUrl": "https://teams.microsoft.com/l/meetup-join/19%3ameeting_" +
		hex.EncodeToString(thread.Sum(nil)) + "%40thread.v2/0"}
}
