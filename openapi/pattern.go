package openapi

import (
	"errors"
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/schema"
)

// patterns compiles the patterns of a document for kin-openapi, which asks again for
// each place that refers to a schema, and keeps those that can't be checked.
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
	r, err := schema.CompilePattern(pattern)
	switch {
	case err == nil:
		return r, nil
	case !errors.Is(err, schema.ErrBeyondGo):
		return nil, err
	}
	p.unchecked = append(p.unchecked, fmt.Sprintf("pattern %s: %v", jsontext.Quote(pattern), err))
	return anyText{}, nil
}

type anyText struct{}

func (anyText) MatchString(string) bool { return true }
