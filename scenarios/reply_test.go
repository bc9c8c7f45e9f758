package scenarios

import (
	"encoding/base64"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
)

// decide returns the first decision of a reply for an upsert.
func decide(t *testing.T, reply string) Decision {
	t.Helper()
	e := newTestEngine(t, `rules: [{ when: { request: "`+upsertPattern+`" }, reply: `+reply+` }]`)
	return e.Decide(request(t, upsertLine))
}

func TestPresetsKnowGraph(t *testing.T) {
	t.Parallel()
	for reply, want := range map[string]graph.Error{
		"throttle": {Status: 429, Code: "TooManyRequests",
			Message: "Too many requests."},
		"unauthorized": {Status: 401, Code: "InvalidAuthenticationToken",
			Message: "Lifetime validation failed, the token is expired."},
		"{ unauthorized: { reason: empty } }": {Status: 401, Code: "InvalidAuthenticationToken",
			Message: "Access token is empty."},
		"{ forbidden: {} }": {Status: 403, Code: "Authorization_RequestDenied",
			Message: "Insufficient privileges to complete the operation."},
		"notFound": {Status: 404, Code: "ResourceNotFound",
			Message: "Resource could not be discovered."},
		"conflict": {Status: 409, Code: "Conflict",
			Message: "The resource was changed by another request."},
		"preconditionFailed": {Status: 412, Code: "resourceModified",
			Message: "The resource has changed since it was read."},
		"unavailable": {Status: 503, Code: "serviceNotAvailable",
			Message: "Service unavailable"},
		"timeout": {Status: 504, Code: "GatewayTimeout",
			Message: "The service did not answer in time."},
		"insufficientStorage": {Status: 507, Code: "quotaLimitReached",
			Message: "The maximum storage quota has been reached."},
		"{ error: { status: 429 } }": {Status: 429, Code: "TooManyRequests",
			Message: "Too many requests."},
		`{ error: { status: 502, code: "" } }`:     {Status: 502, Code: "", Message: ""},
		"{ error: { status: 418, message: Tea } }": {Status: 418, Code: "UnknownError", Message: "Tea"},
	} {
		if d := decide(t, reply); d.Error != want || d.FromService || d.Status != 0 {
			t.Errorf("%s: %+v", reply, d)
		}
	}
}

func TestRetryAfterHasEveryForm(t *testing.T) {
	t.Parallel()
	for reply, want := range map[string]string{
		"throttle":                                           "10",
		"{ throttle: { retryAfter: 2s } }":                   "2",
		"{ throttle: { retryAfter: 7 } }":                    "7",
		"{ throttle: { retryAfter: 1m30s } }":                "90",
		"{ throttle: { retryAfter: 0.249s } }":               "0.249",
		"{ throttle: { retryAfter: none } }":                 "",
		"{ throttle: { retryAfter: { date: 2s } } }":         "Mon, 26 Feb 2018 20:28:25 GMT", // rounded up
		"unavailable":                                        "",
		"{ unavailable: { retryAfter: 5s } }":                "5",
		"{ error: { status: 500, retryAfter: 3s } }":         "3",
		`{ throttle: {}, headers: { retry-after: "4" } }`:    "4",
		"{ throttle: {}, headers: { Retry-After: null } }":   "",
		`{ throttle: {}, headers: { RETRY-AFTER: "${5}" } }`: "5",
	} {
		h := http.Header{"Retry-After": {"left over"}, "Date": {"kept"}}
		if want == "" && !strings.Contains(reply, "null") {
			h.Del("Retry-After")
		}
		d := decide(t, reply)
		d.SetHeaders(h)
		if got := h.Get("Retry-After"); got != want || h.Get("Date") != "kept" {
			t.Errorf("%s: Retry-After %q, want %q", reply, got, want)
		}
	}
}

func TestRevokedTokenGetsAClaimsChallenge(t *testing.T) {
	t.Parallel()
	h := http.Header{"Www-Authenticate": {graph.WWWAuthenticate}}
	d := decide(t, "{ unauthorized: { reason: revoked } }")
	d.SetHeaders(h)
	challenge := h.Get("WWW-Authenticate")
	_, rest, _ := strings.Cut(challenge, `error="insufficient_claims", claims="`)
	encoded, _, _ := strings.Cut(rest, `"`)
	claims, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || string(claims) != `{"access_token":{"nbf":{"essential":true, "value":"1519676902"}}}` ||
		d.Error.Status != 401 {
		t.Errorf("claims %q, %v in %s", claims, err, challenge)
	}
}

func TestScriptedBodies(t *testing.T) {
	t.Parallel()
	for reply, want := range map[string]string{
		`{ status: 201, body: { startedDateTime: 2018-02-26T20:54:04Z, userTimezone: no, ` +
			`activeDurationSeconds: 5 } }`: `{` +
			`"activeDurationSeconds":5,"startedDateTime":"2018-02-26T20:54:04Z","userTimezone":"no"}`,
		`{ status: 200, body: { startedDateTime: "2018-02-26T20:54:04Z", userTimezone: "<&>" }, patch: { ` +
			`userTimezone: null, status: active } }`: `{"startedDateTime":"2018-02-26T20:54:04Z","status":"active"}`,
		`{ from: example, example: createdOngoing, patch: { "@odata.context": null, createdDateTime: null, ` +
			`expirationDateTime: null, lastModifiedDateTime: "${now}" } }`: `{` +
			`"id":"3f2c1a9e-7b54-4d0c-9a61-5e8d0b7c2f14","lastModifiedDateTime":"2018-02-26T20:28:22.14Z",` +
			`"startedDateTime":"2018-02-26T20:54:04.345Z","status":"updated"}`,
		`{ status: 201, body: null, offContract: true }`: ``,
	} {
		if d := decide(t, reply); string(d.Body) != want {
			t.Errorf("%s\n got %s\nwant %s", reply, d.Body, want)
		}
	}
	d := decide(t, "{ from: schema, status: 201 }")
	if again := decide(t, "{ from: schema, status: 201 }"); string(again.Body) != string(d.Body) || len(d.Body) == 0 {
		t.Errorf("one seed makes up %s and %s", d.Body, again.Body)
	}
}

func TestPatchChangesTheServicesResponse(t *testing.T) {
	t.Parallel()
	d := decide(t, "{ from: service, patch: { userTimezone: Europe/Paris, status: null } }")
	if !d.FromService {
		t.Fatalf("the service is not asked: %+v", d)
	}
	got, err := d.Patch([]byte(`{"id":"1","status":"updated","userTimezone":"Africa/Casablanca"}`))
	if err != nil || string(got) != `{"id":"1","userTimezone":"Europe/Paris"}` {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := d.Patch([]byte("<html>")); err == nil {
		t.Error("HTML was patched")
	}
	d = decide(t, "{ throttle: {}, patch: { error: { innerError: { code: throttledRequest } } } }")
	if got, err := d.Patch([]byte(`{"error":{"code":"TooManyRequests","innerError":{"date":"x"}}}`)); err != nil ||
		string(got) != `{"error":{"code":"TooManyRequests","innerError":{"code":"throttledRequest","date":"x"}}}` {
		t.Errorf("%s, %v", got, err)
	}
	if d := decide(t, "{ from: service }"); !d.FromService {
		t.Error("the service is not asked")
	} else if got, err := d.Patch([]byte("as it is")); err != nil || string(got) != "as it is" {
		t.Errorf("%s, %v", got, err)
	}
}

// Examples of RFC 7396, appendix A.
func TestMergePatch(t *testing.T) {
	t.Parallel()
	for _, row := range [][3]string{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`["a","b"]`, `["c","d"]`, `["c","d"]`},
		{`{"a":"b"}`, `["c"]`, `["c"]`},
		{`{"a":"foo"}`, `null`, `null`},
		{`{"a":"foo"}`, `"bar"`, `"bar"`},
		{`{"e":null}`, `{"a":1}`, `{"a":1,"e":null}`},
		{`[1,2]`, `{"a":"b","c":null}`, `{"a":"b"}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
	} {
		target, _ := jsontext.Decode([]byte(row[0]))
		patch, _ := jsontext.Decode([]byte(row[1]))
		if got, err := encode(mergePatch(target, patch)); err != nil || string(got) != row[2] {
			t.Errorf("%s patched with %s is %s, want %s", row[0], row[1], got, row[2])
		}
		if before, _ := encode(target); string(before) != row[0] {
			t.Errorf("the patch changed its target: %s is now %s", row[0], before)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for reply, want := range map[string]string{
		"{ fault: reset }":                                        "reset",
		"{ fault: empty }":                                        "empty",
		"{ fault: garbage }":                                      "garbage",
		"{ fault: hang }":                                         "hang",
		"{ fault: truncate }":                                     "service truncate", // there is no half of nothing
		"{ fault: drip }":                                         "service drip",
		"{ from: service, then: { fault: reset } }":               "service reset",
		"{ then: { fault: reset } }":                              "service reset",
		"{ from: service, fault: reset }":                         "service reset",
		"{ throttle: {}, fault: drip }":                           "429 drip",
		"{ from: example, example: created, fault: truncate }":    "201 truncate",
		"{ from: service, delay: 2s, then: { fault: truncate } }": "service truncate",
	} {
		if got := outcome(decide(t, reply)); got != want {
			t.Errorf("%s: %q, want %q", reply, got, want)
		}
	}
}

func TestDelays(t *testing.T) {
	t.Parallel()
	if d := decide(t, "{ delay: 2s }"); d.Delay != 2*time.Second || !d.FromService {
		t.Errorf("fixed: %+v", d)
	}
	draws := func(l latency) []time.Duration {
		random := rand.New(rand.NewPCG(1, 2))
		list := make([]time.Duration, 20_000)
		for i := range list {
			list[i] = l.draw(random)
		}
		slices.Sort(list)
		return list
	}
	even := draws(latency{min: time.Second, max: 2 * time.Second})
	if even[0] < time.Second || even[len(even)-1] > 2*time.Second ||
		even[len(even)/2].Round(100*time.Millisecond) != 1500*time.Millisecond {
		t.Errorf("between 1s and 2s: %v to %v", even[0], even[len(even)-1])
	}
	log := draws(latency{median: 100 * time.Millisecond, p99: time.Second})
	if m := log[len(log)/2]; m < 95*time.Millisecond || m > 105*time.Millisecond {
		t.Errorf("the median is %v, want 100ms", m)
	}
	if p := log[len(log)*99/100]; p < 850*time.Millisecond || p > 1150*time.Millisecond {
		t.Errorf("the 99th percentile is %v, want 1s", p)
	}
	if most := log[len(log)-1]; most > 10*time.Second {
		t.Errorf("a delay of %v", most)
	}
}

func TestResponsesAreCheckedAgainWhenTheyAreSent(t *testing.T) {
	t.Parallel()
	// What the request will bring can't be checked at load.
	const reply = `{ status: 201, body: { startedDateTime: "${request.body.startedDateTime}" } OFF }`
	for off, want := range map[string]int{"": 1, ", offContract: true": 0} {
		e := newTestEngine(t, `rules: [{ when: { request: "`+upsertPattern+`" }, reply: `+strings.Replace(reply, "OFF",
			off, 1)+` }]`)
		x := request(t, upsertLine)
		x.Body = map[string]any{"startedDateTime": "yesterday"}
		d := e.Decide(x)
		h := standardHeaders(x.Match.Operation, d.Status, true)
		d.SetHeaders(h)
		found := d.Violations(openapi.Embedded(), &openapi.Response{Operation: x.Match.Operation, Status: d.Status,
			Header: h, Body: d.Body})
		if len(found) != want || want == 1 && found[0].Pointer != "/startedDateTime" {
			t.Errorf("violations %v, want %d", found, want)
		}
	}
}

func TestEveryReplyIsCheckedWhenTheFileIsLoaded(t *testing.T) {
	t.Parallel()
	for reply, want := range map[string]string{
		`{ status: 201, body: { status: updated } }`: "body /startedDateTime: " +
			"required property is missing",
		`{ status: 201 }`: "an answer 201 has a body",
		`{ status: 201, body: { startedDateTime: soon } }`:                           "is not a valid date-time",
		`{ status: 201, body: { startedDateTime: "${now}", id: "item-${uuid()}" } }`: "body /id: \"item-0f5c9b1e",
		`{ status: 202, body: {} }`: "status 202 is not among the " +
			"operation's answers",
		`{ from: example, example: created, patch: { activeDurationSeconds: soon } }`: "body /activeDurationSeconds: " +
			"expected integer",
		`{ from: service, patch: { startedDateTime: null } }`: "body /startedDateTime: " +
			"required property is missing",
		`{ throttle: {}, patch: { error: { hint: wait } } }`: "body /error/hint: unknown property",
		`{ throttle: {}, headers: { request-id: null } }`: "header Request-Id: required " +
			"header is missing",
		`{ unauthorized: {}, headers: { WWW-Authenticate: Basic } }`: "header Www-Authenticate",
		`{ from: service, headers: { request-id: null } }`: "header Request-Id: required " +
			"header is missing",
		`{ headers: { content-type: text/plain }, delay: 1s }`: "header Content-Type",
		`{ from: service, then: { fault: drip }, headers: { odata-version: null } }`: "header Odata-Version: " +
			"required header is missing",
		`{ error: { status: 302 } }`: "from 400 to 599",

		`{ status: 201, body: { startedDateTime: "${now}" }, headers: { Content-Type: text/plain } }`: "text/plain",
	} {
		rules := `{"version": 1, "rules": [{ when: { request: "` + upsertPattern + `" }, reply: `
		_, err := Parse("test.yaml", []byte(rules+reply+` }]}`), openapi.Embedded())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", reply, err, want)
		}
		if strings.Contains(reply, "302") {
			continue
		}
		lie := strings.TrimSuffix(reply, "}") + ", offContract: true }"
		if _, err := Parse("test.yaml", []byte(rules+lie+` }]}`), openapi.Embedded()); err != nil {
			t.Errorf("%s: %v", lie, err)
		}
	}
}

func TestRulesForAnyRequestAreCheckedForEveryOperation(t *testing.T) {
	t.Parallel()
	_, err := Parse("test.yaml",
		[]byte(`{version: 1, rules: [{ when: {}, reply: { status: 201, body: { startedDateTime: "${now}" } } }]}`),
		openapi.Embedded())
	if err == nil || !strings.Contains(err.Error(), "off contract") {
		t.Errorf("got %v", err)
	}
}

func TestBodyFilesStayInTheFolder(t *testing.T) {
	t.Parallel()
	item := []byte(`{"startedDateTime": "2018-02-26T20:54:04Z", "id": "` + itemID + `"}`)
	scenario := func(file string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(`{"version": 1, "rules": [{"when": {"request": "` + upsertPattern + `"},
			"reply": {"status": 201, "bodyFile": "` + file + `"}}]}`)}
	}
	files := fstest.MapFS{
		"secret.json":           {Data: item},
		"in/good.yaml":          scenario("bodies/item.json"),
		"in/up.yaml":            scenario("../secret.json"),
		"in/absolute.yaml":      scenario("/etc/passwd"),
		"in/windows.yaml":       scenario(`..\\secret.json`),
		"in/broken.yaml":        scenario("bodies/broken.json"),
		"in/off.yaml":           scenario("bodies/off.json"),
		"in/bodies/item.json":   {Data: item},
		"in/bodies/broken.json": {Data: []byte(`{"startedDateTime": `)},
		"in/bodies/off.json":    {Data: []byte("{\n  \"startedDateTime\": \"soon\"\n}")},
	}
	for name, want := range map[string]string{
		"good":     "",
		"up":       "outside the scenario's folder",
		"absolute": "outside the scenario's folder",
		"windows":  "outside the scenario's folder",
		"broken":   "in/bodies/broken.json:2:1: a value is expected",
		"off":      "in/bodies/off.json:2:22: off contract",
	} {
		loaded, err := Load(files, "in/"+name+".yaml", openapi.Embedded())
		if want != "" {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %s", name, err, want)
			}
			continue
		}
		e := NewEngine(Options{})
		e.Add(loaded...)
		if d := e.Decide(request(t, upsertLine)); !strings.Contains(string(d.Body), itemID) {
			t.Errorf("%s: %s, %v", name, d.Body, err)
		}
	}
	data, _ := files.ReadFile("in/good.yaml")
	if _, err := Parse("upload", data, openapi.Embedded()); err == nil ||
		!strings.Contains(err.Error(), "can't name files") {
		t.Errorf("an upload names a file: %v", err)
	}
}

func TestSymbolicLinksDoNotLeaveTheFolder(t *testing.T) {
	t.Parallel()
	outer := t.TempDir()
	inner := outer + "/in"
	if err := os.Mkdir(inner, 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(file, text string) {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(outer+"/secret.json", `{"startedDateTime": "2018-02-26T20:54:04Z"}`)
	write(inner+"/s.yaml", `{"version": 1, "rules": [{"when": {"request": "`+upsertPattern+
		`"}, "reply": {"status": 201, "bodyFile": "link.json"}}]}`)
	if err := os.Symlink("../secret.json", inner+"/link.json"); err != nil {
		t.Skip(err)
	}
	if _, err := Open(inner+"/s.yaml", openapi.Embedded()); err == nil {
		t.Error("the link was followed")
	}
}
