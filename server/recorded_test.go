package server_test

import (
	"net/http"
	"net/url"
	"slices"
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
			e := r.Add(in)
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
