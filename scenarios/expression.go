package scenarios

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/spell"
)

// Limits of expressions. There are no loops, and no variables that could double
// a text again and again, so that time and memory are bounded by the size of the
// source and of what it looks at.
const (
	maxExpression     = 500 // characters of source
	maxNodes          = 60  // of its syntax tree
	memoryBudget      = 10_000
	maxExpressionBody = 256 << 10 // characters of the request's texts
	maxResults        = 4 << 20   // bytes of what all expressions of a reply make; Graph's bodies are no larger
)

// builtins are the functions of the expression language that are allowed: those
// that neither loop, nor multiply a text, nor look outside.
var builtins = []string{
	"len", "int", "float", "string", "abs", "ceil", "floor", "round", "max", "min",
	"lower", "upper", "trim", "trimPrefix", "trimSuffix", "hasPrefix", "hasSuffix", "indexOf",
	"duration", "first", "last", "get",
}

// dateMethods are the methods of now that expressions may call.
var dateMethods = []string{
	"Add", "AddDate", "Date", "Day", "Format", "Hour", "Minute", "Month", "Second", "Truncate", "Unix", "UnixMilli",
	"Year", "YearDay",
}

// An expression is the inside of one ${...}.
type expression struct {
	source   string
	program  *vm.Program
	external bool // looks at what only the request brings, so that a sample of it proves little
}

func compileExpression(source string) (_ *expression, err error) {
	if len(source) > maxExpression {
		return nil, fmt.Errorf("it is longer than %d characters", maxExpression)
	}
	defer func() { // a net under the library, which sees hostile input
		if r := recover(); r != nil {
			err = fmt.Errorf("it can't be compiled: %v", r)
		}
	}()
	e := &expression{source: source}
	rules := &sandbox{expression: e}
	options := []expr.Option{
		expr.Env(environment{}), expr.AsAny(), expr.MaxNodes(maxNodes),
		expr.DisableAllBuiltins(), expr.Patch(rules),
	}
	for _, name := range builtins {
		options = append(options, expr.EnableBuiltin(name))
	}
	e.program, err = expr.Compile(source, options...)
	if err == nil {
		err = rules.err
	}
	if err != nil {
		return nil, errors.New(plainMessage(err))
	}
	return e, nil
}

// sandbox rejects what would make an expression unbounded, and notes what it
// looks at.
type sandbox struct {
	*expression
	err error
}

// Visit implements ast.Visitor.
func (s *sandbox) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		s.external = s.external || n.Value == "request" || n.Value == "token" || n.Value == "fixture"
	case *ast.VariableDeclaratorNode, *ast.SequenceNode:
		s.reject("variables are not allowed")
	case *ast.PredicateNode, *ast.PointerNode:
		s.reject("loops are not allowed")
	case *ast.BinaryNode:
		if n.Operator == ".." {
			s.reject("ranges are not allowed")
		}
	case *ast.CallNode:
		if m, ok := n.Callee.(*ast.MemberNode); ok {
			s.method(m)
		}
	}
}

func (s *sandbox) method(m *ast.MemberNode) {
	name, ok := m.Property.(*ast.StringNode)
	if !ok || !slices.Contains(dateMethods, name.Value) {
		s.reject(fmt.Sprintf("method %v is not allowed", m.Property))
	}
}

func (s *sandbox) reject(why string) {
	if s.err == nil {
		s.err = errors.New(why)
	}
}

// plainMessage returns the message of an error without the library's picture of the
// source and the names of Go types.
func plainMessage(err error) string {
	message := err.Error()
	var at *file.Error
	if errors.As(err, &at) {
		message = at.Message
	}
	message = strings.NewReplacer("scenarios.requestView", "request", "scenarios.tokenView", "token",
		"scenarios.environment", "the environment", "interface {}", "any value").Replace(message)
	if hint := nearestName(message); hint != "" {
		message += fmt.Sprintf("; did you mean %q?", hint)
	}
	return message
}

// expressionNames are what a misspelt name may have meant.
var expressionNames = append([]string{
	"request", "token", "now", "uuid", "date", "state", "fixture",
	"method", "url", "path", "query", "headers", "body", "user", "app", "scopes",
}, builtins...)

func nearestName(message string) string {
	for _, prefix := range []string{"unknown name ", "has no field "} {
		if _, name, ok := strings.Cut(message, prefix); ok {
			name, _, _ = strings.Cut(name, " ")
			return spell.Nearest(name, slices.Values(expressionNames))
		}
	}
	return ""
}

// evaluate returns the expression's result as a JSON value.
func (e *expression) evaluate(env *environment) (v any, err error) {
	machine := vm.VM{MemoryBudget: memoryBudget}
	out, err := machine.Run(e.program, *env)
	if err != nil {
		return nil, fmt.Errorf("${%s}: %s", e.source, plainMessage(err))
	}
	if v, err = resultValue(out); err != nil {
		return nil, fmt.Errorf("${%s}: %w", e.source, err)
	}
	if env.made += sizeOf(v); env.made > maxResults {
		return nil, fmt.Errorf("${%s}: the expressions of a reply can't make more than %d MiB together", e.source,
			maxResults>>20)
	}
	return v, nil
}

// sizeOf returns about how many bytes a JSON value has.
func sizeOf(v any) int {
	n := 8
	switch v := v.(type) {
	case string:
		n += len(v)
	case json.Number:
		n += len(v)
	case []any:
		for _, each := range v {
			n += sizeOf(each)
		}
	case map[string]any:
		for name, each := range v {
			n += len(name) + sizeOf(each)
		}
	}
	return n
}

// resultValue turns what an expression made into a JSON value; dates are written
// as Graph writes them.
func resultValue(v any) (any, error) {
	switch v := v.(type) {
	case nil, bool, string, json.Number:
		return v, nil
	case int:
		return json.Number(strconv.Itoa(v)), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("the result %v is not a number of JSON", v)
		}
		return json.Number(strconv.FormatFloat(v, 'f', -1, 64)), nil
	case time.Time:
		return graph.FormatTime(v.UnixMilli()), nil
	case time.Duration:
		return v.String(), nil
	}
	return collected(v)
}

// collected turns lists and maps of any element type, and the few other kinds of
// numbers that methods return.
func collected(v any) (any, error) {
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Slice:
		list := make([]any, r.Len())
		for i := range list {
			each, err := resultValue(r.Index(i).Interface())
			if err != nil {
				return nil, err
			}
			list[i] = each
		}
		return list, nil
	case reflect.Map:
		object := make(map[string]any, r.Len())
		for _, key := range r.MapKeys() {
			each, err := resultValue(r.MapIndex(key).Interface())
			if err != nil {
				return nil, err
			}
			object[fmt.Sprint(key.Interface())] = each
		}
		return object, nil
	case reflect.Int, reflect.Int64, reflect.Int32:
		return json.Number(strconv.FormatInt(r.Int(), 10)), nil
	}
	return nil, fmt.Errorf("a result of type %T can't stand in JSON", v)
}
