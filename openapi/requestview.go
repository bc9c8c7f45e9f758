package openapi

import (
	"iter"

	"github.com/graphmock/graphmock/openapi/schema"
)

// A Parameter is what the contract says about one parameter of an operation.
type Parameter struct {
	Name     string // headers in canonical form
	In       string // path, query, header or cookie
	Required bool
	Schema   map[string]any // as RequestSchema gives it; nil if anything goes
	Examples []any          // as DecodeJSON gives them
}

// Parameters gives the operation's parameters as the document lists them, those
// of its path after its own.
func (op *Operation) Parameters() iter.Seq[Parameter] {
	return func(yield func(Parameter) bool) {
		for i := range op.parameters {
			p := &op.parameters[i]
			view := Parameter{Name: p.name, In: p.in, Required: p.required}
			for _, e := range p.examples {
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

// TakesBody tells whether the operation takes a request body, and whether it
// needs one.
func (op *Operation) TakesBody() (takes, needs bool) { return op.body != nil, op.required }

// RequestMedia gives the media types of the request body, the specific first.
func (op *Operation) RequestMedia() []string {
	if op.body == nil {
		return nil
	}
	var names []string
	for _, m := range *op.body {
		names = append(names, m.name)
	}
	return names
}

// RequestExamples gives the named JSON examples of the request body, decoded as
// DecodeJSON does; they are the caller's to change.
func (op *Operation) RequestExamples() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		if op.body == nil {
			return
		}
		for _, m := range *op.body {
			for _, e := range m.examples {
				if v, ok := plain(e.value); ok && m.json && !yield(e.name, v) {
					return
				}
			}
		}
	}
}

// ResponseMedia gives the media types that the operation declares for an answer
// with that status, the specific first; none if it has no body.
func (op *Operation) ResponseMedia(status int) []string {
	var names []string
	if declared := op.response(status); declared != nil {
		for _, m := range declared.content {
			names = append(names, m.name)
		}
	}
	return names
}

// Like is the operationId of the one that this one answers as, besides what it has
// of its own; empty for most.
func (op *Operation) Like() string { return op.like }

// RequestSchema is the schema of the JSON request body, translated to JSON Schema
// 2020-12: nil if the operation takes no JSON or anything goes. The members type
// and required are []string; $refs stay within $defs; x-readOnly marks what only
// the server sets. It must not be changed.
func (op *Operation) RequestSchema() map[string]any {
	if s := op.requestSchema(); s != nil {
		return s.JSON()
	}
	return nil
}

func (op *Operation) requestSchema() *schema.Schema {
	if op.body == nil {
		return nil
	}
	for _, m := range *op.body {
		if m.json && m.schema != nil {
			return m.schema
		}
	}
	return nil
}

// Behaviours gives what the operation does and the document's own vocabulary
// can't say. An operation that answers as another has the other's.
func (op *Operation) Behaviours() iter.Seq[Behaviour] {
	return func(yield func(Behaviour) bool) {
		for _, b := range op.contract.behaviours {
			if b.Operation != "" && (b.Operation == op.ID || b.Operation == op.like) && !yield(b) {
				return
			}
		}
	}
}

// Behaviour is the contract's row with that id which holds for all operations.
func (c *Contract) Behaviour(id string) (Behaviour, bool) {
	if b := c.rules[id]; b != nil {
		return *b, true
	}
	return Behaviour{}, false
}
