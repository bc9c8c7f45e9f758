package openapi

import "iter"

// A Behaviour is something that the service does and that OpenAPI has no words
// for, with its evidence: an x-graphmock-behaviour row, or a rule of a workload.
type Behaviour struct {
	Workload  string   `json:"workload,omitempty"`  // empty for the contract's rows
	Operation string   `json:"operation,omitempty"` // operationId, empty for all operations
	ID        string   `json:"id"`
	Case      string   `json:"case"`
	Status    int      `json:"status,omitempty"`
	Code      string   `json:"code,omitempty"`    // of an error
	Message   string   `json:"message,omitempty"` // of an error; {names} stand for parts that vary
	Answer    string   `json:"answer,omitempty"`  // what is answered, in words
	Evidence  Evidence `json:"evidence"`
	Source    string   `json:"source"`
	Breaks    *Breach  `json:"breaks,omitempty"` // of an error that only a request off the contract gets; nil if it depends on the state
}

// A Breach is a place where a request breaks a rule that does not depend on the state: its client
// can know the rule.
type Breach struct {
	In      string `json:"in"`                // as in a Violation
	Pointer string `json:"pointer,omitempty"` // the same; empty where it varies
	Hint    string `json:"hint,omitempty"`    // what helps; {names} stand for parts that vary
}

// Complete adds to a violation the evidence of the behaviour row of its rule, and takes
// credentials out of its words.
func (c *Contract) Complete(v *Violation) {
	c.redact(v)
	rule := v.Rule
	if rule == "additionalProperties" {
		rule = ruleUnknownProperty
	}
	if b := c.rules[rule]; b != nil && v.Evidence == "" {
		v.Evidence, v.Source = b.Evidence, b.Source
	}
}

// SameBehaviorAs returns the operationId of the one that this one behaves as, besides
// what it has of its own; empty for most.
func (op *Operation) SameBehaviorAs() string { return op.like }

// Behaviours returns what the operation does and the document's own vocabulary
// can't say. An operation that behaves as another has the other's.
func (op *Operation) Behaviours() iter.Seq[Behaviour] {
	return func(yield func(Behaviour) bool) {
		for _, b := range op.contract.behaviours {
			if b.Operation != "" && (b.Operation == op.ID || b.Operation == op.like) && !yield(b) {
				return
			}
		}
	}
}

// Behaviour returns the contract's row with that id which holds for all operations.
func (c *Contract) Behaviour(id string) (Behaviour, bool) {
	if b := c.rules[id]; b != nil {
		return *b, true
	}
	return Behaviour{}, false
}
