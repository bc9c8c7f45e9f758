// Package report writes what was found for people and for machines.
//
// A Report is data; Write renders it in one of the formats, one file of this
// package for each. Equal reports make equal bytes. What lets a reader act as
// somebody else is removed before any format sees it (redact.go), and what a
// client has sent is escaped by every format.
package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/journal"
	"github.com/graphmock/graphmock/server/internal/verdict"
)

// Report is everything that a command has found.
type Report struct {
	Version  string            // of graphmock
	Command  string            // what was run, such as "graphmock run -- npm test"
	Contract *openapi.Contract // what everything was held against; nil is the embedded one
	Started  time.Time
	Ended    time.Time

	Verdict    verdict.Verdict
	Problems   document.Problems // of files
	Shortfalls []Shortfall       // what else makes the command fail
	Exchanges  []Exchange        // in order, ids ascending
	Left       int               // how many exchanges are missing from Exchanges
	Notes      []string          // what else a reader should know, a sentence each
	Reasons    []Reason          // why recorded exchanges are not as they should be, in the order of a table

	// Root is the folder that the repository's files are named from; the working folder
	// if it is empty.
	Root string
	// Source is the file that stands for the client, where it is not known what sent a
	// request, named from Root.
	Source string

	// Origins are where the server listened. Every format writes Public instead:
	// a free port differs from run to run.
	Origins []string
}

// A Reason is why some recorded exchanges break the contract, or are answered otherwise than
// recorded. Each exchange counts for one.
type Reason struct {
	Text      string   `json:"reason"`
	Exchanges int      `json:"exchanges"`
	InAnswer  int      `json:"inAnswer,omitempty"` // of the exchanges, those whose answers have it
	Places    []string `json:"places"`             // of the exchanges, in order: the first ones where there are very many
}

// MaxPlaces bounds the places of a reason.
const MaxPlaces = 1000

// Entries are the places of a reason, as many as a line has room for: numbers alone, where all
// are entries of one file.
func (r Reason) Entries() string { return r.entries(8) }

// All are all of them.
func (r Reason) All() string { return r.entries(MaxPlaces) }

func (r Reason) entries(most int) string {
	shown := slices.Clone(r.Places[:min(len(r.Places), most)])
	numbers := make([]string, len(shown))
	for i, place := range shown {
		file, number, ok := strings.Cut(place, ": entry ")
		if numbers[i] = number; !ok || !strings.HasPrefix(shown[0], file+": entry ") {
			numbers = shown
			break
		}
	}
	text := strings.Join(numbers, ", ")
	if left := r.Exchanges - len(shown); left > 0 {
		text += fmt.Sprintf(" and %d more", left)
	}
	return text
}

// A Shortfall is why a run failed apart from the contract.
type Shortfall struct {
	Rule    string // command, coverage or no-requests
	Message string // a sentence without its full stop
}

// Public is the origin that the exchanges of a report have.
const Public = "https://graph.microsoft.com"

// Exchange is one request and its response, and where it came from.
type Exchange struct {
	journal.Exchange
	Place   Place  // of the code that sent it, or of the record of it
	Test    string // the Go test that it belongs to
	Package string // that of the test, below its module's path
}

// Place is where something stands. The zero value is nowhere.
type Place struct {
	File   string
	Line   int // from 1; 0 if it is the file as a whole
	Column int
	Entry  int // number of a HAR file's entry, from 1
}

// IsFile reports whether it is in a file of the user's: a scenario that is embedded, or
// that was sent to the server, is in none.
func (p Place) IsFile() bool { return p.File != "" && !strings.HasPrefix(p.File, scenarios.Embedded) }

// String is the place as people write it: client_test.go:14, trace.har: entry 12.
func (p Place) String() string {
	switch {
	case p.Entry > 0:
		return fmt.Sprintf("%s: entry %d", p.File, p.Entry)
	case p.Column > 0:
		return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	case p.Line > 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return p.File
}

// ParsePlace reads a place that is written file:line:column or file:line.
func ParsePlace(s string) Place {
	p := Place{File: s}
	for range 2 {
		at := strings.LastIndexByte(p.File, ':')
		n, err := strconv.Atoi(p.File[at+1:])
		if at < 1 || err != nil || n < 1 {
			break
		}
		p.File, p.Line, p.Column = p.File[:at], n, p.Line
	}
	return p
}

// formats has what writes each format.
var formats = map[string]func(io.Writer, *Report) error{
	"junit": writeJUnit, "sarif": writeSARIF, "json": writeJSON, "html": writeHTML, "markdown": writeMarkdown,
	"har": writeHAR,
}

// Formats returns the names of the formats, sorted.
func Formats() []string { return slices.Sorted(maps.Keys(formats)) }

// Write writes the report in one of the Formats.
func Write(format string, w io.Writer, r Report) error {
	write := formats[format]
	if write == nil {
		return fmt.Errorf("unknown report format %q; there are: %s", format, strings.Join(Formats(), ", "))
	}
	return write(w, redacted(r))
}

// Level says how grave a finding is.
type Level string

const (
	Error   Level = "error"
	Warning Level = "warning" // rests on an assumption about the service
	Note    Level = "note"
)

// Kind says what a finding is about.
type Kind string

const (
	OfContract Kind = "contract"
	Unserved   Kind = "unsupported"
	Outside    Kind = "outside"
	OfGuidance Kind = "guidance"
	OfScenario Kind = "scenarios"
	OfFile     Kind = "files"
	OfRun      Kind = "run"
)

// Finding is one thing that a report says, for formats that are lists of such.
type Finding struct {
	Kind    Kind
	Rule    string // what was broken, such as required, unknown-segment, retryAfter or lint
	Level   Level
	Title   string // a few words, without what the client has sent
	News    string // what is wrong, a sentence
	Where   string // the request that showed it, and how often
	Place   Place
	Subject string // pattern of an operation, request line that fits none, name of a rule, or ""
	Curl    string // lines for curl that show it
	Key     string // the same for the same finding in every run
}

// Message is the finding in one sentence.
func (f Finding) Message() string { return joinNonEmpty(": ", f.Where, f.News) }

// Findings returns everything that was found, violations first.
func (r Report) Findings() []Finding { return redacted(r).findings() }

func guidanceKeyOf(g verdict.Guidance) string { return g.Rule + " " + g.Operation }

func (r *Report) findings() []Finding {
	list := r.violations()
	if n := r.Verdict.Omitted; n > 0 {
		list = append(list, Finding{Kind: OfContract, Rule: "omitted", Level: Error, Title: "and more",
			News: count(n, "more violation")})
	}
	for _, u := range r.Verdict.Unmatched {
		list = append(list, Finding{
			Kind: OfContract, Rule: cmp.Or(u.Rule, "unmatched"), Level: Error, Title: "no operation fits",
			News: u.Why + nearest(u), Where: u.Method + " " + u.Path + times(u.Count), Place: r.placeOf(u.First),
			Subject: u.Method + " " + u.Path, Key: u.Method + " " + u.Path,
		})
	}
	for _, u := range r.Verdict.Unsupported {
		list = append(list, Finding{
			Kind: Unserved, Rule: "unsupported", Level: Note, Title: "not served",
			News:  "Graph has this, and graphmock does not serve it: it was answered 501",
			Where: u.Where + times(u.Count), Place: r.placeOf(u.First), Subject: u.What, Key: u.What,
		})
	}
	for _, u := range r.Verdict.Outside {
		list = append(list, Finding{
			Kind: Outside, Rule: "outside", Level: Note, Title: "outside Graph", News: u.Why, Where: u.Host + times(u.Count),
			Place: r.placeOf(u.First), Subject: u.Host, Key: u.Host,
		})
	}
	for _, g := range r.Verdict.Guidance {
		list = append(list, Finding{
			Kind: OfGuidance, Rule: g.Rule, Level: Note, Title: "advised against", News: g.Message,
			Where: g.Where + times(g.Count), Place: r.placeOf(g.First), Subject: g.Operation, Key: guidanceKeyOf(g),
		})
	}
	for _, f := range r.Verdict.Failures {
		list = append(list, Finding{
			Kind: OfScenario, Rule: f.Expectation, Level: Error, Title: "unmet expectation", News: f.Message,
			Place: ParsePlace(f.Place), Subject: joinNonEmpty("/", f.Scenario, f.Rule),
			Key: f.Expectation + " " + f.Message,
		})
	}
	for _, u := range r.Verdict.Unused {
		if r.isExpected(u) {
			continue
		}
		list = append(list, Finding{
			Kind: OfScenario, Rule: "unused", Level: Note, Title: "unused replies", News: u.Message,
			Place: ParsePlace(u.Place), Subject: joinNonEmpty("/", u.Scenario, u.Rule),
			Key: joinNonEmpty("/", u.Scenario, u.Rule),
		})
	}
	for _, d := range r.Verdict.Duplicates {
		list = append(list, Finding{
			Kind: OfScenario, Rule: "duplicate", Level: Note, Title: "created twice",
			News: fmt.Sprintf("the answer to %s (request %d) was lost, and %s (request %d) created the same again",
				d.Lost.Where, d.Lost.ID, d.Again.Where, d.Again.ID),
			Place: r.placeOf(d.Again.ID), Subject: r.pattern(d.Operation),
			Key: joinNonEmpty(" ", d.Operation, d.Lost.Where, d.Again.Where),
		})
	}
	for _, p := range r.Problems {
		list = append(list, Finding{
			Kind: OfFile, Rule: "lint", Level: Error, Title: "problem in a file", News: withHint(p.Message, p.Hint),
			Place: Place{File: p.File, Line: p.Line, Column: p.Column}, Key: p.File + " " + p.Message,
		})
	}
	titles := map[string]string{"command": "the command failed", "coverage": "too little is covered",
		"no-requests": "no request was sent"}
	for _, s := range r.Shortfalls {
		list = append(list, Finding{Kind: OfRun, Rule: s.Rule, Level: Error, Title: titles[s.Rule], News: s.Message,
			Key: s.Rule})
	}
	return list
}

// isExpected reports whether the replies of a rule were expected: then their lack is
// a failure of its own.
func (r *Report) isExpected(u scenarios.Unused) bool {
	return slices.ContainsFunc(r.Verdict.Failures, func(f scenarios.Failure) bool {
		return f.Scenario == u.Scenario && f.Rule == u.Rule && f.Message == u.Message
	})
}

// violations are the findings about requests and responses. Those of a request line
// that fits no operation are told once, as unmatched.
func (r *Report) violations() []Finding {
	var list []Finding
	for _, g := range r.Verdict.Groups() {
		level := Error
		if g.Evidence == openapi.Assumed {
			level = Warning
		}
		subject := r.pattern(g.Operation)
		list = append(list, Finding{
			Kind: OfContract, Rule: g.Rule, Level: level,
			Title: joinNonEmpty(" ", string(g.Side), g.In, g.Pointer) + ": " + g.Rule,
			News:  g.String(), Where: cmp.Or(g.Where, subject) + times(g.Count), Place: r.placeOf(g.First),
			Subject: cmp.Or(subject, g.Where), Curl: g.Curl,
			Key: joinNonEmpty(" ", g.Operation, string(g.Side), g.In, g.Pointer, g.Rule),
		})
	}
	return list
}

// placeOf is where an exchange came from.
func (r *Report) placeOf(id int64) Place {
	at, found := slices.BinarySearchFunc(r.Exchanges, id,
		func(e Exchange, id int64) int { return cmp.Compare(e.ID, id) })
	if !found {
		return Place{}
	}
	return r.Exchanges[at].Place
}

// pattern is how people write an operation: its pattern, or its id where the
// contract does not know it.
func (r *Report) pattern(operation string) string {
	for op := range r.Contract.Operations() {
		if op.ID == operation {
			return op.Pattern()
		}
	}
	return operation
}

func times(n int) string {
	if n < 2 {
		return ""
	}
	return fmt.Sprintf(" (%d times)", n)
}

// nearest names the operation next to a request, unless why it did not fit does so
// already.
func nearest(u verdict.UnmatchedRequest) string {
	if u.Nearest == "" || strings.Contains(u.Why, u.Nearest) {
		return ""
	}
	return "; nearest is " + u.Nearest
}

func withHint(message, hint string) string {
	if hint == "" {
		return message
	}
	return message + " (" + hint + ")"
}

// joinNonEmpty puts a separator between the parts that are not empty.
func joinNonEmpty(separator string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), separator)
}

// count is a number and what it is of: 1 request, 2 requests.
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// requests is how many requests clients have sent.
func (r *Report) requests() int {
	n := len(r.Exchanges) + r.Left
	for i := range r.Exchanges {
		if r.Exchanges[i].Outgoing || r.Exchanges[i].Outside {
			n--
		}
	}
	return n
}

// Summary says in one line what was found.
func (r Report) Summary() string {
	v := r.Verdict
	parts := []string{count(r.requests(), "request")}
	if v.CountViolations() > 0 {
		broken := v.Broken()
		if n := len(v.Unmatched); n > 0 {
			broken += " (" + count(n, "unmatched request line") + " among them)"
		}
		parts = append(parts, broken)
	}
	for _, part := range []struct {
		n    int
		what string
	}{{len(v.Outside), "outside host"}, {len(v.Failures), "unmet expectation"}, {len(v.Unused), "unused rule"},
		{len(r.Problems), "file problem"}} {
		if part.n > 0 {
			parts = append(parts, count(part.n, part.what))
		}
	}
	if lacking := v.NotSupported(); lacking != "" {
		parts = append(parts, "but "+lacking)
	}
	return strings.Join(parts, ", ")
}

// formatTime writes a time in UTC, the zero time as nothing.
func formatTime(t time.Time, layout string) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(layout)
}

// clean reports whether nothing is wrong.
func (r *Report) clean() bool { return r.Verdict.Clean && len(r.Problems)+len(r.Shortfalls) == 0 }
