package control

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func TestParametersAreWholeSegments(t *testing.T) {
	t.Parallel()
	nothing := func(*Handler, *http.Request, []byte) (any, error) { return nil, nil }
	all := []endpoint{
		{method: "GET", path: "/requests", respond: nothing},
		{method: "GET", path: "/requests/har", respond: nothing},
		{method: "GET", path: "/requests/{id}", respond: nothing},
		{method: "DELETE", path: "/scenarios/{name}", respond: nothing},
		{method: "POST", path: "/scenarios/{name}/stop", respond: nothing},
	}
	for _, test := range []struct{ method, path, want string }{
		{"GET", "/requests", "/requests"},
		{"GET", "/requests/7", "/requests/{id} id=7"},
		{"HEAD", "/requests/7", "/requests/{id} id=7"},
		{"GET", "/requests/har", "/requests/har"},
		{"GET", "/requests/a%2Fb%20c", "/requests/{id} id=a/b c"},
		{"GET", "/requests/", "404"},
		{"GET", "/requests/7/", "404"},
		{"GET", "/requests/7/8", "404"},
		{"POST", "/requests/7", "405 GET"},
		{"DELETE", "/scenarios/late", "/scenarios/{name} name=late"},
		{"POST", "/scenarios/late/stop", "/scenarios/{name}/stop name=late"},
		{"POST", "/scenarios//stop", "404"},
		{"GET", "/scenarios/late/stop", "405 POST"},
		{"GET", "/scenarios", "404"},
	} {
		r, w := httptest.NewRequest(test.method, Root+test.path, nil), httptest.NewRecorder()
		e, err := find(all, w, r)
		got := e.path
		for _, name := range []string{"id", "name"} {
			if value := r.PathValue(name); value != "" {
				got += " " + name + "=" + value
			}
		}
		if failed, ok := err.(*httpError); ok {
			got = strings.TrimSpace(fmt.Sprint(failed.status, " ", w.Header().Get("Allow")))
		}
		if got != test.want {
			t.Errorf("%s %s: %s, want %s", test.method, test.path, got, test.want)
		}
	}
}

func TestPatternsAreThoseOfNetHTTP(t *testing.T) {
	t.Parallel()
	patterns := Patterns()
	if !slices.Contains(patterns, "POST /_graphmock/clock/advance") || len(patterns) != len(endpoints()) {
		t.Errorf("patterns %v", patterns)
	}
	mux := http.NewServeMux()
	for _, pattern := range patterns {
		mux.Handle(pattern, http.NotFoundHandler()) // panics if it is none, or there twice
	}
}

// TestReadingEndpointsTakeNoBody holds the table of endpoints to the rule that GET
// changes nothing.
func TestReadingEndpointsTakeNoBody(t *testing.T) {
	t.Parallel()
	for _, e := range endpoints() {
		if reads := e.method == http.MethodGet; reads != (e.takes == nil) {
			t.Errorf("%s %s takes %v", e.method, e.path, e.takes)
		}
		if (e.stream == nil) == (e.respond == nil) {
			t.Errorf("%s %s both streams and responds, or neither", e.method, e.path)
		}
	}
}
