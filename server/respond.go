package server

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi"
)

// Content types of responses.
const (
	contentTypeJSON  = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
	contentTypeError = "application/json"
	contentTypeBatch = "application/json"
)

// respond responds with an entity, or with nothing if body is nil.
func (x *exchange) respond(status int, body []byte) {
	x.responded, x.status, x.responseBody = true, status, body
	switch {
	case body == nil:
	case x.server.config.Contract.IsGraph():
		x.setContentType(contentTypeJSON)
		x.outlet.SetHeader("Odata-Version", "4.0")
	default:
		x.setContentType("application/json")
	}
}

func (x *exchange) setContentType(media string) { x.outlet.SetHeader("Content-Type", media) }

// respondEntity responds to a write with the entity, which is at hand both as an
// object and as JSON; last is a member that only the object has. The context is
// added to both. The client may have asked for more, for less, or for nothing.
func (x *exchange) respondEntity(status int, at place, entity openapi.Object, text []byte, last string) {
	if x.prefers() {
		return
	}
	if level := x.metadata(); level != metadataMinimal {
		x.respondAnnotated(status, at, entity, level)
		return
	}
	context := x.context(at, "")
	entity.Set("@odata.context", context)
	x.entity = entity
	x.respond(status, withContext(context, text, last))
}

// respondAnnotated responds with an entity with another level of metadata than minimal.
func (x *exchange) respondAnnotated(status int, at place, entity openapi.Object, level string) {
	if level == metadataFull {
		context := openapi.Object{{Name: "@odata.context", Value: x.context(at, "")}}
		entity = slices.Concat(context, annotations(at.kind().name, x.path(at)), entity)
	}
	x.entity = entity
	x.respond(status, appendObject(nil, entity))
	x.setContentType(contentTypeOf(level))
}

// maxViolationHeaders bounds the headers of a response; the journal has all.
const maxViolationHeaders = 8

// headerLine returns a violation as a header can carry it: one line of ASCII with
// rule, place and message.
func headerLine(v openapi.Violation) string {
	line := v.Rule + "; " + v.Pointer + "; " + v.Message
	if v.Hint != "" {
		line += " (" + v.Hint + ")"
	}
	const most = 500
	var b strings.Builder
	for _, r := range line {
		if b.Len() >= most {
			b.WriteString("...")
			break
		}
		switch {
		case r >= ' ' && r <= '~':
			b.WriteRune(r)
		case r == '\n' || r == '\r' || r == '\t':
			b.WriteByte(' ')
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
