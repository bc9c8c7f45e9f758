package openapi

import (
	"iter"
	"math/rand/v2"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/schema"
	"github.com/graphmock/graphmock/openapi/spell"
)

// These names stand for those of the packages below, until their users say those
// themselves.
type (
	// An Object is a jsontext.Object.
	Object = jsontext.Object
	// A Member is a jsontext.Member.
	Member = jsontext.Member
	// A SyntaxError is a jsontext.SyntaxError.
	SyntaxError = jsontext.SyntaxError
	// An Error is a graph.Error.
	Error = graph.Error
)

// Ids of package graph.
const (
	ErrorThrottled          = graph.ErrorThrottled
	ErrorUnauthorized       = graph.ErrorUnauthorized
	ErrorTokenRevoked       = graph.ErrorTokenRevoked
	ErrorForbidden          = graph.ErrorForbidden
	ErrorNotFound           = graph.ErrorNotFound
	ErrorConflict           = graph.ErrorConflict
	ErrorPreconditionFailed = graph.ErrorPreconditionFailed
	ErrorInternal           = graph.ErrorInternal
	ErrorUnavailable        = graph.ErrorUnavailable
	ErrorTimeout            = graph.ErrorTimeout
	ErrorStorage            = graph.ErrorStorage
)

// WWWAuthenticate is graph.WWWAuthenticate.
const WWWAuthenticate = graph.WWWAuthenticate

// GraphErrorOf is graph.ErrorOf.
func GraphErrorOf(id string) (Error, bool) { return graph.ErrorOf(id) }

// GraphErrorFor is graph.ErrorFor.
func GraphErrorFor(status int) Error { return graph.ErrorFor(status) }

// GraphHosts is graph.Hosts.
func GraphHosts() []string { return graph.Hosts() }

// IsGraphHost is graph.IsHost.
func IsGraphHost(host string) bool { return graph.IsHost(host) }

// DecodeJSON is jsontext.Decode.
func DecodeJSON(data []byte) (any, *SyntaxError) { return jsontext.Decode(data) }

// EscapePointer is jsontext.EscapePointer.
func EscapePointer(name string) string { return jsontext.EscapePointer(name) }

// UnescapePointer is jsontext.UnescapePointer.
func UnescapePointer(segment string) string { return jsontext.UnescapePointer(segment) }

// SampleSchema is Schema.Sample for schema.FromJSON.
func SampleSchema(document map[string]any, random *rand.Rand) (any, error) {
	return schema.FromJSON(document, schema.Options{}).Sample(random)
}

// SubSchema is schema.Part.
func SubSchema(root, part map[string]any) map[string]any { return schema.Part(root, part) }

// ParseDateTime is schema.ParseDateTime.
func ParseDateTime(s string) (ms int64, ok bool) { return schema.ParseDateTime(s) }

// IsGUID is schema.IsGUID.
func IsGUID(text string) bool { return schema.IsGUID(text) }

// Nearest is spell.Nearest.
func Nearest(name string, candidates iter.Seq[string]) string { return spell.Nearest(name, candidates) }
