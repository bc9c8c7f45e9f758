package server

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/graphmock/graphmock/openapi"
)

// An Exchange is one request and what became of it, as the journal keeps it. No
// token is in it: credentials are left out of Header and Query.
type Exchange struct {
	ID         int64               // from 1, in the order of the answers
	At         time.Time           // when the request came, by the server's clock
	Took       time.Duration       // until its answer was ready
	Method     string              //
	Path       string              // escaped, as sent
	Query      string              // as sent, without the question mark
	Header     http.Header         // of the request; don't change it
	Body       []byte              // of the request, decompressed; don't change it
	Operation  string              // operationId, empty if no operation matched
	Status     int                 //
	Rule       string              // the scenario rule that answered, if one did
	Answer     []byte              // body of the answer; don't change it
	Violations []openapi.Violation //
}

// journal keeps the last exchanges. The zero value with a size is ready.
type journal struct {
	size    int
	observe func(Exchange)

	mu      sync.Mutex
	count   int64      // of all there ever were
	ring    []Exchange // grows to size, then wraps
	flagged []Exchange // those with violations, which outlive the ring
}

// maxFlagged bounds the exchanges that are kept for their violations.
const maxFlagged = 1000

func (j *journal) add(e Exchange) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.count++
	e.ID = j.count
	if len(j.ring) < j.size {
		j.ring = append(j.ring, e)
	} else {
		j.ring[int((j.count-1)%int64(j.size))] = e
	}
	if len(e.Violations) > 0 && len(j.flagged) < maxFlagged {
		j.flagged = append(j.flagged, e)
	}
	if j.observe != nil {
		j.observe(e)
	}
}

// all gives the exchanges that are kept, oldest first.
func (j *journal) all() []Exchange {
	j.mu.Lock()
	defer j.mu.Unlock()
	list := make([]Exchange, 0, len(j.ring))
	if len(j.ring) == j.size {
		from := int(j.count % int64(j.size))
		list = append(list, j.ring[from:]...)
		return append(list, j.ring[:from]...)
	}
	return append(list, j.ring...)
}

func (j *journal) violating() []Exchange {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]Exchange(nil), j.flagged...)
}

// JSON gives the request's body as decoded JSON.
func (e Exchange) JSON() (any, error) {
	var v any
	err := json.Unmarshal(e.Body, &v)
	return v, err
}

// Requests gives the exchanges of the operation that a net/http pattern names,
// such as "PUT /me/activities/{id}/historyItems/{item}", oldest first; all
// exchanges for the empty pattern. Names of parameters are free.
func (s *Server) Requests(pattern string) ([]Exchange, error) {
	all := s.journal.all()
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
func (s *Server) Violating() []Exchange { return s.journal.violating() }
