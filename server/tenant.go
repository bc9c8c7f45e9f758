package server

import (
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/server/internal/auth"
)

// tenant is who there is, and what they have. It never changes; seeding makes
// another tenant, which has the same data.
type tenant struct {
	directory *auth.Directory
	*tenantData
}

// tenantData is the name by which the store has the data of a tenant, and how many
// requests are at work on them. The server itself counts as one, as long as no
// other data has taken their place.
type tenantData struct {
	name string
	uses atomic.Int64
	late lateSeeds
}

// newTenant returns a tenant that has nothing yet.
func (s *Server) newTenant() *tenant {
	data := &tenantData{name: auth.DefaultTenant + "#" + strconv.FormatInt(s.tenants.Add(1), 10)}
	data.uses.Store(1)
	return &tenant{auth.NewDirectory(data.name), data}
}

// useTenant returns the tenant, whose data stay until it is released: a request
// meets the state at its beginning, even if another takes its place meanwhile.
func (s *Server) useTenant() *tenant {
	for {
		t := s.tenant.Load()
		t.uses.Add(1)
		if s.tenant.Load().tenantData == t.tenantData {
			return t
		}
		s.releaseTenant(t)
	}
}

func (s *Server) releaseTenant(t *tenant) {
	if t.uses.Add(-1) == 0 {
		s.store.Drop(t.name)
	}
}

// replaceTenant lets a tenant with other data take the place of the present one.
func (s *Server) replaceTenant(t *tenant) { s.releaseTenant(s.tenant.Swap(t)) }

// with returns a tenant that also has the users and apps of a document.
func (t *tenant) with(d *fixtures.Document) *tenant {
	users, apps := make([]auth.User, len(d.Users)), make([]auth.App, len(d.Apps))
	for i, u := range d.Users {
		users[i] = auth.NewUser(u.ID, u.UserPrincipalName, u.DisplayName)
	}
	for i, a := range d.Apps {
		apps[i] = auth.App{ID: strings.ToLower(a.ID), DisplayName: a.DisplayName}
	}
	return &tenant{t.directory.With(users, apps), t.tenantData}
}

// hasAll reports whether the tenant has the document's users: it was seeded before.
func (t *tenant) hasAll(d *fixtures.Document) bool {
	missing := func(u fixtures.User) bool { return !t.directory.HasUser(u.ID) }
	return len(d.Users) > 0 && !slices.ContainsFunc(d.Users, missing)
}
