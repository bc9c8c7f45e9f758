package server_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/server"
)

const (
	control  = "/_graphmock"
	scenario = "version: 1\nname: late\nrules:\n  - id: slow\n    when: { request: GET /me/activities }\n    reply: { throttle: { retryAfter: 3s } }\n"
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
		"health":                       {"GET", "/health", "", nil, 200, `"status": "ok"`},
		"health, as tools wait for it": {"HEAD", "/health", "", nil, 200, ""},
		"head of what changes":         {"HEAD", "/reset", "", nil, 405, "POST"},
		"head of a stream":             {"HEAD", "/events", "", nil, 405, "GET"},
		"reset":                        {"POST", "/reset", "", nil, 200, `"now": "2026-01-31T12:00:00.12Z"`},
		"reset with an empty object":   {"POST", "/reset", " {} ", nil, 200, `"status"`},
		"reset with wishes":            {"POST", "/reset", `{"state": true}`, nil, 400, "reset takes no body"},
		"requests":                     {"GET", "/requests?operation=me.ListActivities&status=200&violations=false&after=0&limit=5", "", nil, 200, "[]"},
		"requests of none":             {"GET", "/requests?operation=", "", nil, 200, "[]"},
		"a misspelt operation":         {"GET", "/requests?operation=me.activities.PutHistoryItm", "", nil, 400, `did you mean \"me.activities.PutHistoryItem\"`},
		"an unknown operation":         {"GET", "/requests?operation=%3Cscript%3E", "", nil, 400, `the contract has no \"\u003cscript\u003e\"`},
		"a status in words":            {"GET", "/requests?status=ok", "", nil, 400, `status: \"ok\" is not a number from 0 to 599`},
		"violations neither":           {"GET", "/requests?violations=yes", "", nil, 400, `violations: \"yes\" is neither true nor false`},
		"after below zero":             {"GET", "/requests?after=-1", "", nil, 400, "after"},
		"no limit":                     {"GET", "/requests?limit=0", "", nil, 400, "limit: \\\"0\\\" is not a number from 1 to 10000"},
		"an unknown filter":            {"GET", "/requests?path=/me", "", nil, 400, "there are: operation, status"},
		"a filter twice":               {"GET", "/requests?limit=1&limit=2", "", nil, 400, "twice"},
		"a broken query":               {"GET", "/requests?limit=%zz", "", nil, 400, "query"},
		"the verdict":                  {"GET", "/verdict", "", nil, 200, `"clean": true`},
		"no scenarios":                 {"GET", "/scenarios", "", nil, 200, "[]"},
		"a scenario":                   {"POST", "/scenarios", scenario, []string{"Content-Type", "application/yaml; charset=utf-8"}, 200, `"rule": "slow"`},
		"a scenario, as JSON":          {"POST", "/scenarios", `{"version": 1, "name": "j", "rules": [{"id": "r", "when": {"request": "GET /me/activities"}, "reply": {"throttle": {}}}]}`, nil, 200, `"scenario": "j"`},
		"a misspelt key":               {"POST", "/scenarios", strings.Replace(scenario, "reply", "repli", 1), nil, 422, `"line": 6`},
		"no scenario":                  {"POST", "/scenarios", "", nil, 422, `"problems"`},
		"unknown fixtures":             {"POST", "/scenarios", scenario + "fixtures: [fabrikam]\n", nil, 422, `"line": 7`},
		"a file for fixtures":          {"POST", "/scenarios", scenario + "fixtures: [control_test.go]\n", nil, 422, `line": 7`},
		"a file for a body":            {"POST", "/scenarios", strings.Replace(scenario, "{ throttle: { retryAfter: 3s } }", "{ status: 200, bodyFile: control_test.go }", 1), nil, 422, "can't name files"},
		"the state":                    {"GET", "/state", "", nil, 200, `"userPrincipalName": "user@contoso.com"`},
		"an empty state":               {"PUT", "/state", "version: 1", []string{"Content-Type", "text/yaml"}, 200, `"users": []`},
		"a state off the contract":     {"PUT", "/state", `{"version": 1, "activities": [{"user": "a@contoso.com"}]}`, nil, 422, `"column":`},
		"no state":                     {"PUT", "/state", "", nil, 422, `"problems"`},
		"clock":                        {"POST", "/clock/advance", `{"by": "1h30m"}`, nil, 200, `"now": "2026-01-31T13:30:00.12Z"`},
		"clock, back":                  {"POST", "/clock/advance", `{"by": "-1s"}`, nil, 400, "below zero"},
		"clock, garbage":               {"POST", "/clock/advance", `{"by": "soon"}`, nil, 400, `by: \"soon\" is not a duration`},
		"clock, a number":              {"POST", "/clock/advance", `{"by": 10}`, nil, 400, "an object with by"},
		"clock, more keys":             {"POST", "/clock/advance", `{"by": "1s", "to": "2s"}`, nil, 400, "and nothing else"},
		"clock, twice":                 {"POST", "/clock/advance", `{"by": "1s", "by": "2s"}`, nil, 400, "body:1:"},
		"clock, more text":             {"POST", "/clock/advance", `{"by": "1s"} x`, nil, 400, "body:1:"},
		"clock, nothing":               {"POST", "/clock/advance", "", nil, 400, "the body is empty"},
		"clock, null":                  {"POST", "/clock/advance", "null", nil, 400, "an object with by"},
		"clock, too far":               {"POST", "/clock/advance", `{"by": "2000000h"}`, nil, 400, "too far"},
		"clock, as YAML":               {"POST", "/clock/advance", "by: 1s", []string{"Content-Type", "text/yaml"}, 415, "application/json"},
		"events":                       {"GET", "/events", "", nil, 200, ""},
		"events after garbage":         {"GET", "/events", "", []string{"Last-Event-ID", "x"}, 400, "Last-Event-ID"},
		"unknown":                      {"GET", "/verdicts", "", nil, 404, "there are: /_graphmock/health, /_graphmock/reset"},
		"nothing":                      {"GET", "", "", nil, 404, "no such endpoint"},
		"a slash":                      {"GET", "/", "", nil, 404, "no such endpoint"},
		"a slash too many":             {"GET", "/health/", "", nil, 404, "no such endpoint"},
		"two slashes":                  {"GET", "//health", "", nil, 404, "no such endpoint"},
		"capitals":                     {"GET", "/Health", "", nil, 404, "no such endpoint"},
		"dots":                         {"GET", "/../_graphmock/health", "", nil, 404, "no such endpoint"},
		"dots, escaped":                {"GET", "/%2e%2e/_graphmock/health", "", nil, 404, "no such endpoint"},
		"dots into Graph":              {"GET", "/../v1.0/me/activities", "", nil, 404, "no such endpoint"},
		"an escaped slash":             {"POST", "/clock%2Fadvance", `{"by": "1s"}`, nil, 404, "no such endpoint"},
		"an escaped letter":            {"GET", "/%68ealth", "", nil, 404, "no such endpoint"},
		"a wrong method":               {"GET", "/reset", "", nil, 405, "POST"},
		"another wrong method":         {"DELETE", "/state", "", nil, 405, "GET, PUT"},
		"a browser's question":         {"OPTIONS", "/state", "", []string{"Access-Control-Request-Method", "PUT"}, 405, "GET, PUT"},
		"a form":                       {"POST", "/reset", "{}", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "send application/json"},
		"a form with text":             {"POST", "/scenarios", scenario, []string{"Content-Type", "text/plain"}, 415, "application/yaml"},
		"a body of no type":            {"PUT", "/state", "version: 1", []string{"Content-Type", ""}, 415, "text/yaml"},
		"a packed body":                {"PUT", "/state", "version: 1", []string{"Content-Encoding", "gzip"}, 415, "send the body as it is"},
		"a scenario beyond the limit":  {"POST", "/scenarios", long, nil, 413, "larger than 1 MiB"},
		"a state beyond the limit":     {"PUT", "/state", long, nil, 413, "larger than 1 MiB"},
		"a reset beyond the limit":     {"POST", "/reset", long, nil, 413, "larger than 1 MiB"},
		"a clock beyond the limit":     {"POST", "/clock/advance", long, nil, 413, "larger than 1 MiB"},
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

func TestControlIsGuarded(t *testing.T) {
	t.Parallel()
	const token = "the admin token" // stands for the real one
	v6 := &net.TCPAddr{IP: net.IPv6loopback, Port: 8080}
	mapped := &net.TCPAddr{IP: net.ParseIP("::ffff:127.0.0.1"), Port: 8080}
	web := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80}
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
		"its own page":                    {loopback, "localhost:8080", []string{"http://localhost:8080"}, "", 200},
		"a foreign page":                  {loopback, "localhost:8080", []string{"https://evil.example"}, "", 403},
		"a page of a neighbour":           {loopback, "localhost:8080", []string{"http://localhost:3000"}, "", 403},
		"a page by another scheme":        {loopback, "localhost:8080", []string{"https://localhost:8080"}, "", 403},
		"a page of nowhere":               {loopback, "localhost:8080", []string{"null"}, "", 403},
		"an empty origin":                 {loopback, "localhost:8080", []string{""}, "", 403},
		"two origins":                     {loopback, "localhost:8080", []string{"http://localhost:8080", "https://evil.example"}, "", 403},
		"elsewhere":                       {remoteAddress, "192.0.2.1:8080", nil, "", 401},
		"elsewhere with the token":        {remoteAddress, "192.0.2.1:8080", nil, "Bearer " + token, 200},
		"elsewhere, bearer in lower case": {remoteAddress, "192.0.2.1:8080", nil, "bearer " + token, 200},
		"elsewhere at HTTP's port":        {web, "192.0.2.1", nil, "Bearer " + token, 200},
		"elsewhere by localhost":          {remoteAddress, "localhost:8080", nil, "", 401},
		"elsewhere, tunneled":             {remoteAddress, "localhost:9090", nil, "Bearer " + token, 200},
		"elsewhere, rebinding":            {remoteAddress, "evil.example", nil, "Bearer " + token, 403},
		"elsewhere, another port":         {remoteAddress, "192.0.2.1:8081", nil, "Bearer " + token, 403},
		"elsewhere, a foreign page":       {remoteAddress, "192.0.2.1:8080", []string{"http://evil.example"}, "Bearer " + token, 403},
		"a wrong token":                   {remoteAddress, "192.0.2.1:8080", nil, "Bearer wrong", 401},
		"a token cut short":               {remoteAddress, "192.0.2.1:8080", nil, "Bearer " + token[:8], 401},
		"a longer token":                  {remoteAddress, "192.0.2.1:8080", nil, "Bearer " + token + "0", 401},
		"an empty token":                  {remoteAddress, "192.0.2.1:8080", nil, "Bearer ", 401},
		"the token in another scheme":     {remoteAddress, "192.0.2.1:8080", nil, "Basic " + token, 401},
		"a socket that is not TCP's":      {unix, "localhost", nil, "", 401},
		"in process":                      {nil, "graph.microsoft.com", nil, "", 200},
		"in process, elsewhere":           {nil, "evil.example", nil, "", 403},
		"in process, a foreign page":      {nil, "graph.microsoft.com", []string{"https://evil.example"}, "", 403},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, server.Config{})
			real := strings.NewReplacer(token, s.AdminToken(), token[:8], s.AdminToken()[:8])
			ctx := context.Background()
			if test.local != nil {
				ctx = context.WithValue(ctx, http.LocalAddrContextKey, test.local)
			}
			r := httptest.NewRequestWithContext(ctx, "GET", control+"/state", nil)
			r.Host = test.host
			r.Header["Origin"] = test.origin
			if test.authorization != "" {
				r.Header.Set("Authorization", real.Replace(test.authorization))
			}
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code != test.status {
				t.Errorf("got %d %s, want %d", w.Code, w.Body, test.status)
			}
			if challenge := w.Header().Get("WWW-Authenticate"); (challenge != "") != (w.Code == 401) {
				t.Errorf("WWW-Authenticate: %q", challenge)
			}
			if w.Code >= 400 && strings.Contains(w.Body.String(), "contoso") || strings.Contains(w.Body.String(), s.AdminToken()) {
				t.Errorf("the answer tells too much: %s", w.Body)
			}
			checkControlAnswer(t, w.Result())
		})
	}
}

func TestControlKnowsItsOwnPagesOverTLS(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
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
		r := httptest.NewRequest("GET", control+"/health", nil)
		r = r.WithContext(context.WithValue(t.Context(), http.LocalAddrContextKey, test.local))
		r.Host, r.TLS = test.host, &tls.ConnectionState{}
		r.Header.Set("Origin", test.origin)
		r.Header.Set("Authorization", "Bearer "+s.AdminToken())
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != test.status {
			t.Errorf("host %s, origin %s: got %d %s, want %d", test.host, test.origin, w.Code, w.Body, test.status)
		}
	}
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
	routes := append(server.ControlRoutes(), [2]string{"GET", control + "/unknown"}, [2]string{"DELETE", control + "/state"})
	for _, route := range routes {
		for name, test := range map[string]struct {
			token   string
			allowed bool
		}{"none": {"", false}, "wrong": {"Bearer " + strings.Repeat("0", 64), false}, "right": {"Bearer " + s.AdminToken(), true}} {
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

func TestAdminTokensAreRandom(t *testing.T) {
	t.Parallel()
	a, b := newServer(t, server.Config{Seed: 1, Now: now}), newServer(t, server.Config{Seed: 1, Now: now})
	first := a.AdminToken()
	if first == b.AdminToken() || len(first) != 64 || a.AdminToken() != first {
		t.Errorf("%s and %s", first, b.AdminToken())
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
	send(t, s, "PUT", "/v1.0/me/activities/"+html+"?x="+html, strings.NewReader(`{"activitySourceHost": "https://www.contoso.com",
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
		send(t, s, "PUT", seedPath+seedItem+"?access_token="+secret, strings.NewReader(seedBody), "Authorization", authorization, "Cookie", secret)
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
	for path, want := range map[string]string{"/health": `"ok"`, "/requests": "ListActivities", "/events": "ListActivities"} {
		if res, answer := send(t, s, "GET", control+path, nil); res.StatusCode != 200 || !strings.Contains(string(answer), want) {
			t.Errorf("%s: %d %s", path, res.StatusCode, answer)
		}
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
