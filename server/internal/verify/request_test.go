package verify

import (
	"math/rand/v2"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
)

func TestCurlLinesAreForShells(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		request request
		want    string
	}{
		{request{method: "GET", path: "/me/activities", token: true},
			`curl -i http://127.0.0.1/v1.0/me/activities -H "Authorization: Bearer $GRAPHMOCK_TOKEN"`},
		{request{method: "GET", path: "/me", query: "$top=1", header: http.Header{"Accept": {"*/*"}}},
			`curl -i 'http://127.0.0.1/v1.0/me?$top=1' -H 'Accept: */*'`},
		{request{method: "PUT", path: "/a", body: []byte(`{"a":"it's"}`),
			header: http.Header{"Content-Type": {"application/json"}}},
			`curl -i -X PUT http://127.0.0.1/v1.0/a -H 'Content-Type: application/json' --data-raw '{"a":"it'\''s"}'`},
		{request{method: "PUT", path: "/a", body: []byte("\xff\n")},
			`curl -i -X PUT http://127.0.0.1/v1.0/a -H 'Content-Type:' --data-raw $'\xff\x0a'`},
		{request{method: "PUT", path: "/a", body: []byte("{}"), compressed: true},
			`printf %s '{}' | gzip -c | curl -i -X PUT http://127.0.0.1/v1.0/a -H 'Content-Encoding: gzip' ` +
				`--data-binary @-`},
		{request{method: "DELETE", path: "/a"}, `curl -i -X DELETE http://127.0.0.1/v1.0/a`},
	} {
		if got := test.request.curl("http://127.0.0.1/v1.0"); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

func TestShellsReadQuotedWordsAsTheyWere(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash to ask")
	}
	words := []string{"", "plain", `{"a":"it's"}`, "$HOME `id` \\ !x", "\xff\x01\n'\\", "Ünïcode ⚓", "\ufeff{}",
		"a\tb\x7f", "é\n", "{\"a\": 1}\n"}
	for c := 1; c < 256; c++ {
		words = append(words, "a"+string([]byte{byte(c)})+"1")
	}
	script := "printf '%s\\0'"
	for _, word := range words {
		script += " " + QuoteShell(word)
	}
	out, err := exec.CommandContext(t.Context(), bash, "-c", script).Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	for i, word := range words {
		if i >= len(got) || got[i] != word {
			t.Fatalf("%q is not read as it was", word)
		}
	}
}

func TestTargetsMayNameTheServiceRoot(t *testing.T) {
	t.Parallel()
	bases := []string{"/beta", "/v1.0"}
	for target, want := range map[string][2]string{
		"http://127.0.0.1:8080":           {"http://127.0.0.1:8080/v1.0", "/v1.0"},
		"http://127.0.0.1:8080/":          {"http://127.0.0.1:8080/v1.0", "/v1.0"},
		"http://127.0.0.1:8080/beta/":     {"http://127.0.0.1:8080/beta", "/beta"},
		"https://proxy.test/graph/v1.0":   {"https://proxy.test/graph/v1.0", "/v1.0"},
		"https://proxy.test/another/root": {"https://proxy.test/another/root", "/v1.0"},
	} {
		root, base, err := RootOf(target, bases, true)
		if err != nil || root != want[0] || base != want[1] {
			t.Errorf("%s: %s, %s, %v", target, root, base, err)
		}
	}
	for target, want := range map[string]string{
		"http://pets.test": "http://pets.test/api", "http://pets.test/": "http://pets.test",
		"http://pets.test/mock/": "http://pets.test/mock", "http://pets.test/x/api/": "http://pets.test/x/api",
	} {
		if root, base, err := RootOf(target, []string{"/api"}, false); err != nil || root != want || base != "/api" {
			t.Errorf("%s: %s, %s, %v", target, root, base, err)
		}
	}
	if root, base, err := RootOf("http://pets.test", []string{""}, false); err != nil || root != "http://pets.test" ||
		base != "" {
		t.Errorf("%s, %s, %v", root, base, err)
	}
}

// TestAnIntegerParameterIsWrittenAsServicesReadIt has fractions, which they have to
// refuse, and no 1.0, which no standard makes them take.
func TestAnIntegerParameterIsWrittenAsServicesReadIt(t *testing.T) {
	t.Parallel()
	p := openapi.Parameter{Name: "limit", In: openapi.InQuery, Schema: map[string]any{"type": []string{"integer"},
		"maximum": 50.0}}
	texts := (&run{}).parameterTexts(p, rand.New(rand.NewPCG(0, 0)), false)
	for text, want := range map[string]bool{"1": true, "50": true, "51": true, "0.5": true, "1.0": false,
		"1e3": false} {
		if slices.Contains(texts, text) != want {
			t.Errorf("%s: got %v in %v", text, !want, texts)
		}
	}
}

// TestEachSchemaIsTriedOnce has a schema in three places: all that there is to try of it
// is tried in the first, and a little in the others.
func TestEachSchemaIsTriedOnce(t *testing.T) {
	t.Parallel()
	c, err := openapi.Parse("shop.yaml", []byte(`
openapi: 3.0.3
info: {title: shop, version: '1'}
paths:
  /a: {post: {parameters: [{name: n, in: query, schema: {type: integer}}], requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/order'}}}}, responses: {'201': {description: made}}}}
  /b: {post: {parameters: [{name: n, in: query, schema: {type: integer}}], requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/order'}}}}, responses: {'201': {description: made}}}}
components:
  schemas:
    price: {type: object, required: [amount], properties: {amount: {type: integer, minimum: 1, maximum: 999}}}
    order:
      type: object
      required: [net, gross]
      properties: {net: {$ref: '#/components/schemas/price'}, gross: {$ref: '#/components/schemas/price'}}
`))
	if err != nil {
		t.Fatal(err)
	}
	r, err := newRun(Config{Contract: c, Target: "http://shop.test"})
	if err != nil {
		t.Fatal(err)
	}
	tried := map[string]int{}
	for _, op := range r.operations {
		for _, v := range r.varyQuery(op, r.newRandom()) {
			name, _, _ := strings.Cut(v.name, "=")
			tried[op.Path+" "+name]++
		}
		for _, b := range r.bodiesOf(op, r.newRandom()) {
			place, _, _ := strings.Cut(b.name, " is ")
			tried[op.Path+" "+place]++
		}
	}
	if n := tried["/a /gross/amount"]; n < 10 { // in the order of the names
		t.Errorf("%d values of the amount that comes first: %v", n, tried)
	}
	if a, b := tried["/a query n"], tried["/b query n"]; a < 10 || b == 0 || b > 2 {
		t.Errorf("%d values of a parameter, and %d where it is there again", a, b)
	}
	if n := tried["/a /net"]; n == 0 || n > 3 || tried["/a /net/amount"] > 0 || tried["/b /gross"] > 0 ||
		tried["/b sample 1"] != 1 {
		t.Errorf("tried too much or too little of what was tried: %v", tried)
	}
}
