package graphtest

import (
	"net/http"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server"
)

func TestFailuresNameTheLineUnderTest(t *testing.T) {
	t.Parallel()
	e := server.Exchange{Method: http.MethodGet, Path: "/v1.0/me", Caller: "a_test.go:7", Via: "client.go:62"}
	got := failure{e.Caller, violationText(e, openapi.Violation{Side: openapi.RequestSide, In: openapi.InBody, Message: "is wrong"})}.String()
	if want := "a_test.go:7: contract: GET /me: request body: is wrong; sent by client.go:62"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
