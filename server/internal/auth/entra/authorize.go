package entra

import (
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// codeLifetime is how long a code is good for.
const codeLifetime = 10 * time.Minute

// sessionCookie has the id of the user who has signed in last, for requests with
// prompt=none. It is no secret: whoever can ask may choose any user.
const sessionCookie = "graphmock-user"

// cancelParameter is how the page says that the user does not want to sign in.
const cancelParameter = "graphmock_cancel"

// An authorization is a request to sign a user in, as far as it was checked.
type authorization struct {
	client   client
	redirect string
	kind     RedirectKind
	mode     string // query, fragment or form_post
	state    string
}

// authorize lets a user sign in, and sends a code to the application: at once if the request
// names the user, else when one was chosen on a page.
func (x *exchange) authorize() {
	if x.r.Method != http.MethodGet && x.r.Method != http.MethodPost && x.r.Method != http.MethodHead {
		x.sendFailure(fail(900561, "GET or POST", x.r.Method))
		return
	}
	to, f := x.openAuthorization()
	if f != nil { // not a word to a URL that is nobody's
		x.showFailure(f)
		return
	}
	parameters, f := x.signIn(to)
	switch {
	case f != nil:
		x.redirectFailure(to, f)
	case parameters != nil:
		x.redirect(to, parameters)
	default:
		x.chooseUser(to)
	}
}

// openAuthorization finds the application, and where it is to be answered.
func (x *exchange) openAuthorization() (to authorization, f *failure) {
	if f := x.readForm(); f != nil {
		return to, f
	}
	if len(x.r.URL.RawQuery) > maxForm {
		return to, fail(9002313)
	}
	for name, values := range x.r.URL.Query() {
		if x.form.get(name) == "" {
			x.form[name] = values
		}
	}
	if f := x.openTenant(); f != nil {
		return to, f
	}
	if to.client.Application, f = x.openApplication(x.form.get("client_id")); f != nil {
		return to, f
	}
	to.redirect, to.state, to.mode = x.form.get("redirect_uri"), x.form.get("state"), x.form.get("response_mode")
	if all := to.client.Redirects; to.redirect == "" && len(all) == 1 {
		to.redirect = all[0].URL
	}
	if to.kind, f = x.checkRedirect(&to.client.Application, to.redirect); f != nil {
		return to, f
	}
	u, _ := url.Parse(to.redirect)
	switch {
	case to.mode == "":
		to.mode = "query"
	case to.mode == "form_post" && u.Scheme != "http" && u.Scheme != "https",
		!slices.Contains([]string{"query", "fragment", "form_post"}, to.mode):
		return to, fail(90023, "response_mode")
	}
	return to, nil
}

// signIn answers an authorization, with nothing if a user has to be chosen first.
func (x *exchange) signIn(to authorization) (parameters []parameter, f *failure) {
	if x.form.get(cancelParameter) != "" {
		return []parameter{{"error", "access_denied"}, {"error_description", "the user canceled the authentication"}}, nil
	}
	prompt := x.form.get("prompt")
	switch kind := x.form.get("response_type"); {
	case kind == "":
		return nil, fail(900144, "response_type")
	case kind != "code":
		return nil, fail(700054, kind)
	case !slices.Contains([]string{"", "none", "login", "consent", "select_account", "create"}, prompt):
		return nil, fail(90023, "prompt")
	case strings.TrimSpace(x.form.get("scope")) == "" && !x.v1:
		return nil, fail(900144, "scope")
	}
	g := grantRecord{
		tenant: x.directory.Tenant(), client: to.client.ID, scope: x.askedScope(), redirect: to.redirect, kind: to.kind,
		issued: x.now, signed: x.now, expires: x.now.Add(codeLifetime), consented: prompt != "none",
	}
	if f := x.readChallenge(&g); f != nil {
		return nil, f
	}
	if g.nonce = x.form.get("nonce"); len(g.nonce) > maxNonce {
		return nil, fail(9002313)
	}
	u, chosen, f := x.chosenUser(prompt)
	if f != nil || !chosen {
		return nil, f
	}
	a, f := x.parseScope(g.scope)
	if f != nil {
		return nil, f
	}
	s := session{client: to.client, user: u, asked: a, consented: g.consented}
	if _, f := s.granted(); f != nil {
		return nil, f
	}
	g.user = u.ID
	return x.grantedParameters(u, &g), nil
}

// maxNonce is how long a nonce may be.
const maxNonce = 2048

// chosenUser returns who signs in: the one that the request hints at or, with prompt=none,
// the last one who did.
func (x *exchange) chosenUser(prompt string) (u User, chosen bool, f *failure) {
	for _, name := range []string{x.form.get("login_hint"), x.form.get("username")} {
		if u, found := x.directory.User(name); name != "" && found {
			if u.Disabled {
				return u, false, fail(50057)
			}
			return u, true, nil
		}
	}
	if prompt != "none" {
		return u, false, nil
	}
	if cookie, err := x.r.Cookie(sessionCookie); err == nil {
		if u, found := x.directory.User(cookie.Value); found && !u.Disabled {
			return u, true, nil
		}
	}
	return u, false, fail(50058)
}

// readChallenge reads what PKCE asks of who redeems the code.
func (x *exchange) readChallenge(g *grantRecord) *failure {
	g.challenge, g.method = x.form.get("code_challenge"), x.form.get("code_challenge_method")
	switch {
	case g.challenge == "" && g.method != "":
		return fail(50147, "code_challenge_method was sent without code_challenge")
	case g.challenge == "" && g.kind == SPA:
		return fail(9002325)
	case g.challenge == "":
		return nil
	case g.method == "":
		g.method = "plain"
	case g.method != "plain" && g.method != "S256":
		return fail(90023, "code_challenge_method")
	}
	if !verifier.MatchString(g.challenge) || g.method == "S256" && len(g.challenge) != 43 {
		return fail(501491)
	}
	return nil
}

// verifier is what challenges and verifiers are like, by RFC 7636.
var verifier = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)

// grantedParameters remembers what was granted, and returns the code for it.
func (x *exchange) grantedParameters(u User, g *grantRecord) []parameter {
	code := "1.A" + x.opaque(80)
	x.add(&x.codes, code, *g)
	secure := strings.HasPrefix(x.origin, "https://")
	cookie := &http.Cookie{Name: sessionCookie, Value: u.ID, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if secure { // hidden frames of other sites ask with prompt=none
		cookie.Secure, cookie.SameSite = true, http.SameSiteNoneMode
	}
	http.SetCookie(x.w, cookie)
	x.remark(u.PrincipalName + " signs in to application " + g.client)
	parameters := []parameter{{"code", code}}
	if x.form.get("client_info") == "1" {
		parameters = append(parameters, parameter{"client_info", clientInfo(u.ID, g.tenant)})
	}
	return append(parameters, parameter{"session_state", derivedID("session", u.ID, g.tenant)})
}

// redirectFailure answers the application with an error.
func (x *exchange) redirectFailure(to authorization, f *failure) {
	x.remarkFailure(f)
	kind := f.kind
	switch {
	case f.suberror == "consent_required":
		kind = f.suberror
	case kind == invalidGrant: // which is of the token endpoint
		kind = "interaction_required"
	}
	parameters := []parameter{{"error", kind}, {"error_description", x.description(f)}}
	if page := x.errorPage(f); page != "" {
		parameters = append(parameters, parameter{"error_uri", page})
	}
	x.redirect(to, parameters)
}

// redirect answers the application in the mode that it asked for.
func (x *exchange) redirect(to authorization, parameters []parameter) {
	if to.state != "" {
		parameters = append(parameters, parameter{"state", to.state})
	}
	if to.mode == "form_post" {
		x.showPage(http.StatusOK, "post", page{Action: to.redirect, Parameters: parameters})
		return
	}
	x.w.Header().Set("Location", withParameters(to.redirect, parameters, to.mode == "fragment"))
	x.status = http.StatusFound
	x.w.WriteHeader(x.status)
}

// chooseUser shows the users of the tenant. Its buttons send the same request again, with
// the user's name for a hint.
func (x *exchange) chooseUser(to authorization) {
	p := page{Action: x.r.URL.EscapedPath(), App: to.client.Name, Users: x.directory.Users(), Cancel: cancelParameter}
	if hint := x.form.get("login_hint"); hint != "" {
		p.Problem = "There is no user " + bounded(hint) + " in this tenant."
	}
	for _, name := range slices.Sorted(maps.Keys(x.form)) {
		if name != "login_hint" && name != "prompt" && name != "username" {
			p.Parameters = append(p.Parameters, parameter{name, x.form.get(name)})
		}
	}
	x.showPage(http.StatusOK, "choose", p)
}

// grantCode gives tokens for a code, which works once.
func (x *exchange) grantCode(c client) (res response, f *failure) {
	code := x.form.get("code")
	if code == "" {
		return res, fail(900144, "code")
	}
	g, found := x.look(&x.codes, code)
	if f := x.checkCode(c, &g, found); f != nil {
		return res, f
	}
	s := session{client: c, scope: g.scope, signed: g.signed, kind: g.kind, nonce: g.nonce, consented: g.consented}
	if s.user, f = x.openUser(g.user); f != nil {
		return res, f
	}
	if s.asked, f = x.parseScope(g.scope); f != nil {
		return res, f
	}
	if asked := x.askedScope(); strings.TrimSpace(asked) != "" {
		offline := s.asked.offline
		if s.asked, f = x.parseScope(asked); f != nil {
			return res, f
		}
		s.asked.offline = s.asked.offline || offline
		s.scope, s.consented = asked, s.consented && asked == g.scope
	}
	if _, f := s.granted(); f != nil {
		return res, f
	}
	if g.kind == SPA {
		s.expires = x.now.Add(spaRefreshLifetime)
	}
	if !x.use(&x.codes, code) {
		return res, fail(54005)
	}
	return x.grantUser(s)
}

// checkCode refuses a code that is not the client's, that has ended, or that the client can't
// show to have asked for.
func (x *exchange) checkCode(c client, g *grantRecord, found bool) *failure {
	switch {
	case !found || g.client != c.ID || g.tenant != x.directory.Tenant():
		return fail(70000, "code")
	case g.used:
		return fail(54005)
	case !x.now.Before(g.expires):
		return fail(70008)
	case x.form.get("redirect_uri") != g.redirect:
		return fail(500112, x.form.get("redirect_uri"), g.redirect)
	case g.kind == Web && c.shown == "0":
		return fail(7000218)
	}
	if f := checkVerifier(g, x.form.get("code_verifier")); f != nil {
		return f
	}
	return x.crossOrigin(g.kind)
}

// checkVerifier holds what a client sends against its challenge. One that made none must
// send nothing: somebody may have taken the challenge away.
func checkVerifier(g *grantRecord, sent string) *failure {
	switch {
	case g.challenge == "" && sent == "":
		return nil
	case g.challenge == "":
		return fail(50147, "a code_verifier was sent, and the authorization request had no code_challenge")
	case !verifier.MatchString(sent):
		return fail(501481)
	}
	if g.method == "S256" {
		sum := sha256.Sum256([]byte(sent))
		sent = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	if !isSame(sent, g.challenge) {
		return fail(501481)
	}
	return nil
}

// logout forgets who has signed in last. It leads back to URLs of the application only.
func (x *exchange) logout() {
	if f := x.readForm(); f != nil {
		x.showFailure(f)
		return
	}
	for name, values := range x.r.URL.Query() {
		x.form[name] = values
	}
	if f := x.openTenant(); f != nil {
		x.showFailure(f)
		return
	}
	http.SetCookie(x.w, &http.Cookie{Name: sessionCookie, Path: "/", MaxAge: -1, HttpOnly: true})
	x.remark("signed out")
	redirect := x.form.get("post_logout_redirect_uri")
	if redirect == "" || !x.mayLeadTo(redirect) {
		x.showPage(http.StatusOK, "text", page{Text: "You have signed out."})
		return
	}
	if state := x.form.get("state"); state != "" {
		redirect = withParameters(redirect, []parameter{{"state", state}}, false)
	}
	x.w.Header().Set("Location", redirect)
	x.status = http.StatusFound
	x.w.WriteHeader(x.status)
}

// mayLeadTo reports whether a URL is one of the application that the request names, or on a
// loopback address.
func (x *exchange) mayLeadTo(redirect string) bool {
	id := x.form.get("client_id")
	if hint, f := x.readAssertion(x.form.get("id_token_hint")); f == nil && hint.isOurs {
		id = hint.text("aud")
	}
	a, _ := x.directory.Application(strings.ToLower(id))
	_, f := x.checkRedirect(&a, redirect)
	return f == nil
}
