package jsontext

import (
	"fmt"
	"strconv"
	"strings"
)

// A Pointer is a JSON pointer (RFC 6901): the names and indices on the way to a
// value. The empty one points at the whole value.
type Pointer []string

// ParsePointer reads a JSON pointer: "" or a text that begins with a slash.
func ParsePointer(text string) (Pointer, error) {
	if text == "" {
		return nil, nil
	}
	if text[0] != '/' {
		return nil, fmt.Errorf("%q is not a JSON pointer", text)
	}
	segments := strings.Split(text[1:], "/")
	for i, s := range segments {
		segments[i] = UnescapePointer(s)
	}
	return segments, nil
}

// String returns the pointer as RFC 6901 writes it.
func (p Pointer) String() string {
	var b strings.Builder
	for _, segment := range p {
		b.WriteByte('/')
		b.WriteString(EscapePointer(segment))
	}
	return b.String()
}

// In returns the value in v that p points at, and whether there is one.
func (p Pointer) In(v any) (any, bool) {
	for _, segment := range p {
		next, ok := step(v, segment)
		if !ok {
			return nil, false
		}
		v = next
	}
	return v, true
}

func step(v any, segment string) (any, bool) {
	switch v := v.(type) {
	case map[string]any:
		member, ok := v[segment]
		return member, ok
	case []any:
		i, ok := Index(segment, len(v))
		if !ok {
			return nil, false
		}
		return v[i], true
	}
	return nil, false
}

// Index reads a segment of a pointer as an index into an array of n elements, and
// reports whether it is one. Signs and leading zeros make it none (RFC 6901, section 4).
func Index(segment string, n int) (int, bool) {
	if segment != "0" && strings.IndexAny(segment, "123456789") != 0 {
		return 0, false
	}
	i, err := strconv.Atoi(segment)
	return i, err == nil && i < n
}

// EscapePointer returns the name of a member as a segment of a JSON pointer.
func EscapePointer(name string) string {
	if !strings.ContainsAny(name, "~/") {
		return name
	}
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

// UnescapePointer returns the name of a member that a segment of a JSON pointer
// stands for.
func UnescapePointer(segment string) string {
	if !strings.Contains(segment, "~") {
		return segment
	}
	return strings.ReplaceAll(strings.ReplaceAll(segment, "~1", "/"), "~0", "~")
}

// LastSegment returns the text after a pointer's last slash, escaped as it is.
func LastSegment(pointer string) string {
	return pointer[strings.LastIndexByte(pointer, '/')+1:]
}
