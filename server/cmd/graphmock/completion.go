package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/report"
)

// flagChoices are the values of flags whose choice is small, by the flag's name.
var flagChoices = map[string]func() []string{
	"auth":     func() []string { return []string{"off", "bearer", "strict"} },
	"throttle": func() []string { return []string{"off", "documented"} },
	"log":      func() []string { return []string{"text", "json"} },
	"output":   func() []string { return []string{"text", "json"} },
	"scenario": func() []string { return slices.Sorted(maps.Keys(library())) },
	"fixtures": func() []string { return []string{"contoso"} },
	"include":  operationNames,
	"exclude":  operationNames,
	"explain":  operationPatterns,
}

// alsoFiles are the flags whose values may be files as well.
var alsoFiles = []string{"scenario", "fixtures"}

// completeValues lets shells complete the values of every flag.
func completeValues(root *cobra.Command) {
	for _, c := range root.Commands() {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			choices, known := flagChoices[f.Name]
			switch {
			case known:
				directive := cobra.ShellCompDirectiveNoFileComp
				if slices.Contains(alsoFiles, f.Name) {
					directive = cobra.ShellCompDirectiveDefault
				}
				c.RegisterFlagCompletionFunc(f.Name, completeWords(directive, choices))
			case f.Name == "report":
				c.RegisterFlagCompletionFunc(f.Name, completeReports)
			case f.Name == "spec":
				c.RegisterFlagCompletionFunc(f.Name, cobra.FixedCompletions([]cobra.Completion{"yaml", "yml", "json"},
					cobra.ShellCompDirectiveFilterFileExt))
			case f.Name == "ready-file", f.Name == "pkcs12":
				c.RegisterFlagCompletionFunc(f.Name, cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault))
			default: // a number, a time, a name of the user's
				c.RegisterFlagCompletionFunc(f.Name, cobra.NoFileCompletions)
			}
		})
	}
}

func completeWords(directive cobra.ShellCompDirective, words func() []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		var fit []cobra.Completion
		for _, word := range words() {
			if strings.HasPrefix(word, begun) {
				fit = append(fit, word)
			}
		}
		return fit, directive
	}
}

// completeReports completes the format; the file is the user's.
func completeReports(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if strings.Contains(begun, "=") {
		return nil, cobra.ShellCompDirectiveDefault
	}
	var fit []cobra.Completion
	for _, format := range report.Formats() {
		if strings.HasPrefix(format, begun) {
			fit = append(fit, format+"=")
		}
	}
	return fit, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
}

// operationNames are the ids of the embedded contract.
func operationNames() (names []string) {
	for op := range openapi.Embedded().Operations() {
		names = append(names, op.ID)
	}
	return names
}

// operationPatterns are those of the embedded contract.
func operationPatterns() (patterns []string) {
	for op := range openapi.Embedded().Operations() {
		patterns = append(patterns, op.Pattern())
	}
	return patterns
}

// describePlainly takes the backquotes out of what flags say of themselves, which mark
// the name of a value in help, and nothing to a shell.
func describePlainly(root *cobra.Command) {
	for _, c := range root.Commands() {
		c.Flags().VisitAll(func(f *pflag.Flag) { _, f.Usage = pflag.UnquoteUsage(f) })
	}
}
