package graphtest

import (
	"slices"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/internal/report"
)

// findings are what servers have found: those of one, of a process, or of a run of go
// test. Other processes read what one has written, so that everything is exported.
type findings struct {
	Started   time.Time
	Took      time.Duration // from the first to the last exchange of each server
	Verdict   server.Verdict
	Exchanges []report.Exchange
	Count     int64  // of all exchanges
	Broken    int    // exchanges that are kept for their violations
	Bytes     int    // of the bodies that are kept
	Hash      string // of the contract
	Mixed     bool   // there is more than one contract
}

// report returns the report on the findings.
func (f *findings) report(c *openapi.Contract) report.Report {
	r := report.Report{
		Version: report.Version(), Command: "go test", Contract: c, Root: process.root, Started: f.Started,
		Ended: f.Started.Add(f.Took), Verdict: f.Verdict, Exchanges: f.Exchanges, Left: int(f.Count) - len(f.Exchanges),
	}
	if f.Mixed {
		r.Notes = []string{"The tests use more than one contract; this report names one of them."}
	}
	return r
}

// findingsOf returns what came of a server. Exchanges and violations are those that the
// test has not taken.
func findingsOf(r report.Report, test string, untaken []server.Exchange, unmet []scenarios.Failure) *findings {
	f := &findings{Hash: r.Contract.Hash(), Count: int64(len(r.Exchanges) + r.Left)}
	f.Verdict.Clean = len(unmet) == 0
	f.Verdict.Coverage = r.Verdict.Coverage
	by := process.started.Sub(r.Started)
	if hasClockOfItsOwn(r) {
		f.Started = process.started
	} else {
		by, f.Started, f.Took = 0, r.Started, r.Ended.Sub(r.Started)
	}
	open := map[int64]bool{}
	for _, e := range untaken {
		open[e.ID] = true
	}
	for i, x := range r.Exchanges {
		x.Package, x.Test, x.Place = process.pkg, test, report.ParsePlace(x.Caller)
		x.At = x.At.Add(by)
		if !open[x.ID] {
			x.Violations = nil
		}
		x.ID = int64(i + 1)
		for _, v := range x.Violations {
			f.addViolation(server.GroupedViolation{Violation: v, Count: 1, First: x.ID, Where: x.Method + " " + x.Path})
		}
		f.keep(x)
	}
	for _, u := range unmet {
		u.Message = test + ": " + u.Message
		f.Verdict.Failures = append(f.Verdict.Failures, u)
	}
	return f
}

// hasClockOfItsOwn reports whether the times of a server's exchanges are not those of
// the process, but a synctest bubble's, which begins in the year 2000, or its Config's.
func hasClockOfItsOwn(r report.Report) bool {
	at := r.Started.Round(0) // the clocks that tell durations can't be compared
	return !at.IsZero() && (at.Before(process.started.Round(0)) || at.After(time.Now().Round(0)))
}

// add adds other findings, behind those that are there.
func (f *findings) add(more *findings) {
	switch {
	case f.Hash == "":
		f.Hash, f.Verdict.Clean = more.Hash, true
	case f.Hash != more.Hash:
		f.Mixed = true
	}
	f.Mixed = f.Mixed || more.Mixed
	if at := more.Started; !at.IsZero() && (f.Started.IsZero() || at.Before(f.Started)) {
		f.Started = at
	}
	f.Took += more.Took
	for _, x := range more.Exchanges {
		x.ID += f.Count
		f.keep(x)
	}
	for _, g := range more.Verdict.Violations {
		g.First += f.Count
		f.addViolation(g)
	}
	f.Count += more.Count
	all, new := &f.Verdict, &more.Verdict
	all.Failures = append(all.Failures, new.Failures...)
	all.Omitted += new.Omitted
	all.Clean = all.Clean && new.Clean
	all.Coverage.Add(new.Coverage)
}

// keep keeps an exchange while there is room.
func (f *findings) keep(x report.Exchange) {
	room := len(f.Exchanges)-f.Broken < maxCollected
	if len(x.Violations) > 0 {
		room = f.Broken < maxCollected
	}
	if !room {
		return
	}
	if len(x.Violations) > 0 {
		f.Broken++
	}
	if f.Bytes += len(x.Body) + len(x.Answer); f.Bytes > maxCollectedBytes {
		f.Bytes -= len(x.Body) + len(x.Answer)
		x.Body, x.Answer = nil, nil
	}
	f.Exchanges = append(f.Exchanges, x)
}

// addViolation counts a violation with its like.
func (f *findings) addViolation(v server.GroupedViolation) {
	verdict := &f.Verdict
	verdict.Clean = false
	i := slices.IndexFunc(verdict.Violations, func(g server.GroupedViolation) bool { return alike(g.Violation, v.Violation) })
	switch {
	case i >= 0:
		verdict.Violations[i].Count += v.Count
	case len(verdict.Violations) >= maxCollected:
		verdict.Omitted += v.Count
	default:
		verdict.Violations = append(verdict.Violations, v)
	}
}

func alike(a, b openapi.Violation) bool {
	return a.Operation == b.Operation && a.Side == b.Side && a.In == b.In && a.Pointer == b.Pointer && a.Rule == b.Rule
}
