package scenarios

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/document"
)

// A Scenario is one story about a service that misbehaves: rules, and what is expected
// of the client. It was checked against a contract and is immutable; an Engine plays it.
type Scenario struct {
	Name     string
	Summary  string
	Fixtures []string // names or files, as the file has them; the server loads them
	File     string   // where it comes from, empty for a script in Go
	Expect   Expect

	// ReplicationDelay is how late reads see what is written to the directory; 0 for what the
	// server has.
	ReplicationDelay time.Duration

	rules        []*rule
	name         *document.Node   // where the name stands
	fixtureNodes []*document.Node // where those of Fixtures stand
	digest       string           // of everything that it was read from
}

// Expect is what a scenario demands of the client. The zero value demands
// nothing.
type Expect struct {
	// RetryAfter is whether a client that was told to wait has to, before its
	// next call to the same operation.
	RetryAfter bool

	// Unused is how many scripted replies may be left over at the end, times
	// counted. Nil is any number.
	Unused *int

	place string
	rule  *rule // that of a script, to which RetryAfter is bound; nil for files
}

// NoFixtures returns the problem that there are no fixtures of a name in Fixtures.
func (s *Scenario) NoFixtures(name string) document.Problem {
	for _, item := range s.fixtureNodes {
		if item.Text() == name {
			return NoFixtures(item)
		}
	}
	return document.Problem{File: s.File, Message: fmt.Sprintf("there are no fixtures %q", name)}
}

// NoFixtures returns the problem that there are no fixtures of the name that a scenario
// has at item.
func NoFixtures(item *document.Node) document.Problem {
	return item.Problem(fmt.Sprintf("there are no fixtures %q", item.Text()),
		"contoso is embedded; any other name is a file beside the scenario")
}

// same reports whether two scenarios were read from the same text.
func (s *Scenario) same(other *Scenario) bool {
	return s.digest != "" && s.digest == other.digest && s.File == other.File && s.Name == other.Name
}

// Rules returns the ids of the rules in the order of the file.
func (s *Scenario) Rules() []string {
	ids := make([]string, len(s.rules))
	for i, r := range s.rules {
		ids[i] = r.id
	}
	return ids
}

// Script returns a scenario that replies to requests that fit a pattern (one of
// net/http's, a path alone, or an operationId) with a list of responses; after the last one, requests pass to the next scenario and at last
// to the service. It is the same as a file with one rule:
//
//	scenarios.Script(contract, "PUT /me/activities/{id}/historyItems/{item}",
//		scenarios.Throttle(30*time.Second), scenarios.Pass)
//
// The error names each reply that breaks the contract.
func Script(c *openapi.Contract, pattern string, responses ...Response) (*Scenario, error) {
	if c == nil {
		c = openapi.Embedded()
	}
	if len(responses) == 0 {
		return nil, fmt.Errorf("script for %q: there are no replies", pattern)
	}
	r := &rule{id: pattern, request: pattern, after: afterPass}
	var err error
	if r.operations, r.names, err = findOperations(c, pattern); err != nil {
		return nil, err
	}
	var problems []error
	compile := newCompiler(c)
	compile.permit = ".OffContract()"
	for i, resp := range responses {
		compile.addTo(r, resp, func(pointer, message, hint string) {
			problems = append(problems,
				fmt.Errorf("script for %q: reply %d: %s", pattern, i+1, withHint(message, hint)))
		})
	}
	r.specificity = r.computeSpecificity()
	return &Scenario{rules: []*rule{r}}, errors.Join(problems...)
}

// Demanding returns a script that expects of the client what its responses mean: that
// each is given, except for a Pass at the end, and that who is told to wait does so.
// The place, such as sync/sync_test.go:41, is where its failures come from.
func (s *Scenario) Demanding(place string) *Scenario {
	demanding := *s
	demanding.rules = nil
	for _, r := range s.rules {
		at := *r
		at.place = place
		demanding.rules = append(demanding.rules, &at)
		demanding.Expect = Expect{Unused: new(at.passesAtEnd()), place: place, rule: &at}
		for i := range at.replies {
			demanding.Expect.RetryAfter = demanding.Expect.RetryAfter || at.replies[i].asksToWait()
		}
	}
	return &demanding
}

// passesAtEnd returns how many replies at the end are what follows the list anyway.
func (r *rule) passesAtEnd() int {
	n := 0
	for i := len(r.replies) - 1; i >= 0 && r.replies[i].isPass(); i-- {
		n += cmp.Or(r.replies[i].times, 1)
	}
	return n
}

func withHint(message, hint string) string {
	if hint == "" {
		return message
	}
	return message + " (" + hint + ")"
}

// checkReply reports what no reply can be under any contract.
func (r *rule) checkReply(compiled *reply, report report) {
	switch status := compiled.statusOf(); {
	case compiled.times < 0:
		report("/times", fmt.Sprintf("times is %d, less than once", compiled.times), "")
	case (compiled.source == fromScript || compiled.source == fromGraphError) && (status < 200 || status > 599):
		report("/status", fmt.Sprintf("status %d is not an answer", status), "200 to 599")
	}
	if compiled.fault != NoFault && !slices.Contains(faults, compiled.fault) {
		report("/fault", fmt.Sprintf("unknown fault %q", compiled.fault), "")
	}
	for _, h := range compiled.Response.headers {
		if !validHeader(h.name, h.value) {
			report("/headers", fmt.Sprintf("%s can't be a header", show(h.name)), "")
		}
	}
	if n := compiled.notify; n.Drop < 0 || n.Drop > maxDropped || n.Delay < 0 || n.Delay > maxDelay {
		report("/notify", "drop or delay is out of bounds", fmt.Sprintf("up to %d, 0s to %v", maxDropped, maxDelay))
	}
	if l := compiled.latency; l.min < 0 || l.max > maxDelay {
		report("/delay", "the delay is out of bounds", fmt.Sprintf("0s to %v", maxDelay))
	}
}
