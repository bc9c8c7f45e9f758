package server_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
)

const graph = "https://graph.microsoft.com"

// send makes a request with a body through the in-process client.
func send(t testing.TB, s *server.Server, method, path string, body io.Reader, header ...string) (*http.Response,
	[]byte) {
	t.Helper()
	req, err := http.NewRequest(method, graph+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer opaque")
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, answer
}

func TestExactlyOneCreationPerItemUnderConcurrency(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	const goroutines, ids = 64, 20
	var created [ids + goroutines]atomic.Int32
	var others atomic.Int32
	var wg sync.WaitGroup
	put := func(id int) {
		switch res, _ := send(t, s, "PUT", seedPath+guidOf(uint64(id)), strings.NewReader(seedBody)); res.StatusCode {
		case 201:
			created[id].Add(1)
		case 200:
		default:
			others.Add(1)
		}
	}
	for g := range goroutines {
		wg.Go(func() {
			for id := range ids {
				put(id) // the same for all
			}
			put(ids + g) // its own
			send(t, s, "GET", "/v1.0/me/activities", nil)
		})
	}
	wg.Wait()
	for id := range created {
		if n := created[id].Load(); n != 1 {
			t.Errorf("item %d was created %d times", id, n)
		}
	}
	if n := others.Load(); n > 0 {
		t.Errorf("%d answers were neither 201 nor 200", n)
	}
}

func TestPackedBodiesAreRead(t *testing.T) {
	t.Parallel()
	pack := func(w io.WriteCloser, b *bytes.Buffer, text string) io.Reader {
		io.WriteString(w, text)
		w.Close()
		return b
	}
	gz := func(text string) io.Reader { var b bytes.Buffer; return pack(gzip.NewWriter(&b), &b, text) }
	deflate := func(text string) io.Reader { var b bytes.Buffer; return pack(zlib.NewWriter(&b), &b, text) }
	emptyMember, _ := io.ReadAll(gz(""))
	emptyBlock := []byte{0, 0, 0, 0xff, 0xff} // is not the last, is stored, has no bytes
	huge := `{"startedDateTime": "2015-02-11T20:54:04Z", "userTimezone": "` + strings.Repeat("x", 5<<20) + `"}`

	for name, test := range map[string]struct {
		coding string
		body   io.Reader
		status int
		rule   string
	}{
		"gzip":                 {"gzip", gz(seedBody), 201, ""},
		"gzip in capitals":     {"GZIP", gz(seedBody), 201, ""},
		"deflate":              {"deflate", deflate(seedBody), 201, ""},
		"identity":             {"identity", strings.NewReader(seedBody), 201, ""},
		"two codings":          {"gzip, gzip", gz(seedBody), 415, "content-encoding-unknown"},
		"larger than it looks": {"gzip", gz(huge), 413, "body-too-large"},
		"plain and too large":  {"", strings.NewReader(huge), 413, "body-too-large"},
		"members without end":  {"gzip", &endless{part: emptyMember}, 413, "body-too-large"},
		"blocks without end": {"deflate", io.MultiReader(strings.NewReader("\x78\x9c"), &endless{part: emptyBlock}), 413,
			"body-too-large"},
		"gzip cut short":              {"gzip", io.LimitReader(gz(seedBody), 40), 400, "content-encoding-broken"},
		"invalid UTF-8":               {"", strings.NewReader("{\"userTimezone\": \"\xff\"}"), 400, "body-utf8"},
		"invalid UTF-8 outside":       {"", strings.NewReader("\xff\xfe{}"), 400, "body-utf8"},
		"without Content-Length":      {"", io.MultiReader(strings.NewReader(seedBody)), 201, ""},
		"gzip without Content-Length": {"gzip", io.MultiReader(gz(seedBody)), 201, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, server.Config{})
			res, answer := send(t, s, "PUT", seedPath+seedItem, test.body, "Content-Encoding", test.coding)
			if res.StatusCode != test.status {
				t.Errorf("status %d, want %d: %s", res.StatusCode, test.status, answer)
			}
			if rule, _, _ := strings.Cut(res.Header.Get("Graphmock-Violation"), ";"); rule != test.rule {
				t.Errorf("rule %q, want %q", rule, test.rule)
			}
		})
	}
}

// endless is a body that says the same again and again.
type endless struct {
	part []byte
	at   int
}

func (e *endless) Read(p []byte) (n int, err error) {
	for n < len(p) {
		written := copy(p[n:], e.part[e.at:])
		n, e.at = n+written, (e.at+written)%len(e.part)
	}
	return n, nil
}

func TestAnUploadThatBreaksOffIsNoViolation(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	origin, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	head := "PUT " + seedPath + seedItem + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\n" +
		"Content-Type: application/json\r\n"
	for _, sent := range []string{
		head + "Content-Length: 100\r\n\r\n{",
		head + "Transfer-Encoding: chunked\r\n\r\n5\r\n{",
		head + "Content-Length: 100\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b",
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(origin, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, sent)
		conn.(*net.TCPConn).CloseWrite() // who only stops to write can still read
		answer, _ := io.ReadAll(conn)
		if !bytes.HasPrefix(answer, []byte("HTTP/1.1 400 ")) || bytes.Contains(answer, []byte("Graphmock-Violation")) {
			t.Errorf("got %s", answer)
		}
		conn.Close()
	}
	req, err := http.NewRequest("PUT", "https://graph.microsoft.com"+seedPath+seedItem,
		io.MultiReader(strings.NewReader("{"), iotest.ErrReader(errors.New("the disk is gone"))))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Client().Do(req); err == nil || !strings.Contains(err.Error(), "the disk is gone") {
		t.Errorf("in process: error %v", err)
	}
	all, err := s.Requests("")
	if err != nil || len(all) != 4 {
		t.Fatalf("%d exchanges, error %v", len(all), err)
	}
	for i, e := range all {
		if !e.BrokenOff || len(e.Violations) > 0 {
			t.Errorf("exchange %d: broken off: %v, violations %v", i, e.BrokenOff, e.Violations)
		}
	}
	if v := s.Verdict(); !v.Clean {
		t.Errorf("violations %v", v.Violations)
	}
}

func TestChunksThatAreNoneAreAViolation(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	origin, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(origin, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "PUT %s%s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\nContent-Type: "+
		"application/json\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", seedPath, seedItem)
	answer, _ := io.ReadAll(conn)
	if !bytes.HasPrefix(answer, []byte("HTTP/1.1 400 ")) || !bytes.Contains(answer, []byte("body-syntax")) {
		t.Errorf("got %s", answer)
	}
}

func TestJournalHoldsNoCredentials(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t"
	var observed []server.Exchange
	s := newServer(t, server.Config{Observe: func(e server.Exchange) { observed = append(observed, e) }})
	send(t, s, "PUT", seedPath+seedItem+"?access_token="+secret+"&%61ccess_%74oken="+secret+"&client_secret="+secret+
		"&code="+secret+"&$skiptoken=1&$deltatoken=3&x=2", strings.NewReader(seedBody),
		"Authorization", "Bearer "+secret, "Cookie", secret, "Proxy-Authorization", secret)
	send(t, s, "PUT", seedPath+seedItem, strings.NewReader(seedBody), "Authorization", secret)
	send(t, s, "PUT", seedPath+seedItem, strings.NewReader(seedBody), "Authorization", "Bearer a."+secret+".c")
	sendBatch(t, s, `{"id": "1", "method": "GET", "url": "/me/activities?access_token=`+secret+
		`", "headers": {"authorization": "Bearer `+secret+`", "COOKIE": "`+secret+`"}}`)
	send(t, s, "POST", "/v1.0/$batch",
		strings.NewReader(`{"requests": [{"url": "?token=`+secret+`", "headers": {"Authorization": "`+secret+`"}}]}`))
	all, err := s.Requests("")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range append(all, observed...) {
		if strings.Contains(string(e.Body), secret) {
			t.Errorf("the journal holds the secret in the body %s", e.Body)
		}
		if text := fmt.Sprintf("%+v", e); strings.Contains(text, secret) {
			t.Errorf("the journal holds the secret: %s", text)
		}
	}
	if got, want := all[0].Query, "access_token=REDACTED&%61ccess_%74oken=REDACTED&client_secret=REDACTED&"+
		"code=REDACTED&$skiptoken=1&$deltatoken=3&x=2"; got != want {
		t.Errorf("query %q, want %q", got, want)
	}
}

func TestRequestsFindsExchangesByPattern(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	send(t, s, "PUT", seedPath+seedItem, strings.NewReader(seedBody))
	send(t, s, "GET", "/v1.0/me/activities", nil)
	send(t, s, "PUT", seedPath+"2", strings.NewReader(seedBody))
	got, err := s.Requests("PUT /me/activities/{a}/historyItems/{b}")
	if err != nil || len(got) != 2 {
		t.Fatalf("%d exchanges, error %v; want 2", len(got), err)
	}
	e := got[0]
	if e.Operation != "me.activities.PutHistoryItem" || e.Method != "PUT" || e.Path != seedPath+seedItem ||
		e.Status != 201 ||
		string(e.Body) != seedBody || !e.At.Equal(now) || len(e.Violations) != 0 {
		t.Errorf("got %+v", e)
	}
	if len(got[1].Violations) != 1 || got[1].Violations[0].Pointer != "item-id" {
		t.Errorf("violations of the second: %v", got[1].Violations)
	}
	_, err = s.Requests("PUT /me/activities/{a}/historyItem/{b}")
	if err == nil ||
		!strings.Contains(err.Error(), `nearest is "PUT /me/activities/{activity-id}/historyItems/{item-id}"`) {
		t.Errorf("error %v does not name the nearest operation", err)
	}
}

func TestJournalIsBoundedAndKeepsViolations(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Journal: 3})
	send(t, s, "GET", "/v1.0/nothing", nil)
	for range 5 {
		send(t, s, "GET", "/v1.0/me/activities", nil)
	}
	all, _ := s.Requests("")
	var ids []int64
	for _, e := range all {
		ids = append(ids, e.ID)
	}
	if !slices.Equal(ids, []int64{4, 5, 6}) {
		t.Errorf("kept %v, want the last three in order", ids)
	}
	if v := s.Violating(); len(v) != 1 || v[0].ID != 1 {
		t.Errorf("violating %v, want the first", v)
	}
}

func TestEqualSeedsGiveEqualBytes(t *testing.T) {
	t.Parallel()
	play := func(seed uint64) string {
		s := newServer(t, server.Config{Now: now, Seed: seed})
		var b strings.Builder
		for _, path := range []string{seedPath + seedItem, seedPath + seedItem, "/v1.0/me/activities/x",
			"/v1.0/nothing"} {
			res, answer := send(t, s, "PUT", path, strings.NewReader(seedBody))
			fmt.Fprintln(&b, res.Status, res.Header, string(answer))
		}
		return b.String()
	}
	if first, second := play(7), play(7); first != second {
		t.Errorf("the same seed gave\n%s\nand\n%s", first, second)
	}
	if play(7) == play(8) {
		t.Error("another seed gave the same ids")
	}
}

func TestBareTenantHasNoActivities(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Fixtures: fixtures.Empty()})
	if res, _ := send(t, s, "PUT", seedPath+seedItem, strings.NewReader(seedBody)); res.StatusCode != 404 {
		t.Errorf("status %d, want 404", res.StatusCode)
	}
	res, answer := send(t, s, "GET", "/v1.0/me/activities", nil)
	if res.StatusCode != 200 || !bytes.Contains(answer, []byte(`"value":[]`)) {
		t.Errorf("%d %s", res.StatusCode, answer)
	}
}

func TestContextIsOnTheHostThatTheClientUsed(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	origin, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for client, base := range map[*http.Client]string{c: origin, s.Client(): "https://graph.microsoft.us"} {
		req, _ := http.NewRequest("GET", base+"/beta/me/activities", nil)
		req.Header.Set("Authorization", "Bearer x")
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var list struct {
			Context string `json:"@odata.context"`
		}
		err = json.NewDecoder(res.Body).Decode(&list)
		res.Body.Close()
		if want := base + "/beta/$metadata#Collection(userActivity)"; err != nil || list.Context != want {
			t.Errorf("context %q, error %v; want %q", list.Context, err, want)
		}
	}
}

func TestContextHasTheSchemeThatAProxyTells(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	for _, header := range [][2]string{
		{"X-Forwarded-Proto", "https"}, {"X-Forwarded-Protocol", "https"}, {"X-Forwarded-Ssl", "on"},
		{"X-Url-Scheme", "https"},
	} {
		req := httptest.NewRequest("GET", "/v1.0/me/activities", nil)
		req.Header = http.Header{"Authorization": {"Bearer opaque"}, header[0]: {header[1]}}
		req.RemoteAddr = "127.0.0.1:41233"
		w := httptest.NewRecorder()
		s.ServeHTTP(w, req)
		if want := `"@odata.context":"https://example.com/v1.0/`; !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %s, without %s", header[0], w.Body, want)
		}
	}
}

func TestTransportReachesGraphAndEntraOnly(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	origin, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	for url, ok := range map[string]bool{
		"https://graph.microsoft.com/v1.0/me/activities":           true,
		"https://GRAPH.microsoft.com:443/v1.0/me/activities":       true,
		"https://microsoftgraph.chinacloudapi.cn/beta/me":          true,
		origin + "/v1.0/me/activities":                             true,
		"https://login.microsoftonline.com/common/oauth2/v2.0/tok": true,
		"https://graph.microsoft.com.example.com/v1.0/me":          false,
	} {
		res, err := s.Client().Get(url)
		if err == nil {
			res.Body.Close()
		}
		if (err == nil) != ok {
			t.Errorf("%s: error %v", url, err)
		}
	}
}

func TestCancelledRequestIsNotServed(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	req, _ := http.NewRequestWithContext(ctx, "PUT", graph+seedPath+seedItem, strings.NewReader(seedBody))
	if _, err := s.Client().Do(req); err == nil || !strings.Contains(err.Error(), context.Canceled.Error()) {
		t.Errorf("error %v, want the context's", err)
	}
	if all, _ := s.Requests(""); len(all) != 0 {
		t.Errorf("the request was served: %v", all)
	}
}

// TestAnswersKeepTheirHeaders has writers that outlive the request, as those of
// http.TimeoutHandler and httptest do: what another request is answered must not
// show in them.
func TestAnswersKeepTheirHeaders(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	answer := func(id string) http.Header {
		req := httptest.NewRequest("GET", "/v1.0/me/activities", nil)
		req.Header.Set("Authorization", "Bearer opaque")
		req.Header.Set("Client-Request-Id", id)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, req)
		return w.Header()
	}
	var answers []http.Header
	for i := range 10 {
		answers = append(answers, answer(guidOf(uint64(i))))
	}
	for i, h := range answers {
		if got := h.Get("Client-Request-Id"); got != guidOf(uint64(i)) {
			t.Errorf("answer %d has client-request-id %s now", i, got)
		}
	}
}

// TestSpellingsOfAHeaderArriveInOrder: net/http sends headers in the order of their
// names as spelled.
func TestSpellingsOfAHeaderArriveInOrder(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	for range 20 {
		req, _ := http.NewRequest("GET", graph+"/v1.0/me/activities", nil)
		req.Header = http.Header{"Authorization": {"Bearer x"}, "client-request-id": {"b"},
			"CLIENT-REQUEST-ID": {" a", ""}, "Client-Request-Id": {}}
		res, err := s.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := res.Header.Get("Client-Request-Id"); got != "a" {
			t.Fatalf("the first client-request-id is %s", got)
		}
	}
}

func TestConfigurationIsChecked(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]server.Config{
		`"some" is not off, bearer or strict`: {Auth: "some"},
		`"some" is not off or documented`:     {Throttle: "some"},
		"-1 is below zero":                    {Journal: -1},
	} {
		if _, err := server.New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// TestTooLargeBodyMayBeSentToItsEnd is for clients that look for the answer only
// when all is sent.
func TestTooLargeBodyMayBeSentToItsEnd(t *testing.T) {
	t.Parallel()
	conn := dial(t, newServer(t, server.Config{}))
	const size = 12 << 20
	fmt.Fprintf(conn, "PUT %s%s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n", seedPath, seedItem, size)
	if _, err := conn.Write(make([]byte, size)); err != nil {
		t.Errorf("the connection was closed before: %v", err)
	}
	if answer, _ := io.ReadAll(conn); !bytes.HasPrefix(answer, []byte("HTTP/1.1 413 ")) {
		t.Errorf("got %s", answer)
	}
}

func TestClientOfHTTP10NeedNotNameTheHost(t *testing.T) {
	t.Parallel()
	conn := dial(t, newServer(t, server.Config{}))
	fmt.Fprint(conn, "GET /v1.0/me/activities HTTP/1.0\r\nAuthorization: Bearer x\r\n\r\n")
	answer, _ := io.ReadAll(conn)
	context := `{"@odata.context":"http://` + conn.RemoteAddr().String() + `/v1.0/$metadata`
	if !bytes.HasPrefix(answer, []byte("HTTP/1.0 200 OK\r\n")) || !bytes.Contains(answer, []byte(context)) {
		t.Errorf("got %s", answer)
	}
}

func dial(t *testing.T, s *server.Server) net.Conn {
	t.Helper()
	origin, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(origin, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestRuleOfAScriptIsItsPattern(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	if err := s.Script(upsertPattern, scenarios.Throttle(time.Second)); err != nil {
		t.Fatal(err)
	}
	send(t, s, "PUT", seedPath+seedItem, strings.NewReader(seedBody))
	if all, _ := s.Requests(""); all[0].Rule != upsertPattern {
		t.Errorf("rule %q", all[0].Rule)
	}
}

func TestFixturesMadeInGoAreErrorsIfTheyAreNoJSON(t *testing.T) {
	t.Parallel()
	owned := fixtures.Activity{User: "user@contoso.com", App: "7b2f6f0c-3d1e-4c5a-9a8e-5f7c1d2e3b4a",
		Properties: map[string]any{"id": "1", "appActivityId": "/a", "visualElements": map[string]any{"x": []any{1}}}}
	for want, d := range map[string]*fixtures.Document{
		"there is no fixtures document": nil,
		"activity 1: visualElements: 1 is of type int; values are those of encoding/json, with json.Number": {
			Users: fixtures.Contoso().Users, Apps: fixtures.Contoso().Apps, Activities: []fixtures.Activity{owned}},
	} {
		s := newServer(t, server.Config{})
		for _, err := range []error{s.Seed(d), s.SetState(d)} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %s", err, want)
			}
		}
		if n := len(s.State().Activities); n != 1 {
			t.Errorf("%d activities", n)
		}
	}
}

// A request over a connection that has neither a body nor a length is refused, as by Graph's front end.
// In process nobody can tell.
func TestBodiesThatAreMissingHaveALength(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	h := httptest.NewServer(s)
	defer h.Close()
	for _, tt := range []struct {
		method, length string
		status         int
	}{{"POST", "", 411}, {"PATCH", "", 411}, {"POST", "Content-Length: 0\r\n", 200}, {"GET", "", 404}, {"DELETE", "", 404}} {
		conn, err := net.Dial("tcp", h.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		path := "/v1.0/me/events/AAMkAGEvent01=/dismissReminder"
		if tt.method == "GET" || tt.method == "DELETE" {
			path = "/v1.0/me/messages/nothing"
		}
		fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: graph.microsoft.com\r\nAuthorization: Bearer x\r\n%s\r\n", tt.method, path, tt.length)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		conn.Close()
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != tt.status && !(tt.status == 404 && res.StatusCode == 400) { // of ids that are none
			t.Errorf("%s %s: %s, want %d", tt.method, tt.length, res.Status, tt.status)
		}
	}
	if res, _ := send(t, s, "POST", "/v1.0/me/events/AAMkAGEvent01=/dismissReminder", nil); res.StatusCode != 200 {
		t.Errorf("in process: %s", res.Status)
	}
}
