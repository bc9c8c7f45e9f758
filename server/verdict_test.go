package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
)

func TestVerdictOfNothingIsClean(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	res, answer := send(t, s, "GET", control+"/verdict", nil)
	var v map[string]any
	if err := json.Unmarshal(answer, &v); err != nil || res.StatusCode != 200 {
		t.Fatalf("%d %s: %v", res.StatusCode, answer, err)
	}
	for _, list := range []string{"violations", "unmatched", "unused", "failures", "duplicates"} {
		if got, ok := v[list].([]any); !ok || len(got) > 0 {
			t.Errorf("%s is %v, want []", list, v[list])
		}
	}
	if strings.Contains(string(answer), "null") || v["clean"] != true {
		t.Errorf("got %s", answer)
	}
}

func TestVerdictGroupsViolations(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	send(t, s, "PUT", seedPath+seedItem, strings.NewReader(seedBody))
	for range 3 {
		send(t, s, "PUT", seedPath+seedItem,
			strings.NewReader(strings.Replace(seedBody, "userTimezone", "userTimezon", 1)))
	}
	send(t, s, "PUT", seedPath+seedItem, strings.NewReader("{}"))
	v := s.Verdict()
	var got []string
	for _, g := range v.Violations {
		got = append(got, fmt.Sprintf("%d %s %s first %d %s", g.Count, g.Rule, g.Pointer, g.First, g.Where))
	}
	want := []string{
		"3 additionalProperties /userTimezon first 2 PUT " + seedPath + seedItem,
		"1 required /startedDateTime first 5 PUT " + seedPath + seedItem,
	}
	if !slices.Equal(got, want) || v.Clean {
		t.Errorf("clean %v, got %q, want %q", v.Clean, got, want)
	}
	if err := s.Reset(); err != nil {
		t.Fatal(err)
	}
	if v := s.Verdict(); !v.Clean || v.Coverage.Percent != 0 {
		t.Errorf("after a reset: %+v", v)
	}
}

func TestVerdictTellsWhyARequestFitsNoOperation(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	send(t, s, "GET", "/v1.0/me/activitys", nil)
	send(t, s, "GET", "/v1.0/me/activitys", nil)
	send(t, s, "PUT", "/v1.0/me/activities", nil)
	send(t, s, "GET", "/v3.0/me/activities", nil)
	v := s.Verdict()
	var got []string
	for _, u := range v.Unmatched {
		got = append(got, fmt.Sprintf("%d %s %s (%s): %s", u.Count, u.Method, u.Path, u.Nearest, u.Why))
	}
	want := []string{
		`2 GET /v1.0/me/activitys (GET /me/activities): no operation has the segment "activitys" here; did you mean ` +
			`"activities"?; nearest is "GET /me/activities"`,
		`1 PUT /v1.0/me/activities (POST /me/activities): method "PUT" is not allowed; allowed here: GET, POST`,
		`1 GET /v3.0/me/activities (GET /me/activities): the path does not start with a service root, but with ` +
			`"/v3.0"; start it with /v1.0 or /beta`,
	}
	if !slices.Equal(got, want) || v.Clean {
		t.Errorf("clean %v, got\n%s\nwant\n%s", v.Clean, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestVerdictHasWhatScenariosMiss(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	play(t, s, `
version: 1
name: mixed
rules:
  - id: never
    when: { request: GET /me/activities }
    reply: forbidden
  - id: once
    when: { request: "PUT /me/activities/{a}/historyItems/{i}" }
    reply: [ { from: service } ]
    after: fail
`)
	for range 2 {
		send(t, s, "PUT", seedPath+seedItem, strings.NewReader(seedBody))
	}
	v := s.Verdict()
	if len(v.Unused) != 1 || v.Unused[0].Rule != "never" || len(v.Failures) != 1 ||
		v.Failures[0].Expectation != "after" || v.Clean {
		t.Errorf("got %+v", v)
	}
}

func play(t *testing.T, s *server.Server, text string) {
	t.Helper()
	scenario, err := scenarios.Parse("scenario.yaml", []byte(text), s.Contract())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Add(scenario); err != nil {
		t.Fatal(err)
	}
}

// points gives how often the points of an operation were touched.
func points(t *testing.T, s *server.Server, operation string) map[string]int {
	t.Helper()
	for _, o := range s.Verdict().Coverage.Operations {
		if o.Operation == operation {
			hits := map[string]int{}
			for _, p := range o.Points {
				hits[p.Kind+" "+p.Name] = p.Hits
			}
			return hits
		}
	}
	t.Fatalf("the coverage has no %s", operation)
	return nil
}

func TestCoverageCountsWhatGoodRequestsTouch(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	const id = "13881113971988980728"
	send(t, s, "PUT", seedPath+seedItem, strings.NewReader(seedBody))
	send(t, s, "PUT", strings.Replace(seedPath, "/me/", "/users/user@contoso.com/", 1)+seedItem,
		strings.NewReader(seedBody))
	send(t, s, "PUT", seedPath+seedItem, strings.NewReader(`{"startedDateTime": "2015", "activeDurationSeconds": 5}`))
	send(t, s, "PUT", "/v1.0/me/activities/mine", strings.NewReader(`{"activitySourceHost": "https://www.contoso.com",
		"activationUrl": "https://www.contoso.com/", "visualElements": {"displayText": "x"},
		"historyItems": [{"startedDateTime": "2015-02-11T20:54:04Z"}, {"startedDateTime": "2015-02-11T20:54:05Z"}]}`))
	item := points(t, s, "me.activities.PutHistoryItem")
	for point, want := range map[string]int{
		"status 201": 1, "status 200": 1, "status 400": 1, "property /startedDateTime": 2, "property /userTimezone": 2,
		"property /activeDurationSeconds": 0,
	} {
		if got, known := item[point]; !known || got != want {
			t.Errorf("item: %s: %d hits, want %d", point, got, want)
		}
	}
	if _, known := item["property /createdDateTime"]; known {
		t.Error("the service sets createdDateTime, no client can cover it")
	}
	activity := points(t, s, "me.PutActivity")
	for point, want := range map[string]int{
		"status 201": 1, "property /historyItems": 1, "property /historyItems/*/startedDateTime": 2,
		"property /visualElements/displayText": 1, "property /visualElements/content": 0,
	} {
		if got, known := activity[point]; !known || got != want {
			t.Errorf("activity %s: %s: %d hits, want %d", id, point, got, want)
		}
	}
}

func TestCoverageCountsSpellingsOfAValueTogether(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	for _, method := range []string{"GET", "get"} {
		send(t, s, "POST", "/v1.0/$batch",
			strings.NewReader(`{"requests": [{"id": "1", "method": "`+method+`", "url": "/me/activities"}]}`),
			"Content-Type", "application/json")
	}
	batch := points(t, s, "batch")
	if n := batch["value /requests/*/method=GET"]; n != 2 {
		t.Errorf("%d hits, want 2: %v", n, batch)
	}
	if _, known := batch["value /requests/*/method=get"]; known {
		t.Error("a client has to write the same method in two ways")
	}
}

func TestCoverageCountsTwinsTogether(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	all := 0
	for _, o := range s.Verdict().Coverage.Operations {
		if strings.Contains(o.Pattern, "/users/") || len(o.Twins) != 1 && o.Operation != "batch" { // which is nobody's
			t.Errorf("%s with twins %v", o.Pattern, o.Twins)
		}
		all += 1 + len(o.Twins)
	}
	count := 0
	for range s.Contract().Operations() {
		count++
	}
	if all != count {
		t.Errorf("%d operations, the contract has %d", all, count)
	}
}

// things is a contract all of which can be covered.
const things = `
openapi: 3.0.3
info: {title: things, version: "1"}
x-graphmock-odata: true
paths:
  /things:
    get:
      parameters:
        - {name: $top, in: query, schema: {type: integer}}
        - {name: $skiptoken, in: query, schema: {type: string}}
      responses:
        '200':
          description: A page.
          content:
            application/json:
              schema: {type: object, properties: {'@odata.nextLink': {type: string}, value: {type: array, items: {}}}}
              example: {'@odata.nextLink': 'https://graph.microsoft.com/things?$top=1&$skiptoken=a%2Fb', value: []}
        '400': {description: Wrong.}
        4XX: {description: Wrong.}
    post:
      requestBody:
        content:
          application/json:
            schema: {type: object, properties: {id: {type: string, readOnly: true}, color: {type: string, enum: [red, blue]}, paint: {type: string, deprecated: true}}}
      responses:
        '201': {description: Created.}
        default: {description: Whatever else.}
`

func TestCoverageCanBeComplete(t *testing.T) {
	t.Parallel()
	c, err := openapi.Parse("things.yaml", []byte(things))
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, server.Config{Contract: c, Auth: server.AuthOff})
	var percents []float64
	for _, call := range []struct{ method, path, body string }{
		{"GET", "/things?$skiptoken=other", ""},
		{"GET", "/things?%24TOP=1&$skiptoken=a/b", ""},
		{"POST", "/things", `{"color": "red", "id": "1"}`},
		{"POST", "/things", `{"color": "green"}`},
		{"POST", "/things", `{"color": "blue"}`},
	} {
		send(t, s, call.method, call.path, strings.NewReader(call.body))
		percents = append(percents, s.Verdict().Coverage.Percent)
	}
	// 200, $top, a next link; 201, color and its two values
	if want := []float64{14.2, 42.8, 85.7, 85.7, 100}; !slices.Equal(percents, want) {
		t.Errorf("got %v, want %v", percents, want)
	}
	if hits := points(t, s, "GET /things"); hits["nextLink followed"] != 1 {
		t.Errorf("got %v", hits)
	}
}

func TestCoverageAsksForRetryAfterWhereItWasGiven(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	honoured := func() int {
		hits, asked := points(t, s, "me.activities.PutHistoryItem")["retryAfter honoured"]
		if !asked {
			return -1
		}
		return hits
	}
	if err := s.Script("PUT /me/activities/{a}/historyItems/{i}",
		scenarios.Throttle(time.Minute).Times(2)); err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, wait := range []time.Duration{0, 0, time.Minute} {
		got = append(got, honoured())
		s.Advance(wait)
		send(t, s, "PUT", seedPath+seedItem, strings.NewReader(seedBody))
	}
	if got = append(got, honoured()); !slices.Equal(got, []int{-1, 0, 0, 1}) {
		t.Errorf("got %v", got)
	}
}

func TestVerdictListsWhatARetryCreatedTwice(t *testing.T) {
	t.Parallel()
	const lost = `
version: 1
name: lost
rules:
  - id: put
    when: { request: "PUT /me/activities/{a}/historyItems/{i}" }
    reply: [ { from: service, then: { fault: reset } } ]
    after: pass
`
	body := func(id string) string { return `{"id": "` + id + `", "startedDateTime": "2015-02-11T20:54:04Z"}` }
	first, second := guidOf(1), guidOf(2)
	for name, test := range map[string]struct {
		id, body  string
		duplicate bool
	}{
		"the same item again":      {first, body(first), false},
		"another id, equal else":   {second, body(second), true},
		"another id, another body": {second, `{"startedDateTime": "2016-02-11T20:54:04Z"}`, false},
		"another id, rejected":     {second, body(first), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, server.Config{})
			play(t, s, lost)
			req, _ := http.NewRequest("PUT", graph+seedPath+first, strings.NewReader(body(first)))
			req.Header.Set("Authorization", "Bearer opaque")
			req.Header.Set("Content-Type", "application/json")
			if _, err := s.Client().Do(req); err == nil {
				t.Fatal("the answer was not lost")
			}
			send(t, s, "PUT", seedPath+test.id, strings.NewReader(test.body))
			want := []server.Duplicate{}
			if test.duplicate {
				want = append(want, server.Duplicate{Operation: "me.activities.PutHistoryItem",
					Lost:  server.Write{ID: 1, Where: "PUT " + seedPath + first},
					Again: server.Write{ID: 2, Where: "PUT " + seedPath + second}})
			}
			if got := s.Verdict().Duplicates; !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
			if hits := points(t, s, "me.activities.PutHistoryItem"); hits["status 201"] > 1 {
				t.Errorf("an answer that was lost is covered: %v", hits)
			}
		})
	}
}

func TestVerdictIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 20 {
			s.Verdict()
		}
	}()
	for i := range 100 {
		send(t, s, "PUT", seedPath+guidOf(uint64(i)), strings.NewReader(seedBody))
	}
	<-done
	if got := points(t, s, "me.activities.PutHistoryItem")["status 201"]; got != 100 {
		t.Errorf("%d hits", got)
	}
}

func TestRequestsOfDerivedOperationsAreFound(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	send(t, s, "GET", "/v1.0/me/todo/lists", nil)
	send(t, s, "GET", "/v1.0/me/activities", nil)
	for pattern, want := range map[string]int{"GET /me/todo/lists": 1, "GET /me/activities": 1, "POST /me/todo/lists": 0} {
		if found, err := s.Requests(pattern); err != nil || len(found) != want {
			t.Errorf("%s: %d exchanges, %v", pattern, len(found), err)
		}
	}
	for _, pattern := range []string{"GET /me/massages", "GET /me/todos"} {
		if _, err := s.Requests(pattern); err == nil {
			t.Errorf("%s is taken", pattern)
		}
	}
}
