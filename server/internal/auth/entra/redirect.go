package entra

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/graph"
)

// maxRedirect is how long a redirect URL may be.
const maxRedirect = 2048

// checkRedirect returns the kind of a redirect URL, if the application has it: one that is
// registered, to the letter; any on a loopback address, whose kind is that of the registered
// one with the same path, if there is one; or the page of clients that have none.
func (x *exchange) checkRedirect(a *Application, redirect string) (kind RedirectKind, f *failure) {
	if redirect == "" {
		return "", fail(900971)
	}
	refused := fail(50011, redirect, a.ID).because(
		"set web.redirectUris, spa.redirectUris or publicClient.redirectUris of the application; any URL on localhost will do")
	u, err := url.Parse(redirect)
	if err != nil || len(redirect) > maxRedirect || u.Fragment != "" || u.User != nil || u.Scheme == "" || isScript(u) {
		return "", refused
	}
	same := func(r Redirect) bool { return r.URL == redirect }
	if i := slices.IndexFunc(a.Redirects, same); i >= 0 {
		return a.Redirects[i].Kind, nil
	}
	if isLoopback(u) {
		i := slices.IndexFunc(a.Redirects, func(r Redirect) bool { return isSameLoopback(r.URL, u) })
		if i < 0 {
			return "", nil
		}
		return a.Redirects[i].Kind, nil
	}
	own, _ := url.Parse(x.origin)
	if u.Scheme == "https" && u.Path == "/common/oauth2/nativeclient" && u.RawQuery == "" &&
		(u.Host == own.Host || graph.IsLoginHost(u.Host)) {
		return Public, nil
	}
	return "", refused
}

// isScript reports whether a URL is one that a browser runs, or shows as its own.
func isScript(u *url.URL) bool {
	return slices.Contains([]string{"javascript", "data", "vbscript", "blob", "file", "about"}, strings.ToLower(u.Scheme))
}

// isLoopback reports whether a URL leads to this machine, from wherever it is followed.
func isLoopback(u *url.URL) bool {
	if u.Scheme != "http" && u.Scheme != "https" || u.Opaque != "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return strings.EqualFold(u.Hostname(), "localhost") || ip != nil && ip.IsLoopback()
}

// isSameLoopback reports whether a registered URL is the same as one on a loopback address,
// but for its port.
func isSameLoopback(registered string, u *url.URL) bool {
	r, err := url.Parse(registered)
	if err != nil || !isLoopback(r) {
		return false
	}
	path := func(p string) string { return strings.TrimSuffix(p, "/") }
	return r.Scheme == u.Scheme && strings.EqualFold(r.Hostname(), u.Hostname()) && path(r.Path) == path(u.Path)
}

// A parameter is a name and a value, in an order that counts.
type parameter struct{ Name, Value string }

// withParameters adds parameters to a URL: to its query, or as its fragment.
func withParameters(redirect string, parameters []parameter, fragment bool) string {
	var b strings.Builder
	b.WriteString(redirect)
	switch {
	case fragment:
		b.WriteByte('#')
	case !strings.Contains(redirect, "?"):
		b.WriteByte('?')
	case !strings.HasSuffix(redirect, "?") && !strings.HasSuffix(redirect, "&"):
		b.WriteByte('&')
	}
	for i, p := range parameters {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(p.Name) + "=" + url.QueryEscape(p.Value))
	}
	return b.String()
}
