package auth

import (
	"iter"
	"slices"
	"strings"
	"sync"
)

// DefaultTenant is the id of the tenant of a server that has only one.
const DefaultTenant = "5c1b7a52-6f0e-4e0f-9d3c-2a7d4b8e9f10"

// The caller if neither a token nor the directory names one.
const (
	defaultUserID   = "48d31887-5fad-4d73-a9f5-3c356e68a038"
	defaultUserName = "user@contoso.com"
	defaultApp      = "7b2f6f0c-3d1e-4c5a-9a8e-5f7c1d2e3b4a"
)

// A Directory has the users and apps of a tenant. It is never changed: With
// returns another one. What Remember keeps is shared by all that are made of each
// other. A Directory is safe for concurrent use.
type Directory struct {
	tenant     string
	users      []User
	apps       []App
	remembered *sync.Map // of User, by id
}

// An App is a client that is registered in a tenant.
type App struct {
	ID          string // application id, in lower case
	DisplayName string
}

// NewDirectory makes the directory of a tenant without users and apps.
func NewDirectory(tenant string) *Directory {
	return &Directory{tenant: tenant, remembered: &sync.Map{}}
}

// With returns a directory that has more users and apps. Those that d has already
// are left out.
func (d *Directory) With(users []User, apps []App) *Directory {
	n := *d
	n.users, n.apps = slices.Clip(d.users), slices.Clip(d.apps)
	for _, u := range users {
		same := func(have User) bool { return have.ID == u.ID && have.PrincipalName == u.PrincipalName }
		if !slices.ContainsFunc(n.users, same) {
			n.users = append(n.users, u)
		}
	}
	for _, a := range apps {
		if !slices.ContainsFunc(n.apps, func(have App) bool { return have.ID == a.ID }) {
			n.apps = append(n.apps, a)
		}
	}
	return &n
}

// Users returns the users in the order in which they were added.
func (d *Directory) Users() iter.Seq[User] { return slices.Values(d.users) }

// Apps returns the apps in the order in which they were added.
func (d *Directory) Apps() iter.Seq[App] { return slices.Values(d.apps) }

// HasUser reports whether a user with that id was added.
func (d *Directory) HasUser(id string) bool {
	return slices.ContainsFunc(d.users, func(u User) bool { return strings.EqualFold(u.ID, id) })
}

// Remember keeps a user for UserByID: only a token may have told its name.
func (d *Directory) Remember(u User) {
	if _, known := d.remembered.Load(u.ID); !known {
		d.remembered.Store(u.ID, u)
	}
}

// UserByID returns the user with an id that is in lower case. One that is neither
// remembered nor added has the id for a name.
func (d *Directory) UserByID(id string) User {
	if u, known := d.remembered.Load(id); known {
		return u.(User)
	}
	return d.user(id, "")
}

// UserByName returns the user that fixtures name by principal name or id, or the
// default one for the empty name. One that was not added has the name for an id.
func (d *Directory) UserByName(name string) User {
	if name == "" {
		return d.DefaultCaller().User
	}
	return d.user(name, name)
}

// AppID returns the id of the app that fixtures name by id in any case, or of the
// default one for the empty id.
func (d *Directory) AppID(id string) string {
	if id == "" {
		return d.DefaultCaller().App
	}
	return strings.ToLower(id)
}

// DefaultCaller returns the caller whose token says nothing: the first user and
// app.
func (d *Directory) DefaultCaller() Caller {
	c := Caller{Tenant: d.tenant, User: defaultUser(), App: defaultApp}
	if len(d.users) > 0 {
		c.User = d.users[0]
	}
	if len(d.apps) > 0 {
		c.App = d.apps[0].ID
	}
	return c
}

func defaultUser() User {
	return User{ID: defaultUserID, PrincipalName: defaultUserName, escaped: "user%40contoso.com"}
}

// callerFromClaims returns the caller that a token names. A user or app that the
// directory does not have is believed: the real issuer would have checked it.
func (d *Directory) callerFromClaims(c *claims) Caller {
	caller := d.DefaultCaller()
	caller.Scopes, caller.AppOnly = c.scopes(), c.appOnly()
	switch {
	case c.Everything:
	case caller.AppOnly:
		caller.Granted = c.Roles
	default:
		caller.Granted = caller.Scopes
	}
	if app := c.client(); app != "" {
		caller.App = strings.ToLower(app)
	}
	switch {
	case caller.AppOnly:
		caller.User = User{}
	case c.ObjectID != "" || c.userName() != "":
		caller.User = d.user(c.ObjectID, c.userName())
	}
	return caller
}

// user returns the user with that id or principal name, either of which may be
// empty, or makes one.
func (d *Directory) user(id, name string) User {
	for _, u := range d.users {
		if id != "" && strings.EqualFold(u.ID, id) || name != "" && strings.EqualFold(u.PrincipalName, name) {
			return u
		}
	}
	if name == "" {
		name = id
	}
	if id == "" {
		id = name
	}
	return NewUser(id, name, "")
}
