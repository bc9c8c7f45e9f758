package graphtest_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/graphtest"
)

// TestScriptsDemandWhatTheyMean plays a script against clients that do less than it
// expects, and that do as it says. All failures begin with the line of Script.
func TestScriptsDemandWhatTheyMean(t *testing.T) {
	t.Parallel()
	const wait = 30 * time.Second
	const impatient = "script: " + upsertPattern + " was called again after 0s, but the answer 429 before it " +
		"asked to wait 30s (Retry-After: 30); wait, in a synctest bubble or by Advance, or take it with TakeFailures"
	for name, tt := range map[string]struct {
		responses []scenarios.Response
		calls     int
		pause     time.Duration
		want      string
	}{
		"never called": {[]scenarios.Response{scenarios.Forbidden(), scenarios.Pass}, 0, 0,
			"script: " + upsertPattern + ": no request matched"},
		"called too rarely": {[]scenarios.Response{scenarios.Throttle(wait).Times(2), scenarios.Pass}, 1, wait,
			"script: " + upsertPattern + ": 2 of 3 replies were not given; next was reply 1"},
		"gave up":   {[]scenarios.Response{scenarios.Throttle(wait), scenarios.Pass}, 1, wait, ""},
		"patient":   {[]scenarios.Response{scenarios.Throttle(wait), scenarios.Pass}, 2, wait, ""},
		"impatient": {[]scenarios.Response{scenarios.Throttle(wait), scenarios.Pass}, 2, 0, impatient},
		"told by a header": {[]scenarios.Response{
			scenarios.Fail(429, "tooManyRequests", "Later.").With("Retry-After", "30"),
		}, 2, 0, impatient},
		"only to pass":        {[]scenarios.Response{scenarios.Pass}, 0, 0, ""},
		"more calls than one": {[]scenarios.Response{scenarios.Unavailable()}, 3, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := &fakeT{}
			place := ""
			fake.play(func(tb testing.TB) {
				g := graphtest.NewServerConfig(tb, server.Config{Now: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)})
				_, _, line, _ := runtime.Caller(0)
				g.Script(upsertPattern, tt.responses...)
				place = fmt.Sprintf("server/graphtest/script_test.go:%d: ", line+1)
				for range tt.calls {
					sent(g.Client(), g.Token(), goodPath, goodBody)
					if tt.pause > 0 {
						g.Advance(tt.pause)
					}
				}
			})
			if tt.want != "" {
				tt.want = place + tt.want
			}
			if got := strings.Join(fake.errors, "\n"); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestWhatWasTakenFailsNothing(t *testing.T) {
	t.Parallel()
	fake := &fakeT{}
	fake.play(func(tb testing.TB) {
		g := graphtest.NewServer(tb)
		g.Script(upsertPattern, scenarios.Throttle(time.Hour), scenarios.Throttle(time.Hour), scenarios.Forbidden())
		for range 2 {
			sent(g.Client(), g.Token(), goodPath, goodBody)
		}
		taken := g.TakeFailures()
		if len(taken) != 2 || taken[0].Expectation != "retryAfter" || taken[1].Expectation != "unused" {
			t.Errorf("took %v", taken)
		}
		if again := g.TakeFailures(); len(again) != 0 {
			t.Errorf("took %v again", again)
		}
		sent(g.Client(), g.Token(), goodPath, goodBody) // not patient either, and this was not taken
	})
	if len(fake.errors) != 1 || !strings.Contains(fake.errors[0], "was called again after") {
		t.Errorf("failures %q", fake.errors)
	}
}

func TestAfterAResetScriptsNeedNotBeUsedAgain(t *testing.T) {
	t.Parallel()
	for calls, want := range []int{1, 0} {
		fake := &fakeT{}
		fake.play(func(tb testing.TB) {
			g := graphtest.NewServer(tb)
			g.Script(upsertPattern, scenarios.Forbidden())
			for range calls {
				sent(g.Client(), g.Token(), goodPath, goodBody)
			}
			g.Reset()
		})
		if len(fake.errors) != want {
			t.Errorf("after %d calls and a reset: %q", calls, fake.errors)
		}
	}
}

// TestAnotherOperationsRetryAfterIsNotTheScripts is about who answers for a wait.
func TestAnotherOperationsRetryAfterIsNotTheScripts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := graphtest.NewServer(t)
		s, err := scenarios.Script(nil, "GET /me/activities", scenarios.Unavailable(time.Minute), scenarios.Pass)
		if err != nil {
			t.Fatal(err)
		}
		g.Script(upsertPattern, scenarios.Throttle(time.Second), scenarios.Pass)
		sent(g.Client(), g.Token(), goodPath, goodBody)
		time.Sleep(time.Second)
		other := graphtest.NewServerConfig(t, server.Config{Scenarios: []*scenarios.Scenario{s}})
		other.Script(upsertPattern, scenarios.Throttle(time.Second))
		for range 2 {
			get(t, other.Client(), list, other.Token())
		}
		sent(other.Client(), other.Token(), goodPath, goodBody)
	})
}

func TestHintsOfScriptsSpeakGo(t *testing.T) {
	t.Parallel()
	fake := &fakeT{}
	fake.play(func(tb testing.TB) {
		graphtest.NewServer(tb).Script(upsertPattern, scenarios.Reply(200, map[string]any{"id": 7}))
	})
	if len(fake.errors) != 1 || !strings.Contains(fake.errors[0], "(.OffContract() allows it)") ||
		strings.Contains(fake.errors[0], "offContract: true") {
		t.Errorf("failures %q", fake.errors)
	}
}

// TestADurationMakesARetryAfter is about every response that may have one.
func TestADurationMakesARetryAfter(t *testing.T) {
	t.Parallel()
	for want, response := range map[string]scenarios.Response{
		"503 ": scenarios.Unavailable(), "503 120": scenarios.Unavailable(2 * time.Minute), "504 ": scenarios.Timeout(),
		"504 1": scenarios.Timeout(time.Second), "429 1": scenarios.Throttle(time.Second),
	} {
		g := graphtest.NewServer(t)
		g.Script("/me/activities", response)
		get(t, g.Client(), list, g.Token())
		x := g.Requests("")[0]
		if got := fmt.Sprint(x.Status, " ", x.AnswerHeader.Get("Retry-After")); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
