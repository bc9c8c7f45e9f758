package main

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server"
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

	by []reasonCount // by place in reasons
}

type reasonCount struct {
	exchanges, answers int // of the exchanges, those whose answers have it
	first              string
}

// add counts an exchange, and where it is.
func (l *ledger) add(x *server.Exchange, place string) {
	if l.by == nil {
		l.by = make([]reasonCount, len(reasons))
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
	if n.exchanges++; n.first == "" {
		n.first = place
	}
	ofAnswer := func(v openapi.Violation) bool { return v.Side == openapi.ResponseSide }
	if slices.ContainsFunc(x.Violations, func(v openapi.Violation) bool { return ofAnswer(v) && reasons[at].is(v) }) {
		n.answers++
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

// maxBroken is how many exchanges may break the contract before a table says why.
const maxBroken = 10

// notes say how many exchanges keep the contract, and why others do not, if there are many.
func (l *ledger) notes() []string {
	if l.all-l.clean <= maxBroken {
		return nil
	}
	notes := []string{fmt.Sprintf("Found their operation: %d of %s, %s. Without a violation: %d, %s, or %s of those whose "+
		"bodies can be read; of the same, found and with an answer without one: %s.", l.found, count(l.all, "request"),
		percent(l.found, l.all), l.clean, percent(l.clean, l.all), percent(l.clean, l.readable),
		percent(l.answered, l.readable))}
	for i, n := range l.by {
		if n.exchanges > 0 {
			notes = append(notes, fmt.Sprintf("Broken by %s: %s, %d of them in the answer. The first is %s.", reasons[i].text,
				count(n.exchanges, "request"), n.answers, n.first))
		}
	}
	return notes
}
