package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/graphmock/graphmock/openapi/credential"
	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/har"
)

// validate holds JSON against a JSON Schema.
func validate(t *testing.T, schema, text string) {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat = true
	if err := c.AddResource("schema.json", strings.NewReader(schema)); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(v); err != nil {
		t.Errorf("%#v", err)
	}
}

func TestSARIFIsValidByItsPublishedSchema(t *testing.T) {
	t.Parallel()
	schema, err := os.ReadFile("testdata/sarif-schema-2.1.0.json") // of OASIS
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range reports(t) {
		validate(t, string(schema), string(write(t, "sarif", r)))
	}
}

func TestSARIFNamesEveryKindOfPlace(t *testing.T) {
	t.Parallel()
	text := string(write(t, "sarif", sample(tiny(t))))
	for _, want := range []string{
		`"uri": "client_test.go"`, `"startLine": 11`, // of a Go call
		`"uri": "traces/a%20b.har"`, `"startLine": 17`, `"/log/entries/2"`, // of a HAR entry
		`"uri": "slow-day.yaml"`, `"startLine": 14`, `"startColumn": 3`, // of a scenario
		`"level": "warning"`, `"level": "note"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %s", want)
		}
	}
	if text := string(write(t, "sarif", lintSample(tiny(t)))); !strings.Contains(text, `"uri": "scenarios/late.yaml"`) {
		t.Error("lint: no place")
	}
}

// TestSARIFHasAPlaceForEveryResult: code scanning refuses a file with a result that is
// nowhere.
func TestSARIFHasAPlaceForEveryResult(t *testing.T) {
	t.Parallel()
	r := sample(tiny(t))
	r.Exchanges = nil // nothing is known of the client
	r.Verdict.Failures[0].Place = scenarios.Embedded + "throttled-burst.yaml:3:4"
	r.Root, r.Source = t.TempDir(), "tests/api.spec.js"
	r.Problems = document.Problems{{File: filepath.Join(r.Root, "a", "b.yaml"), Line: 2, Message: "wrong"}}
	var log struct{ Runs []sarifRun }
	if err := json.Unmarshal(write(t, "sarif", r), &log); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"tests/api.spec.js": true, "slow-day.yaml": true, "a/b.yaml": true}
	for _, result := range log.Runs[0].Results {
		if len(result.Locations) != 1 || result.Locations[0].Physical == nil {
			t.Fatalf("%s is nowhere", result.Rule)
		}
		at := result.Locations[0].Physical
		if !want[at.Artifact.URI] || at.Region == nil || at.Region.Line < 1 {
			t.Errorf("%s is at %+v %+v", result.Rule, at.Artifact, at.Region)
		}
	}
	r.Source = ""
	if text := string(write(t, "sarif", r)); strings.Contains(text, "throttled-burst") ||
		!strings.Contains(text, `"uri": "`+unknownSource+`"`) {
		t.Error("an embedded scenario is given as a file")
	}
}

func TestJUnitHasNoTwoCasesOfOneName(t *testing.T) {
	t.Parallel()
	r := sample(tiny(t))
	r.Verdict.Failures = append(r.Verdict.Failures, r.Verdict.Failures[0], r.Verdict.Failures[0])
	for range 3 {
		r.Problems = append(r.Problems, document.Problem{File: "a.yaml", Line: 1, Message: "wrong"})
	}
	var all junitSuites
	if err := xml.Unmarshal(write(t, "junit", r), &all); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, suite := range all.Suites {
		for _, c := range suite.Cases {
			if seen[c.Class+": "+c.Name] {
				t.Errorf("%s: %s is there twice", c.Class, c.Name)
			}
			seen[c.Class+": "+c.Name] = true
		}
	}
	if !seen["graphmock.scenarios: slow-day/upsert: unmet expectation (3)"] {
		t.Errorf("got %v", seen)
	}
}

func TestEvidenceStandsInItsFinding(t *testing.T) {
	t.Parallel()
	text := string(write(t, "html", sample(tiny(t))))
	at := strings.Index(text, "curl -X PUT https://service.example/a\ncurl ")
	if finding := strings.Index(text, `class="finding"`); at < finding || finding < 0 {
		t.Errorf("the lines for curl are at %d, the first finding at %d", at, finding)
	}
}

func TestJSONIsValidByItsSchema(t *testing.T) {
	t.Parallel()
	for _, r := range reports(t) {
		validate(t, Schema, string(write(t, "json", r)))
	}
}

// junitSchema is what Jenkins's junit-10.xsd lets an element have: its required
// attributes, its others, and the elements in it.
var junitSchema = map[string]struct{ required, optional, children string }{
	"testsuites": {"", "name time tests failures errors", "testsuite"},
	"testsuite": {"name tests failures errors", "group time skipped timestamp hostname id package file log url",
		"testsuite properties testcase system-out system-err"},
	"properties": {"", "", "property"},
	"property":   {"name value", "", ""},
	"testcase":   {"name", "time classname group", "skipped error failure system-out system-err"},
	"failure":    {"", "type message", ""},
	"error":      {"", "type message", ""},
	"skipped":    {"", "type message", ""},
}

func TestJUnitIsWhatJenkinsTakes(t *testing.T) {
	t.Parallel()
	seconds := regexp.MustCompile(`^[0-9]{0,3}(\.[0-9]*)?$`)
	for name, r := range reports(t) {
		text := write(t, "junit", r)
		var stack []string
		found := map[string]int{}
		for d := xml.NewDecoder(bytes.NewReader(text)); ; {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			switch e := token.(type) {
			case xml.StartElement:
				rule, known := junitSchema[e.Name.Local]
				found[e.Name.Local]++
				if parent := len(stack) - 1; !known || parent >= 0 &&
					!slices.Contains(strings.Fields(junitSchema[stack[parent]].children), e.Name.Local) {
					t.Errorf("%s: %s in %v", name, e.Name.Local, stack)
				}
				stack = append(stack, e.Name.Local)
				var has []string
				for _, a := range e.Attr {
					has = append(has, a.Name.Local)
					if !slices.Contains(strings.Fields(rule.required+" "+rule.optional), a.Name.Local) {
						t.Errorf("%s: %s has attribute %s", name, e.Name.Local, a.Name.Local)
					}
					if a.Name.Local == "time" && !seconds.MatchString(a.Value) {
						t.Errorf("%s: time %q", name, a.Value)
					}
				}
				for _, needed := range strings.Fields(rule.required) {
					if !slices.Contains(has, needed) {
						t.Errorf("%s: %s has no %s", name, e.Name.Local, needed)
					}
				}
			case xml.EndElement:
				stack = stack[:len(stack)-1]
			}
		}
		var all junitSuites
		if err := xml.Unmarshal(text, &all); err != nil {
			t.Fatal(err)
		}
		if all.Tests != found["testcase"] || all.Failures != found["failure"] || all.Tests == 0 {
			t.Errorf("%s: it says %d tests, %d failures; there are %d, %d", name, all.Tests, all.Failures,
				found["testcase"], found["failure"])
		}
	}
}

func TestHARIsReadBack(t *testing.T) {
	t.Parallel()
	r := sample(tiny(t))
	var list []har.Entry
	about, err := har.Read(bytes.NewReader(write(t, "har", r)),
		func(e har.Entry) error { list = append(list, e); return e.Err })
	if err != nil || about.Creator != "graphmock" || len(list) != len(r.Exchanges) {
		t.Fatalf("got %+v: %v", about, err)
	}
	for i, e := range list {
		want := r.Exchanges[i]
		if e.Method != want.Method || e.URL.EscapedPath() == "" || e.Status != want.Status || !e.At.Equal(want.At) ||
			len(e.Body) > 0 != (len(want.Body) > 0) {
			t.Errorf("got %+v", e)
		}
	}
	if got := string(list[4].Body); got != "\xff\x00" {
		t.Errorf("bytes that are no text: got %q", got)
	}
	if got := list[1].Header.Get("Authorization"); got != credential.Redacted {
		t.Errorf("Authorization: %q", got)
	}
	if !list[0].Scripted || list[1].Scripted {
		t.Error("it does not say which answers a scenario made")
	}
}

// TestHARHasWhatItsStandardRequires: browsers open no file that lacks any of it.
func TestHARHasWhatItsStandardRequires(t *testing.T) {
	t.Parallel()
	var file struct {
		Log struct {
			Version string
			Creator map[string]any
			Entries []map[string]any
		}
	}
	if err := json.Unmarshal(write(t, "har", sample(tiny(t))), &file); err != nil {
		t.Fatal(err)
	}
	if file.Log.Version != "1.2" || file.Log.Creator["name"] == nil || file.Log.Creator["version"] == nil {
		t.Errorf("got %+v", file.Log)
	}
	for _, e := range file.Log.Entries {
		has := func(v any, names string) {
			for _, name := range strings.Fields(names) {
				if member, ok := v.(map[string]any)[name]; !ok || member == nil {
					t.Errorf("there is no %s in %v", name, v)
				}
			}
		}
		has(e, "startedDateTime time request response cache timings")
		has(e["request"], "method url httpVersion cookies headers queryString headersSize bodySize")
		has(e["response"], "status statusText httpVersion cookies headers content redirectURL headersSize bodySize")
		has(e["response"].(map[string]any)["content"], "size mimeType text")
		has(e["timings"], "send wait receive")
	}
}

func TestMarkdownShowsWhatAClientSentAsText(t *testing.T) {
	t.Parallel()
	text := string(write(t, "markdown", sample(tiny(t))))
	for _, bad := range []string{"<img", "</script>", "`|", "]]>"} {
		if strings.Contains(text, bad) {
			t.Errorf("it has %s", bad)
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "|") && strings.Count(line, "|") != 5 {
			t.Errorf("a row has another number of cells: %s", line)
		}
	}
	if got := code("@everyone #1 a|b\n"); got != "<code>&#64;everyone &#35;1 a&#124;b </code>" {
		t.Errorf("got %s", got)
	}
}

func TestThePageLoadsNothingAndRunsNothing(t *testing.T) {
	t.Parallel()
	for name, r := range reports(t) {
		text := string(write(t, "html", r))
		if !strings.Contains(text, `content="default-src &#39;none&#39;; style-src &#39;sha256-`) {
			t.Errorf("%s: there is no strict policy", name)
		}
		for _, bad := range []string{"<script", "<img", "<link", "<iframe", " onerror=alert(1)>\"", "style=\"",
			"@import", "url(", "ZgotmplZ"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s: it has %s", name, bad)
			}
		}
	}
}

// TestThePageStaysSmall: 10,000 exchanges, each as large as a client may make it.
func TestThePageStaysSmall(t *testing.T) {
	t.Parallel()
	r := many(t, 10_000)
	text := write(t, "html", r)
	if !strings.Contains(string(text), "8000 of them are left out here") {
		t.Error("it does not say what is left out")
	}
	t.Logf("%d exchanges: %d bytes", len(r.Exchanges), len(text))
	unknown := r.Exchanges[9].Violations[1]
	for i := range r.Exchanges[:700] {
		e := &r.Exchanges[i]
		e.Path, e.Body = strings.Repeat(`"<`, 2000), bytes.Repeat([]byte("<"), 5000)
		for len(e.Violations) < 30 {
			e.Violations = append(slices.Clip(e.Violations), unknown)
		}
	}
	for i := range 500 {
		o := r.Verdict.Coverage.Operations[0]
		o.Pattern = fmt.Sprintf("GET /%d", i)
		for j := range 200 {
			o.Points = append(o.Points, r.Verdict.Coverage.Operations[0].Points[j%10])
		}
		r.Verdict.Coverage.Operations = append(r.Verdict.Coverage.Operations, o)
		r.Verdict.Violations = append(r.Verdict.Violations, r.Verdict.Violations[0])
	}
	hostile := write(t, "html", r)
	t.Logf("hostile: %d bytes", len(hostile))
	if most := 5 << 20; len(text) > most || len(hostile) > most {
		t.Errorf("%d and %d bytes are too many", len(text), len(hostile))
	}
}

func TestAReportIsWrittenWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "a.json")
	if err := os.WriteFile(file, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile("pdf", file, Report{}); err == nil {
		t.Error("pdf was written")
	}
	if text, _ := os.ReadFile(file); string(text) != "before" {
		t.Errorf("after a failure it holds %s", text)
	}
	if err := WriteFile("json", file, lintSample(tiny(t))); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(file); !json.Valid(text) {
		t.Errorf("got %s", text)
	}
	if left, _ := os.ReadDir(folder); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	if err := WriteFile("json", filepath.Join(folder, "no", "a.json"), Report{}); err == nil {
		t.Error("there was no folder")
	}
}

// TestThePageInABrowser looks at the page in headless Chromium: nothing on the
// console, nothing wider than the window, in light and dark.
func TestThePageInABrowser(t *testing.T) {
	t.Parallel()
	browser := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && browser == "" {
			browser = found
		}
	}
	if browser == "" {
		t.Skip("needs Chromium (Debian: chromium), and there is none here")
	}
	text := string(write(t, "html", sample(tiny(t))))
	if _, log := browse(t, browser, text); strings.Contains(log, "CONSOLE") {
		t.Errorf("the console says\n%s", log)
	}
	// A window of Chromium has a least width, a frame has none. In the frames'
	// copies scripts may run, as in no report.
	policy := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>`)
	frame := html.EscapeString(policy.ReplaceAllString(text, ""))
	measured := `<!DOCTYPE html><title>not measured</title><iframe width="390" height="900" frameborder="0" srcdoc="` +
		frame + `"></iframe>` +
		`<iframe width="1280" height="900" frameborder="0" srcdoc="` + frame +
		`"></iframe><script>onload = () => { document.title = [...document.querySelectorAll("iframe")].map(f => ` +
		`f.contentDocument.documentElement.scrollWidth + " " + ` +
		`getComputedStyle(f.contentDocument.body).backgroundColor).join("; "); }</script>`
	for flag, ground := range map[string]string{"preferredColorScheme=1": "rgb(246, 247, 248)",
		"preferredColorScheme=0": "rgb(18, 22, 26)"} {
		dom, log := browse(t, browser, measured, "--blink-settings="+flag)
		if want := "<title>390 " + ground + "; 1280 " + ground + "</title>"; !strings.Contains(dom, want) {
			t.Errorf("want %s, got\n%.200s\n%s", want, dom, log)
		}
	}
}

// browse opens a page and returns its document, and what the browser logs.
func browse(t *testing.T, browser, text string, flags ...string) (dom, log string) {
	t.Helper()
	folder := t.TempDir()
	page := filepath.Join(folder, "page.html")
	if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	args := append(flags, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
		"--user-data-dir="+filepath.Join(folder, "profile"),
		"--window-size=1400,900", "--enable-logging=stderr", "--v=0", "--dump-dom", "file://"+page)
	c := exec.CommandContext(t.Context(), browser, args...)
	var stderr strings.Builder
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	return string(out), stderr.String()
}
