package openapi

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/graphmock/graphmock/openapi/credential"
)

// A Key is what a security scheme asks for that takes no bearer token: an API
// key, or the credentials of HTTP's own authentication.
type Key struct {
	In     string // header, query or cookie
	Name   string // of the header, in canonical form, of the query option or the cookie
	Scheme string // what an Authorization header starts with, such as basic; empty for an API key
}

// Security says who may call an operation.
type Security struct {
	token  bool
	scopes []string
	keys   [][]Key // alternatives to a token
}

// Security returns who may call the operation.
func (op *Operation) Security() Security { return op.security }

// RequiresToken reports whether the operation takes a bearer token, and needs it
// unless AllowsWithoutToken says otherwise.
func (s Security) RequiresToken() bool { return s.token }

// AllowsWithoutToken reports whether a request needs no bearer token: callers need
// not say who they are, or the request has all keys of an alternative. Whether a key
// is good is not for a contract to say.
func (s Security) AllowsWithoutToken(query string, header http.Header) bool {
	if len(s.keys) == 0 {
		return !s.token
	}
	options, _ := ParseQuery(query)
	return slices.ContainsFunc(s.keys, func(all []Key) bool {
		return !slices.ContainsFunc(all, func(k Key) bool { return !k.sent(options, header) })
	})
}

// Scopes returns the delegated permissions of which a token needs every one.
func (s Security) Scopes() []string { return slices.Clone(s.scopes) }

// HasScopes reports whether granted holds every scope that the operation needs.
func (s Security) HasScopes(granted []string) bool {
	for _, scope := range s.scopes {
		if !slices.Contains(granted, scope) {
			return false
		}
	}
	return true
}

// Keys returns what the operation needs in place of a bearer token: of alternatives,
// the first.
func (s Security) Keys() []Key {
	if len(s.keys) == 0 {
		return nil
	}
	return slices.Clone(s.keys[0])
}

func (k Key) sent(query url.Values, header http.Header) bool {
	switch k.In {
	case InQuery:
		return query.Get(k.Name) != ""
	case inCookie:
		c := (&http.Request{Header: header}).CookiesNamed(k.Name)
		return len(c) > 0 && c[0].Value != ""
	}
	value := header.Get(k.Name)
	if k.Scheme == "" {
		return value != ""
	}
	scheme, rest, _ := strings.Cut(value, " ")
	return strings.EqualFold(scheme, k.Scheme) && strings.TrimSpace(rest) != ""
}

const inCookie = "cookie"

// security reads whether a token is needed and which scopes it has to have: of
// alternatives with a token, the first. A key beside a token is not asked for.
func (b *builder) security(source *openapi3.Operation) (s Security) {
	requirements := b.doc.Security
	if source.Security != nil {
		requirements = *source.Security
	}
	for _, alternative := range requirements {
		if len(alternative) == 0 {
			return Security{}
		}
		names := slices.Sorted(maps.Keys(alternative))
		if keys, ok := b.keys(names); ok {
			s.keys = append(s.keys, keys)
			continue
		}
		if !s.token {
			s.token = true
			for _, scheme := range names {
				s.scopes = append(s.scopes, alternative[scheme]...)
			}
		}
	}
	return s
}

// keys returns those of an alternative in which no scheme takes a bearer token. A
// scheme that is not declared is taken for one that does.
func (b *builder) keys(schemes []string) (keys []Key, ok bool) {
	for _, name := range schemes {
		var ref *openapi3.SecuritySchemeRef
		if b.doc.Components != nil {
			ref = b.doc.Components.SecuritySchemes[name]
		}
		if ref == nil || ref.Value == nil {
			return nil, false
		}
		switch s := ref.Value; {
		case s.Type == "apiKey" && s.In == InHeader:
			keys = append(keys, Key{In: InHeader, Name: http.CanonicalHeaderKey(s.Name)})
		case s.Type == "apiKey":
			keys = append(keys, Key{In: s.In, Name: s.Name})
		case s.Type == "http" && !strings.EqualFold(s.Scheme, "bearer"):
			keys = append(keys, Key{In: InHeader, Name: "Authorization", Scheme: s.Scheme})
		case s.Type != "mutualTLS": // of which a request shows nothing
			return nil, false
		}
	}
	return keys, true
}

// Credentials returns the rules that say what of a message is a credential: also the
// API keys of the document, and parameters of the format password.
func (c *Contract) Credentials() credential.Rules { return c.credentials }

// readCredentials finds the names under which the document's own credentials travel.
func (b *builder) readCredentials() {
	add := func(in, name string) {
		switch in {
		case InHeader:
			b.credentials = b.credentials.WithHeader(name)
		case InQuery:
			b.credentials = b.credentials.WithOption(name)
		}
	}
	if b.doc.Components != nil {
		for _, ref := range b.doc.Components.SecuritySchemes {
			if ref != nil && ref.Value != nil && ref.Value.Type == "apiKey" {
				add(ref.Value.In, ref.Value.Name)
			}
		}
	}
	for _, item := range b.doc.Paths.Map() {
		for _, op := range item.Operations() {
			for _, ref := range slices.Concat(item.Parameters, op.Parameters) {
				if p := ref.Value; p != nil && p.Schema != nil && p.Schema.Value != nil && p.Schema.Value.Format == "password" {
					add(p.In, p.Name)
				}
			}
		}
	}
}

// redact takes credentials out of the words of a violation. Where it is about one,
// what was sent is not shown.
func (c *Contract) redact(v *Violation) {
	rules := c.credentials
	secret := false
	switch v.In {
	case InHeader:
		secret = rules.IsHeader(v.Pointer)
	case InQuery:
		secret = rules.IsOption(v.Pointer)
	case inCookie:
		secret = true
	default:
		secret = rules.IsMember(v.Pointer)
	}
	v.Pointer, v.Message, v.Hint = rules.Text(v.Pointer), rules.Text(v.Message), rules.Text(v.Hint)
	if secret {
		v.Message = credential.WithoutValues(v.Message)
	}
}
