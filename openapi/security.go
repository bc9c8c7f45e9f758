package openapi

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// A Key is what a security scheme asks for that takes no bearer token: an API
// key, or the credentials of HTTP's own authentication.
type Key struct {
	In     string // header, query or cookie
	Name   string // of the header, in canonical form, of the query option or the cookie
	Scheme string // what an Authorization header starts with, such as basic; empty for an API key
}

// Secured tells whether the operation takes a bearer token, and needs it unless
// it Admits the request for what else is in it.
func (op *Operation) Secured() bool { return op.secured }

// Scopes are the delegated permissions of which a token needs every one.
func (op *Operation) Scopes() []string { return slices.Clone(op.scopes) }

// HasScopes tells whether granted holds every scope that op needs.
func (op *Operation) HasScopes(granted []string) bool {
	for _, s := range op.scopes {
		if !slices.Contains(granted, s) {
			return false
		}
	}
	return true
}

// Keys are what the operation needs in place of a bearer token: of alternatives,
// the first.
func (op *Operation) Keys() []Key {
	if len(op.keys) == 0 {
		return nil
	}
	return slices.Clone(op.keys[0])
}

// Admits tells whether a request needs no bearer token: nobody has to say who
// they are, or the request has all keys of an alternative. Whether a key is good
// is not for a contract to say.
func (op *Operation) Admits(query string, header http.Header) bool {
	if len(op.keys) == 0 {
		return !op.secured
	}
	options, _ := ParseQuery(query)
	return slices.ContainsFunc(op.keys, func(all []Key) bool {
		return !slices.ContainsFunc(all, func(k Key) bool { return !k.sent(options, header) })
	})
}

// IsKey tells whether a header, by its name in canonical form, is one of the
// operation's keys.
func (op *Operation) IsKey(header string) bool {
	return slices.ContainsFunc(op.keys, func(all []Key) bool {
		return slices.ContainsFunc(all, func(k Key) bool { return k.In == InHeader && k.Name == header })
	})
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
func (b *builder) security(op *Operation, source *openapi3.Operation) {
	requirements := b.doc.Security
	if source.Security != nil {
		requirements = *source.Security
	}
	for _, alternative := range requirements {
		if len(alternative) == 0 {
			op.secured, op.scopes, op.keys = false, nil, nil
			return
		}
		names := slices.Sorted(maps.Keys(alternative))
		if keys, ok := b.keys(names); ok {
			op.keys = append(op.keys, keys)
			continue
		}
		if !op.secured {
			op.secured = true
			for _, scheme := range names {
				op.scopes = append(op.scopes, alternative[scheme]...)
			}
		}
	}
}

// keys are those of an alternative in which no scheme takes a bearer token. A
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
