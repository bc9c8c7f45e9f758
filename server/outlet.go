package server

import (
	"crypto/tls"
	"io"
	"net/http"
	"strconv"

	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/callsite"
	"github.com/graphmock/graphmock/server/internal/inprocess"
	"github.com/graphmock/graphmock/server/internal/pace"
)

// outlet is where the response to an exchange goes: out of a socket, to a client
// in process (*inprocess.ResponseWriter), or into the response to a batch. It is
// an http.ResponseWriter for Echo and its middleware; the pipeline itself sends
// whole responses.
type outlet interface {
	http.ResponseWriter

	// SetHeader sets a header, whose name is in canonical form, to one value.
	SetHeader(name, value string)

	// Send sends the response. The body must not change any more.
	Send(status int, body []byte)

	// Fail lets a fault happen to the response.
	Fail(f inprocess.Fault, status int, body []byte)

	// Sender returns where the code stands that sent the request; the zero Site if
	// that is not known.
	Sender() callsite.Site
}

// socket is the outlet to a client elsewhere.
type socket struct {
	http.ResponseWriter
	request *http.Request
	server  *Server
	values  inprocess.Values
}

func (s *socket) SetHeader(name, value string) { s.values.Set(s.Header(), name, value) }

// Send ignores errors: the client is gone.
func (s *socket) Send(status int, body []byte) {
	s.WriteHeader(status)
	if s.request.ProtoMajor < 2 { // whose connection gives up who does not read
		s.Write(body)
		return
	}
	pace.Writer{ResponseWriter: s.ResponseWriter}.Write(body)
}

func (s *socket) Sender() callsite.Site { return callsite.Site{} }

// Unwrap is for http.ResponseController.
func (s *socket) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// batchItem is the outlet of a request of a batch. It keeps the response.
type batchItem struct {
	outer  outlet // the batch's
	header http.Header
	status int
	body   []byte
	values inprocess.Values
}

func (b *batchItem) Header() http.Header { return b.header }

func (b *batchItem) SetHeader(name, value string) { b.values.Set(b.header, name, value) }

// WriteHeader sets the status, once.
func (b *batchItem) WriteHeader(status int) {
	if b.status == 0 {
		b.status = status
	}
}

func (b *batchItem) Write(p []byte) (int, error) {
	b.WriteHeader(http.StatusOK)
	b.body = append(b.body, p...)
	return len(p), nil
}

func (b *batchItem) Send(status int, body []byte) { b.status, b.body = status, body }

// Fail is never called: the connection is the batch's, so that failBatchFault has
// made a status of the fault.
func (b *batchItem) Fail(inprocess.Fault, int, []byte) {
	panic("BUG: a request of a batch has no connection that could break")
}

func (b *batchItem) Sender() callsite.Site { return b.outer.Sender() }

// faultOf returns what a scenario's fault is on the way to a client.
func faultOf(f scenarios.Fault) inprocess.Fault {
	switch f {
	case scenarios.NoFault:
		return inprocess.NoFault
	case scenarios.FaultReset:
		return inprocess.Reset
	case scenarios.FaultEmpty:
		return inprocess.Empty
	case scenarios.FaultGarbage:
		return inprocess.Garbage
	case scenarios.FaultHang:
		return inprocess.Hang
	case scenarios.FaultTruncate:
		return inprocess.Truncate
	case scenarios.FaultDrip:
		return inprocess.Drip
	}
	panic("BUG: no fault " + string(f))
}

// Fail lets a fault happen on the wire. As a rule it ends the connection, by a
// panic that net/http knows.
func (s *socket) Fail(f inprocess.Fault, status int, body []byte) {
	switch {
	case f == inprocess.Hang:
		s.hang()
	case f == inprocess.Truncate && len(body) > 0:
		s.sendSome(status, body, len(body)/2)
	case f == inprocess.Drip:
		s.drip(status, body)
		return
	default:
		s.closeConn(f)
		return
	}
	panic(http.ErrAbortHandler) // net/http closes the connection
}

// hang lasts until the client gives up or the server ends.
func (s *socket) hang() {
	select {
	case <-s.request.Context().Done():
	case <-s.server.closing:
	}
}

// sendSome sends the first n bytes of a body, although the header says that the
// whole comes. It reports whether the client took them.
func (s *socket) sendSome(status int, body []byte, n int) bool {
	s.Header().Set("Content-Length", strconv.Itoa(len(body)))
	s.WriteHeader(status)
	return s.sendMore(body[:n])
}

func (s *socket) sendMore(p []byte) bool {
	_, err := s.Write(p)
	http.NewResponseController(s.ResponseWriter).Flush()
	return err == nil
}

// drip sends a body bit by bit.
func (s *socket) drip(status int, body []byte) {
	n := min(inprocess.DripBytes, len(body))
	for taken := s.sendSome(status, body, n); taken && n < len(body); {
		if !s.server.wait(s.request, inprocess.DripPause) {
			panic(http.ErrAbortHandler)
		}
		next := min(n+inprocess.DripBytes, len(body))
		taken = s.sendMore(body[n:next])
		n = next
	}
}

// closeConn takes the connection over and ends it. Over HTTP/2 it is the stream
// that is reset.
func (s *socket) closeConn(f inprocess.Fault) {
	conn, _, err := http.NewResponseController(s.ResponseWriter).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	switch f {
	case inprocess.Reset:
		if secure, ok := conn.(*tls.Conn); ok {
			conn = secure.NetConn() // without a goodbye
		}
		if tcp, ok := conn.(interface{ SetLinger(int) error }); ok {
			tcp.SetLinger(0) // closing sends a RST
		}
	case inprocess.Garbage:
		io.WriteString(conn, inprocess.Garbled)
	}
	conn.Close()
}
