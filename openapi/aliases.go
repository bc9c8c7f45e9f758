package openapi

import "github.com/graphmock/graphmock/openapi/jsontext"

// These names stand for those of the packages below, until their users say those
// themselves.
type (
	// An Object is a jsontext.Object.
	Object = jsontext.Object
	// A Member is a jsontext.Member.
	Member = jsontext.Member
	// A SyntaxError is a jsontext.SyntaxError.
	SyntaxError = jsontext.SyntaxError
)

// DecodeJSON is jsontext.Decode.
func DecodeJSON(data []byte) (any, *SyntaxError) { return jsontext.Decode(data) }

// EscapePointer is jsontext.EscapePointer.
func EscapePointer(name string) string { return jsontext.EscapePointer(name) }

// UnescapePointer is jsontext.UnescapePointer.
func UnescapePointer(segment string) string { return jsontext.UnescapePointer(segment) }
