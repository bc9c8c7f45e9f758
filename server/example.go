package server

import (
	"math/rand/v2"
	"strings"

	"github.com/graphmock/graphmock/openapi"
)

// answerExample answers an operation that the stateful service does not know
// with what the contract shows: the first example of its first success, else a
// sample made up by the schema.
func (x *exchange) answerExample() {
	op := x.match.Operation
	for status := range op.Successes() {
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
		x.succeedWith(status, value, op.MediaType(status))
		return
	}
	x.succeed(200, nil)
}

// succeedWith answers with a value in the media type that the contract has; what
// is not JSON is text.
func (x *exchange) succeedWith(status int, value any, media string) {
	body := appendValue(nil, value)
	text, isText := value.(string)
	if isText && !isJSON(media) {
		body = []byte(text)
	}
	x.succeed(status, body)
	if media != "application/json" {
		x.Response().Header().Set("Content-Type", strings.ReplaceAll(media, "*", "x")) // of a range, any type
	}
}

// cannotAnswer says why an operation of the user's contract has no answer.
func (x *exchange) cannotAnswer(err error) {
	x.violations = append(x.violations, openapi.Violation{
		Operation: x.match.Operation.ID, Side: openapi.ResponseSide, In: openapi.InBody, Rule: "sample",
		Message: "no example, and none can be made up: " + err.Error(), Hint: "give the operation an example in the contract",
	})
	x.refused = true
	x.answerError(501, "NotImplemented", "The contract has no example of this answer.")
}
