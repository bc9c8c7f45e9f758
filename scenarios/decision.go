package scenarios

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/schema"
)

// A Decision says what a server has to do for one exchange. The zero Decision lets the
// service respond.
//
// The server carries it out in this order: wait for Delay; get the response from the
// service, from Error or from Status and Body; give its body to Patch and its headers to
// SetHeaders; check it with Violations; send it, or inject Fault into it.
type Decision struct {
	Scenario string // whose rule matched, empty if none did
	Rule     string // id
	Place    string // file:line:column of the rule, as far as it has one
	Reply    int    // which entry of the rule's list, from 1

	// FromService reports whether the service responds: nothing is scripted, or the
	// script wants the service's response. If it is false and Fault needs no response,
	// there may be neither an Error nor a Status.
	FromService bool

	Error  graph.Error // if it has a status: Graph's envelope is sent, with ids and date
	Status int         // otherwise, with Body
	Body   []byte      // encoded, patched; nil for none

	Delay time.Duration // before the response, in real time
	Fault Fault

	Notify Notify // what becomes of the notifications that the exchange causes

	// Problem is why the reply could not be made: an expression failed. The decision is
	// then an internal error, which is the script's fault.
	Problem string

	reply *reply
	patch any
	set   http.Header
}

// Matched reports whether a rule made the decision.
func (d *Decision) Matched() bool { return d.Rule != "" }

// Patch applies the reply's merge patch to the response of the service or to an
// envelope. Without one, the body is returned as it is.
func (d *Decision) Patch(body []byte) ([]byte, error) {
	if d.reply == nil || !d.reply.patched || !d.FromService && d.Error.Status == 0 {
		return body, nil
	}
	var base any
	if len(body) > 0 {
		var syntax *jsontext.SyntaxError
		if base, syntax = jsontext.Decode(body); syntax != nil {
			return nil, fmt.Errorf("rule %s: patch: the answer is not JSON: %w", d.Rule, syntax)
		}
	}
	return encode(mergePatch(base, d.patch))
}

// SetHeaders makes the reply's changes to the headers of the response: those of its
// preset, then those that the script sets or removes.
func (d *Decision) SetHeaders(h http.Header) {
	for name, values := range d.set {
		h[name] = values
	}
	if d.reply == nil {
		return
	}
	for _, change := range d.reply.headers {
		if change.remove {
			h[change.name] = nil // where there is no entry, net/http adds some by itself
		}
	}
}

// Violations returns what in the response of a decision breaks the contract, less what
// its reply is allowed. A response of the service is checked like any other.
func (d *Decision) Violations(c *openapi.Contract, r *openapi.Response) []openapi.Violation {
	found := c.CheckResponse(r)
	if d.reply == nil {
		return found
	}
	return d.reply.allowed(found)
}

// resolve returns the decision for the n-th request that the rule replies to.
func (e *Engine) resolve(a *activeRule, entry, n int, state string, x *Exchange) Decision {
	r := &a.replies[entry]
	d := Decision{
		Scenario: a.scenario.Name, Rule: a.id, Place: a.place, Reply: entry + 1,
		FromService: r.source == fromService, Fault: r.fault, Notify: r.notify, reply: r,
	}
	if r.isPlain() {
		return d
	}
	random := e.random(a, "reply", n)
	d.Delay = r.latency.draw(random)
	if err := d.fill(e, a, r, state, x, random); err != nil {
		e, _ := graph.ErrorOf(graph.ErrorInternal)
		return Decision{Scenario: d.Scenario, Rule: d.Rule, Place: d.Place, Reply: d.Reply, Error: e,
			Problem: fmt.Sprintf("rule %s, reply %d: %v", d.Rule, d.Reply, err)}
	}
	return d
}

// isPlain reports whether there is nothing to draw, evaluate or encode.
func (r *reply) isPlain() bool {
	return (r.source == fromService || r.source == fromNothing) && !r.patched && len(r.headers) == 0 &&
		r.latency == latency{}
}

// random returns a source of its own for each purpose and each reply that is given, so
// that parallel requests to other rules change nothing about it.
func (e *Engine) random(a *activeRule, purpose string, n int) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s\x00%s\x00%s\x00%d", a.scenario.Name, a.id, purpose, n)
	return rand.New(rand.NewPCG(e.options.Seed, h.Sum64()))
}

// fill adds what depends on the exchange.
func (d *Decision) fill(e *Engine, a *activeRule, r *reply, state string, x *Exchange, random *rand.Rand) error {
	env := &environment{}
	if r.dynamic {
		var err error
		uuid := func() string { return schema.NewGUID(random) }
		if env, err = newEnvironment(x, a.names, state, e.fixture, uuid); err != nil {
			return err
		}
	}
	if r.patched {
		var err error
		if d.patch, err = r.patch.evaluate(env); err != nil {
			return err
		}
	}
	if err := d.fillHeaders(r, env, x.Now); err != nil {
		return err
	}
	switch r.source {
	case fromService, fromNothing:
		return nil
	case fromGraphError:
		d.Error = r.graphError.Error
		return nil
	}
	d.Status = r.status
	if err := d.fillBody(r, x.Match.Operation, env, random); err != nil {
		return err
	}
	for name, values := range r.headersFor(x.Match.Operation, random) {
		if d.set.Get(name) == "" {
			d.header(name, values[0])
		}
	}
	return nil
}

func (d *Decision) fillBody(r *reply, op *openapi.Operation, env *environment, random *rand.Rand) error {
	body, err := r.bodyFor(op, env, random)
	if err != nil {
		return err
	}
	if r.patched {
		body = mergePatch(body, d.patch)
	}
	if body == nil {
		return nil
	}
	kind := d.set.Get("Content-Type")
	if kind == "" {
		kind = contentType(op, d.Status)
		d.header("Content-Type", kind)
	}
	d.Body, err = encodeBody(body, kind)
	return err
}

func (d *Decision) fillHeaders(r *reply, env *environment, now time.Time) error {
	if text := r.graphError.retryAfter.text(now); text != "" {
		d.header("Retry-After", text)
	}
	if r.graphError.challenge {
		d.header("Www-Authenticate", graph.ClaimsChallenge(now))
	}
	for _, change := range r.headers {
		if change.remove {
			delete(d.set, change.name)
			continue
		}
		text, err := change.value.text(env)
		if err != nil {
			return fmt.Errorf("header %s: %w", change.name, err)
		}
		d.header(change.name, text)
	}
	return nil
}

func (d *Decision) header(name, value string) {
	if d.set == nil {
		d.set = http.Header{}
	}
	d.set[name] = []string{value}
}
