package csdl

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A scanner reads the tokens of XML 1.0 in UTF-8, without DOCTYPE. Package encoding/xml
// takes ten times as long, and a server with Graph's metadata is to start at once; tests
// hold the two against each other.
type scanner struct {
	source string
	at     int // what is read next

	counted, line, lineAt int // up to where lines were counted, how many, and where the last begins

	name   string // of the start that was read last, without its prefix
	space  string // its namespace
	attrs  []attribute
	text   string // that was read last
	closes bool   // the element that was read last has no content

	open   []string // names of the elements around, with their prefixes
	scopes []int    // how many namespaces hold around each
	spaces []namespace
	slab   []attribute // from which attrs are

	wrong    string // why there are no more tokens, empty at the end
	charset  string // that is not UTF-8
	beginBad string // what is wrong with the character at the end of source
}

// attribute is one of an element. The space is the prefix as it is written.
type attribute struct{ space, name, value string }

// namespace is one that a prefix stands for.
type namespace struct{ prefix, uri string }

type token uint8

const (
	noToken token = iota
	startToken
	endToken
	textToken
	directiveToken
)

// newScanner returns one that reads up to the first character that XML can't have.
func newScanner(source string) *scanner {
	s := &scanner{source: source, line: 1}
	for i := 0; i < len(source); {
		c := source[i]
		if ' ' <= c && c < utf8.RuneSelf || c == '\t' || c == '\n' || c == '\r' {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(source[i:])
		if r == utf8.RuneError && size == 1 {
			s.beginBad = "invalid UTF-8"
		} else if !isCharacter(r) {
			s.beginBad = fmt.Sprintf("illegal character code %U", r)
		}
		if s.beginBad != "" {
			s.source = source[:i]
			break
		}
		i += size
	}
	return s
}

// isCharacter reports whether XML can have a character at all.
func isCharacter(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || ' ' <= r && r <= 0xD7FF || 0xE000 <= r && r <= 0xFFFD ||
		0x10000 <= r && r <= utf8.MaxRune
}

// position returns the line and the column of what is read next.
func (s *scanner) position() (line, column int) {
	for {
		i := strings.IndexByte(s.source[s.counted:s.at], '\n')
		if i < 0 {
			s.counted = s.at
			return s.line, s.at - s.lineAt + 1
		}
		s.counted += i + 1
		s.line, s.lineAt = s.line+1, s.counted
	}
}

func (s *scanner) fail(format string, args ...any) token {
	s.wrong = fmt.Sprintf(format, args...)
	return noToken
}

// cut is what is wrong where the document ends too early.
func (s *scanner) cut() token {
	s.at = len(s.source)
	if s.beginBad != "" {
		return s.fail("%s", s.beginBad)
	}
	return s.fail("unexpected EOF")
}

// next reads the next token: noToken at the end, or where the document is broken.
func (s *scanner) next() token {
	if s.closes {
		s.closes = false
		return s.close()
	}
	for s.at < len(s.source) {
		rest := s.source[s.at:]
		switch {
		case rest[0] != '<':
			return s.characters(rest)
		case strings.HasPrefix(rest, "</"):
			return s.end(rest[2:])
		case strings.HasPrefix(rest, "<?"):
			if !s.instruction(rest[2:]) {
				return noToken
			}
		case strings.HasPrefix(rest, "<!--"):
			if !s.comment(rest[4:]) {
				return noToken
			}
		case strings.HasPrefix(rest, "<![CDATA["):
			return s.cdata(rest[9:])
		case strings.HasPrefix(rest, "<!"):
			return directiveToken
		default:
			return s.start()
		}
	}
	if len(s.open) > 0 || s.beginBad != "" {
		return s.cut()
	}
	return noToken
}

func (s *scanner) characters(rest string) token {
	length := strings.IndexByte(rest, '<')
	if length < 0 {
		length = len(rest)
	}
	if i := strings.Index(rest[:length], "]]>"); i >= 0 {
		s.at += i + 3
		return s.fail("unescaped ]]> not in CDATA section")
	}
	if !s.value(rest[:length]) {
		return noToken
	}
	return textToken
}

func (s *scanner) cdata(rest string) token {
	text, _, closed := strings.Cut(rest, "]]>")
	if !closed {
		return s.cut()
	}
	s.text = withoutReturns(text)
	s.at += len("<![CDATA[") + len(text) + len("]]>")
	return textToken
}

func (s *scanner) comment(rest string) bool {
	text, after, closed := strings.Cut(rest, "--")
	if !closed || after == "" {
		s.cut()
		return false
	}
	s.at += len("<!--") + len(text) + len("-->")
	if after[0] != '>' {
		s.fail(`invalid sequence "--" not allowed in comments`)
		return false
	}
	return true
}

// instruction passes over a processing instruction. That of XML itself may name a charset.
func (s *scanner) instruction(rest string) bool {
	text, _, closed := strings.Cut(rest, "?>")
	if !closed {
		s.cut()
		return false
	}
	target := text[:nameLength(text)]
	if target == "" {
		s.at += len("<?")
		s.fail("expected target name after <?")
		return false
	}
	if target == "xml" && !s.declaration(text) {
		return false
	}
	s.at += len("<?") + len(text) + len("?>")
	return true
}

// declaration checks what a document says of its XML.
func (s *scanner) declaration(text string) bool {
	if version := parameter(text, "version="); version != "" && version != "1.0" {
		s.fail("its version is %q, not 1.0", version)
		return false
	}
	if charset := parameter(text, "encoding="); charset != "" && !strings.EqualFold(charset, "utf-8") {
		s.charset = charset
		s.fail("its encoding is %q", charset)
		return false
	}
	return true
}

// parameter returns what stands in quotes after a name, "" if nothing does.
func parameter(text, name string) string {
	_, value, _ := strings.Cut(text, name)
	if value == "" || value[0] != '"' && value[0] != '\'' {
		return ""
	}
	inner, _, closed := strings.Cut(value[1:], value[:1])
	if !closed {
		return ""
	}
	return inner
}

// nameLength is how much of a text is a name, with a prefix or without.
func nameLength(text string) int {
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_', c == ':', c >= utf8.RuneSelf:
		case i > 0 && ('0' <= c && c <= '9' || c == '-' || c == '.'):
		default:
			return i
		}
	}
	return len(text)
}

// readName reads a name.
func (s *scanner) readName(what string) (name string, ok bool) {
	name = s.source[s.at:][:nameLength(s.source[s.at:])]
	if s.at += len(name); s.at == len(s.source) {
		s.cut()
		return "", false
	}
	if name == "" || strings.Count(name, ":") > 1 {
		s.fail("expected %s", what)
		return "", false
	}
	return name, true
}

func (s *scanner) skipSpace() {
	for s.at < len(s.source) && strings.IndexByte(" \t\r\n", s.source[s.at]) >= 0 {
		s.at++
	}
}

// cutPrefix splits a name. A colon at an end of it is no mark of a prefix.
func cutPrefix(name string) (prefix, local string) {
	prefix, local, ok := strings.Cut(name, ":")
	if !ok || prefix == "" || local == "" {
		return "", name
	}
	return prefix, local
}

// start reads the start of an element.
func (s *scanner) start() token {
	s.at++
	name, ok := s.readName("element name after <")
	if !ok {
		return noToken
	}
	first := len(s.slab)
	s.scopes = append(s.scopes, len(s.spaces))
	for {
		s.skipSpace()
		switch rest := s.source[s.at:]; {
		case rest == "" || rest == "/":
			return s.cut()
		case rest[0] == '>':
			s.at++
		case strings.HasPrefix(rest, "/>"):
			s.at += 2
			s.closes = true
		case rest[0] == '/':
			s.at++
			return s.fail("expected /> in element")
		default:
			if !s.attribute() {
				return noToken
			}
			continue
		}
		break
	}
	s.open = append(s.open, name)
	prefix, local := cutPrefix(name)
	s.name, s.space = local, s.namespaceOf(prefix)
	s.attrs = s.slab[first:len(s.slab):len(s.slab)]
	if len(s.slab) > slabSize/2 {
		s.slab = make([]attribute, 0, slabSize)
	}
	return startToken
}

// slabSize is how many attributes are made room for at a time.
const slabSize = 1024

func (s *scanner) attribute() bool {
	name, ok := s.readName("attribute name in element")
	if !ok {
		return false
	}
	s.skipSpace()
	if s.at == len(s.source) {
		s.cut()
		return false
	}
	if s.source[s.at] != '=' {
		s.fail("attribute name without = in element")
		return false
	}
	s.at++
	s.skipSpace()
	if s.at == len(s.source) {
		s.cut()
		return false
	}
	quote := s.source[s.at]
	if quote != '"' && quote != '\'' {
		s.fail("unquoted or missing attribute value in element")
		return false
	}
	s.at++
	length := strings.IndexByte(s.source[s.at:], quote)
	if length < 0 {
		s.cut()
		return false
	}
	value := s.source[s.at:][:length]
	if i := strings.IndexByte(value, '<'); i >= 0 {
		s.at += i
		s.fail("unescaped < inside quoted string")
		return false
	}
	if !s.value(value) {
		return false
	}
	s.at++
	a := attribute{value: s.text}
	a.space, a.name = cutPrefix(name)
	s.slab = append(s.slab, a)
	switch {
	case a.space == "xmlns" && a.value == "":
		s.fail("the prefix %s stands for nothing", a.name)
		return false
	case a.space == "xmlns":
		s.spaces = append(s.spaces, namespace{a.name, a.value})
	case a.space == "" && a.name == "xmlns":
		s.spaces = append(s.spaces, namespace{"", a.value})
	}
	return true
}

// namespaceOf returns the namespace that a prefix stands for, or itself if it is none.
func (s *scanner) namespaceOf(prefix string) string {
	for i := len(s.spaces) - 1; i >= 0; i-- {
		if s.spaces[i].prefix == prefix {
			return s.spaces[i].uri
		}
	}
	return prefix
}

// end reads the end of an element.
func (s *scanner) end(rest string) token {
	name := rest[:nameLength(rest)]
	s.at += len("</") + len(name)
	if s.skipSpace(); s.at == len(s.source) {
		return s.cut()
	}
	switch {
	case name == "":
		return s.fail("expected element name after </")
	case s.source[s.at] != '>':
		return s.fail("invalid characters between </%s and >", name)
	}
	s.at++
	switch n := len(s.open); {
	case n == 0:
		return s.fail("unexpected end element </%s>", name)
	case s.open[n-1] != name:
		return s.fail("element <%s> closed by </%s>", s.open[n-1], name)
	}
	return s.close()
}

// close ends the innermost element.
func (s *scanner) close() token {
	last := len(s.open) - 1
	s.spaces = s.spaces[:s.scopes[last]]
	s.open, s.scopes = s.open[:last], s.scopes[:last]
	return endToken
}

// value reads text, with references to characters.
func (s *scanner) value(raw string) bool {
	if strings.IndexByte(raw, '&') < 0 {
		s.text = withoutReturns(raw)
		s.at += len(raw)
		return true
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(raw, "&")
		b.WriteString(withoutReturns(before))
		s.at += len(before)
		if !found {
			s.text = b.String()
			return true
		}
		name, after, closed := strings.Cut(rest, ";")
		c, known := reference(name)
		if !closed || !known {
			s.badReference(rest)
			return false
		}
		b.WriteRune(c)
		s.at += len("&") + len(name) + len(";")
		raw = after
	}
}

// badReference says what is wrong with a reference. It begins after the ampersand.
func (s *scanner) badReference(rest string) {
	name := strings.TrimPrefix(rest, "#")
	name = rest[:len(rest)-len(name)+nameLength("x"+name)-1]
	s.at += len("&") + len(name)
	switch {
	case s.at == len(s.source):
		s.cut()
	case s.source[s.at] != ';':
		s.fail("invalid character entity &%s (no semicolon)", name)
	default:
		s.at++
		s.fail("invalid character entity &%s;", name)
	}
}

// reference is the character that a reference stands for.
func reference(name string) (c rune, known bool) {
	if digits, ok := strings.CutPrefix(name, "#"); ok {
		base := 10
		if hex, ok := strings.CutPrefix(digits, "x"); ok {
			digits, base = hex, 16
		}
		n, err := strconv.ParseUint(digits, base, 32)
		return rune(n), err == nil && n <= utf8.MaxRune && isCharacter(rune(n))
	}
	switch name {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "apos":
		return '\'', true
	case "quot":
		return '"', true
	}
	return 0, false
}

// withoutReturns returns a text in which lines end as XML has them.
func withoutReturns(text string) string {
	if strings.IndexByte(text, '\r') < 0 {
		return text
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}
