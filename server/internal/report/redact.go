package report

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/credential"
	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/journal"
	"github.com/graphmock/graphmock/server/internal/verdict"
)

// redacted returns a copy of a report without credentials, in which the server's
// origins are the public one, text is valid UTF-8 and no list is nil.
func redacted(r Report) *Report {
	r.Contract = cmp.Or(r.Contract, openapi.Embedded())
	c := cleaner{strings.NewReplacer(pairs(r.Origins)...), r.Contract.Credentials()}
	r.Command = c.text(r.Command)
	r.Notes = each(r.Notes, func(s *string) { *s = c.text(*s) })
	r.Problems = each(r.Problems, func(p *document.Problem) { p.Message, p.Hint = c.text(p.Message), c.text(p.Hint) })
	r.Shortfalls = each(r.Shortfalls, func(s *Shortfall) { s.Message = c.text(s.Message) })
	c.verdict(&r.Verdict)
	r.Exchanges = each(r.Exchanges, func(e *Exchange) { c.exchange(&e.Exchange) })
	return &r
}

// Redacted returns an exchange without what the rules call a credential.
func Redacted(e journal.Exchange, rules credential.Rules) journal.Exchange {
	cleaner{strings.NewReplacer(), rules}.exchange(&e)
	return e
}

func (c cleaner) exchange(e *journal.Exchange) {
	e.Path, e.Query, e.Method = c.path(e.Path), c.query(e.Query), c.text(e.Method)
	e.Rule, e.BatchID, e.Caller, e.Reason = c.text(e.Rule), c.text(e.BatchID), c.text(e.Caller), c.text(e.Reason)
	e.Header, e.AnswerHeader = c.header(e.Header), c.header(e.AnswerHeader)
	e.Body, e.Answer = c.body(e.Body), c.body(e.Answer)
	e.Violations = each(e.Violations, c.violation)
}

// pairs takes every origin to the public one, longer ones first: one port may be
// the beginning of another.
func pairs(origins []string) (list []string) {
	for _, o := range slices.SortedFunc(slices.Values(origins), func(a, b string) int { return len(b) - len(a) }) {
		if o != "" {
			list = append(list, o, Public, strings.ReplaceAll(o, "/", `\/`), Public)
		}
	}
	return list
}

// each returns a copy of list with every element changed, never nil.
func each[T any](list []T, change func(*T)) []T {
	list = append([]T{}, list...)
	for i := range list {
		change(&list[i])
	}
	return list
}

// cleaner takes out of texts what does not belong into a report.
type cleaner struct {
	origins *strings.Replacer
	rules   credential.Rules
}

// valid is a text as the public sees it, credentials included.
func (c cleaner) valid(s string) string { return c.origins.Replace(strings.ToValidUTF8(s, "\ufffd")) }

func (c cleaner) text(s string) string { return c.rules.Text(c.valid(s)) }

func (c cleaner) path(s string) string { return c.rules.Path(c.valid(s)) }

func (c cleaner) query(s string) string { return c.rules.Query(c.valid(s)) }

// body leaves bytes that are no text as they are.
func (c cleaner) body(b []byte) []byte {
	if len(b) == 0 {
		return b
	}
	return c.rules.Body([]byte(c.origins.Replace(string(b))))
}

func (c cleaner) header(h http.Header) http.Header {
	clean := c.rules.Header(h)
	for _, values := range clean {
		for i, v := range values {
			values[i] = c.valid(v)
		}
	}
	return clean
}

func (c cleaner) violation(v *openapi.Violation) {
	v.Pointer, v.Message, v.Hint = c.text(v.Pointer), c.text(v.Message), c.text(v.Hint)
}

func (c cleaner) permissions(p *verdict.Permissions) {
	for _, names := range []*[]string{&p.Delegated, &p.Application, &p.Beyond} {
		*names = each(*names, func(name *string) { *name = c.text(*name) })
	}
	p.Operations = each(p.Operations, func(*verdict.OperationPermissions) {})
}

func (c cleaner) verdict(v *verdict.Verdict) {
	v.Violations = each(v.Violations, func(g *verdict.GroupedViolation) {
		c.violation(&g.Violation)
		g.Where, g.Curl = c.text(g.Where), c.text(g.Curl)
	})
	v.Unmatched = each(v.Unmatched, func(u *verdict.UnmatchedRequest) {
		u.Method, u.Path, u.Why = c.text(u.Method), c.text(u.Path), c.text(u.Why)
	})
	v.Unsupported = each(v.Unsupported, func(u *verdict.UnsupportedRequest) { u.Where = c.text(u.Where) })
	v.Outside = each(v.Outside, func(u *verdict.OutsideRequest) { u.Host, u.Why = c.text(u.Host), c.text(u.Why) })
	v.Guidance = each(v.Guidance, func(g *verdict.Guidance) { g.Where = c.text(g.Where) })
	v.Failures = each(v.Failures, func(f *scenarios.Failure) {
		f.Scenario, f.Rule, f.Message = c.text(f.Scenario), c.text(f.Rule), c.text(f.Message)
	})
	v.Duplicates = each(v.Duplicates, func(d *verdict.Duplicate) {
		d.Lost.Where, d.Again.Where = c.text(d.Lost.Where),
			c.text(d.Again.Where)
	})
	v.Unused = each(v.Unused, func(u *scenarios.Unused) {
		u.Scenario, u.Rule, u.Message = c.text(u.Scenario), c.text(u.Rule), c.text(u.Message)
	})
	c.permissions(&v.Permissions)
	v.Coverage.Operations = each(v.Coverage.Operations, func(o *verdict.OperationCoverage) {
		o.Points = each(o.Points, func(*verdict.Point) {})
	})
}
