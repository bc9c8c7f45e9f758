package jsontext

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// isPlain reports whether a byte stands for itself in a JSON string.
func isPlain(c byte) bool { return ' ' <= c && c < utf8.RuneSelf && c != '"' && c != '\\' }

// plainPrefix returns how many bytes of s are plain for sure, eight at a time: all of
// them in most texts, and all but the last few.
func plainPrefix(s string) int {
	const each, high = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(s); i += 8 {
		v := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
			uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		// The high bit of a byte is set by a subtraction if the byte is less; a borrow
		// can set that of the next one as well: then the rest is looked at byte by byte.
		special := v | (v - each*' ') | (v ^ each*'"' - each) | (v ^ each*'\\' - each)
		if special&high != 0 {
			break
		}
	}
	return i
}

// AppendString appends s as a JSON string. Unlike encoding/json it leaves <, > and &
// alone. Invalid UTF-8 becomes U+FFFD.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := plainPrefix(s); i < len(s); {
		c := s[i]
		switch {
		case isPlain(c):
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

// Append appends a JSON value of the types that Decode returns, an int or an Object. The
// members of a map are ordered by name. It panics on a value of another type.
func Append(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case string:
		return AppendString(b, v)
	case json.Number:
		return append(b, v...)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case []any:
		b = append(b, '[')
		for i, e := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = Append(b, e)
		}
		return append(b, ']')
	case Object:
		return AppendObject(b, v)
	case map[string]any:
		b = append(b, '{')
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(AppendString(b, name), ':')
			b = Append(b, v[name])
		}
		return append(b, '}')
	}
	panic(fmt.Sprintf("BUG: %T is no JSON value", v))
}

// AppendObject appends an object, whose members keep their order.
func AppendObject(b []byte, o Object) []byte {
	b = append(b, '{')
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(AppendString(b, m.Name), ':')
		b = Append(b, m.Value)
	}
	return append(b, '}')
}

// SizeHint returns about how many bytes the object takes as JSON: exactly as many
// if its values are texts and numbers without anything to escape.
func (o Object) SizeHint() int {
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
