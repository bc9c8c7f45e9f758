package auth

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"github.com/graphmock/graphmock/openapi/graph"
)

// key signs and verifies the sandbox's tokens. It is published on purpose: a
// test in any language can mint its own, and nothing but a mock believes them.
var key = []byte("graphmock signs with this published key; it protects nothing")

// claims are the claims of a Graph access token that a service looks at. Tokens
// of version 1.0 name the client appid and the user upn, those of 2.0 azp and
// preferred_username.
type claims struct {
	jwt.RegisteredClaims
	Version           string   `json:"ver,omitempty"`
	TenantID          string   `json:"tid,omitempty"`
	tenant            string   // TenantID in lower case, if it is a GUID
	ObjectID          string   `json:"oid,omitempty"`
	AppID             string   `json:"appid,omitempty"`
	AuthorizedParty   string   `json:"azp,omitempty"`
	UPN               string   `json:"upn,omitempty"`
	UniqueName        string   `json:"unique_name,omitempty"`
	PreferredUsername string   `json:"preferred_username,omitempty"`
	Scope             string   `json:"scp,omitempty"`
	Roles             []string `json:"roles,omitempty"`
	IDType            string   `json:"idtyp,omitempty"`
	Everything        bool     `json:"graphmock_everything,omitempty"` // whoever minted it asked for no permissions
	Nothing           bool     `json:"graphmock_nothing,omitempty"`    // of an app to which none were granted
}

// client returns the application that the token was issued to.
func (c *claims) client() string {
	if c.AppID != "" {
		return c.AppID
	}
	return c.AuthorizedParty
}

// userName returns the user principal name, or nothing if the token has none.
func (c *claims) userName() string {
	for _, name := range []string{c.UPN, c.PreferredUsername, c.UniqueName} {
		if name != "" {
			return name
		}
	}
	return ""
}

// appOnly reports whether the token is of an application itself, and not of a
// user: it has no delegated scopes.
func (c *claims) appOnly() bool { return c.IDType == "app" || c.Scope == "" }

// scopes returns the delegated permissions.
func (c *claims) scopes() []string { return strings.Fields(c.Scope) }

// forGraph reports whether the token was issued for Graph, in any of its clouds.
func (c *claims) forGraph() bool {
	return slices.ContainsFunc(c.Audience, func(audience string) bool {
		audience = strings.TrimSuffix(audience, "/")
		host, isURL := strings.CutPrefix(audience, "https://")
		return audience == graph.AppID || isURL && graph.IsHost(host)
	})
}

// mint signs claims.
func mint(c claims) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(key)
}

// Why tokens are not read or not believed. No error holds the token.
var (
	errOpaque    = errors.New("the token is not a JWT")
	errMalformed = errors.New("the token is a JWT that can't be read")
	errSignature = errors.New("the token is not signed by graphmock")
)

// parse reads a token's claims; neither the signature nor any claim is checked.
// The error of a token that is no JWT at all is errOpaque.
func parse(token string) (*claims, error) {
	if !looksLikeJWT(token) {
		return nil, errOpaque
	}
	var c claims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &c); err != nil {
		return nil, errMalformed
	}
	return &c, nil
}

// verify checks that the token is signed as mint does, or with one of the keys: each with
// its own algorithm, for a public key is no secret.
func verify(token string, keys Keys) error {
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256", "RS256"}), jwt.WithoutClaimsValidation())
	_, err := parser.Parse(token, func(t *jwt.Token) (any, error) {
		if t.Method == jwt.SigningMethodHS256 {
			return key, nil
		}
		id, _ := t.Header["kid"].(string)
		if public, known := keys(id); known {
			return public, nil
		}
		return nil, errSignature
	})
	if err != nil {
		return errSignature
	}
	return nil
}

// looksLikeJWT reports whether the part before the first dot is a JOSE header.
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
