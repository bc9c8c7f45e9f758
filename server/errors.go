package server

import (
	"strings"

	"github.com/graphmock/graphmock/openapi"
)

// Ids of openapi.GraphErrorOf: what the server itself finds wrong.
const (
	ruleInternal      = "internal"
	errInternal       = ruleInternal
	errBadGateway     = "bad-gateway"
	errDependency     = "failed-dependency"
	errActivityGone   = "activity-not-found"
	errItemGone       = "item-not-found"
	errExists         = "already-exists"
	errKeyImmutable   = "key-immutable"
	errOtherUser      = "other-user"
	errScopeMissing   = "scope-missing"
	errTokenExpired   = "token-expired"
	errTokenNotYet    = "token-not-yet-valid"
	ruleTokenEmpty    = "token-empty"
	ruleTokenBroken   = "token-malformed"
	ruleTokenSigned   = "token-signature"
	ruleTokenAudience = "token-audience"
	ruleAppOnlyOnMe   = "app-only-on-me"
	ruleAppOnly       = "app-only"
)

// fail answers with an error that is no violation: one that depends on state.
func (x *exchange) fail(id string) {
	e, ok := openapi.GraphErrorOf(id)
	if !ok {
		panic("BUG: no error " + id)
	}
	x.refused = true
	x.answerError(e.Status, e.Code, e.Message)
}

// reject answers a request that breaks the contract, in the words that Graph has
// for the first violation.
func (x *exchange) reject(violations ...openapi.Violation) {
	for i := range violations {
		v := &violations[i]
		v.Side = openapi.RequestSide
		if op := x.match.Operation; op != nil {
			v.Operation = op.ID
		}
		x.server.config.Contract.AddEvidence(v)
	}
	x.violations = append(x.violations, violations...)
	v := violations[0]
	e := v.GraphError()
	if v.In == openapi.InBody && isBatch(x.match.Operation) {
		e = batchErrorOf(v)
	}
	message := e.Message
	if strings.IndexByte(message, '{') >= 0 {
		name := v.Property()
		message = strings.NewReplacer("{property}", name, "{parameter}", name, "{segment}", name, "{option}", name,
			"{encoding}", contentCoding(x.Request().Header),
			"{type}", v.Type, "{reason}", v.Message, "{id}", x.batch.wrongID()).Replace(message)
	}
	x.refused = true
	x.answerError(e.Status, e.Code, message)
}

// answerError answers with Graph's error envelope. Its ids are those of the
// headers; its date has 19 characters and no zone, as clients know it.
func (x *exchange) answerError(status int, code, message string) {
	h := x.Response().Header()
	b := append(make([]byte, 0, 320), `{"error":{"code":`...)
	b = appendString(b, code)
	b = append(b, `,"message":`...)
	b = appendString(b, message)
	b = append(b, `,"innerError":{"date":"`...)
	b = x.now.AppendFormat(b, "2006-01-02T15:04:05")
	b = append(b, `","request-id":"`...)
	b = append(b, x.id...)
	b = append(b, `","client-request-id":`...)
	b = appendString(b, h.Get("Client-Request-Id"))
	b = append(b, "}}}"...)

	h["Content-Type"] = []string{contentTypeError}
	if status == 401 {
		h["Www-Authenticate"] = []string{openapi.WWWAuthenticate}
	}
	x.answered, x.status, x.answer = true, status, b
}
