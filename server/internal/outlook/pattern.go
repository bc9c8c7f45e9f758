package outlook

import (
	"encoding/json"
	"math"
	"slices"
	"time"
)

// A Day is the number of days since 1970-01-01.
type Day int

const secondsPerDay = 24 * 60 * 60

// DayOf is the day that a time is on, in its zone.
func DayOf(t time.Time) Day {
	y, m, d := t.Date()
	return Day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

// DayOn is a day of a month, by the number of months since the year 0.
func DayOn(month, dayOfMonth int) Day {
	return Day(time.Date(month/12, time.Month(month%12+1), dayOfMonth, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

// Date is the midnight in UTC at which the day begins.
func (d Day) Date() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

func (d Day) String() string { return d.Date().Format(time.DateOnly) }

func (d Day) weekday() int { return int(d.Date().Weekday()) }

// month is the number of months since the year 0.
func (d Day) month() int {
	y, m, _ := d.Date().Date()
	return y*12 + int(m) - 1
}

func daysIn(month int) int { return int(DayOn(month+1, 1) - DayOn(month, 1)) }

// LastDay is the last that Exchange can store.
var LastDay = DayOn(9999*12+11, 31)

// A Pattern tells on which days an event or a task recurs. They come in periods, of which the one
// with the number 0 has the first day: in each of the others there is at least one.
type Pattern struct {
	kind        string // as the property "type" has it
	interval    int    // of periods, in days, weeks, months or years
	weekdays    [7]bool
	firstOfWeek int
	index       int // of a day among those of a month that are right, -1 for the last
	dayOfMonth  int
	month       int // of a year, 0 is January
	First, Last Day
}

var (
	weekdays = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
	indexes  = []string{"first", "second", "third", "fourth"}
)

// maxInterval bounds the intervals of recurrences: Outlook has none that is longer (assumed).
const maxInterval = 999

// PatternOf reads a recurrence; ok is false if it is none. What the type of a pattern does not
// use is not looked at.
func PatternOf(recurrence map[string]any) (p Pattern, ok bool) {
	sent, _ := recurrence["pattern"].(map[string]any)
	limits, _ := recurrence["range"].(map[string]any)
	p.kind, _ = sent["type"].(string)
	p.interval = IntOf(sent["interval"])
	p.dayOfMonth, p.month = IntOf(sent["dayOfMonth"]), IntOf(sent["month"])-1
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
	p.First, p.Last = DayOf(first), LastDay
	switch limits["type"] {
	case "noEnd":
		return p, true
	case "endDate":
		last, err := time.Parse(time.DateOnly, textOf(limits["endDate"]))
		p.Last = DayOf(last)
		return p, err == nil && p.Last >= p.First
	case "numbered":
		n := IntOf(limits["numberOfOccurrences"])
		if n > 0 {
			p.Last = p.nth(n)
		}
		return p, n > 0
	}
	return p, false
}

// isWhole reports whether a pattern has what its type needs (DOC).
func (p *Pattern) isWhole() bool {
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

// IntOf is a number of JSON as an int, 0 for what is none.
func IntOf(v any) int {
	number, _ := v.(json.Number)
	n, _ := number.Int64()
	return int(max(min(n, math.MaxInt32), math.MinInt32))
}

// periodOf is the number of the period that a day is in, or of one shortly before it.
func (p *Pattern) periodOf(d Day) int {
	n := 0
	switch p.kind {
	case "daily":
		n = int(d-p.First) / p.interval
	case "weekly":
		n = int(d-p.week()) / (7 * p.interval)
	default:
		n = (d.month() - p.firstMonth()) / p.months()
	}
	return max(n, 0)
}

// week is the first day of the week that the first day is in.
func (p *Pattern) week() Day { return p.First - Day((p.First.weekday()-p.firstOfWeek+7)%7) }

// months is how many months a period has.
func (p *Pattern) months() int {
	if p.isYearly() {
		return 12 * p.interval
	}
	return p.interval
}

func (p *Pattern) isYearly() bool { return p.kind == "absoluteYearly" || p.kind == "relativeYearly" }

// firstMonth is the month of the first period in which the event may take place.
func (p *Pattern) firstMonth() int {
	month := p.First.month()
	if p.isYearly() {
		return month - month%12 + p.month
	}
	return month
}

// period returns the days of a period, in order. In the first one they begin with the first day.
func (p *Pattern) period(n int) (days []Day) {
	switch p.kind {
	case "daily":
		return []Day{p.First + Day(n*p.interval)}
	case "weekly":
		week := p.week() + Day(7*n*p.interval)
		for i := range 7 {
			if p.weekdays[(p.firstOfWeek+i)%7] {
				days = append(days, week+Day(i))
			}
		}
	default:
		days = append(days, p.inMonth(p.firstMonth()+n*p.months()))
	}
	return slices.DeleteFunc(days, func(d Day) bool { return d < p.First })
}

// inMonth is the day of a month. A day that the month does not have is its last (Outlook says
// so where such a pattern is made); of several weekdays, all that are right count (DOC).
func (p *Pattern) inMonth(month int) Day {
	if p.kind == "absoluteMonthly" || p.kind == "absoluteYearly" {
		return DayOn(month, min(p.dayOfMonth, daysIn(month)))
	}
	first, last := DayOn(month, 1), DayOn(month+1, 1)-1
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
func (p *Pattern) nth(n int) Day {
	first := p.period(0)
	if n <= len(first) {
		return first[n-1]
	}
	n -= len(first) + 1
	each := len(p.period(1))
	if periods := n/each + 1; periods < int(LastDay)/p.interval { // or the end of time
		return min(p.period(periods)[n%each], LastDay)
	}
	return LastDay
}

// Each calls visit for the days from one to another, both included, until it returns false.
func (p *Pattern) Each(from, to Day, visit func(Day) bool) {
	from, to = max(from, p.First), min(to, p.Last)
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

// Has reports whether the event takes place on a day.
func (p *Pattern) Has(d Day) bool {
	found := false
	p.Each(d, d, func(Day) bool {
		found = true
		return false
	})
	return found
}

// After is the first day of the pattern after another one.
func (p *Pattern) After(d Day) (next Day, found bool) {
	p.Each(d+1, p.Last, func(at Day) bool {
		next, found = at, true
		return false
	})
	return next, found
}

// Before is the last day of the pattern before another one.
func (p *Pattern) Before(d Day) (last Day, found bool) {
	for n := p.periodOf(d); n >= 0 && !found; n-- {
		for _, at := range p.period(n) {
			if at < d {
				last, found = at, true
			}
		}
	}
	return last, found
}
