package server

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/graphmock/graphmock/scenarios"
)

// A dripping answer comes dripBytes at a time, every dripPause.
const (
	dripBytes = 16
	dripPause = 50 * time.Millisecond
)

// garbage is what a client gets instead of HTTP.
const garbage = "\x00\x01\x02graphmock-garbage\r\n\r\n"

// misbehave lets a fault happen to the answer: on a socket, on the wire; in
// process, by the error that a client would see.
func (x *exchange) misbehave(fault scenarios.Fault) error {
	w := x.Response()
	if fault == scenarios.FaultTruncate && len(x.answer) == 0 {
		fault = scenarios.FaultEmpty // there is nothing to break off
	}
	if in, ok := w.Writer.(*response); ok {
		in.fault, in.server = fault, x.server
		if fault == scenarios.FaultTruncate || fault == scenarios.FaultDrip {
			w.WriteHeader(x.status)
			w.Write(x.answer)
		}
		return nil
	}
	switch fault {
	case scenarios.FaultHang:
		select {
		case <-x.Request().Context().Done():
		case <-x.server.closing:
		}
	case scenarios.FaultTruncate:
		w.Header().Set("Content-Length", strconv.Itoa(len(x.answer)))
		w.WriteHeader(x.status)
		w.Write(x.answer[:len(x.answer)/2])
		w.Flush()
	case scenarios.FaultDrip:
		return x.drip()
	default:
		return hangUp(w, fault)
	}
	panic(http.ErrAbortHandler) // net/http closes the connection
}

func (x *exchange) drip() error {
	w := x.Response()
	w.Header().Set("Content-Length", strconv.Itoa(len(x.answer)))
	w.WriteHeader(x.status)
	for rest := x.answer; len(rest) > 0; {
		n := min(dripBytes, len(rest))
		if _, err := w.Write(rest[:n]); err != nil {
			return err
		}
		w.Flush()
		if rest = rest[n:]; len(rest) > 0 && !x.server.wait(x.Request(), dripPause) {
			panic(http.ErrAbortHandler)
		}
	}
	return nil
}

// hangUp takes the connection over and ends it.
func hangUp(w http.ResponseWriter, fault scenarios.Fault) error {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2: the stream is reset
	}
	switch fault {
	case scenarios.FaultReset:
		if tcp, ok := conn.(*net.TCPConn); ok {
			tcp.SetLinger(0) // closing sends a RST
		}
	case scenarios.FaultGarbage:
		io.WriteString(conn, garbage)
	}
	return conn.Close()
}

// faultError is what a client gets in process, in place of an answer.
func (w *response) faultError(req *http.Request) error {
	switch w.fault {
	case scenarios.FaultReset:
		return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	case scenarios.FaultEmpty:
		return io.EOF
	case scenarios.FaultGarbage:
		return fmt.Errorf("net/http: HTTP/1.x transport connection broken: malformed HTTP response %q", garbage[:len(garbage)-4])
	case scenarios.FaultHang:
		select {
		case <-req.Context().Done():
			return endOf(req)
		case <-w.server.closing:
			return fmt.Errorf("graphmock: the server was closed while it kept the client waiting: %w", io.EOF)
		}
	}
	return nil
}

// drippingBody is the body of an answer that arrives bit by bit. It ends when the
// client closes it or the server ends.
type drippingBody struct {
	*response
	until   *http.Request // as long as its context lasts
	end     context.CancelCauseFunc
	arrived int // bytes that can be read without waiting
}

func (b *drippingBody) Read(p []byte) (int, error) {
	if b.arrived == 0 && b.body.Len() > 0 {
		if !b.server.wait(b.until, dripPause) && b.until.Context().Err() == nil {
			return 0, io.ErrUnexpectedEOF
		}
		b.arrived = dripBytes
	}
	n, err := b.response.Read(p[:min(len(p), b.arrived)])
	b.arrived -= n
	return n, err
}

func (b *drippingBody) Close() error {
	b.response.Close()
	b.end(errReadAfterClose)
	return nil
}
