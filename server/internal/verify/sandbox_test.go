package verify_test

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/internal/verify"
)

// contracts are what verify once found faults in that were its own.
var contracts = map[string]string{
	"a default says nothing of other paths": `
paths:
  /notes:
    get:
      responses:
        '200': {description: ok}
        default: {description: failure, content: {application/json: {schema: {type: object, required: [code], properties: {code: {type: integer}}}}}}
`,
	"one of two credentials is enough": `
paths:
  /notes: {get: {security: [{key: []}, {token: []}], responses: {'200': {description: ok}, '401': {description: who}}}}
  /keyed: {get: {security: [{key: []}], responses: {'200': {description: ok}, '401': {description: who}}}}
  /open: {get: {security: [{key: []}, {}], responses: {'200': {description: ok}}}}
components: {securitySchemes: {key: {type: apiKey, in: query, name: api-key}, token: {type: http, scheme: bearer}}}
`,
	"what is made has no address": `
paths:
  /notes:
    get: {responses: {'200': {description: all, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/note'}}}}}}}
    post: {requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/note'}}}}, responses: {'201': {description: made}}}
  /notes/{note}:
    get:
      parameters: [{name: note, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: one, content: {application/json: {schema: {$ref: '#/components/schemas/note'}}}}}
components: {schemas: {note: {type: object, required: [text], properties: {text: {type: string}}}}}
`,
	"an id that the path does not take": `
paths:
  /notes:
    post: {requestBody: {required: true, content: {application/json: {schema: {type: object}}}}, responses: {'201': {description: made, content: {application/json: {example: {id: note-1}}}}}}
  /notes/{note}:
    get:
      parameters: [{name: note, in: path, required: true, schema: {type: integer}}]
      responses: {'200': {description: one, content: {application/json: {schema: {type: object}}}}}
`,
	"no success is declared": `
paths:
  /moved: {get: {responses: {'301': {description: elsewhere, headers: {Location: {schema: {type: string, format: uri}}}}}}}
  /burnt: {get: {responses: {'410': {description: gone}}}}
`,
	"what is deleted or put again, a mock answers as before": `
paths:
  /notes/{note}:
    parameters: [{name: note, in: path, required: true, schema: {type: string}}]
    get: {responses: {'200': {description: one}, '404': {description: none}}}
    put: {requestBody: {required: true, content: {application/json: {schema: {type: object}}}}, responses: {'201': {description: made}, '204': {description: changed}}}
    delete: {responses: {'204': {description: gone}}}
`,
	"variants of a request behind the path": `
paths:
  /notes/{note}:
    put:
      parameters: [{name: note, in: path, required: true, schema: {type: string}}]
      responses: {'204': {description: changed}}
  /notes/{note}?beta=true:
    put:
      parameters: [{name: note, in: path, required: true, schema: {type: integer}}]
      responses: {'204': {description: changed}}
  /notes/{note}#share:
    get:
      parameters: [{name: note, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: link, content: {application/json: {schema: {type: object, required: [link], properties: {link: {type: string}}}}}}}
`,
	"a body where HTTP has none": `
paths:
  /notes:
    delete: {responses: {'204': {description: gone, content: {application/json: {schema: {type: object}}}}}}
    head: {responses: {'200': {description: ok, content: {application/json: {schema: {type: object, required: [a]}}}}}}
`,
}

func parse(t *testing.T, text string) *openapi.Contract {
	t.Helper()
	c, err := openapi.Parse("test.yaml", []byte("openapi: 3.0.3\ninfo: {title: test, version: '1'}\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func runOn(t *testing.T, c *openapi.Contract, transport http.RoundTripper, target string) *verify.Result {
	t.Helper()
	result, err := verify.Run(t.Context(),
		verify.Config{Contract: c, Target: target, Token: "opaque", Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestSandboxesOfOtherContractsHaveNoFindings(t *testing.T) {
	t.Parallel()
	for name, text := range contracts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := parse(t, text)
			s, err := server.New(server.Config{Contract: c})
			if err != nil {
				t.Fatal(err)
			}
			result := runOn(t, c, s.Transport(), s.URL())
			for _, f := range result.Findings {
				t.Errorf("%s: %s: %s\n%s\n%s", f.Pattern, f.Rule, f.Message, f.Case, f.Curl)
			}
			if result.Requests == 0 {
				t.Error("nothing was sent")
			}
		})
	}
}

func TestNoPathParameterIsSentEmpty(t *testing.T) {
	t.Parallel()
	c := parse(t, contracts["what is made has no address"])
	var mu sync.Mutex
	empty, whole := 0, 0
	runOn(t, c, roundTrip(func(req *http.Request) (*http.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		if key, below := strings.CutPrefix(req.URL.Path, "/notes/"); below && key == "" {
			empty++
		} else if below {
			whole++
		}
		return answerWith(201, nil, "")(req)
	}), "http://notes.test")
	if empty > 0 || whole == 0 {
		t.Errorf("%d paths end in a slash, %d do not", empty, whole)
	}
}

// A service that asks nobody who he is, is found out, whatever it could have asked for.
func TestWhoTakesRequestsWithoutCredentialsIsFound(t *testing.T) {
	t.Parallel()
	c := parse(t, contracts["one of two credentials is enough"])
	result := runOn(t, c, answerWith(200, nil, ""), "http://notes.test")
	found := map[string]bool{}
	for _, f := range result.Findings {
		if f.Case == "no token" {
			found[f.Pattern+" "+f.Rule] = true
		}
	}
	if len(found) != 2 || !found["GET /notes accepts-invalid"] || !found["GET /keyed accepts-invalid"] {
		t.Errorf("found %v", found)
	}
}

func TestIntegersAreWrittenAsServicesReadThem(t *testing.T) {
	t.Parallel()
	c := parse(t, `
paths:
  /notes:
    post:
      requestBody: {required: true, content: {application/json: {schema: {type: object, properties: {n: {type: integer}, x: {type: number}}}}}}
      responses: {'201': {description: made}}
`)
	var mu sync.Mutex
	oddly, otherwise := 0, 0
	runOn(t, c, roundTrip(func(req *http.Request) (*http.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		if req.Body != nil {
			body, _ := io.ReadAll(req.Body)
			if bytes.Contains(body, []byte(`"n":1.0`)) || bytes.Contains(body, []byte(`"n":1e3`)) {
				oddly++
			}
			if bytes.Contains(body, []byte(`"x":1.0`)) {
				otherwise++
			}
		}
		return answerWith(201, nil, "")(req)
	}), "http://notes.test")
	if oddly > 0 || otherwise == 0 {
		t.Errorf("%d bodies have a whole number with a fraction or an exponent, %d a number", oddly, otherwise)
	}
}

// A service that is mounted elsewhere is told of once, and can be verified there.
func TestServiceElsewhereIsToldOfOnce(t *testing.T) {
	t.Parallel()
	c := parse(t, `
servers: [{url: 'https://notes.test/api/v1'}]
paths:
  /notes: {get: {responses: {'200': {description: ok}}}}
  /more: {get: {responses: {'200': {description: ok}}}}
`)
	atRoot := roundTrip(func(req *http.Request) (*http.Response, error) {
		switch match, wrong := c.Route(req.Method, "/api/v1"+req.URL.Path); {
		case match.Allow != nil:
			return answerWith(405, http.Header{"Allow": match.Allow}, "")(req)
		case wrong != nil:
			return answerWith(404, nil, "")(req)
		}
		return answerWith(200, nil, "")(req)
	})
	result := runOn(t, c, atRoot, "http://notes.test")
	if len(result.Findings) != 1 || result.Findings[0].Rule != "nothing-there" ||
		!strings.Contains(result.Findings[0].Message, "nothing answers under http://notes.test/api/v1/") {
		t.Errorf("findings %+v", result.Findings)
	}
	if result = runOn(t, c, atRoot, "http://notes.test/"); len(result.Findings) > 0 {
		t.Errorf("findings %+v", result.Findings)
	}
}

func TestProgressIsToldOfBothSteps(t *testing.T) {
	t.Parallel()
	c := parse(t, contracts["one of two credentials is enough"])
	var steps []verify.Step
	last := map[verify.Step][2]int{}
	_, err := verify.Run(t.Context(), verify.Config{Contract: c, Target: "http://notes.test",
		Transport: answerWith(200, nil, ""), Progress: func(step verify.Step, done, total int) {
			if len(steps) == 0 || steps[len(steps)-1] != step {
				steps = append(steps, step)
			}
			last[step] = [2]int{done, total}
		}})
	if err != nil || !slices.Equal(steps, []verify.Step{verify.Planning, verify.Verifying}) {
		t.Fatalf("%v, %v", steps, err)
	}
	if last[verify.Planning] != [2]int{3, 3} || last[verify.Verifying][0] != last[verify.Verifying][1] {
		t.Errorf("ended with %v", last)
	}
}

// microsoft is a document as Microsoft writes them: it knows no keys, no expiry and no
// bounds of a page.
const microsoft = `
servers: [{url: 'https://graph.microsoft.com/v1.0'}]
paths:
  /me/activities:
    get:
      parameters: [{name: $top, in: query, schema: {type: integer, minimum: 0}}, {name: $skip, in: query, schema: {type: integer, minimum: 0}}]
      responses: {2XX: {description: all, content: {application/json: {}}}, default: {description: failure, content: {application/json: {}}}}
    post:
      requestBody:
        required: true
        content: {application/json: {schema: {type: object, required: [appActivityId, expirationDateTime], properties: {appActivityId: {type: string}, expirationDateTime: {type: string, format: date-time}}}}}
      responses: {2XX: {description: made, content: {application/json: {schema: {type: object}}}}, default: {description: failure, content: {application/json: {}}}}
  /me/activities/{activity-id}:
    parameters: [{name: activity-id, in: path, required: true, schema: {type: string}}]
    get: {responses: {2XX: {description: one, content: {application/json: {schema: {type: object}}}}, default: {description: failure, content: {application/json: {}}}}}
`

func TestMicrosoftsDocumentsAreReadAsGraphMeansThem(t *testing.T) {
	t.Parallel()
	c := parse(t, microsoft)
	s, err := server.New(server.Config{Contract: c})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range runOn(t, c, s.Transport(), s.URL()).Findings {
		t.Errorf("%s: %s: %s\n%s\n%s", f.Pattern, f.Rule, f.Message, f.Case, f.Curl)
	}
}
