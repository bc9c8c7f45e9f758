package scenarios

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// bodyOf returns the body that a reply makes of one value, or the problem.
func bodyOf(t *testing.T, value string) string {
	t.Helper()
	e := NewEngine(Options{Seed: 1, Fixture: map[string]any{"activities": []any{map[string]any{"id": "7"}}}})
	e.Add(parse(t, `rules:
  - when: { request: "PUT /me/activities/{a}/historyItems/{item-id}" }
    reply: { status: 201, body: { v: `+value+` }, offContract: true }
`))
	x := request(t, upsertLine+"?n=7")
	x.Header.Set("client-request-id", "abc")
	x.Header.Set("Authorization", "Bearer s3cr3t")
	x.Body, _ = jsontext.Decode([]byte(`{"userTimezone": "Africa/Casablanca", "activeDurationSeconds": 20, ` +
		`"half": 0.5, "list": [1, "b"], "none": null}`))
	d := e.Decide(x)
	if d.Problem != "" {
		return d.Problem
	}
	return strings.TrimSuffix(strings.TrimPrefix(string(d.Body), `{"v":`), "}")
}

func TestExpressions(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		`plain`:         `"plain"`,
		`"$${not.one}"`: `"${not.one}"`,
		`"${request.method} ${request.url}"`: `"PUT ` +
			`/v1.0/me/activities/13881113971988980728/historyItems/390e06e2-7e5b-4133-8014-fac7ac991af7"`,
		`"${request.path['item-id']}"`:                `"390e06e2-7e5b-4133-8014-fac7ac991af7"`,
		`"${request.path.a}"`:                         `"13881113971988980728"`, // as the pattern calls it
		`"${request.path['activity-id']}"`:            `"13881113971988980728"`, // as the contract calls it
		`"${request.query.n}"`:                        `"7"`,
		`"${int(request.query.n) + 1}"`:               `8`,
		`"${request.headers['client-request-id']}"`:   `"abc"`,
		`"${request.body.userTimezone}!"`:             `"Africa/Casablanca!"`,
		`"${request.body.activeDurationSeconds * 2}"`: `40`,
		`"${request.body.half}"`:                      `0.5`,
		`"${request.body.list}"`:                      `[1,"b"]`,
		`"${request.body.none}"`:                      `null`,
		`"${request.body.absent?.deep ?? 'none'}"`:    `"none"`,
		`"${{'a': 1}}"`:                               `{"a":1}`,
		`"${token.user} ${token.app}"`:                `"user@contoso.com de8bc8b5-d9f9-48b1-a8ad-b748da725064"`,
		`"${first(token.scopes)}"`:                    `"UserActivity.ReadWrite.CreatedByApp"`,
		`"${now}"`:                                    `"2018-02-26T20:28:22.14Z"`,
		`"${now + duration('10m')}"`:                  `"2018-02-26T20:38:22.14Z"`,
		`"${now.Format('2006-01-02')}"`:               `"2018-02-26"`,
		`"${date('2018-02-26T20:28:22Z').Unix()}"`:    `1519676902`,
		`"${now > date('2018-01-01')}"`:               `true`,
		`"${state}"`:                                  `"start"`,
		`"${fixture.activities[0].id}"`:               `"7"`,
		`"${request.body.list} in a text"`: `rule rule-1, reply 1: ${request.body.list}: a list can't ` +
			`stand inside a text`,
		`"${request.headers.authorization}"`: `""`,
		`"${date('soon')}"`:                  `rule rule-1, reply 1: ${date('soon')}: "soon" is not a date`,
		`"${1 / 0}"`:                         `rule rule-1, reply 1: ${1 / 0}: the result +Inf is not a number of JSON`,
	} {
		if got := bodyOf(t, value); got != want {
			t.Errorf("%s\n got %s\nwant %s", value, got, want)
		}
	}
}

func TestUUIDsComeFromTheSeed(t *testing.T) {
	t.Parallel()
	const value = `{ a: "${uuid()}", b: "${uuid()}", c: "${uuid()}", d: "${uuid()}", e: "${uuid()}", f: "${uuid()}" }`
	first := bodyOf(t, value)
	for range 5 {
		if again := bodyOf(t, value); len(again) != len(`{"a":"","b":"","c":"","d":"","e":"","f":""}`)+6*36 ||
			again != first {
			t.Fatalf("got %s, then %s", first, again)
		}
	}
}

func TestEachReplyHasUUIDsOfItsOwn(t *testing.T) {
	t.Parallel()
	e := newTestEngine(t, `rules: [{ when: {}, reply: { status: 400, body: { v: "${uuid()}" }, offContract: true } }]`)
	first, second := e.Decide(request(t, upsertLine)), e.Decide(request(t, upsertLine))
	if string(first.Body) == string(second.Body) {
		t.Errorf("both are %s", first.Body)
	}
}

func TestExpressionsAreBounded(t *testing.T) {
	t.Parallel()
	for source, why := range map[string]string{
		`1..1000000`:                          "ranges are not allowed",
		`let a = "x"; a + a`:                  "variables are not allowed",
		`all([1], # > 0)`:                     "loops are not allowed",
		`map([1], {# + 1})`:                   "loops are not allowed",
		`repeat("x", 1000000)`:                "unknown name repeat",
		`now.Local()`:                         `method "Local" is not allowed`,
		`now.In(nil)`:                         `method "In" is not allowed`,
		`env("HOME")`:                         "unknown name env",
		`request.bdy`:                         `did you mean "body"?`,
		`reqest.body`:                         `did you mean "request"?`,
		`timezone("Europe/Paris")`:            "unknown name timezone",
		`toJSON(request)`:                     "unknown name toJSON",
		strings.Repeat("1+", 300) + "1":       "it is longer than 500 characters",
		strings.Repeat("1+", 100) + "1":       "exceeds maximum allowed nodes",
		strings.Repeat("(", 240) + "1":        "",
		strings.Repeat("!", 240) + "true":     "",
		strings.Repeat("[", 70) + "1":         "",
		`"a" matches "(" `:                    "",
		`request.headers + 1`:                 "invalid operation",
		`uuid`:                                "",
		`$env`:                                "",
		`$env["request"]`:                     "",
		`now.nsec`:                            "",
		`now.UnmarshalText(nil)`:              "",
		`request.body | len() | string() | x`: "",
	} {
		_, err := compileExpression(source)
		if err == nil && (source == "uuid" || strings.HasPrefix(source, "$env")) {
			continue
		}
		if err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%.40s: %v, want %s", source, err, why)
		}
	}
}

func TestLargeBodiesAreNotForExpressions(t *testing.T) {
	t.Parallel()
	e := newTestEngine(t,
		`rules: [{ when: {}, reply: { status: 400, body: { v: "${request.body.a + request.body.a}" }, offContract: `+
			`true } }]`)
	x := request(t, upsertLine)
	x.Body = map[string]any{"a": strings.Repeat("x", 1<<20)}
	began := time.Now()
	if d := e.Decide(x); !strings.Contains(d.Problem, "too large for an expression") || d.Error.Status != 500 {
		t.Errorf("decision %+v", d)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %v", took)
	}
	if f := e.Failures(); len(f) != 1 || f[0].Expectation != "reply" {
		t.Errorf("failures: %v", f)
	}
}

// TestExpressionsOfAReplyAreBoundedTogether has replies of many expressions that are
// small each, and make a large one of a request that is not.
func TestExpressionsOfAReplyAreBoundedTogether(t *testing.T) {
	t.Parallel()
	for _, source := range []string{`${request.body.text}`, `${request.body.list}`, `${request.body.object}`} {
		for n, works := range map[int]bool{3: true, 4000: false} {
			texts := strings.TrimSuffix(strings.Repeat(`"`+source+`",`, n), ",")
			for where, reply := range map[string]string{
				"body":  `{ status: 400, body: [` + texts + `], offContract: true }`,
				"text":  `{ status: 400, body: { v: "` + strings.Repeat(source, n) + `" }, offContract: true }`,
				"patch": `{ from: service, patch: { a: [` + texts + `] }, offContract: true }`,
			} {
				if where == "text" && !strings.Contains(source, "text") {
					continue // a list can't stand inside a text
				}
				e := newTestEngine(t, `rules: [{ when: {}, reply: `+reply+` }]`)
				x := request(t, upsertLine)
				x.Body = map[string]any{
					"text": strings.Repeat("x", 200_000), "list": slices.Repeat([]any{true}, 100_000),
					"object": map[string]any{strings.Repeat("x", 1_000_000): true},
				}
				d := e.Decide(x)
				if works && d.Problem != "" || !works && !strings.Contains(d.Problem, "more than 4 MiB together") {
					t.Errorf("%d of %s in a %s: %d bytes, problem %q", n, source, where, len(d.Body), d.Problem)
				}
			}
		}
	}
}
