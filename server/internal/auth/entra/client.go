package entra

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/url"
	"strings"

	"github.com/google/uuid"
)

// A client is who asks for a token, as far as it has shown that.
type client struct {
	Application
	shown string // appidacr: "0" nothing, "1" a secret, "2" an assertion
}

// openClient finds the application that the client says it is, and checks the credentials
// that it shows, if it shows any.
func (x *exchange) openClient() (c client, f *failure) {
	id, secret := x.form.get("client_id"), x.form.get("client_secret")
	if user, password, ok := x.r.BasicAuth(); ok {
		id, secret = unescaped(user), unescaped(password)
	}
	a, asserted, f := x.openAssertion()
	if f != nil {
		return c, f
	}
	if id == "" && asserted {
		id = a.text("sub")
	}
	if c.Application, f = x.openApplication(id); f != nil {
		return c, f
	}
	c.shown = "0"
	if asserted {
		c.shown = "2"
		return c, x.checkClientAssertion(&a, &c.Application)
	}
	if secret != "" {
		c.shown = "1"
		return c, x.checkSecret(&c.Application, secret)
	}
	return c, nil
}

// unescaped is a text of Basic credentials, which are escaped as forms are.
func unescaped(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}

// openApplication finds an application. One that nobody registered is taken at its word,
// but not by the strict.
func (x *exchange) openApplication(id string) (a Application, f *failure) {
	if id == "" {
		return a, fail(900144, "client_id")
	}
	if uuid.Validate(id) != nil || len(id) != 36 || strings.Trim(id, "0-") == "" {
		return a, fail(700038, id)
	}
	id = strings.ToLower(id)
	a, found := x.directory.Application(id)
	switch {
	case !found && x.config.Strict:
		return a, fail(700016, id, x.directory.Tenant()).because(
			"create it with POST /v1.0/applications, or name it under apps in the fixtures")
	case !found:
		x.remark("application " + id + " is not registered in the tenant, which --auth strict refuses")
		a = Application{ID: id, Name: "Unregistered application", Principal: derivedID(x.directory.Tenant(), id), Unregistered: true}
	case a.Disabled:
		return a, fail(7000112, id, a.Name)
	}
	return a, nil
}

// checkSecret checks a secret against those of an application. Where it has none at all,
// only the strict refuse.
func (x *exchange) checkSecret(a *Application, secret string) *failure {
	matches, expired := false, false
	for _, s := range a.Secrets {
		if isSame(s.Text, secret) {
			if !s.Expires.IsZero() && !x.now.Before(s.Expires) {
				expired = true
			} else {
				matches = true
			}
		}
	}
	switch {
	case matches, len(a.Secrets) == 0 && !x.config.Strict:
		return nil
	case expired:
		return fail(7000222, a.ID)
	}
	return fail(7000215, a.ID)
}

// isSame compares secrets in a time that tells nothing of them.
func isSame(a, b string) bool {
	first, second := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(first[:], second[:]) == 1
}

// derivedID is an id that follows from others: equal ones give equal ids.
func derivedID(names ...string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(strings.Join(names, "\x00"))).String()
}
