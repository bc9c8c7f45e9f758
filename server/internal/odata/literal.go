package odata

import (
	"strings"

	"github.com/graphmock/graphmock/openapi/schema"
)

// literal reads a literal; it returns nil if there is none.
func (p *parser) literal() (*expr, *Error) {
	t := p.token
	switch t.kind {
	case tokenString:
		p.advance()
		return &expr{of: shape{kind: kindString}, text: t.text, value: textOf(unquote(t.text))}, nil
	case tokenLiteral:
		e := bareLiteral(t.text)
		if e == nil {
			return nil, p.fail(t.at, shown(t.text)+" is no number, date or GUID",
				"text stands in single quotes; a plus sign is sent as %2B")
		}
		p.advance()
		return e, nil
	case tokenName:
		return p.wordLiteral()
	}
	return nil, nil
}

// bareLiteral returns the literal that text is, without quotes, nil if it is none.
func bareLiteral(text string) *expr {
	if schema.IsGUID(text) {
		return &expr{of: shape{kind: kindGuid}, text: text, value: readText(text, kindGuid)}
	}
	if at, kind, ok := parseTime(text); ok {
		return &expr{of: shape{kind: kind}, text: text, value: instantOf(at)}
	}
	if n, ok := parseNumber(text); ok {
		kind := kindInt64
		if strings.ContainsAny(text, ".eE") {
			kind = kindDouble
		}
		return &expr{of: shape{kind: kind}, text: text, value: value{kind: kindDouble, number: n}}
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
		of := shape{kind: kindEnum, name: t.text}
		return &expr{of: of, text: t.text + following.text,
			value: value{kind: kindEnum, text: unquote(following.text)}}, nil
	}
	if following.kind == tokenMark && strings.Contains("/(", following.text) {
		return nil, nil
	}
	e := &expr{text: strings.ToLower(t.text)}
	switch e.text {
	case "null":
		e.of.kind, e.value = null, nothing()
	case "true", "false":
		e.of.kind, e.value = kindBoolean, truthOf(e.text == "true")
	default:
		return nil, nil
	}
	p.advance()
	return e, nil
}
