package openapi

import (
	"fmt"
	"strings"
	"testing"
)

func TestNearestOperation(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"PUT /v1.0/me/activities/1/historyItms/2":    "PUT /me/activities/{activity-id}/historyItems/{item-id}",
		"PATCH /v1.0/me/activities/1/historyItems/2": "PATCH /me/activities/{activity-id}/historyItems/{item-id}",
		"GET /v1.0/me/activitys":                     "GET /me/activities",
		"GET /v2.0/me/activities":                    "GET /me/activities",
		"GET /me/activities":                         "GET /me/activities",
		"GET /v1.0/users/me@contoso.com/activties":   "GET /users/{user-id}/activities",
		"OPTIONS /v1.0/users/me@contoso.com":         "GET /users/{user-id}/activities",
		"GET /v1.0/me":                               "GET /me/activities",
		"GET /v1.0/groups/1/members/2/photos/3/x":    "",
		"GET " + strings.Repeat("/x", 200):           "",
		"GET /%zz":                                   "",
	} {
		method, path, _ := strings.Cut(line, " ")
		got := ""
		if op := Embedded().NearestOperation(method, path); op != nil {
			got = op.Pattern()
		}
		if got != want {
			t.Errorf("%.60s: got %q, want %q", line, got, want)
		}
	}
}

func FuzzNearestOperation(f *testing.F) {
	f.Add("PUT", "/v1.0/me/activities/1/historyItms/2")
	f.Add("", "/%zz//")
	f.Add("GET", "v1.0")
	f.Fuzz(func(t *testing.T, method, path string) {
		if op := Embedded().NearestOperation(method, path); op != nil && op.Method == "" {
			t.Error("an operation without a method")
		}
	})
}

func TestUnknownPathNamesTheNearestOperation(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"PUT /v1.0/me/activitys/13881113971988980728/historyItems/390e06e2-7e5b-4133-8014-fac7ac991af7": "PUT /me/activities/{activity-id}/historyItems/{item-id}",
		"DELETE /v1.0/me/activities/1/historyItem/2":                                                    "DELETE /me/activities/{activity-id}/historyItems/{item-id}",
		"GET /v1.0/me/activites":      "GET /me/activities",
		"GET /beta/users/x/activites": "GET /users/{user-id}/activities",
	} {
		method, path, _ := strings.Cut(line, " ")
		_, v := Embedded().Route(method, path)
		if v == nil || !strings.HasSuffix(v.Hint, fmt.Sprintf("nearest is %q", want)) {
			t.Errorf("%s: %v, want nearest %q", line, v, want)
		}
	}
	for _, path := range []string{"/v1.0/me/massages", "/v1.0/usrs"} { // of which the guess is better
		if _, v := Embedded().Route("GET", path); v == nil || !strings.HasPrefix(v.Hint, "did you mean") ||
			strings.Contains(v.Hint, "nearest") {
			t.Errorf("%s: %v", path, v)
		}
	}
	if _, v := Embedded().Route("GET", "/v1.0/"+strings.Repeat("a/", 100)); v == nil ||
		strings.Contains(v.Hint, "nearest") {
		t.Errorf("a path of a hundred segments: %v", v)
	}
}

func TestPatternThatFitsNothingNamesTheNearestOperation(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		"GET /me/activites":                        "GET /me/activities",
		"/me/activites":                            "GET /me/activities",
		"GET /v1.0/me/activities/{id}/historyItem": "GET /me/activities/{activity-id}/historyItems",
		"PUT /me/activities/{a}/history/{i}":       "PUT /me/activities/{activity-id}/historyItems/{item-id}",
		"DELETE /me/activities":                    "GET /me/activities",
		"POST /$bach":                              "POST /$batch",
	} {
		op, err := Embedded().Find(pattern)
		if err == nil || !strings.HasSuffix(err.Error(), fmt.Sprintf("nearest is %q", want)) {
			t.Errorf("%s: %v, %v, want %s", pattern, op, err, want)
		}
	}
}

func TestSegmentsHaveADistance(t *testing.T) {
	t.Parallel()
	for segments, want := range map[[2]string]float64{
		{"me", "me"}: 0, {"ME", "me"}: 0, {"mee", "me"}: 1.0 / 6, {"messages", "activities"}: 1,
		{"anything", "{id}"}: 0.1, {"{name}", "{id}"}: 0, {"{name}", "activities"}: 1,
	} {
		if got := segmentDistance(segments[0], segments[1]); got != want {
			t.Errorf("%q: got %v, want %v", segments, got, want)
		}
	}
}
