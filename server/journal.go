package server

import (
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/journal"
)

// An Exchange is one request and what became of it, as the journal keeps it. No
// token is in it: credentials in Header and Query read REDACTED.
type Exchange = journal.Exchange

// Requests gives the exchanges of the operation that a net/http pattern names,
// such as "PUT /me/activities/{id}/historyItems/{item}", oldest first; all
// exchanges for the empty pattern. Names of parameters are free.
func (s *Server) Requests(pattern string) ([]Exchange, error) {
	all := s.journal.All()
	if pattern == "" {
		return all, nil
	}
	op, err := s.config.Contract.Find(pattern)
	if err != nil {
		return nil, err
	}
	var list []Exchange
	for _, e := range all {
		if e.Operation == op.ID {
			list = append(list, e)
		}
	}
	return list, nil
}

// Violating gives the exchanges that broke the contract, oldest first: the first
// thousand of them.
func (s *Server) Violating() []Exchange { return s.journal.Violating() }

// TakeViolating is Violating without those that it gave before. A test that looks
// at violations takes them, and fails for what is left at its end.
func (s *Server) TakeViolating() []Exchange { return s.journal.TakeViolating() }

// TakeViolations gives the violations of the exchanges that TakeViolating gives.
func (s *Server) TakeViolations() []openapi.Violation {
	var list []openapi.Violation
	for _, e := range s.TakeViolating() {
		list = append(list, e.Violations...)
	}
	return list
}
