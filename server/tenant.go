package server

import (
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/server/internal/store"
	"github.com/graphmock/graphmock/server/internal/token"
)

// Who calls when neither token nor fixtures tell.
const (
	defaultUserID = "48d31887-5fad-4d73-a9f5-3c356e68a038"
	defaultUser   = "user@contoso.com"
	defaultApp    = "7b2f6f0c-3d1e-4c5a-9a8e-5f7c1d2e3b4a"
)

// tenant is who there is, and what they have. Who there is never changes; seeding
// makes another tenant, which has the same store.
type tenant struct {
	users []user
	apps  []app
	store *store.Store

	// met has the users, by id, who ever put something into the store: of some
	// only a token told the name.
	met *sync.Map
}

func newTenant() *tenant { return &tenant{store: &store.Store{}, met: &sync.Map{}} }

// app is a client that is registered in the tenant.
type app struct{ id, displayName string }

// user is a user of the tenant.
type user struct {
	id, name string
	key      string // the name as it stands in @odata.context

	displayName string
}

func newUser(id, name string) user {
	return user{id: strings.ToLower(id), name: name, key: strings.ReplaceAll(url.QueryEscape(name), "+", "%20")}
}

// with is a tenant that also has the users and apps of a document.
func (t *tenant) with(d *fixtures.Document) *tenant {
	n := &tenant{users: slices.Clip(t.users), apps: slices.Clip(t.apps), store: t.store, met: t.met}
	for _, sent := range d.Users {
		u := newUser(sent.ID, sent.UserPrincipalName)
		u.displayName = sent.DisplayName
		if !slices.ContainsFunc(n.users, func(have user) bool { return have.id == u.id && have.name == u.name }) {
			n.users = append(n.users, u)
		}
	}
	for _, sent := range d.Apps {
		id := strings.ToLower(sent.ID)
		if !slices.ContainsFunc(n.apps, func(have app) bool { return have.id == id }) {
			n.apps = append(n.apps, app{id, sent.DisplayName})
		}
	}
	return n
}

// hasAll tells whether the tenant has the document's users: it was seeded before.
func (t *tenant) hasAll(d *fixtures.Document) bool {
	for _, u := range d.Users {
		if !slices.ContainsFunc(t.users, func(have user) bool { return strings.EqualFold(have.id, u.ID) }) {
			return false
		}
	}
	return len(d.Users) > 0
}

// meet keeps the name of a user who is about to have something in the store.
func (t *tenant) meet(u user) {
	if _, met := t.met.Load(u.id); !met {
		t.met.Store(u.id, u)
	}
}

// anyone is the caller whose token says nothing: the first user and app.
func (t *tenant) anyone() identity {
	i := identity{tenant: t, user: newDefaultUser(), app: defaultApp}
	if len(t.users) > 0 {
		i.user = t.users[0]
	}
	if len(t.apps) > 0 {
		i.app = t.apps[0].id
	}
	return i
}

func newDefaultUser() user {
	return user{id: defaultUserID, name: defaultUser, key: "user%40contoso.com"}
}

// identify is the caller that a delegated token names. A user that the fixtures
// don't have is believed: the real issuer would have made sure.
func (t *tenant) identify(c *token.Claims) identity {
	i := t.anyone()
	i.scopes = c.Scopes()
	if app := c.Client(); app != "" {
		i.app = strings.ToLower(app)
	}
	if c.ObjectID != "" || c.UserName() != "" {
		i.user = t.user(c.ObjectID, c.UserName())
	}
	return i
}

func (t *tenant) user(id, name string) user {
	for _, u := range t.users {
		if id != "" && strings.EqualFold(u.id, id) || name != "" && strings.EqualFold(u.name, name) {
			return u
		}
	}
	if name == "" {
		name = id
	}
	if id == "" {
		id = name
	}
	return newUser(id, name)
}

// is tells whether u is the user that a URL names, by id or user principal name.
// SDKs write a name of their own for /me.
func (u user) is(name string) bool {
	return strings.EqualFold(name, u.id) || strings.EqualFold(name, u.name) || name == meToken
}

const meToken = "me-token-to-replace"

// named is the user that fixtures call by that id or name.
func (t *tenant) named(name string) user {
	if name == "" {
		return t.anyone().user
	}
	return t.user(name, name)
}

// app is the app that fixtures call by that id, or the first.
func (t *tenant) app(id string) string {
	if id == "" {
		return t.anyone().app
	}
	return strings.ToLower(id)
}
