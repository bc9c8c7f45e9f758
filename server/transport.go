package server

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/graphmock/graphmock/openapi"
)

// URL is the origin that Client is meant for, Graph's own:
// https://graph.microsoft.com. Paths below it begin with /v1.0 or /beta.
func (s *Server) URL() string { return "https://graph.microsoft.com" }

// Transport takes requests to any host of Graph, and to the server's own
// sockets, to this server in process: no sockets, no goroutines. Requests to
// other hosts are errors.
//
// A client can't tell it from a transport over the network, but for what stands
// in the table of conformance_test.go: requests that could not be sent are
// errors, contexts and deadlines count until the answer's body has been read, and
// faults are the errors that a broken connection gives.
func (s *Server) Transport() http.RoundTripper { return transport{s} }

// Client is an http.Client with the server's Transport. It adds nothing to a
// request that net/http's own does not: no token.
func (s *Server) Client() *http.Client { return &http.Client{Transport: s.Transport()} }

type transport struct{ server *Server }

func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := t.refuse(req); err != nil {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, err
	}
	return serveInProcess(t.server, req)
}

// refuse says why a request is not sent at all.
func (t transport) refuse(req *http.Request) error {
	if err := unsendable(req); err != nil {
		return err
	}
	if !t.server.answersFor(req.URL.Hostname(), req.URL.Host) {
		return fmt.Errorf("graphmock: %s is not a host of Microsoft Graph, and this client reaches no other", quote(req.URL.Host))
	}
	select {
	case <-t.server.closing:
		return errClosed
	default:
		return nil
	}
}

var errClosed = errors.New("graphmock: the server is closed")

// unsendable says why net/http would not send a request, in its words.
func unsendable(req *http.Request) error {
	switch {
	case req.URL == nil:
		return errors.New("http: nil Request.URL")
	case req.Header == nil:
		return errors.New("http: nil Request.Header")
	case req.URL.Scheme != "http" && req.URL.Scheme != "https":
		return fmt.Errorf("unsupported protocol scheme %q", req.URL.Scheme)
	}
	if err := invalidHeader(req.Header); err != nil {
		return err
	}
	switch {
	case req.Method != "" && !httpguts.ValidHeaderFieldName(req.Method): // both are tokens
		return fmt.Errorf("net/http: invalid method %q", req.Method)
	case req.URL.Host == "":
		return errors.New("http: no Host in request URL")
	case req.Context().Err() != nil:
		return endOf(req)
	case req.ContentLength != 0 && req.Body == nil:
		return fmt.Errorf("http: Request.ContentLength=%d with nil Body", req.ContentLength)
	case strings.ContainsFunc(req.URL.RequestURI(), isControlCharacter):
		return errors.New("net/http: can't write control character in Request.URL")
	}
	return nil
}

// invalidHeader leaves values out of its error: they may be secrets.
func invalidHeader(h http.Header) error {
	for name, values := range h {
		if !httpguts.ValidHeaderFieldName(name) {
			return fmt.Errorf("net/http: invalid header field name %q", name)
		}
		for _, v := range values {
			if !httpguts.ValidHeaderFieldValue(v) {
				return fmt.Errorf("net/http: invalid header field value for %q", name)
			}
		}
	}
	return nil
}

func isControlCharacter(r rune) bool { return r < ' ' || r == 0x7f }

func (s *Server) answersFor(host, hostPort string) bool {
	if openapi.IsGraphHost(host) {
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
