package server_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
)

// bookshop is the contract of a service that is not Graph, with every way to declare an
// error.
const bookshop = `
openapi: 3.0.3
info: {title: bookshop, version: '1'}
servers: [{url: /api}]
security: [{key: []}]
paths:
  /books:
    get:
      parameters: [{name: limit, in: query, schema: {type: integer}}]
      responses:
        '200': {description: all, content: {application/json: {example: []}}}
        '401':
          description: who are you
          content:
            application/json: {schema: {type: object, required: [hint]}, example: {hint: send a key}}
        default: {$ref: '#/components/responses/failure'}
    post:
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: object, required: [title], properties: {title: {type: string}}}
      responses:
        '201': {description: made}
        '422':
          description: not valid
          content:
            application/problem+json:
              schema: {$ref: '#/components/schemas/problem'}
              example: {title: Not a book, status: 422}
        '429': {$ref: '#/components/responses/failure'}
  /loans:
    post:
      requestBody: {required: true, content: {application/json: {schema: {type: object}}}}
      responses:
        '201': {description: made}
        4XX: {description: no, content: {application/problem+json: {schema: {$ref: '#/components/schemas/problem'}}}}
        '415': {description: JSON only}
  /readers:
    get:
      parameters: [{name: limit, in: query, schema: {type: integer}}]
      responses: {'200': {description: ok}}
  /moved: {get: {responses: {'302': {description: elsewhere, headers: {Location: {schema: {type: string, format: uri}}}}}}}
  /burnt: {get: {responses: {'410': {description: gone, content: {application/json: {example: {since: '1992'}}}}}}}
  /later: {get: {responses: {'304': {description: same}, '202': {description: later}}}}
  /empty: {delete: {responses: {'204': {description: gone, content: {application/json: {schema: {type: object}}}}}}}
  /asked: {head: {responses: {'200': {description: ok, content: {application/json: {schema: {type: object, required: [a]}}}}}}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
  responses:
    failure: {description: failure, content: {application/json: {schema: {$ref: '#/components/schemas/failure'}}}}
  schemas:
    failure:
      type: object
      required: [code, message]
      properties: {code: {type: integer}, message: {type: string, maxLength: 60}}
    problem:
      type: object
      required: [title, status]
      properties: {title: {type: string}, status: {type: integer}, detail: {type: string}}
      additionalProperties: false
`

func newBookshop(t *testing.T) *server.Server {
	t.Helper()
	c, err := openapi.Parse("bookshop.yaml", []byte(bookshop))
	if err != nil {
		t.Fatal(err)
	}
	return newServer(t, server.Config{Contract: c})
}

// askBookshop sends a request with the key of the bookshop.
func askBookshop(t *testing.T, s *server.Server, method, path, body string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL()+"/api"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Key", "k")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return roundTrip(t, s, req)
}

// roundTrip sends a request in process, and follows no redirection.
func roundTrip(t *testing.T, s *server.Server, req *http.Request) (*http.Response, string) {
	t.Helper()
	res, err := s.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func TestOtherContractsRefuseInTheirOwnWords(t *testing.T) {
	t.Parallel()
	const json, problem = "application/json", "application/problem+json"
	s := newBookshop(t)
	for _, test := range []struct {
		name, method, path, body string
		header                   []string
		status                   int
		media, answer            string
	}{
		{"default", "GET", "/books?limit=x", "", nil, 400, json,
			`{"code":400,"message":"query limit: expected integer, not string"}`},
		{"example of 401", "GET", "/books", "", []string{"X-Key", ""}, 401, json, `{"hint":"send a key"}`},
		{"422 in place of 400", "POST", "/books", `{}`, nil, 422, problem, `{"status":422,"title":"Not a book"}`},
		{"422 in place of 415", "POST", "/books", `{}`, []string{"Content-Type", "text/csv"}, 422, problem,
			`{"status":422,"title":"Not a book"}`},
		{"range", "POST", "/loans", `[]`, nil, 400, problem,
			`{"detail":"body: expected object, not array","status":400,"title":"Bad Request"}`},
		{"no body declared", "POST", "/loans", `{}`, []string{"Content-Type", "text/csv"}, 415, "", ""},
		{"nothing declared", "GET", "/readers?limit=x", "", nil, 400, problem,
			`{"detail":"query limit: expected integer, not string","status":400,"title":"Bad Request"}`},
		{"nothing declared for 401", "GET", "/readers", "", []string{"X-Key", ""}, 401, problem,
			`{"detail":"header X-Key: no API key was sent","status":401,"title":"Unauthorized"}`},
		{"unknown path", "GET", "/bookx", "", nil, 404, problem, ""},
		{"unknown method", "PUT", "/books", `{}`, nil, 405, problem, ""},
		{"unknown coding", "POST", "/loans", `{}`, []string{"Content-Encoding", "br"}, 415, "", ""},
	} {
		res, answer := askBookshop(t, s, test.method, test.path, test.body, test.header...)
		if media := res.Header.Get("Content-Type"); res.StatusCode != test.status || media != test.media ||
			test.answer != "" && answer != test.answer {
			t.Errorf("%s: %d %q %s", test.name, res.StatusCode, media, answer)
		}
		if all := res.Header.Values("Graphmock-Violation"); len(all) != 1 {
			t.Errorf("%s: %q, want the request's violation alone", test.name, all)
		}
		if challenge := res.Header.Get("WWW-Authenticate"); (challenge != "") != (res.StatusCode == 401) {
			t.Errorf("%s: challenge %q", test.name, challenge)
		}
	}
}

// What no status of success describes is answered by the next best one.
func TestOperationsAnswerWithAStatusThatTheyDeclare(t *testing.T) {
	t.Parallel()
	s := newBookshop(t)
	for _, test := range []struct {
		method, path string
		status       int
		media, body  string
	}{
		{"GET", "/moved", 302, "", ""},
		{"GET", "/burnt", 410, "application/json", `{"since":"1992"}`},
		{"GET", "/later", 202, "", ""},
		{"DELETE", "/empty", 204, "", ""},
		{"HEAD", "/asked", 200, "application/json", ""},
	} {
		res, body := askBookshop(t, s, test.method, test.path, "")
		if media := res.Header.Get("Content-Type"); res.StatusCode != test.status || media != test.media ||
			body != test.body {
			t.Errorf("%s %s: %d %q %s", test.method, test.path, res.StatusCode, media, body)
		}
		if v := res.Header.Values("Graphmock-Violation"); v != nil {
			t.Errorf("%s %s: %q", test.method, test.path, v)
		}
		if location := res.Header.Get("Location"); test.status == 302 && !strings.Contains(location, "://") {
			t.Errorf("%s %s leads to %q", test.method, test.path, location)
		}
	}
}

// Presets are worded as the contract has it, or don't fit it.
func TestPresetsFitOtherContracts(t *testing.T) {
	t.Parallel()
	s := newBookshop(t)
	for pattern, want := range map[string]string{
		"GET /books":  `{"code":429,"message":"Too many requests."}`,
		"POST /books": `{"code":429,"message":"Too many requests."}`,
		"POST /loans": `{"detail":"Too many requests.","status":429,"title":"Too Many Requests"}`,
	} {
		if err := s.Script(pattern, scenarios.Throttle(3*time.Second)); err != nil {
			t.Errorf("%s: %v", pattern, err)
			continue
		}
		method, path, _ := strings.Cut(pattern, " ")
		body := ""
		if method == "POST" {
			body = `{"title": "x"}`
		}
		res, answer := askBookshop(t, s, method, path, body)
		if res.StatusCode != 429 || res.Header.Get("Retry-After") != "3" || answer != want ||
			res.Header.Get("Graphmock-Violation") != "" {
			t.Errorf("%s: %d %v %s", pattern, res.StatusCode, res.Header, answer)
		}
	}
	err := s.Script("GET /readers", scenarios.Throttle(3*time.Second))
	if err == nil || !strings.Contains(err.Error(), "429 is not among the operation's answers") {
		t.Errorf("an undeclared status: %v", err)
	}
	if err := s.Script("GET /readers", scenarios.Throttle(3*time.Second).OffContract()); err != nil {
		t.Fatal(err)
	}
	if res, answer := askBookshop(t, s, "GET", "/readers", ""); res.StatusCode != 429 ||
		res.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("off the contract: %d %s", res.StatusCode, answer)
	}
}
