package openapi

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/openapi/spell"
)

// Rules that a request line can break.
const (
	ruleUnknownSegment   = "unknown-segment"
	ruleInvalidVersion   = "invalid-version"
	ruleMethodNotAllowed = "method-not-allowed"
)

// maxParams bounds the parameters of one path; maxSegments a request's path.
const (
	maxParams   = 16
	maxSegments = 64
)

// A Match is what a request line means by the contract.
type Match struct {
	Operation *Operation // nil if none matches
	Base      string     // the path of the service root that was used, such as /v1.0
	Allow     []string   // the methods that the path has, sorted, when the method is not one of them
	values    []string
	node      *resource.Node // of a path that was derived
	contract  *Contract      // that knows most of the path, of those that are put together
}

// Param is the decoded value of the path parameter with that name, "" if the
// operation has none.
func (m Match) Param(name string) string {
	if m.Operation == nil {
		return ""
	}
	for i, n := range m.Operation.params {
		if n == name {
			return m.values[i]
		}
	}
	return ""
}

// A router finds the operation of a path, segment by segment, in a trie. The
// cost of a look-up grows with the segments of the path, not with the paths of
// the contract.
type router struct {
	bases []string // service roots, longest first: "/v1.0", "/beta", or ""
	fold  bool     // OData: resource names in any case, recent(), users('id')
	root  node
}

type node struct {
	static map[string]*node // by segment, in lower case when the router folds
	mixed  []*mixed         // segments with text around parameters: {id}.json
	param  *node
	ops    []methodOp
	spell  string // the static segment as the contract spells it
}

type methodOp struct {
	method string
	op     *Operation
}

// mixed is a segment like getX(from={from},to={to}): texts between parameters.
type mixed struct {
	texts []string // one more than there are parameters
	next  node
}

func (r *router) add(op *Operation) error {
	n := &r.root
	for _, segment := range splitPath(op.Path) {
		n = r.child(n, segment)
	}
	if n.op(op.Method) != nil {
		return fmt.Errorf("%s %s: another path differs from it in parameter names only", op.Method, op.Path)
	}
	if len(op.params) > maxParams {
		return fmt.Errorf("%s %s: more than %d path parameters", op.Method, op.Path, maxParams)
	}
	n.ops = append(n.ops, methodOp{op.Method, op})
	return nil
}

// splitPath returns the segments of a path without its leading slash and one
// trailing one.
func splitPath(path string) []string {
	path = strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/")
	if path == "" {
		return nil
	}
	return strings.Split(path, "/")
}

func (r *router) child(n *node, segment string) *node {
	texts, params := templateParts(segment)
	switch {
	case len(params) == 0:
		return r.staticChild(n, segment)
	case len(params) == 1 && texts[0] == "" && texts[1] == "":
		if n.param == nil {
			n.param = &node{}
		}
		return n.param
	}
	for _, m := range n.mixed {
		if slices.Equal(m.texts, texts) {
			return &m.next
		}
	}
	m := &mixed{texts: texts}
	n.mixed = append(n.mixed, m)
	return &m.next
}

// staticChild adds a fixed segment; for a function of OData also the other ways
// to write it: recent, recent(), microsoft.graph.recent().
func (r *router) staticChild(n *node, segment string) *node {
	if n.static == nil {
		n.static = map[string]*node{}
	}
	names := []string{segment}
	if name, ok := strings.CutSuffix(segment, "()"); ok && r.fold {
		name = strings.TrimPrefix(name, "microsoft.graph.")
		names = append(names, name, name+"()", "microsoft.graph."+name, "microsoft.graph."+name+"()")
	}
	next := &node{spell: segment}
	for i, name := range names {
		if r.fold {
			name = string(appendLower(nil, name))
		}
		switch known := n.static[name]; {
		case known == nil:
			n.static[name] = next
		case i == 0:
			next = known
		}
	}
	return next
}

// appendLower appends s in lower case. Resource names are ASCII.
func appendLower(b []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	return b
}

// templateParts splits a{p}b{q}c into [a b c] and [p q].
func templateParts(segment string) (texts, params []string) {
	for {
		text, rest, found := strings.Cut(segment, "{")
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			return append(texts, segment), params
		}
		texts, params = append(texts, text), append(params, name)
		segment = after
	}
}

func (n *node) op(method string) *Operation {
	for _, m := range n.ops {
		if m.method == method {
			return m.op
		}
	}
	return nil
}

// A lookup is the search for one path. It tries fixed segments before parameters and
// goes back where the first choice leads nowhere.
type lookup struct {
	router  *router
	encoded bool
	values  [maxParams]string
	count   int

	found   *node
	farNode *node  // the last node of the way that led furthest
	farRest string // what of the path it could not follow
}

// route finds the operation for a method and an escaped path.
func (r *router) route(method, path string) (Match, *Violation) {
	base, rest, ok := r.cutBase(path)
	if !ok {
		first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		return Match{}, &Violation{Side: RequestSide, In: InPath, Pointer: first, Rule: ruleInvalidVersion,
			Message: fmt.Sprintf("the path does not start with a service root, but with %s", jsontext.Quote("/"+first)),
			Hint:    "start it with " + strings.Join(r.bases, " or ")}
	}
	if strings.Count(rest, "/") > maxSegments {
		return Match{Base: base}, &Violation{Side: RequestSide, In: InPath, Rule: ruleUnknownSegment,
			Message: fmt.Sprintf("the path has more than %d segments", maxSegments)}
	}
	l := r.lookup(rest)
	if l.found == nil {
		return Match{Base: base}, nowhere
	}
	if op := l.found.op(method); op != nil {
		return Match{Operation: op, Base: base, values: slices.Clone(l.values[:l.count])}, nil
	}
	allow := make([]string, len(l.found.ops))
	for i, m := range l.found.ops {
		allow[i] = m.method
	}
	slices.Sort(allow)
	return Match{Base: base, Allow: allow}, methodNotAllowed(method, l.found.ops[0].op.Path, allow)
}

func methodNotAllowed(method, path string, allow []string) *Violation {
	return &Violation{Side: RequestSide, In: InPath, Pointer: path, Rule: ruleMethodNotAllowed,
		Message: fmt.Sprintf("method %s is not allowed", jsontext.Quote(method)),
		Hint:    "allowed here: " + strings.Join(allow, ", ")}
}

// cutBase splits the service root off a path.
func (r *router) cutBase(path string) (base, rest string, ok bool) {
	for _, base := range r.bases {
		if len(path) < len(base) {
			continue
		}
		head, rest := path[:len(base)], path[len(base):]
		if (head == base || r.fold && strings.EqualFold(head, base)) && (rest == "" || rest[0] == '/') {
			return base, rest, true
		}
	}
	return "", "", false
}

// nameDoubled says of a path that means nothing if it has a service root twice: the base
// URL of a client has one, and the paths that it adds to it another.
func (r *router) nameDoubled(v *Violation, base, path string) {
	_, rest, _ := r.cutBase(path)
	second, after, doubled := r.cutBase(rest)
	if v.Rule != ruleUnknownSegment || !doubled || base == "" || second == "" {
		return
	}
	v.Pointer = strings.TrimPrefix(second, "/")
	v.Message = fmt.Sprintf("the path has a service root twice: %s, then %s", base, second)
	v.Hint = fmt.Sprintf("the client's base URL has one, and the path that it adds another: send %s%s", base, after)
}

// step follows rest, "" or starting with a slash, from n.
func (l *lookup) step(n *node, rest string) bool {
	if len(rest) < len(l.farRest) {
		l.farNode, l.farRest = n, rest
	}
	if rest == "" {
		if len(n.ops) == 0 {
			return false
		}
		l.found = n
		return true
	}
	segment, after := rest[1:], ""
	if slash := strings.IndexByte(segment, '/'); slash >= 0 {
		segment, after = segment[:slash], segment[slash:]
	}
	if l.encoded {
		decoded, err := url.PathUnescape(segment)
		if err != nil {
			return false
		}
		segment = decoded
	}
	if next := l.staticNext(n, segment); next != nil && l.step(next, after) {
		return true
	}
	for _, m := range n.mixed {
		if l.stepMixed(m, segment, after) {
			return true
		}
	}
	if l.stepKey(n, segment, after) {
		return true
	}
	return n.param != nil && segment != "" && l.stepParam(n.param, segment, after)
}

func (l *lookup) staticNext(n *node, segment string) *node {
	if n.static == nil {
		return nil
	}
	if next := n.static[segment]; next != nil || !l.router.fold {
		return next
	}
	var buf [64]byte // names are shorter, as a rule
	return n.static[string(appendLower(buf[:0], segment))]
}

func (l *lookup) stepParam(next *node, value, after string) bool {
	mark := l.count
	l.push(value)
	if l.step(next, after) {
		return true
	}
	l.count = mark
	return false
}

// stepKey follows OData's key syntax: users('id') is users/id.
func (l *lookup) stepKey(n *node, segment, after string) bool {
	if !l.router.fold || !strings.HasSuffix(segment, "')") {
		return false
	}
	name, key, ok := strings.Cut(segment[:len(segment)-2], "('")
	if !ok || key == "" {
		return false
	}
	next := l.staticNext(n, name)
	return next != nil && next.param != nil && l.stepParam(next.param, strings.ReplaceAll(key, "''", "'"), after)
}

// stepMixed follows a segment like getX(from={from},to={to}).
func (l *lookup) stepMixed(m *mixed, segment, after string) bool {
	mark := l.count
	if l.readMixed(m.texts, segment) && l.step(&m.next, after) {
		return true
	}
	l.count = mark
	return false
}

// readMixed matches texts and parameters in turn; a parameter takes as little as
// it can but never nothing, the last one all that is left.
func (l *lookup) readMixed(texts []string, segment string) bool {
	rest, ok := strings.CutPrefix(segment, texts[0])
	if !ok {
		return false
	}
	last := len(texts) - 1
	for _, text := range texts[1:last] {
		if rest == "" {
			return false
		}
		value, after, ok := strings.Cut(rest[1:], text)
		if !ok {
			return false
		}
		l.push(rest[:1+len(value)])
		rest = after
	}
	value, ok := strings.CutSuffix(rest, texts[last])
	l.push(value)
	return ok && value != ""
}

func (l *lookup) push(value string) {
	l.values[l.count] = value
	l.count++
}

// nowhere is the violation of a path that no operation has, before [router.explain] says what is
// wrong with it: most of these paths are in Graph's model.
var nowhere = &Violation{Side: RequestSide, In: InPath, Rule: ruleUnknownSegment}

func (r *router) lookup(rest string) lookup {
	l := lookup{router: r, encoded: strings.IndexByte(rest, '%') >= 0, farRest: rest, farNode: &r.root}
	l.step(&r.root, strings.TrimSuffix(rest, "/"))
	return l
}

// explain returns the violation of a path, below the service root, that no operation has.
func (r *router) explain(rest string) *Violation {
	l := r.lookup(rest)
	return l.lost(rest)
}

// lost explains the first segment of path that no operation has.
func (l *lookup) lost(path string) *Violation {
	v := &Violation{Side: RequestSide, In: InPath, Rule: ruleUnknownSegment}
	segment, _, _ := strings.Cut(strings.TrimPrefix(l.farRest, "/"), "/")
	if decoded, err := url.PathUnescape(segment); err == nil {
		segment = decoded
	}
	if l.farRest != "" {
		v.Pointer, v.Message = segment, fmt.Sprintf("no operation has the segment %s here", jsontext.Quote(segment))
	} else {
		v.Pointer, v.Message = jsontext.LastSegment(strings.TrimSuffix(path, "/")), "the contract has no operation here"
	}
	names := map[string]bool{}
	for _, next := range l.farNode.static {
		names[next.spell] = true
	}
	switch near := spell.Nearest(segment, maps.Keys(names)); {
	case near != "" && near != segment:
		v.Hint = fmt.Sprintf("did you mean %q?", near)
	case len(names) > 0 && len(names) <= 8:
		v.Hint = "possible here: " + strings.Join(slices.Sorted(maps.Keys(names)), ", ")
	}
	return v
}
