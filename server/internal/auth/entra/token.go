package entra

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// grants are the ways to get a token, by grant_type.
var grants = map[string]func(*exchange, client) (response, *failure){
	"client_credentials": (*exchange).grantClientCredentials,
	"authorization_code": (*exchange).grantCode,
	"refresh_token":      (*exchange).grantRefresh,
	"password":           (*exchange).grantPassword,
	"device_code":        (*exchange).grantDevice,

	"urn:ietf:params:oauth:grant-type:device_code": (*exchange).grantDevice,
	"urn:ietf:params:oauth:grant-type:jwt-bearer":  (*exchange).grantOnBehalfOf,
}

// token answers the token endpoint.
func (x *exchange) token() {
	if x.r.Method == http.MethodOptions {
		x.preflight()
		return
	}
	if x.r.Method != http.MethodPost {
		x.sendFailure(fail(900561, "POST", x.r.Method))
		return
	}
	res, f := x.grant()
	if f != nil {
		x.sendFailure(f)
		return
	}
	if x.v1 {
		x.sendJSON(http.StatusOK, res.v1(x))
		return
	}
	x.sendJSON(http.StatusOK, res)
}

func (x *exchange) grant() (res response, f *failure) {
	if f := x.readForm(); f != nil {
		return res, f
	}
	kind := x.form.get("grant_type")
	grant, known := grants[kind]
	if kind == "" {
		return res, fail(900144, "grant_type").because("the body is a form: application/x-www-form-urlencoded")
	}
	if !known {
		return res, fail(70003, kind)
	}
	if f := x.openTenant(); f != nil {
		if f.code == 90002 {
			f.kind = invalidRequest
		}
		return res, f
	}
	c, f := x.openClient()
	if f != nil {
		return res, f
	}
	return grant(x, c)
}

// A response is what the token endpoint answers, in the order of recorded ones.
type response struct {
	Type       string `json:"token_type"`
	Scope      string `json:"scope,omitempty"`
	ExpiresIn  int    `json:"expires_in"`
	Extended   int    `json:"ext_expires_in"`
	Access     string `json:"access_token"`
	Refresh    string `json:"refresh_token,omitempty"`
	ID         string `json:"id_token,omitempty"`
	ClientInfo string `json:"client_info,omitempty"`

	resource string
}

// responseV1 is a response of version 1, whose numbers are text.
type responseV1 struct {
	Type      string `json:"token_type"`
	Scope     string `json:"scope,omitempty"`
	ExpiresIn string `json:"expires_in"`
	Extended  string `json:"ext_expires_in"`
	ExpiresOn string `json:"expires_on"`
	NotBefore string `json:"not_before"`
	Resource  string `json:"resource"`
	Access    string `json:"access_token"`
	Refresh   string `json:"refresh_token,omitempty"`
	ID        string `json:"id_token,omitempty"`
}

func (r response) v1(x *exchange) responseV1 {
	return responseV1{
		Type: r.Type, Scope: r.Scope, ExpiresIn: strconv.Itoa(r.ExpiresIn), Extended: strconv.Itoa(r.Extended),
		ExpiresOn: strconv.FormatInt(x.now.Unix()+int64(r.ExpiresIn), 10),
		NotBefore: strconv.FormatInt(x.now.Add(-backdated).Unix(), 10), Resource: r.resource, Access: r.Access,
		Refresh: r.Refresh, ID: r.ID,
	}
}

// How long tokens are good for. Entra's live 60 to 90 minutes at random; those of clients
// that understand claims challenges a day.
const (
	lifetime     = time.Hour
	longLifetime = 24 * time.Hour
	backdated    = 5 * time.Minute // how long before now a token begins
)

// askedScope is the scope that a client asks for: version 1 names a resource.
func (x *exchange) askedScope() string {
	if resource := x.form.get("resource"); x.v1 && resource != "" {
		return strings.TrimSuffix(resource, "/") + "/.default " + x.form.get("scope")
	}
	return x.form.get("scope")
}

// grantClientCredentials gives a token to an application itself.
func (x *exchange) grantClientCredentials(c client) (res response, f *failure) {
	switch {
	case c.shown == "0":
		return res, fail(7000216)
	case isShared(x.tenant):
		return res, fail(50059).because("name the tenant in the URL: an application has no home to be found by")
	case x.r.Header.Get("Origin") != "":
		return res, fail(9002326, x.r.Header.Get("Origin"))
	}
	scope := x.askedScope()
	if strings.TrimSpace(scope) == "" {
		return res, fail(900144, "scope")
	}
	a, f := x.parseScope(scope)
	if f != nil {
		return res, f
	}
	if !a.all {
		return res, fail(1002012, scope)
	}
	x.remark("application " + c.ID + " signed in")
	return x.appResponse(c, &a), nil
}

// appResponse has a token of an application itself, and nothing else.
func (x *exchange) appResponse(c client, a *asked) response {
	life := x.life()
	return response{
		Type: "Bearer", ExpiresIn: seconds(life), Extended: seconds(life), Access: x.appToken(c, a, life), resource: a.audience(x),
	}
}

// seconds is a lifetime as responses tell it: one second of it is gone.
func seconds(life time.Duration) int { return int(life/time.Second) - 1 }

// life is how long the tokens of this client live.
func (x *exchange) life() time.Duration {
	if x.understandsChallenges() {
		return longLifetime
	}
	return lifetime
}
