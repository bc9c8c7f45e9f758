package scenarios

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// A template is a text with ${...} in it.
type template []piece

// A piece is a text or, if it has one, an expression.
type piece struct {
	text       string
	expression *expression
}

// template splits text at its expressions. "$${" stands for "${". A text without
// expressions is one piece.
func (c *compiler) template(text string) (template, error) {
	var t template
	var plain strings.Builder
	for text != "" {
		at := strings.Index(text, "${")
		if at < 0 {
			plain.WriteString(text)
			break
		}
		if at > 0 && text[at-1] == '$' {
			plain.WriteString(text[:at-1] + "${")
			text = text[at+2:]
			continue
		}
		plain.WriteString(text[:at])
		source, rest, err := cutExpression(text[at+2:])
		if err != nil {
			return nil, err
		}
		e, err := c.expression(source)
		if err != nil {
			return nil, fmt.Errorf("expression ${%s}: %w", source, err)
		}
		if plain.Len() > 0 {
			t = append(t, piece{text: plain.String()})
			plain.Reset()
		}
		t = append(t, piece{expression: e})
		text = rest
	}
	if plain.Len() > 0 || len(t) == 0 {
		t = append(t, piece{text: plain.String()})
	}
	return t, nil
}

// cutExpression finds the brace that closes an expression; braces in quotes and
// pairs of them belong to it.
func cutExpression(text string) (source, rest string, err error) {
	depth, quote := 1, byte(0)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				return text[:i], text[i+1:], nil
			}
		}
	}
	return "", "", errors.New(`"${" is never closed`)
}

// isStatic reports whether t is a text only.
func (t template) isStatic() bool { return len(t) == 1 && t[0].expression == nil }

// isExternal reports whether t looks at what only a request brings.
func (t template) isExternal() bool {
	for _, p := range t {
		if p.expression != nil && p.expression.external {
			return true
		}
	}
	return false
}

// evaluate returns the result of a lone expression as it is, and everything else as one
// text.
func (t template) evaluate(env *environment) (any, error) {
	if len(t) == 1 && t[0].expression != nil {
		return t[0].expression.evaluate(env)
	}
	return t.text(env)
}

// text returns t as one text.
func (t template) text(env *environment) (string, error) {
	var b strings.Builder
	for _, p := range t {
		if p.expression == nil {
			b.WriteString(p.text)
			continue
		}
		v, err := p.expression.evaluate(env)
		if err != nil {
			return "", err
		}
		text, ok := scalarText(v)
		if !ok {
			return "", fmt.Errorf("${%s}: %s can't stand inside a text", p.expression.source, kindName(v))
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

func scalarText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return string(v), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

func kindName(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	}
	return "the result"
}

// A value is a JSON value whose texts may hold expressions.
type value struct {
	tree     any                 // with a template in place of each text that has expressions
	encoded  []byte              // of a value without expressions
	external map[string]struct{} // JSON pointers of the texts that look at the request
}

// report takes a problem at a JSON pointer.
type report func(pointer, message, hint string)

// value copies v and compiles its texts.
func (c *compiler) value(v any, report report) value {
	return (&valueCompiler{compiler: c, report: report}).value(v)
}

type valueCompiler struct {
	*compiler
	report   report
	dynamic  bool
	external map[string]struct{}
}

func (c *valueCompiler) value(v any) value {
	tree := c.compile(v, "")
	out := value{tree: tree, external: c.external}
	if !c.dynamic {
		out.encoded, _ = encode(tree)
	}
	return out
}

func (c *valueCompiler) compile(v any, pointer string) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, each := range v {
			out[name] = c.compile(each, pointer+"/"+jsontext.EscapePointer(name))
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, each := range v {
			out[i] = c.compile(each, pointer+"/"+strconv.Itoa(i))
		}
		return out
	case string:
		return c.text(v, pointer)
	}
	return v
}

func (c *valueCompiler) text(text, pointer string) any {
	if !strings.Contains(text, "${") {
		return text
	}
	t, err := c.template(text)
	if err != nil {
		c.report(pointer, err.Error(), "")
		return text
	}
	if t.isStatic() {
		return t[0].text
	}
	c.dynamic = true
	if t.isExternal() {
		if c.external == nil {
			c.external = map[string]struct{}{}
		}
		c.external[pointer] = struct{}{}
	}
	return t
}

// evaluate returns the value for an exchange. The result may share parts with v: it is
// to be read only.
func (v *value) evaluate(env *environment) (any, error) {
	if v.encoded != nil {
		return v.tree, nil
	}
	return evaluateTree(v.tree, env)
}

func evaluateTree(v any, env *environment) (any, error) {
	switch v := v.(type) {
	case template:
		return v.evaluate(env)
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) { // same order of uuid() for the same seed
			var err error
			if out[name], err = evaluateTree(v[name], env); err != nil {
				return nil, err
			}
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for i, each := range v {
			var err error
			if out[i], err = evaluateTree(each, env); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return v, nil
}
