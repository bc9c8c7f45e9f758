package server

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/graphmock/graphmock/openapi"
)

// An Exchange is one request and what became of it, as the journal keeps it. No
// token is in it: credentials in Header and Query read REDACTED.
type Exchange struct {
	ID         int64               // from 1, in the order of the answers; anew after Reset
	At         time.Time           // when the request came, by the server's clock
	Took       time.Duration       // until its answer was ready
	Method     string              //
	Path       string              // escaped, as sent
	Query      string              // as sent, without the question mark
	Header     http.Header         // of the request
	Body       []byte              // of the request, decompressed; don't change it
	Operation  string              // operationId, empty if no operation matched
	BatchID    string              // the request's id in the $batch that it came with, empty if it came alone
	Status     int                 //
	Rule       string              // the scenario rule that answered, if one did: SCENARIO/RULE, or the pattern of a script in Go
	Answer     []byte              // body of the answer; don't change it
	Violations []openapi.Violation //
	Caller     string              // of a request with violations that came in process: where it was sent, such as sync_test.go:41

	AnswerHeader http.Header // of the answer
}

// journal keeps the last exchanges. The zero value with a size is ready.
type journal struct {
	size    int
	observe func(Exchange)

	mu      sync.Mutex
	count   int64       // of all there ever were
	dropped int64       // of these, the first, which are not kept any more
	ring    []logged    // by id; grows to size, then wraps
	bytes   int         // of the bodies in the ring
	flagged []*Exchange // those with violations, which outlive the ring
	flags   int         // bytes of the bodies of flagged
	taken   int         // how many of flagged somebody has taken
	resets  int
	changed chan struct{} // nil if nobody waits, closed at the next exchange
}

// logged is an exchange as it is kept: its headers are one list of names and
// values, which costs a third of two maps.
type logged struct {
	Exchange
	headers []string
	sent    int // how many of headers are the request's; the rest are the answer's
}

// Bounds of a journal, besides its size.
const (
	maxFlagged      = 1000      // exchanges that are kept for their violations
	maxFlaggedBytes = 64 << 20  // of their bodies; what is beyond is kept without
	maxJournalBytes = 256 << 20 // of the bodies of all others
)

func (j *journal) add(e *logged) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.count++
	e.ID = j.count
	j.bytes += e.size()
	for j.count-j.dropped > int64(j.size) || j.bytes > maxJournalBytes && j.dropped < j.count-1 {
		oldest := j.at(j.dropped + 1)
		j.bytes -= oldest.size()
		*oldest = logged{}
		j.dropped++
	}
	if len(j.ring) < j.size {
		j.ring = append(j.ring, *e)
	} else {
		*j.at(j.count) = *e
	}
	if len(e.Violations) > 0 && len(j.flagged) < maxFlagged {
		j.flag(e.exchange())
	}
	if j.changed != nil {
		close(j.changed)
		j.changed = nil
	}
	if j.observe != nil {
		j.observe(e.Exchange)
	}
}

// at is where the exchange with an id is kept.
//
// j.mu must be held.
func (j *journal) at(id int64) *logged { return &j.ring[(id-1)%int64(j.size)] }

// size is the bytes of the bodies.
func (e *Exchange) size() int { return len(e.Body) + len(e.Answer) }

// flag keeps an exchange for its violations.
//
// j.mu must be held.
func (j *journal) flag(e Exchange) {
	if j.flags+e.size() > maxFlaggedBytes {
		e.Body, e.Answer = nil, nil
	}
	j.flags += e.size()
	j.flagged = append(j.flagged, &e)
}

// reset forgets every exchange; ids begin anew.
func (j *journal) reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.count, j.dropped, j.ring, j.bytes, j.flagged, j.flags, j.taken = 0, 0, nil, 0, nil, 0, 0
	j.resets++
}

// A mark is a place in the journal: behind the exchange with that id.
type mark struct {
	id     int64
	resets int // how often the journal had been emptied
}

// end is the mark behind the last exchange.
func (j *journal) end() mark {
	j.mu.Lock()
	defer j.mu.Unlock()
	return mark{j.count, j.resets}
}

// since gives some exchanges that follow a mark, without their headers, the mark
// behind them, and a channel that is closed when there are more. A reader that is
// slower than the journal skips what was dropped meanwhile.
func (j *journal) since(m mark) (list []Exchange, end mark, changed <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if m.resets != j.resets || m.id > j.count {
		m = mark{0, j.resets}
	}
	const most = 100
	m.id = max(m.id, j.dropped)
	for ; m.id < j.count && len(list) < most; m.id++ {
		list = append(list, j.at(m.id+1).Exchange)
	}
	if j.changed == nil {
		j.changed = make(chan struct{})
	}
	return list, m, j.changed
}

// find gives the first exchanges after an id that are to be kept, oldest first
// and without their headers, as many as the limit at most.
func (j *journal) find(after int64, limit int, keep func(*Exchange) bool) []Exchange {
	j.mu.Lock()
	defer j.mu.Unlock()
	var list []Exchange
	take := func(e *Exchange) {
		if e.ID > after && len(list) < limit && keep(e) {
			list = append(list, *e)
		}
	}
	for _, e := range j.flagged {
		if e.ID <= j.dropped {
			take(e)
		}
	}
	for id := max(after, j.dropped) + 1; id <= j.count; id++ {
		take(&j.at(id).Exchange)
	}
	return list
}

// exchange is the exchange with its headers as maps.
func (l *logged) exchange() Exchange {
	e := l.Exchange
	e.Header, e.AnswerHeader = headerOf(l.headers[:l.sent]), headerOf(l.headers[l.sent:])
	return e
}

func headerOf(list []string) http.Header {
	h := make(http.Header, len(list)/2)
	for i := 0; i < len(list); i += 2 {
		h[list[i]] = append(h[list[i]], list[i+1])
	}
	return h
}

// all gives the exchanges that are kept, oldest first.
func (j *journal) all() []Exchange {
	j.mu.Lock()
	defer j.mu.Unlock()
	list := make([]Exchange, 0, j.count-j.dropped)
	for id := j.dropped + 1; id <= j.count; id++ {
		list = append(list, j.at(id).exchange())
	}
	return list
}

func (j *journal) violating() []Exchange {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.flaggedFrom(0)
}

// take is violating without what was taken before.
func (j *journal) take() []Exchange {
	j.mu.Lock()
	defer j.mu.Unlock()
	from := j.taken
	j.taken = len(j.flagged)
	return j.flaggedFrom(from)
}

// j.mu must be held.
func (j *journal) flaggedFrom(i int) []Exchange {
	list := make([]Exchange, 0, len(j.flagged)-i)
	for _, e := range j.flagged[i:] {
		list = append(list, *e)
	}
	return list
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

// TakeViolating is Violating without those that it gave before. A test that looks
// at violations takes them, and fails for what is left at its end.
func (s *Server) TakeViolating() []Exchange { return s.journal.take() }

// TakeViolations gives the violations of the exchanges that TakeViolating gives.
func (s *Server) TakeViolations() []openapi.Violation {
	var list []openapi.Violation
	for _, e := range s.TakeViolating() {
		list = append(list, e.Violations...)
	}
	return list
}
