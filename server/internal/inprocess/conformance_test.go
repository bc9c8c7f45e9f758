package inprocess

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// differences are the exchanges in which a client in process sees something else
// than over a socket, each with the reason. All others have to be equal, header
// for header and byte for byte, for the client and for the handler.
var differences = map[string]string{
	"method CONNECT":          "net/http sends the host in place of the path, as to a proxy",
	"cancelled while reading": "a socket still gives what had arrived",
	"cancelled in mid-upload": "as a body that fails; and net/http may tell the error of the body " +
		"instead",
	"body fails": "over the socket the handler gets the beginning; in process it is " +
		"aborted",
	"body fails with nothing given": "likewise",
	"body of a length too short":    "likewise",
	"body of a length too long": "net/http finds out after it has sent the request: there may be a " +
		"response",
	"Expect: magic": "net/http's server adds a Date",
	"GET with a body empty of unknown length": "net/http waits a while for a first byte",
}

// An exchange is what a client does, once in process and once over a socket.
type exchange struct {
	name string
	send func(c *client) string
}

// client sends requests and tells what it sees.
type client struct {
	*http.Client
	origin string
}

func (c *client) request(method, target string, body io.Reader) *http.Request {
	req, err := http.NewRequest(method, c.origin+target, body)
	if err != nil {
		panic(err)
	}
	return req
}

// sees sends a request and tells all that there is to see of the response.
func (c *client) sees(req *http.Request) string {
	res, err := c.Transport.RoundTrip(req)
	if err != nil {
		return "error: " + errorText(err)
	}
	defer res.Body.Close()
	return responseSeen(res)
}

func responseSeen(res *http.Response) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s length %d %v close %v\n",
		res.Proto, res.Status, res.ContentLength, res.TransferEncoding, res.Close)
	writeHeader(&b, res.Header)
	body, err := io.ReadAll(res.Body)
	fmt.Fprintf(&b, "%s\n", body)
	if err != nil {
		b.WriteString("body: " + errorText(err))
	}
	return b.String()
}

func writeHeader(b *strings.Builder, h http.Header) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		fmt.Fprintf(b, "%s: %q\n", name, h[name])
	}
}

// errorText is what code can tell of an error: what it is, and the words where
// they are net/http's own.
func errorText(err error) string {
	var slow interface{ Timeout() bool }
	timeout := errors.As(err, &slow) && slow.Timeout()
	for _, known := range []error{
		context.Canceled, context.DeadlineExceeded, syscall.ECONNRESET, io.ErrUnexpectedEOF, io.EOF, errOfBody,
	} {
		if errors.Is(err, known) {
			return fmt.Sprintf("%v, timeout %v", known, timeout)
		}
	}
	return fmt.Sprintf("%v, timeout %v", err, timeout)
}

var errOfBody = errors.New("the body's own error")

// failing is a body that gives some text and then an error.
func failing(text string) io.Reader {
	return io.MultiReader(strings.NewReader(text), errorReader{})
}

type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, errOfBody }

type closable struct {
	io.Reader
	closed atomic.Bool
}

func (c *closable) Close() error { c.closed.Store(true); return nil }

// slowly gives a text byte by byte, each when the one before has been read.
func slowly(text string) io.Reader {
	r, w := io.Pipe()
	go func() {
		for i := range len(text) {
			if _, err := w.Write([]byte{text[i]}); err != nil {
				return
			}
		}
		w.Close()
	}()
	return r
}

// observer is a handler that keeps what it saw of the requests.
type observer struct {
	mu   sync.Mutex
	seen []string
}

func (o *observer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s\nhost %s length %d %v close %v trailer %v\n", r.Method, r.RequestURI, r.Proto,
		r.Host, r.ContentLength, r.TransferEncoding, r.Close, r.Trailer)
	u := r.URL
	fmt.Fprintf(&b, "%q %q %q %q %q %q\n", u.Path, u.RawPath, u.RawQuery, u.Opaque, u.Fragment, u.User)
	writeHeader(&b, r.Header)
	body, err := io.ReadAll(r.Body)
	fmt.Fprintf(&b, "%d bytes: %.200s\nerror %v\n", len(body), body, err)
	o.mu.Lock()
	o.seen = append(o.seen, b.String())
	o.mu.Unlock()
	w.Header().Set("Date", "Thu, 01 Jan 2026 00:00:00 GMT") // which net/http's server adds
	respond(w, r)
}

// all is what the handler saw since the last call.
func (o *observer) all() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	seen := o.seen
	o.seen = nil
	return strings.Join(seen, "\n")
}

const size = 3000 // of a long body

// respond does what the path says.
func respond(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	switch path := r.URL.Path; path {
	case "/nothing":
	case "/long":
		h.Set("Content-Type", "text/plain")
		io.WriteString(w, strings.Repeat("x", size))
	case "/declared":
		h.Set("Content-Length", strconv.Itoa(size))
		if r.Method != "HEAD" {
			io.WriteString(w, strings.Repeat("x", size))
		}
	case "/edge":
		w.Write(make([]byte, chunkedFrom-1))
	case "/beyond":
		w.Write(make([]byte, chunkedFrom))
	case "/late":
		h["X-A"] = []string{"1"}
		w.WriteHeader(202)
		h["X-A"][0], h["X-B"] = "2", []string{"2"}
		w.WriteHeader(500)
		io.WriteString(w, "late")
	case "/twice":
		io.WriteString(w, "<html>")
		io.WriteString(w, "</html>")
	case "/close":
		h.Set("Connection", "close")
		io.WriteString(w, "{}")
	case "/values":
		h["X-A"] = []string{"1", "2"}
		h["Set-Cookie"] = []string{"a=b", "c=d"}
	case "/abort":
		panic(http.ErrAbortHandler)
	case "/panic":
		panic("a bug")
	default:
		if status, err := strconv.Atoi(strings.TrimPrefix(path, "/status/")); err == nil {
			w.WriteHeader(status)
			return
		}
		io.WriteString(w, "ok")
	}
}

func plain(name string, make func(c *client) *http.Request) exchange {
	return exchange{name, func(c *client) string { return c.sees(make(c)) }}
}

// changed is a POST that was changed before it is sent.
func changed(name string, change func(*http.Request)) exchange {
	return plain(name, func(c *client) *http.Request {
		req := c.request("POST", "/v1/a", strings.NewReader("a body"))
		change(req)
		return req
	})
}

func withHeader(name string, change func(http.Header)) exchange {
	return changed(name, func(req *http.Request) { change(req.Header) })
}

func exchanges() []exchange {
	return slices.Concat(requestLines(), headers(), bodies(), responses(), cancellations(), misuses())
}

func requestLines() []exchange {
	var all []exchange
	for _, method := range []string{
		"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW", "put", "", "GE T",
	} {
		all = append(all, plain("method "+method, func(c *client) *http.Request {
			req := c.request("GET", "/v1/a", nil)
			req.Method = method
			return req
		}))
	}
	for _, target := range []string{
		"", "/", "/a/", "//a", "/a/../b", "/a#fragment", "/a?", "/a?%24top=5&$top=5", "/a?$filter=a eq b",
		"/a%28%29", "/a%2Fb/c", "/%E2%82%AC", "/%25zz", "/u@example.com", "/a|b%2Fc",
		"/" + strings.Repeat("x", 2000), "/a?" + strings.Repeat("x", 80<<10),
	} {
		name := "target " + target[:min(len(target), 50)]
		all = append(all, plain(name, func(c *client) *http.Request { return c.request("GET", target, nil) }))
	}
	return append(all,
		changed("opaque URL", func(req *http.Request) { req.URL.Opaque = "//" + req.URL.Host + "/v1/a%2Fb?c" }),
		changed("opaque URL without a path", func(req *http.Request) { req.URL.Opaque = "//" + req.URL.Host }),
		changed("opaque URL that is none", func(req *http.Request) { req.URL.Opaque = "v1" }),
		changed("path without a slash", func(req *http.Request) { req.URL.Path = "v1/a" }),
		changed("user in the URL", func(req *http.Request) { req.URL.User = url.UserPassword("a", "b") }),
		changed("control character in the query", func(req *http.Request) { req.URL.RawQuery = "a\nb" }),
		changed("another Host", func(req *http.Request) { req.Host = "other.example" }),
		changed("unknown scheme", func(req *http.Request) { req.URL.Scheme = "ftp" }),
		changed("no host", func(req *http.Request) { req.URL.Host = "" }),
		changed("connection to be closed", func(req *http.Request) { req.Close = true }),
	)
}

func headers() []exchange {
	return []exchange{
		withHeader("lower-case names", func(h http.Header) { h["client-request-id"] = []string{" 7a3b "} }),
		withHeader("header in two spellings", func(h http.Header) {
			h["X-A"], h["x-a"] = []string{"1"}, []string{"2"}
		}),
		withHeader("several values", func(h http.Header) { h["X-A"] = []string{"1", "", "2, 3"} }),
		withHeader("no values", func(h http.Header) { h["X-A"] = nil }),
		withHeader("invalid name", func(h http.Header) { h["X A"] = []string{"1"} }),
		withHeader("invalid value", func(h http.Header) { h["X-A"] = []string{"1\n2"} }),
		withHeader("own User-Agent", func(h http.Header) { h.Set("User-Agent", "mine/1") }),
		withHeader("blank User-Agent", func(h http.Header) { h.Set("User-Agent", "") }),
		withHeader("no User-Agent", func(h http.Header) { h["User-Agent"] = nil }),
		withHeader("own Accept-Encoding", func(h http.Header) { h.Set("Accept-Encoding", "br") }),
		withHeader("fields of the request in the header", func(h http.Header) {
			h.Set("Host", "example.com")
			h.Set("Content-Length", "3")
			h.Set("Transfer-Encoding", "chunked")
			h.Set("Trailer", "X-A")
		}),
		withHeader("Range", func(h http.Header) { h.Set("Range", "bytes=0-1") }),
		withHeader("Connection: close", func(h http.Header) { h.Set("Connection", "close") }),
		withHeader("Expect: 100-continue", func(h http.Header) { h.Set("Expect", "100-continue") }),
		withHeader("Expect: magic", func(h http.Header) { h.Set("Expect", "magic") }),
		withHeader("large header", func(h http.Header) { h.Set("X-A", strings.Repeat("x", 60<<10)) }),
		withHeader("huge header", func(h http.Header) { h.Set("X-A", strings.Repeat("x", 80<<10)) }),
	}
}

func bodies() []exchange {
	var all []exchange
	large := strings.Repeat("x", 1<<20)
	for name, body := range map[string]func() io.Reader{
		"none":                     func() io.Reader { return nil },
		"NoBody":                   func() io.Reader { return http.NoBody },
		"empty":                    func() io.Reader { return strings.NewReader("") },
		"empty of unknown length":  func() io.Reader { return io.MultiReader() },
		"of unknown length":        func() io.Reader { return io.MultiReader(strings.NewReader("a body")) },
		"slow":                     func() io.Reader { return slowly("a body") },
		"large":                    func() io.Reader { return strings.NewReader(large) },
		"large of unknown length":  func() io.Reader { return io.MultiReader(strings.NewReader(large)) },
		"fails":                    func() io.Reader { return failing("a bo") },
		"fails with nothing given": func() io.Reader { return errorReader{} },
	} {
		sending := func(method string) func(c *client) *http.Request {
			return func(c *client) *http.Request { return c.request(method, "/v1/a", body()) }
		}
		all = append(all, plain("body "+name, sending("PUT")))
		if !strings.HasPrefix(name, "fails") {
			all = append(all, plain("GET with a body "+name, sending("GET")))
		}
	}
	return append(all,
		changed("body of a length too short", func(req *http.Request) { req.ContentLength = 10_000 }),
		changed("body of a length too long", func(req *http.Request) { req.ContentLength = 3 }),
		changed("length without a body", func(req *http.Request) { req.Body = nil }),
		exchange{"body is closed", func(c *client) string {
			var seen []string
			for _, text := range []string{"a body", ""} {
				for _, scheme := range []string{"http", "ftp"} {
					b := &closable{Reader: strings.NewReader(text)}
					req := c.request("PUT", "/v1/a", b)
					req.URL.Scheme = scheme
					c.sees(req)
					seen = append(seen, fmt.Sprint(b.closed.Load()))
				}
			}
			return strings.Join(seen, " ")
		}})
}

func responses() []exchange {
	var all []exchange
	for _, method := range []string{"GET", "HEAD"} {
		for _, path := range []string{
			"/nothing", "/long", "/declared", "/edge", "/beyond", "/late", "/twice", "/close", "/values", "/abort",
			"/panic",
			"/status/200", "/status/204", "/status/299", "/status/304", "/status/302", "/status/404", "/status/503",
		} {
			all = append(all,
				plain(method+" "+path, func(c *client) *http.Request { return c.request(method, path, nil) }))
		}
	}
	return all
}

func cancellations() []exchange {
	return []exchange{{"cancelled before", func(c *client) string {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		return c.sees(c.request("GET", "/", nil).WithContext(ctx))
	}}, {"cancelled with a cause", func(c *client) string {
		ctx, cancel := context.WithCancelCause(context.Background())
		cancel(errOfBody)
		return c.sees(c.request("GET", "/", nil).WithContext(ctx))
	}}, {"cancelled in mid-upload", func(c *client) string {
		ctx, cancel := context.WithCancel(context.Background())
		r, w := io.Pipe()
		go func() {
			io.WriteString(w, "a bo")
			cancel()
			w.CloseWithError(errOfBody) // net/http may wait for this
		}()
		return c.sees(c.request("PUT", "/", r).WithContext(ctx))
	}}, {"cancelled while reading", func(c *client) string {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		res, err := c.Do(c.request("GET", "/", nil).WithContext(ctx))
		if err != nil {
			return errorText(err)
		}
		defer res.Body.Close()
		cancel()
		return responseSeen(res)
	}}, {"closed early", func(c *client) string {
		res, err := c.Do(c.request("GET", "/", nil))
		if err != nil {
			return errorText(err)
		}
		res.Body.Close()
		return responseSeen(res)
	}}}
}

func misuses() []exchange {
	return []exchange{{"nil URL", func(c *client) string {
		return c.sees(&http.Request{Header: http.Header{}})
	}}, {"nil Header", func(c *client) string {
		req := c.request("GET", "/", nil)
		req.Header = nil
		return c.sees(req)
	}}}
}

func TestTransportIsLikeASocket(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, each := range exchanges() {
		if used[each.name] {
			t.Fatalf("two exchanges are called %q", each.name)
		}
		used[each.name] = true
		t.Run(each.name, func(t *testing.T) {
			t.Parallel()
			h := &observer{}
			over := httptest.NewUnstartedServer(h)
			over.Config.MaxHeaderBytes, over.Config.DisableGeneralOptionsHandler = 64<<10, true
			over.Config.ErrorLog = log.New(io.Discard, "", 0)
			over.Start()
			defer over.Close()
			within := Over(h)
			within.MaxHeaderBytes = 64 << 10
			talk := func(transport http.RoundTripper) string {
				return each.send(&client{&http.Client{Transport: transport}, over.URL}) + "\n\nthe handler:\n" + h.all()
			}
			inProcess, onSocket := talk(within), talk(&http.Transport{DisableKeepAlives: false})
			if _, differ := differences[each.name]; !differ && inProcess != onSocket {
				t.Errorf("in process:\n%s\non a socket:\n%s", inProcess, onSocket)
			}
		})
	}
	for name := range differences {
		if !used[name] {
			t.Errorf("the table of differences has %q, which is no exchange", name)
		}
	}
}
