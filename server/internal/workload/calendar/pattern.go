package calendar

import (
	"encoding/json"
	"math"
	"slices"
	"time"
)

// A day is the number of days since 1970-01-01.
type day int

const secondsPerDay = 24 * 60 * 60

// dayOf is the day that a time is on, in its zone.
func dayOf(t time.Time) day {
	y, m, d := t.Date()
	return day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

func dayOn(month, dayOfMonth int) day {
	return day(time.Date(month/12, time.Month(month%12+1), dayOfMonth, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

func (d day) date() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

func (d day) String() string { return d.date().Format(time.DateOnly) }

func (d day) weekday() int { return int(d.date().Weekday()) }

// month is the number of months since the year 0.
func (d day) month() int {
	y, m, _ := d.date().Date()
	return y*12 + int(m) - 1
}

func daysIn(month int) int { return int(dayOn(month+1, 1) - dayOn(month, 1)) }

// lastDay is the last that Exchange can store.
var lastDay = dayOn(9999*12+11, 31)

// A pattern tells on which days an event takes place. They come in periods, of which the one
// with the number 0 has the first day: in each of the others there is at least one.
type pattern struct {
	kind        string // as the property "type" has it
	interval    int    // of periods, in days, weeks, months or years
	weekdays    [7]bool
	firstOfWeek int
	index       int // of a day among those of a month that are right, -1 for the last
	dayOfMonth  int
	month       int // of a year, 0 is January
	first, last day
}

var (
	weekdays = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
	indexes  = []string{"first", "second", "third", "fourth"}
)

// maxInterval bounds the intervals of recurrences: Outlook has none that is longer (assumed).
const maxInterval = 999

// patternOf reads a recurrence; ok is false if it is none. What the type of a pattern does not
// use is not looked at.
func patternOf(recurrence map[string]any) (p pattern, ok bool) {
	sent, _ := recurrence["pattern"].(map[string]any)
	limits, _ := recurrence["range"].(map[string]any)
	p.kind, _ = sent["type"].(string)
	p.interval = intOf(sent["interval"])
	p.dayOfMonth, p.month = intOf(sent["dayOfMonth"]), intOf(sent["month"])-1
	p.firstOfWeek = max(slices.Index(weekdays, textOf(sent["firstDayOfWeek"])), 0)
	if p.index = slices.Index(indexes, textOf(sent["index"])); p.index < 0 && sent["index"] != "last" {
		p.index = 0
	}
	days, _ := sent["daysOfWeek"].([]any)
	for _, name := range days {
		if i := slices.Index(weekdays, textOf(name)); i >= 0 {
			p.weekdays[i] = true
		}
	}
	first, err := time.Parse(time.DateOnly, textOf(limits["startDate"]))
	if err != nil || p.interval < 1 || p.interval > maxInterval || !p.isWhole() {
		return p, false
	}
	p.first, p.last = dayOf(first), lastDay
	switch limits["type"] {
	case "noEnd":
		return p, true
	case "endDate":
		last, err := time.Parse(time.DateOnly, textOf(limits["endDate"]))
		p.last = dayOf(last)
		return p, err == nil && p.last >= p.first
	case "numbered":
		n := intOf(limits["numberOfOccurrences"])
		if n > 0 {
			p.last = p.nth(n)
		}
		return p, n > 0
	}
	return p, false
}

// isWhole reports whether a pattern has what its type needs (DOC).
func (p *pattern) isWhole() bool {
	someDay := slices.Contains(p.weekdays[:], true)
	absolute := p.dayOfMonth >= 1 && p.dayOfMonth <= 31
	inYear := p.month >= 0 && p.month < 12
	switch p.kind {
	case "daily":
		return true
	case "weekly", "relativeMonthly":
		return someDay
	case "absoluteMonthly":
		return absolute
	case "absoluteYearly":
		return absolute && inYear
	case "relativeYearly":
		return someDay && inYear
	}
	return false
}

func textOf(v any) string {
	text, _ := v.(string)
	return text
}

func intOf(v any) int {
	number, _ := v.(json.Number)
	n, _ := number.Int64()
	return int(max(min(n, math.MaxInt32), math.MinInt32))
}

// periodOf is the number of the period that a day is in, or of one shortly before it.
func (p *pattern) periodOf(d day) int {
	n := 0
	switch p.kind {
	case "daily":
		n = int(d-p.first) / p.interval
	case "weekly":
		n = int(d-p.week()) / (7 * p.interval)
	default:
		n = (d.month() - p.firstMonth()) / p.months()
	}
	return max(n, 0)
}

// week is the first day of the week that the first day is in.
func (p *pattern) week() day { return p.first - day((p.first.weekday()-p.firstOfWeek+7)%7) }

// months is how many months a period has.
func (p *pattern) months() int {
	if p.isYearly() {
		return 12 * p.interval
	}
	return p.interval
}

func (p *pattern) isYearly() bool { return p.kind == "absoluteYearly" || p.kind == "relativeYearly" }

// firstMonth is the month of the first period in which the event may take place.
func (p *pattern) firstMonth() int {
	month := p.first.month()
	if p.isYearly() {
		return month - month%12 + p.month
	}
	return month
}

// period returns the days of a period, in order. In the first one they begin with the first day.
func (p *pattern) period(n int) (days []day) {
	switch p.kind {
	case "daily":
		return []day{p.first + day(n*p.interval)}
	case "weekly":
		week := p.week() + day(7*n*p.interval)
		for i := range 7 {
			if p.weekdays[(p.firstOfWeek+i)%7] {
				days = append(days, week+day(i))
			}
		}
	default:
		days = append(days, p.inMonth(p.firstMonth()+n*p.months()))
	}
	return slices.DeleteFunc(days, func(d day) bool { return d < p.first })
}

// inMonth is the day of a month. A day that the month does not have is its last (Outlook says
// so where such a pattern is made); of several weekdays, all that are right count (DOC).
func (p *pattern) inMonth(month int) day {
	if p.kind == "absoluteMonthly" || p.kind == "absoluteYearly" {
		return dayOn(month, min(p.dayOfMonth, daysIn(month)))
	}
	first, last := dayOn(month, 1), dayOn(month+1, 1)-1
	if p.index < 0 {
		for d := last; ; d-- {
			if p.weekdays[d.weekday()] {
				return d
			}
		}
	}
	left := p.index
	for d := first; ; d++ {
		if !p.weekdays[d.weekday()] {
			continue
		}
		if left == 0 {
			return d
		}
		left--
	}
}

// nth is the day of the n-th occurrence, from 1.
func (p *pattern) nth(n int) day {
	first := p.period(0)
	if n <= len(first) {
		return first[n-1]
	}
	n -= len(first) + 1
	each := len(p.period(1))
	if periods := n/each + 1; periods < int(lastDay)/p.interval { // or the end of time
		return min(p.period(periods)[n%each], lastDay)
	}
	return lastDay
}

// each calls visit for the days from one to another, both included, until it returns false.
func (p *pattern) each(from, to day, visit func(day) bool) {
	from, to = max(from, p.first), min(to, p.last)
	for n := p.periodOf(from); from <= to; n++ {
		for _, d := range p.period(n) {
			if d > to {
				return
			}
			if d >= from && !visit(d) {
				return
			}
		}
	}
}

// has reports whether the event takes place on a day.
func (p *pattern) has(d day) bool {
	found := false
	p.each(d, d, func(day) bool {
		found = true
		return false
	})
	return found
}

// after is the first day after another one, or before it the last.
func (p *pattern) after(d day) (next day, found bool) {
	p.each(d+1, p.last, func(at day) bool {
		next, found = at, true
		return false
	})
	return next, found
}

func (p *pattern) before(d day) (last day, found bool) {
	for n := p.periodOf(d); n >= 0 && !found; n-- {
		for _, at := range p.period(n) {
			if at < d {
				last, found = at, true
			}
		}
	}
	return last, found
}
