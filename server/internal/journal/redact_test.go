package journal

import (
	"bytes"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/credential"
	"github.com/graphmock/graphmock/openapi/jsontext"
)

const secret = "s3cr3t"

// keyed is a contract with an API key in a header.
const keyed = `
openapi: 3.0.3
info: {title: keyed, version: "1"}
components: {securitySchemes: {key: {type: apiKey, in: header, name: x-key}}}
paths:
  /things:
    get: {operationId: list, security: [{key: []}], responses: {'204': {description: Nothing.}}}
`

// operation finds an operation of a contract.
func operation(t *testing.T, c *openapi.Contract, pattern string) *openapi.Operation {
	t.Helper()
	op, err := c.Find(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return op
}

func TestExchangesHaveNoCredentials(t *testing.T) {
	t.Parallel()
	c, err := openapi.Parse("keyed.yaml", []byte(keyed))
	if err != nil {
		t.Fatal(err)
	}
	r := Record{
		Exchange: Exchange{
			Query: "$top=1&access_token=" + secret,
			Header: http.Header{"Authorization": {secret}, "Cookie": {secret, secret}, "Proxy-Authorization": {secret},
				"X-Key": {secret}, "X-Trace": {"1"}},
			AnswerHeader: http.Header{"Set-Cookie": {secret}, "X-Key": {secret}},
		},
		Matched: operation(t, c, "GET /things"),
	}
	e := r.Redacted(c.Credentials())
	if text := fmt.Sprintf("%+v", e); strings.Contains(text, secret) {
		t.Errorf("the exchange has it: %s", text)
	}
	if e.Query != "$top=1&access_token=REDACTED" || e.Header.Get("X-Trace") != "1" || len(e.Header["Cookie"]) != 2 {
		t.Errorf("got %+v", e)
	}
	if e.Operation != "list" {
		t.Errorf("the operation is %q", e.Operation)
	}
	if !strings.Contains(r.Query, secret) || r.Header.Get("X-Key") != secret {
		t.Error("the record has changed")
	}
	r.Matched = nil // a client sends its key wherever it goes
	if e := r.Redacted(c.Credentials()); e.Header.Get("X-Key") != credential.Redacted {
		t.Error("a key is kept of a request that no operation fits")
	}
	if e := r.Redacted(credential.Rules{}); e.Header.Get("X-Key") != secret {
		t.Error("a header is redacted that no contract calls a key")
	}
}

func TestRequestsOfABatchHaveNoCredentials(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"requests": [{"headers": {"authorization": "s3cr3t", "COOKIE": "s3cr3t", "x": "y"}}, {"id": "2"}], ` +
			`"more": 1.50}`: "" +
			`{"more":1.50,"requests":[{"headers":{"COOKIE":"REDACTED","authorization":"REDACTED","x":"y"}},` +
			`{"id":"2"}]}`,
		`{"requests": [{"id": "1", "url": "/me?token=s3cr3t&x=<1>"}]}`: `{"requests":[{"id":"1","url":"/me?token=REDACTED&x=<1>"}]}`,
		`{"requests": [{"headers": {"Authorization": "s3cr3t"}}]}`:     `{"requests":[{"headers":{"Authorization":"REDACTED"}}]}`,
		`{"requests": [{"url": "?token=s3cr3t", "headers": 1}]}`:       `{"requests":[{"headers":1,"url":"?token=REDACTED"}]}`,
		// nothing to redact
		`{"requests": [{"url": "/me", "headers": {"x": "y"}}]}`: `{"requests": [{"url": "/me", "headers": {"x": "y"}}]}`,
		`{"requests": [1, null]}`:                               `{"requests": [1, null]}`,
		`{"requests": []}`:                                      `{"requests": []}`,
		`[1]`:                                                   `[1]`,
	} {
		value, syntax := jsontext.Decode([]byte(body))
		again, _ := jsontext.Decode([]byte(body))
		if syntax != nil {
			t.Fatal(syntax)
		}
		batch := operation(t, openapi.Embedded(), "POST /$batch")
		r := Record{Exchange: Exchange{Body: []byte(body)}, Value: value, Matched: batch}
		if got := r.Redacted(credential.Rules{}).Body; string(got) != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if !reflect.DeepEqual(r.Value, again) || string(r.Body) != body {
			t.Errorf("the record of %s has changed", body)
		}
	}
}

func TestBodiesOfOtherOperationsStayAsTheyAre(t *testing.T) {
	t.Parallel()
	body := []byte(`{"requests": [{"headers": {"authorization": "mine"}}]}`)
	value, _ := jsontext.Decode(body)
	for _, op := range []*openapi.Operation{nil, operation(t, openapi.Embedded(), "PUT /me/activities/{}")} {
		r := Record{Exchange: Exchange{Body: body}, Value: value, Matched: op}
		if got := r.Redacted(credential.Rules{}).Body; !bytes.Equal(got, body) {
			t.Errorf("got %s", got)
		}
	}
}

func BenchmarkKeep(b *testing.B) {
	r := Record{Exchange: Exchange{
		Query: "$top=1", Header: http.Header{"Authorization": {secret}, "Accept": {"a"}},
		AnswerHeader: http.Header{"Vary": {"a"}},
	}}
	b.ReportAllocs()
	for b.Loop() {
		r.keep(credential.Rules{})
	}
}
