package server

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/inprocess"
)

// URL is the origin that Client is meant for, Graph's own:
// https://graph.microsoft.com. Paths below it begin with /v1.0 or /beta.
func (s *Server) URL() string { return "https://graph.microsoft.com" }

// Transport takes requests to any host of Graph, and to the server's own
// sockets, to this server in process: no sockets, no goroutines. Requests to
// other hosts are errors.
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
	own := reflect.TypeFor[Server]().PkgPath()
	return &inprocess.Transport{
		Handler: s.serveInProcess, Refuse: s.refuseInProcess, Closing: s.closing,
		MaxHeaderBytes: maxHeader, Own: []string{own, own + "/graphtest"},
	}
}

// refuseInProcess returns why a request is not sent: its host is another's, or
// the server is closed.
func (s *Server) refuseInProcess(req *http.Request) error {
	if !s.answersFor(req.URL.Hostname(), req.URL.Host) {
		return fmt.Errorf("graphmock: %s is not a host of Microsoft Graph, and this client reaches no other",
			jsontext.Quote(req.URL.Host))
	}
	select {
	case <-s.closing:
		return errClosed
	default:
		return nil
	}
}

var errClosed = errors.New("graphmock: the server is closed")

func (s *Server) answersFor(host, hostPort string) bool {
	if graph.IsHost(host) {
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
