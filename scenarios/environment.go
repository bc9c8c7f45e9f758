package scenarios

import (
	"encoding/json"
	"fmt"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"github.com/graphmock/graphmock/openapi/credential"
)

// environment is everything that an expression can see.
type environment struct {
	Request requestView                     `expr:"request"`
	Token   tokenView                       `expr:"token"`
	Now     time.Time                       `expr:"now"`
	UUID    func() string                   `expr:"uuid"`
	Date    func(string) (time.Time, error) `expr:"date"`
	State   string                          `expr:"state"`
	Fixture any                             `expr:"fixture"`

	made int // bytes of what the expressions of the reply made
}

type requestView struct {
	Method  string            `expr:"method"`
	URL     string            `expr:"url"`
	Path    map[string]string `expr:"path"`
	Query   map[string]string `expr:"query"`
	Headers map[string]string `expr:"headers"` // names in lower case
	Body    any               `expr:"body"`
}

type tokenView struct {
	User   string   `expr:"user"`
	App    string   `expr:"app"`
	Scopes []string `expr:"scopes"`
	Tenant string   `expr:"tenant"`
}

// expressionValue turns a JSON value into what expressions calculate with.
func expressionValue(v any, budget *int) (any, error) {
	switch v := v.(type) {
	case string:
		if *budget -= len(v); *budget < 0 {
			return nil, fmt.Errorf("the request's body is too large for an expression: more than %d characters",
				maxExpressionBody)
		}
		return v, nil
	case json.Number:
		if i, err := strconv.Atoi(string(v)); err == nil {
			return i, nil
		}
		return v.Float64()
	case []any:
		list := make([]any, len(v))
		for i, each := range v {
			var err error
			if list[i], err = expressionValue(each, budget); err != nil {
				return nil, err
			}
		}
		return list, nil
	case map[string]any:
		object := make(map[string]any, len(v))
		for name, each := range v {
			var err error
			if object[name], err = expressionValue(each, budget); err != nil {
				return nil, err
			}
		}
		return object, nil
	}
	return v, nil
}

// newEnvironment returns what expressions see of an exchange. Parameters of the path
// have the contract's names and those that the rule's pattern has.
func newEnvironment(
	x *Exchange, names map[string]string, state string, fixture any, uuid func() string,
) (*environment, error) {
	budget := maxExpressionBody
	body, err := expressionValue(x.Body, &budget)
	if err != nil {
		return nil, err
	}
	env := &environment{
		Request: requestView{
			URL: x.Path, Path: map[string]string{}, Query: map[string]string{}, Headers: map[string]string{},
			Body: body,
		},
		Token: tokenView{User: x.User, App: x.App, Scopes: x.Scopes, Tenant: x.Tenant},
		Now:   x.Now.UTC(), UUID: uuid, State: state, Fixture: fixture,
	}
	env.Date = func(text string) (time.Time, error) {
		if t, ok := dateOf(text); ok {
			return t, nil
		}
		return time.Time{}, fmt.Errorf("%q is not a date", text)
	}
	if op := x.Match.Operation; op != nil {
		env.Request.Method = op.Method
	}
	for written, name := range names {
		env.Request.Path[written] = x.Match.Param(name)
		env.Request.Path[name] = x.Match.Param(name)
	}
	for name, values := range x.Query {
		env.Request.Query[name] = strings.Join(values, ", ")
	}
	for name, values := range x.Header { // what an expression sees can end up in responses, logs and the journal
		if name = textproto.CanonicalMIMEHeaderKey(name); !credential.IsHeader(name) {
			env.Request.Headers[strings.ToLower(name)] = strings.Join(values, ", ")
		}
	}
	return env, nil
}
