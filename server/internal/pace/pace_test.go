package pace

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// single is a listener of one connection.
type single struct{ conn net.Conn }

func (s single) Accept() (net.Conn, error) { return s.conn, nil }
func (s single) Close() error              { return nil }
func (s single) Addr() net.Addr            { return nil }

// connected returns both ends of a connection in memory, which takes what is read and
// no more.
func connected(t *testing.T) (server, client net.Conn) {
	t.Helper()
	client, conn := net.Pipe()
	server, err := Listen(single{conn}).Accept()
	if err != nil {
		t.Fatal(err)
	}
	return server, client
}

func TestClientsThatDoNotReadAreGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, client := connected(t)
		go io.ReadFull(client, make([]byte, 3*part/2)) // and no more
		start := time.Now()
		n, err := server.Write(make([]byte, 1<<20))
		if !errors.Is(err, os.ErrDeadlineExceeded) || n != 3*part/2 || time.Since(start) != Patience {
			t.Errorf("after %s and %d bytes: %v", time.Since(start), n, err)
		}
	})
}

// TestClientsThatReadSlowlyGetAll reads a part in less time than there is, again and
// again: it takes longer than one deadline.
func TestClientsThatReadSlowlyGetAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, client := connected(t)
		sent := bytes.Repeat([]byte("0123456789abcdef"), 10*part/16)
		written := make(chan error)
		go func() {
			for range 2 { // also after a pause that the deadline does not outlast
				if _, err := server.Write(sent); err != nil {
					written <- err
					return
				}
				time.Sleep(10 * Patience)
			}
			written <- nil
		}()
		got := make([]byte, len(sent))
		for range 2 {
			for at := 0; at < len(got); at += part {
				time.Sleep(Patience / 3) // the bubble's clock
				if _, err := io.ReadFull(client, got[at:at+part]); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(got, sent) {
				t.Error("something else arrived")
			}
		}
		if err := <-written; err != nil {
			t.Error(err)
		}
	})
}

func TestADeadlineThatSomebodyElseSetCounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, _ := connected(t)
		start := time.Now()
		server.SetWriteDeadline(start.Add(time.Second)) // as TLS does to say goodbye
		if _, err := server.Write([]byte("x")); err == nil || time.Since(start) != time.Second {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
	})
}

// tcp is what net/http and faults want of a TCP connection.
type tcp interface {
	SetLinger(int) error
	CloseWrite() error
}

func TestConnectionsOfTCPAreOnesStill(t *testing.T) {
	t.Parallel()
	server, _ := connected(t)
	if err := errors.Join(server.(tcp).SetLinger(0), server.(tcp).CloseWrite()); err != nil {
		t.Error(err)
	}
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	go net.Dial("tcp", socket.Addr().String())
	c, err := Listen(socket).Accept()
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if c.(tcp).SetLinger(0) == nil || c.(tcp).CloseWrite() == nil {
		t.Error("a closed connection takes it: it did not get there")
	}
}

// deadlines is a ResponseWriter that has deadlines, as a stream of HTTP/2 has.
type deadlines struct {
	*httptest.ResponseRecorder
	set   []time.Time
	fails bool
}

func (d *deadlines) SetWriteDeadline(t time.Time) error {
	d.set = append(d.set, t)
	return nil
}

func (d *deadlines) Write(p []byte) (int, error) {
	if d.fails {
		return 0, os.ErrDeadlineExceeded
	}
	return d.ResponseRecorder.Write(p)
}

func TestStreamsHaveADeadlineForEachPart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &deadlines{ResponseRecorder: httptest.NewRecorder()}
		sent := bytes.Repeat([]byte("0123456789abcdef"), 2*part/16+1)
		n, err := Writer{d}.Write(sent)
		if n != len(sent) || err != nil || !bytes.Equal(d.Body.Bytes(), sent) {
			t.Errorf("%d bytes were taken, %d came: %v", n, d.Body.Len(), err)
		}
		if len(d.set) != 3 || !d.set[2].Equal(time.Now().Add(Patience)) {
			t.Errorf("the deadlines are %v", d.set)
		}
		if d.fails = true; !fails(Writer{d}, sent) {
			t.Error("the client took it all the same")
		}
		if fails(Writer{httptest.NewRecorder()}, nil) { // without deadlines, and nothing to write
			t.Error("where there is no socket nothing can be written")
		}
	})
}

func fails(w io.Writer, p []byte) bool {
	_, err := w.Write(p)
	return err != nil
}
