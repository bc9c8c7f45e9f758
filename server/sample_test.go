package server_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server"
)

// gallery is a contract whose answers are made of its schemas.
const gallery = `
openapi: 3.0.3
info: {title: gallery, version: '1'}
paths:
  /pictures:
    get:
      responses:
        '200':
          description: ok
          headers:
            X-Total: {required: true, example: 17, schema: {type: integer}}
            X-Room: {required: true, schema: {type: string, default: north}}
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/picture'}}}}
  /catalogue: {get: {responses: {'200': {description: ok, content: {'*/*': {schema: {$ref: '#/components/schemas/picture'}}}}}}}
  /frame: {get: {responses: {'200': {description: ok, content: {'application/*': {schema: {$ref: '#/components/schemas/picture'}}}}}}}
  /label: {get: {responses: {'200': {description: ok, content: {'*/*': {schema: {type: string, example: Sunrise}}}}}}}
  /shown: {get: {responses: {'200': {description: ok, content: {'*/*': {example: {wall: east}}}}}}}
  /storage: {get: {responses: {'200': {description: ok, content: {application/json: {schema: {type: array, minItems: 2000000000, items: {type: integer}}}}}}}}
  /loans: {post: {requestBody: {content: {'*/*': {schema: {$ref: '#/components/schemas/picture'}}}}, responses: {'200': {description: ok}}}}
components:
  schemas:
    picture: {type: object, required: [title], properties: {title: {type: string, example: Sunrise}, year: {type: integer, default: 1907}}}
`

func TestAnswersAreWhatTheSchemasShow(t *testing.T) {
	t.Parallel()
	c, err := openapi.Parse("gallery.yaml", []byte(gallery))
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, server.Config{Contract: c})
	const picture = `{"title":"Sunrise","year":1907}`
	for _, test := range []struct {
		method, path, body string
		status             int
		media, answer      string
	}{
		{"GET", "/pictures", "", 200, "application/json", "[" + picture + "]"},
		{"GET", "/catalogue", "", 200, "application/json", picture},
		{"GET", "/frame", "", 200, "application/json", picture},
		{"GET", "/label", "", 200, "text/plain", "Sunrise"},
		{"GET", "/shown", "", 200, "application/json", `{"wall":"east"}`},
		{"GET", "/storage", "", 501, "application/problem+json", ""},
		{"POST", "/loans", `{}`, 400, "application/problem+json", ""},
		{"POST", "/loans", picture, 200, "", ""},
	} {
		req, err := http.NewRequestWithContext(t.Context(), test.method, s.URL()+test.path, strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		if test.body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		res, answer := roundTrip(t, s, req)
		if res.StatusCode != test.status || res.Header.Get("Content-Type") != test.media ||
			test.answer != "" && answer != test.answer {
			t.Errorf("%s %s: %d %s %s", test.method, test.path, res.StatusCode, res.Header.Get("Content-Type"), answer)
		}
		switch test.path {
		case "/pictures":
			if res.Header.Get("X-Total") != "17" || res.Header.Get("X-Room") != "north" {
				t.Errorf("headers: %v", res.Header)
			}
		case "/storage":
			if v := res.Header.Get("Graphmock-Violation"); !strings.Contains(v, "2000000000 elements") {
				t.Errorf("the violation is %q", v)
			}
		}
	}
}

// TestSchemasOfOtherFilesHaveSamples writes the reference to a whole file in the ways that URIs
// have for it.
func TestSchemasOfOtherFilesHaveSamples(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for name, text := range map[string]string{
		"frame.yaml":      "type: object\nrequired: [width]\nproperties: { width: { type: integer, example: 42 } }\n",
		"wide frame.yaml": "$ref: frame.yaml\n",
		"api.yaml": `openapi: 3.0.3
info: { title: Frames, version: '1' }
paths:
  /plain: { get: { responses: { '200': { description: ok, content: { application/json: { schema: { $ref: 'frame.yaml' } } } } } } }
  /empty: { get: { responses: { '200': { description: ok, content: { application/json: { schema: { $ref: 'frame.yaml#' } } } } } } }
  /root: { get: { responses: { '200': { description: ok, content: { application/json: { schema: { $ref: 'frame.yaml#/' } } } } } } }
  /space: { get: { responses: { '200': { description: ok, content: { application/json: { schema: { $ref: 'wide%20frame.yaml' } } } } } } }
`,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := openapi.LoadFile(filepath.Join(folder, "api.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, server.Config{Contract: c})
	for _, path := range []string{"/plain", "/empty", "/root", "/space"} {
		if res, text := send(t, s, "GET", path, nil); res.StatusCode != 200 || strings.TrimSpace(string(text)) != `{"width":42}` {
			t.Errorf("%s: %s %s", path, res.Status, text)
		}
	}
}
