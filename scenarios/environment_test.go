package scenarios

import (
	"testing"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// TestExpressionsSeeNoCredentials asks for each header of a request by its name,
// and for all of them.
func TestExpressionsSeeNoCredentials(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		`"${request.headers.authorization}"`:          `""`,
		`"${request.headers.cookie}"`:                 `""`,
		`"${request.headers['proxy-authorization']}"`: `""`,
		`"${request.headers['x-key']}"`:               `"seen"`,
		`"${request.headers}"`:                        `{"x-key":"seen"}`,
	} {
		e := NewEngine(Options{})
		e.Add(parse(t, `rules:
  - when: { request: "`+upsertPattern+`" }
    reply: { status: 201, body: { v: `+value+` }, offContract: true }
`))
		x := request(t, upsertLine)
		x.Header["authorization"] = []string{"Bearer s3cr3t"} // as a recorded header may be spelled
		x.Header["Proxy-Authorization"] = []string{"Basic s3cr3t"}
		x.Header["Cookie"] = []string{"session=s3cr3t"}
		x.Header["X-Key"] = []string{"seen"}
		x.Body, _ = jsontext.Decode([]byte(`{}`))
		if got := string(e.Decide(x).Body); got != `{"v":`+want+`}` {
			t.Errorf("%s: %s, want %s", value, got, want)
		}
	}
}
