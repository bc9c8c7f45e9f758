package jsontext

import (
	"bytes"
	"iter"
)

// Members returns the members of an object, which has to be JSON as Append writes it: their names,
// as they are written between quotation marks, and their values, as they are written.
func Members(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		for at := 1; at < len(object) && object[at] == '"'; {
			colon := endOfString(object, at)
			end := endOfValue(object, colon+1)
			if !yield(object[at+1:colon-1], object[colon+1:end]) {
				return
			}
			at = end + 1 // a comma
		}
	}
}

// Pick reads some members of an object, which has to be JSON as Append writes it, into a map. It
// takes much less time than to decode all of it. Names have no characters that are escaped.
func Pick(into map[string]any, object []byte, names ...string) {
	found := 0
	for name, text := range Members(object) {
		for _, n := range names {
			if string(name) != n {
				continue
			}
			p := parser{text: string(text)}
			value, err := p.value()
			if err != nil {
				panic("BUG: " + err.Error())
			}
			into[n] = value
			if found++; found == len(names) {
				return
			}
		}
	}
}

// endOfString is where a string ends that begins at a quotation mark.
func endOfString(b []byte, at int) int {
	for at++; ; {
		i := bytes.IndexByte(b[at:], '"')
		if i < 0 {
			return len(b)
		}
		escapes := 0
		for at+i-escapes > 0 && b[at+i-escapes-1] == '\\' {
			escapes++
		}
		if at += i + 1; escapes%2 == 0 {
			return at
		}
	}
}

// endOfValue is where a value ends.
func endOfValue(b []byte, at int) int {
	depth := 0
	for at < len(b) {
		switch b[at] {
		case '"':
			at = endOfString(b, at)
		case '{', '[':
			depth++
			at++
		case '}', ']':
			if depth == 0 {
				return at
			}
			depth--
			at++
		case ',':
			if depth == 0 {
				return at
			}
			at++
		default:
			at++
			continue
		}
		if depth == 0 && (at >= len(b) || b[at] == ',' || b[at] == '}' || b[at] == ']') {
			return at
		}
	}
	return at
}
