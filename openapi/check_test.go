package openapi

import (
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const checkDocument = `
openapi: 3.0.3
info: {title: test, version: '1'}
servers: [{url: 'https://graph.microsoft.com/v1.0'}]
paths:
  /things/{thing-id}:
    parameters:
      - {name: thing-id, in: path, required: true, schema: {type: string, format: uuid}}
    put:
      operationId: PutThing
      x-graphmock-key: {parameter: thing-id, property: id}
      requestBody:
        required: true
        content:
          application/json: {schema: {$ref: '#/components/schemas/thing'}}
      responses:
        '200':
          description: ok
          headers:
            X-Count: {required: true, schema: {type: integer, minimum: 0}}
            X-Tags: {schema: {type: array, items: {type: string, enum: [a, b]}}}
            Content-Type: {required: true, schema: {type: integer}}
          content:
            application/json: {schema: {$ref: '#/components/schemas/thing'}}
            text/plain: {schema: {type: string}}
        '204': {description: nothing}
        4XX: {description: wrong, content: {application/json: {schema: {type: object, required: [error]}}}}
        default: {description: other, content: {text/html: {}}}
    patch:
      operationId: PatchThing
      requestBody:
        content:
          '*/*': {}
          application/*: {schema: {type: string}}
          application/json: {schema: {$ref: '#/components/schemas/thing'}}
          application/merge-patch+json; charset=utf-8: {schema: {type: integer}}
          text/csv: {schema: {type: integer}}
      responses: {'204': {description: nothing}}
  /things:
    get:
      operationId: ListThings
      parameters:
        - {name: $top, in: query, schema: {type: integer, minimum: 1}}
        - {name: $select, in: query, style: form, explode: false, schema: {type: array, uniqueItems: true, items: {type: string, enum: [id, size]}}}
        - {name: size, in: query, required: true, schema: {type: array, items: {type: integer}}}
        - {name: words, in: query, style: spaceDelimited, schema: {type: array, items: {type: string, maxLength: 1}}}
        - {name: pipes, in: query, style: pipeDelimited, schema: {type: array, items: {type: string, maxLength: 1}}}
        - {name: deep, in: query, style: deepObject, schema: {type: object, required: [a]}}
        - {name: all, in: query, schema: {type: boolean}}
        - {name: either, in: query, schema: {nullable: true, anyOf: [{type: integer, minimum: 1}, {type: string, enum: [none]}]}}
        - {name: X-Level, in: header, schema: {allOf: [{type: number, maximum: 1}]}}
        - {name: x-list, in: header, schema: {type: array, items: {type: integer}}}
        - {name: Authorization, in: header, required: true, schema: {type: integer}}
        - {name: session, in: cookie, schema: {type: string, minLength: 2}}
      responses: {'204': {description: nothing}}
components:
  schemas:
    thing:
      type: object
      required: [size]
      additionalProperties: false
      properties:
        id: {type: string}
        size: {type: integer}
x-graphmock-behaviour:
  - {id: body-empty, case: no body, evidence: observed, source: a trace}
  - {id: key-mismatch, case: two keys, evidence: assumed, source: common sense}
`

// full is brief with the place in front.
func full(found []Violation) []string {
	lines := brief(found)
	for i, v := range found {
		lines[i] = v.In + " " + lines[i]
	}
	return lines
}

const thingID = "390e06e2-7e5b-4133-8014-fac7ac991af7"

func TestCheckRequest(t *testing.T) {
	t.Parallel()
	c := parseTest(t, checkDocument)
	put := "PUT /v1.0/things/" + thingID
	patch := "PATCH /v1.0/things/" + thingID
	get := "GET /v1.0/things?size=1"
	tests := []struct {
		name, request string
		header        string // "Name: value" lines
		body          string
		want          []string
	}{
		{"valid", put, "Content-Type: application/json", `{"size":1}`, nil},
		{"upper case id", "PUT /v1.0/things/" + strings.ToUpper(thingID), "Content-Type: application/json",
			`{"size":1,"id":"` + thingID + `"}`, nil},
		{"parameters of the media type", put, "Content-Type: Application/JSON; charset=UTF-8; odata.metadata=minimal",
			`{"size":1}`, nil},

		{"no content type", put, "", `{"size":1}`,
			[]string{"header Content-Type content-type-missing: header is missing; send application/json"}},
		{"other content type", put, "Content-Type: text/plain", `{"size":1}`, []string{
			`header Content-Type content-type-not-json: "text/plain" is not a media type of this operation; send ` +
				`application/json`}},
		{"no media type", put, "Content-Type: json/", `{"size":1}`, []string{
			`header Content-Type content-type-not-json: "json/" is not a media type; send application/json`}},
		{"other charset", put, "Content-Type: application/json; charset=latin1", `{"size":1}`, []string{
			`header Content-Type body-utf8: charset "latin1" is not supported; JSON is UTF-8`}},
		{"no body", put, "Content-Type: application/json", ``,
			[]string{"body  body-empty: line 1, column 1: the body is empty"}},
		{"broken body", put, "Content-Type: application/json", `{"size":[1,}`, []string{
			`body /size/1 body-syntax: line 1, column 12: '}' found where a value is expected`}},
		{"schema", put, "Content-Type: application/json", `{"size":"1","sise":2}`, []string{
			`body /sise additionalProperties: unknown property; did you mean "size"?`,
			"body /size type: expected integer, not string; write 1 without quotation marks"}},
		{"key", put, "Content-Type: application/json", `{"size":1,"id":"other"}`, []string{
			`body /id key-mismatch: "other" is not the thing-id of the URL; leave it out, or send the same`}},
		{"key that is no text", put, "Content-Type: application/json", `{"size":1,"id":7}`,
			[]string{"body /id type: expected string, not number 7"}},
		{"path", "PUT /v1.0/things/7", "Content-Type: application/json", `{"size":1}`, []string{
			`path thing-id format: "7" is not a valid uuid; expected like 390e06e2-7e5b-4133-8014-fac7ac991af7`}},
		{"everything at once", "PUT /v1.0/things/7?$top=1", "Content-Type: application/json", `[]`, []string{
			`query $top query-unsupported: the operation has no query option "$top"`,
			`path thing-id format: "7" is not a valid uuid; expected like 390e06e2-7e5b-4133-8014-fac7ac991af7`,
			"body  type: expected object, not array"}},

		{"optional body left out", patch, "", "", nil},
		{"optional body", patch, "Content-Type: application/json", `{}`,
			[]string{"body /size required: required property is missing"}},
		{"the specific media type goes before the range", patch, "Content-Type: application/merge-patch+json",
			`"a"`, []string{
				"body  type: expected integer, not string"}},
		{"range of media types", patch, "Content-Type: application/octet-stream", "\xff", nil},
		{"any media type", patch, "Content-Type: image/png", "\xff", nil},
		{"media type that is not JSON", patch, "Content-Type: text/csv", "a,b", nil},

		{"no required parameter", "GET /v1.0/things", "", "",
			[]string{"query size required: required parameter is missing"}},
		{"body nobody asked for", get, "", "x", nil},
		{"integer", get + "&$top=5", "", "", nil},
		{"integer below the minimum", get + "&$top=0", "", "",
			[]string{"query $top minimum: 0 is below the minimum 1"}},
		{"no integer", get + "&$top=five", "", "", []string{"query $top type: expected integer, not string"}},
		{"integer with a space", get + "&$top=+5", "", "", []string{"query $top type: expected integer, not string"}},
		{"integer too large to be true", get + "&$top=1e2000000", "", "",
			[]string{"query $top type: expected integer, not string"}},
		{"option in another case", get + "&$Top=0", "", "", []string{"query $top minimum: 0 is below the minimum 1"}},
		{"encoded option", get + "&%24top=0", "", "", []string{"query $top minimum: 0 is below the minimum 1"}},
		{"undeclared options", get + "&$filter=a&$expand=b&x=c", "", "", []string{
			`query $expand query-unsupported: the operation has no query option "$expand"`,
			`query $filter query-unsupported: the operation has no query option "$filter"`}},
		{"list in one value", get + "&$select=id,size", "", "", nil},
		{"list with a wrong item", get + "&$select=id,sise", "", "",
			[]string{`query $select enum: "sise" is not one of id, size; did you mean "size"?`}},
		{"list with an item twice", get + "&$select=id,id", "", "",
			[]string{"query $select uniqueItems: items at index 0 and 1 are equal"}},
		{"repeated list", get + "&size=2", "", "", nil},
		{"repeated list with a wrong item", get + "&size=x", "", "",
			[]string{"query size type: expected integer, not string"}},
		{"repeated list does not split", "GET /v1.0/things?size=1,2", "", "",
			[]string{"query size type: expected integer, not string"}},
		{"list with spaces", get + "&words=a%20b+c", "", "", nil},
		{"list with spaces, wrong item", get + "&words=a%20bc", "", "",
			[]string{"query words maxLength: longer than the maximum length 1"}},
		{"list with pipes", get + "&pipes=a|b", "", "", nil},
		{"list with pipes, wrong item", get + "&pipes=a,b", "", "",
			[]string{"query pipes maxLength: longer than the maximum length 1"}},
		{"object", get + "&deep[a]=1", "", "", nil},
		{"object that lacks a member", get + "&deep[b]=1", "", "",
			[]string{"query deep required: /a: required property is missing"}},
		{"boolean", get + "&all=true", "", "", nil},
		{"no boolean", get + "&all=TRUE", "", "", []string{"query all type: expected boolean, not string"}},
		{"one of two types", get + "&either=2", "", "", nil},
		{"the other of two types", get + "&either=none", "", "", nil},
		{"neither type", get + "&either=0", "", "", []string{"query either minimum: 0 is below the minimum 1"}},
		{"query that can't be read", get + "&a=%zz", "", "",
			[]string{`query  syntax: query can't be read: invalid URL escape "%zz"`}},
		{"semicolon is part of a value, as in $expand", get + "&a;b", "", "", nil},

		{"header", get, "X-Level: 0.5", "", nil},
		{"header above the maximum", get, "x-level: 1.5", "",
			[]string{"header X-Level maximum: 1.5 is above the maximum 1"}},
		{"list in a header", get, "X-List: 1, 2,3", "", nil},
		{"list in two headers", get, "X-List: 1\nX-List: x", "",
			[]string{"header X-List type: expected integer, not string"}},
		{"header that OpenAPI wants ignored", get, "Authorization: Bearer x", "", nil},
		{"cookie", get, "Cookie: session=a", "",
			[]string{"cookie session minLength: shorter than the minimum length 2"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := requestTest(t, c, tt.request, tt.header, tt.body)
			for range 2 { // the second time, what passed before may be remembered
				_, found := c.CheckRequest(r)
				if got := full(found); !slices.Equal(got, tt.want) {
					t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(tt.want, "\n  "))
				}
				for _, v := range found {
					if v.Side != RequestSide || v.Operation != r.Match.Operation.ID {
						t.Errorf("%v is of operation %q, %s", v, v.Operation, v.Side)
					}
				}
			}
		})
	}
}

// requestTest makes a Request of "METHOD /path?query", header lines and a body.
func requestTest(t testing.TB, c *Contract, line, header, body string) *Request {
	t.Helper()
	method, address, _ := strings.Cut(line, " ")
	path, query, _ := strings.Cut(address, "?")
	m, v := c.Route(method, path)
	if v != nil {
		t.Fatal(v)
	}
	return &Request{Match: m, Query: query, Header: headerTest(header), Body: []byte(body)}
}

func headerTest(lines string) http.Header {
	h := http.Header{}
	for line := range strings.Lines(lines) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		h.Add(name, value)
	}
	return h
}

func TestCheckRequestReturnsTheDecodedBody(t *testing.T) {
	t.Parallel()
	c := parseTest(t, checkDocument)
	tests := []struct {
		header, body string
		want         any
	}{
		{"Content-Type: application/json", `{"size":"wrong"}`, map[string]any{"size": "wrong"}},
		{"Content-Type: application/json", `{"size":1} x`, nil},
		{"", `{"size":1}`, nil},
		{"Content-Type: text/plain", `{"size":1}`, nil},
	}
	for _, tt := range tests {
		body, found := c.CheckRequest(requestTest(t, c, "PUT /v1.0/things/"+thingID, tt.header, tt.body))
		if len(found) == 0 || !reflect.DeepEqual(body, tt.want) {
			t.Errorf("%s %s: got %v, %v", tt.header, tt.body, body, found)
		}
	}
}

func TestRequestViolationsCarryTheEvidenceOfTheirRow(t *testing.T) {
	t.Parallel()
	c := parseTest(t, checkDocument)
	for body, want := range map[string]Evidence{"": Observed, `{"size":1,"id":"x"}`: Assumed, `{}`: ""} {
		_, found := c.CheckRequest(requestTest(t, c, "PUT /v1.0/things/"+thingID, "Content-Type: application/json",
			body))
		if len(found) != 1 || found[0].Evidence != want || (found[0].Source == "") != (want == "") {
			t.Errorf("%s: got %+v", body, found)
		}
	}
}

func TestHeaderWithoutValuesIsNotSent(t *testing.T) {
	t.Parallel()
	c := parseTest(t, checkDocument)
	r := requestTest(t, c, "GET /v1.0/things?size=1", "", "")
	r.Header["X-Level"] = nil
	r.Header["X-List"] = []string{}
	if _, found := c.CheckRequest(r); found != nil {
		t.Error(found)
	}
}

func TestCheckResponse(t *testing.T) {
	t.Parallel()
	c := parseTest(t, checkDocument)
	const json = "Content-Type: application/json\n"
	const good = json + "X-Count: 1"
	tests := []struct {
		name, operation string
		status          int
		header, body    string
		want            []string
	}{
		{"valid", "PUT /things/{}", 200, good, `{"size":1}`, nil},
		{"other media type", "PUT /things/{}", 200, "Content-Type: text/plain\nX-Count: 1", `{"size"`, nil},
		{"Graph's long media type", "PUT /things/{}", 200,
			"Content-Type: application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;" +
				"charset=utf-8\nX-Count: 1", `{"size":1}`, nil},
		{"schema", "PUT /things/{}", 200, good, `{"size":null,"x":1}`, []string{
			"body /size type: expected integer, not null", "body /x additionalProperties: unknown property"}},
		{"missing header", "PUT /things/{}", 200, json, `{"size":1}`,
			[]string{"header X-Count required: required header is missing"}},
		{"wrong headers", "PUT /things/{}", 200, json + "X-Count: -1\nX-Tags: a, c", `{"size":1}`, []string{
			"header X-Count minimum: -1 is below the minimum 0", `header X-Tags enum: "c" is not one of a, b`}},
		{"no content type", "PUT /things/{}", 200, "X-Count: 1", `{"size":1}`, []string{
			"header Content-Type content-type: header is missing; declared: application/json or text/plain"}},
		{"wrong content type", "PUT /things/{}", 200, "Content-Type: text/html\nX-Count: 1", `{"size":1}`, []string{
			`header Content-Type content-type: "text/html" is not a media type of this operation; declared: ` +
				`application/json or text/plain`}},
		{"no body", "PUT /things/{}", 200, good, "", []string{"body  body-empty: line 1, column 1: the body is empty"}},
		{"broken body", "PUT /things/{}", 200, good, `{"size":1}}`, []string{
			"body  body-trailing: line 1, column 11: unexpected text after the JSON value"}},
		{"nothing", "PUT /things/{}", 204, "", "", nil},
		{"nothing with a body", "PUT /things/{}", 204, json, "{}",
			[]string{"body  body-unexpected: a 204 answer has no body"}},
		{"status of a class", "PUT /things/{}", 418, json, `{"error":1}`, nil},
		{"status of a class, wrong body", "PUT /things/{}", 400, json, `{}`,
			[]string{"body /error required: required property is missing"}},
		{"any other status", "PUT /things/{}", 503, "Content-Type: text/html", "<p>", nil},
		{"any other status, wrong media type", "PUT /things/{}", 201, json, "{}", []string{
			`header Content-Type content-type: "application/json" is not a media type of this operation; declared: ` +
				`text/html`}},
		{"undeclared status", "GET /things", 200, json, `{}`,
			[]string{"status 200 status: status 200 is not among the operation's answers"}},
		{"no status at all", "GET /things", 0, "", "",
			[]string{"status 0 status: status 0 is not among the operation's answers"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			op, err := c.Find(tt.operation)
			if err != nil {
				t.Fatal(err)
			}
			r := &Response{Operation: op, Status: tt.status, Header: headerTest(tt.header), Body: []byte(tt.body)}
			for range 2 {
				found := c.CheckResponse(r)
				if got := full(found); !slices.Equal(got, tt.want) {
					t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(tt.want, "\n  "))
				}
				for _, v := range found {
					if v.Side != ResponseSide || v.Operation != op.ID {
						t.Errorf("%v is of operation %q, %s", v, v.Operation, v.Side)
					}
				}
			}
		})
	}
}

func TestBrokenSchemaIsAViolationOfEveryMessage(t *testing.T) {
	t.Parallel()
	c := parseTest(t, `
openapi: 3.0.3
info: {title: test, version: '1'}
paths:
  /a: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Loop'}}}}, responses: {'204': {description: ok}}}}
components: {schemas: {Loop: {allOf: [{$ref: '#/components/schemas/Loop'}]}}}
`)
	_, found := c.CheckRequest(requestTest(t, c, "POST /a", "Content-Type: application/json", "1"))
	if len(found) != 1 || found[0].Rule != "schema" ||
		!strings.Contains(found[0].Message, "the contract's schema is broken") {
		t.Errorf("got %v", found)
	}
}

func TestStylesThatAreNotReadRefuseNothing(t *testing.T) {
	t.Parallel()
	c := parseTest(t, `
openapi: 3.0.3
info: {title: test, version: '1'}
paths:
  /label/{list}:
    parameters: [{name: list, in: path, required: true, style: label, schema: {type: array, items: {type: integer}}}]
    get: {responses: {'204': {description: nothing}}}
  /matrix/{n}:
    parameters: [{name: n, in: path, required: true, style: matrix, schema: {type: integer}}]
    get: {responses: {'204': {description: nothing}}}
  /spread:
    get:
      parameters:
        - {name: deep, in: query, required: true, style: deepObject, schema: {type: object, properties: {a: {type: integer}}}}
        - {name: form, in: query, required: true, schema: {type: object, properties: {b: {type: integer}}}}
        - {name: whole, in: query, required: true, explode: false, schema: {type: object}}
      responses: {'204': {description: nothing}}
`)
	for target, want := range map[string][]string{
		"/label/.1.2": nil, "/matrix/;n=1": nil,
		"/spread?deep%5Ba%5D=1&b=2&whole=c,3": nil,
		"/spread?deep%5Ba%5D=1&b=2":           {"query whole required: required parameter is missing"},
	} {
		path, query, _ := strings.Cut(target, "?")
		m, v := c.Route("GET", path)
		if v != nil {
			t.Fatal(v)
		}
		if _, found := c.CheckRequest(&Request{Match: m, Query: query}); !slices.Equal(full(found), want) {
			t.Errorf("%s: %q, want %q", target, full(found), want)
		}
	}
}

// seedRequest is the request of Microsoft's page "Create or replace an
// activityHistoryItem".
const seedRequest = `{
    "startedDateTime": "2015-02-11T20:54:04.3457274+00:00",
    "userTimezone": "Africa/Casablanca",
    "lastActiveDateTime": "2015-02-11T20:54:04.3457274+00:00"
}`
