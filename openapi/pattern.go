package openapi

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
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
		if _, ok := hex4(pattern[i:]); ok {
			b.WriteString(`\x{` + pattern[i+2:i+6] + `}`)
			i += 5
			continue
		}
		b.WriteString(pattern[i : i+2])
		i++
	}
	return b.String()
}

// isBeyondGo tells whether an error of regexp.Compile is about what ECMAScript has
// and package regexp can't do in linear time: to look ahead or behind, and to refer
// back.
func isBeyondGo(err error) bool {
	var e *syntax.Error
	return errors.As(err, &e) && (e.Code == syntax.ErrInvalidPerlOp || e.Code == syntax.ErrInvalidEscape)
}

// patterns compiles the patterns of a document for kin-openapi, and keeps those
// that nobody here can check.
type patterns struct{ unchecked []string }

func (p *patterns) compile(pattern string) (openapi3.RegexMatcher, error) {
	r, err := regexp.Compile(goPattern(pattern))
	switch {
	case err == nil:
		return r, nil
	case !isBeyondGo(err):
		return nil, err
	}
	if text := fmt.Sprintf("pattern %s: %v", quote(pattern), err); !slices.Contains(p.unchecked, text) {
		p.unchecked = append(p.unchecked, text)
	}
	return anyText{}, nil
}

type anyText struct{}

func (anyText) MatchString(string) bool { return true }
