package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/graphmock/graphmock/server"
)

func tokenCommand() *cobra.Command {
	var o server.TokenOptions
	var scopes []string
	var now string
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Print a bearer token for the sandbox",
		Long: `token prints a delegated access token of the form that Graph's tokens have. The
sandbox takes it under every --auth; Graph itself does not.`,
		Example: `  graphmock token
  graphmock token --user user@contoso.com --scope UserActivity.ReadWrite.CreatedByApp
  graphmock token --expires-in -1m        # to see what an expired token gets
  graphmock token --now 2026-01-31T12:00:00Z   # for a server with the same --now`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("scope") {
				o.Scopes = scopes
			}
			start, err := parseNow(now)
			if err != nil {
				return err
			}
			s, err := server.New(server.Config{Now: start})
			if err != nil {
				return exitError{exitInternal, err}
			}
			token, err := s.Token(o)
			if err != nil {
				return exitError{exitInternal, err}
			}
			fmt.Fprintln(cmd.OutOrStdout(), token)
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.User, "user", "", "user principal name or `ID` of the user (default: the first of contoso)")
	flags.StringVar(&o.App, "app", "", "`ID` of the application (default: the first of contoso)")
	flags.StringVar(&o.Tenant, "tenant", "", "`ID` of the tenant")
	flags.StringArrayVar(&scopes, "scope", nil,
		"a `SCOPE` of the token, repeatable (default: all that the contract asks for)")
	flags.DurationVar(&o.ExpiresIn, "expires-in", time.Hour,
		"how long it is valid, a `DURATION`; below zero it has expired")
	flags.StringVar(&now, "now", "",
		"issue it at `RFC3339`, such as 2026-01-31T12:00:00Z, for a server with that clock")
	return cmd
}
