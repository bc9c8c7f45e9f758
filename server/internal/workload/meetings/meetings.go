// Package meetings is what Teams does with online meetings beyond their model: those that clients
// create, and those that belong to events of a calendar.
//
// Rules say in brackets where they come from: REC was recorded, OBS is a real response that
// somebody quoted, DOC is documented.
package meetings

import (
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

const (
	meetingType = "microsoft.graph.onlineMeeting"
	externalID  = "externalId"
)

// Behaviors returns that of online meetings.
func Behaviors() []*service.Behavior {
	return []*service.Behavior{{
		Type: meetingType, NotFound: "online-meeting-not-found", Order: order, Value: value, Show: show, Check: check, Query: checkQuery,
		Create: create, Given: ofEvents, Virtual: ofEvent, Operations: map[string]service.Operation{
			"createOrGet": createOrGet, "getAllTranscripts": allOf("/transcripts"), "getAllRecordings": allOf("/recordings"),
		},
		Index: func(w *service.Write) []store.Index {
			if id, _ := w.Property(externalID).(string); id != "" {
				return []store.Index{{Name: externalID, Value: id}}
			}
			return nil
		},
	}}
}

var order = strings.Fields(`id creationDateTime startDateTime endDateTime joinWebUrl subject isBroadcast isEntryExitAnnounced
	allowedPresenters allowMeetingChat allowTeamworkReactions allowAttendeeToEnableCamera allowAttendeeToEnableMic
	recordAutomatically shareMeetingChatHistoryDefault videoTeleconferenceId externalId participants lobbyBypassSettings
	audioConferencing chatInfo joinMeetingIdSettings`)

// defaults are what a meeting has of which nobody said anything. DOC onlinemeeting.md,
// onlinemeeting-createorget.md; of shareMeetingChatHistoryDefault and recordAutomatically it is assumed
var defaults = service.Defaults(map[string]any{
	"isBroadcast": false, "isEntryExitAnnounced": true, "allowedPresenters": "everyone", "allowMeetingChat": "enabled",
	"allowTeamworkReactions": true, "allowAttendeeToEnableCamera": true, "allowAttendeeToEnableMic": true,
	"recordAutomatically": false, "shareMeetingChatHistoryDefault": "none",
	"lobbyBypassSettings": map[string]any{"scope": "organization", "isDialInBypassEnabled": false},
})

// keyOf is the id of a meeting: of who organizes it, and of its chat. REC
func keyOf(organizer, thread string) string {
	return base64.StdEncoding.EncodeToString([]byte("1*" + organizer + "*0**" + thread))
}

// threadOf is the id of the chat of the meeting with an id, made of it if that is none of ours.
func threadOf(key string) string {
	text, err := base64.StdEncoding.DecodeString(key)
	if _, thread, is := strings.Cut(string(text), "*0**"); err == nil && is {
		return thread
	}
	return newThread(key)
}

func newThread(of string) string {
	return "19:meeting_" + base64.RawStdEncoding.EncodeToString([]byte(of)) + "@thread.v2" // REC
}

// organizerOf is the id of the user whose meetings a collection has.
func organizerOf(collection string) string {
	_, id, _ := strings.Cut(service.OwnerOf(collection), "/")
	return service.KeyOf(id)
}

// value says what a meeting is that is written. What belongs to it alone stays as it is.
func value(w *service.Write, name string) (any, bool) {
	thread := threadOf(w.Key)
	switch name {
	case "creationDateTime", "joinWebUrl", "chatInfo", "joinMeetingIdSettings", "videoTeleconferenceId":
		before := w.Before(name)
		if before == nil && !w.Seeding { // of a meeting of an event, which is stored now
			before = w.Sent[name]
		}
		if before != nil {
			return before, true
		}
	}
	switch name {
	case "creationDateTime":
		return w.Seeded(name, graph.FormatTime(w.Record.Created)), true
	case "joinWebUrl":
		return w.Seeded(name, joinURL(thread, "", organizerOf(w.Collection()))), true
	case "chatInfo":
		return w.Seeded(name, chatOf(thread)), true
	case "joinMeetingIdSettings":
		return w.Seeded(name, joinSettings(thread, false)), true
	case "videoTeleconferenceId", "audioConferencing":
		return w.Seeded(name, nil), true
	case "participants":
		return participants(w.Sent[name]), true
	case "startDateTime", "endDateTime": // DOC
		ms, sent := service.ParseTime(w.Sent[name])
		if start, started := service.ParseTime(w.Property("startDateTime")); !sent && started {
			ms = start + time.Hour.Milliseconds()
		} else if !sent {
			ms = w.Now.MS
		}
		return graph.FormatTime(ms), true
	}
	return defaults(w, name)
}

// joinURL is where people join a meeting. REC
func joinURL(thread, tenant, organizer string) string {
	escape := strings.NewReplacer("{", "%7b", "}", "%7d", `"`, "%22", ":", "%3a", ",", "%2c", "@", "%40", "=", "%3d", "/", "%2f", "+", "%2b")
	return "https://teams.microsoft.com/l/meetup-join/" + escape.Replace(thread) + "/0?context=" +
		escape.Replace(`{"Tid":"`+url.PathEscape(tenant)+`","Oid":"`+url.PathEscape(organizer)+`"}`)
}

func chatOf(thread string) map[string]any {
	return map[string]any{"threadId": thread, "messageId": "0", "replyChainMessageId": nil}
}

// joinSettings are the numbers by which people join without a URL, with a passcode or without.
// DOC joinmeetingidsettings.md
func joinSettings(thread string, passcode bool) map[string]any {
	h := fnv.New64a()
	h.Write([]byte(thread))
	settings := map[string]any{
		"isPasscodeRequired": passcode, "joinMeetingId": fmt.Sprintf("%012d", h.Sum64()%1_000_000_000_000), "passcode": nil,
	}
	if passcode {
		settings["passcode"] = base64.RawURLEncoding.EncodeToString(h.Sum(nil))[:6]
	}
	return settings
}

// participants are those of a meeting but who organizes it.
func participants(sent any) map[string]any {
	of, _ := sent.(map[string]any)
	attendees, _ := of["attendees"].([]any)
	return map[string]any{"attendees": append([]any{}, attendees...)}
}

// show sets who organizes a meeting. REC
func show(r store.Reader, path string, meeting map[string]any) {
	id := organizerOf(service.CollectionOf(path))
	user, found := r.Get("users", service.IDOf(id))
	people, _ := meeting["participants"].(map[string]any)
	if !found || people == nil {
		return
	}
	is := service.Decode(&user)
	people = maps.Clone(people)
	people["organizer"] = map[string]any{
		"identity": map[string]any{"user": map[string]any{"id": id, "displayName": is["displayName"]}},
		"upn":      is["userPrincipalName"], "role": "presenter",
	}
	meeting["participants"] = people
}

// check refuses times in the wrong order. DOC onlinemeeting-createorget.md
func check(_ *service.Call, w *service.Write) error { return checkTimes(w.Sent) }

func checkTimes(sent map[string]any) error {
	start, hasStart := service.ParseTime(sent["startDateTime"])
	end, hasEnd := service.ParseTime(sent["endDateTime"])
	if hasEnd && (!hasStart || end < start) {
		return service.Fail("online-meeting-times")
	}
	return nil
}

// checkQuery wants a filter by which there is one meeting. DOC onlinemeeting-get.md
func checkQuery(q *service.Query) *odata.Error {
	if q.IsCount() || q.Path.Collection && !slices.ContainsFunc(q.Options.Filter.Uses(), func(u odata.Use) bool {
		return u.Operator == "eq" && slices.Contains([]string{"joinWebUrl", "joinMeetingIdSettings", "videoTeleconferenceId"}, u.Property)
	}) {
		return &odata.Error{Option: "$filter", Rule: "online-meeting-filter",
			Message: "Filter expression expected - /onlineMeetings?$filter=JoinWebUrl eq '{joinWebUrl}'."}
	}
	return nil
}

// assigned are properties that a client does not choose. DOC
var assigned = []string{"id", "creationDateTime", "joinWebUrl", "chatInfo", "audioConferencing", "videoTeleconferenceId",
	"joinInformation", "externalId"}

// create creates a meeting, which no calendar shows. DOC application-post-onlinemeetings.md
func create(c *service.Call) (service.Result, error) { return created(c, c.Body, "") }

func created(c *service.Call, sent map[string]any, external string) (service.Result, error) {
	if err := checkTimes(sent); err != nil {
		return service.Result{}, err
	}
	meeting := maps.Clone(sent)
	maps.DeleteFunc(meeting, func(name string, _ any) bool { return slices.Contains(assigned, name) })
	if external != "" {
		meeting[externalID] = external
	}
	settings, _ := sent["joinMeetingIdSettings"].(map[string]any)
	tenant, _ := c.Tx.First("organization")
	organizer, thread := organizerOf(c.Collection()), newThread(c.NewKey(meetingType))
	meeting["id"], meeting["joinWebUrl"] = keyOf(organizer, thread), joinURL(thread, service.KeyOf(tenant.ID), organizer)
	meeting["joinMeetingIdSettings"] = joinSettings(thread, settings["isPasscodeRequired"] == true)
	return service.Result{Entity: c.Create(c.Collection(), meetingType, meeting), Status: http.StatusCreated}, nil
}

// createOrGet answers with the meeting that has an id of the client's: 201 if it is new. Users have
// meetings of their own with an id. DOC onlinemeeting-createorget.md
func createOrGet(c *service.Call) (service.Result, error) {
	external := c.Text(externalID)
	if external == "" {
		return service.Result{}, service.Fail("online-meeting-external-id")
	}
	if e, found := c.Find(c.Collection(), externalID, external); found {
		return service.Result{Entity: e, Status: http.StatusOK}, nil
	}
	return created(c, c.Body, external)
}

// allOf answers with what the meetings of a user have of one kind. DOC onlinemeeting-getalltranscripts,
// onlinemeeting-getallrecordings
func allOf(kind string) service.Operation {
	return func(c *service.Call) (service.Result, error) {
		from, hasFrom := service.ParseTime(c.Argument("startDateTime"))
		to, hasTo := service.ParseTime(c.Argument("endDateTime"))
		all := []*service.Entity{}
		for _, collection := range c.Tx.Collections(c.Collection() + "/") {
			if !strings.HasSuffix(collection, kind) {
				continue
			}
			c.Each(collection, service.Slice{}, func(e *service.Entity) bool {
				made, _ := service.ParseTime(e.Properties["createdDateTime"])
				if (!hasFrom || made >= from) && (!hasTo || made <= to) {
					all = append(all, e)
				}
				return true
			})
		}
		return c.OrKnown(service.Result{Entities: all}), nil
	}
}

// maxEvents bounds the events that are asked for meetings (assumed).
const maxEvents = 5000

// ofEvents are the meetings of events that a user organizes. They are there without having been
// stored. DOC: the joinUrl of an event finds its meeting
func ofEvents(r store.Reader, collection string) (all []map[string]any) {
	owner, is := strings.CutSuffix(collection, "/onlineMeetings")
	if !is || !strings.HasPrefix(owner, "users/") {
		return nil
	}
	page, _, _ := r.Snapshot(owner+"/events").Page(r, store.Cursor{}, maxEvents)
	seen := map[string]bool{}
	for i := range page {
		event := service.Decode(&page[i])
		info, _ := event["onlineMeeting"].(map[string]any)
		join, _ := info["joinUrl"].(string)
		if event["isOnlineMeeting"] != true || event["isOrganizer"] == false || seen[join] {
			continue
		}
		if meeting := ofOne(event, join, service.KeyOf(strings.TrimPrefix(owner, "users/"))); meeting != nil {
			all, seen[join] = append(all, meeting), true
		}
	}
	return all
}

// ofOne is the meeting of an event, nil if the URL is none of Teams.
func ofOne(event map[string]any, join, organizer string) map[string]any {
	_, rest, is := strings.Cut(join, "/meetup-join/")
	escaped, _, _ := strings.Cut(rest, "/")
	thread, err := url.PathUnescape(escaped)
	if !is || err != nil {
		return nil
	}
	meeting := map[string]any{
		"id": keyOf(organizer, thread), "creationDateTime": event["createdDateTime"], "joinWebUrl": join, "subject": event["subject"],
		"startDateTime": timeOf(event["start"]), "endDateTime": timeOf(event["end"]), "chatInfo": chatOf(thread),
		"participants": map[string]any{"attendees": attendeesOf(event)},
	}
	meeting["joinMeetingIdSettings"] = joinSettings(thread, false)
	for _, name := range order {
		if value, has := defaults(&service.Write{Sent: meeting}, name); has {
			meeting[name] = value
		}
	}
	return meeting
}

// timeOf is a time of an event, which is stored in UTC.
func timeOf(of any) any {
	object, _ := of.(map[string]any)
	text, _ := object["dateTime"].(string)
	if at, err := time.Parse("2006-01-02T15:04:05.9999999", text); err == nil {
		return graph.FormatTime(at.UnixMilli())
	}
	return nil
}

func attendeesOf(event map[string]any) []any {
	list, _ := event["attendees"].([]any)
	all := []any{}
	for _, each := range list {
		attendee, _ := each.(map[string]any)
		email, _ := attendee["emailAddress"].(map[string]any)
		all = append(all, map[string]any{
			"upn": email["address"], "role": "attendee",
			"identity": map[string]any{"user": map[string]any{"displayName": email["name"]}},
		})
	}
	return all
}

// ofEvent is the meeting of an event with a key.
func ofEvent(r store.Reader, collection, key string) (store.Record, bool) {
	for _, meeting := range ofEvents(r, collection) {
		if meeting["id"] == key {
			var entity jsontext.Object
			for _, name := range order {
				if value, has := meeting[name]; has {
					entity.Set(name, value)
				}
			}
			return store.Record{ID: service.IDOf(key), Type: meetingType, JSON: jsontext.Append(nil, entity)}, true
		}
	}
	return store.Record{}, false
}
