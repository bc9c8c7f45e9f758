package server

import (
	"errors"
	"math/rand/v2"
	"net/http"

	"github.com/graphmock/graphmock/openapi"
)

// respondExample responds to an operation that the stateful service does not know
// with what the contract shows: the first example of its first success, else a
// sample made up by the schema.
func (x *exchange) respondExample() {
	op, random := x.match.Operation, rand.New(rand.NewPCG(x.server.config.Seed, 0))
	for status := range op.Successes() {
		declared := op.Response(status)
		if !declared.HasBody() {
			x.respond(status, nil)
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
				x.failExample(err)
				return
			}
		}
		x.respondValue(status, value, declared.MediaType())
		x.addHeaders(declared.SampleHeaders(random))
		return
	}
	x.respond(200, nil)
}

// addHeaders adds what the response does not have yet.
func (x *exchange) addHeaders(more http.Header) {
	h := x.outlet.Header()
	for name, values := range more {
		if h.Get(name) == "" {
			h[name] = values
		}
	}
}

// respondValue responds with a value in the media type that the contract has; what
// is not JSON is text.
func (x *exchange) respondValue(status int, value any, media string) {
	body := appendValue(nil, value)
	text, isText := value.(string)
	if isText && !isJSON(media) {
		body = []byte(text)
	}
	x.respond(status, body)
	if media != "application/json" {
		x.outlet.Header().Set("Content-Type", media)
	}
}

// writable returns why a value can be written in a media type: objects and lists
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

// failExample says why an operation of the user's contract has no response.
func (x *exchange) failExample(err error) {
	x.violations = append(x.violations, openapi.Violation{
		Operation: x.match.Operation.ID, Side: openapi.ResponseSide, In: openapi.InBody, Rule: "sample",
		Message: "no example, and none can be made up: " + err.Error(), Hint: "give the operation an example in the contract",
	})
	x.refused = true
	x.respondError(501, "NotImplemented", "The contract has no example of this answer.")
}
