package credential

import "testing"

// jwt looks like a token.
const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJjb250b3NvIn0.c2lnbmF0dXJlLW9mLW5vdGhpbmc"

func TestTextLosesWhatLooksLikeACredential(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"nothing here", "nothing here"},
		{"Bearer " + jwt + " x", "Bearer REDACTED x"},
		{"authorization=Bearer%20abcdefghijklmnopqrst&x=1", "authorization=Bearer%20REDACTED&x=1"},
		{"a bearer token was sent", "a bearer token was sent"},
		{`{"client_secret":"s3cret","client_id":"app"}`, `{"client_secret":"REDACTED","client_id":"app"}`},
		{`{"refreshToken" : "a\"b", "n":1}`, `{"refreshToken" : "REDACTED", "n":1}`},
		{"grant_type=password&client_secret=abc&password=p%20w",
			"grant_type=password&client_secret=REDACTED&password=REDACTED"},
		{"?$skiptoken=abc&$deltatoken=def&access_token=ghi", "?$skiptoken=abc&$deltatoken=def&access_token=REDACTED"},
		{"https://contoso.blob.example/x?sv=1&sig=abc%3D", "https://contoso.blob.example/x?sv=1&sig=REDACTED"},
		{"npm test --token=abc", "npm test --token=REDACTED"},
		{"npm test --api-token abc --password x --token-file a",
			"npm test --api-token REDACTED --password REDACTED --token-file a"},
		{`{"token":"abc","clientSecret":"def","apiKey":"ghi","pwd":"j"}`,
			`{"token":"REDACTED","clientSecret":"REDACTED","apiKey":"REDACTED","pwd":"REDACTED"}`},
		{`{"skipToken":"abc","code":"InvalidAuthenticationToken"}`,
			`{"skipToken":"abc","code":"InvalidAuthenticationToken"}`},
		{"code=abcdefghij&code_verifier=k&assertion=l&state=m",
			"code=REDACTED&code_verifier=REDACTED&assertion=REDACTED&state=m"},
		{"?api-key=abc&subscription-key=def&code=404", "?api-key=REDACTED&subscription-key=REDACTED&code=404"},
		{`{"@odata.nextLink":"https://graph.microsoft.com/v1.0/me/activities?$skiptoken=abc"}`,
			`{"@odata.nextLink":"https://graph.microsoft.com/v1.0/me/activities?$skiptoken=abc"}`},
	}
	for _, test := range tests {
		if got := RedactText(test.text); got != test.want {
			t.Errorf("%s\ngot  %s\nwant %s", test.text, got, test.want)
		}
	}
}
