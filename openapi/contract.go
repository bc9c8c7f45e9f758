package openapi

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/graphmock/graphmock/openapi/credential"
	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/openapi/schema"
)

//go:embed graph.yaml
var graphYAML []byte

// EmbeddedDocument returns the OpenAPI document of the Embedded contract.
func EmbeddedDocument() []byte { return bytes.Clone(graphYAML) }

// Embedded is the contract that comes with graphmock: Microsoft Graph, of which user
// activities are written down and the rest follows from Graph's model. It is parsed at the
// first call and shared from then on.
func Embedded() *Contract {
	c, err := embedded()
	if err != nil {
		panic("BUG: embedded contract: " + err.Error())
	}
	return c
}

var embedded = sync.OnceValues(func() (*Contract, error) { return buildEmbedded("graph.yaml", graphYAML, Models{}) })

//go:embed entra.yaml
var entraYAML []byte

// Entra is the contract of the endpoints at which clients of Graph sign in, for scenarios
// that script them. It is parsed at the first call and shared from then on.
func Entra() *Contract {
	c, err := entra()
	if err != nil {
		panic("BUG: contract of Entra: " + err.Error())
	}
	return c
}

var entra = sync.OnceValues(func() (*Contract, error) {
	c, err := buildEmbedded("entra.yaml", entraYAML, Models{})
	if err == nil {
		c.signsIn = true
	}
	return c, err
})

// A Contract is what a service promises: its operations, what they take and
// what they answer. It is immutable and may be shared by any number of servers.
type Contract struct {
	title, version, hash string
	source               []byte // its document, of the embedded one
	unchecked            []string
	faults               document.Problems

	operations []*Operation // in the order of their paths, then methods
	router     router
	origins    origins

	members []*Contract // of which it is put together; none of most

	odata       bool // see UsesOData
	derives     bool // Graph's model has the operations that the document does not
	graphErrors bool // see HasGraphErrors
	signsIn     bool // see SignsIn

	credentials credential.Rules

	behaviours []Behaviour
	rules      map[string]*Behaviour      // root rows and errors, by id
	schemas    map[string]sides           // components by name
	model      func() (*edm.Model, error) // of the schemas
	versions   []*version                 // of Graph's model, the usual one first

	transfers      []*Operation // of URLs that Graph hands out
	transferRoutes router
}

// Title, Version and Hash name the contract; the hash is the SHA-256 of its
// document in hexadecimal.
func (c *Contract) Title() string   { return c.title }
func (c *Contract) Version() string { return c.version }
func (c *Contract) Hash() string    { return c.hash }

// Unchecked returns the patterns of the document's schemas that can't be checked, and
// why: package regexp has no way to look ahead or behind, nor to count beyond a
// thousand. Any text passes there.
func (c *Contract) Unchecked() []string { return slices.Clone(c.unchecked) }

// Faults returns what is wrong with the document, by LoadFaulty.
func (c *Contract) Faults() document.Problems { return slices.Clone(c.faults) }

// UsesOData reports whether the service follows OData as Graph does: segments of a
// path may be written in any case, keys as users('id'); query options that begin
// with a dollar sign are the system's; annotations may stand in any object, and
// responses have OData's headers. It is true of a document with x-graphmock-odata,
// and of one whose servers are Graph's.
func (c *Contract) UsesOData() bool { return c.odata }

// SignsIn reports whether the contract is Entra's.
func (c *Contract) SignsIn() bool { return c.signsIn }

// HasGraphErrors reports whether the service's errors are Graph's, in its envelope
// and its words, so that they keep the document. It is true where UsesOData is.
func (c *Contract) HasGraphErrors() bool { return c.graphErrors }

// Operations returns every operation, ordered by path and method.
func (c *Contract) Operations() iter.Seq[*Operation] { return slices.Values(c.operations) }

// Bases are the paths of the service's roots, such as /v1.0 and /beta.
func (c *Contract) Bases() []string { return slices.Clone(c.router.bases) }

// Behaviours returns what the service does and the document's own vocabulary can't
// say, each with its evidence.
func (c *Contract) Behaviours() iter.Seq[Behaviour] { return slices.Values(c.behaviours) }

// Route finds the operation for a method and an escaped path: that of the document or,
// of a contract that follows Graph, one derived from Graph's model. If there is none,
// the violation says why.
func (c *Contract) Route(method, escapedPath string) (Match, *Violation) {
	if c.odata && IsTransferPath(escapedPath) {
		if m, v := c.transferRoutes.route(method, escapedPath); v == nil || len(m.Allow) > 0 {
			return m, v
		}
	}
	if c.members != nil {
		return c.routeMembers(method, escapedPath)
	}
	m, v := c.router.route(method, escapedPath)
	if v != nil && v.Rule == ruleUnknownSegment {
		m, v = c.routeBeyond(method, escapedPath, m.Base, v)
	}
	if v != nil {
		c.Complete(v)
		c.nameNearest(v, method, escapedPath)
		c.router.nameDoubled(v, m.Base, escapedPath)
	}
	return m, v
}

// routeBeyond finds an operation of Graph's model for a path that the document lacks, or else
// explains what is wrong with it: by the document where that knows a better name.
func (c *Contract) routeBeyond(method, escapedPath, base string, v *Violation) (Match, *Violation) {
	_, rest, _ := c.router.cutBase(escapedPath)
	var derived Match
	var refusal *Violation
	if c.derives {
		if derived, refusal = c.derive(method, base, rest); refusal == nil {
			return derived, nil
		}
	}
	if v == nowhere {
		v = c.router.explain(rest)
	}
	if refusal != nil && (!strings.HasPrefix(v.Hint, "did you mean") || refusal.Pointer != v.Pointer) {
		return derived, refusal
	}
	return Match{Base: base}, v
}

// Contract returns the contract that has the operation of the request line or, if none has,
// that which knows most of its path: one of those that c is put together of, or c.
func (m *Match) Contract(c *Contract) *Contract {
	switch {
	case m.Operation != nil:
		return m.Operation.contract
	case m.contract != nil:
		return m.contract
	}
	return c
}

// RouteBelow is Route for a path below a service root, whichever has it. A root whose model
// is that of Tree goes first.
func (c *Contract) RouteBelow(method, escapedPath string) (m Match, v *Violation) {
	for _, of := range c.versions {
		i := slices.IndexFunc(c.router.bases, func(base string) bool { return c.versionOf(base) == of })
		if i < 0 {
			continue
		}
		match, violation := c.Route(method, c.router.bases[i]+escapedPath)
		if violation == nil {
			return match, nil
		}
		if v == nil {
			m, v = match, violation
		}
	}
	return m, v
}

// pathShape writes a path template so that two with the same structure are
// equal: names of parameters out, the rest in lower case.
func pathShape(path string) string {
	var b strings.Builder
	for _, segment := range splitPath(path) {
		texts, _ := templateParts(segment)
		b.WriteByte('/')
		b.WriteString(strings.ToLower(strings.Join(texts, "{}")))
	}
	return b.String()
}

// sides are the two schemas of a component.
type sides struct{ request, response *schema.Schema }

// An Operation is one thing that the service can be asked to do.
type Operation struct {
	ID     string // operationId, or the pattern where the document has none
	Method string // upper case
	Path   string // template, below the service root

	params   []string // names of the path's parameters, in order
	shape    string
	resource string
	ofUser   bool
	action   string // method and resource
	contract *Contract
	security Security
	key      *keyRule
	like     string   // operationId of the one whose behaviour it has, besides its own
	derived  bool     // of Graph's model: the document does not have it
	transfer bool     // see IsTransfer
	version  *version // that it is derived from, nil if the document has it
	bodiless bool     // no success that the document names has a body
	writes   int      // the status of its success, where that is known and is not the usual one; or 0
	isList   bool     // of OData: it takes the $skiptoken that it answers, declared or not

	parameters []parameter
	body       *content             // nil if the operation takes none
	required   bool                 // of the body
	responses  map[string]*response // by status, range such as 4XX, or DEFAULT
	statuses   map[int]*response    // those by status
	unusual    map[int]*response    // that are taken, and not among those that are declared

	asks        sync.Once // finds permissions, when somebody asks
	permissions graph.Permissions
	asked       bool

	resolve sync.Once // finds node, when it is first asked for
	node    *resource.Node

	surface    sync.Once // finds properties, when somebody asks
	properties []BodyProperty
}

// Contract returns the contract that the operation is of.
func (op *Operation) Contract() *Contract { return op.contract }

// Permissions returns what Graph asks for the operation; ok is false if that is not
// known.
func (op *Operation) Permissions() (p graph.Permissions, ok bool) {
	op.asks.Do(func() {
		if n := op.Node(); n != nil {
			op.permissions, op.asked = graph.PermissionsFor(op.Method, n.Template())
		}
	})
	return op.permissions, op.asked
}

// IsDerived reports whether the operation is one of Graph's model that the document
// does not have.
func (op *Operation) IsDerived() bool { return op.derived }

// Pattern returns the operation as a net/http pattern, below the service root.
func (op *Operation) Pattern() string { return op.Method + " " + op.Path }

// Shape is the path in lower case and without the names of its parameters:
// /me/activities/{}/historyitems/{}.
func (op *Operation) Shape() string { return op.shape }

// Resource is the path below the user, in the form of Shape, and whether the URL
// names the user instead of saying /me. A path that belongs to no user is given
// whole.
func (op *Operation) Resource() (resource string, ofUser bool) { return op.resource, op.ofUser }

// Action is the method and the Resource, such as GET /activities/{}: equal for
// operations that do the same for a user, however the URL names them.
func (op *Operation) Action() string { return op.action }

// resourceOf returns the Resource of a shape.
func resourceOf(shape string) (resource string, ofUser bool) {
	shape, _ = graph.CutVersion(shape) // of contracts that have it in their paths
	if rest, ok := strings.CutPrefix(shape, "/users/{}"); ok && strings.HasPrefix(rest, "/") {
		return rest, true
	}
	if rest, ok := strings.CutPrefix(shape, "/me"); ok && strings.HasPrefix(rest, "/") {
		return rest, false
	}
	return shape, false
}

// IsMe reports whether the URL says /me instead of naming the user.
func (op *Operation) IsMe() bool {
	shape, _ := graph.CutVersion(op.shape)
	return shape == "/me" || strings.HasPrefix(shape, "/me/")
}

// HasNoResponseBody reports whether the operation succeeds without a body and in no
// other way.
func (op *Operation) HasNoResponseBody() bool { return op.bodiless }

// WriteStatus is the status with which a write succeeds, where that is known and is not the
// usual one of its workload; 0 elsewhere.
func (op *Operation) WriteStatus() int { return op.writes }

// keyRule says that a property of the body, if sent, has to equal a parameter of
// the path.
type keyRule struct{ parameter, property string }

// content is a body by media type.
type content []mediaType

type mediaType struct {
	name      string // such as application/json, or a range
	isRange   bool
	lastValid *memo          // the last header that named it
	isBytes   bool           // a body need not say what it is
	json      bool           // of a range: what there is to show is JSON
	kind      string         // the schema's type, for the text of a media type that is not JSON
	schema    *schema.Schema // nil if anything goes
	examples  []namedExample
}

type namedExample struct {
	name  string
	value any
}

type parameter struct {
	name, in    string // headers in canonical form
	required    bool
	separator   string // of an array's items in one value, "" if each has its own
	kind        string // the schema's type: string, integer, array, ...
	items       string // the type of an array's items
	shape       shape
	isPlain     bool   // the text can be read in one way
	style       string // of OpenAPI, such as simple
	explode     bool
	emptyIsOK   bool            // allowEmptyValue
	media       bool            // the text is JSON
	memberNames func() []string // of an object
	schema      *schema.Schema
	examples    []any
	lastValid   *memo // the last value that was right

	ignored    bool     // x-graphmock-ignored: checked, and of no effect
	properties []string // x-graphmock-properties: what a query option may be about, empty for anything
}

// A memo remembers the last text that passed a check, by its hash: most headers
// never change.
type memo struct{ last atomic.Uint64 }

var memoSeed = maphash.MakeSeed()

func (m *memo) has(text string) bool { return m.last.Load() == maphash.String(memoSeed, text) }
func (m *memo) keep(text string)     { m.last.Store(maphash.String(memoSeed, text)) }

type response struct {
	content  content
	optional bool // the body may be missing
	headers  []parameter
}

var errNoSchema = errors.New("the contract has no such schema")

// CheckValue checks a decoded JSON value against a named schema of the contract,
// as one side of an exchange sends it. Documents such as fixtures use it.
func (c *Contract) CheckValue(schemaName string, side Side, v any) ([]Violation, error) {
	pair, ok := c.schemas[schemaName]
	if !ok {
		return nil, fmt.Errorf("%w: %s", errNoSchema, schemaName)
	}
	s := pair.request
	if side == ResponseSide {
		s = pair.response
	}
	problems, err := s.Validate(v)
	return violations(side, problems), err
}

// HasSchema reports whether the contract's document has a schema of that name, for
// CheckValue and TypeAt.
func (c *Contract) HasSchema(name string) bool {
	_, ok := c.schemas[name]
	return ok
}

// TypeAt returns the JSON type that a named schema wants at a JSON pointer below it,
// as schema.TypeAt does; "" if there is no such schema.
func (c *Contract) TypeAt(schemaName, pointer string) string {
	pair, ok := c.schemas[schemaName]
	if !ok {
		return ""
	}
	return pair.response.TypeAt(pointer)
}
