package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/internal/verify"
)

func TestVerdictIsReadable(t *testing.T) {
	t.Parallel()
	unmatched := openapi.Violation{Side: openapi.RequestSide, In: openapi.InPath, Pointer: "activitys",
		Rule: "unknown-segment", Message: "no operation"}
	v := server.Verdict{
		Violations: []server.GroupedViolation{
			{Violation: openapi.Violation{Operation: "me.PutActivity", Side: openapi.RequestSide, In: openapi.InBody,
				Pointer: "/x", Rule: "required",
				Message: "required property is missing"}, Count: 3, First: 2, Where: "PUT /v1.0/me/activities/1"},
			{Violation: unmatched, Count: 1, First: 4, Where: "GET /v1.0/me/activitys"},
		},
		Unmatched: []server.UnmatchedRequest{{Method: "GET", Path: "/v1.0/me/activitys", Count: 1, First: 4,
			Nearest: "GET /me/activities", Why: "no operation"}},
		Failures: []scenarios.Failure{{Scenario: "late", Rule: "put", Place: "late.yaml:4:5",
			Message: "2 more requests came"}},
		Duplicates: []server.Duplicate{{Lost: server.Write{ID: 5, Where: "PUT /a/1"},
			Again: server.Write{ID: 6, Where: "PUT /a/2"}}},
		Unused: []scenarios.Unused{{Scenario: "late", Rule: "get", Place: "late.yaml:9:5",
			Message: "no request matched"}, {Rule: "1", Message: "no request matched"}},
		Omitted: 7,
		Coverage: server.Coverage{Percent: 12.5, Operations: []server.OperationCoverage{
			{Pattern: "GET /me/activities", Requests: 1,
				Points: []server.Point{{Kind: server.PointStatus, Name: "200", Hits: 1},
					{Kind: server.PointStatus, Name: "429"}}},
			{Pattern: "PUT /me/activities/{id}", Points: []server.Point{{Kind: server.PointStatus, Name: "201"},
				{Kind: server.PointStatus, Name: "400", Optional: true}}},
		}},
	}
	const want = `violations of the contract:
  request body /x: required property is missing
    3 times, first: PUT /v1.0/me/activities/1 (exchange 2)
  and 7 more
requests that no operation fits:
  GET /v1.0/me/activitys
    once: exchange 4; no operation
    nearest is GET /me/activities
unmet expectations:
  late.yaml:4:5: late: put: 2 more requests came
created twice, for the answer to the first time was lost:
  PUT /a/1 (exchange 5), again as PUT /a/2 (exchange 6)
rules with replies left over:
  late.yaml:9:5: late/get: no request matched
  1: no request matched
coverage 12.5 %:
    1 of 2   GET /me/activities: 1 request
            missing: answer 429
    0 of 1   PUT /me/activities/{id}: no requests
`
	var b bytes.Buffer
	printVerdict(&b, v)
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &b, want)
	}
	if got, want := v.Line(), "11 violations, 1 failure"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestFindingsCanNotSteerTheTerminal has a service respond with what a terminal takes
// for a command.
func TestFindingsCanNotSteerTheTerminal(t *testing.T) {
	t.Parallel()
	const command = "\x1b[2J\u009b2J"
	var b bytes.Buffer
	printVerified(&b, &verify.Result{
		Findings: []verify.Finding{{Pattern: "GET /a", Rule: "status", Message: command, Case: command,
			Curl: "curl " + command, Count: 1}},
		Kept: []string{"/a/" + command},
	})
	if strings.ContainsAny(b.String(), command[:1]+"\u009b") {
		t.Errorf("got %q", b.String())
	}
}
