package openapi

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// Statuses returns the statuses that the operation declares by number, in order;
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

// Successes returns the statuses with which the operation can succeed, in order.
// Where it declares them only as the range 2XX or by its default, that is 200, or
// 204 for a response that has no body.
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

// UsualStatus returns the status with which the operation answers where nothing else
// is known: its first success, else its first redirection, else the first status that
// it declares. A default stands for a success only where there is no redirection.
func (op *Operation) UsualStatus() int {
	least := func(class string) int {
		for _, name := range slices.Sorted(maps.Keys(op.responses)) {
			if status, err := strconv.Atoi(strings.Replace(name, "XX", "00", 1)); err == nil &&
				strings.HasPrefix(name, class) {
				return status
			}
		}
		return 0
	}
	if status := least("3"); status != 0 && least("2") == 0 {
		return status
	}
	for status := range op.Successes() {
		return status
	}
	return cmp.Or(least(""), http.StatusOK)
}

// Declares reports whether the operation may answer with a status: by its number,
// its range or a default.
func (op *Operation) Declares(status int) bool { return op.response(status) != nil }

// A DeclaredResponse is what an operation says about its response with a status, headers
// included. The zero value is that of a status that is not declared.
type DeclaredResponse struct {
	status   int
	declared *response
}

// Response returns what the operation says about its response with a status.
func (op *Operation) Response(status int) DeclaredResponse {
	return DeclaredResponse{status, op.response(status)}
}

func (r DeclaredResponse) content() content {
	if r.declared == nil || neverHasBody(r.status) {
		return nil
	}
	return r.declared.content
}

// HasBody reports whether the response carries a body.
func (r DeclaredResponse) HasBody() bool { return len(r.content()) > 0 }

// Media returns the media types of the body, the specific first.
func (r DeclaredResponse) Media() []string {
	var names []string
	for _, m := range r.content() {
		names = append(names, m.name)
	}
	return names
}

// MediaType returns the type of the body: JSON if there is a choice, one of a range
// if that is all there is, empty if there is no body.
func (r DeclaredResponse) MediaType() string {
	if m := r.content().first(); m != nil {
		return m.instance()
	}
	return ""
}

// Example returns a named example, the first one if name is empty: one of JSON, or
// of MediaType if the body is never JSON. It is decoded as jsontext.Decode does, and
// the caller's to change.
func (r DeclaredResponse) Example(name string) (any, bool) {
	for e := range r.content().examples() {
		if name == "" || e.name == name {
			return plain(e.value)
		}
	}
	return nil, false
}

// Examples returns the names that Example knows.
func (r DeclaredResponse) Examples() iter.Seq[string] {
	return func(yield func(string) bool) {
		for e := range r.content().examples() {
			if !yield(e.name) {
				return
			}
		}
	}
}

// TypeAt returns the JSON type that the body has at a JSON pointer, as
// Contract.TypeAt does.
func (r DeclaredResponse) TypeAt(pointer string) string { return r.content().typeAt(pointer) }

// Sample returns a body as schema.Schema.Example does: what the schema shows, and the
// rest made up. The error says what can't be made up, or that the context is done.
func (r DeclaredResponse) Sample(ctx context.Context, random *rand.Rand) (any, error) {
	if r.declared == nil {
		return nil, fmt.Errorf("status %d is not among the operation's answers", r.status)
	}
	if m := r.content().first(); m != nil && m.schema != nil {
		return m.schema.Example(ctx, random)
	}
	return nil, fmt.Errorf("the answer with status %d has no schema", r.status)
}

// SampleHeaders returns the headers that the response can't do without: those that are
// required, and where a redirection leads. They are the headers' examples, or made up as
// far as their schemas can be.
func (r DeclaredResponse) SampleHeaders(ctx context.Context, random *rand.Rand) http.Header {
	if r.declared == nil {
		return nil
	}
	made := http.Header{}
	for i := range r.declared.headers {
		h := &r.declared.headers[i]
		if needed := h.required || h.name == "Location" && r.status/100 == 3; !needed {
			continue
		}
		if v, err := h.example(ctx, random); err == nil {
			made.Set(h.name, headerText(v))
		}
	}
	return made
}

// example returns the first example of a parameter or header that fits its schema, or
// makes one up.
func (p *parameter) example(ctx context.Context, random *rand.Rand) (any, error) {
	for _, e := range p.examples {
		if v, ok := plain(e); ok && len(p.validate(v, ResponseSide)) == 0 {
			return v, nil
		}
	}
	if p.schema == nil {
		return nil, errNoSchema
	}
	return p.schema.Example(ctx, random)
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

// examples returns those of JSON, or of the first media type if none is JSON.
func (c content) examples() iter.Seq[namedExample] {
	return func(yield func(namedExample) bool) {
		first := c.first()
		for i := range c {
			m := &c[i]
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

// showsJSON reports whether a range is answered with JSON: it has JSON in it, and its
// values are not texts.
func (m *mediaType) showsJSON() bool {
	if m.name != "*/*" && m.name != "application/*" {
		return false
	}
	for _, e := range m.examples {
		if _, isText := e.value.(string); isText {
			return false
		}
	}
	return m.kind != "string"
}

// isJSON reports whether a message with a Content-Type of m is JSON.
func (m *mediaType) isJSON(h http.Header) bool {
	if !m.isRange {
		return m.json
	}
	base, _, _ := mime.ParseMediaType(contentType(h))
	return jsontext.IsMediaType(base)
}

// instance returns a media type that fits the pattern of m: JSON where it may be, text
// where any will do.
func (m *mediaType) instance() string {
	switch kind, isRange := strings.CutSuffix(m.name, "/*"); {
	case !isRange:
		return m.name
	case m.json:
		return "application/json"
	case kind == "*" || kind == "text":
		return "text/plain"
	default:
		return kind + "/x"
	}
}

// first returns the media type of a response, nil if there is none.
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

// neverHasBody reports whether HTTP itself gives no response with a status a body,
// whatever a contract says (RFC 9110, 6.4.1).
func neverHasBody(status int) bool {
	return status/100 == 1 || status == http.StatusNoContent || status == http.StatusNotModified
}
