package credential

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// Text returns a text of any kind without what looks like a credential, and without
// the values of what is named like one.
func (r Rules) Text(s string) string {
	if len(s) < shortest {
		return s
	}
	has := bytesOf(s)
	s = redactLooks(s, has)
	if has.all("=") || has.all("%3d") {
		s = r.redactPairs(s)
	}
	return redactNamed(s, has)
}

// shortest is how long a text is at least that has a credential: pw=x1.
const shortest = 5

// A look is what a kind of credential looks like in any text. The first group of the
// pattern is what is redacted.
type look struct {
	shortest int      // how long a text is at least that has such a credential
	signs    []string // in lower case; one is in each of these texts
	pattern  func() *regexp.Regexp
	really   func(found string) bool // nil if all that matches is one
}

var looks = []look{
	{shortest: 9, signs: []string{"eyj", "eya", "ewo"}, // JSON in base64: {" and the like
		pattern: lazily(`((?:eyJ|eyA|ewo)[A-Za-z0-9_-]{5,}(?:(?:\.|%2[eE])[A-Za-z0-9_-]*){1,4})`)},
	{shortest: 21, signs: []string{"private"}, // PEM, also in a URL or a JSON string
		pattern: lazily(`(?s)(-----BEGIN[ +%0-9A-Z]*PRIVATE(?: |\+|%20)KEY.*?(?:-----END[ +%0-9A-Z]*KEY[ A-Z]*-----|$))`)},
	{shortest: 11, signs: []string{"bearer", "basic", "negotiate", "ntlm", "dpop"},
		pattern: lazily(`(?i)\b(?:bearer|basic|negotiate|ntlm|dpop)(?: +|%20|\+)([A-Za-z0-9._~+/-]{6,}=*)`),
		really:  func(found string) bool { return len(found) >= 16 || strings.ContainsAny(found, "0123456789=") }},
	{shortest: 13, signs: []string{"sharedkey"}, pattern: lazily(`(?i)\bsharedkey(?:lite)? [^\s:]+:([A-Za-z0-9+/]+=*)`)},
	{shortest: 6, signs: []string{"://"}, pattern: lazily(`://[^/?#\s:@"']*:([^/?#\s@"']+)@`)}, // https://user:password@host
	{shortest: 15, signs: []string{"gh", "glpat-", "xox", "k_live_", "k_test_", "sk-", "akia", "asia", "aiza", "ya29.", "npm_", "q~"},
		pattern: lazily(`\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[a-z]-[\w-]{10,}|` +
			`[rs]k_(?:live|test)_\w{16,}|sk-[\w-]{20,}|(?:AKIA|ASIA)[0-9A-Z]{16}|AIza[\w-]{30,}|ya29\.[\w-]{16,}|` +
			`npm_[A-Za-z0-9]{30,}|[\w~.-]{3}[0-9]Q~[\w~.-]{30,40})`)},
	{shortest: 55, signs: []string{"-"}, pattern: lazily(`\b([0-9]{6}(?:-[0-9]{6}){7})\b`)}, // of BitLocker
}

// redactLooks redacts what is a credential by its own looks.
func redactLooks(s string, has byteSet) string {
	lower := ""
	for _, look := range looks {
		if len(s) < look.shortest || !slices.ContainsFunc(look.signs, has.all) {
			continue
		}
		if lower == "" {
			lower = strings.ToLower(s)
		}
		if !slices.ContainsFunc(look.signs, func(sign string) bool { return strings.Contains(lower, sign) }) {
			continue
		}
		s = replace(s, look.pattern(), func(groups []string) bool { return look.really == nil || look.really(groups[1]) })
	}
	return s
}

// replace redacts the last group of each match that is a credential. What only says
// where one is to be had is none.
func replace(s string, pattern *regexp.Regexp, isSecret func(groups []string) bool) string {
	var b strings.Builder
	done := 0
	for _, at := range pattern.FindAllStringSubmatchIndex(s, -1) {
		groups := make([]string, len(at)/2)
		for i := range groups {
			if at[2*i] >= 0 {
				groups[i] = s[at[2*i]:at[2*i+1]]
			}
		}
		from, to := at[len(at)-2], at[len(at)-1]
		if from < 0 || s[from:to] == Redacted || isNone().MatchString(s[from:to]) || !isSecret(groups) {
			continue
		}
		b.WriteString(s[done:from])
		b.WriteString(Redacted)
		done = to
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// isNone matches what stands in the place of a credential and is none: a variable of a
// shell or a template ("Bearer $TOKEN"), and how a sentence about a flag goes on
// ("--token is missing").
var isNone = lazily(`^(?:(?:[A-Za-z]+ )?\$(?:[A-Z][A-Z0-9_]*|\{[A-Za-z0-9_.]+\})|` +
	`is|are|was|has|must|needs|and|or|for|of|to|with|may)$`)

// A form is how a text names a value: the first group of the pattern is the name, the
// last the value.
type form struct {
	signs   []string // one is in every text of this form
	pattern func() *regexp.Regexp
}

var forms = []form{
	{[]string{`"`}, lazily(`"([^"\\]{1,80})"\s*:\s*"((?:[^"\\]|\\.)+)`)},
	{[]string{`\"`}, lazily(`\\"([^"\\]{1,80})\\"\s*:\s*\\"([^"\\]+)`)}, // JSON in a JSON string
	{[]string{`'`}, lazily(`'([^'"\\]{1,80})'\s*:\s*'([^']+)`)},
	{[]string{`'`, `"`}, lazily(`['"]([A-Za-z][\w-]{1,80}): *([^\r\n'"]+)`)},               // -H 'X-Api-Key: KEY'
	{[]string{"\n"}, lazily(`\n[ \t>-]*([A-Za-z][\w-]{1,80}):[ \t]*([^\s'"][^\r\n]*)`)},    // lines of a header
	{[]string{"</"}, lazily(`<([\w:.-]{1,80})(?:\s[^<>]*)?>([^<]+)</`)},                    // XML
	{[]string{"--"}, lazily(`(?:^|\s)--([a-z][a-z-]{1,80}) +("[^"]*"|'[^']*'|[^\s-]\S*)`)}, // flags
	{[]string{"name="}, lazily(`(?i)\bname="?([\w.-]{1,80})"?[^\r\n]*\r?\n(?:[\w-]+:[^\r\n]*\r?\n)*\r?\n([^\r\n]+)`)},
}

// redactNamed redacts the values of what is named like a credential.
func redactNamed(s string, has byteSet) string {
	for _, form := range forms {
		if !slices.ContainsFunc(form.signs, has.all) {
			continue
		}
		if slices.ContainsFunc(form.signs, func(sign string) bool { return strings.Contains(s, sign) }) {
			s = replace(s, form.pattern(), func(groups []string) bool { return isSecret(normal(groups[1])) })
		}
	}
	return s
}

// A byteSet is a set of ASCII characters, letters in lower case. One look at a text fills
// it, and then most signs need not be searched for.
type byteSet [2]uint64

// bytesOf returns the characters of a text: all there are if it is not ASCII, for other
// letters have a lower case in ASCII too.

func bytesOf(s string) (set byteSet) {
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf {
			return byteSet{math.MaxUint64, math.MaxUint64}
		}
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		set[c>>6] |= 1 << (c & 63)
	}
	return set
}

// all reports whether each byte of a sign is in the set.
func (b *byteSet) all(sign string) bool {
	for i := range len(sign) {
		if c := sign[i]; b[c>>6&1]>>(c&63)&1 == 0 {
			return false
		}
	}
	return true
}

// WithoutValues returns a message about a credential without what was sent: the
// message quotes it, or it is a number.
func WithoutValues(message string) string {
	return values().ReplaceAllLiteralString(message, Redacted)
}

var values = lazily(`"(?:[^"\\]|\\.)*"(?:\.\.\.)?|[0-9]{3,}`)

// lazily compiles a pattern when it is first needed: most programs redact no text.
func lazily(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
