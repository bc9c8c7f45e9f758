package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/internal/report"
)

// reasons are the kinds of what is wrong with recorded traffic. An exchange counts for the
// first that one of its violations is of. Of the first two, bodies can't be read.
var reasons = []reason{
	{"a body that is not JSON", ofRule("body-syntax", "body-duplicate-key", "body-utf8", "body-depth")},
	{"a body that is not what Content-Type says", ofRule("content-type-not-json")},
	{"a path that the contract does not have", ofRule("unknown-segment")},
	{"a method that the path does not take", ofRule("method-not-allowed")},
	{"a property that its type does not have", ofRule("additionalProperties", "unknown-property", "unknown-query-property", "unknown-selected-property")},
	{"a query option", func(v openapi.Violation) bool { return v.In == openapi.InQuery }},
	{"a time without a zone", says("format", `^"\d{4}-\d\d-\d\d[T ][\d:.]+" is not a valid date-time`)},
	{"a time where a date is", says("format", `^"\d{4}-\d\d-\d\dT[^"]*" is not a valid date;`)},
	{"a text that is no time, id, number or base64, such as a placeholder", ofRule("format")},
	{"a boolean or a number as a text", says("type", `write \S+ without quotation marks`)},
	{"a list where a single value is", says("type", `^expected [^,]*\b(object|string)\b.*, not array`)},
	{"a value of another type", ofRule("type")},
	{"a member that an enumeration does not have, or a type that can't be there", ofRule("enum")},
	{"a body that is larger than the service takes", ofRule("body-too-large")},
	{"a header", func(v openapi.Violation) bool { return v.In == openapi.InHeader }},
	{"a status, or a body that does not come with it", ofRule("status", "body-unexpected")},
	{"something else", func(openapi.Violation) bool { return true }},
}

const unreadable = 2 // of the reasons

type reason struct {
	text string
	is   func(openapi.Violation) bool
}

func ofRule(rules ...string) func(openapi.Violation) bool {
	return func(v openapi.Violation) bool { return slices.Contains(rules, v.Rule) }
}

func says(rule, message string) func(openapi.Violation) bool {
	words := regexp.MustCompile(message)
	return func(v openapi.Violation) bool { return v.Rule == rule && words.MatchString(v.Message+"; "+v.Hint) }
}

// A ledger counts exchanges by whether they keep the contract, and by what is wrong.
type ledger struct {
	all, found, clean int
	readable          int // whose bodies are what they say
	answered          int // of those, found and with an answer that keeps the contract

	by []report.Reason // by place in reasons
}

// add counts an exchange, and where it is.
func (l *ledger) add(x *server.Exchange, place string) {
	if l.by == nil {
		l.by = make([]report.Reason, len(reasons))
	}
	l.all++
	if x.Operation != "" {
		l.found++
	}
	if len(x.Violations) == 0 {
		l.clean++
		l.readable++
		l.answered++
		return
	}
	at := reasonOf(x.Violations)
	n := &l.by[at]
	n.Text = reasons[at].text
	countAt(n, place)
	ofAnswer := func(v openapi.Violation) bool { return v.Side == openapi.ResponseSide }
	if slices.ContainsFunc(x.Violations, func(v openapi.Violation) bool { return ofAnswer(v) && reasons[at].is(v) }) {
		n.InAnswer++
	}
	if at >= unreadable {
		l.readable++
		if x.Operation != "" && !slices.ContainsFunc(x.Violations, ofAnswer) {
			l.answered++
		}
	}
}

// reasonOf is the place of the first reason that violations have.
func reasonOf(found []openapi.Violation) int {
	return slices.IndexFunc(reasons, func(r reason) bool { return slices.ContainsFunc(found, r.is) })
}

// countAt counts an exchange for a reason.
func countAt(n *report.Reason, place string) {
	if n.Exchanges++; len(n.Places) < report.MaxPlaces {
		n.Places = append(n.Places, place)
	}
}

// maxBroken is how many exchanges may break the contract before a table says why.
const maxBroken = 10

// isLarge reports whether so many exchanges break the contract that a table says why.
func (l *ledger) isLarge() bool { return l.all-l.clean > maxBroken }

// notes say how many exchanges keep the contract, if many do not.
func (l *ledger) notes() []string {
	if !l.isLarge() {
		return nil
	}
	return []string{fmt.Sprintf("Found their operation: %d of %s, %s. Without a violation: %d, %s, or %s of those whose "+
		"bodies can be read; of the same, found and with an answer without one: %s.", l.found, count(l.all, "request"),
		percent(l.found, l.all), l.clean, percent(l.clean, l.all), percent(l.clean, l.readable),
		percent(l.answered, l.readable))}
}

// table is why exchanges break the contract, if many do.
func (l *ledger) table() (rows []report.Reason) {
	for _, n := range l.by {
		if l.isLarge() && n.Exchanges > 0 {
			rows = append(rows, n)
		}
	}
	return rows
}

// printReasons prints a table of reasons for a person.
func printReasons(w io.Writer, title string, rows []report.Reason) {
	if len(rows) == 0 {
		return
	}
	wide, answers := len(title), false
	for _, row := range rows {
		wide, answers = max(wide, len(row.Text)), answers || row.InAnswer > 0
	}
	line := func(text, requests, inAnswer, entries string) {
		if answers {
			requests += fmt.Sprintf("  %13s", inAnswer)
		}
		say(w, "%-*s  %8s  %s", wide, text, requests, entries)
	}
	line(title, "requests", "in the answer", "entries")
	for _, row := range rows {
		line(row.Text, fmt.Sprintf("%8d", row.Exchanges), strconv.Itoa(row.InAnswer), row.Entries())
	}
}
