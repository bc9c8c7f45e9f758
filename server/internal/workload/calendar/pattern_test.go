package calendar

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
)

var weekdays = strings.Fields("sunday monday tuesday wednesday thursday friday saturday")

// daysByHand are the days of a recurrence, found by looking at each day from the first on.
func daysByHand(recurrence map[string]any, upTo time.Time) (all []string) {
	pattern, limits := recurrence["pattern"].(map[string]any), recurrence["range"].(map[string]any)
	first, _ := time.Parse(time.DateOnly, limits["startDate"].(string))
	interval := number(pattern["interval"])
	named := func(t time.Time) bool {
		days, _ := pattern["daysOfWeek"].([]any)
		return slices.Contains(days, any(strings.ToLower(t.Weekday().String())))
	}
	weekOf := func(t time.Time) time.Time {
		for strings.ToLower(t.Weekday().String()) != pattern["firstDayOfWeek"] {
			t = t.AddDate(0, 0, -1)
		}
		return t
	}
	months := func(t time.Time) int { return t.Year()*12 + int(t.Month()) }
	sameMonth := func(a, b time.Time) bool { return months(a) == months(b) }
	isRight := func(t time.Time) bool { // in its month
		switch {
		case strings.HasPrefix(pattern["type"].(string), "absolute"):
			tomorrow := t.AddDate(0, 0, 1)
			return t.Day() == number(pattern["dayOfMonth"]) || !sameMonth(t, tomorrow) && t.Day() < number(pattern["dayOfMonth"])
		case !named(t):
			return false
		case pattern["index"] == "last":
			for later := t.AddDate(0, 0, 1); sameMonth(t, later); later = later.AddDate(0, 0, 1) {
				if named(later) {
					return false
				}
			}
			return true
		}
		before := 0
		for earlier := t.AddDate(0, 0, -1); sameMonth(t, earlier); earlier = earlier.AddDate(0, 0, -1) {
			if named(earlier) {
				before++
			}
		}
		return []any{"first", "second", "third", "fourth"}[before%4] == pattern["index"] && before < 4
	}
	for t := first; !t.After(upTo); t = t.AddDate(0, 0, 1) {
		right := false
		switch pattern["type"] {
		case "daily":
			right = int(t.Sub(first).Hours()/24)%interval == 0
		case "weekly":
			right = named(t) && int(weekOf(t).Sub(weekOf(first)).Hours()/24/7)%interval == 0
		case "absoluteMonthly", "relativeMonthly":
			right = isRight(t) && (months(t)-months(first))%interval == 0
		case "absoluteYearly", "relativeYearly":
			right = isRight(t) && int(t.Month()) == number(pattern["month"]) && (t.Year()-first.Year())%interval == 0
		}
		if !right {
			continue
		}
		if limits["type"] == "endDate" && t.Format(time.DateOnly) > limits["endDate"].(string) ||
			limits["type"] == "numbered" && len(all) == number(limits["numberOfOccurrences"]) {
			break
		}
		all = append(all, t.Format(time.DateOnly))
	}
	return all
}

func number(v any) int {
	n, _ := v.(json.Number).Int64()
	return int(n)
}

// randomRecurrence returns a recurrence that can be.
func randomRecurrence(r *rand.Rand) map[string]any {
	pick := func(all ...string) string { return all[r.IntN(len(all))] }
	n := func(most int) json.Number { return json.Number(fmt.Sprint(1 + r.IntN(most))) }
	first := time.Date(1990+r.IntN(40), time.Month(1+r.IntN(12)), 1+r.IntN(31), 0, 0, 0, 0, time.UTC)
	pattern := map[string]any{"type": pick("daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly"),
		"interval": n(4), "dayOfMonth": n(31), "month": n(12), "firstDayOfWeek": pick(weekdays...),
		"index": pick("first", "second", "third", "fourth", "last")}
	var days []any
	for _, name := range weekdays {
		if r.IntN(3) == 0 {
			days = append(days, name)
		}
	}
	if days == nil {
		days = []any{pick(weekdays...)}
	}
	pattern["daysOfWeek"] = days
	limits := map[string]any{"type": pick("noEnd", "endDate", "numbered"), "startDate": first.Format(time.DateOnly),
		"endDate": first.AddDate(0, 0, r.IntN(3000)).Format(time.DateOnly), "numberOfOccurrences": n(60)}
	return map[string]any{"pattern": pattern, "range": limits}
}

// TestRandomPatterns compares the days of recurrences with those that looking at each day finds.
func TestRandomPatterns(t *testing.T) {
	servicetest.Random(t, 2_000, func(t *testing.T, r *rand.Rand, steps int) {
		for range steps {
			recurrence := randomRecurrence(r)
			p, ok := outlook.PatternOf(recurrence)
			if !ok {
				t.Fatalf("%v is none", recurrence)
			}
			from := p.First + day(r.IntN(1500)-300)
			to := from + day(r.IntN(800))
			all := daysByHand(recurrence, (from + 1000).Date())
			var want, got []string
			for _, each := range all {
				if each >= from.String() && each <= to.String() {
					want = append(want, each)
				}
			}
			p.Each(from, to, func(d day) bool {
				got = append(got, d.String())
				return true
			})
			if !slices.Equal(got, want) {
				t.Fatalf("%v from %v to %v:\ngot  %v\nwant %v", recurrence, from, to, got, want)
			}
			next, last := "", ""
			for _, each := range all {
				switch {
				case each < from.String():
					last = each
				case each > from.String() && next == "":
					next = each
				}
			}
			if after, found := p.After(from); found && after <= from+1000 && after.String() != next || !found && next != "" {
				t.Fatalf("%v after %v: got %v, want %s", recurrence, from, after, next)
			}
			if before, found := p.Before(from); from <= p.Last && (found && before.String() != last || !found && last != "") {
				t.Fatalf("%v before %v: got %v, want %s", recurrence, from, before, last)
			}
		}
	})
}

func TestPatternsThatCannotBe(t *testing.T) {
	t.Parallel()
	one := func(v any) map[string]any {
		return map[string]any{"pattern": v, "range": map[string]any{"type": "noEnd", "startDate": "2026-02-02"}}
	}
	many := map[string]any{"type": "numbered", "startDate": "2026-02-02", "numberOfOccurrences": json.Number("2147483647")}
	for name, recurrence := range map[string]map[string]any{
		"nothing":        {},
		"no interval":    one(map[string]any{"type": "daily"}),
		"a long one":     one(map[string]any{"type": "daily", "interval": json.Number("99999999999")}),
		"no days":        one(map[string]any{"type": "weekly", "interval": json.Number("1")}),
		"no day":         one(map[string]any{"type": "absoluteMonthly", "interval": json.Number("1")}),
		"no month":       one(map[string]any{"type": "absoluteYearly", "interval": json.Number("1"), "dayOfMonth": json.Number("1")}),
		"another type":   one(map[string]any{"type": "hourly", "interval": json.Number("1")}),
		"pattern's text": one("daily"),
	} {
		if _, ok := outlook.PatternOf(recurrence); ok {
			t.Errorf("%s: it is a recurrence", name)
		}
	}
	p, ok := outlook.PatternOf(map[string]any{"pattern": map[string]any{"type": "daily", "interval": json.Number("999")}, "range": many})
	if !ok || p.Last != outlook.LastDay {
		t.Errorf("two thousand million occurrences end on %v", p.Last)
	}
}
