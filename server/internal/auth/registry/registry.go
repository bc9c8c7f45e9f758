// Package registry is what a tenant has that signing in asks for, read from its store:
// applications with their service principals, secrets, keys and grants, and users.
package registry

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/auth/entra"
	"github.com/graphmock/graphmock/server/internal/store"
)

// Directory reads a tenant. It is an entra.Directory.
type Directory struct {
	Store   store.Store
	Name    string // by which the store has the tenant
	ID      string // of the tenant
	Known   *auth.Directory
	Now     time.Time
	Allowed []string // delegated permissions of tokens that may do everything

	// Secret is one that the tenant's first application has besides its own.
	Secret string
}

// Tenant returns the id of the tenant.
func (d *Directory) Tenant() string { return d.ID }

// Scopes returns the delegated permissions of tokens that may do everything.
func (d *Directory) Scopes() []string { return d.Allowed }

// Identity returns the tenant's first application.
func (d *Directory) Identity() entra.Application {
	a, _ := d.Application(d.Known.DefaultCaller().App)
	return a
}

// Collections of the store, by their canonical paths.
const (
	applications = "applications"
	principals   = "servicePrincipals"
	users        = "users"
	consents     = "oauth2PermissionGrants"
)

// HasDomain reports whether users of the tenant have a domain in their names.
func (d *Directory) HasDomain(domain string) bool {
	has := func(name string) bool {
		_, of, _ := strings.Cut(name, "@")
		return strings.EqualFold(of, domain)
	}
	for u := range d.Known.Users() {
		if has(u.PrincipalName) {
			return true
		}
	}
	found := false
	d.each(users, "@"+domain, func(record store.Record) bool {
		u, ok := userOf(record)
		found = ok && has(u.PrincipalName)
		return found
	})
	return found
}

// each calls visit with the records of a collection whose JSON has a text in it, in any
// case, until it returns true.
func (d *Directory) each(collection, text string, visit func(store.Record) (done bool)) {
	_ = d.Store.View(d.Name, d.Now.UnixMilli(), func(r store.Reader) error { // visit has no errors
		eachIn(r, collection, text, visit)
		return nil
	})
}

func eachIn(r store.Reader, collection, text string, visit func(store.Record) (done bool)) {
	const page = 100
	lower := []byte(strings.ToLower(text))
	var at store.Cursor
	for more, all := true, r.Snapshot(collection); more; {
		var records []store.Record
		records, at, more = all.Page(r, at, page)
		for _, record := range records {
			if bytes.Contains(bytes.ToLower(record.JSON), lower) && visit(record) {
				return
			}
		}
	}
}

// userEntity is what is read of a user.
type userEntity struct {
	ID            string    `json:"id"`
	PrincipalName string    `json:"userPrincipalName"`
	DisplayName   string    `json:"displayName"`
	GivenName     string    `json:"givenName"`
	Surname       string    `json:"surname"`
	Mail          string    `json:"mail"`
	Enabled       *bool     `json:"accountEnabled"`
	ValidFrom     time.Time `json:"signInSessionsValidFromDateTime"`
}

func userOf(record store.Record) (u entra.User, ok bool) {
	var e userEntity
	if json.Unmarshal(record.JSON, &e) != nil || e.PrincipalName == "" {
		return u, false
	}
	return entra.User{
		ID: strings.ToLower(e.ID), PrincipalName: e.PrincipalName, DisplayName: e.DisplayName, GivenName: e.GivenName,
		Surname: e.Surname, Mail: e.Mail, Disabled: e.Enabled != nil && !*e.Enabled, ValidAfter: e.ValidFrom,
	}, true
}

// User returns the user with an object id or a principal name.
func (d *Directory) User(name string) (u entra.User, found bool) {
	d.each(users, name, func(record store.Record) bool {
		each, ok := userOf(record)
		found = ok && (strings.EqualFold(each.ID, name) || strings.EqualFold(each.PrincipalName, name))
		if found {
			u = each
		}
		return found
	})
	if first := d.Known.DefaultCaller().User; !found && !d.hasUsers() && first.Is(name) {
		return known(first), true
	}
	return u, found
}

func known(u auth.User) entra.User {
	return entra.User{ID: u.ID, PrincipalName: u.PrincipalName, DisplayName: u.DisplayName}
}

func (d *Directory) hasUsers() bool {
	some := false
	d.each(users, "", func(store.Record) bool { some = true; return true })
	return some
}

// maxUsers is how many users there are to choose from.
const maxUsers = 100

// Users returns those to choose from, the tenant's first user before all others. A tenant
// without any has the one that tokens of no format stand for.
func (d *Directory) Users() []entra.User {
	var all []entra.User
	d.each(users, "", func(record store.Record) bool {
		if u, ok := userOf(record); ok {
			all = append(all, u)
		}
		return len(all) == maxUsers
	})
	first := d.Known.DefaultCaller().User
	if len(all) == 0 {
		return []entra.User{known(first)}
	}
	if i := slices.IndexFunc(all, func(u entra.User) bool { return u.ID == first.ID }); i > 0 {
		u := all[i]
		all = slices.Insert(slices.Delete(all, i, i+1), 0, u)
	}
	return all
}

// application is what is read of an application, and of a service principal.
type application struct {
	ID          string   `json:"id"`
	AppID       string   `json:"appId"`
	DisplayName string   `json:"displayName"`
	URIs        []string `json:"identifierUris"`
	Names       []string `json:"servicePrincipalNames"`
	Enabled     *bool    `json:"accountEnabled"`
	Disabled    string   `json:"disabledByMicrosoftStatus"`
	Passwords   []struct {
		SecretText string    `json:"secretText"`
		Ends       time.Time `json:"endDateTime"`
	} `json:"passwordCredentials"`
	Keys []struct {
		Type string `json:"type"`
		Key  string `json:"key"`
	} `json:"keyCredentials"`
	API struct {
		Scopes []scope `json:"oauth2PermissionScopes"`
	} `json:"api"`
	Web    redirects `json:"web"`
	SPA    redirects `json:"spa"`
	Public redirects `json:"publicClient"`
	Roles  []appRole `json:"appRoles"`
	Scopes []scope   `json:"oauth2PermissionScopes"`
}

type redirects struct {
	URLs []string `json:"redirectUris"`
}

type scope struct {
	ID    string `json:"id"`
	Value string `json:"value"`
}

type appRole struct {
	ID    string `json:"id"`
	Value string `json:"value"`
}

// read decodes an application; ok is false if a name is not one of it.
func (a *application) read(record store.Record, name string) (ok bool) {
	if json.Unmarshal(record.JSON, a) != nil {
		return false
	}
	is := func(have string) bool { return strings.EqualFold(strings.TrimSuffix(have, "/"), name) }
	return is(a.AppID) || slices.ContainsFunc(a.URIs, is) || slices.ContainsFunc(a.Names, is)
}

// Application returns the one with an application id or an identifier URI: an entity of the
// tenant, or one of those that its fixtures name and that is no entity.
func (d *Directory) Application(name string) (a entra.Application, found bool) {
	_ = d.Store.View(d.Name, d.Now.UnixMilli(), func(r store.Reader) error {
		a, found = d.application(r, name)
		return nil
	})
	return a, found
}

func (d *Directory) application(r store.Reader, name string) (a entra.Application, found bool) {
	var registered, principal application
	var path string
	eachIn(r, applications, name, func(record store.Record) bool {
		var each application
		if each.read(record, name) {
			registered, path, found = each, applications+"/"+record.ID, true
		}
		return found
	})
	if found {
		name = registered.AppID
	}
	var principalPath string
	eachIn(r, principals, name, func(record store.Record) bool {
		var each application
		if !each.read(record, name) {
			return false
		}
		principal, principalPath, found = each, principals+"/"+record.ID, true
		return true
	})
	if !found {
		return d.listed(r, name)
	}
	if registered.AppID == "" {
		registered.AppID, registered.DisplayName = principal.AppID, principal.DisplayName
	}
	a = entra.Application{
		ID: strings.ToLower(registered.AppID), Name: registered.DisplayName, Principal: strings.ToLower(principal.ID),
		URIs: registered.URIs, Disabled: principal.Enabled != nil && !*principal.Enabled,
	}
	if a.Principal == "" {
		a.Principal = d.derivedID(a.ID)
	}
	for _, each := range []application{registered, principal} {
		d.addCredentials(&a, &each)
	}
	d.addSecret(&a)
	if path != "" {
		a.Federated = federations(r, path)
	}
	if principalPath != "" {
		a.Granted = granted(r, principalPath, principal.ID)
	}
	return a, true
}

// derivedID is the id of a service principal that is no entity.
func (d *Directory) derivedID(app string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(d.ID+"\x00"+app)).String()
}

// addSecret gives the tenant's first application the secret that it has besides its own.
func (d *Directory) addSecret(a *entra.Application) {
	if d.Secret != "" && a.ID == d.Known.DefaultCaller().App {
		a.Secrets = append(a.Secrets, entra.Secret{Text: d.Secret})
	}
}

// listed returns an application that is no entity: fixtures name it, or it is the one by
// which requests come that name none.
func (d *Directory) listed(_ store.Reader, name string) (a entra.Application, found bool) {
	first := d.Known.DefaultCaller().App
	if name == first {
		a, found = entra.Application{ID: first, Name: "graphmock"}, true
	}
	for app := range d.Known.Apps() {
		if app.ID == name {
			a, found = entra.Application{ID: app.ID, Name: app.DisplayName}, true
		}
	}
	if tool := tools[name]; !found && tool != "" {
		a, found = entra.Application{ID: name, Name: tool}, true
	}
	if found {
		a.Principal = d.derivedID(a.ID)
		d.addSecret(&a)
	}
	return a, found
}

// tools are applications of Microsoft's own, which every tenant knows: credentials of SDKs
// sign in as the first one if they are told no other.
var tools = map[string]string{
	"04b07795-8ddb-461a-bbee-02f9e1bf7b46": "Microsoft Azure CLI",
	"1950a258-227b-4e31-a9cf-717495945fc2": "Microsoft Azure PowerShell",
	"14d82eec-204b-4c2f-b7e8-296a70dab67e": "Microsoft Graph Command Line Tools",
}

// addCredentials adds the credentials, redirects and scopes of an entity.
func (d *Directory) addCredentials(a *entra.Application, of *application) {
	for _, p := range of.Passwords {
		if p.SecretText != "" {
			a.Secrets = append(a.Secrets, entra.Secret{Text: p.SecretText, Expires: p.Ends})
		}
	}
	for _, k := range of.Keys {
		text := strings.NewReplacer("-", "+", "_", "/", "=", "").Replace(k.Key) // of either alphabet
		if der, err := base64.RawStdEncoding.DecodeString(text); err == nil && len(der) > 0 {
			a.Certificates = append(a.Certificates, der)
		}
	}
	for kind, all := range map[entra.RedirectKind][]string{
		entra.Web: of.Web.URLs, entra.SPA: of.SPA.URLs, entra.Public: of.Public.URLs,
	} {
		for _, url := range all {
			a.Redirects = append(a.Redirects, entra.Redirect{URL: url, Kind: kind})
		}
	}
	for _, s := range slices.Concat(of.API.Scopes, of.Scopes) {
		if s.Value != "" && !slices.Contains(a.Scopes, s.Value) {
			a.Scopes = append(a.Scopes, s.Value)
		}
	}
}

// federations returns the federated credentials of an application.
func federations(r store.Reader, path string) (all []entra.Federation) {
	eachIn(r, path+"/federatedIdentityCredentials", "", func(record store.Record) bool {
		var f entra.Federation
		if json.Unmarshal(record.JSON, &f) == nil { // its names are those of the fields
			all = append(all, f)
		}
		return false
	})
	return all
}

// granted returns what a service principal was granted of Graph; nil if the tenant has no
// grant of it at all.
func granted(r store.Reader, path, id string) *entra.Grants {
	g := entra.Grants{Scopes: map[string][]string{}}
	some := false
	eachIn(r, path+"/appRoleAssignments", "", func(record store.Record) bool {
		var assignment struct {
			Role string `json:"appRoleId"`
		}
		if json.Unmarshal(record.JSON, &assignment) == nil {
			some = true
			if name := roleName(r, assignment.Role); name != "" {
				g.Roles = append(g.Roles, name)
			}
		}
		return false
	})
	eachIn(r, consents, id, func(record store.Record) bool {
		var consent struct {
			Client string `json:"clientId"`
			User   string `json:"principalId"`
			Scope  string `json:"scope"`
		}
		if json.Unmarshal(record.JSON, &consent) == nil && strings.EqualFold(consent.Client, id) {
			some = true
			user := strings.ToLower(consent.User)
			g.Scopes[user] = append(g.Scopes[user], strings.Fields(consent.Scope)...)
		}
		return false
	})
	if !some {
		return nil
	}
	return &g
}

// roleName returns the name of the role with an id, that a service principal of the tenant
// has.
func roleName(r store.Reader, id string) (name string) {
	if id == "" {
		return ""
	}
	eachIn(r, principals, id, func(record store.Record) bool {
		var of application
		if json.Unmarshal(record.JSON, &of) != nil {
			return false
		}
		for _, role := range of.Roles {
			if strings.EqualFold(role.ID, id) {
				name = role.Value
			}
		}
		return name != ""
	})
	return name
}
