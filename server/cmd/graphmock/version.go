package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/graphmock/graphmock/openapi"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version, and the contract's name and hash",
		Example: "  graphmock version",
		Args:    noArguments,
		Run: func(cmd *cobra.Command, _ []string) {
			c := openapi.Embedded()
			fmt.Fprintf(cmd.OutOrStdout(), "graphmock %s\ncontract %s %s sha256:%s\n", buildVersion(), c.Title(),
				c.Version(), c.Hash())
		},
	}
}

// buildVersion is the module's version, as far as the build knows it.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
