package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"fmt"
	"html"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/journal"
	"github.com/graphmock/graphmock/server/internal/verdict"
)

var update = flag.Bool("update", false, "write the golden reports under testdata")

// jwt is a token that no report may have.
const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJjb250b3NvIn0.c2lnbmF0dXJlLW9mLW5vdGhpbmc"

// hostile is what a client may send to break a report.
const hostile = `</script></style><img src=x onerror=alert(1)>"'` + "`|]]>*_%0A&#"

var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// tiny is a contract that never changes, unlike the embedded one.
func tiny(t testing.TB) *openapi.Contract {
	t.Helper()
	c, err := openapi.LoadFile("testdata/tiny.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// sample is a report with everything in it.
func sample(c *openapi.Contract) Report {
	missing := openapi.Violation{Operation: "me.activities.PutHistoryItem", Side: openapi.RequestSide,
		In: openapi.InBody, Pointer: "/startedDateTime", Rule: "required",
		Message: "required property is missing", Type: "microsoft.graph.activityHistoryItem",
		Evidence: openapi.Documented}
	unknown := openapi.Violation{Operation: "me.activities.PutHistoryItem", Side: openapi.RequestSide,
		In: openapi.InBody, Pointer: "/" + hostile, Rule: "additionalProperties",
		Message: "unknown property", Hint: `did you mean "userTimezone"?`, Evidence: openapi.Assumed,
		Source: "nobody knows"}
	lost := openapi.Violation{Side: openapi.RequestSide, In: openapi.InPath, Pointer: "activites",
		Rule: "unknown-segment", Message: `no operation has the segment "activites" here`,
		Hint: `did you mean "activities"?`}
	const item = "/v1.0/me/activities/13881113971988980728/historyItems/390e06e2-7e5b-4133-8014-fac7ac991af7"
	sent := http.Header{"Authorization": {"Bearer opaque-but-secret"}, "Content-Type": {"application/json"},
		"X-Trace": {jwt}}
	answered := http.Header{"Content-Type": {"application/json"}, "Set-Cookie": {"session=secret"}}
	at := func(ms int) time.Time { return noon.Add(time.Duration(ms) * time.Millisecond) }
	exchanges := []journal.Exchange{
		{ID: 1, At: at(120), Took: 300 * time.Microsecond, Method: "PUT", Path: item,
			Operation: "me.activities.PutHistoryItem", Status: 429, Rule: "throttled/upsert",
			Header: sent, Body: []byte(`{"startedDateTime":"2015-02-11T20:54:04Z"}`), AnswerHeader: answered,
			Answer: []byte(`{"error":{"code":"TooManyRequests"}}`)},
		{ID: 2, At: at(2150), Took: 410 * time.Microsecond, Method: "PUT", Path: item,
			Operation: "me.activities.PutHistoryItem", Status: 400,
			Header: sent,
			Body: []byte(`{"access_token": "abc\"def", "note": "Bearer ` + jwt + `", "userTimezon": "` +
				strings.ReplaceAll(hostile, `"`, `\"`) + `"}`),
			AnswerHeader: answered, Answer: []byte(`{"error":{"code":"RequestBodyRead"}}`),
			Violations: []openapi.Violation{missing, unknown}},
		{ID: 3, At: at(2400), Method: "GET", Path: "/v1.0/me/activites", Query: "access_token=secret&$skiptoken=page2",
			Status: 400, Violations: []openapi.Violation{lost}},
		{ID: 4, At: at(2600), Took: time.Millisecond, Method: "GET", Path: "/v1.0/me/activities",
			Operation: "me.ListActivities", Status: 200,
			Answer:       []byte(`{"@odata.context":"http://127.0.0.1:41233/v1.0/$metadata","value":[]}`),
			AnswerHeader: answered},
		{ID: 5, At: at(2700), Took: time.Millisecond, Method: "POST", Path: "/v1.0/" + hostile,
			Body: []byte("\xff\x00"), Violations: []openapi.Violation{lost}},
		{ID: 6, At: at(2750), Took: time.Millisecond, Method: "GET", Path: "/v1.0/me/activities/1", Operation: "me.GetActivity",
			Status: 404, Reason: "item-not-found; there is none of the id <" + hostile + ">", AnswerHeader: answered},
	}
	r := Report{
		Version: "v1.2.3", Contract: c, Command: "graphmock run -- npm test --token=" + jwt, Started: noon,
		Ended:   noon.Add(4200 * time.Millisecond),
		Origins: []string{"http://127.0.0.1:41233"}, Notes: []string{"npm test ended with exit code 1."},
		Reasons: []Reason{
			{Text: "a property that its type does not have", Exchanges: 12, InAnswer: 11, Places: placesOf("a b.har", 2, 3, 5, 7, 8, 9, 11, 12, 13)},
			{Text: "a query option", Exchanges: 2, Places: append(placesOf("a.har", 3), placesOf("b.har", 4)...)},
		},
		Verdict: verdict.Verdict{
			Violations: []verdict.GroupedViolation{{Violation: missing, Count: 1, First: 2, Where: "PUT " + item,
				Curl: "curl -X PUT https://service.example/a\ncurl https://service.example/a -H 'X-Trace: " + jwt + "'"},
				{Violation: unknown, Count: 3, First: 2, Where: "PUT " + item}},
			Unmatched: []verdict.UnmatchedRequest{
				{Method: "GET", Path: "/v1.0/me/activites", Count: 2, First: 3, Nearest: "GET /me/activities",
					Why: `no operation has the segment "activites" here`, Rule: "unknown-segment"},
				{Method: "POST", Path: "/v1.0/" + hostile, Count: 1, First: 5, Why: "nothing is like it"}},
			Unsupported: []verdict.UnsupportedRequest{{What: "GET /me/messages", Count: 2, First: 4,
				Where: "GET /v1.0/me/messages"}},
			Outside: []verdict.OutsideRequest{{Host: "ads.example:443", Count: 2, First: 5,
				Why: "graphmock answers for Microsoft Graph and Entra only, not for ads.example"}},
			Unused: []scenarios.Unused{{Scenario: "slow-day", Rule: "upsert", Place: "slow-day.yaml:5:5", Left: 1,
				Message: "1 reply was not asked for"}},
			Failures: []scenarios.Failure{{Scenario: "slow-day", Rule: "upsert", Place: "slow-day.yaml:14:3",
				Expectation: "retryAfter", Message: "the client came back after 1s, it was told to wait 2s"}},
			Duplicates: []verdict.Duplicate{{Operation: "me.activities.PutHistoryItem",
				Lost: verdict.Write{ID: 1, Where: "PUT /v1.0/a"}, Again: verdict.Write{ID: 2, Where: "PUT /v1.0/b"}}},
			Omitted: 2,
			Guidance: []verdict.Guidance{{Rule: "guidance-select", Operation: "GET /me/messages", Message: "ask for less",
				Count: 2, First: 3, Where: "GET /v1.0/me/messages"}},
			Permissions: verdict.Permissions{
				Delegated: []string{"Mail.ReadWrite"}, Application: []string{"User.Read.All"}, Beyond: []string{"Sites.Read.All"},
				Operations: []verdict.OperationPermissions{{Operation: "POST /me/messages", Delegated: []string{"Mail.ReadWrite"},
					Application: []string{"Mail.ReadWrite"}, Requests: 2}},
			},
			Coverage: sampleCoverage(c),
		},
	}
	for i, e := range exchanges {
		r.Exchanges = append(r.Exchanges, Exchange{Exchange: e, Place: Place{File: "client_test.go", Line: 10 + i},
			Test: "TestSync"})
	}
	r.Exchanges[2].Place = Place{File: "traces/a b.har", Line: 17, Entry: 3}
	return r
}

func placesOf(file string, entries ...int) (places []string) {
	for _, n := range entries {
		places = append(places, Place{File: file, Entry: n}.String())
	}
	return places
}

// sampleCoverage has every operation of the contract, some of them used.
func sampleCoverage(contract *openapi.Contract) verdict.Coverage {
	c := verdict.Coverage{Percent: 43.2}
	n := 0
	for op := range contract.Operations() {
		o := verdict.OperationCoverage{Operation: op.ID, Pattern: op.Pattern()}
		for i, p := range []verdict.Point{{Kind: "status", Name: "200"}, {Kind: "status", Name: "201"},
			{Kind: "status", Name: "400", Optional: true}, {Kind: "status", Name: "401", Optional: true},
			{Kind: "status", Name: "429"},
			{Kind: "query", Name: "$filter"}, {Kind: "query", Name: "$top"},
			{Kind: "property", Name: "/startedDateTime"}, {Kind: "property", Name: "/userTimezone"},
			{Kind: "property", Name: "/activeDurationSeconds"}, {Kind: "value", Name: "/status=updated"},
			{Kind: "value", Name: "/status=deleted"}, {Kind: "retryAfter", Name: "honoured"}} {
			if n%3 == 0 && i%2 == 0 {
				p.Hits = 1 + i/3
				o.Requests += p.Hits
			}
			o.Points = append(o.Points, p)
		}
		c.Operations = append(c.Operations, o)
		n++
	}
	return c
}

// lintSample is what lint would report.
func lintSample(c *openapi.Contract) Report {
	return Report{Contract: c, Version: "v1.2.3", Command: "graphmock lint scenarios", Started: noon, Ended: noon,
		Verdict: verdict.Verdict{Clean: true},
		Problems: document.Problems{{File: "scenarios/late.yaml", Line: 14, Column: 7, Message: `unknown key "repli"`,
			Hint: `did you mean "reply"?`}, {File: "empty.yaml", Message: "nothing in it"}}}
}

func write(t testing.TB, format string, r Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(format, &b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// reports are those that every format is tried on.
func reports(t testing.TB) map[string]Report {
	c := tiny(t)
	return map[string]Report{"full": sample(c), "lint": lintSample(c),
		"clean": {Version: "v1.2.3", Contract: c, Verdict: verdict.Verdict{Clean: true, Coverage: sampleCoverage(c)}}}
}

func TestReportsAreAsBefore(t *testing.T) {
	t.Parallel()
	for name, r := range reports(t) {
		for _, format := range Formats() {
			file := filepath.Join("testdata", name+"."+format)
			got := write(t, format, r)
			if format == "html" {
				got = withoutStyle(t, got)
			}
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%sif that is right, run go test ./server/internal/report -update",
					diff.Diff(file, want, "got", got))
			}
		}
	}
}

// policyHash is the hash in a page's policy: the only style that a browser takes.
var policyHash = regexp.MustCompile(`&#39;sha256-(.+?)&#39;`)

// withoutStyle returns a page without its style sheet, which is page.css, and without the hash of it.
func withoutStyle(t testing.TB, page []byte) []byte {
	t.Helper()
	css, err := os.ReadFile("page.css")
	if err != nil {
		t.Fatal(err)
	}
	style := fmt.Appendf(nil, "<style>%s</style>", css)
	if !bytes.Contains(page, style) || bytes.Count(page, []byte("<style")) != 1 {
		t.Error("html: the page's style is not page.css")
	}
	sum := sha256.Sum256(css)
	want := base64.StdEncoding.EncodeToString(sum[:])
	hash := policyHash.FindSubmatch(page)
	if hash == nil || html.UnescapeString(string(hash[1])) != want {
		t.Errorf("html: the policy has the hash %q, want %s", hash, want)
	}
	page = bytes.Replace(page, style, []byte("<style>page.css</style>"), 1)
	return policyHash.ReplaceAll(page, []byte("&#39;sha256-page.css&#39;"))
}

func TestReportsAreWrittenAlikeTwice(t *testing.T) {
	t.Parallel()
	for name, r := range reports(t) {
		for _, format := range Formats() {
			if !bytes.Equal(write(t, format, r), write(t, format, r)) {
				t.Errorf("%s.%s: the second time is unlike the first", name, format)
			}
		}
	}
}

func TestNoReportHasACredential(t *testing.T) {
	t.Parallel()
	for _, format := range Formats() {
		text := string(write(t, format, sample(tiny(t))))
		for _, secret := range []string{jwt, "opaque-but-secret", "=secret", `abc\"def`, "def\\\"", "session=secret",
			"127.0.0.1:41233"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s has %s", format, secret)
			}
		}
	}
}

func TestHeadersAndBodiesLoseTheirCredentials(t *testing.T) {
	t.Parallel()
	e := Exchange{Exchange: journal.Exchange{Method: "PUT", Path: "/", Header: http.Header{},
		Body: []byte("\xff{\"password\":\"kept-nowhere\"}")}}
	for _, name := range []string{"Authorization", "Cookie", "X-Auth-Token", "X-Amz-Security-Token",
		"X-Ms-Authorization-Auxiliary", "X-Functions-Key", "X-Csrf-Token", "X-Apikey"} {
		e.Header.Set(name, "kept-nowhere")
	}
	e.Header.Set("If-None-Match", "kept")
	text := string(write(t, "har", Report{Exchanges: []Exchange{e}}))
	body := base64.StdEncoding.EncodeToString([]byte("\xff{\"password\":\"REDACTED\"}"))
	if strings.Contains(text, "kept-nowhere") || !strings.Contains(text, `"kept"`) || !strings.Contains(text, body) {
		t.Errorf("got %s", text)
	}
}

func TestTheNearestOperationIsNamedOnce(t *testing.T) {
	t.Parallel()
	for why, want := range map[string]string{
		`no operation here; nearest is "GET /a"`: `GET /b: no operation here; nearest is "GET /a"`,
		"no operation here":                      "GET /b: no operation here; nearest is GET /a",
	} {
		r := Report{Verdict: verdict.Verdict{Unmatched: []verdict.UnmatchedRequest{{Method: "GET", Path: "/b", Count: 1,
			Nearest: "GET /a", Why: why}}}}
		if got := r.Findings()[0].Message(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestFindingsNameTheRequestNotItsNearest(t *testing.T) {
	t.Parallel()
	r := sample(tiny(t))
	for _, format := range []string{"junit", "sarif"} {
		text := string(write(t, format, r))
		if strings.Contains(text, `"GET /me/activities: `) || strings.Contains(text, `Name": "GET /me/activities"`) ||
			!strings.Contains(text, "GET /v1.0/me/activites") {
			t.Errorf("%s: an unmatched request has the name of another", format)
		}
	}
	for _, f := range r.Findings() {
		if f.Title == "no operation fits" && f.Where == "GET /v1.0/me/activites (2 times)" {
			if f.Rule != "unknown-segment" || f.Subject != "GET /v1.0/me/activites" {
				t.Errorf("got %+v", f)
			}
			return
		}
	}
	t.Error("the unmatched request is missing")
}

func TestSummaryCountsViolationsAndFindings(t *testing.T) {
	t.Parallel()
	for want, counts := range map[string][]int{
		"0 requests": nil, "0 requests, 1 violation": {1}, "0 requests, 2 violations": {1, 1},
		"0 requests, 930 violations in 2 findings": {900, 30},
	} {
		var r Report
		for i, n := range counts {
			r.Verdict.Violations = append(r.Verdict.Violations, verdict.GroupedViolation{Count: n, First: int64(i)})
		}
		if got := r.Summary(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestAnUnknownFormatIsAnError(t *testing.T) {
	t.Parallel()
	err := Write("pdf", &bytes.Buffer{}, Report{})
	if err == nil || err.Error() != `unknown report format "pdf"; there are: har, html, json, junit, markdown, sarif` {
		t.Errorf("got %v", err)
	}
}

func TestPlacesAreReadAndWritten(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Place{
		"a.yaml:14:7":     {File: "a.yaml", Line: 14, Column: 7},
		"a_test.go:14":    {File: "a_test.go", Line: 14},
		`C:\x\a.yaml:2:3`: {File: `C:\x\a.yaml`, Line: 2, Column: 3},
		"a.yaml":          {File: "a.yaml"},
		"":                {},
	} {
		if got := ParsePlace(text); got != want || got.String() != text {
			t.Errorf("%s: got %+v, %s", text, got, got)
		}
	}
}

// many is a report with n exchanges, every tenth of them broken.
func many(t testing.TB, n int) Report {
	r := sample(tiny(t))
	first := r.Exchanges[:2:2]
	r.Exchanges = nil
	for i := range n {
		e := first[0]
		if i%10 == 9 {
			e = first[1]
		}
		e.ID = int64(i + 1)
		e.Path += fmt.Sprintf("/%d", i)
		r.Exchanges = append(r.Exchanges, e)
	}
	return r
}
