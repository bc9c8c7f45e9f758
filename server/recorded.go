package server

import (
	"net/http"
	"net/url"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/credential"
	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/journal"
	"github.com/graphmock/graphmock/server/internal/verdict"
)

// A Recorded is an exchange that happened elsewhere: with the real service, with
// another mock, or in an earlier run.
type Recorded struct {
	At           time.Time
	Method       string
	URL          *url.URL // the path matters, and the query
	Header       http.Header
	Body         []byte // decompressed
	BodyLost     bool   // the record has not kept it, so that it can't be judged
	TokenLost    bool   // the record has no credentials, so that a missing one says nothing
	Status       int    // 0 if there was no response
	AnswerHeader http.Header
	Answer       []byte // decompressed
	AnswerLost   bool   // as BodyLost
	Scripted     bool   // a scenario made the response, which may lie on purpose: it is not checked
}

// A Recording holds recorded exchanges against a contract, as a server does with
// those that it serves. It is for one goroutine.
type Recording struct {
	contract  *openapi.Contract
	collector verdict.Collector
	count     int64
}

// NewRecording makes a recording without exchanges. Nil is the embedded contract.
func NewRecording(c *openapi.Contract) *Recording {
	if c == nil {
		c = openapi.Embedded()
	}
	return &Recording{contract: c}
}

// Add checks an exchange. Unlike a server, which responds to the first step that says
// no, it tells everything that is wrong. Of a token it asks only that there is
// one: whether it was valid then is not known.
func (r *Recording) Add(in Recorded) Exchange {
	r.count++
	e := journal.Record{
		Exchange: Exchange{
			ID: r.count, At: in.At, Method: in.Method, Path: in.URL.EscapedPath(), Query: in.URL.RawQuery,
			Header: in.Header, Body: in.Body, Status: in.Status, AnswerHeader: in.AnswerHeader, Answer: in.Answer,
		},
		Delivered: in.Status != 0,
	}
	match, violation := r.contract.Route(in.Method, e.Path)
	if violation != nil {
		e.Violations = []openapi.Violation{*violation}
	} else {
		e.Matched = match.Operation
		e.Violations, e.Value = r.check(match, &in)
	}
	r.collector.Add(&e)
	return e.Redacted(r.contract.Credentials())
}

// Verdict returns the verdict on everything that was added.
func (r *Recording) Verdict() Verdict { return r.collector.Verdict(r.contract, false) }

// check returns what is wrong with an exchange, and its request's body as JSON.
func (r *Recording) check(match openapi.Match, in *Recorded) ([]openapi.Violation, any) {
	op := match.Operation
	found, bodyLost := r.checkHeaders(op, in)
	request := &openapi.Request{Match: match, Query: in.URL.RawQuery, Header: in.Header, Body: in.Body}
	value, wrong := r.contract.CheckRequest(request)
	found = append(found, judgeable(wrong, in.BodyLost || bodyLost)...)
	if in.Status == 0 || in.Scripted {
		return found, value
	}
	response := &openapi.Response{Operation: op, Status: in.Status, Header: in.AnswerHeader, Body: in.Answer}
	return append(found, judgeable(r.contract.CheckResponse(response), in.AnswerLost)...), value
}

// checkHeaders finds what the contract's own check of a request does not: a missing
// token, and a body that can't be unpacked, which is as good as lost.
func (r *Recording) checkHeaders(op *openapi.Operation, in *Recorded) (found []openapi.Violation, bodyLost bool) {
	if lacksToken(op, in) {
		found = append(found, r.violation(op, *auth.MissingToken()))
	}
	if coding := contentCoding(in.Header); !isReadable(coding) && takesBody(op) {
		return append(found, r.violation(op, unknownCoding(coding))), true
	}
	return found, false
}

// lacksToken reports whether a request has no token, though the operation needs one.
func lacksToken(op *openapi.Operation, in *Recorded) bool {
	authorization := in.Header.Get("Authorization")
	if _, sent := auth.BearerToken(authorization); sent || authorization == credential.Redacted || in.TokenLost {
		return false
	}
	return op.Security().RequiresToken() && !op.Security().AllowsWithoutToken(in.URL.RawQuery, in.Header)
}

// violation returns a violation of a request with its operation and evidence.
func (r *Recording) violation(op *openapi.Operation, v openapi.Violation) openapi.Violation {
	v.Side, v.Operation = openapi.RequestSide, op.ID
	r.contract.Complete(&v)
	return v
}

func takesBody(op *openapi.Operation) bool {
	return op.RequestBody().Accepted
}

// judgeable leaves out what only a lost body would tell.
func judgeable(found []openapi.Violation, lost bool) []openapi.Violation {
	if !lost {
		return found
	}
	var kept []openapi.Violation
	for _, v := range found {
		if v.In != openapi.InBody && v.Pointer != "Content-Type" {
			kept = append(kept, v)
		}
	}
	return kept
}
