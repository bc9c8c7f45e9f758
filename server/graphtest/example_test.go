package graphtest_test

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing/fstest"
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

// A test of recordView hands it the client of a server of its own. In all examples, t
// is the *testing.T of the test whose body they are.
func ExampleNewServer() {
	g := graphtest.NewServer(t)
	for _, want := range []bool{true, false} { // a second PUT replaces
		created, err := recordView(g.Client(), g.Token(), "13881113971988980728",
			"390e06e2-7e5b-4133-8014-fac7ac991af7")
		if created != want || err != nil {
			t.Errorf("created %v, error %v; want %v", created, err, want)
		}
	}
	if n := len(g.Requests("PUT /me/activities/{activity}/historyItems/{item}")); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
	// Output:
}

// A request that breaks the contract fails the test, though the code under test
// never looked.
func ExampleNewServer_violation() {
	g := graphtest.NewServer(t)
	recordView(g.Client(), "", "13881113971988980728", "2")

	// go test prints, in one line:
	//
	//	sync/example_test.go:29: contract: PUT /me/activities/13881113971988980728/historyItems/2:
	//	request header Authorization: no bearer token was sent; send Authorization: Bearer TOKEN (observed)

	// Output:
}

// A test about a violation takes it.
func ExampleServer_TakeViolations() {
	g := graphtest.NewServer(t)
	recordView(g.Client(), g.Token(), "13881113971988980728", "2")
	for _, v := range g.TakeViolations() {
		fmt.Println(v.Rule, v.Pointer)
	}
	// Output:
	// format item-id
}

// Script makes the service misbehave: here it throttles once. A client that is told to
// wait has to, or the test fails; Advance lets the time pass. The package's page has the
// same in a synctest bubble.
func ExampleServer_Script() {
	g := graphtest.NewServer(t)
	g.Script("PUT /me/activities/{activity}/historyItems/{item}",
		scenarios.Throttle(30*time.Second), scenarios.Pass)
	if _, err := recordView(g.Client(), g.Token(), activity, item); err == nil {
		t.Error("429 is no error")
	}
	g.Advance(30 * time.Second)
	if created, err := recordView(g.Client(), g.Token(), activity, item); !created || err != nil {
		t.Errorf("created %v, error %v", created, err)
	}
	// Output:
}

// TakeFailures is for tests about clients that do less than a script expects: this one
// gives up at the first error.
func ExampleServer_TakeFailures() {
	g := graphtest.NewServer(t)
	g.Script("PUT /me/activities/{activity}/historyItems/{item}",
		scenarios.Unavailable(time.Minute), scenarios.Unavailable(time.Minute))
	recordView(g.Client(), g.Token(), activity, item)
	for _, f := range g.TakeFailures() {
		fmt.Println(f.Expectation, "-", f.Message)
	}
	// Output:
	// unused - 1 of 2 replies were not given; next was reply 2
}

// Verdict is what came of all requests: here, that the client has created twice what it
// could not know to be there.
func ExampleServer_Verdict() {
	g := graphtest.NewServer(t)
	g.Script("PUT /me/activities/{activity}/historyItems/{item}", scenarios.Pass.Then(scenarios.FaultReset))
	for _, id := range []string{"390e06e2-7e5b-4133-8014-fac7ac991af7", "5b1c64b0-3c1c-4d2f-9d5e-0f1b2c3d4e5f"} {
		recordView(g.Client(), g.Token(), activity, id)
	}
	v := g.Verdict()
	fmt.Println("clean:", v.Clean, "created twice:", len(v.Duplicates))
	// Output:
	// clean: true created twice: 1
}

// Play takes a scenario file, embedded ones by name. What the scenario expects
// of the client fails the test in the end: here, to wait as long as it was told.
func ExampleServer_Play() {
	g := graphtest.NewServerConfig(t, server.Config{Now: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)})
	g.Play("throttled-then-created")
	for range 3 {
		recordView(g.Client(), g.Token(), "13881113971988980728", "390e06e2-7e5b-4133-8014-fac7ac991af7")
	}
	for _, x := range g.Requests("") {
		fmt.Printf("%d %q\n", x.Status, x.Rule)
	}
	// Output:
	// 429 "throttled-then-created/upsert"
	// 201 "throttled-then-created/upsert"
	// 200 ""
}

// Create, Get, Update, Delete and Upload are doors to the state: a test prepares what the
// code under test finds, and looks at what it left, without requests of its own.
func ExampleServer_Create() {
	g := graphtest.NewServer(t)
	id := g.Create("/users/adele@contoso.com/messages", map[string]any{"subject": "Ropes"})
	g.Update("/users/adele@contoso.com/messages/"+id, map[string]any{"isRead": true})

	var message struct {
		Subject string
		IsRead  bool
	}
	g.Get("/users/adele@contoso.com/messages/"+id, &message)
	fmt.Printf("%+v\n", message)
	// Output:
	// {Subject:Ropes IsRead:true}
}

// Listen is for processes and clients that need a socket.
func ExampleServer_Listen() {
	g := graphtest.NewServer(t)
	res, err := http.Get(g.Listen() + "/v1.0/me/activities")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	fmt.Println(res.Status)
	g.TakeViolations() // the token was left out
	// Output:
	// 401 Unauthorized
}

const activity, item = "13881113971988980728", "390e06e2-7e5b-4133-8014-fac7ac991af7"

// NewServerConfig is for tests that need another tenant, time or contract: here,
// no user has any activities.
func ExampleNewServerConfig() {
	g := graphtest.NewServerConfig(t, server.Config{Fixtures: fixtures.Empty()})
	_, err := recordView(g.Client(), g.Token(), activity, item)
	fmt.Println(err)
	// Output:
	// graph: 404 Not Found
}

// Client reaches the hosts of Graph and of Entra, and no other.
func ExampleServer_Client() {
	g := graphtest.NewServer(t)
	_, err := g.Client().Get("https://api.example.com/v1.0/me")
	fmt.Println(err)
	// Output:
	// Get "https://api.example.com/v1.0/me": graphmock: "api.example.com" is not a host of Microsoft Graph, and this client reaches no other
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
	g := graphtest.NewServer(t)
	recordView(&http.Client{Transport: userAgent{g.Transport()}}, g.Token(), activity, item)
	fmt.Println(g.Requests("")[0].Header.Get("User-Agent"))
	// Output:
	// contoso/1.0
}

// URL is for code that wants to be told where Graph is.
func ExampleServer_URL() {
	g := graphtest.NewServer(t)
	fmt.Println(g.URL() + "/v1.0")
	// Output:
	// https://graph.microsoft.com/v1.0
}

// ListenTLS is for clients that insist on https. Their transport has to trust
// CertPool.
func ExampleServer_ListenTLS() {
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
	// Output:
	// HTTP/2.0 200 OK
}

// CertPool goes into the tls.Config of a client that has one already.
func ExampleServer_CertPool() {
	g := graphtest.NewServer(t)
	config := &tls.Config{MinVersion: tls.VersionTLS13, ServerName: "graph.microsoft.com"}
	config.RootCAs = g.CertPool()
	conn, err := tls.Dial("tcp", strings.TrimPrefix(g.ListenTLS(), "https://"), config)
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer conn.Close()
	fmt.Println(conn.ConnectionState().PeerCertificates[0].VerifyHostname("graph.microsoft.com"))
	// Output:
	// <nil>
}

// Token is a signed-in user's, unless options say more: whose it is, what it
// permits, how long.
func ExampleServer_Token() {
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
	// Output:
	// true <nil>
	// false graph: 404 Not Found
	// false graph: 403 Forbidden
	// false graph: 401 Unauthorized
}

// A token can be made for anybody, and for anything.
func ExampleTokenOption() {
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
	g := graphtest.NewServerConfig(t, server.Config{Fixtures: fixtures.Empty()})
	g.Seed(fixtures.Contoso())
	recordView(g.Client(), g.Token(), activity, item)
	for _, a := range g.State().Activities {
		fmt.Println(a.Properties["appActivityId"], len(a.HistoryItems))
	}
	// Output:
	// /trail?208 2
}

// State can be kept and brought back.
func ExampleServer_SetState() {
	g := graphtest.NewServer(t)
	before := g.State()
	for range 2 {
		created, _ := recordView(g.Client(), g.Token(), activity, item)
		fmt.Println(created)
		g.SetState(before)
	}
	// Output:
	// true
	// true
}

// State is what the client has brought about.
func ExampleServer_State() {
	g := graphtest.NewServer(t)
	recordView(g.Client(), g.Token(), activity, item)
	for _, h := range g.State().Activities[0].HistoryItems {
		fmt.Println(h["id"], h["startedDateTime"])
	}
	// Unordered output:
	// 390e06e2-7e5b-4133-8014-fac7ac991af7 2018-02-26T20:54:04.345Z
	// 5f3c8d1a-9b2e-4f60-8a7d-1c2b3a4d5e6f 2018-02-26T20:28:02.14Z
}

// Reset brings everything back to the start, between the parts of one test.
func ExampleServer_Reset() {
	g := graphtest.NewServer(t)
	recordView(g.Client(), g.Token(), activity, item)
	g.Reset()
	created, err := recordView(g.Client(), g.Token(), activity, item)
	fmt.Println(created, err, len(g.Requests("")))
	// Output:
	// true <nil> 1
}

// Advance lets time pass for the server: this token was good for an hour.
func ExampleServer_Advance() {
	g := graphtest.NewServer(t)
	token := g.Token()
	g.Advance(time.Hour)
	_, err := recordView(g.Client(), token, activity, item)
	fmt.Println(err)
	// Output:
	// graph: 401 Unauthorized
}

// Handle lets a handler receive change notifications, as production code does behind its URL: it
// validates itself when the client subscribes, and is called for each change.
func ExampleServer_Handle() {
	g := graphtest.NewServerConfig(t, server.Config{Now: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)})
	g.Handle("https://app.example/notify", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if token := r.URL.Query().Get("validationToken"); token != "" {
			w.Header().Set("Content-Type", "text/plain")
			io.WriteString(w, token)
			return
		}
		var body struct{ Value []struct{ ChangeType string } }
		json.NewDecoder(r.Body).Decode(&body)
		fmt.Println("told of what was", body.Value[0].ChangeType)
		w.WriteHeader(http.StatusAccepted)
	}))
	g.Create("/subscriptions", map[string]any{
		"changeType": "created,deleted", "resource": "me/contacts", "notificationUrl": "https://app.example/notify",
		"expirationDateTime": "2026-01-31T13:00:00Z",
	})
	id := g.Create("/me/contacts", map[string]any{"displayName": "Lidia"})
	g.Delete("/me/contacts/" + id)
	// Output:
	// told of what was created
	// told of what was deleted
}

// Requests is what the client sent, operation by operation.
func ExampleServer_Requests() {
	g := graphtest.NewServer(t)
	recordView(g.Client(), g.Token(), activity, item)
	for _, x := range g.Requests("PUT /me/activities/{activity}/historyItems/{item}") {
		fmt.Println(x.Method, x.Path, x.Status, string(x.Body))
	}
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
	g := graphtest.NewServer(t)
	g.PlayFS(files, "busy.yaml")
	_, err := recordView(g.Client(), g.Token(), activity, item)
	fmt.Println(err)
	// Output:
	// graph: 503 Service Unavailable
}

// The same test with a handler of its own, before, and with graphtest, after. Only
// the second notices that Graph would not have taken the request, and fails.
func Example_httptest() {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, `{"id": "2"}`)
	}))
	defer s.Close()
	res, err := put(s.Client(), s.URL+"/v1.0/me/activities/1/historyItems/2", "token")
	fmt.Println(res, err)

	g := graphtest.NewServer(t)
	res, err = put(g.Client(), g.URL()+"/v1.0/me/activities/1/historyItems/2", g.Token())
	fmt.Println(res, err)
	// Output:
	// 201 Created <nil>
	// 400 Bad Request <nil>
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
	g := graphtest.NewServer(t)
	g.Script(upsert, scenarios.Throttle(30*time.Second), scenarios.Pass)
	for range 2 {
		created, err := recordView(g.Client(), g.Token(), activity, item)
		fmt.Println(created, err)
		g.Advance(30 * time.Second)
	}
	fmt.Println(len(g.Requests(upsert)), "calls")
	// Output:
	// false graph: 429 Too Many Requests
	// true <nil>
	// 2 calls
}

// What a cassette of go-vcr did; the package's page has the test before.
func Example_goVCR() {
	g := graphtest.NewServer(t)
	g.Play("created-then-replaced") // an embedded scenario; a file of yours works as well
	for range 2 {
		created, err := recordView(g.Client(), g.Token(), activity, item)
		fmt.Println(created, err)
	}
	// Output:
	// true <nil>
	// false <nil>
}

// readActivities is production code that retries as Graph asks it to.
func readActivities(c *http.Client, token string) error {
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
