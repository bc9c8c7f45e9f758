package subscriptions

import (
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/server/internal/service"
)

// limits are what clients can ask for of a kind of resource.
type limits struct {
	minutes   int      // for how long at most
	changes   []string // nil is all
	lifecycle bool     // for more than an hour there has to be a receiver of lifecycle notifications
	rich      bool     // only with the resource's data
	root      bool     // only of the root of a drive
}

var (
	any3    = []string{"created", "updated", "deleted"}
	mailbox = limits{minutes: 10070} // [OBS refusals; DOC 4230 before]
	teams   = limits{minutes: 4320, lifecycle: true}
)

// byType are the resources that Graph notifies of, by the type of their entities.
// [DOC change-notifications-overview.md, subscription.md]
var byType = map[string]limits{
	"message": mailbox, "event": mailbox, "contact": mailbox,
	"todoTask":  {minutes: 4230},
	"driveItem": {minutes: 42300, changes: []string{"updated"}, root: true},
	"list":      {minutes: 42300, changes: []string{"updated"}},
	"user":      {minutes: 41760, changes: []string{"updated", "deleted"}},
	"group":     {minutes: 41760, changes: []string{"updated", "deleted"}},
	"chat":      teams, "chatMessage": teams, "channel": teams, "team": teams, "conversationMember": teams,
	"callTranscript": teams, "callRecording": teams,
	"callRecord":          {minutes: 4230},
	"conversation":        {minutes: 4230},
	"alert":               {minutes: 43200},
	"presence":            {minutes: 60, changes: []string{"updated"}, rich: true},
	"printer":             {minutes: 4230, changes: []string{"updated"}},
	"printTaskDefinition": {minutes: 4230},
}

// limitsOf are those of what is watched, nil where Graph does not notify.
func limitsOf(w *service.Watch) *limits {
	for t := w.Type; t != nil; t = t.Base {
		l, known := byType[t.ShortName()]
		if !known {
			continue
		}
		if l.root && !strings.HasSuffix(strings.ToLower(w.Template), "/root") {
			return nil
		}
		return &l
	}
	return nil
}

func (l *limits) checkChangeType(sent string) error {
	for _, each := range splitTypes(sent) {
		allowed := l.changes
		if allowed == nil {
			allowed = any3
		}
		if !slices.Contains(allowed, each) {
			return service.Fail("subscription-change-invalid", "{reason}", each)
		}
	}
	return nil
}

// checkExpiration checks for how long a subscription is to be.
func (l *limits) checkExpiration(c *service.Call, resource string, hasLifecycle bool) error {
	ms, ok := service.ParseTime(c.Body["expirationDateTime"])
	const minute, hour = 60 * 1000, 60 * 60 * 1000
	switch left := ms - c.Now.MS; {
	case !ok || left <= 0:
		return service.Fail("subscription-expiration-past")
	case left > int64(l.minutes)*minute:
		return service.Fail("subscription-too-long", "{reason}", strconv.Itoa(l.minutes))
	case l.lifecycle && left > hour && !hasLifecycle:
		return service.Fail("subscription-lifecycle-missing", "{id}", resource)
	}
	return nil
}
