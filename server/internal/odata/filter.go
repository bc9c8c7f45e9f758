package odata

import (
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi"
)

// A Filter is a condition on entities. A nil Filter lets everything pass.
type Filter struct {
	root *expr
	now  instant
}

// ParseFilter reads the text of a $filter, decoded. An error is an *Error. It
// takes whatever String gives for a filter that Parse took.
func ParseFilter(text string, t *Type, s Settings) (*Filter, error) {
	// String can be longer than the text it comes from, by spaces around
	// operators, but not twice as long.
	if len(text) > 2*maxText {
		return nil, &Error{Option: "$filter", Rule: RuleFilter, Message: "the filter is too long"}
	}
	f, err := parseFilter(text, t, s)
	if err != nil {
		err.Option = "$filter"
		return nil, err
	}
	return f, nil
}

func parseFilter(text string, t *Type, s Settings) (*Filter, *Error) {
	p := &parser{text: text, of: Property{Kind: Complex, Type: t}}
	p.advance()
	root, err := p.or()
	if err == nil {
		switch {
		case p.token.kind != tokenEnd:
			err = p.unexpected("and, or, or the end")
		case !root.is(Boolean):
			err = p.fail(0, "the filter is no condition", "compare with eq, ne, gt, ge, lt, le or in")
		}
	}
	if err != nil {
		return nil, err
	}
	return &Filter{root: root, now: instant{ms: s.Now}}, nil
}

// expr is a node of the syntax tree.
type expr struct {
	op   op
	of   Property // what it gives
	args []*expr

	text     string   // of a literal as it was sent, else the name of a function or a variable
	value    value    // of a literal
	path     []string // of a path: names of properties
	variable int      // of a path: the lambda that its variable is of, from 1; 0 is the entity
	depth    int      // levels of the tree from here
}

type op uint8

const (
	opLiteral op = iota
	opPath
	opLength // path/$count
	opCall
	opAny // args: a path, and the condition unless it is any()
	opAll
	opNot
	opIn // args: what is looked for, then literals
	opGT
	opGE
	opLT
	opLE
	opEQ
	opNE
	opAnd // two or more args
	opOr
)

// word is an operator as it is written.
func (o op) word() string {
	return [...]string{opAny: "any", opAll: "all", opNot: "not", opIn: "in", opGT: "gt", opGE: "ge", opLT: "lt", opLE: "le",
		opEQ: "eq", opNE: "ne", opAnd: "and", opOr: "or"}[o]
}

// binding is how tightly an operator binds: OData's order of precedence.
func (o op) binding() int {
	switch o {
	case opOr:
		return 1
	case opAnd:
		return 2
	case opEQ, opNE:
		return 3
	case opGT, opGE, opLT, opLE, opIn:
		return 4
	case opNot:
		return 5
	}
	return 6
}

// spelled is a path as it is written.
func (e *expr) spelled() string {
	path := strings.Join(e.path, "/")
	if e.variable > 0 && path != "" {
		return e.text + "/" + path
	}
	return e.text + path
}

// is tells whether an expression may stand where a kind is asked for.
func (e *expr) is(kind Kind) bool {
	if e.of.Collection {
		return false
	}
	switch k := e.of.Kind; {
	case k == kind || k == Untyped || k == null:
		return true
	case kind == DateTimeOffset:
		return k == Date
	case kind == Int64:
		return k == Int32
	case kind == String: // ids are Edm.String in Graph's metadata, even those that are GUIDs
		return k == Guid && e.op != opLiteral
	}
	return false
}

// maxDepth bounds the syntax: parentheses and whatever else contains a part, and
// the levels of the tree.
const maxDepth = 64

// maxLambdas bounds how deep lambdas are in each other.
const maxLambdas = 4

type parser struct {
	text      string
	token     token
	of        Property // the entity
	variables []variable
	nested    int
}

// variable is one of a lambda.
type variable struct {
	name string
	of   Property
}

func (p *parser) advance() { p.token = next(p.text, p.token.end()) }

// fail is an error at a place in the text.
func (p *parser) fail(at int, message, hint string) *Error {
	return &Error{Rule: RuleFilter, Offset: at, Message: message, Hint: hint}
}

func (p *parser) unexpected(wanted string) *Error {
	switch t := p.token; {
	case t.kind == tokenEnd:
		return p.fail(t.at, "expected "+wanted+", but the filter ends", "")
	case t.kind == tokenWrong && t.text[0] == '\'':
		return p.fail(t.at, "the string has no end", "a quote in a string is written twice")
	default:
		return p.fail(t.at, "expected "+wanted+", not "+strconv.Quote(t.text), "")
	}
}

// enter goes one level deeper; leave comes back.
func (p *parser) enter() *Error {
	if p.nested++; p.nested > maxDepth {
		return p.tooDeep(p.token.at)
	}
	return nil
}

func (p *parser) leave() { p.nested-- }

func (p *parser) tooDeep(at int) *Error {
	return p.fail(at, "the filter is more than "+strconv.Itoa(maxDepth)+" levels deep", "")
}

// node puts an expression together.
func (p *parser) node(at int, e expr) (*expr, *Error) {
	for _, arg := range e.args {
		e.depth = max(e.depth, arg.depth+1)
	}
	if e.depth >= maxDepth {
		return nil, p.tooDeep(at)
	}
	return &e, nil
}

// keyword tells whether the token is a word that stands between or before
// operands, in any case.
func (p *parser) keyword(o op) bool {
	return p.token.kind == tokenName && strings.EqualFold(p.token.text, o.word())
}

func (p *parser) mark(c string) bool { return p.token.kind == tokenMark && p.token.text == c }

// expect takes a mark.
func (p *parser) expect(c string) *Error {
	if !p.mark(c) {
		return p.unexpected(strconv.Quote(c))
	}
	p.advance()
	return nil
}

func (p *parser) or() (*expr, *Error)  { return p.joined(opOr, p.and) }
func (p *parser) and() (*expr, *Error) { return p.joined(opAnd, p.equality) }

// joined reads operands with one operator between them.
func (p *parser) joined(o op, operand func() (*expr, *Error)) (*expr, *Error) {
	start := p.token.at
	first, err := operand()
	if err != nil || !p.keyword(o) {
		return first, err
	}
	all := expr{op: o, of: Property{Kind: Boolean}, args: []*expr{first}}
	if err := p.condition(first, start); err != nil {
		return nil, err
	}
	for p.keyword(o) {
		p.advance()
		at := p.token.at
		arg, err := operand()
		if err != nil {
			return nil, err
		}
		if err := p.condition(arg, at); err != nil {
			return nil, err
		}
		all.args = append(all.args, arg)
	}
	return p.node(start, all)
}

// condition checks that an expression is true or false.
func (p *parser) condition(e *expr, at int) *Error {
	if e.is(Boolean) {
		return nil
	}
	return p.fail(at, "expected a condition, not "+e.describe(), "")
}

// describe names what an expression gives, for errors.
func (e *expr) describe() string {
	text := e.of.Kind.String()
	if e.of.Collection {
		text = "collection"
	}
	if text[0] == 'I' || text[0] == 'u' || text[0] == 'e' || text[0] == 'o' {
		return "an " + text
	}
	return "a " + text
}

func (p *parser) equality() (*expr, *Error) {
	return p.compared(p.relational, opEQ, opNE)
}

func (p *parser) relational() (*expr, *Error) {
	return p.compared(p.unary, opGT, opGE, opLT, opLE, opIn)
}

// compared reads operands with operators of one binding between them, from left
// to right.
func (p *parser) compared(operand func() (*expr, *Error), ops ...op) (*expr, *Error) {
	start := p.token.at
	left, err := operand()
	for err == nil {
		o, found := p.oneOf(ops)
		if !found {
			break
		}
		at := p.token.at
		p.advance()
		if o == opIn {
			left, err = p.in(start, left)
			continue
		}
		var right *expr
		if right, err = operand(); err == nil {
			left, err = p.compare(at, o, left, right)
		}
	}
	return left, err
}

func (p *parser) oneOf(ops []op) (op, bool) {
	for _, o := range ops {
		if p.keyword(o) {
			return o, true
		}
	}
	return 0, false
}

// in reads the list after the operator.
func (p *parser) in(at int, left *expr) (*expr, *Error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	all := expr{op: opIn, of: Property{Kind: Boolean}, args: []*expr{left}}
	for {
		at := p.token.at
		arg, err := p.literal()
		if err != nil {
			return nil, err
		}
		if arg == nil {
			return nil, p.unexpected("a literal")
		}
		if all.args[0], arg, err = p.fit(at, left, arg); err != nil {
			return nil, err
		}
		left = all.args[0]
		all.args = append(all.args, arg)
		if !p.mark(",") {
			break
		}
		p.advance()
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	return p.node(at, all)
}

func (p *parser) unary() (*expr, *Error) {
	if !p.keyword(opNot) {
		return p.primary()
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	at := p.token.at
	p.advance()
	operandAt := p.token.at
	operand, err := p.unary()
	if err != nil {
		return nil, err
	}
	if err := p.condition(operand, operandAt); err != nil {
		err.Hint = "not binds tighter than comparisons: put what it is about in parentheses"
		return nil, err
	}
	return p.node(at, expr{op: opNot, of: Property{Kind: Boolean}, args: []*expr{operand}})
}

func (p *parser) primary() (*expr, *Error) {
	if p.mark("(") {
		return p.group()
	}
	if e, err := p.literal(); e != nil || err != nil {
		return e, err
	}
	if p.token.kind != tokenName {
		return nil, p.unexpected("a property, a function or a literal")
	}
	name := p.token
	if following := next(p.text, name.end()); following.kind == tokenMark && following.text == "(" {
		return p.call()
	}
	return p.pathOrLambda()
}

func (p *parser) group() (*expr, *Error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	p.advance()
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	return e, p.expect(")")
}

// literal reads one if there is one, else it gives nil.
func (p *parser) literal() (*expr, *Error) {
	t := p.token
	switch t.kind {
	case tokenString:
		p.advance()
		return &expr{of: Property{Kind: String}, text: t.text, value: textOf(unquote(t.text))}, nil
	case tokenLiteral:
		e := bareLiteral(t.text)
		if e == nil {
			return nil, p.fail(t.at, strconv.Quote(t.text)+" is no number, date or GUID", "text stands in single quotes; a plus sign is sent as %2B")
		}
		p.advance()
		return e, nil
	case tokenName:
		return p.wordLiteral()
	}
	return nil, nil
}

// bareLiteral reads a literal without quotes, nil if it is none.
func bareLiteral(text string) *expr {
	if openapi.IsGUID(text) {
		return &expr{of: Property{Kind: Guid}, text: text, value: readText(text, Guid)}
	}
	if at, kind, ok := parseTime(text); ok {
		return &expr{of: Property{Kind: kind}, text: text, value: instantOf(at)}
	}
	if n, ok := parseNumber(text); ok {
		kind := Int64
		if strings.ContainsAny(text, ".eE") {
			kind = Double
		}
		return &expr{of: Property{Kind: kind}, text: text, value: value{kind: Double, number: n}}
	}
	return nil
}

// wordLiteral reads null, true, false, or a member with the name of its
// enumeration before it.
func (p *parser) wordLiteral() (*expr, *Error) {
	t := p.token
	following := next(p.text, t.end())
	if following.kind == tokenString && following.at == t.end() && strings.Contains(t.text, ".") {
		p.advance()
		p.advance()
		of := Property{Kind: Enum, Type: &Type{Name: t.text}}
		return &expr{of: of, text: t.text + following.text, value: value{kind: Enum, text: unquote(following.text)}}, nil
	}
	if following.kind == tokenMark && strings.Contains("/(", following.text) {
		return nil, nil
	}
	e := &expr{text: strings.ToLower(t.text)}
	switch e.text {
	case "null":
		e.of.Kind, e.value = null, nothing()
	case "true", "false":
		e.of.Kind, e.value = Boolean, truthOf(e.text == "true")
	default:
		return nil, nil
	}
	p.advance()
	return e, nil
}

// pathOrLambda reads a path of properties, or what is asked of a collection at
// its end.
func (p *parser) pathOrLambda() (*expr, *Error) {
	start := p.token.at
	e := &expr{op: opPath, of: p.of}
	if err := p.begin(e); err != nil {
		return nil, err
	}
	for p.mark("/") {
		p.advance()
		if p.token.kind != tokenName {
			return nil, p.unexpected("the name of a property")
		}
		following := next(p.text, p.token.end())
		switch {
		case following.kind == tokenMark && following.text == "(":
			return p.lambda(start, e)
		case p.token.text == "$count":
			return p.length(start, e)
		}
		if err := p.step(e); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// begin reads the first name of a path: a lambda's variable or a property.
func (p *parser) begin(e *expr) *Error {
	for i, v := range p.variables {
		if v.name == p.token.text {
			e.variable, e.text, e.of = i+1, v.name, v.of
			p.advance()
			return nil
		}
	}
	return p.step(e)
}

// step reads the next name of a path.
func (p *parser) step(e *expr) *Error {
	name := p.token
	if !isIdentifier(name.text) {
		return p.unexpected("the name of a property")
	}
	exact, of, err := e.of.step(name.text)
	if err != nil {
		return err.at(name.at, RuleFilter)
	}
	e.path, e.of = append(e.path, exact), of
	p.advance()
	return nil
}

// length reads /$count after a collection.
func (p *parser) length(start int, path *expr) (*expr, *Error) {
	if !path.of.Collection && path.of.Kind != Untyped {
		return nil, p.fail(p.token.at, "only a collection has a $count", "")
	}
	p.advance()
	return p.node(start, expr{op: opLength, of: Property{Kind: Int64}, args: []*expr{path}})
}

// lambda reads any(...) or all(...) after a collection.
func (p *parser) lambda(start int, path *expr) (*expr, *Error) {
	o, found := p.oneOf([]op{opAny, opAll})
	switch {
	case !found:
		return nil, p.unexpected("any or all")
	case !path.of.Collection && path.of.Kind != Untyped:
		return nil, p.fail(p.token.at, "only a collection has "+o.word(), "")
	case path.variable != len(p.variables):
		// Otherwise n of them in each other look at a collection of m elements m^n times.
		return nil, p.fail(start, "a collection inside a lambda must be one of its variable", "")
	case len(p.variables) == maxLambdas:
		return nil, p.fail(start, "more than "+strconv.Itoa(maxLambdas)+" lambdas are in each other", "")
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	p.advance()
	p.advance()
	e := expr{op: o, of: Property{Kind: Boolean}, args: []*expr{path}}
	if o == opAny && p.mark(")") {
		p.advance()
		return p.node(start, e)
	}
	body, name, err := p.lambdaBody(path)
	if err != nil {
		return nil, err
	}
	e.text, e.args = name, append(e.args, body)
	return p.node(start, e)
}

// lambdaBody reads a variable and the condition on it, up to the parenthesis.
func (p *parser) lambdaBody(path *expr) (body *expr, name string, err *Error) {
	if name, err = p.declare(path); err != nil {
		return nil, "", err
	}
	defer func() { p.variables = p.variables[:len(p.variables)-1] }()
	if err := p.expect(":"); err != nil {
		return nil, "", err
	}
	at := p.token.at
	if body, err = p.or(); err != nil {
		return nil, "", err
	}
	if err := p.condition(body, at); err != nil {
		return nil, "", err
	}
	return body, name, p.expect(")")
}

// declare reads the variable of a lambda over a path.
func (p *parser) declare(path *expr) (name string, err *Error) {
	name = p.token.text
	switch strings.ToLower(name) {
	case "not", "null", "true", "false":
		return "", p.unexpected("a variable")
	}
	if p.token.kind != tokenName || !isIdentifier(name) {
		return "", p.unexpected("a variable")
	}
	for _, v := range p.variables {
		if v.name == name {
			return "", p.fail(p.token.at, "the variable "+name+" is declared already", "")
		}
	}
	of := path.of
	of.Collection = false
	p.variables = append(p.variables, variable{name, of})
	p.advance()
	return name, nil
}
