package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server"
)

// FuzzPipeline sends anything that can be a request. No answer may be a 5xx, and
// every answer to a known operation has to keep the contract: the server checks
// that itself, so a violation on the response's side is a bug.
func FuzzPipeline(f *testing.F) {
	for _, seed := range []struct{ method, target, header, body string }{
		{"PUT", seedPath + seedItem, "Bearer x", seedBody},
		{"PUT", "/v1.0/me/activities/%2Farticle%3F12345", "Bearer x", `{"activitySourceHost":"https://www.contoso.com","activationUrl":"a:b","visualElements":{"displayText":"x","content":{"a":[1,2.5e3,null]}},"contentInfo":{"@context":"https://schema.org"},"historyItems":[{"startedDateTime":"2018-02-26T20:54:04.345Z"}]}`},
		{"DELETE", seedPath + seedItem, "Bearer x", ""},
		{"DELETE", "/beta/users/me-token-to-replace/activities/1", "Bearer x", ""},
		{"GET", "/v1.0/users('user@contoso.com')/activities?$top=5", "bearer y", ""},
		{"PATCH", "/v1.0/me/activities/1/", "", "{}"},
		{"PUT", seedPath + seedItem, "Bearer a.b.c", `{"startedDateTime":"2015-02-31T20:54:04Z","startedDateTime":1e999999}`},
	} {
		f.Add(seed.method, seed.target, seed.header, "application/json", seed.body)
	}
	f.Fuzz(func(t *testing.T, method, target, authorization, contentType, body string) {
		if !strings.HasPrefix(target, "/") {
			return
		}
		req, err := http.NewRequest(method, graph+target, strings.NewReader(body))
		if err != nil {
			return // no client can send it
		}
		s := newServer(t, server.Config{Now: now}) // its own, so that equal inputs do equal things
		req.Header["Authorization"] = []string{authorization}
		req.Header["Content-Type"] = []string{contentType}
		res, err := s.Client().Do(req)
		if err != nil {
			return // refused before it was sent
		}
		defer res.Body.Close()
		if res.StatusCode >= 500 {
			t.Errorf("%d %v", res.StatusCode, res.Header)
		}
		for _, line := range res.Header.Values("Graphmock-Violation") {
			if strings.ContainsAny(line, "\r\n") {
				t.Errorf("header line %q", line)
			}
		}
		all, _ := s.Requests("") // none, if no server would have let it pass
		for _, e := range all {
			for _, v := range e.Violations {
				if v.Side == "response" {
					t.Errorf("the answer breaks the contract: %s", v)
				}
			}
		}
	})
}
