package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/spell"
)

// findOperations returns the operations of a net/http pattern; without a method, it is
// every operation of the path. Names maps the parameters as the pattern spells them to
// the contract's.
func findOperations(c *openapi.Contract, pattern string) (
	ops []*openapi.Operation, names map[string]string, err error,
) {
	if strings.Contains(pattern, " ") {
		op, err := c.Find(pattern)
		if err != nil {
			return nil, nil, err
		}
		ops = []*openapi.Operation{op}
	} else if ops = operationsOfPath(c, pattern); ops == nil {
		_, err := c.Find(pattern)
		return nil, nil, err
	}
	return ops, parameterNames(pattern, ops[0]), nil
}

func operationsOfPath(c *openapi.Contract, path string) []*openapi.Operation {
	var ops []*openapi.Operation
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} {
		if op, err := c.Find(method + " " + path); err == nil {
			ops = append(ops, op)
		}
	}
	return ops
}

// patternHint returns a hint for a pattern that fits no operation.
func patternHint(c *openapi.Contract, pattern string) string {
	method, path, found := strings.Cut(pattern, " ")
	if !found {
		method, path = "", pattern
	}
	if _, rest, absolute := strings.Cut(path, "://"); absolute {
		_, path, _ = strings.Cut(rest, "/")
		return fmt.Sprintf("leave the host out: %q", strings.TrimSpace(method+" /"+path))
	}
	if path, _, query := strings.Cut(path, "?"); query {
		return fmt.Sprintf("write %q, and the options under query", strings.TrimSpace(method+" "+path))
	}
	for _, base := range append(c.Bases(), "") {
		if m, v := c.Route(method, base+path); v == nil {
			return fmt.Sprintf("write %q, and the ids under path", m.Operation.Pattern())
		}
	}
	return ""
}

// findOperation returns the operation with an operationId.
func findOperation(c *openapi.Contract, id string) (*openapi.Operation, error) {
	ids := map[string]bool{}
	for op := range c.Operations() {
		if op.ID == id {
			return op, nil
		}
		ids[op.ID] = true
	}
	near := spell.Nearest(id, maps.Keys(ids))
	for known := range ids { // people call an operation by the last part of its id
		if strings.HasSuffix(strings.ToLower(known), "."+strings.ToLower(id)) && (near == "" || known < near) {
			near = known
		}
	}
	if near != "" {
		return nil, fmt.Errorf("the contract has no operation %q; nearest is %q", id, near)
	}
	return nil, fmt.Errorf("the contract has no operation %q", id)
}

// parameterNames pairs the parameters of a pattern with those of the operation:
// their order decides.
func parameterNames(pattern string, op *openapi.Operation) map[string]string {
	written, own := pathParameters(pattern), pathParameters(op.Path)
	names := map[string]string{}
	offset := len(written) - len(own)
	for i, name := range own {
		if i+offset >= 0 && i+offset < len(written) {
			names[written[i+offset]] = name
		}
	}
	return names
}

func pathParameters(path string) []string {
	var names []string
	for {
		_, rest, opened := strings.Cut(path, "{")
		name, after, closed := strings.Cut(rest, "}")
		if !opened || !closed {
			return slices.Clip(names)
		}
		names, path = append(names, name), after
	}
}
