package proxy

import (
	"io"
	"net"
)

// relay copies what the client sends to the server and back, until both have said all,
// one of them is gone, or everything ends.
func (h *Handler) relay(client *tunnel, server net.Conn) {
	defer server.Close()
	defer client.Close()
	if !h.begin() {
		return
	}
	defer h.tunnels.Done()
	done := make(chan error, 2)
	go func() { done <- copyTo(server, client) }()
	go func() { done <- copyTo(client, server) }()
	for both, closed := 2, h.Closed; both > 0; {
		var err error
		select {
		case err = <-done:
			both--
		case <-closed:
			closed, err = nil, net.ErrClosed
		}
		if err != nil {
			client.Close()
			server.Close()
		}
	}
}

// copyTo copies all that comes, and says at its end that nothing more does.
func copyTo(w, r net.Conn) error {
	_, err := io.Copy(struct{ io.Writer }{w}, struct{ io.Reader }{r}) // past what a tunnel has buffered is no short way
	if c, ok := w.(interface{ CloseWrite() error }); ok && err == nil {
		return c.CloseWrite()
	}
	return err
}
