package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/internal/report"
	"github.com/graphmock/graphmock/server/internal/verify"
)

type verifyFlags struct {
	target, token, output string
	parameters            []string
	include, exclude      []string
	seed                  uint64
	rate                  float64
	timeout               time.Duration
	allowRemote           bool

	contractFlags
	reportFlags
}

// remoteRate is how many requests in a second another machine's service gets,
// unless told otherwise.
const remoteRate = 10

func verifyCommand() *cobra.Command {
	var f verifyFlags
	cmd := &cobra.Command{
		Use:   "verify --target URL",
		Short: "Check that a running service keeps the contract",
		Long: `verify derives requests from the contract, sends them to a running service, and
holds every answer against the contract: Graph itself, another mock, or your own
API with --spec.

It sends the contract's examples, values at the edges of what the schemas allow,
and requests that break the contract in one way each: those have to be refused as
the contract says. What can be made and deleted is created, replaced or changed,
read, listed page by page, counted, and deleted twice. Everything that verify makes
it deletes again, unless a finding shows it; what the examples of a batch write
stays. What is found comes with its evidence and with the smallest request that
still shows it, as a line for curl; its token is $GRAPHMOCK_TOKEN.

The token is that of --token, else of $GRAPHMOCK_TOKEN, else one that every sandbox
takes. Path parameters whose values the service does not tell are given with
--param, or taken from the contract's examples.

Operations are named by operationId or pattern; * stands for any text. What is
excluded is never called; what is not included is, where it prepares or cleans up.
Services that are not on this machine are left alone without --allow-remote.`,
		Example: `  graphmock verify --target http://127.0.0.1:8080
  graphmock verify --target http://localhost:3000/api --spec openapi.yaml
  graphmock verify --target http://127.0.0.1:8080 --include "PUT *historyItems*" --seed 7
  graphmock verify --target http://127.0.0.1:8080 --exclude "users.*" --output json
  graphmock verify --target https://graph.microsoft.com --allow-remote --rate 2 --param user-id=adele@contoso.com`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := f.config(cmd.Flags().Changed("rate"))
			if err != nil {
				return err
			}
			return f.run(cmd.Context(), config, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.target, "target", "", "verify the service at `URL`, with or without the path of its root; "+
		"with nothing but a slash, the root of a --spec is there")
	f.addInstead(flags, "verify")
	flags.StringVar(&f.token, "token", "",
		"send the bearer token `TOKEN` (default: $GRAPHMOCK_TOKEN, else a sandbox's)")
	flags.StringArrayVar(&f.parameters, "param", nil,
		"send a parameter with a value of yours, `NAME=VALUE`; repeatable")
	flags.StringArrayVar(&f.include, "include", nil, "verify the `OPERATION` only; repeatable")
	flags.StringArrayVar(&f.exclude, "exclude", nil, "never call the `OPERATION`; repeatable")
	flags.Uint64Var(&f.seed, "seed", 0, "start the random source of values and keys at `N`")
	flags.Float64Var(&f.rate, "rate", 0,
		"send at most `N` requests a second (default: no limit on this machine, 10 elsewhere)")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Second, "wait for an answer no longer than this `DURATION`")
	flags.BoolVar(&f.allowRemote, "allow-remote", false, "let the target be on another machine")
	flags.StringVar(&f.output, "output", "text", "print as `text|json`")
	f.reportFlags.add(cmd)
	return cmd
}

func (f *verifyFlags) config(rated bool) (verify.Config, error) {
	c := verify.Config{
		Target: f.target, Token: f.token, Parameters: map[string]string{}, Include: f.include, Exclude: f.exclude,
		Seed: f.seed, Rate: f.rate, Timeout: f.timeout,
	}
	for _, p := range f.parameters {
		name, value, ok := strings.Cut(p, "=")
		if !ok || name == "" {
			return c, fmt.Errorf("--param %q: expected NAME=VALUE, such as user-id=user@contoso.com", p)
		}
		c.Parameters[name] = value
	}
	remote, err := isRemote(f.target)
	switch {
	case f.target == "":
		return c, errors.New("--target URL is missing, such as --target http://127.0.0.1:8080")
	case err != nil:
		return c, fmt.Errorf("--target %q: expected a URL, such as http://127.0.0.1:8080", f.target)
	case remote && !f.allowRemote:
		return c, fmt.Errorf("--target %s is not on this machine; verify makes and deletes things there: "+
			"add --allow-remote if you may do that", f.target)
	case f.output != "text" && f.output != "json":
		return c, fmt.Errorf("--output %q: expected text or json", f.output)
	case f.timeout <= 0:
		return c, fmt.Errorf("--timeout %v: expected more than nothing, such as 10s", f.timeout)
	case rated && !(f.rate > 0):
		return c, fmt.Errorf("--rate %v: expected more than nothing", f.rate)
	}
	if err := f.reportFlags.check(); err != nil {
		return c, err
	}
	if remote && !rated {
		c.Rate = remoteRate
	}
	if c.Contract, err = f.load(); err != nil {
		return c, err
	}
	if c.Token == "" {
		c.Token = os.Getenv("GRAPHMOCK_TOKEN")
	}
	if c.Token == "" {
		if remote && needsToken(c.Contract) {
			return c, errors.New("--token is missing: a service on another machine takes none of graphmock's")
		}
		c.Token, err = sandboxToken(c.Contract)
	}
	return c, err
}

func isRemote(target string) (bool, error) {
	u, err := url.Parse(target)
	if err == nil && u.Host == "" {
		err = errors.New("no host")
	}
	if err != nil {
		return false, err
	}
	return !isLoopback(net.JoinHostPort(u.Hostname(), "0")), nil
}

func needsToken(c *openapi.Contract) bool {
	for op := range c.Operations() {
		if op.Security().RequiresToken() {
			return true
		}
	}
	return false
}

// sandboxToken is a token that every sandbox takes, with the scopes of the
// contract: for a century, since a sandbox's clock may stand anywhere.
func sandboxToken(c *openapi.Contract) (string, error) {
	s, err := server.New(server.Config{Now: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		return "", exitError{exitInternal, err}
	}
	var scopes []string
	for op := range c.Operations() {
		scopes = append(scopes, op.Security().Scopes()...)
	}
	slices.Sort(scopes)
	token, err := s.Token(server.TokenOptions{Scopes: slices.Compact(scopes), ExpiresIn: 100 * 365 * 24 * time.Hour})
	if err != nil {
		return "", exitError{exitInternal, err}
	}
	return token, nil
}

func (f *verifyFlags) run(ctx context.Context, config verify.Config, stdout, stderr io.Writer) error {
	printUnchecked(stderr, config.Contract)
	planning, verifying := progressOf(stderr, "planning"), progressOf(stderr, "verifying")
	if planning != nil {
		config.Progress = func(step verify.Step, done, total int) {
			if step == verify.Planning {
				planning(done, total)
			} else {
				verifying(done, total)
			}
		}
	}
	result, err := verify.Run(ctx, config)
	if config.Progress != nil {
		fmt.Fprint(stderr, clearLine) // an interrupted run leaves one
	}
	if errors.Is(err, verify.ErrUnreachable) {
		return fmt.Errorf("--target %s: %w", config.Target, err)
	}
	if err != nil {
		return err
	}
	written := f.write(stdout, stderr, reportOf(f.commandLine(), config, result))
	if f.output == "json" {
		if err := printJSON(stdout, result); err != nil {
			return err
		}
	} else {
		printVerified(stdout, result)
	}
	switch {
	case written != nil:
		return written
	case result.Interrupted:
		return exitError{exitInterrupted, errors.New("interrupted")}
	case len(result.Findings) > 0:
		return exitError{exitBroken, errReported}
	}
	return nil
}

// reportOf has the findings as violations, each with the case that shows it and with its
// lines for curl: to the target, and never to Graph itself.
func reportOf(command string, config verify.Config, result *verify.Result) report.Report {
	r := report.Report{
		Command: command, Contract: config.Contract, Left: result.Requests,
		Verdict: server.Verdict{Clean: len(result.Findings) == 0},
	}
	for _, f := range result.Findings {
		r.Verdict.Violations = append(r.Verdict.Violations, server.GroupedViolation{
			Violation: f.Violation, Count: f.Count, Where: joinedText(cmp.Or(f.Pattern, "every operation"), f.Case),
			Curl: strings.TrimSpace(f.Curl)})
	}
	if result.Interrupted {
		r.Notes = append(r.Notes, "The run was interrupted.")
	}
	return r
}

func joinedText(pattern, name string) string {
	if name == "" {
		return pattern
	}
	return pattern + " (" + name + ")"
}

// printVerified has the findings, each operation's together, and a last line that
// sums up.
func printVerified(w io.Writer, result *verify.Result) {
	p := printer{w}
	last := ""
	for i, f := range result.Findings {
		if f.Pattern != last || i == 0 {
			p.line(0, "%s", cmp.Or(f.Pattern, "every operation"))
			last = f.Pattern
		}
		place := ""
		if f.Violation.In != openapi.InStatus {
			place = strings.TrimSpace(f.Violation.In+" "+f.Violation.Pointer) + ": "
		}
		evidence := ""
		if f.Violation.Evidence != "" {
			evidence = fmt.Sprintf(" (%s: %s)", f.Violation.Evidence, f.Violation.Source)
		}
		p.line(1, "%s: %s%s%s", f.Rule, place, f.Message, evidence)
		if f.Case != "" {
			p.line(2, "%s; %s", f.Case, count(f.Count, "answer"))
		}
		for line := range strings.SplitSeq(f.Curl, "\n") {
			p.line(2, "%s", line)
		}
		p.line(0, "")
	}
	for _, path := range result.Kept {
		p.line(0, "not deleted, for the lines above: %s", path)
	}
	p.line(0, "%s, %s, %s, %s", count(result.Operations, "operation"), count(result.Cases, "case"),
		count(result.Requests, "request"), count(len(result.Findings), "finding"))
}
