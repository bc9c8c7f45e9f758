// Package verdict finds out whether the clients of a server kept the contract, and which
// part of it they used.
package verdict

import (
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/credential"
	"github.com/graphmock/graphmock/scenarios"
)

// A Verdict says whether the clients of a server kept the contract, and which
// part of it they used. Its lists are never nil, and in the order in which
// things were first seen. A request that no operation fits is a violation as
// well, and so is a scripted response that breaks the contract.
type Verdict struct {
	Clean      bool               `json:"clean"` // no violation, no failure
	Violations []GroupedViolation `json:"violations"`
	Unmatched  []UnmatchedRequest `json:"unmatched"`
	// Unsupported is what Graph has and the server does not. It is no violation, and
	// leaves the verdict clean.
	Unsupported []UnsupportedRequest `json:"unsupported"`
	Outside     []OutsideRequest     `json:"outside"`  // leaves the verdict clean
	Guidance    []Guidance           `json:"guidance"` // leaves the verdict clean as well
	Unused      []scenarios.Unused   `json:"unused"`
	Failures    []scenarios.Failure  `json:"failures"`
	Duplicates  []Duplicate          `json:"duplicates"`
	Omitted     int                  `json:"omitted,omitempty"` // violations that fit none of the first thousand groups
	Coverage    Coverage             `json:"coverage"`
	Permissions Permissions          `json:"permissions"`
}

// A GroupedViolation is a violation and how often it was seen: violations of one
// operation, side, place and rule are one group.
type GroupedViolation struct {
	openapi.Violation
	Count int    `json:"count"`
	First int64  `json:"first"`          // id of the first exchange
	Where string `json:"where"`          // its request line, such as PUT /v1.0/me/activities/1
	Curl  string `json:"curl,omitempty"` // what shows it, a line for each request
}

// An UnmatchedRequest is a request line that no operation fits.
type UnmatchedRequest struct {
	Method  string `json:"method"`
	Path    string `json:"path"`
	Count   int    `json:"count"`
	First   int64  `json:"first"`             // id of the first exchange
	Nearest string `json:"nearest,omitempty"` // pattern of the operation that is most like it
	Why     string `json:"why"`               // why that did not fit
	Rule    string `json:"rule,omitempty"`    // of its violation, such as unknown-segment
}

// An UnsupportedRequest is what clients asked for that Graph has and the server does not
// serve.
type UnsupportedRequest struct {
	What  string `json:"what"` // such as GET /me/messages
	Count int    `json:"count"`
	First int64  `json:"first"` // id of the first exchange
	Where string `json:"where"` // its request line
}

// An OutsideRequest is what clients asked the proxy for of a host that is neither Graph's nor
// Entra's, and did not get.
type OutsideRequest struct {
	Host  string `json:"host"` // with its port
	Count int    `json:"count"`
	First int64  `json:"first"` // id of the first exchange
	Why   string `json:"why"`   // and what would help
}

// A Duplicate is something that was created twice: the service stored a write
// and a fault lost its response; then the client sent the same body again under
// another id, and that was stored as well. It is no violation, and a client that
// really wants two of the same looks alike.
type Duplicate struct {
	Operation string `json:"operation"` // operationId
	Lost      Write  `json:"lost"`
	Again     Write  `json:"again"`
}

// A Write is a request that stored something.
type Write struct {
	ID    int64  `json:"id"`    // of the exchange
	Where string `json:"where"` // its request line
}

// Bound adds a failure for each operation that needed more than some permissions.
func (v *Verdict) Bound(most []string) { v.AddScenarios(v.Permissions.Exceeding(most), nil) }

// AddScenarios adds what scenarios expected and did not get, and the replies that they
// have left over. Credentials are taken out of both.
func (v *Verdict) AddScenarios(failures []scenarios.Failure, unused []scenarios.Unused) {
	var rules credential.Rules
	for i := range failures {
		f := &failures[i]
		f.Scenario, f.Rule, f.Message = rules.Text(f.Scenario), rules.Text(f.Rule), rules.Text(f.Message)
	}
	for i := range unused {
		u := &unused[i]
		u.Scenario, u.Rule, u.Message = rules.Text(u.Scenario), rules.Text(u.Rule), rules.Text(u.Message)
	}
	v.Failures = append(v.Failures, failures...)
	v.Unused = append(v.Unused, unused...)
	v.Clean = v.Clean && len(failures) == 0
}
