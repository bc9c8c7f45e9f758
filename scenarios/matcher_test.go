package scenarios

import (
	"net/http"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/jsontext"
)

func TestConditions(t *testing.T) {
	t.Parallel()
	body, syntax := jsontext.Decode([]byte(`{
		"startedDateTime": "2018-02-26T20:54:04.345Z", "userTimezone": "Africa/Casablanca", "activeDurationSeconds": 20,
		"lastActiveDateTime": null, "activity": {"historyItems": [{"status": "updated"}],
		"contentInfo": {"tags": ["a", 1.0]}}}`))
	if syntax != nil {
		t.Fatal(syntax)
	}
	for when, want := range map[string]bool{
		`path: { activity-id: "13881113971988980728" }`: true,
		`path: { activity-id: 13881113971988980728 }`:   true, // a path is text
		`path: { activity-id: "1" }`:                    false,
		// a GUID in either case is one id
		`path: { item-id: 390E06E2-7E5B-4133-8014-FAC7AC991AF7 }`:                      true,
		`path: { item-id: { oneOf: [390E06E2-7E5B-4133-8014-FAC7AC991AF7, x] } }`:      true,
		`path: { activity-id: { matches: "^[0-9]+$", not: { startsWith: "2" } } }`:     true,
		`path: { activity-id: { matches: "^[a-z]+$" } }`:                               false,
		`path: { activity-id: { gt: 13881113971988980727 } }`:                          true,
		`path: { activity-id: { gt: 13881113971988980728 } }`:                          false,
		`query: { api-version: "1" }`:                                                  true,
		`query: { API-Version: "1" }`:                                                  true,
		`query: { tag: "a, b" }`:                                                       true, // sent twice
		`query: { other: { exists: false } }`:                                          true,
		`query: { other: { exists: true } }`:                                           false,
		`query: { other: { not: x } }`:                                                 true,
		`query: { other: { not: { exists: false } } }`:                                 false,
		`headers: { PREFER: return=minimal }`:                                          true,
		`headers: { prefer: { contains: minimal } }`:                                   true,
		`headers: { prefer: { endsWith: maximal } }`:                                   false,
		`headers: { if-modified-since: { lt: "2018-02-26T00:00:00Z" } }`:               true,
		`body: { /userTimezone: Africa/Casablanca }`:                                   true,
		`body: { /userTimezone: { oneOf: [Africa/Casablanca, Europe/Paris] } }`:        true,
		`body: { /userTimezone: { oneOf: [Europe/Paris] } }`:                           false,
		`body: { /activeDurationSeconds: 20 }`:                                         true,
		`body: { /activeDurationSeconds: 20.0 }`:                                       true,
		`body: { /activeDurationSeconds: "20" }`:                                       false,
		`body: { /activeDurationSeconds: { gt: 19.5, lt: 20.5 } }`:                     true,
		`body: { /startedDateTime: { gt: "2018-02-26T21:54:04+01:00" } }`:              true,
		`body: { /startedDateTime: { lt: "2018-02-26T21:54:04+01:00" } }`:              false,
		`body: { /startedDateTime: { gt: 2018-02-26T20:54:04Z } }`:                     true, // no quotes needed
		`body: { /lastActiveDateTime: null }`:                                          true,
		`body: { /lastActiveDateTime: { exists: true } }`:                              true,
		`body: { /expirationDateTime: null }`:                                          false,
		`body: { /expirationDateTime: { exists: false } }`:                             true,
		`body: { /activity/historyItems/0/status: updated }`:                           true,
		`body: { /activity/historyItems/1/status: { exists: true } }`:                  false,
		`body: { /activity/contentInfo/tags: { contains: a } }`:                        true,
		`body: { /activity/contentInfo/tags: { contains: 1 } }`:                        true,
		`body: { /activity/contentInfo/tags: { equals: [a, 1] } }`:                     true,
		`body: { /activity/contentInfo/tags: { contains: b } }`:                        false,
		`body: { /activity/contentInfo: { equals: { tags: [a, 1] } } }`:                true,
		`body: { /activeDurationSeconds: { schema: { type: integer, maximum: 20 } } }`: true,
		`body: { "": { schema: { required: [startedDateTime] } } }`:                    true,
		`body: { "": { schema: { required: [expirationDateTime] } } }`:                 false,
		`token: { user: user@contoso.com }`:                                            true,
		`token: { user: 48d31887-5fad-4d73-a9f5-3c356e68a038 }`:                        true,
		`token: { user: other@contoso.com }`:                                           false,
		`token: { app: { startsWith: de8bc8b5 } }`:                                     true,
		`token: { scope: UserActivity.ReadWrite.CreatedByApp }`:                        true,
		`token: { scope: { not: User.Read } }`:                                         true,
		`token: { scope: { not: UserActivity.ReadWrite.CreatedByApp } }`:               false,
		`state: start`:          true,
		`state: { not: start }`: false,
	} {
		e := newTestEngine(t, "rules:\n  - when: { request: \""+upsertPattern+"\", "+when+" }\n    reply: forbidden\n")
		x := request(t, upsertLine+"?api-version=1&tag=a&tag=b")
		x.Header = http.Header{"Prefer": {"return=minimal"}, "If-Modified-Since": {"Sun, 25 Feb 2018 00:00:00 GMT"}}
		x.Body = body
		d := e.Decide(x)
		if strings.Contains(when, "item-id") {
			x.Match = request(t, strings.Replace(upsertLine, itemID, strings.ToUpper(itemID), 1)).Match
			if upper := e.Decide(x); !upper.Matched() {
				t.Errorf("%s: no match in upper case", when)
			}
		}
		if d.Matched() != want {
			t.Errorf("%s: matched is %v", when, !want)
		}
		verdict := map[bool]string{true: Matches, false: Differs}[want]
		if explanation := e.Explain(x)[0]; explanation.Verdict != verdict || (explanation.Why == "") != want {
			t.Errorf("%s: explained as %v", when, explanation)
		}
	}
}

func TestSchemaOfAConditionCanNotReadFiles(t *testing.T) {
	t.Parallel()
	for _, ref := range []string{"file:///etc/passwd", "http://127.0.0.1:1/", "other.json"} {
		_, err := Parse("test.yaml", []byte(`{"version": 1, "rules": [{"reply": "forbidden",
			"when": {"body": {"": {"schema": {"$ref": "`+ref+`"}}}}}]}`), openapi.Embedded())
		if err == nil {
			t.Errorf("$ref to %s was followed", ref)
		}
	}
}

func TestNumbersOfAnySizeAreEqualByValue(t *testing.T) {
	t.Parallel()
	e := newTestEngine(t, `rules:
  - { when: { request: "`+upsertPattern+`", body: { /activeDurationSeconds: 1e2 } }, reply: forbidden }
`)
	for text, want := range map[string]bool{"100": true, "100.0": true, "1e2": true, "101": false, "1e400": false} {
		x := request(t, upsertLine)
		x.Body, _ = jsontext.Decode([]byte(`{"activeDurationSeconds": ` + text + `}`))
		if d := e.Decide(x); d.Matched() != want {
			t.Errorf("%s: matched is %v", text, !want)
		}
	}
}
