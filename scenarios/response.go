package scenarios

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/graphmock/graphmock/openapi/graph"
)

// A Response is a scripted response to one request. It is a value: its methods return
// changed copies, and it can be used in any number of scripts. The zero value is the
// service's own response.
type Response struct {
	source     source
	status     int
	body       any // any Go value that encoding/json writes
	example    string
	graphError graphError

	patch   any
	patched bool
	headers []header

	latency     latency
	fault       Fault
	state       string // to move to
	times       int    // 0 is once, in a list; for ever, alone
	offContract bool
	notify      Notify
}

// Notify says what becomes of the change notifications that a request causes. The zero value
// delivers them.
type Notify struct {
	Drop      int           // how many of them, from the first, are lost
	Duplicate bool          // the others are delivered twice
	Delay     time.Duration // before they are delivered, by the server's clock
}

// source is where a response comes from.
type source int

const (
	fromService source = iota
	fromNothing        // a fault in place of a response
	fromExample
	fromSchema
	fromScript     // status and body
	fromGraphError // an error of Graph, by a preset or by its parts
)

// header is a change to the headers: a value that may hold expressions, or none
// to remove it.
type header struct {
	name   string
	value  string
	remove bool
}

// Pass lets the service respond, as if nothing were scripted.
var Pass Response

// Reset breaks the connection in place of a response: the client gets a TCP RST. The
// service does not see the request.
var Reset = Break(FaultReset)

// Throttle responds with 429 as Graph does, and tells the client to wait for d.
func Throttle(d time.Duration) Response {
	return graphErrorResponse(graph.ErrorThrottled, retryAfter{form: retrySeconds, wait: d})
}

// Fail responds with Graph's error envelope.
func Fail(status int, code, message string) Response {
	e := graph.Error{Status: status, Code: code, Message: message}
	return Response{source: fromGraphError, graphError: graphError{Error: e}}
}

// Unauthorized responds with 401: the token has expired.
func Unauthorized() Response { return graphErrorResponse(graph.ErrorUnauthorized, retryAfter{}) }

// Revoked responds with 401 and a claims challenge: the token was revoked, and
// continuous access evaluation asks for a new one.
func Revoked() Response {
	r := graphErrorResponse(graph.ErrorTokenRevoked, retryAfter{})
	r.graphError.challenge = true
	return r
}

// Forbidden responds with 403: the token lacks the permission.
func Forbidden() Response { return graphErrorResponse(graph.ErrorForbidden, retryAfter{}) }

// NotFound responds with 404.
func NotFound() Response { return graphErrorResponse(graph.ErrorNotFound, retryAfter{}) }

// Conflict responds with 409.
func Conflict() Response { return graphErrorResponse(graph.ErrorConflict, retryAfter{}) }

// PreconditionFailed responds with 412.
func PreconditionFailed() Response {
	return graphErrorResponse(graph.ErrorPreconditionFailed, retryAfter{})
}

// Unavailable responds with 503, and tells the client to wait if a duration is given.
func Unavailable(after ...time.Duration) Response {
	return graphErrorResponse(graph.ErrorUnavailable, firstOf(after))
}

// Timeout responds with 504, and tells the client to wait if a duration is given.
func Timeout(after ...time.Duration) Response {
	return graphErrorResponse(graph.ErrorTimeout, firstOf(after))
}

// InsufficientStorage responds with 507.
func InsufficientStorage() Response { return graphErrorResponse(graph.ErrorStorage, retryAfter{}) }

func graphErrorResponse(id string, after retryAfter) Response {
	e, ok := graph.ErrorOf(id)
	if !ok {
		panic("BUG: no error of Graph has the id " + id)
	}
	return Response{source: fromGraphError, graphError: graphError{Error: e, retryAfter: after}}
}

// Reply responds with a status and a body: any value that encoding/json writes, nil for
// none. Texts in it may hold ${...} expressions.
func Reply(status int, body any) Response {
	return Response{source: fromScript, status: status, body: body}
}

// Example responds with a named example of the contract.
func Example(status int, name string) Response {
	return Response{source: fromExample, status: status, example: name}
}

// Sample responds with a body made up from the contract's schema, by the seed.
func Sample(status int) Response { return Response{source: fromSchema, status: status} }

// Delay lets the service respond, d later.
func Delay(d time.Duration) Response { return Pass.Delayed(d) }

// Break injects a fault in place of a response. FaultTruncate and FaultDrip need a
// response: theirs is the service's.
func Break(f Fault) Response {
	r := Response{fault: f}
	if !f.needsResponse() {
		r.source = fromNothing
	}
	return r
}

// Times repeats the response for n requests in a row.
func (r Response) Times(n int) Response {
	r.times = n
	return r
}

// With sets a header; the value may hold ${...} expressions.
func (r Response) With(name, value string) Response {
	return r.changed(header{name: http.CanonicalHeaderKey(name), value: value})
}

// Without removes a header.
func (r Response) Without(name string) Response {
	return r.changed(header{name: http.CanonicalHeaderKey(name), remove: true})
}

func (r Response) changed(h header) Response {
	others := slices.DeleteFunc(slices.Clone(r.headers), func(each header) bool { return each.name == h.name })
	r.headers = append(others, h)
	return r
}

// Patched applies a JSON Merge Patch (RFC 7396) to the body, from any source.
func (r Response) Patched(patch any) Response {
	r.patch, r.patched = patch, true
	return r
}

// Delayed lets d pass before the response.
func (r Response) Delayed(d time.Duration) Response {
	r.latency = fixedLatency(d)
	return r
}

// Then injects a fault into the response: the service has done its part, and the client
// does not learn of it.
func (r Response) Then(f Fault) Response {
	r.fault = f
	return r
}

// Notifying lets something become of the change notifications that the request causes.
func (r Response) Notifying(n Notify) Response {
	r.notify = n
	return r
}

// Moves moves the scenario to a state.
func (r Response) Moves(state string) Response {
	r.state = state
	return r
}

// OffContract allows the response to break the contract.
func (r Response) OffContract() Response {
	r.offContract = true
	return r
}

// asksToWait reports whether the response has a Retry-After.
func (r *Response) asksToWait() bool {
	return r.graphError.retryAfter.form != retryNone ||
		slices.ContainsFunc(r.headers, func(h header) bool { return h.name == "Retry-After" && !h.remove })
}

// isPass reports whether the response is what the service gives anyway.
func (r *Response) isPass() bool {
	return r.source == fromService && !r.patched && len(r.headers) == 0 && r.latency == latency{} &&
		r.fault == NoFault && r.state == ""
}

// statusOf returns the status of the response, 0 if only the service knows.
func (r *Response) statusOf() int {
	if r.source == fromGraphError {
		return r.graphError.Status
	}
	return r.status
}

// A graphError is an error of Graph with what its headers need.
type graphError struct {
	graph.Error
	retryAfter retryAfter
	challenge  bool // continuous access evaluation
}

// retryAfter is how a client is told to wait.
type retryAfter struct {
	form retryForm
	wait time.Duration
}

type retryForm int

const (
	retryNone retryForm = iota
	retrySeconds
	retryDate
)

// text returns the header's value. Seconds are written with a fraction where they have
// one; a date is rounded up to the second that HTTP can say.
func (r retryAfter) text(now time.Time) string {
	switch r.form {
	case retrySeconds:
		return string(secondsOf(r.wait))
	case retryDate:
		at := now.Add(r.wait).UTC()
		if rounded := at.Truncate(time.Second); rounded.Before(at) {
			at = rounded.Add(time.Second)
		}
		return at.Format(http.TimeFormat)
	}
	return ""
}

// isUnusual reports whether the contract's whole seconds can't express it: HTTP allows a
// date, and Graph was seen to send fractions.
func (r retryAfter) isUnusual() bool {
	return r.form == retryDate || r.form == retrySeconds && r.wait%time.Second != 0
}

// firstOf returns the first of the durations as a Retry-After, none if there is none.
func firstOf(after []time.Duration) retryAfter {
	if len(after) == 0 {
		return retryAfter{}
	}
	return retryAfter{form: retrySeconds, wait: after[0]}
}

func secondsOf(d time.Duration) json.Number {
	text, _ := encode(d.Seconds())
	return json.Number(text)
}
