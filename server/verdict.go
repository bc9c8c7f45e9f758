package server

import (
	"cmp"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
)

// A Verdict tells whether the clients of a server kept the contract, and which
// part of it they used. Its lists are never nil, and in the order in which
// things were first seen. A request that no operation fits is a violation as
// well, and so is a scripted answer that breaks the contract.
type Verdict struct {
	Clean      bool                `json:"clean"` // no violation, no failure
	Violations []GroupedViolation  `json:"violations"`
	Unmatched  []UnmatchedRequest  `json:"unmatched"`
	Unused     []scenarios.Unused  `json:"unused"`
	Failures   []scenarios.Failure `json:"failures"`
	Duplicates []Duplicate         `json:"duplicates"`
	Omitted    int                 `json:"omitted,omitempty"` // violations that fit none of the first thousand groups
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

// A Duplicate is something that was created twice: the service stored a write
// and a fault lost its answer; then the client sent the same body again under
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

// Coverage is which part of the contract the requests used.
type Coverage struct {
	Percent    float64             `json:"percent"` // of all points that count, from 0 to 100
	Operations []OperationCoverage `json:"operations"`
}

// OperationCoverage is the coverage of one operation, together with those that
// do the same at another place: what is under /users/{user-id} is counted with
// its twin under /me.
type OperationCoverage struct {
	Operation string   `json:"operation"` // operationId
	Pattern   string   `json:"pattern"`
	Twins     []string `json:"twins,omitempty"` // operationIds that are counted here too
	Requests  int      `json:"requests"`
	Points    []Point  `json:"points"`
}

// A Point is one thing about an operation that tests can touch.
type Point struct {
	Kind     string `json:"kind"` // status, query, property, value, nextLink or retryAfter
	Name     string `json:"name"` // 201, $filter, /userTimezone, /status=active
	Hits     int    `json:"hits"`
	Optional bool   `json:"optional,omitempty"` // the percentage does not ask for it
}

// Kinds of points.
const (
	PointStatus     = "status"     // an answer that the contract declares, such as 201 or 5XX
	PointQuery      = "query"      // a query option
	PointProperty   = "property"   // a property of the body, at the top or one level below
	PointValue      = "value"      // a value of an enum
	PointNextLink   = "nextLink"   // an @odata.nextLink that was given was followed
	PointRetryAfter = "retryAfter" // a Retry-After that was given was honoured
)

// Verdict gives the verdict on everything since the start, or the last Reset.
// What scenarios expect about replies left over is final only when the clients
// are done.
func (s *Server) Verdict() Verdict {
	v := s.tally.verdict(s.config.Contract, !s.config.Now.IsZero())
	for i := range v.Unmatched {
		u := &v.Unmatched[i]
		if op := s.config.Contract.NearestOperation(u.Method, u.Path); op != nil {
			u.Nearest = op.Pattern()
		}
	}
	v.Failures = append([]scenarios.Failure{}, s.Failures()...)
	v.Unused = []scenarios.Unused{}
	if stage := s.stage.Load(); stage != nil {
		v.Unused = append(v.Unused, stage.Unused()...)
	}
	v.Clean = len(v.Violations) == 0 && v.Omitted == 0 && len(v.Failures) == 0
	return v
}

// verdict is what the tally knows of it.
func (t *tally) verdict(c *openapi.Contract, stands bool) Verdict {
	for op := range c.Operations() { // one by one: of a large contract, it keeps nobody waiting
		t.mu.Lock()
		t.operation(op)
		t.mu.Unlock()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	v := Verdict{
		Violations: []GroupedViolation{}, Unmatched: []UnmatchedRequest{}, Omitted: t.omitted,
		Duplicates: append([]Duplicate{}, t.writes.duplicates...), Coverage: t.coverage(c, stands),
	}
	for _, g := range t.groups {
		v.Violations = append(v.Violations, *g)
	}
	slices.SortFunc(v.Violations, func(a, b GroupedViolation) int {
		return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Side, b.Side), strings.Compare(a.In+a.Pointer+a.Rule, b.In+b.Pointer+b.Rule))
	})
	for _, u := range t.unmatched {
		v.Unmatched = append(v.Unmatched, *u)
	}
	slices.SortFunc(v.Unmatched, func(a, b UnmatchedRequest) int { return cmp.Compare(a.First, b.First) })
	return v
}
