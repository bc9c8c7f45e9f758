// Package credential knows which parts of an HTTP message let a reader act as its
// sender, and takes them out of what is kept, shown or reported.
//
// A credential is known by the name that it has (of a header, a query option, a
// member of JSON, a field of a form, a setting of a connection string), or by its own
// looks: a JWT, a private key, a password in a URL. What names and looks there are
// stands in this package only.
package credential

import (
	"net/http"
	"net/url"
	"strings"
)

// Redacted stands in place of a credential.
const Redacted = "REDACTED"

// Rules say what is a credential. The zero value knows what is one everywhere.
type Rules struct {
	headers, options map[string]bool // a contract's own, as normal returns them
}

// WithHeader returns rules that also take the header of that name for a credential.
func (r Rules) WithHeader(name string) Rules {
	r.headers = with(r.headers, name)
	return r
}

// With returns rules that also take for a credential what others do.
func (r Rules) With(others Rules) Rules {
	for name := range others.headers {
		r.headers = with(r.headers, name)
	}
	for name := range others.options {
		r.options = with(r.options, name)
	}
	return r
}

// WithOption returns rules that also take the query option of that name for a
// credential.
func (r Rules) WithOption(name string) Rules {
	r.options = with(r.options, name)
	return r
}

func with(names map[string]bool, name string) map[string]bool {
	all := map[string]bool{normal(name): true}
	for known := range names {
		all[known] = true
	}
	return all
}

// IsHeader reports whether HTTP itself keeps a header for its recipient. The name
// is in canonical form.
func IsHeader(name string) bool {
	switch name {
	case "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie":
		return true
	}
	return false
}

// IsHeader reports whether a header holds a credential: those of HTTP, what services
// and proxies add to them, such as X-Auth-Token, and the contract's own keys.
func (r Rules) IsHeader(name string) bool {
	if IsHeader(name) {
		return true
	}
	name = normal(name)
	return strings.Contains(name, "authorization") || isSecret(name) || r.headers[name]
}

// IsOption reports whether a query option, by its name as sent, holds a credential:
// a token, a key, a signature, or what OAuth has besides. The tokens of OData say
// where a list goes on, and are none.
func (r Rules) IsOption(name string) bool {
	name = normal(unescaped(name))
	return name == "code" || isOption(name) || r.options[name]
}

// IsMember reports whether a JSON pointer leads to a credential.
func (r Rules) IsMember(pointer string) bool {
	for segment := range strings.SplitSeq(pointer, "/") {
		if isSecret(normal(segment)) {
			return true
		}
	}
	return false
}

// Header returns a copy of a header without its credentials.
func (r Rules) Header(h http.Header) http.Header {
	safe := make(http.Header, len(h))
	for name, values := range h {
		list := make([]string, len(values))
		for i, v := range values {
			list[i] = r.Value(name, v)
		}
		safe[name] = list
	}
	return safe
}

// Value returns the value of a header without its credentials.
func (r Rules) Value(name, value string) string {
	if r.IsHeader(name) {
		return Redacted
	}
	return r.Text(value)
}

// Query returns a raw query without its credentials.
func (r Rules) Query(query string) string {
	if query == "" {
		return ""
	}
	options := strings.Split(query, "&")
	for i, option := range options {
		name, value, _ := strings.Cut(option, "=")
		if r.IsOption(name) {
			options[i] = name + "=" + Redacted
		} else if safe := r.escapedText(value, url.QueryEscape); safe != value {
			options[i] = name + "=" + safe
		}
	}
	return strings.Join(options, "&")
}

// Path returns an escaped path without its credentials.
func (r Rules) Path(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		segments[i] = r.escapedText(segment, url.PathEscape)
	}
	return strings.Join(segments, "/")
}

// escapedText redacts a text that may be escaped, as it is and behind its escapes.
func (r Rules) escapedText(s string, escape func(string) string) string {
	if plain := unescaped(s); plain != s {
		if safe := r.Text(plain); safe != plain {
			return escape(safe)
		}
	}
	return r.Text(s)
}

// unescaped is a text without percent escapes, or as it is where they are broken.
func unescaped(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}
