package calendar

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service"
)

// checkRecurrence checks the recurrence of an event that was sent with its times: the zones
// and the first day have to be the same (OBS microsoft-graph-docs#7919; DOC recurrenceRange).
func checkRecurrence(e map[string]any) error {
	if e["recurrence"] == nil {
		return nil
	}
	recurrence, _ := e["recurrence"].(map[string]any)
	p, ok := outlook.PatternOf(recurrence)
	start, err := timeOf(e["start"])
	if err != nil || !ok || p.First != outlook.DayOf(start) {
		return invalid("recurrence", "the recurrence has no meaning, or does not begin on the day of the event")
	}
	limits, _ := recurrence["range"].(map[string]any)
	if name := textOf(limits["recurrenceTimeZone"]); name != "" {
		if zone, known := zoneOf(name); !known || zone.String() != start.Location().String() {
			return invalid("recurrence", "recurrenceTimeZone is not the zone of the start")
		}
	}
	if _, some := p.After(p.First - 1); !some {
		return service.Fail("recurrence-empty")
	}
	return nil
}

// checkChange checks what a client changes of an event.
func checkChange(c *service.Call, w *service.Write, before map[string]any) error {
	_, timed := c.Body["start"]
	_, ended := c.Body["end"]
	_, ruled := c.Body["recurrence"]
	if master, d, is := occurrenceOf(w.Key); is {
		if ruled && w.Sent["recurrence"] != nil {
			return invalid("recurrence", "an occurrence has no recurrence of its own") // assumed
		}
		for of, sent := range map[string]bool{"start": timed, "end": ended} {
			if at, _ := w.Sent[of].(map[string]any); sent && at != nil {
				w.Sent[zoneProperty[of]] = at["timeZone"]
			}
		}
		if timed || ended {
			return checkNeighbours(c, w, master, d)
		}
		return nil
	}
	if reschedules(before, w.Sent) {
		delete(w.Sent, cancelledOccurrences)
	}
	recurrence, _ := w.Sent["recurrence"].(map[string]any)
	switch {
	case recurrence == nil, !timed && !ruled:
		return nil
	case !ruled:
		return moveSeries(w, before, recurrence)
	case !timed: // they were stored in UTC: the first occurrence tells the day
		return checkKept(w, before)
	}
	return checkRecurrence(w.Sent)
}

// zoneProperty is the property with the zone that a time was sent with.
var zoneProperty = map[string]string{"start": "originalStartTimeZone", "end": "originalEndTimeZone"}

// reschedules reports whether a change of a recurring event changes when it takes place.
func reschedules(before, now map[string]any) bool {
	recurrence, _ := before["recurrence"].(map[string]any)
	if recurrence == nil {
		return false
	}
	other, _ := now["recurrence"].(map[string]any)
	was, _ := outlook.PatternOf(recurrence)
	is, _ := outlook.PatternOf(other)
	return was != is || !sameTimes(before, now) || !same(before, now, "isAllDay")
}

// sameTimes reports whether two events begin and end at the same times, in whatever zones.
func sameTimes(before, now map[string]any) bool {
	for _, name := range []string{"start", "end"} {
		was, err := timeOf(before[name])
		is, errOfNow := timeOf(now[name])
		if err != nil || errOfNow != nil || !was.Equal(is) {
			return false
		}
	}
	return true
}

func same(a, b map[string]any, names ...string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return !reflect.DeepEqual(a[name], b[name]) })
}

// moveSeries lets a series begin when its master does, of which only the times were sent. They
// have to be in its zone (OBS, microsoft-graph-docs#7919).
func moveSeries(w *service.Write, before, recurrence map[string]any) error {
	start, err := timeOf(w.Sent["start"])
	if err != nil {
		return err
	}
	limits, _ := recurrence["range"].(map[string]any)
	moved := maps.Clone(limits)
	if moved == nil {
		moved = map[string]any{}
	}
	moved["startDate"] = outlook.DayOf(start).String() // assumed
	w.Sent["recurrence"] = map[string]any{"pattern": recurrence["pattern"], "range": moved}
	return checkRecurrence(w.Sent)
}

// checkKept checks a new recurrence of an event whose times stay as they are.
func checkKept(w *service.Write, before map[string]any) error {
	zone, known := zoneOf(textOf(before["originalStartTimeZone"]))
	start, err := timeOf(before["start"])
	if err != nil || !known {
		return service.Fail("event-property-invalid")
	}
	at := map[string]any{"dateTime": start.In(zone).Format(timeLayout), "timeZone": before["originalStartTimeZone"]}
	if allDay, _ := w.Sent["isAllDay"].(bool); allDay {
		at["dateTime"] = start.Format(timeLayout)
	}
	return checkRecurrence(map[string]any{"start": at, "recurrence": w.Sent["recurrence"]})
}

// checkNeighbours checks that a changed occurrence stays between those before and after it
// (DOC event-update).
func checkNeighbours(c *service.Call, w *service.Write, key string, d day) error {
	collection := c.Owner() + "/events"
	master, found := c.Get(collection + "/" + service.IDOf(key))
	if !found {
		return service.Fail("mailbox-item-not-found")
	}
	s, ok := seriesOf(c.Tx, collection, key, master.Properties)
	start, err := timeOf(w.Sent["start"])
	end, errOfEnd := timeOf(w.Sent["end"])
	if !ok || err != nil || errOfEnd != nil {
		return service.Fail("event-property-invalid")
	}
	cancelled := map[day]bool{}
	list, _ := master.Properties[cancelledOccurrences].([]any)
	for _, each := range list {
		if day, ok := cancelledDay(textOf(each)); ok {
			cancelled[day] = true
		}
	}
	changed := exceptionsOf(c.Tx, collection, key)
	at := func(d day) (time.Time, time.Time) {
		if id, is := changed[d]; is {
			if record, found := c.Tx.Get(collection, id); found {
				return timesOf(&record)
			}
		}
		return s.at(d)
	}
	crosses := false
	for last, found := s.Before(d); found && !crosses; last, found = s.Before(last) {
		if !cancelled[last] {
			_, lastEnd := at(last)
			crosses = start.Before(lastEnd)
			break
		}
	}
	for next, found := s.After(d); found && !crosses; next, found = s.After(next) {
		if !cancelled[next] {
			nextStart, _ := at(next)
			crosses = end.After(nextStart)
			break
		}
	}
	if crosses {
		return service.Fail("occurrence-crossing")
	}
	return nil
}

// followed are properties of a master that its exceptions have, too, as long as they were not
// given another value (assumed: Exchange stores of an exception what is different).
var followed = strings.Fields(`subject body bodyPreview importance sensitivity categories location locations showAs
	isReminderOn reminderMinutesBeforeStart isCancelled responseRequested allowNewTimeProposals hideAttendees attendees isOnlineMeeting
	onlineMeetingProvider onlineMeeting`)

// follow lets the exceptions of a series follow its master. Another time or recurrence undoes
// them (assumed; Outlook says so where it is done).
func follow(c *service.Call, master *service.Entity, before map[string]any) {
	if before["recurrence"] == nil {
		return
	}
	if reschedules(before, master.Properties) {
		dropExceptions(c, master)
		return
	}
	for _, e := range exceptions(c, master) {
		changed := false
		for _, name := range followed {
			if !same(before, master.Properties, name) && same(before, e.Properties, name) {
				e.Properties[name], changed = master.Properties[name], true
			}
		}
		if changed {
			c.Put(e)
		}
	}
}

// exceptions are those of a series, by day.
func exceptions(c *service.Call, master *service.Entity) (all []*service.Entity) {
	collection, _, _ := service.ParentOf(master.Path + "/x")
	byDay := exceptionsOf(c.Tx, collection, master.Key())
	for _, d := range slices.Sorted(maps.Keys(byDay)) {
		if e, found := c.Get(collection + "/" + byDay[d]); found {
			all = append(all, e)
		}
	}
	return all
}

// dropExceptions removes the exceptions of a series.
func dropExceptions(c *service.Call, master *service.Entity) {
	for _, e := range exceptions(c, master) {
		c.Delete(e.Path)
	}
}

// cancelOccurrence takes an occurrence away from its series.
func cancelOccurrence(c *service.Call, e *service.Entity) error {
	key, d, _ := occurrenceOf(e.Key())
	collection, _, _ := service.ParentOf(e.Path + "/x")
	master, found := c.Get(collection + "/" + service.IDOf(key))
	if !found {
		return service.Fail("mailbox-item-not-found")
	}
	c.Delete(e.Path)
	list, _ := master.Properties[cancelledOccurrences].([]any)
	master.Properties[cancelledOccurrences] = append(slices.Clone(list), cancelledID(key, d))
	c.Put(master)
	return nil
}

// removeEvent removes an event, a series with its exceptions, or an occurrence. A meeting is
// cancelled by that, if its organizer does it (DOC event-delete).
func removeEvent(c *service.Call) (done bool, err error) {
	e, err := eventOf(c)
	if err != nil {
		return false, err
	}
	withdrawAll(c, e, nil)
	return true, remove(c, e)
}

func remove(c *service.Call, e *service.Entity) error {
	if isOccurrence(e.Key()) {
		return cancelOccurrence(c, e)
	}
	dropExceptions(c, e)
	c.Delete(e.Path)
	return nil
}
