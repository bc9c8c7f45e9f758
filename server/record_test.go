package server_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server"
)

const (
	itemBody        = `{"startedDateTime": "2015-02-11T20:54:04Z"}`
	contosoActivity = `{"activitySourceHost": "https://www.contoso.com", "activationUrl": "https://www.contoso.com/",
		"visualElements": {"displayText": "x"}}`
)

// putAs sends a PUT with a token of a user and an app, and says whether there was a
// response.
func putAs(t *testing.T, s *server.Server, caller server.TokenOptions, path, body string) bool {
	t.Helper()
	token, err := s.Token(caller)
	if err != nil {
		t.Fatal(err)
	}
	req, _ := http.NewRequest("PUT", graph+path, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := s.Client().Do(req)
	if err != nil {
		return false
	}
	io.Copy(io.Discard, res.Body)
	res.Body.Close()
	return true
}

func TestDuplicatesAreWhatTheServiceStoredForOneClient(t *testing.T) {
	t.Parallel()
	const lost = `
version: 1
name: lost
rules:
  - id: put
    when: { request: "PUT /me/activities/{a}" }
    reply: [ { from: service, then: { fault: reset } }, SECOND ]
    after: pass
`
	for name, test := range map[string]struct {
		second string
		caller server.TokenOptions
		want   int
	}{
		"the same client": {second: "{ from: service }", want: 1},
		"another user":    {second: "{ from: service }", caller: server.TokenOptions{User: "other@contoso.com"}},
		"another app": {second: "{ from: service }",
			caller: server.TokenOptions{App: "9d2f6a3e-0000-4000-8000-000000000001"}},
		"a scripted answer": {second: "{ from: schema, status: 201 }"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, server.Config{})
			play(t, s, strings.Replace(lost, "SECOND", test.second, 1))
			const activities = "/v1.0/me/activities/"
			if putAs(t, s, server.TokenOptions{}, activities+"1", contosoActivity) {
				t.Fatal("the first response has to be lost")
			}
			putAs(t, s, test.caller, activities+"2", contosoActivity)
			if all, _ := s.Requests(""); all[0].Status != 201 || all[1].Status != 201 {
				t.Fatalf("the activities have %d and %d", all[0].Status, all[1].Status)
			}
			v := s.Verdict()
			if len(v.Duplicates) != test.want || len(v.Violations) != 0 {
				t.Errorf("duplicates %v, violations %v", v.Duplicates, v.Violations)
			}
			if got := points(t, s, "me.PutActivity")["status 201"]; got != 1 {
				t.Errorf("%d responses are covered", got)
			}
		})
	}
}

// TestAClientIsToldToWaitByWhatItSees has the first response reset: no client knows
// of its Retry-After.
func TestAClientIsToldToWaitByWhatItSees(t *testing.T) {
	t.Parallel()
	const slow = `
version: 1
name: slow
rules:
  - id: put
    when: { request: "PUT /me/activities/{a}/historyItems/{i}" }
    reply: [ { throttle: { retryAfter: 60 }, FAULT }, { from: service } ]
    after: pass
expect: { retryAfter: honoured }
`
	for fault, want := range map[string]int{"then: { fault: reset }": 0, "then: { fault: truncate }": 1} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, server.Config{})
			play(t, s, strings.Replace(slow, "FAULT", fault, 1))
			for range 2 {
				putAs(t, s, server.TokenOptions{}, seedPath+guidOf(1), itemBody)
			}
			if got := s.Failures(); len(got) != want {
				t.Errorf("got %v, want %d", got, want)
			}
			_, asked := points(t, s, "me.activities.PutHistoryItem")["retryAfter honoured"]
			if asked != (want == 1) {
				t.Errorf("the coverage asks to wait: %v", asked)
			}
		})
	}
}

func TestSecretsInQueriesAreRedacted(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"api_key=s3cr3t":                       "api_key=REDACTED",
		"apikey=s3cr3t":                        "apikey=REDACTED",
		"API_KEY=s3cr3t":                       "API_KEY=REDACTED",
		"api%5Fkey=s3cr3t":                     "api%5Fkey=REDACTED",
		"client_assertion=s3cr3t":              "client_assertion=REDACTED",
		"client_assertion=s3cr3t&$top=1":       "client_assertion=REDACTED&$top=1",
		"assertion=s3cr3t":                     "assertion=REDACTED",
		"code=s3cr3t":                          "code=REDACTED",
		"sig=s3cr3t":                           "sig=REDACTED",
		"id_token=s3cr3t":                      "id_token=REDACTED",
		"client_secret=s3cr3t":                 "client_secret=REDACTED",
		"password=s3cr3t":                      "password=REDACTED",
		"api_keys=2&codes=3&signatures=4":      "api_keys=2&codes=3&signatures=4",
		"X-Amz-Signature=s3cr3t":               "X-Amz-Signature=REDACTED",
		"$skiptoken=1&$deltatoken=2&x=api_key": "$skiptoken=1&$deltatoken=2&x=api_key",
	} {
		s := newServer(t, server.Config{})
		send(t, s, "GET", "/v1.0/me/activities?"+query, nil)
		all, err := s.Requests("")
		if err != nil || len(all) != 1 {
			t.Fatalf("%d exchanges, error %v", len(all), err)
		}
		if got := all[0].Query; got != want {
			t.Errorf("?%s: the journal has %q, want %q", query, got, want)
		}
	}
}
