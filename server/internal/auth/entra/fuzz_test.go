package entra

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// FuzzToken posts forms to the token endpoint: whatever they say, the answer is a token or an
// error in Entra's form, and no form without the secret gets a token of a registered
// application.
func FuzzToken(f *testing.F) {
	for _, form := range []string{
		"", "grant_type=", "grant_type=client_credentials&client_id=" + appID + "&client_secret=x&scope=https://graph.microsoft.com/.default",
		"grant_type=authorization_code&code=x&redirect_uri=http://localhost&code_verifier=y&client_id=" + nobodyID,
		"grant_type=refresh_token&refresh_token=x&client_id=" + appID, "grant_type=password&username=ada@contoso.com&password=x",
		"grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=x&client_id=" + appID,
		"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=e30.e30.e30&requested_token_use=on_behalf_of",
		"grant_type=client_credentials&scope=%00%ff+a%20b&client_id=%zz", "a=b;c=d&&&=", "grant_type=client_credentials&scope=.default&scope=x",
	} {
		f.Add(tenantID, form, "")
	}
	f.Add("contoso.com", "grant_type=client_credentials", "Basic YTpi")
	f.Add("..", "grant_type=client_credentials", "Basic !")
	f.Fuzz(func(t *testing.T, tenant, form, authorization string) {
		for _, strict := range []bool{false, true} {
			s := newSite(t, strict)
			res, body := s.postForm(tenant, form, authorization)
			if res.StatusCode >= 500 {
				t.Fatalf("%d %s", res.StatusCode, body)
			}
			var answer map[string]any
			if err := json.Unmarshal(body, &answer); err != nil && res.StatusCode != 404 {
				t.Fatalf("%d %q: %v", res.StatusCode, body, err)
			}
			values, _ := url.ParseQuery(form)
			if strict && answer["access_token"] != nil && values.Get("client_secret") != secret && !strings.Contains(authorization, "Basic") &&
				values.Get("grant_type") == "client_credentials" {
				t.Fatalf("a token without a secret: %s", body)
			}
		}
	})
}

func (s *site) postForm(tenant, form, authorization string) (*http.Response, []byte) {
	r := httptest.NewRequest(http.MethodPost, "https://login.example.com/x", strings.NewReader(form))
	r.URL.Path = "/" + tenant + "/oauth2/v2.0/token"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	res := w.Result()
	body, _ := io.ReadAll(res.Body)
	return res, body
}

// FuzzAssertion shows the application client assertions, and the API user assertions: in a
// strict directory none that nobody signed is believed.
func FuzzAssertion(f *testing.F) {
	for _, text := range []string{
		"", "e30.e30.", "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJSUzI1NiIsIng1dCI6ImEifQ.eyJzdWIiOiJhIn0.AAAA", "a.b.c", "....",
		"eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOlsxXX0.x", strings.Repeat("A", 5000) + "." + strings.Repeat("B", 5000) + ".",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, assertion string) {
		s := newSite(t, true)
		s.now = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
		for _, form := range []url.Values{
			{"grant_type": {"client_credentials"}, "client_id": {appID}, "client_assertion": {assertion},
				"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
				"scope":                 {"https://graph.microsoft.com/.default"}},
			{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "client_id": {apiID}, "client_secret": {secret},
				"assertion": {assertion}, "requested_token_use": {"on_behalf_of"}, "scope": {"https://graph.microsoft.com/.default"}},
		} {
			res, body := s.postForm(tenantID, form.Encode(), "")
			if res.StatusCode < 400 || res.StatusCode >= 500 || !json.Valid(body) {
				t.Fatalf("%d %s", res.StatusCode, body)
			}
		}
	})
}
