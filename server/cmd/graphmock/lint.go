package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/internal/report"
)

type lintFlags struct {
	explain, output string
	evidence        bool
	contractFlags
	reportFlags
}

func lintCommand() *cobra.Command {
	var f lintFlags
	cmd := &cobra.Command{
		Use:   "lint [PATH...]",
		Short: "Check specs, fixtures and scenario files against each other",
		Long: `lint checks files without starting anything. What a file is, its top-level keys
say: openapi is a spec, rules is a scenario, users, apps, activities or resources
are fixtures. Folders are searched for *.yaml, *.yml and *.json; what is hidden is
left out, and so are parts of other files, such as a bodyFile.

Scenarios and fixtures are checked against the embedded contract, or the document
of --spec, and the examples of a spec against its schemas. Without a PATH, lint
checks what the working folder has of these files; if it has none, what is
embedded: the contract, fixtures and scenarios; with --spec, only that document.
It says which.

--explain shows which rules of the scenario files (without a PATH: of the embedded
ones) match a request line, which depend on more than the line says, such as a
header, the body or the state, and why the others differ. Each group is in the
order in which its rules are asked.

--evidence prints what the service does beyond the contract and Graph's model, how
sure that is and why, and counts the rules of each workload. documented: Microsoft's
documentation or metadata says so; observed: Graph was seen to respond so; assumed:
graphmock decided as Graph would. Violations end with the same words. With --spec it
has that document's rows alone.`,
		Example: `  graphmock lint scenarios/ tenant.yaml
  graphmock lint --spec openapi.yaml scenarios/
  graphmock lint --output json scenarios/
  graphmock lint --explain "PUT /me/activities/1/historyItems/2" scenarios/
  graphmock lint --evidence --output markdown > behaviour.md`,
		RunE: func(cmd *cobra.Command, paths []string) error {
			if err := f.check(paths); err != nil {
				return err
			}
			if f.evidence {
				return printEvidence(cmd.OutOrStdout(), f)
			}
			return lint(cmd.Context(), f, paths, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	f.addInstead(flags, "check")
	flags.StringVar(&f.explain, "explain", "", "show which rules match the request line `\"METHOD PATH\"`")
	flags.BoolVar(&f.evidence, "evidence", false, "print the table of behaviour")
	flags.StringVar(&f.output, "output", "text", "print as `text|json`, or with --evidence markdown")
	f.reportFlags.add(cmd)
	return cmd
}

func (f *lintFlags) check(paths []string) error {
	switch {
	case f.evidence && f.explain != "":
		return errors.New("--evidence and --explain: expected one of them")
	case f.evidence && len(paths) > 0:
		return fmt.Errorf("--evidence is about the contract, not about files such as %s; --spec FILE names another "+
			"contract", paths[0])
	case f.output == "markdown" && !f.evidence:
		return errors.New("--output markdown: only --evidence has it")
	case f.output != "text" && f.output != "json" && f.output != "markdown":
		return fmt.Errorf("--output %q: expected text or json, or with --evidence markdown", f.output)
	case f.evidence && len(f.reports) > 0, f.evidence && f.github:
		return errors.New("--evidence finds nothing that --report or --github could tell")
	}
	return f.reportFlags.check()
}

// findings is what lint has to say.
type findings struct {
	Checked  string            `json:"checked,omitempty"` // where no PATH says it
	Files    int               `json:"files"`
	Problems document.Problems `json:"problems"`

	Request string                  `json:"request,omitempty"` // to be explained
	Rules   []scenarios.Explanation `json:"rules,omitempty"`

	contract *openapi.Contract // nil if it is what has problems
}

func lint(ctx context.Context, f lintFlags, paths []string, stdout, stderr io.Writer) error {
	contract, problems, err := f.lintContract()
	if err != nil {
		return err
	}
	files := len(f.specs) + len(f.metadata)
	if contract == nil {
		return f.printFound(paths, stdout, stderr, findings{Files: files, Problems: problems})
	}
	checked := ""
	l := &linter{contract: contract, progress: progress(stderr), problems: problems}
	switch {
	case len(paths) > 0:
		l.lintPaths(ctx, paths)
	case files == 0 && f.explain == "" && l.lintHere(ctx):
		checked = "this folder"
	case files == 0 || f.explain != "":
		l.lintEmbedded()
		checked = "what is embedded, for this folder has nothing of ours"
	}
	if ctx.Err() != nil {
		return exitError{exitInterrupted, errors.New("interrupted")}
	}
	found := l.findings()
	found.contract, found.Checked = contract, checked
	found.Files += files
	if f.explain != "" && len(found.Problems) == 0 {
		engine := scenarios.NewEngine(scenarios.Options{})
		engine.Add(l.scenarios...)
		var err error
		if found.Rules, err = engine.ExplainLine(contract, f.explain); err != nil {
			return fmt.Errorf("--explain: %w", err)
		}
		found.Request = f.explain
	}
	return f.printFound(paths, stdout, stderr, found)
}

// lintContract checks the files of --spec and --metadata. The contract is nil if none can be
// made of them.
func (f lintFlags) lintContract() (c *openapi.Contract, problems document.Problems, err error) {
	models, err := f.models()
	if errors.As(err, &problems) {
		return nil, problems, nil
	} else if err != nil {
		return nil, nil, err
	}
	for _, spec := range f.specs {
		own, found := lintSpec(spec)
		if problems = append(problems, found...); own == nil {
			return nil, problems, nil
		}
		c = own
	}
	if len(f.specs) != 1 || models != (openapi.Models{}) {
		c, err = f.load()
	}
	return c, problems, err
}

// printFound writes the report and prints what was found.
func (f lintFlags) printFound(paths []string, stdout, stderr io.Writer, found findings) error {
	r := report.Report{
		Command: f.commandLine(paths...), Contract: found.contract,
		Verdict: server.Verdict{Clean: true}, Problems: found.Problems,
	}
	if err := f.reportFlags.write(stdout, stderr, r); err != nil {
		printError(stderr, err)
		printFindings(stdout, f.output, found)
		return exitError{exitUsage, errReported}
	}
	return printFindings(stdout, f.output, found)
}

func printFindings(w io.Writer, output string, found findings) error {
	switch {
	case output == "json":
		if err := printJSON(w, found); err != nil {
			return err
		}
	case found.Request != "":
		printExplanation(w, found)
	default:
		if found.Checked != "" {
			fmt.Fprintf(w, "checked %s (lint PATH... checks other files)\n", found.Checked)
		}
		for _, p := range found.Problems {
			say(w, "%v", p)
		}
		fmt.Fprintf(w, "%s, %s\n", count(found.Files, "file"), count(len(found.Problems), "problem"))
	}
	if len(found.Problems) > 0 {
		return exitError{exitUsage, errReported}
	}
	return nil
}

// printExplanation has the rules in the order in which they are asked, each with
// its place.
func printExplanation(w io.Writer, found findings) {
	say(w, "%s", strings.TrimSpace(found.Request))
	for i, e := range found.Rules {
		say(w, "%3d. %-7s %s/%s [%s]", i+1, e.Verdict, e.Scenario, e.Rule, e.Weight)
		for _, more := range []string{e.Why, e.Place} {
			if more != "" {
				say(w, "             %s", more)
			}
		}
	}
	if len(found.Rules) == 0 {
		fmt.Fprintln(w, "no rules: the service answers")
	}
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
