package openapi

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// goPattern is a pattern of JSON Schema, which is ECMAScript's, as package regexp
// writes it: \u0041 is \x{0041} there.
func goPattern(pattern string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '\\' || i+1 == len(pattern) {
			b.WriteByte(pattern[i])
			continue
		}
		if isUnicodeEscape(pattern[i:]) {
			b.WriteString(`\x{` + pattern[i+2:i+6] + `}`)
			i += 5
			continue
		}
		b.WriteString(pattern[i : i+2])
		i++
	}
	return b.String()
}

// isUnicodeEscape reports whether s begins with \uXXXX.
func isUnicodeEscape(s string) bool {
	return len(s) >= 6 && s[:2] == `\u` && isHex(s[2:6])
}

// isBeyondGo tells whether an error of regexp.Compile is about what ECMAScript has
// and package regexp won't do, so as to stay fast: to look ahead or behind, to refer
// back, and to count beyond a thousand.
func isBeyondGo(err error) bool {
	var e *syntax.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case syntax.ErrInvalidPerlOp, syntax.ErrInvalidEscape, syntax.ErrInvalidRepeatSize, syntax.ErrLarge:
		return true
	}
	return false
}

// patterns compiles the patterns of a document for kin-openapi, which asks again for
// each place that refers to a schema, and keeps those that nobody here can check.
type patterns struct {
	compiled  map[string]openapi3.RegexMatcher
	unchecked []string
}

func (p *patterns) compile(pattern string) (openapi3.RegexMatcher, error) {
	if r := p.compiled[pattern]; r != nil {
		return r, nil
	}
	r, err := p.compileNew(pattern)
	if err != nil {
		return nil, err
	}
	if p.compiled == nil {
		p.compiled = map[string]openapi3.RegexMatcher{}
	}
	p.compiled[pattern] = r
	return r, nil
}

func (p *patterns) compileNew(pattern string) (openapi3.RegexMatcher, error) {
	r, err := regexp.Compile(goPattern(pattern))
	switch {
	case err == nil:
		return r, nil
	case !isBeyondGo(err):
		return nil, err
	}
	p.unchecked = append(p.unchecked, fmt.Sprintf("pattern %s: %v", jsontext.Quote(pattern), err))
	return anyText{}, nil
}

type anyText struct{}

func (anyText) MatchString(string) bool { return true }
