// Package token mints and reads bearer tokens of the shape that Entra issues for
// Microsoft Graph.
package token

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/graphmock/graphmock/openapi"
)

// GraphAppID is the application id of Microsoft Graph, one of the audiences that
// its tokens may have.
const GraphAppID = "00000003-0000-0000-c000-000000000000"

// key signs and verifies the sandbox's tokens. It is published on purpose: a
// test in any language can mint its own, and nothing but a mock believes them.
var key = []byte("graphmock signs with this published key; it protects nothing")

// Claims are the claims of a Graph access token that a service looks at. Tokens
// of version 1.0 name the client appid and the user upn, those of 2.0 azp and
// preferred_username.
type Claims struct {
	jwt.RegisteredClaims
	Version           string   `json:"ver,omitempty"`
	TenantID          string   `json:"tid,omitempty"`
	ObjectID          string   `json:"oid,omitempty"`
	AppID             string   `json:"appid,omitempty"`
	AuthorizedParty   string   `json:"azp,omitempty"`
	UPN               string   `json:"upn,omitempty"`
	UniqueName        string   `json:"unique_name,omitempty"`
	PreferredUsername string   `json:"preferred_username,omitempty"`
	Scope             string   `json:"scp,omitempty"`
	Roles             []string `json:"roles,omitempty"`
	IDType            string   `json:"idtyp,omitempty"`
}

// Client is the application that the token was issued to.
func (c *Claims) Client() string {
	if c.AppID != "" {
		return c.AppID
	}
	return c.AuthorizedParty
}

// UserName is the user principal name, as far as the token tells one.
func (c *Claims) UserName() string {
	for _, name := range []string{c.UPN, c.PreferredUsername, c.UniqueName} {
		if name != "" {
			return name
		}
	}
	return ""
}

// AppOnly tells a token of an application itself from one of a user: it has no
// delegated scopes.
func (c *Claims) AppOnly() bool { return c.IDType == "app" || c.Scope == "" }

// Scopes are the delegated permissions.
func (c *Claims) Scopes() []string { return strings.Fields(c.Scope) }

// ForGraph tells whether the token was issued for Graph, in any of its clouds.
func (c *Claims) ForGraph() bool {
	return slices.ContainsFunc(c.Audience, func(audience string) bool {
		audience = strings.TrimSuffix(audience, "/")
		host, isURL := strings.CutPrefix(audience, "https://")
		return audience == GraphAppID || isURL && openapi.IsGraphHost(host)
	})
}

// Mint signs claims.
func Mint(c Claims) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(key)
}

// Kinds of tokens that Parse tells apart.
var (
	ErrOpaque    = errors.New("the token is not a JWT")
	ErrMalformed = errors.New("the token is a JWT that can't be read")
	ErrSignature = errors.New("the token is not signed by graphmock")
)

// Parse reads a token's claims without believing them: neither the signature nor
// any claim is checked. A token that is no JWT at all gives ErrOpaque.
func Parse(token string) (*Claims, error) {
	if !looksLikeJWT(token) {
		return nil, ErrOpaque
	}
	var c Claims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &c); err != nil {
		return nil, ErrMalformed
	}
	return &c, nil
}

// Verify checks that Mint signed the token.
func Verify(token string) error {
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithoutClaimsValidation())
	if _, err := parser.Parse(token, func(*jwt.Token) (any, error) { return key, nil }); err != nil {
		return ErrSignature
	}
	return nil
}

// looksLikeJWT tells whether the part before the first dot is a JOSE header.
func looksLikeJWT(token string) bool {
	head, rest, ok := strings.Cut(token, ".")
	if !ok || strings.Count(rest, ".") != 1 {
		return false
	}
	text, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		return false
	}
	var header struct {
		Algorithm string `json:"alg"`
	}
	return json.Unmarshal(text, &header) == nil && header.Algorithm != ""
}

// Date writes a time as a JWT has it.
func Date(t time.Time) *jwt.NumericDate { return jwt.NewNumericDate(t) }
