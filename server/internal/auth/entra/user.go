package entra

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// How long refresh tokens are good for: from their last use, or from the sign-in in a
// browser.
const (
	refreshLifetime    = 90 * 24 * time.Hour
	spaRefreshLifetime = 24 * time.Hour
)

// openUser returns the user with an id or a name, who can sign in.
func (x *exchange) openUser(name string) (u User, f *failure) {
	u, found := x.directory.User(name)
	switch {
	case !found:
		return u, fail(50034, x.directory.Tenant())
	case u.Disabled:
		return u, fail(50057)
	}
	return u, nil
}

// A session is a user who has signed in for an application.
type session struct {
	client  client
	user    User
	asked   asked
	scope   string    // as it was asked for
	signed  time.Time // when
	expires time.Time // when its refresh tokens end, whatever happens; zero is never
	kind    RedirectKind
	nonce   string

	consented bool // the user was there to be asked
}

// grantUser checks that a user may have what the client asks for in the user's name, and
// makes the tokens.
func (x *exchange) grantUser(s session) (res response, f *failure) {
	granted, f := s.granted()
	if f != nil {
		return res, f
	}
	a, c, life := &s.asked, s.client, x.life()
	scopes := granted
	for name, wanted := range map[string]bool{"openid": a.openid, "profile": a.profile, "email": a.email} {
		if wanted {
			scopes = append(scopes, name)
		}
	}
	if len(granted) == 0 && a.all {
		scopes = slices.Concat(x.allScopes(a), scopes)
	}
	slices.Sort(scopes)
	res = response{
		Type: "Bearer", Scope: a.tell(scopes), ExpiresIn: seconds(life), Extended: seconds(life),
		Access: x.userToken(&s, scopes, life), resource: a.audience(x),
	}
	if a.offline {
		res.Refresh = x.newRefresh(&s)
	}
	if a.openid {
		res.ID = x.idToken(&s)
	}
	if x.form.get("client_info") == "1" {
		res.ClientInfo = clientInfo(s.user.ID, x.directory.Tenant())
	}
	x.remark(s.user.PrincipalName + " signed in to application " + c.ID)
	return res, nil
}

// clientInfo says who a user is, as MSAL reads it.
func clientInfo(user, tenant string) string {
	text, _ := json.Marshal(struct { // of strings, which can be written
		User   string `json:"uid"`
		Tenant string `json:"utid"`
	}{user, tenant})
	return base64.RawURLEncoding.EncodeToString(text)
}

// granted returns the permissions that the user, or somebody for all users, has granted and
// that are asked for. Who was there to be asked has granted all (assumed).
func (s *session) granted() (names []string, f *failure) {
	a, g := &s.asked, s.client.Granted
	if !a.isGraph || g == nil || s.consented && !a.all {
		return slices.Clone(a.names), nil
	}
	all := slices.Concat(g.Scopes[""], g.Scopes[s.user.ID])
	missing := func(name string) bool {
		return !slices.ContainsFunc(all, func(have string) bool { return strings.EqualFold(have, name) })
	}
	if a.all && len(all) == 0 && !s.consented || slices.ContainsFunc(a.names, missing) {
		return nil, fail(65001, s.client.ID, s.client.Name)
	}
	if a.all {
		slices.Sort(all)
		return slices.Compact(all), nil
	}
	return slices.Clone(a.names), nil
}

// allScopes are those that .default stands for where nobody has told what was granted.
func (x *exchange) allScopes(a *asked) []string {
	switch {
	case a.isGraph:
		return slices.Clone(x.directory.Scopes())
	case len(a.known) > 0:
		return slices.Clone(a.known)
	}
	return []string{"user_impersonation"} // assumed
}

// tell writes scopes as a response has them: in the form in which they were asked for.
func (a *asked) tell(scopes []string) string {
	var words []string
	for _, name := range scopes {
		if !slices.Contains([]string{"openid", "profile", "email"}, name) && a.resource != "" {
			name = a.resource + "/" + name
		}
		words = append(words, name)
	}
	if a.all {
		words = append(words, strings.TrimPrefix(a.resource+"/.default", "/"))
	}
	return strings.Join(words, " ")
}

// userToken makes the access token of a user.
func (x *exchange) userToken(s *session, scopes []string, life time.Duration) string {
	claims, header := x.baseClaims(s.client, &s.asked, life)
	u := s.user
	claims["oid"], claims["sub"], claims["scp"] = u.ID, pairwise(u.ID, s.client.ID), strings.Join(scopes, " ")
	setIfAny(claims, map[string]string{"name": u.DisplayName, "given_name": u.GivenName, "family_name": u.Surname})
	claims["acct"], claims["acr"], claims["amr"] = 0, "1", []string{"pwd"}
	claims["ipaddr"] = "127.0.0.1"
	if s.asked.app != "" {
		claims["preferred_username"] = u.PrincipalName
		return sign(claims, header)
	}
	delete(claims, "idp") // of guests only
	claims["idtyp"], claims["upn"], claims["unique_name"] = "user", u.PrincipalName, u.PrincipalName
	claims["wids"] = []string{memberRole}
	if s.asked.isGraph && s.asked.all && s.client.Granted == nil {
		claims[everything] = true
	}
	return sign(claims, header)
}

// memberRole is the template of the role that ordinary members have.
const memberRole = "b79fbf4d-3ef9-4689-8143-76b194e85509"

// idToken says who the user is.
func (x *exchange) idToken(s *session) string {
	tenant, u := x.directory.Tenant(), s.user
	claims := jwt.MapClaims{
		"aud": s.client.ID, "iss": x.origin + "/" + tenant + "/v2.0", "iat": x.now.Add(-backdated).Unix(),
		"nbf": x.now.Add(-backdated).Unix(), "exp": x.now.Add(lifetime).Unix(), "aio": x.opaque(32), "oid": u.ID,
		"sub": pairwise(u.ID, s.client.ID), "rh": "1." + x.opaque(24) + ".", "tid": tenant, "uti": x.opaque(16), "ver": "2.0",
		"sid": derivedID("session", u.ID, tenant), "auth_time": s.signed.Unix(),
	}
	named := map[string]string{"nonce": s.nonce, "name": u.DisplayName, "preferred_username": u.PrincipalName}
	if s.asked.email {
		named["email"] = u.Mail
	}
	setIfAny(claims, named)
	return sign(claims, nil)
}

// setIfAny sets the claims that have a value.
func setIfAny(claims jwt.MapClaims, named map[string]string) {
	for name, value := range named {
		if value != "" {
			claims[name] = value
		}
	}
}

// pairwise is what an application knows a user by, and no other application does.
func pairwise(user, app string) string {
	sum := sha256.Sum256([]byte(user + "\x00" + app))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// newRefresh remembers a session, and returns the token to go on with.
func (x *exchange) newRefresh(s *session) string {
	token := "1.A" + x.opaque(120)
	expires := x.now.Add(refreshLifetime)
	if !s.expires.IsZero() {
		expires = s.expires
	}
	x.add(&x.refresh, token, grantRecord{
		tenant: x.directory.Tenant(), client: s.client.ID, user: s.user.ID, scope: s.scope, issued: x.now, signed: s.signed,
		expires: expires, kind: s.kind, consented: s.consented,
	})
	return token
}

// grantRefresh gives new tokens for a refresh token, which works once (assumed: Entra's own
// may be used again, and its clients do not).
func (x *exchange) grantRefresh(c client) (res response, f *failure) {
	token := x.form.get("refresh_token")
	if token == "" {
		return res, fail(900144, "refresh_token")
	}
	g, found := x.look(&x.refresh, token)
	if f := x.checkRefresh(c, &g, found); f != nil {
		return res, f
	}
	s := session{
		client: c, scope: g.scope, signed: g.signed, kind: g.kind, consented: g.consented,
	}
	if s.user, f = x.openUser(g.user); f != nil {
		return res, f
	}
	if s.user.ValidAfter.After(g.issued) {
		return res, fail(50173, g.issued.Format(time.RFC3339), s.user.ValidAfter.Format(time.RFC3339))
	}
	if asked := x.askedScope(); strings.TrimSpace(asked) != "" {
		s.consented = s.consented && asked == s.scope
		s.scope = asked
	}
	if s.asked, f = x.parseScope(s.scope); f != nil {
		return res, f
	}
	if _, f := s.granted(); f != nil {
		return res, f
	}
	s.asked.offline = true
	if g.kind == SPA {
		s.expires = g.expires
	}
	if !x.use(&x.refresh, token) {
		return res, fail(70000, "refresh_token").because("it was used before; take the one that came with the response")
	}
	return x.grantUser(s)
}

// checkRefresh refuses a refresh token that is not the client's, or that has ended.
func (x *exchange) checkRefresh(c client, g *grantRecord, found bool) *failure {
	switch {
	case !found || g.client != c.ID || g.tenant != x.directory.Tenant():
		return fail(70000, "refresh_token")
	case g.used:
		return fail(70000, "refresh_token").because("it was used before; take the one that came with the response")
	case !x.now.Before(g.expires) && g.kind == SPA:
		return fail(700084, g.issued.Format(time.RFC3339))
	case !x.now.Before(g.expires):
		return fail(700082, g.issued.Format(time.RFC3339))
	}
	return x.crossOrigin(g.kind)
}

// crossOrigin lets a page read the response, if it may have it: what is of a single page goes
// to pages only, and what is registered for others to no page.
func (x *exchange) crossOrigin(kind RedirectKind) *failure {
	origin := x.r.Header.Get("Origin")
	switch {
	case origin == "" && kind == SPA:
		return fail(9002327)
	case origin == "":
		return nil
	case kind != SPA && kind != "":
		return fail(9002326, origin)
	}
	x.w.Header().Set("Access-Control-Allow-Origin", origin)
	x.w.Header().Add("Vary", "Origin")
	return nil
}

// preflight lets pages of any origin ask for a token; whether they may read the response is
// seen then (assumed).
func (x *exchange) preflight() {
	header := x.w.Header()
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Access-Control-Allow-Methods", "POST, OPTIONS")
	if names := x.r.Header.Get("Access-Control-Request-Headers"); names != "" {
		header.Set("Access-Control-Allow-Headers", names)
	}
	x.status = http.StatusOK
	x.w.WriteHeader(x.status)
}

// grantPassword gives tokens for a user's name and password. Whatever password is right:
// the tenant keeps none (assumed).
func (x *exchange) grantPassword(c client) (res response, f *failure) {
	for _, name := range []string{"username", "password"} {
		if x.form.get(name) == "" {
			return res, fail(900144, name)
		}
	}
	s := session{client: c, scope: x.askedScope(), signed: x.now}
	if f := x.crossOrigin(Public); f != nil {
		return res, f
	}
	if s.asked, f = x.parseScope(s.scope); f != nil {
		return res, f
	}
	if s.user, f = x.openUser(x.form.get("username")); f != nil {
		return res, f
	}
	return x.grantUser(s)
}

// userRealm says that the users of the tenant have their passwords here: clients ask before
// they send one.
func (x *exchange) userRealm() {
	x.tenant = "common"
	name := x.r.URL.Path[strings.LastIndexByte(x.r.URL.Path, '/')+1:]
	_, of, ok := strings.Cut(name, "@")
	if !ok {
		x.sendJSON(http.StatusOK, map[string]string{"ver": "1.0", "account_type": "Unknown", "cloud_instance_name": cloud})
		return
	}
	x.sendJSON(http.StatusOK, map[string]string{"ver": "1.0", "account_type": "Managed", "domain_name": of,
		"cloud_instance_name": cloud, "cloud_audience_urn": "urn:federation:MicrosoftOnline"})
}

// cloud is the name of the global cloud.
const cloud = "microsoftonline.com"
