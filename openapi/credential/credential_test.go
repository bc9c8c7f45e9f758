package credential

import (
	"net/http"
	"reflect"
	"testing"
)

func TestHeadersThatAreCredentials(t *testing.T) {
	t.Parallel()
	own := Rules{}.WithHeader("X-Contoso")
	for name, want := range map[string]struct{ ofHTTP, is bool }{
		"Authorization":                {true, true},
		"Proxy-Authorization":          {true, true},
		"Cookie":                       {true, true},
		"Set-Cookie":                   {true, true},
		"Set-Cookie2":                  {false, true},
		"X-Auth-Token":                 {false, true},
		"X-Csrf-Token":                 {false, true},
		"X-Amz-Security-Token":         {false, true},
		"X-Ms-Authorization-Auxiliary": {false, true},
		"X-Functions-Key":              {false, true},
		"Ocp-Apim-Subscription-Key":    {false, true},
		"Aeg-Sas-Key":                  {false, true},
		"X-Apikey":                     {false, true},
		"X-Contoso":                    {false, true},
		"If-None-Match":                {false, false},
		"Cookie-Policy":                {false, false},
		"Idempotency-Key":              {false, false},
		"Sec-Websocket-Key":            {false, false},
		"Token-Type":                   {false, false},
		"Client-Request-Id":            {false, false},
	} {
		if got := IsHeader(name); got != want.ofHTTP {
			t.Errorf("%s is one of HTTP: %v", name, got)
		}
		if got := own.IsHeader(name); got != want.is {
			t.Errorf("%s is one: %v", name, got)
		}
	}
	if (Rules{}).IsHeader("X-Contoso") {
		t.Error("X-Contoso is one where no contract says so")
	}
}

func TestHeadersLoseTheirCredentials(t *testing.T) {
	t.Parallel()
	sent := http.Header{"X-Api-Key": {"a", "b"}, "Accept": {"*/*"}, "Location": {"https://contoso.example/x?sig=abc"}}
	want := http.Header{"X-Api-Key": {Redacted, Redacted}, "Accept": {"*/*"},
		"Location": {"https://contoso.example/x?sig=" + Redacted}}
	if got := (Rules{}).Header(sent); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	if sent.Get("X-Api-Key") != "a" {
		t.Error("the header has changed")
	}
}

func TestQueriesLoseTheirCredentials(t *testing.T) {
	t.Parallel()
	own := Rules{}.WithOption("contoso").WithOption("other")
	for query, want := range map[string]string{
		"":                                "",
		"$top=1&x":                        "$top=1&x",
		"access_token=a&$top=1":           "access_token=REDACTED&$top=1",
		"%61ccess_%74oken=a":              "%61ccess_%74oken=REDACTED",
		"client_secret=a&Password=b":      "client_secret=REDACTED&Password=REDACTED",
		"api_key=a&apikey=b&sig=c&code=d": "api_key=REDACTED&apikey=REDACTED&sig=REDACTED&code=REDACTED",
		"assertion=a&client_assertion=b":  "assertion=REDACTED&client_assertion=REDACTED",
		"X-Amz-Signature=a&X-Goog-Credential=b&tempauth=c": "X-Amz-Signature=REDACTED&X-Goog-Credential=REDACTED" +
			"&tempauth=REDACTED",
		"$skiptoken=a&%24deltatoken=b":      "$skiptoken=a&%24deltatoken=b",
		"skiptoken=a&deltatoken=b":          "skiptoken=a&deltatoken=b",
		"token":                             "token=REDACTED",
		"%zztoken=a":                        "%zztoken=REDACTED", // no escape, and no less a token
		"codec=a&assertions=b":              "codec=a&assertions=b",
		"contoso=a&Other=b&more=c":          "contoso=REDACTED&Other=REDACTED&more=c",
		"$filter=x%20eq%20'" + jwt + "'":    "$filter=x+eq+%27REDACTED%27",
		"to=https%3A%2F%2Fx%2F%3Fsig%3Dabc": "to=https%3A%2F%2Fx%2F%3Fsig%3DREDACTED",
	} {
		if got := own.Query(query); got != want {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
}

func TestPathsLoseTheirCredentials(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/v1.0/me/activities/1":             "/v1.0/me/activities/1",
		"/v1.0/shares/" + jwt + "/root":     "/v1.0/shares/REDACTED/root",
		"/v1.0/me/unlock(password='a%20b')": "/v1.0/me/unlock%28password=REDACTED%29",
		"/v1.0/files/%2Farticle%3F12345":    "/v1.0/files/%2Farticle%3F12345",
		"/x;jsessionid=abc/y":               "/x;jsessionid=REDACTED/y",
	} {
		if got := (Rules{}).Path(path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}
