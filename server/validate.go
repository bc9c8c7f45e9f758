package server

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/odata"
	"github.com/graphmock/graphmock/server/internal/service"
)

// checkHeaders refuses headers that say two things at once, before anyone reads them.
func (x *exchange) checkHeaders() {
	if v := x.server.config.Contract.CheckHeaders(x.request.Header); v != nil {
		x.reject(*v)
	}
}

// validate checks parameters and body against the contract, and keeps the body
// as JSON: it is decoded once.
func (x *exchange) validate() {
	violations := x.check(x.server.config.Contract, x.request.URL.RawQuery, x.request.Header, x.now, x.server.service)
	switch {
	case len(violations) > 0 && violations[0].In == openapi.InBody && isBatch(x.match.Operation):
		x.rejectAs(batchErrorOf(violations[0]), violations)
	case len(violations) > 0:
		x.reject(violations...)
	case isBatch(x.match.Operation):
		x.readBatch()
	}
}

// A tokenReader knows what a $skiptoken carries: the service that has made it.
type tokenReader interface {
	ReadSkipToken(token string) (*service.Position, error)
}

// check returns how a message breaks the contract, whether it has just arrived or was recorded,
// and keeps what it read of it. Without a reader tokens are taken for what their service has
// made.
func (m *message) check(
	c *openapi.Contract, query string, header http.Header, now time.Time, tokens tokenReader,
) []openapi.Violation {
	value, found := c.CheckRequest(&openapi.Request{Match: m.match, Query: query, Header: header, Body: m.body})
	m.value = value
	if !slices.ContainsFunc(found, isOfQuery) {
		found = append(found, m.readQuery(query, now, tokens)...)
	}
	return found
}

func isOfQuery(v openapi.Violation) bool { return v.In == openapi.InQuery }

// Rules of query options beyond those of package odata.
const (
	ruleSkipToken = "skiptoken-invalid"
)

// readQuery reads the OData options of a request, if the operation takes any and
// the service knows what they are about. What a $skiptoken carries goes before
// all else in the query.
func (m *message) readQuery(sent string, now time.Time, tokens tokenReader) []openapi.Violation {
	op := m.match.Operation
	n := op.Node()
	token := ""
	if n != nil && n.Name == "delta" {
		token = m.match.Param("token") // delta(token='...')
	}
	if sent == "" && token == "" || n == nil || n.Type == nil || !op.TakesOptions() {
		return nil
	}
	settings := odata.Settings{Now: now.UnixMilli(), WithoutDollar: true,
		AnyFormat: n.Type.Primitive == edm.Stream} // DOC reportroot: of reports, text/csv is one
	query := withoutOptions(sent, settings, func(name string) bool {
		_, takes := op.Option(name)
		return takes
	})
	if token != "" && query == "" {
		query = "$deltatoken=" + url.QueryEscape(token)
	}
	options, err := odata.Parse(query, n.Type, settings)
	if token := tokenOf(options); token != "" && tokens != nil {
		if m.page, err = tokens.ReadSkipToken(token); err == nil {
			query = m.page.Query
			options, err = odata.Parse(query, n.Type, settings)
		}
	}
	if errors.Is(err, service.ErrTokenForged) && n.Name == "delta" && graph.WorkloadOf(n.Template()) == graph.Exchange {
		v := queryViolation(err)
		v.Pointer, v.Rule = "$deltatoken", "delta-token-malformed"
		return []openapi.Violation{v}
	}
	if err != nil {
		var broken *odata.Error
		if errors.As(err, &broken) && broken.Option == "$top" && graph.WorkloadOf(n.Template()) == graph.Directory {
			broken.Rule, broken.Message = graph.ErrorPageSize, graph.PageSizeMessage(broken.Value)
		}
		return []openapi.Violation{queryViolation(err)}
	}
	found := checkOptions(op, options)
	for _, name := range odata.Names(query, settings) {
		if o, _ := op.Option(name); o.Ignored {
			options.Ignore(name)
		}
	}
	m.query, m.rawQuery = options, query
	return found
}

// tokenOf is what the options carry of an earlier response, "" if nothing.
func tokenOf(o *odata.Options) string {
	switch {
	case o == nil, o.DeltaToken == service.LatestDelta:
		return ""
	case o.SkipToken != "":
		return o.SkipToken
	}
	return o.DeltaToken
}

// withoutOptions is a query without what only looks like an option: one without
// a dollar sign that the operation does not take is the client's own.
func withoutOptions(raw string, s odata.Settings, takes func(name string) bool) string {
	parts := strings.Split(raw, "&")
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool {
		names := odata.Names(part, s)
		return len(names) == 0 || !takes(names[0])
	}), "&")
}

func queryViolation(err error) openapi.Violation {
	v := openapi.Violation{Side: openapi.RequestSide, In: openapi.InQuery, Rule: ruleSkipToken,
		Pointer: "$skiptoken", Message: err.Error()}
	var broken *odata.Error
	if !errors.As(err, &broken) {
		v.Hint = "send @odata.nextLink as it was answered"
		return v
	}
	v.Pointer, v.Rule, v.Message, v.Hint = broken.Option, broken.Rule, broken.Message, broken.Hint
	if at := fmt.Sprintf("at character %d", broken.Offset+1); v.Hint == "" {
		v.Hint = at
	} else {
		v.Hint = at + ": " + v.Hint
	}
	return v
}

// checkOptions holds options against what the contract says they may be about.
func checkOptions(op *openapi.Operation, o *odata.Options) []openapi.Violation {
	var found []openapi.Violation
	check := func(option, rule, property, message string) {
		only, _ := op.Option(option)
		if len(only.Properties) == 0 || slices.Contains(only.Properties, property) {
			return
		}
		found = append(found, openapi.Violation{
			Operation: op.ID, Side: openapi.RequestSide, In: openapi.InQuery, Pointer: option, Rule: rule,
			Message: message, Hint: "possible: " + strings.Join(only.Properties, ", "),
		})
	}
	if o.Filter != nil {
		for _, name := range o.Filter.Properties() {
			check("$filter", odata.RuleFilter, name, jsontext.Quote(name)+" can't be filtered by here")
		}
	}
	for _, item := range o.Expand {
		check("$expand", odata.RuleExpand, item.Property,
			"Expand is not allowed for property '"+item.Property+"' according to the entity schema.")
	}
	return found
}

// checkResponse holds the response against the contract. A response that breaks it is
// sent all the same, with the violation beside it: the mock is then wrong, or the
// contract is not the one that the service was written for. A script may lie, if
// it says so. Few contracts other than Graph's declare every status of a refusal.
func (x *exchange) checkResponse() {
	if x.match.Operation == nil || x.status == 0 { // there is no response at all
		return
	}
	if x.refused && !x.contract().HasGraphErrors() && !x.match.Operation.Declares(x.status) {
		return
	}
	res := &openapi.Response{
		Operation: x.match.Operation, Status: x.status, Header: x.outlet.Header(), Body: x.responseBody,
		Value: x.entity,
	}
	x.violations = append(x.violations, x.decision.Violations(x.server.config.Contract, res)...)
	x.entity = res.Value
}
