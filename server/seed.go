package server

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/store"
)

// Seed adds what a fixtures document holds to the tenant. A second activity with
// the same appActivityId, for the same user and app, replaces the first.
func (s *Server) Seed(d *fixtures.Document) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	tenant := s.tenant.Load().with(d)
	s.tenant.Store(tenant)
	now := milliseconds(s.clock.now())
	for _, a := range d.Activities {
		owner := store.Owner{User: tenant.named(a.User).id, App: tenant.app(a.App)}
		items := make(map[store.GUID]func(*store.Item) store.Item, len(a.HistoryItems))
		for _, sent := range a.HistoryItems {
			id, ok := store.ParseGUID(textOf(sent["id"]))
			if !ok {
				return fmt.Errorf("activity %v: history item id %s is not a GUID", a.Properties["id"], quote(textOf(sent["id"])))
			}
			items[id] = func(*store.Item) store.Item { return seedItem(id, sent, now) }
		}
		s.store.PutActivity(owner, textOf(a.Properties["appActivityId"]), items,
			func(old *store.Activity, _ func(string) bool) store.Activity {
				return s.seedActivity(a.Properties, now, old)
			})
	}
	return nil
}

// seedFor seeds the fixtures that a scenario names, but for those that the server
// has from its start: embedded ones, or files beside the scenario's own.
func (s *Server) seedFor(scenario *scenarios.Scenario) error {
	for _, name := range scenario.Fixtures {
		d, embedded := fixtures.Named(name)
		if !embedded {
			var err error
			if d, err = s.fixturesBeside(scenario.File, name); err != nil {
				return err
			}
		}
		if s.hasAll(d) {
			continue
		}
		if err := s.Seed(d); err != nil {
			return err
		}
	}
	return nil
}

// fixturesBeside reads a fixtures document in the folder of a scenario's file,
// and nowhere else.
func (s *Server) fixturesBeside(file, name string) (*fixtures.Document, error) {
	if file == "" {
		return nil, fmt.Errorf("there are no fixtures %s; contoso is embedded", quote(name))
	}
	root, err := os.OpenRoot(filepath.Dir(file))
	if err != nil {
		return nil, fmt.Errorf("fixtures %s: %w", quote(name), err)
	}
	defer root.Close()
	return s.config.Fixtures.Load(root.FS(), name, s.config.Contract)
}

// hasAll tells whether the tenant has the document's users: it was seeded before.
func (s *Server) hasAll(d *fixtures.Document) bool {
	tenant := s.tenant.Load()
	for _, u := range d.Users {
		if !slices.ContainsFunc(tenant.users, func(have user) bool { return strings.EqualFold(have.id, u.ID) }) {
			return false
		}
	}
	return len(d.Users) > 0
}

func textOf(v any) string {
	s, _ := v.(string)
	return s
}

// seedItem is an item of the fixtures as the store keeps it: as a client's, but
// for what the fixtures say of the properties that only the service sets.
func seedItem(id store.GUID, sent map[string]any, now int64) store.Item {
	h := newHistoryItem(id, sent, now)
	item := h.write(nil)
	item.Created, item.Modified = seedTimes(&h.entity, sent, now)
	item.JSON = appendValue(nil, h.entity)
	return item
}

func (s *Server) seedActivity(sent map[string]any, now int64, old *store.Activity) store.Activity {
	newID := func() string {
		if id := textOf(sent["id"]); id != "" {
			return id
		}
		return s.random.activityID()
	}
	a := newActivity(textOf(sent["appActivityId"]), sent, now, newID)
	kept := a.write(old, func(string) bool { return false })
	kept.Created, kept.Modified = seedTimes(&a.entity, sent, now)
	if expires, ok := parseMillis(sent["expirationDateTime"]); ok {
		kept.Expires = expires
		a.entity.Set("expirationDateTime", formatMillis(expires))
	}
	kept.JSON = appendValue(nil, a.entity)
	return kept
}

// seedTimes puts in place what the fixtures say of an entity's times and status,
// and tells the times.
func seedTimes(entity *openapi.Object, sent map[string]any, now int64) (created, modified int64) {
	at := func(name string, otherwise int64) int64 {
		if ms, ok := parseMillis(sent[name]); ok {
			otherwise = ms
		}
		entity.Set(name, formatMillis(otherwise))
		return otherwise
	}
	created = at("createdDateTime", now)
	modified = at("lastModifiedDateTime", created)
	if status := textOf(sent["status"]); status != "" {
		entity.Set("status", status)
	}
	return created, modified
}
