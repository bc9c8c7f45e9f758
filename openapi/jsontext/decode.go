package jsontext

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Limits of a text. They are far above any message that a service documents, and
// keep a hostile text from costing more than a read.
const (
	maxDepth        = 64
	maxNumberLength = 64
	maxExponent     = 400
)

// Rules that a text breaks.
const (
	RuleEmpty        = "empty"
	RuleSyntax       = "syntax"
	RuleTrailing     = "trailing"
	RuleDuplicateKey = "duplicate-key"
	RuleUTF8         = "utf8"
	RuleDepth        = "depth"
	RuleNumber       = "number"
)

// A SyntaxError says why bytes are not one strict JSON value.
type SyntaxError struct {
	Rule         string // one of the rules above
	Pointer      string // of the value that was being read
	Line, Column int    // from 1; columns count bytes
	Message      string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message)
}

// Decode reads data as one JSON value, stricter than encoding/json: valid
// UTF-8 without a byte order mark, no duplicate member names, no lone
// surrogates, nothing after the value, at most 64 levels, numbers of at most 64
// characters. Objects are map[string]any, numbers json.Number.
func Decode(data []byte) (any, *SyntaxError) {
	// One copy of the text; every string of the result shares it.
	p := parser{text: string(data)}
	p.space()
	if p.at == len(p.text) {
		return nil, p.fail(RuleEmpty, "the body is empty")
	}
	v, err := p.value()
	if err != nil {
		return nil, err
	}
	if p.space(); p.at < len(p.text) {
		return nil, p.fail(RuleTrailing, "unexpected text after the JSON value")
	}
	return v, nil
}

type parser struct {
	text  string
	at    int
	depth int
	path  []string // names of the members being read, for error pointers
	last  int      // how many members the last object had, until the next one begins
}

func (p *parser) fail(rule, format string, args ...any) *SyntaxError {
	before := p.text[:min(p.at, len(p.text))]
	return &SyntaxError{
		Rule:    rule,
		Pointer: Pointer(p.path).String(),
		Line:    1 + strings.Count(before, "\n"),
		Column:  p.at - strings.LastIndexByte(before, '\n'),
		Message: fmt.Sprintf(format, args...),
	}
}

func (p *parser) space() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

// peek returns the next byte, or 0 at the end.
func (p *parser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *parser) value() (any, *SyntaxError) {
	switch c := p.peek(); {
	case c == '{':
		return p.object()
	case c == '[':
		return p.array()
	case c == '"':
		return p.string()
	case c == '-' || '0' <= c && c <= '9':
		return p.number()
	case c == 't':
		return true, p.word("true")
	case c == 'f':
		return false, p.word("false")
	case c == 'n':
		return nil, p.word("null")
	}
	return nil, p.unexpected("a value")
}

func (p *parser) unexpected(wanted string) *SyntaxError {
	if p.at >= len(p.text) {
		return p.fail(RuleSyntax, "the JSON ends where %s is expected", wanted)
	}
	r, size := utf8.DecodeRuneInString(p.text[p.at:])
	if r == utf8.RuneError && size == 1 {
		return p.fail(RuleUTF8, "byte %#02x is not valid UTF-8", p.text[p.at])
	}
	if r == '\ufeff' {
		return p.fail(RuleSyntax, "byte order mark found where %s is expected", wanted)
	}
	return p.fail(RuleSyntax, "%q found where %s is expected", r, wanted)
}

func (p *parser) word(w string) *SyntaxError {
	if !strings.HasPrefix(p.text[p.at:], w) {
		return p.unexpected("a value")
	}
	p.at += len(w)
	return nil
}

// open enters an object or array.
func (p *parser) open() *SyntaxError {
	if p.depth++; p.depth > maxDepth {
		return p.fail(RuleDepth, "more than %d levels of nesting", maxDepth)
	}
	p.at++
	p.space()
	return nil
}

func (p *parser) close() {
	p.at++
	p.depth--
}

// taken returns how many members the last object had, for one object: entities of a list are
// alike. No nested one gets it too, so that the room for all is at most that of twice as many.
func (p *parser) taken() int {
	n := p.last
	p.last = 0
	return n
}

func (p *parser) object() (any, *SyntaxError) {
	if err := p.open(); err != nil {
		return nil, err
	}
	m := make(map[string]any, p.taken())
	if p.peek() == '}' {
		p.close()
		return m, nil
	}
	for {
		if p.peek() != '"' {
			return nil, p.unexpected("a member name in double quotes")
		}
		start := p.at
		name, err := p.string()
		if err != nil {
			return nil, err
		}
		if _, twice := m[name]; twice {
			p.at = start
			return nil, p.fail(RuleDuplicateKey, "member %s appears twice", Quote(name))
		}
		if p.space(); p.peek() != ':' {
			return nil, p.unexpected("':'")
		}
		p.at++
		p.space()
		p.path = append(p.path, name)
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		p.path = p.path[:len(p.path)-1]
		m[name] = v
		switch p.space(); p.peek() {
		case '}':
			p.close()
			p.last = len(m)
			return m, nil
		case ',':
			p.at++
			p.space()
		default:
			return nil, p.unexpected("',' or '}'")
		}
	}
}

func (p *parser) array() (any, *SyntaxError) {
	if err := p.open(); err != nil {
		return nil, err
	}
	list := []any{}
	if p.peek() == ']' {
		p.close()
		return list, nil
	}
	for {
		p.path = append(p.path, strconv.Itoa(len(list)))
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		p.path = p.path[:len(p.path)-1]
		list = append(list, v)
		switch p.space(); p.peek() {
		case ']':
			p.close()
			return list, nil
		case ',':
			p.at++
			p.space()
		default:
			return nil, p.unexpected("',' or ']'")
		}
	}
}

// string reads a string token; p is at its opening quote.
func (p *parser) string() (string, *SyntaxError) {
	start := p.at + 1
	ascii := true
	for i := start + plainPrefix(p.text[start:]); i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '"':
			s := p.text[start:i]
			if !ascii && !utf8.ValidString(s) {
				return "", p.fail(RuleUTF8, "string is not valid UTF-8")
			}
			p.at = i + 1
			return s, nil
		case c == '\\':
			return p.escapedString(i)
		case c < ' ':
			p.at = i
			return "", p.fail(RuleSyntax, "control character %#02x in a string must be escaped", c)
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	p.at = len(p.text)
	return "", p.fail(RuleSyntax, "the JSON ends inside a string")
}

// escapedString goes on where string found the first backslash, at i.
func (p *parser) escapedString(i int) (string, *SyntaxError) {
	b := []byte(p.text[p.at+1 : i])
	for i < len(p.text) {
		c := p.text[i]
		switch {
		case c == '"':
			if !utf8.Valid(b) {
				return "", p.fail(RuleUTF8, "string is not valid UTF-8")
			}
			p.at = i + 1
			return string(b), nil
		case c < ' ':
			p.at = i
			return "", p.fail(RuleSyntax, "control character %#02x in a string must be escaped", c)
		case c != '\\':
			b = append(b, c)
			i++
			continue
		}
		r, size := unescape(p.text[i:])
		switch {
		case size == 0:
			p.at = i
			return "", p.fail(RuleSyntax, "invalid escape sequence in a string")
		case r == utf8.RuneError && !strings.EqualFold(p.text[i:i+size], `\ufffd`):
			p.at = i
			return "", p.fail(RuleUTF8, "lone surrogate %s in a string", p.text[i:i+size])
		}
		b = utf8.AppendRune(b, r)
		i += size
	}
	p.at = len(p.text)
	return "", p.fail(RuleSyntax, "the JSON ends inside a string")
}

// unescape reads the escape sequence that s starts with and returns its length,
// 0 when it is none. A lone surrogate gives utf8.RuneError.
func unescape(s string) (rune, int) {
	if len(s) < 2 {
		return 0, 0
	}
	if at := strings.IndexByte(`"\/bfnrt`, s[1]); at >= 0 {
		return rune("\"\\/\b\f\n\r\t"[at]), 2
	}
	first, ok := hex4(s)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(first) {
		return first, 6
	}
	if second, ok := hex4(s[6:]); ok {
		if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
			return r, 12
		}
	}
	return utf8.RuneError, 6
}

// hex4 reads the \uXXXX that s starts with.
func hex4(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range []byte(s[2:6]) {
		digit, ok := hexDigit(c)
		if !ok {
			return 0, false
		}
		r = r<<4 | rune(digit)
	}
	return r, true
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

func (p *parser) number() (any, *SyntaxError) {
	start := p.at
	if p.peek() == '-' {
		p.at++
	}
	if p.peek() == '0' {
		p.at++
	} else if p.digits() == 0 {
		return nil, p.unexpected("a digit")
	}
	if p.peek() == '.' {
		p.at++
		if p.digits() == 0 {
			return nil, p.unexpected("a digit")
		}
	}
	exponent := 0
	if c := p.peek(); c == 'e' || c == 'E' {
		p.at++
		if c := p.peek(); c == '+' || c == '-' {
			p.at++
		}
		from := p.at
		if p.digits() == 0 {
			return nil, p.unexpected("a digit")
		}
		digits := strings.TrimLeft(p.text[from:p.at], "0")
		exponent, _ = strconv.Atoi(digits[:min(len(digits), 6)])
	}
	literal := p.text[start:p.at]
	if len(literal) > maxNumberLength || exponent > maxExponent {
		p.at = start
		return nil, p.fail(RuleNumber, "number %s is out of bounds", Quote(literal))
	}
	return json.Number(literal), nil
}

func (p *parser) digits() (n int) {
	for c := p.peek(); '0' <= c && c <= '9'; c = p.peek() {
		p.at++
		n++
	}
	return n
}

// Quote shows text of a message in an error: quoted, in ASCII, cut when long.
func Quote(s string) string {
	const limit = 60
	if len(s) > limit {
		return strconv.QuoteToASCII(s[:limit]) + "..."
	}
	return strconv.QuoteToASCII(s)
}
