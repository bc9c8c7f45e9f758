package scenarios

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/spell"
)

// A checker checks the responses of a rule against the contract.
type checker struct {
	contract *openapi.Contract
	rule     *rule
	reply    *reply
	permit   string // how a response is allowed to break the contract
	report   report
	failed   bool
}

// check reports every way in which a reply of the rule breaks the contract, for
// the first operation for which it does.
func (k *checker) check() {
	for op := range k.operations() {
		k.checkFor(op)
		if k.failed {
			return
		}
	}
}

func (k *checker) operations() iter.Seq[*openapi.Operation] {
	if k.rule.operations == nil {
		return k.contract.Operations()
	}
	return slices.Values(k.rule.operations)
}

// fail reports a problem once for all operations.
func (k *checker) fail(pointer, message, hint string) {
	k.failed = true
	k.report(pointer, message, hint)
}

func (k *checker) checkFor(op *openapi.Operation) {
	switch k.reply.source {
	case fromNothing:
		return
	case fromService:
		k.checkPatch(op)
		k.checkHeaders(op)
		return
	case fromExample, fromSchema:
		if !k.prepare(op) {
			return
		}
	}
	if k.reply.offContract {
		return
	}
	env := sampleEnvironment(k.rule, op)
	unknown := map[string]bool{}
	body, err := k.body(op, env, unknown)
	if err != nil {
		return // only a real request can tell
	}
	k.checkResponse(op, k.reply.statusOf(), body, env, unknown)
}

// prepare finds the status of the reply in the contract, if it is left open, and the
// example. It reports whether there is one.
func (k *checker) prepare(op *openapi.Operation) bool {
	r := k.reply
	if r.source == fromSchema {
		if r.status == 0 {
			r.status = firstStatus(op)
		}
		if _, err := op.Response(r.status).Sample(context.Background(), rand.New(rand.NewPCG(0, 0))); err != nil {
			k.fail("/from", "the contract's schema gives no answer: "+err.Error(), "")
			return false
		}
		return true
	}
	for _, status := range r.statuses(op) {
		if v, ok := op.Response(status).Example(r.example); ok {
			if r.examples == nil {
				r.examples = map[*openapi.Operation]value{}
			}
			r.status = status
			r.examples[op] = value{tree: v}
			return true
		}
	}
	k.noExample(op)
	return false
}

func (k *checker) noExample(op *openapi.Operation) {
	var names []string
	for _, status := range k.reply.statuses(op) {
		names = slices.AppendSeq(names, op.Response(status).Examples())
	}
	hint := "the operation has none"
	if near := spell.Nearest(k.reply.example, slices.Values(names)); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	} else if len(names) > 0 {
		slices.Sort(names)
		hint = "there are: " + strings.Join(slices.Compact(names), ", ")
	}
	k.fail("/example", fmt.Sprintf("%s has no example %q", op.Pattern(), k.reply.example), hint)
}

// statuses returns those in which to look for an example: the reply's own, or all.
func (resp *Response) statuses(op *openapi.Operation) []int {
	if resp.status != 0 {
		return []int{resp.status}
	}
	all := slices.AppendSeq(slices.Collect(op.Successes()), op.Statuses())
	slices.Sort(all)
	return slices.Compact(all)
}

// firstStatus returns the first success that has a body.
func firstStatus(op *openapi.Operation) int {
	for status := range op.Successes() {
		if op.Response(status).HasBody() {
			return status
		}
	}
	return http.StatusOK
}

// body returns the body that a sample request would get. Pointers of what only a real
// request can tell are added to unknown.
func (k *checker) body(op *openapi.Operation, env *environment, unknown map[string]bool) (any, error) {
	var body any
	switch k.reply.source {
	case fromGraphError:
		r, err := k.errorFor(op)
		if err != nil {
			k.fail("/error", fmt.Sprintf("%s: status %d can't be made up: %v", op.Pattern(), r.Status, err),
				"give it an example in the contract")
			return nil, err
		}
		body = r.Value
	case fromScript:
		body = sampleTree(&k.reply.body, env, unknown)
	default:
		v, err := k.reply.bodyFor(op, env, rand.New(rand.NewPCG(0, 0)))
		if err != nil {
			return nil, err
		}
		body = v
	}
	if k.reply.patched {
		body = mergePatch(body, sampleTree(&k.reply.patch, env, unknown))
	}
	return body, nil
}

// errorFor returns the error of the reply as the server will word it: Graph's, or as the
// contract of another service has it.
func (k *checker) errorFor(op *openapi.Operation) (openapi.ErrorResponse, error) {
	e := k.reply.graphError.Error
	if op.Contract().HasGraphErrors() {
		return openapi.ErrorResponse{Status: e.Status, Value: sampleEnvelope(e), MediaType: contentTypeError}, nil
	}
	return op.ErrorResponse(e, rand.New(rand.NewPCG(0, 0)))
}

// checkResponse checks a sample response against the contract. Standard headers, which
// the server adds to each response, are taken to be there.
func (k *checker) checkResponse(
	op *openapi.Operation, status int, body any, env *environment, unknown map[string]bool,
) {
	h := standardHeaders(op, status, body != nil)
	if k.reply.source == fromGraphError {
		r, _ := k.errorFor(op)
		maps.Copy(h, r.Header)
		h.Set("Content-Type", r.MediaType)
	}
	for name, values := range k.reply.headersFor(op, rand.New(rand.NewPCG(0, 0))) {
		h[name] = values
	}
	skip := k.sampleHeaders(h, env)
	encoded, err := encodeBody(body, h.Get("Content-Type"))
	if err != nil {
		k.fail("/body", "not a JSON value: "+err.Error(), "")
		return
	}
	if len(encoded) == 0 && op.Response(status).HasBody() {
		k.fail("/status", fmt.Sprintf("off contract: an answer %d has a body", status),
			fmt.Sprintf("write body; %s allows to leave it out", k.permit))
		return
	}
	found := op.Contract().CheckResponse(&openapi.Response{Operation: op, Status: status, Header: h, Body: encoded})
	for _, v := range k.reply.allowed(found) {
		if v.In == openapi.InHeader && slices.Contains(skip, http.CanonicalHeaderKey(v.Pointer)) ||
			v.In == openapi.InBody && below(v.Pointer, unknown) {
			continue
		}
		k.reportViolation(op, v)
	}
}

// sampleHeaders changes h as the reply will and returns the names of the headers that
// only a real request can tell.
func (k *checker) sampleHeaders(h http.Header, env *environment) (skip []string) {
	if e := k.reply.graphError; e.retryAfter.form != retryNone {
		h.Set("Retry-After", e.retryAfter.text(sampleNow))
	}
	for _, change := range k.reply.headers {
		if change.remove {
			h.Del(change.name)
			continue
		}
		text, err := change.value.text(env)
		if err != nil || change.value.isExternal() {
			skip = append(skip, change.name)
		}
		h.Set(change.name, text)
	}
	return skip
}

// below reports whether a pointer is at or under one of the others.
func below(pointer string, others map[string]bool) bool {
	for other := range maps.Keys(others) {
		if pointer == other || strings.HasPrefix(pointer, other+"/") {
			return true
		}
	}
	return false
}

// reportViolation reports a violation at the place that causes it.
func (k *checker) reportViolation(op *openapi.Operation, v openapi.Violation) {
	at, subject := "", v.In
	switch v.In {
	case openapi.InBody:
		at = "/body" + v.Pointer
		if leaves := k.patchLeaves(); below(v.Pointer, leaves) {
			at = "/patch" + v.Pointer
		}
		subject = strings.TrimSpace("body " + v.Pointer)
	case openapi.InHeader:
		at, subject = "/headers/"+jsontext.EscapePointer(v.Pointer), "header "+v.Pointer
	case openapi.InStatus:
		at = "/status"
		if k.reply.source == fromGraphError {
			at = "/error/status"
		}
		subject = op.Pattern()
	}
	hint := k.permit + " allows it"
	if v.Hint != "" {
		hint = v.Hint + "; " + hint
	}
	k.fail(at, "off contract: "+subject+": "+v.Message, hint)
}

// allowed leaves out the violations that the reply is allowed: all with
// offContract, and the forms of Retry-After that HTTP has and the contract's
// whole seconds do not.
func (resp *Response) allowed(found []openapi.Violation) []openapi.Violation {
	if resp.offContract {
		return nil
	}
	if !resp.graphError.retryAfter.isUnusual() {
		return found
	}
	return slices.DeleteFunc(found, func(v openapi.Violation) bool {
		return v.In == openapi.InHeader && strings.EqualFold(v.Pointer, "Retry-After")
	})
}
