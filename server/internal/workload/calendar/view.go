package calendar

import (
	"slices"
	"strings"
	"time"

	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// views are the lists that have the occurrences of recurring events.
var views = map[string]func(*service.View) (service.Rows, error){"calendarView": calendarView, "instances": instances}

// longest is how long a window may be (OBS, microsoft-graph-docs#6284).
const longest = 1825 * 24 * time.Hour

// maxShown is how many events a view has at most (assumed: EWS has such a limit, too).
const maxShown = 100_000

// windowOf reads the window of a view. Times without an offset are in UTC (DOC).
func windowOf(v *service.View, limit string) (window, error) {
	return windowBetween(v.Parameter("startDateTime"), v.Parameter("endDateTime"), limit)
}

func windowBetween(from, to, limit string) (w window, err error) {
	if from == "" || to == "" {
		return w, service.Fail("view-window-required")
	}
	for _, each := range []struct {
		name, text string
		at         *time.Time
	}{{"StartDateTime", from, &w.from}, {"EndDateTime", to, &w.to}} {
		at, ok := parseTime(strings.Replace(each.text, " ", "+", 1), time.UTC) // a + that was not escaped
		if !ok {
			return w, service.Fail("view-time-invalid", "{property}", each.name, "{id}", each.text)
		}
		*each.at = at.UTC()
	}
	switch {
	case w.to.Before(w.from):
		return w, service.Fail("view-window-backwards")
	case w.to.Sub(w.from) > longest:
		return w, service.Fail("view-window-long", "{option}", limit)
	}
	return w, nil
}

func calendarView(v *service.View) (service.Rows, error) {
	w, err := windowOf(v, "days: 1825")
	if err != nil {
		return nil, err
	}
	all := &shown{collection: v.Collection, delta: v.Delta}
	has := func(r *store.Record) bool { return v.Slice.Has(r) }
	if v.Changes {
		return changesOf(v, w, all)
	}
	if !all.addStored(v.Reader, w, has) || !all.addSeries(v.Reader, w, has) {
		return nil, service.Fail("view-too-many")
	}
	all.sort()
	return all, nil
}

// instances has the occurrences and the exceptions of one series. Other events have none
// (assumed).
func instances(v *service.View) (service.Rows, error) {
	w, err := windowOf(v, "years: 5")
	if err != nil {
		return nil, err
	}
	all := &shown{collection: v.Collection}
	of, found := v.Reader.Get(v.Collection, service.IDOf(v.Slice.Value))
	if !found {
		return all, nil
	}
	all.addStored(v.Reader, w, func(r *store.Record) bool { return v.Slice.Has(r) })
	if !all.add(v.Reader, w, &of) {
		return nil, service.Fail("view-too-many")
	}
	all.sort()
	return all, nil
}

// shown are the events of a view: those that are stored, and occurrences.
type shown struct {
	collection string
	delta      bool // the list is a delta: it has masters, and little of occurrences
	masters    []master
	all        []event
}

// A master is one as it was when the view was made.
type master struct {
	record     store.Record
	properties map[string]any
	series     series
}

type event struct {
	start int64
	id    string // of one that is stored
	of    int    // the master of others
	day   day
	gone  bool
}

// Len implements [service.Rows].
func (s *shown) Len() int { return len(s.all) }

// Row implements [service.Rows].
func (s *shown) Row(r store.Reader, i int) (store.Record, bool) {
	e := &s.all[i]
	switch {
	case e.gone:
		return service.Gone(e.id, eventType), true
	case e.id != "" && s.delta:
		record, found := r.Get(s.collection, e.id)
		if found {
			record.JSON = inDelta(&record)
		}
		return record, found
	case e.id != "":
		return r.Get(s.collection, e.id)
	}
	record, found := s.occurrence(r, e)
	if found && s.delta {
		record.JSON = inDelta(&record)
	}
	return record, found
}

func (s *shown) occurrence(r store.Reader, e *event) (store.Record, bool) {
	m := &s.masters[e.of]
	switch now, found := r.Get(s.collection, m.record.ID); {
	case !found:
		return store.Record{}, false
	case now.Version != m.record.Version:
		return occurrence(r, s.collection, service.KeyOf(m.series.occurrence(&m.record, m.properties, e.day).ID))
	}
	return m.series.occurrence(&m.record, m.properties, e.day), true
}

func (s *shown) sort() {
	slices.SortStableFunc(s.all, func(a, b event) int {
		switch {
		case a.start != b.start:
			return int(max(min(a.start-b.start, 1), -1))
		case a.of != b.of:
			return a.of - b.of
		}
		return strings.Compare(a.id, b.id)
	})
}

// Indexes of events by when they are. Of those that take less than maxShort, the index tells
// all that may be in a window; there are few others.
const (
	byStart, byEnd       = "start", "end"
	short, long          = "short", "long"
	recurring            = "series"
	maxShort             = 24 * time.Hour
	dayInMS        int64 = 24 * 60 * 60 * 1000
)

// addStored adds the events of a window that do not recur, and reports whether there is room
// for all.
func (s *shown) addStored(r store.Reader, w window, has func(*store.Record) bool) bool {
	room := true
	for _, kind := range []string{short, long} {
		from := int64(-1 << 62)
		if kind == short {
			from = w.from.UnixMilli() - maxShort.Milliseconds()
		}
		all := r.SnapshotIndex(s.collection, byStart, kind).Within(from, w.to.UnixMilli())
		each(r, all, func(record *store.Record) bool {
			start, end := timesOf(record)
			if has(record) && w.overlaps(start, end) {
				s.all = append(s.all, event{start: start.UnixMilli(), id: record.ID, of: -1})
			}
			room = len(s.all) <= maxShown
			return room
		})
	}
	return room
}

// timesOf are the times of a stored event, which its indexes tell.
func timesOf(record *store.Record) (start, end time.Time) {
	for _, i := range record.Index {
		switch i.Name {
		case byStart:
			start = time.UnixMilli(i.Rank).UTC()
		case byEnd:
			end = time.UnixMilli(i.Rank).UTC()
		}
	}
	return start, end
}

// addSeries adds the occurrences of all series.
func (s *shown) addSeries(r store.Reader, w window, has func(*store.Record) bool) bool {
	room := true
	// those that begin earlier in UTC may be a day late in their zone, and the other way round
	all := r.SnapshotIndex(s.collection, byStart, recurring).Within(-1<<62, w.to.UnixMilli()+2*dayInMS)
	each(r, all, func(record *store.Record) bool {
		room = !has(record) || s.add(r, w, record)
		return room
	})
	return room
}

// add adds the occurrences of one series.
func (s *shown) add(r store.Reader, w window, record *store.Record) bool {
	m := master{record: *record, properties: service.Decode(record)}
	ok := false
	if m.series, ok = seriesOf(r, s.collection, service.KeyOf(record.ID), m.properties); !ok {
		return true
	}
	of, from := len(s.masters), len(s.all)
	m.series.within(w, func(d day, start time.Time) bool {
		s.all = append(s.all, event{start: start.UnixMilli(), of: of, day: d})
		return len(s.all) <= maxShown
	})
	s.masters = append(s.masters, m)
	if s.delta && len(s.all) > from {
		s.all = append(s.all, event{start: s.all[from].start, id: record.ID, of: -1})
	}
	return len(s.all) <= maxShown
}
