package scenarios

import (
	"testing"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// Any text in ${...} is rejected, or evaluates to a JSON value or an error within its
// bounds.
func FuzzExpression(f *testing.F) {
	for _, source := range []string{
		"request.method", "request.path['item-id']", "request.headers['client-request-id']", "int(request.query.n) + 1",
		"request.body.absent?.deep ?? 'none'", "{'a': [1, 2.5, nil]}", "first(token.scopes)", "now + duration('10m')",
		"now.Format('2006-01-02')", "date('2018-02-26T20:28:22Z').Unix()",
		"state == 'start' ? uuid() : fixture.activities[0].id",
		"map(1..1000000, 'x')", "let x = 'a'; x + x", "repeat('a', 1000000000)", "request.body.list[-1]", "1 / 0",
		"9223372036854775807 + 1",
		"now.AddDate(1000000000, 0, 0)", "'a' matches '(a*)*b'", "#microsoft.graph.user",
	} {
		f.Add(source)
	}
	fixture := map[string]any{"activities": []any{map[string]any{"id": "7"}}}
	f.Fuzz(func(t *testing.T, source string) {
		e, err := compileExpression(source)
		if err != nil {
			return
		}
		x := request(t, upsertLine+"?n=7")
		x.Body, _ = jsontext.Decode([]byte(`{"userTimezone": "Africa/Casablanca", "half": 0.5, "list": [1, "b"], ` +
			`"none": null}`))
		env, err := newEnvironment(x, nil, startState, fixture, func() string { return sampleID })
		if err != nil {
			t.Fatal(err)
		}
		v, err := e.evaluate(env)
		if err != nil {
			return
		}
		if text, err := encode(v); err != nil || len(text) > 1<<20 {
			t.Errorf("${%s}: %d bytes, %v", source, len(text), err)
		}
	})
}
