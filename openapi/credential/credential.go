// Package credential knows which parts of an HTTP message let a reader act as its
// sender, and takes them out of what is kept, shown or reported.
package credential

import (
	"net/url"
	"strings"
)

// Redacted stands in place of a credential.
const Redacted = "REDACTED"

// IsHeader reports whether HTTP itself keeps a header for its recipient. The name
// is in canonical form.
func IsHeader(name string) bool {
	switch name {
	case "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie":
		return true
	}
	return false
}

// LooksLikeHeader reports whether a header is named like one that holds a
// credential: those of IsHeader, and what services and proxies add to them, such as
// X-Auth-Token.
func LooksLikeHeader(name string) bool {
	name = strings.ToLower(name)
	switch name {
	case "cookie", "cookie2", "set-cookie", "set-cookie2":
		return true
	}
	return strings.Contains(name, "authorization") || hasSecretName(name) ||
		hasSuffix(name, "api-key", "apikey", "subscription-key", "subscriptionkey", "functions-key", "functionskey")
}

// IsParameter reports whether a query option, by its name as sent, holds a
// credential: a token, or what OAuth has besides. The tokens of OData say where a
// list goes on, and are none.
func IsParameter(name string) bool {
	if plain, err := url.QueryUnescape(name); err == nil {
		name = plain
	}
	switch name = strings.ToLower(name); name {
	case "$skiptoken", "$deltatoken", "skiptoken", "deltatoken":
		return false
	case "code", "sig", "assertion", "client_assertion", "api_key", "apikey":
		return true
	}
	return hasSecretName(name)
}

// hasSecretName reports whether a name, in lower case, ends as those of secrets do.
func hasSecretName(name string) bool { return hasSuffix(name, "token", "secret", "password") }

func hasSuffix(name string, suffixes ...string) bool {
	for _, suffix := range suffixes {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

// RedactQuery returns a raw query with the values of its credentials redacted.
func RedactQuery(query string) string {
	if query == "" {
		return ""
	}
	options := strings.Split(query, "&")
	for i, option := range options {
		if name, _, _ := strings.Cut(option, "="); IsParameter(name) {
			options[i] = name + "=" + Redacted
		}
	}
	return strings.Join(options, "&")
}
