package server

import (
	"slices"
	"strings"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/store"
)

// tenant is who there is, and what they have. Its fields never change; seeding
// makes another tenant with the same store.
type tenant struct {
	directory *auth.Directory
	store     *store.Store
}

func newTenant() *tenant {
	return &tenant{directory: auth.NewDirectory(auth.DefaultTenant), store: &store.Store{}}
}

// with returns a tenant that also has the users and apps of a document.
func (t *tenant) with(d *fixtures.Document) *tenant {
	users, apps := make([]auth.User, len(d.Users)), make([]auth.App, len(d.Apps))
	for i, u := range d.Users {
		users[i] = auth.NewUser(u.ID, u.UserPrincipalName, u.DisplayName)
	}
	for i, a := range d.Apps {
		apps[i] = auth.App{ID: strings.ToLower(a.ID), DisplayName: a.DisplayName}
	}
	return &tenant{directory: t.directory.With(users, apps), store: t.store}
}

// hasAll reports whether the tenant has the document's users: it was seeded before.
func (t *tenant) hasAll(d *fixtures.Document) bool {
	missing := func(u fixtures.User) bool { return !t.directory.HasUser(u.ID) }
	return len(d.Users) > 0 && !slices.ContainsFunc(d.Users, missing)
}
