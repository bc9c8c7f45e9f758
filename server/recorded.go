package server

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/credential"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/batch"
	"github.com/graphmock/graphmock/server/internal/journal"
	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/verdict"
	"github.com/graphmock/graphmock/server/internal/workload"
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
	Root         string // where the service has its root, / for none; empty is as the contract says
	BatchID      string // the request's id in the $batch that it came with
	PartsApart   bool   // the requests of a $batch are recorded by themselves as well
}

// A Recording holds recorded exchanges against a contract, as a server does with
// those that it serves. It is for one goroutine.
type Recording struct {
	contract  *openapi.Contract
	services  []*service.Service // of no tenant, by each version of the model; none if they know nothing of it
	collector verdict.Collector
	count     int64
}

// NewRecording makes a recording without exchanges. Nil is the embedded contract.
func NewRecording(c *openapi.Contract) *Recording {
	if c == nil {
		c = openapi.Embedded()
	}
	r := &Recording{contract: c}
	if !servesState(c) {
		return r
	}
	for _, tree := range c.Trees() {
		r.services = append(r.services, service.New(service.Config{
			Tree: tree, Behaviors: workload.All(), Foreign: !c.IsEmbeddedModel(),
		}))
	}
	return r
}

// Add checks an exchange, and those of the requests of a batch: they come behind it.
// Unlike a server, which responds to the first step that says no, it tells everything
// that is wrong. Of a token it asks only that there is one: whether it was valid then
// is not known.
func (r *Recording) Add(in Recorded) []Exchange {
	e, parts := r.add(&in)
	all := []Exchange{e}
	for i := range parts {
		part, _ := r.add(&parts[i])
		all = append(all, part)
	}
	return all
}

// add checks an exchange alone, and returns the requests of a batch.
func (r *Recording) add(in *Recorded) (Exchange, []Recorded) {
	r.count++
	e := journal.Record{
		Exchange: Exchange{
			ID: r.count, At: in.At, Method: in.Method, Host: in.URL.Host, Path: in.URL.EscapedPath(), Query: in.URL.RawQuery,
			Header: in.Header, Body: in.Body, Status: in.Status, AnswerHeader: in.AnswerHeader, Answer: in.Answer,
			BatchID: in.BatchID,
		},
		Delivered: in.Status != 0,
	}
	var parts []Recorded
	match, violation := r.contract.Route(in.Method, r.pathOf(in))
	switch {
	case violation != nil:
		e.Violations = []openapi.Violation{*violation}
	case in.BatchID != "" && isBatch(match.Operation):
		e.Matched, e.Violations = match.Operation, []openapi.Violation{r.violation(match.Operation, nestedBatch())}
	default:
		e.Matched = match.Operation
		e.Violations, e.Value = r.check(match, in)
		if isBatch(match.Operation) && e.Value != nil && !in.PartsApart {
			var wrong []openapi.Violation
			parts, wrong = r.partsOf(match, in, e.Value)
			if len(e.Violations) == 0 { // of its schema, which says the same better
				e.Violations = wrong
			}
		}
	}
	r.collector.Add(&e)
	return e.Redacted(r.contract.Credentials()), parts
}

// pathOf is the path of a request as the contract has it.
func (r *Recording) pathOf(in *Recorded) string {
	path := in.URL.EscapedPath()
	rest, below := strings.CutPrefix(path, strings.TrimSuffix(in.Root, "/"))
	if in.Root == "" || !below || rest != "" && rest[0] != '/' {
		return path
	}
	return r.contract.Bases()[0] + rest
}

// partsOf returns the requests of a batch with their responses, and what is wrong with
// how the batch is made of them.
func (r *Recording) partsOf(match openapi.Match, in *Recorded, body any) ([]Recorded, []openapi.Violation) {
	b, problem := batch.Parse(match.Base, body)
	if problem != nil {
		return nil, []openapi.Violation{r.violation(match.Operation, problem.Violation)}
	}
	responses := make([]batch.Response, len(b.Requests))
	var found []openapi.Violation
	if in.Status == http.StatusOK && !in.AnswerLost && !in.Scripted {
		if value, syntax := jsontext.Decode(in.Answer); syntax == nil {
			responses, found = b.Responses(value)
		}
	}
	var parts []Recorded
	for i := range b.Requests {
		request, response := &b.Requests[i], &responses[i]
		alone := request.HTTP(&http.Request{Header: in.Header, Host: in.URL.Host}, in.URL.Scheme)
		part := Recorded{At: in.At, Method: request.Method, URL: alone.URL, Header: alone.Header, Body: request.Body,
			TokenLost: in.TokenLost, BatchID: request.ID}
		if response.Status != 0 {
			response.AddCommonHeaders(in.AnswerHeader)
			part.Status, part.AnswerHeader, part.Answer = response.Status, response.Header, response.Body
		}
		parts = append(parts, part)
	}
	for i := range found {
		found[i].Operation = match.Operation.ID
	}
	return parts, found
}

// Verdict returns the verdict on everything that was added.
func (r *Recording) Verdict() Verdict { return r.collector.Verdict(r.contract, false) }

// check returns what is wrong with an exchange, and its request's body as JSON.
func (r *Recording) check(match openapi.Match, in *Recorded) ([]openapi.Violation, any) {
	op := match.Operation
	found, bodyLost := r.checkHeaders(op, in)
	if most := maxBodyAt(in.Method, in.URL.Path, len(r.services) > 0); len(in.Body) > most && !in.BodyLost {
		found = append(found, r.violation(op, bodyTooLarge(most)))
	}
	m := message{body: in.Body, match: match}
	wrong := m.check(r.contract, in.URL.RawQuery, in.Header, in.At, nil)
	if !slices.ContainsFunc(wrong, isOfQuery) {
		wrong = append(wrong, r.checkQuery(&m, in.Header)...)
	}
	for i, v := range wrong {
		wrong[i] = r.violation(op, v)
	}
	found = append(found, judgeable(wrong, in.BodyLost || bodyLost)...)
	if in.Status == 0 || in.Scripted {
		return found, m.value
	}
	response := &openapi.Response{Operation: op, Status: in.Status, Header: in.AnswerHeader, Body: in.Answer}
	wrong = judgeable(r.contract.CheckResponse(response), in.AnswerLost)
	if in.AnswerHeader.Get("Date") == "" { // which servers send (RFC 9110 §6.6.1), so that others may be lost as well
		wrong = slices.DeleteFunc(wrong, func(v openapi.Violation) bool {
			return v.In == openapi.InHeader && v.Rule == "required"
		})
	}
	return append(found, wrong...), m.value
}

// checkQuery finds what a workload refuses of a query, whatever there is. The pages behind
// the first were asked for with it.
func (r *Recording) checkQuery(m *message, h http.Header) []openapi.Violation {
	op, path := m.match.Operation, m.match.Resource()
	if op.Method != http.MethodGet || path.Node == nil || len(r.services) == 0 || !isServed(op, path, r.services) || tokenOf(m.query) != "" {
		return nil
	}
	options := m.query
	if options == nil {
		options = &odata.Options{}
	}
	if wrong := serviceOf(path, r.services).CheckQuery(path, options, isEventual(h)); wrong != nil {
		return []openapi.Violation{queryViolation(wrong)}
	}
	return nil
}

// checkHeaders finds what the contract's own check of a request does not: a missing
// token, and a body that can't be unpacked, which is as good as lost.
func (r *Recording) checkHeaders(op *openapi.Operation, in *Recorded) (found []openapi.Violation, bodyLost bool) {
	if repeated := r.contract.CheckHeaders(in.Header); repeated != nil {
		repeated.Operation = op.ID
		found = append(found, *repeated)
	}
	if v := auth.InTheClear(in.URL, in.Header); v != nil {
		found = append(found, r.violation(op, *v))
	}
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
