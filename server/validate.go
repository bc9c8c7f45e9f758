package server

import "github.com/graphmock/graphmock/openapi"

// validate checks parameters and body against the contract, and keeps the body
// as JSON: it is decoded once.
func (x *exchange) validate() {
	r, op := x.request, x.match.Operation
	value, violations := x.server.config.Contract.CheckRequest(&openapi.Request{
		Match: x.match, Query: r.URL.RawQuery, Header: r.Header, Body: x.body,
	})
	x.value = value
	if len(violations) == 0 {
		violations = x.readQuery()
	}
	switch {
	case len(violations) > 0 && violations[0].In == openapi.InBody && isBatch(op):
		x.rejectAs(batchErrorOf(violations[0]), violations)
	case len(violations) > 0:
		x.reject(violations...)
	case isBatch(op):
		x.readBatch()
	}
}
