package auth

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/graph"
)

var now = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func contractOf(t *testing.T, text string) *openapi.Contract {
	t.Helper()
	c, err := openapi.Parse("contract.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func operation(t *testing.T, c *openapi.Contract, pattern string) *openapi.Operation {
	t.Helper()
	op, err := c.Find(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return op
}

// bearer makes a header with a token of a user of Graph, changed by edit.
func bearer(t *testing.T, edit func(*claims)) http.Header {
	t.Helper()
	c := claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Audience:  jwt.ClaimStrings{"https://graph.microsoft.com"},
			ExpiresAt: jwt.NewNumericDate(now.Add(time.Hour)),
		},
		UPN: "bob@contoso.com", Scope: "User.Read UserActivity.ReadWrite.CreatedByApp",
	}
	edit(&c)
	text, err := mint(c)
	if err != nil {
		t.Fatal(err)
	}
	return http.Header{"Authorization": {"Bearer " + text}}
}

// outcome is a caller or a refusal in one word.
func outcome(c Caller, r *Refusal) string {
	switch {
	case r == nil && c.AppOnly:
		return "app " + c.App
	case r == nil:
		return c.User.PrincipalName
	case r.Violation != nil && r.Error != "" || c.App != "":
		return fmt.Sprintf("too much: %+v %+v", c, r)
	case r.Violation != nil:
		return "violation " + r.Violation.Rule
	}
	return "error " + r.Error
}

func TestTokensAreHeldAgainstModeAndOperation(t *testing.T) {
	t.Parallel()
	c := openapi.Embedded()
	mine, of := operation(t, c, "GET /me/activities"), operation(t, c, "GET /users/{id}/activities")
	batch := operation(t, c, "POST /$batch")
	mail, groups := operation(t, c, "GET /me/messages"), operation(t, c, "GET /groups")
	claim := func(edit func(*claims)) http.Header { return bearer(t, edit) }
	good := claim(func(*claims) {})
	forged := http.Header{"Authorization": {good.Get("Authorization") + "AAAA"}}
	authorization := func(text string) http.Header { return http.Header{"Authorization": {text}} }
	app := claim(func(c *claims) { c.IDType, c.AppID = "app", "X" })
	broken := authorization("Bearer eyJhbGciOiJSUzI1NiJ9.!.x")
	foreign := claim(func(c *claims) { c.Audience = jwt.ClaimStrings{"https://contoso.com"} })
	unscoped := claim(func(c *claims) { c.Scope = "User.Read" })
	at := func(expires, notBefore time.Duration) http.Header {
		return claim(func(c *claims) {
			c.ExpiresAt, c.NotBefore = jwt.NewNumericDate(now.Add(expires)), jwt.NewNumericDate(now.Add(notBefore))
		})
	}
	for name, test := range map[string]struct {
		mode   Mode
		op     *openapi.Operation
		header http.Header
		want   string
	}{
		"nothing":                  {Bearer, mine, nil, "violation token-empty"},
		"another scheme":           {Bearer, mine, authorization("Basic x"), "violation token-empty"},
		"any text":                 {Bearer, mine, authorization("bearer x"), "ada@contoso.com"},
		"any text, strictly":       {Strict, mine, authorization("Bearer x"), "violation token-malformed"},
		"a broken JWT":             {Bearer, mine, broken, "violation token-malformed"},
		"a good token":             {Bearer, mine, good, "bob@contoso.com"},
		"a good token, strictly":   {Strict, mine, good, "bob@contoso.com"},
		"a forged token":           {Bearer, mine, forged, "bob@contoso.com"},
		"a forged token, strictly": {Strict, mine, forged, "violation token-signature"},
		"another audience":         {Bearer, mine, foreign, "violation token-audience"},
		"no expiry": {Bearer, mine, claim(func(c *claims) { c.ExpiresAt = nil }),
			"error token-expired"},
		"expired this moment":        {Bearer, mine, at(0, 0), "error token-expired"},
		"a second before it expires": {Bearer, mine, at(time.Second, 0), "bob@contoso.com"},
		"too early": {Bearer, mine, at(time.Hour, clockSkew+time.Second),
			"error token-not-yet-valid"},
		"early, by clocks that differ": {Bearer, mine, at(time.Hour, clockSkew), "bob@contoso.com"},
		"a scope missing":              {Bearer, mine, unscoped, "error scope-missing"},
		"an app on /me":                {Bearer, mine, app, "violation app-only-on-me"},
		"an app on a user":             {Bearer, of, app, "violation app-only"},
		"no permission for mail": {Bearer, mail, claim(func(c *claims) { c.Scope = "User.Read" }),
			"error scope-missing"},
		"more than mail asks for":        {Bearer, mail, claim(func(c *claims) { c.Scope = "User.Read Mail.ReadWrite" }), "bob@contoso.com"},
		"no permission is asked for":     {Bearer, mail, claim(func(c *claims) { c.Scope, c.Everything = "x", true }), "bob@contoso.com"},
		"an app without the role":        {Bearer, groups, claim(func(c *claims) { c.Scope, c.Roles = "", []string{"Mail.Read"} }), "error scope-missing"},
		"an app with the role":           {Bearer, groups, claim(func(c *claims) { c.Scope, c.AppID, c.Roles = "", "X", []string{"Group.Read.All"} }), "app x"},
		"an app that names no roles":     {Bearer, groups, app, "app x"},
		"an app that was granted none":   {Bearer, groups, claim(func(c *claims) { c.IDType, c.Nothing = "app", true }), "error scope-missing"},
		"an app's batch":                 {Bearer, batch, app, "app x"},
		"a batch without scopes":         {Bearer, batch, claim(func(c *claims) { c.Scope = "x" }), "bob@contoso.com"},
		"off, without a token":           {Off, mine, nil, "ada@contoso.com"},
		"off, with an expired token":     {Off, mine, at(-time.Hour, 0), "bob@contoso.com"},
		"off, with an app's token":       {Off, mine, app, "ada@contoso.com"},
		"off, with a token of no format": {Off, mine, authorization("Bearer x"), "ada@contoso.com"},
	} {
		a := NewAuthenticator(test.mode, true, true, noKeys)
		for range 2 { // read, then remembered
			if got := outcome(a.Authenticate(twoUsers(), test.op, "", test.header, now)); got != test.want {
				t.Errorf("%s: %s, want %s", name, got, test.want)
			}
		}
	}
}

const keyed = `
openapi: 3.1.0
info: {title: keyed, version: '1'}
security: [{header: []}]
paths:
  /header: {get: {responses: {'200': {description: ok}}}}
  /query: {get: {security: [{query: []}, {basic: []}], responses: {'200': {description: ok}}}}
  /basic: {get: {security: [{basic: []}, {query: []}], responses: {'200': {description: ok}}}}
  /token: {get: {security: [{oauth: []}, {header: []}], responses: {'200': {description: ok}}}}
  /open: {get: {security: [{header: []}, {}], responses: {'200': {description: ok}}}}
components:
  securitySchemes:
    header: {type: apiKey, in: header, name: x-key}
    query: {type: apiKey, in: query, name: key}
    basic: {type: http, scheme: basic}
    oauth: {type: oauth2, flows: {}}
`

func TestMissingKeysAreNamed(t *testing.T) {
	t.Parallel()
	c := contractOf(t, keyed)
	for _, test := range []struct{ path, query, key, want string }{
		{"/header", "", "", "header X-Key: no API key was sent; send X-Key: KEY"},
		{"/header", "", "k", ""},
		{"/query", "", "", "query key: no API key was sent; send key=KEY in the query"},
		{"/query", "key=k", "", ""},
		{"/basic", "", "",
			"header Authorization: no basic credentials were sent; send Authorization: basic CREDENTIALS"},
		{"/basic", "key=k", "", ""},
		{"/token", "", "", "header Authorization: no bearer token was sent; send Authorization: Bearer TOKEN"},
		{"/token", "", "k", ""},
		{"/open", "", "", ""},
	} {
		header := http.Header{}
		if test.key != "" {
			header.Set("X-Key", test.key)
		}
		a, got := NewAuthenticator(Bearer, false, true, noKeys), ""
		caller, refusal := a.Authenticate(twoUsers(), operation(t, c, "GET "+test.path), test.query, header, now)
		if refusal != nil {
			v := refusal.Violation
			got = v.In + " " + v.Pointer + ": " + v.Message + "; " + v.Hint
		} else if caller.User.ID != adaID {
			t.Errorf("%s: the caller is %+v", test.path, caller)
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.path, got, test.want)
		}
	}
}

// TestOtherServicesTakeTheirOwnTokens has a contract that is not Graph's: audience
// and kind of a token are that service's affair.
func TestOtherServicesTakeTheirOwnTokens(t *testing.T) {
	t.Parallel()
	op := operation(t, contractOf(t, keyed), "GET /token")
	for name, test := range map[string]struct {
		edit func(*claims)
		want string
	}{
		"another audience": {func(c *claims) { c.Audience = jwt.ClaimStrings{"https://contoso.com"} },
			"bob@contoso.com"},
		"an app":  {func(c *claims) { c.IDType = "app" }, "ada@contoso.com"},
		"expired": {func(c *claims) { c.ExpiresAt = jwt.NewNumericDate(now) }, "error token-expired"},
	} {
		a := NewAuthenticator(Bearer, false, true, noKeys)
		if got := outcome(a.Authenticate(twoUsers(), op, "", bearer(t, test.edit), now)); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

func TestEachRefusalHasAnErrorOfGraph(t *testing.T) {
	t.Parallel()
	for _, id := range []string{
		ruleTokenEmpty, ruleTokenBroken, ruleTokenSigned, ruleTokenAudience, ruleAppOnlyOnMe, ruleAppOnly,
		errTokenExpired, errTokenNotYet, errScopeMissing,
	} {
		if _, ok := graph.ErrorOf(id); !ok {
			t.Errorf("Graph has no error %s", id)
		}
	}
}

func TestRememberedTokensAreBounded(t *testing.T) {
	t.Parallel()
	a, d, op := NewAuthenticator(Bearer, true, true, noKeys), twoUsers(), operation(t, openapi.Embedded(), "GET /me/activities")
	send := func(id string) {
		header := bearer(t, func(c *claims) { c.ID = id })
		if _, refusal := a.Authenticate(d, op, "", header, now); refusal != nil {
			t.Fatalf("token %s: %+v", id, refusal)
		}
	}
	known := func(id string) bool {
		token, _ := BearerToken(bearer(t, func(c *claims) { c.ID = id }).Get("Authorization"))
		return a.tokens.Contains(token)
	}
	send("first")
	send("second")
	for i := range maxTokens - 1 {
		send("first") // is used all the time
		send(fmt.Sprint(i))
	}
	if !known("first") || known("second") || a.tokens.Len() != maxTokens {
		t.Errorf("first %v, second %v, %d tokens", known("first"), known("second"), a.tokens.Len())
	}
}

func TestBearerTokensAreReadFromHeaders(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"Bearer x": "x", "bearer  x ": "x", "BEARER x y": "x y",
		"Bearer": "", "Bearer ": "", "Basic x": "", "": "", "Bearerx": "",
	} {
		if got, ok := BearerToken(header); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q, %v", header, got, ok)
		}
	}
}
