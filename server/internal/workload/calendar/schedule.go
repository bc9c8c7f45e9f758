package calendar

import (
	"slices"
	"strings"
	"time"

	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// Limits of schedules (DOC calendar-getschedule; OBS, a public client).
const (
	maxSchedules  = 20
	usualInterval = 30
	leastInterval = 5
	mostInterval  = 1440
	longestSearch = 62 * 24 * time.Hour
)

// getSchedule answers for each address when its owner is busy.
func getSchedule(c *service.Call) (service.Result, error) {
	if err := checkPreferred(&c.Preferences); err != nil {
		return service.Result{}, err
	}
	w, err := searched(c.Parameter("StartTime"), c.Parameter("EndTime"))
	if err != nil {
		return service.Result{}, err
	}
	interval := usualInterval
	if sent := c.Parameter("AvailabilityViewInterval"); sent != nil {
		interval = outlook.IntOf(sent)
	}
	schedules, _ := c.Parameter("Schedules").([]any)
	switch {
	case len(schedules) == 0:
		return service.Result{}, service.Fail("schedule-parameter", "{property}", "Schedules")
	case len(schedules) > maxSchedules:
		return service.Result{}, service.Fail("schedule-too-many")
	case interval < leastInterval || interval > mostInterval:
		return service.Result{}, service.Fail("schedule-parameter", "{property}", "AvailabilityViewInterval")
	}
	values := make([]any, len(schedules))
	for i, each := range schedules {
		if values[i], err = scheduleOf(c, textOf(each), w, time.Duration(interval)*time.Minute); err != nil {
			return service.Result{}, err
		}
	}
	return service.Result{Value: values}, nil
}

// searched is the time in which a client wants to know who is busy.
func searched(start, end any) (w window, err error) {
	if w.from, err = timeOf(start); err == nil {
		w.to, err = timeOf(end)
	}
	switch {
	case err != nil:
		return w, err
	case !w.from.Before(w.to):
		return w, service.Fail("schedule-backwards")
	case w.to.Sub(w.from) > longestSearch:
		return w, service.Fail("schedule-too-long")
	}
	return w, nil
}

func scheduleOf(c *service.Call, address string, w window, interval time.Duration) (map[string]any, error) {
	mailbox := outlook.MailboxOf(c, address)
	if mailbox == "" {
		return map[string]any{
			"scheduleId": address, "availabilityView": "", "scheduleItems": []any{}, "workingHours": nil,
			"error": map[string]any{"responseCode": "5016", // OBS; the text is Exchange's own
				"message": "Unable to resolve e-mail address SMTP:" + address + " to an Active Directory object."},
		}, nil
	}
	busy, err := busyTimes(c, mailbox, w)
	if err != nil {
		return nil, err
	}
	items := []any{}
	for _, b := range busy {
		item := map[string]any{"status": b.showAs, "start": preferred(&c.Preferences, b.start), "end": preferred(&c.Preferences, b.end)}
		if mailbox == c.Owner() { // others see of a calendar only when its owner is busy (DOC, by default)
			item["isPrivate"] = b.event["sensitivity"] == "private"
			item["subject"] = b.event["subject"]
			place, _ := b.event["location"].(map[string]any)
			item["location"] = place["displayName"]
		}
		items = append(items, item)
	}
	return map[string]any{"scheduleId": address, "availabilityView": availability(busy, w, interval),
		"scheduleItems": items, "workingHours": workingHoursOf(c, mailbox)}, nil
}

// A busyTime is an event as it tells whether somebody is busy.
type busyTime struct {
	start, end time.Time
	showAs     string
	event      map[string]any
}

// busyTimes are the events of a mailbox's default calendar in a window, in order.
func busyTimes(c *service.Call, mailbox string, w window) ([]busyTime, error) {
	slice := service.Slice{Index: inCalendar, Value: defaultID}
	has := func(r *store.Record) bool { return slice.Has(r) }
	all := &shown{collection: mailbox + "/events"}
	if !all.addStored(c.Tx, w, has) || !all.addSeries(c.Tx, w, has) {
		return nil, service.Fail("view-too-many")
	}
	all.sort()
	var busy []busyTime
	for i := range all.Len() {
		record, found := all.Row(c.Tx, i)
		if !found {
			continue
		}
		e := service.Decode(&record)
		start, err := timeOf(e["start"])
		end, errOfEnd := timeOf(e["end"])
		if err == nil && errOfEnd == nil {
			busy = append(busy, busyTime{start, end, textOf(e["showAs"]), e})
		}
	}
	return busy, nil
}

// digits are how an availabilityView shows what somebody does: whoever works elsewhere is free
// (DOC scheduleinformation).
var digits = map[string]byte{"tentative": '1', "busy": '2', "oof": '3'}

// availability has a digit for each interval of a window: that of what is in the way most.
func availability(busy []busyTime, w window, interval time.Duration) string {
	n := int((w.to.Sub(w.from) + interval - 1) / interval)
	var changes [4][]int // of how many events with a digit are in an interval
	for digit := range changes {
		changes[digit] = make([]int, n+1)
	}
	for _, b := range busy {
		first := min(max(int(b.start.Sub(w.from)/interval), 0), n)
		behind := min(max(int((b.end.Sub(w.from)+interval-1)/interval), first+1), n)
		digit := max(digits[b.showAs], '0') - '0'
		changes[digit][first]++
		changes[digit][behind]--
	}
	view := []byte(strings.Repeat("0", n))
	for digit := 1; digit < len(changes); digit++ {
		events := 0
		for i := range view {
			if events += changes[digit][i]; events > 0 {
				view[i] = '0' + byte(digit)
			}
		}
	}
	return string(view)
}

// workingHoursOf are those in the settings of a mailbox, or those that new ones have (DOC).
func workingHoursOf(c *service.Call, mailbox string) map[string]any {
	if user, found := c.Get(mailbox); found {
		settings, _ := user.Properties["mailboxSettings"].(map[string]any)
		if hours, _ := settings["workingHours"].(map[string]any); hours != nil {
			return hours
		}
	}
	return map[string]any{
		"daysOfWeek": []any{"monday", "tuesday", "wednesday", "thursday", "friday"},
		"startTime":  "08:00:00.0000000", "endTime": "17:00:00.0000000", "timeZone": map[string]any{"name": "UTC"},
	}
}

// worksIn reports whether somebody with these working hours works in all of a window.
func worksIn(hours map[string]any, w window) bool {
	named, _ := hours["timeZone"].(map[string]any)
	zone, known := zoneOf(textOf(named["name"]))
	from, err := time.Parse("15:04:05", textOf(hours["startTime"]))
	to, errOfEnd := time.Parse("15:04:05", textOf(hours["endTime"]))
	if !known || err != nil || errOfEnd != nil {
		return true
	}
	days, _ := hours["daysOfWeek"].([]any)
	start, end := w.from.In(zone), w.to.In(zone)
	y, m, d := start.Date()
	at := func(clock time.Time) time.Time {
		hour, minute, second := clock.Clock()
		return time.Date(y, m, d, hour, minute, second, 0, zone)
	}
	return slices.Contains(days, any(strings.ToLower(start.Weekday().String()))) && !start.Before(at(from)) && !end.After(at(to))
}
