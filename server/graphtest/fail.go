package graphtest

import (
	"fmt"
	"testing"

	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/report"
)

// A failure is one thing that is wrong, in one line, and the place in the test that
// brought it about, as file:line; "" if that is not known.
type failure struct{ place, text string }

func (f failure) String() string {
	if f.place == "" {
		return f.text
	}
	return f.place + ": " + f.text
}

// failureOf words what a scenario expected and did not get: a file's has its place in
// the file, a script's that in the test.
func failureOf(f scenarios.Failure) failure {
	if f.Scenario != "" {
		return failure{text: "scenario: " + f.String()}
	}
	place, hint := f.Place, ""
	if f.Place = ""; f.Expectation == "retryAfter" {
		hint = "; wait, in a synctest bubble or by Advance, or take it with TakeFailures"
	}
	return failure{place, "script: " + f.String() + hint}
}

// fail fails a test once it has ended. Errorf would begin the line with the place of
// NewServer, where tools and people look for the one that has to change: a failure
// that has a place of its own is written without.
func fail(t testing.TB, f failure) {
	t.Helper()
	f.text = report.Printable(f.text)
	switch t.(type) {
	case *testing.T, *testing.B, *testing.F: // any other may have no Output
		if f.place != "" {
			fmt.Fprintln(t.Output(), f)
			t.Fail()
			return
		}
	}
	t.Errorf("%s", f)
}
