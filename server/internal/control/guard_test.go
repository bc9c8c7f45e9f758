package control

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestControlIsGuarded(t *testing.T) {
	t.Parallel()
	const token = "the admin token" // stands for the real one
	v6 := &net.TCPAddr{IP: net.IPv6loopback, Port: 8080}
	mapped := &net.TCPAddr{IP: net.ParseIP("::ffff:127.0.0.1"), Port: 8080}
	web := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80}
	own, foreign := []string{"http://localhost:8080"}, []string{"http://evil.example"}
	unix := &net.UnixAddr{Name: "/run/graphmock", Net: "unix"}
	for name, test := range map[string]struct {
		local         net.Addr // nil in process
		host          string
		origin        []string
		authorization string
		status        int
	}{
		"loopback":                        {loopback, "127.0.0.1:8080", nil, "", 200},
		"loopback by another port":        {loopback, "127.0.0.1:80", nil, "", 200},
		"loopback without a port":         {loopback, "127.1.2.3", nil, "", 200},
		"localhost":                       {loopback, "LocalHost:8080", nil, "", 200},
		"IPv6":                            {v6, "[::1]:8080", nil, "", 200},
		"IPv6 without a port":             {v6, "[::1]", nil, "", 200},
		"IPv4 in IPv6":                    {mapped, "127.0.0.1:8080", nil, "", 200},
		"DNS rebinding":                   {loopback, "evil.example:8080", nil, "", 403},
		"rebinding like a loopback":       {loopback, "127.0.0.1.evil.example", nil, "", 403},
		"rebinding like localhost":        {loopback, "localhost.evil.example", nil, "", 403},
		"rebinding below localhost":       {loopback, "evil.localhost.example", nil, "", 403},
		"rebinding as Graph":              {loopback, "graph.microsoft.com", nil, "", 403},
		"all addresses":                   {loopback, "0.0.0.0:8080", nil, "", 403},
		"octal":                           {loopback, "0177.0.0.1", nil, "", 403},
		"a zone":                          {loopback, "[::1%25lo]:8080", nil, "", 403},
		"no host":                         {loopback, "", nil, "", 403},
		"another machine":                 {loopback, "192.0.2.7:8080", nil, "", 403},
		"its own page":                    {loopback, "localhost:8080", own, "", 200},
		"a foreign page":                  {loopback, "localhost:8080", foreign, "", 403},
		"a page of a neighbour":           {loopback, "localhost:8080", []string{"http://localhost:3000"}, "", 403},
		"a page by another scheme":        {loopback, "localhost:8080", []string{"https://localhost:8080"}, "", 403},
		"a page of nowhere":               {loopback, "localhost:8080", []string{"null"}, "", 403},
		"an empty origin":                 {loopback, "localhost:8080", []string{""}, "", 403},
		"two origins":                     {loopback, "localhost:8080", append(own, foreign...), "", 403},
		"elsewhere":                       {remote, "192.0.2.1:8080", nil, "", 401},
		"elsewhere with the token":        {remote, "192.0.2.1:8080", nil, "Bearer " + token, 200},
		"elsewhere, bearer in lower case": {remote, "192.0.2.1:8080", nil, "bearer " + token, 200},
		"elsewhere at HTTP's port":        {web, "192.0.2.1", nil, "Bearer " + token, 200},
		"elsewhere by localhost":          {remote, "localhost:8080", nil, "", 401},
		"elsewhere, tunneled":             {remote, "localhost:9090", nil, "Bearer " + token, 200},
		"elsewhere, rebinding":            {remote, "evil.example", nil, "Bearer " + token, 403},
		"elsewhere, another port":         {remote, "192.0.2.1:8081", nil, "Bearer " + token, 403},
		"elsewhere, a foreign page":       {remote, "192.0.2.1:8080", foreign, "Bearer " + token, 403},
		"a wrong token":                   {remote, "192.0.2.1:8080", nil, "Bearer wrong", 401},
		"a token cut short":               {remote, "192.0.2.1:8080", nil, "Bearer " + token[:8], 401},
		"a longer token":                  {remote, "192.0.2.1:8080", nil, "Bearer " + token + "0", 401},
		"an empty token":                  {remote, "192.0.2.1:8080", nil, "Bearer ", 401},
		"the token in another scheme":     {remote, "192.0.2.1:8080", nil, "Basic " + token, 401},
		"a socket that is not TCP's":      {unix, "localhost", nil, "", 401},
		"in process":                      {nil, "graph.microsoft.com", nil, "", 200},
		"in process, elsewhere":           {nil, "evil.example", nil, "", 403},
		"in process, by its address":      {nil, "mock.example:81", nil, "", 200},
		"in process, another port":        {nil, "mock.example:82", nil, "", 403},
		"in process, a foreign page":      {nil, "graph.microsoft.com", foreign, "", 403},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, h := newHandler()
			real := strings.NewReplacer(token, h.AdminToken(), token[:8], h.AdminToken()[:8])
			ctx := context.Background()
			if test.local != nil {
				ctx = context.WithValue(ctx, http.LocalAddrContextKey, test.local)
			}
			r := httptest.NewRequestWithContext(ctx, "GET", Root+"/state", nil)
			r.Host = test.host
			r.Header["Origin"] = test.origin
			if test.authorization != "" {
				r.Header.Set("Authorization", real.Replace(test.authorization))
			}
			w := httptest.NewRecorder()
			h.Serve(w, r, test.local == nil)
			if w.Code != test.status {
				t.Errorf("got %d %s, want %d", w.Code, w.Body, test.status)
			}
			if challenge := w.Header().Get("WWW-Authenticate"); (challenge != "") != (w.Code == 401) {
				t.Errorf("WWW-Authenticate: %q", challenge)
			}
			body := w.Body.String()
			if w.Code >= 400 && strings.Contains(body, "contoso") || strings.Contains(body, h.AdminToken()) {
				t.Errorf("the response tells too much: %s", body)
			}
			checkResponse(t, w)
		})
	}
}

func TestControlKnowsItsOwnPagesOverTLS(t *testing.T) {
	t.Parallel()
	_, h := newHandler()
	https := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 443}
	for _, test := range []struct {
		local        net.Addr
		host, origin string
		status       int
	}{
		{loopback, "localhost:8080", "https://localhost:8080", 200},
		{loopback, "localhost:8080", "http://localhost:8080", 403},
		{https, "192.0.2.1", "https://192.0.2.1", 200},
		{https, "192.0.2.1:80", "https://192.0.2.1:80", 403},
	} {
		r := httptest.NewRequest("GET", Root+"/health", nil)
		r = r.WithContext(context.WithValue(t.Context(), http.LocalAddrContextKey, test.local))
		r.Host, r.TLS = test.host, &tls.ConnectionState{}
		r.Header.Set("Origin", test.origin)
		r.Header.Set("Authorization", "Bearer "+h.AdminToken())
		w := httptest.NewRecorder()
		if h.Serve(w, r, false); w.Code != test.status {
			t.Errorf("host %s, origin %s: got %d %s, want %d", test.host, test.origin, w.Code, w.Body, test.status)
		}
	}
}

func TestAdminTokensAreRandom(t *testing.T) {
	t.Parallel()
	a, b := New(Config{}), New(Config{})
	first := a.AdminToken()
	if first == b.AdminToken() || len(first) != 64 || a.AdminToken() != first {
		t.Errorf("%s and %s", first, b.AdminToken())
	}
}

// TestTokenIsNeededByWhatTheListenerIs has a connection that itself is local, as a
// proxy's is, to listeners of this machine and of all addresses.
func TestTokenIsNeededByWhatTheListenerIs(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]int{"127.0.0.1:0": 200, "0.0.0.0:0": 401} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		_, h := newHandler()
		ctx := context.WithValue(WithListener(t.Context(), l), http.LocalAddrContextKey, loopback)
		r := httptest.NewRequestWithContext(ctx, "GET", Root+"/health", nil)
		r.Host = "localhost"
		w := httptest.NewRecorder()
		if h.Serve(w, r, false); w.Code != want {
			t.Errorf("a listener on %s: %d, want %d", address, w.Code, want)
		}
		w = httptest.NewRecorder()
		if h.Serve(w, r, true); w.Code != 200 {
			t.Errorf("in process, within a request to %s: %d", address, w.Code)
		}
	}
}
