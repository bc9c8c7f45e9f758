package scenarios

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/graphmock/graphmock/openapi/graph"
)

// An Answer is what one request is to get. It is a value: its methods return
// changed copies, and it can be used in any number of scripts. The zero value is
// what the service itself answers.
type Answer struct {
	source  source
	status  int
	body    any // any Go value that encoding/json writes
	example string
	refusal refusal

	patch   any
	patched bool
	headers []header

	latency     latency
	fault       Fault
	state       string // to move to
	times       int    // 0 is once, in a list; for ever, alone
	offContract bool
}

// source is where an answer comes from.
type source int

const (
	fromService source = iota
	fromNothing        // a fault in place of an answer
	fromExample
	fromSchema
	fromScript  // status and body
	fromRefusal // an error of Graph, by a preset or by its parts
)

// header is a change to the headers: a value that may hold expressions, or none
// to remove it.
type header struct {
	name   string
	value  string
	remove bool
}

// Pass lets the service answer, as if nothing were scripted.
var Pass Answer

// Reset breaks the connection in place of an answer: the client gets a TCP RST.
// The service is not asked.
var Reset = Break(FaultReset)

// Throttle answers 429 as Graph does, and tells the client to wait for d.
func Throttle(d time.Duration) Answer {
	return refused(graph.ErrorThrottled, retryAfter{form: retrySeconds, wait: d})
}

// Fail answers with Graph's error envelope.
func Fail(status int, code, message string) Answer {
	return Answer{source: fromRefusal, refusal: refusal{Error: graph.Error{Status: status, Code: code, Message: message}}}
}

// Unauthorized answers 401: the token has expired.
func Unauthorized() Answer { return refused(graph.ErrorUnauthorized, retryAfter{}) }

// Revoked answers 401 with a claims challenge: the token was revoked, and
// continuous access evaluation asks for a new one.
func Revoked() Answer {
	a := refused(graph.ErrorTokenRevoked, retryAfter{})
	a.refusal.challenge = true
	return a
}

// Forbidden answers 403: the token lacks the permission.
func Forbidden() Answer { return refused(graph.ErrorForbidden, retryAfter{}) }

// NotFound answers 404.
func NotFound() Answer { return refused(graph.ErrorNotFound, retryAfter{}) }

// Conflict answers 409.
func Conflict() Answer { return refused(graph.ErrorConflict, retryAfter{}) }

// PreconditionFailed answers 412.
func PreconditionFailed() Answer { return refused(graph.ErrorPreconditionFailed, retryAfter{}) }

// Unavailable answers 503, without a Retry-After.
func Unavailable() Answer { return refused(graph.ErrorUnavailable, retryAfter{}) }

// Timeout answers 504.
func Timeout() Answer { return refused(graph.ErrorTimeout, retryAfter{}) }

// InsufficientStorage answers 507.
func InsufficientStorage() Answer { return refused(graph.ErrorStorage, retryAfter{}) }

func refused(id string, after retryAfter) Answer {
	e, ok := graph.ErrorOf(id)
	if !ok {
		panic("BUG: no error of Graph has the id " + id)
	}
	return Answer{source: fromRefusal, refusal: refusal{Error: e, retryAfter: after}}
}

// Reply answers with a status and a body: any value that encoding/json writes,
// nil for none. Texts in it may hold ${...} expressions.
func Reply(status int, body any) Answer {
	return Answer{source: fromScript, status: status, body: body}
}

// Example answers with a named example of the contract.
func Example(status int, name string) Answer {
	return Answer{source: fromExample, status: status, example: name}
}

// Sample answers with a body made up from the contract's schema, by the seed.
func Sample(status int) Answer { return Answer{source: fromSchema, status: status} }

// Delay lets the service answer, d later.
func Delay(d time.Duration) Answer { return Pass.Delayed(d) }

// Break lets a fault happen in place of an answer. FaultTruncate and FaultDrip
// need one: theirs is the service's.
func Break(f Fault) Answer {
	a := Answer{fault: f}
	if !f.needsAnswer() {
		a.source = fromNothing
	}
	return a
}

// Times repeats the answer for n requests in a row.
func (a Answer) Times(n int) Answer {
	a.times = n
	return a
}

// With sets a header; the value may hold ${...} expressions.
func (a Answer) With(name, value string) Answer {
	return a.changed(header{name: http.CanonicalHeaderKey(name), value: value})
}

// Without removes a header.
func (a Answer) Without(name string) Answer {
	return a.changed(header{name: http.CanonicalHeaderKey(name), remove: true})
}

func (a Answer) changed(h header) Answer {
	others := slices.DeleteFunc(slices.Clone(a.headers), func(each header) bool { return each.name == h.name })
	a.headers = append(others, h)
	return a
}

// Patched applies a JSON Merge Patch (RFC 7396) to the body, wherever that comes
// from.
func (a Answer) Patched(patch any) Answer {
	a.patch, a.patched = patch, true
	return a
}

// Delayed lets d pass before the answer.
func (a Answer) Delayed(d time.Duration) Answer {
	a.latency = fixedLatency(d)
	return a
}

// Then lets a fault happen to the answer: what the service did is done, and the
// client does not learn of it.
func (a Answer) Then(f Fault) Answer {
	a.fault = f
	return a
}

// Moves moves the scenario to a state.
func (a Answer) Moves(state string) Answer {
	a.state = state
	return a
}

// OffContract allows the answer to break the contract.
func (a Answer) OffContract() Answer {
	a.offContract = true
	return a
}

// statusOf is the status that is answered, 0 if only the service knows.
func (a *Answer) statusOf() int {
	if a.source == fromRefusal {
		return a.refusal.Status
	}
	return a.status
}

// A refusal is an error of Graph with what its headers need.
type refusal struct {
	graph.Error
	retryAfter retryAfter
	challenge  bool // continuous access evaluation
}

// retryAfter says how a client is told to wait.
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

// text is the header's value. Seconds are written with a fraction where they
// have one; a date is rounded up to the second that HTTP can say.
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

// unusual tells whether the contract's whole seconds can't say it: HTTP allows a
// date, and Graph was seen to send fractions.
func (r retryAfter) unusual() bool {
	return r.form == retryDate || r.form == retrySeconds && r.wait%time.Second != 0
}

func secondsOf(d time.Duration) json.Number {
	text, _ := encode(d.Seconds())
	return json.Number(text)
}
