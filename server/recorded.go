package server

import (
	"net/http"
	"net/url"
	"time"

	"github.com/graphmock/graphmock/openapi"
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
	Status       int    // 0 if nothing was answered
	AnswerHeader http.Header
	Answer       []byte // decompressed
	AnswerLost   bool   // as BodyLost
	Scripted     bool   // a scenario made the answer, which may lie on purpose: it is not judged
}

// A Recording holds recorded exchanges against a contract, as a server does with
// those that it answers. It is for one goroutine.
type Recording struct {
	server *Server
	count  int64
}

// NewRecording makes a recording without exchanges. Nil is the embedded contract.
func NewRecording(c *openapi.Contract) *Recording {
	if c == nil {
		c = openapi.Embedded()
	}
	return &Recording{server: &Server{config: Config{Contract: c}}}
}

// Add checks an exchange. Unlike a server, which answers the first step that says
// no, it tells everything that is wrong. Of a token it asks only that there is
// one: whether it was valid then, nobody can tell.
func (r *Recording) Add(in Recorded) Exchange {
	r.count++
	r.server.clock.start = in.At
	request := &http.Request{Method: in.Method, URL: in.URL, Header: in.Header}
	x := &exchange{
		Context: contexts().NewContext(request, &response{header: in.AnswerHeader}), server: r.server, now: in.At, decision: &undecided,
		body: in.Body, status: in.Status, answer: in.Answer,
	}
	x.checkRecorded(in)
	headers, sent := withoutCredentials(x.match.Operation, in.Header, in.AnswerHeader)
	e := logged{headers: headers, sent: sent, Exchange: Exchange{
		ID: r.count, At: in.At, Method: in.Method, Path: in.URL.EscapedPath(), Query: withoutSecrets(in.URL.RawQuery),
		Body: in.Body, Status: in.Status, Answer: in.Answer, Violations: x.violations,
	}}
	if op := x.match.Operation; op != nil {
		e.Operation = op.ID
	}
	r.server.tally.add(x, &e.Exchange)
	return e.exchange()
}

// Verdict gives the verdict on everything that was added.
func (r *Recording) Verdict() Verdict { return r.server.Verdict() }

func (x *exchange) checkRecorded(in Recorded) {
	contract := x.server.config.Contract
	match, violation := contract.Route(in.Method, in.URL.EscapedPath())
	if x.match = match; violation != nil {
		x.violations = []openapi.Violation{*violation}
		return
	}
	auth := in.Header.Get("Authorization")
	if _, sent := bearerToken(auth); !sent && auth != "REDACTED" && match.Operation.Security().RequiresToken() && !in.TokenLost &&
		!match.Operation.Security().AllowsWithoutToken(in.URL.RawQuery, in.Header) {
		x.accuse(noToken())
	}
	if coding := contentCoding(in.Header); !isReadable(coding) && takesBody(match.Operation) {
		x.accuse(unknownCoding(coding))
		in.BodyLost = true // whatever it was
	}
	value, found := contract.CheckRequest(&openapi.Request{Match: match, Query: in.URL.RawQuery, Header: in.Header, Body: in.Body})
	x.value = value
	x.violations = append(x.violations, judgeable(found, in.BodyLost)...)
	if in.Status == 0 || in.Scripted {
		return
	}
	found = contract.CheckResponse(&openapi.Response{Operation: match.Operation, Status: in.Status, Header: in.AnswerHeader, Body: in.Answer})
	x.violations = append(x.violations, judgeable(found, in.AnswerLost)...)
}

// accuse adds what is wrong with a recorded request, besides what its contract's
// check tells.
func (x *exchange) accuse(v openapi.Violation) {
	v.Side, v.Operation = openapi.RequestSide, x.match.Operation.ID
	x.server.config.Contract.AddEvidence(&v)
	x.violations = append(x.violations, v)
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
