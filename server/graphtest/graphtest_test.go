package graphtest_test

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/graphtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(suite{m}) }

// fakeT is a test whose failures can be looked at.
type fakeT struct {
	testing.TB
	mu      sync.Mutex
	errors  []string
	fatal   bool
	cleanup []func()
}

func (t *fakeT) Helper()      {}
func (t *fakeT) Name() string { return "fake" }

func (t *fakeT) Errorf(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.errors = append(t.errors, fmt.Sprintf(format, args...))
}

// stopped is how Fatalf ends a fake test.
type stopped struct{}

func (t *fakeT) Fatalf(format string, args ...any) {
	t.Errorf(format, args...)
	t.fatal = true
	panic(stopped{})
}

func (t *fakeT) Cleanup(f func()) { t.cleanup = append(t.cleanup, f) }

// play runs a test to its end, cleanups included.
func (t *fakeT) play(test func(testing.TB)) {
	defer func() {
		if r := recover(); r != nil && r != any(stopped{}) {
			panic(r)
		}
		for i := len(t.cleanup) - 1; i >= 0; i-- {
			t.cleanup[i]()
		}
	}()
	test(t)
}

// t is the test whose body the examples are. It ends after all of them.
var t = &exampleT{}

type exampleT struct{ fakeT }

func (t *exampleT) Error(args ...any)                 { t.Errorf("%s", fmt.Sprint(args...)) }
func (t *exampleT) Fatal(args ...any)                 { panic(fmt.Sprint(args...)) }
func (t *exampleT) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// failuresOfExamples are those that examples are about.
var failuresOfExamples = []string{
	"/13881113971988980728/historyItems/2: request header Authorization: no bearer token was sent; " +
		"send Authorization: Bearer TOKEN (observed)",
	"but the answer 429 before it asked to wait 2s (Retry-After: 2)",
	`/me/activities/1/historyItems/2: request path item-id: "2" is not a valid uuid; expected like ` +
		"390e06e2-7e5b-4133-8014-fac7ac991af7",
}

// suite is the tests, and then the end of the examples' test.
type suite struct{ *testing.M }

func (s suite) Run() int {
	code := s.M.Run()
	t.play(func(testing.TB) {})
	seen := map[string]bool{}
	for _, e := range t.errors {
		i := slices.IndexFunc(failuresOfExamples, func(wanted string) bool { return strings.HasSuffix(e, wanted) })
		if i < 0 {
			fmt.Println("FAIL: an example:", e)
			code = 1
			continue
		}
		seen[failuresOfExamples[i]] = true
	}
	if all := flag.Lookup("test.run").Value.String() == ""; all && len(seen) < len(failuresOfExamples) {
		fmt.Println("FAIL: of the failures of examples there are only", t.errors)
		code = 1
	}
	return code
}

func get(t testing.TB, c *http.Client, url, token string) int {
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, res.Body)
	res.Body.Close()
	return res.StatusCode
}

const list = "https://graph.microsoft.com/v1.0/me/activities"

func TestEachViolationFailsTheTestOnce(t *testing.T) {
	t.Parallel()
	fake := &fakeT{}
	fake.play(func(tb testing.TB) {
		g := graphtest.NewServer(tb)
		get(t, g.Client(), list+"/x/historyItem", g.Token())
		get(t, g.Client(), list+"?$select=id", g.Token())
		if n := len(g.TakeViolations()); n != 2 {
			t.Errorf("took %d violations, want 2", n)
		}
		get(t, g.Client(), list+"?$count=true", g.Token())
	})
	want := `contract: GET /me/activities: request query $count: the operation has no query option "$count" (`
	if len(fake.errors) != 1 || !strings.Contains(fake.errors[0], want) {
		t.Errorf("failures %q, want only %q", fake.errors, want)
	}
}

func TestAnswersByStateFailNothing(t *testing.T) {
	t.Parallel()
	g := graphtest.NewServer(t)
	expired := g.Token(graphtest.ExpiresIn(0))
	for url, want := range map[string]int{list + "/404/x": 400, list: 401} {
		if got := get(t, g.Client(), url, expired); got != want {
			t.Errorf("%s: %d, want %d", url, got, want)
		}
	}
	if v := g.TakeViolations(); len(v) != 1 || v[0].Rule != "unknown-segment" {
		t.Errorf("violations %v, want that of the segment", v)
	}
}

func TestMistakesOfTheTestFailItAtOnce(t *testing.T) {
	t.Parallel()
	for want, mistake := range map[string]func(testing.TB){
		`graphtest: configuration: auth: "x" is not`: func(tb testing.TB) {
			graphtest.NewServerConfig(tb, server.Config{Auth: "x"})
		},
		`graphtest: pattern "PUT /me/activity/{a}" fits no operation of the contract; nearest is "PUT ` +
			`/me/activities/{activity-id}"`: func(tb testing.TB) {
			graphtest.NewServer(tb).Requests("PUT /me/activity/{a}")
		},
	} {
		fake := &fakeT{}
		fake.play(mistake)
		if !fake.fatal || len(fake.errors) != 1 || !strings.HasPrefix(fake.errors[0], want) {
			t.Errorf("failures %q, want %q", fake.errors, want)
		}
	}
}

// TestRequestsAndScriptTakeTheSamePatterns is about the operationIds of log lines,
// too, those of operations that only the model has among them.
func TestRequestsAndScriptTakeTheSamePatterns(t *testing.T) {
	t.Parallel()
	g := graphtest.NewServer(t)
	for _, target := range []string{"", "/recent", "?$top=1"} {
		get(t, g.Client(), list+target, g.Token())
	}
	get(t, g.Client(), "https://graph.microsoft.com/v1.0/me/todo/lists", g.Token())
	for pattern, want := range map[string]int{
		"GET /me/activities": 2, "/me/activities": 2, "POST /me/activities": 0, "me.activities.PutHistoryItem": 0,
		g.Requests("")[0].Operation: 2, g.Requests("")[1].Operation: 1, "": 4,
		"/me/todo/lists": 1, "GET /me/todo/lists": 1, "me.todo.ListLists": 1,
	} {
		if got := len(g.Requests(pattern)); got != want {
			t.Errorf("%s: %d requests, want %d", pattern, got, want)
		}
	}
	for _, pattern := range []string{"GET /me/activities", "/me/activities", g.Requests("")[0].Operation} {
		g.Script(pattern, scenarios.Forbidden())
		if status := get(t, g.Client(), list, g.Token()); status != http.StatusForbidden {
			t.Errorf("%s scripts nothing: %d", pattern, status)
		}
	}
}

func TestSeedAddsToTheTenant(t *testing.T) {
	t.Parallel()
	g := graphtest.NewServerConfig(t, server.Config{Fixtures: fixtures.Empty()})
	g.Seed(fixtures.Contoso())
	const item = list + "/13881113971988980728/historyItems/5f3c8d1a-9b2e-4f60-8a7d-1c2b3a4d5e6f"
	req, _ := http.NewRequest("DELETE", item, nil)
	req.Header.Set("Authorization", "Bearer "+g.Token(
		graphtest.User(fixtures.Contoso().Users[0].ID), graphtest.App(fixtures.Contoso().Apps[0].ID)))
	res, err := g.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusNoContent {
		t.Errorf("status %d, want 204", res.StatusCode)
	}
}
