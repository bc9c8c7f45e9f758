package server

import (
	"slices"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/journal"
	"github.com/graphmock/graphmock/server/internal/verdict"
)

// What a verdict is made of. See Verdict.
type (
	// A Verdict says whether the clients of a server kept the contract, and which
	// part of it they used. Its lists are never nil, and in the order in which
	// things were first seen. A request that no operation fits is a violation as
	// well, and so is a scripted response that breaks the contract.
	Verdict = verdict.Verdict

	GroupedViolation     = verdict.GroupedViolation     // a violation and how often it was seen
	UnmatchedRequest     = verdict.UnmatchedRequest     // a request line that no operation fits
	UnsupportedRequest   = verdict.UnsupportedRequest   // what Graph has and the server does not
	OutsideRequest       = verdict.OutsideRequest       // what the proxy refused, for it is for another host
	Guidance             = verdict.Guidance             // what keeps the contract and is advised against
	Duplicate            = verdict.Duplicate            // something that was created twice
	Write                = verdict.Write                // a request that stored something
	NeededPermissions    = verdict.Permissions          // what the requests needed, and what their tokens had beyond it
	Coverage             = verdict.Coverage             // which part of the contract the requests used
	OperationPermissions = verdict.OperationPermissions // what one operation needs
	OperationCoverage    = verdict.OperationCoverage    // the coverage of one operation
	Point                = verdict.Point                // one thing about an operation that tests can touch
)

// Kinds of points.
const (
	PointStatus     = verdict.PointStatus     // a response that the contract declares, such as 201 or 5XX
	PointQuery      = verdict.PointQuery      // a query option
	PointProperty   = verdict.PointProperty   // a property of the body, at the top or one level below
	PointValue      = verdict.PointValue      // a value of an enum
	PointNextLink   = verdict.PointNextLink   // an @odata.nextLink that was given was followed
	PointRetryAfter = verdict.PointRetryAfter // a Retry-After that was given was honoured
)

// Verdict returns the verdict on everything since the start, or the last Reset.
// What scenarios expect about replies left over is final only when the clients
// are done.
func (s *Server) Verdict() Verdict {
	v := s.collector.Verdict(s.config.Contract, !s.config.Now.IsZero())
	if engine := s.engine.Load(); engine != nil {
		v.AddScenarios(engine.Failures(), engine.Unused())
	}
	return v
}

// Permissions returns what the requests since the start, or the last Reset, needed at
// least, and what their tokens had beyond it.
func (s *Server) Permissions() NeededPermissions { return s.Verdict().Permissions }

// An Exchange is one request and what became of it, as the journal keeps it. No
// token is in it: credentials in Header and Query read REDACTED.
type Exchange = journal.Exchange

// Requests returns the exchanges of the operations that a pattern names, oldest
// first; all exchanges for the empty pattern. A pattern is one of net/http's, such as
// "PUT /me/activities/{id}/historyItems/{item}", whose names of parameters are free,
// a path without a method, or an operationId, as exchanges have it.
func (s *Server) Requests(pattern string) ([]Exchange, error) {
	all := s.journal.All()
	if pattern == "" {
		return all, nil
	}
	ids, err := s.operationIDs(pattern, all)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(e Exchange) bool { return !slices.Contains(ids, e.Operation) }), nil
}

// operationIDs is Contract.FindAll, for operations that exchanges name as well.
func (s *Server) operationIDs(pattern string, all []Exchange) (ids []string, err error) {
	list, err := s.config.Contract.FindAll(pattern)
	for _, op := range list {
		ids = append(ids, op.ID)
	}
	if len(ids) == 0 && slices.ContainsFunc(all, func(e Exchange) bool { return e.Operation == pattern }) {
		ids = []string{pattern}
	}
	if len(ids) == 0 {
		return nil, err
	}
	return ids, nil
}

// Violating returns the exchanges that broke the contract, oldest first: the first
// thousand of them.
func (s *Server) Violating() []Exchange { return s.journal.Violating() }

// TakeViolating is Violating without those that it gave before. A test that looks
// at violations takes them, and fails for what is left at its end.
func (s *Server) TakeViolating() []Exchange { return s.journal.TakeViolating() }

// TakeViolations returns the violations of the exchanges that TakeViolating
// returns.
func (s *Server) TakeViolations() []openapi.Violation {
	var list []openapi.Violation
	for _, e := range s.TakeViolating() {
		list = append(list, e.Violations...)
	}
	return list
}
