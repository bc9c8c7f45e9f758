package calendar

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// reminderState is the property, which clients don't see, that tells what became of reminders:
// by day for occurrences that were not changed, and by no day for the event itself.
const reminderState = "reminderState"

// dismissed is the state of a reminder that is not wanted any more; another one is the time
// that it waits for.
const dismissed = "dismissed"

// reminderOf is the state of the reminder of an occurrence, "" if nothing became of it.
func reminderOf(master map[string]any, d day) string { return stateOf(master, d.String()) }

func stateOf(e map[string]any, which string) string {
	all, _ := e[reminderState].(map[string]any)
	return textOf(all[which])
}

// dismissReminder answers 200 without a body (DOC).
func dismissReminder(c *service.Call) (service.Result, error) { return setReminder(c, dismissed) }

// snoozeReminder lets a reminder come again at another time.
func snoozeReminder(c *service.Call) (service.Result, error) {
	at, err := timeOf(c.Parameter("NewReminderTime"))
	if err != nil {
		return service.Result{}, err
	}
	return setReminder(c, at.UTC().Format(time.RFC3339))
}

func setReminder(c *service.Call, state string) (service.Result, error) {
	e, err := eventOf(c)
	if err != nil {
		return service.Result{}, err
	}
	which := ""
	if master, d, is := occurrenceOf(e.Key()); is && e.Properties["type"] == "occurrence" {
		which = d.String()
		e, _ = c.Get(mailboxPath(e.Path) + "/events/" + service.IDOf(master))
	} else if state == dismissed {
		e.Properties["isReminderOn"] = false
	}
	all, _ := e.Properties[reminderState].(map[string]any)
	all = maps.Clone(all)
	if all == nil {
		all = map[string]any{}
	}
	all[which] = state
	e.Properties[reminderState] = all
	c.Put(e)
	return service.Result{Status: 200}, nil
}

// longestReminder is how long before an event its reminder may come, and how long after it
// one that was snoozed, to be found (assumed).
const longestReminder = 31 * 24 * time.Hour

// reminderView lists the reminders that come between two times.
func reminderView(c *service.Call) (service.Result, error) {
	from, to := c.Argument("StartDateTime"), c.Argument("EndDateTime")
	w, err := windowBetween(from, cmp.Or(to, from), "days: 1825")
	if err != nil {
		return service.Result{}, err
	}
	if err := checkPreferred(&c.Preferences); err != nil {
		return service.Result{}, err
	}
	all := &shown{collection: c.Owner() + "/events"}
	wide := window{w.from.Add(-longestReminder), w.to.Add(longestReminder)}
	every := func(*store.Record) bool { return true }
	if !all.addStored(c.Tx, wide, every) || !all.addSeries(c.Tx, wide, every) {
		return service.Result{}, service.Fail("view-too-many")
	}
	all.sort()
	type reminder struct {
		at    time.Time
		shown map[string]any
	}
	var found []reminder
	for i := range all.Len() {
		record, there := all.Row(c.Tx, i)
		if !there {
			continue
		}
		e := service.Decode(&record)
		at, comes := all.reminderAt(i, e)
		if !comes || at.Before(w.from) || !at.Before(w.to) && to != "" {
			continue
		}
		showVersion(c.Tx, all.collection+"/"+record.ID, e)
		preferZone(&c.Preferences, e)
		found = append(found, reminder{at, map[string]any{
			"eventId": e["id"], "eventStartTime": e["start"], "eventEndTime": e["end"], "changeKey": e["changeKey"],
			"eventSubject": e["subject"], "eventLocation": e["location"], "eventWebLink": e["webLink"],
			"reminderFireTime": preferred(&c.Preferences, at),
		}})
	}
	slices.SortStableFunc(found, func(a, b reminder) int { return a.at.Compare(b.at) })
	values := []any{}
	for _, each := range found {
		values = append(values, each.shown)
	}
	return service.Result{Value: values}, nil
}

// reminderAt is when the reminder of an event comes, if it does.
func (s *shown) reminderAt(i int, e map[string]any) (at time.Time, comes bool) {
	if e["isReminderOn"] != true || e["isCancelled"] == true {
		return at, false
	}
	state := stateOf(e, "")
	if of := s.all[i].of; of >= 0 {
		state = reminderOf(s.masters[of].properties, s.all[i].day)
	}
	if snoozed, err := time.Parse(time.RFC3339, state); err == nil {
		return snoozed, true
	}
	start, err := timeOf(e["start"])
	minutes, _ := e["reminderMinutesBeforeStart"].(json.Number)
	n, _ := minutes.Int64()
	return start.Add(-time.Duration(n) * time.Minute), err == nil && state != dismissed
}

// preferred is a time in the zone that the client prefers.
func preferred(p *service.Preferences, t time.Time) map[string]any {
	e := map[string]any{"start": utc(t)}
	preferZone(p, e)
	at, _ := e["start"].(map[string]any)
	return at
}
