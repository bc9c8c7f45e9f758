package openapi

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

func TestRequestsAreReadAsODataReadsThem(t *testing.T) {
	t.Parallel()
	c := Embedded()
	for _, test := range []struct{ line, body, want string }{
		{"PATCH /me", `{"accountEnabled":"true"}`, `{"accountEnabled":true} []`},
		{"PATCH /me", `{"accountEnabled":"False","jobTitle":"true"}`, `{"accountEnabled":false,"jobTitle":"true"} []`},
		{"PATCH /me", `{"accountEnabled":"yes"}`,
			`{"accountEnabled":"yes"} [type /accountEnabled]`},
		{"PATCH /me", `{"accountEnabled":"1"}`,
			`{"accountEnabled":"1"} [type /accountEnabled]`},
		{"PATCH /me", `{"accountEnabled":"true","nope":1}`,
			`{"accountEnabled":true,"nope":1} [additionalProperties /nope]`},
		{"POST /me/findMeetingTimes", `{"minimumAttendeePercentage":"100","maxCandidates":"5","isOrganizerOptional":"false"}`,
			`{"isOrganizerOptional":false,"maxCandidates":5,"minimumAttendeePercentage":100} []`},
		{"POST /me/findMeetingTimes", `{"maxCandidates":"5.5"}`,
			`{"maxCandidates":"5.5"} [type /maxCandidates]`},
		{"PATCH /me/mailboxSettings", `{"workingHours":{"daysOfWeek":"true"}}`,
			`{"workingHours":{"daysOfWeek":"true"}} [type /workingHours/daysOfWeek]`},
		{"PATCH /me/events/1", `{"recurrence":{"range":{"type":"endDate","startDate":"2027-3-9","endDate":"2027-10-1"}}}`,
			`{"recurrence":{"range":{"endDate":"2027-10-01","startDate":"2027-03-09","type":"endDate"}}} []`},
		{"PATCH /me/events/1", `{"recurrence":{"range":{"endDate":"2027-13-9"}}}`,
			`{"recurrence":{"range":{"endDate":"2027-13-9"}}} [format /recurrence/range/endDate]`},
		{"PATCH /me/contacts/1", `{"birthday":"1986-05-30"}`, `{"birthday":"1986-05-30T00:00:00Z"} []`},
		{"PATCH /me/contacts/1", `{"birthday":"1986-05-32"}`,
			`{"birthday":"1986-05-32"} [format /birthday]`},
		{"PATCH /me", `{"birthday":"1986-05-30"}`,
			`{"birthday":"1986-05-30"} [format /birthday]`},
		{"PATCH /me", `{"birthday":"2027-3-9"}`,
			`{"birthday":"2027-3-9"} [format /birthday]`},
		{"PATCH /me", `{"JobTitle":"Guide"}`, `{"jobTitle":"Guide"} []`},
		{"POST /me/messages", `{"Subject":"a","Body":{"Content":"b"},"ToRecipients":[{"EmailAddress":{"Address":"c@contoso.com"}}]}`,
			`{"body":{"content":"b"},"subject":"a","toRecipients":[{"emailAddress":{"address":"c@contoso.com"}}]} []`},
		{"POST /planner/tasks", `{"Title":"a","planId":"b"}`,
			`{"Title":"a","planId":"b"} [additionalProperties /Title]`},
		{"PATCH /me", `{"JobTitle":"Guide","jobTitle":"Cook"}`,
			`{"JobTitle":"Guide","jobTitle":"Cook"} [additionalProperties /JobTitle]`},
		{"PATCH /me", `{"birthday":"2016"}`,
			`{"birthday":"2016"} [format /birthday]`},
	} {
		var method, path string
		fmt.Sscan(test.line, &method, &path)
		m, v := c.Route(method, "/v1.0"+path)
		if v != nil {
			t.Fatal(v)
		}
		body, found := c.CheckRequest(&Request{Match: m, Body: []byte(test.body), Header: http.Header{"Content-Type": {"application/json"}}})
		wrong := []string{}
		for _, v := range found {
			wrong = append(wrong, v.Rule+" "+v.Pointer)
		}
		if got := fmt.Sprintf("%s %v", jsontext.Append(nil, body), wrong); got != test.want {
			t.Errorf("%s %s: got\n%s, want\n%s", test.line, test.body, got, test.want)
		}
	}
}
