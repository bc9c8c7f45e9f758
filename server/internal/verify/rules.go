package verify

import (
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/graphmock/graphmock/openapi"
)

// Rules of answers that are not in their schemas. Where the contract has a
// behaviour row with such an id, the row is the evidence.
const (
	ruleNoAnswer    = "no-answer"
	ruleServerError = "server-error"
	ruleAccepts     = "accepts-invalid"
	ruleRefuses     = "refuses-valid"
	ruleStatus      = "error-status"
	ruleCode        = "error-code"
	ruleUnexpected  = "body-unexpected"

	ruleCreated   = "created"
	ruleReplaced  = "replaced"
	ruleDeleted   = "deleted"
	ruleGone      = "gone"
	ruleNotFound  = "not-found"
	ruleCascade   = "delete-cascade"
	ruleListed    = "listed"
	ruleStored    = "stored"
	ruleNotMerged = "not-merged"
	ruleSurvives  = "survives"
	ruleKey       = "id"
	ruleMerged    = "merged"
	rulePatchKey  = "patch-key"
	rulePost      = "post"
	ruleExists    = "post-exists"
	ruleLocation  = "location"
	rulePast      = "expiration-past"
	ruleCounted   = "counted"
	rulePages     = "pages"
	ruleTwice     = "stable"
	rulePageSize  = "prefer-page-size"
	ruleMinimal   = "prefer-minimal"
	ruleMalformed = "malformed"

	ruleAllow     = "method-not-allowed"
	ruleChallenge = "www-authenticate"
	ruleClientID  = "client-request-id"
	ruleRequestID = "request-id"
	ruleInner     = "inner-error"
	ruleVersion   = "odata-version"
	ruleType      = "content-type"
	ruleDates     = "dates"
	ruleContext   = "context"
)

// rowsOf are the rows that are the evidence of rules without one of their own.
var rowsOf = map[string][]string{
	ruleStored: {ruleCreated, rulePost, ruleMerged}, ruleNotFound: {ruleGone}, ruleListed: {ruleCreated, rulePost},
	ruleCreated: {rulePost}, ruleLocation: {rulePost}, ruleSurvives: {ruleMerged},
}

// violations is in which way a request breaks the contract, as a service would
// find out: the request line first, then who calls, then the rest.
func (r *run) violations(op *openapi.Operation, q *request) []openapi.Violation {
	match, wrong := r.Contract.Route(q.method, r.base+q.path)
	if q.header.Get("Content-Encoding") != "" { // none of those that are sent fits the body
		return []openapi.Violation{{Side: openapi.RequestSide, In: openapi.InHeader, Pointer: "Content-Encoding",
			Rule: encodingRule(q), Message: "the body is not encoded so"}}
	}
	if wrong != nil {
		return []openapi.Violation{*wrong}
	}
	if match.Operation.Security().RequiresToken() && !q.token {
		return []openapi.Violation{{Side: openapi.RequestSide, In: openapi.InHeader, Pointer: "Authorization", Rule: "token-empty",
			Message: "no bearer token"}}
	}
	_, found := r.Contract.CheckRequest(&openapi.Request{Match: match, Query: q.query, Header: q.header, Body: q.body})
	return found
}

func encodingRule(q *request) string {
	if q.header.Get("Content-Encoding") == "gzip" {
		return "content-encoding-broken"
	}
	return "content-encoding-unknown"
}

// judge holds the last step's answer against the contract, and tells whether it
// is the one that was wanted.
func (p *player) judge(op *openapi.Operation, q *request, a *answer, w want) (wanted bool) {
	found := p.run.violations(op, q)
	if len(found) > 0 {
		p.judgeRefusal(op, found, a)
	} else {
		wanted = p.judgeStatus(op, a, w)
	}
	p.judgeContract(op, a, len(found) == 0)
	p.judgeHeaders(q, a)
	if p.run.odata {
		p.judgeOData(op, q, a)
	}
	return wanted
}

// judgeStatus is about the answer to a valid request.
func (p *player) judgeStatus(op *openapi.Operation, a *answer, w want) bool {
	success := a.status/100 == 2
	switch {
	case slices.Contains(w.statuses, a.status), len(w.statuses) == 0 && success:
		return true
	case a.status >= 500:
		p.complain(inStatus(a, ruleServerError, fmt.Sprintf("status %d to a valid request%s", a.status, a.says())))
	case len(w.statuses) > 0 && (success || w.statuses[0]/100 == 4):
		p.complain(inStatus(a, w.rule, fmt.Sprintf("status %d, not %s", a.status, list(w.statuses))))
		return success && w.statuses[0]/100 == 2 && w.rule != ruleCreated
	case !p.run.odata && (a.status == 404 || a.status == 409) && p.run.guesses(op):
	default:
		p.complain(inStatus(a, ruleRefuses, fmt.Sprintf("status %d to a valid request%s", a.status, a.says())))
	}
	return false
}

// guesses tells whether a parameter of the operation's path has a value of which
// nobody knows that something is there.
func (r *run) guesses(op *openapi.Operation) bool {
	paths := prefixes(op)
	for i, name := range pathNames(op) {
		_, given := r.Parameters[name]
		made := false
		if i < len(paths) {
			_, made = r.parents[paths[i].path]
		}
		if !given && !made {
			return true
		}
	}
	return false
}

func list(statuses []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(statuses), " ", " or "), "[]")
}

func inStatus(a *answer, rule, message string) openapi.Violation {
	return openapi.Violation{In: openapi.InStatus, Pointer: fmt.Sprint(a.status), Rule: rule, Message: message}
}

// says is the text of an error, for messages.
func (a *answer) says() string {
	inner, _ := a.value.(map[string]any)
	failure, _ := inner["error"].(map[string]any)
	if message, _ := failure["message"].(string); message != "" {
		return fmt.Sprintf(" (%q)", cut(message))
	}
	return ""
}

// judgeRefusal is about the answer to a request that breaks the contract: it has
// to be refused, and as the contract's rows for what is wrong with it say.
func (p *player) judgeRefusal(op *openapi.Operation, found []openapi.Violation, a *answer) {
	v := found[0]
	switch {
	case a.status >= 500:
		p.complain(inStatus(a, ruleServerError, fmt.Sprintf("status %d to a request that breaks the contract: %s", a.status, v)), v.Rule)
		return
	case a.status/100 != 4:
		c := inStatus(a, ruleAccepts, fmt.Sprintf("status %d to a request that breaks the contract: %s", a.status, bare(v)))
		c.Evidence, c.Source, c.Type = v.Evidence, v.Source, v.Type
		p.complain(c, v.In, v.Rule)
		return
	}
	rows := p.run.refusals(op, found)
	if len(rows) == 0 {
		return
	}
	row := rows[0]
	if !slices.ContainsFunc(rows, func(b openapi.Behaviour) bool { return b.Status == a.status }) {
		c := inStatus(a, ruleStatus, fmt.Sprintf("status %d, not %d, to a request with: %s", a.status, row.Status, bare(v)))
		c.Evidence, c.Source = row.Evidence, row.Source
		p.complain(c, row.ID)
		return
	}
	body, _ := a.value.(map[string]any)
	failure, _ := body["error"].(map[string]any)
	if code, ok := failure["code"].(string); ok && !slices.ContainsFunc(rows, func(b openapi.Behaviour) bool { return b.Code == code }) {
		p.complain(openapi.Violation{In: openapi.InBody, Pointer: "/error/code", Rule: ruleCode,
			Message:  fmt.Sprintf("%q, not %q, to a request with: %s", code, row.Code, bare(v)),
			Evidence: row.Evidence, Source: row.Source}, row.ID)
	}
}

// bare is a violation in one line without its evidence, which the finding has.
func bare(v openapi.Violation) string {
	v.Evidence = ""
	return v.String()
}

// refusals are the contract's rows for what is wrong with a request. An operation
// may have a row of its own for bodies that can't be read.
func (r *run) refusals(op *openapi.Operation, found []openapi.Violation) []openapi.Behaviour {
	var rows []openapi.Behaviour
	malformed, own := r.ownRow(op, ruleMalformed)
	for _, v := range found {
		if own && v.In == openapi.InBody {
			rows = append(rows, malformed)
			continue
		}
		if row, ok := r.Contract.Behaviour(v.ErrorID(r.has)); ok && row.Status != 0 {
			rows = append(rows, row)
		}
	}
	return rows
}

// judgeContract is what OpenAPI says: the status, its headers, its body. Other
// documents than Graph's rarely list what an invalid request gets.
func (p *player) judgeContract(op *openapi.Operation, a *answer, valid bool) {
	if !op.Declares(a.status) && !valid && !p.run.odata {
		return
	}
	for _, v := range p.run.Contract.CheckResponse(&openapi.Response{
		Operation: op, Status: a.status, Header: a.header, Body: a.body, Value: a.value,
	}) {
		p.complain(v)
	}
}

// judgeHeaders is what HTTP itself wants.
func (p *player) judgeHeaders(q *request, a *answer) {
	switch a.status {
	case http.StatusMethodNotAllowed:
		p.judgeAllow(q, a)
	case http.StatusUnauthorized:
		if a.header.Get("WWW-Authenticate") == "" {
			p.complain(openapi.Violation{In: openapi.InHeader, Pointer: "WWW-Authenticate", Rule: ruleChallenge,
				Message: "a 401 without a challenge (RFC 9110, 15.5.2)"})
		}
	case http.StatusNoContent, http.StatusNotModified:
		if len(a.body) > 0 {
			p.complain(openapi.Violation{In: openapi.InBody, Rule: ruleUnexpected, Message: "the answer has a body"})
		}
	}
}

func (p *player) judgeAllow(q *request, a *answer) {
	v := openapi.Violation{In: openapi.InHeader, Pointer: "Allow", Rule: ruleAllow}
	var allowed []string
	for _, line := range a.header.Values("Allow") {
		for method := range strings.SplitSeq(line, ",") {
			allowed = append(allowed, strings.TrimSpace(method))
		}
	}
	match, _ := p.run.Contract.Route(q.method, p.run.base+q.path)
	switch slices.Sort(allowed); {
	case len(allowed) == 0:
		v.Message = "a 405 without the methods that are allowed (RFC 9110, 15.5.6)"
	case p.run.odata && match.Allow != nil && !slices.Equal(allowed, match.Allow):
		v.Message = fmt.Sprintf("%s, not %s", strings.Join(allowed, ", "), strings.Join(match.Allow, ", "))
	case slices.Contains(allowed, q.method):
		v.Message = "a 405 that allows " + q.method
	default:
		return
	}
	p.complain(v)
}

// judgeOData is what every answer of Graph has, as far as the contract has rows
// for it.
func (p *player) judgeOData(op *openapi.Operation, q *request, a *answer) {
	p.judgeIDs(q, a)
	p.judgePreference(q, a)
	body, _ := a.value.(map[string]any)
	switch {
	case a.status >= 400:
		p.judgeError(a, body)
	case a.status/100 == 2 && len(a.body) > 0:
		p.judgeType(op, a)
		p.judgeContext(op, q, body)
		p.judgeDates(body, "")
	}
}

// judgePreference: an answer that has no body because the client wanted none says
// so.
func (p *player) judgePreference(q *request, a *answer) {
	const minimal = "return=minimal"
	applied := a.header.Get("Preference-Applied")
	if a.status == http.StatusNoContent && q.header.Get("Prefer") == minimal && p.run.has(ruleMinimal) && !strings.Contains(applied, minimal) {
		p.complain(openapi.Violation{In: openapi.InHeader, Pointer: "Preference-Applied", Rule: ruleMinimal,
			Message: fmt.Sprintf("%q, not %q", applied, minimal)})
	}
}

func (p *player) judgeIDs(q *request, a *answer) {
	id, clientID := a.header.Get("Request-Id"), a.header.Get("Client-Request-Id")
	if p.run.has(ruleClientID) {
		want := q.header.Get("Client-Request-Id")
		if want == "" {
			want = id
		}
		if clientID != want {
			p.complain(openapi.Violation{In: openapi.InHeader, Pointer: "Client-Request-Id", Rule: ruleClientID,
				Message: fmt.Sprintf("%q, not %q", clientID, want)})
		}
	}
	if p.run.has(ruleRequestID) && id != "" && p.run.seen(id) {
		p.complain(openapi.Violation{In: openapi.InHeader, Pointer: "Request-Id", Rule: ruleRequestID,
			Message: fmt.Sprintf("%q names two answers", id)})
	}
}

// seen tells whether an answer had the id before.
func (r *run) seen(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	was := r.ids[id]
	r.ids[id] = true
	return was
}

// judgeError is about Graph's error envelope, beyond its schema.
func (p *player) judgeError(a *answer, body map[string]any) {
	if p.run.has(ruleVersion) && a.header.Get("Odata-Version") != "" {
		p.complain(openapi.Violation{In: openapi.InHeader, Pointer: "Odata-Version", Rule: ruleVersion, Message: "an error has it"})
	}
	if !p.run.has(ruleInner) {
		return
	}
	failure, _ := body["error"].(map[string]any)
	inner, ok := failure["innerError"].(map[string]any)
	if !ok {
		p.complain(openapi.Violation{In: openapi.InBody, Pointer: "/error/innerError", Rule: ruleInner, Message: "an error without it"})
		return
	}
	for member, header := range sortedMap(map[string]string{"request-id": "Request-Id", "client-request-id": "Client-Request-Id"}) {
		if text, _ := inner[member].(string); text != a.header.Get(header) {
			p.complain(openapi.Violation{In: openapi.InBody, Pointer: "/error/innerError/" + member, Rule: ruleInner,
				Message: fmt.Sprintf("%q, though the header is %q", text, a.header.Get(header))})
		}
	}
	text, _ := inner["date"].(string)
	date, err := http.ParseTime(a.header.Get("Date"))
	at, wrong := time.Parse("2006-01-02T15:04:05", text)
	if err == nil && wrong == nil && at.Sub(date).Abs() > time.Second {
		p.complain(openapi.Violation{In: openapi.InBody, Pointer: "/error/innerError/date", Rule: ruleInner,
			Message: fmt.Sprintf("%q, though Date is %q", text, a.header.Get("Date"))})
	}
}

// quoted finds what a row's text has in quotes, braces the names in an escaped
// pattern.
var (
	quoted = regexp.MustCompile(`"([^"]+)"`)
	braces = regexp.MustCompile(`\\\{([a-z-]+)\\\}`)
)

// judgeType compares the Content-Type of a success with the row's. The row is
// about one media type; answers of others are as the operation declares them.
func (p *player) judgeType(op *openapi.Operation, a *answer) {
	row, ok := p.run.row(op, ruleType)
	words := quoted.FindStringSubmatch(row.Answer)
	if !ok || words == nil {
		return
	}
	want, wantParameters, err := mime.ParseMediaType(words[1])
	if op != nil && !slices.Contains(op.Response(a.status).Media(), want) {
		return
	}
	got, parameters, wrong := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err == nil && (wrong != nil || got != want || parameters["odata.metadata"] != wantParameters["odata.metadata"]) {
		p.complain(openapi.Violation{In: openapi.InHeader, Pointer: "Content-Type", Rule: ruleType,
			Message: fmt.Sprintf("%q, not %q", a.header.Get("Content-Type"), words[1])})
	}
}

// judgeContext compares @odata.context with the form that a row of the operation
// gives: names in braces stand for path parameters, or for the user.
func (p *player) judgeContext(op *openapi.Operation, q *request, body map[string]any) {
	row, ok := p.run.row(op, ruleContext)
	form := quoted.FindStringSubmatch(row.Answer)
	if !ok || form == nil || body == nil {
		return
	}
	v := openapi.Violation{In: openapi.InBody, Pointer: "/@odata.context", Rule: ruleContext}
	text, sent := body["@odata.context"].(string)
	match, _ := p.run.Contract.Route(q.method, p.run.base+q.path)
	pattern := regexp.QuoteMeta(form[1])
	pattern = braces.ReplaceAllStringFunc(pattern, func(name string) string {
		if value := match.Param(strings.Trim(name, `\{}`)); value != "" {
			return regexp.QuoteMeta(value)
		}
		return `[^'/]+`
	})
	wanted := regexp.MustCompile(`^https?://[^/]+(/[^?#]*)?` + regexp.QuoteMeta(p.run.base) + "/" + pattern + "$")
	switch {
	case !sent:
		v.Message = "is missing"
	case !wanted.MatchString(text):
		v.Message = fmt.Sprintf("%q does not end in %s/%s", text, p.run.base, form[1])
	default:
		return
	}
	p.complain(v)
}

// graphDate is how Graph writes dates: UTC, at most milliseconds, no zeros at
// the end.
var graphDate = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,2}[1-9])?Z$`)

// judgeDates looks at the dates of an entity and of those inside. What a client
// may write as it likes is left alone.
func (p *player) judgeDates(v any, pointer string) {
	if !p.run.has(ruleDates) {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		for name, member := range sortedMap(v) {
			text, isText := member.(string)
			switch {
			case name == "contentInfo" || name == "visualElements":
			case isText && strings.HasSuffix(name, "DateTime") && !graphDate.MatchString(text):
				p.complain(openapi.Violation{In: openapi.InBody, Pointer: pointer + "/" + name, Rule: ruleDates,
					Message: fmt.Sprintf("%q is not in UTC with a Z, cut to milliseconds, without zeros at the end", text)})
			default:
				p.judgeDates(member, pointer+"/"+name)
			}
		}
	case []any:
		for i, element := range v {
			p.judgeDates(element, fmt.Sprintf("%s/%d", pointer, i))
		}
	}
}
