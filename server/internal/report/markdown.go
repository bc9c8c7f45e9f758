package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"
)

// maxRows bounds each table of Markdown: a job summary of GitHub has at most
// 1 MiB.
const maxRows = 200

// writeMarkdown writes GitHub-flavoured Markdown, as job summaries and comments
// show it.
func writeMarkdown(w io.Writer, r *Report) error {
	var b strings.Builder
	heading := "✅ " + headline(r)
	if !r.clean() {
		heading = "❌ " + headline(r)
	}
	fmt.Fprintf(&b, "## %s\n\n%s.", heading, plain(r.Summary()))
	if len(r.Verdict.Coverage.Operations) > 0 {
		fmt.Fprintf(&b, " Coverage: %.1f %% of %s.", r.Verdict.Coverage.Percent,
			cmp.Or(r.Verdict.Coverage.Of, "the contract"))
	}
	b.WriteString("\n")
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "\n%s\n", plain(note))
	}
	r.markdownReasons(&b)
	for _, kind := range []Kind{OfContract, Unserved, Outside, OfGuidance, OfScenario, OfFile, OfRun} {
		r.markdownFindings(&b, kind)
	}
	r.markdownCoverage(&b)
	r.markdownPermissions(&b)
	c := r.Contract
	fmt.Fprintf(&b, "\ngraphmock %s · %s %s", plain(r.Version), plain(c.Title()), plain(c.Version()))
	if r.Command != "" {
		fmt.Fprintf(&b, " · %s", code(r.Command))
	}
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// headline says what kind of thing is wrong, if any is.
func headline(r *Report) string {
	switch v := r.Verdict; {
	case r.clean() && v.NotSupported() != "":
		return "The contract was kept, but " + v.NotSupported()
	case r.clean():
		return "The contract was kept"
	case len(v.Violations)+len(v.Unmatched) > 0:
		return "The contract was broken"
	case len(v.Failures) > 0:
		return "The scenario did not go as expected"
	case len(r.Problems) > 0:
		return "The files have problems"
	case len(r.Shortfalls) > 0:
		return "The run failed"
	}
	return "Something went wrong"
}

func (r *Report) markdownFindings(b *strings.Builder, kind Kind) {
	titles := map[Kind]string{OfContract: "Contract", Unserved: "Not served", Outside: "Outside Graph", OfGuidance: "Guidance", OfScenario: "Scenarios", OfFile: "Files", OfRun: "Run"}
	rows := 0
	for _, f := range r.findings() {
		if f.Kind != kind {
			continue
		}
		if rows++; rows > maxRows {
			continue
		}
		if rows == 1 {
			fmt.Fprintf(b, "\n### %s\n\n| | rule | what | where |\n| --- | --- | --- | --- |\n", titles[kind])
		}
		mark := map[Level]string{Error: "❌", Warning: "⚠️", Note: "ℹ️"}[f.Level]
		where := ""
		if f.Place.File != "" {
			where = code(f.Place.String())
		}
		message := plain(f.Message())
		for line := range strings.Lines(truncate(f.Curl, maxShownBody)) {
			message += "<br>" + code(strings.TrimSpace(line))
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", mark, code(f.Rule), message, where)
	}
	if left := rows - maxRows; left > 0 {
		fmt.Fprintf(b, "\nand %d more\n", left)
	}
}

func (r *Report) markdownReasons(b *strings.Builder) {
	for i := range r.Reasons {
		if i == 0 {
			b.WriteString("\n### Reasons\n\n| reason | requests | in the answer | entries |\n| --- | ---: | ---: | --- |\n")
		}
		each := &r.Reasons[i]
		fmt.Fprintf(b, "| %s | %d | %d | %s |\n", plain(each.Text), each.Exchanges, each.InAnswer, plain(each.Entries()))
	}
}

func (r *Report) markdownCoverage(b *strings.Builder) {
	list := r.Verdict.Coverage.Operations
	if len(list) == 0 {
		return
	}
	b.WriteString("\n### Coverage\n\n| operation | requests | touched | missing |\n| --- | ---: | ---: | --- |\n")
	for _, o := range list[:min(len(list), maxRows)] {
		var missing []string
		for _, p := range o.Points {
			if !p.Optional && p.Hits == 0 {
				missing = append(missing, p.Kind+" "+p.Name)
			}
		}
		touched, all := o.Touched()
		fmt.Fprintf(b, "| %s | %d | %d/%d | %s |\n", code(o.Pattern), o.Requests, touched, all,
			plain(joinUpTo(missing, 12)))
	}
	if left := len(list) - maxRows; left > 0 {
		fmt.Fprintf(b, "\nand %d more\n", left)
	}
}

// joinUpTo lists names, the first ones only where there are many.
func joinUpTo(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
}

// plain is text that Markdown shows as it is: what could mean anything is written
// as a character reference.
func plain(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case i > 2000:
			b.WriteString("…")
			return b.String()
		case printable(r) != r:
			b.WriteByte(' ')
		case r == ':' && (i+1 == len(s) || s[i+1] == ' '):
			b.WriteRune(r) // neither an address nor :an_emoji:
		case strings.ContainsRune("&<>`*_[]|~\\#!@:$", r):
			fmt.Fprintf(&b, "&#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// code is text in a fixed-width font.
func code(s string) string { return "<code>" + plain(s) + "</code>" }
