package scenarios

import (
	"fmt"
	"hash"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/openapi/spell"
)

// Keys of a scenario file, level by level.
var (
	scenarioKeys = []string{"$schema", "version", "name", "summary", "fixtures", "replicationDelay", "rules", "expect"}
	ruleKeys     = []string{"id", "when", "reply", "after", "order"}
	whenKeys     = []string{"request", "operation", "path", "query", "headers", "body", "token", "tenant", "state"}
	tokenKeys    = []string{"user", "app", "scope"}
	expectKeys   = []string{"retryAfter", "unused"}
)

// A reader turns the nodes of one file into a scenario and collects every
// problem on the way.
type reader struct {
	*compiler
	folder   fs.FS // nil if the scenario can name no files
	problems document.Problems
	sum      hash.Hash
}

func (r *reader) add(problems document.Problems) bool {
	r.problems = append(r.problems, problems...)
	return len(problems) == 0
}

func (r *reader) problem(n *document.Node, message, hint string) {
	r.problems = append(r.problems, n.Problem(message, hint))
}

func asString(string) string { return "string" }

// text reads a scalar as a text, even where YAML reads a number or a date.
func (r *reader) text(n *document.Node) string {
	if n == nil || !r.add(n.Expect(document.Scalar)) {
		return ""
	}
	v, problems := n.Value(asString)
	r.add(problems)
	text, ok := v.(string)
	if !ok && problems == nil && n.Kind() == document.Scalar {
		r.problem(n, "a text is expected", "")
	}
	return text
}

// oneOf reads a text that has to be one of several.
func (r *reader) oneOf(n *document.Node, allowed ...string) string {
	text := r.text(n)
	if text == "" || slices.Contains(allowed, text) {
		return text
	}
	hint := "one of: " + strings.Join(allowed, ", ")
	if near := spell.Nearest(text, slices.Values(allowed)); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	r.problem(n, fmt.Sprintf("%s is not possible here", show(text)), hint)
	return ""
}

func (r *reader) wholeNumber(n *document.Node, least, most int) int {
	if n == nil {
		return 0
	}
	i, err := strconv.Atoi(n.Text())
	if err != nil || n.Kind() != document.Scalar || i < least || i > most {
		r.problem(n, fmt.Sprintf("a whole number from %d to %d is expected", least, most), "")
		return 0
	}
	return i
}

func (r *reader) boolean(n *document.Node) bool {
	switch {
	case n == nil:
	case n.Kind() == document.Scalar && (n.Text() == "true" || n.Text() == "false"):
		return n.Text() == "true"
	default:
		r.problem(n, "true or false is expected", "")
	}
	return false
}

// duration reads a text like 1m30s.
func (r *reader) duration(n *document.Node) time.Duration {
	text := r.text(n)
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		hint := "such as 300ms, 2s or 1m30s"
		if _, err := strconv.ParseFloat(text, 64); err == nil {
			hint = fmt.Sprintf("write %sms, or %[1]ss for seconds", text)
		}
		r.problem(n, fmt.Sprintf("%s is not a duration", show(text)), hint)
	case d < 0 || d > maxDelay:
		r.problem(n, fmt.Sprintf("%s is out of bounds", text), fmt.Sprintf("0s to %v", maxDelay))
	default:
		return d
	}
	return 0
}

func placeOf(n *document.Node) string {
	return fmt.Sprintf("%s:%d:%d", n.File(), n.Line(), n.Column())
}

func (r *reader) scenario(n *document.Node) *Scenario {
	s := &Scenario{File: n.File(), name: n}
	if !r.add(n.Only(scenarioKeys...)) && n.Kind() != document.Mapping {
		return s
	}
	r.version(n)
	s.Name = strings.TrimSuffix(path.Base(n.File()), path.Ext(n.File()))
	if name := n.Get("name"); name != nil {
		s.Name, s.name = r.text(name), name
	}
	s.Summary = r.text(n.Get("summary"))
	s.Fixtures, s.fixtureNodes = r.fixtures(n.Get("fixtures"))
	s.Expect = r.expect(n.Get("expect"))
	s.ReplicationDelay = r.duration(n.Get("replicationDelay"))
	s.rules = r.rules(n)
	return s
}

func (r *reader) version(n *document.Node) {
	v := n.Get("version")
	switch {
	case v == nil:
		r.problem(n, `key "version" is missing`, "write version: 1")
	case v.Kind() == document.Scalar && v.Text() != "1":
		r.problem(v, fmt.Sprintf("version %s is not known", show(v.Text())), "write version: 1")
	default:
		r.add(v.Expect(document.Scalar))
	}
}

func (r *reader) fixtures(n *document.Node) (names []string, items []*document.Node) {
	r.add(n.Expect(document.Sequence))
	for _, item := range n.Items() {
		name := r.text(item)
		if r.folder == nil && strings.ContainsAny(name, `/\.`) {
			r.problem(item, "a scenario without a folder can't name files", "")
		}
		names = append(names, name)
	}
	return names, n.Items()
}

func (r *reader) expect(n *document.Node) Expect {
	if n == nil {
		return Expect{}
	}
	r.add(n.Only(expectKeys...))
	e := Expect{place: placeOf(n)}
	if v := n.Get("retryAfter"); v != nil {
		e.RetryAfter = r.oneOf(v, "honoured") != ""
		e.place = placeOf(v)
	}
	if v := n.Get("unused"); v != nil {
		most := r.wholeNumber(v, 0, maxTimes)
		e.Unused = &most
	}
	return e
}

func (r *reader) rules(n *document.Node) []*rule {
	list := n.Get("rules")
	if list == nil && n.Get("replicationDelay") != nil {
		return nil
	}
	if list == nil {
		r.problem(n, `key "rules" is missing`, "")
		return nil
	}
	r.add(list.Expect(document.Sequence))
	if list.Kind() == document.Sequence && len(list.Items()) == 0 {
		r.problem(list, "there are no rules", "")
	}
	b := ruleSet{reader: r, nodes: map[*rule]*document.Node{}, ids: map[string]*document.Node{}}
	for i, item := range list.Items() {
		b.rule(item, i)
	}
	b.checkStates()
	b.checkAmbiguities()
	return b.rules
}

// A ruleSet collects the rules of a file, to compare them with each other.
type ruleSet struct {
	*reader
	rules []*rule
	nodes map[*rule]*document.Node
	ids   map[string]*document.Node
}

func (b *ruleSet) rule(n *document.Node, i int) {
	if !b.add(misplaced(n, n.Only(ruleKeys...))) && n.Kind() != document.Mapping {
		return
	}
	before := len(b.problems)
	r := &rule{id: fmt.Sprintf("rule-%d", i+1), place: placeOf(n)}
	if id := n.Get("id"); id != nil {
		r.id, r.place = b.text(id), placeOf(id)
		if first := b.ids[r.id]; first != nil {
			b.problem(id, fmt.Sprintf("the id %q is taken", r.id), fmt.Sprintf("first on line %d", first.Line()))
		}
		b.ids[r.id] = id
	}
	whenOK := b.when(n, r)
	b.replies(n, r, whenOK)
	slices.SortStableFunc(r.conditions, func(a, b condition) int {
		if a.where != b.where {
			return slices.Index(wheres, a.where) - slices.Index(wheres, b.where)
		}
		return strings.Compare(a.key, b.key)
	})
	r.specificity = r.computeSpecificity()
	if len(b.problems) == before || whenOK {
		b.rules, b.nodes[r] = append(b.rules, r), n
	}
}

// checkStates reports rules for states that no reply sets.
func (b *ruleSet) checkStates() {
	states := map[string]bool{startState: true}
	for _, r := range b.rules {
		for i := range r.replies {
			if s := r.replies[i].state; s != "" {
				states[s] = true
			}
		}
	}
	for _, r := range b.rules {
		b.checkState(r, states)
	}
}

func (b *ruleSet) checkState(r *rule, states map[string]bool) {
	for _, c := range r.conditions {
		choices, ok := c.matcher.choices()
		if c.where != inState || !ok {
			continue
		}
		for _, choice := range choices {
			if name, _ := choice.(string); !states[name] {
				at := b.nodes[r].Get("when").Get("state")
				b.problem(at, fmt.Sprintf("no reply moves to the state %q", name), stateHint(name, states))
			}
		}
	}
}

func stateHint(name string, states map[string]bool) string {
	var known []string
	for each := range states {
		known = append(known, each)
	}
	slices.Sort(known)
	if near := spell.Nearest(name, slices.Values(known)); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "there are: " + strings.Join(known, ", ")
}

func (b *ruleSet) checkAmbiguities() {
	ambiguous := ambiguities(b.rules)
	for _, r := range b.rules {
		if first := ambiguous[r]; first != nil {
			b.problem(b.nodes[r],
				fmt.Sprintf("rule %q ties with rule %q: one request can match both, and neither is more specific",
					r.id, first.id),
				fmt.Sprintf("the other is on line %d; let one ask for more, or join them", b.nodes[first].Line()))
		}
	}
}
