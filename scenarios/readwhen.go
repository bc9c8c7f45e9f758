package scenarios

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/spell"
)

// when reads the conditions of a rule and reports whether the operation is known, so
// that replies can be checked.
func (r *reader) when(n *document.Node, to *rule) bool {
	when := n.Get("when")
	if when == nil {
		r.problem(n, `key "when" is missing`, "write when: {} for any request")
		return false
	}
	r.add(when.Only(whenKeys...))
	if when.Kind() != document.Mapping {
		return false
	}
	ok := r.operation(when, to)
	names := map[string]string{}
	maps.Copy(names, to.names)
	r.conditions(when, inPath, to, func(key *document.Node) string {
		if name, known := names[key.Text()]; known || !ok {
			return name
		}
		r.problem(key, fmt.Sprintf("the path has no parameter %q", key.Text()), parameterHint(key.Text(), names))
		return ""
	})
	r.conditions(when, inQuery, to, func(key *document.Node) string { return r.queryKey(key, to) })
	r.conditions(when, inHeaders, to, func(key *document.Node) string { return inHeaders.canonical(key.Text()) })
	r.conditions(when, inBody, to, func(key *document.Node) string { return r.bodyKey(key, to) })
	r.add(when.Get("token").Only(tokenKeys...))
	r.conditions(when, inToken, to, func(key *document.Node) string {
		if slices.Contains(tokenKeys, key.Text()) {
			return key.Text()
		}
		return ""
	})
	if tenant := when.Get("tenant"); tenant != nil {
		to.conditions = append(to.conditions,
			condition{subject: subject{where: inTenant}, matcher: r.matcher(tenant, asString)})
	}
	if state := when.Get("state"); state != nil {
		to.conditions = append(to.conditions,
			condition{subject: subject{where: inState}, matcher: r.matcher(state, asString)})
	}
	return ok
}

func parameterHint(name string, names map[string]string) string {
	known := slices.Sorted(maps.Keys(names))
	if near := spell.Nearest(name, slices.Values(known)); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(known) == 0 {
		return "it has none"
	}
	return "it has: " + strings.Join(known, ", ")
}

// operation reads request or operation; neither is any request.
func (r *reader) operation(when *document.Node, to *rule) bool {
	request, id := when.Get("request"), when.Get("operation")
	switch {
	case request != nil && id != nil:
		r.problem(id, "request and operation say the same", "leave one out")
		return false
	case request != nil:
		return r.pattern(request, to)
	case id != nil:
		to.request = r.text(id)
		if to.request == "" {
			return false
		}
		contract := r.contract
		if contract.UsesOData() && signsIn(to.request) {
			contract = openapi.Entra()
		}
		op, ok := contract.ByID(to.request)
		if !ok {
			message := fmt.Sprintf("the contract has no operation %q", to.request)
			if near := contract.NearestID(to.request); near != "" {
				message += fmt.Sprintf("; nearest is %q", near)
			}
			r.problem(id, message, "")
			return false
		}
		to.operations, to.names = []*openapi.Operation{op}, parameterNames(op.ID, op)
	}
	return true
}

func (r *reader) pattern(n *document.Node, to *rule) bool {
	to.request = r.text(n)
	if to.request == "" {
		return false
	}
	var err error
	if to.operations, to.names, err = findOperations(r.contract, to.request); err != nil {
		if e := new(openapi.PatternError); errors.As(err, &e) {
			r.problem(n, e.Message(), patternHint(e))
		}
		return false
	}
	return true
}

// conditions reads a mapping of matchers; keyOf turns its keys into those of
// subjects, "" for one that was reported.
func (r *reader) conditions(when *document.Node, where where, to *rule, keyOf func(*document.Node) string) {
	n := when.Get(string(where))
	r.add(n.Expect(document.Mapping))
	taken := map[string]bool{}
	for key, value := range n.Members() {
		name := keyOf(key)
		if name == "" && where != inBody {
			continue
		}
		if taken[name] {
			r.problem(key, fmt.Sprintf("key %q says the same as another", key.Text()), "")
		}
		taken[name] = true
		c := condition{subject: subject{where, name}}
		typeOf := asString
		if where == inBody {
			c.pointer, _ = jsontext.ParsePointer(name)
			typeOf = func(string) string { return to.requestType(name) }
		}
		c.matcher = r.matcher(value, typeOf)
		if where == inPath {
			c.matcher = foldGUIDs(c.matcher)
		}
		to.conditions = append(to.conditions, c)
	}
}

// queryKey returns a query option, which at least one of the rule's operations has to
// accept.
func (r *reader) queryKey(key *document.Node, to *rule) string {
	name := key.Text()
	accepts := func(op *openapi.Operation) bool { return !op.Rejects(name) }
	if len(to.operations) > 0 && !slices.ContainsFunc(to.operations, accepts) {
		op, hint := to.operations[0], ""
		if near := spell.Nearest(name, slices.Values(op.Surface().QueryOptions())); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		r.problem(key, fmt.Sprintf("%s has no query option %q", op.Pattern(), name), hint)
	}
	return inQuery.canonical(name)
}

// bodyKey checks a JSON pointer against the schemas of the rule's operations.
func (r *reader) bodyKey(key *document.Node, to *rule) string {
	text := key.Text()
	if _, err := jsontext.ParsePointer(text); err != nil {
		r.problem(key, err.Error(), fmt.Sprintf("did you mean %q?", "/"+text))
		return ""
	}
	for _, op := range to.operations {
		if segment, known := op.RequestBody().UnknownAt(text); segment != "" {
			hint := ""
			if near := spell.Nearest(segment, slices.Values(known)); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			r.problem(key, fmt.Sprintf("the body of %s has no property %q", op.Pattern(), segment), hint)
			break
		}
	}
	return text
}

// requestType returns the type at a pointer of the body, if the rule's operations agree
// about it.
func (r *rule) requestType(pointer string) string {
	found := ""
	for _, op := range r.operations {
		t := op.RequestBody().TypeAt(pointer)
		if found != "" && t != found {
			return ""
		}
		found = t
	}
	return found
}

// matcher reads a scalar, which means equals, or a mapping of operators.
func (r *reader) matcher(n *document.Node, typeOf func(string) string) matcher {
	switch n.Kind() {
	case document.Scalar:
		return equals(r.operand(n, typeOf))
	case document.Sequence:
		r.problem(n, "a list is not a matcher",
			"write oneOf: [...] for any of them, or equals: [...] for the list itself")
		return nil
	}
	r.add(n.Only(operators...))
	var m matcher
	for key, value := range n.Members() {
		if slices.Contains(operators, key.Text()) {
			m = append(m, r.test(key.Text(), value, typeOf))
		}
	}
	if len(m) == 0 && n.Kind() == document.Mapping && len(r.problems) == 0 {
		r.problem(n, "the matcher says nothing", "such as exists: true")
	}
	return m
}

// operand reads the value that an operator compares with.
func (r *reader) operand(n *document.Node, typeOf func(string) string) any {
	v, problems := n.Value(typeOf)
	r.add(problems)
	if holdsExpression(v) {
		r.problem(n, "${...} can't stand in a condition", "expressions are for replies")
	}
	return v
}

func holdsExpression(v any) bool {
	text, ok := v.(string)
	return ok && strings.Contains(text, "${")
}

func (r *reader) test(operator string, n *document.Node, typeOf func(string) string) test {
	t := test{operator: operator}
	switch operator {
	case "exists":
		t.operand = r.boolean(n)
	case "not":
		t.not = r.matcher(n, typeOf)
		t.operand, _ = n.Value(asString)
	case "startsWith", "endsWith":
		t.operand = r.text(n)
	case "matches":
		t.operand, t.regexp = r.regexp(n)
	case "oneOf":
		t.operand, t.list = r.list(n, typeOf)
	case "schema":
		t.operand = r.schema(n, &t)
	case "gt", "lt":
		t.operand = r.bound(n, typeOf)
	default:
		t.operand = r.operand(n, typeOf)
	}
	return t
}

func (r *reader) list(n *document.Node, typeOf func(string) string) (any, []any) {
	if !r.add(n.Expect(document.Sequence)) {
		return nil, nil
	}
	if len(n.Items()) == 0 {
		r.problem(n, "oneOf has no values", "")
	}
	v, problems := n.Value(func(string) string { return typeOf("") })
	r.add(problems)
	list, _ := v.([]any)
	return v, list
}

// bound reads a number or a date; texts of parameters are compared as what the
// bound is.
func (r *reader) bound(n *document.Node, typeOf func(string) string) any {
	if !r.add(n.Expect(document.Scalar)) {
		return nil
	}
	v, problems := n.Value(func(string) string {
		if _, isDate := dateOf(n.Text()); isDate {
			return "string"
		}
		return ""
	})
	r.add(problems)
	if _, ok := compare(v, v); !ok && problems == nil {
		r.problem(n, fmt.Sprintf("%s is neither a number nor a date", show(v)), "")
	}
	return v
}

func (r *reader) regexp(n *document.Node) (any, *regexp.Regexp) {
	text := r.text(n)
	re, err := regexp.Compile(text)
	if err != nil {
		r.problem(n, strings.TrimPrefix(err.Error(), "error parsing regexp: "), "the syntax is RE2's")
		return text, regexp.MustCompile("")
	}
	return text, re
}

func (r *reader) schema(n *document.Node, t *test) any {
	v, problems := n.Value(nil)
	if !r.add(problems) {
		return nil
	}
	var err error
	if t.schema, err = compileSchema(v); err != nil {
		r.problem(n, "not a JSON Schema: "+err.Error(), "")
	}
	return v
}

// foldGUIDs writes the GUIDs that a path is compared with as the path has them.
func foldGUIDs(m matcher) matcher {
	for i := range m {
		m[i].operand = foldedOperand(m[i].operand)
		for j, v := range m[i].list {
			m[i].list[j] = foldedOperand(v)
		}
		m[i].not = foldGUIDs(m[i].not)
	}
	return m
}

func foldedOperand(v any) any {
	if text, ok := v.(string); ok {
		return foldGUID(text)
	}
	return v
}
