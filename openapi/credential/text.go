package credential

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// RedactText returns a text without what looks like a credential: a JWT, what
// follows Bearer or Basic, and values of members, parameters and flags that are
// named like one.
func RedactText(s string) string {
	lower := strings.ToLower(s)
	if !slices.ContainsFunc(signs, func(sign string) bool { return strings.Contains(lower, sign) }) {
		return s
	}
	for _, pattern := range patterns {
		found := pattern().FindAllStringSubmatchIndex(s, -1)
		for _, at := range slices.Backward(found) {
			if !publicTokens().MatchString(s[at[0]:at[1]]) {
				s = s[:at[2]] + Redacted + s[at[3]:]
			}
		}
	}
	return s
}

// signs are in every text that has a credential, in lower case: most have none.
var signs = []string{
	"eyj", "bearer", "basic", "token", "secret", "assertion", "passw", "pwd", "sig=",
	"apikey", "api_key", "api-key", "subscription", "code=", "code_verifier",
}

// secretMember is how members of JSON are named that hold a credential.
const secretMember = `(?:[a-z_-]*(?:token|secret)|(?:client_?)?assertion|password|passwd|pwd|api_?key)`

// patterns match what looks like a credential in any text. Their only group is what
// is redacted.
var patterns = []func() *regexp.Regexp{
	lazily(`(eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){0,3})`), // a JWT
	lazily(`(?i)\b(?:bearer|basic)(?: +|%20|\+)([A-Za-z0-9._~+/-]{16,}=*)`),
	lazily(`(?i)"` + secretMember + `"\s*:\s*"((?:[^"\\]|\\.)+)`),
	lazily(`(?i)\\"` + secretMember + `\\"\s*:\s*\\"([^"\\]+)`), // JSON in a JSON string
	lazily(`(?i)(?:^|[?&;\s-])(?:[a-z_-]*(?:token|secret)|(?:client_?)?assertion|code_verifier|password|passwd|pwd|sig|` +
		`(?:api|subscription)[_-]?key)=([^&;\s"'<>]+)`),
	lazily(`(?i)(?:^|[?&])code=([^&\s"'<>]{8,})`), // of OAuth, or of a function
	lazily(`(?i)(?:^|\s)--(?:[a-z-]*(?:token|secret|password)|api-?key) +([^\s-]\S*)`),
}

// publicTokens matches what is named like a credential and is none: it says where a
// page or a delta goes on.
var publicTokens = lazily(`(?i)(?:skip|delta|page|continuation|next)_?token(?:=[^=]*|\\?"\s*:.*)$`)

// lazily compiles a pattern when it is first needed: most programs redact no text.
func lazily(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
