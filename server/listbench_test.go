package server_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server"
)

// tenants are servers with a thousand and a million history items, ten to an
// activity.
func tenants(b *testing.B) (small, large *http.Client) {
	b.Helper()
	return tenantOf(b, 1000), tenantOf(b, 1_000_000)
}

func tenantOf(b *testing.B, items int) *http.Client {
	b.Helper()
	const each = 10
	s := newServer(b, server.Config{Journal: 1})
	next := uint64(0)
	for i := range items / each {
		var body strings.Builder
		fmt.Fprintf(&body,
			`{"activitySourceHost":"https://contoso.com","activationUrl":"contoso-app:%d",`+
				`"visualElements":{"displayText":"Trails"},"historyItems":[`, i)
		for n := range each {
			next++
			if n > 0 {
				body.WriteByte(',')
			}
			fmt.Fprintf(&body, `{"id":%q,"startedDateTime":"2018-02-26T20:54:04.345Z"}`,
				guidOf(next*0x9E3779B97F4A7C15))
		}
		body.WriteString("]}")
		request(b, s.Client(), "PUT", fmt.Sprintf("/v1.0/me/activities/a%d", i), body.String())
	}
	return s.Client()
}

func request(b *testing.B, c *http.Client, method, path, body string) (answer string) {
	b.Helper()
	req, err := http.NewRequest(method, graph+path, strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	req.Header["Content-Type"] = []string{"application/json"}
	req.Header["Authorization"] = []string{"Bearer opaque"}
	res, err := c.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode/100 != 2 {
		b.Fatalf("%s %s: %s %s %v", method, path, res.Status, text, err)
	}
	return string(text)
}

// BenchmarkMillion compares reading a page from a tenant of a million history
// items with one of a thousand.
func BenchmarkMillion(b *testing.B) {
	small, large := tenants(b)
	for name, path := range map[string]string{
		"Recent": "/v1.0/me/activities/recent?$top=20",
		"List":   "/v1.0/me/activities?$top=20",
		"FilterExpand": "/v1.0/me/activities?$top=20&$expand=historyItems&" +
			"$filter=lastModifiedDateTime%20gt%202018-02-26T18:06:19Z",
	} {
		b.Run(name, func(b *testing.B) {
			compare(b, func() { request(b, small, "GET", path, "") }, func() { request(b, large, "GET", path, "") })
		})
	}
}
