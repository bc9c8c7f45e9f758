package verify

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/schema"
)

// A testCase is one or more requests in a row, to see one thing.
type testCase struct {
	op   *openapi.Operation
	name string
	run  func(*session)
}

// A session runs a test case: it sends the requests and keeps what is wrong with
// the responses. With edits, it sends the requests changed.
type session struct {
	run      *run
	ctx      context.Context
	testCase testCase
	index    int // of the test case
	random   *rand.Rand
	edits    edits

	steps    []step
	failures []failure
	ended    bool // all was sent
}

// A step is a request that was sent, and its response.
type step struct {
	name     string
	op       *openapi.Operation
	request  request
	response *response // nil if there was none, and once the test case is over
}

// maxFailures is how many failures of a test case are kept.
const maxFailures = 50

// A failure is what is wrong with a response.
type failure struct {
	step   int
	detail string // distinguishes failures of one rule
	openapi.Violation
}

// runCase runs a test case from its beginning.
func (r *run) runCase(ctx context.Context, t testCase, index int, e edits) *session {
	s := &session{run: r, ctx: ctx, testCase: t, index: index, edits: e,
		random: rand.New(rand.NewPCG(r.Seed, uint64(index)<<16|uint64(e.attempt)))}
	if ctx.Err() == nil {
		t.run(s)
	}
	s.ended = ctx.Err() == nil
	for i := range s.steps {
		s.steps[i].response = nil // nothing asks for it any more, and all together may be large
	}
	return s
}

// An expectation is what a response has to be if the request is valid. Of an
// invalid request the contract says it.
type expectation struct {
	statuses []int  // any of these; empty is any success
	rule     string // what is broken otherwise
}

// send sends a request of the test case and checks the response. It returns nil if
// there is none, or not the expected one.
func (s *session) send(name string, op *openapi.Operation, r request, want expectation) *response {
	if s.ctx.Err() != nil {
		return nil
	}
	r.header = r.header.Clone()
	if _, set := r.header["Client-Request-Id"]; !set && s.run.hasBehaviour("client-request-id") {
		r.header.Set("Client-Request-Id", schema.NewGUID(s.random))
	}
	index := len(s.steps)
	s.edits.apply(index, &r)
	res, err := s.run.client.do(s.ctx, &r)
	if s.ctx.Err() != nil {
		return nil
	}
	s.steps = append(s.steps, step{name, op, r, res})
	if err != nil {
		s.fail(openapi.Violation{In: openapi.InStatus, Rule: ruleNoAnswer, Message: err.Error()})
		return nil
	}
	if !s.check(op, &r, res, want) {
		return nil
	}
	return res
}

// lastRequest is the request of the last step, as it was sent.
func (s *session) lastRequest() *request { return &s.steps[len(s.steps)-1].request }

// fail notes what is wrong with the last step's response.
func (s *session) fail(v openapi.Violation, detail ...string) {
	if len(s.failures) == maxFailures {
		return // nobody reads more of one case
	}
	op := s.steps[len(s.steps)-1].op
	v.Side = openapi.ResponseSide
	if op != nil {
		v.Operation = op.ID
	}
	if v.Evidence == "" {
		row := s.run.evidence(op, v.Rule)
		v.Evidence, v.Source = row.Evidence, row.Source
	}
	s.failures = append(s.failures, failure{len(s.steps) - 1, strings.Join(detail, " "), v})
}

// hasBehaviour reports whether the contract has a behaviour row for all
// operations.
func (r *run) hasBehaviour(id string) bool {
	_, ok := r.Contract.Behaviour(id)
	return ok
}

// evidence is the row that a rule rests on, the zero row if there is none.
func (r *run) evidence(op *openapi.Operation, rule string) openapi.Behaviour {
	for _, id := range append(evidenceOf[rule], rule) {
		if row, ok := r.behaviour(op, id); ok {
			return row
		}
	}
	return openapi.Behaviour{}
}

// behaviour finds a row: the operation's own, else the one for all operations.
func (r *run) behaviour(op *openapi.Operation, id string) (openapi.Behaviour, bool) {
	if b, ok := r.ownBehaviour(op, id); ok {
		return b, true
	}
	return r.Contract.Behaviour(id)
}

// ownBehaviour finds a row of the operation. Their ids begin with a word for the
// resource.
func (r *run) ownBehaviour(op *openapi.Operation, id string) (openapi.Behaviour, bool) {
	if op == nil || id == "" {
		return openapi.Behaviour{}, false
	}
	for b := range op.Behaviours() {
		if _, rest, _ := strings.Cut(b.ID, "-"); rest == id {
			return b, true
		}
	}
	return openapi.Behaviour{}, false
}

// A parent is a resource that was made before the test cases, for them to work on.
type parent struct {
	id     string // its value in paths
	path   string // escaped
	delete *openapi.Operation
	values []string // of the path, for delete
}

// prefix is a path up to one of its parameters.
type prefix struct {
	path, shape string
}

// prefixes returns the paths up to each parameter of an operation; nil where a
// segment has more than one.
func prefixes(op *openapi.Operation) []prefix {
	segments, shapes := strings.Split(op.Path, "/"), strings.Split(strings.TrimSuffix(op.Shape(), "/"), "/")
	var all []prefix
	for i, segment := range segments {
		switch n := strings.Count(segment, "{"); {
		case n > 1 || n == 1 && i >= len(shapes):
			return nil
		case n == 1:
			all = append(all, prefix{strings.Join(segments[:i+1], "/"), strings.Join(shapes[:i+1], "/")})
		}
	}
	return all
}

// values returns the values of the operation's path parameters: what was made for
// them, else what the user, the contract's examples or its schemas say.
func (r *run) values(op *openapi.Operation) []string {
	var values []string
	paths := prefixes(op)
	for i, name := range pathNames(op) {
		if i < len(paths) {
			if made, ok := r.parents[paths[i].path]; ok {
				values = append(values, made.id)
				continue
			}
		}
		values = append(values, r.value(pathParameter(op, name)))
	}
	return values
}

// pathNames are the names of the path's parameters, in order.
func pathNames(op *openapi.Operation) []string {
	var names []string
	for _, part := range strings.Split(op.Path, "{")[1:] {
		name, _, _ := strings.Cut(part, "}")
		names = append(names, name)
	}
	return names
}

// value is what a parameter is sent with where nothing was made for it.
func (r *run) value(p openapi.Parameter) string {
	if v, ok := r.Parameters[p.Name]; ok {
		return v
	}
	if len(p.Examples) > 0 {
		return parameterText(p.Examples[0])
	}
	if p.Schema != nil {
		if v, err := r.sample(p.Schema, r.newRandom()); err == nil {
			return parameterText(v)
		}
	}
	return "1"
}

func pathParameter(op *openapi.Operation, name string) openapi.Parameter {
	for p := range op.Parameters() {
		if p.Name == name && p.In == openapi.InPath {
			return p
		}
	}
	return openapi.Parameter{Name: name, In: openapi.InPath}
}

// parameterText writes a value as a parameter has it.
func parameterText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		var parts []string
		for _, each := range v {
			parts = append(parts, parameterText(each))
		}
		return strings.Join(parts, ",")
	}
	return string(encode(v))
}

// freshKey makes up a key that no resource has: for the last parameter of the
// operation's path.
func (s *session) freshKey(op *openapi.Operation) string {
	names := pathNames(op)
	return s.run.newKey(pathParameter(op, names[len(names)-1]), s.random)
}

// newKey makes up a key that a parameter takes.
func (m *maker) newKey(p openapi.Parameter, random *rand.Rand) string {
	f := schemaFactsOf(p.Schema, p.Schema)
	switch {
	case f.format == "uuid":
		return schema.NewGUID(random)
	case len(f.types) > 0 && (f.types[0] == "integer" || f.types[0] == "number"):
		return fmt.Sprint(1_000_000 + random.IntN(1_000_000_000))
	case f.pattern != "" || len(f.enum) > 0:
		if v, err := m.sample(p.Schema, random); err == nil {
			return parameterText(v)
		}
	}
	return fmt.Sprintf("verify-%012x", random.Uint64()&(1<<48-1))
}

// create makes a resource of a family whose outer parameters have these values,
// with the smallest valid body. It returns the values that address it.
func (s *session) create(f *family, outer []string) (values []string, ok bool) {
	op := f.put
	if op == nil {
		op = f.post
	}
	smallest, ok := s.run.smallestBody(op)
	if !ok {
		return nil, false
	}
	key, sent := "", outer
	if f.put != nil {
		key = s.freshKey(op)
		sent = append(append([]string(nil), outer...), key)
	}
	r := s.run.request(op, sent)
	if f.put == nil {
		smallest = s.run.withFreshKeys(op.RequestBody().Schema(), smallest, s.random)
	}
	r.setValue(smallest)
	res := s.send("prepare", op, r, expectation{})
	if res == nil {
		return nil, false
	}
	return s.run.address(f, append(append([]string(nil), outer...), s.run.keyOf(op, res, key)))
}

// keyOf is the key of what a response to a write holds. That of a PUT is the URL's,
// besides Graph, which has ids of its own.
func (r *run) keyOf(op *openapi.Operation, res *response, key string) string {
	if op.Method == http.MethodPut && !r.odata {
		return key
	}
	return idOf(res, key)
}

// address returns the values of paths to a resource of a family, and whether they are
// known: no value is empty, and all are as the contract has them.
func (r *run) address(f *family, values []string) (_ []string, ok bool) {
	if slices.Contains(values, "") {
		return nil, false
	}
	op := cmp.Or(f.get, f.put, f.patch, f.delete)
	if op == nil || r.odata {
		return values, true
	}
	q := r.request(op, values)
	match, wrong := r.Contract.Route(q.method, r.base+q.path)
	if wrong != nil {
		return nil, false
	}
	_, found := r.Contract.CheckRequest(&openapi.Request{Match: match, Query: q.query, Header: q.header})
	return values, !slices.ContainsFunc(found, func(v openapi.Violation) bool { return v.In == openapi.InPath })
}

// smallestBody is the smallest valid body of an operation.
func (r *run) smallestBody(op *openapi.Operation) (any, bool) {
	if v, known := r.smallestBodies.Load(op); known {
		return v, v != nil
	}
	var smallest any
	values := r.values(op)
	for _, b := range r.plainBodies(op, r.newRandom()) {
		q := r.request(op, values)
		q.setValue(b.value)
		if len(r.violations(op, &q)) == 0 {
			smallest = b.value
			break
		}
	}
	r.smallestBodies.Store(op, smallest)
	return smallest, smallest != nil
}

// idOf is the key of what a response holds: its id, else the end of its Location,
// else the key that was asked for.
func idOf(res *response, key string) string {
	if object, ok := res.value.(map[string]any); ok {
		switch id := object["id"].(type) {
		case string:
			if id != "" {
				return id
			}
		case nil:
		default:
			return parameterText(id)
		}
	}
	location := strings.TrimSuffix(res.header.Get("Location"), "/")
	if id, err := url.PathUnescape(location[strings.LastIndexByte(location, '/')+1:]); err == nil && id != "" {
		return id
	}
	return key
}

// prepare makes what test cases work on and returns the test cases, in the order
// of the contract's operations.
func (r *run) prepare(ctx context.Context) []testCase {
	r.preparation = r.runCase(ctx, testCase{name: "preparation", run: r.makeParents}, 0, edits{})
	var all []testCase
	for i, op := range r.operations {
		if ctx.Err() != nil {
			break
		}
		all = append(all, r.casesOf(op, rand.New(rand.NewPCG(r.Seed, uint64(i)<<32)))...)
		if r.Progress != nil {
			r.Progress(Planning, i+1, len(r.operations))
		}
	}
	return all
}

// makeParents makes a resource for every path at which a test case needs one.
func (r *run) makeParents(s *session) {
	for _, op := range r.operations {
		paths := prefixes(op)
		for i, at := range paths {
			f := r.families[at.shape]
			if _, made := r.parents[at.path]; made || !f.isCreatable() || f.put == op {
				continue
			}
			outer := r.values(op)[:i]
			values, ok := s.create(f, outer)
			if !ok {
				continue
			}
			r.parents[at.path] = parent{id: values[i], path: expand(at.path, values), delete: f.delete, values: values}
		}
	}
}

// cleanUp deletes the parents, inner ones first. Those that the curl lines of
// findings name are kept and returned.
func (r *run) cleanUp(ctx context.Context, findings []Finding) (kept []string) {
	ctx = context.WithoutCancel(ctx)
	for _, path := range sortedByLength(r.parents) {
		made := r.parents[path]
		if made.delete == nil {
			continue
		}
		if isMentioned(findings, made.path) {
			kept = append(kept, made.path)
			continue
		}
		q := r.request(made.delete, made.values)
		if _, err := r.client.send(ctx, &q); err != nil {
			break // the target is gone
		}
	}
	return kept
}
