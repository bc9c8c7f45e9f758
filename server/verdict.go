package server

import (
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
)

// A Verdict tells whether the clients of a server kept the contract, and which
// part of it they used.
type Verdict struct {
	Clean      bool                `json:"clean"` // no violation, no failure
	Violations []GroupedViolation  `json:"violations"`
	Unmatched  []UnmatchedRequest  `json:"unmatched"`
	Unused     []scenarios.Unused  `json:"unused"`
	Failures   []scenarios.Failure `json:"failures"`
	Coverage   Coverage            `json:"coverage"`
}

// A GroupedViolation is a violation and how often it was seen: violations of one
// operation, side, place and rule are one group.
type GroupedViolation struct {
	openapi.Violation
	Count int    `json:"count"`
	First int64  `json:"first"` // id of the first exchange
	Where string `json:"where"` // its request line, such as PUT /v1.0/me/activities/1
}

// An UnmatchedRequest is a request line that no operation fits.
type UnmatchedRequest struct {
	Method  string `json:"method"`
	Path    string `json:"path"`
	Count   int    `json:"count"`
	First   int64  `json:"first"`             // id of the first exchange
	Nearest string `json:"nearest,omitempty"` // pattern of the operation that is most like it
	Why     string `json:"why"`               // why that did not fit
}

// Coverage is which part of the contract the requests used.
type Coverage struct {
	Percent    float64             `json:"percent"` // of all that could be covered, from 0 to 100
	Operations []OperationCoverage `json:"operations"`
}

// OperationCoverage is the coverage of one operation.
type OperationCoverage struct {
	Operation string  `json:"operation"` // operationId
	Pattern   string  `json:"pattern"`
	Requests  int     `json:"requests"`
	Points    []Point `json:"points"`
}

// A Point is one thing about an operation that tests can touch.
type Point struct {
	Kind string `json:"kind"` // status, query, property, value, nextLink or retryAfter
	Name string `json:"name"` // 201, $filter, /userTimezone, /status=active
	Hits int    `json:"hits"`
}
