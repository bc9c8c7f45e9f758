package calendar

import (
	"encoding/hex"
	"maps"
	"strings"
	"time"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// A recurring event is stored once, as its series master. Its occurrences are made when they
// are asked for, each with an id that tells the master and the day. One that was changed is an
// exception, and stored with that id; the master knows which were cancelled.

// A day is the number of days since 1970-01-01.
type day = outlook.Day

// A series is a recurring event: when it takes place.
type series struct {
	outlook.Pattern
	zone   *time.Location
	clock  time.Time // whose time of day the occurrences begin at
	length time.Duration
	off    map[day]bool // days without an occurrence of the pattern: cancelled, or exceptions
}

// seriesOf is the series of a master; ok is false if the event does not recur.
func seriesOf(r store.Reader, collection, key string, master map[string]any) (s series, ok bool) {
	recurrence, _ := master["recurrence"].(map[string]any)
	if recurrence == nil {
		return s, false
	}
	s.Pattern, ok = outlook.PatternOf(recurrence)
	start, err := timeOf(master["start"])
	end, errOfEnd := timeOf(master["end"])
	if !ok || err != nil || errOfEnd != nil {
		return s, false
	}
	s.zone = time.UTC
	if allDay, _ := master["isAllDay"].(bool); !allDay {
		limits, _ := recurrence["range"].(map[string]any)
		if zone, known := zoneOf(textOf(limits["recurrenceTimeZone"])); known {
			s.zone = zone
		}
	}
	s.clock, s.length = start.In(s.zone), end.Sub(start)
	s.off = map[day]bool{}
	cancelled, _ := master[cancelledOccurrences].([]any)
	for _, each := range cancelled {
		if d, ok := cancelledDay(textOf(each)); ok {
			s.off[d] = true
		}
	}
	for d := range exceptionsOf(r, collection, key) {
		s.off[d] = true
	}
	return s, true
}

// at is when the occurrence of a day takes place: at the same time of the day in the series'
// zone, however that is off from UTC.
func (s *series) at(d day) (start, end time.Time) {
	y, m, dayOfMonth := d.Date().Date()
	hour, minute, second := s.clock.Clock()
	start = time.Date(y, m, dayOfMonth, hour, minute, second, s.clock.Nanosecond(), s.zone).UTC()
	return start, start.Add(s.length)
}

// within calls visit for the occurrences that overlap a window, without cancelled ones and
// exceptions.
func (s *series) within(w window, visit func(d day, start time.Time) bool) {
	from, to := outlook.DayOf(w.from.Add(-s.length).UTC())-1, outlook.DayOf(w.to.UTC())+1
	s.Each(from, to, func(d day) bool {
		if start, end := s.at(d); !s.off[d] && w.overlaps(start, end) {
			return visit(d, start)
		}
		return true
	})
}

// exceptionsOf are the ids in the store of a series' exceptions, by day.
func exceptionsOf(r store.Reader, collection, key string) map[day]string {
	all := map[day]string{}
	each(r, r.SnapshotIndex(collection, inSeries, key), func(record *store.Record) bool {
		if _, d, ok := occurrenceOf(service.KeyOf(record.ID)); ok {
			all[d] = record.ID
		}
		return true
	})
	return all
}

// each calls visit for the records of a snapshot, until it returns false.
func each(r store.Reader, all store.Snapshot, visit func(*store.Record) bool) {
	var at store.Cursor
	for more := true; more; {
		var page []store.Record
		page, at, more = all.Page(r, at, 1000)
		for i := range page {
			if !visit(&page[i]) {
				return
			}
		}
	}
}

// occurrenceOf returns the key of the master and the day of an occurrence.
func occurrenceOf(key string) (master string, d day, ok bool) {
	master, n, ok := outlook.OccurrenceOf(key)
	return master, day(n), ok
}

// cancelledOccurrences is the property of a master that has the ids of cancelled occurrences
// in a form of their own: OID, the id of the master and the date (REC).
const cancelledOccurrences = "cancelledOccurrences"

func cancelledID(master string, d day) string { return "OID." + master + "." + d.String() }

func cancelledDay(id string) (day, bool) {
	t, err := time.Parse(time.DateOnly, id[max(len(id)-len(time.DateOnly), 0):])
	return outlook.DayOf(t), err == nil
}

// occurrence is an occurrence that nobody has changed: see [service.Behavior.Virtual].
func occurrence(r store.Reader, collection, key string) (made store.Record, found bool) {
	id, d, ok := occurrenceOf(key)
	if !ok {
		return made, false
	}
	record, found := r.Get(collection, service.IDOf(id))
	if !found {
		return made, false
	}
	master := service.Decode(&record)
	s, ok := seriesOf(r, collection, id, master)
	if !ok || s.off[d] || !s.Has(d) {
		return made, false
	}
	return s.occurrence(&record, master, d), true
}

// virtualVersion is added to the version of the master, for that of its occurrences: they
// change with it. As exceptions begin anew, they have no tag in common with one.
const virtualVersion = 1 << 23

// occurrence makes the occurrence of a day: it has what the master has, but when.
func (s *series) occurrence(of *store.Record, master map[string]any, d day) store.Record {
	key := service.KeyOf(of.ID)
	id := outlook.OccurrenceID(key, int(d))
	r := store.Record{ID: service.IDOf(id), Type: of.Type, Version: of.Version | virtualVersion, Created: of.Created,
		Modified: of.Modified}
	for _, i := range of.Index {
		if i.Name == inCalendar {
			r.Index = append(r.Index, i)
		}
	}
	r.Index = append(r.Index, store.Index{Name: inSeries, Value: key})
	start, end := s.at(d)
	made := maps.Clone(master)
	delete(made, cancelledOccurrences)
	delete(made, reminderState)
	maps.Copy(made, map[string]any{
		"id": id, "changeKey": outlook.ChangeKey(id, r.Version), "type": "occurrence", "seriesMasterId": key,
		"recurrence": nil, "iCalUId": uidOn(textOf(master["iCalUId"]), d), "webLink": webLink(id),
		"originalStart": start.Format(time.RFC3339), "start": utc(start), "end": utc(end),
	})
	if state := reminderOf(master, d); state == dismissed {
		made["isReminderOn"] = false
	}
	r.JSON = jsontext.Append(nil, made)
	return r
}

// utc is a time as events have it.
func utc(t time.Time) map[string]any {
	return map[string]any{"dateTime": t.UTC().Format(timeLayout), "timeZone": "UTC"}
}

// uidDay is where the day of an occurrence stands in its iCalUId, which is that of the master
// otherwise: year, month and day (MS-OXOCAL, PidLidGlobalObjectId).
const uidDay, uidDayEnd = 32, 40

func uidOn(uid string, d day) string {
	if len(uid) < uidDayEnd {
		return uid
	}
	y, m, dayOfMonth := d.Date().Date()
	b := []byte{byte(y >> 8), byte(y), byte(m), byte(dayOfMonth)}
	return uid[:uidDay] + strings.ToUpper(hex.EncodeToString(b)) + uid[uidDayEnd:]
}

// dayInUID is the day that an iCalUId tells, and the one of the series.
func dayInUID(uid string) (d day, series string) {
	if len(uid) < uidDayEnd {
		return 0, uid
	}
	if b, err := hex.DecodeString(uid[uidDay:uidDayEnd]); err == nil {
		d = outlook.DayOn((int(b[0])<<8+int(b[1]))*12+max(int(b[2]), 1)-1, int(b[3]))
	}
	return d, uid[:uidDay] + "00000000" + uid[uidDayEnd:]
}

// A window is a span of time, without its end.
type window struct{ from, to time.Time }

// overlaps reports whether an event takes place in the window, if only in part. One that takes
// no time does where it begins (assumed).
func (w window) overlaps(start, end time.Time) bool {
	return start.Before(w.to) && (end.After(w.from) || start.Equal(end) && start.Equal(w.from))
}
