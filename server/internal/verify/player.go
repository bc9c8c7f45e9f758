package verify

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"

	"github.com/graphmock/graphmock/openapi"
)

// A trial is one or more requests in a row, to see one thing.
type trial struct {
	op   *openapi.Operation
	name string
	play func(*player)
}

// player plays a trial: it sends the requests and keeps what is wrong with the
// answers. Played again with edits, it sends them changed.
type player struct {
	run    *run
	ctx    context.Context
	trial  trial
	index  int // of the trial
	random *rand.Rand
	edits  edits

	steps      []step
	complaints []complaint
	ended      bool // all was sent
}

// step is a request that was sent, and its answer.
type step struct {
	name    string
	op      *openapi.Operation
	request request
	answer  *answer // nil if there was none
}

// complaint is what is wrong with an answer.
type complaint struct {
	step   int
	detail string // tells complaints of one rule apart
	openapi.Violation
}

// playOne plays a trial from its beginning.
func (r *run) playOne(ctx context.Context, t trial, index int, e edits) *player {
	p := &player{run: r, ctx: ctx, trial: t, index: index, edits: e,
		random: rand.New(rand.NewPCG(r.Seed, uint64(index)<<16|uint64(e.attempt)))}
	if ctx.Err() == nil {
		t.play(p)
	}
	p.ended = ctx.Err() == nil
	return p
}

// A want is what an answer has to be, if the request is valid; of an invalid one
// the contract says it.
type want struct {
	statuses []int  // any of these; empty is any success
	rule     string // what is broken otherwise
}

// send sends a request of the trial and looks at its answer. The answer is nil if
// there is none, or not the one that was wanted.
func (p *player) send(name string, op *openapi.Operation, r request, w want) *answer {
	if p.ctx.Err() != nil {
		return nil
	}
	r.header = r.header.Clone()
	if _, set := r.header["Client-Request-Id"]; !set && p.run.has("client-request-id") {
		r.header.Set("Client-Request-Id", guid(p.random))
	}
	index := len(p.steps)
	p.edits.apply(index, &r)
	a, err := p.run.client.do(p.ctx, &r)
	if p.ctx.Err() != nil {
		return nil
	}
	p.steps = append(p.steps, step{name, op, r, a})
	if err != nil {
		p.complain(openapi.Violation{In: openapi.InStatus, Rule: ruleNoAnswer, Message: err.Error()})
		return nil
	}
	if !p.judge(op, &r, a, w) {
		return nil
	}
	return a
}

// last is the request of the last step, as it was sent.
func (p *player) last() *request { return &p.steps[len(p.steps)-1].request }

// complain notes what is wrong with the last step's answer.
func (p *player) complain(v openapi.Violation, detail ...string) {
	op := p.steps[len(p.steps)-1].op
	v.Side = openapi.ResponseSide
	if op != nil {
		v.Operation = op.ID
	}
	if v.Evidence == "" {
		row := p.run.evidence(op, v.Rule)
		v.Evidence, v.Source = row.Evidence, row.Source
	}
	p.complaints = append(p.complaints, complaint{len(p.steps) - 1, strings.Join(detail, " "), v})
}

// has tells whether the contract has a row for all operations.
func (r *run) has(id string) bool {
	_, ok := r.Contract.Behaviour(id)
	return ok
}

// evidence is the row that a rule rests on, the zero row if there is none.
func (r *run) evidence(op *openapi.Operation, rule string) openapi.Behaviour {
	for _, id := range append(rowsOf[rule], rule) {
		if row, ok := r.row(op, id); ok {
			return row
		}
	}
	return openapi.Behaviour{}
}

// row finds a behaviour: the operation's own, else the one for all operations.
func (r *run) row(op *openapi.Operation, id string) (openapi.Behaviour, bool) {
	if b, ok := r.ownRow(op, id); ok {
		return b, true
	}
	return r.Contract.Behaviour(id)
}

// ownRow finds a behaviour of the operation, whose ids begin with a word for the
// resource.
func (r *run) ownRow(op *openapi.Operation, id string) (openapi.Behaviour, bool) {
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

// A parent is a resource that was made before the trials, for them to work on.
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

// prefixes gives the paths up to each parameter of an operation; nil where a
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

// values gives the operation's path parameters their values: what was made for
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
		if v, err := sample(p.Schema, r.source()); err == nil {
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
func (p *player) freshKey(op *openapi.Operation) string {
	names := pathNames(op)
	return keyLike(pathParameter(op, names[len(names)-1]), p.random)
}

// keyLike makes up a key that a parameter takes.
func keyLike(p openapi.Parameter, random *rand.Rand) string {
	f := facetsOf(p.Schema, p.Schema)
	switch {
	case f.format == "uuid":
		return guid(random)
	case len(f.types) > 0 && (f.types[0] == "integer" || f.types[0] == "number"):
		return fmt.Sprint(1_000_000 + random.IntN(1_000_000_000))
	case f.pattern != "" || len(f.enum) > 0:
		if v, err := sample(p.Schema, random); err == nil {
			return parameterText(v)
		}
	}
	return fmt.Sprintf("verify-%012x", random.Uint64()&(1<<48-1))
}

func guid(random *rand.Rand) string {
	a, b := random.Uint64(), random.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", uint32(a>>32), uint16(a>>16), uint16(a)&0xfff,
		uint16(b>>48)&0x3fff|0x8000, b&(1<<48-1))
}

// create makes a resource of a family whose outer parameters have these values,
// with the smallest body that is valid. It gives the values that address it.
func (p *player) create(f *family, outer []string) (values []string, ok bool) {
	op := f.put
	if op == nil {
		op = f.post
	}
	least, ok := p.run.leastBody(op)
	if !ok {
		return nil, false
	}
	key, sent := "", outer
	if f.put != nil {
		key = p.freshKey(op)
		sent = append(append([]string(nil), outer...), key)
	}
	r := p.run.request(op, sent)
	if f.put == nil {
		least = anew(op.RequestBody().Schema(), least, p.random)
	}
	r.setValue(least)
	a := p.send("prepare", op, r, want{})
	if a == nil {
		return nil, false
	}
	return append(append([]string(nil), outer...), idOf(a, key)), true
}

// leastBody is the smallest valid body of an operation.
func (r *run) leastBody(op *openapi.Operation) (any, bool) {
	if v, known := r.least.Load(op); known {
		return v, v != nil
	}
	var least any
	values := r.values(op)
	for _, b := range r.plainBodies(op, r.source()) {
		q := r.request(op, values)
		q.setValue(b.value)
		if len(r.violations(op, &q)) == 0 {
			least = b.value
			break
		}
	}
	r.least.Store(op, least)
	return least, least != nil
}

// idOf is the key of what an answer holds: its id, else the end of its Location,
// else the key that was asked for.
func idOf(a *answer, key string) string {
	if object, ok := a.value.(map[string]any); ok {
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
	location := strings.TrimSuffix(a.header.Get("Location"), "/")
	if id, err := url.PathUnescape(location[strings.LastIndexByte(location, '/')+1:]); err == nil && id != "" {
		return id
	}
	return key
}

// prepare makes what trials work on and gives the trials, in the order of the
// contract's operations.
func (r *run) prepare(ctx context.Context) []trial {
	r.preparation = r.playOne(ctx, trial{name: "preparation", play: r.makeParents}, 0, edits{})
	var all []trial
	for i, op := range r.operations {
		if ctx.Err() != nil {
			break
		}
		all = append(all, r.trialsOf(op, rand.New(rand.NewPCG(r.Seed, uint64(i)<<32)))...)
	}
	return all
}

// makeParents makes a resource for every path that trials need one at.
func (r *run) makeParents(p *player) {
	for _, op := range r.operations {
		paths := prefixes(op)
		for i, at := range paths {
			f := r.families[at.shape]
			if _, made := r.parents[at.path]; made || !f.creates() || f.put == op {
				continue
			}
			outer := r.values(op)[:i]
			values, ok := p.create(f, outer)
			if !ok {
				continue
			}
			r.parents[at.path] = parent{id: values[i], path: expand(at.path, values), delete: f.delete, values: values}
		}
	}
}

// cleanUp deletes the parents, inner ones first, but for those that the findings'
// curl lines name: they are kept and returned.
func (r *run) cleanUp(ctx context.Context, findings []Finding) (kept []string) {
	ctx = context.WithoutCancel(ctx)
	for _, path := range sortedByLength(r.parents) {
		made := r.parents[path]
		if made.delete == nil {
			continue
		}
		if mentioned(findings, made.path) {
			kept = append(kept, made.path)
			continue
		}
		q := r.request(made.delete, made.values)
		if _, err := r.client.send(ctx, &q); err != nil {
			break // nobody is there any more
		}
	}
	return kept
}
