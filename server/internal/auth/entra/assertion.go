package entra

import (
	"bytes"
	"crypto"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/graphmock/graphmock/openapi/graph"
)

// assertionType is what clients say a JWT is that they sign in with.
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// algorithms are those that assertions may be signed with: none of them with a shared
// secret, or not at all.
var algorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}

// skew is how much clocks may differ.
const skew = 5 * time.Minute

// An assertion is a JWT that a client sends, whose signature is checked by who uses it.
type assertion struct {
	text   func(claim string) string // of a claim that is text
	claims jwt.MapClaims
	header map[string]any
	raw    string
	isOurs bool // signed here
}

// readAssertion reads a JWT.
func (x *exchange) readAssertion(raw string) (a assertion, f *failure) {
	a = assertion{claims: jwt.MapClaims{}, raw: raw}
	token, _, err := jwt.NewParser().ParseUnverified(raw, a.claims)
	if err != nil {
		return a, fail(50027)
	}
	a.header = token.Header
	a.text = func(claim string) string {
		text, _ := a.claims[claim].(string)
		return text
	}
	if algorithm := token.Method.Alg(); !slices.Contains(algorithms, algorithm) {
		return a, fail(5002738, algorithm)
	}
	if key, known := PublicKey(a.named("kid")); known {
		a.isOurs = token.Method == jwt.SigningMethodRS256 && a.isSignedBy(key)
	}
	return a, nil
}

// named returns text of the header.
func (a *assertion) named(name string) string {
	text, _ := a.header[name].(string)
	return text
}

// isSignedBy reports whether a key has made the signature.
func (a *assertion) isSignedBy(key crypto.PublicKey) bool {
	parser := jwt.NewParser(jwt.WithValidMethods(algorithms), jwt.WithoutClaimsValidation())
	_, err := parser.Parse(a.raw, func(*jwt.Token) (any, error) { return key, nil })
	return err == nil
}

// audiences are whom it is for.
func (a *assertion) audiences() []string {
	all, _ := a.claims.GetAudience() // none if they are something else
	return all
}

// isTimely reports whether it is good for now; it has to say until when.
func (a *assertion) isTimely(now time.Time) bool {
	begins, err := a.claims.GetNotBefore()
	ends, err2 := a.claims.GetExpirationTime()
	return err == nil && err2 == nil && ends != nil && now.Before(ends.Add(skew)) &&
		(begins == nil || !now.Add(skew).Before(begins.Time))
}

// openAssertion returns the assertion by which a client signs in; sent is false if it does
// not by any.
func (x *exchange) openAssertion() (a assertion, sent bool, f *failure) {
	raw := x.form.get("client_assertion")
	if raw == "" {
		return a, false, nil
	}
	if x.form.get("client_assertion_type") != assertionType {
		return a, true, fail(9002313).because("client_assertion_type has to be " + assertionType)
	}
	a, f = x.readAssertion(raw)
	return a, true, f
}

// checkClientAssertion checks that an assertion stands for an application: it is signed with
// one of its keys, or comes from an issuer that it trusts.
func (x *exchange) checkClientAssertion(a *assertion, app *Application) *failure {
	if !a.isTimely(x.now) {
		at := func(claim string) string {
			if seconds, ok := a.claims[claim].(float64); ok {
				return time.Unix(int64(seconds), 0).UTC().Format(time.RFC3339)
			}
			return "never"
		}
		return fail(700024, x.now.Format(time.RFC3339), at("nbf"), at("exp"))
	}
	if !strings.EqualFold(a.text("iss"), app.ID) || !strings.EqualFold(a.text("sub"), app.ID) {
		return x.checkFederated(a, app)
	}
	if !slices.ContainsFunc(a.audiences(), x.isTokenURL) {
		return fail(700023)
	}
	return x.checkKey(a, app)
}

// isTokenURL reports whether an audience means this endpoint, by any of its names (assumed:
// which ones Entra takes is not known).
func (x *exchange) isTokenURL(audience string) bool {
	u, err := url.Parse(audience)
	own, _ := url.Parse(x.origin)
	if err != nil || u.Host != own.Host && !graph.IsLoginHost(u.Host) {
		return false
	}
	tenant, below, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	isTenant := isShared(tenant) || strings.EqualFold(tenant, x.directory.Tenant()) || strings.EqualFold(tenant, x.tenant)
	return isTenant && slices.Contains([]string{"", "v2.0", "oauth2/v2.0/token", "oauth2/token"}, below)
}

// checkKey checks that an assertion is signed with a key of the application. One that has
// registered none is taken at its word, but not by the strict; what it brings along has to fit.
func (x *exchange) checkKey(a *assertion, app *Application) *failure {
	thumbprint := a.thumbprint()
	for _, der := range app.Certificates {
		certificate, err := x509.ParseCertificate(der)
		if err != nil || !a.names(der) {
			continue
		}
		if !a.isSignedBy(certificate.PublicKey) {
			return fail(700027, "Key was found, but use of the key to verify the signature failed.", thumbprint)
		}
		return nil
	}
	if len(app.Certificates) > 0 || x.config.Strict {
		return fail(700027, "The key was not found.", thumbprint).because("add the certificate to keyCredentials of the application")
	}
	if chain, _ := a.header["x5c"].([]any); len(chain) > 0 {
		text, _ := chain[0].(string)
		der, _ := base64.StdEncoding.DecodeString(text)
		certificate, err := x509.ParseCertificate(der)
		if err != nil || !a.isSignedBy(certificate.PublicKey) {
			return fail(700027, "Key was found, but use of the key to verify the signature failed.", thumbprint)
		}
	}
	x.remark("the application has no key to check its assertion with, which --auth strict refuses")
	return nil
}

// names reports whether the header names a certificate, in any of the ways that clients do.
func (a *assertion) names(der []byte) bool {
	first, second := sha1.Sum(der), sha256.Sum256(der)
	return slices.ContainsFunc(a.thumbprints(), func(sent []byte) bool {
		return bytes.Equal(sent, first[:]) || bytes.Equal(sent, second[:])
	})
}

// thumbprints are what the header names keys by: SHA-1 or SHA-256 of a certificate, in
// base64 of either alphabet (MSAL for Go pads it), or in hexadecimal.
func (a *assertion) thumbprints() (all [][]byte) {
	for _, name := range []string{"x5t", "x5t#S256", "kid"} {
		text := a.named(name)
		if raw, err := hex.DecodeString(text); err == nil && len(raw) > 0 {
			all = append(all, raw)
		} else if raw, err := decodeBase64(text); err == nil && len(raw) > 0 {
			all = append(all, raw)
		}
	}
	return all
}

// decodeBase64 decodes base64 of either alphabet, padded or not.
func decodeBase64(text string) ([]byte, error) {
	text = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "="))
	return base64.RawURLEncoding.DecodeString(text)
}

// thumbprint is how errors name the key of an assertion.
func (a *assertion) thumbprint() string {
	if all := a.thumbprints(); len(all) > 0 {
		return strings.ToUpper(hex.EncodeToString(all[0]))
	}
	return ""
}

// checkFederated checks that an assertion comes from an issuer that the application trusts.
// Its signature can't be checked: that would ask its issuer for keys.
func (x *exchange) checkFederated(a *assertion, app *Application) *failure {
	if len(app.Federated) == 0 && !x.config.Strict {
		x.remark("the application has no federated credential to check its assertion with, which --auth strict refuses")
		return nil
	}
	issuer, subject := a.text("iss"), a.text("sub")
	of := slices.DeleteFunc(slices.Clone(app.Federated), func(f Federation) bool { return f.Issuer != issuer })
	if len(of) == 0 {
		return fail(700211, issuer)
	}
	of = slices.DeleteFunc(of, func(f Federation) bool { return f.Subject != subject })
	if len(of) == 0 {
		return fail(700213, subject)
	}
	isFor := func(f Federation) bool {
		return slices.ContainsFunc(a.audiences(), func(audience string) bool { return slices.Contains(f.Audiences, audience) })
	}
	if !slices.ContainsFunc(of, isFor) {
		return fail(700212, strings.Join(a.audiences(), ", "))
	}
	return nil
}

// grantOnBehalfOf gives an API tokens for the user who has called it with one.
func (x *exchange) grantOnBehalfOf(c client) (res response, f *failure) {
	raw := x.form.get("assertion")
	switch {
	case raw == "":
		return res, fail(900144, "assertion")
	case x.form.get("requested_token_use") != "on_behalf_of":
		return res, fail(900144, "requested_token_use")
	case c.shown == "0":
		return res, fail(7000218)
	}
	a, f := x.readAssertion(raw)
	if f != nil {
		return res, f
	}
	if f := x.checkUserAssertion(&a, c); f != nil {
		return res, f
	}
	s := session{client: c, scope: x.askedScope(), signed: x.now}
	if strings.TrimSpace(s.scope) == "" {
		return res, fail(900144, "scope")
	}
	if s.asked, f = x.parseScope(s.scope); f != nil {
		return res, f
	}
	if s.user, f = x.assertedUser(&a); f != nil {
		return res, f
	}
	return x.grantUser(s)
}

// checkUserAssertion checks that a user has called the client with an access token.
func (x *exchange) checkUserAssertion(a *assertion, c client) *failure {
	isClient := func(audience string) bool {
		audience = strings.TrimSuffix(audience, "/")
		return strings.EqualFold(audience, c.ID) || strings.EqualFold(audience, "api://"+c.ID) ||
			slices.ContainsFunc(c.URIs, func(uri string) bool { return strings.EqualFold(uri, audience) })
	}
	_, scoped := a.claims["scp"]
	switch {
	case !a.isOurs && (x.config.Strict || a.claimsOurKey()):
		return fail(50013, "Key was found, but use of the key to verify the signature failed.")
	case a.isOurs && a.text("tid") != x.directory.Tenant(): // assumed but for the code
		return fail(50013, "The token is of another tenant.").because("ask at the tenant of the user's token")
	case !a.isTimely(x.now):
		return fail(500133)
	case !slices.ContainsFunc(a.audiences(), isClient):
		return fail(500131, strings.Join(a.audiences(), ", "), c.ID).because(
			"the assertion has to be a token for this API, as scope api://" + c.ID + "/.default gives it")
	case a.text("idtyp") == "app":
		return fail(7000114, c.ID)
	case !scoped:
		return fail(240002)
	}
	if !a.isOurs {
		x.remark("the assertion is not signed by this server, which --auth strict refuses")
	}
	return nil
}

// claimsOurKey reports whether the header names the key of this server.
func (a *assertion) claimsOurKey() bool {
	_, known := PublicKey(a.named("kid"))
	return known
}

// assertedUser is who an assertion is about. Somebody whom the tenant does not have is taken
// at the assertion's word, but not by the strict.
func (x *exchange) assertedUser(a *assertion) (User, *failure) {
	id, name := a.text("oid"), a.text("preferred_username")
	if name == "" {
		name = a.text("upn")
	}
	for _, each := range []string{id, name} {
		if u, found := x.directory.User(each); each != "" && found {
			return x.openUser(u.ID)
		}
	}
	if x.config.Strict || id == "" && name == "" {
		return User{}, fail(50034, x.directory.Tenant())
	}
	if id == "" {
		id = derivedID("user", name)
	}
	return User{ID: id, PrincipalName: name, DisplayName: a.text("name")}, nil
}
