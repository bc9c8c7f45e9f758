package journal

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/graphmock/graphmock/openapi"
)

// An Exchange is one request and what became of it, as the journal keeps it.
// Credentials in Header, Path, Query and the requests of a $batch read REDACTED. Bodies
// are as they were sent, for tests compare them; who shows them redacts them.
type Exchange struct {
	ID         int64               // from 1, in the order of the responses; anew after Reset
	At         time.Time           // when the request came, by the server's clock
	Took       time.Duration       // until its response was ready
	Method     string              //
	Host       string              // as sent: host:port, or the host that a proxy's client wanted
	Path       string              // escaped, as sent
	Query      string              // as sent, without the question mark
	Header     http.Header         // of the request
	Body       []byte              // of the request, decompressed; don't change it
	Operation  string              // operationId, empty if no operation matched
	BatchID    string              // the request's id in the $batch that it came with, empty if it came alone
	Status     int                 //
	Answer     []byte              // body of the response; don't change it
	Violations []openapi.Violation //

	// Tenant is the id of the tenant that the request was for, empty for the default one.
	Tenant string

	// Unsupported is what of Graph was asked for and is not served, such as
	// GET /me/messages; empty for nearly all.
	Unsupported string

	// Reason is why the service refused a request that breaks no contract, such as
	// "object-not-found; there is no object of that id": a rule, and when it holds.
	Reason string

	// Note says more of a request that is not Graph's, such as who has signed in. Those are
	// observed only, and not kept, unless they are Outgoing.
	Note string

	// Outgoing is true for a request that the server itself sent, to a receiver of change
	// notifications: Status and Answer are the receiver's, and Note says what it was for.
	Outgoing bool

	// Outside is true for a request to another host than Graph's and Entra's, which the proxy has
	// refused; Note says so.
	Outside bool

	// Rule is the scenario rule that answered, if one did: SCENARIO/RULE, or the
	// pattern of a script in Go.
	Rule string

	// Caller is where a request with violations was sent that came in process: the
	// nearest line of a test, such as sync/sync_test.go:41, below the module's root.
	// Via is the line in the code under test that it went through, if there is one.
	Caller, Via string

	// BrokenOff is true if the client went away before the body of its request was
	// whole. That is no violation; whether it saw the response is not known.
	BrokenOff bool

	AnswerHeader http.Header // of the response

	// Omitted says what of the exchange is not kept, because the journal has no room
	// for it; it is empty if everything is.
	Omitted string
}

// JSON returns the request's body as decoded JSON.
func (e Exchange) JSON() (any, error) {
	var v any
	err := json.Unmarshal(e.Body, &v)
	return v, err
}

// A Record is an exchange at its end, as it was on the wire: with the credentials
// that came, and with what only a verdict asks about. The journal makes of it the
// Exchange that it keeps.
type Record struct {
	Exchange

	Matched   *openapi.Operation // nil if none did
	User, App string             // of the caller, as the service knows it
	Granted   []string           // permissions that its token names, none if it may do everything
	AppOnly   bool               // the token is of the app itself
	Value     any                // the request's body as jsontext.Decode returns it, nil if it was not read
	Responded any                // the response's body as JSON, nil if it is not at hand
	Served    bool               // the service itself did what was asked
	Delivered bool               // the client gets to see the status
	TooEarly  string             // what the request met before it could be seen, in words; "" for nothing
	Lost      bool               // a fault keeps the response, or a part of it, from the client
}

// Ready is the time when the response was ready.
func (r *Record) Ready() time.Time { return r.At.Add(r.Took) }
