package scenarios

import (
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
)

func TestExplainSaysWhichRulesMatchAndWhyNotTheOthers(t *testing.T) {
	t.Parallel()
	e := newTestEngine(t, `name: why
rules:
  - { id: any, when: {}, reply: [forbidden], after: pass }
  - { id: list, when: { request: GET /me/activities }, reply: forbidden }
  - { id: upsert, when: { operation: me.activities.PutHistoryItem }, reply: forbidden }
  - { id: one, when: { request: "`+upsertPattern+`", path: { activity-id: "1" } }, reply: forbidden }
  - { id: two, when: { request: "`+upsertPattern+`", path: { activity-id: "2" } }, reply: forbidden }
  - { id: zone, when: { request: "`+upsertPattern+
		`", body: { /userTimezone: { startsWith: Africa } } }, reply: forbidden }
`)
	for _, line := range []string{"PUT /me/activities/1/historyItems/2", "put /v1.0/me/activities/1/historyItems/2",
		"PUT /beta/me/activities/1/historyItems/2?x=1"} {
		list, err := e.ExplainLine(openapi.Embedded(), line)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, explanation := range list {
			got = append(got, explanation.String())
		}
		want := []string{
			`matches why/one [operation; 1 with one value; path 1]`,
			`matches why/upsert [operation]`,
			`matches why/any [any request]`,
			`depends why/zone [operation; 1 with others; body 1]: body /userTimezone: startsWith "Africa"`,
			`differs why/two [operation; 1 with one value; path 1]: path activity-id is "1"; the rule wants: equals ` +
				`"2"`,
			`differs why/list [operation]: the request is PUT /me/activities/{activity-id}/historyItems/{item-id}; ` +
				`the rule wants: GET /me/activities`,
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s\n got %s\nwant %s", line, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
		}
	}
	for _, st := range e.Status()[0].Rules {
		if st.Matched != 0 {
			t.Errorf("explaining counted a request of rule %s", st.Rule)
		}
	}
}

func TestExplainNeedsARequestOfTheContract(t *testing.T) {
	t.Parallel()
	e := NewEngine(Options{})
	for line, want := range map[string]string{
		"GET":                   "METHOD PATH is expected",
		"GET me/activities":     "is not a request line",
		"GET /me/activites":     `did you mean "activities"?`,
		"DELETE /me/activities": "is not allowed",
		"GET /v2.0/me/drives ":  "no entity set",
	} {
		if _, err := e.ExplainLine(openapi.Embedded(), line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
}
