package service

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/store"
)

// An Operation answers an action or a function. It is called in a transaction: after
// an error nothing of what it wrote is kept. It may be called more than once.
type Operation func(c *Call) (Result, error)

// A Call is an action or a function on its way, bound to an entity or a collection.
type Call struct {
	*Request // whose Body are the parameters of an action
	Tx       store.Tx

	service *Service
	at      target
}

// A Result is what an operation answers. At most one of Value, Entity and Entities is set.
type Result struct {
	Status   int       // 0 is 200 with a body, 204 without
	Value    any       // a JSON value: an object, or what stands in "value"
	Entity   *Entity   // as a GET of it would show it
	Entities []*Entity // as a list would show them; not nil where there are none
	Context  string    // the fragment of the @odata.context. Default: the type that is returned
	Location string

	RetryAfter int // in seconds, 0 if the client need not wait

	// ContentLocation is where what was created is, where Location is something else.
	ContentLocation string
}

// An Entity is one of the tenant's.
type Entity struct {
	Path       string         // in the store, such as users/48d3/messages/AAMk
	Type       string         // qualified name
	Properties map[string]any // as they are stored
	Record     store.Record
}

// Key is the key of the entity, as clients see it.
func (e *Entity) Key() string {
	_, id, _ := splitPath(e.Path)
	return KeyOf(id)
}

// Text is a property that is a text, "" if it is none.
func (e *Entity) Text(property string) string {
	text, _ := e.Properties[property].(string)
	return text
}

// Fail is an error of an operation by its id in the table of Graph's errors, and what its
// message has for placeholders: name, text, ...
//
// The words may also say what the message does not: [Why], and [InHeader].
func Fail(id string, words ...string) error { return fail(id, words...) }

// Words of a failure that explain it, and that no message has.
const (
	Why      = "{why}"    // why the rule is broken, where it has several cases
	InHeader = "{header}" // the header that breaks it, where it is not what its rule names
	What     = "{what}"   // what is not supported, where it is not the whole path
)

// FailWith is Fail with what an error tells in detail.
func FailWith(id string, details []any, words ...string) error {
	return &failure{id: id, words: words, details: details}
}

// Bound returns the entity that the operation is bound to.
func (c *Call) Bound() (*Entity, error) {
	if err := c.at.check(c.Tx); err != nil {
		return nil, err
	}
	record, found := c.at.find(c.Tx)
	if found && !c.at.slice.Has(&record) {
		found = false
	}
	if !found {
		if record, found = c.at.initial(c.Request); !found {
			return nil, c.at.missing()
		}
	}
	return &Entity{Path: c.at.entityPath(), Type: record.Type, Properties: decode(record.JSON), Record: record}, nil
}

// Collection is the path in the store of the collection that the operation is bound to,
// or that the entity is in.
func (c *Call) Collection() string { return c.at.collection }

// Owner is the path in the store of the first entity on the way: users/48d3 below a user.
func (c *Call) Owner() string { return ownerOf(c.at.entityPath()) }

// Argument is a parameter of a function that has that name, "" without one.
func (c *Call) Argument(name string) string {
	for n, value := range c.Path.Arguments() {
		if strings.EqualFold(n, name) {
			return value
		}
	}
	return ""
}

// Parameter is a parameter of an action, nil if it was not sent. Clients write its name in
// one case or the other.
func (c *Call) Parameter(name string) any {
	if value, sent := c.Body[name]; sent {
		return value
	}
	for n, value := range c.Body {
		if strings.EqualFold(n, name) {
			return value
		}
	}
	return nil
}

// Text is a parameter of an action that is a text, "" if it was not sent.
func (c *Call) Text(name string) string {
	text, _ := c.Parameter(name).(string)
	return text
}

// Get returns the entity at a path in the store.
func (c *Call) Get(path string) (*Entity, bool) { return Read(c.Tx, path) }

// Find returns the first entity of a collection that has that value in that index.
func (c *Call) Find(collection, index, value string) (*Entity, bool) {
	record, found := c.Tx.Find(collection, index, value)
	if !found {
		return nil, false
	}
	return &Entity{Path: collection + "/" + record.ID, Type: record.Type, Properties: decode(record.JSON), Record: record}, true
}

// IsTaken reports whether another entity of a collection than the one that is written has that
// value in that index.
func (c *Call) IsTaken(collection, index, value string, by *Write) bool {
	record, found := c.Tx.Find(collection, index, value)
	return found && KeyOf(record.ID) != by.Key
}

// Each calls visit for the entities of a collection that have a value in an index, all
// of them for no index, until it returns false.
func (c *Call) Each(collection string, of Slice, visit func(*Entity) bool) {
	all := of.snapshot(c.Tx, collection)
	var at store.Cursor
	for more := true; more; {
		var page []store.Record
		page, at, more = all.Page(c.Tx, at, everyPage)
		for i := range page {
			r := &page[i]
			e := &Entity{Path: collection + "/" + r.ID, Type: r.Type, Properties: decode(r.JSON), Record: *r}
			if !visit(e) {
				return
			}
		}
	}
}

// EachGiven is Each for a whole collection of a type, with the entities that it has although nobody
// has stored them.
func (c *Call) EachGiven(collection, typeName string, visit func(*Entity) bool) {
	for _, r := range c.service.typeNamed(typeName).given(c.Tx, collection) {
		if !visit(&Entity{Path: collection + "/" + r.ID, Type: r.Type, Properties: decode(r.JSON), Record: r}) {
			return
		}
	}
	c.Each(collection, Slice{}, visit)
}

// Finder returns what finds entities of a type by a query, as $search does.
func (c *Call) Finder(typeName, query string) (Finds, error) {
	return c.service.typeNamed(typeName).behavior.Search(query)
}

// OrKnown is the result that fixtures say the operation has, or else the one that is given.
func (c *Call) OrKnown(result Result) Result {
	if c.Known == nil || c.Known.Body == nil {
		return result
	}
	return Result{Status: c.Known.Status, Value: c.Known.Body}
}

// Shown are the properties of an entity with those that follow from what else there is.
func (c *Call) Shown(e *Entity) map[string]any {
	entity, behavior := maps.Clone(e.Properties), c.service.typeNamed(e.Type).behavior
	if behavior.Show != nil {
		behavior.Show(c.Tx, e.Path, entity)
	}
	if behavior.Timed != nil {
		behavior.Timed(c.Now.MS, entity)
	}
	return entity
}

// Links returns the paths of the entities that a navigation property of an entity leads
// to, also where it is the links of others read backwards or to their end.
func (c *Call) Links(path, property string) []string {
	return c.service.targets(c.Tx, path+"/"+property)
}

// Locate returns the path in the store of the entity that a URL names, whether it is there
// or not.
func (c *Call) Locate(url string) (path string, err error) {
	t, err := c.locateURL(url)
	if err != nil {
		return "", err
	}
	return t.entityPath(), nil
}

func (c *Call) locateURL(url string) (t target, err error) {
	p, bad := c.service.config.Tree.Parse(graph.CutRoot(url))
	if bad != nil || p.Node == nil || p.Collection || p.Type == nil || p.Type.Kind != edm.Entity {
		return t, fail("link-invalid", "{id}", url)
	}
	err = (&locator{within: c.Tx}).locate(c.service, p, &c.Caller, &t)
	return t, err
}

// Create puts a new entity into a collection and returns it. Properties are what the
// service itself says: also those that clients can't set. Without an id it gets a new one.
func (c *Call) Create(collection, typeName string, properties map[string]any) *Entity {
	c.Settle(collection, typeName)
	kind := c.service.typeNamed(typeName)
	at := place{kind: kind, collection: collection}
	if id, _ := properties["id"].(string); id != "" {
		at.id = kind.storedID(id, c.Caller.App)
	} else {
		at.id = c.service.freeID(c.Tx, &at, c.Caller.App)
	}
	return c.write(&at, properties, nil)
}

// Settle lets a collection of a type have what it has from the start. What an operation
// is bound to has it, and what Create puts into.
func (c *Call) Settle(collection, typeName string) {
	p := place{kind: c.service.typeNamed(typeName), collection: collection}
	p.settle(c.service, c.Tx, Write{Now: c.Now, Caller: &c.Caller})
}

// Put stores an entity whose properties were changed. It is modified now, unless that is
// among them.
func (c *Call) Put(e *Entity) *Entity {
	collection, id, _ := splitPath(e.Path)
	at := place{kind: c.service.typeNamed(e.Type), collection: collection, id: id}
	old, found := c.Tx.Get(collection, id)
	if !found {
		return c.write(&at, e.Properties, nil)
	}
	properties := maps.Clone(e.Properties)
	if at.kind.modified && properties[lastModifiedDateTime] == decode(old.JSON)[lastModifiedDateTime] {
		properties[lastModifiedDateTime] = c.Now.Text
	}
	return c.write(&at, properties, &old)
}

func (c *Call) write(at *place, properties map[string]any, old *store.Record) *Entity {
	w := Write{Sent: properties, Old: old, Now: c.Now, Caller: &c.Caller, Seeding: true}
	if err := c.service.nest(c.Tx, at, &w, ""); err != nil {
		panic("BUG: " + err.Error())
	}
	c.service.writeAll(c.Tx, at, &w, c.service.childrenOf(at.kind, properties, true))
	return &Entity{Path: at.entityPath(), Type: at.kind.Name, Properties: decode(w.Record.JSON), Record: w.Record}
}

// Delete removes an entity with all that it contains, and reports whether it was there.
func (c *Call) Delete(path string) bool {
	collection, id, _ := splitPath(path)
	if e, found := c.Get(path); found {
		at := place{kind: c.service.typeNamed(e.Type), collection: collection, id: id}
		if at.kind.nested() != nil {
			return c.service.deleteNested(c.Tx, &at, &Write{Now: c.Now, Caller: &c.Caller}) == nil
		}
	}
	return c.service.remove(c.Tx, collection, id, c.Now.MS)
}

// NewKey returns a key for a new entity of a type.
func (c *Call) NewKey(typeName string) string {
	return c.service.typeNamed(typeName).newKey(c.service.config.Random)
}

// OwnerOf returns the path in the store of the entity that a collection is below: users/48d3
// of users/48d3/appRoleAssignments.
func OwnerOf(collection string) string {
	path, _, _ := splitPath(collection)
	return path
}

// operation returns what answers an action or a function, nil if nobody knows.
func (s *Service) operation(r *Request, at *target) Operation {
	if at.kind == nil {
		return nil
	}
	if do := at.kind.behavior.Operations[r.Path.Name]; do != nil {
		return do
	}
	return nil
}

// perform answers an action or a function by its operation; ok is false if there is none.
func (s *Service) perform(r *Request) (res Response, ok bool) {
	bound := r.Path.Above()
	if bound.Node == nil || bound.Kind == resource.Root {
		return Response{}, false
	}
	at, err := s.reach(bound, r)
	if err != nil {
		return Response{}, false // as it is answered where nobody knows the operation
	}
	do := s.operation(r, &at)
	if do == nil {
		return Response{}, false
	}
	s.settled(&at, Write{Now: r.Now, Caller: &r.Caller})
	var result Result
	err = s.transact(r, func(tx store.Tx) (err error) {
		if err := at.check(tx); err != nil {
			return err
		}
		result, err = do(&Call{Request: r, Tx: tx, service: s, at: at})
		return err
	})
	if err != nil {
		return failed(err), true
	}
	return s.resultResponse(r, &result), true
}

func (s *Service) resultResponse(r *Request, result *Result) Response {
	var res Response
	switch {
	case result.Entity != nil && result.Context != "":
		res = s.entitiesResponse(r, &Result{Entities: []*Entity{result.Entity}, Context: result.Context + "/$entity"})
	case result.Entity != nil:
		at, err := s.entityPlace(result.Entity.Path, &r.Caller)
		if err != nil {
			return failed(err)
		}
		at.kind = s.typeNamed(result.Entity.Type)
		whole := *r
		whole.Query = nil
		res = s.entityResponse(&whole, &row{result.Entity.Record, at})
	case result.Entities != nil:
		res = s.entitiesResponse(r, result)
	case result.Value != nil:
		res = Response{Status: http.StatusOK, ContentType: r.Metadata.contentType(), Body: r.valueBody(result)}
	default:
		res.Status = http.StatusNoContent
	}
	if result.Status != 0 {
		res.Status = result.Status
	}
	res.Location, res.ContentLocation = result.Location, result.ContentLocation
	if result.RetryAfter > 0 {
		res.Header = retryAfter(result.RetryAfter)
	}
	return res
}

func retryAfter(seconds int) http.Header { return http.Header{"Retry-After": {strconv.Itoa(seconds)}} }

// valueBody is the body of a response with the value that an operation returns.
func (r *Request) valueBody(result *Result) []byte {
	body := r.resultContext(result)
	switch value := result.Value.(type) {
	case jsontext.Object:
		body = append(body, value...)
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			body.Set(name, value[name])
		}
	default:
		body.Set("value", value)
	}
	return jsontext.Append(nil, body)
}

// resultContext is the beginning of the body of a result.
func (r *Request) resultContext(result *Result) (body jsontext.Object) {
	t, name := r.Path.Type, result.Context
	if r.Metadata == MetadataNone || t == nil && name == "" {
		return nil
	}
	if name == "" {
		if name = t.Name; r.Path.Collection {
			name = "Collection(" + name + ")"
		}
	}
	body.Set(odataContext, string(r.appendRoot(nil))+"/$metadata#"+name)
	return body
}

// entitiesResponse is the response with the entities that an operation returns.
func (s *Service) entitiesResponse(r *Request, result *Result) Response {
	p := projection{service: s, request: r}
	entities, next := s.shownOf(r, result)
	list := make([]any, 0, len(entities))
	for _, e := range entities {
		at, err := s.entityPlace(e.Path, &r.Caller)
		if err != nil {
			return failed(err)
		}
		at.kind = s.typeNamed(e.Type)
		list = append(list, p.project(&row{e.Record, at}, r.options(), at.kind.Type != r.Path.Type))
	}
	body := r.resultContext(result)
	if strings.HasSuffix(result.Context, "/$entity") {
		body = append(body, list[0].(jsontext.Object)...)
	} else {
		if next != "" {
			body.Set("@odata.nextLink", next)
		}
		body.Set("value", list)
	}
	return Response{Status: http.StatusOK, ContentType: r.Metadata.contentType(), Body: jsontext.Append(nil, body)}
}

// shownOf returns the entities of a result that are on the page that is asked for, and the URL of the
// next one. Each page asks the function anew: only its place is kept.
func (s *Service) shownOf(r *Request, result *Result) (page []*Entity, next string) {
	page = result.Entities
	if r.Method != http.MethodGet || !r.Path.Collection || strings.HasSuffix(result.Context, "/$entity") {
		return page, ""
	}
	skipped, query := 0, r.options().Query()
	if r.Page != nil {
		skipped, query = r.Page.Skip, r.Page.Query
	}
	page = page[min(skipped, len(page)):]
	size := s.pageSize(r, nil)
	if top := r.options().Top; top != nil {
		size = min(size, *top)
	}
	if len(page) <= size || size == 0 {
		return page[:min(size, len(page))], ""
	}
	at := s.skipToken(Position{Left: -1, Skip: skipped + size, Query: query})
	return page[:size], r.url(r.Path) + "?$skiptoken=" + at
}

// entityPlaceOf is the place of the entity of a result.
func (s *Service) entityPlaceOf(result *Result, caller *auth.Caller) (place, error) {
	if result.Entity == nil {
		return place{}, fail(defaultNotFound)
	}
	return s.entityPlace(result.Entity.Path, caller)
}

// entityPlace is the place of an entity with a path in the store.
func (s *Service) entityPlace(path string, caller *auth.Caller) (place, error) {
	var b strings.Builder
	for i, segment := range strings.Split(path, "/") {
		if i%2 == 1 && segment == single {
			continue
		}
		if i%2 == 1 {
			segment = url.PathEscape(KeyOf(segment))
		}
		b.WriteString("/" + segment)
	}
	p, bad := s.config.Tree.Parse(b.String())
	if bad != nil {
		panic("BUG: " + path + ": " + bad.Error())
	}
	t, err := s.locate(p, caller)
	return t.place, err
}
