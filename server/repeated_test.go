package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server"
)

// TestAHeaderThatMayComeOnceIsRefusedTwice sends headers twice in both orders, on a
// socket, in process and in a batch.
func TestAHeaderThatMayComeOnceIsRefusedTwice(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	origin, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range map[string][]string{
		"Content-Type":      {"application/json", "text/plain"},
		"Authorization":     {"Bearer a", "Bearer b"},
		"Client-Request-Id": {"1", "2"},
		"Range":             {"bytes=0-1", "bytes=2-3"},
		"User-Agent":        {"same", "same"},
	} {
		for range 2 {
			values[0], values[1] = values[1], values[0]
			for _, client := range []struct {
				origin string
				client *http.Client
			}{{origin, http.DefaultClient}, {"https://graph.microsoft.com", s.Client()}} {
				req, err := http.NewRequest("PUT", client.origin+seedPath+seedItem, strings.NewReader(seedBody))
				if err != nil {
					t.Fatal(err)
				}
				req.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer a"}}
				req.Header[name] = values
				res, err := client.client.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				res.Body.Close()
				want := "header-repeated; " + name + "; the header is there more than once (send it once, with one value)"
				if name == "User-Agent" && client.origin == origin {
					continue // net/http sends one
				}
				if got := res.Header.Get("Graphmock-Violation"); res.StatusCode != 400 || got != want {
					t.Errorf("%s %q at %s: %d %s", name, values, client.origin, res.StatusCode, got)
				}
			}
		}
	}
	for _, headers := range []string{
		`{"Content-Type": "application/json", "content-type": "text/plain"}`,
		`{"CONTENT-TYPE": "text/plain", "Content-Type": "application/json"}`,
	} {
		body := `{"requests": [{"id": "1", "method": "PUT", "url": "/me/activities/1/historyItems/` + seedItem +
			`", "headers": ` + headers + `, "body": ` + seedBody + `}]}`
		send(t, s, "POST", "/v1.0/$batch", strings.NewReader(body))
	}
	twice := 0
	for _, e := range s.Violating() {
		if e.BatchID != "" && e.Violations[0].Rule == "header-repeated" {
			twice++
		}
	}
	if twice != 2 {
		t.Errorf("%d requests of batches are refused, want 2", twice)
	}
}

func TestTwoValuesInOneLineAreRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	for _, header := range [][2]string{
		{"Content-Type", "application/json, text/plain"}, {"Content-Type", "text/plain, application/json"},
		{"Content-Type", "application/json; charset=utf-8, application/json"},
		{"Authorization", "Bearer a, Bearer b"}, {"Authorization", "Bearer a,b"},
	} {
		send(t, s, "PUT", seedPath+seedItem, strings.NewReader(seedBody), header[0], header[1])
		found := s.TakeViolations()
		if len(found) != 1 || found[0].Pointer != header[0] {
			t.Errorf("%s: violations %v", header, found)
		}
	}
	send(t, s, "GET", "/v1.0/me/activities", nil, "Accept", "application/json, text/plain")
	if found := s.TakeViolations(); found != nil {
		t.Errorf("a list in one line: %v", found)
	}
}
