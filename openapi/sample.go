package openapi

import (
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// Statuses gives the statuses that the operation declares by number, in order;
// ranges such as 4XX are left out.
func (op *Operation) Statuses() iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, text := range slices.Sorted(maps.Keys(op.responses)) {
			if status, err := strconv.Atoi(text); err == nil && !yield(status) {
				return
			}
		}
	}
}

// Successes gives the statuses with which the operation can succeed, in order.
// Where it declares them only as the range 2XX or by its default, that is 200, or
// 204 for an answer that has no body.
func (op *Operation) Successes() iter.Seq[int] {
	return func(yield func(int) bool) {
		some := false
		for status := range op.Statuses() {
			if status/100 == 2 {
				if some = true; !yield(status) {
					return
				}
			}
		}
		switch ok := op.response(200); {
		case some || ok == nil:
		case len(ok.content) == 0:
			yield(204)
		default:
			yield(200)
		}
	}
}

// Declares tells whether the operation may answer with a status: by its number,
// its range or a default.
func (op *Operation) Declares(status int) bool { return op.response(status) != nil }

// HasBody tells whether the answer with a status carries a body.
func (op *Operation) HasBody(status int) bool {
	r := op.response(status)
	return r != nil && len(r.content) > 0
}

// Example is a named example of the answer with a status, the first one if name
// is empty: one of JSON, or of MediaType if the answer is never JSON. It is
// decoded as DecodeJSON does, and the caller's to change.
func (op *Operation) Example(status int, name string) (any, bool) {
	for e := range op.examples(status) {
		if name == "" || e.name == name {
			return plain(e.value)
		}
	}
	return nil, false
}

// Examples gives the names that Example knows for a status.
func (op *Operation) Examples(status int) iter.Seq[string] {
	return func(yield func(string) bool) {
		for e := range op.examples(status) {
			if !yield(e.name) {
				return
			}
		}
	}
}

func (op *Operation) examples(status int) iter.Seq[namedExample] {
	return func(yield func(namedExample) bool) {
		r := op.response(status)
		if r == nil {
			return
		}
		first := r.content.first()
		for i := range r.content {
			m := &r.content[i]
			for _, e := range m.examples {
				if (m.json || m == first) && !yield(e) {
					return
				}
			}
		}
	}
}

// plain turns what the document's parser made of an example into JSON values.
func plain(v any) (any, bool) {
	value, err := jsontext.ValueOf(v)
	return value, err == nil
}

// MediaType is the type of the answer with a status: JSON if there is a choice,
// one of a range if that is all there is, empty if there is no body.
func (op *Operation) MediaType(status int) string {
	if r := op.response(status); r != nil {
		if m := r.content.first(); m != nil {
			return m.instance()
		}
	}
	return ""
}

// instance is a media type that the pattern of m takes: text where any will do.
func (m *mediaType) instance() string {
	switch kind, isRange := strings.CutSuffix(m.name, "/*"); {
	case !isRange:
		return m.name
	case kind == "*" || kind == "text":
		return "text/plain"
	default:
		return kind + "/x"
	}
}

// first is the media type that is answered with, nil if there is none.
func (c content) first() *mediaType {
	for i := range c {
		if c[i].json {
			return &c[i]
		}
	}
	if len(c) == 0 {
		return nil
	}
	return &c[0]
}

// Sample makes up the body of an answer with a status, as its schema wants it:
// every required property, and of the others those that are neither objects nor
// arrays. The same source gives the same sample. The error says what of the
// schema can't be made up.
func (op *Operation) Sample(status int, random *rand.Rand) (any, error) {
	r := op.response(status)
	if r == nil {
		return nil, fmt.Errorf("status %d is not among the operation's answers", status)
	}
	if m := r.content.first(); m != nil && m.schema != nil {
		return m.schema.Sample(random)
	}
	return nil, fmt.Errorf("the answer with status %d has no schema", status)
}

// SampleHeaders makes up the headers that an answer with a status can't do
// without, as far as their schemas can be made up.
func (op *Operation) SampleHeaders(status int, random *rand.Rand) http.Header {
	r := op.response(status)
	if r == nil {
		return nil
	}
	made := http.Header{}
	for i := range r.headers {
		h := &r.headers[i]
		if !h.required || h.schema == nil {
			continue
		}
		if v, err := h.schema.Sample(random); err == nil {
			made.Set(h.name, headerText(v))
		}
	}
	return made
}

// headerText writes a value as the style "simple" has it.
func headerText(v any) string {
	list, ok := v.([]any)
	if !ok {
		return fmt.Sprint(v)
	}
	texts := make([]string, len(list))
	for i, each := range list {
		texts[i] = fmt.Sprint(each)
	}
	return strings.Join(texts, ",")
}

// RequestTypeAt is the JSON type that the operation's body has at a JSON pointer,
// as Contract.TypeAt gives it.
func (op *Operation) RequestTypeAt(pointer string) string {
	if op.body == nil {
		return ""
	}
	return op.body.typeAt(pointer)
}

// ResponseTypeAt is the JSON type that the answer with a status has at a JSON
// pointer, as Contract.TypeAt gives it.
func (op *Operation) ResponseTypeAt(status int, pointer string) string {
	r := op.response(status)
	if r == nil {
		return ""
	}
	return r.content.typeAt(pointer)
}

func (c content) typeAt(pointer string) string {
	for _, m := range c {
		if m.json && m.schema != nil {
			return m.schema.TypeAt(pointer)
		}
	}
	return ""
}

// UnknownProperty finds the first segment of a JSON pointer that a request body
// of the operation can't have, with the names that it could have there. It is
// empty where the schema is open.
func (op *Operation) UnknownProperty(pointer string) (segment string, known []string) {
	if op.body == nil {
		return "", nil
	}
	for _, m := range *op.body {
		if m.json && m.schema != nil {
			return m.schema.UnknownAt(pointer)
		}
	}
	return "", nil
}
