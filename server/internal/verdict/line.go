package verdict

import (
	"fmt"
	"slices"
)

// Line says in one line what came of the requests. Everybody who says so takes it from here:
//
//	clean
//	clean, but 3 requests were answered 501: not supported
//	5 violations in 2 findings, 1 failure
func (v *Verdict) Line() string {
	line := "clean"
	if !v.Clean {
		line = v.Broken()
		if n := len(v.Failures); n > 0 {
			line += ", " + count(n, "failure")
		}
	}
	if lacking := v.NotSupported(); lacking != "" {
		line += ", but " + lacking
	}
	return line
}

// CountViolations is how often the contract was broken: each violation of each message counts,
// and so does a request line that no operation fits.
func (v *Verdict) CountViolations() int {
	n := v.Omitted
	for i := range v.Violations {
		n += v.Violations[i].Count
	}
	return n
}

// Broken says how many violations there are and, where they are more than the findings that
// tell of them, how many of those.
func (v *Verdict) Broken() string {
	n, findings := v.CountViolations(), len(v.Groups())+len(v.Unmatched)
	if n <= findings || v.Omitted > 0 {
		return count(n, "violation")
	}
	return count(n, "violation") + " in " + count(findings, "finding")
}

// Groups are the groups of violations without those that Unmatched tells of.
func (v *Verdict) Groups() []GroupedViolation {
	return slices.DeleteFunc(slices.Clone(v.Violations), func(g GroupedViolation) bool {
		return g.Operation == "" && slices.ContainsFunc(v.Unmatched, func(u UnmatchedRequest) bool {
			return u.Method+" "+u.Path == g.Where || u.First == g.First
		})
	})
}

// NotSupported says how many requests were for what the server lacks, "" if none was. What such
// requests would have shown is not known, even if all is clean.
func (v *Verdict) NotSupported() string {
	n := 0
	for _, u := range v.Unsupported {
		n += u.Count
	}
	switch n {
	case 0:
		return ""
	case 1:
		return "1 request was answered 501: not supported"
	}
	return fmt.Sprintf("%d requests were answered 501: not supported", n)
}

// count is a number and what it is of: 1 request, 2 requests.
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
