package openapi

import (
	"strings"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/schema"
)

// Side says which half of an exchange a violation is about.
type Side string

const (
	RequestSide  Side = "request"
	ResponseSide Side = "response"
)

// Places of a violation: where in a message Pointer points.
const (
	InBody   = "body"
	InPath   = "path"
	InQuery  = "query"
	InHeader = "header"
	InStatus = "status"
)

// Evidence says how sure it is that the real service has a rule.
type Evidence string

const (
	Documented Evidence = "documented" // Microsoft's documentation or metadata says so
	Observed   Evidence = "observed"   // the service was seen to answer so
	Assumed    Evidence = "assumed"    // not known; decided as Graph would
)

// A Violation is one way in which a message breaks the contract. It is data:
// rendering it is the caller's job, String returns the usual one-line form.
type Violation struct {
	Operation string   `json:"operation,omitempty"` // operationId, empty if no operation matched
	Side      Side     `json:"side"`
	In        string   `json:"in"`                // body, path, query, header or status
	Pointer   string   `json:"pointer,omitempty"` // JSON pointer in a body; name of a parameter, header or segment
	Rule      string   `json:"rule"`              // a JSON Schema keyword, or the id of a behaviour row of the contract
	Message   string   `json:"message"`
	Hint      string   `json:"hint,omitempty"` // what would help
	Type      string   `json:"type,omitempty"` // the schema that has the rule, such as microsoft.graph.user
	Evidence  Evidence `json:"evidence,omitempty"`
	Source    string   `json:"source,omitempty"` // where the evidence is
}

// String returns the violation in one line:
//
//	request body /startedDateTime: required property is missing (documented, type activityHistoryItem)
//
// In parentheses stand the evidence for the rule, and the type that has it.
func (v Violation) String() string {
	var b strings.Builder
	b.WriteString(string(v.Side))
	b.WriteByte(' ')
	b.WriteString(v.In)
	if v.Pointer != "" {
		b.WriteByte(' ')
		b.WriteString(v.Pointer)
	}
	b.WriteString(": ")
	b.WriteString(v.Message)
	if v.Hint != "" {
		b.WriteString("; ")
		b.WriteString(v.Hint)
	}
	if v.Evidence != "" {
		b.WriteString(" (")
		b.WriteString(string(v.Evidence))
		if v.Evidence == Assumed {
			b.WriteString(" by graphmock")
		}
		if v.Type != "" {
			b.WriteString(", type ")
			b.WriteString(shortType(v.Type))
		}
		b.WriteByte(')')
	}
	return b.String()
}

// Property is the name that the violation is about: the last segment of its
// JSON pointer that is not the index of an element, or the parameter.
func (v Violation) Property() string {
	if v.In != InBody {
		return v.Pointer
	}
	for rest := v.Pointer; ; {
		i := strings.LastIndexByte(rest, '/')
		if name := rest[i+1:]; strings.Trim(name, "0123456789") != "" {
			return jsontext.UnescapePointer(name)
		}
		if i < 0 {
			return ""
		}
		rest = rest[:i]
	}
}

// ErrorID returns the id of the error that a request with the violation gets: its
// rule, if that is the id of an error itself, else the one for violations of its
// kind. An id is that of a row of the contract, and of graph.ErrorOf.
func (v Violation) ErrorID(isError func(id string) bool) string {
	switch {
	case isError(v.Rule):
		return v.Rule
	case v.In != InBody:
		return "parameter-invalid"
	case v.Rule == "additionalProperties" && v.Type == "": // of what an action takes
		return "unknown-parameter"
	case v.Rule == "additionalProperties":
		return ruleUnknownProperty
	case v.Pointer == "": // the body as a whole is of the wrong type
		return "body-syntax"
	}
	return "schema-invalid"
}

// GraphError returns how Graph words the error that a request with the violation
// gets.
func (v Violation) GraphError() graph.Error {
	e, _ := graph.ErrorOf(v.ErrorID(graph.IsErrorID))
	return e
}

// shortType drops the namespace: microsoft.graph.userActivity is userActivity.
func shortType(name string) string {
	return name[strings.LastIndexByte(name, '.')+1:]
}

// violations returns the problems of a body as violations.
func violations(side Side, problems []schema.Problem) []Violation {
	var all []Violation
	for _, p := range problems {
		all = append(all, Violation{Side: side, In: InBody, Pointer: p.Pointer, Rule: p.Rule, Message: p.Message,
			Hint: p.Hint, Type: p.Type, Evidence: Evidence(p.Evidence), Source: p.Source})
	}
	return all
}
