package server_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
)

// A proxy sends requests in process with the context of those that it serves,
// which has the address of another server.
func TestRequestInProcessHasNoLocalAddress(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	ctx := context.WithValue(t.Context(), http.LocalAddrContextKey, &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80})
	req, err := http.NewRequestWithContext(ctx, "GET", graph+"/_graphmock/health", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 200 {
		t.Errorf("%s: the request was taken for one over a socket", res.Status)
	}
}

func TestSenderIsOfTheBatchAsOfTheRequestsInIt(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	sendBatch(t, s, `{"id": "1", "method": "GET", "url": "/me/activites"}`)
	origin, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.Post(origin+"/v1.0/me/activites", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	for _, e := range s.Violating() {
		if inProcess := e.BatchID != ""; inProcess != (e.Caller != "") {
			t.Errorf("%s %s: in process %v, sent by %q", e.Method, e.Path, inProcess, e.Caller)
		}
	}
	if n := len(s.Violating()); n != 2 {
		t.Errorf("%d requests broke the contract, want 2", n)
	}
}

// What a script removes stays away, also what net/http adds by itself.
func TestRemovedHeadersAreNotSent(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	removed := scenarios.Pass.Without("content-type").Without("Date").OffContract().Times(3)
	if err := s.Script("GET /me/activities", removed); err != nil {
		t.Fatal(err)
	}
	plain, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	secure, err := s.ListenTLS("")
	if err != nil {
		t.Fatal(err)
	}
	pool, err := s.CertPool()
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: pool}}
	defer transport.CloseIdleConnections()
	overSocket := &http.Client{Transport: transport}
	for origin, client := range map[string]*http.Client{plain: overSocket, secure: overSocket, graph: s.Client()} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", origin+"/v1.0/me/activities", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer x")
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		_, typed := res.Header["Content-Type"]
		_, dated := res.Header["Date"]
		if res.StatusCode != 200 || typed || dated {
			t.Errorf("%s over %s: %d %v", origin, res.Proto, res.StatusCode, res.Header)
		}
	}
}
