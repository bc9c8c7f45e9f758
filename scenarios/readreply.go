package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/document"
)

// replyKeys are all keys of a reply.
var replyKeys = slices.Concat([]string{"from", "example", "status", "body", "bodyFile"}, presets,
	[]string{"patch", "headers", "delay", "fault", "then", "set", "times", "offContract", "notify"})

// maxTimes bounds how often an entry of a list can be repeated.
const maxTimes = 1_000_000

// replies reads the rule's reply: one, or a list with what follows it. If the
// rule's operation is not known, replies are read but not checked.
func (r *reader) replies(n *document.Node, to *rule, check bool) {
	reply := n.Get("reply")
	if reply == nil {
		r.problem(n, `key "reply" is missing`, "")
		return
	}
	items := []*document.Node{reply}
	if reply.Kind() == document.Sequence {
		items = reply.Items()
		if len(items) == 0 {
			r.problem(reply, "the list has no replies", "")
		}
	}
	for _, item := range items {
		r.reply(item, to, check)
	}
	r.end(n, to, reply)
}

// end reads what follows the last reply: it has to be written where there is a
// last one.
func (r *reader) end(n *document.Node, to *rule, reply *document.Node) {
	to.random = r.oneOf(n.Get("order"), "listed", "random") == "random"
	follows := n.Get("after")
	to.after = after(r.oneOf(follows, "pass", "repeat", "fail"))
	ends := reply.Kind() == document.Sequence || reply.Get("times") != nil
	switch {
	case to.random && follows != nil:
		r.problem(follows, "replies that are drawn have no end", `leave "after" out`)
	case to.random && reply.Kind() != document.Sequence:
		r.problem(n.Get("order"), "there is only one reply to draw", "write a list")
	case to.random:
	case ends && follows == nil && reply.Kind() != document.Sequence:
		r.problem(reply.Get("times").Key(), `"times" needs "after", beside "reply"`, "pass, repeat or fail")
	case ends && follows == nil:
		r.problem(reply.Key(), `a list needs "after"`, "pass, repeat or fail")
	case !ends && follows != nil && reply.Kind() != document.Rejected:
		r.problem(follows, "a single reply has no end", `write "reply" as a list, or leave "after" out`)
	}
}

// reply reads one reply and adds it to the rule.
func (r *reader) reply(n *document.Node, to *rule, check bool) {
	before := len(r.problems)
	resp, bodyNode := r.response(n, to)
	if len(r.problems) > before || !check {
		to.replies = append(to.replies, reply{Response: resp}) // for what can be said of the rule as a whole
		return
	}
	r.addTo(to, resp, func(pointer, message, hint string) {
		at := n
		if rest, inBody := strings.CutPrefix(pointer, "/body"); inBody && bodyNode != nil {
			at, pointer = bodyNode, rest
		} else if inBody && n.Get("bodyFile") != nil {
			pointer = "/bodyFile"
		}
		if pointer != "" {
			at = headerAt(at, pointer)
		}
		r.problem(at, message, hint)
	})
}

// headerAt is At, but finds a header in any case of its name.
func headerAt(n *document.Node, pointer string) *document.Node {
	name, isHeader := strings.CutPrefix(pointer, "/headers/")
	for key, value := range n.Get("headers").Members() {
		if isHeader && strings.EqualFold(key.Text(), name) {
			return value
		}
	}
	return n.At(pointer)
}

// response reads a reply. If its body stands in a file that has places of its own, the
// file's root is returned as well.
func (r *reader) response(n *document.Node, to *rule) (resp Response, bodyNode *document.Node) {
	if n.Kind() == document.Scalar {
		return r.barePreset(n), nil
	}
	if r.add(n.Expect(document.Mapping)); n.Kind() != document.Mapping {
		return Response{}, nil
	}
	r.add(misplaced(n, n.Only(replyKeys...)))
	if n.Get("body") == nil && n.Get("bodyFile") != nil {
		resp, bodyNode = r.fileBody(n.Get("bodyFile"))
	}
	resp = r.source(n, resp, to)
	r.extras(n, &resp, to)
	return resp, bodyNode
}

// misplaced gives keys that stand at another place, or have another name here, the hint
// how that is written.
func misplaced(n *document.Node, problems document.Problems) document.Problems {
	status := "503"
	if n.Get("status") != nil {
		status = n.Get("status").Text()
	}
	draw := `write "order: random" beside "reply", and "times" in each entry for how often it is drawn`
	hints := map[string]string{
		"code":        fmt.Sprintf("write error: { status: %s, code: ... }", status),
		"message":     fmt.Sprintf("write error: { status: %s, message: ... }", status),
		"retryAfter":  fmt.Sprintf("write throttle: { retryAfter: 5s }, or error: { status: %s, retryAfter: 5s }", status),
		"probability": draw, "chance": draw, "weight": draw,
	}
	for i := range problems {
		key, _ := strings.CutPrefix(problems[i].Message, "unknown key ")
		if hint := hints[strings.Trim(key, `"`)]; hint != "" {
			problems[i].Hint = hint
		}
	}
	return problems
}

// source reads where the response comes from: one of from, status and a preset.
func (r *reader) source(n *document.Node, resp Response, to *rule) Response {
	var sources []*document.Node
	for key := range n.Members() {
		switch name := key.Text(); {
		case name == "from" || slices.Contains(presets, name):
			sources = append(sources, key)
		case (name == "status" || name == "body" || name == "bodyFile") && n.Get("from") == nil:
			if !slices.ContainsFunc(sources, isScripted) {
				sources = append(sources, key)
			}
		}
	}
	if len(sources) > 1 {
		r.problem(sources[1],
			fmt.Sprintf("%q and %q both say what is answered", sources[0].Text(), sources[1].Text()), "leave one out")
		return resp
	}
	if len(sources) == 0 {
		return r.noSource(n, resp)
	}
	switch name := sources[0].Text(); {
	case name == "from":
		return r.from(n, resp)
	case isScripted(sources[0]):
		return r.scripted(n, resp, to)
	default:
		return r.preset(name, n.Get(name))
	}
}

func isScripted(key *document.Node) bool {
	return slices.Contains([]string{"status", "body", "bodyFile"}, key.Text())
}

// noSource returns a fault in place of a response, or the service's response with
// changes.
func (r *reader) noSource(n *document.Node, resp Response) Response {
	if n.Get("fault") != nil {
		return Break(Fault(n.Get("fault").Text()))
	}
	for key := range n.Members() {
		if !slices.Contains([]string{"times", "offContract", "example"}, key.Text()) {
			return resp
		}
	}
	r.problem(n, "the reply does not say what is answered", "such as from: service")
	return resp
}

func (r *reader) from(n *document.Node, resp Response) Response {
	for _, name := range []string{"body", "bodyFile"} {
		if v := n.Get(name); v != nil {
			r.problem(v.Key(), fmt.Sprintf("%q and %q both say what is answered", "from", name),
				"leave one out, or use patch")
		}
	}
	switch r.oneOf(n.Get("from"), "service", "example", "schema") {
	case "service":
		if status := n.Get("status"); status != nil {
			r.problem(status.Key(), "the service picks its status itself", "leave it out")
		}
	case "example":
		resp.source, resp.status = fromExample, r.status(n.Get("status"))
		resp.example = r.text(n.Get("example"))
	case "schema":
		resp.source, resp.status = fromSchema, r.status(n.Get("status"))
	}
	if example := n.Get("example"); example != nil && resp.source != fromExample {
		r.problem(example.Key(), "only from: example has a name", "")
	}
	return resp
}

func (r *reader) status(n *document.Node) int { return r.wholeNumber(n, 200, 599) }

func (r *reader) scripted(n *document.Node, resp Response, to *rule) Response {
	resp.source, resp.status = fromScript, r.status(n.Get("status"))
	if n.Get("status") == nil {
		r.problem(n, `key "status" is missing`, "")
	}
	if body, file := n.Get("body"), n.Get("bodyFile"); body != nil && file != nil {
		r.problem(file.Key(), `"body" and "bodyFile" both say what is answered`, "leave one out")
	} else if body != nil {
		var problems document.Problems
		resp.body, problems = body.Value(to.responseType(resp.status))
		r.add(problems)
	}
	return resp
}

// responseType returns the types of the response with a status, if the rule's operations
// agree about them.
func (r *rule) responseType(status int) func(string) string {
	return func(pointer string) string {
		found := ""
		for _, op := range r.operations {
			t := op.Response(status).TypeAt(pointer)
			if found != "" && t != found {
				return ""
			}
			found = t
		}
		return found
	}
}
