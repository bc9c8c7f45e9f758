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

// Rules of responses that are not in their schemas. Where the contract has a
// behaviour row with such an id, the row is the evidence.
const (
	ruleNoAnswer    = "no-answer"
	ruleNothing     = "nothing-there"
	ruleMore        = "more-findings"
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

// evidenceOf are the rows that are the evidence of rules without one of their own.
var evidenceOf = map[string][]string{
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
	if v := missingCredentials(match.Operation.Security(), q); v != nil {
		return []openapi.Violation{*v}
	}
	_, found := r.Contract.CheckRequest(&openapi.Request{Match: match, Query: q.query, Header: q.header, Body: q.body})
	return found
}

// missingCredentials is the violation of a request that says with none of the
// alternatives who calls, nil if it does.
func missingCredentials(security openapi.Security, q *request) *openapi.Violation {
	v := &openapi.Violation{Side: openapi.RequestSide, In: openapi.InHeader, Pointer: "Authorization",
		Rule: "token-empty", Message: "no bearer token"}
	switch keys := security.Keys(); {
	case q.token && security.RequiresToken() || security.AllowsWithoutToken(q.query, q.header):
		return nil
	case !security.RequiresToken() && len(keys) > 0:
		v.In, v.Pointer, v.Message = keys[0].In, keys[0].Name, "no credentials"
	}
	return v
}

func encodingRule(q *request) string {
	if q.header.Get("Content-Encoding") == "gzip" {
		return "content-encoding-broken"
	}
	return "content-encoding-unknown"
}

// check compares the last step's response with the contract, and reports whether
// it is the expected one.
func (s *session) check(op *openapi.Operation, q *request, res *response, want expectation) (expected bool) {
	found := s.run.violations(op, q)
	if len(found) > 0 {
		s.checkRefusal(op, found, res)
	} else {
		expected = s.checkStatus(op, res, want)
	}
	s.checkContract(op, q, res, len(found) == 0)
	s.checkHeaders(q, res)
	if s.run.odata {
		s.checkOData(op, q, res)
	}
	return expected
}

// checkStatus is about the response to a valid request.
func (s *session) checkStatus(op *openapi.Operation, res *response, want expectation) bool {
	success := res.status/100 == 2 || !s.run.odata && isDeclaredAnswer(op, res.status)
	switch {
	case slices.Contains(want.statuses, res.status), len(want.statuses) == 0 && success:
		return true
	case res.status >= 500:
		s.fail(statusViolation(res, ruleServerError,
			fmt.Sprintf("status %d to a valid request%s", res.status, res.errorText())))
	case len(want.statuses) > 0 && (success || want.statuses[0]/100 == 4):
		s.fail(statusViolation(res, want.rule, fmt.Sprintf("status %d, not %s", res.status,
			joinStatuses(want.statuses))))
		return success && want.statuses[0]/100 == 2 && want.rule != ruleCreated
	case !s.run.odata && (res.status == 404 || res.status == 409) && s.run.hasGuessedParameter(op):
	case s.run.odata && res.status == 409 && op.Method == "POST" && len(keysOf(op.RequestBody().Schema())) == 0 &&
		op.Declares(res.status): // the contract does not say which property is the key
	default:
		s.fail(statusViolation(res, ruleRefuses,
			fmt.Sprintf("status %d to a valid request%s", res.status, res.errorText())))
	}
	return false
}

// isDeclaredAnswer reports whether a contract lets an operation answer a valid request
// with a status that is no success: a redirection, or what it declares where it declares
// no success.
func isDeclaredAnswer(op *openapi.Operation, status int) bool {
	return status/100 == 3 && op.Declares(status) || status == op.UsualStatus()
}

// hasGuessedParameter reports whether the value of a parameter of the operation's
// path is made up, so that there may be no such resource.
func (r *run) hasGuessedParameter(op *openapi.Operation) bool {
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

func joinStatuses(statuses []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(statuses), " ", " or "), "[]")
}

func statusViolation(res *response, rule, message string) openapi.Violation {
	return openapi.Violation{In: openapi.InStatus, Pointer: fmt.Sprint(res.status), Rule: rule, Message: message}
}

// errorText is the text of an error, for messages.
func (res *response) errorText() string {
	inner, _ := res.value.(map[string]any)
	failure, _ := inner["error"].(map[string]any)
	if message, _ := failure["message"].(string); message != "" {
		return fmt.Sprintf(" (%q)", truncate(message))
	}
	return ""
}

// checkRefusal is about the response to a request that breaks the contract: it has
// to be refused, as the contract's rows for what is wrong with it say.
func (s *session) checkRefusal(op *openapi.Operation, found []openapi.Violation, res *response) {
	v := found[0]
	switch {
	case res.status >= 500:
		s.fail(statusViolation(res, ruleServerError,
			fmt.Sprintf("status %d to a request that breaks the contract: %s", res.status, v)), v.Rule)
		return
	case res.status/100 != 4:
		c := statusViolation(res, ruleAccepts, fmt.Sprintf("status %d to a request that breaks the contract: %s",
			res.status, withoutEvidence(v)))
		c.Evidence, c.Source, c.Type = v.Evidence, v.Source, v.Type
		s.fail(c, v.In, v.Rule)
		return
	}
	rows := s.run.refusals(op, found)
	if len(rows) == 0 {
		return
	}
	row := rows[0]
	if !slices.ContainsFunc(rows, func(b openapi.Behaviour) bool { return b.Status == res.status }) {
		c := statusViolation(res, ruleStatus, fmt.Sprintf("status %d, not %d, to a request with: %s", res.status,
			row.Status, withoutEvidence(v)))
		c.Evidence, c.Source = row.Evidence, row.Source
		s.fail(c, row.ID)
		return
	}
	body, _ := res.value.(map[string]any)
	failure, _ := body["error"].(map[string]any)
	if code, ok := failure["code"].(string); ok &&
		!slices.ContainsFunc(rows, func(b openapi.Behaviour) bool { return b.Code == code }) {
		s.fail(openapi.Violation{In: openapi.InBody, Pointer: "/error/code", Rule: ruleCode,
			Message:  fmt.Sprintf("%q, not %q, to a request with: %s", code, row.Code, withoutEvidence(v)),
			Evidence: row.Evidence, Source: row.Source}, row.ID)
	}
}

// withoutEvidence is a violation in one line without its evidence, which the
// finding has.
func withoutEvidence(v openapi.Violation) string {
	v.Evidence = ""
	return v.String()
}

// refusals are the contract's rows for what is wrong with a request. An operation
// may have a row of its own for bodies that can't be read.
func (r *run) refusals(op *openapi.Operation, found []openapi.Violation) []openapi.Behaviour {
	var rows []openapi.Behaviour
	malformed, own := r.ownBehaviour(op, ruleMalformed)
	for _, v := range found {
		if own && v.In == openapi.InBody {
			rows = append(rows, malformed)
			continue
		}
		if row, ok := r.Contract.Behaviour(v.ErrorID(r.hasBehaviour)); ok && row.Status != 0 {
			rows = append(rows, row)
		}
	}
	return rows
}

// checkContract is what OpenAPI says: the status, its headers, its body. Other
// documents than Graph's rarely list the response to an invalid request, and say nothing
// of one that no operation fits.
func (s *session) checkContract(op *openapi.Operation, q *request, res *response, valid bool) {
	if !valid && !s.run.odata && (!op.Declares(res.status) || !s.run.fitsOperation(q)) {
		return
	}
	for _, v := range s.run.Contract.CheckResponse(&openapi.Response{
		Operation: op, Status: res.status, Header: res.header, Body: res.body, Value: res.value,
	}) {
		s.fail(v)
	}
}

// fitsOperation reports whether the contract has an operation for a request line.
func (r *run) fitsOperation(q *request) bool {
	_, wrong := r.Contract.Route(q.method, r.base+q.path)
	return wrong == nil
}

// checkHeaders is what HTTP itself demands.
func (s *session) checkHeaders(q *request, res *response) {
	switch res.status {
	case http.StatusMethodNotAllowed:
		s.checkAllow(q, res)
	case http.StatusUnauthorized:
		if res.header.Get("WWW-Authenticate") == "" {
			s.fail(openapi.Violation{In: openapi.InHeader, Pointer: "WWW-Authenticate", Rule: ruleChallenge,
				Message: "a 401 without a challenge (RFC 9110, 15.5.2)"})
		}
	case http.StatusNoContent, http.StatusNotModified:
		if len(res.body) > 0 {
			s.fail(openapi.Violation{In: openapi.InBody, Rule: ruleUnexpected, Message: "the answer has a body"})
		}
	}
}

func (s *session) checkAllow(q *request, res *response) {
	v := openapi.Violation{In: openapi.InHeader, Pointer: "Allow", Rule: ruleAllow}
	var allowed []string
	for _, line := range res.header.Values("Allow") {
		for method := range strings.SplitSeq(line, ",") {
			allowed = append(allowed, strings.TrimSpace(method))
		}
	}
	match, _ := s.run.Contract.Route(q.method, s.run.base+q.path)
	switch slices.Sort(allowed); {
	case len(allowed) == 0:
		v.Message = "a 405 without the methods that are allowed (RFC 9110, 15.5.6)"
	case s.run.odata && match.Allow != nil && !slices.Equal(allowed, match.Allow):
		v.Message = fmt.Sprintf("%s, not %s", strings.Join(allowed, ", "), strings.Join(match.Allow, ", "))
	case slices.Contains(allowed, q.method):
		v.Message = "a 405 that allows " + q.method
	default:
		return
	}
	s.fail(v)
}

// checkOData is what every response of Graph has, as far as the contract has rows
// for it.
func (s *session) checkOData(op *openapi.Operation, q *request, res *response) {
	s.checkIDs(q, res)
	s.checkPreference(q, res)
	body, _ := res.value.(map[string]any)
	switch {
	case res.status >= 400:
		s.checkError(res, body)
	case res.status/100 == 2 && len(res.body) > 0:
		s.checkType(op, res)
		s.checkContext(op, q, body)
		s.checkDates(body, "")
	}
}

// checkPreference: a response without a body that the client asked for says so.
func (s *session) checkPreference(q *request, res *response) {
	const minimal = "return=minimal"
	applied := res.header.Get("Preference-Applied")
	if res.status == http.StatusNoContent && q.header.Get("Prefer") == minimal && s.run.hasBehaviour(ruleMinimal) &&
		!strings.Contains(applied, minimal) {
		s.fail(openapi.Violation{In: openapi.InHeader, Pointer: "Preference-Applied", Rule: ruleMinimal,
			Message: fmt.Sprintf("%q, not %q", applied, minimal)})
	}
}

func (s *session) checkIDs(q *request, res *response) {
	id, clientID := res.header.Get("Request-Id"), res.header.Get("Client-Request-Id")
	if s.run.hasBehaviour(ruleClientID) {
		want := q.header.Get("Client-Request-Id")
		if want == "" {
			want = id
		}
		if clientID != want {
			s.fail(openapi.Violation{In: openapi.InHeader, Pointer: "Client-Request-Id", Rule: ruleClientID,
				Message: fmt.Sprintf("%q, not %q", clientID, want)})
		}
	}
	if s.run.hasBehaviour(ruleRequestID) && id != "" && s.run.recordRequestID(id) {
		s.fail(openapi.Violation{In: openapi.InHeader, Pointer: "Request-Id", Rule: ruleRequestID,
			Message: fmt.Sprintf("%q names two answers", id)})
	}
}

// recordRequestID keeps the id of a response, and reports whether an earlier one
// had it.
func (r *run) recordRequestID(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	was := r.ids[id]
	r.ids[id] = true
	return was
}

// checkError is about Graph's error envelope, beyond its schema.
func (s *session) checkError(res *response, body map[string]any) {
	if s.run.hasBehaviour(ruleVersion) && res.header.Get("Odata-Version") != "" {
		s.fail(openapi.Violation{In: openapi.InHeader, Pointer: "Odata-Version", Rule: ruleVersion,
			Message: "an error has it"})
	}
	if !s.run.hasBehaviour(ruleInner) {
		return
	}
	failure, _ := body["error"].(map[string]any)
	inner, ok := failure["innerError"].(map[string]any)
	if !ok {
		s.fail(openapi.Violation{In: openapi.InBody, Pointer: "/error/innerError", Rule: ruleInner,
			Message: "an error without it"})
		return
	}
	for member, header := range sortedMap(map[string]string{"request-id": "Request-Id",
		"client-request-id": "Client-Request-Id"}) {
		if text, _ := inner[member].(string); text != res.header.Get(header) {
			s.fail(openapi.Violation{In: openapi.InBody, Pointer: "/error/innerError/" + member, Rule: ruleInner,
				Message: fmt.Sprintf("%q, though the header is %q", text, res.header.Get(header))})
		}
	}
	text, _ := inner["date"].(string)
	date, err := http.ParseTime(res.header.Get("Date"))
	at, wrong := time.Parse("2006-01-02T15:04:05", text)
	if err == nil && wrong == nil && at.Sub(date).Abs() > time.Second {
		s.fail(openapi.Violation{In: openapi.InBody, Pointer: "/error/innerError/date", Rule: ruleInner,
			Message: fmt.Sprintf("%q, though Date is %q", text, res.header.Get("Date"))})
	}
}

// quoted finds what a row's text has in quotes, braces the names in an escaped
// pattern.
var (
	quoted = regexp.MustCompile(`"([^"]+)"`)
	braces = regexp.MustCompile(`\\\{([a-z-]+)\\\}`)
)

// checkType compares the Content-Type of a success with the row's. The row is
// about one media type; responses of others are as the operation declares them.
func (s *session) checkType(op *openapi.Operation, res *response) {
	row, ok := s.run.behaviour(op, ruleType)
	words := quoted.FindStringSubmatch(row.Answer)
	if !ok || words == nil {
		return
	}
	want, wantParameters, err := mime.ParseMediaType(words[1])
	if op != nil && !slices.Contains(op.Response(res.status).Media(), want) {
		return
	}
	got, parameters, wrong := mime.ParseMediaType(res.header.Get("Content-Type"))
	if err == nil && (wrong != nil || got != want || parameters["odata.metadata"] != wantParameters["odata.metadata"]) {
		s.fail(openapi.Violation{In: openapi.InHeader, Pointer: "Content-Type", Rule: ruleType,
			Message: fmt.Sprintf("%q, not %q", res.header.Get("Content-Type"), words[1])})
	}
}

// checkContext compares @odata.context with the form in a row of the operation:
// names in braces stand for path parameters, or for the user.
func (s *session) checkContext(op *openapi.Operation, q *request, body map[string]any) {
	row, ok := s.run.behaviour(op, ruleContext)
	form := quoted.FindStringSubmatch(row.Answer)
	if !ok || form == nil || body == nil {
		return
	}
	v := openapi.Violation{In: openapi.InBody, Pointer: "/@odata.context", Rule: ruleContext}
	text, sent := body["@odata.context"].(string)
	match, _ := s.run.Contract.Route(q.method, s.run.base+q.path)
	pattern := regexp.QuoteMeta(form[1])
	pattern = braces.ReplaceAllStringFunc(pattern, func(name string) string {
		if value := match.Param(strings.Trim(name, `\{}`)); value != "" {
			return regexp.QuoteMeta(value)
		}
		return `[^'/]+`
	})
	wanted := regexp.MustCompile(`^https?://[^/]+(/[^?#]*)?` + regexp.QuoteMeta(s.run.base) + "/" + pattern + "$")
	switch {
	case !sent:
		v.Message = "is missing"
	case !wanted.MatchString(text):
		v.Message = fmt.Sprintf("%q does not end in %s/%s", text, s.run.base, form[1])
	default:
		return
	}
	s.fail(v)
}

// graphDate is how Graph writes dates: UTC, at most milliseconds, no zeros at
// the end.
var graphDate = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,2}[1-9])?Z$`)

// checkDates compares the dates of an entity, and of those inside, with the form
// that Graph writes. What a client may write as it likes is left alone.
func (s *session) checkDates(v any, pointer string) {
	if !s.run.hasBehaviour(ruleDates) {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		for name, member := range sortedMap(v) {
			text, isText := member.(string)
			switch {
			case name == "contentInfo" || name == "visualElements":
			case isText && strings.HasSuffix(name, "DateTime") && !graphDate.MatchString(text):
				s.fail(openapi.Violation{In: openapi.InBody, Pointer: pointer + "/" + name, Rule: ruleDates,
					Message: fmt.Sprintf("%q is not in UTC with a Z, cut to milliseconds, without zeros at the end",
						text)})
			default:
				s.checkDates(member, pointer+"/"+name)
			}
		}
	case []any:
		for i, element := range v {
			s.checkDates(element, fmt.Sprintf("%s/%d", pointer, i))
		}
	}
}
