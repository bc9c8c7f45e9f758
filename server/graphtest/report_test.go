package graphtest

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

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
	return s
}

func TestReportsCollectAllServers(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "a.xml")
	t.Setenv(reportVariable, "junit="+file+",json="+filepath.Join(folder, "a.json"))
	var c collector
	good, broken, taken := ended(t, "GET", "/me/activities"), ended(t, "GET", "/me/activites"), ended(t,
		"PUT", "/nothing")
	c.add(&reporter{name: "TestGood"}, good, nil)
	if text, err := os.ReadFile(file); err != nil ||
		!strings.Contains(string(text), `<testsuites name="graphmock" tests="2" failures="0"`) {
		t.Errorf("after one test: %s, %v", text, err)
	}
	c.add(&reporter{name: "TestBroken"}, broken, broken.Violating())
	c.add(&reporter{name: "TestTaken"}, taken, nil)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<testsuites name="graphmock" tests="5" failures="2"`,
		`<testcase classname="graphmock.tests" name="TestBroken" time="0.`,
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
	c.add(&reporter{name: "TestNow"}, ended(t, "GET", "/me/activities"), nil)
	synctest.Test(t, func(t *testing.T) {
		c.add(&reporter{name: "TestBubble"}, ended(t, "GET", "/me/activities"), nil)
	})
	if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), `errors="0" time="0.`) {
		t.Errorf("got %.300s, %v", text, err)
	}
}

func TestAWrongReportVariableFailsTheTest(t *testing.T) {
	s := ended(t, "GET", "/me/activities")
	for value, want := range map[string]string{
		"jnuit=a.xml":      `graphtest: GRAPHMOCK_REPORT: jnuit=a.xml: unknown format "jnuit"; did you mean "junit"?`,
		"junit=no/such/a":  "graphtest: GRAPHMOCK_REPORT: junit=no/such/a: folder no/such: no such file or directory",
		"junit=a,json=./a": "graphtest: GRAPHMOCK_REPORT: json=./a: another report goes to that file",
		"junit=.":          "graphtest: GRAPHMOCK_REPORT: junit=.: . is a folder",
		"html=/dev/null/x": "graphtest: GRAPHMOCK_REPORT: html=/dev/null/x: /dev/null is not a folder",
		"junit=/dev/full":  "graphtest: GRAPHMOCK_REPORT: junit=/dev/full: no space left on device",
		"":                 "",
	} {
		if _, err := os.Stat("/dev/full"); err != nil && strings.Contains(value, "/dev/") {
			continue // not on this system
		}
		t.Setenv(reportVariable, value)
		var c collector
		r := &reporter{name: "Test"}
		c.add(r, s, nil)
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
		c.merge(good, "TestGood", nil)
		c.merge(bad, "TestBad", broken.Violating())
	}
	if n := len(c.report.Exchanges); n != 2*maxCollected || c.report.Left != 10 ||
		c.report.Verdict.Violations[0].Count != maxCollected+5 {
		t.Errorf("%d exchanges, %d left out, %d violations", n, c.report.Left, c.report.Verdict.Violations[0].Count)
	}
}
