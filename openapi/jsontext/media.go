package jsontext

import "strings"

// IsMediaType reports whether bodies of a media type, given without its parameters,
// are JSON.
func IsMediaType(media string) bool {
	return media == "application/json" || strings.HasSuffix(media, "+json")
}
