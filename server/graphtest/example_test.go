package graphtest_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/graphtest"
)

// recordView is production code: it knows Graph's URL, and nothing of a mock.
func recordView(c *http.Client, token, activity, item string) (created bool, err error) {
	url := "https://graph.microsoft.com/v1.0/me/activities/" + activity + "/historyItems/" + item
	req, err := http.NewRequest("PUT", url, strings.NewReader(`{"startedDateTime": "2018-02-26T20:54:04.345Z"}`))
	if err != nil {
		return false, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := c.Do(req)
	if err != nil {
		return false, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusCreated && res.StatusCode != http.StatusOK {
		return false, fmt.Errorf("graph: %s", res.Status)
	}
	return res.StatusCode == http.StatusCreated, nil
}

// A test of recordView hands it the client of a server of its own.
func ExampleNewServer() {
	test := func(t testing.TB) {
		g := graphtest.NewServer(t)
		for range 2 {
			created, err := recordView(g.Client(), g.Token(), "13881113971988980728",
				"390e06e2-7e5b-4133-8014-fac7ac991af7")
			fmt.Println(created, err)
		}
		for _, x := range g.Requests("PUT /me/activities/{activity}/historyItems/{item}") {
			fmt.Println(x.Method, x.Operation, x.Status)
		}
	}
	runTest(test)
	// Output:
	// true <nil>
	// false <nil>
	// PUT me.activities.PutHistoryItem 201
	// PUT me.activities.PutHistoryItem 200
}

// A request that breaks the contract fails the test, though the code under test
// never looked.
func ExampleNewServer_violation() {
	test := func(t testing.TB) {
		g := graphtest.NewServer(t)
		recordView(g.Client(), "", "13881113971988980728", "2")
	}
	runTest(test)
	// Output:
	// FAIL: server/graphtest/example_test.go:LINE: contract: PUT /me/activities/13881113971988980728/historyItems/2: request header Authorization: no bearer token was sent; send Authorization: Bearer TOKEN (observed)
}

// A test about a violation takes it.
func ExampleServer_TakeViolations() {
	test := func(t testing.TB) {
		g := graphtest.NewServer(t)
		recordView(g.Client(), g.Token(), "13881113971988980728", "2")
		for _, v := range g.TakeViolations() {
			fmt.Println(v.Rule, v.Pointer)
		}
	}
	runTest(test)
	// Output:
	// format item-id
}

// Script makes the service misbehave: here it throttles once. In a synctest
// bubble the client's thirty seconds of patience take no time.
func ExampleServer_Script() {
	test := func(t testing.TB) {
		g := graphtest.NewServer(t)
		g.Script("PUT /me/activities/{activity}/historyItems/{item}",
			scenarios.Throttle(30*time.Second), scenarios.Pass)
		for range 2 {
			created, err := recordView(g.Client(), g.Token(), "13881113971988980728",
				"390e06e2-7e5b-4133-8014-fac7ac991af7")
			fmt.Println(created, err)
			g.Advance(30 * time.Second)
		}
	}
	runTest(test)
	// Output:
	// false graph: 429 Too Many Requests
	// true <nil>
}

// Play takes a scenario file, embedded ones by name. What the scenario expects
// of the client fails the test: here, to wait as long as it was told.
func ExampleServer_Play() {
	test := func(t testing.TB) {
		g := graphtest.NewServerConfig(t, server.Config{Now: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)})
		g.Play("throttled-then-created")
		for range 3 {
			recordView(g.Client(), g.Token(), "13881113971988980728", "390e06e2-7e5b-4133-8014-fac7ac991af7")
		}
		for _, x := range g.Requests("") {
			fmt.Printf("%d %q\n", x.Status, x.Rule)
		}
	}
	runTest(test)
	// Output:
	// 429 "throttled-then-created/upsert"
	// 201 "throttled-then-created/upsert"
	// 200 ""
	// FAIL: scenario: embedded:throttled-then-created.yaml:15:15: throttled-then-created: PUT /me/activities/{activity-id}/historyItems/{item-id} was called again after 0s, but the answer 429 before it asked to wait 2s (Retry-After: 2)
}

// Listen is for processes and clients that need a socket.
func ExampleServer_Listen() {
	test := func(t testing.TB) {
		g := graphtest.NewServer(t)
		res, err := http.Get(g.Listen() + "/v1.0/me/activities")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		fmt.Println(res.Status)
		g.TakeViolations() // the token was left out
	}
	runTest(test)
	// Output:
	// 401 Unauthorized
}

const activity, item = "13881113971988980728", "390e06e2-7e5b-4133-8014-fac7ac991af7"

// NewServerConfig is for tests that need another tenant, time or contract: here,
// no user has any activities.
func ExampleNewServerConfig() {
	test := func(t testing.TB) {
		g := graphtest.NewServerConfig(t, server.Config{Fixtures: fixtures.Empty()})
		_, err := recordView(g.Client(), g.Token(), activity, item)
		fmt.Println(err)
	}
	runTest(test)
	// Output:
	// graph: 404 Not Found
}

// Client reaches the hosts of Graph, and no other.
func ExampleServer_Client() {
	test := func(t testing.TB) {
		g := graphtest.NewServer(t)
		_, err := g.Client().Get("https://login.microsoftonline.com/common/oauth2/v2.0/token")
		fmt.Println(err)
	}
	runTest(test)
	// Output:
	// Get "https://login.microsoftonline.com/common/oauth2/v2.0/token": graphmock: "login.microsoftonline.com" is not a host of Microsoft Graph, and this client reaches no other; give the code under test a token that this server mints (Token) in place of credentials to sign in with
}

// userAgent is what clients put around a transport.
type userAgent struct{ http.RoundTripper }

func (u userAgent) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("User-Agent", "contoso/1.0")
	return u.RoundTripper.RoundTrip(req)
}

// Transport is for clients with a transport of their own around it.
func ExampleServer_Transport() {
	test := func(t testing.TB) {
		g := graphtest.NewServer(t)
		recordView(&http.Client{Transport: userAgent{g.Transport()}}, g.Token(), activity, item)
		fmt.Println(g.Requests("")[0].Header.Get("User-Agent"))
	}
	runTest(test)
	// Output:
	// contoso/1.0
}

// URL is for code that wants to be told where Graph is.
func ExampleServer_URL() {
	test := func(t testing.TB) {
		g := graphtest.NewServer(t)
		fmt.Println(g.URL() + "/v1.0")
	}
	runTest(test)
	// Output:
	// https://graph.microsoft.com/v1.0
}

// ListenTLS is for clients that insist on https. Their transport has to trust
// CertPool.
func ExampleServer_ListenTLS() {
	test := func(t testing.TB) {
		g := graphtest.NewServer(t)
		origin := g.ListenTLS()
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: g.CertPool()}, ForceAttemptHTTP2: true}
		defer transport.CloseIdleConnections()
		req, _ := http.NewRequest("GET", origin+"/v1.0/me/activities", nil)
		req.Header.Set("Authorization", "Bearer "+g.Token())
		res, err := transport.RoundTrip(req)
		if err != nil {
			t.Fatalf("%v", err)
		}
		res.Body.Close()
		fmt.Println(res.Proto, res.Status)
	}
	runTest(test)
	// Output:
	// HTTP/2.0 200 OK
}

// CertPool goes into the tls.Config of a client that has one already.
func ExampleServer_CertPool() {
	test := func(t testing.TB) {
		g := graphtest.NewServer(t)
		config := &tls.Config{MinVersion: tls.VersionTLS13}
		config.RootCAs = g.CertPool()
		conn, err := tls.Dial("tcp", strings.TrimPrefix(g.ListenTLS(), "https://"), config)
		if err != nil {
			t.Fatalf("%v", err)
		}
		defer conn.Close()
		fmt.Println(conn.ConnectionState().PeerCertificates[0].VerifyHostname("graph.microsoft.com"))
	}
	runTest(test)
	// Output:
	// <nil>
}

// Token is a signed-in user's, unless options say more: whose it is, what it
// permits, how long.
func ExampleServer_Token() {
	test := func(t testing.TB) {
		g := graphtest.NewServer(t)
		for _, token := range []string{
			g.Token(),
			g.Token(graphtest.User("b@contoso.com")),
			g.Token(graphtest.Scope("User.Read")),
			g.Token(graphtest.ExpiresIn(-time.Minute)),
		} {
			created, err := recordView(g.Client(), token, activity, item)
			fmt.Println(created, err)
		}
	}
	runTest(test)
	// Output:
	// true <nil>
	// false graph: 404 Not Found
	// false graph: 403 Forbidden
	// false graph: 401 Unauthorized
}

// A token can be made for anybody, and for anything.
func ExampleTokenOption() {
	test := func(t testing.TB) {
		g := graphtest.NewServer(t)
		for _, option := range []graphtest.TokenOption{
			graphtest.App("00000000-0000-0000-0000-00000000beef"), // has no activities of its own
			graphtest.Tenant("0e7a1c6e-5f0b-4a2e-8c53-6f2d1b9a7e44"),
			graphtest.Audience("https://vault.azure.net"),
			graphtest.AppOnly(),
		} {
			created, err := recordView(g.Client(), g.Token(option), activity, item)
			fmt.Println(created, err)
		}
		for _, v := range g.TakeViolations() {
			fmt.Println(v.Rule)
		}
	}
	runTest(test)
	// Output:
	// false graph: 404 Not Found
	// true <nil>
	// false graph: 401 Unauthorized
	// false graph: 400 Bad Request
	// token-audience
	// app-only-on-me
}

// Seed adds to the tenant; State is all that it contains then.
func ExampleServer_Seed() {
	test := func(t testing.TB) {
		g := graphtest.NewServerConfig(t, server.Config{Fixtures: fixtures.Empty()})
		g.Seed(fixtures.Contoso())
		recordView(g.Client(), g.Token(), activity, item)
		for _, a := range g.State().Activities {
			fmt.Println(a.Properties["appActivityId"], len(a.HistoryItems))
		}
	}
	runTest(test)
	// Output:
	// /trail?208 2
}

// State can be kept and brought back.
func ExampleServer_SetState() {
	test := func(t testing.TB) {
		g := graphtest.NewServer(t)
		before := g.State()
		for range 2 {
			created, _ := recordView(g.Client(), g.Token(), activity, item)
			fmt.Println(created)
			g.SetState(before)
		}
	}
	runTest(test)
	// Output:
	// true
	// true
}

// State is what the client has brought about.
func ExampleServer_State() {
	test := func(t testing.TB) {
		g := graphtest.NewServer(t)
		recordView(g.Client(), g.Token(), activity, item)
		for _, h := range g.State().Activities[0].HistoryItems {
			fmt.Println(h["id"], h["startedDateTime"])
		}
	}
	runTest(test)
	// Unordered output:
	// 390e06e2-7e5b-4133-8014-fac7ac991af7 2018-02-26T20:54:04.345Z
	// 5f3c8d1a-9b2e-4f60-8a7d-1c2b3a4d5e6f 2018-02-26T20:28:02.14Z
}

// Reset brings everything back to the start, between the parts of one test.
func ExampleServer_Reset() {
	test := func(t testing.TB) {
		g := graphtest.NewServer(t)
		recordView(g.Client(), g.Token(), activity, item)
		g.Reset()
		created, err := recordView(g.Client(), g.Token(), activity, item)
		fmt.Println(created, err, len(g.Requests("")))
	}
	runTest(test)
	// Output:
	// true <nil> 1
}

// Advance lets time pass for the server: this token was good for an hour.
func ExampleServer_Advance() {
	test := func(t testing.TB) {
		g := graphtest.NewServer(t)
		token := g.Token()
		g.Advance(time.Hour)
		_, err := recordView(g.Client(), token, activity, item)
		fmt.Println(err)
	}
	runTest(test)
	// Output:
	// graph: 401 Unauthorized
}

// Requests is what the client sent, operation by operation.
func ExampleServer_Requests() {
	test := func(t testing.TB) {
		g := graphtest.NewServer(t)
		recordView(g.Client(), g.Token(), activity, item)
		for _, x := range g.Requests("PUT /me/activities/{activity}/historyItems/{item}") {
			fmt.Println(x.Method, x.Path, x.Status, string(x.Body))
		}
	}
	runTest(test)
	// Output:
	// PUT /v1.0/me/activities/13881113971988980728/historyItems/390e06e2-7e5b-4133-8014-fac7ac991af7 201 {"startedDateTime": "2018-02-26T20:54:04.345Z"}
}

// PlayFS plays scenario files of an fs.FS, such as those that a test embeds.
func ExampleServer_PlayFS() {
	files := fstest.MapFS{"busy.yaml": {Data: []byte(`
version: 1
name: busy
summary: The service has no time.
rules:
  - id: all
    when: { request: "PUT /me/activities/{activity-id}/historyItems/{item-id}" }
    reply: unavailable
`)}}
	test := func(t testing.TB) {
		g := graphtest.NewServer(t)
		g.PlayFS(files, "busy.yaml")
		_, err := recordView(g.Client(), g.Token(), activity, item)
		fmt.Println(err)
	}
	runTest(test)
	// Output:
	// graph: 503 Service Unavailable
}

// The same test with a handler of its own, before, and with graphtest, after. Only
// the second notices that Graph would not have taken the request.
func Example_httptest() {
	before := func(t testing.TB) {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusCreated)
			io.WriteString(w, `{"id": "2"}`)
		}))
		defer s.Close()
		res, err := put(s.Client(), s.URL+"/v1.0/me/activities/1/historyItems/2", "token")
		fmt.Println(res, err)
	}
	after := func(t testing.TB) {
		g := graphtest.NewServer(t)
		res, err := put(g.Client(), g.URL()+"/v1.0/me/activities/1/historyItems/2", g.Token())
		fmt.Println(res, err)
	}
	runTest(before)
	runTest(after)
	// Output:
	// 201 Created <nil>
	// 400 Bad Request <nil>
	// FAIL: server/graphtest/example_test.go:LINE: contract: PUT /me/activities/1/historyItems/2: request path item-id: "2" is not a valid uuid; expected like 390e06e2-7e5b-4133-8014-fac7ac991af7
}

// put is production code that is told where Graph is.
func put(c *http.Client, url, token string) (status string, err error) {
	req, err := http.NewRequest("PUT", url, strings.NewReader(`{"startedDateTime": "2018-02-26T20:54:04.345Z"}`))
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := c.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	return res.Status, nil
}

// What a responder of httpmock did; the package's page has the test before.
func Example_httpmock() {
	const upsert = "PUT /me/activities/{activity}/historyItems/{item}"
	test := func(t testing.TB) {
		g := graphtest.NewServer(t)
		g.Script(upsert, scenarios.Throttle(30*time.Second), scenarios.Pass)
		for range 2 {
			created, err := recordView(g.Client(), g.Token(), activity, item)
			fmt.Println(created, err)
			g.Advance(30 * time.Second)
		}
		fmt.Println(len(g.Requests(upsert)), "calls")
	}
	runTest(test)
	// Output:
	// false graph: 429 Too Many Requests
	// true <nil>
	// 2 calls
}

// What a cassette of go-vcr did; the package's page has the test before.
func Example_goVCR() {
	test := func(t testing.TB) {
		g := graphtest.NewServer(t)
		g.Play("created-then-replaced") // an embedded scenario; a file of yours works as well
		for range 2 {
			created, err := recordView(g.Client(), g.Token(), activity, item)
			fmt.Println(created, err)
		}
	}
	runTest(test)
	// Output:
	// true <nil>
	// false <nil>
}

// patient retries as Graph asks it to.
func patient(c *http.Client, token string) error {
	for {
		req, err := http.NewRequest("GET", "https://graph.microsoft.com/v1.0/me/activities", nil)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := c.Do(req)
		if err != nil {
			return err
		}
		res.Body.Close()
		if res.StatusCode != http.StatusTooManyRequests {
			return nil
		}
		wait, err := time.ParseDuration(res.Header.Get("Retry-After") + "s")
		if err != nil {
			return err
		}
		time.Sleep(wait)
	}
}

// In a synctest bubble, a client that waits as long as it is told takes no time,
// and the test knows to the second how long it waited.
func TestPatientClientWaitsNinetySeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := graphtest.NewServer(t)
		g.Script("GET /me/activities", scenarios.Throttle(30*time.Second), scenarios.Throttle(60*time.Second),
			scenarios.Pass)
		start := time.Now()
		if err := patient(g.Client(), g.Token()); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(start); waited != 90*time.Second {
			t.Errorf("waited %s, want 1m30s", waited)
		}
	})
}
