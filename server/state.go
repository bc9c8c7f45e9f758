package server

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/schema"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// State returns all that the tenant contains, in a form that SetState and a
// fixtures file take. Equal tenants give equal documents.
func (s *Server) State() *fixtures.Document {
	c, t, all, others := s.census()
	for _, owned := range all {
		a := c.activity(t, owned)
		a.HistoryItems = slices.AppendSeq(a.HistoryItems, entitiesOf(owned.items, ""))
		c.document.Activities = append(c.document.Activities, a)
	}
	for _, o := range others {
		r := fixtures.Resource{Path: c.pathOf(t, o.path), Only: o.isOnly()}
		r.Entities = slices.AppendSeq(r.Entities, entitiesOf(o.records, s.typeAt(r.Path)))
		c.document.Resources = append(c.document.Resources, r)
	}
	c.document.Resources = append(c.document.Resources, s.linksAndMedia(c, t)...)
	c.document.Results, c.document.Recorded = slices.Clone(t.results.all), t.recorded
	return &c.document
}

// WriteState writes what State returns as JSON, one entity after the other: together they may be
// large.
func (s *Server) WriteState(w io.Writer) error {
	c, t, all, others := s.census()
	for _, owned := range all { // users and apps stand before what is theirs
		c.owners(t, owned)
	}
	var resources []fixtures.StreamedResource
	for _, o := range others {
		path := c.pathOf(t, o.path)
		resources = append(resources, fixtures.StreamedResource{
			Path: path, Entities: entitiesOf(o.records, s.typeAt(path)), Only: o.isOnly(),
		})
	}
	for _, r := range s.linksAndMedia(c, t) {
		resources = append(resources, fixtures.StreamedResource{Path: r.Path, Links: r.Links, Media: r.Media})
	}
	stream := fixtures.Stream{
		Users: c.document.Users, Apps: c.document.Apps, Resources: resources, Results: t.results.all,
		Recorded: t.recorded,
		Activities: func(yield func(fixtures.Activity, iter.Seq[map[string]any]) bool) {
			for _, owned := range all {
				if !yield(c.activity(t, owned), entitiesOf(owned.items, "")) {
					return
				}
			}
		},
	}
	return stream.Encode(w)
}

// linksAndMedia returns the links of a tenant, and its bytes.
func (s *Server) linksAndMedia(c *census, t *tenant) (all []fixtures.Resource) {
	now := s.clock.now().UnixMilli()
	s.service.Links(t.name, now, func(links string, targets []string) {
		r := fixtures.Resource{Path: c.pathOf(t, links) + "/$ref"}
		for _, to := range targets {
			r.Links = append(r.Links, c.pathOf(t, to))
		}
		all = append(all, r)
	})
	s.service.Media(t.name, now, func(path string, data []byte) {
		all = append(all, fixtures.Resource{Path: c.pathOf(t, path), Media: data})
	})
	return all
}

// typeAt returns the type that the model has for the entities at a path, "" if none.
func (s *Server) typeAt(path string) string {
	at, _ := s.serviceAt(path)
	if p, err := at.Tree().Parse(path); err == nil && p.Type != nil {
		return p.Type.Name
	}
	return ""
}

// entitiesOf decodes entities of the store, each when its turn comes. Those that are not
// of the usual type say so; none do if that is empty.
func entitiesOf(records []store.Record, usual string) iter.Seq[map[string]any] {
	return func(yield func(map[string]any) bool) {
		for _, r := range records {
			entity := propertiesOf(r.JSON)
			if usual != "" && r.Type != usual {
				entity["@odata.type"] = "#" + r.Type
			}
			if !yield(entity) {
				return
			}
		}
	}
}

// census returns what the tenant contains, and who is in it, but for those to whom
// something belongs.
func (s *Server) census() (c *census, t *tenant, all []ownedActivity, others []collection) {
	t = s.tenant.Load()
	s.seedLate(t)
	c = &census{users: map[string]string{}, apps: map[string]string{}, taken: map[string]bool{}}
	all, others = s.contentsOf(t)
	c.stored = map[string]bool{}
	for _, o := range others {
		for i := range o.records {
			if o.path == "users" {
				c.stored[service.KeyOf(o.records[i].ID)] = true
			}
		}
	}
	for u := range t.directory.Users() {
		if c.stored[u.ID] { // others were deleted
			c.user(u)
		}
	}
	for a := range t.directory.Apps() {
		c.app(a)
	}
	if len(all) > 0 || len(others) > 0 { // the first in a tenant calls where no token says who does
		first := t.directory.DefaultCaller()
		c.user(first.User)
		c.app(auth.App{ID: first.App})
	}
	return c, t, all, withoutListedUsers(t, others)
}

// ownedActivity is an activity with its history items, and whose it is.
type ownedActivity struct {
	user string
	store.Record
	items []store.Record
}

// collection is one of any other type, with its entities.
type collection struct {
	path    string // canonical
	records []store.Record
}

// isOnly reports whether the collection is that of the only entity of a property.
func (c *collection) isOnly() bool { return c.records[0].ID == "." }

// contentsOf returns all activities of a tenant, by the ids of users and apps that a
// document has, then in the order of creation; and all other collections, by path.
func (s *Server) contentsOf(t *tenant) (all []ownedActivity, others []collection) {
	items := map[string][]store.Record{} // by collection
	s.service.Entities(t.name, s.clock.now().UnixMilli(), func(path string, r *store.Record) {
		depth := strings.Count(path, "/")
		switch user, ok := strings.CutSuffix(path, "/activities"); {
		case ok && depth == 2 && strings.HasPrefix(path, "users/"):
			all = append(all, ownedActivity{user: service.KeyOf(strings.TrimPrefix(user, "users/")), Record: *r})
		case depth == 4 && strings.HasPrefix(path, "users/") && strings.HasSuffix(path, "/historyItems"):
			items[path] = append(items[path], *r)
		case len(others) > 0 && others[len(others)-1].path == path:
			last := &others[len(others)-1]
			last.records = append(last.records, *r)
		default:
			others = append(others, collection{path, []store.Record{*r}})
		}
	})
	created := func(a, b store.Record) int {
		return cmp.Or(cmp.Compare(a.Created, b.Created), strings.Compare(a.ID, b.ID))
	}
	for i := range all {
		a := &all[i]
		a.items = items["users/"+a.user+"/activities/"+a.ID+"/historyItems"]
		slices.SortFunc(a.items, created)
	}
	slices.SortFunc(all, func(a, b ownedActivity) int {
		return cmp.Or(
			strings.Compare(guidOf(a.user), guidOf(b.user)), strings.Compare(guidOf(a.Owner), guidOf(b.Owner)),
			strings.Compare(a.user, b.user), strings.Compare(a.Owner, b.Owner), created(a.Record, b.Record))
	})
	return all, others
}

// Changes returns a number that is another one after each change of the tenant's state.
func (s *Server) Changes() uint64 { return s.store.Changes() }

// SetState replaces all that the tenant contains, in one step: no request meets a
// mixture. Journal, scenarios and clock stay as they are. On an error nothing has
// changed; it is document.Problems if names are taken twice or are unknown.
func (s *Server) SetState(d *fixtures.Document) error {
	if err := checkValues(d); err != nil {
		return err
	}
	if _, err := fixtures.Empty().Merge(d); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.seeded(s.newTenant(), s.clock.timestamp(s.clock.now()), d)
	if err != nil {
		return err
	}
	s.replaceTenant(t)
	s.notifier.Reset()
	return nil
}

// census writes down who is in a tenant. Fixtures are stricter than tokens: ids
// are GUIDs there, users have names of their own, and everybody who has
// something is listed.
type census struct {
	document fixtures.Document
	users    map[string]string // what an activity calls a user, by the tenant's id
	apps     map[string]string // likewise
	taken    map[string]bool   // userPrincipalNames in lower case
	stored   map[string]bool   // ids of users that are entities
}

// user lists a user, once, and returns what an activity calls it.
func (c *census) user(u auth.User) string {
	if name, listed := c.users[u.ID]; listed {
		return name
	}
	id, name := guidOf(u.ID), u.PrincipalName
	if local, domain, _ := strings.Cut(name, "@"); local == "" || domain == "" || c.taken[strings.ToLower(name)] {
		name = id + "@unknown.invalid"
	}
	c.users[u.ID], c.taken[strings.ToLower(name)] = name, true
	c.document.Users = append(c.document.Users, fixtures.User{ID: id, UserPrincipalName: name,
		DisplayName: u.DisplayName})
	return name
}

// app lists an app, once, and returns what an activity calls it.
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

// owners lists the user and the app of an activity, and returns what it calls them.
func (c *census) owners(t *tenant, owned ownedActivity) (user, app string) {
	return c.user(t.directory.UserByID(owned.user)), c.app(auth.App{ID: owned.Owner})
}

// activity returns an activity without its history items.
func (c *census) activity(t *tenant, owned ownedActivity) fixtures.Activity {
	user, app := c.owners(t, owned)
	return fixtures.Activity{User: user, App: app, Properties: propertiesOf(owned.JSON)}
}

// withoutListedUsers leaves out the users of whom there is no more to say than the list
// of users does.
func withoutListedUsers(t *tenant, all []collection) []collection {
	for i := range all {
		if all[i].path != "users" {
			continue
		}
		all[i].records = slices.DeleteFunc(all[i].records, func(r store.Record) bool {
			u, entity := t.directory.UserByID(r.ID), propertiesOf(r.JSON)
			delete(entity, "createdDateTime")
			return maps.EqualFunc(entity, userEntity(u.ID, u.PrincipalName, u.DisplayName),
				func(a, b any) bool { return a == b })
		})
	}
	return slices.DeleteFunc(all, func(of collection) bool { return len(of.records) == 0 })
}

// pathOf writes down a canonical path. Users have their names there, unless they were
// created as entities: of these only the id stays the same.
func (c *census) pathOf(t *tenant, canonical string) string {
	segments := strings.Split(canonical, "/")
	if segments[0] == "users" && len(segments) > 1 {
		if id := service.KeyOf(segments[1]); t.directory.HasUser(id) || !c.stored[id] {
			segments[1] = c.user(t.directory.UserByID(id))
		}
	}
	path := ""
	for i, segment := range segments {
		if segment == "." && i > 0 { // an only entity has no segment
			continue
		}
		key := service.KeyOf(segment)
		if i == 1 && segments[0] == "users" {
			key = segment
		}
		path += "/" + url.PathEscape(key)
	}
	return path
}

// guidOf is the GUID that stands for an id in fixtures: itself, or one that is
// always the same.
func guidOf(id string) string {
	if schema.IsGUID(id) {
		return strings.ToLower(id)
	}
	sum := sha256.Sum256([]byte(id))
	g := uuid.UUID(sum[:16])
	g[6] = g[6]&0x0f | 0x80 // version 8: made of something
	g[8] = g[8]&0x3f | 0x80
	return g.String()
}

// propertiesOf decodes an entity of the store.
func propertiesOf(text []byte) map[string]any {
	v, err := jsontext.Decode(text)
	if err != nil {
		panic(fmt.Sprintf("BUG: the store has an entity that is not JSON: %v", err))
	}
	return v.(map[string]any)
}

// Reset brings the server back to its start: its state, its journal, the counters
// of its scenarios, its clock and its random source. Scenarios that came later
// stay, with the fixtures that they name, but for those that were posted to
// /_graphmock/scenarios; what Seed and SetState brought is gone.
// On an error nothing has changed.
func (s *Server) Reset() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.random.Restart(service.NewRandom(s.config.Seed))
	t, err := s.freshTenant()
	if err != nil {
		s.random.Restart(before)
		return err
	}
	s.clock.ahead.Store(0)
	s.replaceTenant(t)
	s.service.Reset()
	if s.root == nil {
		s.entra.Reset()
	}
	s.journal.Reset()
	s.notifier.Reset()
	if s.throttling != nil {
		s.throttling.reset()
	}
	s.collector.Reset()
	if engine := s.engine.Load(); engine != nil {
		engine.Reset()
	}
	return nil
}

// freshTenant returns a tenant with the fixtures of the configuration and those that
// scenarios name. s.mu must be held.
func (s *Server) freshTenant() (*tenant, error) {
	now := service.NewTimestamp(s.clock.unmoved().UnixMilli())
	t := s.newTenant()
	documents := []*fixtures.Document{s.config.Fixtures}
	documents = append(documents, unseeded(t.with(s.config.Fixtures), s.seeds)...)
	return s.seeded(t, now, documents...)
}

// Create puts an entity into a collection, past tokens, scenarios and journal, and
// returns its id. The path is below the service root: /users, or
// /users/adele@contoso.com/messages; /me is the tenant's first user. The entity is
// written as encoding/json writes it, and has to be what a client could send.
func (s *Server) Create(path string, entity any) (id string, err error) {
	res, err := s.direct(http.MethodPost, path, entity, nil)
	if err != nil {
		return "", err
	}
	var created struct{ ID string }
	if err := json.Unmarshal(res.Body, &created); err != nil {
		return "", fmt.Errorf("create %s: %w", path, err)
	}
	return created.ID, nil
}

// Get reads what is at a path, as Create has them, into a value, as encoding/json does: an
// entity or, of a collection, the first page.
func (s *Server) Get(path string, into any) error {
	res, err := s.direct(http.MethodGet, path, nil, nil)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(res.Body, into); err != nil {
		return fmt.Errorf("get %s: %w", path, err)
	}
	return nil
}

// Update merges a value into the entity at a path, as a PATCH does.
func (s *Server) Update(path string, value any) error {
	_, err := s.direct(http.MethodPatch, path, value, nil)
	return err
}

// Delete removes the entity at a path, and all that it contains.
func (s *Server) Delete(path string) error {
	_, err := s.direct(http.MethodDelete, path, nil, nil)
	return err
}

// Upload sets the bytes at a path, such as /me/photo/$value.
func (s *Server) Upload(path string, data []byte) error {
	_, err := s.direct(http.MethodPut, path, nil, data)
	return err
}

// direct sends a request to the service, past everything before it.
func (s *Server) direct(method, path string, value any, data []byte) (res service.Response, err error) {
	fail := func(format string, arguments ...any) error {
		return fmt.Errorf("%s %s: %s", strings.ToLower(method), path, fmt.Sprintf(format, arguments...))
	}
	contract := s.config.Contract
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.RawQuery != "" || !strings.HasPrefix(path, "/") || !s.stateful {
		return res, fail("the path is not one of Graph's below the service root; write it like /users/adele@contoso.com")
	}
	match, violation := contract.RouteBelow(method, u.EscapedPath())
	if violation != nil {
		return res, fail("%s", violation)
	}
	body, err := s.directBody(match, value, data)
	if err != nil {
		return res, fail("%v", err)
	}
	t := s.useTenant()
	defer s.releaseTenant(t)
	s.seedLate(t)
	r := service.Request{
		Method: method, Path: match.Resource(), Root: service.Root{Scheme: "https", Host: graph.Hosts()[0], Path: "/v1.0"},
		Body: body, Raw: data, Metadata: service.MetadataMinimal, Caller: t.callerOf(path),
		Now: s.clock.timestamp(s.clock.now()), HasNoBody: match.Operation.HasNoResponseBody(),
		WriteStatus: match.Operation.WriteStatus(),
	}
	res, ok := s.serviceOf(r.Path).Serve(&r)
	s.notifyOf(t, &r, scenarios.Notify{})
	switch e, known := graph.ErrorOf(res.Error); {
	case !ok:
		return res, fail("graphmock does not know what this does")
	case known:
		return res, fail("%d %s: %s", e.Status, e.Code, strings.NewReplacer(res.Words...).Replace(e.Message))
	}
	return res, nil
}

// directBody returns a value as a request's body has it, once it keeps the contract.
func (s *Server) directBody(match openapi.Match, value any, data []byte) (map[string]any, error) {
	if value == nil {
		return nil, nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	decoded, found := s.config.Contract.CheckRequest(&openapi.Request{
		Match: match, Header: http.Header{"Content-Type": {"application/json"}}, Body: text,
	})
	if len(found) > 0 {
		var all []error
		for _, v := range found {
			all = append(all, errors.New(v.String()))
		}
		return nil, errors.Join(all...)
	}
	body, _ := decoded.(map[string]any)
	return body, nil
}
