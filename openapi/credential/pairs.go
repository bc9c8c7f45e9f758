package credential

import "strings"

// redactPairs redacts the values of NAME=VALUE where the name is that of a credential:
// in a query, a form, a connection string or a flag, escaped as part of another URL
// too.
func (r Rules) redactPairs(s string) string {
	var b strings.Builder
	done := 0
	for at := 0; at < len(s); {
		equals, size := nextEquals(s, at)
		if equals < 0 {
			break
		}
		at = equals + size
		name := r.pairName(s[:equals])
		if name == "" {
			continue
		}
		end := at + valueLength(s[at:])
		if end == at || s[at:end] == Redacted || isNone().MatchString(s[at:end]) || name == "code" && end-at < minCode {
			continue
		}
		b.WriteString(s[done:at])
		b.WriteString(Redacted)
		done, at = end, end
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// minCode is how long a code is at least that OAuth or a function asks for; there are
// codes of errors and countries as well.
const minCode = 8

// pairName returns the name at the end of a text, as normal does, if its value is a
// credential.
func (r Rules) pairName(s string) string {
	from := nameStart(s)
	name := normal(unescaped(s[from:]))
	if name == "code" && startsOption(s[:from]) || isOption(name) || r.options[name] {
		return name
	}
	return ""
}

// startsOption reports whether a query or a form may go on after a text.
func startsOption(before string) bool {
	return before == "" || endsIn(before, []string{"?", "&", "\n", "%26", "%3f", "%3F"})
}

// nextEquals returns where the next equals sign is, escaped or not, and its length.
func nextEquals(s string, from int) (at, size int) {
	for i := from; i < len(s); i++ {
		switch {
		case s[i] == '=':
			return i, 1
		case s[i] == '%' && i+2 < len(s) && s[i+1] == '3' && s[i+2]|0x20 == 'd':
			return i, 3
		}
	}
	return -1, 0
}

// maxName bounds the names that are looked at.
const maxName = 80

// nameStart returns where the name begins that a text ends in.
func nameStart(s string) int {
	from := len(s)
	for from > 0 && len(s)-from < maxName && isNameByte(s[from-1]) {
		from--
	}
	for _, escaped := range []string{"%26", "%3f", "%3F", "%3b", "%3B"} { // &, ? and ;
		if i := strings.LastIndex(s[from:], escaped); i >= 0 {
			from += i + len(escaped)
		}
	}
	return from
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_-.$@%+", c) >= 0
}

// valueLength is how long the value is that a text begins with.
func valueLength(s string) int {
	if s == "" {
		return 0
	}
	if quote := s[0]; quote == '"' || quote == '\'' {
		if end := strings.IndexByte(s[1:], quote); end >= 0 {
			return end + 2
		}
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c <= ' ' || c == 0x7f, strings.IndexByte(`&;"'<>`, c) >= 0:
			return i
		case c == '%' && strings.HasPrefix(s[i:], "%26"):
			return i
		case c == '\\' && i+1 < len(s) && strings.IndexByte(`"nrtu`, s[i+1]) >= 0: // an escape of JSON
			return i
		}
	}
	return len(s)
}
