package control

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/auth"
)

// guard decides who may use the control surface.
func (h *Handler) guard(w http.ResponseWriter, r *http.Request, inProcess bool) error {
	local, remote := localAddress(r, inProcess)
	switch {
	case !h.isOwnHost(r, local, remote):
		// A page whose name was made to point here (DNS rebinding) has its own name as Host.
		return errorf(http.StatusForbidden,
			"Host %s is not this server; use localhost or the address that it listens on", jsontext.Quote(r.Host))
	case !isOwnOrigin(r):
		return errorf(http.StatusForbidden,
			"Origin %s is another site; pages of other sites may not use this server", jsontext.Quote(r.Header.Get("Origin")))
	case remote && !isLocal(r, local) && !h.hasAdminToken(r):
		w.Header().Set("WWW-Authenticate", `Bearer realm="graphmock"`)
		return errorf(http.StatusUnauthorized, "the server listens on more than a loopback address: "+
			"send Authorization: Bearer TOKEN, with the admin token that it printed at its start")
	}
	return nil
}

// localAddress returns the server's end of the connection; remote is false in
// process, where there is none. An address that is not TCP's is no loopback address.
func localAddress(r *http.Request, inProcess bool) (local netip.AddrPort, remote bool) {
	if inProcess {
		return local, false
	}
	switch a := r.Context().Value(http.LocalAddrContextKey).(type) {
	case nil:
		return local, false
	case *net.TCPAddr:
		local = a.AddrPort()
		return netip.AddrPortFrom(local.Addr().Unmap(), local.Port()), true
	}
	return local, true
}

// listenerKey is where the context of a request has the address of its listener.
type listenerKey struct{}

// WithListener returns the context for requests that come by a listener.
func WithListener(ctx context.Context, l net.Listener) context.Context {
	return context.WithValue(ctx, listenerKey{}, l.Addr())
}

// isLocal reports whether the listener can only be reached from this machine. One
// on all addresses can be reached from elsewhere, even if this connection came by
// a loopback address: a proxy's do.
func isLocal(r *http.Request, local netip.AddrPort) bool {
	if a, known := r.Context().Value(listenerKey{}).(*net.TCPAddr); known && !a.IP.IsLoopback() {
		return false
	}
	return local.Addr().IsLoopback()
}

// isOwnHost reports whether a Host header means this server: by a loopback address,
// by that of the connection and, in process, as the transport knows it.
func (h *Handler) isOwnHost(r *http.Request, local netip.AddrPort, remote bool) bool {
	host, port := splitHost(r)
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	if address = address.Unmap(); err == nil && address.Zone() == "" && address.IsLoopback() {
		return true
	}
	if !remote {
		return h.server.IsHost(host, r.Host)
	}
	own, err := netip.ParseAddrPort(net.JoinHostPort(host, port))
	return err == nil && netip.AddrPortFrom(own.Addr().Unmap(), own.Port()) == local
}

// splitHost splits a Host header; without a port it means that of the scheme.
func splitHost(r *http.Request) (host, port string) {
	if host, port, err := net.SplitHostPort(r.Host); err == nil {
		return host, port
	}
	port = "80"
	if r.TLS != nil {
		port = "443"
	}
	return strings.TrimSuffix(strings.TrimPrefix(r.Host, "["), "]"), port
}

// isOwnOrigin reports whether a request comes from no web page, or from one of this
// very server. Its Host must have been checked.
func isOwnOrigin(r *http.Request) bool {
	scheme := r.URL.Scheme // set in process
	switch {
	case scheme != "":
	case r.TLS != nil:
		scheme = "https"
	default:
		scheme = "http"
	}
	for _, origin := range r.Header.Values("Origin") {
		if !strings.EqualFold(origin, scheme+"://"+r.Host) {
			return false
		}
	}
	return true
}

func (h *Handler) hasAdminToken(r *http.Request) bool {
	sent, ok := auth.BearerToken(r.Header.Get("Authorization"))
	return ok && h.token.is(sent)
}
