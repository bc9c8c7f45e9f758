package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Deadlines of connections. A client that is slower than these is not answered.
const (
	readTimeout = 30 * time.Second  // from the start of a request to the end of its body
	idleTimeout = 120 * time.Second // between requests
	maxHeader   = 64 << 10          // bytes of a request's headers
)

// listener is one socket that the server answers on.
type listener struct {
	address string // host:port
	http    *http.Server
	ended   chan struct{} // closed when serving is over
	failed  error         // set before ended is closed
}

// Listen answers on a TCP address such as "127.0.0.1:8080", until Shutdown or
// Close, and returns the origin, such as http://127.0.0.1:8080. Port 0 is any
// free port, an empty address any on 127.0.0.1.
func (s *Server) Listen(address string) (origin string, err error) {
	if address == "" {
		address = "127.0.0.1:0"
	}
	socket, err := net.Listen("tcp", address)
	if err != nil {
		return "", err
	}
	l := &listener{address: reachable(socket.Addr()), ended: make(chan struct{}), http: s.httpServer()}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		socket.Close()
		return "", errors.New("the server is closed")
	}
	s.listeners = append(s.listeners, l)
	go func() {
		defer close(l.ended)
		if err := l.http.Serve(socket); !errors.Is(err, http.ErrServerClosed) {
			l.failed = err
		}
	}()
	return "http://" + l.address, nil
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
			return context.WithValue(context.Background(), listenerKey{}, l.Addr())
		},
		ReadTimeout:    readTimeout,
		IdleTimeout:    idleTimeout,
		MaxHeaderBytes: maxHeader,
		ConnState:      s.connState,
		// OPTIONS * is Graph's to answer as well.
		DisableGeneralOptionsHandler: true,

		ErrorLog: log.New(io.Discard, "", 0), // broken connections are the client's affair
	}
}

// Shutdown stops listening and waits for the requests that are being answered,
// until the context ends; what is still open then is cut off.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.closing) // ends what waits on purpose
	}
	listeners := s.listeners
	s.listeners = nil
	s.mu.Unlock()
	var failed error
	for _, l := range listeners {
		if err := l.http.Shutdown(ctx); err != nil {
			failed = fmt.Errorf("requests were cut off: %w", err)
			l.http.Close()
		}
		<-l.ended
		failed = errors.Join(failed, l.failed)
	}
	return failed
}

// Close ends the server at once. It may be called more than once.
func (s *Server) Close() error {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	s.Shutdown(ended)
	return nil
}
