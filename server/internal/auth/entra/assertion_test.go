package entra

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// A pair is a key with its certificate.
type pair struct {
	private any
	der     []byte
}

// pairs are keys of clients: making them takes its time.
var pairs = sync.OnceValue(func() (p struct{ own, other, curve pair }) {
	make := func(private, public any) pair {
		template := &x509.Certificate{SerialNumber: big.NewInt(7), NotAfter: time.Date(2084, 1, 1, 0, 0, 0, 0, time.UTC)}
		der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
		if err != nil {
			panic(err)
		}
		return pair{private, der}
	}
	for _, each := range []*pair{&p.own, &p.other} {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		*each = make(key, &key.PublicKey)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	p.curve = make(key, &key.PublicKey)
	return p
})

// names returns how a header may name a certificate.
func (p pair) names() map[string]string {
	first, second := sha1.Sum(p.der), sha256.Sum256(p.der)
	return map[string]string{
		"x5t": base64.RawURLEncoding.EncodeToString(first[:]), "x5t#S256": base64.RawURLEncoding.EncodeToString(second[:]),
		"kid": strings.ToUpper(hex.EncodeToString(first[:])),
	}
}

// assertionClaims are those of a client assertion of the application.
func (s *site) assertionClaims(pairs ...string) jwt.MapClaims {
	claims := jwt.MapClaims{"iss": appID, "sub": appID, "aud": "https://login.example.com:8443/" + tenantID + "/oauth2/v2.0/token",
		"jti": "1", "nbf": s.now.Unix(), "exp": s.now.Add(10 * time.Minute).Unix()}
	for i := 0; i < len(pairs); i += 2 {
		claims[pairs[i]] = pairs[i+1]
	}
	return claims
}

func signedBy(t *testing.T, method jwt.SigningMethod, key any, claims jwt.MapClaims, header ...any) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	for i := 0; i < len(header); i += 2 {
		token.Header[header[i].(string)] = header[i+1]
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// asserted is a form that signs the application in with an assertion.
func asserted(assertion string, more ...string) []string {
	return append([]string{"grant_type", "client_credentials", "client_id", appID, "client_assertion_type", assertionType,
		"client_assertion", assertion, "scope", "https://graph.microsoft.com/.default"}, more...)
}

func TestApplicationsSignInWithCertificates(t *testing.T) {
	t.Parallel()
	s, own, curve := newSite(t, true), pairs().own, pairs().curve
	s.apps[0].Certificates = [][]byte{curve.der, own.der}
	for name, value := range own.names() {
		for _, method := range []jwt.SigningMethod{jwt.SigningMethodRS256, jwt.SigningMethodPS256} {
			reply := s.tokens(asserted(signedBy(t, method, own.private, s.assertionClaims(), name, value))...)
			wantClaims(t, claimsOf(t, reply["access_token"]), map[string]any{"appid": appID, "appidacr": "2"})
		}
	}
	padded := sha256.Sum256(own.der) // as MSAL for Go writes it
	s.tokens(asserted(signedBy(t, jwt.SigningMethodPS256, own.private, s.assertionClaims(), "x5t#S256",
		base64.StdEncoding.EncodeToString(padded[:])))...)
	s.tokens(asserted(signedBy(t, jwt.SigningMethodES256, curve.private, s.assertionClaims(), "kid", curve.names()["x5t"]))...)
	for _, audience := range []string{
		"https://login.example.com:8443/contoso.com/oauth2/v2.0/token", "https://login.microsoftonline.com/common/oauth2/token",
		"https://login.example.com:8443/" + tenantID + "/v2.0",
	} {
		claims := s.assertionClaims("aud", audience)
		s.tokens(asserted(signedBy(t, jwt.SigningMethodRS256, own.private, claims, "x5t", own.names()["x5t"]))...)
	}
	s.tokens(asserted(signedBy(t, jwt.SigningMethodRS256, own.private, s.assertionClaims(), "x5t", own.names()["x5t"]), "client_id", "")...)
}

func TestWrongClientAssertionsAreRefused(t *testing.T) {
	t.Parallel()
	s, own, other := newSite(t, false), pairs().own, pairs().other
	s.apps[0].Certificates = [][]byte{own.der}
	x5t := own.names()["x5t"]
	rs := jwt.SigningMethodRS256
	good := signedBy(t, rs, own.private, s.assertionClaims(), "x5t", x5t)
	late := s.assertionClaims()
	late["exp"] = s.now.Add(-skew).Unix()
	early := s.assertionClaims()
	early["nbf"] = s.now.Add(skew + time.Second).Unix()
	endless := s.assertionClaims()
	delete(endless, "exp")
	for want, all := range map[string][]string{
		"401 invalid_client 700027": {
			signedBy(t, rs, other.private, s.assertionClaims(), "x5t", x5t),
			signedBy(t, rs, other.private, s.assertionClaims(), "x5t", other.names()["x5t"], "x5c",
				[]string{base64.StdEncoding.EncodeToString(other.der)}),
			signedBy(t, rs, own.private, s.assertionClaims()),
			good[:len(good)-4] + "AAAA",
		},
		"401 invalid_client 700024": {
			signedBy(t, rs, own.private, late, "x5t", x5t), signedBy(t, rs, own.private, early, "x5t", x5t),
			signedBy(t, rs, own.private, endless, "x5t", x5t),
		},
		"401 invalid_client 700023": {
			signedBy(t, rs, own.private, s.assertionClaims("aud", "https://evil.example/"+tenantID+"/oauth2/v2.0/token"), "x5t", x5t),
			signedBy(t, rs, own.private, s.assertionClaims("aud", "https://login.example.com:8443/fabrikam.com/oauth2/v2.0/token"), "x5t", x5t),
		},
		"400 invalid_request 5002738": {
			signedBy(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, s.assertionClaims(), "x5t", x5t),
			signedBy(t, jwt.SigningMethodHS256, own.der, s.assertionClaims(), "x5t", x5t),
		},
		"400 invalid_request 50027": {"x", "a.b.c", good + "."},
	} {
		for _, assertion := range all {
			s.fails(want, asserted(assertion)...)
		}
	}
	s.fails("400 invalid_request 9002313", asserted(good, "client_assertion_type", "other")...)
}

// Where nobody has registered a key, an assertion is believed; not by the strict, and not
// against the certificate that it brings along.
func TestUnregisteredKeysAreBelievedUnlessStrict(t *testing.T) {
	t.Parallel()
	own, other := pairs().own, pairs().other
	lax, strict := newSite(t, false), newSite(t, true)
	chain := []string{base64.StdEncoding.EncodeToString(own.der)}
	for _, header := range [][]any{{"x5t", "AAAA"}, {"x5t", own.names()["x5t"], "x5c", chain}} {
		text := signedBy(t, jwt.SigningMethodRS256, own.private, lax.assertionClaims(), header...)
		lax.tokens(asserted(text)...)
		strict.fails("401 invalid_client 700027", asserted(text)...)
	}
	lax.fails("401 invalid_client 700027", asserted(signedBy(t, jwt.SigningMethodRS256, other.private, lax.assertionClaims(), "x5c", chain))...)
}

func TestFederatedAssertionsMatchTheirCredential(t *testing.T) {
	t.Parallel()
	s, other := newSite(t, true), pairs().other
	const issuer, subject, audience = "https://token.actions.example.com", "repo:contoso/trails:ref:refs/heads/main", "api://AzureADTokenExchange"
	text := func(iss, sub, aud string) []string {
		return asserted(signedBy(t, jwt.SigningMethodRS256, other.private, s.assertionClaims("iss", iss, "sub", sub, "aud", aud), "kid", "K"))
	}
	s.fails("401 invalid_client 700211", text(issuer, subject, audience)...)
	s.apps[0].Federated = []Federation{{issuer, subject, []string{audience}}}
	s.tokens(text(issuer, subject, audience)...)
	s.fails("401 invalid_client 700211", text(issuer+"/", subject, audience)...)
	s.fails("401 invalid_client 700213", text(issuer, strings.ToUpper(subject), audience)...)
	s.fails("401 invalid_client 700212", text(issuer, subject, "api://other")...)
	newSite(t, false).tokens(text(issuer, subject, audience)...)
}

func TestAPIsActOnBehalfOfUsers(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	user := func(scope string) string {
		return s.tokens("grant_type", "password", "client_id", appID, "username", "bob@contoso.com", "password", "x",
			"scope", scope)["access_token"].(string)
	}
	behalf := func(assertion string, more ...string) []string {
		return append([]string{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer", "client_id", apiID, "client_secret", secret,
			"assertion", assertion, "requested_token_use", "on_behalf_of", "scope", "https://graph.microsoft.com/User.Read offline_access"}, more...)
	}
	for _, scope := range []string{"api://huts/access_as_user", "api://huts/.default", apiID + "/.default"} {
		token := user(scope)
		wantClaims(t, claimsOf(t, token), map[string]any{"aud": apiID, "ver": "2.0", "azp": appID, "scp": "access_as_user",
			"iss": "https://login.example.com:8443/" + tenantID + "/v2.0", "oid": bobID})
		reply := s.tokens(behalf(token)...)
		wantClaims(t, claimsOf(t, reply["access_token"]), map[string]any{
			"aud": "https://graph.microsoft.com", "oid": bobID, "appid": apiID, "scp": "User.Read", "idtyp": "user"})
		if reply["refresh_token"] == nil {
			t.Errorf("%v", reply)
		}
	}
	token := user("api://huts/.default")
	app := s.tokens("grant_type", "client_credentials", "client_id", appID, "client_secret", secret, "scope", "api://huts/.default")
	id := s.tokens("grant_type", "password", "client_id", apiID, "username", "bob@contoso.com", "password", "x", "scope", "openid")
	forged := signedBy(t, jwt.SigningMethodRS256, pairs().own.private, claimsOf(t, token), "kid", signing().id)
	for want, form := range map[string][]string{
		"400 invalid_grant 500131":        behalf(user("User.Read")),
		"400 unauthorized_client 7000114": behalf(app["access_token"].(string)),
		"400 invalid_request 240002":      behalf(id["id_token"].(string)),
		"400 invalid_grant 50013":         behalf(forged),
		"400 invalid_request 50027":       behalf("x"),
		"400 invalid_request 5002738":     behalf(signedBy(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claimsOf(t, token))),
		"401 invalid_client 7000218":      behalf(token, "client_secret", ""),
		"400 invalid_request 900144":      behalf(token, "requested_token_use", ""),
	} {
		s.fails(want, form...)
	}
	s.now = s.now.Add(lifetime + skew)
	s.fails("400 invalid_grant 500133", behalf(token)...)

	// one that was made elsewhere is believed by those who are not strict
	foreign := func(s *site) string {
		return signedBy(t, jwt.SigningMethodRS256, pairs().own.private, jwt.MapClaims{"aud": "api://" + apiID, "scp": "x",
			"preferred_username": "eve@contoso.com", "exp": s.now.Add(time.Hour).Unix()})
	}
	s.fails("400 invalid_grant 50013", behalf(foreign(s))...)
	lax := newSite(t, false)
	wantClaims(t, claimsOf(t, lax.tokens(behalf(foreign(lax))...)["access_token"]), map[string]any{"upn": "eve@contoso.com"})
	lax.fails("400 invalid_grant 50013", behalf(forged)...)
}
