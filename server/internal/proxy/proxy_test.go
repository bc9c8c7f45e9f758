package proxy_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/graphmock/graphmock/server/internal/certs"
	"github.com/graphmock/graphmock/server/internal/firstbyte"
	"github.com/graphmock/graphmock/server/internal/proxy"
)

const known = "graph.example.com"

// A rig is a server with a proxy in front. It says to everyone what they wanted of it.
type rig struct {
	address   string
	authority *certs.Authority
	end       func()
}

// dialer is how a rig reaches other hosts.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

func newRig(t testing.TB, dial dialer) *rig {
	t.Helper()
	authority, err := certs.New([]string{known})
	if err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	config := authority.TLSConfig("")
	config.NextProtos = []string{"http/1.1"} // tunnels are for HTTP/1.1
	both := firstbyte.Listen(socket, config, time.Minute)
	closed, ended := make(chan struct{}), make(chan struct{})
	h := &proxy.Handler{
		Next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			fmt.Fprintf(w, "%s %s %s %s", r.Proto, r.Method, r.Host, body)
		}),
		Answers: func(host, port string) bool { return host == known },
		Take:    func(c net.Conn, host string) { both.Take(c, authority.TLSConfig(host)) },
		Closed:  closed, Dial: dial,
	}
	server := &http.Server{Handler: h, ConnContext: proxy.ConnContext, ReadTimeout: time.Minute}
	go func() {
		defer close(ended)
		server.Serve(both)
		h.Wait()
	}()
	r := &rig{address: socket.Addr().String(), authority: authority}
	r.end = func() {
		close(closed)
		server.Close()
		<-ended
	}
	t.Cleanup(func() {
		if r.end != nil {
			r.end()
		}
	})
	return r
}

// client uses the rig as its proxy, which it reaches by a scheme.
func (r *rig) client(t testing.TB, scheme string) *http.Client {
	through := &url.URL{Scheme: scheme, Host: r.address}
	transport := &http.Transport{
		Proxy:           http.ProxyURL(through),
		TLSClientConfig: &tls.Config{RootCAs: r.authority.Pool()}, ForceAttemptHTTP2: true,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// ask sends bytes to the rig and returns the status and the body of what it says.
func (r *rig) ask(t testing.TB, sent string) (status int, body string) {
	t.Helper()
	conn, err := net.Dial("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, sent)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%q: %v", sent, err)
	}
	text, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(text)
}

func TestKnownHostsAreAnsweredHere(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	for scheme, protocol := range map[string]string{"http": "HTTP/2.0", "https": "HTTP/2.0"} {
		for range 3 { // on one tunnel
			res, err := r.client(t, scheme).Post("https://Graph.Example.com/x", "text/plain", strings.NewReader("hello"))
			if err != nil {
				t.Fatalf("by %s: %v", scheme, err)
			}
			got, _ := io.ReadAll(res.Body)
			res.Body.Close()
			if want := protocol + " POST Graph.Example.com hello"; !strings.EqualFold(string(got), want) {
				t.Errorf("by %s: got %s, want %s", scheme, got, want)
			}
			if err := res.TLS.PeerCertificates[0].VerifyHostname(known); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestATunnelMayBePlain(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	conn, err := net.Dial("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// Without waiting: the request inside comes with the CONNECT.
	io.WriteString(conn, "CONNECT graph.example.com:80 HTTP/1.1\r\nHost: x\r\n\r\n"+
		"GET / HTTP/1.1\r\nHost: graph.example.com\r\n\r\n")
	buffered := bufio.NewReader(conn)
	opened, err := http.ReadResponse(buffered, &http.Request{Method: "CONNECT"})
	if err != nil || opened.StatusCode != 200 {
		t.Fatalf("%v, %v", opened, err)
	}
	res, err := http.ReadResponse(buffered, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(res.Body); string(got) != "HTTP/1.1 GET graph.example.com " {
		t.Errorf("got %s", got)
	}
}

func TestOtherHostsAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	for target, status := range map[string]int{
		"CONNECT example.com:443":                           403,
		"CONNECT graph.example.com.evil.example:443":        403,
		"CONNECT evil.example.graph.example.co:443":         403,
		"CONNECT 127.0.0.1:22":                              403,
		"CONNECT [::1]:443":                                 403,
		"CONNECT graph.example.com":                         400,
		"CONNECT graph.example.com:":                        400,
		"CONNECT graph.example.com:0":                       400,
		"CONNECT graph.example.com:65536":                   400,
		"CONNECT graph.example.com:x":                       400,
		"CONNECT :443":                                      400,
		"CONNECT a@graph.example.com:443":                   400,
		"CONNECT graph.example.com:443/x":                   400,
		"CONNECT graph.example.com:443?x":                   400,
		"CONNECT /x":                                        400,
		"CONNECT gr%61ph.example.com:443":                   400,
		"CONNECT " + strings.Repeat("a", 10_000) + ":443":   403,
		"GET http://example.com/":                           403,
		"POST http://169.254.169.254/metadata":              403,
		"GET https://graph.example.com.evil.example/x?y=z ": 400,
	} {
		got, text := r.ask(t, target+" HTTP/1.1\r\nHost: graph.example.com\r\n\r\n")
		if got != status || len(text) > 12_000 {
			t.Errorf("%.100s: %d %s", target, got, text)
		}
	}
	_, text := r.ask(t, "CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n")
	if want := "graphmock: graphmock answers for Microsoft Graph and Entra only, not for \"example.com\"; " +
		"with --pass-through it leads to other hosts as well\n"; text != want {
		t.Errorf("got %s", text)
	}
	if _, err := r.client(t, "http").Get("https://example.com/"); err == nil || !strings.Contains(err.Error(), "Forbid") {
		t.Errorf("got %v", err)
	}
}

func TestATunnelInATunnelIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	conn, err := net.Dial("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const connect = "CONNECT graph.example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n"
	buffered := bufio.NewReader(conn)
	for _, want := range []int{200, 400} {
		io.WriteString(conn, connect)
		res, err := http.ReadResponse(buffered, &http.Request{Method: "CONNECT"})
		if err != nil || res.StatusCode != want {
			t.Fatalf("%v, %v; want %d", res, err, want)
		}
	}
}

// far is a host far away: it says what it is told, and its name before.
func far(t testing.TB) string {
	t.Helper()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	go func() {
		for {
			conn, err := socket.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				io.WriteString(conn, "far: ")
				io.Copy(conn, conn)
			}()
		}
	}()
	return socket.Addr().String()
}

func TestPassThroughLeadsToOtherHosts(t *testing.T) {
	t.Parallel()
	address := far(t)
	var dialed []string
	r := newRig(t, func(ctx context.Context, network, to string) (net.Conn, error) {
		if dialed = append(dialed, network+" "+to); to == "away.example:443" {
			return nil, errors.New("no such host")
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	})
	conn, err := net.Dial("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "CONNECT Other.Example:8443 HTTP/1.1\r\nHost: x\r\n\r\nhello")
	buffered := bufio.NewReader(conn)
	if res, err := http.ReadResponse(buffered, &http.Request{Method: "CONNECT"}); err != nil || res.StatusCode != 200 {
		t.Fatalf("%v, %v", res, err)
	}
	conn.(*net.TCPConn).CloseWrite()
	if got, err := io.ReadAll(buffered); string(got) != "far: hello" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if status, text := r.ask(t, "CONNECT away.example:443 HTTP/1.1\r\nHost: x\r\n\r\n"); status != 502 ||
		text != "graphmock: away.example:443 can't be reached: no such host\n" {
		t.Errorf("%d %s", status, text)
	}
	if status, _ := r.ask(t, "GET http://other.example/ HTTP/1.1\r\nHost: x\r\n\r\n"); status != 403 {
		t.Errorf("plain HTTP is passed on: %d", status)
	}
	if res, err := r.client(t, "http").Get("https://graph.example.com/"); err != nil {
		t.Error(err)
	} else {
		res.Body.Close()
	}
	if got := strings.Join(dialed, ", "); got != "tcp other.example:8443, tcp away.example:443" {
		t.Errorf("dialed %s", got)
	}
}

func TestTunnelsEndWithTheServer(t *testing.T) {
	t.Parallel()
	address := far(t)
	r := newRig(t, func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	})
	conn, err := net.Dial("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "CONNECT other.example:443 HTTP/1.1\r\nHost: x\r\n\r\n")
	if _, err := io.ReadFull(conn, make([]byte, len("HTTP/1.1 200 Connection established\r\n\r\nfar: "))); err != nil {
		t.Fatal(err)
	}
	r.end() // which waits for the tunnel
	r.end = nil
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("it is still open")
	}
}

// FuzzConnect sends request lines to a proxy: it leads nowhere that it was not told to,
// says nothing of the kind 5xx, and goes on.
func FuzzConnect(f *testing.F) {
	for _, line := range []string{
		"CONNECT graph.example.com:443 HTTP/1.1", "CONNECT other.example:443 HTTP/1.1", "CONNECT [::1]:443 HTTP/1.1",
		"CONNECT x HTTP/1.0", "CONNECT  HTTP/1.1", "connect graph.example.com:443 HTTP/1.1", "CONNECT %zz:1 HTTP/1.1",
		"GET http://other.example/ HTTP/1.1", "GET http://[::1%25lo]:80/ HTTP/1.1", "CONNECT //x:1 HTTP/1.1",
		"CONNECT graph.example.com:443@other.example:1 HTTP/1.1", "PRI * HTTP/2.0", "OPTIONS * HTTP/1.1",
	} {
		f.Add(line)
	}
	var reached []string
	h := &proxy.Handler{
		Next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Host != "" && !strings.EqualFold(r.URL.Hostname(), known) {
				reached = append(reached, r.URL.Host)
			}
			w.WriteHeader(204)
		}),
		Answers: func(host, port string) bool { return host == known },
		Take: func(c net.Conn, host string) {
			if host != known {
				reached = append(reached, host)
			}
			c.Close()
		},
		Closed: make(chan struct{}),
	}
	f.Fuzz(func(t *testing.T, line string) {
		req, err := http.ReadRequest(bufio.NewReader(strings.NewReader(line + "\r\nHost: graph.example.com\r\n\r\n")))
		if err != nil {
			return // which net/http refuses
		}
		w := &hijacked{header: http.Header{}, conn: nowhere{}}
		reached = nil
		h.ServeHTTP(w, req)
		if w.status >= 500 || w.status == 0 && !w.taken || len(reached) > 0 {
			t.Errorf("%q: status %d, reached %v", line, w.status, reached)
		}
	})
}

// A hijacked is the response to a request whose connection can be taken over.
type hijacked struct {
	header http.Header
	status int
	taken  bool
	conn   net.Conn
}

func (h *hijacked) Header() http.Header         { return h.header }
func (h *hijacked) WriteHeader(status int)      { h.status = status }
func (h *hijacked) Write(p []byte) (int, error) { return len(p), nil }

func (h *hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	h.taken = true
	return h.conn, bufio.NewReadWriter(bufio.NewReader(strings.NewReader("")), nil), nil
}

// nowhere is a connection that takes everything.
type nowhere struct{ net.Conn }

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (nowhere) Close() error                { return nil }
