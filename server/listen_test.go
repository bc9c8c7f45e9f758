package server

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/pace"
)

const seedTarget = "/v1.0/me/activities/13881113971988980728/historyItems/390e06e2-7e5b-4133-8014-fac7ac991af7"

const requestHead = "PUT " + seedTarget + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\n" +
	"Content-Type: application/json\r\nContent-Length: 45\r\n\r\n"

// listening gives a server that listens, a connection to it, and a function that
// returns when a request on it is being served.
func listening(t *testing.T) (*Server, net.Conn, func()) {
	t.Helper()
	s, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	active := make(chan struct{})
	s.connState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateActive {
			close(active)
		}
	}
	origin, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(origin, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return s, conn, func() { <-active }
}

func TestSlowBodyIsAnsweredWithATimeout(t *testing.T) {
	t.Parallel()
	s, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := s.httpServer()
	h.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).SetReadDeadline(time.Now()) // as if it had passed by now
		s.ServeHTTP(w, r)
	})
	go h.Serve(socket)
	defer h.Close()
	conn, err := net.Dial("tcp", socket.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, requestHead+"{") // and no more
	answer, _ := io.ReadAll(conn)
	if text := string(answer); !strings.HasPrefix(text, "HTTP/1.1 408 ") || !strings.Contains(text, "body-timeout") ||
		!strings.Contains(text, "Connection: close") {
		t.Errorf("got %s", text)
	}
}

// pipes is a listener whose connections are in memory, so that a bubble's clock
// moves while they wait.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	if conn, open := <-p; open {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (p pipes) Close() error   { close(p); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// TestSlowClientsAreCutOff has clients that stop in the middle: of a body, which
// is answered, of a header, and between requests.
func TestSlowClientsAreCutOff(t *testing.T) {
	t.Parallel()
	head, _, _ := strings.Cut(requestHead, "Content-Length")
	for name, each := range map[string]struct {
		sent, status string
		after        time.Duration
	}{
		"body":    {requestHead + "{", "HTTP/1.1 408 ", 30 * time.Second},
		"header":  {head, "", 30 * time.Second},
		"request": {strings.ReplaceAll(requestHead, "45", "0"), "HTTP/1.1 400 ", 2 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, err := New(Config{})
				if err != nil {
					t.Fatal(err)
				}
				h, listener := s.httpServer(), make(pipes)
				go h.Serve(listener)
				defer h.Close()
				client, conn := net.Pipe()
				listener <- conn
				start := time.Now()
				go io.WriteString(client, each.sent)
				answer, err := io.ReadAll(client)
				if err != nil || !strings.HasPrefix(string(answer), each.status) || each.status == "" &&
					len(answer) > 0 {
					t.Errorf("got %q, error %v; want %s", answer, err, each.status)
				}
				if took := time.Since(start); took != each.after {
					t.Errorf("the connection ended after %s, want %s", took, each.after)
				}
			})
		})
	}
}

// TestClientsThatReadNothingAreCutOff has clients that ask, again and again, and do not
// read what they get.
func TestClientsThatReadNothingAreCutOff(t *testing.T) {
	t.Parallel()
	for _, target := range []string{seedTarget, "/_graphmock/state", "/_graphmock/requests", "/_graphmock/events"} {
		synctest.Test(t, func(t *testing.T) {
			s, err := New(Config{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			listener := make(pipes)
			_, err = s.serveOn(listener, func(h *http.Server, l net.Listener) error { return h.Serve(l) })
			if err != nil {
				t.Fatal(err)
			}
			client, conn := net.Pipe()
			listener <- conn
			fmt.Fprintf(client, "GET %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\n\r\n", target)
			time.Sleep(pace.Patience + time.Second) // the bubble's clock
			if got, err := io.ReadAll(client); len(got) > 0 || err != nil {
				t.Errorf("%s: got %q, %v; want the connection closed", target, got, err)
			}
		})
	}
}

func TestShutdownLetsRequestsFinish(t *testing.T) {
	t.Parallel()
	s, conn, served := listening(t)
	fmt.Fprint(conn, requestHead+`{"startedDateTime": `)
	served()

	ended := make(chan error)
	go func() { ended <- s.Shutdown(context.Background()) }()
	fmt.Fprint(conn, `"2015-02-11T20:54:04Z"`+strings.Repeat(" ", 2)+"}")
	answer, _ := io.ReadAll(conn)
	if !strings.HasPrefix(string(answer), "HTTP/1.1 201 ") {
		t.Errorf("got %s", answer)
	}
	if err := <-ended; err != nil {
		t.Errorf("shutdown: %v", err)
	}
	if _, err := s.Listen(""); err == nil {
		t.Error("a closed server listens")
	}
}

// TestShutdownEndsAllSocketsAtOnce has a request on one socket that takes its time:
// the other takes no more meanwhile.
func TestShutdownEndsAllSocketsAtOnce(t *testing.T) {
	t.Parallel()
	s, conn, served := listening(t)
	fmt.Fprint(conn, requestHead)
	served()
	other, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- s.Shutdown(t.Context()) }()
	for begun := time.Now(); ; {
		more, err := net.Dial("tcp", strings.TrimPrefix(other, "http://"))
		if err != nil {
			break
		}
		more.Close()
		if time.Since(begun) > 10*time.Second {
			t.Fatal("the other socket is still open")
		}
	}
	fmt.Fprint(conn, `{"startedDateTime": "2015-02-11T20:54:04Z"  }`)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestShutdownLetsDelayedAnswersFinish shuts down while a scenario delays an
// answer for five seconds; one shutdown waits that long, the other does not.
func TestShutdownLetsDelayedAnswersFinish(t *testing.T) {
	t.Parallel()
	for patience, status := range map[time.Duration]string{10 * time.Second: "HTTP/1.1 201 ", time.Second: ""} {
		synctest.Test(t, func(t *testing.T) {
			s, err := New(Config{})
			if err != nil {
				t.Fatal(err)
			}
			delayed := scenarios.Pass.Delayed(5 * time.Second)
			if err := s.Script("PUT /me/activities/{}/historyItems/{}", delayed); err != nil {
				t.Fatal(err)
			}
			listener := make(pipes)
			_, err = s.serveOn(listener, func(h *http.Server, l net.Listener) error { return h.Serve(l) })
			if err != nil {
				t.Fatal(err)
			}
			client, conn := net.Pipe()
			listener <- conn
			fmt.Fprint(client, requestHead+`{"startedDateTime": "2015-02-11T20:54:04Z"  }`)
			synctest.Wait() // for the delay
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			ended := make(chan error)
			go func() { ended <- s.Shutdown(ctx) }()
			answer, _ := io.ReadAll(client)
			if !strings.HasPrefix(string(answer), status) || status == "" && len(answer) > 0 {
				t.Errorf("with %s to finish got %q, want %q", patience, answer, status)
			}
			if err := <-ended; (err != nil) != (status == "") {
				t.Errorf("with %s to finish: %v", patience, err)
			}
			if _, open := <-s.cut; open {
				t.Error("something may still wait")
			}
		})
	}
}

func TestShutdownCutsOffWhatDoesNotFinish(t *testing.T) {
	t.Parallel()
	s, conn, served := listening(t)
	fmt.Fprint(conn, requestHead+"{")
	served()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Shutdown(ctx); err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("error %v", err)
	}
	if answer, err := io.ReadAll(conn); len(answer) > 0 && err == nil {
		t.Errorf("got %s", answer)
	}
}

// Whoever waits politely for requests to end may lose patience.
func TestCloseEndsAShutdownThatWaits(t *testing.T) {
	t.Parallel()
	s, conn, active := listening(t)
	fmt.Fprintf(conn, "PUT /v1.0/me/activities/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
	active()
	done := make(chan error)
	go func() { done <- s.Shutdown(context.Background()) }()
	for { // until nobody listens any more: the shutdown is waiting
		another, err := net.Dial("tcp", conn.RemoteAddr().String())
		if err != nil {
			break
		}
		another.Close()
	}
	s.Close()
	<-done
	if text, _ := io.ReadAll(conn); len(text) > 0 { // such as the answer to a body that is too slow
		t.Errorf("the connection was not cut off: %s", text)
	}
}
