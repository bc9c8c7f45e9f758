package odata

import (
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
)

// An ExpandItem is a navigation property to expand, with the options for its entities.
type ExpandItem struct {
	Property string
	Type     *edm.Type // that an entity has to be of to have it; nil for any
	Options
}

// maxExpand bounds how deep expanded properties are nested.
const maxExpand = 3

// expander reads the value of a $expand, nested ones included.
type expander struct {
	text string
	at   int
}

func parseExpand(text string, r *reader) ([]ExpandItem, *Error) {
	x := &expander{text: text}
	items, err := x.items(r)
	if err == nil && x.at < len(text) {
		err = x.fail("expected a comma or the end")
	}
	return items, err
}

func (x *expander) fail(message string) *Error {
	return &Error{Rule: RuleOption, Offset: x.at, Message: message}
}

func (x *expander) space() {
	for x.at < len(x.text) && x.text[x.at] == ' ' {
		x.at++
	}
}

// take skips spaces, a character and more spaces, if it comes next.
func (x *expander) take(c byte) bool {
	x.space()
	if x.at == len(x.text) || x.text[x.at] != c {
		return false
	}
	x.at++
	x.space()
	return true
}

// items reads properties with commas between them; * alone stands for all.
func (x *expander) items(r *reader) ([]ExpandItem, *Error) {
	if r.depth == maxExpand {
		return nil, x.fail("more than " + strconv.Itoa(maxExpand) + " levels are expanded")
	}
	if x.take('*') {
		return allOf(r), nil
	}
	var items []ExpandItem
	for {
		start := x.at
		item, err := x.item(r)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(items, func(i ExpandItem) bool { return i.Property == item.Property && i.Type == item.Type }) {
			return nil, (&Error{Message: item.Property + " is expanded more than once"}).at(start, RuleOption)
		}
		items = append(items, item)
		if !x.take(',') {
			return items, nil
		}
	}
}

// allOf returns every navigation property of a type, without options.
func allOf(r *reader) (items []ExpandItem) {
	if r.of == nil {
		return nil
	}
	for _, p := range r.of.Properties() {
		if p.Navigation {
			inner := &reader{of: p.Type()}
			items = append(items, ExpandItem{Property: p.Name, Options: *inner.options()})
		}
	}
	slices.SortFunc(items, func(a, b ExpandItem) int { return strings.Compare(a.Property, b.Property) })
	return items
}

func (x *expander) item(r *reader) (item ExpandItem, err *Error) {
	x.space()
	start := x.at
	of, err := x.navigation(r, &item)
	if err != nil {
		return item, err.at(start, RuleOption)
	}
	inner := &reader{Settings: r.Settings, of: of.of, depth: r.depth + 1}
	if x.take('(') {
		if err := x.options(inner); err != nil {
			return item, err
		}
	}
	item.Options = *inner.options()
	return item, nil
}

// navigation reads the name of a property, and before it that of the type which has it.
func (x *expander) navigation(r *reader, item *ExpandItem) (of shape, err *Error) {
	at := shape{kind: kindComplex, of: r.of}
	name := x.text[x.at:][:measureName(x.text[x.at:])]
	if item.Type = at.cast(name); item.Type != nil && strings.HasPrefix(x.text[x.at+len(name):], "/") {
		x.at, at.of = x.at+len(name)+1, item.Type
		name = x.text[x.at:][:measureName(x.text[x.at:])]
	}
	if !isIdentifier(name) {
		return of, &Error{Message: "expected the name of a property"}
	}
	x.at += len(name)
	if item.Property, of, err = at.step(name); err != nil {
		return of, err
	}
	if !of.navigation {
		return of, &Error{Rule: RuleExpand,
			Message: "Expand is not allowed for property '" + item.Property + "' according to the entity schema."}
	}
	return of, nil
}

// options reads what stands in parentheses after a property.
func (x *expander) options(r *reader) *Error {
	for {
		if err := x.option(r); err != nil {
			return err
		}
		if x.take(')') {
			return nil
		}
		if !x.take(';') {
			return x.fail("expected a semicolon or a closing parenthesis")
		}
	}
}

func (x *expander) option(r *reader) *Error {
	start := x.at
	end := x.at + strings.IndexByte(x.text[x.at:], '=')
	if end < start {
		return x.fail("expected an option, such as $filter=...")
	}
	name, known := r.canonical(strings.TrimSpace(x.text[start:end]))
	if !known || name == "$skiptoken" || name == "$deltatoken" || name == "$format" {
		return &Error{
			Rule: RuleUnknownOption, Offset: start,
			Message: "an expanded property has no option " + shown(strings.TrimSpace(x.text[start:end])),
		}
	}
	x.at = end + 1
	x.space()
	if name == "$expand" {
		err := r.markSent(name)
		if err != nil {
			return err.at(start, RuleTwice)
		}
		r.got.Expand, err = x.items(r)
		return err
	}
	begin := x.at
	err := r.read(name, strings.TrimRight(x.value(name), " "))
	if err != nil {
		err.Offset += begin
	}
	return err
}

// value reads the text up to the end of an option.
func (x *expander) value(name string) string {
	quote := byte('\'')
	if name == "$search" {
		quote = '"'
	}
	start, open, quoted := x.at, 0, false
	for ; x.at < len(x.text); x.at++ {
		switch c := x.text[x.at]; {
		case c == quote:
			quoted = !quoted
		case quoted:
			if c == '\\' && quote == '"' && x.at+1 < len(x.text) {
				x.at++
			}
		case c == '(':
			open++
		case c == ')' && open == 0 || c == ';' && open == 0:
			return x.text[start:x.at]
		case c == ')':
			open--
		}
	}
	return x.text[start:]
}
