package openapi

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

func TestTextsOfRequestsAreReadAsBooleansAndNumbers(t *testing.T) {
	t.Parallel()
	c := Embedded()
	for _, test := range []struct{ line, body, want string }{
		{"PATCH /me", `{"accountEnabled":"true"}`, `{"accountEnabled":true} []`},
		{"PATCH /me", `{"accountEnabled":"False","jobTitle":"true"}`, `{"accountEnabled":false,"jobTitle":"true"} []`},
		{"PATCH /me", `{"accountEnabled":"yes"}`,
			`{"accountEnabled":"yes"} [request body /accountEnabled: expected boolean or null, not string (documented: user)]`},
		{"PATCH /me", `{"accountEnabled":"1"}`,
			`{"accountEnabled":"1"} [request body /accountEnabled: expected boolean or null, not string (documented: user)]`},
		{"PATCH /me", `{"accountEnabled":"true","nope":1}`,
			`{"accountEnabled":true,"nope":1} [request body /nope: unknown property (assumed: user)]`},
		{"POST /me/findMeetingTimes", `{"minimumAttendeePercentage":"100","maxCandidates":"5","isOrganizerOptional":"false"}`,
			`{"isOrganizerOptional":false,"maxCandidates":5,"minimumAttendeePercentage":100} []`},
		{"POST /me/findMeetingTimes", `{"maxCandidates":"5.5"}`,
			`{"maxCandidates":"5.5"} [request body /maxCandidates: expected integer or null, not string]`},
		{"PATCH /me/mailboxSettings", `{"workingHours":{"daysOfWeek":"true"}}`,
			`{"workingHours":{"daysOfWeek":"true"}} [request body /workingHours/daysOfWeek: expected array, not string (documented: workingHours)]`},
		{"PATCH /me", `{"birthday":"2016"}`,
			`{"birthday":"2016"} [request body /birthday: "2016" is not a valid date-time; expected like 2018-02-26T20:28:22.14Z, with a zone (documented: user)]`},
	} {
		var method, path string
		fmt.Sscan(test.line, &method, &path)
		m, v := c.Route(method, "/v1.0"+path)
		if v != nil {
			t.Fatal(v)
		}
		body, found := c.CheckRequest(&Request{Match: m, Body: []byte(test.body), Header: http.Header{"Content-Type": {"application/json"}}})
		if got := fmt.Sprintf("%s %v", jsontext.Append(nil, body), found); got != test.want {
			t.Errorf("%s %s: got\n%s, want\n%s", test.line, test.body, got, test.want)
		}
	}
}
