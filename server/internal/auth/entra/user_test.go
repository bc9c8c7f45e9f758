package entra

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/graphmock/graphmock/openapi/graph"
)

const (
	loopback     = "http://localhost:53682/callback?from=entra"
	goodVerifier = "verifier-verifier-verifier-verifier-verifier-1"
)

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// authorizeForm is a request for a code of Bob's, with PKCE.
func authorizeForm(pairs ...string) url.Values {
	form := values("client_id", appID, "response_type", "code", "redirect_uri", loopback, "scope",
		"openid profile email offline_access User.Read", "state", "a&b", "nonce", "N", "login_hint", "bob@contoso.com",
		"code_challenge", challengeOf(goodVerifier), "code_challenge_method", "S256")
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			form.Del(pairs[i])
		}
	}
	return form
}

// authorized sends a form to the authorization endpoint, and returns what the application
// gets in its query.
func (s *site) authorized(form url.Values, header ...string) url.Values {
	s.t.Helper()
	res := s.do("GET", "/contoso.com/oauth2/v2.0/authorize?"+form.Encode(), "", header...)
	location, err := url.Parse(res.Header.Get("Location"))
	if res.StatusCode != http.StatusFound || err != nil {
		body, _ := io.ReadAll(res.Body)
		s.t.Fatalf("%d %s %s", res.StatusCode, location, body)
	}
	return location.Query()
}

func (s *site) code(pairs ...string) string {
	s.t.Helper()
	got := s.authorized(authorizeForm(pairs...))
	if got.Get("code") == "" {
		s.t.Fatalf("no code: %v", got)
	}
	return got.Get("code")
}

// redemption is a form that redeems a code.
func redemption(code string, pairs ...string) []string {
	return append([]string{"grant_type", "authorization_code", "client_id", appID, "code", code, "redirect_uri", loopback,
		"code_verifier", goodVerifier, "client_info", "1"}, pairs...)
}

func TestUsersSignInByCode(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	got := s.authorized(authorizeForm("client_info", "1"))
	info := base64.RawURLEncoding.EncodeToString([]byte(`{"uid":"` + bobID + `","utid":"` + tenantID + `"}`))
	if got.Get("state") != "a&b" || got.Get("from") != "entra" || got.Get("session_state") == "" || got.Get("client_info") != info {
		t.Errorf("%v", got)
	}
	reply := s.tokens(redemption(got.Get("code"))...)
	if reply["token_type"] != "Bearer" || reply["expires_in"] != 3599.0 || reply["client_info"] != info ||
		reply["scope"] != "User.Read email openid profile" {
		t.Errorf("%v", reply)
	}
	access, id := claimsOf(t, reply["access_token"]), claimsOf(t, reply["id_token"])
	wantClaims(t, access, map[string]any{
		"aud": graph.AppID, "iss": "https://sts.windows.net/" + tenantID + "/", "tid": tenantID, "oid": bobID, "appid": appID,
		"appidacr": "0", "idtyp": "user", "scp": "User.Read email openid profile", "upn": "bob@contoso.com", "name": "Bob",
		"ver": "1.0", everything: nil, "roles": nil,
	})
	wantClaims(t, id, map[string]any{
		"aud": appID, "iss": "https://login.example.com:8443/" + tenantID + "/v2.0", "tid": tenantID, "oid": bobID, "nonce": "N",
		"preferred_username": "bob@contoso.com", "name": "Bob", "ver": "2.0", "scp": nil,
	})
	if access["sub"] != id["sub"] || access["sub"] == bobID {
		t.Errorf("subjects %v and %v", access["sub"], id["sub"])
	}
}

func TestCodesWorkOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	code := s.code()
	s.fails("401 invalid_client 7000215", redemption(code, "client_secret", "wrong")...) // which does not use it up
	s.tokens(redemption(code)...)
	s.fails("400 invalid_grant 54005", redemption(code)...)

	code = s.code()
	var granted sync.Map
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			res := s.do("POST", "/common/oauth2/v2.0/token", values(redemption(code)...).Encode())
			granted.Store(i, res.StatusCode)
		})
	}
	all.Wait()
	n := 0
	granted.Range(func(_, status any) bool {
		if status == 200 {
			n++
		}
		return true
	})
	if n != 1 {
		t.Errorf("of 8 at the same time %d got tokens", n)
	}
}

func TestCodesAreTheirClients(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	for _, test := range []struct{ want, name, value string }{
		{"400 invalid_grant 70000", "client_id", apiID},
		{"400 invalid_grant 70000", "code", "1.Axyz"},
		{"400 invalid_request 900144", "code", ""},
		{"400 invalid_grant 500112", "redirect_uri", "http://localhost:53682/"},
		{"400 invalid_grant 501481", "code_verifier", ""},
		{"400 invalid_grant 501481", "code_verifier", goodVerifier + "x"},
		{"400 invalid_grant 501481", "code_verifier", challengeOf(goodVerifier)}, // plain, where S256 was asked for
	} {
		s.fails(test.want, redemption(s.code(), test.name, test.value)...)
	}
	s.fails("400 invalid_request 50147", redemption(s.code("code_challenge", "", "code_challenge_method", ""))...) // downgraded
	s.tokens(redemption(s.code("code_challenge", goodVerifier, "code_challenge_method", ""))...)
	code := s.code()
	s.now = s.now.Add(codeLifetime)
	s.fails("400 invalid_grant 70008", redemption(code)...)
}

func TestRegisteredRedirectsDecideWhoHasToShowWhat(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	s.apps[0].Redirects = []Redirect{{"https://www.contoso.com/signin", Web}, {"https://spa.contoso.com/", SPA},
		{"http://localhost/app", Public}}
	const web, spa = "https://www.contoso.com/signin", "https://spa.contoso.com/"
	code := s.code("redirect_uri", web)
	s.fails("401 invalid_client 7000218", redemption(code, "redirect_uri", web)...)
	s.tokens(redemption(code, "redirect_uri", web, "client_secret", secret)...)

	if got := s.authorized(authorizeForm("redirect_uri", spa, "code_challenge", "", "code_challenge_method", "")); got.Get("error") == "" {
		t.Errorf("a page without PKCE: %v", got)
	}
	code = s.code("redirect_uri", spa)
	s.fails("400 invalid_request 9002327", redemption(code, "redirect_uri", spa)...)
	res := s.do("POST", "/common/oauth2/v2.0/token", values(redemption(code, "redirect_uri", spa)...).Encode(), "Origin", "https://spa.contoso.com")
	if res.StatusCode != 200 || res.Header.Get("Access-Control-Allow-Origin") != "https://spa.contoso.com" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	_, reply := s.reply(res)
	refresh := []string{"grant_type", "refresh_token", "client_id", appID, "refresh_token", reply["refresh_token"].(string)}
	s.fails("400 invalid_request 9002327", refresh...)
	s.now = s.now.Add(spaRefreshLifetime)
	s.fails("400 invalid_grant 700084", refresh...)

	code = s.code("redirect_uri", "http://localhost:1234/app")
	res = s.do("POST", "/common/oauth2/v2.0/token", values(redemption(code, "redirect_uri", "http://localhost:1234/app")...).Encode(),
		"Origin", "http://localhost:1234")
	if got := outcome(s.reply(res)); got != "400 invalid_request 9002326" || res.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%s %v", got, res.Header)
	}
}

// Responses go to URLs of the application, and to this machine; errors too.
func TestRedirectsAreNotOpen(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	s.apps[0].Redirects = []Redirect{{"https://www.contoso.com/signin", Web}, {"trails://signed-in", Public}}
	for redirect, ok := range map[string]bool{
		"https://www.contoso.com/signin": true,
		"trails://signed-in":             true,
		"http://localhost":               true,
		"http://127.0.0.1:8400/x":        true,
		"https://[::1]:8400/":            true,
		"https://login.microsoftonline.com/common/oauth2/nativeclient":  true,
		"https://login.example.com:8443/common/oauth2/nativeclient":     true,
		"https://www.contoso.com/signin/":                               false,
		"https://www.contoso.com/signin?next=https://evil.example":      false,
		"https://www.contoso.com.evil.example/signin":                   false,
		"https://evil.example/":                                         false,
		"//evil.example/":                                               false,
		"http://localhost.evil.example/":                                false,
		"http://localhost@evil.example/":                                false,
		"http://user@localhost/":                                        false,
		"http://localhost/#fragment":                                    false,
		"http://localhost\\@evil.example/":                              false,
		"javascript:alert(1)":                                           false,
		"http:localhost":                                                false,
		"https://evil.example/common/oauth2/nativeclient":               false,
		"http://localhost/" + strings.Repeat("a", maxRedirect):          false,
		"https://login.microsoftonline.com/common/oauth2/nativeclient/": false,
		"": false,
	} {
		for _, scope := range []string{"User.Read", "\"bad\""} {
			form := authorizeForm("scope", scope)
			form.Set("redirect_uri", redirect)
			res := s.do("GET", "/common/oauth2/v2.0/authorize?"+form.Encode(), "")
			if (res.StatusCode == http.StatusFound) != ok || (res.Header.Get("Location") != "") != ok {
				t.Errorf("%q: %d %s", redirect, res.StatusCode, res.Header.Get("Location"))
			}
		}
	}
	for _, test := range []struct{ redirect, want string }{
		{"https://evil.example/", ""}, {"http://localhost:1/bye", "http://localhost:1/bye?state=S"},
	} {
		res := s.do("GET", "/common/oauth2/v2.0/logout?state=S&client_id="+appID+"&post_logout_redirect_uri="+url.QueryEscape(test.redirect), "")
		if got := res.Header.Get("Location"); got != test.want {
			t.Errorf("logout leads to %q, want %q", got, test.want)
		}
	}
	id := s.tokens(redemption(s.code())...)["id_token"].(string)
	res := s.do("GET", "/common/oauth2/v2.0/logout?id_token_hint="+id+"&post_logout_redirect_uri=https://www.contoso.com/signin", "")
	if got := res.Header.Get("Location"); got != "https://www.contoso.com/signin" {
		t.Errorf("logout with a hint leads to %q", got)
	}
}

func TestResponsesComeInTheModeThatWasAskedFor(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	res := s.do("GET", "/common/oauth2/v2.0/authorize?"+authorizeForm("response_mode", "fragment").Encode(), "")
	if location := res.Header.Get("Location"); !strings.HasPrefix(location, loopback+"#code=") {
		t.Errorf("fragment: %s", location)
	}
	res = s.do("POST", "/common/oauth2/v2.0/authorize", authorizeForm("response_mode", "form_post", "state", `"><script>`).Encode())
	body, _ := io.ReadAll(res.Body)
	page := string(body)
	if res.StatusCode != 200 || !strings.Contains(page, `action="`+loopback+`"`) ||
		!strings.Contains(page, `name="state" value="&#34;&gt;&lt;script&gt;"`) || !strings.Contains(page, `name="code"`) {
		t.Errorf("form_post: %d %s", res.StatusCode, page)
	}
	res = s.do("GET", "/common/oauth2/v2.0/authorize?"+authorizeForm("response_mode", "query.jwt").Encode(), "")
	if res.StatusCode != 400 {
		t.Errorf("an unknown mode: %d", res.StatusCode)
	}
}

// The page offers the users; what its buttons send signs in.
func TestUsersAreChosenOnAPage(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	res := s.do("GET", "/contoso.com/oauth2/v2.0/authorize?"+authorizeForm("login_hint", "eve@contoso.com").Encode(), "")
	body, _ := io.ReadAll(res.Body)
	page := string(body)
	for _, want := range []string{
		`action="/contoso.com/oauth2/v2.0/authorize"`, `value="ada@contoso.com">Ada &lt;Lake&gt;<small>`, "bob@contoso.com",
		`name="state" value="a&amp;b"`, "There is no user eve@contoso.com", "Trails",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in %s", want, page)
		}
	}
	if policy := res.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("policy %q", policy)
	}
	got := s.do("POST", "/contoso.com/oauth2/v2.0/authorize", authorizeForm("login_hint", "", cancelParameter, "true").Encode())
	if location := got.Header.Get("Location"); !strings.Contains(location, "error=access_denied") {
		t.Errorf("cancel leads to %s", location)
	}
}

func TestSilentSignInNeedsAUser(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	silent := authorizeForm("prompt", "none", "login_hint", "")
	if got := s.authorized(silent); got.Get("error") != "login_required" || !strings.HasPrefix(got.Get("error_description"), "AADSTS50058") {
		t.Errorf("nobody has signed in: %v", got)
	}
	res := s.do("GET", "/common/oauth2/v2.0/authorize?"+authorizeForm().Encode(), "")
	cookie := res.Cookies()[0]
	if !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteNoneMode {
		t.Errorf("cookie %v", cookie)
	}
	if got := s.authorized(silent, "Cookie", cookie.Name+"="+cookie.Value); got.Get("code") == "" {
		t.Errorf("Bob has signed in: %v", got)
	}
	if got := s.authorized(authorizeForm("prompt", "none")); got.Get("code") == "" {
		t.Errorf("with a hint: %v", got)
	}
	res = s.do("GET", "/common/oauth2/v2.0/logout", "")
	if gone := res.Cookies()[0]; gone.Name != cookie.Name || gone.MaxAge >= 0 {
		t.Errorf("logout leaves %v", gone)
	}
}

func TestAuthorizationRefuses(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	for _, test := range []struct {
		want  string
		pairs []string
	}{
		{"invalid_request AADSTS900144", []string{"response_type", ""}},
		{"unsupported_response_type AADSTS700054", []string{"response_type", "id_token token"}},
		{"invalid_request AADSTS90023", []string{"prompt", "maybe"}},
		{"invalid_request AADSTS900144", []string{"scope", ""}},
		{"invalid_scope AADSTS70011", []string{"scope", "Does.NotExist"}},
		{"invalid_request AADSTS501491", []string{"code_challenge", "short"}},
		{"invalid_request AADSTS501491", []string{"code_challenge", strings.Repeat("a", 44)}},
		{"invalid_request AADSTS50147", []string{"code_challenge", ""}},
		{"invalid_request AADSTS90023", []string{"code_challenge_method", "S1"}},
		{"invalid_request AADSTS9002313", []string{"nonce", strings.Repeat("n", maxNonce+1)}},
	} {
		got := s.authorized(authorizeForm(test.pairs...))
		code, _, _ := strings.Cut(got.Get("error_description"), ":")
		if text := got.Get("error") + " " + code; text != test.want || got.Get("state") != "a&b" {
			t.Errorf("%v: %v, want %s", test.pairs, got, test.want)
		}
	}
	s.users[1].Disabled = true
	if got := s.authorized(authorizeForm()); got.Get("error") != "interaction_required" {
		t.Errorf("a disabled user: %v", got)
	}
	res := s.do("GET", "/common/oauth2/v2.0/authorize?"+authorizeForm("client_id", nobodyID).Encode(), "")
	if body, _ := io.ReadAll(res.Body); res.StatusCode != 400 || !strings.Contains(string(body), "AADSTS700016") {
		t.Errorf("an unknown application: %d %s", res.StatusCode, body)
	}
}

func TestRefreshTokensRotate(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	reply := s.tokens(redemption(s.code())...)
	refresh := func(token any, pairs ...string) []string {
		return append([]string{"grant_type", "refresh_token", "client_id", appID, "refresh_token", token.(string)}, pairs...)
	}
	first := reply["refresh_token"]
	s.fails("400 invalid_grant 70000", refresh(first, "client_id", apiID)...)
	s.fails("400 invalid_scope 70011", refresh(first, "scope", "\"x\"")...) // which does not use it up
	reply = s.tokens(refresh(first, "scope", "https://graph.microsoft.com/Mail.Read openid")...)
	if reply["scope"] != "https://graph.microsoft.com/Mail.Read openid" {
		t.Errorf("%v", reply)
	}
	wantClaims(t, claimsOf(t, reply["access_token"]), map[string]any{"aud": "https://graph.microsoft.com", "scp": "Mail.Read openid", "oid": bobID})
	s.fails("400 invalid_grant 70000", refresh(first)...)
	s.fails("400 invalid_grant 70000", refresh("1.Axyz")...)
	second := reply["refresh_token"]
	if second == nil || second == first {
		t.Fatalf("%v", reply)
	}

	s.users[1].ValidAfter = s.now.Add(time.Second)
	s.fails("400 invalid_grant 50173", refresh(second)...)
	s.users[1].ValidAfter = time.Time{}
	s.users[1].Disabled = true
	s.fails("400 invalid_grant 50057", refresh(second)...)
	s.users = s.users[:1]
	s.fails("400 invalid_grant 50034", refresh(second)...)
	s.now = s.now.Add(refreshLifetime)
	s.fails("400 invalid_grant 700082", refresh(second)...)
	s.Reset()
	s.fails("400 invalid_grant 70000", refresh(second)...)
}

func TestRefreshTokensComeWithOfflineAccessOnly(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	reply := s.tokens(redemption(s.code("scope", "User.Read"))...)
	if reply["refresh_token"] != nil || reply["id_token"] != nil {
		t.Errorf("%v", reply)
	}
}

func TestConsentIsHeldAgainstGrants(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	s.apps[0].Granted = &Grants{Scopes: map[string][]string{"": {"User.Read"}, adaID: {"Mail.Read"}}}
	password := func(user, scope string) []string {
		return []string{"grant_type", "password", "client_id", appID, "username", user, "password", "x", "scope", scope}
	}
	s.fails("400 invalid_grant 65001", password("bob@contoso.com", "Mail.Read")...)
	status, reply := s.post(password("bob@contoso.com", "Mail.Read")...)
	if status != 400 || reply["suberror"] != "consent_required" {
		t.Errorf("%v", reply)
	}
	s.tokens(password("ada@contoso.com", "Mail.Read")...)
	for user, want := range map[string]string{"ada@contoso.com": "Mail.Read User.Read", "bob@contoso.com": "User.Read"} {
		claims := claimsOf(t, s.tokens(password(user, "https://graph.microsoft.com/.default")...)["access_token"])
		wantClaims(t, claims, map[string]any{"scp": want, everything: nil})
	}
	form := authorizeForm("scope", "Mail.Read", "prompt", "none")
	if got := s.authorized(form); got.Get("error") != "consent_required" {
		t.Errorf("silently: %v", got)
	}
	s.tokens(redemption(s.code("scope", "Mail.Read"))...) // Bob was there to be asked
}

func TestUsersSignInWithPasswords(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	form := func(user, password string) []string {
		return []string{"grant_type", "password", "client_id", appID, "username", user, "password", password, "scope",
			"openid offline_access https://graph.microsoft.com/.default"}
	}
	reply := s.tokens(form("ADA@contoso.com", "x")...)
	wantClaims(t, claimsOf(t, reply["access_token"]), map[string]any{"oid": adaID, "scp": "User.Read openid", everything: true})
	if reply["scope"] != "https://graph.microsoft.com/User.Read openid https://graph.microsoft.com/.default" ||
		reply["refresh_token"] == nil {
		t.Errorf("%v", reply)
	}
	s.fails("400 invalid_grant 50034", form("eve@contoso.com", "x")...)
	s.fails("400 invalid_request 900144", form("ada@contoso.com", "")...)

	_, realm := s.reply(s.do("GET", "/common/UserRealm/ada@contoso.com?api-version=1.0", ""))
	if realm["account_type"] != "Managed" || realm["domain_name"] != "contoso.com" {
		t.Errorf("realm %v", realm)
	}
}

func TestDevicesSignInAfterAPoll(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	for _, poll := range [][]string{
		{"grant_type", "device_code", "device_code"},
		{"grant_type", "urn:ietf:params:oauth:grant-type:device_code", "device_code"},
		{"grant_type", "device_code", "code"},
	} {
		status, device := s.reply(s.do("POST", "/contoso.com/oauth2/v2.0/devicecode", values("client_id", appID, "scope",
			"https://graph.microsoft.com/.default openid offline_access profile").Encode()))
		if status != 200 || device["interval"] != 1.0 || device["expires_in"] != 900.0 || len(device["user_code"].(string)) != 9 ||
			!strings.Contains(device["message"].(string), device["user_code"].(string)) {
			t.Fatalf("%d %v", status, device)
		}
		form := append(slices.Clone(poll), device["device_code"].(string), "client_id", appID)
		s.fails("400 authorization_pending 70016", form...)
		s.fails("400 bad_verification_code 70018", append(slices.Clone(form), "client_id", apiID)...)
		reply := s.tokens(form...)
		wantClaims(t, claimsOf(t, reply["access_token"]), map[string]any{"oid": adaID, everything: true})
		s.fails("400 invalid_grant 54005", form...)
	}
	_, device := s.reply(s.do("POST", "/common/oauth2/v2.0/devicecode", values("client_id", appID, "scope", "User.Read").Encode()))
	s.now = s.now.Add(deviceLifetime)
	s.fails("400 expired_token 70020", "grant_type", "device_code", "device_code", fmt.Sprint(device["device_code"]), "client_id", appID)
	s.fails("400 bad_verification_code 70018", "grant_type", "device_code", "device_code", "x", "client_id", appID)
	if got := outcome(s.reply(s.do("POST", "/common/oauth2/v2.0/devicecode", "client_id="+appID))); got != "400 invalid_request 900144" {
		t.Errorf("without a scope: %s", got)
	}
}

func TestManagedIdentityAsAppServiceHasIt(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	const target = IdentityPath + "?api-version=2019-08-01&resource=https://graph.microsoft.com"
	status, reply := s.reply(s.do("GET", target, "", "X-IDENTITY-HEADER", s.IdentityHeader()))
	if status != 200 || reply["expires_on"] != fmt.Sprint(s.now.Unix()+3599) || reply["token_type"] != "Bearer" ||
		reply["resource"] != "https://graph.microsoft.com" {
		t.Errorf("%d %v", status, reply)
	}
	wantClaims(t, claimsOf(t, reply["access_token"]), map[string]any{"appid": appID, "idtyp": "app", "appidacr": "2"})
	_, reply = s.reply(s.do("GET", target+"&client_id="+apiID, "", "X-IDENTITY-HEADER", s.IdentityHeader()))
	wantClaims(t, claimsOf(t, reply["access_token"]), map[string]any{"appid": apiID})
	for _, header := range []string{"", "wrong"} {
		if status, _ := s.reply(s.do("GET", target, "", "X-IDENTITY-HEADER", header)); status != 401 {
			t.Errorf("header %q: %d", header, status)
		}
	}
	if status, _ := s.reply(s.do("GET", target+"&client_id="+nobodyID, "", "X-IDENTITY-HEADER", s.IdentityHeader())); status != 400 {
		t.Errorf("an unknown identity: %d", status)
	}
}

func TestManagedIdentityAsMachinesHaveIt(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	const target = imdsPath + "?api-version=2018-02-01&resource=https://graph.microsoft.com"
	status, reply := s.reply(s.do("GET", target, "", "Metadata", "true"))
	if status != 200 || reply["expires_in"] != "3599" || reply["refresh_token"] != "" {
		t.Errorf("%d %v", status, reply)
	}
	status, reply = s.reply(s.do("GET", target, ""))
	if status != 400 || reply["error"] != "bad_request_102" {
		t.Errorf("without the header: %d %v", status, reply)
	}
}
