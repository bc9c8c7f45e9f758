package openapi

import (
	"strings"

	"github.com/graphmock/graphmock/openapi/resource"
)

// An Option is an OData query option that an operation takes, such as $filter.
type Option struct {
	Name       string   // as the contract spells it
	Ignored    bool     // its syntax is checked, and it changes nothing
	Properties []string // the only properties that it may be about; empty for any
}

// Option reports whether the operation takes the OData query option with that name,
// which begins with a dollar sign, in any case. A list takes $skiptoken even
// where the document is silent on it, as Microsoft's are: next links carry it.
func (op *Operation) Option(name string) (Option, bool) {
	for i := range op.parameters {
		if p := &op.parameters[i]; p.in == InQuery && strings.EqualFold(p.name, name) {
			return Option{p.name, p.ignored, p.properties}, true
		}
	}
	switch {
	case op.isList && strings.EqualFold(name, skipToken):
		return Option{Name: skipToken}, true
	case op.isList && strings.EqualFold(name, deltaToken) && op.isDelta():
		return Option{Name: deltaToken}, true
	}
	return Option{}, false
}

const (
	skipToken  = "$skiptoken"
	deltaToken = "$deltatoken"
)

// isDelta reports whether the operation lists what has changed.
func (op *Operation) isDelta() bool {
	n := op.Node()
	return n != nil && n.Kind == resource.Function && n.Name == "delta"
}

// TakesOptions reports whether the operation takes any OData query option.
func (op *Operation) TakesOptions() bool {
	for i := range op.parameters {
		if p := &op.parameters[i]; p.in == InQuery && strings.HasPrefix(p.name, "$") {
			return true
		}
	}
	return op.isList
}

// Rejects reports whether no request with a query option of that name is taken: it
// is OData's, and the operation does not have it.
func (op *Operation) Rejects(option string) bool {
	if !op.contract.odata || !strings.HasPrefix(option, "$") {
		return false
	}
	_, takes := op.Option(option)
	return !takes
}
