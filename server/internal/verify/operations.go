package verify

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/spell"
)

// selectOperations returns the operations that include names, all if it is empty,
// without those that exclude names.
func selectOperations(c *openapi.Contract, include, exclude []string) ([]*openapi.Operation, error) {
	for kind, list := range sortedMap(map[string][]string{"include": include, "exclude": exclude}) {
		for _, pattern := range list {
			if err := c.CheckName(pattern); err != nil {
				return nil, fmt.Errorf("%s: %w", kind, err)
			}
		}
	}
	var selected []*openapi.Operation
	for op := range c.Operations() {
		if strings.ContainsAny(op.Path, "?#") {
			continue // documents name variants of a request so, and no path has them
		}
		named := func(pattern string) bool { return op.IsNamed(pattern) }
		if (len(include) == 0 || slices.ContainsFunc(include, named)) && !slices.ContainsFunc(exclude, named) {
			selected = append(selected, op)
		}
	}
	if len(selected) == 0 && len(include)+len(exclude) == 0 {
		return nil, errors.New("the contract has no operation to verify")
	}
	if len(selected) == 0 {
		return nil, errors.New("include and exclude leave no operation to verify")
	}
	return selected, nil
}

// checkParameters looks for values of parameters that no operation has.
func checkParameters(c *openapi.Contract, values map[string]string) error {
	known := map[string]bool{}
	for op := range c.Operations() {
		for p := range op.Parameters() {
			known[p.Name] = true
		}
		for _, k := range op.Security().Keys() {
			known[k.Name] = true
		}
	}
	for name := range sortedMap(values) {
		if known[name] {
			continue
		}
		if near := spell.Nearest(name, maps.Keys(known)); near != "" {
			return fmt.Errorf("param: no operation of the contract has the parameter %q; did you mean %q?", name, near)
		}
		return fmt.Errorf("param: no operation of the contract has the parameter %q", name)
	}
	return nil
}

// RootOf is the URL of the service root that requests go to, and the root of the
// contract that they are routed by. A target without a path is an origin, and
// gets the contract's root; one with a path of its own stands for it. So does a mere
// slash, which Graph never has its root at.
func RootOf(target string, bases []string, odata bool) (root, base string, err error) {
	u, err := url.Parse(target)
	switch {
	case err != nil:
		return "", "", fmt.Errorf("%w: %q: %v", ErrTarget, target, err)
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return "", "", fmt.Errorf("%w: %q: expected a URL such as http://127.0.0.1:8080", ErrTarget, target)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "", "", fmt.Errorf("%w: %q: expected neither credentials nor a query nor a fragment", ErrTarget,
			u.Redacted())
	}
	base = bases[0]
	if slices.Contains(bases, "/v1.0") {
		base = "/v1.0"
	}
	prefix := strings.TrimSuffix(u.EscapedPath(), "/")
	for _, known := range bases {
		if known != "" && strings.HasSuffix(prefix, known) {
			return u.Scheme + "://" + u.Host + prefix, known, nil
		}
	}
	if prefix == "" && (odata || u.Path == "") {
		prefix = base
	}
	return u.Scheme + "://" + u.Host + prefix, base, nil
}

// A family is the operations on one resource that its user names, and on the
// collection around it.
type family struct {
	put, get, patch, delete *openapi.Operation
	list, post, count       *openapi.Operation
}

// isCreatable reports whether the resource can be made, so that its id is known.
func (f *family) isCreatable() bool { return f != nil && (f.put != nil || f.post != nil) }

// familiesOf returns the families of all paths that end in a parameter, by shape.
// Excluded operations are in none: they are never called, not even to help others.
func familiesOf(c *openapi.Contract, exclude []string) map[string]*family {
	all := map[string]*family{}
	collections := map[string]map[string]*openapi.Operation{}
	for op := range c.Operations() {
		if strings.ContainsAny(op.Path, "?#") ||
			slices.ContainsFunc(exclude, func(pattern string) bool { return op.IsNamed(pattern) }) {
			continue
		}
		if !strings.HasSuffix(op.Shape(), "/{}") {
			if collections[op.Shape()] == nil {
				collections[op.Shape()] = map[string]*openapi.Operation{}
			}
			collections[op.Shape()][op.Method] = op
			continue
		}
		f := all[op.Shape()]
		if f == nil {
			f = &family{}
			all[op.Shape()] = f
		}
		switch op.Method {
		case "PUT":
			f.put = op
		case "GET":
			f.get = op
		case "PATCH":
			f.patch = op
		case "DELETE":
			f.delete = op
		}
	}
	for shape, f := range all {
		around := collections[strings.TrimSuffix(shape, "/{}")]
		f.list, f.post = around["GET"], around["POST"]
		f.count = collections[strings.TrimSuffix(shape, "{}")+"$count"]["GET"]
		if f.put != nil {
			if !f.put.RequestBody().Accepted {
				f.put = nil
			}
		}
	}
	return all
}
