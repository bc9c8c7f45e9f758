package openapi

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/openapi/schema"
)

// derive finds the operation that Graph's model has for a method and a path without
// the service root, where the document has none. It is made when it is first asked
// for. The violation says what the model has instead.
func (c *Contract) derive(method, base, escaped string) (Match, *Violation) {
	of := c.versionOf(base)
	if op := of.roots.route(escaped); op != nil && method == op.Method {
		return Match{Base: base, Operation: op}, nil
	}
	path, err := of.parse(base, escaped)
	if err != nil {
		return Match{Base: base}, notInModel(err)
	}
	m := Match{Base: base, values: path.Values, node: path.Node, Operation: of.derived.known(method, path.Node)}
	if m.Operation != nil {
		return m, nil
	}
	switch allow := methodsOf(path.Node); {
	case len(allow) == 0:
		return Match{Base: base}, notInModel(&resource.Error{At: path.Node, Message: "the path names no resource"})
	case !slices.Contains(allow, method):
		m.Allow = allow
		return m, notAllowed(method, path.Node, allow)
	}
	m.Operation = of.derived.operation(of, method, path.Node)
	return m, nil
}

// onlyShows reports whether the entities of a collection are written elsewhere; see the row
// derived-only-shown.
func onlyShows(n *resource.Node) bool {
	return n.Parent.Kind != resource.Root && graph.OnlyShows(n.Name, n.Type.Name)
}

// notAllowed is the violation of a method that a path does not have. Where entities are only shown,
// it says where they are created, if that is beside it.
func notAllowed(method string, n *resource.Node, allow []string) *Violation {
	v := methodNotAllowed(method, n.Template(), allow)
	if method != http.MethodPost || n.Kind != resource.Navigation || !n.Collection || !onlyShows(n) {
		return v
	}
	v.Hint += "; it shows what is written elsewhere"
	if n.Type.Name == "microsoft.graph.directoryObject" { // of any type, each of which has its own set
		return v
	}
	for _, p := range n.Parent.Type.Properties() {
		if p.Navigation && p.Collection && p.Type() == n.Type && graph.Documents(http.MethodPost, n.Parent.Template()+"/"+p.Name) {
			v.Hint += ": create it in " + n.Parent.Template() + "/" + p.Name
			break
		}
	}
	return v
}

// parse reads a path by the model. Graph passes over an empty segment, which clients send
// that join URLs, but for one where a key is to stand (see the row path-empty-segment).
func (v *version) parse(base, escaped string) (resource.Path, *resource.Error) {
	escaped = graph.CutOrganization(escaped)
	path, err := v.tree().Parse(escaped)
	if err == nil || err.Segment != "" || !strings.Contains(escaped, "//") {
		return path, err
	}
	rest, reason := escaped, err
	for reason != nil && reason.Segment == "" && reason.At.Entity() == nil && strings.Contains(rest, "//") {
		rest = strings.Replace(rest, "//", "/", 1)
		path, reason = v.tree().Parse(rest)
	}
	if _, lost := v.contract.router.route(http.MethodGet, base+rest); lost == nil || lost.Rule != ruleUnknownSegment {
		return path, err // the document is strict
	}
	return path, reason
}

// notInModel is the violation of a path that the model does not have.
func notInModel(err *resource.Error) *Violation {
	v := &Violation{Side: RequestSide, In: InPath, Rule: ruleUnknownSegment, Pointer: err.Segment,
		Message: err.Message, Hint: err.Hint()}
	if at := err.At; v.Hint == "" && at != nil && at.ByPath() != nil && err.Segment != "" {
		v.Hint = "names stand between two colons: " + at.Template() + ":/" + err.Segment + ":/content, for instance"
	}
	return v
}

// derivedAt returns the operations that the model has for a pattern's path.
func (c *Contract) derivedAt(path string) []*Operation {
	if !c.derives {
		return nil
	}
	if IsTransferPath(path) {
		return c.transferAt(path)
	}
	versions := c.versions
	if base, rest, ok := c.router.cutBase(path); ok {
		path = rest
		if base != "" {
			versions = []*version{c.versionOf(base)}
		}
	}
	for _, of := range versions {
		n := of.tree().Resolve(path)
		if n == nil {
			continue
		}
		var all []*Operation
		for _, method := range methodsOf(n) {
			all = append(all, of.derived.operation(of, method, n))
		}
		return all
	}
	return nil
}

// methodsOf returns the methods that the model allows on a path, sorted; none if
// nothing can be asked for there. What the metadata does not say is assumed.
func methodsOf(n *resource.Node) []string {
	entities := n.Type != nil && n.Type.Kind == edm.Entity
	switch n.Kind {
	case resource.Function:
		return methodsOfFunction(n)
	case resource.Action:
		return methodsPost
	case resource.Count:
		return methodsGet
	case resource.Ref:
		return methodsOfRef(n)
	case resource.Value:
		return methodsWhole
	case resource.Property:
		return methodsOfProperty(n)
	case resource.Dynamic:
		return methodsGet
	case resource.Cast:
		switch of := n.Parent.Property; {
		case !n.Collection:
			return methodsWhole
		case of != nil && (of.Contained || n.Parent.Parent.Kind == resource.Root):
			return methodsOf(n.Parent)
		}
		return methodsGet
	case resource.Navigation:
		switch {
		case !entities && n.Collection:
			return methodsGet
		case n.Collection && onlyShows(n):
			return methodsGet
		case n.Collection:
			return methodsCollection
		case n.Parent.Kind == resource.Root:
			return methodsSingleton
		case n.Property.Contained && graph.Documents(http.MethodPost, n.Template()):
			return methodsAll
		}
		return methodsWhole
	case resource.Key, resource.AlternateKey, resource.ByPath:
		if t := n.Template(); graph.Documents(http.MethodPatch, t) && !graph.Documents(http.MethodPut, t) {
			return methodsEntity
		}
		return methodsWhole
	}
	return nil
}

var (
	methodsGet        = []string{http.MethodGet}
	methodsPost       = []string{http.MethodPost}
	methodsCollection = []string{http.MethodGet, http.MethodPost}
	methodsSingleton  = []string{http.MethodGet, http.MethodPatch}
	methodsWhole      = []string{http.MethodDelete, http.MethodGet, http.MethodPatch, http.MethodPut}
	methodsEntity     = []string{http.MethodDelete, http.MethodGet, http.MethodPatch}
	methodsRefs       = []string{http.MethodDelete, http.MethodGet, http.MethodPost}
	methodsRef        = []string{http.MethodDelete, http.MethodGet, http.MethodPut}
	methodsUnlink     = []string{http.MethodDelete}
	methodsAll        = []string{http.MethodDelete, http.MethodGet, http.MethodPatch, http.MethodPost, http.MethodPut}
	methodsRange      = []string{http.MethodGet, http.MethodPatch, http.MethodPost}
	methodsRequired   = []string{http.MethodGet, http.MethodPatch, http.MethodPut}
)

// methodsOfRef are those of $ref: of a collection of links, of the only link, or of
// one of many.
func methodsOfRef(n *resource.Node) []string {
	switch {
	case n.Collection:
		return methodsRefs
	case n.Parent.Kind == resource.Key:
		return methodsUnlink
	}
	return methodsRef
}

// methodsOfProperty are those of a structural property below an entity.
func methodsOfProperty(n *resource.Node) []string {
	if n.Type != nil && (n.Type.Kind == edm.Complex || n.Type.Primitive == edm.Stream) && !n.Collection {
		if n.Property != nil && !n.Property.Nullable && n.Type.Kind == edm.Complex {
			return methodsRequired // a DELETE would make it null
		}
		return methodsWhole
	}
	if n.Collection && n.Type != nil && n.Type.Kind == edm.Complex && graph.Documents(http.MethodPost, n.Template()) {
		return methodsCollection
	}
	return methodsGet
}

// methodsOfFunction are those of a function: some of a workbook are called like actions,
// and what they return may be changed.
func methodsOfFunction(n *resource.Node) []string {
	if n.Type == nil || n.Collection || !n.Overloads[0].Bound || !graph.IsWorkbook(n.Parent.Type.Name) {
		return methodsGet
	}
	if n.Overloads[0].Composable && n.Type.Kind == edm.Entity {
		return methodsRange
	}
	return methodsCollection
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

// known returns the operation of a method and a node, nil if it was not derived yet.
func (d *derivations) known(method string, n *resource.Node) *Operation {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.made[derivedKey{method, n}]
}

func (d *derivations) operation(of *version, method string, n *resource.Node) *Operation {
	if op := d.known(method, n); op != nil {
		return op
	}
	key := derivedKey{method, n}
	d.mu.Lock()
	defer d.mu.Unlock()
	op := d.made[key]
	if op != nil {
		return op
	}
	if d.made == nil || len(d.made) >= maxDerived {
		d.made = map[derivedKey]*Operation{}
	}
	op = derive(of, method, n)
	d.made[key] = op
	return op
}

// derive makes an operation of the model.
func derive(of *version, method string, n *resource.Node) *Operation {
	op := &Operation{
		ID: operationID(method, n), Method: method, contract: of.contract, version: of, derived: true,
		security:  Security{token: true},
		responses: map[string]*response{}, statuses: map[int]*response{},
		isList: method == http.MethodGet && n.Collection && n.Kind != resource.Property,
	}
	op.Path, op.params = pathOf(n)
	op.shape = pathShape(op.Path)
	op.resource, op.ofUser = resourceOf(op.shape)
	op.action = method + " " + op.resource
	op.resolve.Do(func() { op.node = n })
	op.deriveOptions(n)
	op.deriveBodies(n)
	for _, status := range []string{"4XX", "5XX"} {
		op.responses[status] = &response{content: jsonContent(schema.FromJSON(errorSchema(), schema.Options{}))}
	}
	return op
}

// pathOf writes the path of a node as Microsoft's documents do, and returns the names
// of its parameters: /me/todo/lists/{todoTaskList-id},
// /reports/getOneDriveUsage(period='{period}').
func pathOf(n *resource.Node) (path string, params []string) {
	if n.Parent == nil {
		return "", nil
	}
	path, params = pathOf(n.Parent)
	switch {
	case n.Kind == resource.Key && len(n.Names) == 0:
		name := paramName(params, n.Type.ShortName()+"-id")
		return path + "/{" + name + "}", append(params, name)
	case n.Kind == resource.ByPath:
		name := paramName(params, "path")
		return path + ":/{" + name + "}:", append(params, name)
	case n.Kind == resource.Dynamic:
		name := paramName(params, "name")
		return path + "/{" + name + "}", append(params, name)
	case n.Kind != resource.Key && n.Kind != resource.AlternateKey:
		path += "/" + n.Name
	}
	for i, name := range n.Names {
		param := paramName(params, name)
		params = append(params, param)
		path += string("(,"[min(i, 1)]) + name + "={" + param + "}"
	}
	if len(n.Names) > 0 {
		path += ")"
	}
	return path, params
}

// paramName returns a name that no other parameter of a path has.
func paramName(taken []string, name string) string {
	free := name
	for i := 1; slices.Contains(taken, free); i++ {
		free = name + strconv.Itoa(i)
	}
	return free
}

// operationID names an operation as Microsoft's documents do: me.todo.ListLists,
// me.todo.lists.GetTasks, me.sendMail.
func operationID(method string, n *resource.Node) string {
	var names []string
	for at := n; at.Parent != nil; at = at.Parent {
		switch at.Kind {
		case resource.Key, resource.AlternateKey:
		case resource.ByPath:
			names = append(names, "byPath")
		case resource.Dynamic:
			names = append(names, "byName")
		default:
			names = append(names, strings.TrimPrefix(at.Name, "$"))
		}
	}
	slices.Reverse(names)
	last := len(names) - 1
	if n.Kind != resource.Action && (n.Kind != resource.Function || method != http.MethodGet) {
		names[last] = verbOf(method, n) + strings.ToUpper(names[last][:1]) + names[last][1:]
	}
	if n.Kind == resource.AlternateKey || len(n.Names) > 0 {
		for _, name := range n.Names {
			names[last] += "By" + strings.ToUpper(name[:1]) + name[1:]
		}
	}
	return strings.Join(names, ".")
}

// verbOf is what a method does with a resource.
func verbOf(method string, n *resource.Node) string {
	switch method {
	case http.MethodGet:
		if n.Collection {
			return "List"
		}
		return "Get"
	case http.MethodPost:
		if n.Kind == resource.Function {
			return "Call"
		}
		return "Create"
	case http.MethodPatch:
		return "Update"
	case http.MethodPut:
		return "Set"
	}
	return "Delete"
}

// deriveOptions adds the system query options that an operation takes.
func (op *Operation) deriveOptions(n *resource.Node) {
	var names []string
	switch {
	case n.Kind == resource.Count:
		names = []string{"$filter", "$search"}
	case op.Method == http.MethodPut && n.Type != nil && n.Type.Primitive == edm.Stream:
		names = []string{"@microsoft.graph.conflictBehavior"}
	case op.Method == http.MethodDelete && n.Kind == resource.Ref:
		names = []string{"$id", "@id"}
	case op.Method != http.MethodGet || n.Kind == resource.Value,
		n.Kind == resource.Property && n.Type != nil && n.Type.Primitive == edm.Stream:
	case n.Collection:
		names = []string{"$count", "$expand", "$filter", "$format", "$orderby", "$search", "$select", "$skip", "$top"}
	default:
		names = []string{"$expand", "$format", "$select"}
	}
	if n.Kind == resource.Function && n.Name == "delta" {
		names = append(names, "$deltatoken", "token")
	}
	for _, name := range names {
		p := parameter{name: name, in: InQuery, kind: "string", isPlain: true, lastValid: &memo{}}
		if name == "$skip" || name == "$top" {
			p.kind = "integer"
			p.schema = schema.FromJSON(map[string]any{"type": []string{"integer"}, "minimum": 0}, schema.Options{})
		}
		op.parameters = append(op.parameters, p)
	}
}

// respond declares a response. The first success that is declared is the usual one.
func (op *Operation) respond(status int, body content) {
	r := &response{content: body}
	op.responses[strconv.Itoa(status)], op.statuses[status] = r, r
}

// tolerate takes responses that samples show and that are not the usual ones, with the
// body or without (see the rows derived-status and derived-empty).
func (op *Operation) tolerate(body content, statuses ...int) {
	if op.unusual == nil {
		op.unusual = map[int]*response{}
	}
	for _, status := range statuses {
		if r := op.statuses[status]; r != nil {
			r.optional = len(r.content) > 0
			continue
		}
		op.unusual[status] = &response{content: body, optional: true}
	}
}

// deriveBodies adds what an operation takes, and what it responds with.
func (op *Operation) deriveBodies(n *resource.Node) {
	switch {
	case n.Kind == resource.Count:
		op.respond(http.StatusOK, textContent("integer"))
	case n.Kind == resource.Value || n.Kind == resource.Property && n.Type.Primitive == edm.Stream:
		op.deriveMedia(n)
	case op.Method == http.MethodDelete:
		op.writes, _ = graph.WriteStatus(op.Method, op.shape)
		op.respond(cmp.Or(op.writes, http.StatusNoContent), nil)
		op.tolerate(anyContent(), http.StatusOK, http.StatusAccepted, http.StatusNoContent)
		op.bodiless = true
	case n.Kind == resource.Ref:
		op.deriveLinks(n)
	case op.Method == http.MethodGet:
		op.respond(http.StatusOK, op.resultContent(n))
		if n.Type != nil && n.Type.Kind == edm.Entity && !n.Collection {
			op.tolerate(nil, http.StatusNotModified) // by If-None-Match
		}
		if isFile(n) {
			op.tolerate(nil, http.StatusFound)
		}
		if n.Kind == resource.Property || n.Kind == resource.Dynamic || n.Kind == resource.Function {
			op.respond(http.StatusNoContent, nil) // of null
		}
	case n.Kind == resource.Action, n.Kind == resource.Function && op.Method == http.MethodPost:
		op.deriveAction(n)
	case n.Kind == resource.Property && n.Collection:
		op.deriveAddition(n)
	default:
		op.deriveWrite(n)
	}
}

// deriveMedia is deriveBodies for bytes: those of a stream, or a value as text.
func (op *Operation) deriveMedia(n *resource.Node) {
	anything := anyContent()
	if n.Kind == resource.Property {
		anything = bytesContent()
	}
	switch op.Method {
	case http.MethodGet:
		op.respond(http.StatusOK, anything)
		op.respond(http.StatusFound, nil)
		op.respond(http.StatusPartialContent, anything)
		op.tolerate(nil, http.StatusNotModified) // by If-None-Match
		op.respond(http.StatusNoContent, nil)    // of null
		return
	case http.MethodDelete:
		op.respond(http.StatusOK, nil)
		op.respond(http.StatusNoContent, nil)
		return
	}
	op.body = &anything
	op.writes, op.bodiless = graph.WriteStatus(op.Method, op.shape)
	var result content
	if n.Kind == resource.Property && n.Parent.Type.Kind == edm.Entity {
		result = jsonContent(op.bodies().result(n.Parent.Type))
	}
	op.respond(http.StatusOK, result)
	op.respond(http.StatusCreated, result)
	op.tolerate(result, http.StatusCreated) // without a body: the last part of an upload to a task
	op.respond(http.StatusNoContent, nil)
}

// deriveLinks is deriveBodies for links.
func (op *Operation) deriveLinks(n *resource.Node) {
	if op.Method == http.MethodGet {
		op.respond(http.StatusOK, jsonContent(op.bodies().links(n.Collection)))
		return
	}
	body := jsonContent(op.bodies().link())
	op.body, op.required = &body, true
	op.respond(http.StatusNoContent, nil)
	op.tolerate(anyContent(), http.StatusOK, http.StatusCreated)
	op.bodiless = true
}

// deriveAction is deriveBodies for an action: its parameters, in any order, and what
// it returns. One that returns nothing may take its time.
func (op *Operation) deriveAction(n *resource.Node) {
	if params := n.Overloads[0].Params; !n.Overloads[0].Bound || len(params) > 1 {
		body := append(jsonContent(op.bodies().parameters(n.Overloads)), otherContent(n)...)
		op.body = &body
	}
	var result content
	if n.Type != nil {
		result = op.resultContent(n)
		op.respond(http.StatusOK, result)
		op.respond(http.StatusCreated, result)
	}
	op.respond(http.StatusAccepted, result)
	op.respond(http.StatusNoContent, nil)
	if n.Type == nil {
		result = anyContent()
	}
	op.tolerate(result, http.StatusOK, http.StatusCreated, http.StatusAccepted)
}

// deriveAddition is deriveBodies for a value that is added to a collection of them: the
// response has all.
func (op *Operation) deriveAddition(n *resource.Node) {
	body, result := jsonContent(op.bodies().entity(n.Type)), op.resultContent(n)
	op.body, op.required = &body, true
	op.respond(http.StatusOK, result)
	op.respond(http.StatusCreated, result)
}

// deriveWrite is deriveBodies for a write of an entity or a complex value.
func (op *Operation) deriveWrite(n *resource.Node) {
	types := op.bodies()
	body := jsonContent(types.entity(n.Type))
	if op.Method == http.MethodPost && graph.WorkloadOf(op.shape) != graph.Directory { // which says itself what it lacks
		body = jsonContent(types.newEntity(n.Type))
	}
	if op.Method == http.MethodPost {
		body = append(body, otherContent(n)...)
	}
	op.body, op.required = &body, true
	result := jsonContent(types.result(n.Type))
	statuses := []int{http.StatusOK, http.StatusCreated, http.StatusAccepted}
	known, bare := graph.WriteStatus(op.Method, op.shape)
	op.writes, op.bodiless = known, bare
	switch {
	case known != 0:
		if bare {
			op.respond(known, nil)
		} else {
			op.respond(known, result)
		}
		op.tolerate(result, http.StatusOK, http.StatusCreated, http.StatusAccepted)
		op.tolerate(nil, http.StatusNoContent)
		return
	case op.Method == http.MethodPost:
		statuses = statuses[1:]
	case op.Method == http.MethodPatch && !graph.WorkloadOf(op.shape).Updates():
		op.respond(http.StatusNoContent, nil)
		op.tolerate(result, http.StatusOK, http.StatusCreated, http.StatusAccepted)
		op.bodiless = true
		return
	}
	for _, status := range statuses {
		op.respond(status, result)
	}
	op.respond(http.StatusNoContent, nil) // by Prefer: return=minimal, and of the directory
	op.tolerate(result, http.StatusOK, http.StatusCreated, http.StatusAccepted)
}

// otherContent is what a create or an action takes beside JSON (see the row
// derived-media).
func otherContent(n *resource.Node) content {
	of := ""
	switch t := n.Type; {
	case n.Kind == resource.Action:
		bound := n.Parent.Type
		if bound != nil && (bound.Name == "microsoft.graph.message" || n.Name == "sendMail") {
			of = "microsoft.graph.message"
		}
	case t != nil:
		of = t.Name
	}
	var other content
	for _, name := range mediaOf[of] {
		other = append(other, mediaType{name: name, lastValid: &memo{}})
	}
	return other
}

// mediaOf are the media types of a new entity beside JSON, by its type.
var mediaOf = map[string][]string{
	"microsoft.graph.message":            {"text/plain"}, // MIME in base64
	"microsoft.graph.onenotePage":        {"text/html", "application/xhtml+xml", "multipart/form-data"},
	"microsoft.graph.teamsApp":           {"application/zip"},
	"microsoft.graph.teamsAppDefinition": {"application/zip"},
}

// isFile reports whether a function returns a file, as most reports do.
func isFile(n *resource.Node) bool {
	return n.Kind == resource.Function && !n.Collection && n.Type != nil &&
		(n.Type.Name == "microsoft.graph.report" || n.Type.Primitive == edm.Stream)
}

// bytesContent is anyContent for bodies that need not say what they are.
func bytesContent() content { return content{{name: "*/*", lastValid: &memo{}, isBytes: true}} }

func anyContent() content { return content{{name: "*/*", lastValid: &memo{}}} }

// resultContent is what a path has: an entity, a list, or a value.
func (op *Operation) resultContent(n *resource.Node) content {
	switch {
	case n.Type == nil, isFile(n): // of a model that says nothing
		return anyContent()
	case n.Collection:
		return jsonContent(op.bodies().list(n.Type))
	}
	return jsonContent(op.bodies().result(n.Type))
}

// textContent is a value as plain text.
func textContent(kind string) content {
	return content{{
		name: "text/plain", lastValid: &memo{}, kind: kind,
		schema: schema.FromJSON(map[string]any{"type": []string{kind}}, schema.Options{}),
	}}
}

func jsonContent(s *schema.Schema) content {
	return content{{name: "application/json", lastValid: &memo{}, json: true, kind: "object", schema: s}}
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
