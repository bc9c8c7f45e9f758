package graphtest

import (
	"fmt"
	"testing"
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

// fail fails a test once it has ended. Errorf would begin the line with the place of
// NewServer, where tools and people look for the one that has to change: a failure
// that has a place of its own is written without.
func fail(t testing.TB, f failure) {
	t.Helper()
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
