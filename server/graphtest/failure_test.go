package graphtest_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/graphtest"
)

// upsertPattern is the operation that these tests break.
const upsertPattern = "PUT /me/activities/{activity-id}/historyItems/{item-id}"

// sent sends an upsert with any body and path and returns the place that sends it.
func sent(c *http.Client, token, path, body string) (place string) {
	req, err := http.NewRequest("PUT", "https://graph.microsoft.com"+path, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	_, _, line, _ := runtime.Caller(0)
	res, err := c.Do(req)
	if err != nil {
		panic(err)
	}
	res.Body.Close()
	return fmt.Sprintf("server/graphtest/failure_test.go:%d: ", line+1)
}

const (
	goodPath = "/v1.0/me/activities/13881113971988980728/historyItems/390e06e2-7e5b-4133-8014-fac7ac991af7"
	goodBody = `{"startedDateTime": "2018-02-26T20:54:04.345Z"}`
)

// TestFailuresSayWhatAndWhere is the test of the tests: a fake testing.TB gets
// each failure, in full, and each once.
func TestFailuresSayWhatAndWhere(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		test func(testing.TB, *graphtest.Server) (place string)
		want []string // below the place; "scenario: " has none
	}{
		"property missing": {func(_ testing.TB, g *graphtest.Server) string {
			return sent(g.Client(), g.Token(), goodPath, `{}`)
		}, []string{"contract: PUT /me/activities/13881113971988980728/historyItems/" +
			"390e06e2-7e5b-4133-8014-fac7ac991af7: request body /startedDateTime: required property is missing " +
			"(documented, type activityHistoryItem)"}},
		"two at once": {func(_ testing.TB, g *graphtest.Server) string {
			return sent(g.Client(), g.Token(), goodPath, `{"startedDateTime": 1, "userTimezon": ""}`)
		}, []string{
			`request body /startedDateTime: `,
			`request body /userTimezon: unknown property; did you mean "userTimezone"?`,
		}},
		"no token": {func(_ testing.TB, g *graphtest.Server) string {
			return sent(g.Client(), "", goodPath, goodBody)
		}, []string{"request header Authorization: no bearer token was sent"}},
		"unknown segment": {func(_ testing.TB, g *graphtest.Server) string {
			return sent(g.Client(), g.Token(), strings.Replace(goodPath, "historyItems", "historyItem", 1), goodBody)
		}, []string{`no operation has the segment "historyItem" here; did you mean "historyItems"?; nearest is "` +
			upsertPattern + `"`}},
		"beta": {func(_ testing.TB, g *graphtest.Server) string {
			return sent(g.Client(), g.Token(), "/beta/me/activities/1/historyItems/2", goodBody)
		}, []string{`contract: PUT /beta/me/activities/1/historyItems/2: request path item-id: "2" is not a valid ` +
			`uuid`}},
		"sent by a goroutine": {func(_ testing.TB, g *graphtest.Server) (place string) {
			var wg sync.WaitGroup
			wg.Go(func() { place = sent(g.Client(), g.Token(), goodPath, `{}`) })
			wg.Wait()
			return place
		}, []string{"required property is missing"}},
		"before a reset": {func(_ testing.TB, g *graphtest.Server) string {
			defer g.Reset()
			return sent(g.Client(), g.Token(), goodPath, `{}`)
		}, []string{"required property is missing"}},
		"after some were taken and a reset": {func(_ testing.TB, g *graphtest.Server) string {
			for range 3 {
				sent(g.Client(), g.Token(), goodPath, `[]`)
			}
			g.TakeViolations()
			g.Reset()
			return sent(g.Client(), g.Token(), goodPath, `{}`)
		}, []string{"required property is missing"}},
		"unmet expectation": {func(_ testing.TB, g *graphtest.Server) string {
			g.Play("throttled-then-created")
			return ""
		}, []string{"scenario: embedded:throttled-then-created"}},
		"nothing": {func(_ testing.TB, g *graphtest.Server) string {
			return sent(g.Client(), g.Token(), goodPath, goodBody)
		}, nil},
		"refused by state": {func(_ testing.TB, g *graphtest.Server) string {
			g.Script(upsertPattern, scenarios.Throttle(time.Second), scenarios.Forbidden(), scenarios.Pass)
			for range 3 {
				sent(g.Client(), g.Token(), goodPath, goodBody)
				g.Advance(time.Second)
			}
			return sent(g.Client(), g.Token(graphtest.ExpiresIn(0)), goodPath, goodBody)
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			place := ""
			fake := &fakeT{}
			fake.play(func(tb testing.TB) { place = tt.test(tb, graphtest.NewServer(tb)) })
			slices.Sort(fake.errors)
			if len(fake.errors) != len(tt.want) {
				t.Fatalf("failures %q, want %d", fake.errors, len(tt.want))
			}
			for i, want := range tt.want {
				if got := fake.errors[i]; !strings.HasPrefix(got, place) || !strings.Contains(got, want) {
					t.Errorf("got\n%s\nwant\n%s...%s", got, place, want)
				}
			}
		})
	}
}

// TestGoTestPrintsThePlaceOfTheRequestFirst runs itself once more, as a test that
// fails: what it prints then is what users see.
func TestGoTestPrintsThePlaceOfTheRequestFirst(t *testing.T) {
	t.Parallel()
	const variable = "GRAPHTEST_FAILS"
	if os.Getenv(variable) != "" {
		res, err := graphtest.NewServer(t).Client().Get("https://graph.microsoft.com/v1.0/me/activities/recent?$top=1")
		if err == nil {
			res.Body.Close()
		}
		return
	}
	again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	again.Env = append(os.Environ(), variable+"=1")
	out, err := again.CombinedOutput()
	if err == nil || !regexp.MustCompile(
		`(?m)^    server/graphtest/failure_test\.go:\d+: contract: GET /me/activities/recent: request header `).Match(out) {
		t.Errorf("error %v, printed\n%s", err, out)
	}
}

func TestMistakesNameTheNearest(t *testing.T) {
	t.Parallel()
	for want, mistake := range map[string]func(*graphtest.Server){
		`graphtest: pattern "PUT /me/activity/{a}" fits no operation of the contract; nearest is "PUT ` +
			`/me/activities/{activity-id}"`: func(g *graphtest.Server) {
			g.Script("PUT /me/activity/{a}", scenarios.Pass)
		},
		`did you mean "throttled-then-created"?`:     func(g *graphtest.Server) { g.Play("throttled-then-create") },
		"graphtest: the clock can't be moved by -1s": func(g *graphtest.Server) { g.Advance(-time.Second) },
	} {
		fake := &fakeT{}
		fake.play(func(tb testing.TB) {
			mistake(graphtest.NewServer(tb))
			t.Errorf("%s: the test goes on", want)
		})
		if !fake.fatal || len(fake.errors) != 1 || !strings.Contains(fake.errors[0], want) {
			t.Errorf("failures %q, want %q", fake.errors, want)
		}
	}
}

func TestListenInABubbleSaysWhyNot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		plain, secure := (*graphtest.Server).Listen, (*graphtest.Server).ListenTLS
		for _, listen := range []func(*graphtest.Server) string{plain, secure} {
			fake := &fakeT{}
			fake.play(func(tb testing.TB) { listen(graphtest.NewServer(tb)) })
			if !fake.fatal || len(fake.errors) != 1 ||
				!strings.Contains(fake.errors[0], "a synctest bubble has no sockets") {
				t.Errorf("failures %q", fake.errors)
			}
		}
	})
}

// TestFailuresStayInTheirTest plays a good and a bad test side by side, many times.
func TestFailuresStayInTheirTest(t *testing.T) {
	t.Parallel()
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			body, want := goodBody, 0
			if i%2 == 1 {
				body, want = `{}`, 1
			}
			fake := &fakeT{}
			fake.play(func(tb testing.TB) {
				g := graphtest.NewServer(tb)
				sent(g.Client(), g.Token(), goodPath, body)
			})
			if len(fake.errors) != want {
				t.Errorf("failures %q, want %d", fake.errors, want)
			}
		})
	}
	wg.Wait()
}

// TestThousandServers is about what a large suite costs; TestMain sees to it that
// none of them leaves a goroutine behind.
func TestThousandServers(t *testing.T) {
	t.Parallel()
	for i := range 1000 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			g := graphtest.NewServer(t)
			created, err := recordView(g.Client(), g.Token(), activity, item)
			if !created || err != nil || len(g.Requests("")) != 1 {
				t.Errorf("created %v, error %v, %d requests", created, err, len(g.Requests("")))
			}
		})
	}
}

func TestClientOfAnEndedTestGetsAnError(t *testing.T) {
	t.Parallel()
	var left *http.Client
	(&fakeT{}).play(func(tb testing.TB) { left = graphtest.NewServer(tb).Client() })
	if _, err := recordView(left, "x", activity, item); err == nil ||
		!strings.Contains(err.Error(), "graphmock: the server is closed") {
		t.Errorf("error %v", err)
	}
}

func TestTimePassesByTheBubblesClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := graphtest.NewServer(t)
		token := g.Token(graphtest.ExpiresIn(31 * 24 * time.Hour))
		g.Script(upsertPattern, scenarios.Delay(time.Hour), scenarios.Pass.Then(scenarios.FaultDrip))
		for _, want := range []time.Duration{time.Hour, 28 * 50 * time.Millisecond} {
			start := time.Now()
			req, _ := http.NewRequest("PUT", g.URL()+goodPath, strings.NewReader(goodBody))
			req.Header.Set("Authorization", "Bearer "+token)
			req.Header.Set("Content-Type", "application/json")
			res, err := g.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(res.Body)
			res.Body.Close()
			if want < time.Hour { // 16 bytes at a time
				want = time.Duration((len(body)-1)/16) * 50 * time.Millisecond
			}
			if took := time.Since(start); took != want || err != nil {
				t.Errorf("took %s, want %s; error %v", took, want, err)
			}
		}
		time.Sleep(31 * 24 * time.Hour)
		if status := get(t, g.Client(), list, token); status != http.StatusUnauthorized {
			t.Errorf("after a month the token gets %d", status)
		}
	})
}

// TestClientTimeout is about the errors that code looks at.
func TestClientTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := graphtest.NewServerConfig(t, server.Config{})
		g.Script(upsertPattern, scenarios.Delay(time.Hour))
		c := g.Client()
		c.Timeout = time.Minute
		start := time.Now()
		_, err := recordView(c, g.Token(), activity, item)
		if slow, ok := err.(interface{ Timeout() bool }); !ok || !slow.Timeout() || time.Since(start) != time.Minute {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
	})
}

func TestReportsNameTheLineThatSentTheRequest(t *testing.T) {
	file := filepath.Join(t.TempDir(), "graphmock.json")
	t.Setenv("GRAPHMOCK_REPORT", "json="+file)
	fake := &fakeT{}
	fake.play(func(tb testing.TB) {
		get(t, graphtest.NewServer(tb).Client(), list+"/x/historyItem", "opaque")
	})
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`"place": "server/graphtest/graphtest_test\.go:\d+"`).Match(text) {
		t.Errorf("no place in %s", text)
	}
}
