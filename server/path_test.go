package server_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server"
)

// Not every client encodes all that RFC 2396 wants encoded: browsers leave | as it
// is, curl whatever it is given.
func TestPathKeepsItsEncodedSlashesBesideMarksThatAreNotEncoded(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	origin, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	for _, transport := range []http.RoundTripper{http.DefaultTransport, s.Transport()} {
		for _, key := range []string{"%2Ftrail|5", "%2F\"a\"{é}", "%2Ftrail%7C5", "a|b"} {
			req, err := http.NewRequestWithContext(t.Context(), "PUT", origin, strings.NewReader(activityBody("1")))
			if err != nil {
				t.Fatal(err)
			}
			req.URL.Opaque = "/v1.0/me/activities/" + key // sent as it is
			req.Header.Set("Authorization", "Bearer opaque")
			req.Header.Set("Content-Type", "application/json")
			res, err := transport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			var a struct{ AppActivityID string }
			err = json.NewDecoder(res.Body).Decode(&a)
			res.Body.Close()
			if want, _ := url.PathUnescape(key); res.StatusCode/100 != 2 || a.AppActivityID != want || err != nil {
				t.Errorf("%s: %s, appActivityId %q, %v", key, res.Status, a.AppActivityID, err)
			}
		}
	}
	if list, _ := s.Requests("PUT /me/activities/{}"); len(list) != 8 ||
		list[0].Path != "/v1.0/me/activities/%2Ftrail%7C5" {
		t.Errorf("%d requests in the journal, the first with the path %s", len(list), list[0].Path)
	}
}
