package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server"
)

const keyed = `
openapi: 3.1.0
info: {title: keyed, version: '1'}
security: [{header: []}]
paths:
  /header: {get: {responses: {'200': {description: ok}}}}
  /either: {get: {security: [{basic: []}, {query: [], cookie: []}], responses: {'200': {description: ok}}}}
  /token: {get: {security: [{oauth: []}, {header: []}], responses: {'200': {description: ok}}}}
  /nobody: {get: {security: [{header: []}, {}], responses: {'200': {description: ok}}}}
  /certificate: {get: {security: [{tls: []}], responses: {'200': {description: ok}}}}
components:
  securitySchemes:
    header: {type: apiKey, in: header, name: x-key}
    query: {type: apiKey, in: query, name: key}
    cookie: {type: apiKey, in: cookie, name: session}
    basic: {type: http, scheme: basic}
    oauth: {type: oauth2, flows: {}}
    tls: {type: mutualTLS}
`

func TestKeysAreWantedWhereTheContractHasNoTokens(t *testing.T) {
	t.Parallel()
	c, err := openapi.Parse("keyed.yaml", []byte(keyed))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		target, header string
		status         int
		violation      string
	}{
		{"/header", "", 401, "token-empty; X-Key; no API key was sent (send X-Key: KEY)"},
		{"/header", "Authorization: Bearer a", 401, "token-empty; X-Key; no API key was sent (send X-Key: KEY)"},
		{"/header", "X-Key: a", 200, ""},
		{"/either", "", 401,
			"token-empty; Authorization; no basic credentials were sent (send Authorization: basic CREDENTIALS)"},
		{"/either", "Authorization: Basic YTpi", 200, ""},
		{"/either?key=a", "", 401,
			"token-empty; Authorization; no basic credentials were sent (send Authorization: basic CREDENTIALS)"},
		{"/either?key=a", "Cookie: session=b", 200, ""},
		{"/token", "", 401, "token-empty; Authorization; no bearer token was sent (send Authorization: Bearer TOKEN)"},
		{"/token", "Authorization: Bearer a", 200, ""},
		{"/token", "X-Key: a", 200, ""},
		{"/nobody", "", 200, ""},
		{"/certificate", "", 200, ""},
	} {
		s := newServer(t, server.Config{Contract: c})
		req, _ := http.NewRequest("GET", s.URL()+test.target, nil)
		if name, value, ok := strings.Cut(test.header, ": "); ok {
			req.Header.Set(name, value)
		}
		res, err := s.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := res.Header.Get("Graphmock-Violation"); res.StatusCode != test.status || got != test.violation {
			t.Errorf("%s with %q: %d %q, want %d %q", test.target, test.header, res.StatusCode, got, test.status,
				test.violation)
		}
		list, _ := s.Requests("")
		if key := list[0].Header.Get("X-Key"); key != "" && key != "REDACTED" {
			t.Errorf("%s: the journal has the key %q", test.target, key)
		}
	}
}

// TestTokenIsExpiredAtItsExp shows that a token is good until the second of its
// exp, but not in it (RFC 7519, section 4.1.4: "on or after").
func TestTokenIsExpiredAtItsExp(t *testing.T) {
	t.Parallel()
	start := now.Truncate(time.Second)
	s := newServer(t, server.Config{Now: start})
	token, err := s.Token(server.TokenOptions{ExpiresIn: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	for _, each := range []struct {
		after  time.Duration
		status int
	}{{time.Minute - time.Millisecond, 200}, {time.Millisecond, 401}, {time.Millisecond, 401}} {
		if err := s.Advance(each.after); err != nil {
			t.Fatal(err)
		}
		res, _ := send(t, s, "GET", "/v1.0/me/activities", nil, "Authorization", "Bearer "+token)
		if res.StatusCode != each.status {
			t.Errorf("%s later: %s, want %d", each.after, res.Status, each.status)
		}
	}
}
