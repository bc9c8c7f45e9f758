package capture

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/resource"
)

// isResult reports whether an exchange is about what the entities of a tenant do not tell:
// what an action or a function returns that the service can't work out, or where bytes
// are that the recording does not have.
func (t *Tenant) isResult(x *Exchange, p resource.Path) bool {
	switch {
	case x.Method == http.MethodGet && x.Status/100 == 3:
		return true
	case !p.IsResult() || p.Kind == resource.Ref:
		return false
	case p.Kind != resource.Action && p.Kind != resource.Function, p.Above().IsResult():
		return true
	case listsAll(p.Node):
		return false
	}
	b := t.behaviorOf(p.Above().Type)
	return b == nil || b.Operations[p.Name] == nil && b.Functions[p.Name] == ""
}

// addResult keeps the response to an exchange as it is, but for what the contract forbids.
func (t *Tenant) addResult(x *Exchange, op *openapi.Operation, p resource.Path, answer any) {
	r := fixtures.Result{Method: x.Method, Path: p.URL(), Status: x.Status}
	request := x.Method + " " + r.Path
	switch {
	case t.hasResult[request]:
		return
	case x.AnswerLost && x.Status == http.StatusOK:
		t.leave(leftLost)
		return
	case t.bytes+len(x.Answer) > maxBytes:
		t.leave(leftBeyond)
		return
	}
	if x.Status/100 == 3 || x.Status == http.StatusCreated || x.Status == http.StatusAccepted {
		r.Location = t.contract.Credentials().Text(x.Location)
	}
	switch {
	case len(x.Answer) == 0 || x.AnswerLost:
	case answer != nil:
		r.Body = answer
		if content, isObject := answer.(map[string]any); isObject {
			for _, name := range []string{"@odata.context", "@odata.nextLink", "@odata.deltaLink"} {
				delete(content, name)
			}
			if inner, isObject := content["value"].(map[string]any); isObject && len(content) == 1 && !p.Collection &&
				entityType(p) != nil {
				r.Body = inner
			}
		}
	default:
		r.Media, r.ContentType = t.contract.Credentials().Body(x.Answer), cmp.Or(x.ContentType, "application/octet-stream")
	}
	if !t.isAllowed(&r, op) {
		t.leave(leftBroken)
		return
	}
	if r.Body == nil && r.Media == nil && r.Status == usualStatus(p) {
		return
	}
	t.bytes += len(x.Answer)
	t.hasResult[request] = true
	t.results = append(t.results, r)
}

// usualStatus is that of an action that returns nothing.
func usualStatus(p resource.Path) int {
	switch {
	case p.Kind != resource.Action || p.Type != nil:
		return 0
	case graph.IsAccepted(p.Name):
		return http.StatusAccepted
	}
	return http.StatusNoContent
}

// maxTaken is how often a result is looked at: each time some of what is wrong is told.
const maxTaken = 50

// isAllowed takes out of a result what the contract forbids, and reports whether it allows
// the rest.
func (t *Tenant) isAllowed(r *fixtures.Result, op *openapi.Operation) bool {
	for range maxTaken {
		found := t.contract.CheckResponse(r.Response(op))
		if len(found) == 0 {
			return true
		}
		some := false
		for _, v := range found {
			if v.In == openapi.InBody && v.Pointer != "" && v.Rule != "required" && takeOut(r.Body, v.Pointer) {
				t.leave(leftForbidden)
				some = true
			}
		}
		if !some {
			return false
		}
	}
	return false
}

// takeOut removes the member that a JSON pointer leads to, or the one whose list has it.
func takeOut(v any, pointer string) bool {
	var in map[string]any
	last := ""
	for segment := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		switch of := v.(type) {
		case map[string]any:
			in, last = of, jsontext.UnescapePointer(segment)
			v = of[last]
		case []any:
			i, err := strconv.Atoi(segment)
			if err != nil || i < 0 || i >= len(of) {
				return false
			}
			v = of[i]
		}
	}
	if in == nil {
		return false
	}
	_, has := in[last]
	delete(in, last)
	return has
}
