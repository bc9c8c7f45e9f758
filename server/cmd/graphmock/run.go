package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/internal/report"
)

// runFlags are those of serve, and what only run has.
type runFlags struct {
	serveFlags
	reportFlags
	minCoverage      float64
	include, exclude []string
	allowNoRequests  bool
	maxPermissions   []string
	failOn           string

	output string
	grace  time.Duration
}

func runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [flags] -- CMD [ARG...]",
		Short: "Run a test suite against a sandbox of its own, and give the verdict",
		Long: `run starts a server on a free port, runs CMD, a test suite in any language, against
it, and tells on standard error what came of it: violations of the contract,
requests that no operation fits, rules of scenarios that were never used,
expectations that were not met, and how much was covered of the operations that CMD
called. It ends with 1 if the contract was broken, if CMD failed, or if CMD sent no
request at all, unless --allow-no-requests says that this is right.

CMD finds in its environment GRAPHMOCK_ORIGIN, such as http://127.0.0.1:41233,
GRAPHMOCK_URL, which adds /v1.0, GRAPHMOCK_ADMIN_URL, which adds /_graphmock, and
GRAPHMOCK_TOKEN, a bearer token that is valid for a day. If --addr is not a
loopback address, GRAPHMOCK_ADMIN_TOKEN is what the admin URL asks for.

With --tls the origin is https. GRAPHMOCK_CA is a file with the certificate to trust;
NODE_EXTRA_CA_CERTS, SSL_CERT_FILE, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE and
JAVA_TOOL_OPTIONS let most programs trust it, beside what they trust anyway. On macOS
and Windows, Go and .NET ask the system instead: see graphmock ca. With --proxy
HTTPS_PROXY and what else leads to a proxy (NO_PROXY, NODE_USE_ENV_PROXY, Java's
properties) let CMD keep its production URLs. Node.js before 24 has to set the proxy
itself, as undici's EnvHttpProxyAgent does.

With --tls or --proxy, credentials of Azure's SDKs find what to sign in with as an
application that may do everything: AZURE_TENANT_ID, AZURE_CLIENT_ID,
AZURE_CLIENT_SECRET and AZURE_AUTHORITY_HOST, and for managed identity
IDENTITY_ENDPOINT and IDENTITY_HEADER. GRAPHMOCK_TENANT is the tenant's id. Without
--proxy the SDKs want to be told not to ask Microsoft about that authority
(DisableInstanceDiscovery, disableInstanceDiscovery, disable_instance_discovery).

CMD's input and output are its own. SIGINT and SIGTERM are passed on to it; when
it does not end within --grace, it is killed. Processes that it leaves behind are
ended with it.

Coverage counts, for each operation: the answers that the contract declares, but
for those that only a broken request gets, such as 400; query options; properties
of the body, at the top and one level below, and the values of their enums;
whether a next link was followed; and, where a Retry-After was given, whether it
was honoured. Operations under /users/{user-id} count together with their twins
under /me. With --now the clock stands still, and nothing can be honoured. What
counts are the operations that CMD called; with --include those that it names,
called or not; in both cases without those of --exclude. Operations are named by
operationId or pattern; * stands for any text.

With --output json the verdict is printed to standard output when CMD has ended,
as GET /_graphmock/verdict gives it, with the coverage of what counts.`,
		Example: `  graphmock run -- npm test
  graphmock run --scenario throttled-then-created -- pytest -q
  graphmock run --min-coverage 80 -- ./integration-tests.sh
  graphmock run --min-coverage 80 --include "*/activities*" --exclude "DELETE *" -- npm test
  graphmock run --proxy -- npm test
  graphmock run --output json -- sh -c 'dotnet test >&2' > verdict.json`,
		RunE: func(cmd *cobra.Command, command []string) error {
			if err := f.check(command); err != nil {
				return err
			}
			return f.run(cmd.Context(), command, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f.serveFlags.add(cmd, "127.0.0.1:0", "")
	flags := cmd.Flags()
	flags.SetInterspersed(false) // what follows CMD is CMD's
	flags.Float64Var(&f.minCoverage, "min-coverage", 0, "fail when less than `PERCENT` of what counts is covered")
	flags.StringArrayVar(&f.include, "include", nil, "count the coverage of the `OPERATION`, called or not; repeatable")
	flags.StringArrayVar(&f.exclude, "exclude", nil, "leave the `OPERATION` out of the coverage; repeatable")
	flags.BoolVar(&f.allowNoRequests, "allow-no-requests", false, "let CMD send nothing")
	flags.StringSliceVar(&f.maxPermissions, "max-permissions", nil,
		"fail when CMD's requests needed more than these permissions, a list of `NAME,...`")
	flags.StringVar(&f.failOn, "fail-on", "", "fail also on `guidance`: what keeps the contract and is advised against")
	flags.StringVar(&f.output, "output", "text", "print the verdict as `text|json`")
	f.reportFlags.add(cmd)
	flags.DurationVar(&f.grace, "grace", 5*time.Second,
		"how long CMD may take to end when run is interrupted, a `DURATION`")
	return cmd
}

func (f *runFlags) check(command []string) error {
	switch {
	case len(command) == 0, command[0] == "":
		return errors.New("run: there is no command; expected: graphmock run [flags] -- CMD [ARG...]")
	case f.output != "text" && f.output != "json":
		return fmt.Errorf("--output %q: expected text or json", f.output)
	case !(f.minCoverage >= 0 && f.minCoverage <= 100):
		return fmt.Errorf("--min-coverage %v: expected a number from 0 to 100", f.minCoverage)
	case f.failOn != "" && f.failOn != "guidance":
		return fmt.Errorf("--fail-on %q: expected guidance", f.failOn)
	case f.grace < 0:
		return fmt.Errorf("--grace %v: expected a duration such as 5s", f.grace)
	}
	return f.reportFlags.check()
}

// checkNames looks for names of operations that are nobody's. What fits only derived
// operations can't be told from a mistake if it has a *.
func (f *runFlags) checkNames(c *openapi.Contract) error {
	for flag, names := range map[string][]string{"--include": f.include, "--exclude": f.exclude} {
		for _, name := range names {
			err := c.CheckName(name)
			if _, unknown := c.Find(name); err != nil && unknown != nil && !strings.Contains(name, "*") {
				return fmt.Errorf("%s: %w", flag, err)
			}
		}
	}
	return nil
}

// An ending is how a run ended.
type ending struct {
	command     string // its name, for people
	cause       string // why it failed, such as "exit code 3"; empty if it did not
	interrupted bool
	requests    int // how many it sent
	verdict     server.Verdict
}

func (f *runFlags) run(ctx context.Context, command []string, stdin io.Reader, stdout, stderr io.Writer) error {
	child := exec.Command(command[0], command[1:]...)
	if child.Err != nil {
		return notStarted(command[0], child.Err)
	}
	s, err := f.start(stderr)
	if err != nil {
		return err
	}
	defer s.close()
	if err := f.checkNames(s.Contract()); err != nil {
		return err
	}
	if child.Env, err = s.environment(&f.serveFlags); err != nil {
		return exitError{exitInternal, err}
	}
	child.Stdin, child.Stdout, child.Stderr = stdin, stdout, stderr // files are passed on as they are
	end := ending{command: filepath.Base(command[0])}
	if end.interrupted, err = supervise(ctx, child, f.grace); err != nil {
		return notStarted(command[0], err)
	}
	if state := child.ProcessState; state != nil {
		end.cause = failureOf(state)
		end.interrupted = end.interrupted || isInterrupted(state)
	}
	s.finish()
	verdict, kept, violating := s.Everything()
	found := report.Of(s.Contract(), verdict, kept, violating)
	found.Verdict.Coverage = found.Verdict.Coverage.Bound(s.Contract(), f.include, f.exclude)
	if len(f.maxPermissions) > 0 {
		found.Verdict.Bound(f.maxPermissions)
	}
	end.verdict, end.requests = found.Verdict, len(found.Exchanges)+found.Left-len(found.Verdict.Outside)
	reported := f.report(found, s.origin, command, end, stdout, stderr)
	if f.output == "json" {
		if err := printJSON(stdout, end.verdict); err != nil {
			return exitError{exitInternal, err}
		}
	} else {
		printVerdict(stderr, end.verdict)
		f.printClean(stderr, end)
	}
	if reported != nil {
		if err := f.outcome(end); err != nil {
			printError(stderr, err)
		}
		return reported
	}
	return f.outcome(end)
}

// printClean says that the contract and the scenarios were kept, if anything was sent
// that could have broken them.
func (f *runFlags) printClean(w io.Writer, end ending) {
	if !end.verdict.Clean || end.requests == 0 && !f.allowNoRequests {
		return
	}
	text, join := count(end.requests, "request"), ", "
	if end.verdict.NotSupported() != "" {
		join = "; "
	}
	if cover := end.verdict.Coverage; len(cover.Operations) > 0 {
		text += ", coverage " + coverageOf(cover)
	}
	fmt.Fprintf(w, "graphmock: %s%s%s\n", end.verdict.Line(), join, text)
}

// report writes the reports, however CMD has ended.
func (f *runFlags) report(r report.Report, origin string, command []string, end ending, stdout,
	stderr io.Writer) error {
	r.Command, r.Source, r.Origins = f.commandLine(command...), sourceOf(command), []string{origin}
	r.Shortfalls = f.shortfalls(end)
	if end.interrupted {
		r.Notes = append(r.Notes, "The run was interrupted.")
	}
	return f.reportFlags.write(stdout, stderr, r)
}

// shortfalls are what makes a run fail besides the contract and the scenarios. Of
// one that was interrupted nothing can be said.
func (f *runFlags) shortfalls(end ending) (list []report.Shortfall) {
	if end.interrupted {
		return nil
	}
	if end.cause != "" {
		list = append(list, report.Shortfall{Rule: "command", Message: end.command + " failed: " + end.cause})
	}
	if end.cause == "" && end.requests == 0 && !f.allowNoRequests {
		list = append(list, report.Shortfall{Rule: "no-requests", Message: end.command + " sent no request to the " +
			"sandbox; point it at $GRAPHMOCK_URL, or allow that with --allow-no-requests"})
	}
	if cover := end.verdict.Coverage; cover.Percent < f.minCoverage {
		message := fmt.Sprintf("coverage %v %% is less than the %v %% asked for", cover.Percent, f.minCoverage)
		if most := missingMost(cover); most != "" {
			message += "; missing most: " + most
		}
		list = append(list, report.Shortfall{Rule: "coverage", Message: message})
	}
	if n := len(end.verdict.Guidance); f.failOn == "guidance" && n > 0 {
		list = append(list, report.Shortfall{Rule: "guidance", Message: count(n, "thing") + " that Microsoft advises against"})
	}
	return list
}

// outcome is the error of a run, nil if all went well.
func (f *runFlags) outcome(end ending) error {
	var broken []string
	for _, s := range f.shortfalls(end) {
		broken = append(broken, s.Message)
	}
	if !end.verdict.Clean {
		broken = append(broken, "the contract or the scenario was broken: "+end.verdict.Line())
	}
	switch {
	case end.interrupted:
		return exitError{exitInterrupted, errors.New("interrupted")}
	case len(broken) > 0:
		return exitError{exitBroken, errors.New(strings.Join(broken, "\ngraphmock: "))}
	}
	return nil
}

// notStarted says why CMD could not be started. A name that leads nowhere is
// wrong usage.
func notStarted(name string, err error) error {
	cause := withoutPath(err)
	var lookup *exec.Error
	if errors.As(err, &lookup) {
		cause = lookup.Err
	}
	code := exitInternal
	switch {
	case errors.Is(cause, exec.ErrNotFound):
		code, cause = exitUsage, errors.New("command not found")
	case errors.Is(cause, fs.ErrNotExist) && exists(name):
		code, cause = exitUsage,
			errors.New("its interpreter is not there (a line that ends in CR LF names another one than it seems to)")
	case errors.Is(cause, syscall.ENOEXEC):
		code, cause = exitUsage,
			errors.New("neither a program of this machine nor a script: a script begins with #! and its interpreter")
	case errors.Is(cause, exec.ErrDot), errors.Is(cause, fs.ErrNotExist), errors.Is(cause, fs.ErrPermission):
		code = exitUsage
	}
	return exitError{code, fmt.Errorf("run: %s: %w", name, cause)}
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// failureOf says why a process that has ended failed, nothing if it did not.
func failureOf(state *os.ProcessState) string {
	switch code := state.ExitCode(); code {
	case 0:
		return ""
	case -1:
		return state.String() // ended by a signal
	default:
		return "exit code " + strconv.Itoa(code)
	}
}

// lastResponses is how long requests that are being served when CMD has ended may
// take: their client is gone, but what they say belongs into the verdict.
const lastResponses = time.Second

// finish stops listening.
func (s *sandbox) finish() {
	ending, cancel := context.WithTimeout(context.Background(), lastResponses)
	defer cancel()
	s.Shutdown(ending)
}
