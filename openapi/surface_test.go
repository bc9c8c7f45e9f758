package openapi

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestSurfaceOfAnOperation(t *testing.T) {
	t.Parallel()
	c := Embedded()
	put, err := c.Find("PUT /me/activities/{}")
	if err != nil {
		t.Fatal(err)
	}
	var client, server []string
	for _, p := range put.Surface().BodyProperties() {
		if p.Server {
			server = append(server, p.Pointer)
		} else {
			client = append(client, p.Pointer)
		}
	}
	for _, want := range []string{"/activationUrl", "/visualElements", "/visualElements/displayText",
		"/historyItems/*/startedDateTime", "/contentInfo"} {
		if !slices.Contains(client, want) {
			t.Errorf("%s is missing in %v", want, client)
		}
	}
	for _, want := range []string{"/status", "/createdDateTime", "/id", "/historyItems/*/activity"} {
		if !slices.Contains(server, want) {
			t.Errorf("%s is not set by the service in %v", want, server)
		}
	}
	for _, p := range slices.Concat(client, server) {
		if strings.Contains(p, "@") || strings.Contains(p, "iconUrl") ||
			strings.HasPrefix(p, "/historyItems/*/activity/") {
			t.Errorf("%s is an annotation or too deep", p)
		}
	}
	item, err := c.Find("PUT /me/activities/{}/historyItems/{}")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range item.Surface().BodyProperties() {
		if p.Key != (p.Pointer == "/id") {
			t.Errorf("%s: key is %v", p.Pointer, p.Key)
		}
	}
	list, err := c.Find("GET /me/activities")
	if err != nil {
		t.Fatal(err)
	}
	if !list.Surface().HasPages() || put.Surface().HasPages() {
		t.Error("only the list has pages")
	}
	if got := list.Surface().ResponseOf(503) + " " + list.Surface().ResponseOf(418) + " " +
		list.Surface().ResponseOf(200) + " " + list.Surface().ResponseOf(302); got != "5XX 4XX 200 " {
		t.Errorf("answers %q of %v", got, list.Surface().Responses())
	}
}

func TestSurfaceOfAUsersDocument(t *testing.T) {
	t.Parallel()
	c, err := Parse("x.yaml", []byte(`
openapi: 3.0.3
info: {title: x, version: "1"}
paths:
  /things:
    post:
      parameters:
        - {name: $top, in: query, schema: {type: integer}}
        - {name: color, in: query, schema: {type: string}}
        - {name: X-Trace, in: header, schema: {type: string}}
      requestBody:
        content:
          application/json:
            schema:
              allOf:
                - {$ref: '#/components/schemas/Base'}
                - type: object
                  properties:
                    kind: {type: string, enum: [a, b]}
                    level: {type: integer, enum: [1, 2], nullable: true}
      responses: {default: {description: Any.}}
components:
  schemas:
    Base:
      type: object
      properties:
        id: {type: string, readOnly: true}
        self: {$ref: '#/components/schemas/Base'}
`))
	if err != nil {
		t.Fatal(err)
	}
	op, err := c.Find("POST /things")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range op.Surface().BodyProperties() {
		text := p.Pointer
		if p.Server {
			text += " by the service"
		}
		got = append(got, strings.TrimSpace(text+" "+strings.Join(p.Values, ",")))
	}
	want := []string{"/id by the service", "/kind a,b", "/level 1,2", "/self", "/self/id by the service", "/self/self"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := op.Surface().QueryOptions(); !slices.Equal(got, []string{"$top", "color"}) {
		t.Errorf("query options %v", got)
	}
	if got := op.Surface().SentOptions(url.Values{"$TOP": {"1"}, "Color": {"red"}}); !slices.Equal(got,
		[]string{"$top"}) {
		t.Errorf("sent options %v", got)
	}
	if op.Surface().HasPages() || op.Surface().ResponseOf(200) != "DEFAULT" {
		t.Errorf("pages %v, answer %s", op.Surface().HasPages(), op.Surface().ResponseOf(200))
	}
}
