package server

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/store"
)

// State gives all that the tenant contains, in a form that SetState and a
// fixtures file take. Equal tenants give equal documents.
func (s *Server) State() *fixtures.Document {
	t := s.tenant.Load()
	c := census{users: map[string]string{}, apps: map[string]string{}, taken: map[string]bool{}}
	for u := range t.directory.Users() {
		c.user(u)
	}
	for a := range t.directory.Apps() {
		c.app(a)
	}
	entries := t.store.Everything(milliseconds(s.clock.now()))
	slices.SortStableFunc(entries, func(a, b store.Entry) int { // by the ids that the document has
		return cmp.Or(strings.Compare(guidOf(a.User), guidOf(b.User)), strings.Compare(guidOf(a.App), guidOf(b.App)))
	})
	if len(entries) > 0 { // who calls if no token tells is the first in a tenant
		first := t.directory.DefaultCaller()
		c.user(first.User)
		c.app(auth.App{ID: first.App})
	}
	for _, e := range entries {
		c.activity(t, e)
	}
	return &c.document
}

// SetState replaces all that the tenant contains, in one step: no request meets a
// mixture. Journal, scenarios and clock stay as they are. On an error nothing has
// changed; it is document.Problems if names are taken twice or are nobody's.
func (s *Server) SetState(d *fixtures.Document) error {
	if err := checkValues(d); err != nil {
		return err
	}
	if _, err := fixtures.Empty().Merge(d); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	to := seeding{newTenant(), s.random, s.clock.moment(milliseconds(s.clock.now()))}
	if err := to.add(d); err != nil {
		return err
	}
	s.tenant.Store(to.tenant)
	return nil
}

// census writes down who is in a tenant. Fixtures are stricter than tokens: ids
// are GUIDs there, users have names of their own, and whoever has something is
// listed.
type census struct {
	document fixtures.Document
	users    map[string]string // what an activity calls a user, by the tenant's id
	apps     map[string]string // likewise
	taken    map[string]bool   // userPrincipalNames in lower case
}

// user lists a user, once, and gives what an activity calls it.
func (c *census) user(u auth.User) string {
	if name, listed := c.users[u.ID]; listed {
		return name
	}
	id, name := guidOf(u.ID), u.PrincipalName
	if local, domain, _ := strings.Cut(name, "@"); local == "" || domain == "" || c.taken[strings.ToLower(name)] {
		name = id + "@unknown.invalid"
	}
	c.users[u.ID], c.taken[strings.ToLower(name)] = name, true
	c.document.Users = append(c.document.Users, fixtures.User{ID: id, UserPrincipalName: name, DisplayName: u.DisplayName})
	return name
}

// app lists an app, once, and gives what an activity calls it.
func (c *census) app(a auth.App) string {
	if id, listed := c.apps[a.ID]; listed {
		return id
	}
	id := guidOf(a.ID)
	if id != a.ID {
		a.DisplayName = cmp.Or(a.DisplayName, a.ID)
	}
	c.apps[a.ID] = id
	c.document.Apps = append(c.document.Apps, fixtures.App{ID: id, DisplayName: a.DisplayName})
	return id
}

func (c *census) activity(t *tenant, e store.Entry) {
	a := fixtures.Activity{
		User: c.user(t.directory.UserByID(e.User)), App: c.app(auth.App{ID: e.App}), Properties: propertiesOf(e.JSON),
		HistoryItems: slices.Grow([]map[string]any(nil), len(e.Items)),
	}
	for _, item := range e.Items {
		a.HistoryItems = append(a.HistoryItems, propertiesOf(item.JSON))
	}
	c.document.Activities = append(c.document.Activities, a)
}

// guidOf is the GUID that stands for an id in fixtures: itself, or one that is
// always the same.
func guidOf(id string) string {
	if openapi.IsGUID(id) {
		return strings.ToLower(id)
	}
	sum := sha256.Sum256([]byte(id))
	g := store.GUID(sum[:16])
	g[6] = g[6]&0x0f | 0x80 // version 8: made of something
	g[8] = g[8]&0x3f | 0x80
	return g.String()
}

// propertiesOf decodes an entity of the store.
func propertiesOf(text []byte) map[string]any {
	v, err := openapi.DecodeJSON(text)
	if err != nil {
		panic(fmt.Sprintf("BUG: the store has an entity that is not JSON: %v", err))
	}
	return v.(map[string]any)
}
