// Package firstbyte lets HTTP and HTTPS arrive at one port.
package firstbyte

import (
	"crypto/tls"
	"net"
	"sync"
	"time"
)

// handshake is the first byte of TLS: the type of the record that a client's first
// message is in (RFC 8446, 5.1). No method of HTTP begins with it.
const handshake = 22

// A Listener accepts the connections of another listener, and those that it is given.
// One that begins as TLS does is a *tls.Conn, as net/http wants it for HTTP/2; any other
// is as it came. A client that sends nothing is waited for, but holds nobody up.
type Listener struct {
	net.Listener
	config   *tls.Config
	patience time.Duration

	ready  chan net.Conn // connections whose first byte has come
	failed chan error    // what the other listener says in place of a connection
	ended  chan struct{} // closed by Close

	mu      sync.Mutex
	waiting map[net.Conn]bool // for their first byte
	closed  bool
	running sync.WaitGroup // goroutines
}

// Listen returns a Listener for the connections of l. Those whose first byte does not
// come within patience are closed.
func Listen(l net.Listener, config *tls.Config, patience time.Duration) *Listener {
	b := &Listener{
		Listener: l, config: config, patience: patience,
		ready: make(chan net.Conn), failed: make(chan error), ended: make(chan struct{}),
		waiting: map[net.Conn]bool{},
	}
	b.running.Go(b.accept)
	return b
}

// accept takes connections until the listener is closed. Whoever accepts is told of
// errors, and decides whether to go on.
func (l *Listener) accept() {
	for {
		conn, err := l.Listener.Accept()
		if err == nil {
			l.Take(conn, l.config)
			continue
		}
		select {
		case l.failed <- err:
		case <-l.ended:
			return
		}
	}
}

// Take adds a connection that came by another way, with the certificates of config. The
// listener owns it from now on.
func (l *Listener) Take(conn net.Conn, config *tls.Config) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		conn.Close()
		return
	}
	l.waiting[conn] = true
	l.running.Go(func() { l.look(conn, config) })
}

// look waits for the first byte of a connection and hands it over.
func (l *Listener) look(conn net.Conn, config *tls.Config) {
	begun := &peeked{Conn: conn}
	conn.SetReadDeadline(time.Now().Add(l.patience))
	n, _ := conn.Read(begun.first[:])
	conn.SetReadDeadline(time.Time{})
	l.mu.Lock()
	delete(l.waiting, conn)
	l.mu.Unlock()
	if n == 0 {
		conn.Close()
		return
	}
	var accepted net.Conn = begun
	if begun.first[0] == handshake {
		accepted = tls.Server(begun, config)
	}
	select {
	case l.ready <- accepted:
	case <-l.ended:
		conn.Close()
	}
}

// Accept returns the next connection that has sent something.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.ready:
		return conn, nil
	case <-l.ended:
		return nil, net.ErrClosed
	case err := <-l.failed:
		return nil, err
	}
}

// Close closes the other listener and all connections that nobody has accepted.
func (l *Listener) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return net.ErrClosed
	}
	l.closed = true
	close(l.ended)
	failed := l.Listener.Close()
	for conn := range l.waiting {
		conn.Close()
	}
	l.mu.Unlock()
	l.running.Wait()
	return failed
}

// peeked is a connection whose first byte was read.
type peeked struct {
	net.Conn
	first [1]byte
	given bool // the byte was read again; only by the one who reads
}

func (c *peeked) Read(p []byte) (int, error) {
	if c.given || len(p) == 0 {
		return c.Conn.Read(p)
	}
	c.given = true
	p[0] = c.first[0]
	return 1, nil
}

// NetConn returns the connection itself.
func (c *peeked) NetConn() net.Conn { return c.Conn }

// CloseWrite is that of a TCP connection, by which net/http says goodbye to clients
// that may still be sending.
func (c *peeked) CloseWrite() error {
	if tcp, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return tcp.CloseWrite()
	}
	return nil
}

// SetLinger is that of a TCP connection.
func (c *peeked) SetLinger(seconds int) error {
	if tcp, ok := c.Conn.(interface{ SetLinger(int) error }); ok {
		return tcp.SetLinger(seconds)
	}
	return nil
}
