package openapi

import (
	"iter"
	"slices"
)

// A Parameter is what the contract says about one parameter of an operation.
type Parameter struct {
	Name     string // headers in canonical form
	In       string // path, query, header or cookie
	Required bool
	Schema   map[string]any // as RequestBody.Schema returns it; nil if anything goes
	Examples []any          // as jsontext.Decode returns them
}

// Parameters returns the operation's parameters as the document lists them, those
// of its path after its own.
func (op *Operation) Parameters() iter.Seq[Parameter] {
	return func(yield func(Parameter) bool) {
		for i := range op.parameters {
			p := &op.parameters[i]
			view := Parameter{Name: p.name, In: p.in, Required: p.required}
			for _, e := range p.shown() {
				if v, ok := plain(e); ok {
					view.Examples = append(view.Examples, v)
				}
			}
			if p.schema != nil {
				view.Schema = p.schema.JSON()
			}
			if !yield(view) {
				return
			}
		}
	}
}

// shown returns the examples of a parameter, and of its schema.
func (p *parameter) shown() []any {
	if p.schema == nil {
		return p.examples
	}
	return append(slices.Clone(p.examples), p.schema.Examples()...)
}
