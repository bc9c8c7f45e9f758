package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/internal/har"
	"github.com/graphmock/graphmock/server/internal/report"
)

type checkFlags struct {
	root, output    string
	hosts           []string
	allowNoRequests bool
	contractFlags
	reportFlags
}

func checkCommand() *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "check FILE.har...",
		Short: "Check recorded traffic against the contract, offline",
		Long: `check reads HTTP Archive files, HAR 1.2, as browsers and proxies export them and as
--report har writes them, and holds every request to Graph and its answer against
the contract. Nothing is sent.

Requests to Graph's hosts, to loopback addresses and to the hosts of --host are
checked, the requests of a batch one by one; others are counted and skipped, and so
are a browser's CORS preflights and web sockets.

Browsers leave credentials out of what they export. A missing token is therefore a
violation only in files that have tokens: those of graphmock itself, and those
with an Authorization header on any request that is checked. Of a token nothing
more is asked, for it was valid in its time. Bodies that the file has not kept are
not judged, nor are answers that a scenario of graphmock made. What only the state of
a tenant tells is not asked either: whether there is a user, or where a page begins.

If more than ten requests break the contract, a table says why: by the first reason
that each has, with the entries of the file; reports name them all.

check ends with 1 if the contract was broken, or if there was no request to check,
unless --allow-no-requests says that this is right.`,
		Example: `  graphmock check trace.har
  graphmock check --report sarif=graphmock.sarif traces/*.har
  graphmock check --spec openapi.yaml --host api.contoso.com trace.har`,
		RunE: func(cmd *cobra.Command, files []string) error {
			if err := f.check(files); err != nil {
				return err
			}
			return f.run(cmd.Context(), files, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	f.addInstead(flags, "check")
	flags.StringArrayVar(&f.hosts, "host", nil, "check requests to this `HOST` too; repeatable")
	flags.StringVar(&f.root, "root", "", "the recorded service has its root at `PATH`, not where the contract has it; / is none")
	flags.BoolVar(&f.allowNoRequests, "allow-no-requests", false, "let files have nothing to check")
	flags.StringVar(&f.output, "output", "text", "print as `text|json`")
	f.reportFlags.add(cmd)
	return cmd
}

func (f *checkFlags) check(files []string) error {
	switch {
	case len(files) == 0:
		return errors.New("check: there is no file; expected: graphmock check FILE.har")
	case f.output != "text" && f.output != "json":
		return fmt.Errorf("--output %q: expected text or json", f.output)
	}
	if f.root != "" && (f.root[0] != '/' || strings.ContainsAny(f.root, "?# ")) {
		return fmt.Errorf("--root %q: expected a path, such as /api, or / alone", f.root)
	}
	if err := checkHosts(f.hosts); err != nil {
		return err
	}
	return f.reportFlags.check()
}

func (f *checkFlags) run(ctx context.Context, files []string, stdout, stderr io.Writer) error {
	contract, err := f.load()
	if err != nil {
		return err
	}
	printUnchecked(stderr, contract)
	c := &checker{selection: selection{hosts: f.hosts}, contract: contract, root: f.root, recording: server.NewRecording(contract), out: stdout}
	if f.output == "json" {
		c.out = io.Discard
	}
	if len(f.targets) > 0 {
		c.room = maxKeptBytes
	}
	var problems document.Problems
	for _, file := range files {
		if err := c.checkFile(ctx, file); ctx.Err() != nil {
			return exitError{exitInterrupted, errors.New("interrupted")}
		} else if err != nil {
			problems = append(problems, problemOf(file, err))
		}
	}
	r := c.report(problems)
	if c.checked == 0 && len(problems) == 0 && !f.allowNoRequests {
		r.Shortfalls = []report.Shortfall{{Rule: "no-requests", Message: c.nothing()}}
	}
	r.Command = f.commandLine(files...)
	written := f.write(stdout, stderr, r)
	if f.output == "json" {
		if err := report.Write("json", stdout, r); err != nil {
			return exitError{exitInternal, err}
		}
	} else if len(problems) < len(files) { // with nothing read, 0 violations would sound like good news
		c.print(stdout, r)
	}
	switch {
	case len(problems) > 0:
		if written != nil {
			printError(stderr, written)
		}
		return problems
	case written != nil:
		return written
	case !r.Verdict.Clean:
		return exitError{exitBroken, errReported}
	case len(r.Shortfalls) > 0:
		return exitError{exitBroken, errors.New("check: " + r.Shortfalls[0].Message)}
	}
	return nil
}

// A checker checks files, one after the other, and keeps what reports need.
type checker struct {
	selection
	contract  *openapi.Contract
	root      string
	recording *server.Recording

	out io.Writer // where violations are printed as they are found

	keeper
	ledger ledger

	checked, tokenless int
	lost, lostAnswers  int // bodies that the files have not kept
	started, ended     time.Time
}

// checkFile checks the entries of a file.
func (c *checker) checkFile(ctx context.Context, name string) error {
	tokens, err := c.hasTokens(ctx, name)
	if err != nil {
		return err
	}
	_, err = readHAR(name, func(e har.Entry) error {
		if ctx.Err() != nil || !c.accept(&e) {
			return ctx.Err()
		}
		if e.Err != nil {
			return e.Err
		}
		c.checkEntry(name, &e, tokens)
		return nil
	})
	return err
}

// errSeen ends a reading early.
var errSeen = errors.New("seen")

// hasTokens reports whether the recorder of a file has kept credentials.
func (c *checker) hasTokens(ctx context.Context, name string) (bool, error) {
	about, err := readHAR(name, func(e har.Entry) error {
		if c.isOurs(&e) && e.Header.Get("Authorization") != "" {
			return errSeen
		}
		return ctx.Err()
	})
	if errors.Is(err, errSeen) {
		return true, nil
	}
	return about.Creator == "graphmock", err
}

// checkEntry checks an entry, and the requests of a batch.
func (c *checker) checkEntry(file string, e *har.Entry, tokens bool) {
	all := c.recording.Add(server.Recorded{
		At: e.At, Method: e.Method, URL: e.URL, Header: e.Header, Body: e.Body, BodyLost: e.NoBody, TokenLost: !tokens,
		Status: e.Status, AnswerHeader: e.ResponseHeader, Answer: e.ResponseBody, AnswerLost: e.NoResponseBody,
		Scripted: e.Scripted, PartsApart: e.Own, Root: c.root,
	})
	c.checked += len(all)
	if !tokens {
		c.tokenless += len(all)
	}
	if e.NoBody {
		c.lost++
	}
	if e.NoResponseBody {
		c.lostAnswers++
	}
	if !e.At.IsZero() {
		if c.started.IsZero() || e.At.Before(c.started) {
			c.started = e.At
		}
		if e.At.After(c.ended) {
			c.ended = e.At
		}
	}
	place := report.Place{File: filepath.ToSlash(file), Line: e.Line, Entry: e.Number}
	for _, x := range all {
		where := place.String()
		if x.BatchID != "" {
			where += fmt.Sprintf(": request %q of the batch", x.BatchID)
		}
		for _, v := range x.Violations {
			say(c.out, "%s: %s %s: %s", where, x.Method, x.Path, v)
		}
		c.ledger.add(&x, where)
		c.keep(report.Exchange{Exchange: x, Place: place})
	}
}

func (c *checker) report(problems document.Problems) report.Report {
	r := report.Report{
		Contract: c.contract, Started: c.started, Ended: c.ended,
		Verdict: c.recording.Verdict(), Problems: problems, Exchanges: c.kept, Left: c.left, Notes: c.notes(),
		Reasons: c.ledger.table(),
	}
	return r
}

// notes say what was not checked.
func (c *checker) notes() []string {
	notes := c.selection.notes()
	if c.tokenless > 0 {
		notes = append(notes, "Tokens of "+count(c.tokenless, "request")+
			" not judged: the file has no Authorization header at all, as browsers export it.")
	}
	if c.lost+c.lostAnswers > 0 {
		notes = append(notes, fmt.Sprintf("Not judged, for the files have not kept them: the bodies of %s and %s.",
			count(c.lost, "request"), count(c.lostAnswers, "answer")))
	}
	return append(notes, c.ledger.notes()...)
}

// nothing says why no request was checked, and what would help.
func (c *checker) nothing() string {
	const none = "no request was checked: "
	switch len(c.others) {
	case 0:
		return none + "there is none to Graph in what was read; record the traffic of a client, or allow that with --allow-no-requests"
	case 1:
		return none + "all are to " + c.others[0] + "; if that is the service, name it with --host " + c.others[0]
	}
	return none + "all are to other hosts, such as " + strings.Join(c.others, ", ") + "; name the service's with --host"
}

// print prints the totals for a person.
func (c *checker) print(w io.Writer, r report.Report) {
	for _, note := range r.Notes {
		say(w, "%s", note)
	}
	printReasons(w, "broken by", r.Reasons)
	fmt.Fprintf(w, "%s checked: %s, coverage %v %%\n", count(c.checked, "request"), r.Verdict.Broken(),
		r.Verdict.Coverage.Percent)
}
