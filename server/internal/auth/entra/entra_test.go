package entra

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/graphmock/graphmock/openapi/graph"
)

const (
	tenantID = "11111111-2222-4333-8444-555555555555"
	appID    = "aaaaaaaa-2222-4333-8444-555555555555"
	apiID    = "bbbbbbbb-2222-4333-8444-555555555555"
	nobodyID = "cccccccc-2222-4333-8444-555555555555"
	adaID    = "dddddddd-2222-4333-8444-555555555555"
	bobID    = "eeeeeeee-2222-4333-8444-555555555555"
	secret   = "ada's secret & more+"
)

// tenant is a directory in memory.
type tenant struct {
	apps  []Application
	users []User
}

func (*tenant) Tenant() string   { return tenantID }
func (*tenant) Scopes() []string { return []string{"User.Read"} }
func (d *tenant) Users() []User  { return d.users }

func (d *tenant) Identity() Application { return d.apps[0] }

func (d *tenant) User(name string) (User, bool) {
	for _, u := range d.users {
		if strings.EqualFold(u.ID, name) || strings.EqualFold(u.PrincipalName, name) {
			return u, true
		}
	}
	return User{}, false
}

func (d *tenant) Application(name string) (Application, bool) {
	for _, a := range d.apps {
		if a.ID == name || len(a.URIs) > 0 && a.URIs[0] == name {
			return a, true
		}
	}
	return Application{}, false
}

// A site is a handler with what it serves.
type site struct {
	*Handler
	t   *testing.T
	now time.Time
	*tenant
	notes []string
}

func newSite(t *testing.T, strict bool) *site {
	t.Helper()
	s := &site{t: t, now: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC), tenant: &tenant{
		apps: []Application{
			{ID: appID, Name: "Trails", Principal: "99999999-2222-4333-8444-555555555555", Secrets: []Secret{
				{Text: secret}, {Text: "old", Expires: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)}}},
			{ID: apiID, Name: "Huts", URIs: []string{"api://huts"}, Scopes: []string{"access_as_user"},
				Secrets: []Secret{{Text: secret}}},
		},
		users: []User{
			{ID: adaID, PrincipalName: "ada@contoso.com", DisplayName: "Ada <Lake>", GivenName: "Ada"},
			{ID: bobID, PrincipalName: "bob@contoso.com", DisplayName: "Bob"},
		},
	}}
	var mu sync.Mutex
	n := 0
	s.Handler = New(Config{
		Now: func() time.Time { return s.now },
		NewID: func() string {
			mu.Lock()
			defer mu.Unlock()
			n++
			return fmt.Sprintf("00000000-0000-4000-8000-%012d", n)
		},
		Strict: strict,
		Origin: func(r *http.Request) string { return "https://" + r.Host },
		Directory: func(name string) (Directory, bool) {
			return s.tenant, name == "" || name == tenantID || name == "contoso.com"
		},
		Observe: func(e Event) {
			mu.Lock()
			defer mu.Unlock()
			s.notes = append(s.notes, e.Note)
		},
	})
	return s
}

// do sends a request to the site at login.example.com:8443.
func (s *site) do(method, target, body string, header ...string) *http.Response {
	s.t.Helper()
	r := httptest.NewRequest(method, "https://login.example.com:8443"+target, strings.NewReader(body))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result()
}

// values makes a form of names and values in turn.
func values(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

// post sends a form to the token endpoint of contoso.com, and returns what comes back.
func (s *site) post(pairs ...string) (status int, reply map[string]any) {
	s.t.Helper()
	return s.reply(s.do("POST", "/contoso.com/oauth2/v2.0/token", values(pairs...).Encode()))
}

func (s *site) reply(res *http.Response) (status int, reply map[string]any) {
	s.t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := json.Unmarshal(body, &reply); err != nil {
		s.t.Fatalf("%d %s: %v", res.StatusCode, body, err)
	}
	return res.StatusCode, reply
}

// tokens posts to the token endpoint and wants success.
func (s *site) tokens(pairs ...string) map[string]any {
	s.t.Helper()
	status, reply := s.post(pairs...)
	if status != 200 {
		s.t.Fatalf("%d %v", status, reply)
	}
	return reply
}

// fails posts to the token endpoint and wants an error, such as
// "401 invalid_client 7000215".
func (s *site) fails(want string, pairs ...string) {
	s.t.Helper()
	status, reply := s.post(pairs...)
	if got := outcome(status, reply); got != want {
		s.t.Errorf("%v: %s, want %s (%v)", pairs, got, want, reply["error_description"])
	}
}

func outcome(status int, reply map[string]any) string {
	codes, _ := reply["error_codes"].([]any)
	if len(codes) != 1 {
		return fmt.Sprintf("%d %v without a code", status, reply["error"])
	}
	return fmt.Sprintf("%d %v %.0f", status, reply["error"], codes[0])
}

// claimsOf reads a token that the site has signed.
func claimsOf(t *testing.T, token any) jwt.MapClaims {
	t.Helper()
	text, _ := token.(string)
	claims := jwt.MapClaims{}
	_, err := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithoutClaimsValidation()).ParseWithClaims(text,
		claims, func(token *jwt.Token) (any, error) {
			key, known := PublicKey(token.Header["kid"].(string))
			if !known {
				t.Errorf("no key %v", token.Header["kid"])
			}
			return key, nil
		})
	if err != nil {
		t.Fatalf("token %q: %v", text, err)
	}
	return claims
}

// wantClaims compares some claims with what they have to be, nil for none.
func wantClaims(t *testing.T, got jwt.MapClaims, want map[string]any) {
	t.Helper()
	for name, value := range want {
		if fmt.Sprint(got[name]) != fmt.Sprint(value) {
			t.Errorf("claim %s is %v, want %v", name, got[name], value)
		}
	}
}

func TestApplicationsSignInWithSecrets(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	form := values("grant_type", "client_credentials", "client_id", appID, "client_secret", secret,
		"scope", "https://graph.microsoft.com/.default openid offline_access profile", "client_info", "1")
	res := s.do("POST", "/contoso.com/oauth2/v2.0/token", form.Encode())
	body, _ := io.ReadAll(res.Body)
	head := `{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"`
	if !strings.HasPrefix(string(body), head) || strings.Count(string(body), ":") != 4 {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if res.Header.Get("Cache-Control") != "no-store, no-cache" || res.Header.Get("Pragma") != "no-cache" {
		t.Errorf("headers %v: tokens must not be kept", res.Header)
	}
	var reply map[string]any
	json.Unmarshal(body, &reply)
	claims := claimsOf(t, reply["access_token"])
	wantClaims(t, claims, map[string]any{
		"aud": "https://graph.microsoft.com", "iss": "https://sts.windows.net/" + tenantID + "/", "tid": tenantID,
		"appid": appID, "appidacr": "1", "app_displayname": "Trails", "idtyp": "app", "ver": "1.0",
		"oid": "99999999-2222-4333-8444-555555555555", "sub": "99999999-2222-4333-8444-555555555555",
		"graphmock_everything": true, "scp": nil, "upn": nil, "roles": nil, "xms_cc": nil,
	})
	if claims["exp"].(float64)-claims["iat"].(float64) != 3900 || claims["nbf"] != claims["iat"] {
		t.Errorf("times: %v", claims)
	}

	basic := values("grant_type", "client_credentials", "scope", graph.AppID+"/.default",
		"claims", `{"access_token":{"xms_cc":{"values":["cp1"]}}}`)
	r := httptest.NewRequest("POST", "https://login.example.com:8443/common/oauth2/v2.0/token", nil)
	r.SetBasicAuth(appID, url.QueryEscape(secret))
	status, reply := s.reply(s.do("POST", "/"+tenantID+"/oauth2/v2.0/token", basic.Encode(), "Authorization",
		r.Header.Get("Authorization")))
	if status != 200 || reply["expires_in"] != 86399.0 {
		t.Fatalf("by Basic: %d %v", status, reply)
	}
	wantClaims(t, claimsOf(t, reply["access_token"]), map[string]any{"aud": graph.AppID, "xms_cc": "[CP1]"})
}

func TestVersion1NamesAResource(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	status, reply := s.reply(s.do("POST", "/contoso.com/oauth2/token", values("grant_type", "client_credentials",
		"client_id", appID, "client_secret", secret, "resource", "https://graph.microsoft.com/").Encode()))
	if status != 200 || reply["expires_in"] != "3599" || reply["expires_on"] != fmt.Sprint(s.now.Unix()+3599) ||
		reply["resource"] != "https://graph.microsoft.com" {
		t.Fatalf("%d %v", status, reply)
	}
	wantClaims(t, claimsOf(t, reply["access_token"]), map[string]any{"aud": "https://graph.microsoft.com"})
}

func TestGrantedRolesAreInTheToken(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	for want, roles := range map[string][]string{"[Mail.Read User.Read.All]": {"User.Read.All", "Mail.Read"}, "<nil>": nil} {
		s.apps[0].Granted = &Grants{Roles: roles}
		reply := s.tokens("grant_type", "client_credentials", "client_id", appID, "client_secret", secret,
			"scope", "https://graph.microsoft.com/.default")
		claims := claimsOf(t, reply["access_token"])
		if fmt.Sprint(claims["roles"]) != want || claims[everything] != nil || (claims[nothing] == true) != (roles == nil) {
			t.Errorf("granted %v: %v", roles, claims)
		}
	}
}

func TestWhatEntraRefuses(t *testing.T) {
	t.Parallel()
	strict, lax := newSite(t, true), newSite(t, false)
	const all = "https://graph.microsoft.com/.default"
	for _, test := range []struct {
		s    *site
		want string
		form []string
	}{
		{lax, "401 invalid_client 7000215", []string{appID, "wrong", all}},
		{strict, "401 invalid_client 7000215", []string{apiID, "wrong", all}},
		{lax, "401 invalid_client 7000222", []string{appID, "old", all}},
		{lax, "401 invalid_client 7000216", []string{appID, "", all}},
		{strict, "400 unauthorized_client 700016", []string{nobodyID, "x", all}},
		{lax, "400 unauthorized_client 700038", []string{"my-client", "x", all}},
		{lax, "400 unauthorized_client 700038", []string{"00000000-0000-0000-0000-000000000000", "x", all}},
		{lax, "400 invalid_request 900144", []string{"", "x", all}},
		{lax, "400 invalid_request 900144", []string{appID, secret, " "}},
		{lax, "400 invalid_scope 1002012", []string{appID, secret, "https://graph.microsoft.com/User.Read"}},
		{lax, "400 invalid_scope 1002012", []string{appID, secret, "openid"}},
		{lax, "400 invalid_scope 700022", []string{appID, secret, all + " https://vault.azure.net/.default"}},
		{lax, "400 invalid_scope 70011", []string{appID, secret, all + " User.Read"}},
		{lax, "400 invalid_scope 70011", []string{appID, secret, "no resource/.default"}},
		{lax, "400 invalid_scope 70011", []string{appID, secret, "\"x\""}},
		{strict, "400 invalid_resource 500011", []string{appID, secret, "https://vault.azure.net/.default"}},
	} {
		test.s.fails(test.want, "grant_type", "client_credentials", "client_id", test.form[0], "client_secret", test.form[1],
			"scope", test.form[2])
	}
	lax.fails("400 unsupported_grant_type 70003", "grant_type", "magic", "client_id", appID)
	lax.fails("400 invalid_request 900144", "client_id", appID)

	for want, send := range map[string]func() *http.Response{
		"400 invalid_request 900561": func() *http.Response { return lax.do("GET", "/common/oauth2/v2.0/token", "") },
		"400 invalid_request 900144": func() *http.Response {
			return lax.do("POST", "/common/oauth2/v2.0/token", `{"grant_type":"x"}`, "Content-Type", "application/json")
		},
		"400 invalid_request 9002313": func() *http.Response { return lax.do("POST", "/common/oauth2/v2.0/token", "a=%zz") },
		"413 invalid_request 9002313": func() *http.Response {
			return lax.do("POST", "/common/oauth2/v2.0/token", strings.Repeat("a", maxForm+1))
		},
		"400 invalid_request 90002": func() *http.Response {
			return lax.do("POST", "/fabrikam.com/oauth2/v2.0/token", "grant_type=client_credentials")
		},
		"400 invalid_request 900023": func() *http.Response {
			return lax.do("POST", "/not_a_tenant/oauth2/v2.0/token", "grant_type=client_credentials")
		},
		"400 invalid_request 50059": func() *http.Response {
			return lax.do("POST", "/organizations/oauth2/v2.0/token", values("grant_type", "client_credentials", "client_id", appID,
				"client_secret", secret, "scope", all).Encode())
		},
		"400 invalid_request 9002326": func() *http.Response {
			return lax.do("POST", "/contoso.com/oauth2/v2.0/token", values("grant_type", "client_credentials", "client_id", appID,
				"client_secret", secret, "scope", all).Encode(), "Origin", "http://localhost:3000")
		},
	} {
		if got := outcome(lax.reply(send())); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestErrorsHaveEntrasForm(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	const id = "f00ff00f-0000-4000-8000-000000000001"
	res := s.do("POST", "/contoso.com/oauth2/v2.0/token", values("grant_type", "client_credentials", "client_id", appID,
		"client_secret", "wrong", "scope", "x").Encode(), "client-request-id", id, "return-client-request-id", "true")
	body, _ := io.ReadAll(res.Body)
	trace := res.Header.Get("X-Ms-Request-Id")
	want := `{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided. Ensure the secret ` +
		`being sent in the request is the client secret value, not the client secret ID, for a secret added to app '` + appID +
		`'. Trace ID: ` + trace + ` Correlation ID: ` + id + ` Timestamp: 2026-01-31 12:00:00Z","error_codes":[7000215],` +
		`"timestamp":"2026-01-31 12:00:00Z","trace_id":"` + trace + `","correlation_id":"` + id +
		`","error_uri":"https://login.example.com:8443/error?code=7000215"}`
	if string(body) != want || trace == "" || res.Header.Get("Client-Request-Id") != id ||
		res.Header.Get("X-Ms-Clitelem") != "1,7000215,0,," {
		t.Errorf("got  %s\nwant %s\n%v", body, want, res.Header)
	}
}

// An application that nobody registered is taken at its word, and named where requests are
// observed. No secret ever is.
func TestUnregisteredApplicationsAreNamed(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	s.tokens("grant_type", "client_credentials", "client_id", nobodyID, "client_secret", "hush",
		"scope", "https://vault.azure.net/.default")
	if note := s.notes[0]; !strings.Contains(note, nobodyID) || !strings.Contains(note, "not registered") {
		t.Errorf("note %q", note)
	}
	s.fails("401 invalid_client 7000215", "grant_type", "client_credentials", "client_id", appID, "client_secret", "hush")
	if all := strings.Join(s.notes, "\n"); strings.Contains(all, "hush") {
		t.Errorf("notes with a secret: %s", all)
	}
}

func TestConfigurationNamesTheHostThatWasAsked(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	const origin = "https://login.example.com:8443/"
	for path, want := range map[string][3]string{
		"contoso.com/v2.0/": {tenantID + "/v2.0", tenantID + "/oauth2/v2.0/token", tenantID + "/discovery/v2.0/keys"},
		"common/v2.0/":      {"{tenantid}/v2.0", "common/oauth2/v2.0/token", "common/discovery/v2.0/keys"},
		"consumers/v2.0/":   {consumersTenant + "/v2.0", "consumers/oauth2/v2.0/token", "consumers/discovery/v2.0/keys"},
	} {
		res := s.do("GET", "/"+path+".well-known/openid-configuration", "", "Origin", "https://app.example.com")
		_, reply := s.reply(res)
		for i, name := range []string{"issuer", "token_endpoint", "jwks_uri"} {
			if reply[name] != origin+want[i] {
				t.Errorf("%s: %s is %v, want %s", path, name, reply[name], want[i])
			}
		}
		if res.Header.Get("Access-Control-Allow-Origin") != "*" || res.Header.Get("Cache-Control") != "max-age=86400, private" {
			t.Errorf("%s: headers %v", path, res.Header)
		}
	}
	_, v1 := s.reply(s.do("GET", "/"+tenantID+"/.well-known/openid-configuration", ""))
	if v1["issuer"] != "https://sts.windows.net/"+tenantID+"/" || v1["token_endpoint"] != origin+tenantID+"/oauth2/token" {
		t.Errorf("version 1: %v", v1)
	}
	if got := outcome(s.reply(s.do("GET", "/fabrikam.com/v2.0/.well-known/openid-configuration", ""))); got != "400 invalid_tenant 90002" {
		t.Errorf("an unknown tenant: %s", got)
	}
}

func TestInstancesAreThoseOfEntraAndTheOneAsked(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	ask := func(endpoint string) (int, map[string]any) {
		return s.reply(s.do("GET", "/common/discovery/instance?api-version=1.1&authorization_endpoint="+url.QueryEscape(endpoint), ""))
	}
	_, reply := ask("https://login.example.com:8443/fabrikam/oauth2/v2.0/authorize")
	if reply["tenant_discovery_endpoint"] != "https://login.example.com:8443/fabrikam/v2.0/.well-known/openid-configuration" ||
		reply["api-version"] != "1.1" {
		t.Errorf("%v", reply)
	}
	metadata := reply["metadata"].([]any)
	if last := metadata[len(metadata)-1].(map[string]any); len(metadata) != 6 || last["preferred_network"] != "login.example.com:8443" {
		t.Errorf("%v", metadata)
	}
	if _, reply := ask("https://login.microsoftonline.us/common/oauth2/v2.0/authorize"); reply["error"] != nil {
		t.Errorf("a national cloud: %v", reply)
	}
	for _, bad := range []string{"https://evil.example/common/oauth2/v2.0/authorize", "", "::"} {
		if got := outcome(ask(bad)); got != "400 invalid_instance 50049" {
			t.Errorf("%s: %s", bad, got)
		}
	}
}

func TestRequestsForEntraAreTold(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]bool{
		"https://login.microsoftonline.com/anything":                true,
		"https://LOGIN.microsoftonline.us:443/":                     true,
		"http://127.0.0.1:8080/common/oauth2/v2.0/token":            true,
		"http://127.0.0.1:8080/contoso.com/discovery/v2.0/keys":     true,
		"http://127.0.0.1:8080/oauth2/v2.0/token":                   false,
		"http://127.0.0.1:8080/v1.0/oauth2/v2.0/token":              false,
		"http://127.0.0.1:8080/v1.0/me":                             false,
		"https://graph.microsoft.com/common/oauth2/v2.0/token":      false,
		"http://127.0.0.1:8080/common/oauth2/v2.0/token/":           false,
		"http://127.0.0.1:8080//oauth2/v2.0/token":                  false,
		"http://[::1]:8080/common/discovery/instance?api-version=1": true,
	} {
		if got := Serves(httptest.NewRequest("GET", target, nil)); got != want {
			t.Errorf("%s: %v", target, got)
		}
	}
}
