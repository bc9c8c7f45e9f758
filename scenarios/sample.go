package scenarios

import (
	"net/http"
	"strconv"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
)

// sampleNow is the time of samples; nothing depends on it.
var sampleNow = time.Date(2018, 2, 26, 20, 28, 22, 140_000_000, time.UTC)

const sampleID = "0f5c9b1e-2d47-4a83-b6e0-71c4d2a95f38"

// sampleTree evaluates v for a sample request and adds to unknown what looks at the
// request, or fails.
func sampleTree(v *value, env *environment, unknown map[string]bool) any {
	for pointer := range v.external {
		unknown[pointer] = true
	}
	if v.encoded != nil {
		return v.tree
	}
	return sampleLeaves(v.tree, "", env, unknown)
}

func sampleLeaves(v any, pointer string, env *environment, unknown map[string]bool) any {
	switch v := v.(type) {
	case template:
		result, err := v.evaluate(env)
		if err != nil {
			unknown[pointer] = true
		}
		return result
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, each := range v {
			out[name] = sampleLeaves(each, pointer+"/"+jsontext.EscapePointer(name), env, unknown)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, each := range v {
			out[i] = sampleLeaves(each, pointer+"/"+strconv.Itoa(i), env, unknown)
		}
		return out
	}
	return v
}

func sampleEnvironment(r *rule, op *openapi.Operation) *environment {
	x := &Exchange{Now: sampleNow, User: "user@contoso.com", App: sampleID, Scopes: op.Security().Scopes()}
	env, err := newEnvironment(x, nil, startState, nil, func() string { return sampleID })
	if err != nil {
		panic("BUG: sample environment: " + err.Error())
	}
	env.Request.Method = op.Method
	return env
}

// sampleEnvelope returns Graph's error envelope, as the server will write it.
func sampleEnvelope(e graph.Error) map[string]any {
	return map[string]any{"error": map[string]any{
		"code": e.Code, "message": e.Message,
		"innerError": map[string]any{
			"date": sampleNow.Format("2006-01-02T15:04:05"), "request-id": sampleID, "client-request-id": sampleID,
		},
	}}
}

// standardHeaders returns the headers that the server adds to every response.
func standardHeaders(op *openapi.Operation, status int, hasBody bool) http.Header {
	h := http.Header{}
	for name, value := range map[string]string{
		"Request-Id": sampleID, "Client-Request-Id": sampleID,
		"Date":                sampleNow.Format(http.TimeFormat),
		"X-Ms-Ags-Diagnostic": `{"ServerInfo":{"DataCenter":"Local"}}`, "Strict-Transport-Security": "max-age=31536000",
	} {
		h.Set(name, value)
	}
	if hasBody {
		h.Set("Content-Type", contentType(op, status))
		if status < http.StatusBadRequest && op.Contract().UsesOData() {
			h.Set("OData-Version", "4.0")
		}
	}
	switch status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", graph.WWWAuthenticate)
	case http.StatusMethodNotAllowed:
		h.Set("Allow", "GET")
	}
	return h
}
