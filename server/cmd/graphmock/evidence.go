package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/workload"
)

// printEvidence prints the contract's behaviour rows and, of the embedded one, the workloads'
// rules, with their number.
func printEvidence(w io.Writer, f lintFlags) error {
	c, err := f.load()
	if err != nil {
		return err
	}
	rows := slices.Collect(c.Behaviours())
	var counts []ruleCount
	if len(f.specs) == 0 {
		rules := workload.Rules()
		rows, counts = append(rows, rules...), countRules(rules)
	}
	switch f.output {
	case "json":
		if rows == nil {
			rows = []openapi.Behaviour{}
		}
		printed := map[string]any{"contract": c.Title() + " " + c.Version(), "behaviours": rows}
		if counts != nil {
			printed["workloads"] = counts
		}
		return printJSON(w, printed)
	case "markdown":
		evidenceMarkdown(w, rows)
		countsMarkdown(w, counts)
	default:
		evidenceText(w, rows)
		countsText(w, counts)
	}
	return nil
}

// A ruleCount is how many rules a workload has, and how sure they are.
type ruleCount struct {
	Workload   string `json:"workload"`
	Rules      int    `json:"rules"`
	Documented int    `json:"documented"`
	Observed   int    `json:"observed"`
	Assumed    int    `json:"assumed"`
}

// countRules counts the rules of each workload, and at the end of all.
func countRules(rules []openapi.Behaviour) []ruleCount {
	var counts []ruleCount
	total := ruleCount{Workload: "all"}
	for _, r := range rules {
		if len(counts) == 0 || counts[len(counts)-1].Workload != r.Workload {
			counts = append(counts, ruleCount{Workload: r.Workload})
		}
		for _, c := range []*ruleCount{&counts[len(counts)-1], &total} {
			c.Rules++
			switch r.Evidence {
			case openapi.Documented:
				c.Documented++
			case openapi.Observed:
				c.Observed++
			default:
				c.Assumed++
			}
		}
	}
	return append(counts, total)
}

func countsText(w io.Writer, counts []ruleCount) {
	if len(counts) > 0 {
		say(w, "rules by workload\n  %-16s %5s  %10s  %8s  %7s", "", "rules", "documented", "observed", "assumed")
	}
	for _, c := range counts {
		say(w, "  %-16s %5d  %10d  %8d  %7d", c.Workload, c.Rules, c.Documented, c.Observed, c.Assumed)
	}
}

func countsMarkdown(w io.Writer, counts []ruleCount) {
	if len(counts) > 0 {
		fmt.Fprintln(w, "\n| workload | rules | documented | observed | assumed |\n|---|---|---|---|---|")
	}
	for _, c := range counts {
		fmt.Fprintf(w, "| %s | %d | %d | %d | %d |\n", c.Workload, c.Rules, c.Documented, c.Observed, c.Assumed)
	}
}

// responseText is what a row says about the response: words, or the code and
// message of an error.
func responseText(b openapi.Behaviour) string {
	var parts []string
	if b.Answer != "" {
		parts = append(parts, b.Answer)
	}
	if b.Code != "" {
		parts = append(parts, strings.TrimSuffix(b.Code+": "+b.Message, ": "))
	}
	return strings.Join(parts, " ")
}

// operationOf is what a row is about: an operation, a workload, or all.
func operationOf(b openapi.Behaviour) string {
	return cmp.Or(b.Operation, b.Workload, "all operations")
}

func statusOf(b openapi.Behaviour) string {
	if b.Status == 0 {
		return "-"
	}
	return strconv.Itoa(b.Status)
}

// evidenceText has the rows of an operation, or of a workload, below its name.
func evidenceText(w io.Writer, rows []openapi.Behaviour) {
	for i, b := range rows {
		if i == 0 || operationOf(b) != operationOf(rows[i-1]) {
			say(w, "%s", operationOf(b))
		}
		say(w, "  %-3s %s", statusOf(b), b.Case)
		if answer := responseText(b); answer != "" {
			say(w, "      %s", answer)
		}
		if b.Breaks != nil {
			say(w, "      a violation: %s", strings.TrimSpace("in "+b.Breaks.In+" "+b.Breaks.Pointer))
		}
		say(w, "      [%s] %s", b.Evidence, b.Source)
	}
}

func evidenceMarkdown(w io.Writer, rows []openapi.Behaviour) {
	escape := strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;", "$", `\$`, "*", `\*`)
	fmt.Fprintln(w, "| operation | case | status | answer | evidence | source |\n|---|---|---|---|---|---|")
	for _, b := range rows {
		for _, cell := range []string{operationOf(b), b.Case, statusOf(b), responseText(b), string(b.Evidence),
			b.Source} {
			fmt.Fprintf(w, "| %s ", escape.Replace(cell))
		}
		fmt.Fprintln(w, "|")
	}
}
