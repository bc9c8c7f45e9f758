package main

import (
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/spell"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/workload"
)

// A shown thing is embedded, and can be printed.
type shown struct {
	about string // one line
	text  func() ([]byte, error)
}

func showCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show [NAME|OPERATION]",
		Short: "List what is embedded, print it, or describe an operation",
		Long: `show lists what comes with graphmock: scenarios, fixtures, the schemas of both
formats for editors, the contract, and the rows of behaviour of the contract and of
the workloads, with their rule ids. With a NAME it prints that one, to read or to start from. The id of a
rule, such as unknown-segment, is a name as well.

An OPERATION is named by a pattern, a path or a request line in quotes, or an operationId: show
says what it is about, which parameters and query options it takes and by which properties it
filters and sorts, what its body has, what it answers, the permissions that it needs at least,
how sure all that is, and which rules, scenarios and fixtures are about it.`,
		Example: `  graphmock show
  graphmock show throttled-then-created > scenarios/mine.yaml
  graphmock show scenario.schema.json > scenario.schema.json
  graphmock show unknown-segment
  graphmock show "GET /users"
  graphmock show "PATCH /me/messages/{id}"
  graphmock show /groups/{id}/members`,
		RunE: func(cmd *cobra.Command, args []string) error {
			args = withMethods(args)
			switch len(args) {
			case 0:
				return listShown(cmd.OutOrStdout())
			case 1:
				return show(cmd.OutOrStdout(), args[0])
			}
			return fmt.Errorf("show: unexpected %q; expected one name (see: graphmock show)", args[1])
		},
	}
	cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		var names []cobra.Completion
		for _, name := range shownNames() {
			if len(args) == 0 && strings.HasPrefix(name, begun) {
				names = append(names, name)
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
	return cmd
}

// allShown are the embedded things by name. Scenarios come from their files.
func allShown() map[string]shown {
	all := map[string]shown{
		"contoso": {"fixtures: what the tenant contains", func() ([]byte, error) { return fixtures.ContosoYAML(), nil }},
		"scenario.schema.json": {"JSON Schema of scenario files, for editors",
			func() ([]byte, error) { return scenarios.Schema(), nil }},
		"fixtures.schema.json": {"JSON Schema of fixtures documents, for editors",
			func() ([]byte, error) { return fixtures.Schema(), nil }},
		"graph.yaml": {"the contract: an OpenAPI 3.0 document", func() ([]byte, error) { return openapi.EmbeddedDocument(), nil }},
		"behaviour": {"what the service does beyond its contract and its model, with rule ids", func() ([]byte, error) {
			var b strings.Builder
			for row := range allRows() {
				writeRow(&b, row)
			}
			return []byte(b.String()), nil
		}},
	}
	for name := range library() {
		text := func() ([]byte, error) { return fs.ReadFile(scenarios.Library(), name+".yaml") }
		about := "scenario"
		if list, err := scenarios.Open(name, openapi.Embedded()); err == nil && len(list) == 1 {
			about += ": " + list[0].Summary
		}
		all[name] = shown{about, text}
	}
	return all
}

func shownNames() []string { return slices.Sorted(maps.Keys(allShown())) }

func listShown(w io.Writer) error {
	all := allShown()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(w, "%-24s %s\n", name, all[name].about)
	}
	return nil
}

// show prints what has a name, with or without the ending of its file: one of the
// embedded things, or the rows of a rule.
func show(w io.Writer, name string) error {
	all := allShown()
	found, known := all[name]
	if !known {
		found, known = all[strings.TrimSuffix(name, ".yaml")]
	}
	if known {
		text, err := found.text()
		if err != nil {
			return exitError{exitInternal, err}
		}
		_, err = w.Write(text)
		return err
	}
	var rows strings.Builder
	for row := range allRows() {
		if row.ID == name {
			writeRow(&rows, row)
		}
	}
	if rows.Len() > 0 {
		_, err := io.WriteString(w, rows.String())
		return err
	}
	if isOperation(name) {
		if err := showOperations(w, name); err != nil {
			return fmt.Errorf("show: %w", err)
		}
		return nil
	}
	names := slices.Collect(maps.Keys(all))
	for row := range allRows() {
		names = append(names, row.ID)
	}
	if near := spell.Nearest(name, slices.Values(names)); near != "" {
		return fmt.Errorf("show %s: nothing of that name is embedded; did you mean %q?", name, near)
	}
	return fmt.Errorf("show %s: nothing of that name is embedded (see: graphmock show; an operation is written as \"GET /users\")", name)
}

// allRows are the rows of the contract, then the rules of the workloads.
func allRows() iter.Seq[openapi.Behaviour] {
	rows := slices.AppendSeq([]openapi.Behaviour(nil), openapi.Embedded().Behaviours())
	return slices.Values(append(rows, workload.Rules()...))
}

// writeRow writes a row of behaviour: its rule, and what lint --evidence has.
func writeRow(b *strings.Builder, row openapi.Behaviour) {
	fmt.Fprintf(b, "%s (%s)\n  %s %s\n", row.ID, operationOf(row), statusOf(row), row.Case)
	if text := responseText(row); text != "" {
		fmt.Fprintf(b, "  %s\n", text)
	}
	fmt.Fprintf(b, "  [%s] %s\n", row.Evidence, row.Source)
}
