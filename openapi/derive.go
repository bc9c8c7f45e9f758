package openapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/openapi/schema"
)

// Derive finds the operation that Graph's model has for a method and an escaped path,
// where the document has none. It is made when it is first asked for. Known is false
// if the model does not have the path either; if it has the path without the method,
// the violation says so.
func (c *Contract) Derive(method, escapedPath string) (m Match, v *Violation, known bool) {
	base, rest, ok := c.router.cutBase(escapedPath)
	if !ok || !c.odata {
		return Match{}, nil, false
	}
	path, err := c.Tree().Parse(rest)
	if err != nil {
		return Match{}, nil, false
	}
	allow := derivedMethods(path.Node)
	m = Match{Base: base, values: path.Values, node: path.Node}
	switch {
	case len(allow) == 0:
		return Match{}, nil, false
	case !slices.Contains(allow, method):
		m.Allow = allow
		return m, methodNotAllowed(method, path.Template(), allow), true
	}
	m.Operation = c.derived.operation(c, method, path.Node)
	return m, nil, true
}

// FindDerived is Find, without operationIds, for the operations that Derive has.
func (c *Contract) FindDerived(pattern string) (op *Operation, found bool) {
	method, _ := cutPattern(pattern)
	for _, op := range c.FindAllDerived(pattern) {
		if op.Method == method {
			return op, true
		}
	}
	return nil, false
}

// FindAllDerived is FindAll, without operationIds, for the operations that Derive has.
func (c *Contract) FindAllDerived(pattern string) []*Operation {
	method, path := cutPattern(pattern)
	if !c.odata {
		return nil
	}
	if _, rest, ok := c.router.cutBase(path); ok {
		path = rest
	}
	n := c.Tree().Resolve(path)
	if n == nil {
		return nil
	}
	var all []*Operation
	for _, each := range derivedMethods(n) {
		if method == "" || method == each {
			all = append(all, c.derived.operation(c, each, n))
		}
	}
	return all
}

// derivedMethods returns the methods that the model allows on a path, sorted; none if
// it has no operation there.
func derivedMethods(n *resource.Node) []string {
	entities := n.Type != nil && n.Type.Kind == edm.Entity
	switch {
	case !isAddressed(n):
		return nil
	case n.Kind == resource.Navigation && n.Collection && entities:
		return []string{http.MethodGet, http.MethodPost}
	case (n.Kind == resource.Key || n.Kind == resource.Navigation) && entities:
		return []string{http.MethodDelete, http.MethodGet, http.MethodPatch}
	case n.Kind == resource.Count:
		return []string{http.MethodGet}
	}
	return nil
}

// isAddressed reports whether all above n is found by names and keys. What a function
// returns, and what an alternate key names, is not served yet.
func isAddressed(n *resource.Node) bool {
	for at := n; at.Parent != nil; at = at.Parent {
		switch at.Kind {
		case resource.Function, resource.Action, resource.AlternateKey:
			return false
		}
	}
	return true
}

// derivations are the operations that were derived so far. Their number is bounded:
// when there are too many, all are forgotten, and made anew.
type derivations struct {
	mu   sync.RWMutex
	made map[derivedKey]*Operation
}

type derivedKey struct {
	method string
	node   *resource.Node
}

const maxDerived = 10_000

func (d *derivations) operation(c *Contract, method string, n *resource.Node) *Operation {
	key := derivedKey{method, n}
	d.mu.RLock()
	op := d.made[key]
	d.mu.RUnlock()
	if op != nil {
		return op
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if op = d.made[key]; op != nil {
		return op
	}
	if d.made == nil || len(d.made) >= maxDerived {
		d.made = map[derivedKey]*Operation{}
	}
	op = derive(c, method, n)
	d.made[key] = op
	return op
}

// derive makes an operation of the model.
func derive(c *Contract, method string, n *resource.Node) *Operation {
	op := &Operation{
		ID: operationID(method, n), Method: method, contract: c, security: Security{token: true},
		responses: map[string]*response{}, statuses: map[int]*response{},
		isList: method == http.MethodGet && n.Collection,
	}
	op.Path, op.params = pathOf(n)
	op.shape = pathShape(op.Path)
	op.resource, op.ofUser = resourceOf(op.shape)
	op.action = method + " " + op.resource
	op.resolve.Do(func() { op.node = n })
	op.deriveOptions(n)
	op.deriveBodies(n)
	for _, status := range []string{"4XX", "5XX"} {
		op.responses[status] = &response{content: jsonContent(errorSchema())}
	}
	return op
}

// pathOf writes the path of a node as Microsoft's documents do, and returns the names
// of its parameters: /me/todo/lists/{todoTaskList-id}.
func pathOf(n *resource.Node) (path string, params []string) {
	if n.Parent == nil {
		return "", nil
	}
	path, params = pathOf(n.Parent)
	if n.Kind != resource.Key {
		return path + "/" + n.Name, params
	}
	name := n.Type.ShortName() + "-id"
	for i := 1; slices.Contains(params, name); i++ {
		name = n.Type.ShortName() + "-id" + strconv.Itoa(i)
	}
	return path + "/{" + name + "}", append(params, name)
}

// operationID names an operation as Microsoft's documents do: me.todo.ListLists,
// me.todo.lists.GetTasks.
func operationID(method string, n *resource.Node) string {
	verb := map[string]string{
		http.MethodGet: "Get", http.MethodPost: "Create", http.MethodPatch: "Update", http.MethodDelete: "Delete",
	}[method]
	if method == http.MethodGet && n.Collection {
		verb = "List"
	}
	var names []string
	for at := n; at.Parent != nil; at = at.Parent {
		if at.Kind != resource.Key {
			names = append(names, strings.TrimPrefix(at.Name, "$"))
		}
	}
	slices.Reverse(names)
	last := len(names) - 1
	names[last] = verb + strings.ToUpper(names[last][:1]) + names[last][1:]
	return strings.Join(names, ".")
}

// deriveOptions adds the system query options that an operation takes.
func (op *Operation) deriveOptions(n *resource.Node) {
	var names []string
	switch {
	case n.Kind == resource.Count:
		names = []string{"$filter", "$search"}
	case op.Method != http.MethodGet:
	case n.Collection:
		names = []string{"$count", "$expand", "$filter", "$format", "$orderby", "$search", "$select", "$skip", "$top"}
	default:
		names = []string{"$expand", "$format", "$select"}
	}
	for _, name := range names {
		p := parameter{name: name, in: InQuery, kind: "string", lastValid: &memo{}}
		if name == "$skip" || name == "$top" {
			p.kind = "integer"
			p.schema = schema.FromJSON(map[string]any{"type": []string{"integer"}, "minimum": 0}, schema.Options{})
		}
		op.parameters = append(op.parameters, p)
	}
}

// deriveBodies adds what an operation takes, and what it responds with.
func (op *Operation) deriveBodies(n *resource.Node) {
	respond := func(status int, body content) {
		r := &response{content: body}
		op.responses[strconv.Itoa(status)], op.statuses[status] = r, r
	}
	entity := jsonContent(schemaOfType(n.Type, ResponseSide))
	switch {
	case n.Kind == resource.Count:
		count := map[string]any{"type": []string{"integer"}}
		respond(http.StatusOK, content{{
			name: "text/plain", lastValid: &memo{}, kind: "integer", schema: schema.FromJSON(count, schema.Options{}),
		}})
	case op.Method == http.MethodDelete:
		respond(http.StatusNoContent, nil)
		op.bodiless = true
	case op.Method == http.MethodGet && n.Collection:
		respond(http.StatusOK, jsonContent(schemaOfList(n.Type)))
	case op.Method == http.MethodGet:
		respond(http.StatusOK, entity)
	default:
		body := jsonContent(schemaOfType(n.Type, RequestSide))
		op.body, op.required = &body, true
		status := http.StatusOK
		if op.Method == http.MethodPost {
			status = http.StatusCreated
		}
		respond(status, entity)
		respond(http.StatusNoContent, nil) // by Prefer: return=minimal
	}
}

func jsonContent(document map[string]any) content {
	return content{{
		name: "application/json", lastValid: &memo{}, json: true, kind: "object",
		schema: schema.FromJSON(document, schema.Options{}),
	}}
}

// errorSchema is the schema of Graph's error envelope.
func errorSchema() map[string]any {
	text := map[string]any{"type": []string{"string"}}
	return map[string]any{
		"type": []string{"object"}, "required": []string{"error"},
		"properties": map[string]any{"error": map[string]any{
			"type": []string{"object"}, "required": []string{"code", "message"},
			"properties": map[string]any{"code": text, "message": text},
		}},
	}
}
