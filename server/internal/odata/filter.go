package odata

import (
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/edm"
)

// A Filter is a condition on entities. A nil Filter lets everything pass.
type Filter struct {
	root *expr
	now  instant

	ignoresCase bool
}

// IgnoreCase lets the filter compare texts whatever their case.
func (f *Filter) IgnoreCase() {
	if f != nil {
		f.ignoresCase = true
	}
}

func parseFilter(text string, t *edm.Type, s Settings) (*Filter, *Error) {
	p := &parser{text: text, of: shape{kind: kindComplex, of: t}}
	p.advance()
	root, err := p.or()
	if err == nil {
		switch {
		case p.token.kind != tokenEnd:
			err = p.unexpected("and, or, or the end")
		case !root.is(kindBoolean):
			err = p.fail(0, "the filter is no condition", "compare with eq, ne, gt, ge, lt, le or in")
		}
	}
	if err != nil {
		return nil, err
	}
	return &Filter{root: root, now: instant{ms: s.Now}}, nil
}

// maxDepth bounds the nesting of the syntax, such as parentheses, and the levels of the
// tree.
const maxDepth = 64

type parser struct {
	text      string
	token     token
	of        shape // the entity
	variables []variable
	nested    int
}

// variable is one of a lambda.
type variable struct {
	name string
	of   shape
}

func (p *parser) advance() { p.token = next(p.text, p.token.end()) }

// fail returns an error at an offset of the text.
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
		return p.fail(t.at, "expected "+wanted+", not "+shown(t.text), "")
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

// node returns a new expression.
func (p *parser) node(at int, e expr) (*expr, *Error) {
	for _, arg := range e.args {
		e.depth = max(e.depth, arg.depth+1)
	}
	if e.depth >= maxDepth {
		return nil, p.tooDeep(at)
	}
	return &e, nil
}

// keyword reports whether the token is an operator that is a word, in any case.
func (p *parser) keyword(o op) bool {
	return p.token.kind == tokenName && strings.EqualFold(p.token.text, o.word())
}

func (p *parser) mark(c string) bool { return p.token.kind == tokenMark && p.token.text == c }

// expect reads a mark.
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
	if err := p.condition(first, start); err != nil {
		return nil, err
	}
	all := expr{op: o, of: shape{kind: kindBoolean}, args: first.operands(o)}
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
		all.args = append(all.args, arg.operands(o)...)
	}
	return p.node(start, all)
}

// operands returns what an expression adds to the operands of an operator: its own, if
// it has the same operator, so that needless parentheses make no difference.
func (e *expr) operands(o op) []*expr {
	if e.op == o {
		return slices.Clone(e.args)
	}
	return []*expr{e}
}

// condition checks that an expression is true or false.
func (p *parser) condition(e *expr, at int) *Error {
	if e.is(kindBoolean) {
		return nil
	}
	return p.fail(at, "expected a condition, not "+e.describe(), "")
}

// describe returns the kind of an expression's result, for errors.
func (e *expr) describe() string {
	text := e.of.kind.String()
	if e.of.collection {
		text = "collection"
	}
	return withArticle(text)
}

func withArticle(text string) string {
	if text[0] == 'I' || text[0] == 'u' || text[0] == 'e' || text[0] == 'o' {
		return "an " + text
	}
	return "a " + text
}

func (p *parser) equality() (*expr, *Error) {
	return p.compared(p.relational, opEQ, opNE)
}

func (p *parser) relational() (*expr, *Error) {
	return p.compared(p.unary, opGT, opGE, opLT, opLE, opIn, opHas)
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
	all := expr{op: opIn, of: shape{kind: kindBoolean}, args: []*expr{left}}
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
	return p.node(at, expr{op: opNot, of: shape{kind: kindBoolean}, args: []*expr{operand}})
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
