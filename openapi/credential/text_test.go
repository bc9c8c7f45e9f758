package credential

import (
	"encoding/json"
	"strings"
	"testing"
)

// jwt looks like a token.
const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJjb250b3NvIn0.c2lnbmF0dXJlLW9mLW5vdGhpbmc"

// pem is the beginning of what is no private key, and looks like one.
const pem = "-----BEGIN RSA PRIVATE KEY-----\nTm90aGluZw==\n-----END RSA PRIVATE KEY-----"

func TestTextLosesWhatLooksLikeACredential(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"nothing here", "nothing here"},
		{"Bearer " + jwt + " x", "Bearer REDACTED x"},
		{"a " + strings.Replace(jwt, ".", "%2E", 2) + "&b", "a REDACTED&b"},
		{"eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn, encrypted", "REDACTED, encrypted"},
		{"ewogICJhbGciOiAibm9uZSIKfQ.ewp9.", "REDACTED"}, // of JSON with line ends
		{"authorization=Bearer%20abcdefghijklmnopqrst&x=1", "authorization=REDACTED&x=1"},
		{"Bearer s3cret7, Basic dXNlcjpwdw==", "Bearer REDACTED, Basic REDACTED"},
		{"a bearer token was sent", "a bearer token was sent"},
		{"send Authorization: Bearer TOKEN", "send Authorization: Bearer TOKEN"},
		{"grant_type=password&client_secret=abc&password=p%20w",
			"grant_type=password&client_secret=REDACTED&password=REDACTED"},
		{"?$skiptoken=abc&$deltatoken=def&access_token=ghi", "?$skiptoken=abc&$deltatoken=def&access_token=REDACTED"},
		{"https://contoso.blob.example/x?sv=1&sig=abc%3D", "https://contoso.blob.example/x?sv=1&sig=REDACTED"},
		{"https://contoso.s3.example/x?X-Amz-Credential=abc&X-Amz-Date=1&X-Amz-Signature=def",
			"https://contoso.s3.example/x?X-Amz-Credential=REDACTED&X-Amz-Date=1&X-Amz-Signature=REDACTED"},
		{"redirect=https%3A%2F%2Fx%2Fy%3Faccess_token%3Dabc%26state%3Dz",
			"redirect=https%3A%2F%2Fx%2Fy%3Faccess_token%3DREDACTED%26state%3Dz"},
		{"DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey=ab+/cd==;EndpointSuffix=x",
			"DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey=REDACTED;EndpointSuffix=x"},
		{"Endpoint=sb://x/;SharedAccessKeyName=root;SharedAccessKey=abc=",
			"Endpoint=sb://x/;SharedAccessKeyName=root;SharedAccessKey=REDACTED"},
		{"Server=x;User Id=sa;Password='a;b';Encrypt=yes", "Server=x;User Id=sa;Password=REDACTED;Encrypt=yes"},
		{"SharedKey contoso:ab/cd+ef==", "SharedKey contoso:REDACTED"},
		{"redis://:abc@cache.example:6379 and https://adele:def@x/y", "redis://:REDACTED@cache.example:6379 and " +
			"https://adele:REDACTED@x/y"},
		{"https://contoso.example:8080/a@b", "https://contoso.example:8080/a@b"},
		{"before " + pem + " after", "before REDACTED after"},
		{strings.ReplaceAll(pem, "\n", `\n`), "REDACTED"},
		{strings.ReplaceAll(pem, " ", "+") + "&x=1", "REDACTED&x=1"},
		{"-----BEGIN PRIVATE KEY-----\nTm90", "REDACTED"}, // cut off
		{"-----BEGIN CERTIFICATE-----\nTm90\n-----END CERTIFICATE-----",
			"-----BEGIN CERTIFICATE-----\nTm90\n-----END CERTIFICATE-----"},
		{"npm test --token=abc", "npm test --token=REDACTED"},
		{"npm test --api-token abc --password x --token-file a",
			"npm test --api-token REDACTED --password REDACTED --token-file a"},
		{"--token is missing; add --password or --secret=x", "--token is missing; add --password or --secret=REDACTED"},
		{"curl -H 'X-Api-Key: abc' -H \"Accept: */*\"", "curl -H 'X-Api-Key: REDACTED' -H \"Accept: */*\""},
		{`curl -H "Authorization: Bearer $TOKEN" 'x?sig=${SIG}'`, `curl -H "Authorization: Bearer $TOKEN" 'x?sig=${SIG}'`},
		{"GET / HTTP/1.1\r\nApi-Key: abc\r\nHost: x\r\n", "GET / HTTP/1.1\r\nApi-Key: REDACTED\r\nHost: x\r\n"},
		{`got {"client_secret":"abc","client_id":"app"}`, `got {"client_secret":"REDACTED","client_id":"app"}`},
		{`got {\"client_secret\":\"abc\"}`, `got {\"client_secret\":\"REDACTED\"}`},
		{`got {'password': 'abc'}`, `got {'password': 'REDACTED'}`},
		{"<user><Password kind=\"x\">abc</Password><name>x</name></user>",
			"<user><Password kind=\"x\">REDACTED</Password><name>x</name></user>"},
		{"--x\r\nContent-Disposition: form-data; name=\"client_secret\"\r\n\r\nabc\r\n--x--",
			"--x\r\nContent-Disposition: form-data; name=\"client_secret\"\r\n\r\nREDACTED\r\n--x--"},
		{"code=abcdefghij&code_verifier=k&assertion=l&state=m",
			"code=REDACTED&code_verifier=REDACTED&assertion=REDACTED&state=m"},
		{"?api-key=abc&subscription-key=def&code=404", "?api-key=REDACTED&subscription-key=REDACTED&code=404"},
		{"error code=InvalidAuthenticationToken", "error code=InvalidAuthenticationToken"},
		{"key 111111-222222-333333-444444-555555-666666-777777-888888.", "key REDACTED."},
		{"with ghp_0123456789abcdefghijklmnopqrstuvwxyz", "with REDACTED"},
		{"with ab18Q~0123456789abcdefghijklmnopqrstuvwx", "with REDACTED"},
		{`{"@odata.nextLink":"https://graph.microsoft.com/v1.0/me/activities?$skiptoken=abc"}`,
			`{"@odata.nextLink":"https://graph.microsoft.com/v1.0/me/activities?$skiptoken=abc"}`},
		{"request body /password: required property is missing", "request body /password: required property is missing"},
	}
	for _, test := range tests {
		got := Rules{}.Text(test.text)
		if got != test.want {
			t.Errorf("%s\ngot  %s\nwant %s", test.text, got, test.want)
		}
		if again := (Rules{}).Text(got); again != got {
			t.Errorf("%s becomes %s", got, again)
		}
	}
}

func TestBodiesLoseTheirCredentials(t *testing.T) {
	t.Parallel()
	own := Rules{}.WithHeader("X-Contoso").WithOption("contoso")
	tests := []struct{ body, want string }{
		{"", ""},
		{"text", "text"},
		{strings.Repeat("=", 1<<20), strings.Repeat("=", 1<<20)}, // in no time
		{"client_id=app&client_secret=abc", "client_id=app&client_secret=REDACTED"},
		{"X-Api-Key: abc\nx: y", "X-Api-Key: REDACTED\nx: y"},
		{`{"a": 1.50, "client_secret":"abc" }`, `{"a": 1.50, "client_secret":"REDACTED" }`},
		{`{"refreshToken" : "a\"b", "n":1}`, `{"refreshToken" : "REDACTED", "n":1}`},
		{`{"token":"abc","clientSecret":"def","apiKey":"ghi","pwd":"j"}`,
			`{"token":"REDACTED","clientSecret":"REDACTED","apiKey":"REDACTED","pwd":"REDACTED"}`},
		{`{"skipToken":"abc","code":"InvalidAuthenticationToken"}`,
			`{"skipToken":"abc","code":"InvalidAuthenticationToken"}`},
		{`{"passwordProfile":{"password":"abc","forceChangePasswordNextSignIn":true}}`,
			`{"passwordProfile":{"password":"REDACTED","forceChangePasswordNextSignIn":true}}`},
		{`{"passwordCredentials":[{"secretText":"abc","hint":"abc"}],"clientState":"def"}`,
			`{"passwordCredentials":[{"secretText":"REDACTED","hint":"abc"}],"clientState":"REDACTED"}`},
		{`{"keyCredentials":[{"key":"abc","type":"Symmetric"}],"key":"public"}`,
			`{"keyCredentials":[{"key":"REDACTED","type":"Symmetric"}],"key":"public"}`},
		{`{"encryptionKey":"abc","macKey":"def","temporaryAccessPass":"ghi"}`,
			`{"encryptionKey":"REDACTED","macKey":"REDACTED","temporaryAccessPass":"REDACTED"}`},
		{`{"value":[{"key":"SecretToken","value":"abc"},{"value":"x","key":"BaseAddress"},{"value":"d","name":"password"}]}`,
			`{"value":[{"key":"SecretToken","value":"REDACTED"},{"value":"x","key":"BaseAddress"},` +
				`{"value":"REDACTED","name":"password"}]}`},
		{`{"p\u0061ssword":"abc","passcode":123456,"secret":{"value":["abc",null,true]},"tokens":["d"]}`,
			`{"p\u0061ssword":"REDACTED","passcode":"REDACTED","secret":{"value":["REDACTED",null,true]},` +
				`"tokens":["REDACTED"]}`},
		{`{"max_tokens":100}`, `{"max_tokens":100}`},
		{`{"requests":[{"url":"/me?contoso=abc","headers":{"x-contoso":"def","authorization":"ghi","x":"y"}}]}`,
			`{"requests":[{"url":"/me?contoso=REDACTED","headers":{"x-contoso":"REDACTED","authorization":"REDACTED","x":"y"}}]}`},
		{`{"note":"` + jwt + `","uri":"amqps://u:abc@x"}`, `{"note":"REDACTED","uri":"amqps://u:REDACTED@x"}`},
		{`{"note":"-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n<x>"}`, `{"note":"REDACTED\n<x>"}`},
		{`{"json":"{\"p\\u0061ssword\":\"abc\"}"}`, `{"json":"{\"p\\u0061ssword\":\"REDACTED\"}"}`},
		{`{"body":"eyJwYXNzd29yZCI6ImFiYyJ9"}`, `{"body":"REDACTED"}`}, // {"password":"abc"}
		{`{"body":"eyJuYW1lIjoiYWRlbGUifQ=="}`, `{"body":"eyJuYW1lIjoiYWRlbGUifQ=="}`},
		{`{"` + jwt + `":{"a":1}}`, `{"REDACTED":{"a":1}}`},
		// broken JSON
		{`{"password":"abc`, `{"password":"REDACTED`},
		{`{"a":[}"password":"abc"]`, `{"a":[}"password":"REDACTED"]`},
		{`{password:"abc", "token" "x", "pwd":"y"} sig=abc`, `{password:"abc", "token" "x", "pwd":"REDACTED"} sig=REDACTED`},
		{`{"a":` + strings.Repeat("[", 1000) + `{"password":"abc"}`, `{"a":` + strings.Repeat("[", 1000) + `{"password":"REDACTED"}`},
	}
	for _, test := range tests {
		got := string(own.Body([]byte(test.body)))
		if got != test.want {
			t.Errorf("%s\ngot  %s\nwant %s", test.body, got, test.want)
		}
	}
}

func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		`{"a":{"password":1,"name":"token","value":"x"},"b":["c",{"headers":{"cookie":"d"}}]}`, `{"value":"","key":"pwd"}`,
		"client_secret=abc&x=%3Fsig%3Dy", "<token>x</token>", pem, jwt, `{"a":"eyJwYXNzd29yZCI6ImFiYyJ9"}`, `[`, `{"a":[}"`,
		"\"Api-Key: x'\n a: b", "Bearer s3cret7", `{"json":"{\"pwd\":\"\\u0061\"}"}`, "a=\"b='c", "\xff=\xfe&pwd=\xfd",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		safe := Rules{}.Body([]byte(s))
		if json.Valid([]byte(s)) && !json.Valid(safe) {
			t.Errorf("%q is no JSON any more: %q", s, safe)
		}
		Rules{}.Query(s)
		Rules{}.Path(s)
		Rules{}.Text(s)
	})
}

func TestLettersOfOtherScriptsHideNoCredential(t *testing.T) {
	t.Parallel()
	// strings.EqualFold and (?i) take the sign of Kelvin for a k.
	if got := (Rules{}).Text("SharedKey account:c2VjcmV0c2VjcmV0"); strings.Contains(got, "c2Vj") {
		t.Errorf("got %s", got)
	}
}
