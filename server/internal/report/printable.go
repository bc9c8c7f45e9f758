package report

import (
	"strings"
	"unicode"
)

// Printable returns a text as one line that can't steer the terminal that shows it, nor
// hide a part of itself there: what is neither seen nor a space is replaced.
func Printable(s string) string {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return strings.Map(printable, s)
		}
	}
	return s
}

func printable(r rune) rune {
	if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
		return unicode.ReplacementChar
	}
	return r
}
