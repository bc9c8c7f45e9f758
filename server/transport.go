package server

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/auth/entra"
	"github.com/graphmock/graphmock/server/internal/inprocess"
)

// URL is the origin that Client is meant for: that of the contract's first server,
// such as https://api.example.com, and Graph's own, https://graph.microsoft.com, of a
// contract that names none. Paths below it begin with one of Contract.Bases: /v1.0
// or /beta.
func (s *Server) URL() string {
	if origins := s.config.Contract.Origins(); len(origins) > 0 {
		return origins[0]
	}
	return "https://graph.microsoft.com"
}

// Transport takes requests to any host of Graph and of Entra, to those of the contract's servers,
// and to the server's own sockets, to this server in process: no sockets, no
// goroutines. Requests to other hosts are errors.
//
// A client can't tell it from a transport over the network, except for what stands
// in the table of conformance_test.go: requests that could not be sent are
// errors, contexts and deadlines count until the response's body has been read,
// and faults are the errors that a broken connection gives.
func (s *Server) Transport() http.RoundTripper { return s.transport }

// Client is an http.Client with the server's Transport. It adds nothing to a
// request that net/http's own does not: no token.
func (s *Server) Client() *http.Client { return &http.Client{Transport: s.Transport()} }

func (s *Server) newTransport() *inprocess.Transport {
	connection := &tls.ConnectionState{
		Version: tls.VersionTLS13, HandshakeComplete: true, CipherSuite: tls.TLS_AES_128_GCM_SHA256,
	}
	if authority, err := ownAuthority(); err == nil {
		if certificate, err := authority.Leaf("graph.microsoft.com"); err == nil {
			connection.PeerCertificates = []*x509.Certificate{certificate.Leaf}
		}
	}
	own := reflect.TypeFor[Server]().PkgPath()
	return &inprocess.Transport{
		Handler: s.serveInProcess, Refuse: s.refuseInProcess, Closing: s.closing,
		MaxHeaderBytes: maxHeader, TLS: connection,
		Own: []string{own, own + "/graphtest"},
	}
}

// refuseInProcess returns why a request is not sent: its host is another's, or
// the server is closed.
func (s *Server) refuseInProcess(req *http.Request) error {
	if !s.answersFor(req.URL.Hostname(), req.URL.Host) {
		return errors.New("graphmock: " + s.foreign(req.URL))
	}
	select {
	case <-s.closing:
		return errClosed
	default:
		return nil
	}
}

var errClosed = errors.New("graphmock: the server is closed")

// foreign returns what is wrong with a URL of another host, and what to do.
func (s *Server) foreign(u *url.URL) string {
	own, hint := "a host of Microsoft Graph", ""
	if origins := s.config.Contract.Origins(); !s.config.Contract.UsesOData() && len(origins) > 0 {
		own = "a host of the contract's servers, such as " + origins[0]
		hint = "; name it under servers in the contract, or send to " + origins[0]
	}
	return fmt.Sprintf("%s is not %s, and this client reaches no other%s", jsontext.Quote(u.Host), own, hint)
}

func (s *Server) answersFor(host, hostPort string) bool {
	if graph.IsHost(host) || entra.IsHost(host) || s.config.Contract.HasHost(hostPort) {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.listeners {
		if l.address == hostPort {
			return true
		}
	}
	return false
}
