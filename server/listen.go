package server

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/server/internal/certs"
	"github.com/graphmock/graphmock/server/internal/control"
	"github.com/graphmock/graphmock/server/internal/firstbyte"
	"github.com/graphmock/graphmock/server/internal/pace"
	"github.com/graphmock/graphmock/server/internal/proxy"
)

// Deadlines of connections. A client that is slower than these gets no response; one
// that does not read it is given up by package pace.
const (
	readTimeout = 30 * time.Second  // from the start of a request to the end of its body
	idleTimeout = 120 * time.Second // between requests
	maxHeader   = 64 << 10          // bytes of a request's headers
)

// listener is one socket that the server serves on.
type listener struct {
	address string // host:port
	http    *http.Server
	ended   chan struct{} // closed when serving is over
	failed  error         // set before ended is closed
}

// Listen serves on a TCP address such as "127.0.0.1:8080", until Shutdown or
// Close, and returns the origin, such as http://127.0.0.1:8080. Port 0 is any
// free port, an empty address any on 127.0.0.1.
func (s *Server) Listen(address string) (origin string, err error) {
	return s.listen(address, "http://", func(h *http.Server, l net.Listener) error { return h.Serve(l) })
}

// listen serves on an address in the way that serve does.
func (s *Server) listen(address, scheme string, serve func(*http.Server, net.Listener) error) (origin string,
	err error) {
	if inBubble() {
		return "", errBubble
	}
	if address == "" {
		address = "127.0.0.1:0"
	}
	socket, err := net.Listen("tcp", address)
	if err != nil {
		return "", err
	}
	tcp, ok := socket.Addr().(*net.TCPAddr)
	if scheme == "https://" && s.config.Proxy != ProxyOff && !(ok && tcp.IP.IsLoopback()) {
		socket.Close()
		return "", errOpenProxy
	}
	l, err := s.serveOn(socket, serve)
	if err != nil {
		return "", err
	}
	return scheme + l.address, nil
}

// serveOn serves on a socket, which is closed when the server is.
func (s *Server) serveOn(socket net.Listener, serve func(*http.Server, net.Listener) error) (*listener, error) {
	l := &listener{address: reachable(socket.Addr()), ended: make(chan struct{}), http: s.httpServer()}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		socket.Close()
		return nil, errors.New("the server is closed")
	}
	s.listeners = append(s.listeners, l)
	go func() {
		defer close(l.ended)
		if err := serve(l.http, pace.Listen(socket)); !errors.Is(err, http.ErrServerClosed) {
			l.failed = err
		}
	}()
	return l, nil
}

var errBubble = errors.New("a synctest bubble has no sockets: whoever waits for one keeps its clock from moving; " +
	"use Client or Transport, which need none")

// inBubble reports whether the calling goroutine is in a bubble of testing/synctest.
// There is no function for it (synctest.Wait would tell by a panic, but waits for
// everybody else, and brings package testing along), so this reads what the
// runtime writes about the goroutine: "goroutine 7 [running, synctest bubble 3]:".
// A test fails if it ever writes something else.
func inBubble() bool {
	var text [128]byte
	first, _, _ := bytes.Cut(text[:runtime.Stack(text[:], false)], []byte("\n"))
	return bytes.Contains(first, []byte(", synctest bubble "))
}

// reachable is an address that this machine's clients can use: a listener on all
// addresses is reached by the loopback one.
func reachable(a net.Addr) string {
	if tcp, ok := a.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(tcp.Port))
	}
	return a.String()
}

// httpServer is the net/http server of a socket.
func (s *Server) httpServer() *http.Server {
	return &http.Server{
		Handler: s,
		BaseContext: func(l net.Listener) context.Context {
			return control.WithListener(context.Background(), l)
		},
		ReadTimeout:    readTimeout,
		IdleTimeout:    idleTimeout,
		MaxHeaderBytes: maxHeader,
		ConnState:      s.connState,
		// OPTIONS * is Graph's to respond to as well.
		DisableGeneralOptionsHandler: true,

		ErrorLog: log.New(io.Discard, "", 0), // broken connections are the client's affair
	}
}

// Shutdown stops listening and waits for the requests that are being answered, also
// those that a scenario delays, until the context ends; what is still open then is
// cut off. What would never end by itself is cut off at once: event streams, and
// responses that hang.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.closing)
	}
	listeners := s.listeners // they stay: Close may come while this waits
	s.mu.Unlock()
	failed := make([]error, len(listeners))
	var all sync.WaitGroup
	for i, l := range listeners { // together: none takes new requests while another finishes
		all.Go(func() { failed[i] = l.shutdown(ctx) })
	}
	all.Wait()
	for _, t := range s.servers() {
		t.notifier.Close()
	}
	s.cutOff.Do(func() { close(s.cut) }) // of what is served in process as well
	return errors.Join(failed...)
}

func (l *listener) shutdown(ctx context.Context) (failed error) {
	if err := l.http.Shutdown(ctx); err != nil {
		failed = fmt.Errorf("requests were cut off: %w", err)
		l.http.Close()
	}
	<-l.ended
	return errors.Join(failed, l.failed)
}

// Close ends the server at once. It may be called more than once.
func (s *Server) Close() error {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	s.Shutdown(ended)
	return nil
}

// ListenTLS is Listen with HTTPS on the same port, and HTTP/2 there, and returns an
// origin such as https://127.0.0.1:41233. Clients trust its certificates if they trust
// those of CertPool.
func (s *Server) ListenTLS(address string) (origin string, err error) {
	authority, err := s.authority()
	if err != nil {
		return "", err
	}
	return s.listen(address, "https://", func(h *http.Server, l net.Listener) error {
		config := authority.TLSConfig("")
		if s.config.Proxy == ProxyOff {
			return h.Serve(firstbyte.Listen(l, config, readTimeout))
		}
		config.NextProtos = []string{"http/1.1"} // with the proxy itself: Go's clients send CONNECT by nothing else
		both := firstbyte.Listen(l, config, readTimeout)
		p := s.newProxy(func(c net.Conn, host string) { both.Take(c, authority.TLSConfig(host)) })
		defer p.Wait()
		h.Handler, h.ConnContext = p, proxy.ConnContext
		return h.Serve(both)
	})
}

// newProxy returns the proxy of a socket, which takes the connections to Graph's and
// Entra's hosts.
func (s *Server) newProxy(take func(c net.Conn, host string)) *proxy.Handler {
	p := &proxy.Handler{Next: s, Answers: s.isProxyFor, Take: take, Closed: s.closing, Refused: s.recordRefused}
	if s.config.Proxy == ProxyPassThrough {
		p.Dial = new(net.Dialer).DialContext
	}
	return p
}

// isProxyFor reports whether the proxy stands for a host: one of Graph or Entra, or the
// proxy itself.
func (s *Server) isProxyFor(host, port string) bool {
	if graph.IsHost(host) || graph.IsLoginHost(host) || graph.IsTransferHost(host) {
		return true
	}
	if host != "localhost" && !net.ParseIP(host).IsLoopback() {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.listeners, func(l *listener) bool {
		_, own, _ := net.SplitHostPort(l.address)
		return own == port
	})
}

// errOpenProxy is why a proxy does not listen.
var errOpenProxy = errors.New(
	"a proxy listens on loopback addresses only: from elsewhere it would lead into this machine")

// CertPool has the certificate of the authority that signs those of ListenTLS, and is
// a client's tls.Config.RootCAs.
func (s *Server) CertPool() (*x509.CertPool, error) {
	authority, err := s.authority()
	if err != nil {
		return nil, err
	}
	return authority.Pool(), nil
}

// authority is that of the configuration's folder, or that of the process.
func (s *Server) authority() (*certs.Authority, error) {
	if s.config.Authority == "" {
		return ownAuthority()
	}
	return certs.Open(s.config.Authority, graph.AllHosts())
}

// ownAuthority signs the certificates of all servers of this process that have no
// other. It is made when it is first needed, and its key is never written down.
var ownAuthority = sync.OnceValues(func() (*certs.Authority, error) { return certs.New(graph.AllHosts()) })
