package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/internal/har"
)

// statusOf is what listing activities is answered with.
func statusOf(t *testing.T, s *server.Server) int {
	t.Helper()
	res, _ := send(t, s, "GET", "/v1.0/me/activities", nil)
	return res.StatusCode
}

// post plays a scenario in the way of a test suite in another language.
func post(t *testing.T, s *server.Server, scenario string) {
	t.Helper()
	if w := ask(s, loopback, "POST", control+"/scenarios", scenario, "Content-Type", "text/yaml"); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
}

func TestPostedScenariosAreStopped(t *testing.T) {
	t.Parallel()
	own, err := scenarios.Parse("own.yaml", []byte(strings.NewReplacer("late", "own", "throttle: { retryAfter: 3s }",
		"forbidden: {}").Replace(scenario)), openapi.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, server.Config{Now: now, Scenarios: []*scenarios.Scenario{own}})
	inPlace := strings.Replace(scenario, "name: late", "name: own", 1) // of the one that the server started with
	for _, step := range []struct {
		name string
		do   func()
		want int
	}{
		{"at the start", func() {}, 403},
		{"posted under a name that is played", func() { post(t, s, inPlace) }, 429},
		{"reset", func() { ask(s, loopback, "POST", control+"/reset", "") }, 403},
		{"stopped", func() { ask(s, loopback, "DELETE", control+"/scenarios/own", "") }, 200},
		{"posted", func() { post(t, s, scenario) }, 429},
		{"stopped again", func() { ask(s, loopback, "DELETE", control+"/scenarios/late", "") }, 200},
		{"posted again", func() { post(t, s, scenario) }, 429},
		{"reset again", func() { ask(s, loopback, "POST", control+"/reset", "") }, 403},
	} {
		step.do()
		if got := statusOf(t, s); got != step.want {
			t.Errorf("%s: %d, want %d", step.name, got, step.want)
		}
	}
	var list []scenarios.Status
	if err := json.Unmarshal(ask(s, loopback, "GET", control+"/scenarios", "").Body.Bytes(), &list); err != nil ||
		len(list) != 1 || list[0].Scenario != "own" {
		t.Errorf("after the reset are played %+v: %v", list, err)
	}
}

// TestScenariosOfGoStayAfterAReset: a test sets them up before its parts.
func TestScenariosOfGoStayAfterAReset(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	if err := s.Script("GET /me/activities", scenarios.Forbidden()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := statusOf(t, s); got != 403 {
			t.Errorf("got %d", got)
		}
		if err := s.Reset(); err != nil {
			t.Fatal(err)
		}
	}
}

const sentToken, sentSecret = "secret-of-the-header", "secret-of-the-body"

// sendSecret sends a request that has a credential everywhere, and has id 1.
func sendSecret(t *testing.T, s *server.Server) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "PUT", "https://graph.microsoft.com/v1.0/me/activities/1?access_token="+
		sentToken, strings.NewReader(`{"appDisplayName": "Contoso", "password": "`+sentSecret+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+sentToken)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Trace", "seen")
	res, err := (&http.Client{Transport: s.Transport()}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
}

func TestWholeRequestsHaveWhatWasSentButCredentials(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	sendSecret(t, s)
	w := ask(s, loopback, "GET", control+"/requests/1", "")
	var got struct {
		ID                int64
		Method, Path      string
		Request, Response struct {
			Headers http.Header
			Body    map[string]any
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	failed, _ := got.Response.Body["error"].(map[string]any)
	if got.ID != 1 || got.Method != "PUT" || got.Path != "/v1.0/me/activities/1" || failed["code"] == nil ||
		got.Request.Headers.Get("X-Trace") != "seen" || got.Request.Headers.Get("Authorization") != "REDACTED" ||
		got.Request.Body["appDisplayName"] != "Contoso" || got.Request.Body["password"] != "REDACTED" ||
		got.Response.Headers.Get("Request-Id") == "" {
		t.Errorf("got %s", w.Body)
	}
	if text := w.Body.String(); strings.Contains(text, sentToken) || strings.Contains(text, sentSecret) {
		t.Errorf("a credential is shown: %s", text)
	}
}

func TestTheJournalIsServedAsAnArchive(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now})
	sendSecret(t, s)
	statusOf(t, s)
	w := ask(s, loopback, "GET", control+"/har", "")
	if text := w.Body.String(); strings.Contains(text, sentToken) || strings.Contains(text, sentSecret) {
		t.Errorf("a credential is shown: %s", text)
	}
	var got []string
	about, err := har.Read(bytes.NewReader(w.Body.Bytes()), func(e har.Entry) error {
		got = append(got, fmt.Sprint(e.Method, " ", e.URL.Path, " ", e.Status, " ", len(e.Body) > 0, len(e.ResponseBody) > 0))
		return e.Err
	})
	want := "PUT /v1.0/me/activities/1 400 true true, GET /v1.0/me/activities 200 false true"
	if err != nil || about.Creator != "graphmock" || strings.Join(got, ", ") != want {
		t.Errorf("%d %v, %+v: %v", w.Code, got, about, err)
	}
}

// TestExchangesKeptForTheirViolationsAreShownAsAWhole, after the ring has dropped them.
func TestExchangesKeptForTheirViolationsAreShownAsAWhole(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now, Journal: 1})
	sendSecret(t, s)
	statusOf(t, s)
	statusOf(t, s)
	for id, want := range map[int]int{1: 200, 2: 404, 3: 200, 4: 404} {
		if w := ask(s, loopback, "GET", fmt.Sprintf("%s/requests/%d", control, id), ""); w.Code != want {
			t.Errorf("%d: %d %s, want %d", id, w.Code, w.Body, want)
		}
	}
}
