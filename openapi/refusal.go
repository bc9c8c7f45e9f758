package openapi

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
)

// problemMediaType is that of problem details (RFC 9457).
const problemMediaType = "application/problem+json"

// An ErrorResponse is an error as the contract of a service other than Graph words it.
type ErrorResponse struct {
	Status    int
	MediaType string      // of Value, "" if there is no body
	Value     any         // the body: JSON, or a text where the media type is not JSON
	Header    http.Header // what the response can't do without
}

// Refusal returns the response to a request with the violation. The operation is nil
// where none fits the request. The error says why the contract's own words can't be
// made up; the response then has others.
func (op *Operation) Refusal(v Violation, random *rand.Rand) (ErrorResponse, error) {
	message := strings.TrimSpace(v.In+" "+v.Pointer) + ": " + v.Message
	return op.ErrorResponse(graph.Error{Status: op.RefusalStatus(v.statuses()...), Message: message}, random)
}

// statuses returns the statuses that a request with the violation can be refused with,
// the usual one first.
func (v Violation) statuses() []int {
	switch {
	case v.Rule == ruleUnknownSegment, v.Rule == ruleInvalidVersion:
		return []int{http.StatusNotFound}
	case v.In == InHeader && v.Pointer == "Content-Type":
		return refusals(http.StatusUnsupportedMediaType)
	}
	return refusals(v.GraphError().Status)
}

// refusals returns a status and those that services have in its place.
func refusals(status int) []int {
	switch status {
	case http.StatusBadRequest:
		return []int{400, 422}
	case http.StatusUnsupportedMediaType, http.StatusRequestEntityTooLarge:
		return []int{status, 400, 422}
	case http.StatusUnauthorized:
		return []int{401, 403}
	case http.StatusForbidden:
		return []int{403, 401}
	}
	return []int{status}
}

// RefusalStatus returns which of several statuses the operation declares: by its
// number, else the first one by a range or by the default. If it declares none, it is
// the first.
func (op *Operation) RefusalStatus(statuses ...int) int {
	if op == nil {
		return statuses[0]
	}
	for _, status := range statuses {
		if op.statuses[status] != nil {
			return status
		}
	}
	return statuses[0]
}

// AsRefusal is an error with the status that the operation has for it.
func (op *Operation) AsRefusal(e graph.Error) graph.Error {
	e.Status = op.RefusalStatus(refusals(e.Status)...)
	return e
}

// ErrorResponse words an error as the operation does with its status: by its first
// example that is valid, else by a sample in which the members that are known for it
// say what is wrong. Where the operation does not declare the status, it is problem
// details (RFC 9457). The error is as Refusal has it.
func (op *Operation) ErrorResponse(e graph.Error, random *rand.Rand) (ErrorResponse, error) {
	r := ErrorResponse{Status: e.Status}
	if e.Status == http.StatusUnauthorized {
		r.Header = http.Header{"Www-Authenticate": {op.challenge()}}
	}
	if op == nil || !op.Declares(e.Status) {
		r.MediaType, r.Value = problemMediaType, problemDetails(e)
		return r, nil
	}
	declared := op.Response(e.Status)
	if more := declared.SampleHeaders(context.Background(), random); more != nil {
		maps.Copy(more, r.Header)
		r.Header = more
	}
	media := declared.content().first()
	if media == nil {
		return r, nil
	}
	r.MediaType = media.instance()
	value, err := media.errorValue(e, op.statuses[e.Status] != nil, random)
	if err != nil {
		r.MediaType, r.Value = problemMediaType, problemDetails(e)
		return r, err
	}
	r.Value = value
	return r, nil
}

// errorValue is the body of an error. The example of a status of its own is left as it
// is; one that stands for several statuses gets this one.
func (m *mediaType) errorValue(e graph.Error, exact bool, random *rand.Rand) (any, error) {
	for _, example := range m.examples {
		value, ok := plain(example.value)
		_, isText := value.(string)
		if !ok || !m.json && !isText || m.json && len(validate(m.schema, ResponseSide, value)) > 0 {
			continue
		}
		if exact {
			return value, nil
		}
		return m.explained(value, e), nil
	}
	switch {
	case m.schema == nil && m.json:
		return problemDetails(e), nil
	case m.schema == nil || !m.json && m.kind == "string":
		return e.Message, nil
	}
	value, err := m.schema.Example(context.Background(), random)
	if err != nil {
		return nil, err
	}
	if _, isText := value.(string); !m.json && !isText {
		return nil, errors.New("it is not JSON, but " + m.name)
	}
	return m.explained(value, e), nil
}

// explained returns the body of an error whose usual members say what is wrong, as far
// as the schema lets them. It changes value.
func (m *mediaType) explained(value any, e graph.Error) any {
	if m.json {
		explain(value, e, func() bool { return len(validate(m.schema, ResponseSide, value)) == 0 })
	}
	return value
}

// explain sets the members of an error that services agree on: those of problem
// details, and the usual names of codes and texts. It adds none.
func explain(value any, e graph.Error, fits func() bool) {
	object, _ := value.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		old := object[name]
		_, isText := old.(string)
		switch name {
		case "status", "statusCode", "status_code":
			object[name] = statusAs(old, e.Status)
		case "code":
			if !isText {
				object[name] = statusAs(old, e.Status)
			} else if e.Code != "" {
				object[name] = e.Code
			}
		case "title":
			if isText {
				object[name] = http.StatusText(e.Status)
			}
		case "detail", "message", "description", "error_description", "reason":
			if isText {
				object[name] = e.Message
			}
		case "error":
			explain(old, e, fits)
			continue
		default:
			continue
		}
		if !fits() {
			object[name] = old
		}
	}
}

// statusAs returns a status as a value of the type of another, or that one.
func statusAs(old any, status int) any {
	value, _ := jsontext.ValueOf(status)
	switch old.(type) {
	case string:
		return strconv.Itoa(status)
	case bool, []any, map[string]any, nil:
		return old
	}
	return value
}

// problemDetails is the body of an error that the contract says nothing about.
func problemDetails(e graph.Error) any {
	status, _ := jsontext.ValueOf(e.Status)
	body := map[string]any{"title": cmp.Or(http.StatusText(e.Status), "Error"), "status": status}
	if e.Message != "" {
		body["detail"] = e.Message
	}
	return body
}

// challenge is the WWW-Authenticate header of a 401.
func (op *Operation) challenge() string {
	if op == nil || op.security.token {
		return "Bearer"
	}
	switch keys := op.security.Keys(); {
	case len(keys) == 0:
		return "Bearer"
	case keys[0].Scheme != "":
		return keys[0].Scheme
	}
	return "ApiKey" // has no registered scheme
}
