package server

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/graphmock/graphmock/openapi"
)

// plain marks the bytes that stand for themselves in a JSON string.
var plain = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// appendString writes s as JSON. Unlike encoding/json it leaves <, > and & alone,
// as Graph does. Invalid UTF-8 becomes U+FFFD.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case plain[c]:
			i++
			continue
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				b = append(append(b, s[start:i]...), "\ufffd"...)
				start = i + 1
			}
			i += size
			continue
		}
		b = append(b, s[start:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, `\n`...)
		default:
			b = fmt.Appendf(b, `\u%04x`, c)
		}
		i++
		start = i
	}
	return append(append(b, s[start:]...), '"')
}

// appendValue writes a JSON value; members of a map are ordered by name.
func appendValue(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case string:
		return appendString(b, v)
	case json.Number:
		return append(b, v...)
	case []any:
		b = append(b, '[')
		for i, e := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendValue(b, e)
		}
		return append(b, ']')
	case openapi.Object:
		return appendObject(b, v)
	case map[string]any:
		b = append(b, '{')
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, name), ':')
			b = appendValue(b, v[name])
		}
		return append(b, '}')
	}
	panic(fmt.Sprintf("BUG: %T is no JSON value", v))
}

// appendObject is appendValue for an object, whose members keep their order.
func appendObject(b []byte, o openapi.Object) []byte {
	b = append(b, '{')
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, m.Name), ':')
		b = appendValue(b, m.Value)
	}
	return append(b, '}')
}

// plainSize is about how many bytes an object takes as JSON: exact for strings
// and numbers without anything to escape.
func plainSize(o openapi.Object) int {
	n := len("{}")
	for _, m := range o {
		n += len(`"":,`) + len(m.Name)
		switch v := m.Value.(type) {
		case string:
			n += len(`""`) + len(v)
		case json.Number:
			n += len(v)
		default:
			n += len("false")
		}
	}
	return n
}

// isJSON tells whether bodies of a media type, which has no parameters, are JSON.
func isJSON(media string) bool {
	return media == "application/json" || strings.HasSuffix(media, "+json")
}

// quote shows text of a request in a message, in ASCII and cut when long.
func quote(s string) string {
	return strconv.QuoteToASCII(s[:min(len(s), 60)])
}
