package server_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server"
)

// recorded is an exchange that keeps the contract.
func recorded() server.Recorded {
	return server.Recorded{
		At: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC), Method: "DELETE",
		URL:    &url.URL{Path: "/v1.0/me/activities/1"},
		Header: http.Header{"Authorization": {"Bearer secret"}}, Status: 204,
		AnswerHeader: http.Header{"Date": {"Sat, 31 Jan 2026 12:00:00 GMT"},
			"Strict-Transport-Security": {"max-age=31536000"}, "Client-Request-Id": {"1"},
			"Request-Id": {"5a4a0a1c-3b0c-4b0e-9c5b-0d5b1f0c0d5b"}, "X-Ms-Ags-Diagnostic": {`{"ServerInfo":{}}`}},
	}
}

func TestRecordedExchangesAreJudged(t *testing.T) {
	t.Parallel()
	put := func(in *server.Recorded) {
		in.Method, in.URL =
			"PUT", &url.URL{Path: "/v1.0/me/activities/1/historyItems/390e06e2-7e5b-4133-8014-fac7ac991af7"}
		in.Header["Content-Type"] = []string{"application/json"}
		in.Status = 0
	}
	tests := []struct {
		name   string
		change func(*server.Recorded)
		want   []string // rules
	}{
		{"clean", func(*server.Recorded) {}, nil},
		{"a token over http", func(in *server.Recorded) { in.URL.Scheme, in.URL.Host = "http", "graph.microsoft.com" },
			[]string{"token-over-http"}},
		{"no token", func(in *server.Recorded) { delete(in.Header, "Authorization") }, []string{"token-empty"}},
		{"a record without tokens",
			func(in *server.Recorded) { delete(in.Header, "Authorization"); in.TokenLost = true }, nil},
		{"a token that was removed", func(in *server.Recorded) { in.Header.Set("Authorization", "REDACTED") }, nil},
		{"no headers at all", func(in *server.Recorded) { in.Header, in.TokenLost = nil, true }, nil},
		{"unknown segment", func(in *server.Recorded) { in.URL.Path = "/v1.0/me/activites" },
			[]string{"unknown-segment"}},
		{"broken body", func(in *server.Recorded) { put(in); in.Body = []byte("{}") }, []string{"required"}},
		{"packed body", func(in *server.Recorded) { put(in); in.Header.Set("Content-Encoding", "br") },
			[]string{"content-encoding-unknown"}},
		{"large body", func(in *server.Recorded) { put(in); in.Body = []byte("{" + strings.Repeat(" ", 4<<20) + "}") },
			[]string{"body-too-large", "required"}},
		{"lost body", func(in *server.Recorded) { put(in); in.BodyLost = true }, nil},
		{"token and body",
			func(in *server.Recorded) { put(in); delete(in.Header, "Authorization"); in.Body = []byte("{}") },
			[]string{"token-empty", "required"}},
		{"undeclared answer", func(in *server.Recorded) { in.Status = 299 }, []string{"status"}},
		{"no answer", func(in *server.Recorded) { in.Status, in.AnswerHeader = 0, nil }, nil},
		{"answer with a body", func(in *server.Recorded) { in.Answer = []byte("x") }, []string{"body-unexpected"}},
		{"lost answer", func(in *server.Recorded) { in.Answer, in.AnswerLost = []byte("x"), true }, nil},
		{"scripted answer", func(in *server.Recorded) { in.Status, in.Scripted = 299, true }, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			in := recorded()
			test.change(&in)
			r := server.NewRecording(nil)
			e := r.Add(in)[0]
			var rules []string
			for _, v := range e.Violations {
				rules = append(rules, v.Rule)
			}
			if v := r.Verdict(); !slices.Equal(rules, test.want) || v.Clean != (len(test.want) == 0) || e.ID != 1 {
				t.Errorf("got %v, clean %v", e.Violations, v.Clean)
			}
			if auth := e.Header.Get("Authorization"); auth != "" && auth != "REDACTED" {
				t.Errorf("the exchange has the token %s", auth)
			}
		})
	}
}

// TestVerdictOfAnExchangeHasAnOrder has a request and its answer break the same
// rule at the same place.
func TestVerdictOfAnExchangeHasAnOrder(t *testing.T) {
	t.Parallel()
	in := recorded()
	in.Method, in.URL = "PUT", &url.URL{Path: "/v1.0/me/activities/1/historyItems/390e06e2-7e5b-4133-8014-fac7ac991af7"}
	in.Header["Content-Type"] = []string{"application/json"}
	in.AnswerHeader["Content-Type"] = []string{"application/json"}
	in.Body, in.Status, in.Answer = []byte(`{"startedDateTime":1}`), 201, []byte(`{"startedDateTime":1}`)
	r := server.NewRecording(nil)
	r.Add(in)
	first := r.Verdict().Violations
	for range 20 {
		if again := r.Verdict().Violations; !slices.Equal(first, again) {
			t.Fatalf("first\n%v\nthen\n%v", first, again)
		}
	}
	if i := slices.IndexFunc(first,
		func(g server.GroupedViolation) bool { return g.Side == openapi.ResponseSide }); i < 1 ||
		first[0].Side != openapi.RequestSide {
		t.Errorf("got %v, not the request's and then the answer's", first)
	}
}

func TestARecordedRetryAfterIsHonouredByTheRecordsClock(t *testing.T) {
	t.Parallel()
	r := server.NewRecording(nil)
	in := recorded()
	in.Status = 429
	in.AnswerHeader.Set("Retry-After", "30")
	r.Add(in)
	in = recorded()
	in.At = in.At.Add(31 * time.Second)
	r.Add(in)
	for _, o := range r.Verdict().Coverage.Operations {
		for _, p := range o.Points {
			if p.Kind == server.PointRetryAfter {
				if p.Hits != 1 {
					t.Errorf("%s: %+v", o.Pattern, p)
				}
				return
			}
		}
	}
	t.Error("there is no point for it")
}

func TestARecordWithoutAResponseCoversNone(t *testing.T) {
	t.Parallel()
	c, err := openapi.Parse("things.yaml", []byte(things))
	if err != nil {
		t.Fatal(err)
	}
	r := server.NewRecording(c)
	in := recorded()
	in.Method, in.URL, in.Status = "POST", &url.URL{Path: "/things"}, 0
	r.Add(in)
	for _, o := range r.Verdict().Coverage.Operations {
		for _, p := range o.Points {
			if p.Hits > 0 {
				t.Errorf("%s: %+v", o.Pattern, p)
			}
		}
	}
}

// recordedBatch is a recorded batch of requests and their responses.
func recordedBatch(requests, responses string) server.Recorded {
	in := recorded()
	in.Method, in.URL, in.Status = "POST", &url.URL{Scheme: "https", Host: "graph.microsoft.com", Path: "/v1.0/$batch"}, 200
	in.Header.Set("Content-Type", "application/json")
	in.AnswerHeader.Set("Content-Type", "application/json")
	in.AnswerHeader.Set("OData-Version", "4.0")
	in.Body, in.Answer = []byte(`{"requests":[`+requests+`]}`), []byte(`{"responses":[`+responses+`]}`)
	return in
}

func TestRequestsOfARecordedBatchAreJudged(t *testing.T) {
	t.Parallel()
	const deletion = `{"id": "a", "method": "DELETE", "url": "/me/activities/1"}`
	const done = `{"id": "a", "status": 204}`
	for _, test := range []struct {
		name, requests, responses string
		change                    func(*server.Recorded)
		want                      []string // id of the request, and rule
	}{
		{"clean", deletion, done, nil, nil},
		{"ids in another case", deletion, `{"id": "A", "status": 204}`, nil, nil},
		{"unknown segment", `{"id": "a", "method": "GET", "url": "/me/activites"}`, `{"id": "a", "status": 400}`, nil,
			[]string{"a unknown-segment"}},
		{"wrong body", `{"id": "a", "method": "PUT", "url": "/me/activities/1/historyItems/390e06e2-7e5b-4133-8014-fac7ac991af7",
			"headers": {"Content-Type": "application/json"}, "body": {}}`,
			`{"id": "a", "status": 400, "headers": {"Content-Type": "application/json"}, "body": {"error": {"code": "BadRequest", "message": "m"}}}`,
			nil, []string{"a required"}},
		{"wrong response", deletion, `{"id": "a", "status": 204, "body": {}}`, nil, []string{"a body-unexpected"}},
		{"undeclared status", deletion, `{"id": "a", "status": 299}`, nil, []string{"a status"}},
		{"no response", deletion, ``, nil, []string{" batch-responses"}},
		{"too many responses", deletion, done + `,` + done + `,{"id": "b", "status": 204}`, nil,
			[]string{" batch-responses", " batch-responses"}},
		{"no token", deletion, done, func(in *server.Recorded) { delete(in.Header, "Authorization") },
			[]string{" token-empty", "a token-empty"}},
		{"a batch in the batch", `{"id": "a", "method": "POST", "url": "/$batch", "headers": {"Content-Type": "application/json"}, "body": {"requests": []}}`,
			`{"id": "a", "status": 400}`, nil, []string{"a batch-nested"}},
		{"the same id twice", deletion + `,` + deletion, done, nil, []string{" batch-id"}},
		{"a lost response", deletion, ``, func(in *server.Recorded) { in.AnswerLost = true }, nil},
		{"a scripted response", deletion, ``, func(in *server.Recorded) { in.Scripted = true }, nil},
		{"parts with entries of their own", `{"id": "a", "method": "GET", "url": "/me/activites"}`, ``,
			func(in *server.Recorded) { in.PartsApart = true }, nil},
	} {
		in := recordedBatch(test.requests, test.responses)
		if test.change != nil {
			test.change(&in)
		}
		r := server.NewRecording(nil)
		var got []string
		for _, e := range r.Add(in) {
			for _, v := range e.Violations {
				got = append(got, e.BatchID+" "+v.Rule)
			}
		}
		if !slices.Equal(got, test.want) || r.Verdict().Clean != (len(test.want) == 0) {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func TestARecordedServiceMayHaveItsRootElsewhere(t *testing.T) {
	t.Parallel()
	c, err := openapi.Parse("things.yaml", []byte("servers: [{url: 'https://things.example/v1'}]\n"+things))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		root, path string
		fits       bool
	}{
		{"", "/v1/things", true}, {"", "/things", false}, {"/", "/things", true}, {"/", "/v1/things", false},
		{"/mock", "/mock/things", true}, {"/mock/", "/mock/things", true}, {"/mock", "/mockthings", false},
	} {
		in := recorded()
		in.Method, in.URL, in.Root = "POST", &url.URL{Path: test.path}, test.root
		if e := server.NewRecording(c).Add(in)[0]; (e.Operation != "") != test.fits {
			t.Errorf("%s below %q: operation %q, %v", test.path, test.root, e.Operation, e.Violations)
		}
	}
}

// What a server refuses of a query, a recording of it must not let pass, and the other way
// round: which users there are makes no difference.
func TestARecordedQueryIsJudgedAsTheServerJudgesIt(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	wrong := 0
	for _, target := range []string{
		"/users?$filter=displayName eq", "/users?$filter=displayName eq 'A'", "/users?$filter=contains(displayName,'A')",
		"/users?$select=shoeSize", "/users?$select=displayName", "/users?$orderby=jobTitle", "/users?$orderby=displayName",
		"/users?$top=abc", "/users?$top=1000", "/users?$top=999", "/users?$skip=1", "/users?$count=yes",
		"/users/$count", "/users/nobody@contoso.com?$expand=manager,directReports", "/users/nobody@contoso.com?$format=xml",
		"/groups?$search=\"displayName:a\"", "/groups?$search=\"displayName:a&$orderby=displayName\"",
		"/me/messages?$search=\"a\"&$filter=isRead eq true", "/me/messages?$orderby=subject,nothing", "/me/messages?$select=nothing",
		"/me/messages?$expand=attachments($top=x)", "/me/messages?$expand=microsoft.graph.eventMessage/event",
		"/me/messages?$select=subject,microsoft.graph.eventmessage/meetingMessageType",
		"/me/messages?$expand=microsoft.graph.message/event", "/me/messages/delta?$orderby=subject",
		"/me/calendar/events?top=0", "/me/activities?$expand=visualElements", "/me/activities?$select=nothing",
		"/reports/getM365AppUserCounts(period='D7')?$format=text/csv", "/reports/getM365AppUserCounts(period='D7')?$format=csv",
		"/planner/tasks?$filter=", "/teams?$orderby=", "/me/drive/root/children?$orderby=size,weight",
	} {
		in := recorded()
		in.Method, in.Status = "GET", 0
		path, query, _ := strings.Cut(target, "?")
		in.URL = &url.URL{Path: "/v1.0" + path, RawQuery: strings.ReplaceAll(query, " ", "%20")}
		res, _ := send(t, s, "GET", in.URL.String(), nil)
		live := rulesOf(s.TakeViolations())
		if res.StatusCode == http.StatusBadRequest && len(live) == 0 {
			t.Errorf("%s: %s, and no violation", target, res.Status)
		}
		r := server.NewRecording(nil)
		if got := rulesOf(r.Add(in)[0].Violations); !slices.Equal(got, live) {
			t.Errorf("%s: recorded %q, live %q", target, got, live)
		}
		if len(live) > 0 {
			wrong++
		}
	}
	if wrong < 15 {
		t.Errorf("only %d queries are wrong", wrong)
	}
}

func rulesOf(all []openapi.Violation) (rules []string) {
	for _, v := range all {
		rules = append(rules, v.Rule)
	}
	return rules
}
