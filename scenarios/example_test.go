package scenarios_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
)

func upsert() *scenarios.Exchange {
	const path = "/v1.0/me/activities/13881113971988980728/historyItems/390e06e2-7e5b-4133-8014-fac7ac991af7"
	m, _ := openapi.Embedded().Route("PUT", path)
	return &scenarios.Exchange{
		Match: m, Path: path, Header: http.Header{"Client-Request-Id": {"1"}},
		Body: map[string]any{"startedDateTime": "2018-02-26T20:54:04Z", "userTimezone": "Africa/Casablanca"},
		Now:  time.Date(2018, 2, 26, 20, 28, 22, 0, time.UTC),
	}
}

func ExampleScript() {
	s, err := scenarios.Script(openapi.Embedded(), "PUT /me/activities/{activity-id}/historyItems/{item-id}",
		scenarios.Throttle(30*time.Second), scenarios.Pass)
	if err != nil {
		fmt.Println(err)
		return
	}
	engine := scenarios.NewEngine(scenarios.Options{})
	engine.Add(s)
	for range 3 {
		d := engine.Decide(upsert())
		h := http.Header{}
		d.SetHeaders(h)
		fmt.Printf("from the service: %v, status %d, Retry-After %q\n",
			d.FromService, d.Error.Status, h.Get("Retry-After"))
	}
	// Output:
	// from the service: false, status 429, Retry-After "30"
	// from the service: true, status 0, Retry-After ""
	// from the service: true, status 0, Retry-After ""
}

func ExampleParse() {
	_, err := scenarios.Parse("late.yaml", []byte(`
version: 1
rules:
  - when:
      request: PUT /me/activities/{activity-id}/historyItems/{item-id}
    repli: { throttle: { retryAfter: 2s } }
    reply: forbiden
`), openapi.Embedded())
	fmt.Println(err)
	// Output:
	// late.yaml:6:5: unknown key "repli" (did you mean "reply"?)
	// late.yaml:7:12: "forbiden" is not possible here (did you mean "forbidden"?)
}

// The file that the package's documentation shows loads and plays.
func TestDocumentedFileLoads(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(doc), "//\t# yaml-language-server")
	text, _, _ = strings.Cut(text, "//\n")
	text = "#" + strings.ReplaceAll(text, "//\t", "")
	s, err := scenarios.Parse("doc.yaml", []byte(text), openapi.Embedded())
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if s.Name != "throttled-then-created" || !s.Expect.RetryAfter || *s.Expect.Unused != 0 {
		t.Errorf("got %+v", s)
	}
}

// The scenario that the product's description shows, whole.
func TestProductsScenarioPlays(t *testing.T) {
	t.Parallel()
	s, err := scenarios.Parse("product.yaml", []byte(`# yaml-language-server: $schema=./scenario.schema.json
version: 1
name: throttled-then-created
summary: The first upsert is throttled; the retry creates the item.
fixtures: [contoso]
rules:
  - id: upsert
    when:
      request: PUT /me/activities/{activity-id}/historyItems/{item-id}
      path: { activity-id: "13881113971988980728" }
      headers: { client-request-id: { exists: true } }
      body: { /userTimezone: { oneOf: [Africa/Casablanca, Europe/Paris] } }
    reply:
      - throttle: { retryAfter: 2s }        # 429, Graph's own envelope and headers
        times: 2
      - from: service                       # what the stateful service answers: 201 here
        then: { fault: reset }              # committed, but the answer is lost
      - from: service
    after: pass                             # pass | repeat | fail
expect:
  retryAfter: honoured
  unused: 0
`), openapi.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	engine := scenarios.NewEngine(scenarios.Options{})
	engine.Add(s)
	var got []string
	for range 5 {
		d := engine.Decide(upsert())
		got = append(got, fmt.Sprintf("%d %v %s", d.Error.Status, d.FromService, d.Fault))
	}
	if want := "429 false , 429 false , 0 true reset, 0 true , 0 true "; strings.Join(got, ", ") != want {
		t.Errorf("got %q, want %q", strings.Join(got, ", "), want)
	}
	if f := engine.Failures(); f != nil {
		t.Errorf("failures: %v", f)
	}
}
