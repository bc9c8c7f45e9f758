package server_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
)

const shop = `
openapi: 3.1.0
info: {title: shop, version: '1'}
paths:
  /orders:
    get:
      responses:
        '200':
          description: ok
          headers:
            X-Total: {required: true, schema: {type: integer, minimum: 3}}
            X-Pages: {required: true, schema: {type: array, minItems: 2, items: {enum: [a]}}}
            X-Other: {schema: {type: string}}
          content: {application/json: {schema: {$ref: '#/components/schemas/order'}}}
    post: {responses: {'201': {description: ok, headers: {Location: {required: true, schema: {const: /orders/1}}}}}}
  /text: {get: {responses: {'200': {description: ok, content: {text/plain: {schema: {type: string}, example: done}}}}}}
  /any: {get: {responses: {'200': {description: ok, content: {'*/*': {schema: {const: x}}}}}}}
  /xml: {get: {responses: {'200': {description: ok, content: {application/xml: {schema: {type: object}}}}}}}
  /problem: {get: {responses: {'200': {description: ok, content: {application/hal+json: {schema: {type: object}}}}}}}
components:
  schemas:
    order:
      type: object
      required: [id, pin]
      properties: {id: {type: string}, pin: {type: string, writeOnly: true}, note: {type: string, writeOnly: true}}
`

// A service that is not Graph answers as its own contract says: media types,
// headers and what is not for clients.
func TestOtherContractsAreAnsweredByTheirOwnWords(t *testing.T) {
	t.Parallel()
	c, err := openapi.Parse("shop.yaml", []byte(shop))
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, server.Config{Contract: c})
	for _, test := range []struct {
		method, path string
		status       int
		media, body  string
	}{
		{"GET", "/orders", 200, "application/json", ""},
		{"POST", "/orders", 201, "", ""},
		{"GET", "/text", 200, "text/plain", "done"},
		{"GET", "/any", 200, "text/plain", "x"},
		{"GET", "/xml", 501, "application/problem+json", ""},
		{"GET", "/problem", 200, "application/hal+json", "{}"},
	} {
		res, body := send(t, s, test.method, test.path, nil)
		if media := res.Header.Get("Content-Type"); res.StatusCode != test.status || media != test.media ||
			test.body != "" && string(body) != test.body {
			t.Errorf("%s %s: %d %q %s", test.method, test.path, res.StatusCode, media, body)
		}
		if v := res.Header.Get("Graphmock-Violation"); v != "" && test.status != 501 ||
			res.Header.Get("OData-Version") != "" {
			t.Errorf("%s %s: %q %v", test.method, test.path, v, res.Header)
		}
	}
	_, body := send(t, s, "GET", "/orders", strings.NewReader(""))
	order := map[string]any{}
	if err := json.Unmarshal(body, &order); err != nil || order["id"] == nil || len(order) != 1 {
		t.Errorf("%s has more than an id", body)
	}
}

func TestScriptedSamplesHaveTheHeadersThatTheContractRequires(t *testing.T) {
	t.Parallel()
	c, err := openapi.Parse("shop.yaml", []byte(shop))
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, server.Config{Contract: c})
	if err := s.Script("GET /orders", scenarios.Sample(200), scenarios.Sample(200).With("X-Total", "7")); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"", "7"} {
		res, body := send(t, s, "GET", "/orders", nil)
		total := res.Header.Get("X-Total")
		if v := res.Header.Get("Graphmock-Violation"); v != "" || total == "" || want != "" && total != want {
			t.Errorf("X-Total %q, %s, %s", total, v, body)
		}
	}
}

func TestScriptedAnswersOfOtherContractsHaveTheirMediaTypes(t *testing.T) {
	t.Parallel()
	c, err := openapi.Parse("shop.yaml", []byte(shop))
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, server.Config{Contract: c})
	for path, media := range map[string]string{"/problem": "application/hal+json", "/text": "text/plain"} {
		if err := s.Script("GET "+path, scenarios.Reply(200, "x").OffContract()); err != nil {
			t.Fatal(err)
		}
		res, body := send(t, s, "GET", path, nil)
		if got := res.Header.Get("Content-Type"); got != media || res.Header.Get("OData-Version") != "" {
			t.Errorf("%s: %q %s %v", path, got, body, res.Header)
		}
	}
}

// Users and activities of a service that is not Graph are its own.
func TestUsersOfOtherContractsAreNotGraphs(t *testing.T) {
	t.Parallel()
	c, err := openapi.Parse("clubs.yaml", []byte(`
openapi: 3.0.3
info: {title: clubs, version: '1'}
security: [{oauth: []}]
paths:
  /activities: {get: {responses: {'200': {description: ok, content: {application/json: {schema: {enum: [swim]}}}}}}}
  /me/activities: {get: {responses: {'200': {description: ok, content: {application/json: {schema: {enum: [swim]}}}}}}}
  /users/{id}/clubs:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {responses: {'200': {description: ok, content: {application/json: {schema: {enum: [swim]}}}}}}
components: {securitySchemes: {oauth: {type: oauth2, flows: {}}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, server.Config{Contract: c})
	for _, o := range []server.TokenOptions{{}, {Audience: "api://clubs"}, {AppOnly: true}} {
		token, err := s.Token(o)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/activities", "/me/activities", "/users/5/clubs"} {
			res, body := send(t, s, "GET", path, nil, "Authorization", "Bearer "+token)
			if res.StatusCode != 200 || string(body) != `"swim"` {
				t.Errorf("%s with %+v: %d %s", path, o, res.StatusCode, body)
			}
		}
	}
}
