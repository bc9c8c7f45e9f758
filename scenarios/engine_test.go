package scenarios

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/graphmock/graphmock/openapi"
)

const (
	upsertPattern = "PUT /me/activities/{activity-id}/historyItems/{item-id}"
	itemID        = "390e06e2-7e5b-4133-8014-fac7ac991af7"
	upsertLine    = "PUT /me/activities/13881113971988980728/historyItems/" + itemID
)

var testNow = time.Date(2018, 2, 26, 20, 28, 22, 140_000_000, time.UTC)

// request makes the exchange of a request line below the service's root.
func request(t testing.TB, line string) *Exchange {
	t.Helper()
	method, target, _ := strings.Cut(line, " ")
	u, err := url.Parse("/v1.0" + target)
	if err != nil {
		t.Fatal(err)
	}
	m, v := openapi.Embedded().Route(method, u.EscapedPath())
	if v != nil {
		t.Fatal(v)
	}
	return &Exchange{
		Match: m, Path: u.Path, Query: u.Query(), Header: http.Header{}, Now: testNow,
		User: "user@contoso.com", UserID: "48d31887-5fad-4d73-a9f5-3c356e68a038",
		App:    "de8bc8b5-d9f9-48b1-a8ad-b748da725064",
		Scopes: []string{"UserActivity.ReadWrite.CreatedByApp"},
	}
}

// parse reads the rules of a scenario.
func parse(t testing.TB, rules string) *Scenario {
	t.Helper()
	s, err := Parse("test.yaml", []byte("version: 1\n"+rules), openapi.Embedded())
	if err != nil {
		t.Fatalf("%v\n%s", err, rules)
	}
	return s
}

func newTestEngine(t testing.TB, rules string) *Engine {
	t.Helper()
	e := NewEngine(Options{})
	e.Add(parse(t, rules))
	return e
}

// outcome says what a decision does, in a word or two.
func outcome(d Decision) string {
	var words []string
	switch {
	case d.Problem != "":
		return "problem: " + d.Problem
	case d.FromService:
		words = append(words, "service")
	case d.Error.Status != 0:
		words = append(words, fmt.Sprint(d.Error.Status))
	case d.Status != 0:
		words = append(words, fmt.Sprint(d.Status))
	}
	if d.Fault != NoFault {
		words = append(words, string(d.Fault))
	}
	if !d.Matched() {
		words = append(words, "unmatched")
	}
	return strings.Join(words, " ")
}

// outcomes plays the same request n times.
func outcomes(t testing.TB, e *Engine, line string, n int) []string {
	t.Helper()
	list := make([]string, n)
	for i := range list {
		list[i] = outcome(e.Decide(request(t, line)))
	}
	return list
}

func wantOutcomes(t testing.TB, e *Engine, line string, want ...string) {
	t.Helper()
	if got := outcomes(t, e, line, len(want)); !slices.Equal(got, want) {
		t.Errorf("%s\n got %q\nwant %q", line, got, want)
	}
}

func TestListIsTheSequence(t *testing.T) {
	t.Parallel()
	e := newTestEngine(t, `rules:
  - when: { request: "`+upsertPattern+`" }
    reply:
      - throttle: { retryAfter: 2s }
        times: 2
      - from: service
        then: { fault: reset }
      - conflict: {}
    after: pass
`)
	wantOutcomes(t, e, upsertLine, "429", "429", "service reset", "409", "service unmatched", "service unmatched")
}

func TestAfterSaysWhatFollowsTheLastReply(t *testing.T) {
	t.Parallel()
	const rules = `rules:
  - when: { request: "` + upsertPattern + `" }
    reply: [conflict, forbidden]
    after: AFTER
  - when: {}
    reply: notFound
`
	for after, want := range map[string][]string{
		"pass":   {"409", "403", "404", "404"},
		"repeat": {"409", "403", "403", "403"},
		"fail":   {"409", "403", "404", "404"},
	} {
		e := newTestEngine(t, strings.ReplaceAll(rules, "AFTER", after))
		wantOutcomes(t, e, upsertLine, want...)
		var failed []string
		for _, f := range e.Failures() {
			failed = append(failed, f.Expectation+": "+f.Message)
		}
		if after == "fail" &&
			!slices.Equal(failed, []string{"after: the list has 2 replies, but 2 more requests came"}) ||
			after != "fail" && failed != nil {
			t.Errorf("after: %s: failures %q", after, failed)
		}
	}
}

func TestSingleReplyHasNoEnd(t *testing.T) {
	t.Parallel()
	e := newTestEngine(t, `rules: [{ when: {}, reply: forbidden }]`)
	wantOutcomes(t, e, upsertLine, "403", "403", "403")
}

func TestCountersBelongToRulesAndEngines(t *testing.T) {
	t.Parallel()
	const rules = `rules:
  - when: { request: "PUT /me/activities/{id}" }
    reply: [conflict, forbidden]
    after: pass
  - when: { request: "DELETE /me/activities/{id}" }
    reply: [notFound, forbidden]
    after: pass
`
	scenario := parse(t, rules)
	one, other := NewEngine(Options{}), NewEngine(Options{})
	one.Add(scenario)
	other.Add(scenario)
	// Methods of one URL do not share a counter; URLs of one rule do; servers do not.
	wantOutcomes(t, one, "PUT /me/activities/1", "409")
	wantOutcomes(t, one, "DELETE /me/activities/1", "404", "403")
	wantOutcomes(t, one, "PUT /me/activities/2", "403", "service unmatched")
	wantOutcomes(t, other, "PUT /me/activities/1", "409")
}

func TestParallelCallersGetEachEntryOnce(t *testing.T) {
	t.Parallel()
	const callers = 64
	var rules strings.Builder
	rules.WriteString("rules:\n  - when: { request: \"" + upsertPattern + "\" }\n    after: fail\n    reply:\n")
	for i := range callers {
		fmt.Fprintf(&rules, "      - error: { status: 503, code: entry%d }\n", i)
	}
	e := newTestEngine(t, rules.String())
	codes := make([]string, callers)
	var wait sync.WaitGroup
	for i := range callers {
		x := request(t, upsertLine)
		wait.Go(func() {
			d := e.Decide(x)
			codes[i] = fmt.Sprint(d.Error.Code, " ", d.Reply)
		})
	}
	wait.Wait()
	slices.Sort(codes)
	if got := len(slices.Compact(codes)); got != callers {
		t.Errorf("%d callers got %d different entries", callers, got)
	}
	if f := e.Failures(); f != nil {
		t.Errorf("failures: %v", f)
	}
}

func TestMoreSpecificRuleGoesFirst(t *testing.T) {
	t.Parallel()
	// Each line is more specific than the one before it; the file has them in
	// this order, the play in the reverse.
	whens := []string{
		`{}`,
		`{ token: { user: { exists: true } } }`,
		`{ headers: { client-request-id: { exists: true } } }`,
		`{ token: { app: de8bc8b5-d9f9-48b1-a8ad-b748da725064 } }`,
		`{ headers: { client-request-id: "1" } }`,
		`{ request: "/me/activities/{a}/historyItems/{i}" }`,
		`{ request: "` + upsertPattern + `" }`,
		`{ request: "` + upsertPattern + `", body: { /userTimezone: { startsWith: Africa } } }`,
		`{ request: "` + upsertPattern + `", path: { item-id: { exists: true } } }`,
		`{ request: "` + upsertPattern + `", body: { /userTimezone: Africa/Casablanca } }`,
		`{ request: "` + upsertPattern + `", path: { activity-id: "13881113971988980728" } }`,
		`{ request: "` + upsertPattern +
			`", path: { activity-id: "13881113971988980728" }, body: { /userTimezone: Africa/Casablanca } }`,
	}
	var rules strings.Builder
	rules.WriteString("rules:\n")
	for i, when := range whens {
		fmt.Fprintf(&rules, "  - { id: r%d, when: %s, reply: [{ error: { status: 503 } }], after: pass }\n", i, when)
	}
	e := newTestEngine(t, rules.String())
	x := request(t, upsertLine)
	x.Header.Set("client-request-id", "1")
	x.Body = map[string]any{"userTimezone": "Africa/Casablanca"}
	for i := len(whens) - 1; i >= 0; i-- {
		if got, want := e.Decide(x).Rule, fmt.Sprintf("r%d", i); got != want {
			t.Fatalf("rule %q decided, want %q: %s", got, want, whens[i])
		}
	}
	if d := e.Decide(x); d.Matched() {
		t.Errorf("rule %q decided at the end", d.Rule)
	}
}

func TestRulesThatExcludeEachOtherDoNotTie(t *testing.T) {
	t.Parallel()
	on := `request: "` + upsertPattern + `"`
	for _, pair := range []struct {
		a, b string
		tie  bool
	}{
		{`{ ` + on + ` }`, `{ request: GET /me/activities }`, false},
		{`{ ` + on + ` }`, `{ operation: me.activities.PutHistoryItem }`, true},
		{`{ ` + on + `, path: { activity-id: "1" } }`, `{ ` + on + `, path: { activity-id: "2" } }`, false},
		{`{ ` + on + `, path: { activity-id: "1" } }`, `{ ` + on + `, path: { activity-id: "1" } }`, true},
		{`{ ` + on + `, path: { activity-id: "1" } }`, `{ ` + on + `, path: { item-id: "1" } }`, true},
		{`{ ` + on + `, path: { activity-id: { oneOf: ["1", "2"] } } }`,
			`{ ` + on + `, path: { activity-id: { oneOf: ["2", "3"] } } }`, true},
		{`{ ` + on + `, path: { activity-id: { oneOf: ["1", "2"] } } }`,
			`{ ` + on + `, path: { activity-id: { oneOf: ["3"] } } }`, false},
		{`{ ` + on + `, path: { activity-id: { oneOf: ["1", "2"] } } }`,
			`{ ` + on + `, path: { activity-id: { startsWith: "3" } } }`, false},
		{`{ ` + on + `, path: { activity-id: { endsWith: "1" } } }`,
			`{ ` + on + `, path: { activity-id: { startsWith: "3" } } }`, true},
		{`{ ` + on + `, headers: { x: { exists: true } } }`, `{ ` + on + `, headers: { X: { exists: false } } }`,
			false},
		{`{ ` + on + `, body: { /activeDurationSeconds: { lt: 10 } } }`,
			`{ ` + on + `, body: { /activeDurationSeconds: { gt: 10 } } }`, false},
		{`{ ` + on + `, body: { /activeDurationSeconds: { lt: 11 } } }`,
			`{ ` + on + `, body: { /activeDurationSeconds: { gt: 10 } } }`, true},
		{`{ ` + on + `, token: { scope: a } }`, `{ ` + on + `, token: { scope: b } }`, true},
		{`{ ` + on + `, token: { user: a } }`, `{ ` + on + `, token: { user: b } }`, false},
		{`{ ` + on + `, state: start }`, `{ ` + on + `, state: later }`, false},
	} {
		rules := "rules:\n  - { when: " + pair.a + ", reply: [forbidden], after: pass }\n" +
			"  - { when: " + pair.b + ", reply: [{ from: service, set: later }], after: pass }\n"
		_, err := Parse("test.yaml", []byte("version: 1\n"+rules), openapi.Embedded())
		if got := err != nil && strings.Contains(err.Error(), "ties"); got != pair.tie || err != nil && !got {
			t.Errorf("%s\n%s: tie is %v, want %v: %v", pair.a, pair.b, got, pair.tie, err)
		}
	}
}

func TestEarlierScenarioGoesFirst(t *testing.T) {
	t.Parallel()
	first := parse(t, "name: first\nrules: [{ when: {}, reply: [conflict], after: pass }]")
	second := parse(t, "name: second\nrules: [{ when: {}, reply: [forbidden], after: pass }]")
	e := NewEngine(Options{})
	e.Add(first, second)
	wantOutcomes(t, e, upsertLine, "409", "403", "service unmatched")
}

func TestStatesAreTheScenariosOwn(t *testing.T) {
	t.Parallel()
	const rules = `rules:
  - id: lock
    when: { request: "PUT /me/activities/{id}", state: start }
    reply: { from: service, set: locked }
  - id: locked
    when: { request: "PUT /me/activities/{id}", state: locked }
    reply: conflict
  - id: unlock
    when: { request: "DELETE /me/activities/{id}" }
    reply: { from: service, set: start }
`
	e := NewEngine(Options{})
	e.Add(parse(t, "name: one\n"+rules))
	wantOutcomes(t, e, "PUT /me/activities/1", "service", "409", "409")
	wantOutcomes(t, e, "DELETE /me/activities/1", "service")
	wantOutcomes(t, e, "PUT /me/activities/1", "service", "409")
	e.Add(parse(t, "name: two\n"+rules))
	if got := e.Status(); got[0].State != "locked" || got[1].State != "start" {
		t.Errorf("states %q and %q", got[0].State, got[1].State)
	}
}

func TestResetStartsAnew(t *testing.T) {
	t.Parallel()
	e := newTestEngine(t, `rules: [{ when: {}, reply: [{ conflict: {}, set: late }, forbidden], after: fail }]`)
	wantOutcomes(t, e, upsertLine, "409", "403", "service unmatched")
	e.Reset()
	if e.Failures() != nil || e.Status()[0].State != "start" || e.Unused()[0].Left != 2 {
		t.Errorf("after reset: %v, %+v, %+v", e.Failures(), e.Status(), e.Unused())
	}
	wantOutcomes(t, e, upsertLine, "409", "403")
}

func TestChangedFileTakesOver(t *testing.T) {
	t.Parallel()
	c := openapi.Embedded()
	load := func(file, reply string) *Scenario {
		s, err := Parse(file, []byte("version: 1\nrules: [{ when: {}, reply: ["+reply+"], after: pass }]"), c)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	e := NewEngine(Options{})
	e.Add(load("a.yaml", "conflict, forbidden"), load("b.yaml", "notFound"))
	wantOutcomes(t, e, upsertLine, "409")
	e.Replace("a.yaml", load("a.yaml", "conflict, forbidden")) // saved without a change
	wantOutcomes(t, e, upsertLine, "403")
	e.Replace("a.yaml", load("a.yaml", "timeout"))
	wantOutcomes(t, e, upsertLine, "504", "404", "service unmatched")
	e.Replace("b.yaml")
	if len(e.Status()) != 1 {
		t.Errorf("in play: %+v", e.Status())
	}
}

func TestScenarioWithATakenNameReplaces(t *testing.T) {
	t.Parallel()
	e := newTestEngine(t, "name: same\nrules: [{ when: {}, reply: conflict }]")
	e.Add(parse(t, "name: same\nrules: [{ when: {}, reply: forbidden }]"))
	wantOutcomes(t, e, upsertLine, "403")
	if len(e.Status()) != 1 {
		t.Errorf("in play: %+v", e.Status())
	}
}

func TestRandomOrderDrawsByTheSeed(t *testing.T) {
	t.Parallel()
	const rules = `name: mix
rules: [{ when: {}, order: random, reply: [{ from: service, times: 7 }, conflict, { forbidden: {}, times: 2 }] }]`
	draw := func(seed uint64) []string {
		e := NewEngine(Options{Seed: seed})
		e.Add(parse(t, rules))
		return outcomes(t, e, upsertLine, 1000)
	}
	first := draw(1)
	if !slices.Equal(first, draw(1)) {
		t.Error("the same seed draws differently")
	}
	if slices.Equal(first, draw(2)) {
		t.Error("another seed draws the same")
	}
	count := map[string]int{}
	for _, each := range first {
		count[each]++
	}
	if count["service"] < 650 || count["service"] > 750 || count["409"] < 70 || count["409"] > 130 || len(count) != 3 {
		t.Errorf("weights 7, 1, 2 gave %v", count)
	}
}

func TestResetPlaysWhatLasts(t *testing.T) {
	t.Parallel()
	named := func(file, name string) *Scenario { return &Scenario{File: file, Name: name} }
	e := NewEngine(Options{})
	playing := func() string {
		var names []string
		for _, s := range e.Status() {
			names = append(names, s.File+"/"+s.Scenario)
		}
		return strings.Join(names, " ")
	}
	check := func(step, want string) {
		t.Helper()
		if got := playing(); got != want {
			t.Errorf("%s: %s, want %s", step, got, want)
		}
	}
	e.Add(named("a", "one"), named("b", "two"), named("c", "three"))
	e.AddUntilReset(named("", "two"), named("", "four"))
	check("added until a reset", "a/one /two c/three /four")
	e.Replace("a", named("a", "un"), named("a", "uno"))
	check("a file saved", "a/un a/uno /two c/three /four")
	if !e.Remove("three") || e.Remove("three") || e.Remove("") {
		t.Error("what there is can be removed, once")
	}
	check("removed", "a/un a/uno /two /four")
	e.Reset()
	check("reset", "a/un a/uno b/two c/three")
	e.Replace("b")
	e.Replace("d", named("d", "new"))
	e.Reset()
	check("files gone and new", "a/un a/uno c/three d/new")
}
