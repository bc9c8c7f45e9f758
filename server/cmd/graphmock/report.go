package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/graphmock/graphmock/server/internal/report"
	"github.com/graphmock/graphmock/server/internal/verify"
)

// reportFlags are the flags of commands that find something. Such a command
// calls check before it starts, and write when it knows what it found, however it
// ends.
type reportFlags struct {
	reports []string
	github  bool

	targets []report.Target
	cmd     *cobra.Command
}

func (f *reportFlags) add(cmd *cobra.Command) {
	f.cmd = cmd
	flags := cmd.Flags()
	flags.StringArrayVar(&f.reports, "report", nil,
		"write what was found as `FORMAT=FILE`: "+strings.Join(report.Formats(), ", ")+"; repeatable")
	flags.BoolVar(&f.github, "github", false, "annotate the workflow of GitHub Actions, and add to its job summary")
}

// check finds out whether the reports could be written, as far as that can be
// known before.
func (f *reportFlags) check() error {
	var err error
	if f.targets, err = report.ParseTargets(f.reports); err != nil {
		return fmt.Errorf("--report %w", err)
	}
	return nil
}

// write writes the reports, annotations and summary. What can't be written is
// wrong usage; the others are written all the same.
func (f *reportFlags) write(stdout, stderr io.Writer, r report.Report) error {
	var failed []error
	r.Version, r.Root = buildVersion(), os.Getenv("GITHUB_WORKSPACE")
	if r.Source == "" {
		r.Source = sourceOf(nil)
	}
	for _, to := range f.targets {
		if err := to.Write(r); err != nil {
			failed = append(failed, fmt.Errorf("--report %s: %w", to, withoutPath(err)))
		}
	}
	if f.github {
		annotate(stdout, r)
		if err := addSummary(stderr, r); err != nil {
			failed = append(failed, fmt.Errorf("--github: GITHUB_STEP_SUMMARY %s: %w", os.Getenv("GITHUB_STEP_SUMMARY"),
				withoutPath(err)))
		}
	}
	if err := errors.Join(failed...); err != nil {
		return exitError{exitUsage, err}
	}
	return nil
}

// commandLine is what a reader can paste into a shell to find the same again: the flags
// that were given, but for those that say where to write what, and the arguments. A
// token is that of the environment.
func (f *reportFlags) commandLine(arguments ...string) string {
	words := []string{f.cmd.CommandPath()}
	f.cmd.Flags().Visit(func(flag *pflag.Flag) {
		name := "--" + flag.Name
		switch list, isList := flag.Value.(pflag.SliceValue); {
		case slices.Contains([]string{"report", "github", "output", "ready-file"}, flag.Name):
		case flag.Name == "token":
			words = append(words, name, `"$GRAPHMOCK_TOKEN"`)
		case isList:
			for _, value := range list.GetSlice() {
				words = append(words, name, verify.QuoteShell(value))
			}
		case flag.Value.Type() == "bool":
			words = append(words, name+strings.TrimPrefix("="+flag.Value.String(), "=true"))
		default:
			words = append(words, name, verify.QuoteShell(flag.Value.String()))
		}
	})
	if f.cmd.ArgsLenAtDash() >= 0 {
		words = append(words, "--")
	}
	for _, word := range arguments {
		words = append(words, verify.QuoteShell(word))
	}
	return strings.Join(words, " ")
}

// maxAnnotations bounds the annotations: GitHub shows ten of a step.
const maxAnnotations = 50

// annotate writes workflow commands, from which GitHub makes annotations.
//
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions
func annotate(w io.Writer, r report.Report) {
	list := r.Findings()
	for _, f := range list[:min(len(list), maxAnnotations)] {
		fmt.Fprintln(w, annotation(f))
	}
	if more := len(list) - maxAnnotations; more > 0 {
		fmt.Fprintf(w, "::notice title=graphmock::and %d more\n", more)
	}
}

func annotation(f report.Finding) string {
	command := map[report.Level]string{report.Error: "error", report.Warning: "warning", report.Note: "notice"}[f.Level]
	var properties []string
	add := func(name, value string) {
		if value != "" && value != "0" {
			properties = append(properties, name+"="+propertyEscaper.Replace(report.Printable(value)))
		}
	}
	if f.Place.IsFile() {
		add("file", report.SourceFile(os.Getenv("GITHUB_WORKSPACE"), f.Place.File))
		add("line", fmt.Sprint(f.Place.Line))
		add("col", fmt.Sprint(f.Place.Column))
	}
	add("title", "graphmock: "+cmp.Or(f.Subject, f.Title))
	message := f.Message()
	if f.Place.Entry > 0 {
		message = f.Place.String() + ": " + message
	}
	lines := strings.Split(message, "\n")
	for i := range lines {
		lines[i] = report.Printable(lines[i])
	}
	message = messageEscaper.Replace(strings.Join(lines, "\n"))
	return "::" + command + " " + strings.Join(properties, ",") + "::" + message
}

// What a workflow command may not hold as it is.
var (
	messageEscaper  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscaper = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// sourceOf is the file that stands for a client whose source is not known: the first of
// a command's words that names a file of the repository, else the workflow that runs it.
func sourceOf(command []string) string {
	root := os.Getenv("GITHUB_WORKSPACE")
	for _, word := range command {
		name := report.SourceFile(root, word)
		if info, err := os.Stat(word); err == nil && info.Mode().IsRegular() && filepath.IsLocal(name) {
			return name
		}
	}
	// octo/app/.github/workflows/test.yml@refs/heads/main
	workflow, _, _ := strings.Cut(os.Getenv("GITHUB_WORKFLOW_REF"), "@")
	if parts := strings.SplitN(workflow, "/", 3); len(parts) == 3 && filepath.IsLocal(parts[2]) {
		return parts[2]
	}
	return ""
}

// addSummary adds the report to the job summary. Outside of GitHub Actions there
// is none.
func addSummary(stderr io.Writer, r report.Report) error {
	file := os.Getenv("GITHUB_STEP_SUMMARY")
	if file == "" {
		fmt.Fprintln(stderr,
			"graphmock: --github: GITHUB_STEP_SUMMARY is not set, so there is no job summary to add to")
		return nil
	}
	var b bytes.Buffer
	if err := report.Write("markdown", &b, r); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b.Bytes())
	return errors.Join(err, f.Close())
}
