package report

import (
	"fmt"
	"strings"

	"github.com/graphmock/graphmock/server/internal/verdict"
)

// A permissionLine is one sentence about what the requests needed.
type permissionLine struct{ What, Names string }

// permissionLines says what the requests needed, for people; nothing if that is not known.
func permissionLines(p verdict.Permissions) []permissionLine {
	var lines []permissionLine
	for _, each := range []permissionLine{
		{"Least delegated permissions", strings.Join(p.Delegated, " ")},
		{"Least application permissions", strings.Join(p.Application, " ")},
		{"Tokens had, and no request needed", strings.Join(p.Beyond, " ")},
	} {
		if each.Names != "" {
			lines = append(lines, each)
		}
	}
	return lines
}

func (r *Report) markdownPermissions(b *strings.Builder) {
	lines := permissionLines(r.Verdict.Permissions)
	if len(lines) == 0 {
		return
	}
	b.WriteString("\n### Permissions\n\n")
	for _, l := range lines {
		fmt.Fprintf(b, "- %s: %s\n", l.What, code(l.Names))
	}
}

// permissionProperties are the same for formats of names and values.
func permissionProperties(p verdict.Permissions) []junitProperty {
	var all []junitProperty
	for _, each := range []junitProperty{
		{"permissions.delegated", strings.Join(p.Delegated, " ")},
		{"permissions.application", strings.Join(p.Application, " ")},
		{"permissions.beyond", strings.Join(p.Beyond, " ")},
	} {
		if each.Value != "" {
			all = append(all, each)
		}
	}
	return all
}
