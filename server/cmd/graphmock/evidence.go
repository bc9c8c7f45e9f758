package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi"
)

// printEvidence prints the contract's behaviour rows.
func printEvidence(w io.Writer, f lintFlags) error {
	c, err := loadContract(f.spec, false)
	if err != nil {
		return err
	}
	rows := slices.Collect(c.Behaviours())
	switch f.output {
	case "json":
		if rows == nil {
			rows = []openapi.Behaviour{}
		}
		return printJSON(w, map[string]any{"contract": c.Title() + " " + c.Version(), "behaviours": rows})
	case "markdown":
		evidenceMarkdown(w, rows)
	default:
		evidenceText(w, rows)
	}
	return nil
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

func operationOf(b openapi.Behaviour) string { return cmp.Or(b.Operation, "all operations") }

func statusOf(b openapi.Behaviour) string {
	if b.Status == 0 {
		return "-"
	}
	return strconv.Itoa(b.Status)
}

// evidenceText has the rows of an operation below its name.
func evidenceText(w io.Writer, rows []openapi.Behaviour) {
	for i, b := range rows {
		if i == 0 || b.Operation != rows[i-1].Operation {
			say(w, "%s", operationOf(b))
		}
		say(w, "  %-3s %s", statusOf(b), b.Case)
		if answer := responseText(b); answer != "" {
			say(w, "      %s", answer)
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
