package main

import (
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
)

// TestTrafficIsSortedByWhatIsWrong has an exchange for each reason.
func TestTrafficIsSortedByWhatIsWrong(t *testing.T) {
	t.Parallel()
	contract := openapi.Embedded()
	for _, test := range []struct{ line, body, answer, want string }{
		{"POST /groups", `{"displayName":"a",}`, "", "a body that is not JSON"},
		{"GET /grups", "", "", "a path that the contract does not have"},
		{"DELETE /groups", "", "", "a method that the path does not take"},
		{"PATCH /me", `{"jobTitel":"a"}`, "", "a property that its type does not have"},
		{"GET /me/events/1", "", `{"createdDateTime":"2026-01-31T12:00:00"}`, "a time without a zone"},
		{"PATCH /me", `{"birthday":"datetime-value"}`, "", "a text that is no time, id, number or base64, such as a placeholder"},
		{"GET /me", "", `{"accountEnabled":"true"}`, "a boolean or a number as a text"},
		{"GET /me", "", `{"accountEnabled":"maybe"}`, "a value of another type"},
		{"GET /me/mailboxSettings", "", `{"workingHours":[]}`, "a list where a single value is"},
		{"GET /me/mailboxSettings", "", `{"workingHours":{"daysOfWeek":null}}`, "a value of another type"},
		{"PATCH /me/messages/1", `{"importance":"String"}`, "", "a member that an enumeration does not have, or a type that can't be there"},
		{"GET /me/messages?$top=no", "", "", "a query option"},
		{"GET /me", "", "", ""},
	} {
		m, violation := contract.Route(strings.Fields(test.line)[0], "/v1.0"+path(test.line))
		var found []openapi.Violation
		if violation != nil {
			found = append(found, *violation)
		} else {
			_, query, _ := strings.Cut(test.line, "?")
			r := &openapi.Request{Match: m, Query: query, Header: map[string][]string{"Content-Type": {"application/json"}}, Body: []byte(test.body)}
			_, found = contract.CheckRequest(r)
			if test.answer != "" {
				found = append(found, contract.CheckResponse(&openapi.Response{Operation: m.Operation, Status: 200,
					Header: r.Header, Body: []byte(test.answer)})...)
			}
		}
		got := ""
		if len(found) > 0 {
			got = reasons[reasonOf(found)].text
		}
		if got != test.want {
			t.Errorf("%s %s%s: %q, want %q: %v", test.line, test.body, test.answer, got, test.want, found)
		}
	}
}

func path(line string) string {
	path, _, _ := strings.Cut(strings.Fields(line)[1], "?")
	return path
}

func TestManyBrokenExchangesAreToldByReason(t *testing.T) {
	t.Parallel()
	var all []recorded
	for range maxBroken + 1 {
		all = append(all, recorded{"PATCH /me", `{"jobTitel":"a"}`, 204, "", ""})
	}
	all[3].body = `{"jobTitle":}`
	all = append(all, recorded{"GET /me", "", 200, `{"id":"` + adele + `"}`, ""})
	stdout, _ := graphmock(t, exitBroken, "check", record(t, all...))
	for _, want := range []string{
		"Found their operation: 12 of 12 requests, 100.0 %. Without a violation: 1, 8.3 %, or 9.1 % of those whose bodies can be read; " +
			"of the same, found and with an answer without one: 100.0 %.",
		" broken by requests entries a body that is not JSON 1 4 ",
		" a property that its type does not have 10 1, 2, 3, 5, 6, 7, 8, 9 and 2 more ",
	} {
		if !strings.Contains(strings.Join(strings.Fields(stdout), " "), want) {
			t.Errorf("%q is not in\n%s", want, stdout)
		}
	}
	stdout, _ = graphmock(t, exitBroken, "check", record(t, all[2:]...))
	if strings.Contains(stdout, "broken by") {
		t.Errorf("a few are told by reason\n%s", stdout)
	}
}
