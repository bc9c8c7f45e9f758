package batch

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/jsontext"
)

// decode returns JSON as Parse takes it.
func decode(t testing.TB, text string) any {
	t.Helper()
	v, syntax := jsontext.Decode([]byte(text))
	if syntax != nil {
		t.Fatalf("%s: %v", text, syntax)
	}
	return v
}

// parse reads a batch of requests, each as JSON.
func parse(t testing.TB, requests ...string) (*Batch, *Problem) {
	t.Helper()
	return Parse("/v1.0", decode(t, `{"requests": [`+strings.Join(requests, ",")+`]}`))
}

func get(id, more string) string {
	return `{"id": "` + id + `", "method": "get", "url": "/me"` + more + `}`
}

func TestRequestsAreRead(t *testing.T) {
	t.Parallel()
	b, p := parse(t, `{"id": "1", "method": "put", "url": "me/a%2Fb?$filter=a eq 1",
		"headers": {"content-type": "application/json", "X-A": "1"}, "body": {"b": 1, "a": [null]}}`, get("2", ""))
	if p != nil {
		t.Fatal(p)
	}
	r := b.Requests[0]
	if r.ID != "1" || r.Method != "PUT" || r.URL.String() != "/v1.0/me/a%2Fb?$filter=a%20eq%201" ||
		string(r.Body) != `{"a":[null],"b":1}` ||
		r.Header.Get("Content-Type") != "application/json" || r.Header.Get("X-A") != "1" {
		t.Errorf("request %+v", r)
	}
	if r := b.Requests[1]; r.Method != "GET" || r.Body != nil || len(r.Header) != 0 {
		t.Errorf("request %+v", r)
	}
}

func TestBrokenRulesAreTold(t *testing.T) {
	t.Parallel()
	of := func(requests ...string) string { return `{"requests": [` + strings.Join(requests, ",") + `]}` }
	withURL := func(url string) string { return of(`{"id": "1", "method": "GET", "url": "` + url + `"}`) }
	for name, tt := range map[string]struct {
		body, rule, pointer, id string
	}{
		"no object":        {`1`, RuleMalformed, "/requests", ""},
		"no requests":      {`{}`, RuleMalformed, "/requests", ""},
		"empty":            {`{"requests": []}`, RuleMalformed, "/requests", ""},
		"too many":         {`{"requests": [` + strings.Repeat("1,", MaxRequests) + `1]}`, RuleSize, "/requests", ""},
		"no object within": {`{"requests": [1]}`, RuleMalformed, "/requests/0", ""},
		"no id":            {`{"requests": [{"method": "GET", "url": "/me"}]}`, RuleMalformed, "/requests/0", ""},
		"no method":        {`{"requests": [{"id": "1", "url": "/me"}]}`, RuleMalformed, "/requests/0", "1"},
		"no url":           {`{"requests": [{"id": "1", "method": "GET"}]}`, RuleURL, "/requests/0/url", "1"},
		"id again":         {of(get("a", ""), get("A", "")), RuleID, "/requests/1/id", "A"},
		"absolute":         {withURL("https://example.com/me"), RuleURL, "/requests/0/url", "1"},
		"of another host":  {withURL("//example.com"), RuleURL, "/requests/0/url", "1"},
		"bad escape":       {withURL("/%zz"), RuleURL, "/requests/0/url", "1"},
		"unknown dependency": {of(get("1", ""), get("2", `, "dependsOn": ["1", "3"]`)),
			RuleDependency, "/requests/1/dependsOn/1", "2"},
		"on itself": {of(get("1", `, "dependsOn": ["1"]`)), RuleDependency, "/requests/0/dependsOn/0", "1"},
		"no base64": {of(get("1", `, "headers": {"Content-Type": "image/png"}, "body": "!"`)),
			RuleBody, "/requests/0/body", "1"},
	} {
		b, p := Parse("/v1.0", decode(t, tt.body))
		switch {
		case p == nil:
			t.Errorf("%s: no problem with %+v", name, b)
		case p.Rule != tt.rule || p.Pointer != tt.pointer || p.RequestID != tt.id || p.In != openapi.InBody:
			t.Errorf("%s: %+v, want %+v", name, p, tt)
		}
	}
}

func TestBatchHasOneOrderAsAWhole(t *testing.T) {
	t.Parallel()
	on := func(ids string) string { return `, "dependsOn": [` + ids + `]` }
	for name, tt := range map[string]struct {
		requests []string
		after    [][]int // nil if the batch is refused
	}{
		"one":             {[]string{get("1", "")}, [][]int{nil}},
		"parallel":        {[]string{get("1", ""), get("2", on("")), get("3", "")}, [][]int{nil, nil, nil}},
		"sequential":      {[]string{get("1", ""), get("2", on(`"1"`)), get("3", on(`"2"`))}, [][]int{nil, {0}, {1}}},
		"in another case": {[]string{get("a", ""), get("b", on(`"A"`))}, [][]int{nil, {0}}},
		"on all before": {[]string{get("1", ""), get("2", on(`"1"`)), get("3", on(`"1", "2"`))},
			[][]int{nil, {0}, {0, 1}}},
		"all on the first": {[]string{get("1", ""), get("2", on(`"1"`)), get("3", on(`"1"`)), get("4", on(`"1"`))},
			[][]int{nil, {0}, {0}, {0}}},
		"on the first, then on the last": {[]string{get("1", ""), get("2", on(`"1"`)), get("3", on(`"1"`)),
			get("4", on(`"3"`))}, nil},
		"on the last, then on the first": {[]string{get("1", ""), get("2", on(`"1"`)), get("3", on(`"2"`)),
			get("4", on(`"1"`))}, nil},
		"the last is independent":    {[]string{get("1", ""), get("2", on(`"1"`)), get("3", "")}, nil},
		"only the last is dependent": {[]string{get("1", ""), get("2", ""), get("3", on(`"2"`))}, nil},
	} {
		b, p := parse(t, tt.requests...)
		if tt.after == nil {
			if p == nil || p.Rule != RuleSequence {
				t.Errorf("%s: problem %+v", name, p)
			}
			continue
		}
		if p != nil {
			t.Errorf("%s: %+v", name, p)
			continue
		}
		var after [][]int
		for _, r := range b.Requests {
			after = append(after, r.after)
		}
		if !reflect.DeepEqual(after, tt.after) {
			t.Errorf("%s: %v, want %v", name, after, tt.after)
		}
	}
}

func TestBodiesAreBytesOrJSON(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ contentType, body, want string }{
		{"application/json", `{"a": 1.50}`, `{"a":1.50}`},
		{"application/json; charset=utf-8", `"eyJhIjoxfQ=="`, `{"a":1}`},
		{"application/problem+json", `"WzFd"`, `[1]`},
		{"application/json", `"eyJh"`, `{"a`},              // is judged as any other body
		{"application/json", `"MQ=="`, `"MQ=="`},           // no object or array
		{"application/json", `"plain"`, `"plain"`},         // no base64
		{"application/json", `""`, `""`},                   // nothing
		{"", `"aGk="`, `"aGk="`},                           // no Content-Type
		{"text/plain", `"aGk="`, "hi"},                     // padded
		{"text/plain", `"aGk"`, "hi"},                      // not padded
		{"image/png", `"-_8"`, "\xfb\xff"},                 // the alphabet of URLs
		{"image/png", `"+/8="`, "\xfb\xff"},                // the other
		{"image/png", `null`, ""},                          // none
		{"image/png", `{"not": "text"}`, `{"not":"text"}`}, // is refused by its Content-Type later
	} {
		got, p := parseBody(decode(t, tt.body), tt.contentType)
		if p != nil || string(got) != tt.want {
			t.Errorf("%s as %q: %q, problem %v; want %q", tt.body, tt.contentType, got, p, tt.want)
		}
	}
}

func TestRequestIsAsIfItCameAlone(t *testing.T) {
	t.Parallel()
	b, _ := parse(t, `{"id": "1", "method": "POST", "url": "/me?a=b",
		"headers": {"Authorization": "Bearer own", "X-A": "1"}, "body": "x"}`)
	outer, _ := http.NewRequest("POST", "http://graph.example/v1.0/$batch", nil)
	outer.RemoteAddr = "192.0.2.1:5"
	r := b.Requests[0].HTTP(outer, "https")
	if r.URL.String() != "https:///v1.0/me?a=b" || r.RequestURI != "/v1.0/me?a=b" ||
		r.Host != "graph.example" || r.RemoteAddr != outer.RemoteAddr || r.ContentLength != 3 ||
		r.Method != "POST" || r.Context() != outer.Context() {
		t.Errorf("request %+v", r)
	}
	if _, sent := r.Header["Authorization"]; sent || r.Header.Get("X-A") != "1" {
		t.Errorf("header %v: credentials are the batch's", r.Header)
	}
	outer.Header.Set("Authorization", "Bearer outer")
	if got := b.Requests[0].HTTP(outer, "https").Header.Get("Authorization"); got != "Bearer outer" {
		t.Errorf("Authorization %q", got)
	}
}

func TestResponsesStandInOneBody(t *testing.T) {
	t.Parallel()
	ofJSON := http.Header{"Content-Type": {"application/json"}}
	responses := []Response{
		{Status: 200, Header: http.Header{"Content-Type": {"application/json"}, "Odata-Version": {"4.0"},
			"Etag": {`"1"`}, "Date": {"x"}}, Body: []byte(`{"b":1,"a":2}`)},
		{Status: 201, Header: ofJSON, Body: []byte(`{"known": true}`),
			Value: jsontext.Object{{Name: "known", Value: true}}},
		{Status: 204, Header: http.Header{"X-Ms-A": {"1", "2"}, "Www-Authenticate": {"Bearer"},
			"Graphmock-Violation": {"v"}}},
		{Status: 200, Header: http.Header{"Content-Type": {"text/plain"}}, Body: []byte("hi")},
		{Status: 200, Header: ofJSON, Body: []byte("{")},
	}
	want := `{"responses":[` +
		`{"id":"0","status":200,"headers":{"Content-Type":"application/json","ETag":"\"1\"","OData-Version":"4.0"},` +
		`"body":{"b":1,"a":2}},` +
		`{"id":"1","status":201,"headers":{"Content-Type":"application/json"},"body":{"known": true}},` +
		`{"id":"2","status":204,"headers":{"graphmock-violation":"v","WWW-Authenticate":"Bearer","x-ms-a":"1, 2"}},` +
		`{"id":"3","status":200,"headers":{"Content-Type":"text/plain"},"body":"aGk="},` +
		`{"id":"4","status":200,"headers":{"Content-Type":"application/json"},"body":"ew=="}]}`
	b := &Batch{}
	for i := range responses {
		b.Requests = append(b.Requests, Request{ID: strconv.Itoa(i)})
	}
	text, value, err := b.Run(t.Context(), func(r *Request) Response {
		i, _ := strconv.Atoi(r.ID)
		return responses[i]
	})
	if err != nil || string(text) != want {
		t.Errorf("error %v\n%s\nwant\n%s", err, text, want)
	}
	var fromText, fromValue any
	both, _ := json.Marshal(jsontext.Plain(value))
	if json.Unmarshal(text, &fromText) != nil || json.Unmarshal(both, &fromValue) != nil {
		t.Fatalf("no JSON: %s, %s", text, both)
	}
	if !reflect.DeepEqual(fromText, fromValue) {
		t.Errorf("the text is\n%s\nthe value\n%s", text, both)
	}
}

func TestFailureBlocksWhatDependsOnIt(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		after   [][]int
		status  []int // unless it is blocked, which is 424
		blocked []bool
	}{
		"parallel":              {[][]int{nil, nil, nil}, []int{404, 404, 200}, []bool{false, false, false}},
		"a sequence":            {[][]int{nil, {0}, {1}, {2}}, []int{204, 302, 200, 200}, []bool{false, false, true, true}},
		"the first of all":      {[][]int{nil, {0}, {0}}, []int{404, 200, 200}, []bool{false, true, true}},
		"another of the rest":   {[][]int{nil, {0}, {0}}, []int{201, 404, 200}, []bool{false, false, false}},
		"one of several before": {[][]int{nil, {0}, {0, 1}}, []int{200, 404, 200}, []bool{false, false, true}},
	} {
		b := &Batch{}
		for i := range tt.after {
			b.Requests = append(b.Requests, Request{ID: strconv.Itoa(i), after: tt.after[i]})
		}
		var blocked []bool
		b.Run(t.Context(), func(r *Request) Response {
			blocked = append(blocked, r.Blocked)
			if r.Blocked {
				return Response{Status: 424}
			}
			return Response{Status: tt.status[len(blocked)-1]}
		})
		if !slices.Equal(blocked, tt.blocked) {
			t.Errorf("%s: blocked %v, want %v", name, blocked, tt.blocked)
		}
	}
}

func TestRequestsArePerformedInTheirOrder(t *testing.T) {
	t.Parallel()
	b, p := parse(t, get("b", ""), get("a", ""), get("c", ""))
	if p != nil {
		t.Fatal(p)
	}
	var order []string
	text, _, err := b.Run(t.Context(), func(r *Request) Response {
		order = append(order, r.ID)
		return Response{Status: 204}
	})
	if want := []string{"b", "a", "c"}; err != nil || !slices.Equal(order, want) {
		t.Errorf("order %v, error %v", order, err)
	}
	if first, last := strings.Index(string(text), `"b"`), strings.Index(string(text), `"c"`); first < 0 ||
		last < first {
		t.Errorf("the responses have another order: %s", text)
	}
}

// A body that ends a line, or has what HTML would escape, stands there as it is.
func TestTextOfABodyIsNotWrittenAnew(t *testing.T) {
	t.Parallel()
	const body = "{ \"a\" : \"<&>\\u00e9\",\n \"b\": 1.50 }"
	for _, value := range []any{nil, map[string]any{"a": "<&>é", "b": json.Number("1.50")}} {
		b := &Batch{Requests: []Request{{ID: "1"}}}
		text, _, err := b.Run(t.Context(), func(*Request) Response {
			h := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
			return Response{Status: 200, Header: h, Body: []byte(body), Value: value}
		})
		if err != nil || !strings.HasSuffix(string(text), `"body":`+body+"}]}") {
			t.Errorf("error %v, response %s", err, text)
		}
	}
}

func TestNothingIsPerformedForAClientThatIsGone(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	b := &Batch{Requests: []Request{{ID: "1"}, {ID: "2"}, {ID: "3"}}}
	performed := 0
	text, _, err := b.Run(ctx, func(*Request) Response {
		if performed++; performed == 2 {
			cancel()
		}
		return Response{Status: 200}
	})
	if err != context.Canceled || performed != 2 || text != nil {
		t.Errorf("error %v after %d requests, response %s", err, performed, text)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`{"requests": [` + get("1", "") + `,` + get("2", `, "dependsOn": ["1"]`) + `]}`)
	f.Add(`{"requests": [` + get("1", `, "headers": {"Content-Type": "image/png"}, "body": "-_8"`) + `]}`)
	f.Add(`{"requests": [{"id": 1, "url": [], "headers": 2, "dependsOn": {}}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		body, syntax := jsontext.Decode([]byte(text))
		if syntax != nil {
			return
		}
		b, p := Parse("/v1.0", body)
		if p != nil {
			if b != nil || p.Rule == "" || p.Message == "" || !strings.HasPrefix(p.Pointer, "/requests") {
				t.Errorf("%s: batch %+v, problem %+v", text, b, p)
			}
			return
		}
		for _, r := range b.Requests {
			if r.ID == "" || r.Method == "" || !strings.HasPrefix(r.URL.Path, "/v1.0/") {
				t.Errorf("%s: request %+v", text, r)
			}
		}
	})
}
