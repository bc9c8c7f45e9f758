package credential

import "testing"

func TestHeadersThatAreCredentials(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct{ is, looks bool }{
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
		"X-Apikey":                     {false, true},
		"If-None-Match":                {false, false},
		"Cookie-Policy":                {false, false},
		"Idempotency-Key":              {false, false},
		"Token-Type":                   {false, false},
	} {
		if is, looks := IsHeader(name), LooksLikeHeader(name); is != want.is || looks != want.looks {
			t.Errorf("%s: is one: %v, looks like one: %v; want %v", name, is, looks, want)
		}
	}
}

func TestQueriesLoseTheirCredentials(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"":                                "",
		"$top=1&x":                        "$top=1&x",
		"access_token=a&$top=1":           "access_token=REDACTED&$top=1",
		"%61ccess_%74oken=a":              "%61ccess_%74oken=REDACTED",
		"client_secret=a&Password=b":      "client_secret=REDACTED&Password=REDACTED",
		"api_key=a&apikey=b&sig=c&code=d": "api_key=REDACTED&apikey=REDACTED&sig=REDACTED&code=REDACTED",
		"assertion=a&client_assertion=b":  "assertion=REDACTED&client_assertion=REDACTED",
		"$skiptoken=a&%24deltatoken=b":    "$skiptoken=a&%24deltatoken=b",
		"skiptoken=a&deltatoken=b":        "skiptoken=a&deltatoken=b",
		"token":                           "token=REDACTED",
		"%zztoken=a":                      "%zztoken=REDACTED", // no escape, and no less a token
		"codec=a&assertions=b":            "codec=a&assertions=b",
	} {
		if got := RedactQuery(query); got != want {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
}
