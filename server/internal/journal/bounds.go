package journal

import (
	"fmt"
	"net/http"
	"strings"
	"unsafe"

	"github.com/graphmock/graphmock/openapi"
)

// Bounds of a journal, besides its size. Everything that it holds counts, and comes
// to 256 MiB at most.
const (
	maxBytes        = 176 << 20 // of the last exchanges
	maxExchange     = 32 << 20  // of one exchange; a larger one is shortened
	maxFlagged      = 1000      // exchanges that are kept for their violations
	maxFlaggedBytes = 56 << 20  // of these; later ones are shortened
	maxViolations   = 100       // of an exchange
	maxShortened    = 10        // of one that was shortened
	maxText         = 500       // bytes of what a client wrote, where it is shown or shortened
)

// Cut bounds text that a client wrote. The text that it returns may share the memory
// of the whole.
func Cut(text string) string {
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(text[:maxText], "") + "..."
}

// limit keeps an exchange within its bounds, and says in it what was left out.
func (k *kept) limit() {
	if more := len(k.Violations) - maxViolations; more > 0 {
		k.Violations = append([]openapi.Violation{}, k.Violations[:maxViolations]...)
		k.Omitted = fmt.Sprintf("%d more violations", more)
	}
	if k.bytes = k.measure(); k.bytes > maxExchange {
		k.shorten()
	}
}

// shorten is Exchange.Shorten for an exchange that is kept.
func (k *kept) shorten() {
	bytes := k.bytes
	k.header, k.responseHeader = nil, nil
	k.Shorten()
	k.Omitted, k.bytes = omitted(bytes), k.measure()
}

// measure returns how many bytes are held by an exchange that is kept.
func (k *kept) measure() int {
	return int(unsafe.Sizeof(*k)-unsafe.Sizeof(k.Exchange)) + k.Size() + lengths(k.header) + lengths(k.responseHeader)
}

// Shorten leaves out headers and bodies, cuts what is long, and says so in Omitted.
// What the exchange shared with others stays as it is.
func (e *Exchange) Shorten() {
	e.Omitted = omitted(e.Size())
	e.Header, e.AnswerHeader, e.Body, e.Answer = nil, nil, nil, nil
	for _, text := range []*string{&e.Method, &e.Host, &e.Path, &e.Query, &e.BatchID} {
		*text = strings.Clone(Cut(*text))
	}
	e.Violations = append([]openapi.Violation{}, e.Violations[:min(len(e.Violations), maxShortened)]...)
	for i := range e.Violations {
		v := &e.Violations[i]
		for _, text := range []*string{&v.Pointer, &v.Message, &v.Hint} {
			*text = strings.Clone(Cut(*text))
		}
	}
}

// omitted is what Omitted says of an exchange that was shortened.
func omitted(bytes int) string {
	return fmt.Sprintf("headers, bodies and whatever is long: %d bytes in all", bytes)
}

// Size returns how many bytes an exchange holds, rather too many than too few.
func (e *Exchange) Size() int {
	n := int(unsafe.Sizeof(*e)) + cap(e.Body) + cap(e.Answer)
	n += len(e.Method) + len(e.Host) + len(e.Path) + 2*len(e.Query) + len(e.BatchID) + len(e.Unsupported) + len(e.Reason) // the path may hold the request line
	for _, h := range [...]http.Header{e.Header, e.AnswerHeader} {
		for name, values := range h {
			n += len(name) + lengths(values)
		}
	}
	for i := range e.Violations {
		v := &e.Violations[i]
		n += int(unsafe.Sizeof(*v)) + len(v.Pointer) + len(v.Message) + len(v.Hint)
	}
	return n
}

// lengths returns how many bytes are held by texts.
func lengths(texts []string) int {
	n := len(texts) * int(unsafe.Sizeof(""))
	for _, text := range texts {
		n += len(text)
	}
	return n
}

// detach lets go of the batch that an exchange came in: texts of a request share the
// memory of all of them.
func (k *kept) detach() {
	k.BatchID, k.Method = strings.Clone(k.BatchID), strings.Clone(k.Method)
	for i, text := range k.header {
		k.header[i] = strings.Clone(text)
	}
}
