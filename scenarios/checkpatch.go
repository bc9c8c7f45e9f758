package scenarios

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/jsontext"
)

func (k *checker) patchLeaves() map[string]bool {
	leaves := map[string]bool{}
	if k.reply.patched {
		addLeaves(k.reply.patch.tree, "", leaves)
	}
	return leaves
}

// addLeaves collects the pointers of the values that a merge patch sets.
func addLeaves(v any, pointer string, leaves map[string]bool) {
	object, ok := v.(map[string]any)
	if !ok || len(object) == 0 {
		leaves[pointer] = true
		return
	}
	for name, each := range object {
		addLeaves(each, pointer+"/"+jsontext.EscapePointer(name), leaves)
	}
}

// checkPatch tries a patch of the service's response on made-up ones. The real response
// is checked when it is sent.
func (k *checker) checkPatch(op *openapi.Operation) {
	if !k.reply.patched || k.reply.offContract {
		return
	}
	env, leaves := sampleEnvironment(k.rule, op), k.patchLeaves()
	unknown := map[string]bool{}
	patch := sampleTree(&k.reply.patch, env, unknown)
	var first []openapi.Violation
	bodies := 0
	for status := range op.Successes() {
		if !op.Response(status).HasBody() {
			continue
		}
		base, err := op.Response(status).Sample(context.Background(), rand.New(rand.NewPCG(0, 0)))
		if err != nil {
			return
		}
		bodies++
		found := k.patchViolations(op, status, mergePatch(base, patch), leaves, unknown)
		if len(found) == 0 {
			return
		}
		if first == nil {
			first = found
		}
	}
	if bodies == 0 && k.rule.operations != nil {
		k.fail("/patch", fmt.Sprintf("%s answers without a body: there is nothing to patch", op.Pattern()), "")
	}
	for _, v := range first {
		k.reportViolation(op, v)
	}
}

func (k *checker) patchViolations(
	op *openapi.Operation, status int, body any, leaves, unknown map[string]bool,
) []openapi.Violation {
	text, err := encode(body)
	if err != nil {
		return nil
	}
	found := op.Contract().CheckResponse(&openapi.Response{
		Operation: op, Status: status, Header: standardHeaders(op, status, true), Body: text,
	})
	return slices.DeleteFunc(found, func(v openapi.Violation) bool {
		return v.In != openapi.InBody || !below(v.Pointer, leaves) || below(v.Pointer, unknown)
	})
}

// checkHeaders tries the reply's changes to the headers on the service's
// successes; they have to fit one of them, and one with a body where there is one.
func (k *checker) checkHeaders(op *openapi.Operation) {
	if len(k.reply.headers) == 0 || k.reply.offContract || k.failed {
		return
	}
	statuses := slices.Collect(op.Successes())
	hasBody := func(status int) bool { return op.Response(status).HasBody() }
	if slices.ContainsFunc(statuses, hasBody) {
		statuses = slices.DeleteFunc(statuses, func(status int) bool { return !hasBody(status) })
	}
	var first []openapi.Violation
	for _, status := range statuses {
		found := k.headerViolations(op, status)
		if len(found) == 0 {
			return
		}
		if first == nil {
			first = found
		}
	}
	for _, v := range first {
		k.reportViolation(op, v)
	}
}

// headerViolations returns the violations that the reply's changes cause.
func (k *checker) headerViolations(op *openapi.Operation, status int) []openapi.Violation {
	h := standardHeaders(op, status, op.Response(status).HasBody())
	skip := k.sampleHeaders(h, sampleEnvironment(k.rule, op))
	var text []byte
	if op.Response(status).HasBody() {
		text = []byte("{}") // its schema is not checked here
	}
	found := op.Contract().CheckResponse(&openapi.Response{Operation: op, Status: status, Header: h, Body: text})
	return slices.DeleteFunc(found, func(v openapi.Violation) bool {
		name := http.CanonicalHeaderKey(v.Pointer)
		return v.In != openapi.InHeader || slices.Contains(skip, name) ||
			!slices.ContainsFunc(k.reply.headers, func(c headerChange) bool { return c.name == name })
	})
}
