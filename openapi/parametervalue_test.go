package openapi

import (
	"net/http"
	"strings"
	"testing"
)

// harbour has parameters of every shape and style.
const harbour = `
openapi: 3.1.0
info: {title: harbour, version: '1'}
paths:
  /q:
    get:
      parameters:
        - {name: list, in: query, schema: {anyOf: [{type: array, items: {type: integer}}, {type: 'null'}]}}
        - {name: some, in: query, schema: {anyOf: [{type: array, items: {type: integer}}, {type: string, enum: [all]}]}}
        - {name: mixed, in: query, schema: {enum: [1, two, true]}}
        - {name: fixed, in: query, schema: {const: 3}}
        - {name: open, in: query, schema: {}}
        - {name: maybe, in: query, schema: {type: [integer, 'null']}}
        - {name: flag, in: query, allowEmptyValue: true, schema: {type: integer}}
        - {name: other, in: query, schema: {type: integer}}
        - {name: deep, in: query, style: deepObject, schema: {$ref: '#/components/schemas/berth'}}
        - {name: flat, in: query, explode: false, schema: {$ref: '#/components/schemas/berth'}}
        - {name: json, in: query, content: {application/json: {schema: {$ref: '#/components/schemas/berth'}}}}
        - {name: X-Berth, in: header, schema: {$ref: '#/components/schemas/berth'}}
        - {name: X-Pairs, in: header, explode: true, schema: {$ref: '#/components/schemas/berth'}}
      responses: {'200': {description: ok}}
  /spread: {get: {parameters: [{name: berth, in: query, required: true, schema: {$ref: '#/components/schemas/berth'}}], responses: {'200': {description: ok}}}}
  /dot/{v}: {get: {parameters: [{name: v, in: path, required: true, style: label, schema: {type: integer}}], responses: {'200': {description: ok}}}}
  /dots/{v}: {get: {parameters: [{name: v, in: path, required: true, style: label, explode: true, schema: {type: array, maxItems: 2, items: {type: integer}}}], responses: {'200': {description: ok}}}}
  /dotted/{v}: {get: {parameters: [{name: v, in: path, required: true, style: label, explode: true, schema: {$ref: '#/components/schemas/berth'}}], responses: {'200': {description: ok}}}}
  /semi/{v}: {get: {parameters: [{name: v, in: path, required: true, style: matrix, schema: {type: array, items: {type: integer}}}], responses: {'200': {description: ok}}}}
  /semis/{v}: {get: {parameters: [{name: v, in: path, required: true, style: matrix, explode: true, schema: {type: array, items: {type: integer}}}], responses: {'200': {description: ok}}}}
  /matrix/{v}: {get: {parameters: [{name: v, in: path, required: true, style: matrix, explode: true, schema: {$ref: '#/components/schemas/berth'}}], responses: {'200': {description: ok}}}}
  /simple/{v}: {get: {parameters: [{name: v, in: path, required: true, schema: {$ref: '#/components/schemas/berth'}}], responses: {'200': {description: ok}}}}
  /form:
    post:
      requestBody:
        required: true
        content:
          application/x-www-form-urlencoded: {schema: {$ref: '#/components/schemas/visit'}}
          multipart/form-data: {schema: {$ref: '#/components/schemas/visit'}}
      responses: {'200': {description: ok}}
components:
  schemas:
    berth:
      type: object
      required: [pier]
      properties: {pier: {type: integer}, name: {type: string, maxLength: 5}, tags: {type: array, items: {type: integer}}}
      additionalProperties: false
    visit:
      type: object
      required: [ship, length]
      properties:
        ship: {type: string}
        length: {type: number, minimum: 1}
        crew: {type: array, items: {type: string, maxLength: 4}}
        berth: {$ref: '#/components/schemas/berth'}
        papers: {type: string, format: binary}
      additionalProperties: false
`

func TestParametersAreHeldAgainstTheirSchemas(t *testing.T) {
	t.Parallel()
	c := parseTest(t, harbour)
	for _, tt := range []struct{ request, header, wrong string }{
		{"/q?list=1", "", ""}, {"/q?list=1&list=2", "", ""}, {"/q?list=", "", ""}, {"/q?list=x", "", "list"},
		{"/q?some=1&some=2", "", ""}, {"/q?some=all", "", ""}, {"/q?some=none", "", "some"},
		{"/q?mixed=1", "", ""}, {"/q?mixed=two", "", ""}, {"/q?mixed=true", "", ""}, {"/q?mixed=three", "", "mixed"},
		{"/q?fixed=3", "", ""}, {"/q?fixed=4", "", "fixed"}, {"/q?open=anything", "", ""}, {"/q?open=1&open=2", "", ""},
		{"/q?maybe=1", "", ""}, {"/q?maybe=", "", ""}, {"/q?maybe=x", "", "maybe"},
		{"/q?flag=", "", ""}, {"/q?flag", "", ""}, {"/q?flag=x", "", "flag"}, {"/q?other=", "", "other"},
		{"/q?deep[pier]=1&deep[name]=ab&deep[tags]=1&deep[tags]=2", "", ""}, {"/q?deep[pier]=1&deep[tags][]=2", "", ""},
		{"/q?deep[name]=ab", "", "deep"}, {"/q?deep[pier]=x", "", "deep"}, {"/q?deep[pier]=1&deep[bow]=2", "", "deep"},
		{"/q?flat=pier,1,name,2", "", ""}, {"/q?flat=pier,x", "", "flat"}, {"/q?flat=pier", "", "flat"},
		{`/q?json={"pier":1}`, "", ""}, {`/q?json={"pier":"1"}`, "", "json"}, {`/q?json={`, "", "json"},
		{"/q", "X-Berth: pier,1,name,ab", ""}, {"/q", "X-Berth: name,ab", "X-Berth"},
		{"/q", "X-Pairs: pier=1, name=ab", ""}, {"/q", "X-Pairs: pier=x", "X-Pairs"},
		{"/spread?pier=1&name=2", "", ""}, {"/spread?pier=x", "", "berth"}, {"/spread", "", "berth"},
		{"/spread?name=ab", "", "berth"}, {"/spread?pier=1&else=2", "", ""},
		{"/dot/.5", "", ""}, {"/dot/5", "", "v"}, {"/dot/.x", "", "v"},
		{"/dots/.1.2", "", ""}, {"/dots/.1,2", "", "v"}, {"/dots/.1.2.3", "", "v"}, {"/dots/.1.x", "", "v"},
		{"/dotted/.pier=1.name=ab", "", ""}, {"/dotted/.name=ab", "", "v"},
		{"/semi/;v=1,2", "", ""}, {"/semi/;v=x", "", "v"}, {"/semi/;w=1", "", "v"}, {"/semi/1", "", "v"},
		{"/semis/;v=1;v=2", "", ""}, {"/semis/;v=1;v=x", "", "v"},
		{"/matrix/;pier=1;name=ab", "", ""}, {"/matrix/;pier=x", "", "v"},
		{"/simple/pier,1", "", ""}, {"/simple/pier,x", "", "v"},
	} {
		r := requestTest(t, c, "GET "+tt.request, tt.header, "")
		for range 2 { // what passed may be remembered
			_, found := c.CheckRequest(r)
			if wrong := len(found) > 0; wrong != (tt.wrong != "") || wrong && found[0].Pointer != tt.wrong {
				t.Errorf("%s %s: %v", tt.request, tt.header, found)
			}
		}
	}
}

func TestFormsAreHeldAgainstTheirSchemas(t *testing.T) {
	t.Parallel()
	c := parseTest(t, harbour)
	const form = "application/x-www-form-urlencoded"
	part := func(head, body string) string {
		return "--b\r\nContent-Disposition: form-data; " + head + "\r\n\r\n" + body + "\r\n"
	}
	ship := part(`name="ship"`, "Ada")
	for _, tt := range []struct{ media, body, wrong string }{
		{form, "ship=Ada&length=12.5&crew=a&crew=b", ""}, {form, "ship=12&length=12", ""},
		{form, "ship=Ada&length=12&berth[pier]=1", ""}, {form, `ship=Ada&length=12&berth={"pier":1}`, ""},
		{form, "ship=Ada&length=12&crew[]=a", ""},
		{form, "ship=Ada", "/length"}, {form, "ship=Ada&length=x", "/length"}, {form, "ship=Ada&length=0", "/length"},
		{form, "ship=Ada&length=1&crew=abcde", "/crew/0"}, {form, "ship=Ada&length=1&berth[pier]=x", "/berth/pier"},
		{form, "ship=Ada&length=1&mast=2", "/mast"}, {form, "ship=%zz", "*"},
		{"multipart/form-data; boundary=b", ship + part(`name="length"`, "3") +
			part(`name="papers"; filename="a.pdf"`, "%PDF \xff") + "--b--\r\n", ""},
		{"multipart/form-data; boundary=b", ship + part(`name="length"`, "3") +
			part("name=\"berth\"\r\nContent-Type: application/json", `{"pier": "x"}`) + "--b--\r\n", "/berth/pier"},
		{"multipart/form-data; boundary=b", ship + "--b--\r\n", "/length"},
		{"multipart/form-data; boundary=b", ship, "*"},
		{"multipart/form-data", ship, "*"},
	} {
		m, v := c.Route("POST", "/form")
		if v != nil {
			t.Fatal(v)
		}
		header := http.Header{"Content-Type": {tt.media}}
		_, found := c.CheckRequest(&Request{Match: m, Header: header, Body: []byte(tt.body)})
		if wrong := len(found) > 0; wrong != (tt.wrong != "") ||
			wrong && tt.wrong != "*" && found[0].Pointer != tt.wrong {
			t.Errorf("%s %s: %v", tt.media, strings.ReplaceAll(tt.body, "\r\n", "|"), found)
		}
	}
}

// FuzzForm: no form makes a check panic.
func FuzzForm(f *testing.F) {
	c := parseTest(f, harbour)
	f.Add("application/x-www-form-urlencoded", "ship=Ada&berth[pier]=1&berth[a][b][c]=2&[=&]=&crew[][]=1")
	f.Add("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"ship\"\r\n\r\nx\r\n--b--")
	f.Fuzz(func(t *testing.T, media, text string) {
		m, _ := c.Route("POST", "/form")
		c.CheckRequest(&Request{Match: m, Header: http.Header{"Content-Type": {media}}, Body: []byte(text)})
		for _, path := range []string{"/q", "/spread", "/dotted/x", "/matrix/x"} {
			m, v := c.Route("GET", path)
			if v != nil {
				t.Fatal(v)
			}
			if len(m.values) > 0 {
				m.values = []string{text}
			}
			c.CheckRequest(&Request{Match: m, Query: text, Header: http.Header{"X-Berth": {text}, "X-Pairs": {text}}})
		}
	})
}
