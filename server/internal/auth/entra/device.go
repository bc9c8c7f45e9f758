package entra

import (
	"encoding/base32"
	"net/http"
	"strings"
	"time"
)

// Device codes: how long they are good for, and how long clients wait between polls.
const (
	deviceLifetime = 15 * time.Minute
	deviceInterval = time.Second
)

// device gives a code to a client that has no browser.
func (x *exchange) device() {
	if x.r.Method != http.MethodPost {
		x.sendFailure(fail(900561, "POST", x.r.Method))
		return
	}
	reply, f := x.newDevice()
	if f != nil {
		x.sendFailure(f)
		return
	}
	x.sendJSON(http.StatusOK, reply)
}

// A deviceReply says what the user is to do, in the order of recorded ones.
type deviceReply struct {
	UserCode   string `json:"user_code"`
	DeviceCode string `json:"device_code"`
	Page       string `json:"verification_uri"`
	ExpiresIn  int    `json:"expires_in"`
	Interval   int    `json:"interval"`
	Message    string `json:"message"`
}

func (x *exchange) newDevice() (reply deviceReply, f *failure) {
	if f := x.readForm(); f != nil {
		return reply, f
	}
	if f := x.openTenant(); f != nil {
		return reply, f
	}
	a, f := x.openApplication(x.form.get("client_id"))
	if f != nil {
		return reply, f
	}
	scope := x.askedScope()
	if strings.TrimSpace(scope) == "" {
		return reply, fail(900144, "scope")
	}
	if _, f := x.parseScope(scope); f != nil {
		return reply, f
	}
	code := x.opaque(80)
	x.add(&x.devices, code, grantRecord{
		tenant: x.directory.Tenant(), client: a.ID, scope: scope, issued: x.now, expires: x.now.Add(deviceLifetime),
	})
	user := base32.StdEncoding.EncodeToString([]byte(code))[:9]
	page := x.path("oauth2/deviceauth")
	return deviceReply{
		UserCode: user, DeviceCode: code, Page: page, ExpiresIn: int(deviceLifetime / time.Second),
		Interval: int(deviceInterval / time.Second), Message: "To sign in, use a web browser to open the page " + page +
			" and enter the code " + user + " to authenticate.",
	}, nil
}

// devicePage is where the user would enter the code.
func (x *exchange) devicePage() {
	x.showPage(http.StatusOK, "text", page{
		Text: "There is nothing to enter: this is a sandbox, and its first user signs in when the device asks again.",
	})
}

// grantDevice gives tokens of the tenant's first user for a device code, once the client has
// been told to wait.
func (x *exchange) grantDevice(c client) (res response, f *failure) {
	code := x.form.get("device_code")
	if code == "" {
		code = x.form.get("code") // of older clients
	}
	if code == "" {
		return res, fail(900144, "device_code")
	}
	var g grantRecord
	found := x.change(&x.devices, code, func(have *grantRecord) {
		have.polls++
		g = *have
	})
	switch {
	case !found || g.client != c.ID || g.tenant != x.directory.Tenant():
		return res, fail(70018)
	case !x.now.Before(g.expires):
		return res, fail(70020)
	case g.polls == 1:
		return res, fail(70016)
	}
	if f := x.crossOrigin(Public); f != nil {
		return res, f
	}
	s := session{client: c, scope: g.scope, signed: x.now, consented: true}
	if s.asked, f = x.parseScope(g.scope); f != nil {
		return res, f
	}
	if s.user, f = x.openUser(x.directory.Users()[0].ID); f != nil {
		return res, f
	}
	if _, f := s.granted(); f != nil {
		return res, f
	}
	if !x.use(&x.devices, code) {
		return res, fail(54005)
	}
	return x.grantUser(s)
}
