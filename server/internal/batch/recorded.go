package batch

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/jsontext"
)

// RuleResponses is the rule of what answers a batch: one response for each request.
const RuleResponses = "batch-responses"

// Responses reads the decoded body of the response to a batch. The responses are in
// the order of the requests; one that is not there, or can't be read, has no status.
// What is wrong with the body is about the batch as a whole.
func (b *Batch) Responses(body any) ([]Response, []openapi.Violation) {
	content, _ := body.(map[string]any)
	list, _ := content["responses"].([]any)
	responses := make([]Response, len(b.Requests))
	var found []openapi.Violation
	wrong := func(pointer, message string) {
		found = append(found, openapi.Violation{Side: openapi.ResponseSide, In: openapi.InBody, Pointer: pointer,
			Rule: RuleResponses, Message: message})
	}
	seen := make([]bool, len(b.Requests))
	for i, v := range list {
		sent, _ := v.(map[string]any)
		id := textOf(sent["id"])
		pointer := "/responses/" + strconv.Itoa(i) + "/id"
		switch at := b.index(id); {
		case at < 0:
			wrong(pointer, "no request has the id "+jsontext.Quote(id))
		case seen[at]:
			wrong(pointer, "an earlier response has the id "+jsontext.Quote(id)+" too")
		default:
			seen[at], responses[at] = true, readResponse(sent)
		}
	}
	for i, r := range b.Requests {
		if !seen[i] {
			wrong("/responses", "there is no response to the request "+jsontext.Quote(r.ID))
		}
	}
	return responses, found
}

// readResponse reads a response of a batch. JSON without a Content-Type is JSON.
func readResponse(sent map[string]any) Response {
	r := Response{Header: parseHeader(sent["headers"])}
	if status, ok := sent["status"].(json.Number); ok {
		r.Status, _ = strconv.Atoi(status.String())
	}
	if sent["body"] == nil {
		return r
	}
	kind := r.Header.Get("Content-Type")
	var problem *Problem
	if r.Body, problem = parseBody(sent["body"], kind); problem != nil {
		r.Body = []byte(textOf(sent["body"])) // is not base64, though it should be
	}
	if kind == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// AddCommonHeaders gives the response to a request what only the response to the batch
// has: each is about all of them.
func (r *Response) AddCommonHeaders(batch http.Header) {
	for name, values := range batch {
		if (isCommon(name) || name == "Odata-Version") && r.Header[name] == nil {
			r.Header[name] = values
		}
	}
}

// isCommon reports whether a header is that of the response to a batch, and of none to
// its requests.
func isCommon(name string) bool {
	switch name {
	case "Request-Id", "Client-Request-Id", "Date", "X-Ms-Ags-Diagnostic", "Strict-Transport-Security", "Connection",
		"Content-Length", "Transfer-Encoding":
		return true
	}
	return false
}
