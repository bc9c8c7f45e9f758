package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server"
)

// requestEntry is what clients read of an exchange.
type requestEntry struct {
	ID              int64
	At              time.Time
	Method, Path    string
	Operation, Rule string
	Status          int
	Violations      []openapi.Violation
	Took            string
}

func decode[T any](t *testing.T, r io.Reader) (v T) {
	t.Helper()
	if err := json.NewDecoder(r).Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// eventsOf opens the stream of events over a socket; next reads one.
func eventsOf(t *testing.T, origin, last string) (next func() (requestEntry, error)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // an event that never comes fails, and hangs nothing
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, "GET", origin+control+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	if res.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	checkControlAnswer(t, res)
	lines := bufio.NewScanner(res.Body)
	return func() (e requestEntry, err error) {
		var id string
		for lines.Scan() {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "id":
				id = value
			case "data":
				err = json.Unmarshal([]byte(value), &e)
			case "":
				if id != fmt.Sprint(e.ID) {
					t.Errorf("event %s is of exchange %d", id, e.ID)
				}
				return e, err
			}
		}
		return e, io.EOF
	}
}

func TestEventsFollowTheExchanges(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	origin, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	send(t, s, "GET", "/v1.0/me/activities", nil) // 1: before there was a reader
	fromNow, fromStart := eventsOf(t, origin, ""), eventsOf(t, origin, "0")
	want := func(next func() (requestEntry, error), id int64, status int) {
		t.Helper()
		if e, err := next(); err != nil || e.ID != id || e.Status != status ||
			(len(e.Violations) > 0) != (status == 400) {
			t.Errorf("got %+v, %v; want %d with status %d", e, err, id, status)
		}
	}
	want(fromStart, 1, 200)
	send(t, s, "PUT", seedPath+seedItem, strings.NewReader(seedBody))
	send(t, s, "PUT", seedPath+"wrong", strings.NewReader(seedBody))
	for _, next := range []func() (requestEntry, error){fromNow, fromStart} {
		want(next, 2, 201)
		want(next, 3, 400)
	}
	if err := s.Reset(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		send(t, s, "GET", "/v1.0/me/activities", nil)
	}
	want(fromNow, 1, 200) // ids begin anew
	want(fromNow, 2, 200)

	if err := s.Shutdown(t.Context()); err != nil {
		t.Errorf("the stream kept the server: %v", err)
	}
	for {
		if _, err := fromNow(); err != nil {
			return // the stream has ended
		}
	}
}

// TestSlowReadersOfEventsMissSome has a reader that reads nothing at all until the
// journal has dropped most.
func TestSlowReadersOfEventsMissSome(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Journal: 10})
	origin, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(origin, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.(*net.TCPConn).SetReadBuffer(1 << 10)
	fmt.Fprint(conn, "GET "+control+"/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
	status := make([]byte, len("HTTP/1.1 200"))
	if _, err := io.ReadFull(conn, status); err != nil || string(status) != "HTTP/1.1 200" {
		t.Fatalf("%s %v", status, err)
	}
	const sent = 300
	for range sent { // none of these waits
		send(t, s, "GET", "/v1.0/me/activities?"+strings.Repeat("x", 40_000), nil)
	}
	list := requestsOf(t, s, "?after=290")
	if len(list) != 10 || list[9].ID != sent {
		t.Errorf("the journal has %d", len(list))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.Shutdown(ctx) // cuts the reader off, and returns
}
