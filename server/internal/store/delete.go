package store

import "math"

// Delete implements Tx.
func (s *space) Delete(path, id string) bool {
	r := s.find(path, id)
	if r == nil {
		return false
	}
	s.deleteTree(r)
	return true
}

// deleteTree removes a record and all that goes with it.
func (s *space) deleteTree(r *record) {
	s.deleteRecord(r)
	below := r.in.path + "/" + r.ID + "/"
	path := below[:len(below)-1]
	for _, in := range s.below(below) {
		for _, r := range in.records {
			s.deleteRecord(r)
		}
	}
	s.unlinkTree(path, below)
	s.deleteMediaTree(path, below)
}

func (s *space) deleteRecord(r *record) {
	s.remove(r)
	s.onRollback(func() { s.add(r) })
}

// expire removes what has expired by now. While nothing has, that is one comparison.
func (s *space) expire(now int64) {
	for now >= s.due {
		switch r := s.expiring.first(); {
		case r == nil:
			s.due = math.MaxInt64
		case r.Expires > now:
			s.due = r.Expires
		default:
			s.expireRecord(r)
		}
	}
}

func (s *space) expireRecord(r *record) {
	s.deleteTree(r)
	if expired := s.options.Expired; expired != nil {
		expired(s, r.in.path, r.Record)
	}
	s.commit()
}
