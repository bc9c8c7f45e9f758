package verdict

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/journal"
)

// touch is a record of a request to an operation that was answered.
func touch(op *openapi.Operation, status int) *journal.Record {
	return &journal.Record{
		Exchange: journal.Exchange{ID: 1, At: noon, Method: op.Method, Path: op.Path, Status: status},
		Matched:  op, Delivered: true, Served: status/100 == 2,
	}
}

// patterns are those of a coverage's operations.
func patterns(c Coverage) (list []string) {
	for _, o := range c.Operations {
		list = append(list, o.Pattern)
	}
	return list
}

func TestTwinsAreCountedTogether(t *testing.T) {
	t.Parallel()
	var c Collector
	contract := contract(t)
	c.Add(touch(find(t, contract, "GET /me/things"), 200))
	c.Add(touch(find(t, contract, "GET /users/{}/things"), 200))
	c.Add(touch(find(t, contract, "GET /users/{}/things"), 404))
	cover := c.Verdict(contract, false).Coverage
	if got := patterns(cover); !slices.Equal(got, []string{"GET /me/things", "POST /me/things"}) {
		t.Fatalf("got %q", got)
	}
	o := cover.Operations[0]
	if o.Operation != "list" || o.Requests != 3 || !slices.Equal(o.Twins, []string{"listOfUser"}) {
		t.Errorf("got %+v", o)
	}
	for name, want := range map[string]int{"200": 2, "404": 1} {
		i := slices.IndexFunc(o.Points, func(p Point) bool { return p.Kind == PointStatus && p.Name == name })
		if i < 0 || o.Points[i].Hits != want {
			t.Errorf("status %s: want %d hits: %+v", name, want, o.Points)
		}
	}
}

func TestUntouchedOperationsLookLikeTouchedOnes(t *testing.T) {
	t.Parallel()
	var before, after Collector
	contract := openapi.Embedded()
	for op := range contract.Operations() {
		after.Add(touch(op, 0)) // which no operation declares
	}
	want, got := before.Verdict(contract, false).Coverage, after.Verdict(contract, false).Coverage
	for i := range got.Operations {
		got.Operations[i].Requests = 0
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if len(before.operations) != 0 {
		t.Errorf("%d operations are kept that were not touched", len(before.operations))
	}
}

// beyond is a contract with operations that things has not, and one that it has.
const beyond = `
openapi: 3.0.3
info: {title: beyond, version: "1"}
paths:
  /z:
    get: {responses: {'200': {description: Good.}}}
    delete: {responses: {'204': {description: Good.}}}
  /me/events:
    get: {responses: {'200': {description: Good.}}}
  /users/{id}/events:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {responses: {'200': {description: Good.}}}
  /me/things:
    post: {responses: {'201': {description: Good.}}}
`

func TestOperationsBeyondTheContractAreCovered(t *testing.T) {
	t.Parallel()
	var c Collector
	for _, pattern := range []string{
		"GET /z", "DELETE /z", "GET /me/events", "GET /me/events", "GET /users/{}/events", "POST /me/things",
	} {
		c.Add(touch(find(t, parse(t, beyond), pattern), 200)) // each made anew
	}
	contract := contract(t)
	for range 10 {
		var got []string
		for _, o := range c.Verdict(contract, false).Coverage.Operations {
			got = append(got, fmt.Sprint(o.Requests, " ", o.Pattern, o.Twins))
		}
		want := []string{
			"0 GET /me/things[listOfUser]", "1 POST /me/things[]", "3 GET /me/events[GET /users/{id}/events]",
			"1 DELETE /z[]", "1 GET /z[]",
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
}

func TestTouchedOperationsAreBounded(t *testing.T) {
	t.Parallel()
	var c Collector
	for i := range maxOperations + 5 {
		c.Add(touch(&openapi.Operation{Method: "GET", Path: fmt.Sprintf("/%d", i)}, 200))
	}
	c.Add(touch(&openapi.Operation{Method: "GET", Path: "/0"}, 200))
	if n := len(c.operations); n != maxOperations {
		t.Errorf("%d are kept", n)
	}
	if n := c.operations[operationKey{"GET", "/0"}].requests; n != 2 {
		t.Errorf("the first has %d requests", n)
	}
}

func TestCoveragesAreAdded(t *testing.T) {
	t.Parallel()
	point := func(name string, hits int, optional bool) Point { return Point{PointStatus, name, hits, optional} }
	operation := func(id string, requests int, points ...Point) OperationCoverage {
		return OperationCoverage{Operation: id, Pattern: "GET /" + id, Requests: requests, Points: points}
	}
	c := Coverage{Operations: []OperationCoverage{operation("a", 1, point("200", 1, true), point("404", 0, true))}}
	more := Coverage{Operations: []OperationCoverage{
		operation("a", 2, point("200", 2, false), point("404", 0, true), point("5XX", 0, false)),
		operation("b", 0, point("200", 0, false)),
	}}
	c.Add(more)
	want := Coverage{Percent: 33.3, Operations: []OperationCoverage{
		operation("a", 3, point("200", 3, false), point("404", 0, true), point("5XX", 0, false)),
		operation("b", 0, point("200", 0, false)),
	}}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v, want %+v", c, want)
	}
	c.Operations[1].Points[0].Hits = 9
	if more.Operations[1].Points[0].Hits != 0 {
		t.Error("what was added has changed")
	}
}

func TestOnlyCompleteCoverageIsAHundredPercent(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		touched, all int
		want         float64
	}{{0, 0, 100}, {0, 3, 0}, {1, 3, 33.3}, {2, 3, 66.6}, {3, 3, 100}, {9999, 10_000, 99.9}} {
		points := []Point{{Optional: true}, {Optional: true, Hits: 1}} // which count for nothing
		for i := range test.all {
			points = append(points, Point{Hits: min(1, max(0, test.touched-i))})
		}
		o := OperationCoverage{Points: points}
		if touched, all := o.Touched(); touched != test.touched || all != test.all {
			t.Errorf("%d of %d are touched, want %d of %d", touched, all, test.touched, test.all)
		}
		if got := percent([]OperationCoverage{o}); got != test.want {
			t.Errorf("%d of %d: got %v, want %v", test.touched, test.all, got, test.want)
		}
	}
}

func TestCoverageIsOfWhatCounts(t *testing.T) {
	t.Parallel()
	var c Collector
	contract := contract(t)
	c.Add(touch(find(t, contract, "GET /users/{}/things"), 200))
	whole := c.Verdict(contract, false).Coverage
	for name, test := range map[string]struct {
		include, exclude []string
		want             []string
		of               string
	}{
		"what was called": {nil, nil, []string{"GET /me/things"}, ofTouched},
		"all of it":       {[]string{"*"}, nil, []string{"GET /me/things", "POST /me/things"}, ofNamed},
		"never called":    {[]string{"POST *"}, nil, []string{"POST /me/things"}, ofNamed},
		"an id":           {[]string{"list"}, nil, []string{"GET /me/things"}, ofNamed},
		"a twin":          {[]string{"GET /users/*"}, nil, []string{"GET /me/things"}, ofNamed},
		"a twin left out": {nil, []string{"listOfUser"}, nil, ofTouched},
		"both":            {[]string{"*"}, []string{"GET *"}, []string{"POST /me/things"}, ofNamed},
	} {
		got := whole.Bound(contract, test.include, test.exclude)
		if !slices.Equal(patterns(got), test.want) || got.Of != test.of || got.Percent != 0 && len(test.want) == 0 {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	if len(whole.Operations) != 2 || whole.Of != "" {
		t.Errorf("what was bounded has changed: %+v", whole)
	}
}
