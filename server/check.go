package server

import "github.com/graphmock/graphmock/openapi"

// checkResponse holds the response against the contract. A response that breaks it is
// sent all the same, with the violation beside it: the mock is then wrong, or the
// contract is not the one that the service was written for. A script may lie, if
// it says so. Graph's words for an error are no fault of another service's
// contract.
func (x *exchange) checkResponse() {
	if x.match.Operation == nil || x.status == 0 { // there is no response at all
		return
	}
	if x.refused && !x.server.config.Contract.HasGraphErrors() {
		return
	}
	x.violations = append(x.violations, x.decision.Violations(x.server.config.Contract, &openapi.Response{
		Operation: x.match.Operation, Status: x.status, Header: x.outlet.Header(), Body: x.responseBody, Value: x.entity,
	})...)
}
