package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/internal/report"
)

// steering is text that steers a terminal: it clears the screen, names the window,
// begins a line and turns the direction of writing.
const steering = "x\x1b[2J\x1b]0;owned\a\r\x9b31m\u009b31m\u202e\n::error::forged\n"

func TestNothingSteersATerminal(t *testing.T) {
	t.Parallel()
	broken := openapi.Violation{Operation: steering, Side: openapi.RequestSide, In: openapi.InBody, Pointer: steering,
		Rule: "type", Message: steering, Hint: steering, Source: steering}
	verdict := server.Verdict{
		Violations: []server.GroupedViolation{{Violation: broken, Count: 1, First: 1, Where: "GET " + steering}},
		Unmatched:  []server.UnmatchedRequest{{Method: steering, Path: steering, Count: 1, First: 1, Why: steering}},
		Failures:   []scenarios.Failure{{Scenario: steering, Rule: steering, Place: steering, Message: steering}},
		Unused:     []scenarios.Unused{{Scenario: steering, Rule: steering, Message: steering}},
		Duplicates: []server.Duplicate{{Operation: steering, Lost: server.Write{Where: steering},
			Again: server.Write{Where: steering}}},
	}
	problem := document.Problem{File: steering, Line: 1, Column: 1, Message: steering, Hint: steering}
	exchange := server.Exchange{Method: steering, Path: steering, BatchID: steering, Rule: steering, Operation: steering,
		Violations: []openapi.Violation{broken}}
	for name, print := range map[string]func(*bytes.Buffer){
		"log":     func(b *bytes.Buffer) { b.Write(appendText(nil, &exchange)) },
		"verdict": func(b *bytes.Buffer) { printVerdict(b, verdict) },
		"problem": func(b *bytes.Buffer) { printError(b, document.Problems{problem}) },
		"error":   func(b *bytes.Buffer) { printError(b, errors.New(steering)) },
		"lint":    func(b *bytes.Buffer) { printFindings(b, "text", findings{Problems: document.Problems{problem}}) },
		"annotations": func(b *bytes.Buffer) {
			annotate(b, report.Report{Verdict: verdict, Problems: document.Problems{problem}})
		},
	} {
		var b bytes.Buffer
		print(&b)
		text := b.String()
		if !strings.Contains(text, "owned") {
			t.Errorf("%s: nothing was printed: %q", name, text)
		}
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			if line != report.Printable(line) {
				t.Errorf("%s: %q", name, line)
			}
			if line = strings.TrimSpace(line); name != "annotations" && strings.HasPrefix(line, "::") || strings.HasPrefix(line, "::error::forged") {
				t.Errorf("%s: a line is forged: %q", name, line)
			}
		}
	}
}
