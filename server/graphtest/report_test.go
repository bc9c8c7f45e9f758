package graphtest

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
)

// reporter is a test with a name, whose failures can be looked at.
type reporter struct {
	testing.TB
	name   string
	errors []string
}

func (r *reporter) Helper()      {}
func (r *reporter) Name() string { return r.name }
func (r *reporter) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

// ended is a server that has answered one request.
func ended(t *testing.T, method, url string) *server.Server {
	t.Helper()
	s, err := server.New(server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	send(t, s, method, url)
	return s
}

func send(t *testing.T, s *server.Server, method, url string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "https://graph.microsoft.com/v1.0"+url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer any-token")
	res, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
}

func TestReportsCollectAllServers(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "a.xml")
	t.Setenv(reportVariable, "junit="+file+",json="+filepath.Join(folder, "a.json"))
	var c collector
	good, broken, taken := ended(t, "GET", "/me/activities"), ended(t, "GET", "/me/activites"), ended(t,
		"PUT", "/nothing")
	c.add(&reporter{name: "TestGood"}, good, nil, nil)
	if text, err := os.ReadFile(file); err != nil ||
		!strings.Contains(string(text), `<testsuites name="graphmock" tests="2" failures="0"`) {
		t.Errorf("after one test: %s, %v", text, err)
	}
	c.add(&reporter{name: "TestBroken"}, broken, broken.Violating(), nil)
	c.add(&reporter{name: "TestTaken"}, taken, nil, nil)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<testsuites name="graphmock" tests="5" failures="2"`,
		`<testcase classname="graphmock.tests.server.graphtest" name="TestBroken" time="0.`,
		`message="GET /v1.0/me/activites: request path activites: no operation has the segment`,
		`name="GET /me/activities"`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("there is no %s in\n%s", want, text)
		}
	}
	text, err = os.ReadFile(filepath.Join(folder, "a.json"))
	if err != nil || !strings.Contains(string(text), `"summary": "3 requests, 1 violation"`) ||
		!strings.Contains(string(text), `"clean": false`) {
		t.Errorf("got %.3000s, %v", text, err)
	}
}

func TestReportsOfServersWithOtherClocksTakeNoYears(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.xml")
	t.Setenv(reportVariable, "junit="+file)
	var c collector
	c.add(&reporter{name: "TestNow"}, ended(t, "GET", "/me/activities"), nil, nil)
	synctest.Test(t, func(t *testing.T) {
		c.add(&reporter{name: "TestBubble"}, ended(t, "GET", "/me/activities"), nil, nil)
	})
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), `errors="0" time="0.`) {
		t.Errorf("got %.300s, %v", text, err)
	}
}

// TestReportsHaveTheTimeOfTheRun is about servers with clocks of their own, that wait.
func TestReportsHaveTheTimeOfTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := ended(t, "GET", "/me/activities")
		time.Sleep(time.Hour)
		send(t, s, "GET", "/me/activities")
		var c collector
		c.merge(reportOf(s), "TestBubble", nil, nil)
		all := c.findings.report(c.contract)
		first, last := all.Exchanges[0], all.Exchanges[1]
		if !all.Started.Equal(process.started) || all.Ended.Sub(all.Started) != 0 ||
			!first.At.Equal(process.started) || last.At.Sub(first.At) != time.Hour {
			t.Errorf("from %v to %v, requests at %v and %v", all.Started, all.Ended, first.At, last.At)
		}
	})
	for year, want := range map[int]bool{2000: true, 3000: true, 0: false} {
		config := server.Config{}
		if year > 0 {
			config.Now = time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		s, err := server.New(config)
		if err != nil {
			t.Fatal(err)
		}
		send(t, s, "GET", "/me/activities")
		if got := hasClockOfItsOwn(reportOf(s)); got != want {
			t.Errorf("%d: %v", year, got)
		}
	}
}

// TestReportsMergeOverProcesses runs itself in some processes at once, as go test does
// with packages.
func TestReportsMergeOverProcesses(t *testing.T) {
	const variable = "GRAPHTEST_IS_ONE_OF"
	if os.Getenv(variable) != "" {
		send(t, NewServer(t).s, "GET", "/me/activities")
		return
	}
	file := filepath.Join(t.TempDir(), "a.json")
	const processes = 4
	var all sync.WaitGroup
	for range processes {
		all.Go(func() {
			again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
			again.Env = append(os.Environ(), variable+"=1", reportVariable+"=json="+file)
			if out, err := again.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	all.Wait()
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), fmt.Sprintf(`"summary": "%d requests"`, processes)) ||
		!strings.Contains(string(text), fmt.Sprintf(`"id": %d,`, processes)) {
		t.Errorf("got %.3000s, %v", text, err)
	}
}

func TestFindingsOfPackagesAreNumberedOn(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	shares := func(f *findings) (all findings) {
		t.Helper()
		if err := f.share(folder, func(shared *findings) { all = *shared }); err != nil {
			t.Fatal(err)
		}
		return all
	}
	broken := ended(t, "GET", "/me/activites")
	unmet := []scenarios.Failure{{Expectation: "unused", Message: "was not used"}}
	var c, of collector
	c.merge(reportOf(broken), "TestA", broken.Violating(), unmet)
	if all := shares(&c.findings); len(all.Exchanges) != 1 {
		t.Errorf("alone: %+v", all)
	}
	for _, name := range []string{"0.gob", "z.gob"} {
		text, err := os.ReadFile(filepath.Join(folder, fmt.Sprintf("server.graphtest-%d.gob", os.Getpid())))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	of.merge(reportOf(ended(t, "GET", "/me/activities")), "TestB", nil, nil)
	of.findings.Hash = "another"
	all := shares(&of.findings)
	r := all.report(c.contract)
	ids := []int64{r.Exchanges[0].ID, r.Exchanges[1].ID, r.Exchanges[2].ID}
	if !slices.Equal(ids, []int64{1, 2, 3}) || r.Exchanges[1].Test != "TestB" || len(r.Notes) != 1 ||
		len(r.Verdict.Violations) != 1 || r.Verdict.Violations[0].Count != 2 || r.Verdict.Clean ||
		len(r.Verdict.Failures) != 2 || r.Verdict.Failures[0].Message != "TestA: was not used" {
		t.Errorf("ids %v, verdict %+v, notes %v", ids, r.Verdict, r.Notes)
	}
}

func TestRelativeReportsAreAtTheRootOfTheModule(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(filepath.Join(process.root, "README.md")); err != nil || process.pkg != "server/graphtest" {
		t.Errorf("root %s, package %s: %v", process.root, process.pkg, err)
	}
	got := strings.Join(atRoot([]string{"junit=a.xml", "html=out/b.html", "json=/c.json", "har", "har="}), " ")
	want := strings.ReplaceAll("junit=ROOT/a.xml html=ROOT/out/b.html json=/c.json har har=", "ROOT", process.root)
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAWrongReportVariableFailsTheTest(t *testing.T) {
	s := ended(t, "GET", "/me/activities")
	for value, want := range map[string]string{
		"jnuit=/a.xml":       `graphtest: GRAPHMOCK_REPORT: jnuit=/a.xml: unknown format "jnuit"; did you mean "junit"?`,
		"junit=/no/such/a":   "graphtest: GRAPHMOCK_REPORT: junit=/no/such/a: folder /no/such: no such file or directory",
		"junit=/a,json=/./a": "graphtest: GRAPHMOCK_REPORT: json=/./a: another report goes to that file",
		"junit=/":            "graphtest: GRAPHMOCK_REPORT: junit=/: / is a folder",
		"html=/dev/null/x":   "graphtest: GRAPHMOCK_REPORT: html=/dev/null/x: /dev/null is not a folder",
		"junit=/dev/full":    "graphtest: GRAPHMOCK_REPORT: junit=/dev/full: no space left on device",
		"":                   "",
	} {
		if _, err := os.Stat("/dev/full"); err != nil && strings.Contains(value, "/dev/") {
			continue // not on this system
		}
		t.Setenv(reportVariable, value)
		var c collector
		r := &reporter{name: "Test"}
		c.add(r, s, nil, nil)
		if got := strings.Join(r.errors, "\n"); got != want {
			t.Errorf("%s: got %s", value, got)
		}
	}
}

func TestWhatIsCollectedIsBounded(t *testing.T) {
	t.Parallel()
	var c collector
	good, broken := reportOf(ended(t, "GET", "/me/activities")), ended(t, "GET", "/me/activites")
	bad := reportOf(broken)
	for range maxCollected + 5 {
		c.merge(good, "TestGood", nil, nil)
		c.merge(bad, "TestBad", broken.Violating(), nil)
	}
	all := c.findings.report(c.contract)
	if n := len(all.Exchanges); n != 2*maxCollected || all.Left != 10 ||
		all.Verdict.Violations[0].Count != maxCollected+5 {
		t.Errorf("%d exchanges, %d left out, %d violations", n, all.Left, all.Verdict.Violations[0].Count)
	}
}
