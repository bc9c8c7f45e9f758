package server_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server"
)

// sendWith sends a request with headers, "NAME: VALUE", and returns the response with its
// body.
func sendWith(t *testing.T, c *http.Client, method, target string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer x")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func TestPagesOfAnyOriginMayUseGraph(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	origin, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	for base, c := range map[string]*http.Client{origin: http.DefaultClient, graph: s.Client()} {
		const page = "Origin: https://app.contoso.com"
		res, body := sendWith(t, c, "OPTIONS", base+"/v1.0/me/messages", page, "Access-Control-Request-Method: POST",
			"Access-Control-Request-Headers: authorization,client-request-id,content-type,sdkversion")
		h := res.Header
		if res.StatusCode != 200 || body != "" || h.Get("Access-Control-Allow-Origin") != "*" ||
			h.Get("Access-Control-Allow-Methods") != "POST" || h.Get("Request-Id") == "" ||
			h.Get("Access-Control-Allow-Headers") != "authorization,client-request-id,content-type,sdkversion" {
			t.Errorf("%s: preflight: %s %v", base, res.Status, h)
		}
		for path, status := range map[string]int{"/v1.0/me": 200, "/v1.0/nothing": 400} {
			res, _ := sendWith(t, c, "GET", base+path, page)
			exposed := res.Header.Get("Access-Control-Expose-Headers")
			if res.StatusCode != status || res.Header.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("%s%s: %s %v", base, path, res.Status, res.Header)
			}
			for _, name := range []string{"ETag", "Location", "request-id", "client-request-id", "Retry-After",
				"graphmock-violation"} {
				if !strings.Contains(", "+exposed+",", ", "+name+",") {
					t.Errorf("%s%s: a page may not read %s", base, path, name)
				}
			}
		}
		if res, _ := sendWith(t, c, "GET", base+"/v1.0/me"); res.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Error("there is no page, and one is allowed to read it")
		}
		for _, asked := range [][]string{{page}, {"Access-Control-Request-Method: GET"}} { // no preflights
			if res, _ := sendWith(t, c, "OPTIONS", base+"/v1.0/me", asked...); res.StatusCode != 405 {
				t.Errorf("OPTIONS with %s: %s", asked, res.Status)
			}
		}
	}
	list, err := s.Requests("")
	if err != nil || len(list) != 10 {
		t.Errorf("the journal has %d requests, want all but the preflights; %v", len(list), err)
	}
}

func TestPagesOfOtherOriginsMayNotUseControl(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	origin, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"GET", "OPTIONS", "POST"} {
		res, _ := sendWith(t, http.DefaultClient, method, origin+"/_graphmock/state", "Origin: https://app.contoso.com",
			"Access-Control-Request-Method: GET")
		if res.StatusCode != 403 || res.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %s %v", method, res.Status, res.Header)
		}
	}
}

func TestContractsOfOthersSayWhatPagesMayDo(t *testing.T) {
	t.Parallel()
	contract, err := openapi.Parse("own.yaml", []byte(`{openapi: 3.0.3, info: {title: own, version: "1"}, paths: {/things: {
		get: {responses: {"200": {description: All.}}}, options: {responses: {"204": {description: Ask.}}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, server.Config{Contract: contract})
	origin, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	res, _ := sendWith(t, http.DefaultClient, "OPTIONS", origin+"/things", "Origin: https://app.contoso.com",
		"Access-Control-Request-Method: GET")
	if res.StatusCode != 204 || res.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%s %v", res.Status, res.Header)
	}
}

func TestLocalhostMayStayPlain(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	origin, err := s.ListenTLS("")
	if err != nil {
		t.Fatal(err)
	}
	pool, err := s.CertPool()
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	defer transport.CloseIdleConnections()
	c, local := &http.Client{Transport: transport}, strings.Replace(origin, "127.0.0.1", "localhost", 1)
	for target, want := range map[string]string{origin: "max-age=31536000", local: ""} {
		res, _ := sendWith(t, c, "GET", target+"/v1.0/me")
		if got := res.Header.Get("Strict-Transport-Security"); got != want {
			t.Errorf("%s: got %q, want %q", target, got, want)
		}
	}
}

// TestLinksAreWhereTheClientCameFrom has proxies in front that say so, or do not.
func TestLinksAreWhereTheClientCameFrom(t *testing.T) {
	t.Parallel()
	for base, cases := range map[string]map[string]string{
		"": {
			"X-Forwarded-Host: graph.contoso.com":                "http://graph.contoso.com",
			"X-Forwarded-Host: graph.contoso.com:8443, inner":    "http://graph.contoso.com:8443",
			"X-Forwarded-Proto: https, http":                     "https://OWN",
			"X-Forwarded-Host: ":                                 "http://OWN",
			`X-Forwarded-Host: a"b`:                              "http://OWN",
			"X-Forwarded-Host: a/b":                              "http://OWN",
			`X-Forwarded-Proto: ht"tp`:                           "http://OWN",
			"X-Forwarded-Proto: javascript":                      "http://OWN",
			"Forwarded: host=graph.contoso.com;proto=https":      "http://OWN",
			"X-Forwarded-Host: [2001:db8::1]:8443":               "http://[2001:db8::1]:8443",
			"X-Forwarded-Host: " + strings.Repeat("a", 200) + "": "http://" + strings.Repeat("a", 200),
		},
		"https://graph.contoso.com:8443/": {
			"X: ":                      "https://graph.contoso.com:8443",
			"X-Forwarded-Host: inner":  "https://graph.contoso.com:8443",
			"X-Forwarded-Proto: https": "https://graph.contoso.com:8443",
		},
	} {
		s := newServer(t, server.Config{BaseURL: base, PageSize: 1})
		origin, err := s.Listen("")
		if err != nil {
			t.Fatal(err)
		}
		for header, want := range cases {
			want = strings.Replace(want, "http://OWN", origin, 1)
			want = strings.Replace(want, "https://OWN", "https"+strings.TrimPrefix(origin, "http"), 1)
			_, body := sendWith(t, http.DefaultClient, "GET", origin+"/v1.0/me/todo/lists?$top=1", header)
			for _, link := range []string{`"@odata.context":"`, `"@odata.nextLink":"`} {
				if !strings.Contains(body, link+want+"/v1.0/") {
					t.Errorf("%s, base %q: want %s in %s", header, base, want, body)
				}
			}
			_, body = sendWith(t, http.DefaultClient, "GET", origin+"/common/v2.0/.well-known/openid-configuration", header)
			if !strings.Contains(body, `"token_endpoint":"`+want+"/common/") {
				t.Errorf("%s, base %q: want %s in %s", header, base, want, body)
			}
		}
		if _, body := sendWith(t, s.Client(), "GET", graph+"/v1.0/me"); !strings.Contains(body, `"@odata.context":"`+graph) {
			t.Errorf("base %q: Graph itself has other links: %s", base, body)
		}
	}
	for _, bad := range []string{"x", "graph.contoso.com", "https://", "https://a b", "ftp://a", "https://a/b", "https://a?b",
		"https://a@b", "//a", "https://a\"b"} {
		if _, err := server.New(server.Config{BaseURL: bad}); err == nil || err.Error() !=
			fmt.Sprintf("configuration: base URL: %q is no origin, such as https://graph.example.com", bad) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestABatchHasTheLinksOfTheProxy(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	origin, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest("POST", origin+"/v1.0/$batch", strings.NewReader(
		`{"requests": [{"id": "1", "method": "GET", "url": "/me"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"Authorization": {"Bearer x"}, "Content-Type": {"application/json"},
		"X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"graph.contoso.com"}}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	if want := `"@odata.context":"https://graph.contoso.com/v1.0/`; !strings.Contains(string(body), want) {
		t.Errorf("want %s in %s", want, body)
	}
}

func TestADoubledRootIsNamed(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	for path, want := range map[string]string{
		"/v1.0/v1.0/me/activities": "unknown-segment; v1.0; the path has a service root twice: /v1.0, then /v1.0 " +
			"(the client's base URL has one, and the path that it adds another: send /v1.0/me/activities)",
		"/v1.0/beta/me": "unknown-segment; beta; the path has a service root twice: /v1.0, then /beta " +
			"(the client's base URL has one, and the path that it adds another: send /v1.0/me)",
		"/beta/V1.0": "unknown-segment; v1.0; the path has a service root twice: /beta, then /v1.0 " +
			"(the client's base URL has one, and the path that it adds another: send /beta)",
	} {
		res, body := sendWith(t, s.Client(), "GET", graph+path)
		if got := res.Header.Get("Graphmock-Violation"); res.StatusCode != 400 || got != want ||
			!strings.Contains(body, "Resource not found for the segment") {
			t.Errorf("%s: %s\n%s\nwant %s\n%s", path, res.Status, got, want, body)
		}
	}
}
