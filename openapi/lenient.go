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
// the schema wants them (see the rows type-text, type-date and type-day), and returns the violations that are
// left.
func (op *Operation) readTexts(s *schema.Schema, body any, found []Violation) []Violation {
	exchange := graph.WorkloadOf(op.shape) == graph.Exchange
	undo := map[string]func(){}
	for _, v := range found {
		if v.Rule == "type" || v.Rule == "format" {
			if put := readText(body, v.Pointer, exchange); put != nil {
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
func readText(body any, pointer string, exchange bool) (undo func()) {
	object, last := memberAt(body, pointer)
	text, isText := object[last].(string)
	if !isText {
		return nil
	}
	if written, is := readDate(text, exchange); is {
		object[last] = written
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

// readDate gives the month and the day of a date both their digits. Exchange takes a date for its
// first moment, too.
func readDate(text string, exchange bool) (written string, is bool) {
	date, err := time.Parse("2006-1-2", text)
	if err != nil {
		return "", false
	}
	written = date.Format(time.DateOnly)
	if written == text && exchange {
		written += "T00:00:00Z"
	}
	return written, written != text
}
