package notify

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/graphmock/graphmock/server/internal/inprocess"
)

// Handlers are those that stand for receivers, by URL. The zero value has none. It is safe for
// concurrent use.
type Handlers struct {
	mu    sync.Mutex
	byURL map[string]http.Handler
}

// Handle lets a handler stand for the receiver with a URL; nil takes it away. The query of URLs does
// not count.
func (h *Handlers) Handle(text string, handler http.Handler) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("%q is no URL of a receiver; write it like https://app.example/notify", text)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.byURL == nil {
		h.byURL = map[string]http.Handler{}
	}
	if handler == nil {
		delete(h.byURL, keyOf(u))
		return nil
	}
	h.byURL[keyOf(u)] = handler
	return nil
}

func (h *Handlers) of(u *url.URL) http.Handler {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.byURL[keyOf(u)]
}

func keyOf(u *url.URL) string {
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	return strings.ToLower(u.Scheme+"://"+u.Host) + path
}

// ErrRemote is why a receiver is not called.
var ErrRemote = errors.New("the receiver is not on a loopback address")

// IsLoopback reports whether a URL's host is this machine, by its name.
func IsLoopback(u *url.URL) bool {
	host := strings.ToLower(u.Hostname())
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || net.ParseIP(host).IsLoopback()
}

// transportTo returns what takes requests to a receiver.
func (n *Notifier) transportTo(u *url.URL) (http.RoundTripper, error) {
	if handler := n.config.Handlers.of(u); handler != nil {
		return inprocess.Over(handler), nil
	}
	switch {
	case IsLoopback(u):
		return localTransport(), nil
	case n.config.Remote:
		return remoteTransport(), nil
	}
	return nil, ErrRemote
}

// localTransport reaches this machine only, whatever names resolve to. Certificates of
// receivers under development are rarely trusted, and say nothing here.
var localTransport = sync.OnceValue(func() http.RoundTripper {
	t := newTransport()
	t.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	dialer := &net.Dialer{Timeout: maxConnect, Control: func(_, address string, _ syscall.RawConn) error {
		host, _, err := net.SplitHostPort(address)
		if err != nil || !net.ParseIP(host).IsLoopback() {
			return ErrRemote
		}
		return nil
	}}
	t.DialContext = dialer.DialContext
	return t
})

var remoteTransport = sync.OnceValue(func() http.RoundTripper { return newTransport() })

// newTransport returns a transport that keeps no connections, and so no goroutines.
func newTransport() *http.Transport {
	return &http.Transport{DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: 64 << 10,
		TLSHandshakeTimeout: maxConnect}
}

const (
	// maxConnect is how long it may take to reach a receiver.
	maxConnect = 10 * time.Second
	// maxAnswer is how much of a response is read, in bytes.
	maxAnswer = 64 << 10
)
