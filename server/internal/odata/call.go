package odata

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// signature is the parameters of a function and the type of its result.
type signature struct {
	params   []valueKind
	optional int // how many of the last arguments may be missing
	result   valueKind
}

// signatureOf finds a function by its name in lower case.
func signatureOf(name string) (s signature, known bool) {
	switch name {
	case "contains", "startswith", "endswith":
		return signature{params: []valueKind{kindString, kindString}, result: kindBoolean}, true
	case "length":
		return signature{params: []valueKind{kindString}, result: kindInt32}, true
	case "indexof":
		return signature{params: []valueKind{kindString, kindString}, result: kindInt32}, true
	case "tolower", "toupper", "trim":
		return signature{params: []valueKind{kindString}, result: kindString}, true
	case "concat":
		return signature{params: []valueKind{kindString, kindString}, result: kindString}, true
	case "substring":
		return signature{params: []valueKind{kindString, kindInt64, kindInt64}, optional: 1, result: kindString}, true
	case "year", "month", "day", "hour", "minute", "second":
		return signature{params: []valueKind{kindDateTimeOffset}, result: kindInt32}, true
	case "date":
		return signature{params: []valueKind{kindDateTimeOffset}, result: kindDate}, true
	case "now":
		return signature{result: kindDateTimeOffset}, true
	}
	return signature{}, false
}

// call reads a function's name and its arguments.
func (p *parser) call() (*expr, *Error) {
	start := p.token
	e := expr{op: opCall, text: strings.ToLower(start.text)}
	if e.text == "isof" {
		return p.isOf()
	}
	s, known := signatureOf(e.text)
	if !known {
		return nil, p.fail(start.at, "there is no function "+shown(start.text), "")
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	p.advance()
	p.advance()
	for i := 0; !p.mark(")"); i++ {
		if i > 0 {
			if err := p.expect(","); err != nil {
				return nil, err
			}
		}
		if i == len(s.params) {
			return nil, p.fail(p.token.at, e.text+" takes "+count(len(s.params)), "")
		}
		arg, err := p.argument(s.params[i])
		if err != nil {
			return nil, err
		}
		e.args = append(e.args, arg)
	}
	if least := len(s.params) - s.optional; len(e.args) < least {
		return nil, p.fail(p.token.at, e.text+" takes "+count(least), "")
	}
	p.advance()
	e.of.kind = s.result
	return p.node(start.at, e)
}

// isOf reads isof(TYPE) or isof(PATH,TYPE), where the name of the type may be in quotes.
func (p *parser) isOf() (*expr, *Error) {
	start := p.token.at
	p.advance()
	p.advance()
	e := expr{op: opIsOf, of: shape{kind: kindBoolean}}
	of := p.of
	if following := next(p.text, p.token.end()); p.token.kind == tokenName && !(following.kind == tokenMark && following.text == ")") {
		path, err := p.pathOrLambda()
		if err != nil {
			return nil, err
		}
		of, e.args = path.of, []*expr{path}
		if err := p.expect(","); err != nil {
			return nil, err
		}
	}
	name := p.token
	if name.kind != tokenName && name.kind != tokenString {
		return nil, p.unexpected("the name of a type")
	}
	e.text = name.text
	if name.kind == tokenString {
		e.text = unquote(name.text)
	}
	if e.wanted = of.cast(e.text); e.wanted == nil {
		return nil, p.fail(name.at, "there is no type "+shown(e.text)+" that derives from what is asked", "")
	}
	e.declared, e.text = of.of, e.wanted.Name
	p.advance()
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	return p.node(start, e)
}

func count(arguments int) string {
	switch arguments {
	case 0:
		return "no arguments"
	case 1:
		return "one argument"
	}
	return strconv.Itoa(arguments) + " arguments"
}

func (p *parser) argument(kind valueKind) (*expr, *Error) {
	at := p.token.at
	arg, err := p.or()
	if err != nil {
		return nil, err
	}
	if arg, err = p.adapt(at, arg, shape{kind: kind}); err != nil {
		return nil, err
	}
	if !arg.is(kind) {
		want := expr{of: shape{kind: kind}}
		return nil, p.fail(at, "expected "+want.describe()+", not "+arg.describe(), "")
	}
	return arg, nil
}

// maxResult bounds what concat makes, which could otherwise be the entity's
// longest string as often as the filter has room for it. Longer is null.
const maxResult = 1 << 20

// invoke returns the result of a function: null if an argument is.
func (e *expr) invoke(v *scope) value {
	if e.text == "now" {
		return instantOf(v.now)
	}
	s, _ := signatureOf(e.text)
	var args [3]value
	for i, arg := range e.args {
		if args[i] = arg.eval(v).as(s.params[i]); args[i].kind == null {
			return nothing()
		}
	}
	if s.params[0] == kindDateTimeOffset {
		return ofTime(e.text, args[0].at)
	}
	return ofText(e.text, args[0].text, args[1:][:max(0, len(e.args)-1)])
}

func ofText(function, text string, rest []value) value {
	switch function {
	case "contains":
		return truthOf(strings.Contains(text, rest[0].text))
	case "startswith":
		return truthOf(strings.HasPrefix(text, rest[0].text))
	case "endswith":
		return truthOf(strings.HasSuffix(text, rest[0].text))
	case "length":
		return wholeNumber(utf8.RuneCountInString(text))
	case "indexof":
		i := strings.Index(text, rest[0].text)
		if i > 0 {
			i = utf8.RuneCountInString(text[:i])
		}
		return wholeNumber(i)
	case "tolower":
		return textOf(strings.ToLower(text))
	case "toupper":
		return textOf(strings.ToUpper(text))
	case "trim":
		return textOf(strings.TrimSpace(text))
	case "concat":
		if len(text)+len(rest[0].text) > maxResult {
			return nothing()
		}
		return textOf(text + rest[0].text)
	case "substring":
		text = text[runes(text, rest[0].number.int()):]
		if len(rest) > 1 {
			text = text[:runes(text, rest[1].number.int())]
		}
		return textOf(text)
	}
	panic("BUG: no function " + function)
}

// runes returns the length in bytes of the first n characters of text.
func runes(text string, n int) int {
	at := 0
	for ; n > 0 && at < len(text); n-- {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return at
}

func wholeNumber(n int) value {
	number, _ := parseNumber(strconv.Itoa(n))
	return value{kind: kindDouble, number: number}
}

func ofTime(function string, at instant) value {
	t := time.UnixMilli(at.ms).UTC()
	switch function {
	case "year":
		return wholeNumber(t.Year())
	case "month":
		return wholeNumber(int(t.Month()))
	case "day":
		return wholeNumber(t.Day())
	case "hour":
		return wholeNumber(t.Hour())
	case "minute":
		return wholeNumber(t.Minute())
	case "second":
		return wholeNumber(t.Second())
	case "date":
		return instantOf(instant{ms: t.Truncate(24 * time.Hour).UnixMilli()})
	}
	panic("BUG: no function " + function)
}
