package graphtest

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/internal/report"
)

// reportVariable names the reports on all servers of a test binary, such as
// junit=graphmock.xml,html=graphmock.html. A relative file is relative to the
// folder of the package that is tested.
const reportVariable = "GRAPHMOCK_REPORT"

// collected is what all servers of this process have found. It is the one state
// that tests share, on purpose: a report is about the whole test binary, which
// has no end that a package could wait for. So the files are written again
// whenever a server ends, whole each time, and the last one wins. Nothing that a
// test can see depends on it.
var collected collector

// Bounds of what is collected.
const (
	maxCollected      = 2000     // exchanges; those with violations have room for as many again
	maxCollectedBytes = 16 << 20 // of their bodies
)

type collector struct {
	mu     sync.Mutex
	report report.Report
	count  int64         // of all exchanges
	took   time.Duration // from the first to the last exchange of each server, by its own clock
	broken int           // exchanges that are kept for their violations
	bytes  int
}

// add adds to the reports that the environment asks for what came of a test's
// server. Violations that the test has taken are not among them.
func (c *collector) add(t testing.TB, s *server.Server, untaken []server.Exchange) {
	t.Helper()
	value := os.Getenv(reportVariable)
	if value == "" {
		return
	}
	targets, err := report.ParseTargets(strings.Split(value, ","))
	if err != nil {
		t.Errorf("graphtest: %s: %v", reportVariable, err)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.merge(reportOf(s), t.Name(), untaken)
	for _, to := range targets {
		err := to.Write(c.report)
		if p := new(fs.PathError); errors.As(err, &p) {
			err = p.Err
		}
		if err != nil {
			t.Errorf("graphtest: %s: %s: %v", reportVariable, to, err)
		}
	}
}

// reportOf returns the report on a server by now.
func reportOf(s *server.Server) report.Report {
	kept, _ := s.Requests("") // every pattern is one, the empty one too
	return report.Of(s.Contract(), s.Verdict(), kept, s.Violating())
}

// merge adds the report on a server.
//
// c.mu must be held.
func (c *collector) merge(r report.Report, test string, untaken []server.Exchange) {
	all := &c.report
	switch {
	case all.Contract == nil:
		all.Version, all.Contract, all.Command, all.Verdict.Clean = report.Version(), r.Contract, "go test", true
	case all.Contract.Hash() != r.Contract.Hash() && len(all.Notes) == 0:
		all.Notes = []string{"The tests use more than one contract; this report names the first."}
	}
	c.took += r.Ended.Sub(r.Started)
	if !r.Started.IsZero() && (all.Started.IsZero() || r.Started.Before(all.Started)) {
		all.Started = r.Started
	}
	all.Ended = all.Started.Add(c.took) // clocks of bubbles and of Config.Now are years apart
	open := map[int64]bool{}
	for _, e := range untaken {
		open[e.ID] = true
	}
	for _, x := range r.Exchanges {
		c.count++
		x.Test, x.Place = test, report.ParsePlace(x.Caller)
		if !open[x.ID] {
			x.Violations = nil
		}
		x.ID = c.count
		c.keep(x)
	}
	c.count += int64(r.Left)
	all.Left = int(c.count) - len(all.Exchanges)
	for _, f := range r.Verdict.Failures {
		f.Message = test + ": " + f.Message
		all.Verdict.Failures = append(all.Verdict.Failures, f)
	}
	all.Verdict.Clean = all.Verdict.Clean && len(r.Verdict.Failures) == 0
	all.Verdict.Coverage.Add(r.Verdict.Coverage)
}

// keep counts the violations of an exchange, and keeps it while there is room.
func (c *collector) keep(x report.Exchange) {
	for _, v := range x.Violations {
		c.violation(v, x)
	}
	room := len(c.report.Exchanges)-c.broken < maxCollected
	if len(x.Violations) > 0 {
		room = c.broken < maxCollected
	}
	if !room {
		return
	}
	if len(x.Violations) > 0 {
		c.broken++
	}
	if c.bytes += len(x.Body) + len(x.Answer); c.bytes > maxCollectedBytes {
		c.bytes -= len(x.Body) + len(x.Answer)
		x.Body, x.Answer = nil, nil
	}
	c.report.Exchanges = append(c.report.Exchanges, x)
}

// violation counts a violation with its like.
func (c *collector) violation(v openapi.Violation, x report.Exchange) {
	verdict := &c.report.Verdict
	verdict.Clean = false
	i := slices.IndexFunc(verdict.Violations, func(g server.GroupedViolation) bool {
		return g.Operation == v.Operation && g.Side == v.Side && g.In == v.In && g.Pointer == v.Pointer &&
			g.Rule == v.Rule
	})
	switch {
	case i >= 0:
		verdict.Violations[i].Count++
	case len(verdict.Violations) >= maxCollected:
		verdict.Omitted++
	default:
		verdict.Violations = append(verdict.Violations,
			server.GroupedViolation{Violation: v, Count: 1, First: x.ID, Where: x.Method + " " + x.Path})
	}
}
