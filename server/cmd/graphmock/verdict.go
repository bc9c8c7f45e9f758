package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/internal/report"
)

// printVerdict prints for a person what came of a run: what is wrong first, then what
// was covered.
func printVerdict(w io.Writer, v server.Verdict) {
	p := printer{w}
	p.violations(v)
	p.unmatched(v.Unmatched)
	if len(v.Unsupported) > 0 {
		p.line(0, "requests to what Graph has and graphmock does not serve:")
		for _, u := range v.Unsupported {
			p.line(1, "%s (answered 501 %s: exchange %d)", u.What, times(u.Count), u.First)
		}
	}
	if len(v.Outside) > 0 {
		p.line(0, "hosts outside Graph, which the proxy refused:")
		for _, u := range v.Outside {
			p.line(1, "%s (%s: exchange %d): %s", u.Host, times(u.Count), u.First, u.Why)
		}
	}
	p.guidance(v.Guidance)
	if len(v.Failures) > 0 {
		p.line(0, "unmet expectations:")
		for _, f := range v.Failures {
			p.line(1, "%s", f)
		}
	}
	if len(v.Duplicates) > 0 {
		p.line(0, "created twice, for the answer to the first time was lost:")
		for _, d := range v.Duplicates {
			p.line(1, "%s (exchange %d), again as %s (exchange %d)", d.Lost.Where, d.Lost.ID, d.Again.Where, d.Again.ID)
		}
	}
	if len(v.Unused) > 0 {
		p.line(0, "rules with replies left over:")
		for _, u := range v.Unused {
			name := strings.TrimPrefix(u.Scenario+"/"+u.Rule, "/")
			p.line(1, "%s: %s", strings.TrimPrefix(u.Place+": "+name, ": "), u.Message)
		}
	}
	p.coverage(v.Coverage)
	p.permissions(v.Permissions)
}

// guidance is said once for each rule, however many operations it is about.
func (p printer) guidance(list []server.Guidance) {
	if len(list) > 0 {
		p.line(0, "advised against, though it keeps the contract:")
	}
	for i, g := range list {
		alike := func(other server.Guidance) bool { return other.Rule == g.Rule }
		if slices.ContainsFunc(list[:i], alike) {
			continue
		}
		others, all := 0, 0
		for _, other := range list[i+1:] {
			if alike(other) {
				others, all = others+1, all+other.Count
			}
		}
		more := ""
		if others > 0 {
			more = fmt.Sprintf(", and %d times at %s", all, count(others, "more operation"))
		}
		p.line(1, "%s%s (%s: exchange %d%s)", strings.TrimPrefix(g.Operation+": ", ": "), g.Message, times(g.Count), g.First, more)
	}
}

// A printer writes lines that can't steer a terminal, even if clients and services
// try.
type printer struct{ w io.Writer }

func (p printer) line(level int, format string, args ...any) {
	fmt.Fprintln(p.w, strings.Repeat("  ", level)+report.Printable(fmt.Sprintf(format, args...)))
}

// permissions are said of suites whose tokens name some: others ask for everything.
func (p printer) permissions(needed server.NeededPermissions) {
	for _, each := range []struct {
		what  string
		names []string
	}{{"delegated", needed.Delegated}, {"application", needed.Application}} {
		if len(each.names) > 0 {
			p.line(0, "least %s permissions: %s", each.what, strings.Join(each.names, " "))
		}
	}
	if len(needed.Beyond) > 0 {
		p.line(0, "permissions that tokens had and no request needed: %s", strings.Join(needed.Beyond, " "))
	}
}

// violations are those that are not among the unmatched requests.
func (p printer) violations(v server.Verdict) {
	first := true
	for _, g := range v.Violations {
		if isOfLine(g) && len(v.Unmatched) > 0 {
			continue
		}
		if first {
			p.line(0, "violations of the contract:")
			first = false
		}
		p.line(1, "%s", g.Violation)
		p.line(2, "%s: %s (exchange %d)", times(g.Count), g.Where, g.First)
	}
	if v.Omitted > 0 {
		p.line(1, "and %d more", v.Omitted)
	}
}

// isOfLine reports whether a violation is about a request line that no operation
// fits.
func isOfLine(g server.GroupedViolation) bool { return g.Operation == "" && g.In == "path" }

func (p printer) unmatched(list []server.UnmatchedRequest) {
	if len(list) > 0 {
		p.line(0, "requests that no operation fits:")
	}
	for _, u := range list {
		p.line(1, "%s %s", u.Method, u.Path)
		p.line(2, "%s: exchange %d; %s", times(u.Count), u.First, u.Why)
		if u.Nearest != "" && !strings.Contains(u.Why, u.Nearest) {
			p.line(2, "nearest is %s", u.Nearest)
		}
	}
}

// maxIdle is how many operations without requests are named.
const maxIdle = 20

func (p printer) coverage(c server.Coverage) {
	if len(c.Operations) == 0 {
		p.line(0, "coverage: nothing that counts was called")
		return
	}
	p.line(0, "coverage %s:", coverageOf(c))
	idle := 0
	for _, o := range c.Operations {
		covered, all := o.Touched()
		if o.Requests == 0 {
			if idle++; idle <= maxIdle {
				p.line(1, "%3d of %-3d %s: no requests", covered, all, o.Pattern)
			}
			continue
		}
		p.line(1, "%3d of %-3d %s: %s", covered, all, o.Pattern, count(o.Requests, "request"))
		if missing := missingOf(o); missing != "" {
			p.line(6, "missing: %s", missing)
		}
	}
	if idle > maxIdle {
		p.line(1, "and %d more operations without requests", idle-maxIdle)
	}
}

// coverageOf is a coverage in a few words.
func coverageOf(c server.Coverage) string {
	if c.Of == "" {
		return fmt.Sprintf("%v %%", c.Percent)
	}
	return fmt.Sprintf("%v %% of %s", c.Percent, c.Of)
}

// maxMissing is how many points of one kind that nothing touched are named. A report has
// them all.
const maxMissing = 12

// atMost lists names, and says how many there are beyond n.
func atMost(names []string, n int) string {
	if len(names) <= n {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:n], ", "), len(names)-n)
}

// missingOf names the points of an operation that nothing touched, by their kinds.
func missingOf(o server.OperationCoverage) string {
	missing := map[string][]string{}
	for _, p := range o.Points {
		if p.Hits == 0 && !p.Optional {
			missing[p.Kind] = append(missing[p.Kind], p.Name)
		}
	}
	var parts []string
	for _, kind := range []struct{ kind, one, more string }{
		{server.PointStatus, "answer", "answers"}, {server.PointQuery, "query option", "query options"},
		{server.PointProperty, "property", "properties"}, {server.PointValue, "value", "values"},
	} {
		switch names := missing[kind.kind]; len(names) {
		case 0:
		case 1:
			parts = append(parts, kind.one+" "+names[0])
		default:
			parts = append(parts, kind.more+" "+atMost(names, maxMissing))
		}
	}
	if missing[server.PointNextLink] != nil {
		parts = append(parts, "no next link was followed")
	}
	if missing[server.PointRetryAfter] != nil {
		parts = append(parts, "no Retry-After was honoured")
	}
	return strings.Join(parts, "; ")
}

// missingMost names the three operations with the most points that nothing
// touched.
func missingMost(c server.Coverage) string {
	type gap struct {
		pattern string
		points  int
	}
	var gaps []gap
	for _, o := range c.Operations {
		if covered, all := o.Touched(); covered < all {
			gaps = append(gaps, gap{o.Pattern, all - covered})
		}
	}
	slices.SortStableFunc(gaps, func(a, b gap) int { return cmp.Compare(b.points, a.points) })
	var parts []string
	for _, g := range gaps[:min(len(gaps), 3)] {
		parts = append(parts, fmt.Sprintf("%s (%s)", g.pattern, count(g.points, "point")))
	}
	return strings.Join(parts, ", ")
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times, first", n)
}
