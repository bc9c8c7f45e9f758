package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/internal/har"
	"github.com/graphmock/graphmock/server/internal/replay"
	"github.com/graphmock/graphmock/server/internal/report"
	"github.com/graphmock/graphmock/server/internal/verify"
)

type replayFlags struct {
	target, token, output string
	hosts                 []string
	rate                  float64
	timeout               time.Duration
	allowRemote           bool
	contractFlags
	reportFlags
}

func replayCommand() *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use:   "replay FILE.har... --target URL",
		Short: "Send recorded requests again, and compare the answers",
		Long: `replay reads HTTP Archive files, HAR 1.2, sends their requests to a running service,
one after the other, and compares what it answers with what was recorded: the status,
headers that clients act on, the shape of the body (each property that was recorded,
with the JSON type of its value), and values, but for those that services generate: ids,
dates, entity tags, tokens, URLs. What an answer has beyond the recording is no
difference.

The target ends in the service root, or is the origin of one. Keys that it gives to what
is created, and its next links, stand for the recorded ones in later requests. Recorded
credentials are not sent: the token is that of --token, else of $GRAPHMOCK_TOKEN, else
one that every sandbox takes, whose user is the first of its fixtures. A body that the
recording has not kept is made from the contract. Removals of what later exchanges still
meet are sent last: recordings that were joined are no single sequence.

Differences that the recording is to blame for are told apart: its request or answer
breaks the contract, or it reads what it removed itself. What is printed last is a
table of reasons, with the entries that have each, and a ledger by method and
workload; --output json and reports name all entries. Services that are not on this machine are left alone
without --allow-remote.`,
		Example: `  graphmock import trace.har -o tenant.json
  graphmock serve --fixtures tenant.json
  graphmock replay trace.har --target http://127.0.0.1:8080/v1.0
  graphmock replay trace.har --target http://127.0.0.1:8080 --report junit=parity.xml`,
		RunE: func(cmd *cobra.Command, files []string) error {
			config, err := f.config(files)
			if err != nil {
				return err
			}
			return f.run(cmd.Context(), files, config, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.target, "target", "", "send the requests to the service at `URL`, with or without the path of its root")
	flags.StringVar(&f.token, "token", "", "send the bearer token `TOKEN` (default: $GRAPHMOCK_TOKEN, else a sandbox's)")
	f.addMetadata(flags)
	flags.StringArrayVar(&f.hosts, "host", nil, "replay requests to this `HOST` too; repeatable")
	flags.Float64Var(&f.rate, "rate", 0,
		"send at most `N` requests a second (default: no limit on this machine, 10 elsewhere)")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Second, "wait for an answer no longer than this `DURATION`")
	flags.BoolVar(&f.allowRemote, "allow-remote", false, "let the target be on another machine")
	flags.StringVar(&f.output, "output", "text", "print as `text|json`")
	f.reportFlags.add(cmd)
	return cmd
}

func (f *replayFlags) config(files []string) (c replay.Config, err error) {
	remote, bad := isRemote(f.target)
	switch {
	case len(files) == 0:
		return c, errors.New("replay: there is no file; expected: graphmock replay FILE.har --target URL")
	case f.target == "":
		return c, errors.New("--target URL is missing, such as --target http://127.0.0.1:8080/v1.0")
	case bad != nil:
		return c, fmt.Errorf("--target %q: expected a URL, such as http://127.0.0.1:8080/v1.0", f.target)
	case remote && !f.allowRemote:
		return c, fmt.Errorf("--target %s is not on this machine; replay makes, changes and deletes things there: "+
			"add --allow-remote if you may do that", f.target)
	case f.output != "text" && f.output != "json":
		return c, fmt.Errorf("--output %q: expected text or json", f.output)
	case f.timeout <= 0:
		return c, fmt.Errorf("--timeout %v: expected more than nothing, such as 10s", f.timeout)
	case f.rate < 0:
		return c, fmt.Errorf("--rate %v: expected more than nothing", f.rate)
	}
	if err := checkHosts(f.hosts); err != nil {
		return c, err
	}
	if err := f.reportFlags.check(); err != nil {
		return c, err
	}
	contract, err := f.load()
	if err != nil {
		return c, err
	}
	c = replay.Config{Contract: contract, Rate: f.rate, Timeout: f.timeout,
		Token: cmp.Or(f.token, os.Getenv("GRAPHMOCK_TOKEN"))}
	root, base, err := verify.RootOf(f.target, c.Contract.Bases(), c.Contract.UsesOData())
	if err != nil {
		return c, fmt.Errorf("--target: %w", err)
	}
	var below bool
	if c.Root, below = strings.CutSuffix(root, base); !below {
		c.Base = base
	}
	switch {
	case c.Token == "" && remote:
		return c, errors.New("--token is missing: a service on another machine takes none of graphmock's")
	case c.Token == "":
		c.Token = "graphmock-replay"
	}
	if remote && c.Rate == 0 {
		c.Rate = remoteRate
	}
	return c, nil
}

func (f *replayFlags) run(ctx context.Context, files []string, config replay.Config, stdout, stderr io.Writer) error {
	p := &parity{selection: selection{hosts: f.hosts}, contract: config.Contract, out: stdout,
		families: map[string]*tally{}, groups: map[string]int{}}
	if f.output == "json" {
		p.out = io.Discard
	}
	if len(f.targets) > 0 {
		p.room = maxKeptBytes
	}
	p.progress = progressOf(stderr, "replaying")
	p.foresee(ctx, files)
	r := replay.New(config)
	defer r.Close()
	var problems document.Problems
	var failed error
	for i, file := range files {
		err := p.file(ctx, r, i, file)
		if ctx.Err() != nil {
			failed = exitError{exitInterrupted, errors.New("interrupted")}
			break
		}
		if errors.Is(err, replay.ErrUnreachable) {
			failed = fmt.Errorf("--target %s: %w", f.target, err)
			break
		}
		if err != nil {
			problems = append(problems, problemOf(file, err))
		}
	}
	if failed == nil {
		if failed = p.sendLate(ctx, r); failed != nil && ctx.Err() == nil {
			failed = fmt.Errorf("--target %s: %w", f.target, failed)
		}
	}
	if p.progress != nil {
		fmt.Fprint(stderr, clearLine)
	}
	if failed != nil && p.sum.Requests == 0 {
		return failed
	}
	written := f.write(stdout, stderr, p.report(f.commandLine(files...), problems))
	if f.output == "json" {
		if err := printJSON(stdout, p.result()); err != nil {
			return err
		}
	} else if len(problems) < len(files) {
		p.print(stdout)
	}
	switch {
	case failed != nil:
		return failed
	case len(problems) > 0:
		return problems
	case written != nil:
		return written
	case len(p.violations) > 0:
		return exitError{exitBroken, errReported}
	}
	return nil
}

// A tally counts how many of some requests were answered as recorded.
type tally struct {
	Requests  int `json:"requests"`
	Status    int `json:"sameStatus"`
	Shape     int `json:"sameShape"`
	Values    int `json:"sameValues"`
	Explained int `json:"explained"` // of the others, those that the recording is to blame for
	Made      int `json:"madeBodies"`
}

func (t *tally) add(o *replay.Outcome) {
	t.Requests++
	for n, same := range map[*int]bool{&t.Status: o.SameStatus, &t.Shape: o.SameShape, &t.Values: o.SameValues, &t.Made: o.Made} {
		if same {
			*n++
		}
	}
	if !o.SameStatus && isExplained(o) {
		t.Explained++
	}
}

// isExplained reports whether the recording is to blame for all differences.
func isExplained(o *replay.Outcome) bool {
	return !slices.ContainsFunc(o.Differences, func(d replay.Difference) bool { return d.Explained == "" })
}

// parity is what a replay finds.
type parity struct {
	selection
	keeper
	contract   *openapi.Contract
	out        io.Writer
	progress   func(done, total int)
	total      int
	count      int64
	lateBytes  int
	order      replay.Order
	late       map[int]lateEntry // of the exchanges that the order holds, by place
	sum        tally
	families   map[string]*tally
	skips      map[string]int
	explained  map[string]int
	reasons    []report.Reason
	groups     map[string]int // place in violations
	violations []server.GroupedViolation
	omitted    int
}

// maxGroups bounds the differences that reports have.
const maxGroups = 1000

// A lateEntry is an entry of a file that is sent when all else is done.
type lateEntry struct {
	file  string
	entry har.Entry
}

// maxLateBytes bounds the bodies of entries that wait. Others are sent at once.
const maxLateBytes = 32 << 20

// foresee reads the order in which exchanges are sent. What is wrong with a file is told
// when they are.
func (p *parity) foresee(ctx context.Context, files []string) {
	all := selection{hosts: p.hosts}
	for i, file := range files {
		readHAR(file, func(e har.Entry) error {
			if ctx.Err() == nil && all.accept(&e) && e.Err == nil {
				p.order.Read(placeOf(i, &e), exchangeOf(&e))
				p.total++
			}
			return ctx.Err()
		})
	}
	p.order.End()
	p.late = map[int]lateEntry{}
}

// placeOf is the place of an entry among those of all files.
func placeOf(file int, e *har.Entry) int { return file*har.MaxEntries + e.Number }

func exchangeOf(e *har.Entry) *replay.Exchange {
	return &replay.Exchange{
		Method: e.Method, Path: e.URL.EscapedPath(), Query: e.URL.RawQuery, Header: e.Header, Body: e.Body, BodyLost: e.NoBody,
		Status: e.Status, AnswerHeader: e.ResponseHeader, Answer: e.ResponseBody, AnswerLost: e.NoResponseBody,
	}
}

func (p *parity) file(ctx context.Context, r *replay.Replayer, i int, name string) error {
	_, err := readHAR(name, func(e har.Entry) error {
		if ctx.Err() != nil || !p.accept(&e) {
			return ctx.Err()
		}
		if e.Err != nil {
			return e.Err
		}
		size := len(e.Body) + len(e.ResponseBody)
		if place := placeOf(i, &e); p.order.Holds(place) && p.lateBytes+size < maxLateBytes {
			p.late[place] = lateEntry{name, e}
			p.lateBytes += size
			return nil
		}
		return p.send(ctx, r, name, &e)
	})
	return err
}

// sendLate sends what the order holds.
func (p *parity) sendLate(ctx context.Context, r *replay.Replayer) error {
	for _, place := range p.order.Held() {
		if late, read := p.late[place]; read {
			if err := p.send(ctx, r, late.file, &late.entry); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *parity) send(ctx context.Context, r *replay.Replayer, file string, e *har.Entry) error {
	if p.count++; p.progress != nil {
		p.progress(int(p.count), p.total)
	}
	o, err := r.Send(ctx, exchangeOf(e))
	if err != nil {
		return err
	}
	p.add(file, e, o)
	return nil
}

// add takes an outcome into the ledger and the reports.
func (p *parity) add(file string, e *har.Entry, o *replay.Outcome) {
	if o.Skipped != "" {
		add(&p.skips, o.Skipped)
		return
	}
	p.sum.add(o)
	if p.families[o.Family] == nil {
		p.families[o.Family] = &tally{}
	}
	p.families[o.Family].add(o)
	place := report.Place{File: filepath.ToSlash(file), Line: e.Line, Entry: e.Number}
	x := server.Exchange{
		ID: p.count, At: e.At, Took: o.Took, Method: o.Method, Path: o.Path, Query: o.Query, Header: o.Header, Body: o.Body,
		Status: o.Status, AnswerHeader: o.AnswerHeader, Answer: o.Answer,
	}
	if o.Operation != nil {
		x.Operation = o.Operation.ID
	}
	where := o.Method + " " + o.Path
	if why := whyOther(o, e.Status); why != "" {
		at := slices.IndexFunc(p.reasons, func(r report.Reason) bool { return r.Text == why })
		if at < 0 {
			at = len(p.reasons)
			p.reasons = append(p.reasons, report.Reason{Text: why})
		}
		countAt(&p.reasons[at], place.String())
	}
	told := 0
	for _, d := range o.Differences {
		if d.Explained != "" {
			add(&p.explained, string(d.Kind)+": "+d.Explained)
			if told++; told <= maxTold {
				say(p.out, "%s: %s: %s (%s)", place, where, difference(d), d.Explained)
			}
			continue
		}
		if told++; told <= maxTold {
			say(p.out, "%s: %s: %s", place, where, difference(d))
		}
		v := violationOf(x.Operation, d)
		x.Violations = append(x.Violations, v)
		p.group(v, where)
	}
	if told > maxTold {
		say(p.out, "%s: %s: and %s more", place, where, count(told-maxTold, "difference"))
	}
	p.keep(report.Exchange{Exchange: x, Place: place, Test: fmt.Sprintf("entry %d: %s", e.Number, where),
		Package: strings.TrimSuffix(filepath.Base(file), ".har")})
}

// whyOther is why an answer has another status than the recorded one or, where the statuses
// are the same, another shape; "" if it has neither.
func whyOther(o *replay.Outcome, recorded int) string {
	if o.SameShape {
		return ""
	}
	if o.SameStatus {
		for _, d := range o.Differences {
			switch {
			case d.Kind != replay.Shape || d.Explained != "":
			case strings.HasPrefix(d.Message, "the list is empty"):
				return "shape: a list is empty"
			case d.Message == "it is missing":
				return "shape: a property is missing"
			}
		}
		return "shape: a value of another kind"
	}
	placeholder := strings.Contains(o.Path, "%7B") || strings.Contains(o.Path, "{")
	switch {
	case o.Differences[0].Explained != "":
		return "status: " + o.Differences[0].Explained
	case o.Status/100 < 4 && recorded/100 < 4:
		return "status: another success than the recorded one"
	case o.Status/100 < 4:
		return "status: a success, where the recording has none"
	case placeholder:
		return "status: a placeholder in the path stands for several things, or for none"
	case o.Status == http.StatusNotFound:
		return "status: nothing in the recording tells that it is there"
	case o.Status == http.StatusNotImplemented:
		return "status: it is not served"
	case o.AnswerHeader.Get("Graphmock-Violation") != "":
		return "status: a rule of the service forbids the request"
	}
	return "status: the state of the tenant forbids it"
}

// table are the reasons, those with the most exchanges first.
func (p *parity) table() []report.Reason {
	return slices.SortedStableFunc(slices.Values(p.reasons), func(a, b report.Reason) int {
		return cmp.Or(-strings.Compare(a.Text[:6], b.Text[:6]), b.Exchanges-a.Exchanges) // statuses first
	})
}

// maxTold is how many differences of an answer are printed.
const maxTold = 3

func add(to *map[string]int, name string) {
	if *to == nil {
		*to = map[string]int{}
	}
	(*to)[name]++
}

func difference(d replay.Difference) string {
	return strings.TrimSpace(string(d.Kind)+" "+d.Pointer) + ": " + d.Message
}

// violationOf is a difference as reports have it.
func violationOf(operation string, d replay.Difference) openapi.Violation {
	v := openapi.Violation{Operation: operation, Side: openapi.ResponseSide, In: openapi.InBody, Pointer: d.Pointer,
		Rule: "replay-" + string(d.Kind), Message: d.Message}
	switch d.Kind {
	case replay.Status:
		v.In = openapi.InStatus
	case replay.Header:
		v.In = openapi.InHeader
	}
	return v
}

// group counts a difference with those of its operation, place and kind.
func (p *parity) group(v openapi.Violation, where string) {
	key := v.Operation + " " + v.Pointer + " " + v.Rule
	if at, known := p.groups[key]; known {
		p.violations[at].Count++
		return
	}
	if len(p.violations) == maxGroups {
		p.omitted++
		return
	}
	p.groups[key] = len(p.violations)
	p.violations = append(p.violations, server.GroupedViolation{Violation: v, Count: 1, First: p.count, Where: where})
}

// notes say what was not replayed, and what is explained.
func (p *parity) notes() []string {
	notes := p.selection.notes()
	for _, why := range slices.Sorted(maps.Keys(p.skips)) {
		notes = append(notes, "Not sent, for "+why+": "+count(p.skips[why], "request")+".")
	}
	for _, why := range slices.Sorted(maps.Keys(p.explained)) {
		notes = append(notes, "Explained, "+why+": "+count(p.explained[why], "difference")+".")
	}
	if len(p.late) > 0 {
		notes = append(notes, "Sent when all else was done, for later exchanges meet what they remove: "+
			count(len(p.late), "request")+".")
	}
	if p.sum.Made > 0 {
		notes = append(notes, "Bodies made from the contract, for the recording has not kept them as they were sent: "+
			count(p.sum.Made, "request")+".")
	}
	return notes
}

func (p *parity) report(command string, problems document.Problems) report.Report {
	r := report.Report{
		Command: command, Contract: p.contract, Problems: problems, Exchanges: p.kept, Left: p.left, Notes: p.notes(),
		Reasons: p.table(),
		Verdict: server.Verdict{Clean: len(p.violations) == 0, Violations: p.violations, Omitted: p.omitted},
	}
	for _, row := range p.rows() {
		r.Notes = append(r.Notes, row.family+": "+row.tally.String()+".")
	}
	return r
}

func (t *tally) String() string {
	return fmt.Sprintf("%s, same status %s, same shape %s, same values %s, explained %d", count(t.Requests, "request"),
		percent(t.Status, t.Requests), percent(t.Shape, t.Requests), percent(t.Values, t.Requests), t.Explained)
}

func percent(n, of int) string { return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(max(of, 1))) }

type row struct {
	family string
	tally  *tally
}

// rows are the lines of the ledger, those of all requests last.
func (p *parity) rows() (rows []row) {
	for _, family := range slices.Sorted(maps.Keys(p.families)) {
		rows = append(rows, row{family, p.families[family]})
	}
	return append(rows, row{"all", &p.sum})
}

// print prints the ledger for a person.
func (p *parity) print(w io.Writer) {
	for _, note := range p.notes() {
		say(w, "%s", note)
	}
	printReasons(w, "answered otherwise", p.table())
	wide := 0
	for _, row := range p.rows() {
		wide = max(wide, len(row.family))
	}
	say(w, "%-*s  requests  same status  same shape  same values  explained", wide, "")
	for _, row := range p.rows() {
		t := row.tally
		say(w, "%-*s  %8d  %11s  %10s  %11s  %9d", wide, row.family, t.Requests, percent(t.Status, t.Requests),
			percent(t.Shape, t.Requests), percent(t.Values, t.Requests), t.Explained)
	}
}

// result is the ledger as data.
func (p *parity) result() any {
	type familyTally struct {
		Family string `json:"family"`
		*tally
	}
	families := []familyTally{}
	for _, row := range p.rows() {
		families = append(families, familyTally{row.family, row.tally})
	}
	differences := p.violations
	if differences == nil {
		differences = []server.GroupedViolation{}
	}
	return map[string]any{
		"families": families[:len(families)-1], "all": p.sum, "notSent": p.skips, "explained": p.explained,
		"differences": differences, "omitted": p.omitted, "reasons": p.table(),
	}
}
