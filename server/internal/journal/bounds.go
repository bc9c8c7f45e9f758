package journal

import (
	"fmt"
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

// shorten leaves out headers and bodies, and cuts what is long. What the exchange
// shared with others stays as it is.
func (k *kept) shorten() {
	k.Omitted = fmt.Sprintf("headers, bodies and whatever is long: %d bytes in all", k.bytes)
	k.header, k.responseHeader, k.Body, k.Answer = nil, nil, nil, nil
	for _, text := range []*string{&k.Method, &k.Path, &k.Query, &k.BatchID} {
		*text = strings.Clone(Cut(*text))
	}
	k.Violations = append([]openapi.Violation{}, k.Violations[:min(len(k.Violations), maxShortened)]...)
	for i := range k.Violations {
		v := &k.Violations[i]
		for _, text := range []*string{&v.Pointer, &v.Message, &v.Hint} {
			*text = strings.Clone(Cut(*text))
		}
	}
	k.bytes = k.measure()
}

// measure returns how many bytes are held by an exchange that is kept, rather too
// many than too few.
func (k *kept) measure() int {
	n := int(unsafe.Sizeof(*k)) + cap(k.Body) + cap(k.Answer)
	n += len(k.Method) + len(k.Path) + 2*len(k.Query) + len(k.BatchID) // the path may hold the request line
	n += lengths(k.header) + lengths(k.responseHeader)
	for i := range k.Violations {
		v := &k.Violations[i]
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
