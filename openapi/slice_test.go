package openapi

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// sliced returns a slice as kin-openapi has it, and as a contract of its own.
func sliced(t *testing.T, patterns ...string) (*openapi3.T, *Contract) {
	t.Helper()
	text, err := Embedded().Slice(patterns...)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	c, err := Parse("slice.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	c.derives = false
	return doc, c
}

// TestWhatTheModelTakesTheSliceTakes makes up requests and responses by the model: they are
// right by the slice, too, and so they are for kin-openapi.
func TestWhatTheModelTakesTheSliceTakes(t *testing.T) {
	t.Parallel()
	patterns := []string{
		"/me/messages", "/me/messages/{id}", "/users", "/users/{id}", "POST /me/sendMail", "/groups/{id}/members/$ref",
		"GET /me/drive/root:/{path}:/children", "/me/drive/items/{id}/content", "/planner/tasks/{id}/details",
		"POST /me/events", "GET /users/$count", "GET /users/delta()", "POST /me/getMemberGroups",
		"GET /reports/getOneDriveUsageAccountDetail(period='{period}')", "/me/todo/lists/{id}/tasks",
		"POST /subscriptions", "PUT /me/activities/{id}", "POST /applications", "GET /me/manager",
		"POST /drives/{id}/items/{id}/workbook/tables/add", "PATCH /communications/calls/{id}",
	}
	doc, slice := sliced(t, patterns...)
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 1))
	checked := 0
	for _, pattern := range patterns {
		all, err := Embedded().FindAll(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range all {
			checked++
			same, err := slice.Find(op.Pattern())
			if err != nil {
				t.Errorf("%s: %v", op.Pattern(), err)
				continue
			}
			for range 8 {
				holdsToSlice(t, random, op, same)
			}
		}
	}
	if checked < 35 || doc.Paths.Len() < 20 {
		t.Errorf("%d operations, %d paths", checked, doc.Paths.Len())
	}
	if t.Failed() {
		t.Logf("seed %d", seed)
	}
}

func holdsToSlice(t *testing.T, random *rand.Rand, op, same *Operation) {
	t.Helper()
	if s := op.RequestBody().content.schema(); s != nil {
		v, err := s.Sample(t.Context(), random)
		if err != nil {
			t.Fatal(err)
		}
		text := jsontext.Append(nil, v)
		if op.Contract().checks(op, text) == nil && same.contract.checks(same, text) != nil {
			t.Errorf("%s: %s\n%v", op.Pattern(), text, same.contract.checks(same, text))
		}
	}
	for status := range op.Statuses() {
		declared := op.Response(status)
		if !declared.HasBody() || !jsontext.IsMediaType(declared.MediaType()) {
			continue
		}
		v, err := declared.Sample(t.Context(), random)
		if err != nil {
			t.Fatalf("%s %d: %v", op.Pattern(), status, err)
		}
		r := Response{Status: status, Body: jsontext.Append(nil, v), Header: http.Header{"Content-Type": {"application/json"},
			"Request-Id": {"1"}}}
		r.Operation = op
		wrong := op.contract.CheckResponse(&r)
		r.Operation = same
		if found := same.contract.CheckResponse(&r); len(found) > len(wrong) {
			t.Errorf("%s %d: %s\n%v", op.Pattern(), status, r.Body, found)
		}
	}
}

// checks returns what is wrong with a body of a request.
func (c *Contract) checks(op *Operation, body []byte) []Violation {
	m := Match{Operation: op, values: make([]string, len(op.params))}
	for i := range m.values {
		m.values[i] = "x"
	}
	_, found := c.CheckRequest(&Request{Match: m, Body: body, Header: http.Header{"Content-Type": {"application/json"}}})
	return found
}

func TestASliceRefusesWhatItCan(t *testing.T) {
	t.Parallel()
	_, slice := sliced(t, "POST /me/messages", "PATCH /me/mailboxSettings", "POST /planner/tasks")
	for _, c := range []struct{ pattern, body, rule string }{
		{"POST /me/messages", `{"subject": 1}`, "type"},
		{"POST /me/messages", `{"toRecipients": [{"emailAddress": {"address": 1}}]}`, "type"},
		{"POST /planner/tasks", `{"planId": "p", "titel": "t"}`, "additionalProperties"},
		{"POST /planner/tasks", `{"planId": "p", "percentComplete": "1"}`, "type"},
		{"PATCH /me/mailboxSettings", `{"timeZone": "UTC"}`, ""},
		{"POST /planner/tasks", `{"planId": "p", "bucket@odata.bind": "x", "@odata.type": "#microsoft.graph.plannerTask"}`, ""},
	} {
		op, err := slice.Find(c.pattern)
		if err != nil {
			t.Error(err)
			continue
		}
		rule := ""
		if found := slice.checks(op, []byte(c.body)); len(found) > 0 {
			rule = found[0].Rule
		}
		if rule != c.rule {
			t.Errorf("%s %s: %q, want %q", c.pattern, c.body, rule, c.rule)
		}
	}
}

func TestSlicesByPatterns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern string
		least   int // paths
		want    string
	}{
		{"/me/calendar/...", 5, "/me/calendar/events"},
		{"/me/activities/...", 3, "/me/activities/recent()"},
		{"GET /planner/*", 5, "/planner/tasks"},
		{"me.*Activit*", 0, ""},
	} {
		text, err := Embedded().Slice(c.pattern)
		if c.want == "" {
			if err == nil {
				t.Errorf("%s fits something", c.pattern)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		doc, err := openapi3.NewLoader().LoadFromData(text)
		if err != nil || doc.Validate(t.Context()) != nil || doc.Paths.Len() < c.least || doc.Paths.Find(c.want) == nil {
			t.Errorf("%s: %v, %d paths, no %s", c.pattern, err, doc.Paths.Len(), c.want)
		}
	}
	for pattern, want := range map[string]string{
		"/...":            "too many for one document",
		"*":               "too many for one document",
		"GET /me/massage": `nearest is`,
		"/nowhere/...":    "fits no operation",
	} {
		if _, err := Embedded().Slice(pattern); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", pattern, err)
		}
	}
}

// TestASliceIsTheSameEachTime, since people keep it with their sources.
func TestASliceIsTheSameEachTime(t *testing.T) {
	t.Parallel()
	first, err := Embedded().Slice("/me/messages", "/users/{id}/manager/$ref", "GET /me/activities")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if again, _ := Embedded().Slice("/me/messages", "/users/{id}/manager/$ref", "GET /me/activities"); string(again) != string(first) {
			t.Fatal("the slices differ")
		}
	}
}
