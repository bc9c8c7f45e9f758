package openapi

import (
	"slices"
	"strings"
	"testing"
)

// TestPatternThatCantBeCheckedIsTold has patterns that ECMAScript knows and package
// regexp does not: the document serves, and says what nobody checks.
func TestPatternThatCantBeCheckedIsTold(t *testing.T) {
	t.Parallel()
	c := parseTest(t, `
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /a:
    put:
      operationId: a
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              properties:
                password: {type: string, pattern: '^(?=.*[0-9]).+$', minLength: 3}
                twice: {type: string, pattern: '^(a|b)\1$'}
                arn: {type: string, pattern: '^arn:.{1,2048}$'}
                letter: {type: string, pattern: '^[\u0041-\u005A]$'}
              patternProperties:
                '^(?!x)': {type: integer}
              additionalProperties: false
      responses: {'200': {description: ok}}
`)
	if got := c.Unchecked(); len(got) != 3 ||
		!slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, `pattern "^(?=.*[0-9]).+$": `) }) {
		t.Errorf("unchecked: %q", got)
	}
	m, _ := c.Route("PUT", "/a")
	for body, want := range map[string]string{
		`{"password": "abc", "twice": "ab", "letter": "Q", "arn": "x", "yes": 1}`: "",
		`{"password": "a"}`: "/password minLength",
		`{"letter": "q"}`:   "/letter pattern",
	} {
		var got []string
		_, found := c.CheckRequest(&Request{Match: m, Header: map[string][]string{"Content-Type": {"application/json"}},
			Body: []byte(body)})
		for _, v := range found {
			got = append(got, v.Pointer+" "+v.Rule)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: got %v, want %s", body, got, want)
		}
	}
	if _, err := Parse("x.yaml", []byte("openapi: 3.0.3\ninfo: {title: t, version: v}\npaths: {}\ncomponents: "+
		"{schemas: {A: {type: string, pattern: '(a'}}}")); err == nil {
		t.Error("a pattern that is none in any dialect is taken")
	}
}
