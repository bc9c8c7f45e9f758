package firstbyte

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/graphmock/graphmock/server/internal/certs"
)

const patience = 30 * time.Second

// pipes is a listener whose connections are in memory, and which can fail.
type pipes struct {
	conns  chan net.Conn
	errors chan error
	closed chan struct{}
}

func newPipes() *pipes {
	return &pipes{make(chan net.Conn), make(chan error), make(chan struct{})}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case err := <-p.errors:
		return nil, err
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// connect returns the client's end of a new connection.
func (p *pipes) connect() net.Conn {
	client, conn := net.Pipe()
	p.conns <- conn
	return client
}

func config(t testing.TB) (*certs.Authority, *tls.Config) {
	t.Helper()
	a, err := certs.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return a, a.TLSConfig("localhost")
}

func TestTheFirstByteTellsThemApart(t *testing.T) {
	t.Parallel()
	authority, config := config(t)
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		all, _ := io.ReadAll(r.Body)
		w.Write(all)
	})}
	go server.Serve(Listen(socket, config, patience))
	defer server.Close()
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: authority.Pool()}, ForceAttemptHTTP2: true,
	}
	defer transport.CloseIdleConnections()
	client, sent := &http.Client{Transport: transport}, strings.Repeat("0123456789", 10_000)
	for _, want := range []struct {
		scheme string
		major  int
	}{{"http", 1}, {"https", 2}} {
		res, err := client.Post(want.scheme+"://"+socket.Addr().String(), "text/plain", strings.NewReader(sent))
		if err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if string(got) != sent || res.ProtoMajor != want.major {
			t.Errorf("%s: %s, %d bytes", want.scheme, res.Proto, len(got))
		}
	}
}

func TestWhoSaysNothingIsGivenUpAndHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // which also waits for all goroutines
		p := newPipes()
		l := Listen(p, nil, patience)
		silent, start := p.connect(), time.Now()
		go p.connect().Write([]byte("GET"))
		conn, err := l.Accept()
		if err != nil || time.Since(start) > 0 {
			t.Fatalf("after %s: %v", time.Since(start), err)
		}
		got := make([]byte, 3)
		if _, err := io.ReadFull(conn, got); err != nil || string(got) != "GET" {
			t.Errorf("got %q, %v", got, err)
		}
		conn.Close()
		if _, err := silent.Read(make([]byte, 1)); err != io.EOF || time.Since(start) != patience {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
		p.connect().Close() // at once
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestTheDeadlineIsForTheFirstByteOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		l := Listen(p, nil, patience)
		defer l.Close()
		client := p.connect()
		go func() {
			client.Write([]byte("G"))
			time.Sleep(2 * patience) // the bubble's clock
			client.Write([]byte("ET"))
			client.Close()
		}()
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if got, err := io.ReadAll(conn); string(got) != "GET" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

func TestCloseEndsAllThatWasNotAccepted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		l := Listen(p, nil, patience)
		silent, begun := p.connect(), p.connect()
		go begun.Write([]byte("G"))
		synctest.Wait()
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		late, conn := net.Pipe()
		l.Take(conn, nil)
		for _, c := range []net.Conn{silent, begun, late} {
			if _, err := c.Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("a connection is still open: %v", err)
			}
		}
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) || !errors.Is(l.Close(), net.ErrClosed) {
			t.Errorf("closed, it says %v", err)
		}
	})
}

func TestErrorsAreTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, full := newPipes(), errors.New("too many open files")
		l := Listen(p, nil, patience)
		defer l.Close()
		for range 2 {
			p.errors <- full
			if _, err := l.Accept(); err != full {
				t.Errorf("got %v", err)
			}
		}
		go p.connect().Write([]byte("GET"))
		if conn, err := l.Accept(); err != nil {
			t.Error(err)
		} else {
			conn.Close()
		}
	})
}

func TestConnectionsTakenHaveCertificatesOfTheirOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, usual := config(t)
		other, special := config(t)
		l := Listen(newPipes(), usual, patience)
		defer l.Close()
		client, conn := net.Pipe()
		l.Take(conn, special)
		done := make(chan error)
		go func() {
			secure := tls.Client(client, &tls.Config{RootCAs: other.Pool(), ServerName: "localhost", NextProtos: []string{"h2"}})
			err := secure.Handshake()
			if got := secure.ConnectionState().NegotiatedProtocol; got != "h2" {
				t.Errorf("protocol %q", got)
			}
			done <- err
		}()
		accepted, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(accepted.(*tls.Conn).Handshake(), <-done); err != nil {
			t.Error(err)
		}
		client.Close()
		accepted.Close()
	})
}

func TestConnectionsOfTCPAreOnesStill(t *testing.T) {
	t.Parallel()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := Listen(socket, nil, patience)
	defer l.Close()
	client, err := net.Dial("tcp", socket.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	client.Write([]byte("G"))
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	tcp := conn.(interface {
		SetLinger(int) error
		CloseWrite() error
	})
	if err := errors.Join(tcp.SetLinger(0), tcp.CloseWrite()); err != nil {
		t.Error(err)
	}
	if _, err := client.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the client was not told: %v", err)
	}
}

// FuzzFirstByte sends anything to a server behind the listener: whatever does not begin
// as TLS does arrives as it was sent, and the server outlives all of it.
func FuzzFirstByte(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
	f.Add([]byte("CONNECT graph.microsoft.com:443 HTTP/1.1\r\nHost: graph.microsoft.com:443\r\n\r\n"))
	f.Add([]byte{handshake, 3, 1, 0, 5, 1, 0, 0, 1, 0})
	f.Add([]byte{handshake})
	f.Add(append([]byte{handshake, 3, 3, 0xff, 0xff}, make([]byte, 1<<16)...)) // larger than a record may be
	f.Add([]byte{0x80, 0x2e, 1, 3, 1})                                         // SSL 2
	f.Add([]byte{5, 1, 0})                                                     // SOCKS 5
	f.Add([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
	f.Add([]byte{})
	_, config := config(f)
	f.Fuzz(func(t *testing.T, sent []byte) {
		p := newPipes()
		l := Listen(p, config, patience)
		defer l.Close()
		client := p.connect()
		go io.Copy(io.Discard, client) // an alert has to go somewhere
		go func() {
			client.Write(sent)
			client.Close()
		}()
		if len(sent) == 0 {
			return
		}
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if secure, ok := conn.(*tls.Conn); ok {
			if sent[0] != handshake || secure.Handshake() == nil {
				t.Errorf("%x was taken for TLS", sent)
			}
			return
		}
		if got, err := io.ReadAll(conn); !bytes.Equal(got, sent) || err != nil {
			t.Errorf("%x arrived as %x: %v", sent, got, err)
		}
	})
}
