package odata

import (
	"strconv"
	"strings"
)

// maxLambdas bounds how deep lambdas are nested.
const maxLambdas = 4

// pathOrLambda reads a path of properties, with $count or a lambda if a collection is at
// its end.
func (p *parser) pathOrLambda() (*expr, *Error) {
	start := p.token.at
	e := &expr{op: opPath, of: p.of}
	if err := p.start(e); err != nil {
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

// start reads the first name of a path: a lambda's variable or a property.
func (p *parser) start(e *expr) *Error {
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
	if to := e.of.cast(name.text); to != nil {
		e.path, e.of = append(e.path, to.Name), shape{kind: kindOf(to), of: to}
		p.advance()
		return nil
	}
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
	if !path.of.collection && path.of.kind != kindUntyped {
		return nil, p.fail(p.token.at, "only a collection has a $count", "")
	}
	p.advance()
	return p.node(start, expr{op: opLength, of: shape{kind: kindInt64}, args: []*expr{path}})
}

// lambda reads any(...) or all(...) after a collection.
func (p *parser) lambda(start int, path *expr) (*expr, *Error) {
	o, found := p.oneOf([]op{opAny, opAll})
	switch {
	case !found:
		return nil, p.unexpected("any or all")
	case !path.of.collection && path.of.kind != kindUntyped:
		return nil, p.fail(p.token.at, "only a collection has "+o.word(), "")
	case path.variable != len(p.variables):
		// Otherwise n nested lambdas look at a collection of m elements m^n times.
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
	e := expr{op: o, of: shape{kind: kindBoolean}, args: []*expr{path}}
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
	of.collection = false
	p.variables = append(p.variables, variable{name, of})
	p.advance()
	return name, nil
}
