package graphtest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/internal/report"
)

// reportVariable names the reports on all servers of a run of go test, such as
// junit=graphmock.xml,html=graphmock.html. A relative file is relative to the root of
// the module.
const reportVariable = "GRAPHMOCK_REPORT"

// collected is what all servers of this process have found. It is the one state
// that tests share, on purpose: a report is about the whole run of go test, which
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
	mu       sync.Mutex
	contract *openapi.Contract // of the first server
	findings findings
}

// add adds to the reports that the environment asks for what came of a test's
// server: the exchanges with violations that the test has not taken, and the
// failures likewise.
func (c *collector) add(t testing.TB, s *server.Server, untaken []server.Exchange, unmet []scenarios.Failure) {
	t.Helper()
	value := os.Getenv(reportVariable)
	if value == "" {
		return
	}
	targets, err := report.ParseTargets(atRoot(strings.Split(value, ",")))
	if err != nil {
		t.Errorf("graphtest: %s: %v", reportVariable, err)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.merge(reportOf(s), t.Name(), untaken, unmet)
	err = c.findings.withOthers(targets, func(all *findings) {
		r := all.report(c.contract)
		for _, to := range targets {
			if err := to.Write(r); err != nil {
				t.Errorf("graphtest: %s: %s: %v", reportVariable, to, withoutPath(err))
			}
		}
	})
	if err != nil {
		t.Errorf("graphtest: %s: the reports of other packages: %v", reportVariable, err)
	}
}

// withoutPath leaves out of an error the path that its message has already.
func withoutPath(err error) error {
	if p := new(fs.PathError); errors.As(err, &p) {
		return p.Err
	}
	return err
}

// atRoot makes the files of targets relative to the root of the module.
func atRoot(texts []string) []string {
	for i, text := range texts {
		if format, file, _ := strings.Cut(text, "="); file != "" && !filepath.IsAbs(file) {
			texts[i] = format + "=" + filepath.Join(process.root, file)
		}
	}
	return texts
}

// reportOf returns the report on a server by now.
func reportOf(s *server.Server) report.Report {
	verdict, kept, violating := s.Everything()
	return report.Of(s.Contract(), verdict, kept, violating)
}

// merge adds the report on a server.
//
// c.mu must be held.
func (c *collector) merge(r report.Report, test string, untaken []server.Exchange, unmet []scenarios.Failure) {
	if c.contract == nil {
		c.contract = r.Contract
	}
	c.findings.add(findingsOf(r, test, untaken, unmet))
}
