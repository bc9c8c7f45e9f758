package inprocess

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"
)

// A Fault is what happens to a response on its way.
type Fault int

const (
	// NoFault leaves the response alone.
	NoFault Fault = iota
	// Reset resets the connection instead.
	Reset
	// Empty closes the connection instead.
	Empty
	// Garbage sends Garbled instead, which is not HTTP.
	Garbage
	// Hang sends nothing, until the client gives up.
	Hang
	// Truncate closes the connection after half of the body. Without a body it is
	// Empty.
	Truncate
	// Drip sends the body DripBytes at a time, every DripPause.
	Drip
)

// Sizes of a response that drips.
const (
	DripBytes = 16
	DripPause = 50 * time.Millisecond
)

// Garbled is what a client gets instead of HTTP.
const Garbled = "\x00\x01\x02graphmock-garbage\r\n\r\n"

// isWhole reports whether the response says how long its body is, although not
// all of it may come.
func (f Fault) isWhole() bool { return f == Truncate || f == Drip }

// Fail responds with a fault. Status and body matter to those that send some of
// the response; the body must not change any more.
func (w *ResponseWriter) Fail(f Fault, status int, body []byte) {
	if f == Truncate && len(body) == 0 {
		f = Empty
	}
	w.fault = f
	if f.isWhole() {
		w.Send(status, body)
	}
}

// faultError returns what a client gets in place of a response.
func (w *ResponseWriter) faultError(req *http.Request) error {
	switch w.fault {
	case Reset:
		return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	case Empty:
		return io.EOF
	case Garbage:
		line := strings.TrimSuffix(Garbled, "\r\n\r\n")
		return fmt.Errorf("net/http: HTTP/1.x transport connection broken: malformed HTTP response %q", line)
	case Hang:
		select {
		case <-req.Context().Done():
			return context.Cause(req.Context())
		case <-w.transport.Closing:
			return fmt.Errorf("the server was closed while it kept the client waiting: %w", io.EOF)
		}
	}
	return nil
}

// drippingBody is the body of a response that arrives bit by bit. It ends when the
// client closes it or the server ends.
type drippingBody struct {
	*body
	open    context.Context // until the client closes the body
	end     context.CancelCauseFunc
	arrived int // bytes that can be read without waiting
}

func (w *ResponseWriter) drippingBody(req *http.Request) *drippingBody {
	ctx, cancel := context.WithCancelCause(req.Context())
	return &drippingBody{body: (*body)(w), open: ctx, end: cancel, arrived: DripBytes}
}

func (b *drippingBody) Read(p []byte) (int, error) {
	if b.arrived == 0 && b.content.Len() > 0 {
		if !b.transport.wait(b.open, DripPause) && b.open.Err() == nil {
			return 0, io.ErrUnexpectedEOF
		}
		b.arrived = DripBytes
	}
	n, err := b.body.Read(p[:min(len(p), b.arrived)])
	b.arrived -= n
	return n, err
}

func (b *drippingBody) Close() error {
	b.body.Close()
	b.end(errReadAfterClose)
	return nil
}
