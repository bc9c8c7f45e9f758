package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/scenarios"
)

// isOperation reports whether a name can be that of an operation: a pattern, a path, or an
// operationId.
func isOperation(name string) bool {
	return strings.ContainsAny(name, "/ ") || strings.Contains(name, ".") && !strings.HasSuffix(name, ".yaml") && !strings.HasSuffix(name, ".json")
}

// showOperations describes the operations that a pattern, a path or an operationId names; a request
// line names the operation that it is for.
func showOperations(w io.Writer, name string) error {
	contract := openapi.Embedded()
	all, err := contract.FindAll(name)
	if err != nil {
		op, unknown := operationAt(contract, name)
		if unknown != nil {
			return unknown
		}
		all = []*openapi.Operation{op}
	}
	for i, op := range all {
		if i > 0 {
			fmt.Fprintln(w)
		}
		describe(w, op)
	}
	return nil
}

// operationAt returns the operation of a request line or a path, or says what of it there is not.
func operationAt(contract *openapi.Contract, line string) (*openapi.Operation, error) {
	method, path, isLine := strings.Cut(line, " ")
	if !isLine {
		method, path = "GET", line
	}
	if path = strings.TrimSpace(path); !strings.HasPrefix(path, "/") {
		return nil, fmt.Errorf("there is no operation %q; write it as METHOD PATH, such as \"GET /users\"", line)
	}
	m, unknown := contract.RouteBelow(strings.ToUpper(method), strings.TrimPrefix(path, "/v1.0"))
	if unknown == nil {
		return m.Operation, nil
	}
	text := unknown.Message
	if unknown.Hint != "" {
		text += "; " + unknown.Hint
	}
	return nil, fmt.Errorf("%s: %s", line, text)
}

// withMethods joins methods with the paths behind them: a pattern in two arguments is one without its
// quotes.
func withMethods(args []string) (patterns []string) {
	for i := 0; i < len(args); i++ {
		if i+1 < len(args) && strings.HasPrefix(args[i+1], "/") && !strings.ContainsAny(args[i], "/ .") {
			patterns = append(patterns, args[i]+" "+args[i+1])
			i++
			continue
		}
		patterns = append(patterns, args[i])
	}
	return patterns
}

// betterThan is an error about patterns that names the segment which is wrong, if one is.
func betterThan(err error, c *openapi.Contract, patterns []string) error {
	for _, pattern := range patterns {
		if strings.Contains(pattern, "/") && !strings.Contains(pattern, "...") && !strings.Contains(pattern, "*") {
			if _, wrong := operationAt(c, pattern); wrong != nil {
				return wrong
			}
		}
	}
	return err
}

// describe prints what an operation is, takes and answers, and what of graphmock is about it.
func describe(w io.Writer, op *openapi.Operation) {
	fmt.Fprintf(w, "%s (%s)\n", op.Pattern(), op.ID)
	line := func(title string, words ...string) {
		if len(words) > 0 {
			printWords(w, "  "+title+": ", words)
		}
	}
	n := op.Node()
	if n != nil && n.Type != nil {
		about := n.Type.Name
		if n.Collection {
			about = "Collection(" + about + ")"
		}
		line("about", about)
	}
	evidence := "documented, by Graph's metadata and documentation"
	if !op.IsDerived() {
		evidence = "the contract's own, rule by rule (graphmock lint --evidence)"
	}
	line("evidence", evidence)
	line("parameters", parametersOf(op)...)
	line("query options", op.Surface().QueryOptions()...)
	if n != nil && n.Type != nil && n.Type.Kind == edm.Entity {
		describeOptions(line, op, n.Type)
	}
	describeBody(line, op)
	line("answers", op.Surface().Responses()...)
	if p, known := op.Permissions(); known {
		for _, each := range []struct {
			title string
			all   graph.Grants
		}{{"least delegated permissions", p.Delegated}, {"least application permissions", p.Application}} {
			if names := each.all.Least(); len(names) > 0 {
				fmt.Fprintf(w, "  %s: %s\n", each.title, strings.Join(names, " or "))
			} else {
				line(each.title, "none: there is no such access")
			}
		}
	}
	line("rules", rulesOf(op)...)
	line("scenarios", scenariosOf(op)...)
	line("fixtures", fixturesAt(op)...)
}

// maxLine is how long lines of words become.
const maxLine = 100

// printWords prints words in lines that are not too long.
func printWords(w io.Writer, title string, words []string) {
	line := title
	for i, word := range words {
		if i < len(words)-1 {
			word += ","
		}
		if len(line)+len(word) > maxLine && strings.TrimSpace(line) != "" && i > 0 {
			fmt.Fprintln(w, strings.TrimRight(line, " "))
			line = "    "
		}
		line += word + " "
	}
	fmt.Fprintln(w, strings.TrimRight(line, " "))
}

func parametersOf(op *openapi.Operation) (words []string) {
	for p := range op.Parameters() {
		if p.In == "query" && strings.HasPrefix(p.Name, "$") {
			continue // an option
		}
		word := p.Name + " (" + p.In
		if p.Required && p.In != "path" {
			word += ", required"
		}
		words = append(words, word+")")
	}
	return words
}

// describeOptions says by which properties of a type an operation filters and sorts. The
// documentation tells that of some types only.
func describeOptions(line func(string, ...string), op *openapi.Operation, t *edm.Type) {
	only := func(option string, has func(*edm.Property) string) (words []string) {
		o, takes := op.Option(option)
		if !takes {
			return nil
		}
		if len(o.Properties) > 0 {
			return o.Properties
		}
		for _, p := range t.Properties() {
			if word := has(p); word != "" {
				words = append(words, word)
			}
		}
		return words
	}
	const unknown = "any property (not documented, so nothing is refused: assumed)"
	or := func(words []string, option string) []string {
		if _, takes := op.Option(option); takes && len(words) == 0 {
			return []string{unknown}
		}
		return words
	}
	line("$filter by", or(only("$filter", func(p *edm.Property) string {
		if p.Filter == 0 || p.Navigation {
			return ""
		}
		return p.Name + " (" + p.Filter.String() + ")"
	}), "$filter")...)
	line("$orderby", or(only("$orderby", func(p *edm.Property) string {
		if !p.Sortable {
			return ""
		}
		return p.Name
	}), "$orderby")...)
	line("$expand", only("$expand", func(p *edm.Property) string {
		if !p.Navigation {
			return ""
		}
		return p.Name
	})...)
}

// describeBody names the properties at the top of a request's body.
func describeBody(line func(string, ...string), op *openapi.Operation) {
	body := op.RequestBody()
	switch {
	case !body.Accepted:
		return
	case body.Required:
		line("body", "required")
	default:
		line("body", "optional")
	}
	var names []string
	for _, p := range op.Surface().BodyProperties() {
		if name := strings.TrimPrefix(p.Pointer, "/"); !p.Server && !strings.Contains(name, "/") {
			names = append(names, name)
		}
	}
	line("properties", names...)
}

// rulesOf are the ids of the contract's rows about an operation.
func rulesOf(op *openapi.Operation) (ids []string) {
	for row := range op.Behaviours() {
		if row.Operation != "" && !slices.Contains(ids, row.ID) {
			ids = append(ids, row.ID)
		}
	}
	return ids
}

// scenariosOf are the embedded scenarios with a rule that may match a request to an operation.
func scenariosOf(op *openapi.Operation) (names []string) {
	all, err := scenarios.Loader{Contract: op.Contract()}.Load(scenarios.Library(), ".")
	if err != nil {
		return nil
	}
	engine := scenarios.NewEngine(scenarios.Options{})
	engine.Add(all...)
	found, err := engine.ExplainLine(op.Contract(), op.Method+" "+sampleOf(op.Path))
	if err != nil {
		return nil
	}
	for _, e := range found {
		if e.Verdict != scenarios.Differs && !slices.Contains(names, e.Scenario) {
			names = append(names, e.Scenario)
		}
	}
	slices.Sort(names)
	return names
}

// sampleOf is a path with a key in each place for one.
func sampleOf(path string) string {
	for {
		begin := strings.IndexByte(path, '{')
		end := strings.IndexByte(path, '}')
		if begin < 0 || end < begin {
			return path
		}
		path = path[:begin] + "1" + path[end+1:]
	}
}

// fixturesAt says what contoso has at the path of an operation.
func fixturesAt(op *openapi.Operation) (words []string) {
	for _, r := range fixtures.Contoso().Later() {
		m, unknown := op.Contract().RouteBelow("GET", strings.TrimSuffix(r.Path, "/$ref"))
		if unknown != nil || len(r.Entities)+len(r.Links) == 0 || !sameResource(m.Operation, op) {
			continue
		}
		words = append(words, "contoso has "+strconv.Itoa(len(r.Entities)+len(r.Links))+" at "+r.Path)
	}
	if len(words) > maxFixtures {
		words = append(words[:maxFixtures], fmt.Sprintf("and %d more", len(words)-maxFixtures))
	}
	return words
}

// maxFixtures is how many paths of fixtures are named.
const maxFixtures = 3

// sameResource reports whether two operations are about the same: by /me or by /users/{id}.
func sameResource(a, b *openapi.Operation) bool {
	if a.Path == b.Path {
		return true
	}
	of, _ := a.Resource()
	other, _ := b.Resource()
	return of != "" && of == other
}
