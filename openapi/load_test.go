package openapi

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

func TestParseNamesTheDocumentAndWhatIsWrong(t *testing.T) {
	t.Parallel()
	const head = "openapi: 3.0.3\ninfo: {title: t, version: v}\n"
	operation := func(text string) string {
		return head + "paths: {'/a/{id}': {put: {parameters: [{name: id, in: path, required: true, schema: {}}], " +
			"responses: {'200': {description: ok}}, " + text + "}}}"
	}
	tests := []struct{ name, text, want string }{
		{"nothing", "", "x.yaml: the file is empty"},
		{"Swagger", "swagger: '2.0'", "x.yaml: this is Swagger 2.0; OpenAPI 3.0 and 3.1 can be read (convert it"},
		{"Swagger that mentions another", "swagger: '2.0'\ninfo: {title: no openapi, version: v}\npaths: {}",
			"x.yaml: this is Swagger 2.0; "},
		{"neither", "info: {title: t}", `x.yaml: openapi: "" is not a version that can be read; OpenAPI 3.0 and 3.1 are`},
		{"parameter of another path", head + "paths:\n" + strings.Replace(twin("a", "get", "x.Get"), "name: a", "name: b", 1),
			`x.yaml:4:3: GET /{a}: path parameter "a" is not declared; parameter "b" is not in the path`},
		{"a number for a text", strings.Replace(head, "version: v", "version: 1.0", 1) + "paths: {}",
			"x.yaml:2:27: /info/version: expected a text, not a number (put quotes around it)"},
		{"a mapping for a list of examples", head + "paths: {}\ncomponents: {schemas: {a: {type: string,\n  examples: {b: {value: c}}}}}",
			"/components/schemas/a/examples: expected a list, not a mapping"},
		{"a number for a mapping", head + "paths: 5", "x.yaml:3:8: /paths: expected a mapping, not a number"},
		{"a list for a document", "[]", "x.yaml:1:1: expected a mapping, not a list"},
		{"an unknown key", head + "paths: {/a: {get: {respones: {}, responses: {'200': {description: ok}}}}}",
			`GET /a: unknown key "respones"`},
		{"an unknown type", head + "paths: {}\ncomponents: {schemas: {A: {type: int}}}",
			`schema A: unknown type "int" (types are`},
		{"a wrong default", strings.Replace(head, "3.0.3", "3.1.0", 1) +
			"paths: {}\ncomponents: {schemas: {A: {type: string, default: [1]}}}",
			"schema A: the default is not as its schema says"},
		{"two at once", head + "paths: {/a: {get: {responses: {'200': {}}}},\n /b: {get: {responses: {'200': {}}}}}",
			"GET /a: response.description is missing\nx.yaml:4:"},
		{"two references", head + "paths: {/a: {$ref: '#/x'},\n /b: {$ref: '#/paths/~1c'}, '/d': {$ref: '#/paths/~1a'}}",
			"x.yaml:3:20: $ref to #/x leads nowhere\nx.yaml:4:13: $ref to #/paths/~1c leads nowhere"},

		{"later version", strings.Replace(head, "3.0.3", "3.2.0", 1) + "paths: {}",
			`openapi: "3.2.0" is not a version`},
		{"no YAML", "{", "x.yaml:"},
		{"no object", "[]", "x.yaml:"},
		{"no info", "openapi: 3.0.3\npaths: {}", "info"},
		{"dangling $ref", head + "paths: {'/a': {$ref: '#/x'}}", "#/x"},
		{"$ref to a file", head + "paths: {}\ncomponents: {schemas: {A: {$ref: 'other.yaml#/A'}}}",
			"$ref to other.yaml: this document can't refer to other files"},
		{"$ref to the network", head + "paths: {}\ncomponents: {schemas: {A: {$ref: 'http://192.0.2.1/a'}}}",
			"$ref to http://192.0.2.1/a: this document"},
		{"$ref to itself", head + "paths: {}\ncomponents: {schemas: {A: {$ref: '#/components/schemas/A'}}}",
			"unresolved ref"},
		{"undeclared path parameter", head + "paths: {'/{id}': {get: {responses: {'200': {description: ok}}}}}", "id"},
		{"twins with one operationId", head + "paths:\n" + twin("a", "get", "x.Get") + twin("b", "put", "x.Get"),
			`PUT /{b}: operationId "x.Get" is that of GET /{a}, too`},
		{"twins with one method", head + "paths:\n" + twin("a", "get", "x.Get") + twin("b", "get", "y.Get"),
			"GET /{b}: another path differs from it in parameter names only"},
		{"twin that is broken",
			head + "paths:\n" + twin("a", "get", "x.Get") + strings.Replace(twin("b", "put", "x.Put"), "name: b",
				"name: c", 1), "/{b}"},
		{"YAML bomb", "a: &a [x,x,x,x,x,x,x,x]\n" + bomb("abcdefghij"), "excessive aliasing"},
		{"key rule without property", operation("x-graphmock-key: {parameter: id}"),
			"PUT /a/{id}: x-graphmock-key: expected {parameter: NAME, property: NAME}"},
		{"key rule with an unknown key", operation("x-graphmock-key: {parameter: id, property: id, x: 1}"),
			"x-graphmock-key: expected"},
		{"key rule for another parameter", operation("x-graphmock-key: {parameter: key, property: id}"),
			`x-graphmock-key: the path has no parameter "key"`},
		{"row without evidence", operation("x-graphmock-behaviour: [{id: a}]"),
			`row "a": evidence is "", not documented, observed or assumed`},
		{"row with unknown keys",
			head + "paths: {}\nx-graphmock-behaviour: [{zone: b, id: a, evidense: assumed, sauce: c, kase: d}]",
			`x-graphmock-behaviour: row "a": key "evidense" is unknown`},
		{"row with an unknown key", head + "paths: {}\nx-graphmock-behaviour: [{id: a, evidense: assumed}]",
			"x-graphmock-behaviour: "},
		{"rows that are none", head + "paths: {}\nx-graphmock-behaviour: 1", "x-graphmock-behaviour: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse("x.yaml", []byte(tt.text))
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.HasPrefix(err.Error(), "x.yaml:") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// twin is a path of one parameter, with one operation.
func twin(parameter, method, id string) string {
	return "  /{" + parameter + "}: {" + method + ": {operationId: " + id + ", parameters: [{name: " + parameter +
		", in: path, required: true, schema: {}}], responses: {'200': {description: ok}}}}\n"
}

func TestPathsMayDifferInParameterNamesOnly(t *testing.T) {
	t.Parallel()
	c, err := Parse("x.yaml",
		[]byte("openapi: 3.0.3\ninfo: {title: t, version: v}\npaths:\n"+twin("a", "get", "x.Get")+twin("b", "put",
			"x.Put")+"  /empty:\n"))
	if err != nil {
		t.Fatal(err)
	}
	for method, parameter := range map[string]string{"GET": "a", "PUT": "b"} {
		if m, v := c.Route(method, "/1"); v != nil || m.Param(parameter) != "1" {
			t.Errorf("%s: %v, %q", method, v, m.Param(parameter))
		}
	}
}

// bomb is YAML in which each name stands for eight of the one before.
func bomb(names string) string {
	var b strings.Builder
	for i := 1; i < len(names); i++ {
		one := "*" + names[i-1:i] + ","
		b.WriteString(names[i:i+1] + ": &" + names[i:i+1] + " [" + strings.TrimSuffix(strings.Repeat(one, 8),
			",") + "]\n")
	}
	return b.String()
}

func TestLoadFileReadsOnlyBelowItsFolder(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	write := func(path, text string) string {
		path = filepath.Join(outside, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	secret := write("secret.yaml", "type: string")
	write("spec/types/name of a thing.yaml", "{type: object, required: [a], properties: {a: {$ref: 'text.yaml'}}}")
	write("spec/types/text.yaml", "type: string")
	if err := os.Symlink(secret, filepath.Join(outside, "spec", "link.yaml")); err != nil {
		t.Fatal(err)
	}
	doc := func(ref string) string {
		return "openapi: 3.0.3\ninfo: {title: t, version: v}\npaths: {}\ncomponents: {schemas: {A: {type: object, " +
			"properties: {a: {$ref: '" + ref + "'}}}}}"
	}

	c, err := LoadFile(write("spec/good.yaml", doc("types/name of a thing.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	found, err := c.CheckValue("A", RequestSide, map[string]any{"a": map[string]any{"a": true}})
	if err != nil || len(found) != 1 || found[0].Pointer != "/a/a" {
		t.Errorf("got %v, %v", found, err)
	}

	for _, ref := range []string{"../secret.yaml", secret, "link.yaml", "file://" + secret, "https://192.0.2.1/a.yaml",
		"missing.yaml", "types"} {
		if _, err := LoadFile(write("spec/bad.yaml", doc(ref))); err == nil {
			t.Errorf("%s was read", ref)
		}
	}
	_, err = LoadFile(write("spec/bad.yaml", doc("missing.yaml#/A")))
	if p := new(fs.PathError); errors.As(err, &p) || !errors.Is(err, fs.ErrNotExist) ||
		!strings.Contains(err.Error(), "$ref to missing.yaml: ") {
		t.Errorf("a missing part is reported as %v", err)
	}
	if _, err := LoadFile(filepath.Join(outside, "none.yaml")); err == nil {
		t.Error("a missing file was read")
	}
}

// TestTypesOfOneNameAreNumberedInOrder has two files of one name, whose types
// violations have to tell apart, in each load alike.
func TestTypesOfOneNameAreNumberedInOrder(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for path, text := range map[string]string{
		"one/thing.yaml": "{type: object, additionalProperties: false}",
		"two/thing.yaml": "{type: object, additionalProperties: false, properties: {}}",
		"spec.yaml": "openapi: 3.0.3\ninfo: {title: t, version: v}\npaths: {}\ncomponents: {schemas: {A: {type: " +
			"object, properties: " +
			"{a: {$ref: one/thing.yaml}, b: {$ref: two/thing.yaml}}}}}",
	} {
		path = filepath.Join(folder, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755),
			os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	for range 10 {
		c, err := LoadFile(filepath.Join(folder, "spec.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		body := map[string]any{"a": map[string]any{"x": true}, "b": map[string]any{"x": true}}
		found, err := c.CheckValue("A", RequestSide, body)
		if err != nil || len(found) != 2 || found[0].Type != "thing.yaml" || found[1].Type != "thing.yaml-2" {
			t.Fatalf("got %+v, %v", found, err)
		}
	}
}

func TestContractKnowsItsDocument(t *testing.T) {
	t.Parallel()
	c := parseTest(t, `
openapi: 3.0.3
info: {title: Things, version: '7'}
security: [{oauth: [Things.Read]}]
paths:
  /b: {get: {operationId: b.List, responses: {'200': {description: ok}}}}
  /a/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    put:
      responses: {'200': {description: ok}}
      security: [{oauth: [Things.Read, Things.Write]}]
      x-graphmock-behaviour: [{id: one, case: always, evidence: assumed, source: here}]
    get: {responses: {'200': {description: ok}}, security: []}
    delete: {responses: {'200': {description: ok}}, security: [{oauth: [Things.Write]}, {}]}
components:
  securitySchemes: {oauth: {type: oauth2, flows: {}}}
x-graphmock-behaviour: [{id: all, case: always, evidence: observed, source: there}]
`)
	if c.Title() != "Things" || c.Version() != "7" || len(c.Hash()) != 64 {
		t.Errorf("got %q, %q, %q", c.Title(), c.Version(), c.Hash())
	}
	var got []string
	for op := range c.Operations() {
		line := op.ID + " " + op.Shape()
		if op.Security().RequiresToken() {
			line += " " + strings.Join(op.Security().Scopes(), "+")
		}
		got = append(got, line)
	}
	want := []string{
		"DELETE /a/{id} /a/{}",
		"GET /a/{id} /a/{}",
		"PUT /a/{id} /a/{} Things.Read+Things.Write",
		"b.List /b Things.Read",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	put, err := c.Find("PUT /A/{anything}")
	if err != nil {
		t.Fatal(err)
	}
	if put.Security().HasScopes([]string{"Things.Read"}) ||
		!put.Security().HasScopes([]string{"x", "Things.Write", "Things.Read"}) {
		t.Error("PUT needs both scopes")
	}
	var rows []string
	for row := range c.Behaviours() {
		rows = append(rows, row.Operation+":"+row.ID)
	}
	if want := []string{":all", "PUT /a/{id}:one"}; !slices.Equal(rows, want) {
		t.Errorf("got %q, want %q", rows, want)
	}
}

func TestFindTakesPatternsWithFreeNamesAndRoots(t *testing.T) {
	t.Parallel()
	c := parseTest(t, documentText(graphServers, graphPaths...))
	for pattern, want := range map[string]string{
		"PUT /me/activities/{activity-id}":                   "PUT /me/activities/{activity-id}",
		"PUT /me/activities/{x}/historyItems/{y}":            "PUT /me/activities/{activity-id}/historyItems/{item-id}",
		"PUT  /Me/Activities/{x}/":                           "PUT /me/activities/{activity-id}",
		"PUT /v1.0/me/activities/{x}":                        "PUT /me/activities/{activity-id}",
		"PUT /beta/me/activities/{x}":                        "PUT /me/activities/{activity-id}",
		"GET /reports/microsoft.graph.getX(from={a},to={b})": "GET /reports/microsoft.graph.getX(from={from},to={to})",
	} {
		op, err := c.Find(pattern)
		if err != nil {
			t.Error(err)
		} else if op.Pattern() != want {
			t.Errorf("%s found %s", pattern, op.Pattern())
		}
	}
	for pattern, want := range map[string]string{
		"PUT /me/activity/{x}": `pattern "PUT /me/activity/{x}" fits no operation of the contract; ` +
			`nearest is "PUT /me/activities/{activity-id}"`,
		"/me/activities": `pattern "/me/activities" fits no operation of the contract; nearest ` +
			`is "GET /me/activities"`,
		"POST /me/activities":               `nearest is "GET /me/activities"`,
		"GET /me/activities/1":              `fits no operation`,
		"":                                  `fits no operation`,
		"GET /" + strings.Repeat("x/", 500): `fits no operation of the contract`,
	} {
		op, err := c.Find(pattern)
		if err == nil {
			t.Errorf("%s found %s", pattern, op.Pattern())
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", pattern, err, want)
		}
	}
}

// TestValidDocumentsLoad has what the specification allows and readers stumble over.
func TestValidDocumentsLoad(t *testing.T) {
	t.Parallel()
	const head30, head31 = "openapi: 3.0.3\ninfo: {title: t, version: v}\n", "openapi: 3.1.0\ninfo: {title: t, version: v}\n"
	const get = "get: {responses: {'200': {description: ''}}}"
	for name, text := range map[string]string{
		"path items among components": head31 + "paths: {/a: {$ref: '#/components/pathItems/A'}}\n" +
			"components: {pathItems: {A: {" + get + "}}}",
		"keywords of other vocabularies": head31 + "paths: {/a: {" + get + "}}\n" +
			"components: {schemas: {A: {$recursiveAnchor: true, unheardOf: [1], items: {$anchor: a, other: {}}}}}",
		"empty texts": "openapi: 3.0.3\ninfo: {title: '', version: ''}\nservers: [{url: ''}, {url: 'https://a.example/{b}', " +
			"variables: {b: {default: ''}}}]\npaths: {/a: {" + get + "}}",
		"no responses":   head31 + "paths: {/a: {get: {summary: s}}}",
		"no paths":       head31 + "components: {}",
		"path fragments": head30 + "paths: {'/a#b': {" + get + "}, /a: {" + get + "}}",
		"servers of all kinds": head30 + "servers: [{url: v1/}, {url: ./}, {url: ../v2}, {url: api.example.com/v3}, {url: " +
			"//a.example/v4}, {url: 'https://{host}/{base}', variables: {host: {default: a.example}, base: {default: v5}}}]\n" +
			"paths: {/a: {" + get + "}}",
	} {
		if _, err := Parse("x.yaml", []byte(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestServersMayBeRelative(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"v1/": "/v1", "./": "", "../v2": "/v2", "api.example.com/v3": "/v3", "//a.example/v4/": "/v4", "/": "", "'.'": "",
		"https://a.example/v5": "/v5", "v1.0": "/v1.0", "/v1.0": "/v1.0",
	} {
		c, err := Parse("x.yaml", []byte("openapi: 3.0.3\ninfo: {title: t, version: v}\nservers: [{url: "+address+"}]\n"+
			"paths: {/a: {get: {responses: {'200': {description: ok}}}}}"))
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		if got := c.Bases(); len(got) != 1 || got[0] != want {
			t.Errorf("%s is served at %q, want %q", address, got, want)
		}
		if _, v := c.Route("GET", want+"/a"); v != nil {
			t.Errorf("%s: %v", address, v)
		}
	}
}

func TestFaultyDocumentsAreServedAllTheSame(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "x.yaml")
	text := "openapi: 3.0.3\ninfo: {title: t}\npaths:\n  /a: {get: {responses: {'200': {}}}}\n" +
		"  /b/{id}: {get: {responses: {'200': {description: ok}}}}\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadFile(file); err == nil {
		t.Error("loaded as if it were valid")
	}
	c, err := LoadFaulty(file)
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	for _, fault := range c.Faults() {
		lines = append(lines, fault.Line)
	}
	if !slices.Equal(lines, []int{2, 4, 5}) {
		t.Errorf("faults: %v", c.Faults())
	}
	if _, v := c.Route("GET", "/b/1"); v != nil {
		t.Error(v)
	}
	if err := os.WriteFile(file, []byte("openapi: 3.0.3\npaths: 1"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadFaulty(file); err == nil {
		t.Error("loaded what can't be read")
	}
}

// TestJSONIsReadAsTheYAMLThatItIs holds the short way to a JSON document against the
// parser's.
func TestJSONIsReadAsTheYAMLThatItIs(t *testing.T) {
	t.Parallel()
	const text = `{"openapi": "3.1.0", "info": {"title": "t", "version": "1.0", "x-list": [1, 2.5, null, true, "no"]},
		"paths": {"/a": {"get": {"deprecated": true, "responses": {"200": {"description": "ok", "content": {
			"application/json": {"schema": {"$ref": "#/components/schemas/A"}, "example": {"at": "2018-02-26", "n": 1e3,
			"z": 12345678901234567890, "f": -0.5, "e": "", "t": "true", "x": "~"}}}}}}}},
		"components": {"schemas": {"A": {"type": ["object", "null"], "additionalProperties": false, "properties": {
			"n": {"type": "integer", "minimum": 1, "exclusiveMaximum": 9.5, "enum": [1, 2], "default": 1}, "on": {"const": null},
			"y": true, "s": {"type": "string", "maxLength": 10, "pattern": "^\\d+$", "example": "007"}}}}}}`
	read := func(places bool) *openapi3.T {
		doc, err := source{"x.json", []byte(text), refuseFiles}.load(places)
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	quick := read(false)
	loaded, err := openapi3.NewLoader().LoadFromData([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	got, err := quick.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	want, err := loaded.MarshalJSON()
	if err != nil || string(got) != string(want) {
		t.Errorf("got  %s\nwant %s, %v", got, want, err)
	}
	a := quick.Components.Schemas["A"].Value
	b := loaded.Components.Schemas["A"].Value
	if !reflect.DeepEqual(a, b) {
		t.Errorf("got  %#v\nwant %#v", a, b)
	}
	read(true)
}

// FuzzParse: no document makes Parse panic, nor the contract that comes of it.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		documentText(graphServers, graphPaths[:4]...),
		"{openapi: 3.0.3, info: {title: a, version: b}, paths: {/a: {get: {responses: {'200': {description: a, " +
			"content: {a/b: null}}}}}}}",
		"{openapi: 3.1.0, info: {title: a, version: b}, paths: {}, components: {schemas: {A: true, B: {properties: " +
			"{a: false, b: {$ref: '#/components/schemas/B', title: x}}}}}}",
		"{openapi: 3.0.3, info: {title: a, version: b}, paths: {/a: {get: {parameters: [{in: query, name: q, " +
			"schema: {$ref: '#/components/schemas/A'}}], responses: {'200': {description: a}}}}}, components: " +
			"{schemas: {A: {allOf: [{$ref: '#/components/schemas/A'}]}}}}",
		`{"openapi":"3.1.0","info":{"title":"a","version":"b"},"servers":[{"url":"/{v}",` +
			`"variables":{"v":{"default":"x"}}}],"paths":{"/a":{"post":{"requestBody":{"content":{"application/json":{"schema":` +
			`{"type":["object","null"],"minProperties":1,"patternProperties":{"^x":{"const":1e400}}}}}},` +
			`"responses":{"4XX":{"description":"","headers":{"h":{"schema":{"type":"array",` +
			`"items":{"multipleOf":0.1}}}}}},"x-graphmock-behaviour":[{"id":"a","evidence":"assumed"}]}}}}`,
		"a: &a [*a]", "%", "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("x", data)
		if err != nil {
			return
		}
		for op := range c.Operations() {
			body := []byte(`{"a":[1,null,{"b":"c"}]}`)
			m := Match{Operation: op, values: make([]string, len(op.params))}
			header := map[string][]string{"Content-Type": {"application/json"}}
			c.CheckRequest(&Request{Match: m, Query: "q=1&$x=2", Header: header, Body: body})
			c.CheckResponse(&Response{Operation: op, Status: 200, Header: header, Body: body})
			if _, err := c.Find(op.Pattern()); err != nil {
				t.Error(err)
			}
		}
		for name := range c.schemas {
			if _, err := c.CheckValue(name, RequestSide, map[string]any{"a": nil}); err != nil {
				continue // a schema that can't be compiled says so
			}
		}
	})
}
