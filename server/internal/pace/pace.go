// Package pace writes to clients that may read slowly, and gives up those that do not
// read at all: they would hold a response, and the goroutine that sends it, for ever.
package pace

import (
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// Patience is how long a client may take to read the next part of a response, once
// the sockets between are full.
const Patience = 30 * time.Second

// part is how many bytes these are.
const part = 64 << 10

// A Writer writes the body of a response. Over HTTP/2 it is needed, for there a client
// can stop one stream of many; Listen does the same for connections. Where there is no
// socket, nothing is given up.
type Writer struct{ http.ResponseWriter }

// Unwrap is for http.ResponseController.
func (w Writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w Writer) Write(p []byte) (n int, err error) {
	connection := http.NewResponseController(w.ResponseWriter)
	return inParts(p, func(p []byte) (int, error) {
		connection.SetWriteDeadline(time.Now().Add(Patience)) // the socket's time, not a server's
		return w.ResponseWriter.Write(p)
	})
}

// inParts writes p, part by part.
func inParts(p []byte, write func([]byte) (int, error)) (n int, err error) {
	for {
		written, err := write(p[n:min(len(p), n+part)])
		if n += written; err != nil || n == len(p) {
			return n, err
		}
	}
}

// Listen returns a listener whose connections give up clients that do not read.
func Listen(l net.Listener) net.Listener { return listener{l} }

type listener struct{ net.Listener }

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, began: time.Now()}, nil
}

// A conn has a deadline for all that is written. To set it costs more than most
// writes do, so that one is used for as long as half of it is left.
type conn struct {
	net.Conn
	began time.Time
	set   atomic.Int64 // when the deadline was last set, as a duration since began; 0 for never
}

func (c *conn) Write(p []byte) (int, error) {
	return inParts(p, func(p []byte) (int, error) {
		if set := c.set.Load(); set == 0 || int64(time.Since(c.began))-set > int64(Patience/2) {
			c.SetWriteDeadline(time.Now().Add(Patience))
		}
		return c.Conn.Write(p)
	})
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	c.set.Store(max(1, int64(time.Since(c.began))))
	return c.Conn.SetWriteDeadline(t)
}

// CloseWrite is that of a TCP connection, by which net/http says goodbye to clients
// that may still be sending.
func (c *conn) CloseWrite() error {
	if tcp, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return tcp.CloseWrite()
	}
	return nil
}

// SetLinger is that of a TCP connection.
func (c *conn) SetLinger(seconds int) error {
	if tcp, ok := c.Conn.(interface{ SetLinger(int) error }); ok {
		return tcp.SetLinger(seconds)
	}
	return nil
}
