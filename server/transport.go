package server

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
)

// Transport takes requests to any host of Graph, and to the server's own
// sockets, to this server in process: no sockets, no goroutines. Requests to
// other hosts are errors.
func (s *Server) Transport() http.RoundTripper { return transport{s} }

// Client is an http.Client with the server's Transport. It adds nothing to a
// request: no token, no header.
func (s *Server) Client() *http.Client { return &http.Client{Transport: s.Transport()} }

type transport struct{ server *Server }

func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer req.Body.Close()
	}
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	if !t.server.answersFor(req.URL.Hostname(), req.URL.Host) {
		return nil, fmt.Errorf("graphmock: %s is not a host of Microsoft Graph, and this client reaches no other", quote(req.URL.Host))
	}
	return serveInProcess(t.server, req)
}

// serveInProcess has a handler answer a client's request.
func serveInProcess(h http.Handler, req *http.Request) (*http.Response, error) {
	w := &response{header: http.Header{}}
	h.ServeHTTP(w, incoming(req))
	if w.fault != scenarios.NoFault {
		if err := w.faultError(req); err != nil {
			return nil, err
		}
	}
	return w.result(req), nil
}

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

// incoming is a client's request as a server sees it. Its URL keeps the scheme,
// for links in answers.
func incoming(req *http.Request) *http.Request {
	r := req.WithContext(req.Context())
	if r.Header == nil {
		r.Header = http.Header{}
	}
	if r.Host == "" {
		r.Host = req.URL.Host
	}
	switch {
	case r.Body == nil || r.Body == http.NoBody:
		r.Body, r.ContentLength = http.NoBody, 0
	case r.ContentLength == 0:
		r.ContentLength = -1 // a body whose length the client did not tell
	}
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	r.RequestURI = req.URL.RequestURI()
	return r
}

// response takes what the handler writes.
type response struct {
	header http.Header
	status int
	body   bytes.Buffer

	fault  scenarios.Fault // set instead of an answer, or to what becomes of it
	server *Server

	part *part // set for a request of a batch, which has the answer then
}

func (w *response) Header() http.Header { return w.header }

func (w *response) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *response) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

// take is Write without a copy, for a body that does not change any more.
func (w *response) take(status int, body []byte) {
	w.status = status
	w.body = *bytes.NewBuffer(body)
}

// Read and Close make the response the body that the client reads.
func (w *response) Read(p []byte) (int, error) { return w.body.Read(p) }
func (w *response) Close() error               { return nil }

func (w *response) result(req *http.Request) *http.Response {
	length := w.body.Len()
	if w.status != http.StatusNoContent {
		w.header["Content-Length"] = []string{strconv.Itoa(length)}
	}
	var body io.ReadCloser = http.NoBody
	switch {
	case w.fault == scenarios.FaultTruncate:
		w.body.Truncate(length / 2)
		body = faultyBody{w, req}
	case w.fault == scenarios.FaultDrip:
		body = faultyBody{w, req}
	case length > 0:
		body = w
	}
	return &http.Response{
		Status: strconv.Itoa(w.status) + " " + http.StatusText(w.status), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: body, ContentLength: int64(length), Request: req,
	}
}
