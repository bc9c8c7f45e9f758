package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/report"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version, and the contract's name and hash",
		Example: "  graphmock version",
		Args:    noArguments,
		Run: func(cmd *cobra.Command, _ []string) {
			fmt.Fprint(cmd.OutOrStdout(), versionText())
		},
	}
}

// versionText is what version and --version print.
func versionText() string {
	c := openapi.Embedded()
	return fmt.Sprintf("graphmock %s\n%scontract %s %s sha256:%s\n", buildVersion(), commitLine(), c.Title(), c.Version(),
		c.Hash())
}

// commitLine names the commit that the program was built from, if the build knows it:
// what is built from a module's archive does not, and has its version instead.
func commitLine() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if settings["vcs.revision"] == "" {
		return ""
	}
	changed := ""
	if settings["vcs.modified"] == "true" {
		changed = ", with changes"
	}
	return fmt.Sprintf("commit %s of %s%s\n", settings["vcs.revision"], settings["vcs.time"], changed)
}

// buildVersion is the module's version, as far as the build knows it.
func buildVersion() string { return report.Version() }
