package document

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A source is the text of a file as the YAML library gets it.
type source struct {
	name   string
	text   string
	starts []int // offset of each line
	shifts []shift
}

// A shift says that from a place on, to the end of the line, the text that was
// written stands delta columns further right than in source.text.
type shift struct{ line, column, delta int }

// newSource checks what can't be checked later: the library reports the place
// of no encoding error.
func newSource(name string, data []byte) (*source, *Problem) {
	s := &source{name: name}
	if len(data) > MaxSize {
		return nil, &Problem{File: name, Line: 1, Column: 1,
			Message: fmt.Sprintf("the file is larger than %d KiB", MaxSize>>10), Hint: "split it"}
	}
	s.text = strings.TrimPrefix(string(data), "\ufeff")
	isJSON := json.Valid([]byte(s.text))
	if isJSON {
		s.translateJSON()
	}
	s.starts = []int{0}
	for i, r := range s.text {
		switch {
		case r == '\n' || r == '\r' && !strings.HasPrefix(s.text[i+1:], "\n"):
			s.starts = append(s.starts, i+1)
		case r == utf8.RuneError && !strings.HasPrefix(s.text[i:], "\ufffd"):
			return nil, s.problemAt(i, fmt.Sprintf("byte %#02x is not valid UTF-8", s.text[i]),
				"save the file as UTF-8")
		case isUnreadable(r):
			return nil, s.problemAt(i, fmt.Sprintf("character %U can't stand in YAML", r),
				fmt.Sprintf(`write it in double quotes as "\u%04x"`, r))
		}
	}
	return s, nil
}

// isUnreadable reports whether YAML forbids r, or reads it as a line break that no
// editor shows.
func isUnreadable(r rune) bool {
	switch r {
	case '\t', '\n', '\r':
		return false
	case '\u0085', '\u2028', '\u2029', '\ufffe', '\uffff':
		return true
	}
	return r < ' '
}

// translateJSON writes what JSON may say and the YAML library can't read in
// another way: pairs of surrogate escapes and raw characters that YAML forbids,
// and outside of strings tabs, and space before a colon.
func (s *source) translateJSON() {
	t := jsonTranslation{source: s, line: 1, column: 1}
	for rest := s.text; rest != ""; {
		rest = rest[t.next(rest):]
	}
	t.put(string(t.space))
	s.text = t.String()
}

type jsonTranslation struct {
	*source
	strings.Builder
	line, column, delta int
	inString            bool
	space               []byte // outside of strings, not yet written
}

// next translates a character or an escape sequence and returns its length.
func (t *jsonTranslation) next(text string) int {
	r, size := utf8.DecodeRuneInString(text)
	switch {
	case !t.inString && r == '\t':
		t.space = append(t.space, ' ')
		return size
	case !t.inString && (r == ' ' || r == '\n' || r == '\r'):
		t.space = append(t.space, byte(r))
		return size
	case !t.inString && r == ':':
		t.put(":")
		if bytes.ContainsAny(t.space, "\r\n") {
			t.space = append(t.space, ' ') // in the colon's place
		}
	}
	t.put(string(t.space))
	t.space = t.space[:0]
	switch {
	case !t.inString && r == ':':
	case r == '"':
		t.inString = !t.inString
		t.put(text[:size])
	case r == '\\':
		if c, ok := surrogatePair(text); ok {
			size = len(`\ud83d\ude00`)
			t.replace(fmt.Sprintf(`\U%08x`, c), size)
			return size
		}
		size = 2
		t.put(text[:size])
	case isUnreadable(r):
		t.replace(fmt.Sprintf(`\u%04x`, r), 1)
	default:
		t.put(text[:size])
	}
	return size
}

// put writes text as it is.
func (t *jsonTranslation) put(text string) {
	t.WriteString(text)
	for i, r := range text {
		t.column++
		if r == '\n' || r == '\r' && !strings.HasPrefix(text[i+1:], "\n") {
			t.line, t.column, t.delta = t.line+1, 1, 0
		}
	}
}

// replace writes text for something of another width.
func (t *jsonTranslation) replace(text string, width int) {
	t.put(text)
	t.delta += width - len(text)
	t.shifts = append(t.shifts, shift{t.line, t.column, t.delta})
}

// surrogatePair reads the JSON escape of a character beyond U+FFFF that text
// starts with.
func surrogatePair(text string) (rune, bool) {
	const length = len(`\ud83d\ude00`)
	if len(text) < length || text[1] != 'u' {
		return 0, false
	}
	var c string
	if json.Unmarshal([]byte(`"`+text[:length]+`"`), &c) != nil {
		return 0, false
	}
	r, size := utf8.DecodeRuneInString(c)
	return r, size == len(c) && r > 0xffff
}

// written returns the column in the file for a place of the text.
func (s *source) written(line, column int) int {
	at, _ := slices.BinarySearchFunc(s.shifts, shift{line: line, column: column + 1}, func(a, b shift) int {
		if a.line != b.line {
			return a.line - b.line
		}
		return a.column - b.column
	})
	if at > 0 && s.shifts[at-1].line == line {
		column += s.shifts[at-1].delta
	}
	return column
}

// problemAt returns a problem at an offset of the text on the last line that has been
// found.
func (s *source) problemAt(offset int, message, hint string) *Problem {
	line := len(s.starts)
	column := utf8.RuneCountInString(s.text[s.starts[line-1]:offset]) + 1
	return &Problem{File: s.name, Line: line, Column: s.written(line, column), Message: message, Hint: hint}
}

// offset returns where a place of the text is in bytes, false if it has no such place.
func (s *source) offset(line, column int) (int, bool) {
	at := len(s.text) - len((&cursor{}).seek(s, line, column))
	return at, at < len(s.text)
}

// rest returns the text from a place to the end of its line.
func (s *source) rest(line, column int) string {
	at, ok := s.offset(line, column)
	if !ok {
		return ""
	}
	text := s.text[at:]
	if end := strings.IndexAny(text, "\r\n"); end >= 0 {
		text = text[:end]
	}
	return text
}

// A cursor finds places that come in the order of the text in one pass over it.
type cursor struct{ line, column, offset int }

// seek returns the text from a place on.
func (c *cursor) seek(s *source, line, column int) string {
	if line < 1 || line > len(s.starts) {
		return ""
	}
	if line != c.line || column < c.column {
		*c = cursor{line, 1, s.starts[line-1]}
	}
	for ; c.column < column && c.offset < len(s.text); c.column++ {
		_, size := utf8.DecodeRuneInString(s.text[c.offset:])
		c.offset += size
	}
	return s.text[c.offset:]
}
