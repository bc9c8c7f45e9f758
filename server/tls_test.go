package server_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/graphmock/graphmock/server"
)

func TestTLSIsTrustedByItsPoolOnly(t *testing.T) {
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
	for _, name := range []string{"", "localhost", "graph.microsoft.com", "graph.microsoft.us"} {
		c := &http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: name}, ForceAttemptHTTP2: true}}
		req, _ := http.NewRequest("PUT", origin+seedPath+seedItem, strings.NewReader(seedBody))
		req.Header.Set("Authorization", "Bearer x")
		req.Header.Set("Content-Type", "application/json")
		res, err := c.Do(req)
		if err != nil {
			t.Fatalf("as %q: %v", name, err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		c.CloseIdleConnections()
		if res.StatusCode/100 != 2 || res.ProtoMajor != 2 ||
			!strings.Contains(string(body), `"`+origin+"/v1.0/$metadata") {
			t.Errorf("as %q: %s %s %s", name, res.Proto, res.Status, body)
		}
	}
	if res, err := (&http.Client{Transport: &http.Transport{}}).Get(origin); err == nil {
		res.Body.Close()
		t.Error("a client without the pool trusts the certificate")
	}
}

func TestListenIsRefusedInABubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, server.Config{})
		for _, listen := range []func(string) (string, error){s.Listen, s.ListenTLS} {
			if _, err := listen(""); err == nil || !strings.Contains(err.Error(), "synctest bubble") {
				t.Errorf("error %v does not say that there are no sockets in a bubble", err)
			}
		}
	})
}
