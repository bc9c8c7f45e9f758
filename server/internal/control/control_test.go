package control

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/scenarios"
)

var (
	loopback = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}
	remote   = &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 8080} // of a listener that is not on a loopback address
)

const scenario = `
version: 1
name: late
rules:
  - id: slow
    when: { request: GET /me/activities }
    reply: { throttle: { retryAfter: 3s } }
`

// fakeServer is a server that keeps what it is told and does nothing with it.
type fakeServer struct {
	now       time.Time
	state     *fixtures.Document
	scenarios []*scenarios.Scenario
	exchanges []Exchange
	filter    Filter // the last one
	dropped   int64
	resets    int
	failure   error         // of all that can fail
	more      chan struct{} // what Follow returns
	closed    chan struct{}
}

// newHandler makes a handler of a fake server.
func newHandler() (*fakeServer, *Handler) {
	f := &fakeServer{
		now: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC), state: fixtures.Contoso(),
		more: make(chan struct{}), closed: make(chan struct{}),
	}
	return f, New(Config{
		Contract: openapi.Embedded(), Now: func() time.Time { return f.now }, Closed: f.closed,
		IsHost: func(host, hostPort string) bool {
			return host == "graph.microsoft.com" || hostPort == "mock.example:81"
		},
		WriteState: func(w io.Writer) error {
			text, err := f.state.Encode()
			w.Write(text)
			return err
		},
		SetState: func(d *fixtures.Document) error { f.state = d; return f.failure },
		Reset:    func() error { f.resets++; return f.failure },
		Advance: func(by time.Duration) bool {
			if by > 24*time.Hour {
				return false
			}
			f.now = f.now.Add(by)
			return true
		},
		MaxAdvance: 3 * 365 * 24 * time.Hour,
		Scenarios: func() (all []scenarios.Status) {
			for _, s := range f.scenarios {
				all = append(all, scenarios.Status{Scenario: s.Name})
			}
			return all
		},
		AddScenario: func(s *scenarios.Scenario) error {
			f.scenarios = append(f.scenarios, s)
			return f.failure
		},
		RemoveScenario: func(name string) bool {
			before := len(f.scenarios)
			f.scenarios = slices.DeleteFunc(f.scenarios, func(s *scenarios.Scenario) bool { return s.Name == name })
			return len(f.scenarios) < before
		},
		Exchange: func(id int64) (WholeExchange, bool) {
			return WholeExchange{Exchange: Exchange{ID: id}, Request: NewMessage(nil, []byte(`{"a": 1.50}`)),
				Response: NewMessage(http.Header{"X": {"y"}}, []byte("\xff"))}, id == 7
		},
		WriteHAR: func(w io.Writer) error { _, err := io.WriteString(w, `{"log": {}}`); return err },
		Exchanges: func(filter Filter) ([]Exchange, int64) {
			f.filter = filter
			return f.exchanges, f.dropped
		},
		Follow:  f.follow,
		Verdict: func(whole bool) any { return map[string]bool{"clean": true, "whole": whole} },
	})
}

func (f *fakeServer) follow(last int64) func() ([]Exchange, <-chan struct{}) {
	if last == FromNow {
		last = int64(len(f.exchanges))
	}
	return func() ([]Exchange, <-chan struct{}) {
		list := f.exchanges[last:]
		last = int64(len(f.exchanges))
		return list, f.more
	}
}

// ask sends a request as if it came to a socket on a loopback address.
func ask(h *Handler, method, target, body string, header ...string) *httptest.ResponseRecorder {
	ctx := context.WithValue(context.Background(), http.LocalAddrContextKey, loopback)
	r := httptest.NewRequestWithContext(ctx, method, Root+target, strings.NewReader(body))
	r.Host = "localhost:8080"
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.Serve(w, r, false)
	return w
}

func TestPathsOfTheSurface(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		"/_graphmock": true, "/_graphmock/": true, "/_graphmock/health": true, "/_graphmockx": false,
		"/v1.0/_graphmock": false, "/_GraphMock/health": false, "": false, "*": false,
	} {
		if Serves(path) != want {
			t.Errorf("Serves(%q): %v", path, !want)
		}
	}
}

func TestRequestsAreAnsweredOrRefused(t *testing.T) {
	t.Parallel()
	long := strings.Repeat(" ", document.MaxSize) + "{}"
	asked, text := []string{"Access-Control-Request-Method", "PUT"}, []string{"Content-Type", "text/plain"}
	packed := []string{"Content-Type", "text/yaml", "Content-Encoding", "gzip"}
	misspelt := strings.Replace(scenario, "reply", "repli", 1)
	yaml, form := []string{"Content-Type", "text/yaml"}, []string{"Content-Type", "application/x-www-form-urlencoded"}
	for name, test := range map[string]struct {
		method, path, body string
		header             []string
		status             int
		want               string // in the body or the Allow header
	}{
		"health":                       {"GET", "/health", "", nil, 200, `"status": "ok"`},
		"health, as tools wait for it": {"HEAD", "/health", "", nil, 200, ""},
		"head of what changes":         {"HEAD", "/reset", "", nil, 405, "POST"},
		"head of a stream":             {"HEAD", "/events", "", nil, 405, "GET"},
		"reset":                        {"POST", "/reset", "", nil, 200, `"now": "2026-01-31T12:00:00Z"`},
		"reset with an empty object":   {"POST", "/reset", " {} ", nil, 200, `"status"`},
		"reset with wishes":            {"POST", "/reset", `{"state": true}`, nil, 400, "reset takes no body"},
		"requests":                     {"GET", "/requests", "", nil, 200, "[]"},
		"a misspelt operation": {"GET", "/requests?operation=me.PutActivty", "", nil, 400,
			`mean \"me.PutActivity\"`},
		"an unknown operation": {"GET", "/requests?operation=%3Cscript%3E", "", nil, 400,
			`\"\u003cscript\u003e\"`},
		"a status in words": {"GET", "/requests?status=ok", "", nil, 400,
			`\"ok\" is not a number from 0 to 599`},
		"violations neither":       {"GET", "/requests?violations=yes", "", nil, 400, "neither true nor false"},
		"after below zero":         {"GET", "/requests?after=-1", "", nil, 400, "after"},
		"no limit":                 {"GET", "/requests?limit=0", "", nil, 400, "is not a number from 1 to 10000"},
		"an unknown filter":        {"GET", "/requests?path=/me", "", nil, 400, "there are: operation, status"},
		"a filter twice":           {"GET", "/requests?limit=1&limit=2", "", nil, 400, "twice"},
		"a broken query":           {"GET", "/requests?limit=%zz", "", nil, 400, "query"},
		"the verdict":              {"GET", "/verdict", "", nil, 200, `"clean": true`},
		"no scenarios":             {"GET", "/scenarios", "", nil, 200, "[]"},
		"a scenario":               {"POST", "/scenarios", scenario, yaml, 200, `"scenario": "late"`},
		"a misspelt key":           {"POST", "/scenarios", misspelt, nil, 422, `"line": 7`},
		"no scenario":              {"POST", "/scenarios", "", nil, 422, `"problems"`},
		"the state":                {"GET", "/state", "", nil, 200, `"userPrincipalName": "user@contoso.com"`},
		"an empty state":           {"PUT", "/state", "version: 1", yaml, 200, `"users": []`},
		"a state off the contract": {"PUT", "/state", `{"version": 1, "activities": [{}]}`, nil, 422, `"column":`},
		"no state":                 {"PUT", "/state", "", nil, 422, `"problems"`},
		"clock":                    {"POST", "/clock/advance", `{"by": "1h30m"}`, nil, 200, `2026-01-31T13:30:00Z"`},
		"clock, back":              {"POST", "/clock/advance", `{"by": "-1s"}`, nil, 400, "below zero"},
		"clock, garbage": {"POST", "/clock/advance", `{"by": "soon"}`, nil, 400,
			`\"soon\" is not a duration`},
		"clock, a number": {"POST", "/clock/advance", `{"by": 10}`, nil, 400, "an object with by"},
		"clock, more keys": {"POST", "/clock/advance", `{"by": "1s", "to": "2s"}`, nil, 400,
			"and nothing else"},
		"clock, twice":            {"POST", "/clock/advance", `{"by": "1s", "by": "2s"}`, nil, 400, "body:1:"},
		"clock, more text":        {"POST", "/clock/advance", `{"by": "1s"} x`, nil, 400, "body:1:"},
		"clock, nothing":          {"POST", "/clock/advance", "", nil, 400, "the body is empty"},
		"clock, null":             {"POST", "/clock/advance", "null", nil, 400, "an object with by"},
		"clock, too far":          {"POST", "/clock/advance", `{"by": "25h"}`, nil, 400, "moved by 3 years in all"},
		"clock, as YAML":          {"POST", "/clock/advance", "by: 1s", yaml, 415, "application/json"},
		"events after garbage":    {"GET", "/events", "", []string{"Last-Event-ID", "x"}, 400, "Last-Event-ID"},
		"events before the first": {"GET", "/events", "", []string{"Last-Event-ID", "-1"}, 400, "Last-Event-ID"},
		"unknown":                 {"GET", "/verdicts", "", nil, 404, "are: /_graphmock/health, /_graphmock/reset"},
		"nothing":                 {"GET", "", "", nil, 404, "no such endpoint"},
		"a slash":                 {"GET", "/", "", nil, 404, "no such endpoint"},
		"a slash too many":        {"GET", "/health/", "", nil, 404, "no such endpoint"},
		"two slashes":             {"GET", "//health", "", nil, 404, "no such endpoint"},
		"capitals":                {"GET", "/Health", "", nil, 404, "no such endpoint"},
		"dots":                    {"GET", "/../_graphmock/health", "", nil, 404, "no such endpoint"},
		"dots, escaped":           {"GET", "/%2e%2e/_graphmock/health", "", nil, 404, "no such endpoint"},
		"dots into Graph":         {"GET", "/../v1.0/me/activities", "", nil, 404, "no such endpoint"},
		"an escaped slash":        {"POST", "/clock%2Fadvance", `{"by": "1s"}`, nil, 404, "no such endpoint"},
		"an escaped letter":       {"GET", "/%68ealth", "", nil, 404, "no such endpoint"},
		"a whole exchange": {"GET", "/requests/7", "", nil, 200,
			"\"headers\": {},\n    \"body\": {\n      \"a\": 1.50\n    }"},
		"its bytes":                   {"GET", "/requests/7", "", nil, 200, `"body": "/w==",` + "\n    " + `"encoding": "base64"`},
		"a lost exchange":             {"GET", "/requests/8", "", nil, 404, "there is no request 8"},
		"an exchange by name":         {"GET", "/requests/last", "", nil, 400, "is not a number"},
		"an archive":                  {"GET", "/har", "", nil, 200, `{"log": {}}`},
		"a scenario to stop":          {"DELETE", "/scenarios/late", "", nil, 404, "no scenario is played"},
		"a wrong method":              {"GET", "/reset", "", nil, 405, "POST"},
		"another wrong method":        {"DELETE", "/state", "", nil, 405, "GET, PUT"},
		"a browser's question":        {"OPTIONS", "/state", "", asked, 405, "GET, PUT"},
		"a form":                      {"POST", "/reset", "{}", form, 415, "send application/json"},
		"a form with text":            {"POST", "/scenarios", scenario, text, 415, "application/yaml"},
		"a body of no type":           {"PUT", "/state", "version: 1", []string{"Content-Type", ""}, 415, "text/yaml"},
		"a packed body":               {"PUT", "/state", "version: 1", packed, 415, "as it is"},
		"a scenario beyond the limit": {"POST", "/scenarios", long, nil, 413, "larger than 1 MiB"},
		"a large state without more":  {"PUT", "/state", long, nil, 422, "/version"},
		"a large state in YAML":       {"PUT", "/state", "#" + long, yaml, 422, "larger than 1024 KiB and not JSON"},
		"a reset beyond the limit":    {"POST", "/reset", long, nil, 413, "larger than 1 MiB"},
		"a clock beyond the limit":    {"POST", "/clock/advance", long, nil, 413, "larger than 1 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, h := newHandler()
			before := *f
			w := ask(h, test.method, test.path, test.body, test.header...)
			if w.Code != test.status || !strings.Contains(w.Body.String()+w.Header().Get("Allow"), test.want) {
				t.Errorf("got %d %v %s\nwant %d and %s", w.Code, w.Header(), w.Body, test.status, test.want)
			}
			checkResponse(t, w)
			changed := f.state != before.state || f.now != before.now || f.resets > 0 || len(f.scenarios) > 0
			if changes := w.Code == 200 && (test.method == "POST" || test.method == "PUT"); changed != changes {
				t.Errorf("changed: %v, want %v", changed, changes)
			}
		})
	}
}

// checkResponse checks what every response of the control surface has to have.
func checkResponse(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	h := w.Header()
	if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", h)
	}
	for name := range h {
		if strings.HasPrefix(name, "Access-Control-") {
			t.Errorf("a CORS header: %s", name)
		}
	}
	var v any
	if err := json.Unmarshal(w.Body.Bytes(), &v); h.Get("Content-Type") != "application/json" || err != nil {
		t.Errorf("%s that is not: %v", h.Get("Content-Type"), err)
	}
	if failed, _ := v.(map[string]any); w.Code >= 400 && (failed["error"] == nil || failed["error"] == "") {
		t.Errorf("an error without a message: %v", v)
	}
}

func TestFailuresOfTheServerAreTold(t *testing.T) {
	t.Parallel()
	f, h := newHandler()
	for _, test := range []struct {
		failure error
		want    string
	}{
		{errors.New("no room"), `{"error":"%s: no room"}`},
		{document.Problems{{Message: "m"}}, `{"error":"%s has a problem; nothing was changed"`},
		{document.Problems{{Message: "m"}, {Message: "n"}}, `{"error":"%s has 2 problems; nothing was changed"`},
	} {
		f.failure = test.failure
		for what, w := range map[string]*httptest.ResponseRecorder{
			"the state at the start": ask(h, "POST", "/reset", ""),
			"the scenario":           ask(h, "POST", "/scenarios", scenario),
			"the fixtures document":  ask(h, "PUT", "/state", `{"version": 1}`),
		} {
			var v json.RawMessage
			got, err := w.Body.Bytes(), json.Unmarshal(w.Body.Bytes(), &v)
			var b strings.Builder
			if compact, _ := json.Marshal(v); err == nil {
				b.Write(compact)
			}
			if want := strings.Replace(test.want, "%s", what, 1); w.Code != 422 ||
				!strings.HasPrefix(b.String(), want) {
				t.Errorf("%d %s, want %s", w.Code, got, want)
			}
		}
	}
}

// TestSentScenariosHaveNoFile has a scenario sent whose names must not lead to files
// of this machine.
func TestSentScenariosHaveNoFile(t *testing.T) {
	t.Parallel()
	f, h := newHandler()
	if w := ask(h, "POST", "/scenarios", scenario); w.Code != 200 || len(f.scenarios) != 1 ||
		f.scenarios[0].File != "" {
		t.Errorf("%d %s: %+v", w.Code, w.Body, f.scenarios)
	}
	file := strings.Replace(scenario, "{ throttle: { retryAfter: 3s } }", "{ status: 200, bodyFile: control_test.go }",
		1)
	if w := ask(h, "POST", "/scenarios", file); w.Code != 422 || len(f.scenarios) != 1 {
		t.Errorf("%d %s: %+v", w.Code, w.Body, f.scenarios)
	}
}

func TestScenariosAreStoppedByName(t *testing.T) {
	t.Parallel()
	f, h := newHandler()
	ask(h, "POST", "/scenarios", scenario)
	if w := ask(h, "DELETE", "/scenarios/lat", ""); w.Code != 404 || !strings.Contains(w.Body.String(), "there are: late") {
		t.Errorf("an unknown name: %d %s", w.Code, w.Body)
	}
	if w := ask(h, "DELETE", "/scenarios/late", ""); w.Code != 200 || w.Body.String() != "[]\n" || len(f.scenarios) > 0 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestBrokenBodiesAreTold(t *testing.T) {
	t.Parallel()
	for want, failure := range map[int]error{408: os.ErrDeadlineExceeded, 400: io.ErrUnexpectedEOF} {
		_, h := newHandler()
		r := httptest.NewRequest("POST", Root+"/reset", brokenReader{failure})
		r.Host = "localhost"
		w := httptest.NewRecorder()
		if h.Serve(w, r, true); w.Code != want {
			t.Errorf("%v: %d %s, want %d", failure, w.Code, w.Body, want)
		}
	}
	_, h := newHandler()
	r := httptest.NewRequest("POST", Root+"/reset", nil)
	r.Body, r.Host = nil, "localhost"
	w := httptest.NewRecorder()
	if h.Serve(w, r, true); w.Code != 200 {
		t.Errorf("no body at all: %d %s", w.Code, w.Body)
	}
}

type brokenReader struct{ err error }

func (r brokenReader) Read([]byte) (int, error) { return 0, r.err }

func TestAStateBeyondTheLimitIsRefusedUnread(t *testing.T) {
	t.Parallel()
	_, h := newHandler()
	ctx := context.WithValue(context.Background(), http.LocalAddrContextKey, loopback)
	r := httptest.NewRequestWithContext(ctx, "PUT", Root+"/state", http.NoBody)
	r.Host, r.ContentLength = "localhost:8080", fixtures.MaxSize+1
	r.Body = io.NopCloser(iotest.ErrReader(errors.New("it was read")))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.Serve(w, r, false)
	if w.Code != 413 || !strings.Contains(w.Body.String(), "larger than 128 MiB") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}
