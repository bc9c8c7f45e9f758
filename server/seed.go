package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/store"
)

// Seed adds what a fixtures document holds to the tenant. A second activity with
// the same appActivityId, for the same user and app, replaces the first.
func (s *Server) Seed(d *fixtures.Document) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seed(d)
}

// s.mu must be held.
func (s *Server) seed(d *fixtures.Document) error {
	to := seeding{s.tenant.Load(), s.random, s.clock.moment(milliseconds(s.clock.now()))}
	if err := to.add(d); err != nil {
		return err
	}
	s.tenant.Store(to.tenant)
	return nil
}

// seeding is how fixtures get into a tenant.
type seeding struct {
	tenant *tenant
	random *random
	now    *moment
}

// add puts all that a document holds into the tenant, or nothing of it.
func (s *seeding) add(d *fixtures.Document) error {
	if err := checkValues(d); err != nil {
		return err
	}
	items := make([]map[store.GUID]func(*store.Item) store.Item, len(d.Activities))
	for i, a := range d.Activities {
		items[i] = make(map[store.GUID]func(*store.Item) store.Item, len(a.HistoryItems))
		for _, sent := range a.HistoryItems {
			id, ok := store.ParseGUID(textOf(sent["id"]))
			if !ok {
				return fmt.Errorf("activity %v: history item id %s is not a GUID", a.Properties["id"], quote(textOf(sent["id"])))
			}
			items[i][id] = func(*store.Item) store.Item { return seedItem(id, sent, s.now) }
		}
	}
	s.tenant = s.tenant.with(d)
	for i, a := range d.Activities {
		owner := store.Owner{User: s.tenant.directory.UserByName(a.User).ID, App: s.tenant.directory.AppID(a.App)}
		s.tenant.store.PutActivity(owner, textOf(a.Properties["appActivityId"]), s.now.ms, items[i],
			func(old *store.Activity, _ func(string) bool) store.Activity { return s.activity(a.Properties, old) })
	}
	return nil
}

// checkValues finds what a document that was made in Go can hold and a fixtures
// file can't.
func checkValues(d *fixtures.Document) error {
	if d == nil {
		return errors.New("there is no fixtures document; fixtures.Empty() is a bare tenant")
	}
	for i, a := range d.Activities {
		for _, entity := range append([]map[string]any{a.Properties}, a.HistoryItems...) {
			for name, v := range entity {
				if bad, found := notJSON(v); found {
					return fmt.Errorf("activity %d: %s: %v is of type %T; values are those of encoding/json, with json.Number", i+1, name, bad, bad)
				}
			}
		}
	}
	return nil
}

// notJSON finds what in v is no JSON value as DecodeJSON gives it.
func notJSON(v any) (bad any, found bool) {
	switch v := v.(type) {
	case nil, bool, string, json.Number:
		return nil, false
	case []any:
		for _, each := range v {
			if bad, found = notJSON(each); found {
				return bad, true
			}
		}
		return nil, false
	case map[string]any:
		for _, each := range v {
			if bad, found = notJSON(each); found {
				return bad, true
			}
		}
		return nil, false
	}
	return v, true
}

// seed is a fixtures document that a scenario named.
type seed struct {
	name     string // with its folder, if it is a file
	document *fixtures.Document
}

// seedFor seeds the fixtures that a scenario names, but for those that the server
// has from its start: embedded ones, or files beside the scenario's own.
func (s *Server) seedFor(scenario *scenarios.Scenario) error {
	var named []seed
	for _, name := range scenario.Fixtures {
		if d, embedded := fixtures.Named(name); embedded {
			named = append(named, seed{name, d})
			continue
		}
		d, err := s.fixturesBeside(scenario.File, name)
		if errors.Is(err, fs.ErrNotExist) {
			return document.Problems{scenario.NoFixtures(name)}
		}
		if err != nil {
			return err
		}
		named = append(named, seed{filepath.Join(filepath.Dir(scenario.File), name), d})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, each := range named {
		s.seeds = slices.DeleteFunc(s.seeds, func(old seed) bool { return old.name == each.name })
		s.seeds = append(s.seeds, each)
		if s.tenant.Load().hasAll(each.document) {
			continue
		}
		if err := s.seed(each.document); err != nil {
			return err
		}
	}
	return nil
}

// fixturesBeside reads a fixtures document in the folder of a scenario's file,
// and nowhere else.
func (s *Server) fixturesBeside(file, name string) (*fixtures.Document, error) {
	if file == "" {
		return nil, fs.ErrNotExist
	}
	root, err := os.OpenRoot(filepath.Dir(file))
	if err != nil {
		return nil, fmt.Errorf("fixtures %s: %w", quote(name), err)
	}
	defer root.Close()
	return s.config.Fixtures.Load(root.FS(), name, s.config.Contract)
}

func textOf(v any) string {
	s, _ := v.(string)
	return s
}

// seedItem is an item of the fixtures as the store keeps it: as a client's, but
// for what the fixtures say of the properties that only the service sets.
func seedItem(id store.GUID, sent map[string]any, now *moment) store.Item {
	h := newHistoryItem(nil, id, sent, now)
	item := h.write(nil)
	item.Created, item.Modified = seedTimes(&h.entity, sent, now.ms)
	item.JSON = appendObject(nil, h.entity)
	return item
}

// activity is an activity of the fixtures as the store keeps it.
func (s *seeding) activity(sent map[string]any, old *store.Activity) store.Activity {
	newID := func() string {
		if id := textOf(sent["id"]); id != "" {
			return id
		}
		return s.random.activityID()
	}
	a := newActivity(textOf(sent["appActivityId"]), sent, s.now, newID)
	kept := a.write(old, func(string) bool { return false })
	kept.Created, kept.Modified = seedTimes(&a.entity, sent, s.now.ms)
	if expires, ok := parseMillis(sent["expirationDateTime"]); ok {
		kept.Expires = expires
		a.entity.Set("expirationDateTime", formatMillis(expires))
	}
	kept.JSON = appendObject(nil, a.entity)
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
