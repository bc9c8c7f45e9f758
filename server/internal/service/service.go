package service

import (
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/store"
)

// Config is what a service is made of. All fields are required but the last three.
type Config struct {
	Tree      *resource.Tree // of the model
	Store     store.Store
	Behaviors []*Behavior
	PageSize  int    // entities of a page, at most
	Seed      uint64 // of the secret that signs page tokens
	Random    *Random

	// Late, if not nil, is the store as requests see it, which see some of what is written late.
	Late *store.Late

	// Beside is a service by another version of the model over the same store, nil if there
	// is none. What one keeps of lists that are read, the other has, too.
	Beside *Service

	// Foreign says that the store may have what the model does not.
	Foreign bool

	// Tenant is the id of the tenant, "" of the default one.
	Tenant string

	// Reach asks the receiver with a URL whether it wants notifications. Nil asks nobody.
	Reach func(url string) error

	// Wake lets somebody call [Service.TakeDone] at a time, in milliseconds since 1970: a job is due
	// then. Nil leaves it to requests.
	Wake func(at int64)
}

// A Service answers requests. It is safe for concurrent use.
type Service struct {
	config   Config
	sessions *sessions

	upserts sync.Pool // of *upsert

	watched *atomic.Bool // somebody wants to know of changes, or wanted
	done    *jobsDone

	model  *edm.Model
	beside *Service // by another version of the model
	*entityTypes
}

// entityTypes are the types of a tree with their behaviors. Services that have both in
// common share them: a type with many properties takes longer than the rest of a service.
type entityTypes struct {
	tree      *resource.Tree
	behaviors []*Behavior
	named     map[string]*Behavior                      // by name of type
	foreign   bool                                      // see Config
	types     atomic.Pointer[map[*edm.Type]*entityType] // those that were asked for; replaced, never changed
}

// lastTypes are those of the service that was made last.
var lastTypes atomic.Pointer[entityTypes]

func entityTypesOf(c *Config) *entityTypes {
	tree, behaviors := c.Tree, c.Behaviors
	if last := lastTypes.Load(); last != nil && last.tree == tree && last.foreign == c.Foreign && slices.Equal(last.behaviors, behaviors) {
		return last
	}
	t := &entityTypes{tree: tree, behaviors: behaviors, named: ByType(behaviors), foreign: c.Foreign}
	t.types.Store(&map[*edm.Type]*entityType{})
	lastTypes.Store(t)
	return t
}

// New returns a service without sessions.
func New(c Config) *Service {
	s := &Service{config: c, model: c.Tree.Model(), entityTypes: entityTypesOf(&c)}
	s.upserts.New = newUpsert
	if s.beside = c.Beside; s.beside != nil {
		s.sessions, s.watched, s.done, s.beside.beside = s.beside.sessions, s.beside.watched, s.beside.done, s
		return s
	}
	s.sessions, s.watched, s.done = &sessions{secret: sessionSecret(c.Seed)}, new(atomic.Bool), new(jobsDone)
	return s
}

// A Request is a request that the contract allows.
type Request struct {
	Method      string
	Path        resource.Path
	Root        Root
	Body        map[string]any // nil if none was sent
	Raw         []byte         // the body as it was sent
	Reference   string         // the URL of the entity that a DELETE unlinks, if the query names one
	Query       *odata.Options // nil if none were sent
	Page        *Position      // where a $skiptoken continues, nil on a first page
	RawQuery    string         // the options as they were sent, for the pages that follow
	SentQuery   string         // the whole query, as it was sent
	Preferences Preferences
	Metadata    Metadata
	Caller      auth.Caller
	Now         *Timestamp
	IfMatch     string // the header, "" if it was not sent
	IfNoneMatch string // likewise
	Conflict    string // what the query says becomes of a name that is taken: fail, rename, replace
	Eventual    bool   // the client takes what is seen late: ConsistencyLevel: eventual
	HasNoBody   bool   // the operation succeeds without a body and in no other way
	WriteStatus int    // with which a write succeeds, where it is not the usual one; or 0

	// Known is what an operation responds with whose result the service can't work out.
	// Nil is nothing.
	Known *Known

	// Header and URLQuery are what was sent besides, for what only few ask for. They may be
	// empty.
	Header   http.Header
	URLQuery string

	// Differences are what the request has changed, in order: set by Serve, where somebody
	// watches.
	Differences []Difference

	current bool      // it sees what is written at once
	seen    uint64    // the version of the entity that it was answered with
	early   *TooEarly // it came before what it needs could be seen

	// Room is memory that the response's Value may take; it may grow. The next
	// request may have it once the response is of no use any more.
	Room jsontext.Object
}

// Root is the root of the service as the client wrote it: https,
// graph.microsoft.com and /v1.0.
type Root struct{ Scheme, Host, Path string }

// A Response is what the service answers. If it has an Error, nothing else of it
// counts.
type Response struct {
	Status          int
	ContentType     string // empty if there is no body
	Body            []byte
	Value           any      // the body as a JSON value, nil where it is not at hand
	Location        string   // of an entity that was created
	ContentLocation string   // likewise, where Location is that of an operation
	Applied         []string // the preferences that were followed
	Header          http.Header

	lost   *place  // the entity that the error is about, if it is that there is none
	entity *Entity // that the body shows: of transfers, whose transaction ends first

	Reason string // the rule of a success that does not do what it says, "" for all others

	TooEarly *TooEarly // nil if it met nothing that can't be seen yet

	Error   string   // id of the error in the table of Graph's errors
	Words   []string // what stands in its message for placeholders: name, text, ...
	Details []any    // what the error tells besides
	Invalid error    // with an Error about $skiptoken: what is wrong with it
}

// Tree returns the tree of the model.
func (s *Service) Tree() *resource.Tree { return s.config.Tree }

// Serves reports whether the service has a behavior for what a path is about.
func (s *Service) Serves(p resource.Path) bool {
	if p.Node == nil {
		return false
	}
	t := s.typeOf(p.Type)
	return t != nil && t.behavior != &noBehavior
}

// Serve answers a request; ok is false if the service does not know how.
func (s *Service) Serve(r *Request) (res Response, ok bool) {
	if s.config.Late != nil && s.config.Late.On() {
		res, ok = s.serveEarly(r)
	} else {
		res, ok = s.serve(r)
	}
	r.Differences = append(s.takeDone(), r.Differences...)
	if res.lost != nil && res.lost.kind.behavior.Gone != "" && s.wasThere(r, res.lost) {
		res.Error = res.lost.kind.behavior.Gone
	}
	return res, ok
}

func (s *Service) serve(r *Request) (res Response, ok bool) {
	if r.Method == http.MethodGet {
		if res, wrong := s.checkQuery(r); wrong {
			return res, true
		}
	}
	if t := s.typeOf(r.Path.Type); t != nil && t.behavior.Preferred != nil && r.Preferences.Other != "" {
		if err := t.behavior.Preferred(&r.Preferences); err != nil {
			return failed(err), true
		}
	}
	switch n := r.Path.Node; {
	case r.Known != nil && n.Kind != resource.Function && n.Kind != resource.Action && r.Path.IsResult():
		return r.known(), true
	case n.Kind == resource.Count && r.Method == http.MethodGet:
		return s.count(r), true
	case n.Kind == resource.Function:
		return s.call(r)
	case n.Kind == resource.Action:
		return s.act(r)
	case n.Kind == resource.Ref:
		return s.serveLinks(r)
	case n.Kind == resource.Value, n.Kind == resource.Property && n.Type.Primitive == edm.Stream:
		res, ok := s.serveMedia(r)
		if above := r.Path.Above(); res.Error != "" && r.Known != nil && above.Kind != resource.Property && s.checkAbove(r, above) == nil {
			return r.known(), true
		}
		return res, ok
	case n.Kind == resource.Property, n.Kind == resource.Dynamic:
		return s.serveProperty(r)
	case n.Collection:
		return s.serveCollection(r)
	}
	return s.serveEntity(r)
}

func (s *Service) serveCollection(r *Request) (res Response, ok bool) {
	switch r.Method {
	case http.MethodGet:
		return s.list(r), true
	case http.MethodPost:
		return s.create(r), true
	}
	return Response{}, false
}

func (s *Service) serveEntity(r *Request) (res Response, ok bool) {
	switch r.Method {
	case http.MethodGet:
		return s.get(r), true
	case http.MethodPost: // of the only entity of a property
		if r.Path.Kind == resource.Navigation {
			return s.upsert(r), true
		}
	case http.MethodPut:
		return s.upsert(r), true
	case http.MethodPatch:
		return s.update(r), true
	case http.MethodDelete:
		return s.delete(r), true
	}
	return Response{}, false
}

// call lets a function of a collection choose what of it is listed. What others return
// the model does not say.
func (s *Service) call(r *Request) (res Response, ok bool) {
	if isDelta(r.Path) && s.typeOf(r.Path.Type).followed && !r.Path.Above().IsResult() {
		return s.delta(r), true
	}
	if res, ok := s.perform(r); ok {
		return res, true
	}
	t := s.typeOf(r.Path.Type)
	if t == nil || r.Method != http.MethodGet || t.behavior.Functions[r.Path.Name] == "" {
		if above := r.Path.Above(); above.Kind != resource.Root {
			if err := s.checkAbove(r, above); err != nil {
				return failed(err), true
			}
		}
		if r.Known != nil {
			return r.known(), true
		}
		return s.noValues(r)
	}
	return s.list(r), true
}

// noValues answers a function whose values no workload describes with an empty list.
func (s *Service) noValues(r *Request) (res Response, ok bool) {
	if t := r.Path.Type; !r.Path.Collection || t == nil || t.Kind == edm.Entity {
		return Response{}, false
	}
	res = s.resultResponse(r, &Result{Value: []any{}})
	res.Reason, res.Applied = "function-unknown", r.Preferences.applied()
	return res, true
}

// conflict is what becomes of a name that is taken, as the body or the query says.
func (r *Request) conflict() string {
	if text, ok := r.Body[conflictBehavior].(string); ok {
		return text
	}
	return r.Conflict
}

// failure is an error in the table of Graph's errors, as the outcome of a
// transaction.
type failure struct {
	id    string
	words []string // what stands in its message for placeholders

	details []any

	lost *place // the entity that is not there
}

func (f *failure) Error() string { return f.id }

// fail returns a failure by its id, and what its message has for placeholders.
func fail(id string, words ...string) error { return &failure{id: id, words: words} }

// failed is the response to a transaction that failed.
func failed(err error) Response {
	f, ok := err.(*failure)
	if !ok {
		panic("BUG: " + err.Error())
	}
	return Response{Error: f.id, Words: f.words, Details: f.details, lost: f.lost}
}
