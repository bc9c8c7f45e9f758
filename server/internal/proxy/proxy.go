// Package proxy is a forward proxy (RFC 9110, 9.3.6) in front of a server: connections
// to the hosts that the server stands for end there, whatever they lead to elsewhere.
package proxy

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Handler answers what is asked of a proxy, and leaves the rest to Next. All fields
// are needed, except for Refused and Dial.
type Handler struct {
	Next http.Handler

	// Answers reports whether the server stands for a host, which is in lower case.
	Answers func(host, port string) bool

	// Take serves a connection that leads to a host which the server stands for.
	Take func(c net.Conn, host string)

	// Closed is closed when the server ends, which ends tunnels to other hosts.
	Closed <-chan struct{}

	// Refused, if it is not nil, is told of each request for a host that the server does not stand
	// for and that is refused, and why.
	Refused func(r *http.Request, host, why string)

	// Dial opens tunnels to hosts that the server does not stand for. If it is nil they
	// are refused.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	mu      sync.Mutex // held while a tunnel begins
	tunnels sync.WaitGroup
}

// Wait waits for the tunnels, which end when the server does.
func (h *Handler) Wait() {
	<-h.Closed
	h.lastBegins()
	h.tunnels.Wait()
}

// lastBegins waits for the tunnel that is just beginning: from here on none begins.
func (h *Handler) lastBegins() {
	h.mu.Lock()
	defer h.mu.Unlock()
}

// begin reports whether a tunnel may begin, which then ends with tunnels.Done.
func (h *Handler) begin() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.Closed:
		return false
	default:
		h.tunnels.Add(1)
		return true
	}
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodConnect:
		h.connect(w, r)
	case r.URL.Host != "" && !h.answersURL(r): // http://HOST/, not encrypted
		h.refuseHost(w, r, r.URL.Host, "graphmock answers for Microsoft Graph and Entra only, and passes no plain HTTP on to "+
			strconv.QuoteToASCII(r.URL.Host))
	default:
		h.Next.ServeHTTP(w, r)
	}
}

func (h *Handler) answersURL(r *http.Request) bool {
	port := r.URL.Port()
	if port == "" {
		port = "80"
	}
	return h.Answers(strings.ToLower(r.URL.Hostname()), port)
}

// connect opens a tunnel to the host that a request names.
func (h *Handler) connect(w http.ResponseWriter, r *http.Request) {
	host, port, err := target(r)
	switch {
	case err != nil:
		refuse(w, http.StatusBadRequest, "%v", err)
	case r.Context().Value(tunnelled{}) != nil:
		refuse(w, http.StatusBadRequest, "this connection is a tunnel already: send CONNECT to the proxy itself")
	case h.Answers(host, port):
		if client := open(w); client != nil {
			h.Take(client, host)
		}
	case h.Dial == nil:
		h.refuseHost(w, r, net.JoinHostPort(host, port), "graphmock answers for Microsoft Graph and Entra only, not for "+
			strconv.QuoteToASCII(host)+"; with --pass-through it leads to other hosts as well")
	default:
		h.pass(w, r, net.JoinHostPort(host, port))
	}
}

// pass leads a tunnel to another host.
func (h *Handler) pass(w http.ResponseWriter, r *http.Request, address string) {
	ctx, cancel := context.WithTimeout(r.Context(), 30*time.Second)
	defer cancel()
	server, err := h.Dial(ctx, "tcp", address)
	if err != nil {
		refuse(w, http.StatusBadGateway, "%s can't be reached: %v", address, err)
		return
	}
	if client := open(w); client != nil {
		h.relay(client, server)
	} else {
		server.Close()
	}
}

// target returns where a CONNECT leads: a host, in lower case, and a port.
func target(r *http.Request) (host, port string, err error) {
	authority := r.URL.Host
	host, port, err = net.SplitHostPort(authority)
	if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || n == 0 || host == "" ||
		r.URL.Path != "" || r.URL.RawQuery != "" || r.URL.User != nil || strings.ContainsFunc(host, notInHost) {
		return "", "", fmt.Errorf("expected CONNECT HOST:PORT, such as CONNECT graph.microsoft.com:443, not %.100s",
			strconv.QuoteToASCII(r.RequestURI))
	}
	return strings.ToLower(strings.TrimSuffix(host, ".")), port, nil
}

// notInHost reports whether a rune can't be in the name or the address of a host.
func notInHost(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._:", r))
}

// refuseHost refuses a request for a host that the server does not stand for.
func (h *Handler) refuseHost(w http.ResponseWriter, r *http.Request, host, why string) {
	if h.Refused != nil {
		h.Refused(r, host, why)
	}
	refuse(w, http.StatusForbidden, "%s", why)
}

// refuse says why there is no tunnel.
func refuse(w http.ResponseWriter, status int, format string, args ...any) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	fmt.Fprintf(w, "graphmock: "+format+"\n", args...)
}

// tunnelled is the key of what the context of a request has that came by a tunnel.
type tunnelled struct{}

// ConnContext marks the connections that came by a tunnel; it is http.Server's.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	for {
		switch inner := c.(type) {
		case *tunnel:
			return context.WithValue(ctx, tunnelled{}, true)
		case *tls.Conn:
			c = inner.NetConn()
		case interface{ NetConn() net.Conn }:
			c = inner.NetConn()
		default:
			return ctx
		}
	}
}

// A tunnel is the client's end of what a CONNECT has opened.
type tunnel struct {
	net.Conn
	buffered *bufio.Reader // what the client has sent already
}

// open tells the client that the tunnel is open. It returns nil if there is none.
func open(w http.ResponseWriter) *tunnel {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		refuse(w, http.StatusBadRequest, "this connection can't become a tunnel: send CONNECT by HTTP/1.1")
		return nil
	}
	if _, err := conn.Write([]byte("HTTP/1.1 200 Connection established\r\n\r\n")); err != nil {
		conn.Close()
		return nil
	}
	return &tunnel{conn, buffered.Reader}
}

func (t *tunnel) Read(p []byte) (int, error) {
	if n := t.buffered.Buffered(); n > 0 {
		return t.buffered.Read(p[:min(len(p), n)])
	}
	return t.Conn.Read(p)
}

// CloseWrite says that nothing more comes.
func (t *tunnel) CloseWrite() error {
	if c, ok := t.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return nil
}

// SetLinger is that of a TCP connection.
func (t *tunnel) SetLinger(seconds int) error {
	c := t.Conn
	if secure, ok := c.(*tls.Conn); ok {
		c = secure.NetConn()
	}
	if tcp, ok := c.(interface{ SetLinger(int) error }); ok {
		return tcp.SetLinger(seconds)
	}
	return nil
}
