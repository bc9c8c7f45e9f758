package openapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/schema"
	"github.com/graphmock/graphmock/openapi/spell"
)

// Rules of requests and responses beyond their schemas.
const (
	ruleContentTypeMissing = "content-type-missing"
	ruleContentTypeNotJSON = "content-type-not-json"
	ruleQueryUnsupported   = "query-unsupported"
	ruleKeyMismatch        = "key-mismatch"
	ruleStatus             = "status"
	ruleContentType        = "content-type"
	ruleBodyUnexpected     = "body-unexpected"
	ruleBodyUTF8           = "body-" + jsontext.RuleUTF8
	ruleUnknownProperty    = "unknown-property" // row of the contract for the keyword additionalProperties
)

// A Request is one request as it was sent, whether it came over a socket or out
// of a file.
type Request struct {
	Match  Match  // from Contract.Route
	Query  string // as sent, without the question mark
	Header http.Header
	Body   []byte // after decompression
}

// CheckRequest returns the body as decoded JSON (nil if the operation takes no
// JSON or it can't be decoded) and every way in which the request breaks the
// contract. Tokens are not looked at: who may call is the server's question.
func (c *Contract) CheckRequest(r *Request) (body any, found []Violation) {
	op := r.Match.Operation
	found = op.checkParameters(r)
	body, broken := op.checkBody(r)
	found = append(found, broken...)
	return body, op.annotate(found)
}

// annotate adds what all violations of an operation have in common.
func (op *Operation) annotate(found []Violation) []Violation {
	for i := range found {
		v := &found[i]
		v.Operation = op.ID
		if v.In == "" {
			v.In = InBody
		}
		op.contract.Complete(v)
	}
	return found
}

func (op *Operation) checkBody(r *Request) (any, []Violation) {
	if op.body == nil {
		return nil, nil
	}
	if len(r.Body) == 0 && !op.required {
		return nil, nil
	}
	media, v := op.body.of(contentType(r.Header))
	if v != nil {
		return nil, []Violation{*v}
	}
	if !media.isJSON(r.Header) {
		return nil, media.checkForm(r.Header, r.Body)
	}
	value, syntax := jsontext.Decode(r.Body)
	if syntax != nil {
		return nil, []Violation{syntaxViolation(RequestSide, syntax)}
	}
	found := validate(media.schema, RequestSide, value)
	if len(found) > 0 && op.derived {
		for op.readNames(value, found) { // a level of the body at a time
			found = validate(media.schema, RequestSide, value)
		}
		found = op.readTexts(media.schema, value, found)
	}
	if op.key != nil {
		found = append(found, op.checkKey(r.Match, value)...)
	}
	return value, found
}

// contentType is the first Content-Type header. Its name is in canonical form, as
// in every http.Header.
func contentType(h http.Header) string {
	if values := h["Content-Type"]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// syntaxViolation is the violation of a body that is not strict JSON.
func syntaxViolation(side Side, e *jsontext.SyntaxError) Violation {
	return Violation{Side: side, In: InBody, Pointer: e.Pointer, Rule: "body-" + e.Rule,
		Message: fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)}
}

// validate returns how a value breaks s, if there is one. A schema that can't be
// compiled is the document's fault, and every message for it says so.
func validate(s *schema.Schema, side Side, value any) []Violation {
	if s == nil {
		return nil
	}
	problems, err := s.Validate(value)
	if err != nil {
		return []Violation{{Side: side, In: InBody, Rule: "schema",
			Message: "the contract's schema is broken: " + err.Error()}}
	}
	return violations(side, problems)
}

// of picks the media type that a Content-Type header names.
func (c content) of(header string) (*mediaType, *Violation) {
	for i := range c {
		if c[i].lastValid.has(header) {
			return &c[i], nil
		}
	}
	name, params, err := mime.ParseMediaType(header)
	switch {
	case header == "" && len(c) == 1 && c[0].isBytes:
		return &c[0], nil
	case header == "":
		return nil, headerViolation(ruleContentTypeMissing, "header is missing", "send "+c.names())
	case err != nil:
		return nil, headerViolation(ruleContentTypeNotJSON, jsontext.Quote(header)+" is not a media type",
			"send "+c.names())
	}
	for i := range c {
		if !mediaMatches(c[i].name, name) {
			continue
		}
		if charset := params["charset"]; jsontext.IsMediaType(name) && charset != "" && !strings.EqualFold(charset, "utf-8") {
			return nil, headerViolation(ruleBodyUTF8, "charset "+jsontext.Quote(charset)+" is not supported",
				"JSON is UTF-8")
		}
		c[i].lastValid.keep(header)
		return &c[i], nil
	}
	message := jsontext.Quote(name) + " is not a media type of this operation"
	return nil, headerViolation(ruleContentTypeNotJSON, message, "send "+c.names())
}

// headerViolation is about the Content-Type of a request.
func headerViolation(rule, message, hint string) *Violation {
	return &Violation{Side: RequestSide, In: InHeader, Pointer: "Content-Type", Rule: rule, Message: message,
		Hint: hint}
}

func (c content) names() string {
	names := make([]string, len(c))
	for i, m := range c {
		names[i] = m.name
	}
	return strings.Join(names, " or ")
}

func mediaMatches(pattern, name string) bool {
	if pattern == name || pattern == "*/*" {
		return true
	}
	kind, ok := strings.CutSuffix(pattern, "/*")
	return ok && strings.HasPrefix(name, kind+"/")
}

// checkKey compares the body's own key with the one in the path. GUIDs are the
// same in either case.
func (op *Operation) checkKey(m Match, body any) []Violation {
	object, _ := body.(map[string]any)
	sent, ok := object[op.key.property].(string)
	if !ok || strings.EqualFold(sent, m.Param(op.key.parameter)) {
		return nil
	}
	pointer := "/" + jsontext.EscapePointer(op.key.property)
	return []Violation{{Side: RequestSide, In: InBody, Pointer: pointer, Rule: ruleKeyMismatch,
		Message: fmt.Sprintf("%s is not the %s of the URL", jsontext.Quote(sent), op.key.parameter),
		Hint:    "leave it out, or send the same"}}
}

func (op *Operation) checkParameters(r *Request) []Violation {
	var found []Violation
	var query url.Values
	if r.Query != "" {
		var err error
		if query, err = ParseQuery(r.Query); err != nil {
			found = append(found, Violation{Side: RequestSide, In: InQuery, Rule: "syntax",
				Message: "query can't be read: " + err.Error()})
		}
		found = append(found, op.unsupported(query)...)
	}
	for i := range op.parameters {
		p := &op.parameters[i]
		if p.in == InPath {
			found = append(found, p.checkText(r.Match.Param(p.name), RequestSide)...)
			continue
		}
		if p.spread() {
			broken, sent := p.checkSpread(query)
			if !sent && p.required && p.needsMember() {
				broken = []Violation{p.missing()}
			}
			found = append(found, broken...)
			continue
		}
		values, sent := p.read(r, query)
		if !sent {
			if p.required {
				found = append(found, p.missing())
			}
			continue
		}
		found = append(found, p.check(values, RequestSide)...)
	}
	return found
}

// ParseQuery reads a query as it was sent. Unlike url.ParseQuery it takes a
// semicolon for what it is in OData: part of a value, such as $expand's.
func ParseQuery(raw string) (url.Values, error) {
	values := url.Values{}
	var first error
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		name, nameErr := url.QueryUnescape(name)
		value, valueErr := url.QueryUnescape(value)
		if err := cmp.Or(nameErr, valueErr); err != nil {
			first = cmp.Or(first, err)
			continue
		}
		values[name] = append(values[name], value)
	}
	return values, first
}

// unsupported finds OData query options that the operation does not declare.
func (op *Operation) unsupported(query url.Values) []Violation {
	var found []Violation
	for name := range query {
		if !op.Rejects(name) {
			continue
		}
		found = append(found, Violation{Side: RequestSide, In: InQuery, Pointer: name, Rule: ruleQueryUnsupported,
			Message: fmt.Sprintf("the operation has no query option %s", jsontext.Quote(name)),
			Hint:    spell.DidYouMean(name, slices.Values(op.Surface().QueryOptions()))})
	}
	slices.SortFunc(found, func(a, b Violation) int { return strings.Compare(a.Pointer, b.Pointer) })
	return found
}

func (p *parameter) read(r *Request, query url.Values) (values []string, sent bool) {
	switch p.in {
	case InQuery:
		values = p.option(query)
	case InHeader:
		values = r.Header[p.name]
	case inCookie:
		for _, c := range (&http.Request{Header: r.Header}).CookiesNamed(p.name) {
			values = append(values, c.Value)
		}
	}
	return values, len(values) > 0
}

// option reads a query parameter; OData's own, with a dollar sign, in any case.
func (p *parameter) option(query url.Values) []string {
	if values, sent := query[p.name]; sent || !strings.HasPrefix(p.name, "$") {
		return values
	}
	var names []string
	for name := range query {
		if strings.EqualFold(name, p.name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var values []string
	for _, name := range names {
		values = append(values, query[name]...)
	}
	return values
}

// check checks a parameter or header as it was sent.
func (p *parameter) check(values []string, side Side) []Violation {
	switch {
	case p.emptyIsOK && len(values) == 1 && values[0] == "":
		return nil
	case p.isPlain && p.kind == "array":
		return p.validate(p.list(values), side)
	case p.isPlain || p.media:
		return p.checkText(values[0], side)
	}
	return p.checkShaped(values, side)
}

// checkText checks a parameter or header that has one value.
func (p *parameter) checkText(text string, side Side) []Violation {
	if p.lastValid.has(text) {
		return nil
	}
	if p.in != InHeader && !utf8.ValidString(text) { // it was escaped
		return []Violation{p.notUTF8(text, side)}
	}
	switch {
	case p.media:
		return p.checkJSON(text, side)
	case p.schema != nil && !p.isPlain:
		return p.checkShaped([]string{text}, side)
	case p.kind == "array":
		return p.validate(p.list([]string{text}), side)
	}
	found := p.validate(scalar(p.kind, text), side)
	if len(found) == 0 {
		p.lastValid.keep(text)
	}
	return found
}

// checkJSON checks a parameter that has a media type instead of a style.
func (p *parameter) checkJSON(text string, side Side) []Violation {
	value, syntax := jsontext.Decode([]byte(text))
	if syntax != nil {
		return []Violation{{Side: side, In: p.in, Pointer: p.name, Rule: "syntax",
			Message: "is not JSON: " + syntax.Message}}
	}
	return p.validate(value, side)
}

func (p *parameter) notUTF8(text string, side Side) Violation {
	return Violation{Side: side, In: p.in, Pointer: p.name, Rule: "format",
		Message: jsontext.Quote(text) + " is not valid UTF-8"}
}

func (p *parameter) missing() Violation {
	return Violation{Side: RequestSide, In: p.in, Pointer: p.name, Rule: "required",
		Message: "required parameter is missing"}
}

func (p *parameter) validate(value any, side Side) []Violation {
	if p.schema == nil {
		return nil
	}
	found := validate(p.schema, side, value)
	for i := range found {
		if p.shape.has("object") && found[i].Pointer != "" {
			found[i].Message = found[i].Pointer + ": " + found[i].Message
		}
		found[i].In, found[i].Pointer = p.in, p.name
	}
	return found
}

// spread reports whether the parameter's name may be nowhere in the query: its
// members are options of their own.
func (p *parameter) spread() bool {
	return p.kind == "object" && p.in == InQuery && !p.media &&
		(p.separator == "" || p.style == styleDeepObject)
}

// needsMember reports whether an object without members is not right.
func (p *parameter) needsMember() bool { return len(p.validate(map[string]any{}, RequestSide)) > 0 }

func (p *parameter) list(values []string) any {
	list := []any{}
	for _, v := range values {
		if p.separator == "" {
			list = append(list, scalar(p.items, v))
			continue
		}
		for part := range strings.SplitSeq(v, p.separator) {
			if p.in == InHeader {
				part = strings.TrimSpace(part)
			}
			list = append(list, scalar(p.items, part))
		}
	}
	return list
}

// scalar reads the text of a parameter as its type; what can't be read stays a
// string, for the schema to reject.
func scalar(kind, text string) any {
	switch kind {
	case "integer", "number":
		if v, err := jsontext.Decode([]byte(text)); err == nil {
			if n, ok := v.(json.Number); ok && string(n) == text {
				return n
			}
		}
	case "boolean":
		switch text {
		case "true":
			return true
		case "false":
			return false
		}
	}
	return text
}

// A Response is one response as it was sent.
type Response struct {
	Operation *Operation
	Status    int
	Header    http.Header
	Body      []byte
	Value     any // the body as decoded JSON; nil to have it decoded, and then set if that was of use
}

// CheckResponse returns every way in which a response breaks the contract.
func (c *Contract) CheckResponse(r *Response) []Violation {
	op := r.Operation
	if len(op.responses) == 0 {
		return nil // nothing is promised
	}
	declared := op.response(r.Status)
	if declared == nil {
		return op.annotate([]Violation{{Side: ResponseSide, In: InStatus, Pointer: strconv.Itoa(r.Status),
			Rule:    ruleStatus,
			Message: fmt.Sprintf("status %d is not among the operation's answers", r.Status)}})
	}
	var found []Violation
	for i := range declared.headers {
		h := &declared.headers[i]
		values, sent := r.Header[h.name]
		switch {
		case sent && len(values) > 0:
			found = append(found, h.check(values, ResponseSide)...)
		case h.required:
			found = append(found, Violation{Side: ResponseSide, In: InHeader, Pointer: h.name, Rule: "required",
				Message: "required header is missing"})
		}
	}
	return op.annotate(append(found, declared.checkBody(r)...))
}

func (d *response) checkBody(r *Response) []Violation {
	if r.Operation.Method == http.MethodHead {
		return nil // its response has no body (RFC 9110, 9.3.2)
	}
	if len(d.content) == 0 || neverHasBody(r.Status) {
		if len(r.Body) > 0 {
			return []Violation{{Side: ResponseSide, In: InBody, Rule: ruleBodyUnexpected,
				Message: fmt.Sprintf("a %d answer has no body", r.Status)}}
		}
		return nil
	}
	if d.optional && len(r.Body) == 0 {
		return nil
	}
	media, v := d.content.of(contentType(r.Header))
	if v != nil {
		v.Side, v.Rule, v.Hint = ResponseSide, ruleContentType, "declared: "+d.content.names()
		return []Violation{*v}
	}
	if !media.isJSON(r.Header) {
		return media.checkText(r.Body)
	}
	value := r.Value
	if value == nil {
		var syntax *jsontext.SyntaxError
		if value, syntax = jsontext.Decode(r.Body); syntax != nil {
			return []Violation{syntaxViolation(ResponseSide, syntax)}
		}
		r.Value = value
	}
	if strings.HasSuffix(r.Operation.Path, "/$ref") && media.schema.TypeAt("") == "string" {
		return nil // Microsoft's documents have a text for a reference, which is an object (OData JSON 4.01, 14)
	}
	return validate(media.schema, ResponseSide, value)
}

// checkText checks a response that is a number or a truth value and not JSON, such
// as a $count in text/plain. Other text is not looked at.
func (m *mediaType) checkText(body []byte) []Violation {
	switch m.kind {
	case "integer", "number", "boolean":
		return validate(m.schema, ResponseSide, scalar(m.kind, string(bytes.TrimPrefix(body, []byte("\ufeff")))))
	}
	return nil
}

// response is what the operation declares for a status: the status itself, one that is
// taken beside those, its class (4XX), or the default.
func (op *Operation) response(status int) *response {
	if r := op.statuses[status]; r != nil {
		return r
	}
	if r := op.unusual[status]; r != nil {
		return r
	}
	if r := op.responses[strconv.Itoa(status/100)+"XX"]; r != nil {
		return r
	}
	return op.responses["DEFAULT"]
}
