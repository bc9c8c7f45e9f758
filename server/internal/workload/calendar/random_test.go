package calendar

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
)

// A plainEvent is an event as the naive reference has it: series are days looked at one by one.
type plainEvent struct {
	id, subject string
	zone        string
	first       string // day
	clock       string // of that day
	length      time.Duration
	recurrence  map[string]any // nil if it does not recur
	all         []string       // its days
	changed     map[string]*plainChange
	cancelled   map[string]bool
}

type plainChange struct {
	subject    string // "" as its series
	start, end time.Time
}

// zones are those of events.
var zones = func() map[string]*time.Location {
	all := map[string]*time.Location{}
	for _, name := range []string{"UTC", "America/New_York", "Europe/Berlin", "Asia/Tokyo"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			panic(err)
		}
		all[name] = zone
	}
	return all
}()

func (e *plainEvent) at(date string) (start, end time.Time) {
	start, err := time.ParseInLocation("2006-01-02 15:04", date+" "+e.clock, zones[e.zone])
	if err != nil {
		panic(err)
	}
	return start.UTC(), start.UTC().Add(e.length)
}

// days are those of the event up to a day, which are looked for once.
func (e *plainEvent) days(upTo time.Time) []string {
	if e.recurrence == nil {
		return []string{e.first}
	}
	if e.all == nil {
		e.all = daysByHand(e.recurrence, last.AddDate(13, 0, 0))
	}
	n, _ := slices.BinarySearch(e.all, upTo.AddDate(0, 0, 1).Format(time.DateOnly))
	return e.all[:n:n]
}

// A row is what is compared of an event in a view.
type plainRow struct {
	id, subject, kind string
	start, end        time.Time
}

func (r plainRow) String() string {
	return fmt.Sprint(r.id, " ", r.subject, " ", r.kind, " ", r.start.Format(timeLayout), " ", r.end.Format(timeLayout))
}

func (e *plainEvent) rows(upTo time.Time) (all []plainRow) {
	for _, date := range e.days(upTo.AddDate(0, 0, 60)) {
		start, end := e.at(date)
		row := plainRow{id: e.id, subject: e.subject, kind: "singleInstance", start: start, end: end}
		if e.recurrence != nil {
			day, _ := time.Parse(time.DateOnly, date)
			row.id, row.kind = outlook.OccurrenceID(e.id, int(outlook.DayOf(day))), "occurrence"
		}
		if change := e.changed[date]; change != nil {
			row.kind, row.start, row.end = "exception", change.start, change.end
			if change.subject != "" {
				row.subject = change.subject
			}
		}
		if !e.cancelled[date] {
			all = append(all, row)
		}
	}
	return all
}

// A plainCalendar is a calendar as the naive reference has it.
type plainCalendar struct {
	t      testing.TB
	c      *servicetest.Client
	r      *rand.Rand
	n      int
	events []*plainEvent
	link   string // of the delta
	known  map[string]plainRow
	log    []string
}

// Windows and events of the test are within these days.
var (
	begin = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	last  = begin.AddDate(0, 0, 120)
)

func (p *plainCalendar) fatal(format string, args ...any) {
	p.t.Helper()
	p.t.Fatalf("step %d: %s\n%s", p.n, fmt.Sprintf(format, args...), strings.Join(p.log[max(0, len(p.log)-12):], "\n"))
}

// send sends a request and wants it to succeed or not.
func (p *plainCalendar) send(method, target string, body any, wanted string) map[string]any {
	p.t.Helper()
	text := ""
	if body != nil {
		b, _ := json.Marshal(body)
		text = string(b)
	}
	status, got := p.c.Send(method, target, text)
	p.log = append(p.log, fmt.Sprint(method, " ", target, " ", text, ": ", status))
	if (status == 0) != (wanted != "") || wanted != "" && got != wanted {
		p.fatal("got %d %s, want %q", status, got, wanted)
	}
	if status == 0 || got == "" {
		return nil
	}
	return p.c.Decode(got)
}

func (p *plainCalendar) name() string { return fmt.Sprint("event ", p.n) }

func (p *plainCalendar) times(e *plainEvent, date string) map[string]any {
	zone := zones[e.zone]
	start, end := e.at(date)
	return map[string]any{
		"start": map[string]any{"dateTime": start.In(zone).Format("2006-01-02T15:04:05"), "timeZone": e.zone},
		"end":   map[string]any{"dateTime": end.In(zone).Format("2006-01-02T15:04:05"), "timeZone": e.zone},
	}
}

func (p *plainCalendar) create() {
	e := &plainEvent{subject: p.name(), zone: servicetest.AnyOf(p.r, zones),
		clock:  fmt.Sprintf("%02d:%02d", 4+p.r.IntN(20), 15*p.r.IntN(4)), // not in the hour that is twice
		length: time.Duration(1+p.r.IntN(40)) * 30 * time.Minute,
		first:  begin.AddDate(0, 0, p.r.IntN(90)).Format(time.DateOnly), changed: map[string]*plainChange{}, cancelled: map[string]bool{}}
	want := ""
	if p.r.IntN(3) > 0 {
		e.recurrence = randomRecurrence(p.r)
		limits := e.recurrence["range"].(map[string]any)
		limits["startDate"] = e.first
		day, _ := time.Parse(time.DateOnly, e.first)
		limits["endDate"] = day.AddDate(0, 0, p.r.IntN(100)).Format(time.DateOnly)
		if limits["type"] == "endDate" && len(e.days(last.AddDate(1, 0, 0))) == 0 {
			want = "recurrence-empty"
		}
	}
	body := p.times(e, e.first)
	body["subject"], body["recurrence"] = e.subject, e.recurrence
	if made := p.send("POST", "/me/events", body, want); made != nil {
		e.id = made["id"].(string)
		p.events = append(p.events, e)
	}
}

// occurrence picks one of a series, "" if there is none.
func (p *plainCalendar) occurrence() (e *plainEvent, date, target string) {
	e = p.events[p.r.IntN(len(p.events))]
	if e.recurrence == nil {
		return e, "", ""
	}
	days := slices.DeleteFunc(slices.Clone(e.days(last)), func(d string) bool { return e.cancelled[d] })
	if len(days) == 0 {
		return e, "", ""
	}
	date = days[p.r.IntN(len(days))]
	day, _ := time.Parse(time.DateOnly, date)
	return e, date, "/me/events/" + outlook.OccurrenceID(e.id, int(outlook.DayOf(day)))
}

func (p *plainCalendar) change(e *plainEvent, date string) *plainChange {
	if e.changed[date] == nil {
		start, end := e.at(date)
		e.changed[date] = &plainChange{start: start, end: end}
	}
	return e.changed[date]
}

func (p *plainCalendar) changeOccurrence() {
	e, date, target := p.occurrence()
	if target == "" {
		return
	}
	if p.r.IntN(2) == 0 {
		p.send("PATCH", target, map[string]any{"subject": p.name()}, "")
		p.change(e, date).subject = p.name()
		return
	}
	start, end := e.at(date)
	if c := e.changed[date]; c != nil {
		start, end = c.start, c.end
	}
	by := time.Duration(p.r.IntN(100)-50) * time.Hour
	start, end = start.Add(by), end.Add(by)
	want := ""
	rows := e.rows(last.AddDate(12, 0, 0))
	for i, row := range rows {
		if strings.HasSuffix(target, row.id) {
			if i > 0 && start.Before(rows[i-1].end) || i+1 < len(rows) && end.After(rows[i+1].start) {
				want = "occurrence-crossing"
			}
		}
	}
	utc := func(t time.Time) map[string]any {
		return map[string]any{"dateTime": t.Format("2006-01-02T15:04:05"), "timeZone": "UTC"}
	}
	p.send("PATCH", target, map[string]any{"start": utc(start), "end": utc(end)}, want)
	if want == "" {
		c := p.change(e, date)
		c.start, c.end = start, end
	}
}

func (p *plainCalendar) cancelOccurrence() {
	if e, date, target := p.occurrence(); target != "" {
		p.send("DELETE", target, nil, "")
		p.send("GET", target, nil, "mailbox-item-not-found")
		e.cancelled[date] = true
	}
}

func (p *plainCalendar) changeEvent() {
	e := p.events[p.r.IntN(len(p.events))]
	target := "/me/events/" + e.id
	switch p.r.IntN(3) {
	case 0:
		e.subject = p.name()
		p.send("PATCH", target, map[string]any{"subject": e.subject}, "")
	case 1:
		before := e.clock
		e.clock = fmt.Sprintf("%02d:%02d", 4+p.r.IntN(20), 15*p.r.IntN(4))
		p.send("PATCH", target, p.times(e, e.first), "")
		if e.clock != before {
			e.changed, e.cancelled = map[string]*plainChange{}, map[string]bool{}
		}
	case 2:
		p.send("DELETE", target, nil, "")
		p.send("GET", target, nil, "mailbox-item-not-found")
		p.events = slices.DeleteFunc(p.events, func(other *plainEvent) bool { return other == e })
	}
}

// plain are the rows of a window, in order, as the reference has them.
func (p *plainCalendar) plain(w window) (all []plainRow) {
	for _, e := range p.events {
		for _, row := range e.rows(w.to) {
			if row.start.Before(w.to) && row.end.After(w.from) {
				all = append(all, row)
			}
		}
	}
	return all
}

func rowOf(e map[string]any) plainRow {
	at := func(name string) time.Time {
		t, err := time.Parse(timeLayout, e[name].(map[string]any)["dateTime"].(string))
		if err != nil {
			panic(err)
		}
		return t
	}
	return plainRow{e["id"].(string), textOf(e["subject"]), textOf(e["type"]), at("start"), at("end")}
}

func query(w window) string {
	return "startDateTime=" + w.from.Format(time.DateTime)[:10] + "&endDateTime=" + w.to.Format(time.DateTime)[:10]
}

func (p *plainCalendar) compare(w window) {
	var got, want []string
	before := time.Time{}
	target := "/me/calendarView?$top=7&" + query(w)
	for next := true; next; {
		page := p.c.Get(target)
		for _, each := range page["value"].([]any) {
			row := rowOf(each.(map[string]any))
			if row.start.Before(before) {
				p.fatal("%v comes late", row)
			}
			before = row.start
			got = append(got, row.String())
		}
		target, next = page["@odata.nextLink"].(string)
	}
	for _, row := range p.plain(w) {
		want = append(want, row.String())
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		p.fatal("from %v to %v:\ngot  %s\nwant %s", w.from, w.to, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

// follow lets the client of a delta know what has changed, and compares what it knows.
func (p *plainCalendar) follow() {
	w := window{begin.AddDate(0, 0, 20), begin.AddDate(0, 0, 70)}
	if p.link == "" {
		p.link, p.known = "/me/calendarView/delta?"+query(w), map[string]plainRow{}
	}
	for more := true; more; {
		page := p.c.Get(p.link)
		for _, each := range page["value"].([]any) {
			item := each.(map[string]any)
			if item["@removed"] != nil {
				delete(p.known, item["id"].(string))
			} else {
				p.known[item["id"].(string)] = rowOf(item)
			}
		}
		next, is := page["@odata.nextLink"].(string)
		if more = is; is {
			p.link = next
		} else {
			p.link = page["@odata.deltaLink"].(string)
		}
	}
	subjects := map[string]string{} // of masters: those of occurrences are not in a delta
	for _, e := range p.events {
		subjects[e.id] = e.subject
	}
	var got, want []string
	for _, id := range slices.Sorted(maps.Keys(p.known)) {
		row := p.known[id]
		master, _, isOccurrence := occurrenceOf(id)
		switch {
		case row.kind == "seriesMaster":
			if row.subject != subjects[id] {
				p.fatal("delta: the series %v is %q", row, subjects[id])
			}
			continue
		case row.kind == "occurrence" && isOccurrence:
			row.subject = subjects[master]
		}
		got = append(got, row.String())
	}
	for _, row := range p.plain(w) {
		want = append(want, row.String())
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		p.fatal("delta:\ngot  %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

// TestRandomAvailability compares digits with those that looking at each interval gives.
func TestRandomAvailability(t *testing.T) {
	servicetest.Random(t, 2_000, func(t *testing.T, r *rand.Rand, steps int) {
		for range steps {
			w := window{begin, begin.Add(time.Duration(1+r.IntN(600)) * time.Minute)}
			interval := time.Duration(5+r.IntN(90)) * time.Minute
			var busy []busyTime
			for range r.IntN(6) {
				start := begin.Add(time.Duration(r.IntN(900)-300) * time.Minute)
				b := busyTime{start: start, end: start.Add(time.Duration(r.IntN(200)) * time.Minute),
					showAs: []string{"free", "tentative", "busy", "oof", "workingElsewhere"}[r.IntN(5)]}
				if w.overlaps(b.start, b.end) {
					busy = append(busy, b)
				}
			}
			want := ""
			for at := w.from; at.Before(w.to); at = at.Add(interval) {
				most := byte('0')
				for _, b := range busy {
					if (window{at, at.Add(interval)}).overlaps(b.start, b.end) {
						most = max(most, digits[b.showAs])
					}
				}
				want += string(most)
			}
			if got := availability(busy, w, interval); got != want {
				t.Fatalf("%v every %v: %s, want %s", busy, interval, got, want)
			}
		}
	})
}

// TestRandomCalendar writes events at random, and changes and cancels occurrences. What is in a window
// of time, and what a delta tells, is what a plain calendar has.
func TestRandomCalendar(t *testing.T) {
	servicetest.Random(t, 6_000, func(t *testing.T, r *rand.Rand, steps int) {
		p := &plainCalendar{t: t, r: r, c: servicetest.NewClient(t, openapi.Embedded().Tree(), Behaviors()...)}
		for ; p.n < steps; p.n++ {
			switch n := p.r.IntN(10); {
			case len(p.events) == 0 || len(p.events) < 8 && n < 3:
				p.create()
			case n < 6:
				p.changeOccurrence()
			case n < 8:
				p.cancelOccurrence()
			default:
				p.changeEvent()
			}
			switch p.r.IntN(8) {
			case 0:
				p.follow()
			case 1, 2:
				from := begin.AddDate(0, 0, p.r.IntN(110))
				p.compare(window{from, from.AddDate(0, 0, 1+p.r.IntN(40))})
			}
		}
	})
}
