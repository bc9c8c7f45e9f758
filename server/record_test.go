package server_test

import (
	"testing"

	"github.com/graphmock/graphmock/server"
)

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
		"api_keys=2&codes=3&signature=4":       "api_keys=2&codes=3&signature=4",
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
