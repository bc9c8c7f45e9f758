package server

import (
	"math/rand/v2"

	"github.com/graphmock/graphmock/openapi"
)

// answerExample answers an operation that the stateful service does not know
// with what the contract shows: the first example of its first success, else a
// sample made up by the schema.
func (x *exchange) answerExample() {
	op := x.match.Operation
	for status := range op.Statuses() {
		if status/100 != 2 {
			continue
		}
		if !op.HasBody(status) {
			x.succeed(status, nil)
			return
		}
		value, ok := op.Example(status, "")
		if !ok {
			var err error
			value, err = op.Sample(status, rand.New(rand.NewPCG(x.server.config.Seed, 0)))
			if err != nil {
				x.cannotAnswer(err)
				return
			}
		}
		x.succeed(status, appendValue(nil, value))
		return
	}
	x.succeed(200, nil)
}

// cannotAnswer says why an operation of the user's contract has no answer.
func (x *exchange) cannotAnswer(err error) {
	x.violations = append(x.violations, openapi.Violation{
		Operation: x.match.Operation.ID, Side: openapi.ResponseSide, In: openapi.InBody, Rule: "sample",
		Message: "no example, and none can be made up: " + err.Error(), Hint: "give the operation an example in the contract",
	})
	x.answerError(501, "NotImplemented", "The contract has no example of this answer.")
}
