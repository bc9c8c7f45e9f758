// Command graphmock is a mock of Microsoft Graph for everyone who does not write
// Go tests: a local sandbox, and tools around it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/openapi/spell"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// Exit codes, the same for every command.
const (
	exitClean       = 0
	exitBroken      = 1
	exitUsage       = 2
	exitInternal    = 3
	exitInterrupted = 130
)

const exitCodes = `Exit codes:
  0    clean
  1    the contract or the scenario was broken
  2    wrong usage, configuration, spec, fixture or scenario file
  3    internal failure
  130  interrupted`

// exitError is an error that says how the program ends.
type exitError struct {
	code int
	err  error
}

func (e exitError) Error() string { return e.err.Error() }
func (e exitError) Unwrap() error { return e.err }

// run is the whole program: it returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second interrupt ends the program at once
	root := rootCommand()
	if len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
		describePlainly(root)
	}
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitClean
	}
	code := exitUsage // what cobra finds wrong is usage
	var exit exitError
	if errors.As(err, &exit) {
		code = exit.code
	}
	printError(stderr, err)
	return code
}

// printError says what went wrong. Problems of files stand alone on their lines,
// so that editors and terminals find the place.
func printError(w io.Writer, err error) {
	if problems, ok := err.(document.Problems); ok {
		for _, p := range problems {
			say(w, "%v", p)
		}
		return
	}
	if !errors.Is(err, errReported) {
		say(w, "graphmock: %v", err)
	}
}

// errReported is the error of a command whose output says already what is wrong.
var errReported = errors.New("reported")

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "graphmock",
		Short: "A mock of Microsoft Graph for contract testing",
		Long: "graphmock is a server that answers as Microsoft Graph does, rejects what Graph would reject,\n" +
			"and says why.\n\n" + exitCodes,
		Example: "  graphmock serve\n  curl -H \"Authorization: Bearer $(graphmock token)\" " +
			"http://127.0.0.1:8080/v1.0/me/activities",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
	}
	root.SetFlagErrorFunc(flagError)
	root.Version = buildVersion()
	root.SetVersionTemplate(versionText())
	root.AddCommand(serveCommand(), runCommand(), lintCommand(), verifyCommand(), checkCommand(), showCommand(), openapiCommand(),
		caCommand(), tokenCommand(), versionCommand(),
		importCommand(), replayCommand())
	completeValues(root)
	for _, c := range root.Commands() {
		c.Long = strings.TrimSpace(c.Long) + "\n\n" + exitCodes
	}
	return root
}

func unknownCommand(root *cobra.Command, name string) error {
	names := func(yield func(string) bool) {
		for _, c := range root.Commands() {
			if !yield(c.Name()) {
				return
			}
		}
	}
	if near := spell.Nearest(name, names); near != "" {
		return fmt.Errorf("unknown command %q; did you mean %q?", name, near)
	}
	return fmt.Errorf("unknown command %q (see: graphmock --help)", name)
}

// noArguments is for commands that take flags only.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("unexpected %q: %s takes flags only (see: %s --help)", args[0], cmd.Name(), cmd.CommandPath())
}

// flagValues says what the values of a flag's type look like.
var flagValues = map[string]string{
	"uint64": "a whole number", "int": "a whole number", "float64": "a number", "bool": "true or false",
	"duration": "a duration, such as 90s, 1h or -5m",
}

// flagError adds to what is wrong with a flag what would be right.
func flagError(cmd *cobra.Command, err error) error {
	names := func(yield func(string) bool) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) { yield("--" + f.Name) })
	}
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) && flagValues[invalid.GetFlag().Value.Type()] != "" {
		f := invalid.GetFlag()
		return fmt.Errorf("--%s %q: expected %s", f.Name, invalid.GetValue(), flagValues[f.Value.Type()])
	}
	if name, unknown := strings.CutPrefix(err.Error(), "unknown flag: "); unknown {
		if near := spell.Nearest(name, names); near != "" {
			return fmt.Errorf("unknown flag %s; did you mean %s?", name, near)
		}
	}
	return fmt.Errorf("%w (see: %s --help)", err, cmd.CommandPath())
}
