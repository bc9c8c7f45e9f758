package graphtest_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"testing"

	"github.com/graphmock/graphmock/server/graphtest"
)

// fromSDK is a request as msgraph-sdk-go sends it: bodies packed, of unknown
// length, with the SDK's own headers.
func fromSDK(t *testing.T, g *graphtest.Server, method, target, body string) (status int, header http.Header) {
	t.Helper()
	var packed io.Reader
	if body != "" {
		r, w := io.Pipe()
		go func() {
			z := gzip.NewWriter(w)
			io.WriteString(z, body)
			w.CloseWithError(z.Close())
		}()
		packed = r
	}
	req, err := http.NewRequestWithContext(t.Context(), method, "https://graph.microsoft.com/v1.0"+target, packed)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer " + g.Token(),
		"SdkVersion": "graph-go/1.96.0, graph-go-core/1.4.0 (hostOS=linux; hostArch=amd64; " +
			"runtimeEnvironment=go1.26)",
		"client-request-id": "b2a9e1b0-0000-4000-8000-000000000001", "Retry-Attempt": "1",
		"User-Agent": "kiota-go/1.5.4", "Accept": "application/json",
	} {
		req.Header.Set(name, value)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Content-Encoding", "gzip")
	}
	res, err := g.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, res.Body)
	res.Body.Close()
	return res.StatusCode, res.Header
}

func TestPackedBodiesOfTheSDKAreRead(t *testing.T) {
	t.Parallel()
	g := graphtest.NewServer(t)
	status, header := fromSDK(t, g, "PUT", "/me/activities/"+activity+"/historyItems/"+item, goodBody)
	if status != http.StatusCreated || header.Get("Client-Request-Id") != "b2a9e1b0-0000-4000-8000-000000000001" {
		t.Errorf("%d %v", status, header)
	}
	x := g.Requests("")[0]
	if string(x.Body) != goodBody || x.Header.Get("Retry-Attempt") != "1" || x.Header.Get("Sdkversion") == "" ||
		x.Header.Get("Content-Length") != "" {
		t.Errorf("the journal has %q %v", x.Body, x.Header)
	}
}

// TestEncodedNamesAreTheSame is about SDKs that encode what need not be encoded:
// $ in names of query options, parentheses in functions.
func TestEncodedNamesAreTheSame(t *testing.T) {
	t.Parallel()
	for plain, encoded := range map[string]string{
		"/me/activities?$expand=historyItems":   "/me/activities?%24expand=historyItems",
		"/me/activities/recent()":               "/me/activities/recent%28%29",
		"/me/activities?$top=2":                 "/me/activities?%24top=2",
		"/users/user@contoso.com/activities":    "/users/user%40contoso.com/activities",
		"/users('user@contoso.com')/activities": "/users%28%27user%40contoso.com%27%29/activities",
	} {
		g := graphtest.NewServer(t)
		for _, target := range []string{plain, encoded} {
			if status, _ := fromSDK(t, g, "GET", target, ""); status != http.StatusOK {
				t.Errorf("%s: %d, want 200", target, status)
			}
		}
		x := g.Requests("")
		if x[0].Operation == "" || x[0].Operation != x[1].Operation {
			t.Errorf("%s is of %q, but %s of %q", plain, x[0].Operation, encoded, x[1].Operation)
		}
		if v := g.TakeViolations(); len(v) > 0 {
			t.Errorf("%s: %v", plain, v)
		}
	}
}
