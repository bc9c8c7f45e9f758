package server

import (
	"io"
	"net"
	"net/http"
	"strconv"

	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/inprocess"
)

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
		if tcp, ok := conn.(*net.TCPConn); ok {
			tcp.SetLinger(0) // closing sends a RST
		}
	case inprocess.Garbage:
		io.WriteString(conn, inprocess.Garbled)
	}
	conn.Close()
}
