// Package presence is what Teams does with the presence of users beyond its model.
//
// A user is as available as the sessions of apps say, unless the user prefers otherwise. Sessions,
// preferences and status messages end by the server's clock; they are no part of what is stored of
// the user.
//
// Rules say in brackets where they come from: DOC is documented.
package presence

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// Behaviors returns those of presences and of what they are asked for of many users.
func Behaviors() []*service.Behavior {
	return []*service.Behavior{
		{
			Type: "microsoft.graph.presence", Show: show, Elsewhere: elsewhere,
			OnlyKey: func(collection string) string { return userOf(collection + "/.") },
			Operations: map[string]service.Operation{
				"setPresence": setSession, "clearPresence": clearSession,
				"setUserPreferredPresence": setPreferred, "clearUserPreferredPresence": clearPreferred,
				"setStatusMessage": setMessage,
			},
		},
		{
			Type:       "microsoft.graph.cloudCommunications",
			Operations: map[string]service.Operation{"getPresencesByUserId": ofMany},
		},
	}
}

// What is kept of a user: sessions by the ids of apps, and two more.
const (
	sessionPrefix = "session:"
	preferredID   = "preferred"
	messageID     = "message"
)

const (
	maxSessions = 100 // of a user, of whom the first ends then (assumed)
	maxUsers    = 650 // DOC cloudcommunications-getpresencesbyuserid
)

// kept is the collection of what is kept of a user.
func kept(user string) string { return service.Unsaved + "presence/" + user }

// userOf is the user of the presence at a path.
func userOf(path string) string {
	_, after, _ := strings.Cut(path, "/")
	user, _, _ := strings.Cut(after, "/")
	return service.KeyOf(user)
}

// elsewhere is where the presence with a user's id is. DOC presence-get
func elsewhere(r store.Reader, _, key string) string {
	if _, found := r.Get("users", strings.ToLower(key)); !found {
		return ""
	}
	return "users/" + strings.ToLower(key) + "/presence"
}

// A state is how available somebody is, and why.
type state struct{ Availability, Activity string }

// rank is the order of sessions: the first wins. DOC cloud-communications-manage-presence-state
var rank = []string{"DoNotDisturb", "Busy", "Available", "Away"}

// bySession are the states that apps may set. DOC presence-setpresence
var bySession = []state{
	{"Available", "Available"}, {"Busy", "InACall"}, {"Busy", "InAConferenceCall"}, {"Away", "Away"},
	{"DoNotDisturb", "Presenting"},
}

// byUser are those that users may prefer. DOC presence-setuserpreferredpresence
var byUser = []state{
	{"Available", "Available"}, {"Busy", "Busy"}, {"DoNotDisturb", "DoNotDisturb"}, {"BeRightBack", "BeRightBack"},
	{"Away", "Away"}, {"Offline", "OffWork"},
}

// show sets how available a user is.
func show(r store.Reader, path string, presence map[string]any) {
	user := userOf(path)
	now := state{"Offline", "Offline"} // DOC
	if is, _ := presence["availability"].(string); is != "" {
		activity, _ := presence["activity"].(string)
		now = state{is, activity}
	}
	active := false
	page, _, _ := r.Snapshot(kept(user)).Page(r, store.Cursor{}, maxSessions+2)
	for i := range page {
		var of state
		if !strings.HasPrefix(page[i].ID, sessionPrefix) || json.Unmarshal(page[i].JSON, &of) != nil {
			continue
		}
		if !active || slices.Index(rank, of.Availability) < slices.Index(rank, now.Availability) {
			now = of
		}
		active = true
	}
	// DOC: what the user prefers counts while there is a session
	if record, found := r.Get(kept(user), preferredID); found && active {
		_ = json.Unmarshal(record.JSON, &now) // it is one of ours
	}
	presence["id"], presence["availability"], presence["activity"] = user, now.Availability, now.Activity
	if record, found := r.Get(kept(user), messageID); found {
		presence["statusMessage"] = service.Decode(&record)
	}
}

// setSession begins the session of an app, or keeps it alive. DOC presence-setpresence
func setSession(c *service.Call) (service.Result, error) {
	session := c.Text("sessionId")
	if session == "" || len(session) > 200 {
		return service.Result{}, service.Fail("presence-invalid", "{reason}", "sessionId is required")
	}
	return set(c, sessionPrefix+session, bySession, func(string) time.Duration { return 5 * time.Minute }, 5*time.Minute, 4*time.Hour)
}

// setPreferred says what a user prefers, for a day or a week. DOC presence-setuserpreferredpresence
func setPreferred(c *service.Call) (service.Result, error) {
	return set(c, preferredID, byUser, func(availability string) time.Duration {
		if availability == "DoNotDisturb" || availability == "Busy" {
			return 24 * time.Hour
		}
		return 7 * 24 * time.Hour
	}, time.Minute, 0)
}

// set keeps a state, if it is one of some, as long as the request says within limits.
func set(c *service.Call, id string, of []state, usual func(string) time.Duration, least, most time.Duration) (service.Result, error) {
	e, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	wanted := state{c.Text("availability"), c.Text("activity")}
	if !slices.Contains(of, wanted) {
		return service.Result{}, service.Fail("presence-invalid", "{reason}",
			"availability '"+wanted.Availability+"' with activity '"+wanted.Activity+"' is not supported")
	}
	life := usual(wanted.Availability)
	if text := c.Text("expirationDuration"); text != "" {
		var ok bool
		if life, ok = duration(text); !ok || life < least || most > 0 && life > most {
			return service.Result{}, service.Fail("presence-invalid", "{reason}", "expirationDuration is not in range")
		}
	}
	text, err := json.Marshal(wanted)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	put(c, e, id, text, c.Now.MS+life.Milliseconds())
	return service.Result{Status: 200}, nil
}

func put(c *service.Call, e *service.Entity, id string, text []byte, until int64) {
	all := kept(userOf(e.Path))
	if _, again := c.Tx.Get(all, id); !again && c.Tx.Len(all) >= maxSessions+2 {
		first, _ := c.Tx.First(all)
		c.Tx.Delete(all, first.ID)
	}
	c.Tx.Put(all, store.Record{ID: id, JSON: text, Expires: until, Rank: c.Tx.Next()})
}

// longest is how long something may last.
const longest = 365 * 24 * time.Hour

var durations = regexp.MustCompile(`^P(?:(\d{1,4})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,8})(?:\.\d+)?S)?)?$`)

// duration reads one as ISO 8601 has it, without months and years.
func duration(text string) (d time.Duration, ok bool) {
	parts := durations.FindStringSubmatch(text)
	if parts == nil {
		return 0, false
	}
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		n, _ := strconv.Atoi(parts[i+1]) // digits, or none
		d += time.Duration(n) * unit
	}
	return d, d > 0 && d <= longest
}

// clearSession ends the session of an app. DOC presence-clearpresence; that there has to be one is
// not said of it
func clearSession(c *service.Call) (service.Result, error) {
	if c.Text("sessionId") == "" {
		return service.Result{}, service.Fail("presence-invalid", "{reason}", "sessionId is required")
	}
	return forget(c, sessionPrefix+c.Text("sessionId"))
}

func clearPreferred(c *service.Call) (service.Result, error) { return forget(c, preferredID) }

func forget(c *service.Call, id string) (service.Result, error) {
	e, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	c.Tx.Delete(kept(userOf(e.Path)), id)
	return service.Result{Status: 200}, nil
}

// setMessage sets what a user tells others, until a time. DOC presence-setstatusmessage
func setMessage(c *service.Call) (service.Result, error) {
	e, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	sent, _ := c.Parameter("statusMessage").(map[string]any)
	if len(sent) == 0 { // assumed: none is the end of the last one
		return forget(c, messageID)
	}
	until := int64(0)
	if expiry, _ := sent["expiryDateTime"].(map[string]any); expiry != nil {
		var ok bool
		if until, ok = timeIn(expiry); !ok || until <= c.Now.MS {
			return service.Result{}, service.Fail("presence-invalid", "{reason}", "expiryDateTime is no time in the future")
		}
	}
	message := jsontext.Object{}
	for _, name := range []string{"expiryDateTime", "message"} {
		if sent[name] != nil {
			message.Set(name, sent[name])
		}
	}
	message.Set("publishedDateTime", c.Now.Text)
	put(c, e, messageID, jsontext.Append(nil, message), until)
	return service.Result{Status: 200}, nil
}

// timeIn reads a time in a zone, in milliseconds since 1970. Zones that have another name than
// IANA's are taken for UTC (assumed).
func timeIn(sent map[string]any) (ms int64, ok bool) {
	text, _ := sent["dateTime"].(string)
	zone, _ := sent["timeZone"].(string)
	place, err := time.LoadLocation(zone)
	if err != nil {
		place = time.UTC
	}
	for _, layout := range []string{"2006-01-02T15:04:05.999999999", time.RFC3339Nano} {
		if at, err := time.ParseInLocation(layout, text, place); err == nil {
			return at.UnixMilli(), true
		}
	}
	return 0, false
}

// ofMany answers with the presences of users. DOC cloudcommunications-getpresencesbyuserid; that
// of who is not there is assumed
func ofMany(c *service.Call) (service.Result, error) {
	ids, _ := c.Parameter("ids").([]any)
	if len(ids) == 0 || len(ids) > maxUsers {
		return service.Result{}, service.Fail("presence-invalid", "{reason}",
			"ids has to have from 1 to "+strconv.Itoa(maxUsers)+" ids of users")
	}
	all := make([]any, len(ids))
	for i, each := range ids {
		id, _ := each.(string)
		presence := map[string]any{"id": id, "availability": "PresenceUnknown", "activity": "PresenceUnknown"}
		if at := elsewhere(c.Tx, "", id); at != "" {
			delete(presence, "availability")
			if e, stored := c.Get(at + "/."); stored {
				presence = e.Properties
			}
			show(c.Tx, at+"/.", presence)
		}
		var one jsontext.Object
		for _, name := range []string{"id", "availability", "activity", "statusMessage"} {
			if presence[name] != nil || name == "statusMessage" {
				one.Set(name, presence[name])
			}
		}
		all[i] = one
	}
	return service.Result{Value: all}, nil
}
