package scenarios

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/graphmock/graphmock/openapi/document"
)

// extras reads what goes with any source.
func (r *reader) extras(n *document.Node, resp *Response, to *rule) {
	if patch := n.Get("patch"); patch != nil {
		v, problems := patch.Value(to.responseType(patchedStatus(resp, to)))
		r.add(problems)
		*resp = resp.Patched(v)
	}
	r.headers(n.Get("headers"), resp)
	resp.latency = r.latency(n.Get("delay"))
	r.fault(n, resp)
	if set := n.Get("set"); set != nil {
		resp.state = r.text(set)
	}
	if times := n.Get("times"); times != nil {
		resp.times = r.wholeNumber(times, 1, maxTimes)
	}
	resp.offContract = r.boolean(n.Get("offContract"))
	resp.notify = r.notify(n.Get("notify"))
}

// maxDropped bounds how many notifications a request loses.
const maxDropped = 1000

func (r *reader) notify(n *document.Node) (to Notify) {
	if n == nil {
		return to
	}
	if r.add(n.Only("drop", "duplicate", "delay")); n.Kind() == document.Mapping && !hasMembers(n) {
		r.problem(n, "nothing is said of the notifications", "drop, duplicate or delay")
	}
	if drop := n.Get("drop"); drop != nil {
		to.Drop = r.wholeNumber(drop, 1, maxDropped)
	}
	to.Duplicate = r.boolean(n.Get("duplicate"))
	if delay := n.Get("delay"); delay != nil {
		to.Delay = r.duration(delay)
	}
	return to
}

func hasMembers(n *document.Node) bool {
	for range n.Members() {
		return true
	}
	return false
}

// patchedStatus returns the status whose types a patch most likely has.
func patchedStatus(resp *Response, to *rule) int {
	if status := resp.statusOf(); status != 0 || len(to.operations) == 0 {
		return status
	}
	return firstStatus(to.operations[0])
}

func (r *reader) headers(n *document.Node, resp *Response) {
	r.add(n.Expect(document.Mapping))
	for key, value := range n.Members() {
		if !r.add(value.Expect(document.Scalar)) {
			continue
		}
		v, problems := value.Value(asString)
		r.add(problems)
		text, ok := v.(string)
		switch {
		case !validHeader(key.Text(), text):
			r.problem(key, fmt.Sprintf("%s can't be a header", show(key.Text())), "")
		case ok:
			*resp = resp.With(key.Text(), text)
		default:
			*resp = resp.Without(key.Text())
		}
	}
}

// validHeader reports whether HTTP can carry a header.
func validHeader(name, value string) bool {
	if name == "" || strings.ContainsAny(value, "\r\n\x00") {
		return false
	}
	for _, c := range name {
		if c <= ' ' || c >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, c) {
			return false
		}
	}
	return http.CanonicalHeaderKey(name) != ""
}

func (r *reader) latency(n *document.Node) latency {
	switch n.Kind() {
	case document.Scalar:
		return fixedLatency(r.duration(n))
	case document.Mapping:
		return r.distribution(n)
	}
	r.add(n.Expect(document.Scalar))
	return latency{}
}

func (r *reader) distribution(n *document.Node) latency {
	r.add(n.Only("min", "max", "median", "p99"))
	l := latency{
		min: r.duration(n.Get("min")), max: r.duration(n.Get("max")),
		median: r.duration(n.Get("median")), p99: r.duration(n.Get("p99")),
	}
	between, spread := n.Get("min") != nil && n.Get("max") != nil, n.Get("median") != nil && n.Get("p99") != nil
	switch {
	case between == spread:
		r.problem(n, "the delay is incomplete", "either min and max, or median and p99")
	case between && l.max < l.min:
		r.problem(n.Get("max"), "max is less than min", "")
	case spread && (l.median <= 0 || l.p99 < l.median):
		r.problem(n.Get("p99"), "p99 is less than median", "")
	}
	return l
}

// fault reads fault or then: {fault: ...}; both are injected into the response if there
// is one.
func (r *reader) fault(n *document.Node, resp *Response) {
	names := make([]string, len(faults))
	for i, f := range faults {
		names[i] = string(f)
	}
	at, then := n.Get("fault"), n.Get("then")
	if then != nil {
		r.add(then.Only("fault"))
		if at != nil {
			r.problem(then.Key(), `"fault" and "then" both say what goes wrong`, "leave one out")
		}
		if at = then.Get("fault"); at == nil && then.Kind() == document.Mapping {
			r.problem(then, `key "fault" is missing`, "")
		}
	}
	if at != nil {
		resp.fault = Fault(r.oneOf(at, names...))
	}
}
