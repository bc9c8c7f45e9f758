package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/graphmock/graphmock/openapi/credential"
	"github.com/graphmock/graphmock/server/internal/report"
)

// say writes lines for a person. What files and clients have brought into them can't
// steer the terminal, nor the CI system that reads commands out of it, and has no
// credentials.
func say(w io.Writer, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if start := strings.TrimSpace(line); strings.HasPrefix(start, "::") || strings.HasPrefix(start, "##") {
			line = "| " + line
		}
		fmt.Fprintln(w, report.Printable(credential.Rules{}.Text(line)))
	}
}
