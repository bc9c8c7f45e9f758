package verdict

import "testing"

// A suite was said to be clean though half of its requests were answered 501.
func TestCleanIsNotSaidOf501sAlone(t *testing.T) {
	t.Parallel()
	group := func(n int, first int64) GroupedViolation { return GroupedViolation{Count: n, First: first} }
	lacking := []UnsupportedRequest{{What: "GET /a", Count: 2}, {What: "GET /b", Count: 1}}
	for want, v := range map[string]Verdict{
		"clean": {Clean: true},
		"clean, but 3 requests were answered 501: not supported": {Clean: true, Unsupported: lacking},
		"clean, but 1 request was answered 501: not supported":   {Clean: true, Unsupported: lacking[1:]},
		"1 violation": {Violations: []GroupedViolation{group(1, 1)}},
		"5 violations in 2 findings, but 3 requests were answered 501: not supported": {
			Violations: []GroupedViolation{group(4, 1), group(1, 2)}, Unsupported: lacking},
		"3 violations": {Omitted: 2, Violations: []GroupedViolation{group(1, 1)}},
		"4 violations in 2 findings": { // one of which is a request line that fits no operation
			Violations: []GroupedViolation{group(3, 1), group(1, 2)}, Unmatched: []UnmatchedRequest{{Count: 3, First: 1}}},
	} {
		if got := v.Line(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
