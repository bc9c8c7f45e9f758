package store

import (
	"slices"
	"strconv"
	"strings"
	"sync"
)

// space is what one tenant has and, while mu is held, the transaction.
type space struct {
	mu      sync.Mutex // held for a transaction, never for long: readers need no lock of their own
	options *Options
	*content
	log []change // of the transaction

	numbers int64 // that Next has returned; a rollback does not take them back
}

// change is what takes one change back.
type change struct {
	record *record // what it was done to
	old    Record  // what that was before
	undo   func()  // if not nil, this is called instead
}

// longLog is how long the log of a transaction may be to be used again.
const longLog = 1000

func newSpace(o *Options) *space { return &space{options: o, content: newContent()} }

// end takes back what was not committed, and unlocks the space. s.mu must be held, as for all that follows.
func (s *space) end() {
	defer s.mu.Unlock()
	for _, c := range slices.Backward(s.log) {
		if c.undo != nil {
			c.undo()
		} else {
			s.change(c.record, c.old)
		}
	}
	s.commit()
}

// commit makes the changes so far last.
func (s *space) commit() {
	if cap(s.log) > longLog {
		s.log = nil
		return
	}
	clear(s.log)
	s.log = s.log[:0]
}

func (s *space) onRollback(undo func()) { s.log = append(s.log, change{undo: undo}) }

// Get implements Reader.
func (s *space) Get(path, id string) (Record, bool) {
	if r := s.find(path, id); r != nil {
		return r.Record, true
	}
	return Record{}, false
}

// First implements Reader.
func (s *space) First(path string) (Record, bool) {
	in := s.get(path)
	if in == nil {
		return Record{}, false
	}
	return in.order.first().Record, true
}

// Find implements Reader.
func (s *space) Find(path, index, value string) (Record, bool) {
	in := s.get(path)
	if in == nil {
		return Record{}, false
	}
	if o := in.index(index)[value]; o != nil {
		return o.first().Record, true
	}
	return Record{}, false
}

// Len implements Reader.
func (s *space) Len(path string) int {
	if in := s.get(path); in != nil {
		return len(in.records)
	}
	return 0
}

// Put implements Tx.
func (s *space) Put(path string, r Record) Record {
	old := s.find(path, r.ID)
	if old == nil {
		r.Version = 1
		s.create(path, r)
		return r
	}
	r.ID, r.Version = old.ID, old.Version+1
	s.replace(old, r)
	return r
}

func (s *space) create(path string, to Record) {
	if to.ID == "" || strings.Contains(to.ID, "/") {
		panic("BUG: a record in " + path + " with the id " + strconv.Quote(to.ID))
	}
	in := s.get(path)
	if in == nil {
		in = &collection{path: path, records: map[string]*record{}, order: order{before: byRank}}
	}
	r := &record{Record: to, in: in}
	s.add(r)
	s.onRollback(func() { s.remove(r) })
}

func (s *space) replace(r *record, to Record) {
	s.log = append(s.log, change{record: r, old: r.Record})
	s.change(r, to)
}

// Reindex implements Tx.
func (s *space) Reindex(path, id string, index []Index) {
	if r := s.find(path, id); r != nil {
		to := r.Record
		to.Index = index
		s.replace(r, to)
	}
}

// Clear implements Tx.
func (s *space) Clear() {
	old := s.content
	s.content = newContent()
	s.onRollback(func() { s.content = old })
}

// Next implements Tx.
func (s *space) Next() int64 {
	s.numbers++
	return s.numbers
}
