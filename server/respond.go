package server

import (
	"fmt"
	"strings"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/graph"
)

// Content types of responses.
const (
	contentTypeJSON  = graph.ContentType
	contentTypeError = graph.ErrorContentType
	contentTypeBatch = "application/json"
)

// respond responds with an entity, or with nothing if body is nil.
func (x *exchange) respond(status int, body []byte) {
	x.responded, x.status, x.responseBody = true, status, body
	switch {
	case body == nil:
	case x.contract().UsesOData():
		x.setContentType(contentTypeJSON)
		x.outlet.SetHeader("Odata-Version", graph.ODataVersion)
	default:
		x.setContentType("application/json")
	}
}

func (x *exchange) setContentType(media string) { x.outlet.SetHeader("Content-Type", media) }

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
