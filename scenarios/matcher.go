package scenarios

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// operators are the keys of a matcher, in the order in which they are documented.
var operators = []string{
	"equals", "not", "contains", "startsWith", "endsWith", "matches", "oneOf", "exists", "gt", "lt", "schema",
}

// A matcher is what a value has to be: every test holds.
type matcher []test

// A test is one operator with its operand.
type test struct {
	operator string
	operand  any                // as written, for messages; of not, oneOf and schema too
	list     []any              // oneOf
	regexp   *regexp.Regexp     // matches
	not      matcher            // not
	schema   *jsonschema.Schema // schema
}

func equals(v any) matcher { return matcher{{operator: "equals", operand: v}} }

// holds reports whether m accepts a value, which may not be there.
func (m matcher) holds(v any, present bool) bool {
	for i := range m {
		if !m[i].holds(v, present) {
			return false
		}
	}
	return true
}

func (t *test) holds(v any, present bool) bool {
	switch t.operator {
	case "exists":
		return present == t.operand
	case "not":
		return !t.not.holds(v, present)
	}
	if !present {
		return false
	}
	switch t.operator {
	case "equals":
		return equal(v, t.operand)
	case "oneOf":
		return slices.ContainsFunc(t.list, func(each any) bool { return equal(v, each) })
	case "contains":
		return t.contained(v)
	case "gt":
		order, ok := compare(v, t.operand)
		return ok && order > 0
	case "lt":
		order, ok := compare(v, t.operand)
		return ok && order < 0
	case "schema":
		return t.schema.Validate(v) == nil
	}
	text, ok := v.(string)
	return ok && t.holdsText(text)
}

func (t *test) holdsText(text string) bool {
	operand, _ := t.operand.(string)
	switch t.operator {
	case "startsWith":
		return strings.HasPrefix(text, operand)
	case "endsWith":
		return strings.HasSuffix(text, operand)
	case "matches":
		return t.regexp.MatchString(text)
	}
	panic("BUG: unknown operator " + t.operator)
}

// contained looks for a text in a text and for an element in a list.
func (t *test) contained(v any) bool {
	switch v := v.(type) {
	case string:
		part, ok := t.operand.(string)
		return ok && strings.Contains(v, part)
	case []any:
		return slices.ContainsFunc(v, func(each any) bool { return equal(each, t.operand) })
	}
	return false
}

// String describes what t accepts: equals "a".
func (t *test) String() string { return t.operator + " " + show(t.operand) }

// String describes what m accepts: equals "a" and not "b".
func (m matcher) String() string {
	texts := make([]string, len(m))
	for i := range m {
		texts[i] = m[i].String()
	}
	return strings.Join(texts, " and ")
}

// choices returns the only values that m can accept, if it lists them.
func (m matcher) choices() ([]any, bool) {
	for i := range m {
		switch m[i].operator {
		case "equals":
			return []any{m[i].operand}, true
		case "oneOf":
			return m[i].list, true
		}
	}
	return nil, false
}

// wantsPresent reports whether m accepts only values that are there.
func (m matcher) wantsPresent() bool { return !m.holds(nil, false) }

// excludes reports whether it is certain that no value passes both matchers.
func (m matcher) excludes(other matcher) bool {
	if m.onlyAbsent() && other.wantsPresent() || other.onlyAbsent() && m.wantsPresent() {
		return true
	}
	if choices, ok := m.choices(); ok {
		return !slices.ContainsFunc(choices, func(v any) bool { return m.holds(v, true) && other.holds(v, true) })
	}
	if _, ok := other.choices(); ok {
		return other.excludes(m)
	}
	return m.below(other) || other.below(m)
}

func (m matcher) onlyAbsent() bool {
	return slices.ContainsFunc(m, func(t test) bool { return t.operator == "exists" && t.operand == false })
}

// below reports whether everything that m accepts is less than everything that other
// accepts: lt 10 and gt 20.
func (m matcher) below(other matcher) bool {
	for _, low := range m {
		for _, high := range other {
			if low.operator != "lt" || high.operator != "gt" {
				continue
			}
			if order, ok := compare(low.operand, high.operand); ok && order <= 0 {
				return true
			}
		}
	}
	return false
}

// compileSchema compiles a JSON Schema that stands in a scenario. It may refer
// to itself and to nothing else.
func compileSchema(v any) (schema *jsonschema.Schema, err error) {
	defer func() { // jsonschema panics on some malformed numbers
		if r := recover(); r != nil {
			schema, err = nil, errors.New("the schema can't be compiled")
		}
	}()
	text, err := encode(v)
	if err != nil {
		return nil, err
	}
	const url = "scenario:///schema.json"
	c := jsonschema.NewCompiler()
	c.AssertFormat = true
	c.LoadURL = func(address string) (io.ReadCloser, error) {
		return nil, errors.New("$ref to " + address + ": a schema can refer to itself only")
	}
	if err := c.AddResource(url, bytes.NewReader(text)); err != nil {
		return nil, err
	}
	schema, err = c.Compile(url)
	if err != nil {
		return nil, plainSchemaError(err, url)
	}
	return schema, nil
}

// plainSchemaError returns what is wrong with a schema, without the schema of schemas.
func plainSchemaError(err error, url string) error {
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return errors.New(strings.ReplaceAll(err.Error(), url, ""))
	}
	for len(invalid.Causes) > 0 {
		invalid = invalid.Causes[0]
	}
	return errors.New(invalid.InstanceLocation + ": " + invalid.Message)
}
