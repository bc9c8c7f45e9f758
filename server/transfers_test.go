package server_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/graphmock/graphmock/server"
)

// fetchURL sends a request for a URL as it stands, without a token.
func fetchURL(t *testing.T, client *http.Client, url string, headers ...string) (*http.Response, string) {
	t.Helper()
	return sendURL(t, client, "GET", url, nil, headers...)
}

// sendURL sends a request to a URL as it stands, without a token. Headers are names and values.
func sendURL(t *testing.T, client *http.Client, method, url string, body io.Reader, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(text)
}

// TestDownloadsNeedNoToken follows a redirect as all clients do, in process and by a socket.
func TestDownloadsNeedNoToken(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	origin, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	token, err := s.Token(server.TokenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for root, client := range map[string]*http.Client{
		"https://graph.microsoft.com": s.Client(), origin: http.DefaultClient,
		strings.Replace(origin, "127.0.0.1", "localhost", 1): http.DefaultClient,
	} {
		res, text := fetchURL(t, client, root+"/v1.0/me/drive/items/01CONTOSOLAKE/content", "Authorization", "Bearer "+token)
		at := res.Request
		if res.StatusCode != 200 || !strings.HasPrefix(text, "Around the lake") || at.Header.Get("Authorization") != "" ||
			at.URL.Host == strings.TrimPrefix(strings.TrimPrefix(root, "https://"), "http://") {
			t.Errorf("%s: %s %q from %s", root, res.Status, text, at.URL)
		}
		_, text = fetchURL(t, client, root+"/v1.0/me/drive/items/01CONTOSOLAKE", "Authorization", "Bearer "+token)
		var item map[string]any
		if err := json.Unmarshal([]byte(text), &item); err != nil {
			t.Fatal(err)
		}
		url, _ := item["@microsoft.graph.downloadUrl"].(string)
		res, text = fetchURL(t, client, url, "Range", "bytes=0-5")
		if res.StatusCode != 206 || text != "Around" || res.Header.Get("Content-Range") != "bytes 0-5/85" {
			t.Errorf("%s: %s %q %s", url, res.Status, text, res.Header.Get("Content-Range"))
		}
		tag := res.Header.Get("Etag")
		if res, text = fetchURL(t, client, url, "If-None-Match", tag); res.StatusCode != 304 || text != "" {
			t.Errorf("%s: %s %q", tag, res.Status, text)
		}
		if res, _ = fetchURL(t, client, url+"x"); res.StatusCode != 401 {
			t.Errorf("a URL that is not the one: %s", res.Status)
		}
	}
	sent, err := s.Requests("GET /_layouts/15/download.aspx")
	if err != nil || len(sent) < 12 {
		t.Fatalf("%d requests, %v", len(sent), err)
	}
	for _, e := range sent {
		if strings.HasPrefix(e.Path, "/_layouts") && !strings.Contains(e.Query, "tempauth=REDACTED") {
			t.Errorf("the journal has %s", e.Query)
		}
	}
}

func TestDownloadsAreOfTheirTenant(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	other, err := s.Tenant("8d0a7c3e-5c2f-4a5b-9d7e-0f1a2b3c4d5e")
	if err != nil {
		t.Fatal(err)
	}
	token, err := other.Token(server.TokenOptions{Tenant: "8d0a7c3e-5c2f-4a5b-9d7e-0f1a2b3c4d5e"})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Upload("/me/drive/root:/own.txt:/content", []byte("of the other tenant")); err != nil {
		t.Fatal(err)
	}
	res, text := fetchURL(t, s.Client(), "https://graph.microsoft.com/v1.0/me/drive/root:/own.txt:/content",
		"Authorization", "Bearer "+token)
	if text != "of the other tenant" {
		t.Errorf("%s %s", res.Status, text)
	}
	url := res.Request.URL.String()
	if err := s.Advance(time.Minute); err != nil {
		t.Fatal(err)
	}
	if res, _ = fetchURL(t, s.Client(), strings.Replace(url, "&tid=", "&id=", 1)); res.StatusCode != 401 {
		t.Errorf("in the default tenant: %s", res.Status)
	}
}
