package entra

import (
	"net/http"
	"strconv"
	"strings"
)

// An identityReply has the token of a managed identity: all its values are text.
type identityReply struct {
	Access    string `json:"access_token"`
	ClientID  string `json:"client_id"`
	ExpiresIn string `json:"expires_in,omitempty"`
	Extended  string `json:"ext_expires_in,omitempty"`
	ExpiresOn string `json:"expires_on"`
	NotBefore string `json:"not_before,omitempty"`
	Refresh   string `json:"refresh_token"`
	Resource  string `json:"resource"`
	Type      string `json:"token_type"`
}

// appServiceIdentity gives tokens as App Service does, to clients that know its header.
func (x *exchange) appServiceIdentity() {
	if sent := x.r.Header.Get("X-Identity-Header"); !isSame(sent, x.IdentityHeader()) {
		x.remark("X-IDENTITY-HEADER is missing or wrong: send the value of IDENTITY_HEADER")
		x.sendJSON(http.StatusUnauthorized, map[string]any{"statusCode": 401, "message": "unauthorized"})
		return
	}
	reply, f := x.identity()
	if f != nil {
		x.remarkFailure(f)
		x.sendJSON(http.StatusBadRequest, map[string]any{"statusCode": 400, "message": f.text})
		return
	}
	x.sendJSON(http.StatusOK, identityReply{
		Access: reply.Access, ClientID: reply.ClientID, ExpiresOn: reply.ExpiresOn, Resource: reply.Resource, Type: reply.Type,
	})
}

// machineIdentity gives tokens as machines of Azure have them. The header is one that no
// server can be talked into sending by a URL alone.
func (x *exchange) machineIdentity() {
	if !strings.EqualFold(x.r.Header.Get("Metadata"), "true") {
		x.remark("the header Metadata: true is missing")
		x.sendJSON(http.StatusBadRequest, map[string]string{
			"error": "bad_request_102", "error_description": "Required metadata header not specified"})
		return
	}
	reply, f := x.identity()
	if f != nil {
		x.remarkFailure(f)
		x.sendJSON(http.StatusBadRequest, map[string]string{"error": f.kind, "error_description": f.text})
		return
	}
	x.sendJSON(http.StatusOK, reply)
}

// identity gives a token to the tenant's own application or, if the client names one, to
// another.
func (x *exchange) identity() (reply identityReply, f *failure) {
	if x.r.Method != http.MethodGet {
		return reply, fail(900561, "GET", x.r.Method)
	}
	x.tenant = "common"
	if f := x.openTenant(); f != nil {
		return reply, f
	}
	query := x.r.URL.Query()
	resource := query.Get("resource")
	if resource == "" {
		return reply, fail(900144, "resource")
	}
	c := client{Application: x.directory.Identity(), shown: "2"}
	if id := query.Get("client_id"); id != "" {
		if c.Application, f = x.openApplication(id); f != nil {
			return reply, f
		}
	}
	a, f := x.parseScope(strings.TrimSuffix(resource, "/") + "/.default")
	if f != nil {
		return reply, f
	}
	x.remark("managed identity " + c.ID + " signed in")
	res := x.appResponse(c, &a)
	in := strconv.Itoa(res.ExpiresIn)
	return identityReply{
		Access: res.Access, ClientID: c.ID, ExpiresIn: in, Extended: in,
		ExpiresOn: strconv.FormatInt(x.now.Unix()+int64(res.ExpiresIn), 10),
		NotBefore: strconv.FormatInt(x.now.Add(-backdated).Unix(), 10), Resource: resource, Type: "Bearer",
	}, nil
}
