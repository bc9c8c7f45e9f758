package capture

import (
	"strings"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server/internal/service"
)

// Bounds of a tenant.
const (
	maxObjects = 200_000
	maxBytes   = 96 << 20 // of what is kept, roughly as JSON
)

// A Tenant is made of exchanges, one after the other. It is for one goroutine.
type Tenant struct {
	contract *openapi.Contract
	model    *edm.Model
	tree     *resource.Tree
	behavior map[string]*service.Behavior // by name of type

	names       map[string]string // of users: the id by the principal name in lower case
	keys        map[string]string // the key of an entity by an alternate key, with its path
	caller      user
	me          *object
	collections map[string]*collection // by path
	only        map[string]*object     // those that are the only ones of their paths
	linked      map[string]*linkSet    // by path of the navigation property
	order       []*collection
	singles     []*object
	linkOrder   []*linkSet
	media       map[string]*media // by path
	mediaOrder  []*media

	sold           []string // ids of products whose licenses were given
	results        []fixtures.Result
	hasResult      map[string]bool // by request
	objects, bytes int
	left           map[string]int
}

type user struct{ id, name string }

// A collection is a path at which entities are.
type collection struct {
	at      resource.Path
	path    string             // of at
	of      *object            // whose it is, nil of a set
	objects map[string]*object // by key
	order   []*object
}

// An object is an entity.
type object struct {
	at       resource.Path
	path     string      // of at
	in       *collection // nil if it is the only one of its path
	above    *object     // what contains it, nil at the root
	declared *edm.Type   // by its path
	typ      *edm.Type   // as far as it is known
	key      string
	values   map[string]any
	seen     bool            // something of it was read
	met      bool            // an exchange was about it, or about what it contains
	written  map[string]bool // properties that the recording wrote before it read them
	created  bool            // by the recording
	removed  bool            // by the recording: what is read later shows that it was not, or was before
	again    bool            // the recording created it once it had removed it
	replaced bool            // by the recording: what it was before is not known
	alone    bool            // it is nowhere but at the end of a link

	elsewhere bool // the service leads from there to another entity
}

// own reports whether what is said of an object from now on is the recording's own doing.
func (o *object) own() bool {
	for at := o; at != nil; at = at.above {
		if at.created || at.again {
			return true
		}
	}
	return false
}

// isNew reports whether an object was not there before the recording.
func (o *object) isNew() bool {
	for at := o; at != nil; at = at.above {
		if at.created {
			return true
		}
	}
	return false
}

type media struct {
	path string
	of   *object
	data []byte
}

// A linkSet are the links of a navigation property.
type linkSet struct {
	path     string // of the property
	property string
	of       *object
	targets  []*object
	ends     map[*object]linkState
}

type linkState uint8

const (
	linkWasThere linkState = iota + 1
	linkIsOwn              // the recording made it
)

// New returns a tenant of which nothing is known. Behaviors say which links are read
// backwards, or followed to their end.
func New(c *openapi.Contract, behaviors []*service.Behavior) *Tenant {
	return &Tenant{
		contract: c, model: c.Tree().Model(), tree: c.Tree(), behavior: service.ByType(behaviors),
		names: map[string]string{}, keys: map[string]string{}, collections: map[string]*collection{}, only: map[string]*object{},
		linked: map[string]*linkSet{}, media: map[string]*media{}, left: map[string]int{},
		hasResult: map[string]bool{},
	}
}

// behaviorOf is that of a type, nil if it has none.
func (t *Tenant) behaviorOf(typ *edm.Type) *service.Behavior {
	for ; typ != nil; typ = typ.Base {
		if b := t.behavior[typ.Name]; b != nil {
			return b
		}
	}
	return nil
}

// collectionAt returns the collection at a path, which may be new.
func (t *Tenant) collectionAt(at resource.Path, of *object) *collection {
	path := at.URL()
	if c := t.collections[path]; c != nil {
		return c
	}
	c := &collection{at: at, path: path, of: of, objects: map[string]*object{}}
	t.collections[path] = c
	t.order = append(t.order, c)
	return c
}

// onlyAt returns the only object of a path, which may be new.
func (t *Tenant) onlyAt(at resource.Path, above *object) *object {
	path := at.URL()
	if o := t.only[path]; o != nil {
		return o
	}
	o := &object{at: at, path: path, above: above, declared: at.Type, typ: at.Type, values: map[string]any{}}
	t.only[path] = o
	t.singles = append(t.singles, o)
	return o
}

// in returns the object of a collection with a key, which may be new; nil if it can have
// none, or there are too many.
func (t *Tenant) in(c *collection, key ...string) *object {
	if len(key) == 1 {
		key[0] = t.userKey(c, key[0])
	}
	text := strings.Join(key, ",")
	if o := c.objects[text]; o != nil {
		return o
	}
	at := c.at.Entity(key...)
	if at.Node == nil || text == "" || !t.canBe(c, text) {
		t.leave(leftPlace)
		return nil
	}
	if t.objects >= maxObjects {
		t.leave(leftBeyond)
		return nil
	}
	o := &object{at: at, path: at.URL(), in: c, above: c.of, declared: c.at.Type, typ: c.at.Type, key: text,
		values: map[string]any{}}
	c.objects[text] = o
	c.order = append(c.order, o)
	t.objects++
	return o
}

// canBe reports whether a collection can have an entity with a key: of special folders the names are
// Graph's own.
func (t *Tenant) canBe(c *collection, key string) bool {
	b := t.behavior[c.at.Type.Name]
	if b == nil || b.Nested == nil || b.Nested.Special == nil || c.at.Name != "special" {
		return true
	}
	_, ok := b.Nested.Special(strings.ToLower(key))
	return ok
}

const usersPath = "/users"

// userKey is the key of a user whom a path may also name by the principal name.
func (t *Tenant) userKey(c *collection, key string) string {
	if c.path != usersPath {
		return key
	}
	key = strings.ToLower(key)
	if id := t.names[key]; id != "" {
		return id
	}
	if key == strings.ToLower(t.caller.name) && t.caller.id != "" {
		return t.caller.id
	}
	return key
}
