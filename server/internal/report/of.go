package report

import (
	"cmp"
	"slices"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/journal"
	"github.com/graphmock/graphmock/server/internal/verdict"
)

// Of returns the report on a server: the verdict on everything, the exchanges that
// its journal still has, and those with violations, which it keeps longer.
func Of(c *openapi.Contract, v verdict.Verdict, kept, violating []journal.Exchange) Report {
	r := Report{Contract: c, Verdict: v}
	for _, e := range violating {
		if len(kept) > 0 && e.ID < kept[0].ID {
			r.Exchanges = append(r.Exchanges, Exchange{Exchange: e})
		}
	}
	for _, e := range kept {
		r.Exchanges = append(r.Exchanges, Exchange{Exchange: e})
	}
	if n := len(r.Exchanges); n > 0 {
		r.Left = int(r.Exchanges[n-1].ID) - n
		first := slices.MinFunc(r.Exchanges, func(a, b Exchange) int { return a.At.Compare(b.At) })
		last := slices.MaxFunc(r.Exchanges, func(a, b Exchange) int {
			return cmp.Compare(a.At.Add(a.Took).UnixNano(), b.At.Add(b.Took).UnixNano())
		})
		r.Started, r.Ended = first.At, last.At.Add(last.Took)
	}
	return r
}
