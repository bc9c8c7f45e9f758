// Package auth finds out who calls: from bearer tokens, API keys and the directory of a tenant.
package auth

import (
	"net/url"
	"strings"
)

// A Caller is who sends a request: a user, through an app.
type Caller struct {
	Tenant  string   // id of the tenant whose directory the caller is in
	User    User     // zero if AppOnly
	App     string   // application id, in lower case
	Scopes  []string // delegated permissions of a JWT; other tokens name none
	Granted []string // permissions that a JWT names, Scopes or roles; none if it was minted for everything
	AppOnly bool     // the token is of the app itself
}

// A User is a user of a tenant. Two users are the same if their IDs are equal.
type User struct {
	ID            string // object id, in lower case
	PrincipalName string // such as user@contoso.com
	DisplayName   string

	escaped string // what EscapedName returns; empty if it is not known yet
}

// NewUser makes a user that knows its EscapedName beforehand.
func NewUser(id, principalName, displayName string) User {
	return User{
		ID: strings.ToLower(id), PrincipalName: principalName, DisplayName: displayName, escaped: escape(principalName),
	}
}

// EscapedName returns the principal name as it stands in a key, such as users('user%40contoso.com').
func (u User) EscapedName() string {
	if u.escaped == "" {
		return escape(u.PrincipalName)
	}
	return u.escaped
}

func escape(name string) string { return strings.ReplaceAll(url.QueryEscape(name), "+", "%20") }

// meToken is what Microsoft's SDKs write in place of a user for /me.
const meToken = "me-token-to-replace"

// IsMe reports whether a URL that names a user like that means the caller.
func IsMe(name string) bool { return name == meToken }

// Is reports whether a URL that names a user by that id or principal name means u.
func (u User) Is(name string) bool {
	return strings.EqualFold(name, u.ID) || strings.EqualFold(name, u.PrincipalName) || IsMe(name)
}
