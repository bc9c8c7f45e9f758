package report

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/graphmock/graphmock/server/internal/verdict"
)

// The elements of JUnit's XML that Jenkins, GitLab, Azure and Surefire agree on.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		Timestamp  string          `xml:"timestamp,attr,omitempty"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitMessage `xml:"failure"`
		Skipped *junitMessage `xml:"skipped"`
	}
	junitMessage struct {
		Type    string `xml:"type,attr,omitempty"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// writeJUnit writes a test case for each operation that was used, one for each
// rule that it broke, and one for each unmatched request line, unmet expectation,
// unused rule, broken file and other reason why a run failed. Of Go tests there is a case for each test.
func writeJUnit(w io.Writer, r *Report) error {
	const tests = "tests"
	cases := map[Kind][]junitCase{tests: r.testCases(), OfContract: r.operationCases()}
	for _, f := range r.findings() {
		cases[f.Kind] = append(cases[f.Kind], f.junit())
	}
	// CI systems take a file without any case for a mistake
	if len(cases) == 2 && len(cases[tests])+len(cases[OfContract]) == 0 {
		cases[OfContract] = []junitCase{{Class: "graphmock.contract", Name: "nothing is wrong", Time: seconds(0)}}
	}
	out := junitSuites{Name: "graphmock", Time: seconds(r.Ended.Sub(r.Started))}
	seen := map[string]int{}
	for _, kind := range []Kind{tests, OfContract, Unserved, Outside, OfGuidance, OfScenario, OfFile, OfRun} {
		if len(cases[kind]) == 0 {
			continue
		}
		nameApart(cases[kind], seen)
		suite := r.suite(string(kind), cases[kind])
		out.Tests += suite.Tests
		out.Failures += suite.Failures
		out.Suites = append(out.Suites, suite)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(out); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (r *Report) suite(name string, cases []junitCase) junitSuite {
	s := junitSuite{
		Name: "graphmock." + name, Tests: len(cases), Time: seconds(r.Ended.Sub(r.Started)),
		Timestamp: formatTime(r.Started, "2006-01-02T15:04:05"),
		Properties: []junitProperty{
			{"graphmock", r.Version}, {"contract", r.Contract.Title() + " " + r.Contract.Version()},
			{"contract.sha256", r.Contract.Hash()},
			{"coverage", fmt.Sprintf("%.1f", r.Verdict.Coverage.Percent)},
		},
		Cases: cases,
	}
	s.Properties = append(s.Properties, permissionProperties(r.Verdict.Permissions)...)
	if r.Command != "" {
		s.Properties = append(s.Properties, junitProperty{"command", r.Command})
	}
	for _, c := range cases {
		if c.Failure != nil {
			s.Failures++
		}
		if c.Skipped != nil {
			s.Skipped++
		}
	}
	return s
}

// operationCases are the operations that were used and kept.
func (r *Report) operationCases() []junitCase {
	took := map[string]time.Duration{}
	for _, e := range r.Exchanges {
		took[e.Operation] += e.Took
	}
	var list []junitCase
	for _, o := range r.Verdict.Coverage.Operations {
		broken := slices.ContainsFunc(r.Verdict.Violations,
			func(g verdict.GroupedViolation) bool { return g.Operation == o.Operation })
		if o.Requests > 0 && !broken {
			list = append(list, junitCase{Class: "graphmock.contract." + o.Operation, Name: o.Pattern,
				Time: seconds(took[o.Operation])})
		}
	}
	return list
}

// testCases are the Go tests, in order of their names and packages.
func (r *Report) testCases() []junitCase {
	type name struct{ pkg, test string }
	type test struct {
		took   time.Duration
		broken []string
	}
	all := map[name]*test{}
	for _, e := range r.Exchanges {
		if e.Test == "" {
			continue
		}
		key := name{e.Package, e.Test}
		t := all[key]
		if t == nil {
			t = &test{}
			all[key] = t
		}
		t.took += e.Took
		for _, v := range e.Violations {
			t.broken = append(t.broken, joinNonEmpty(": ", e.Place.String(), e.Method+" "+e.Path, v.String()))
		}
	}
	var list []junitCase
	for name, t := range all {
		class := joinNonEmpty(".", "graphmock.tests", strings.ReplaceAll(name.pkg, "/", "."))
		c := junitCase{Class: class, Name: name.test, Time: seconds(t.took)}
		if n := len(t.broken); n > 0 {
			c.Failure = &junitMessage{Type: "contract", Message: t.broken[0],
				Text: "\n" + strings.Join(t.broken, "\n") + "\n"}
		}
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b junitCase) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Class, b.Class))
	})
	return list
}

func (f Finding) junit() junitCase {
	c := junitCase{Class: "graphmock." + string(f.Kind), Name: joinNonEmpty(": ", f.Subject, f.Title), Time: seconds(0)}
	if f.Kind == OfFile {
		c.Name = joinNonEmpty(": ", f.Place.String(), f.News)
	}
	message := &junitMessage{Type: f.Rule, Message: f.Message()}
	if f.Level == Note {
		c.Skipped = message
		return c
	}
	message.Text = "\n" + joinNonEmpty(": ", f.Place.String(), f.Message()) + curl(f.Curl) + "\n"
	c.Failure = message
	return c
}

// curl is the lines for curl below a message.
func curl(lines string) string {
	if lines == "" {
		return ""
	}
	return "\n\n" + lines
}

// nameApart numbers the cases that would have the name of another one: CI systems take
// them for one case.
func nameApart(cases []junitCase, seen map[string]int) {
	for i := range cases {
		c := &cases[i]
		key := c.Class + "\x00" + c.Name
		if seen[key]++; seen[key] > 1 {
			c.Name = fmt.Sprintf("%s (%d)", c.Name, seen[key])
		}
	}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
