// Package verify derives requests from a contract and checks the responses of a
// service.
//
// # What it sends
//
// Of every operation: its examples; bodies and parameters at the edges of what
// their schemas allow, one change at a time; the same beyond the edges; bodies
// that are no JSON; requests without a token, with another method, or with a
// segment that the contract does not have. Whether a request is valid, the
// contract itself decides, so that a generator's guess is never taken for a rule.
//
// Where a resource can be put and deleted, each valid body is put in a sequence:
// create, replace with the next body, read, delete, delete again. Of an OData
// service, what is posted to a collection is posted again, read, counted, listed
// page by page and deleted, and what is patched is made before. What such a
// sequence has to show beyond HTTP's own rules is asked only where the contract
// has a behaviour row for it; the finding then has the row's evidence.
//
// Two extensions of a property say what no schema can: x-graphmock-key: unique is
// a key that a client picks, so each POST gets a new one and a PATCH none;
// x-graphmock-expiry: true is a date after which the entity is gone, so it is sent
// far in the future. An operation that has refusals of its own, such as a batch,
// may refuse a body for what it means: of valid ones it gets the examples only.
//
// # Goals
//
// The same seed sends the same requests; a finding is shown by the smallest
// request that still fails; no token appears in a result; nothing that is sent
// or received can make it hang or grow without bound.
//
// Non-goals: load, security, and rules that the contract does not have.
package verify

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/graphmock/graphmock/openapi"
)

// Config is what to verify, and how. Only Target has to be set.
type Config struct {
	// Contract is what the service promises. Nil is the embedded contract.
	Contract *openapi.Contract

	// Target is the service's URL, with or without the path of its root, such as
	// http://127.0.0.1:8080 or http://127.0.0.1:8080/v1.0. With a slash and nothing
	// behind it, the operations of a service other than Graph are at the root.
	Target string

	// Token is the bearer token of requests; empty sends none.
	Token string

	// Parameters are the values of parameters, by name. Those that are not here
	// come from earlier responses, the contract's examples, or its schemas.
	Parameters map[string]string

	// Include and Exclude select operations by operationId or pattern, in which
	// * stands for any text. No Include is every operation. What is excluded is
	// never called; what is not included is, where it prepares or cleans up.
	Include, Exclude []string

	// Seed starts the random source: same seed, same requests.
	Seed uint64

	// Rate is the most requests in a second. Zero is no limit.
	Rate float64

	// Parallel is how many requests are under way at most. Zero is 8.
	Parallel int

	// Timeout is how long a response may take. Zero is ten seconds.
	Timeout time.Duration

	// Transport carries the requests. Nil is a transport of its own that uses
	// no proxy.
	Transport http.RoundTripper

	// Progress, if not nil, is called with how many operations are planned, and then
	// with how many cases are done, one call at a time.
	Progress func(step Step, done, total int)
}

// A Step is one half of a run.
type Step string

// Steps of a run, in words.
const (
	Planning  Step = "planning"
	Verifying Step = "verifying"
)

// Result is what a run found.
type Result struct {
	Requests   int       `json:"requests"`   // that were sent
	Checks     int       `json:"checks"`     // responses compared with the contract
	Operations int       `json:"operations"` // that were verified
	Cases      int       `json:"cases"`      // that were run to their end
	Findings   []Finding `json:"findings"`   // by operation, then case
	// paths of what was made and is not deleted, because findings name them
	Kept        []string `json:"kept,omitempty"`
	Interrupted bool     `json:"interrupted,omitempty"` // before every case was run
}

// A Finding is one way in which the service breaks the contract: the first case
// that shows it, in its smallest form.
type Finding struct {
	Operation string `json:"operation"` // operationId
	Pattern   string `json:"pattern"`
	Rule      string `json:"rule"` // what is broken
	Message   string `json:"message"`
	Case      string `json:"case"` // what was sent, in words
	// what was sent, a line for each request; the token is $GRAPHMOCK_TOKEN
	Curl      string            `json:"curl"`
	Violation openapi.Violation `json:"violation"` // the same as data, with its evidence
	Count     int               `json:"count"`     // how many responses showed it
}

// Errors of Run that are the caller's to put right.
var (
	ErrUnreachable = errors.New("the target can't be reached")
	ErrTarget      = errors.New("not a target")
)

// Run verifies a service. When the context ends early, it returns what was found
// until then. The error is about the configuration, or wraps ErrUnreachable when
// the service never responded.
func Run(ctx context.Context, config Config) (*Result, error) {
	r, err := newRun(config)
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r.client.giveUp = stop
	defer r.client.close()

	cases := r.prepare(running)
	sessions := r.runCases(running, cases)
	lost := context.Cause(running)
	if ctx.Err() == nil && lost != nil && r.client.responses.Load() == 0 {
		return nil, lost
	}
	result := &Result{Operations: len(r.operations), Interrupted: ctx.Err() != nil}
	for _, s := range sessions {
		if s != nil && s.ended {
			result.Cases++
		}
	}
	if r.isNowhere(append(sessions, r.preparation)) {
		message := fmt.Sprintf("all of %d requests were answered with 404: nothing answers under %s; "+
			"a target with the path of the root, if it is only a slash, says where it is", r.client.responses.Load(),
			r.client.root+"/")
		result.Findings = []Finding{aboutAll(ruleNothing, message, int(r.client.responses.Load()))}
	} else {
		result.Findings = r.findings(running, append([]*session{r.preparation}, sessions...))
	}
	if ctx.Err() == nil && lost != nil {
		message := fmt.Sprintf("given up after %d of %d cases: %v", result.Cases, len(cases), lost)
		result.Findings = append(result.Findings, aboutAll(ruleNoAnswer, message, 1))
	} else {
		result.Kept = r.cleanUp(ctx, result.Findings)
	}
	result.Requests, result.Checks = int(r.client.requests.Load()), int(r.client.responses.Load())
	return result, nil
}

// aboutAll is a finding that is about no operation.
func aboutAll(rule, message string, count int) Finding {
	return Finding{Rule: rule, Message: message, Count: count, Violation: openapi.Violation{
		Side: openapi.ResponseSide, In: openapi.InStatus, Rule: rule, Message: message}}
}

// isNowhere reports whether the service seems not to be where requests went: that there
// is nothing answered all of them, and that is wrong of some.
func (r *run) isNowhere(sessions []*session) bool {
	responses := r.client.responses.Load()
	return responses > 0 && r.client.notFound.Load() == responses &&
		slices.ContainsFunc(sessions, func(s *session) bool { return s != nil && len(s.failures) > 0 })
}

// run is one verification.
type run struct {
	Config
	maker
	client         *client
	base           string // the service root that the contract routes by
	odata          bool   // the contract is of Graph, or of an OData service like it
	operations     []*openapi.Operation
	families       map[string]*family // by shape
	parents        map[string]parent  // by path up to a parameter; filled by prepare
	preparation    *session
	planned        map[planned]bool // for prepare alone
	smallestBodies sync.Map         // smallest valid bodies, by *openapi.Operation

	mu  sync.Mutex
	ids map[string]bool // request-ids of responses
}

// newRandom returns a random source for what is made up once, the same in every
// run.
func (r *run) newRandom() *rand.Rand { return rand.New(rand.NewPCG(r.Seed, 0)) }

func newRun(config Config) (*run, error) {
	if config.Contract == nil {
		config.Contract = openapi.Embedded()
	}
	if config.Parallel <= 0 {
		config.Parallel = 8
	}
	if config.Timeout <= 0 {
		config.Timeout = 10 * time.Second
	}
	r := &run{Config: config, parents: map[string]parent{}, ids: map[string]bool{},
		planned: map[planned]bool{}}
	root, base, err := RootOf(config.Target, config.Contract.Bases(), config.Contract.UsesOData())
	if err != nil {
		return nil, err
	}
	r.base, r.odata = base, config.Contract.UsesOData()
	if r.operations, err = selectOperations(config.Contract, config.Include, config.Exclude); err != nil {
		return nil, err
	}
	if err := checkParameters(config.Contract, config.Parameters); err != nil {
		return nil, err
	}
	r.families = familiesOf(config.Contract, config.Exclude)
	r.client = newClient(root, config)
	return r, nil
}

// runCases runs test cases, several at a time. The result has their sessions in
// the same order; of one that was not begun it is nil.
func (r *run) runCases(ctx context.Context, cases []testCase) []*session {
	sessions := make([]*session, len(cases))
	next := make(chan int)
	var workers sync.WaitGroup
	var done int
	for range min(r.Parallel, len(cases)) {
		workers.Go(func() {
			for i := range next {
				sessions[i] = r.runCase(ctx, cases[i], i+1, edits{})
				r.mu.Lock()
				if done++; r.Progress != nil {
					r.Progress(Verifying, done, len(cases))
				}
				r.mu.Unlock()
			}
		})
	}
	for i := range cases {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	workers.Wait()
	return sessions
}
