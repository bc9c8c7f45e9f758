package report

import (
	"cmp"
	"slices"

	"github.com/graphmock/graphmock/server"
)

// Of gives the report on a server by now: what the journal still has, and the
// verdict on everything.
func Of(s *server.Server) Report {
	r := Report{Contract: s.Contract(), Verdict: s.Verdict()}
	all, _ := s.Requests("") // every pattern is one, the empty one too
	for _, e := range s.Violating() {
		if len(all) > 0 && e.ID < all[0].ID {
			r.Exchanges = append(r.Exchanges, Exchange{Exchange: e})
		}
	}
	for _, e := range all {
		r.Exchanges = append(r.Exchanges, Exchange{Exchange: e})
	}
	if n := len(r.Exchanges); n > 0 {
		r.Left = int(r.Exchanges[n-1].ID) - n
		first := slices.MinFunc(r.Exchanges, func(a, b Exchange) int { return a.At.Compare(b.At) })
		last := slices.MaxFunc(r.Exchanges, func(a, b Exchange) int { return cmp.Compare(a.At.Add(a.Took).UnixNano(), b.At.Add(b.Took).UnixNano()) })
		r.Started, r.Ended = first.At, last.At.Add(last.Took)
	}
	return r
}
