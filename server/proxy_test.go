package server_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server"
)

// proxied returns a server that is a proxy, the address of it, and a client that uses it.
func proxied(t *testing.T, config server.Config) (*server.Server, string, *http.Client) {
	t.Helper()
	s := newServer(t, config)
	origin, err := s.ListenTLS("")
	if err != nil {
		t.Fatal(err)
	}
	pool, err := s.CertPool()
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimPrefix(origin, "https://")
	transport := &http.Transport{
		Proxy:           http.ProxyURL(&url.URL{Scheme: "http", Host: address}),
		TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return s, address, &http.Client{Transport: transport}
}

func getVia(t *testing.T, c *http.Client, target string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest("GET", target, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer x")
	res, err := c.Do(req)
	if err != nil {
		t.Fatalf("%s: %v", target, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(text)
}

func TestTheProxyAnswersAtProductionURLs(t *testing.T) {
	t.Parallel()
	s, address, c := proxied(t, server.Config{Proxy: server.ProxyOn, PageSize: 1})
	for _, origin := range []string{
		"https://graph.microsoft.com", "https://graph.microsoft.us", "https://dod-graph.microsoft.us",
		"https://microsoftgraph.chinacloudapi.cn", "https://graph.microsoft.de", "https://GRAPH.microsoft.com",
		"https://" + address,
	} {
		res, text := getVia(t, c, origin+"/v1.0/me/todo/lists?$top=1")
		if res.StatusCode != 200 || !strings.Contains(text, `"@odata.nextLink":"`+origin+`/v1.0/`) {
			t.Errorf("%s: %s %s", origin, res.Status, text)
		}
		if strings.HasPrefix(origin, "https") && res.TLS == nil {
			t.Errorf("%s: without TLS", origin)
		}
	}
	list, err := s.Requests("GET /me/todo/lists")
	if err != nil || len(list) != 7 || list[0].Host != "graph.microsoft.com" || list[6].Host != address {
		t.Errorf("the journal has %v, %v", list, err)
	}
}

// TestTheProxyLeavesControlClosed asks for the control surface under Graph's name.
func TestTheProxyLeavesControlClosed(t *testing.T) {
	t.Parallel()
	_, address, c := proxied(t, server.Config{Proxy: server.ProxyOn})
	if res, text := getVia(t, c, "https://graph.microsoft.com/_graphmock/requests"); res.StatusCode != 403 {
		t.Errorf("%s %s", res.Status, text)
	}
	if res, text := getVia(t, c, "https://"+address+"/_graphmock/health"); res.StatusCode != 200 {
		t.Errorf("%s %s", res.Status, text)
	}
}

func TestTheProxyReachesNoOtherHost(t *testing.T) {
	t.Parallel()
	other := newServer(t, server.Config{})
	origin, err := other.ListenTLS("")
	if err != nil {
		t.Fatal(err)
	}
	_, _, c := proxied(t, server.Config{Proxy: server.ProxyOn})
	for _, target := range []string{origin, strings.Replace(origin, "127.0.0.1", "localhost", 1), "https://example.com",
		"https://graph.microsoft.com.example.com", "https://xgraph.microsoft.com", "https://www.microsoft.com"} {
		if res, err := c.Get(target + "/v1.0/me"); err == nil || !strings.Contains(err.Error(), "Forbidden") {
			t.Errorf("%s: %v, %v", target, res, err)
		}
	}
	if list, _ := other.Requests(""); len(list) > 0 {
		t.Errorf("the other one was asked: %v", list)
	}
	_, _, c = proxied(t, server.Config{Proxy: server.ProxyPassThrough})
	if res, text := getVia(t, c, origin+"/v1.0/me"); res.StatusCode != 200 {
		t.Errorf("%s %s", res.Status, text)
	}
	if list, _ := other.Requests(""); len(list) != 1 {
		t.Errorf("the other one was not asked: %v", list)
	}
}

func TestAProxyIsOnLoopbackAddresses(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Proxy: server.ProxyOn})
	if _, err := s.ListenTLS("0.0.0.0:0"); err == nil || !strings.Contains(err.Error(), "loopback addresses only") {
		t.Errorf("got %v", err)
	}
	if _, err := s.ListenTLS("localhost:0"); err != nil {
		t.Error(err)
	}
	if _, err := server.New(server.Config{Proxy: "yes"}); err == nil ||
		err.Error() != `configuration: proxy: "yes" is not off, on or pass-through` {
		t.Errorf("got %v", err)
	}
}

func TestOnlyAProxyTakesCONNECT(t *testing.T) {
	t.Parallel()
	_, _, c := proxied(t, server.Config{})
	if res, err := c.Get("https://graph.microsoft.com/v1.0/me"); err == nil {
		t.Errorf("got %s", res.Status)
	}
}

// TestTokensOverPlainHTTPBreakTheContract tells Graph's own hosts from a server of one's own.
func TestTokensOverPlainHTTPBreakTheContract(t *testing.T) {
	t.Parallel()
	s, address, viaProxy := proxied(t, server.Config{Proxy: server.ProxyOn})
	const clear = "token-over-http; Authorization; the token was sent over plain http, where others can read it " +
		"(send it to https://graph.microsoft.com)"
	for _, tt := range []struct {
		client        *http.Client
		url           string
		authorization string
		status        int
		violation     string
	}{
		{s.Client(), "http://graph.microsoft.com/v1.0/me", "Bearer x", 403, clear},
		{s.Client(), "http://graph.microsoft.com:80/beta/me", "Basic x", 403, clear},
		{s.Client(), "http://graph.microsoft.us/v1.0/me", "Bearer x", 403, strings.Replace(clear, ".com", ".us", 1)},
		{viaProxy, "http://graph.microsoft.com/v1.0/me", "Bearer x", 403, clear},
		{s.Client(), "http://graph.microsoft.com/v1.0/me", "", 401,
			"token-empty; Authorization; no bearer token was sent (send Authorization: Bearer TOKEN)"},
		{s.Client(), "https://graph.microsoft.com/v1.0/me", "Bearer x", 200, ""},
		{viaProxy, "https://graph.microsoft.com/v1.0/me", "Bearer x", 200, ""},
		{s.Client(), "http://" + address + "/v1.0/me", "Bearer x", 200, ""},
		{viaProxy, "http://" + address + "/v1.0/me", "Bearer x", 200, ""},
		{http.DefaultClient, "http://" + address + "/v1.0/me", "Bearer x", 200, ""},
	} {
		req, err := http.NewRequest("GET", tt.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if tt.authorization != "" {
			req.Header.Set("Authorization", tt.authorization)
		}
		res, err := tt.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if v := res.Header.Get("Graphmock-Violation"); res.StatusCode != tt.status || v != tt.violation {
			t.Errorf("%s with %q: %s, %s; want %d, %s", tt.url, tt.authorization, res.Status, v, tt.status, tt.violation)
		}
	}
}

// TestHostsThatTheProxyRefusesAreCounted: a suite that asks others says so, and no contract is
// broken by that.
func TestHostsThatTheProxyRefusesAreCounted(t *testing.T) {
	t.Parallel()
	s, address, c := proxied(t, server.Config{Proxy: server.ProxyOn})
	for range 3 {
		if res, err := c.Get("https://api.example:8443/a"); err == nil {
			t.Fatalf("a tunnel opened: %s", res.Status)
		}
	}
	getVia(t, c, "http://plain.example/b?secret=1")
	getVia(t, c, "https://graph.microsoft.com/v1.0/me")
	v := s.Verdict()
	if len(v.Outside) != 2 || !v.Clean || len(v.Unmatched) > 0 {
		t.Fatalf("got %+v", v)
	}
	first, second := v.Outside[0], v.Outside[1]
	if first.Host != "api.example:8443" || first.Count != 3 || first.First != 1 || !strings.Contains(first.Why, "--pass-through") ||
		second.Host != "plain.example" || second.Count != 1 || second.First != 2 {
		t.Errorf("got %+v", v.Outside)
	}
	kept, err := s.Requests("")
	if err != nil || len(kept) != 3 || !kept[0].Outside || kept[0].Method != "CONNECT" || kept[1].Path != "/b" ||
		kept[1].Query != "" || kept[2].Outside {
		t.Errorf("the journal has %+v, %v", kept, err)
	}
	for i := range 300 {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "CONNECT h%d.example:443 HTTP/1.1\r\nHost: h%d.example:443\r\nConnection: close\r\n\r\n", i, i)
		io.Copy(io.Discard, conn)
		conn.Close()
	}
	if n := len(s.Verdict().Outside); n != 200 {
		t.Errorf("%d hosts are kept", n)
	}
	if err := s.Reset(); err != nil || len(s.Verdict().Outside) > 0 {
		t.Errorf("after a reset: %+v, %v", s.Verdict().Outside, err)
	}
}
