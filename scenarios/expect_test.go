package scenarios

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// exchangeAt starts an exchange and sends its response at a time after testNow.
func exchangeAt(t *testing.T, e *Engine, line string, at time.Duration, status int, retryAfter string) {
	t.Helper()
	x := request(t, line)
	x.Now = testNow.Add(at)
	e.RequestStarted(x)
	h := http.Header{}
	if retryAfter != "" {
		h.Set("Retry-After", retryAfter)
	}
	e.ResponseSent(x, status, h, x.Now)
}

const honoured = `name: polite
rules: [{ when: {}, reply: { from: service } }]
expect: { retryAfter: honoured }
`

func TestClientHasToWaitAsLongAsItWasTold(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		retryAfter string
		after      time.Duration
		want       string
	}{
		"exactly": {"30", 30 * time.Second, ""},
		"too early": {"30", 2 * time.Second,
			"PUT /me/activities/{activity-id}/historyItems/{item-id} was called again after 2s, but the answer 429 " +
				"before it asked to wait 30s (Retry-After: 30)"},
		"fraction": {"0.249", 248 * time.Millisecond,
			"called again after 248ms, but the answer 429 before it asked to wait 249ms (Retry-After: 0.249)"},
		"fraction waited": {"0.249", 249 * time.Millisecond, ""},
		"date": {"Mon, 26 Feb 2018 20:28:25 GMT", 2 * time.Second,
			"asked to wait 2.86s (Retry-After: Mon, 26 Feb 2018 20:28:25 GMT)"},
		"date waited":        {"Mon, 26 Feb 2018 20:28:25 GMT", 3 * time.Second, ""},
		"no header":          {"", 0, ""},
		"no number, no date": {"soon", 0, ""},
		"below zero":         {"-1", 0, ""},
	} {
		e := newTestEngine(t, honoured)
		exchangeAt(t, e, upsertLine, 0, 429, row.retryAfter)
		exchangeAt(t, e, upsertLine, row.after, 201, "")
		found := e.Failures()
		if row.want == "" && found == nil {
			continue
		}
		if len(found) != 1 || row.want == "" || !strings.Contains(found[0].Message, row.want) ||
			found[0].Expectation != "retryAfter" ||
			found[0].Operation != "me.activities.PutHistoryItem" || found[0].Place != "test.yaml:4:23" {
			t.Errorf("%s: %+v, want %s", name, found, row.want)
		}
	}
}

func TestClientsThatNeverComeBackAreBounded(t *testing.T) {
	t.Parallel()
	e := newTestEngine(t, honoured)
	x := request(t, upsertLine)
	h := http.Header{"Retry-After": {"30"}}
	for i := range maxWaits + 10 {
		x.User = strconv.Itoa(i)
		e.ResponseSent(x, 429, h, testNow)
	}
	if n := e.observer.waits.Len(); n != maxWaits {
		t.Errorf("%d are kept, not %d", n, maxWaits)
	}
	x.User, x.Now = "0", testNow
	e.ResponseSent(x, 429, http.Header{"Retry-After": {"1"}}, testNow)
	x.Now = testNow.Add(time.Second)
	if e.RequestStarted(x); len(e.Failures()) > 0 {
		t.Errorf("what a client was told last does not count: %v", e.Failures())
	}
}

func TestWaitingIsForOneClientAtOneOperation(t *testing.T) {
	t.Parallel()
	e := newTestEngine(t, honoured)
	exchangeAt(t, e, upsertLine, 0, 429, "30")
	exchangeAt(t, e, "GET /me/activities", time.Second, 200, "") // another operation
	other := request(t, upsertLine)
	other.User, other.Now = "other@contoso.com", testNow.Add(time.Second)
	e.RequestStarted(other) // another user
	earlier := request(t, upsertLine)
	earlier.Now = testNow.Add(-time.Second)
	e.RequestStarted(earlier) // on its way before the response
	if f := e.Failures(); f != nil {
		t.Errorf("failures: %v", f)
	}
	// another URL of the operation
	exchangeAt(t, e, strings.Replace(upsertLine, "13881113971988980728", "7", 1), 2*time.Second, 429, "30")
	exchangeAt(t, e, upsertLine, 3*time.Second, 201, "")
	exchangeAt(t, e, upsertLine, 4*time.Second, 201, "") // only the next call counts
	if f := e.Failures(); len(f) != 2 {
		t.Errorf("failures: %v", f)
	}
}

func TestClientsNeedNotWaitUnlessItIsExpected(t *testing.T) {
	t.Parallel()
	e := newTestEngine(t, "rules: [{ when: {}, reply: forbidden }]")
	exchangeAt(t, e, upsertLine, 0, 429, "30")
	exchangeAt(t, e, upsertLine, time.Second, 429, "30")
	if f := e.Failures(); f != nil {
		t.Errorf("failures: %v", f)
	}
}

func TestTimesAreAnAssertion(t *testing.T) {
	t.Parallel()
	const rules = `name: left
rules:
  - { id: upsert, when: { request: "` + upsertPattern +
		`" }, reply: [{ throttle: {}, times: 3 }, { from: service }], after: pass }
  - { id: list, when: { request: GET /me/activities }, reply: { from: service } }
  - { id: delete, when: { request: "DELETE /me/activities/{id}" }, reply: [conflict, notFound], after: repeat }
expect: { unused: UNUSED }
`
	for unused, row := range map[string]struct {
		upserts, lists, deletes int
		want                    []string
	}{
		"0": {2, 0, 1, []string{"upsert: 2 of 4 replies were not given; next was reply 1", "list: no request matched",
			"delete: 1 of 2 replies were not given; next was reply 2"}},
		"4": {2, 0, 1, nil},
		"3": {2, 0, 1, []string{"upsert: 2 of 4 replies were not given; next was reply 1", "list: no request matched",
			"delete: 1 of 2 replies were not given; next was reply 2"}},
		"1": {4, 1, 1, nil},
		"2": {5, 9, 0, nil},
	} {
		e := newTestEngine(t, strings.Replace(rules, "UNUSED", unused, 1))
		outcomes(t, e, upsertLine, row.upserts)
		outcomes(t, e, "GET /me/activities", row.lists)
		outcomes(t, e, "DELETE /me/activities/1", row.deletes)
		var got []string
		for _, f := range e.Failures() {
			got = append(got, f.Rule+": "+f.Message)
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("unused: %s\n got %q\nwant %q", unused, got, row.want)
		}
	}
}
