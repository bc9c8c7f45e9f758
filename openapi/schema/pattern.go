package schema

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
)

// ErrBeyondGo is the error of a pattern that is right and can't be checked.
var ErrBeyondGo = errors.New("package regexp has no such pattern")

// CompilePattern compiles a pattern of JSON Schema, which is ECMAScript's. The error
// is ErrBeyondGo if the pattern has what package regexp won't do, so as to stay fast:
// to look ahead or behind, to refer back, and to count beyond a thousand.
func CompilePattern(pattern string) (*regexp.Regexp, error) {
	r, err := regexp.Compile(goPattern(pattern))
	if isBeyondGo(err) {
		return nil, beyondGo{err}
	}
	return r, err
}

// beyondGo is an error of package regexp that is ErrBeyondGo, too.
type beyondGo struct{ error }

func (beyondGo) Is(target error) bool { return target == ErrBeyondGo }
func (e beyondGo) Unwrap() error      { return e.error }

// goPattern returns a pattern of JSON Schema, which is ECMAScript's, as package regexp
// writes it: \u0041 is \x{0041} there.
func goPattern(pattern string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '\\' || i+1 == len(pattern) {
			b.WriteByte(pattern[i])
			continue
		}
		if isUnicodeEscape(pattern[i:]) {
			b.WriteString(`\x{` + pattern[i+2:i+6] + `}`)
			i += 5
			continue
		}
		b.WriteString(pattern[i : i+2])
		i++
	}
	return b.String()
}

// isUnicodeEscape reports whether s begins with \uXXXX.
func isUnicodeEscape(s string) bool {
	return len(s) >= 6 && s[:2] == `\u` && isHex(s[2:6])
}

func isBeyondGo(err error) bool {
	var e *syntax.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case syntax.ErrInvalidPerlOp, syntax.ErrInvalidEscape, syntax.ErrInvalidRepeatSize, syntax.ErrLarge:
		return true
	}
	return false
}
