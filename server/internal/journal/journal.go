// Package journal keeps the last exchanges of a server, without the credentials that
// they had.
package journal

import (
	"sync"

	"github.com/graphmock/graphmock/openapi/credential"
)

// A Journal keeps the last exchanges, and the first of those with violations. Its
// memory is bounded. All methods are safe for concurrent use.
type Journal struct {
	size    int
	rules   credential.Rules
	observe func(Exchange)

	mu      sync.Mutex
	count   int64   // of all there ever were
	dropped int64   // of these, the first, which are not kept any more
	ring    []kept  // by id; grows to size, then wraps
	bytes   int     // of what is in the ring
	flagged []*kept // those with violations, which outlive the ring
	flags   int     // bytes of flagged
	taken   int     // how many of flagged were taken
	resets  int
	changed chan struct{} // nil if nothing waits, closed at the next exchange
}

// kept is an exchange as the journal keeps it: its headers are lists of names and
// values, which cost a third of maps. What HTTP itself calls a credential is redacted,
// the rest when somebody looks: most exchanges are never looked at.
type kept struct {
	Exchange
	header, responseHeader []string
	bytes                  int // that it holds
}

// New makes a journal of at most size exchanges, which is at least one; the rules say
// what is a credential. It calls observe, if that is not nil, with each exchange that
// it adds, without its headers: one at a time, in order, and with the journal's lock
// held.
func New(size int, rules credential.Rules, observe func(Exchange)) *Journal {
	return &Journal{size: size, rules: rules, observe: observe}
}

// Add adds an exchange, credentials redacted, and gives the record its ID.
func (j *Journal) Add(r *Record) {
	k := r.keep(j.rules)
	k.limit()
	var shown Exchange
	if j.observe != nil { // what needs no lock is done without it
		shown = k.shown(j.rules)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.count++
	r.ID, k.ID, shown.ID = j.count, j.count, j.count
	j.keep(&k)
	if len(k.Violations) > 0 && len(j.flagged) < maxFlagged {
		j.flag(k)
	}
	if j.changed != nil {
		close(j.changed)
		j.changed = nil
	}
	if j.observe != nil {
		j.observe(shown)
	}
}

// Observe shows an exchange to who observes the journal, which does not keep it: it has no
// ID. It must have no credentials.
func (j *Journal) Observe(e Exchange) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.observe != nil {
		j.observe(e)
	}
}

// keep puts the last exchange into the ring, which drops the oldest to make room.
//
// j.mu must be held.
func (j *Journal) keep(k *kept) {
	j.bytes += k.bytes
	for j.count-j.dropped > int64(j.size) || j.bytes > maxBytes && j.dropped < j.count-1 {
		oldest := j.at(j.dropped + 1)
		j.bytes -= oldest.bytes
		*oldest = kept{}
		j.dropped++
	}
	if len(j.ring) < j.size {
		j.ring = append(j.ring, *k)
		return
	}
	*j.at(j.count) = *k
}

// at returns where the exchange with an id is kept.
//
// j.mu must be held.
func (j *Journal) at(id int64) *kept { return &j.ring[(id-1)%int64(j.size)] }

// flag keeps an exchange for its violations.
//
// j.mu must be held.
func (j *Journal) flag(k kept) {
	if j.flags+k.bytes > maxFlaggedBytes {
		k.shorten()
	}
	j.flags += k.bytes
	j.flagged = append(j.flagged, &k)
}

// Reset forgets every exchange; ids begin anew.
func (j *Journal) Reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.count, j.dropped, j.ring, j.bytes, j.flagged, j.flags, j.taken = 0, 0, nil, 0, nil, 0, 0
	j.resets++
}

// A Mark is a position in the journal: behind the exchange with that ID. The zero
// Mark is before the first.
type Mark struct {
	ID     int64
	resets int // how often the journal had been emptied
}

// End returns the mark behind the last exchange.
func (j *Journal) End() Mark {
	j.mu.Lock()
	defer j.mu.Unlock()
	return Mark{j.count, j.resets}
}

// maxSince is how many exchanges Since returns at once.
const maxSince = 100

// Since returns some exchanges that follow a mark, without their headers, the mark
// behind them, and a channel that is closed when there are more. A reader that is
// slower than the journal skips what was dropped meanwhile; one whose mark is of
// before a reset, or beyond the end, begins at the start.
func (j *Journal) Since(m Mark) (list []Exchange, end Mark, changed <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if m.resets != j.resets || m.ID > j.count {
		m = Mark{0, j.resets}
	}
	m.ID = max(m.ID, j.dropped)
	for ; m.ID < j.count && len(list) < maxSince; m.ID++ {
		list = append(list, j.at(m.ID+1).shown(j.rules))
	}
	if j.changed == nil {
		j.changed = make(chan struct{})
	}
	return list, m, j.changed
}

// Dropped returns how many exchanges, from the first on, are not kept any more.
func (j *Journal) Dropped() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.dropped
}

// Find returns the first exchanges after an id that match, oldest first and without
// their headers, as many as the limit at most. Those that are kept only for their
// violations are among them.
func (j *Journal) Find(after int64, limit int, match func(*Exchange) bool) []Exchange {
	j.mu.Lock()
	defer j.mu.Unlock()
	var list []Exchange
	take := func(k *kept) {
		if k.ID > after && len(list) < limit && match(&k.Exchange) {
			list = append(list, k.shown(j.rules))
		}
	}
	for _, k := range j.flagged {
		if k.ID <= j.dropped {
			take(k)
		}
	}
	for id := max(after, j.dropped) + 1; id <= j.count; id++ {
		take(j.at(id))
	}
	return list
}

// Get returns the exchange with an id, if it is kept.
func (j *Journal) Get(id int64) (e Exchange, kept bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if id > j.dropped && id <= j.count {
		return j.at(id).whole(j.rules), true
	}
	for _, flagged := range j.flagged {
		if flagged.ID == id {
			return flagged.whole(j.rules), true
		}
	}
	return Exchange{}, false
}

// All returns the exchanges that are kept, oldest first.
func (j *Journal) All() []Exchange {
	j.mu.Lock()
	defer j.mu.Unlock()
	list := make([]Exchange, 0, j.count-j.dropped)
	for id := j.dropped + 1; id <= j.count; id++ {
		list = append(list, j.at(id).whole(j.rules))
	}
	return list
}

// Violating returns the exchanges with violations, oldest first: the first thousand
// of them.
func (j *Journal) Violating() []Exchange {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.flaggedFrom(0)
}

// TakeViolating returns what Violating does without what it returned before.
func (j *Journal) TakeViolating() []Exchange {
	j.mu.Lock()
	defer j.mu.Unlock()
	from := j.taken
	j.taken = len(j.flagged)
	return j.flaggedFrom(from)
}

// flaggedFrom returns copies of the flagged exchanges from an index on.
//
// j.mu must be held.
func (j *Journal) flaggedFrom(i int) []Exchange {
	list := make([]Exchange, 0, len(j.flagged)-i)
	for _, k := range j.flagged[i:] {
		list = append(list, k.whole(j.rules))
	}
	return list
}
