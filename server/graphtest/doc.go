// Package graphtest starts a Microsoft Graph for a Go test, as net/http/httptest
// starts a server.
//
//	package sync_test
//
//	import (
//		"testing"
//		"testing/synctest"
//		"time"
//
//		"github.com/graphmock/graphmock/scenarios"
//		"github.com/graphmock/graphmock/server/graphtest"
//	)
//
//	func TestActivitiesAreReadAfterThrottling(t *testing.T) {
//		synctest.Test(t, func(t *testing.T) { // waiting takes no time
//			g := graphtest.NewServer(t)
//			g.Script("GET /me/activities",
//				scenarios.Throttle(30*time.Second), scenarios.Throttle(60*time.Second), scenarios.Pass)
//
//			start := time.Now()
//			if err := readActivities(g.Client(), g.Token()); err != nil {
//				t.Fatal(err)
//			}
//			if waited := time.Since(start); waited != 90*time.Second {
//				t.Errorf("waited %s, want 1m30s", waited)
//			}
//			if n := len(g.Requests("GET /me/activities")); n != 3 {
//				t.Errorf("%d requests, want 3", n)
//			}
//		})
//	}
//
// The client's requests to any host of Graph are answered in process; code under
// test keeps its production URLs. A request that breaks Graph's contract is
// answered as Graph would, and fails the test when it ends, with the line of the
// test that sent it, in the file as the module has it:
//
//	sync/sync_test.go:41: contract: PUT /me/activities/1/historyItems/2: request body /startedDateTime: required property is missing (documented, type activityHistoryItem); sent by sync/client.go:62
//
// A server belongs to one test, may be used by any number of goroutines, and needs
// no closing. One that was made in a bubble of testing/synctest keeps the bubble's
// time: thirty seconds of Retry-After, delays and the thirty days that Graph keeps
// activities take no time.
//
// # Reports
//
// The environment variable GRAPHMOCK_REPORT has go test write what all servers of a
// run have found, as FORMAT=FILE, separated by commas:
//
//	GRAPHMOCK_REPORT=junit=graphmock.xml,html=graphmock.html go test -count=1 ./...
//
// Formats are junit, sarif, json, html, markdown and har, with every token left out.
// All packages of a run go into the same file. A relative one is below the root of
// their module, where go.mod is: go test does not tell its tests where it was
// started. Packages whose results go test has cached send nothing; -count=1 has them
// run. A test binary of go test -c that is run by hand makes a report of its own.
// Times are real: a server in a synctest bubble, or with Config.Now, counts from the
// start of the test binary, and its waits take no time.
//
// # Instead of httptest.NewServer(handler)
//
// A handler of one's own responds as its author thinks that Graph responds, and
// takes any request of the client:
//
//	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
//		w.WriteHeader(http.StatusCreated)
//		io.WriteString(w, `{"id": "390e06e2-7e5b-4133-8014-fac7ac991af7"}`)
//	}))
//	defer s.Close()
//	item, err := RecordView(s.Client(), s.URL+"/v1.0", "token")
//
// Here nothing is written down that Graph decides:
//
//	g := graphtest.NewServer(t)
//	item, err := RecordView(g.Client(), g.URL()+"/v1.0", g.Token())
//
// The example "Httptest" has both.
//
// # Instead of httpmock
//
// github.com/jarcoal/httpmock replaces a transport, as Client does, and needs a
// response registered for each URL:
//
//	httpmock.Activate(t)
//	httpmock.RegisterResponder("PUT", `=~^https://graph\.microsoft\.com/v1\.0/me/activities/`,
//		httpmock.NewStringResponder(429, `{"error": {"code": "TooManyRequests"}}`).
//			HeaderSet(http.Header{"Retry-After": {"30"}}).
//			Then(httpmock.NewStringResponder(201, `{"id": "390e06e2-7e5b-4133-8014-fac7ac991af7"}`)))
//	...
//	if n := httpmock.GetTotalCallCount(); n != 2 { ... }
//
// becomes
//
//	g := graphtest.NewServer(t)
//	g.Script("PUT /me/activities/{activity}/historyItems/{item}", scenarios.Throttle(30*time.Second), scenarios.Pass)
//	...
//	if n := len(g.Requests("PUT /me/activities/{activity}/historyItems/{item}")); n != 2 { ... }
//
// http.DefaultClient is not touched, so that tests stay parallel. The example
// "Httpmock" runs it.
//
// # Instead of go-vcr
//
// gopkg.in/dnaeon/go-vcr.v4 plays a cassette that was recorded from the real
// service, with its account, tokens and dates:
//
//	r, err := recorder.New("testdata/upsert", recorder.WithMode(recorder.ModeReplayOnly))
//	defer r.Stop()
//	item, err := RecordView(r.GetDefaultClient(), "https://graph.microsoft.com/v1.0", os.Getenv("TOKEN"))
//
// becomes
//
//	g := graphtest.NewServer(t)
//	item, err := RecordView(g.Client(), "https://graph.microsoft.com/v1.0", g.Token())
//
// and answers what was never recorded, too. What a cassette stood for besides is a
// scenario file: see Server.Play and the example "GoVCR".
//
// # Clients with golang.org/x/oauth2
//
// Package oauth2 takes its HTTP client from a context. With this server's it signs in
// here, as the tenant's own application:
//
//	g := graphtest.NewServer(t)
//	ctx := context.WithValue(t.Context(), oauth2.HTTPClient, g.Client())
//	c := g.Credentials()
//	config := clientcredentials.Config{
//		ClientID: c.ClientID, ClientSecret: c.ClientSecret,
//		TokenURL: "https://login.microsoftonline.com/" + c.TenantID + "/oauth2/v2.0/token",
//		Scopes:   []string{"https://graph.microsoft.com/.default"},
//	}
//	client := activities.New(config.Client(ctx), "https://graph.microsoft.com/v1.0")
//
// Credentials of azidentity take g.Client() as Transport of their ClientOptions. What needs
// no sign-in has a token at once: oauth2.StaticTokenSource takes g.Token(), and
// g.Token(graphtest.AppOnly()) for an application without a user.
//
// # Microsoft's own SDK
//
// msgraph-sdk-go takes an HTTP client and something that knows a token:
//
//	type token string
//
//	func (t token) AuthenticateRequest(_ context.Context, r *abstractions.RequestInformation, _ map[string]any) error {
//		r.Headers.Add("Authorization", "Bearer "+string(t))
//		return nil
//	}
//
//	g := graphtest.NewServer(t)
//	c := &http.Client{Transport: kiotahttp.NewCustomTransportWithParentTransport(
//		g.Transport(), msgraphgocore.GetDefaultMiddlewaresWithOptions(nil)...)}
//	adapter, err := msgraphsdk.NewGraphRequestAdapterWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
//		token(g.Token()), nil, nil, c)
//	list, err := msgraphsdk.NewGraphServiceClient(adapter).Me().Activities().Get(t.Context(), nil)
//
// with github.com/microsoft/kiota-abstractions-go as abstractions,
// github.com/microsoft/kiota-http-go as kiotahttp and
// github.com/microsoftgraph/msgraph-sdk-go-core as msgraphgocore. The middleware's retries sleep for real:
// have such tests in a synctest bubble. This module does not depend on the SDK,
// which takes gigabytes to compile; its tests send what the SDK does (gzip
// bodies without Content-Length, SdkVersion, client-request-id, Retry-Attempt,
// encoded names such as %24top).
package graphtest
