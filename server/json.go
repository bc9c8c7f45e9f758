package server

import (
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/jsontext"
)

// appendString is jsontext.AppendString.
func appendString(b []byte, s string) []byte { return jsontext.AppendString(b, s) }

// appendValue is jsontext.Append.
func appendValue(b []byte, v any) []byte { return jsontext.Append(b, v) }

// appendObject is jsontext.AppendObject.
func appendObject(b []byte, o openapi.Object) []byte { return jsontext.AppendObject(b, o) }

// plainSize is jsontext.Object.SizeHint.
func plainSize(o openapi.Object) int { return o.SizeHint() }

// isJSON tells whether bodies of a media type, which has no parameters, are JSON.
func isJSON(media string) bool {
	return media == "application/json" || strings.HasSuffix(media, "+json")
}

// quote shows text of a request in a message, in ASCII and cut when long.
func quote(s string) string {
	return strconv.QuoteToASCII(s[:min(len(s), 60)])
}
