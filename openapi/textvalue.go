package openapi

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/schema"
)

// readTexts puts booleans and numbers in place of texts of a request that read as them, where
// the schema wants them (see the row type-text), and returns the violations that are left.
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

// readText puts what a text at a pointer reads as in its place, and returns what puts the text
// back: nil if there is no such text.
func readText(body any, pointer string) (undo func()) {
	above, last := pointer, ""
	if at := strings.LastIndexByte(pointer, '/'); at >= 0 {
		above, last = pointer[:at], jsontext.UnescapePointer(pointer[at+1:])
	}
	p, err := jsontext.ParsePointer(above)
	if err != nil {
		return nil
	}
	in, _ := p.In(body)
	object, _ := in.(map[string]any)
	text, isText := object[last].(string)
	if !isText {
		return nil
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
