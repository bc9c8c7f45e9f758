package openapi

import (
	"fmt"
)

// A BadExample is an example of a contract that the contract itself forbids.
type BadExample struct {
	Pattern string // of the operation; of several that share the example, the first
	Of      string // "request" or "answer 200"
	Name    string // of the example
	Violation
}

// String returns it in one line:
//
//	PUT /things: answer 200: example "one": body /id: expected string, not integer
func (b BadExample) String() string {
	text := fmt.Sprintf("%s: %s: example %q: body", b.Pattern, b.Of, b.Name)
	if b.Pointer != "" {
		text += " " + b.Pointer
	}
	return text + ": " + b.Message
}

// BadExamples returns the JSON examples of bodies that break their schemas, in the
// order of the operations.
func (c *Contract) BadExamples() []BadExample {
	var found []BadExample
	seen := map[*response]bool{}
	for _, op := range c.operations {
		if op.body != nil {
			found = append(found, op.body.badExamples(op, RequestSide, "request")...)
		}
		for _, name := range op.Surface().Responses() {
			if r := op.responses[name]; !seen[r] {
				seen[r] = true
				found = append(found, r.content.badExamples(op, ResponseSide, "answer "+name)...)
			}
		}
	}
	return found
}

func (c content) badExamples(op *Operation, side Side, of string) []BadExample {
	var found []BadExample
	for _, m := range c {
		if !m.json {
			continue
		}
		for _, e := range m.examples {
			value, ok := plain(e.value)
			if !ok {
				continue
			}
			for _, v := range op.annotate(validate(m.schema, side, value)) {
				found = append(found, BadExample{op.Pattern(), of, e.name, v})
			}
		}
	}
	return found
}
