package odata

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/graphmock/graphmock/openapi/schema"
)

// token is a piece of a filter.
type token struct {
	kind tokenKind
	text string // as it stands
	at   int
}

func (t token) end() int { return t.at + len(t.text) }

type tokenKind uint8

const (
	tokenEnd     tokenKind = iota
	tokenName              // a name, or several joined by dots
	tokenString            // with its quotes
	tokenLiteral           // a number, a date or a GUID: begins with a digit or a sign, or is a GUID
	tokenMark              // ( ) , / :
	tokenWrong             // something that no filter has
)

// next returns the token that begins at or after at.
func next(text string, at int) token {
	for at < len(text) && (text[at] == ' ' || text[at] == '\t') {
		at++
	}
	kind, length := measure(text[at:])
	return token{kind, text[at : at+length], at}
}

// measure returns the kind and the length of the token that text begins with.
func measure(text string) (tokenKind, int) {
	if text == "" {
		return tokenEnd, 0
	}
	switch c := text[0]; {
	case strings.IndexByte("(),/:", c) >= 0:
		return tokenMark, 1
	case c == '\'':
		return measureString(text)
	case isGUIDAt(text):
		return tokenLiteral, guidLength
	case isDigit(c) || c == '-':
		return tokenLiteral, max(1, runOf(text, func(c byte) bool {
			return isDigit(c) || isLetter(c) || strings.IndexByte(".:+-", c) >= 0
		}))
	case c == '$':
		if n := measureName(text[1:]); n > 0 {
			return tokenName, 1 + n
		}
	default:
		if n := measureName(text); n > 0 {
			return tokenName, n
		}
	}
	_, size := utf8.DecodeRuneInString(text)
	return tokenWrong, size
}

// measureString reads a string in single quotes, in which two of them are one.
func measureString(text string) (tokenKind, int) {
	for i := 1; i < len(text); i++ {
		if text[i] != '\'' {
			continue
		}
		if i+1 == len(text) || text[i+1] != '\'' {
			return tokenString, i + 1
		}
		i++
	}
	return tokenWrong, len(text)
}

// measureName reads identifiers joined by dots.
func measureName(text string) int {
	length := 0
	for {
		n := identifier(text[length:])
		if n == 0 {
			return max(0, length-1) // without the dot before it
		}
		if length += n; length == len(text) || text[length] != '.' {
			return length
		}
		length++
	}
}

// identifier returns the length of the OData identifier that text begins with.
func identifier(text string) int {
	for i, r := range text {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return i
		}
	}
	return len(text)
}

// maxName is how many characters OData lets an identifier have.
const maxName = 128

// isIdentifier reports whether text is one identifier and nothing else.
func isIdentifier(text string) bool {
	return text != "" && identifier(text) == len(text) && utf8.RuneCountInString(text) <= maxName
}

// shown returns text in quotes for an error; a long one is cut.
func shown(text string) string {
	if len(text) > maxName {
		text = strings.ToValidUTF8(text[:maxName], "") + "..."
	}
	return strconv.Quote(text)
}

const guidLength = len("00000000-0000-0000-0000-000000000000")

// isGUIDAt reports whether text begins with a GUID and goes on with something else.
func isGUIDAt(text string) bool {
	if len(text) < guidLength || !schema.IsGUID(text[:guidLength]) {
		return false
	}
	rest := text[guidLength:]
	return rest == "" || rest[0] != '-' && !isDigit(rest[0]) && identifier(rest) == 0
}

func runOf(text string, is func(byte) bool) int {
	for i := range len(text) {
		if !is(text[i]) {
			return i
		}
	}
	return len(text)
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// unquote returns the text of a string token.
func unquote(quoted string) string {
	return strings.ReplaceAll(quoted[1:len(quoted)-1], "''", "'")
}

// quote is the inverse of unquote.
func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}
