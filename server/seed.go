package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/service"
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
func (s *Server) seed(all ...*fixtures.Document) error {
	t, err := s.seeded(s.tenant.Load(), s.clock.timestamp(s.clock.now()), all...)
	if err != nil {
		return err
	}
	s.tenant.Store(t)
	return nil
}

// seeded returns a tenant that also has what documents hold. On an error nothing of
// them was stored.
func (s *Server) seeded(t *tenant, now *service.Timestamp, all ...*fixtures.Document) (*tenant, error) {
	for _, d := range all {
		if err := checkValues(d); err != nil {
			return nil, err
		}
		t = s.withResults(t.with(d), d.Results)
		if len(d.Resources) > 0 { // which may lead to what is still to come
			s.seedLate(t)
		}
	}
	err := s.store.Update(t.name, now.MS, func(tx store.Tx) error {
		for _, d := range all {
			if err := s.seedDocument(tx, t, d, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return t, err
	}
	for _, d := range all {
		if s.isLate(d) {
			t.late.add(lateSeed{d, t, now})
		}
	}
	return t, nil
}

// isLate reports whether an embedded document is read when somebody first asks for it. What else
// there is may lead to what it has; where a user has brought the model, only as far as it fits.
func (s *Server) isLate(d *fixtures.Document) bool {
	return d.HasLater() && (len(d.Resources) == 0 || !s.config.Contract.IsEmbeddedModel())
}

// withResults returns a tenant that also has results. What the contract has no operation
// for is never asked for.
func (s *Server) withResults(t *tenant, all []fixtures.Result) *tenant {
	if len(all) == 0 {
		return t
	}
	first := t.directory.DefaultCaller().User
	t.results = t.results.with(all, func(method, path string) string {
		m, _ := s.config.Contract.Route(method, s.config.Contract.Bases()[0]+path)
		return t.requestText(method, m.Resource(), &first)
	})
	return t
}

func (s *Server) seedDocument(tx store.Tx, t *tenant, d *fixtures.Document, now *service.Timestamp) error {
	for i := range d.Activities {
		if err := s.seedActivity(tx, t, &d.Activities[i], now); err != nil {
			return err
		}
	}
	switch {
	case s.isLate(d):
		return s.seedResources(tx, t, d.Resources, now)
	case d.HasLater():
		return s.seedDirectory(tx, t, d.Users, append(d.Later(), d.Resources...), now)
	}
	return s.seedDirectory(tx, t, d.Users, d.Resources, now)
}

// seedDirectory puts resources into the tenant, and users whom they do not tell of.
func (s *Server) seedDirectory(tx store.Tx, t *tenant, users []fixtures.User, all []fixtures.Resource,
	now *service.Timestamp) error {
	for i := range users {
		if err := s.seedUser(tx, t, &users[i], now); err != nil {
			return err
		}
	}
	return s.seedResources(tx, t, all, now)
}

// A reference is one that stands in an entity of fixtures.
type reference struct {
	resource              *fixtures.Resource
	pointer               string // of the reference in it
	entity, property, url string // the entity by its path in the store
}

func (s *Server) seedResources(tx store.Tx, t *tenant, all []fixtures.Resource, now *service.Timestamp) error {
	var references []reference
	wrong := s.strangers(tx, t, all)
	if len(wrong) > 0 {
		return wrong.Err()
	}
	for i := range all {
		found, problems := s.seedResource(tx, t, &all[i], now)
		references = append(references, found...)
		wrong = append(wrong, problems...)
	}
	if len(wrong) > 0 { // links would lead to what is missing for that
		return wrong.Err()
	}
	for i := range all { // once all entities are there
		wrong = append(wrong, s.seedLinks(tx, t, &all[i], now)...)
	}
	for _, r := range references {
		caller := t.callerOf(r.resource.Path)
		at, _ := s.serviceAt(r.resource.Path)
		if err := at.SeedReference(tx, &caller, r.entity, r.property, r.url, now.MS); err != nil {
			wrong = append(wrong, misplaced(r.resource, r.pointer, err))
		}
	}
	return wrong.Err()
}

// strangers returns the resources below users whom neither the tenant nor a document knows: a
// name that is misspelt would make another user.
func (s *Server) strangers(tx store.Tx, t *tenant, all []fixtures.Resource) (wrong document.Problems) {
	known := map[string]string{} // how a user is named, by that in lower case
	know := func(names ...any) {
		for _, name := range names {
			if text, _ := name.(string); text != "" {
				known[strings.ToLower(text)] = text
			}
		}
	}
	first := t.directory.DefaultCaller()
	know(first.User.ID, first.User.PrincipalName)
	for u := range t.directory.Users() {
		know(u.ID, u.PrincipalName)
	}
	for i := range all {
		if all[i].Path == usersPath {
			for _, entity := range all[i].Entities {
				know(entity["id"], entity["userPrincipalName"])
			}
		}
	}
	for i := range all {
		r := &all[i]
		rest, ok := strings.CutPrefix(r.Path, usersPath+"/")
		segment, below, _ := strings.Cut(rest, "/")
		name, err := url.PathUnescape(segment)
		if !ok || below == "" || len(r.Links) > 0 || err != nil || known[strings.ToLower(name)] != "" {
			continue // links have a check of their own
		}
		at, served := s.serviceAt(r.Path)
		if !served || at.Has(tx, &first, usersPath+"/"+segment) {
			continue
		}
		wrong = append(wrong, misplaced(r, "", service.UnknownUser(name, known)))
	}
	return wrong
}

const usersPath = "/users"

// misplaced is an error about a part of a resource, at its place.
func misplaced(r *fixtures.Resource, pointer string, err error) document.Problem {
	var known *service.Misplaced
	if errors.As(err, &known) {
		return r.Problem(pointer, known.Message, known.Hint)
	}
	return r.Problem(pointer, strings.TrimPrefix(err.Error(), r.Path+": "), "")
}

// lateSeeds are what a tenant has of embedded documents, as long as nobody has asked for
// it: it takes longer than the rest of a server.
type lateSeeds struct {
	some atomic.Bool
	mu   sync.Mutex
	all  []lateSeed
}

type lateSeed struct {
	document *fixtures.Document
	tenant   *tenant
	now      *service.Timestamp // when the document was seeded
}

func (l *lateSeeds) add(each lateSeed) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, each)
	l.some.Store(true)
}

// seedLate puts into a tenant what it has of embedded documents.
func (s *Server) seedLate(t *tenant) {
	if !t.late.some.Load() {
		return
	}
	t.late.mu.Lock()
	defer t.late.mu.Unlock()
	for _, each := range t.late.all {
		if !s.config.Contract.IsEmbeddedModel() {
			s.seedWhatFits(&each)
			continue
		}
		err := s.store.Update(t.name, each.now.MS, func(tx store.Tx) error {
			return s.seedDirectory(tx, each.tenant, each.document.Users, each.document.Later(), each.now)
		})
		if err != nil {
			panic("BUG: embedded fixtures: " + err.Error())
		}
	}
	t.late.all = nil
	t.late.some.Store(false)
}

// seedWhatFits is seedLate where a user has brought the model: what of the document it does
// not have is left out.
func (s *Server) seedWhatFits(each *lateSeed) {
	try := func(seed func(tx store.Tx) error) { _ = s.store.Update(each.tenant.name, each.now.MS, seed) }
	for i := range each.document.Users {
		try(func(tx store.Tx) error { return s.seedUser(tx, each.tenant, &each.document.Users[i], each.now) })
	}
	all := each.document.Later()
	for i := range all {
		try(func(tx store.Tx) error {
			_, wrong := s.seedResource(tx, each.tenant, &all[i], each.now)
			return wrong.Err()
		})
	}
	for i := range all {
		try(func(tx store.Tx) error { return s.seedLinks(tx, each.tenant, &all[i], each.now).Err() })
	}
}

// seedLinks adds the links of a resource, and its bytes.
func (s *Server) seedLinks(tx store.Tx, t *tenant, r *fixtures.Resource, now *service.Timestamp) (wrong document.Problems) {
	caller := t.callerOf(r.Path)
	at, _ := s.serviceAt(r.Path)
	if r.Media != nil {
		if err := at.SeedMedia(tx, &caller, r.Path, r.Media, now); err != nil {
			return document.Problems{misplaced(r, "", err)}
		}
		return nil
	}
	for i, to := range r.Links {
		if err := at.SeedLink(tx, &caller, r.Path, to, now.MS); err != nil {
			wrong = append(wrong, misplaced(r, "/"+strconv.Itoa(i), err))
		}
	}
	return wrong
}

// callerOf returns the caller by whom a path is seeded: the user that it begins with, or
// the default one.
func (t *tenant) callerOf(path string) auth.Caller {
	caller := t.directory.DefaultCaller()
	if name, ok := strings.CutPrefix(path, "/users/"); ok {
		name, _, _ = strings.Cut(name, "/")
		caller.User = t.directory.UserByName(name)
	}
	return caller
}

// seedUser puts a user among the entities of the tenant, unless it is there.
func (s *Server) seedUser(tx store.Tx, t *tenant, u *fixtures.User, now *service.Timestamp) error {
	caller := t.directory.DefaultCaller()
	at, ok := s.serviceAt("/users")
	if !ok {
		return nil
	}
	return at.SeedMissing(tx, &caller, "/users", userEntity(u.ID, u.UserPrincipalName, u.DisplayName), now)
}

// userEntity is what a user has of whom no more is known.
func userEntity(id, principalName, displayName string) map[string]any {
	entity := map[string]any{"id": strings.ToLower(id), "userPrincipalName": principalName}
	if displayName != "" {
		entity["displayName"] = displayName
	}
	return entity
}

// seedResource puts the entities of a resource into the tenant, and returns what they refer to.
func (s *Server) seedResource(tx store.Tx, t *tenant, r *fixtures.Resource, now *service.Timestamp) (
	found []reference, wrong document.Problems,
) {
	caller := t.callerOf(r.Path)
	at, _ := s.serviceAt(r.Path)
	for i, entity := range r.Entities {
		pointer := "/" + strconv.Itoa(i)
		path, err := at.SeedEntity(tx, &caller, r.Path, entity, now)
		if err != nil {
			wrong = append(wrong, misplaced(r, pointer, err))
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(entity)) {
			property, is := strings.CutSuffix(name, "@odata.bind")
			if !is {
				continue
			}
			of := reference{r, pointer + "/" + jsontext.EscapePointer(name), path, property, ""}
			if of.url, is = entity[name].(string); is {
				found = append(found, of)
			}
			list, _ := entity[name].([]any)
			for j, each := range list {
				one := of
				one.pointer += "/" + strconv.Itoa(j)
				one.url, _ = each.(string)
				found = append(found, one)
			}
		}
	}
	return found, wrong
}

func (s *Server) seedActivity(tx store.Tx, t *tenant, a *fixtures.Activity, now *service.Timestamp) error {
	caller := auth.Caller{Tenant: t.name, User: t.directory.UserByName(a.User), App: t.directory.AppID(a.App)}
	entity := maps.Clone(a.Properties)
	if len(a.HistoryItems) > 0 {
		items := make([]any, len(a.HistoryItems))
		for i, item := range a.HistoryItems {
			items[i] = item
		}
		entity["historyItems"] = items
	}
	at, ok := s.serviceAt("/me/activities")
	if !ok {
		return nil
	}
	if err := at.Seed(tx, &caller, "/me/activities", entity, now); err != nil {
		return fmt.Errorf("activity %v: %w", a.Properties["id"], err)
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
			if err := checkValue(entity); err != nil {
				return fmt.Errorf("activity %d: %w", i+1, err)
			}
		}
	}
	for _, r := range d.Resources {
		for i, entity := range r.Entities {
			if err := checkValue(entity); err != nil {
				return fmt.Errorf("%s: entity %d: %w", r.Path, i+1, err)
			}
		}
	}
	return nil
}

func checkValue(entity map[string]any) error {
	for name, v := range entity {
		if bad, found := notJSON(v); found {
			return fmt.Errorf("%s: %v is of type %T; values are those of encoding/json, with json.Number", name,
				bad, bad)
		}
	}
	return nil
}

// notJSON finds what in v is no JSON value as jsontext.Decode returns it.
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

// seedNamed seeds the fixtures that scenarios name, except those that the server
// has from its start. Lasting ones are there again after a Reset. On an error nothing was
// seeded.
func (s *Server) seedNamed(all []*scenarios.Scenario, lasting bool) error {
	var named []seed
	for _, scenario := range all {
		seeds, err := s.seedsOf(scenario)
		if err != nil {
			return fmt.Errorf("scenario %s: %w", scenario.Name, err)
		}
		named = append(named, seeds...)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.seed(unseeded(s.tenant.Load(), named)...); err != nil {
		return fmt.Errorf("fixtures of the scenarios: %w", err)
	}
	if !lasting {
		return nil
	}
	for _, each := range named {
		s.seeds = slices.DeleteFunc(s.seeds, func(old seed) bool { return old.name == each.name })
		s.seeds = append(s.seeds, each)
	}
	return nil
}

// seedsOf reads the fixtures that a scenario names: embedded ones, or files beside
// the scenario's own.
func (s *Server) seedsOf(scenario *scenarios.Scenario) ([]seed, error) {
	var named []seed
	for _, name := range scenario.Fixtures {
		if d, embedded := fixtures.Named(name); embedded {
			named = append(named, seed{name, d})
			continue
		}
		d, err := s.fixturesBeside(scenario.File, name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, document.Problems{scenario.NoFixtures(name)}
		}
		if err != nil {
			return nil, err
		}
		named = append(named, seed{filepath.Join(filepath.Dir(scenario.File), name), d})
	}
	return named, nil
}

// unseeded returns the documents that a tenant does not have yet, each once.
func unseeded(t *tenant, seeds []seed) (documents []*fixtures.Document) {
	for _, each := range seeds {
		if !t.hasAll(each.document) {
			documents = append(documents, each.document)
			t = t.with(each.document)
		}
	}
	return documents
}

// fixturesBeside reads a fixtures document in the folder of a scenario's file,
// and nowhere else.
func (s *Server) fixturesBeside(file, name string) (*fixtures.Document, error) {
	if file == "" {
		return nil, fs.ErrNotExist
	}
	root, err := os.OpenRoot(filepath.Dir(file))
	if err != nil {
		return nil, fmt.Errorf("fixtures %s: %w", jsontext.Quote(name), err)
	}
	defer root.Close()
	d, err := s.config.Fixtures.Load(root.FS(), name, s.config.Contract)
	if err != nil {
		return nil, err
	}
	return d.In(filepath.Dir(file)), nil
}
