package openapi

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/schema"
)

// readTexts puts booleans, numbers and dates in place of texts of a request that read as them, where
// the schema wants them (see the rows type-text and type-date), and returns the violations that are
// left.
func readTexts(s *schema.Schema, body any, found []Violation) []Violation {
	undo := map[string]func(){}
	for _, v := range found {
		if v.Rule == "type" || v.Rule == "format" {
			if put := readText(body, v.Pointer); put != nil {
				undo[v.Pointer] = put
			}
		}
	}
	if len(undo) == 0 {
		return found
	}
	left := validate(s, RequestSide, body)
	wrong := false
	for _, v := range left {
		if put := undo[v.Pointer]; put != nil {
			put()
			wrong = true
		}
	}
	if wrong {
		left = validate(s, RequestSide, body)
		return slices.DeleteFunc(found, func(v Violation) bool {
			return !slices.ContainsFunc(left, func(l Violation) bool { return l.Pointer == v.Pointer && l.Rule == v.Rule })
		})
	}
	return left
}

// readNames gives properties the names that they have, where a request has them in another case
// (see the row type-name-case), and reports whether there were any.
func (op *Operation) readNames(body any, found []Violation) bool {
	m := op.version.bodies().model
	exchange, directory := graph.WorkloadOf(op.shape) == graph.Exchange, m.Type("microsoft.graph.directoryObject")
	renamed := false
	for _, v := range found {
		t := m.Type(v.Type)
		if v.Rule != "additionalProperties" || t == nil || !exchange && (directory == nil || !t.Is(directory)) {
			continue
		}
		object, sent := memberAt(body, v.Pointer)
		p := t.PropertyFold(sent)
		if object == nil || p == nil {
			continue
		}
		if _, both := object[p.Name]; both {
			continue
		}
		object[p.Name] = object[sent]
		delete(object, sent)
		renamed = true
	}
	return renamed
}

// memberAt returns the object that has the value at a pointer, nil if there is none, and the name
// of its member.
func memberAt(body any, pointer string) (object map[string]any, name string) {
	above, last := pointer, ""
	if at := strings.LastIndexByte(pointer, '/'); at >= 0 {
		above, last = pointer[:at], jsontext.UnescapePointer(pointer[at+1:])
	}
	p, err := jsontext.ParsePointer(above)
	if err != nil {
		return nil, ""
	}
	in, _ := p.In(body)
	object, _ = in.(map[string]any)
	return object, last
}

// readText puts what a text at a pointer reads as in its place, and returns what puts the text
// back: nil if there is no such text.
func readText(body any, pointer string) (undo func()) {
	object, last := memberAt(body, pointer)
	text, isText := object[last].(string)
	if !isText {
		return nil
	}
	if padded, is := padDate(text); is {
		object[last] = padded
		return func() { object[last] = text }
	}
	switch value, err := jsontext.Decode([]byte(strings.ToLower(text))); value.(type) {
	case bool, json.Number:
		if err != nil {
			return nil
		}
		object[last] = value
		return func() { object[last] = text }
	}
	return nil
}

// padDate gives the month and the day of a date both their digits.
func padDate(text string) (padded string, is bool) {
	date, err := time.Parse("2006-1-2", text)
	if err != nil {
		return "", false
	}
	padded = date.Format(time.DateOnly)
	return padded, padded != text
}
