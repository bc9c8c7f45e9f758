package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server"
)

const (
	control  = "/_graphmock"
	scenario = "version: 1\nname: late\nrules:\n  - id: slow\n    when: { request: GET /me/activities }\n    reply: " +
		"{ throttle: { retryAfter: 3s } }\n"
)

// remoteAddress is a listener's that is not on a loopback address.
var remoteAddress = &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 8080}

// ask sends a request to the control surface as if it came to a socket with that
// local address; events end at once.
func ask(s *server.Server, local net.Addr, method, target, body string, header ...string) *httptest.ResponseRecorder {
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), http.LocalAddrContextKey, local))
	cancel()
	r := httptest.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	r.Host = "localhost:8080"
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		if r.Header.Set(header[i], header[i+1]); header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

var loopback = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}

func TestControlAnswers(t *testing.T) {
	t.Parallel()
	long := strings.Repeat(" ", 1<<20) + "{}"
	for name, test := range map[string]struct {
		method, path, body string
		header             []string
		status             int
		want               string // in the answer or its Allow header
	}{
		"health": {"GET", "/health", "", nil, 200, `"status": "ok"`},
		"reset":  {"POST", "/reset", "", nil, 200, `"now": "2026-01-31T12:00:00.12Z"`},
		"requests": {"GET",
			"/requests?operation=me.ListActivities&status=200&violations=false&after=0&limit=5", "", nil, 200, "[]"},
		"the verdict":  {"GET", "/verdict", "", nil, 200, `"clean": true`},
		"no scenarios": {"GET", "/scenarios", "", nil, 200, "[]"},
		"a scenario": {"POST", "/scenarios", scenario,
			[]string{"Content-Type", "application/yaml; charset=utf-8"}, 200, `"rule": "slow"`},
		"a scenario, as JSON": {"POST", "/scenarios",
			`{"version": 1, "name": "j", "rules": [{"id": "r", "when": {"request": "GET /me/activities"}, "reply": ` +
				`{"throttle": {}}}]}`, nil, 200, `"scenario": "j"`},
		"no scenario":      {"POST", "/scenarios", "", nil, 422, `"problems"`},
		"unknown fixtures": {"POST", "/scenarios", scenario + "fixtures: [fabrikam]\n", nil, 422, `"line": 7`},
		"a file for fixtures": {"POST", "/scenarios", scenario + "fixtures: [control_test.go]\n", nil, 422,
			`line": 7`},
		"a file for a body": {"POST", "/scenarios", strings.Replace(scenario, "{ throttle: { retryAfter: 3s } }",
			"{ status: 200, bodyFile: control_test.go }", 1), nil, 422, "can't name files"},
		"the state": {"GET", "/state", "", nil, 200, `"userPrincipalName": "user@contoso.com"`},
		"an empty state": {"PUT", "/state", "version: 1", []string{"Content-Type", "text/yaml"}, 200,
			`"users": []`},
		"a state off the contract": {"PUT", "/state", `{"version": 1, "activities": [{"user": "a@contoso.com"}]}`, nil,
			422, `"column":`},
		"clock": {"POST", "/clock/advance", `{"by": "1h30m"}`, nil, 200,
			`"now": "2026-01-31T13:30:00.12Z"`},
		"clock, too far": {"POST", "/clock/advance", `{"by": "2000000h"}`, nil, 400, "too far"},
		"events":         {"GET", "/events", "", nil, 200, ""},
		"unknown": {"GET", "/verdicts", "", nil, 404,
			"there are: /_graphmock/health, /_graphmock/reset"},
		"a wrong method":             {"GET", "/reset", "", nil, 405, "POST"},
		"a large state without more": {"PUT", "/state", long, nil, 422, "/version"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, server.Config{Now: now})
			before := encode(t, s.State())
			w := ask(s, loopback, test.method, control+test.path, test.body, test.header...)
			if w.Code != test.status || !strings.Contains(w.Body.String()+w.Header().Get("Allow"), test.want) {
				t.Errorf("got %d %v %s\nwant %d and %s", w.Code, w.Header(), w.Body, test.status, test.want)
			}
			checkControlAnswer(t, w.Result())
			if w.Code >= 400 && encode(t, s.State()) != before {
				t.Error("a refused request changed the state")
			}
			if all, _ := s.Requests(""); len(all) > 0 {
				t.Errorf("the journal has %+v", all)
			}
		})
	}
}

// checkControlAnswer wants what every answer of the control surface has to have.
func checkControlAnswer(t *testing.T, res *http.Response) {
	t.Helper()
	h := res.Header
	if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", h)
	}
	for name := range h {
		if strings.HasPrefix(name, "Access-Control-") {
			t.Errorf("a CORS header: %s", name)
		}
	}
	if h.Get("Content-Type") == "text/event-stream" {
		return
	}
	var v any
	if err := json.NewDecoder(res.Body).Decode(&v); h.Get("Content-Type") != "application/json" || err != nil {
		t.Errorf("%s that is not: %v", h.Get("Content-Type"), err)
	}
	if refused, _ := v.(map[string]any); res.StatusCode >= 400 && refused["error"] == "" {
		t.Errorf("an error without a message: %v", v)
	}
}

func encode(t testing.TB, d *fixtures.Document) string {
	t.Helper()
	text, err := d.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestOpenListenersNeedTheToken walks all routes of a listener on all addresses,
// through a connection that itself is local, as a proxy's is.
func TestOpenListenersNeedTheToken(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	origin, err := s.Listen("0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(origin, "http://"))
	origin = "http://127.0.0.1:" + port
	before := encode(t, s.State())
	routes := append(server.ControlRoutes(), [2]string{"GET", control + "/unknown"},
		[2]string{"DELETE", control + "/state"})
	for _, route := range routes {
		for name, test := range map[string]struct {
			token   string
			allowed bool
		}{"none": {"", false}, "wrong": {"Bearer " + strings.Repeat("0", 64), false},
			"right": {"Bearer " + s.AdminToken(), true}} {
			req, err := http.NewRequestWithContext(t.Context(), route[0], origin+route[1], nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", test.token)
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			if (res.StatusCode != 401) != test.allowed {
				t.Errorf("%v with token %s: %d", route, name, res.StatusCode)
			}
			if !test.allowed {
				checkControlAnswer(t, res)
			}
			res.Body.Close()
		}
	}
	if encode(t, s.State()) != before {
		t.Error("the state changed")
	}
}

func TestReadingControlChangesNothing(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	send(t, s, "PUT", seedPath+seedItem, strings.NewReader(seedBody))
	send(t, s, "PUT", seedPath+"wrong", strings.NewReader(seedBody))
	look := func() string {
		all, err := s.Requests("")
		if err != nil {
			t.Fatal(err)
		}
		for i := range all {
			all[i].Took = 0
		}
		journal, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		_, health := send(t, s, "GET", control+"/health", nil)
		_, played := send(t, s, "GET", control+"/scenarios", nil)
		return encode(t, s.State()) + string(journal) + string(health) + string(played)
	}
	before := look()
	for _, route := range server.ControlRoutes() {
		if route[0] != "GET" {
			continue
		}
		route[1] = strings.Replace(route[1], "{id}", "1", 1)
		for _, body := range []string{"", `{"by": "10m"}`, scenario} {
			if w := ask(s, loopback, "GET", route[1], body, "X-HTTP-Method-Override", "PUT"); w.Code != 200 {
				t.Errorf("%s: %d", route[1], w.Code)
			}
		}
		for _, query := range []string{"?by=10m", "?_method=POST", "?reset=true"} {
			ask(s, loopback, "GET", route[1]+query, "")
		}
		ask(s, loopback, "HEAD", route[1]+"?by=10m", `{"by": "10m"}`)
		for _, method := range []string{"OPTIONS", "TRACE"} {
			if w := ask(s, loopback, method, route[1], ""); w.Code != 405 {
				t.Errorf("%s %s: %d", method, route[1], w.Code)
			}
		}
	}
	for _, route := range server.ControlRoutes() {
		if route[0] != "GET" {
			ask(s, loopback, "GET", route[1]+"?by=10m", `{"by": "10m"}`)
		}
	}
	if after := look(); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

func TestStoredTextIsNeverHTML(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	const html = `<script>alert(1)</script>&`
	send(t, s, "PUT", "/v1.0/me/activities/"+html+"?x="+html,
		strings.NewReader(`{"activitySourceHost": "https://www.contoso.com",
		"activationUrl": "https://www.contoso.com/", "visualElements": {"displayText": "`+html+`"}}`))
	send(t, s, "GET", "/v1.0/me/activities?"+html, nil)
	w := ask(s, loopback, "POST", control+"/scenarios", strings.Replace(scenario, "late", "'"+html+"'", 1))
	if w.Code != 200 && w.Code != 422 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	ask(s, loopback, "POST", control+"/scenarios", scenario+"summary: '"+html+"'\n")
	for _, route := range server.ControlRoutes() {
		if route[0] != "GET" {
			continue
		}
		w := ask(s, loopback, "GET", route[1], "", "Last-Event-ID", "0", "Accept", "text/html")
		if strings.ContainsAny(w.Body.String(), "<>&") {
			t.Errorf("%s: %s", route[1], w.Body)
		}
		checkControlAnswer(t, w.Result())
	}
	for _, path := range []string{"/" + html, "/requests?operation=" + html, "/requests?" + html} {
		r := httptest.NewRequest("GET", "http://localhost/", nil)
		path, query, _ := strings.Cut(path, "?")
		r.URL.Path, r.URL.RawQuery = control+path, query
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); strings.ContainsAny(w.Body.String(), "<>&") || w.Code < 400 {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestControlTellsNoSecrets(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Auth: server.AuthStrict})
	const secret = "cGFzc3dvcmQ"
	for _, authorization := range []string{"Bearer " + secret, "Bearer a." + secret + ".c", secret} {
		send(t, s, "PUT", seedPath+seedItem+"?access_token="+secret, strings.NewReader(seedBody), "Authorization",
			authorization, "Cookie", secret)
	}
	for _, route := range server.ControlRoutes() {
		if route[0] == "GET" {
			w := ask(s, loopback, "GET", route[1], "", "Last-Event-ID", "0", "Authorization", "Bearer "+s.AdminToken())
			if text := w.Body.String(); strings.Contains(text, secret) || strings.Contains(text, s.AdminToken()) {
				t.Errorf("%s: %s", route[1], text)
			}
		}
	}
}

func TestControlWorksInProcess(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	send(t, s, "GET", "/v1.0/me/activities", nil)
	for path, want := range map[string]string{"/health": `"ok"`, "/requests": "ListActivities",
		"/events": "ListActivities"} {
		if res, answer := send(t, s, "GET", control+path, nil); res.StatusCode != 200 ||
			!strings.Contains(string(answer), want) {
			t.Errorf("%s: %d %s", path, res.StatusCode, answer)
		}
	}
}

func TestEventsGoOnAfterTheLastOne(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	for range 3 {
		send(t, s, "GET", "/v1.0/me/activities", nil)
	}
	// there is no 4
	for last, want := range map[string]string{"": "[1 2 3]", "0": "[1 2 3]", "2": "[3]", "3": "[]", "4": "[1 2 3]"} {
		_, text := send(t, s, "GET", control+"/events", nil, "Last-Event-ID", last)
		ids := []string{}
		for line := range strings.Lines(string(text)) {
			if id, ok := strings.CutPrefix(line, "id: "); ok {
				ids = append(ids, strings.TrimSpace(id))
			}
		}
		if got := fmt.Sprint(ids); got != want {
			t.Errorf("after %q: %s, want %s", last, got, want)
		}
	}
}

// TestControlInProcessIgnoresTheSocketAround has a handler of some other server ask
// in process, with the context of a request that came to it by a socket.
func TestControlInProcessIgnoresTheSocketAround(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	ctx := context.WithValue(t.Context(), http.LocalAddrContextKey, remoteAddress)
	req, err := http.NewRequestWithContext(ctx, "GET", graph+control+"/health", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("got %s", res.Status)
	}
}

// FuzzControl sends anything that can be a request.
func FuzzControl(f *testing.F) {
	for _, route := range server.ControlRoutes() {
		f.Add(route[0], route[1], "application/json", "{}")
	}
	f.Add("PUT", control+"/state", "text/yaml", encode(f, fixtures.Contoso()))
	f.Add("POST", control+"/scenarios", "application/yaml", scenario)
	f.Add("POST", control+"/clock/advance", "application/json", `{"by": "10m"}`)
	f.Add("GET", control+"/requests?operation=x&status=200&violations=true&after=1&limit=2", "", "")
	f.Add("GET", control+"/%2e%2e/health", "", "")
	f.Add("GET", control+"/health? ", "", "")
	f.Fuzz(func(t *testing.T, method, target, contentType, body string) {
		if !strings.HasPrefix(target, control+"/") {
			target = control + "/" + target
		}
		req, err := http.NewRequest(method, graph+target, strings.NewReader(body))
		if err != nil {
			return // no client can send it
		}
		req.Header["Content-Type"] = []string{contentType}
		s := newServer(t, server.Config{Now: now})
		res, err := s.Client().Do(req)
		if err != nil {
			return // refused before it was sent
		}
		defer res.Body.Close()
		if res.Header.Get("Content-Type") == "text/plain; charset=utf-8" {
			return // net/http itself refused a broken request line
		}
		if res.StatusCode >= 500 {
			text, _ := io.ReadAll(res.Body)
			t.Errorf("%d %s", res.StatusCode, text)
		}
		checkControlAnswer(t, res)
		state := encode(t, s.State())
		if err := s.SetState(s.State()); err != nil || encode(t, s.State()) != state {
			t.Errorf("the state can't be set again: %v\n%s", err, state)
		}
	})
}

// TestBrowsersFindAPage opens the sandbox in a browser, which is no request to Graph.
func TestBrowsersFindAPage(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	origin, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	ask := func(path, accept, host string) (*http.Response, string) {
		req, _ := http.NewRequest("GET", origin+path, nil)
		req.Header.Set("Accept", accept)
		if host != "" {
			req.Host = host
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, _ := io.ReadAll(res.Body)
		return res, string(text)
	}
	const browser = "text/html,application/xhtml+xml,*/*;q=0.8"
	res, text := ask("/", browser, "")
	if res.StatusCode != 200 || !strings.Contains(text, "Microsoft Graph v1.0") ||
		!strings.Contains(text, `<a href="/_graphmock/verdict">`) {
		t.Errorf("%s %s", res.Status, text)
	}
	if res, _ := ask("/favicon.ico", "image/*", ""); res.StatusCode != 204 {
		t.Errorf("the icon: %s", res.Status)
	}
	if res, text := ask("/", browser, "evil.example"); res.StatusCode != 403 || strings.Contains(text, "<") {
		t.Errorf("as another host: %s %s", res.Status, text)
	}
	if all, _ := s.Requests(""); len(all) > 0 {
		t.Errorf("the journal has %v", all)
	}
	if res, _ := ask("/", "application/json", ""); res.Header.Get("Graphmock-Violation") == "" {
		t.Errorf("a client that wants no page: %s", res.Status)
	}
	c, err := openapi.Parse("own.yaml", []byte(`
openapi: 3.0.3
info: { title: Own, version: '1' }
paths: { /: { get: { responses: { '200': { description: ok, content: { text/html: { example: <p>own } } } } } } }
`))
	if err != nil {
		t.Fatal(err)
	}
	own := newServer(t, server.Config{Contract: c})
	if origin, err = own.Listen(""); err != nil {
		t.Fatal(err)
	}
	if _, text := ask("/", browser, ""); text != "<p>own" {
		t.Errorf("a contract with a root of its own: %s", text)
	}
}
