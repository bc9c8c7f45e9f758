package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
)

const entraOrigin = "https://login.microsoftonline.com/"

// signIn posts a form to the token endpoint of a tenant, in process.
func signIn(t *testing.T, s *server.Server, tenant string, form url.Values) (status int, reply map[string]any) {
	t.Helper()
	res, err := s.Client().PostForm(entraOrigin+tenant+"/oauth2/v2.0/token", form)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, decodedBody(t, res)
}

func decodedBody(t *testing.T, res *http.Response) (reply map[string]any) {
	t.Helper()
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, &reply); err != nil {
		t.Fatalf("%s %s: %v", res.Status, body, err)
	}
	return reply
}

// appForm is what an application signs in with for Graph.
func appForm(c server.Credentials) url.Values {
	return url.Values{"grant_type": {"client_credentials"}, "client_id": {c.ClientID}, "client_secret": {c.ClientSecret},
		"scope": {"https://graph.microsoft.com/.default"}}
}

// getWith gets a path of Graph with a token.
func getWith(t *testing.T, s *server.Server, path, token string) int {
	t.Helper()
	req, _ := http.NewRequest("GET", graph+"/v1.0"+path, nil)
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

func TestTokensOfEntraOpenGraph(t *testing.T) {
	t.Parallel()
	for _, mode := range []server.Auth{server.AuthBearer, server.AuthStrict} {
		s := newServer(t, server.Config{Auth: mode})
		for _, tenant := range []string{s.Credentials().TenantID, "contoso.com"} {
			status, reply := signIn(t, s, tenant, appForm(s.Credentials()))
			if status != 200 {
				t.Fatalf("%s: %d %v", mode, status, reply)
			}
			if got := getWith(t, s, "/users", reply["access_token"].(string)); got != 200 {
				t.Errorf("%s: Graph answers %d", mode, got)
			}
		}
	}
}

// TestNoSignInLeadsToAnotherTenant redeems what one tenant granted at another one, and under
// the names that stand for any: tokens are of the tenant that granted, or there are none.
func TestNoSignInLeadsToAnotherTenant(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	c := s.Credentials()
	tid := func(reply map[string]any) string {
		text, _ := reply["access_token"].(string)
		if text == "" {
			return fmt.Sprint(reply["error"])
		}
		token, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.RS256})
		if err != nil {
			t.Fatal(err)
		}
		claims := map[string]any{}
		if err := token.UnsafeClaimsWithoutVerification(&claims); err != nil {
			t.Fatal(err)
		}
		return claims["tid"].(string)
	}
	signedInFor := func(scope string) map[string]any {
		status, reply := signIn(t, s, fabrikam, url.Values{"grant_type": {"password"}, "client_id": {c.ClientID},
			"username": {"adele@contoso.com"}, "password": {"x"}, "scope": {scope}})
		if status != 200 || tid(reply) != fabrikam {
			t.Fatalf("%d %v", status, reply)
		}
		return reply
	}
	for endpoint, want := range map[string]string{
		fabrikam: fabrikam, "common": fabrikam, "organizations": fabrikam, tailspin: "invalid_grant", c.TenantID: "invalid_grant",
	} {
		_, reply := signIn(t, s, endpoint, url.Values{"grant_type": {"refresh_token"}, "client_id": {c.ClientID},
			"refresh_token": {signedInFor("User.Read offline_access")["refresh_token"].(string)}})
		if got := tid(reply); got != want {
			t.Errorf("a refresh token at %s: %s, want %s", endpoint, got, want)
		}
		_, reply = signIn(t, s, endpoint, url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"},
			"client_id": {c.ClientID}, "client_secret": {c.ClientSecret}, "requested_token_use": {"on_behalf_of"},
			"assertion": {signedInFor(c.ClientID + "/.default")["access_token"].(string)},
			"scope":     {"https://graph.microsoft.com/.default"}})
		if got := tid(reply); got != want {
			t.Errorf("on behalf of a user at %s: %s, want %s", endpoint, got, want)
		}
		_, reply = signIn(t, s, endpoint, url.Values{"grant_type": {"authorization_code"}, "client_id": {c.ClientID},
			"code": {codeOf(t, s, fabrikam, c.ClientID)}, "redirect_uri": {"http://localhost/"},
			"code_verifier": {strings.Repeat("v", 43)}})
		if got := tid(reply); got != want {
			t.Errorf("a code at %s: %s, want %s", endpoint, got, want)
		}
	}
}

// codeOf signs a user in at a tenant's page.
func codeOf(t *testing.T, s *server.Server, tenant, client string) string {
	t.Helper()
	c := s.Client()
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := c.Get(entraOrigin + tenant + "/oauth2/v2.0/authorize?" + url.Values{"client_id": {client},
		"response_type": {"code"}, "redirect_uri": {"http://localhost/"}, "scope": {"User.Read"}, "login_hint": {"adele@contoso.com"},
		"code_challenge": {strings.Repeat("v", 43)}, "code_challenge_method": {"plain"}}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	back, err := res.Location()
	if err != nil || back.Query().Get("code") == "" {
		t.Fatalf("%s %v, error %v", res.Status, back, err)
	}
	return back.Query().Get("code")
}

// TestScenariosOfSignIn plays what the library has for Entra, and tells what a client gets
// that asks three times.
func TestScenariosOfSignIn(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]any{
		"sign-in-throttled": {429, 200, 200},
		"mfa-required":      {400, 400, 400},
		"keys-rolled":       {0, 1, 1}, // keys
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, server.Config{})
			if err := s.Play(name); err != nil {
				t.Fatal(err)
			}
			var got []any
			for range want {
				switch name {
				case "keys-rolled":
					res, err := s.Client().Get(entraOrigin + "common/discovery/v2.0/keys")
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, len(decodedBody(t, res)["keys"].([]any)))
				case "mfa-required":
					status, reply := signIn(t, s, "common", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"x"},
						"client_id": {s.Credentials().ClientID}})
					if text, _ := reply["error_description"].(string); reply["error"] != "invalid_grant" ||
						reply["suberror"] != "basic_action" || !strings.HasPrefix(text, "AADSTS50076: ") {
						t.Errorf("%v", reply)
					}
					got = append(got, status)
				default:
					status, reply := signIn(t, s, s.Credentials().TenantID, appForm(s.Credentials()))
					if status == 429 && reply["error"] != "temporarily_unavailable" {
						t.Errorf("%v", reply)
					}
					got = append(got, status)
					s.Advance(2 * time.Second)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%v, want %v", got, want)
			}
			if name != "mfa-required" && len(s.Failures()) > 0 {
				t.Error(s.Failures())
			}
		})
	}
}

func TestRulesOfSignIn(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	for _, rule := range []struct {
		pattern string
		reply   scenarios.Response
	}{
		{"POST /{tenant}/oauth2/v2.0/token", scenarios.Throttle(time.Second)},
		{"POST /{tenant}/oauth2/token", scenarios.Fail(400, "interaction_required", "AADSTS50079: Enroll.")},
		{"POST /{tenant}/oauth2/v2.0/devicecode", scenarios.Break(scenarios.FaultReset)},
		{"GET /{tenant}/v2.0/.well-known/openid-configuration",
			scenarios.Pass.Patched(map[string]any{"issuer": "https://example.com"}).With("X-Note", "n")},
	} {
		if err := s.Script(rule.pattern, rule.reply); err != nil {
			t.Fatal(err)
		}
	}
	tenant := s.Credentials().TenantID
	if got := getWith(t, s, "/users", "opaque"); got != 200 {
		t.Errorf("Graph answers %d: rules of Entra are for Entra alone", got)
	}
	res, err := s.Client().PostForm(entraOrigin+tenant+"/oauth2/v2.0/token", appForm(s.Credentials()))
	if err != nil || res.StatusCode != 429 || res.Header.Get("Retry-After") != "1" {
		t.Errorf("%v, error %v", res, err)
	}
	res, err = s.Client().PostForm(entraOrigin+tenant+"/oauth2/token", appForm(s.Credentials()))
	if err != nil {
		t.Fatal(err)
	}
	if body := decodedBody(t, res); body["error"] != "interaction_required" ||
		!strings.Contains(body["error_description"].(string), "Enroll.") || body["trace_id"] == "" {
		t.Errorf("%v", body)
	}
	if _, err := s.Client().PostForm(entraOrigin+tenant+"/oauth2/v2.0/devicecode", appForm(s.Credentials())); err == nil {
		t.Error("a connection that is reset gives a response")
	}
	res, err = s.Client().Get(entraOrigin + tenant + "/v2.0/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	if body := decodedBody(t, res); body["issuer"] != "https://example.com" || body["token_endpoint"] == nil ||
		res.Header.Get("X-Note") != "n" {
		t.Errorf("%v", body)
	}
}

// TestAnyRequestIsOneOfGraph: a rule without a request leaves signing in alone.
func TestAnyRequestIsOneOfGraph(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	scenario, err := scenarios.Parse("any.yaml", []byte("version: 1\nname: any\nrules: [{ id: a, when: {}, reply: forbidden }]\n"),
		s.Contract())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Add(scenario); err != nil {
		t.Fatal(err)
	}
	if status, reply := signIn(t, s, s.Credentials().TenantID, appForm(s.Credentials())); status != 200 {
		t.Errorf("%d %v", status, reply)
	}
	if got := getWith(t, s, "/users", "opaque"); got != 403 {
		t.Errorf("Graph answers %d", got)
	}
}

func TestMistakesInRulesOfSignIn(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]string{
		"when: { request: 'POST /{tenant}/oauth2/v2.0/tokens' }, reply: throttle": `POST /{tenant}/oauth2/v2.0/token`,
		"when: { operation: entra.tokn }, reply: throttle":                        `nearest is "entra.token"`,
		"when: { operation: entra.token }, reply: { status: 200, body: {} }":      `access_token`,
	} {
		_, err := scenarios.Parse("x.yaml", []byte("version: 1\nrules: [{ id: a, "+rule+" }]\n"), openapi.Embedded())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", rule, err)
		}
	}
}

// TestPublishedKeysVerifyTokens asks another library than the one that signs.
func TestPublishedKeysVerifyTokens(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	res, err := s.Client().Get(entraOrigin + "common/discovery/v2.0/keys")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var keys jose.JSONWebKeySet
	if err := json.NewDecoder(res.Body).Decode(&keys); err != nil {
		t.Fatal(err)
	}
	_, reply := signIn(t, s, "contoso.com", appForm(s.Credentials()))
	token, err := jose.ParseSignedCompact(reply["access_token"].(string), []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	key := keys.Key(token.Signatures[0].Header.KeyID)
	if len(key) != 1 || len(key[0].Certificates) != 1 || !key[0].Valid() {
		t.Fatalf("keys %+v", keys)
	}
	claims, err := token.Verify(key[0])
	if err != nil || !strings.Contains(string(claims), `"appid":"`+s.Credentials().ClientID) {
		t.Errorf("%s, %v", claims, err)
	}
}

func TestStrictKnowsItsOwnTenantsAndApplicationsOnly(t *testing.T) {
	t.Parallel()
	const stranger = "0f0f0f0f-1111-4222-8333-444444444444"
	for _, test := range []struct {
		mode           server.Auth
		tenant, client string
		want           int
	}{
		{server.AuthBearer, "contoso.com", stranger, 200},
		{server.AuthBearer, stranger, stranger, 200},
		{server.AuthBearer, "fabrikam.onmicrosoft.com", stranger, 200},
		{server.AuthStrict, "contoso.com", stranger, 400},
		{server.AuthStrict, stranger, "", 400},
		{server.AuthStrict, "fabrikam.onmicrosoft.com", "", 400},
	} {
		s := newServer(t, server.Config{Auth: test.mode})
		form := appForm(s.Credentials())
		if test.client != "" {
			form.Set("client_id", test.client)
		}
		if status, reply := signIn(t, s, test.tenant, form); status != test.want {
			t.Errorf("%+v: %d %v", test, status, reply["error_description"])
		}
	}
}

func TestRegistrationsAreReadFromTheTenant(t *testing.T) {
	t.Parallel()
	const appID = "0f0f0f0f-1111-4222-8333-444444444444"
	s := newServer(t, server.Config{Auth: server.AuthStrict})
	id, err := s.Create("/applications", map[string]any{"displayName": "Huts", "appId": appID,
		"passwordCredentials": []any{map[string]any{"secretText": "hut-secret", "endDateTime": "2999-01-01T00:00:00Z"}}})
	if err != nil {
		t.Fatal(err)
	}
	form := appForm(server.Credentials{ClientID: appID, ClientSecret: "hut-secret"})
	if status, reply := signIn(t, s, "contoso.com", form); status != 200 {
		t.Errorf("created: %d %v", status, reply)
	}
	form.Set("client_secret", "other")
	if status, _ := signIn(t, s, "contoso.com", form); status != 401 {
		t.Errorf("another secret: %d", status)
	}
	if err := s.Delete("/applications/" + id); err != nil {
		t.Fatal(err)
	}
	form.Set("client_secret", "hut-secret")
	if status, reply := signIn(t, s, "contoso.com", form); status != 400 || reply["error"] != "unauthorized_client" {
		t.Errorf("deleted: %d %v", status, reply)
	}
}

func TestABareTenantHasAnApplicationToSignInWith(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Auth: server.AuthStrict, Fixtures: fixtures.Empty()})
	if status, reply := signIn(t, s, s.Credentials().TenantID, appForm(s.Credentials())); status != 200 {
		t.Errorf("%d %v", status, reply)
	}
}

// The journal is of Graph: what is sent to Entra has credentials, and is observed only.
func TestSignInsAreObservedAndNotKept(t *testing.T) {
	t.Parallel()
	var seen []server.Exchange
	s := newServer(t, server.Config{Observe: func(e server.Exchange) { seen = append(seen, e) }})
	form := appForm(s.Credentials())
	form.Set("client_secret", "hush")
	signIn(t, s, "contoso.com", form)
	if len(seen) != 1 || seen[0].Status != 401 || !strings.HasPrefix(seen[0].Note, "AADSTS7000215") ||
		strings.Contains(seen[0].Note, "hush") || len(seen[0].Body) > 0 {
		t.Errorf("observed %+v", seen)
	}
	if kept, _ := s.Requests(""); len(kept) != 0 {
		t.Errorf("kept %+v", kept)
	}
}

// TestSecretsOfGraphSignIn asks Entra with what addPassword has answered.
func TestSecretsOfGraphSignIn(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Fixtures: fixtures.Contoso()})
	token, err := s.Token(server.TokenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	post := func(path, body string) map[string]any {
		req, _ := http.NewRequest("POST", graph+"/v1.0"+path, strings.NewReader(body))
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/json")
		res, err := s.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		return decodedBody(t, res)
	}
	app := post("/applications", `{"displayName": "Tool"}`)
	id, _ := app["appId"].(string)
	secret, _ := post("/applications(appId='"+id+"')/addPassword", `{}`)["secretText"].(string)
	for text, want := range map[string]int{secret: 200, secret + "x": 401} {
		status, reply := signIn(t, s, "contoso.com", appForm(server.Credentials{ClientID: id, ClientSecret: text}))
		if status != want {
			t.Errorf("%d %v, want %d", status, reply, want)
		}
	}
}
