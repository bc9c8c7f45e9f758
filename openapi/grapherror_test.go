package openapi

import (
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi/graph"
)

// The table of errors and the contract's rows say the same.
func TestGraphErrorsAreTheContracts(t *testing.T) {
	t.Parallel()
	rows := 0
	for b := range Embedded().Behaviours() {
		if b.Code == "" {
			continue
		}
		rows++
		e, ok := graph.ErrorOf(b.ID)
		if want := (graph.Error{Status: b.Status, Code: b.Code, Message: strings.TrimSpace(b.Message)}); !ok ||
			e != want {
			t.Errorf("%s: the table has %+v, the contract %+v", b.ID, e, want)
		}
	}
	if rows < 25 {
		t.Errorf("only %d rows have errors", rows)
	}
	op, err := Embedded().Find("PUT /me/activities/{a}/historyItems/{i}")
	if err != nil {
		t.Fatal(err)
	}
	for id, example := range map[string]string{
		graph.ErrorThrottled: "throttled", graph.ErrorConflict: "conflict",
		graph.ErrorPreconditionFailed: "preconditionFailed", graph.ErrorUnavailable: "unavailable",
		graph.ErrorNotFound: "notFound", graph.ErrorForbidden: "forbidden", graph.ErrorUnauthorized: "expiredToken",
		graph.ErrorInternal: "internal",
	} {
		e, _ := graph.ErrorOf(id)
		v, ok := op.Response(e.Status).Example(example)
		if !ok {
			t.Errorf("no example %q of %d", example, e.Status)
			continue
		}
		said := v.(map[string]any)["error"].(map[string]any)
		if said["code"] != e.Code || said["message"] != e.Message {
			t.Errorf("%s: the table has %+v, the example %v", id, e, said)
		}
	}
}

func TestViolationsHaveTheirErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		v    Violation
		want string
	}{
		{Violation{In: InBody, Rule: "body-depth", Pointer: "/a"}, "body-depth"},
		{Violation{In: InPath, Rule: ruleUnknownSegment, Pointer: "a"}, "unknown-segment"},
		{Violation{In: InHeader, Rule: "required", Pointer: "If-Match"}, "parameter-invalid"},
		{Violation{In: InQuery, Rule: "additionalProperties"}, "parameter-invalid"},
		{Violation{In: InBody, Rule: "additionalProperties", Pointer: "/a", Type: "microsoft.graph.user"}, "unknown-property"},
		{Violation{In: InBody, Rule: "additionalProperties", Pointer: "/a"}, "unknown-parameter"},
		{Violation{In: InBody, Rule: "type"}, "body-syntax"},
		{Violation{In: InBody, Rule: "type", Pointer: "/a"}, "schema-invalid"},
	} {
		if got := tt.v.ErrorID(graph.IsErrorID); got != tt.want {
			t.Errorf("%v: got %s, want %s", tt.v, got, tt.want)
		}
		if want, ok := graph.ErrorOf(tt.want); !ok || tt.v.GraphError() != want {
			t.Errorf("%v: got %+v", tt.v, tt.v.GraphError())
		}
		if _, ok := Embedded().Behaviour(tt.want); !ok {
			t.Errorf("the contract has no row %s", tt.want)
		}
	}
	v := Violation{In: InBody, Rule: "body-depth", Pointer: "/a"}
	if got := v.ErrorID(func(string) bool { return false }); got != "schema-invalid" {
		t.Errorf("a service without rows of its own: got %s", got)
	}
}
