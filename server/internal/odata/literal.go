package odata

import (
	"strings"

	"github.com/graphmock/graphmock/openapi"
)

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
			return nil, p.fail(t.at, shown(t.text)+" is no number, date or GUID", "text stands in single quotes; a plus sign is sent as %2B")
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
