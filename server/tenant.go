package server

import (
	"fmt"
	"hash/fnv"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"
	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/verdict"
)

// tenant is who there is, and what they have. It never changes; seeding makes
// another tenant, which has the same data.
type tenant struct {
	directory *auth.Directory
	results   results
	recorded  bool // a document that was made of traffic is in it
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
	data := &tenantData{name: s.id + "#" + strconv.FormatInt(s.tenants.Add(1), 10)}
	data.uses.Store(1)
	return &tenant{directory: auth.NewDirectory(data.name), tenantData: data}
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
	return &tenant{t.directory.With(users, apps), t.results, t.recorded || d.Recorded, t.tenantData}
}

// results are what a tenant has as the results of requests. They never change.
type results struct {
	all []fixtures.Result
	at  map[string]int // by request
}

// with returns results, of which later ones take the place of earlier ones for the same
// request.
func (r results) with(all []fixtures.Result, requestOf func(method, path string) string) results {
	r = results{slices.Clone(r.all), maps.Clone(r.at)}
	if r.at == nil {
		r.at = map[string]int{}
	}
	for i := range all {
		request := requestOf(all[i].Method, all[i].Path)
		if at, known := r.at[request]; known {
			r.all[at] = all[i]
			continue
		}
		r.at[request] = len(r.all)
		r.all = append(r.all, all[i])
	}
	return r
}

// requestText is a request as results are known by it: its users are there by their ids.
func (t *tenant) requestText(method string, p resource.Path, caller *auth.User) string {
	path := p.URL()
	first, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if first == "users" && rest != "" {
		name, below, _ := strings.Cut(rest, "/")
		if name, err := url.PathUnescape(name); err == nil {
			path = t.directory.UserByName(name).ID + "/" + below
		}
	} else if first == "me" {
		path = caller.ID + "/" + rest
	}
	return method + " " + path
}

// known is what the tenant has as the result of a request, nil if it has none.
func (t *tenant) known(r *service.Request) *service.Known {
	if len(t.results.all) == 0 {
		return nil
	}
	at, known := t.results.at[t.requestText(r.Method, r.Path, &r.Caller.User)]
	if !known {
		return nil
	}
	result := &t.results.all[at]
	return &service.Known{Status: result.Status, Location: result.Location, ContentType: result.ContentType, Body: result.Body,
		Media: result.Media}
}

// hasAll reports whether the tenant has the document's users: it was seeded before.
func (t *tenant) hasAll(d *fixtures.Document) bool {
	missing := func(u fixtures.User) bool { return !t.directory.HasUser(u.ID) }
	return len(d.Users) > 0 && !slices.ContainsFunc(d.Users, missing)
}

// tenants are those of a server beside the default one. Each is a Server of its own
// without sockets: with state, journal, verdict, rules, clock and random source.
type tenants struct {
	mu   sync.Mutex
	byID *simplelru.LRU[string, *Server] // nil until there is one
	some atomic.Bool                     // there is one, or was
}

// tenantOf returns the server of the tenant that the token of a request names, or the URL
// that a response of it has handed out.
func (s *Server) tenantOf(r *http.Request) *Server {
	if openapi.IsTransferPath(r.URL.Path) {
		if t := s.other(service.TenantOf(r.URL)); t != nil {
			return t
		}
		return s
	}
	id := s.auth.Tenant(r.Header)
	if id == "" || id == s.id {
		return s
	}
	if t := s.other(id); t != nil {
		return t
	}
	if s.config.Auth == AuthStrict && !s.auth.Trusts(r.Header) {
		return s // which refuses the token
	}
	t, err := s.openOther(id)
	if err != nil {
		panic("BUG: a tenant that the default one has: " + err.Error())
	}
	return t
}

// other returns the server of another tenant, nil if there is none.
func (s *Server) other(id string) *Server {
	if !s.others.some.Load() {
		return nil
	}
	s.others.mu.Lock()
	defer s.others.mu.Unlock()
	t, _ := s.others.byID.Get(id)
	return t
}

// openOther makes the server of another tenant, unless there is one. If there are too many,
// the one that was not used for the longest time goes.
func (s *Server) openOther(id string) (*Server, error) {
	s.others.mu.Lock()
	defer s.others.mu.Unlock()
	if s.others.byID == nil {
		var err error
		if s.others.byID, err = simplelru.NewLRU[string, *Server](s.config.MaxTenants, nil); err != nil {
			return nil, err
		}
	}
	if t, found := s.others.byID.Get(id); found {
		return t, nil
	}
	config := s.config
	sum := fnv.New64a()
	sum.Write([]byte(id))
	config.Seed ^= sum.Sum64()
	t := &Server{config: config, id: id, root: s, closing: s.closing, cut: s.cut, auth: s.auth, transport: s.transport,
		handlers: s.handlers}
	if err := t.open(); err != nil {
		return nil, err
	}
	if oldest, unused, full := s.others.byID.GetOldest(); full && s.others.byID.Len() == s.config.MaxTenants {
		unused.notifier.Stop()
		s.observeForgotten(oldest)
	}
	s.others.byID.Add(id, t)
	s.others.some.Store(true)
	return t, nil
}

// observeForgotten tells whoever observes the server that a tenant has to go.
func (s *Server) observeForgotten(id string) {
	s.journal.Observe(Exchange{At: s.clock.now(), Tenant: id, Note: fmt.Sprintf(
		"the tenant %s was not used for the longest time, and is forgotten: there may be %d beside the default one", id,
		s.config.MaxTenants)})
}

// A TenantInfo says how much there is of a tenant.
type TenantInfo struct {
	ID         string `json:"id"`
	Default    bool   `json:"default,omitempty"`
	Requests   int64  `json:"requests"`
	Violations int    `json:"violations"`
}

// Tenants returns the tenants that there are: the default one first, then the others, that
// first which was not used for the longest time. A token's tid names its tenant; one that
// was never seen before begins with the fixtures and scenarios of the configuration.
func (s *Server) Tenants() []TenantInfo {
	var all []TenantInfo
	for _, t := range s.servers() {
		all = append(all, TenantInfo{ID: t.id, Default: t.root == nil, Requests: t.journal.End().ID,
			Violations: len(t.journal.Violating())})
	}
	return all
}

// otherID is the id of a tenant that is not the default one.
func (s *Server) otherID() string {
	if s.root == nil {
		return ""
	}
	return s.id
}

// servers are those of all tenants, the default one first.
func (s *Server) servers() []*Server {
	s.others.mu.Lock()
	defer s.others.mu.Unlock()
	all := []*Server{s}
	if s.others.byID != nil {
		all = append(all, s.others.byID.Values()...)
	}
	return all
}

// Tenant returns the server of a tenant by its id, a GUID; a new one if there is none yet. It
// has no sockets: its requests come to the server that it is of.
func (s *Server) Tenant(id string) (*Server, error) {
	id = strings.ToLower(id)
	switch {
	case id == "" || id == s.id:
		return s, nil
	case s.root != nil:
		return s.root.Tenant(id)
	case uuid.Validate(id) != nil:
		return nil, fmt.Errorf("%s is no tenant: expected a GUID", strconv.Quote(id))
	}
	if t := s.other(id); t != nil {
		return t, nil
	}
	return s.openOther(id)
}

// ForgetTenant removes a tenant with all that it has, and reports whether it was there. The
// default one stays.
func (s *Server) ForgetTenant(id string) bool {
	if !s.others.some.Load() {
		return false
	}
	s.others.mu.Lock()
	defer s.others.mu.Unlock()
	if t, found := s.others.byID.Get(strings.ToLower(id)); found {
		t.notifier.Stop()
	}
	return s.others.byID.Remove(strings.ToLower(id))
}

// TakeAllViolating is TakeViolating for all tenants.
func (s *Server) TakeAllViolating() []Exchange {
	var all []Exchange
	for _, t := range s.servers() {
		all = append(all, t.TakeViolating()...)
	}
	return all
}

// Everything returns the verdict on the requests of all tenants, and their exchanges: all that
// are kept, and those that broke the contract. The ids of exchanges go on from one tenant to
// the next.
func (s *Server) Everything() (v Verdict, kept, violating []Exchange) {
	var parts []verdict.Part
	after := int64(0)
	list := s.servers()
	for _, t := range list {
		parts = append(parts, verdict.Part{Collector: &t.collector, After: after})
		kept = append(kept, renumbered(t.journal.All(), after)...)
		violating = append(violating, renumbered(t.journal.Violating(), after)...)
		after += t.journal.End().ID
	}
	v = verdict.Of(s.config.Contract, !s.config.Now.IsZero(), parts...)
	for _, t := range list {
		if engine := t.engine.Load(); engine != nil {
			v.AddScenarios(engine.Failures(), engine.Unused())
		}
	}
	return v, kept, violating
}

func renumbered(all []Exchange, after int64) []Exchange {
	for i := range all {
		all[i].ID += after
	}
	return all
}
