package server_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
)

// batchAnswer is an answer of $batch as a client reads it.
type batchAnswer struct {
	Responses []struct {
		ID      string
		Status  int
		Headers map[string]string
		Body    json.RawMessage
	}
}

// sendBatch sends requests, each as JSON, in one.
func sendBatch(t testing.TB, s *server.Server, requests ...string) (*http.Response, batchAnswer) {
	t.Helper()
	res, body := send(t, s, "POST", "/v1.0/$batch",
		strings.NewReader(`{"requests": [`+strings.Join(requests, ",")+`]}`))
	var answer batchAnswer
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if len(answer.Responses) != len(requests) && res.StatusCode == 200 {
		t.Fatalf("%d answers to %d requests: %s", len(answer.Responses), len(requests), body)
	}
	return res, answer
}

// statuses are those of the answers, by their order.
func (a batchAnswer) statuses() (list []int) {
	for _, r := range a.Responses {
		list = append(list, r.Status)
	}
	return list
}

func batchUpsert(id, more string) string {
	return fmt.Sprintf(`{"id": %q, "method": "PUT", "url": %q, "headers": {"Content-Type": "application/json"}, `+
		`"body": %s%s}`,
		id, strings.TrimPrefix(seedPath, "/v1.0")+seedItem, seedBody, more)
}

const batchList = `{"id": "list", "method": "GET", "url": "/me/activities"}`

func TestBatchAnswersNameHeadersAsClientsLookForThem(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	_, answer := sendBatch(t, s, batchUpsert("1", ""),
		`{"id": "2", "method": "PUT", "url": "/me/activities/x", "headers": {"Content-Type": "application/json"}, "body":
			{"activitySourceHost": "https://contoso.com", "activationUrl": "a:b", "visualElements": {"displayText": "x"}}}`,
		`{"id": "3", "method": "DELETE", "url": "/me/activities/1"}`)
	for i, want := range [][]string{{"Content-Type", "OData-Version"}, {"Content-Type", "Location", "OData-Version"},
		{"Content-Type", "graphmock-reason"}} {
		var names []string
		for name := range answer.Responses[i].Headers {
			names = append(names, name)
		}
		if slices.Sort(names); !slices.Equal(names, want) {
			t.Errorf("answer %d has %q, want %q", i+1, names, want)
		}
	}
	if got := answer.Responses[1].Headers["Location"]; !strings.HasPrefix(got, graph+"/v1.0/me/activities/") {
		t.Errorf("Location %q is not on the client's host and scheme", got)
	}
}

func TestRequestsOfABatchAreExchangesOfTheirOwn(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	res, answer := sendBatch(t, s, batchUpsert("good", ""),
		`{"id": "bad", "method": "GET", "url": "me/activites?access_token=1"}`)
	if got := answer.statuses(); res.StatusCode != 200 || !slices.Equal(got, []int{201, 400}) ||
		res.Header.Get("Graphmock-Violation") != "" {
		t.Fatalf("%d %v %v", res.StatusCode, res.Header, got)
	}
	all, err := s.Requests("")
	if err != nil || len(all) != 3 {
		t.Fatalf("%d exchanges, error %v", len(all), err)
	}
	for i, want := range []struct {
		id, operation, path, query string
		status, violations         int
	}{
		{"good", "me.activities.PutHistoryItem", seedPath + seedItem, "", 201, 0},
		{"bad", "", "/v1.0/me/activites", "access_token=REDACTED", 400, 1},
		{"", "batch", "/v1.0/$batch", "", 200, 0},
	} {
		e := all[i]
		if e.BatchID != want.id || e.Operation != want.operation || e.Path != want.path || e.Query != want.query ||
			e.Status != want.status || len(e.Violations) != want.violations {
			t.Errorf("exchange %d is %+v, want %+v", i+1, e, want)
		}
	}
	if token := all[0].Header.Get("Authorization"); token != "REDACTED" {
		t.Errorf("the journal has the token %q", token)
	}
	if list := s.Violating(); len(list) != 1 || list[0].BatchID != "bad" {
		t.Errorf("violating are %+v", list)
	}
}

func TestScenariosPlayToEachRequestOfABatch(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	if err := s.Script(upsertPattern, scenarios.Throttle(2*time.Second),
		scenarios.Fail(503, "serviceNotAvailable", "later"), scenarios.Pass); err != nil {
		t.Fatal(err)
	}
	res, answer := sendBatch(t, s, batchUpsert("1", ""), batchUpsert("2", ""), batchUpsert("3", ""))
	if got := answer.statuses(); res.StatusCode != 200 || !slices.Equal(got, []int{429, 503, 201}) {
		t.Errorf("%d %v", res.StatusCode, got)
	}
	if got := answer.Responses[0].Headers["Retry-After"]; got != "2" {
		t.Errorf("Retry-After %q", got)
	}
	list, _ := s.Requests(upsertPattern)
	for _, e := range list {
		if e.Rule == "" {
			t.Errorf("request %s met no rule", e.BatchID)
		}
	}
	if v := s.Violating(); len(v) != 0 {
		t.Errorf("violations %v", v[0].Violations)
	}
}

func TestBatchItselfCanBeScripted(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	if err := s.Script("POST /$batch", scenarios.Throttle(time.Second)); err != nil {
		t.Fatal(err)
	}
	if res, _ := sendBatch(t, s, batchList); res.StatusCode != 429 {
		t.Errorf("status %d", res.StatusCode)
	}
	if res, _ := sendBatch(t, s, batchList); res.StatusCode != 200 {
		t.Errorf("status %d", res.StatusCode)
	}
	if all, _ := s.Requests(""); len(all) != 3 {
		t.Errorf("%d exchanges, want two batches and one request", len(all))
	}
}

func TestFaultOfOneRequestIsAStatusInABatch(t *testing.T) {
	t.Parallel()
	for fault, want := range map[scenarios.Fault]int{
		scenarios.FaultReset: 502, scenarios.FaultEmpty: 502, scenarios.FaultGarbage: 502, scenarios.FaultTruncate: 502,
		scenarios.FaultHang: 504, scenarios.FaultDrip: 201,
	} {
		s := newServer(t, server.Config{})
		if err := s.Script(upsertPattern, scenarios.Pass.Then(fault)); err != nil {
			t.Fatal(err)
		}
		res, answer := sendBatch(t, s, batchUpsert("1", ""), batchUpsert("2", ""))
		if got := answer.statuses(); res.StatusCode != 200 || !slices.Equal(got, []int{want, 200}) { // it was committed
			t.Errorf("%v: %d %v", fault, res.StatusCode, got)
		}
		if all, _ := s.Requests(""); all[0].Status != want {
			t.Errorf("%v: the journal has %d", fault, all[0].Status)
		}
		if v := s.Violating(); len(v) != 0 {
			t.Errorf("%v: violations %v", fault, v[0].Violations)
		}
	}
}

func TestFailureStopsASequence(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	if err := s.Script(upsertPattern, scenarios.Throttle(time.Second)); err != nil {
		t.Fatal(err)
	}
	_, answer := sendBatch(t, s, batchUpsert("1", ""), batchUpsert("2", `, "dependsOn": ["1"]`),
		batchUpsert("3", `, "dependsOn": ["2"]`))
	if got := answer.statuses(); !slices.Equal(got, []int{429, 424, 424}) {
		t.Errorf("statuses %v", got)
	}
	if res, _ := send(t, s, "PUT", seedPath+seedItem, strings.NewReader(seedBody)); res.StatusCode != 201 {
		t.Errorf("status %d: what depended on a failure was done", res.StatusCode)
	}
}

// rawAnswer scripts an answer with a content type of its own.
const rawAnswer = `
version: 1
name: raw
summary: An answer that is not Graph's.
rules:
  - id: list
    when: { request: GET /me/activities }
    reply: { status: 200, headers: { Content-Type: text/plain }, body: "hello, world", offContract: true }
`

func TestBodiesThatAreNotJSONComeInBase64(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	raw, err := scenarios.Parse("raw.yaml", []byte(rawAnswer), s.Contract())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Add(raw); err != nil {
		t.Fatal(err)
	}
	_, answer := sendBatch(t, s, batchList)
	if got := string(answer.Responses[0].Body); got != `"`+base64.StdEncoding.EncodeToString([]byte("hello, world"))+
		`"` {
		t.Errorf("body %s", got)
	}
}

func TestBase64BodiesReachTheOperation(t *testing.T) {
	t.Parallel()
	c, err := openapi.Parse("bytes.yaml", []byte(`
openapi: 3.0.3
info: {title: test, version: '1'}
servers: [{url: /api}]
paths:
  /$batch: {post: {requestBody: {content: {application/json: {}}}, responses: {'200': {description: ok, content: {application/json: {}}}}}}
  /photo: {put: {requestBody: {content: {'image/*': {}}}, responses: {'204': {description: ok}, 4XX: {description: no, content: {application/json: {}}}}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, server.Config{Contract: c})
	bytes := "\xfb\xff\x00 a"
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding,
		base64.RawURLEncoding} {
		res, body := send(t, s, "POST", "/api/$batch", strings.NewReader(fmt.Sprintf(
			`{"requests": [{"id": "1", "method": "PUT", "url": "photo", "headers": {"Content-Type": "image/png"}, `+
				`"body": %q}]}`,
			encoding.EncodeToString([]byte(bytes)))))
		if res.StatusCode != 200 || string(body) != `{"responses":[{"id":"1","status":204,"headers":{}}]}` {
			t.Errorf("%d %s", res.StatusCode, body)
		}
	}
	list, _ := s.Requests("PUT /photo")
	for _, e := range list {
		if string(e.Body) != bytes {
			t.Errorf("body %q, want %q", e.Body, bytes)
		}
	}
	// A contract that says little of a batch does not make it less strict.
	for _, body := range []string{`1`, `{}`, `{"requests": [{}]}`, `{"requests": [{"id": "1", "method": "GET"}]}`,
		`{"requests": [` + strings.Repeat(`1,`, 20) + `1]}`} {
		if res, answer := send(t, s, "POST", "/api/$batch", strings.NewReader(body)); res.StatusCode != 400 {
			t.Errorf("%s: %d %s", body, res.StatusCode, answer)
		}
	}
}

func TestBatchNeverReachesTheControlSurface(t *testing.T) {
	t.Parallel()
	c, err := openapi.Parse("root.yaml", []byte(`
openapi: 3.0.3
info: {title: test, version: '1'}
paths:
  /$batch: {post: {requestBody: {content: {application/json: {}}}, responses: {'200': {description: ok, content: {application/json: {}}}}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, server.Config{Contract: c})
	_, body := send(t, s, "POST", "/$batch",
		strings.NewReader(`{"requests": [{"id": "1", "method": "POST", "url": "/_graphmock/reset"}]}`))
	if !strings.Contains(string(body), `"status":404`) {
		t.Errorf("got %s", body)
	}
	if all, _ := s.Requests(""); len(all) != 2 {
		t.Errorf("%d exchanges; was there a reset?", len(all))
	}
}

func TestContractWithoutABatchHasNone(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "spec.yaml")
	if err := os.WriteFile(file, []byte(`
openapi: 3.0.3
info: {title: test, version: '1'}
servers: [{url: https://graph.microsoft.com/v1.0}]
paths: {/me/activities: {get: {responses: {'200': {description: ok}}}}}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := openapi.LoadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, server.Config{Contract: c})
	res, _ := sendBatch(t, s, batchList)
	if rule, _, _ := strings.Cut(res.Header.Get("Graphmock-Violation"), ";"); res.StatusCode != 400 ||
		rule != "unknown-segment" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
}

func TestEqualBatchesGiveEqualBytes(t *testing.T) {
	t.Parallel()
	run := func() string {
		s := newServer(t, server.Config{Now: now, Seed: 7})
		var requests []string
		for i := range 20 {
			requests = append(requests, batchUpsert(fmt.Sprint(i), ""))
		}
		res, body := send(t, s, "POST", "/v1.0/$batch",
			strings.NewReader(`{"requests": [`+strings.Join(requests, ",")+`]}`))
		return fmt.Sprint(res.Header, string(body))
	}
	if first, second := run(), run(); first != second {
		t.Errorf("first\n%s\nsecond\n%s", first, second)
	}
}

func TestClientThatIsGoneEndsItsBatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, server.Config{})
		if err := s.Script(upsertPattern, scenarios.Delay(time.Hour), scenarios.Delay(time.Hour)); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Minute)
		defer cancel()
		req, _ := http.NewRequestWithContext(ctx, "POST", graph+"/v1.0/$batch",
			strings.NewReader(`{"requests": [`+batchUpsert("1", "")+","+batchUpsert("2", "")+","+batchList+`]}`))
		req.Header.Set("Authorization", "Bearer x")
		req.Header.Set("Content-Type", "application/json")
		if _, err := s.Client().Do(req); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		all, _ := s.Requests("")
		if len(all) != 3 || all[0].Status != 201 || all[1].Status != 504 || all[2].Operation != "batch" {
			t.Errorf("exchanges %+v", all)
		}
	})
}

func TestPackedBatchIsRead(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{})
	origin, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	list := `{"requests": [` + batchList + `]}`
	req, _ := http.NewRequest("POST", origin+"/v1.0/$batch", gzipped(list))
	req.Header.Set("Authorization", "Bearer x")
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Content-Encoding", "gzip")
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer batchAnswer
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || !slices.Equal(answer.statuses(), []int{200}) {
		t.Errorf("%v, error %v", answer, err)
	}
	if body := string(answer.Responses[0].Body); !strings.Contains(body, origin+"/v1.0/$metadata") {
		t.Errorf("links are not to the client's host: %s", body)
	}
}

func gzipped(text string) *bytes.Buffer {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, text)
	z.Close()
	return &b
}

// Requests of a batch name activities whose keys hold a slash and what no URL
// holds unencoded, as a request of its own does.
func TestURLInABatchKeepsItsEncodedSlashes(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	for _, key := range []string{"%2Ftrail no 5", "%2Ftrail%3F5|é", `a%2F"b"{c}`, "a%2Fb#c"} {
		_, answer := sendBatch(t, s,
			fmt.Sprintf(`{"id": "1", "method": "PUT", "url": %q, "headers": {"Content-Type": "application/json"}, `+
				`"body": %s}`,
				"/me/activities/"+key, strings.Replace(activityBody("1"), `"appActivityId": "1", `, "", 1)))
		var a struct{ AppActivityID string }
		json.Unmarshal(answer.Responses[0].Body, &a)
		if want, _ := url.PathUnescape(key); answer.Responses[0].Status != 201 || a.AppActivityID != want {
			t.Errorf("%s: %d %s", key, answer.Responses[0].Status, answer.Responses[0].Body)
		}
	}
}

// The Python SDK writes depends_on into every request; the service looks at
// dependsOn alone.
func TestBatchOfThePythonSDKIsTaken(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	res, answer := sendBatch(t, s,
		`{"id": "1", "method": "GET", "url": "/me/activities/1", "depends_on": []}`,
		`{"id": "2", "method": "GET", "url": "/me/activities", "depends_on": ["1"]}`)
	if got := answer.statuses(); res.StatusCode != 200 || !slices.Equal(got, []int{404, 200}) {
		t.Errorf("%s, statuses %v", res.Status, got)
	}
}

// SDKs send in base64 what they do not take for a JSON object, whatever its
// Content-Type: that of PHP does so with {}.
func TestBase64OfJSONIsReadAsJSON(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	put := func(id, body string) string {
		return fmt.Sprintf(`{"id": %q, "method": "PUT", "url": "/me/activities/1", "headers": {"Content-Type": `+
			`"application/json"}, "body": %q}`, id, body)
	}
	_, answer := sendBatch(t, s,
		put("whole", base64.StdEncoding.EncodeToString([]byte(activityBody("1")))),
		put("empty", base64.StdEncoding.EncodeToString([]byte(`{}`))),
		put("plain", activityBody("1")),
		put("nothing", ""))
	if got := answer.statuses(); !slices.Equal(got, []int{201, 400, 400, 400}) {
		t.Errorf("statuses %v", got)
	}
	for i, want := range []string{"", "activationUrl", "JSON request payload", "JSON request payload"} {
		if body := string(answer.Responses[i].Body); !strings.Contains(body, want) {
			t.Errorf("%s: %s", answer.Responses[i].ID, body)
		}
	}
}
