package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html"
	"html/template"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/graphmock/graphmock/server/internal/har"
	"github.com/graphmock/graphmock/server/internal/verdict"
)

//go:embed page.html
var pageText string

//go:embed page.css
var pageCSS string

// Bounds of the page: it is to stay readable, and below 5 MB.
const (
	maxTimeline   = 2000
	maxTimelineKB = 3 << 10
	maxFindings   = 300 // in a section
	maxOperations = 300
	maxChips      = 6000
	maxText       = 600
	maxShownBody  = 2000
	maxViolations = 20 // of one request
)

// page is what the template shows.
type page struct {
	CSS    template.CSS
	Policy string

	Clean                   bool
	Headline, Summary       string
	Command, Contract, Hash string
	When, Version           string
	Notes                   []string
	Reasons                 []Reason
	Tiles                   []tile
	Percent                 string
	Sections                []section
	CoverageLead            string
	Operations              []operation
	OperationsLeft          string
	Permissions             []permissionLine
	TimelineLead            string
	Timeline                []shownExchange
}

type tile struct {
	Label string
	Value int
	Wrong bool
}

type section struct {
	Title, Lead, Left string
	Findings          []shownFinding
}

type shownFinding struct {
	Finding
	Help, From string
	Link       int64
}

type operation struct {
	Method, Path   string
	Requests       int
	Asked          string
	Touched, Total int
	Open           bool
	Squares        []square
	Groups         []pointGroup
}

type square struct {
	X, Width float64
	Class    string
}

type pointGroup struct {
	Label  string
	Points []shownPoint
	Left   string
	left   int
}

type shownPoint struct {
	Name  string
	Hits  int
	Class string
}

type shownExchange struct {
	ID                     int64
	At, Method, Path, From string
	Status, Class, Took    string
	Violations             []shownViolation
	Reason                 string
	Body                   string
}

type shownViolation struct{ Rule, Text string }

// writeHTML writes one page that needs nothing else: no network, no script. Its
// policy lets no style in but its own, so that what a client has sent stays
// text.
func writeHTML(w io.Writer, r *Report) error {
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		panic("BUG: page.html: " + err.Error())
	}
	sum := sha256.Sum256([]byte(pageCSS))
	p := page{
		CSS: template.CSS(pageCSS),
		Policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; base-uri 'none'; form-action 'none'",
		Clean: r.clean(), Headline: headline(r), Summary: r.Summary(),
		Command:  truncate(r.Command, maxText),
		Contract: r.Contract.Title() + " " + r.Contract.Version(), Hash: r.Contract.Hash()[:12], When: r.period(),
		Version: r.Version,
		Notes:   r.Notes, Reasons: r.Reasons, Tiles: r.tiles(), Percent: percent(r.Verdict.Coverage.Percent),
	}
	p.Timeline, p.TimelineLead = r.timeline()
	p.Sections = r.sections(p.Timeline)
	p.Operations, p.OperationsLeft = r.operations()
	p.CoverageLead = r.coverageLead()
	p.Permissions = permissionLines(r.Verdict.Permissions)
	return t.Execute(w, p)
}

// percent rounds to a whole number, but to 0 and 100 only what is so.
func percent(p float64) string {
	switch n := math.Round(p); {
	case n >= 100 && p < 100:
		return "99"
	case n <= 0 && p > 0:
		return "1"
	default:
		return fmt.Sprint(n)
	}
}

// period is when the run was, and how long it took.
func (r *Report) period() string {
	text := formatTime(r.Started, "2 January 2006, 15:04:05 UTC")
	if took := r.Ended.Sub(r.Started).Milliseconds(); took > 0 {
		text += fmt.Sprintf(", for %d ms", took)
	}
	return text
}

func (r *Report) tiles() []tile {
	v := r.Verdict
	if len(r.Problems) > 0 && len(r.Exchanges) == 0 {
		return []tile{{"File problems", len(r.Problems), true}}
	}
	return []tile{
		{"Requests", r.requests(), false},
		{"Violations", v.CountViolations(), v.CountViolations() > 0},
		{"Unmatched", len(v.Unmatched), len(v.Unmatched) > 0},
		{"Unmet expectations", len(v.Failures), len(v.Failures) > 0},
		{"Unused rules", len(v.Unused), false},
	}
}

// sections are the findings by kind; each has the request it was first seen in,
// if the timeline shows it.
func (r *Report) sections(timeline []shownExchange) []section {
	shown := map[int64]bool{}
	for _, m := range timeline {
		shown[m.ID] = true
	}
	first := map[string]int64{}
	for _, g := range r.Verdict.Violations {
		first[joinNonEmpty(" ", g.Operation, string(g.Side), g.In, g.Pointer, g.Rule)] = g.First
	}
	for _, u := range r.Verdict.Unsupported {
		first[u.What] = u.First
	}
	for _, u := range r.Verdict.Outside {
		first[u.Host] = u.First
	}
	for _, g := range r.Verdict.Guidance {
		first[guidanceKeyOf(g)] = g.First
	}
	for _, u := range r.Verdict.Unmatched {
		first[u.Method+" "+u.Path] = u.First
	}
	all := map[Kind]*section{
		OfContract: {Title: "What broke the contract",
			Lead: "Each group is one rule at one place, however often it was broken."},
		Unserved: {Title: "Not served",
			Lead: "What Graph has and graphmock does not. These requests are no mistakes."},
		Outside: {Title: "Outside Graph",
			Lead: "Hosts that the proxy does not answer for, and refused."},
		OfGuidance: {Title: "Guidance",
			Lead: "What keeps the contract, and is advised against all the same."},
		OfScenario: {Title: "Scenarios",
			Lead: "What a script expected and did not get, and replies that nobody asked for."},
		OfFile: {Title: "Files", Lead: "Problems of specs, fixtures and scenarios, with their places."},
		OfRun:  {Title: "Run", Lead: "Why the run failed, whatever came of the contract."},
	}
	left := map[Kind]int{}
	for _, f := range r.findings() {
		s := all[f.Kind]
		if len(s.Findings) == maxFindings {
			left[f.Kind]++
			continue
		}
		x := shownFinding{Finding: f, From: f.Place.String()}
		if f.Kind == OfScenario {
			x.Finding.Where = joinNonEmpty(": ", f.Subject, f.Title)
		}
		if id := first[f.Key]; (f.Kind == OfContract || f.Kind == Unserved || f.Kind == Outside || f.Kind == OfGuidance) && shown[id] {
			x.Link = id
		}
		if f.Kind == OfContract {
			x.Help = r.sarifRule(f).Help.Text
		}
		x.News, x.Finding.Where = truncate(x.News, maxText), truncate(x.Finding.Where, maxText)
		x.Curl = truncate(x.Curl, maxShownBody)
		s.Findings = append(s.Findings, x)
	}
	var list []section
	for _, kind := range []Kind{OfContract, Unserved, Outside, OfGuidance, OfScenario, OfFile, OfRun} {
		if s := all[kind]; len(s.Findings) > 0 {
			if left[kind] > 0 {
				s.Left = fmt.Sprintf("%d more are left out here; the format json has all.", left[kind])
			}
			list = append(list, *s)
		}
	}
	return list
}

func (r *Report) coverageLead() string {
	used, list := 0, r.Verdict.Coverage.Operations
	for _, o := range list {
		if o.Requests > 0 {
			used++
		}
	}
	lead := fmt.Sprintf("%d of %s used.", used, count(len(list), "operation"))
	if of := r.Verdict.Coverage.Of; of != "" {
		lead = fmt.Sprintf("Of %s, %d of %d were called.", of, used, len(list))
	}
	return lead + " Each square is one thing that a test can touch: an answer, a query option, a property, a value."
}

// label is a kind of points as the page names it.
func label(kind string) string {
	switch kind {
	case "status":
		return "Answers"
	case "query":
		return "Query options"
	case "property":
		return "Properties"
	case "value":
		return "Values"
	case "nextLink":
		return "Next link"
	case "retryAfter":
		return "Retry-After"
	}
	return kind
}

func (r *Report) operations() (list []operation, left string) {
	all := r.Verdict.Coverage.Operations
	used := 0
	for _, o := range all {
		if o.Requests > 0 {
			used++
		}
	}
	chips := maxChips
	for _, o := range all[:min(len(all), maxOperations)] {
		x := operationOf(o, &chips)
		x.Open = o.Requests > 0 && used <= 6
		list = append(list, x)
	}
	if n := len(all) - len(list); n > 0 {
		left = fmt.Sprintf("%s more; the format json has all.", count(n, "operation"))
	}
	return list, left
}

// classOf is how a point looks: touched, missing, or missing and not asked for.
func classOf(p verdict.Point) string {
	switch {
	case p.Hits > 0:
		return "hit"
	case p.Optional:
		return "free"
	}
	return "miss"
}

// operationOf shows an operation, with as many of its points as there is room
// for.
func operationOf(o verdict.OperationCoverage, room *int) operation {
	x := operation{Requests: o.Requests, Asked: count(o.Requests, "request")}
	x.Method, x.Path, _ = strings.Cut(o.Pattern, " ")
	x.Touched, x.Total = o.Touched()
	at := map[string]int{}
	var counted []verdict.Point
	for _, p := range o.Points {
		i, known := at[p.Kind]
		if !known {
			i = len(x.Groups)
			at[p.Kind] = i
			x.Groups = append(x.Groups, pointGroup{Label: label(p.Kind)})
		}
		class := classOf(p)
		if !p.Optional {
			counted = append(counted, p)
		}
		if g := &x.Groups[i]; *room > 0 {
			*room--
			g.Points = append(g.Points, shownPoint{truncate(p.Name, 80), p.Hits, class})
		} else {
			g.left++
			g.Left = fmt.Sprintf("and %d more", g.left)
		}
	}
	x.Squares = squares(x.Touched, counted)
	return x
}

// Sizes of an operation's strip, in its own units.
const (
	stripWidth = 224.0
	maxSquares = 56
)

// squares draws a square for each point, group by group; of very many points two
// bars, what is touched and what is missing.
func squares(touched int, points []verdict.Point) (list []square) {
	if n := len(points); n > maxSquares {
		wide := round(stripWidth * float64(touched) / float64(n))
		return []square{{0, wide, "hit"}, {wide + 1, round(max(stripWidth-wide-2, 0)), "miss"}}
	}
	step := min(16, stripWidth/float64(max(len(points), 1)))
	seen := map[string]bool{}
	for _, p := range points {
		if seen[p.Kind] {
			continue
		}
		seen[p.Kind] = true
		for _, q := range points {
			if q.Kind != p.Kind {
				continue
			}
			list = append(list, square{round(float64(len(list))*step + 1), round(step - min(3, step/3)), classOf(q)})
		}
	}
	return list
}

func round(f float64) float64 { return math.Round(f*100) / 100 }

// timeline shows the first requests and those with violations, as many as fit,
// and says what it leaves out.
func (r *Report) timeline() (list []shownExchange, lead string) {
	plain, broken := 0, 0
	for _, e := range r.Exchanges {
		if len(e.Violations) > 0 {
			broken++
		}
	}
	room := maxTimeline - min(broken, maxTimeline)
	size, full := 0, false
	for _, e := range r.Exchanges {
		if len(e.Violations) == 0 {
			if plain++; plain > room {
				continue
			}
		}
		if full || len(list) == maxTimeline {
			break
		}
		m := r.show(e)
		size += m.size()
		full = size > maxTimelineKB<<10
		list = append(list, m)
	}
	lead = fmt.Sprintf("%s, in the order of their answers.", count(len(r.Exchanges)+r.Left, "request"))
	if left := len(r.Exchanges) + r.Left - len(list); left > 0 {
		lead += fmt.Sprintf(" %d of them are left out here, those without a violation first; the formats json and "+
			"har have more.", left)
	}
	return list, lead
}

// show returns an exchange as the timeline has it.
func (r *Report) show(e Exchange) shownExchange {
	m := shownExchange{
		ID: e.ID, Method: truncate(e.Method, 20), Path: truncate(joinNonEmpty("?", e.Path, e.Query), maxText),
		From:   joinNonEmpty(" · ", e.Rule, e.Test, e.Place.String(), e.Note),
		Status: fmt.Sprint(e.Status), Class: fmt.Sprintf("s%d", e.Status/100),
		Took: fmt.Sprintf("%.1f ms", har.Milliseconds(e.Took)), Reason: truncate(e.Reason, maxText),
	}
	if e.Status == 0 {
		m.Status = "none"
	}
	if !e.At.IsZero() && !r.Started.IsZero() {
		m.At = fmt.Sprintf("%+.3f s", e.At.Sub(r.Started).Seconds())
	}
	for i, v := range e.Violations {
		if i == maxViolations {
			m.Violations = append(m.Violations, shownViolation{Text: fmt.Sprintf("and %d more", len(e.Violations)-i)})
			break
		}
		m.Violations = append(m.Violations, shownViolation{v.Rule, truncate(v.String(), maxText)})
	}
	if len(e.Violations) > 0 {
		m.Body = shownBody(e.Body)
	}
	return m
}

// shownBody is the beginning of a body, if it is text.
func shownBody(body []byte) string {
	if len(body) > 0 && !utf8.Valid(body) {
		return fmt.Sprintf("%d bytes that are no text", len(body))
	}
	return truncate(string(body), maxShownBody)
}

// size estimates how much of the page it takes.
func (m *shownExchange) size() int {
	n := 350 + len(html.EscapeString(m.Path+m.From+m.Reason+m.Body))
	for _, v := range m.Violations {
		n += 60 + len(html.EscapeString(v.Text))
	}
	return n
}

// truncate shortens a text to about most bytes.
func truncate(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
