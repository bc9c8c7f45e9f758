package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/graphmock/graphmock/server/internal/report"
)

// reportFlags are the flags of commands that find something. Such a command
// calls check before it starts, and write when it knows what it found, however it
// ends.
type reportFlags struct {
	reports []string
	github  bool

	targets []report.Target
}

func (f *reportFlags) add(cmd *cobra.Command) {
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
	r.Version = buildVersion()
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
			properties = append(properties, name+"="+propertyEscaper.Replace(value))
		}
	}
	add("file", workspaceFile(f.Place.File))
	add("line", fmt.Sprint(f.Place.Line))
	add("col", fmt.Sprint(f.Place.Column))
	add("title", "graphmock: "+cmp.Or(f.Subject, f.Title))
	message := f.Message
	if f.Place.Entry > 0 {
		message = f.Place.String() + ": " + message
	}
	return "::" + command + " " + strings.Join(properties, ",") + "::" + messageEscaper.Replace(message)
}

// What a workflow command may not hold as it is.
var (
	messageEscaper  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscaper = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// workspaceFile names a file as GitHub does: from the root of the checkout.
func workspaceFile(file string) string {
	root := os.Getenv("GITHUB_WORKSPACE")
	full, err := filepath.Abs(file)
	if root == "" || file == "" || err != nil {
		return filepath.ToSlash(file)
	}
	if name, err := filepath.Rel(root, full); err == nil && filepath.IsLocal(name) {
		return filepath.ToSlash(name)
	}
	return filepath.ToSlash(file)
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
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(b.Bytes())
	return errors.Join(err, f.Close())
}
