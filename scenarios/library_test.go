package scenarios

import (
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/graphmock/graphmock/openapi"
)

// act plays requests on a scenario of the library and tells what each got.
func act(t *testing.T, name string, lines ...string) []string {
	t.Helper()
	loaded, err := Open(name, openapi.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	e := NewEngine(Options{Seed: 1})
	e.Add(loaded...)
	var got []string
	for _, line := range lines {
		x := request(t, line)
		d := e.Decide(x)
		h := http.Header{}
		d.SetHeaders(h)
		text := outcome(d)
		if wait := h.Get("Retry-After"); wait != "" {
			text += " wait " + wait
		}
		if strings.Contains(h.Get("WWW-Authenticate"), "insufficient_claims") {
			text += " claims"
		}
		if d.Delay > 0 {
			text += " after " + d.Delay.Round(100*time.Millisecond).String()
		}
		got = append(got, text)
	}
	return got
}

func TestLibrary(t *testing.T) {
	t.Parallel()
	const list = "GET /me/activities"
	for name, row := range map[string]struct{ lines, want []string }{
		"throttled-then-created": {
			[]string{list, upsertLine, upsertLine, upsertLine},
			[]string{"service unmatched", "429 wait 2", "service", "service unmatched"},
		},
		"throttled-burst": {
			[]string{list, upsertLine, list, list, list},
			[]string{"429 wait 1", "429 wait 2", "429 wait 4", "429", "service unmatched"},
		},
		"token-expires": {
			[]string{upsertLine, upsertLine, upsertLine},
			[]string{"service", "401", "service unmatched"},
		},
		"permission-revoked": {
			[]string{list, list, list, upsertLine},
			[]string{"service", "401 claims", "403", "403"},
		},
		"service-unavailable": {
			[]string{list, list, list, list},
			[]string{"503 wait 5", "503 wait 5", "503", "service unmatched"},
		},
		"flaky-network": {
			[]string{list, list, list, list, list, list, list, list, list},
			[]string{"reset", "service", "empty", "service", "service truncate", "service", "garbage", "service",
				"service unmatched"},
		},
		"committed-but-lost": {
			[]string{upsertLine, upsertLine, upsertLine},
			[]string{"service reset", "service", "service unmatched"},
		},
		"slow-then-fine": {
			[]string{list, upsertLine, list},
			[]string{"service after 20s", "service after 2s", "service unmatched"},
		},
		"created-then-replaced": {
			[]string{upsertLine, upsertLine, upsertLine},
			[]string{"201", "200", "200"},
		},
		"conflict": {
			[]string{upsertLine, upsertLine, upsertLine},
			[]string{"409", "service", "service unmatched"},
		},
		"maintenance-window": {
			[]string{list, upsertLine, list, list, list, upsertLine, upsertLine, upsertLine},
			[]string{
				"503 wait Mon, 26 Feb 2018 20:28:53 GMT", "503 wait Mon, 26 Feb 2018 20:28:53 GMT",
				"503 wait Mon, 26 Feb 2018 20:28:53 GMT",
				"503 wait Mon, 26 Feb 2018 20:28:53 GMT", "service", "503 wait Mon, 26 Feb 2018 20:28:33 GMT",
				"service", "service unmatched",
			},
		},
	} {
		if got := act(t, name, row.lines...); !slices.Equal(got, row.want) {
			t.Errorf("%s\n got %q\nwant %q", name, got, row.want)
		}
	}
}

func TestDegradedIsAMixByTheSeed(t *testing.T) {
	t.Parallel()
	got := act(t, "degraded", slices.Repeat([]string{"GET /me/activities"}, 200)...)
	if !slices.Equal(got, act(t, "degraded", slices.Repeat([]string{"GET /me/activities"}, 200)...)) {
		t.Error("one seed gives two mixes")
	}
	kinds := map[string]int{}
	for _, each := range got {
		kind, _, _ := strings.Cut(each, " ")
		kinds[kind]++
	}
	for _, kind := range []string{"service", "429", "503", "504", "reset"} {
		if kinds[kind] == 0 {
			t.Errorf("no %s among %v", kind, kinds)
		}
	}
	if kinds["service"] < 130 {
		t.Errorf("too few good answers: %v", kinds)
	}
}

func TestCreatedThenReplacedAnswersWithTheItemThatWasSent(t *testing.T) {
	t.Parallel()
	loaded, err := Load(Library(), "created-then-replaced.yaml", openapi.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	e := NewEngine(Options{})
	e.Add(loaded...)
	if d := e.Decide(request(t, upsertLine)); !strings.Contains(string(d.Body), `"id":"`+itemID+`"`) {
		t.Errorf("body %s", d.Body)
	}
}

func TestLibraryScenariosAreNamedAsTheirFilesAndSummed(t *testing.T) {
	t.Parallel()
	loaded, err := Load(Library(), ".", openapi.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	names, _ := fs.Glob(Library(), "*.yaml")
	if len(loaded) != len(names) {
		t.Errorf("%d scenarios in %d files", len(loaded), len(names))
	}
	for i, s := range loaded {
		if s.Name+".yaml" != names[i] || !strings.HasSuffix(s.Summary, ".") {
			t.Errorf("%s: name %q, summary %q", names[i], s.Name, s.Summary)
		}
	}
}

// The same seed and requests give the same bytes.
func TestSameSeedSameDecisions(t *testing.T) {
	t.Parallel()
	loaded, err := Load(Library(), ".", openapi.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	extra := parse(t, `name: made-up
rules: [{ when: { request: "`+upsertPattern+
		`", headers: { x: y } }, reply: { from: schema, status: 201, patch: { id: "${uuid()}" }, delay: { median: `+
		`1s, p99: 2s } } }]`)
	play := func() string {
		e := NewEngine(Options{Seed: 42})
		e.Add(append(loaded, extra)...)
		var b strings.Builder
		for i := range 300 {
			x := request(t, []string{upsertLine, "GET /me/activities", "DELETE /me/activities/1"}[i%3])
			x.Header.Set("x", []string{"y", "z"}[i%2])
			d := e.Decide(x)
			d.reply = nil
			fmt.Fprintf(&b, "%+v %s\n", d, d.Body)
		}
		return b.String()
	}
	if first, again := play(), play(); first != again {
		t.Error("two plays with one seed differ")
	}
}

func TestUnknownScenarioGetsASuggestion(t *testing.T) {
	t.Parallel()
	_, err := Open("throttled-then-creatd", openapi.Embedded())
	if err == nil || !strings.Contains(err.Error(), `did you mean "throttled-then-created"?`) {
		t.Errorf("got %v", err)
	}
	_, err = Open("nothing-like-it", openapi.Embedded())
	if err == nil || !strings.Contains(err.Error(), "there are: committed-but-lost, conflict") {
		t.Errorf("got %v", err)
	}
	_, err = Open("./nothing.yaml", openapi.Embedded())
	if err == nil || err.Error() != "./nothing.yaml: no such file or directory" {
		t.Errorf("got %v", err)
	}
}
