package openapi_test

import (
	"testing"

	"github.com/graphmock/graphmock/openapi"
)

func TestNamesOfOperationsTakeStars(t *testing.T) {
	t.Parallel()
	op, err := openapi.Embedded().Find("PUT /me/activities/{a}/historyItems/{i}")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		op.ID: true, "me.*": true, "*PutHistoryItem": true, "*": true, "PUT *": true, "PUT /me/*": true,
		op.Pattern(): true,
		"GET *":      false, "me.Put": false, "[": false, "": false, "PUT /me/activities/{activity-id}": false,
	} {
		if got := op.IsNamed(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}
