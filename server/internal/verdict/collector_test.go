package verdict

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/journal"
)

var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// things is a contract all of which can be covered.
const things = `
openapi: 3.0.3
info: {title: things, version: "1"}
x-graphmock-odata: true
paths:
  /me/things:
    get:
      operationId: list
      parameters:
        - {name: $top, in: query, schema: {type: integer}}
        - {name: $skiptoken, in: query, schema: {type: string}}
        - {name: $format, in: query, schema: {type: string}}
      responses:
        '200':
          description: A page.
          content:
            application/json:
              schema: {type: object, properties: {'@odata.nextLink': {type: string}, value: {type: array, items: {}}}}
        '400': {description: Wrong.}
        5XX: {description: Broken.}
    post:
      operationId: create
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                id: {type: string, readOnly: true}
                color: {type: string, enum: [red, blue, Red]}
                paint: {type: string, deprecated: true}
                parts: {type: array, items: {type: object, properties: {name: {type: string}}}}
      responses:
        '201': {description: Created.}
        '204': {description: Created.}
  /users/{user-id}/things:
    get:
      operationId: listOfUser
      parameters:
        - {name: user-id, in: path, required: true, schema: {type: string}}
      responses:
        '200': {description: A page.}
        '404': {description: Nobody.}
`

func contract(tb testing.TB) *openapi.Contract {
	tb.Helper()
	return parse(tb, things)
}

func parse(tb testing.TB, text string) *openapi.Contract {
	tb.Helper()
	c, err := openapi.Parse("test.yaml", []byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// find finds an operation of a contract.
func find(tb testing.TB, c *openapi.Contract, pattern string) *openapi.Operation {
	tb.Helper()
	op, err := c.Find(pattern)
	if err != nil {
		tb.Fatal(err)
	}
	return op
}

// violating is a record with violations.
func violating(id int64, path string, violations ...openapi.Violation) *journal.Record {
	return &journal.Record{Exchange: journal.Exchange{ID: id, Method: "PUT", Path: path, Violations: violations}}
}

// missing is a violation of a request's body.
func missing(pointer string) openapi.Violation {
	return openapi.Violation{Operation: "create", Side: openapi.RequestSide, In: openapi.InBody, Pointer: pointer,
		Rule: "required"}
}

// unmatched is the violation of a request line that fits no operation.
var unmatched = openapi.Violation{
	Side: openapi.RequestSide, In: openapi.InPath, Rule: "unknown-segment", Message: "no such thing",
	Hint: "try another",
}

func TestVerdictOfNothingIsClean(t *testing.T) {
	t.Parallel()
	var c Collector
	v := c.Verdict(contract(t), false)
	if !v.Clean || v.Coverage.Percent != 0 {
		t.Errorf("got %+v", v)
	}
	if v.Violations == nil || v.Unmatched == nil || v.Unused == nil || v.Failures == nil || v.Duplicates == nil {
		t.Errorf("a list is nil: %+v", v)
	}
	if len(c.operations) != 0 {
		t.Errorf("%d operations are kept that were not touched", len(c.operations))
	}
}

func TestViolationsAreGrouped(t *testing.T) {
	t.Parallel()
	var c Collector
	ofResponse := missing("/a")
	ofResponse.Side = openapi.ResponseSide
	c.Add(violating(4, "/4", missing("/a"), ofResponse))
	c.Add(violating(5, "/5", missing("/b")))
	c.Add(violating(2, "/2", missing("/a"))) // counted later than it came
	c.Add(violating(3, "/3", missing("/a")))
	v := c.Verdict(contract(t), false)
	var got []string
	for _, g := range v.Violations {
		got = append(got, fmt.Sprintf("%d %s %s first %d %s", g.Count, g.Side, g.Pointer, g.First, g.Where))
	}
	want := []string{"3 request /a first 2 PUT /2", "1 response /a first 4 PUT /4", "1 request /b first 5 PUT /5"}
	if !slices.Equal(got, want) || v.Clean {
		t.Errorf("clean %v, got %q, want %q", v.Clean, got, want)
	}
}

func TestViolationsOfOneExchangeHaveAnOrder(t *testing.T) {
	t.Parallel()
	var c Collector
	var all []openapi.Violation
	for _, pointer := range []string{"/c", "/a", "/b"} {
		ofResponse := missing(pointer)
		ofResponse.Side = openapi.ResponseSide
		all = append(all, ofResponse, missing(pointer))
	}
	c.Add(violating(1, "/", all...))
	var got []string
	for _, g := range c.Verdict(contract(t), false).Violations {
		got = append(got, string(g.Side)+g.Pointer)
	}
	want := []string{"request/a", "request/b", "request/c", "response/a", "response/b", "response/c"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestGroupsAreBounded(t *testing.T) {
	t.Parallel()
	var c Collector
	for i := range maxGroups + 5 {
		c.Add(violating(int64(i+1), "/", missing(fmt.Sprintf("/p%d", i))))
	}
	c.Add(violating(9999, "/", missing("/p0")))
	v := c.Verdict(contract(t), false)
	if len(v.Violations) != maxGroups || v.Omitted != 5 || v.Violations[0].Count != 2 || v.Clean {
		t.Errorf("%d groups, %d omitted, the first has %d", len(v.Violations), v.Omitted, v.Violations[0].Count)
	}
}

func TestUnmatchedRequestsAreCounted(t *testing.T) {
	t.Parallel()
	var c Collector
	c.Add(violating(7, "/me/thing", unmatched))
	c.Add(violating(8, "/elsewhere/and/beyond", unmatched))
	c.Add(violating(3, "/me/thing", unmatched))
	got := c.Verdict(contract(t), false).Unmatched
	want := []UnmatchedRequest{
		{Method: "PUT", Path: "/me/thing", Count: 2, First: 3, Nearest: "POST /me/things",
			Why: "no such thing; try another", Rule: "unknown-segment"},
		{Method: "PUT", Path: "/elsewhere/and/beyond", Count: 1, First: 8, Why: "no such thing; try another",
			Rule: "unknown-segment"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestUnmatchedRequestsAreBounded(t *testing.T) {
	t.Parallel()
	var c Collector
	for i := range maxUnmatched + 5 {
		c.Add(violating(int64(i+1), fmt.Sprintf("/%d", i), unmatched))
	}
	c.Add(violating(9999, "/0", unmatched))
	v := c.Verdict(contract(t), false)
	if len(v.Unmatched) != maxUnmatched || v.Unmatched[0].Count != 2 || v.Violations[0].Count != maxUnmatched+6 {
		t.Errorf("%d unmatched, %d violations", len(v.Unmatched), v.Violations[0].Count)
	}
}

func TestTextOfClientsIsCut(t *testing.T) {
	t.Parallel()
	var c Collector
	long := strings.Repeat("é", 1000)
	c.Add(violating(1, "/x"+long, unmatched, missing("/"+long)))
	c.Add(violating(2, "/x"+long+"y", unmatched, missing("/"+long+"y"))) // the same as far as it is kept
	v := c.Verdict(contract(t), false)
	if len(v.Unmatched) != 1 || len(v.Violations) != 2 {
		t.Fatalf("got %+v", v)
	}
	for _, text := range []string{v.Unmatched[0].Path, v.Violations[0].Where, v.Violations[0].Pointer} {
		if len(text) > 510 || !utf8.ValidString(text) || !strings.HasSuffix(text, "...") {
			t.Errorf("%d bytes are kept: %q", len(text), text)
		}
	}
}

func TestResetForgetsEverything(t *testing.T) {
	t.Parallel()
	var c Collector
	contract := contract(t)
	r := violating(1, "/me/things", missing("/a"), unmatched)
	r.Method, r.Matched, r.Status, r.Served, r.Lost = "POST", find(t, contract, "POST /me/things"), 201, true, true
	for range maxGroups {
		c.Add(r)
	}
	if v := c.Verdict(contract, false); v.Clean || len(v.Duplicates) == 0 {
		t.Fatalf("nothing was counted: %+v", v)
	}
	c.Reset()
	v := c.Verdict(contract, false)
	left := len(v.Violations) + len(v.Unmatched) + len(v.Duplicates) + v.Omitted +
		len(c.operations) + len(c.writes.lost)
	if !v.Clean || left != 0 {
		t.Errorf("got %+v", v)
	}
	if o := v.Coverage.Operations[1]; o.Requests != 0 || v.Coverage.Percent != 0 {
		t.Errorf("%d requests are left", o.Requests)
	}
}

func TestScenariosAreAddedToAVerdict(t *testing.T) {
	t.Parallel()
	var c Collector
	v := c.Verdict(contract(t), false)
	v.AddScenarios(nil, []scenarios.Unused{{Rule: "never"}})
	if !v.Clean || len(v.Unused) != 1 || v.Failures == nil {
		t.Errorf("got %+v", v)
	}
	v.AddScenarios([]scenarios.Failure{{Rule: "once"}}, nil)
	if v.Clean || len(v.Unused) != 1 || len(v.Failures) != 1 {
		t.Errorf("got %+v", v)
	}
}

func TestCollectorIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	var c Collector
	contract := contract(t)
	list := find(t, contract, "GET /me/things")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 50 {
				r := violating(int64(i), "/me/things", missing("/a"))
				r.Matched, r.Status, r.Delivered = list, 200, true
				c.Add(r)
				c.Verdict(contract, false)
			}
		})
	}
	all.Wait()
	v := c.Verdict(contract, false)
	if v.Violations[0].Count != 200 || v.Coverage.Operations[0].Requests != 200 {
		t.Errorf("%d violations, %d requests", v.Violations[0].Count, v.Coverage.Operations[0].Requests)
	}
}
