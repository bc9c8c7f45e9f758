package server_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
)

// differences are the exchanges in which a client in process sees something else
// than over a socket, each with the reason. All others have to be equal, header
// for header and byte for byte. What needs no server is in package inprocess.
var differences = map[string]string{
	"method CONNECT": "net/http sends the host in place of the path; in process there is no proxy to " +
		"connect to",
	"body fails": "over the socket the server sees the beginning of a request and answers to " +
		"nobody; in process the journal has only whole requests",
	"body fails with nothing given": "likewise",
	"cancelled in mid-upload":       "likewise; and net/http may tell the error of the body instead",
	"server closed": "a socket refuses the connection; in process the error says that the server is " +
		"closed",
	"control health": "net/http's server adds a Date by its own clock; in process there is only what the handler says",
	"control none":   "likewise",
}

// A conversation is what a client does with a server, once in process and once
// over a socket.
type conversation struct {
	name   string
	script []scenarios.Response // of the upsert
	send   func(c *client) string
	leaves bool // the client is gone before the exchange can be in the socket's journal
}

// client sends requests and tells what it sees.
type client struct {
	*http.Client
	server *server.Server
	origin string
}

func (c *client) request(method, target string, body io.Reader) *http.Request {
	req, err := http.NewRequest(method, c.origin+target, body)
	if err != nil {
		panic(err)
	}
	req.Header.Set("Authorization", "Bearer x")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req
}

func (c *client) upsert(body io.Reader) *http.Request {
	return c.request("PUT", seedPath+seedItem, body)
}

// sees sends a request and tells all that there is to see of the answer.
func (c *client) sees(req *http.Request) string {
	res, err := c.Do(req)
	if err != nil {
		return "error: " + errorText(err)
	}
	defer res.Body.Close()
	return answerSeen(res)
}

func answerSeen(res *http.Response) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s length %d %v close %v\n", res.Proto, res.Status, res.ContentLength,
		res.TransferEncoding, res.Close)
	for _, name := range slices.Sorted(maps.Keys(res.Header)) {
		fmt.Fprintf(&b, "%s: %q\n", name, res.Header[name])
	}
	body, err := io.ReadAll(res.Body)
	fmt.Fprintf(&b, "%s\n", body)
	if err != nil {
		b.WriteString("body: " + errorText(err))
	}
	return b.String()
}

// errorText is what code can tell of an error: what it is, and the words where
// they are net/http's own.
func errorText(err error) string {
	var slow interface{ Timeout() bool }
	timeout := errors.As(err, &slow) && slow.Timeout()
	for _, known := range []error{context.Canceled, context.DeadlineExceeded, syscall.ECONNRESET, io.ErrUnexpectedEOF,
		io.EOF, errOfBody} {
		if errors.Is(err, known) {
			return fmt.Sprintf("%v, timeout %v", known, timeout)
		}
	}
	var inURL *url.Error
	if errors.As(err, &inURL) {
		err = inURL.Err
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

// journalSeen is what the journal has, which has to be the same as well.
func journalSeen(s *server.Server) string {
	all, err := s.Requests("")
	if err != nil {
		panic(err)
	}
	var b strings.Builder
	for _, e := range all {
		fmt.Fprintf(&b, "%d %s %s ?%s %d %s %q %v\n", e.ID, e.Method, e.Path, e.Query, e.Status, e.Operation, e.Body,
			e.Violations)
		for _, name := range slices.Sorted(maps.Keys(e.Header)) {
			fmt.Fprintf(&b, "\t%s: %q\n", name, e.Header[name])
		}
	}
	return b.String()
}

func plain(name string, make func(c *client) *http.Request) conversation {
	return conversation{name: name, send: func(c *client) string { return c.sees(make(c)) }}
}

// header is an upsert whose header was changed.
func header(name string, change func(http.Header)) conversation {
	return plain(name, func(c *client) *http.Request {
		req := c.upsert(strings.NewReader(seedBody))
		change(req.Header)
		return req
	})
}

func scripted(name string, a scenarios.Response) conversation {
	return conversation{name: name, script: []scenarios.Response{a}, send: func(c *client) string {
		return c.sees(c.upsert(strings.NewReader(seedBody)))
	}}
}

// timely gives a request a time in which its answer must have come.
func timely(name string, limit time.Duration, a scenarios.Response) conversation {
	return conversation{name: name, leaves: true, script: []scenarios.Response{a}, send: func(c *client) string {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		return errorSeen(c.sees(c.upsert(strings.NewReader(seedBody)).WithContext(ctx)))
	}}
}

// errorSeen is the error alone, where it is a matter of luck how much came before.
func errorSeen(seen string) string {
	_, text, _ := strings.Cut(seen[strings.LastIndex(seen, "\n")+1:], ": ")
	return text
}

func conversations() []conversation {
	var all []conversation
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT",
		"BREW", "put", ""} {
		all = append(all, plain("method "+method, func(c *client) *http.Request {
			req := c.request("GET", "/v1.0/me/activities", nil)
			req.Method = method
			return req
		}))
	}
	for _, target := range []string{
		"", "/", "/v1.0", "/v1.0/", "/v1.0/me/activities/", "/v1.0//me/activities", "/v1.0/me/../me/activities",
		"/V1.0/ME/Activities",
		"/beta/me/activities", "/v1.0/me/activities#fragment", "/v1.0/me/activities?",
		"/v1.0/me/activities?%24top=5&$top=5",
		"/v1.0/me/activities?%24expand=historyItems", "/v1.0/me/activities/recent%28%29",
		"/v1.0/me/activities/recent()",
		"/v1.0/me/activities?$filter=a eq b", "/v1.0/me/activities/a%2Fb/historyItems/c",
		"/v1.0/me/activities/%E2%82%AC", "/v1.0/me/%25zz",
		"/v1.0/users/user%40contoso.com/activities", "/v1.0/me/activities/" + strings.Repeat("x", 2000),
		"/v1.0/" + strings.Repeat("a/", 100),
		"/v1.0/me/activities?" + strings.Repeat("x", 80<<10), // too large for net/http's server
	} {
		name := "target " + target
		all = append(all, conversation{name: name[:min(len(name), 60)], send: func(c *client) string {
			req, err := http.NewRequest("GET", c.origin+target, nil)
			if err != nil {
				return err.Error()
			}
			req.Header.Set("Authorization", "Bearer x")
			return c.sees(req)
		}})
	}
	all = append(all, plain("another Host", func(c *client) *http.Request {
		req := c.request("GET", "/v1.0/me/activities", nil)
		req.Host = "graph.microsoft.com"
		return req
	}), plain("control health", func(c *client) *http.Request { return c.request("GET", "/_graphmock/health", nil) }),
		plain("control none", func(c *client) *http.Request { return c.request("GET", "/_graphmock/none", nil) }))

	all = append(all,
		header("lower-case names", func(h http.Header) {
			h["client-request-id"] = []string{" 7a3b "}
			h["content-type"], h["Content-Type"] = h["Content-Type"], nil
		}),
		header("Expect: 100-continue", func(h http.Header) { h.Set("Expect", "100-continue") }),
		header("huge header", func(h http.Header) { h.Set("X-A", strings.Repeat("x", 80<<10)) }),
		header("what an SDK sends", func(h http.Header) {
			h.Set("SdkVersion", "graph-go/1.0 (featureUsage=0; hostOS=linux)")
			h.Set("Client-Request-Id", "b2a9e1b0-0000-4000-8000-000000000001")
			h.Set("Retry-Attempt", "1")
			h.Set("User-Agent", "kiota-go/1.0")
		}),
	)

	huge := `{"startedDateTime": "2015-02-11T20:54:04Z", "userTimezone": "` + strings.Repeat("x", 5<<20) + `"}`
	for name, body := range map[string]func() io.Reader{
		"empty":                   func() io.Reader { return strings.NewReader("") },
		"empty of unknown length": func() io.Reader { return io.MultiReader() },
		"whole":                   func() io.Reader { return strings.NewReader(seedBody) },
		"of unknown length":       func() io.Reader { return io.MultiReader(strings.NewReader(seedBody)) },
		"slow":                    func() io.Reader { return slowly(seedBody) },
		"broken JSON":             func() io.Reader { return strings.NewReader(seedBody[:40]) },
		"large": func() io.Reader {
			return strings.NewReader(seedBody + strings.Repeat(" ", 1<<20))
		},
		"large of unknown length": func() io.Reader {
			return io.MultiReader(strings.NewReader(seedBody + strings.Repeat(" ", 1<<20)))
		},
		"too large":                func() io.Reader { return strings.NewReader(huge) },
		"fails":                    func() io.Reader { return failing(seedBody[:40]) },
		"fails with nothing given": func() io.Reader { return errorReader{} },
	} {
		all = append(all, plain("body "+name, func(c *client) *http.Request { return c.upsert(body()) }))
	}
	all = append(all, plain("GET with an empty body of unknown length", func(c *client) *http.Request {
		return c.request("GET", "/v1.0/me/activities", io.MultiReader())
	}), plain("DELETE with a body", func(c *client) *http.Request {
		return c.request("DELETE", seedPath+seedItem, strings.NewReader("{}"))
	}), plain("gzip body of unknown length", func(c *client) *http.Request {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		io.WriteString(z, seedBody)
		z.Close()
		req := c.upsert(io.MultiReader(&b))
		req.Header.Set("Content-Encoding", "gzip")
		return req
	}))

	long := map[string]any{"value": []any{strings.Repeat("x", 3000)}}
	all = append(all,
		scripted("throttled", scenarios.Throttle(2*time.Second)),
		scripted("answer without a body", scenarios.Reply(202, nil).OffContract()),
		scripted("unknown status", scenarios.Reply(299, map[string]any{}).OffContract()),
		scripted("not modified", scenarios.Reply(304, nil).OffContract()),
		scripted("no content", scenarios.Reply(204, nil).OffContract()),
		scripted("long answer", scenarios.Reply(200, long).OffContract()),
		scripted("long answer that drips off",
			scenarios.Reply(200,
				map[string]any{"v": strings.Repeat("x", 100)}).OffContract().Then(scenarios.FaultDrip)),
		scripted("long answer that breaks off", scenarios.Reply(200, long).OffContract().Then(scenarios.FaultTruncate)),
		scripted("delayed", scenarios.Delay(time.Millisecond)),
		timely("deadline in a delay", 20*time.Millisecond, scenarios.Delay(time.Minute)),
		timely("deadline in a hang", 20*time.Millisecond, scenarios.Break(scenarios.FaultHang)),
		timely("deadline while the answer drips", 70*time.Millisecond,
			scenarios.Reply(200, long).OffContract().Then(scenarios.FaultDrip)),
	)
	for size := 2047; size <= 2050; size++ { // net/http measures an answer up to 2048 bytes
		text := strings.Repeat("x", size-len(`{"v":""}`))
		all = append(all,
			scripted(fmt.Sprintf("answer of %d bytes", size),
				scenarios.Reply(200, map[string]any{"v": text}).OffContract()))
	}
	for _, fault := range []scenarios.Fault{scenarios.FaultReset, scenarios.FaultEmpty, scenarios.FaultTruncate,
		scenarios.FaultGarbage} {
		all = append(all, scripted("fault "+string(fault), scenarios.Break(fault)),
			scripted("service, then fault "+string(fault), scenarios.Pass.Then(fault)))
	}
	for name, a := range map[string]scenarios.Response{"a delay": scenarios.Delay(time.Minute),
		"a drip": scenarios.Pass.Then(scenarios.FaultDrip)} {
		all = append(all, conversation{name: "Client.Timeout in " + name, leaves: true, script: []scenarios.Response{a},
			send: func(c *client) string {
				c.Timeout = 70 * time.Millisecond
				return errorSeen(c.sees(c.upsert(strings.NewReader(seedBody))))
			}})
	}
	return append(all, conversation{name: "cancelled in mid-upload", send: func(c *client) string {
		ctx, cancel := context.WithCancel(context.Background())
		r, w := io.Pipe()
		go func() {
			io.WriteString(w, seedBody[:10])
			cancel()
			w.CloseWithError(errOfBody) // net/http may wait for this
		}()
		return c.sees(c.upsert(r).WithContext(ctx))
	}}, conversation{name: "closed early while it drips",
		script: []scenarios.Response{scenarios.Pass.Then(scenarios.FaultDrip)}, send: func(c *client) string {
			res, err := c.Do(c.upsert(strings.NewReader(seedBody)))
			if err != nil {
				return errorText(err)
			}
			io.ReadFull(res.Body, make([]byte, 20))
			res.Body.Close()
			return answerSeen(res)
		}}, conversation{name: "redirect that is not followed",
		script: []scenarios.Response{scenarios.Reply(302, nil).OffContract()}, send: func(c *client) string {
			res, err := c.Transport.RoundTrip(c.upsert(strings.NewReader(seedBody)))
			if err != nil {
				return errorText(err)
			}
			return answerSeen(res)
		}}, conversation{name: "server closed", send: func(c *client) string {
		c.server.Close()
		return c.sees(c.upsert(strings.NewReader(seedBody)))
	}})
}

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

func TestTransportIsLikeASocket(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, each := range conversations() {
		used[each.name] = true
		t.Run(each.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, server.Config{Now: now})
			origin, err := s.Listen("")
			if err != nil {
				t.Fatal(err)
			}
			if each.script != nil {
				if err := s.Script(upsertPattern, each.script...); err != nil {
					t.Fatal(err)
				}
			}
			talk := func(transport http.RoundTripper) string {
				c := &client{&http.Client{Transport: transport}, s, origin}
				seen := each.send(c)
				if !each.leaves {
					seen += "\n\n" + journalSeen(s)
				}
				return strings.ReplaceAll(seen, strings.TrimPrefix(origin, "http://"), "ORIGIN")
			}
			inProcess := talk(s.Transport())
			if each.name != "server closed" {
				if err := s.Reset(); err != nil {
					t.Fatal(err)
				}
			}
			dialer := &net.Dialer{}
			socket := &http.Transport{DialContext: dialer.DialContext}
			defer socket.CloseIdleConnections()
			onSocket := talk(socket)
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

func TestCancelledUploadEndsAtOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	go func() {
		io.WriteString(w, seedBody[:10]) // is read, and there comes no more
		cancel()
	}()
	req, _ := http.NewRequestWithContext(ctx, "PUT", graph+seedPath+seedItem, r)
	if _, err := s.Client().Do(req); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
	if _, err := w.Write(nil); err != io.ErrClosedPipe {
		t.Errorf("the body is not closed: %v", err)
	}
	if all, _ := s.Requests(""); len(all) != 1 || !all[0].BrokenOff || len(all[0].Violations) > 0 {
		t.Errorf("the journal has %v, want one request that was broken off", all)
	}
}

func TestRequestIsTheCallersAgainAfterItsAnswer(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	if err := s.Script(upsertPattern, scenarios.Throttle(0), scenarios.Pass); err != nil {
		t.Fatal(err)
	}
	lower := strings.ToLower("Authorization") // as some clients write it
	header := http.Header{lower: {"Bearer x"}, "Content-Type": {"application/json"}, "X-A": {"1"}}
	for range 2 {
		req, _ := http.NewRequest("PUT", graph+seedPath+seedItem, strings.NewReader(seedBody))
		req.Header = header
		res, err := s.Transport().RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if len(header) != 3 || len(header[lower]) != 1 {
			t.Errorf("the header was changed: %v", header)
		}
		header["X-A"][0], req.URL.Path = "2", "/"
		res.Header.Set("Request-Id", "changed")
	}
	all, _ := s.Requests("")
	if len(all) != 2 || all[0].Header.Get("X-A") != "1" || all[0].Path != seedPath+seedItem ||
		all[0].Header.Get("Authorization") != "REDACTED" {
		t.Errorf("the journal changed with the request: %+v", all)
	}
}
