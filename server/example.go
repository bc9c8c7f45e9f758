package server

import (
	"errors"
	"math/rand/v2"
	"net/http"

	"github.com/graphmock/graphmock/openapi"
)

// answerExample answers an operation that the stateful service does not know
// with what the contract shows: the first example of its first success, else a
// sample made up by the schema.
func (x *exchange) answerExample() {
	op, random := x.match.Operation, rand.New(rand.NewPCG(x.server.config.Seed, 0))
	for status := range op.Successes() {
		declared := op.Response(status)
		if !declared.HasBody() {
			x.succeed(status, nil)
			x.addHeaders(declared.SampleHeaders(random))
			return
		}
		value, ok := declared.Example("")
		if !ok {
			var err error
			if value, err = declared.Sample(random); err == nil {
				err = writable(value, declared.MediaType())
			}
			if err != nil {
				x.cannotAnswer(err)
				return
			}
		}
		x.succeedWith(status, value, declared.MediaType())
		x.addHeaders(declared.SampleHeaders(random))
		return
	}
	x.succeed(200, nil)
}

// addHeaders adds what the answer has not got yet.
func (x *exchange) addHeaders(more http.Header) {
	h := x.Response().Header()
	for name, values := range more {
		if h.Get(name) == "" {
			h[name] = values
		}
	}
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
		x.Response().Header().Set("Content-Type", media)
	}
}

// writable tells whether a value can be written in a media type: objects and lists
// only as JSON.
func writable(value any, media string) error {
	switch value.(type) {
	case map[string]any, []any:
		if !isJSON(media) {
			return errors.New("it is not JSON, but " + media)
		}
	}
	return nil
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
